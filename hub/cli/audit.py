"""mash audit: practice audits. A manager draws, the auditor judges blind, findings have owners. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.measures import day
from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.domain.auditing import FINDINGS
from hub.domain.enquiry import OUTCOMES
from hub.domain.errors import Refused
from hub.views.workbench import Draw, Found, Judge

app = typer.Typer(
    help="Practice audits: a seeded sample of decisions, a second decision made blind, findings, actions with owners.",
    epilog="What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
Audit = Annotated[str, typer.Argument(help="An audit's id.")]
Number = Annotated[int, typer.Argument(help="The place of a decision in it, from 1.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed.")]


@app.command("list", epilog="Example: mash audit list --by staff-e58c12 --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Every audit, and what findings ask for."""
    with hub(data) as opened:
        view = opened.workbench.page(opened.asker(by))
    if as_json:
        say_json(view)
        return
    rows = [
        (
            one.audit,
            one.how,
            one.seed,
            f"{one.judged} of {one.decisions}",
            "" if one.population is None else one.population,
        )
        for one in view.rows
    ]
    say_table("Practice audits", ("audit", "drawn", "seed", "judged", "out of"), rows, "None.")
    done = [(one.audit, one.finding, one.what, one.owner, one.due, "done" if one.done else "") for one in view.actions]
    say_table("Actions", ("audit", "finding", "what", "owner", "by", ""), done, "No finding asks for anything.")


@app.command(
    "draw",
    epilog="Example: mash audit draw --many 5 --first 2026-01-01 --last 2026-03-31 --auditor staff-68e2c9 --by staff-e58c12",
)
def draw(
    many: Annotated[int, typer.Option(help="How many decisions.")],
    first: Annotated[str, typer.Option(help="First London day of decision, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option(help="Last London day, YYYY-MM-DD.")],
    auditor: Annotated[str, typer.Option(help="Staff id of a practice auditor, who made none of them.")],
    by: By,
    how: Annotated[str, typer.Option(help="random, or risk_weighted.")] = "random",
    seed: Annotated[str, typer.Option(help="The same seed draws the same.")] = "",
    days: Annotated[int, typer.Option(help="How long the records are open.")] = 28,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Draw a sample of decisions."""
    begin, end = day(first, "first"), day(last, "last")
    if begin is None or end is None:
        raise Refused("give a first and a last day as YYYY-MM-DD", "first")
    wish = Draw(how=how, many=many, first=begin, last=end, auditor=auditor, days=days, seed=seed)
    with hub(data) as opened:
        made = opened.workbench.draw(opened.asker(by), wish)
    if as_json:
        say_json({"audit": made})
    else:
        print(f"audit {made}")


@app.command("show", epilog="Example: mash audit show 7b1f03aa-… 1 --by staff-68e2c9")
def show(audit: Audit, number: Number, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What was known when a decision was made; the decision itself once you have judged it."""
    with hub(data) as opened:
        view = opened.workbench.case(opened.asker(by), audit, number)
    told = {
        "audit": view.audit, "number": view.number, "child": view.child, "position": view.position,
        "known": len(view.known), "judged": view.judged, "first_level": view.first_level, "level": view.level,
        "first_outcome": view.first_outcome, "outcome": view.outcome,
        "earliest": [{"edition": one.edition, "rule": one.rule, "days_before": one.days} for one in view.earliest],
        "findings": len(view.findings),
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        say_table("Decision", ("what", "is"), [(name.replace("_", " "), value) for name, value in told.items()], "")


@app.command(
    "judge", epilog="Example: mash audit judge 7b1f03aa-… 1 --level 3 --outcome assessment --why '…' --by staff-68e2c9"
)
def judge(
    audit: Audit, number: Number, level: Annotated[int, typer.Option(help="The level that you would have set.")],
    outcome: Annotated[str, typer.Option(help=f"A code: {', '.join(OUTCOMES)}.")], why: Why, by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Decide a second time, before you see the first."""
    with hub(data) as opened:
        opened.workbench.judge(opened.asker(by), audit, number, Judge(level=level, outcome=outcome, why=why))
    if as_json:
        say_json({"audit": audit, "judged": number})
    else:
        print(f"decision {number} is judged")


@app.command("find", epilog="Example: mash audit find 7b1f03aa-… 1 --what earlier --why '…' --by staff-68e2c9")
def find(
    audit: Audit, number: Number, what: Annotated[str, typer.Option(help=f"A code: {', '.join(FINDINGS)}.")], why: Why,
    by: By, owner: Annotated[str, typer.Option(help="An organisation that is to do something.")] = "",
    due: Annotated[str, typer.Option(help="By which day, YYYY-MM-DD.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record a finding, with an action where it has an owner."""
    with hub(data) as opened:
        found = Found(what=what, why=why, owner=owner, due=day(due, "due"))
        made = opened.workbench.find(opened.asker(by), audit, number, found)
    if as_json:
        say_json({"finding": made})
    else:
        print(f"finding {made}")


@app.command("done", epilog="Example: mash audit done 7b1f03aa-… 9c0d11ee-… --by staff-e58c12")
def done(
    audit: Audit, finding: Annotated[str, typer.Argument(help="A finding's id.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What a finding asked for is done."""
    with hub(data) as opened:
        opened.workbench.done(opened.asker(by), audit, finding)
    if as_json:
        say_json({"finding": finding, "done": True})
    else:
        print("done")
