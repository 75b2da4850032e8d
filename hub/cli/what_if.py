"""mash what-if: what a draft of the threshold rules would have come to on this hub's own history. It changes no rule."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.domain.errors import Refused
from hub.views.models.what_if import WhatIfView

FEW = "few"  # a number of 1 to 4, or one that would give such a number away


def add(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(
        "what-if",
        epilog="Example: mash what-if --draft policies/partnerships/demo --over 2026-01-01..2026-03-31 --as staff-1c83a9",
    )(what_if)


def what_if(
    over: Annotated[
        str, typer.Option(help="London days, both included: 2026-01-01..2026-03-31, or 90d for the last 90.")
    ],
    who: Annotated[str, typer.Option("--as", "--by", help="The staff id of a demo account that reads policies.")],
    draft: Annotated[
        Path | None,
        typer.Option(help="A partnership's folder with the draft (without it: the one that this hub is set to)."),
    ] = None,
    as_of: Annotated[
        str, typer.Option(help="As known at a position, or a moment with its time zone. Without it: now.")
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Every count as a line of CSV.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Try a draft of the threshold rules on history, beside the edition in force: load, who appears, lead time, equity.

    It reads codes alone, and puts the report on record at the end; Ctrl-C before leaves nothing. Numbers of 1 to 4 are not
    shown ("few"), nor what would give one away.
    """
    if as_csv and as_json:
        raise typer.BadParameter("choose one of --json and --csv", param_hint="--csv")
    if draft is not None and not (draft / "thresholds.toml").is_file():
        raise Refused(
            "--draft names no partnership's folder: it holds thresholds.toml (mash partnership new begins one)", "draft"
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with hub(data) as opened, Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Children", total=None)
        view = opened.what_ifs.run(
            opened.asker(who), over, as_of, draft.resolve() if draft else None,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )  # fmt: skip
    if as_json:
        say_json(view)
    elif as_csv:
        _say_csv(view)
    else:
        _say(view)


def _say_csv(view: WhatIfView) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("report", "cut", "code", "before", "after", "per_day_before", "per_day_after"))
    rows = [("all", view.total), *((cut.by, line) for cut in view.cuts for line in cut.lines)]
    for by, line in rows:
        numbers = (line.before, line.after, line.per_day_before, line.per_day_after)
        out.writerow((view.report, by, line.code, *(_number(one) for one in numbers)))
    out.writerow((view.report, "children", "newly", "", _number(view.newly), "", ""))
    out.writerow((view.report, "children", "missed", _number(view.missed), "", "", ""))
    for each in view.hours:
        out.writerow((view.report, "hours", each.label, _number(each.before), _number(each.after), "", ""))
    lead = view.lead
    for code, before, after in (
        ("cases", lead.cases, lead.cases), ("reached", lead.before, lead.after),
        ("median_days", lead.days_before, lead.days_after),
    ):  # fmt: skip
        out.writerow((view.report, "lead", code, _number(before), _number(after), "", ""))
    for group in view.groups:
        out.writerow((view.report, "group", group.label, _number(group.before), _number(group.after), "", ""))


def _say(view: WhatIfView) -> None:
    print(f"Report {view.report}: edition {view.edition} beside the draft {view.rules[:12]}, {view.first:%-d %B %Y} to "
          f"{view.last:%-d %B %Y} ({view.days} days), as known at position {view.position}")  # fmt: skip
    if view.same:
        print("Nothing differs.")
    for name, ids in (("added", view.added), ("removed", view.removed), ("changed", view.changed)):
        print(f"  rules {name}: {', '.join(ids) or 'none'}")
    total = view.total
    print(f"Alerts: {_number(total.before)} -> {_number(total.after)}; a day {_number(total.per_day_before)} -> "
          f"{_number(total.per_day_after)}")  # fmt: skip
    print(
        f"Children who would newly have one: {_number(view.newly)}; who would have none any more: {_number(view.missed)}"
    )
    for cut in view.cuts:
        if cut.by != "day":
            rows = [(one.label, _number(one.before), _number(one.after)) for one in cut.lines]
            say_table(cut.title, ("", "in force", "draft"), rows, "")
    hours = [(one.label, _number(one.before), _number(one.after)) for one in view.hours]
    hours.append(("All", _number(view.hours_before), _number(view.hours_after)))
    say_table("Staff hours, over the period", ("level", "in force", "draft"), hours, "")
    lead = view.lead
    print(f"Cases: {_number(lead.cases)}; with an alert before the decision {_number(lead.before)} -> {_number(lead.after)}; "
          f"days before it, median {_number(lead.days_before)} -> {_number(lead.days_after)}")  # fmt: skip
    groups = [
        (one.label, _number(one.children), _number(one.before), _number(one.after), _number(one.rate_before),
         _number(one.rate_after), _number(one.ratio_after),
         "EXPLAIN" if one.flagged else "")
        for one in view.groups
    ]  # fmt: skip
    columns = ("group", "children", "in force", "draft", "of 100, in force", "of 100, draft", "draft beside all", "")
    say_table("Children with an alert, by group", columns, groups, "Nothing counted for any child.")
    for one in view.assumptions:
        print(f"Assumed: {one.what} {one.value} ({one.source})")
    print(view.listed)
    for what, ids in (("Newly", view.appear), ("No more", view.vanish)):
        if ids:
            print(f"  {what}: {', '.join(ids)}")


def _number(number: float | None) -> str:
    return FEW if number is None else f"{number:g}"
