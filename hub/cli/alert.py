"""mash alert: what rules propose about children, and each explained: rule, evidence, why now, what would change it."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, Who, hub, re_referral_line, say_json, say_table
from hub.views.models import Filters
from hub.views.models.alerts import AlertExplained

app = typer.Typer(
    help="Alerts: the worklist, all alerts of a child, and one explained. Ids, codes and the rules' own sentences.",
    epilog="An alert's id is child:rule:number, as mash alert list shows it.",
    no_args_is_help=True,
)


@app.command("list", epilog="Example: mash alert list --as staff-91d3b7 --level 4")
def list_(
    who: Who,
    state: Annotated[str, typer.Option(help="open, in_enquiry, forwarded or decided; without it, all that live.")] = "",
    level: Annotated[str, typer.Option(help="Only this level.")] = "",
    page: Annotated[int, typer.Option(help="Which page of them.", min=1)] = 1,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A page of the worklist, the highest level and longest waiting first."""
    with hub(data) as opened:
        found = opened.worklist(opened.asker(who), Filters(state=state, level=level), page)
    if as_json:
        say_json(found)
        return
    rows = [(one.alert, one.level, one.rule_words, one.state, one.evidence_count) for one in found.rows]
    title = f"Alerts ({found.total}), page {found.number} of {found.pages}"
    say_table(title, ("alert", "level", "rule", "state", "evidence"), rows, "No alert that you may know of.")


@app.command("child", epilog="Example: mash alert child 7b1f03aa-… --as staff-91d3b7")
def of_child(
    child: Annotated[str, typer.Argument(help="A child's id.")], who: Who, data: Data = None, as_json: AsJson = False
) -> None:
    """Every alert of a child, those decided too, with why each is back or quiet; and what rules that tell nobody suggest."""
    with hub(data) as opened:
        found = opened.explaining.alerts_of(opened.asker(who), child)
    if as_json:
        say_json(found)
        return
    rows = [(one.alert, one.level, one.rule_words, one.state, one.returned or one.quiet) for one in found.rows]
    say_table("Alerts", ("alert", "level", "rule", "state", "back or quiet"), rows, "No rule alerted anybody.")
    told = [(one.rule, one.level, one.rule_words, one.evidence_count) for one in found.suggestions]
    say_table("Suggested by rules that tell nobody", ("rule", "level", "words", "evidence"), told, "None.")
    if found.re_referral is not None:
        print(re_referral_line(found.re_referral))


@app.command("show", epilog="Example: mash alert show 7b1f03aa-…:neglect-composite:1 --as staff-91d3b7")
def show(
    alert: Annotated[str, typer.Argument(help="An alert's id: child:rule:number.")],
    who: Who,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One alert, explained from what is open to you: each look is ruled and goes on the ledger."""
    with hub(data) as opened:
        found = opened.explaining.alert(opened.asker(who), alert)
    if as_json:
        say_json(found)
        return
    print("\n".join(_told(found)))


def _told(found: AlertExplained) -> list[str]:
    lines = [
        f"{found.level_words or f'Level {found.level}'} is proposed for child {found.child}",
        found.rule_words,
        f"Rule {found.rule}, version {found.rule_version[:12]}, edition {found.edition}; source: {found.rule_source}",
    ]
    for heading, sentences in (
        ("Intake", (re_referral_line(found.re_referral),)),
        ("Back after a decision", (found.returned,)),
        ("Quiet", (found.quiet,)),
        ("Why", (found.why,)),
        ("Why now", (found.why_now,)),
        ("Evidence", tuple(f"{one.words}{' [needed]' if one.smallest else ''}" for one in found.evidence)),
        ("What would raise it", found.would_raise),
        ("What would rest it", (found.would_rest,)),
        ("What each organisation changed, from what is open to you", found.without),
        ("What happened to it", tuple(f"{one.at:%d %B %Y %H:%M} UTC: {one.words}" for one in found.happened)),
    ):
        said = [sentence for sentence in sentences if sentence]
        if said:
            lines += ["", heading, *(f"  {sentence}" for sentence in said)]
    return lines
