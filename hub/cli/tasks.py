"""mash tasks: what waits for a person, red first, then the longest overdue. It names nobody."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.domain.errors import Refused
from hub.views.tasks import KINDS


def tasks(
    who: Annotated[str, typer.Option("--as", "--by", help="The staff id of a demo account (mash identity accounts).")],
    kind: Annotated[str, typer.Option(help="Only tasks of this kind, such as red_unclaimed.")] = "",
    page: Annotated[int, typer.Option(help="Which page of them.", min=1)] = 1,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What waits for somebody. A task is there as long as what it follows from is so; nobody ticks it off."""
    with hub(data) as opened:
        if kind and kind not in KINDS:
            raise Refused(f"there is no such kind of task; choose one of {', '.join(sorted(KINDS))}", "kind")
        found = opened.tasks(opened.asker(who), kind, page)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            "RED" if one.red else "", one.what, one.child, f"{one.due:%d %B %H:%M}" if one.due else "",
            "late" if one.overdue else "", one.holder or "anybody who may", one.href,
        )
        for one in found.rows
    ]  # fmt: skip
    title = f"Tasks ({found.total}), page {found.number} of {found.pages}"
    say_table(title, ("", "what", "child", "due (UTC)", "", "whose turn", "where"), rows, "Nothing waits.")


def add(app: typer.Typer) -> None:
    """Add `mash tasks`."""
    app.command("tasks", epilog="Example: mash tasks --as staff-91d3b7 --kind red_unclaimed")(tasks)
