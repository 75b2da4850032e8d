"""mash help-plan: the level of a child's help, stepped up and down, handed over, renewed, ended. Ids and codes."""

from datetime import date
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.errors import Refused
from hub.domain.help import DECLINED, ENDED, Propose

app = typer.Typer(
    help="A child's help: its level, who is asked to take the child on, and what became of it.",
    epilog="What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
Child = Annotated[str, typer.Argument(help="A child's id.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed.")]


@app.command("mine", epilog="Example: mash help-plan mine --by staff-4fa690 --json")
def mine(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Whom you are asked to take on at another level."""
    with hub(data) as opened:
        view = opened.helping.mine(opened.asker(by))
    told = [{"child": one.child, "step": one.step, "words": one.words, "due": one.due} for one in view.rows]
    if as_json:
        say_json(told)
        return
    rows = [(one.child, one.words, f"{one.due:%d %B %H:%M}", "late" * one.overdue) for one in view.rows]
    say_table(
        "Children to take on", ("child", "step", "answer by (UTC)", ""), rows, "Nobody asks you to take a child on."
    )


@app.command("show", epilog="Example: mash help-plan show 7b1f03aa-… --by staff-c17b3d")
def show(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The level of a child's help, and what waits."""
    with hub(data) as opened:
        view = opened.helping.view(opened.asker(by), child)
    told = {
        "child": view.child, "level": view.level, "since": view.since, "until": view.until, "past_end": view.past_end,
        "waits": view.waits, "due": view.due, "overdue": view.overdue, "evidence": [one.code for one in view.evidence],
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        print(f"{view.level_words}\nwaits: {view.waits or 'nothing'}")


@app.command(
    "step", epilog="Example: mash help-plan step 7b1f03aa-… --level 2 --to staff-4fa690 --why '…' --by staff-c17b3d"
)
def step(
    child: Child,
    level: Annotated[int, typer.Option(help="The number of the level.")],
    to: Annotated[str, typer.Option(help="The staff id of who is asked, or front_door.")],
    why: Why, by: By,
    evidence: Annotated[list[str] | None, typer.Option(help="What it rests on, as `show` lists it; may be repeated.")] = None,
    called: Annotated[str, typer.Option(help="The partnership's word, where it has several.")] = "",
    ground: Annotated[str, typer.Option(help="From 18 on: on which ground.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask the other side to take a child on at another level."""
    with hub(data) as opened:
        wish = Propose(
            child=child,
            level=level,
            to=to,
            why=why,
            by=by,
            called=called,
            evidence=tuple(evidence or ()),
            ground=ground,
        )
        made = opened.helping.propose(opened.asker(by), wish)
    say_done(as_json, "Asked.", child=child, step=made)


@app.command("accept", epilog="Example: mash help-plan accept 7b1f03aa-… --by staff-4fa690")
def accept(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Take a child on."""
    with hub(data) as opened:
        opened.helping.accept(opened.asker(by), child)
    say_done(as_json, "Taken on.", child=child)


@app.command("decline", epilog="Example: mash help-plan decline 7b1f03aa-… --reason no_capacity --by staff-4fa690")
def decline(
    child: Child, reason: Annotated[str, typer.Option(help=f"{', '.join(DECLINED)}.")], by: By, why: Why = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say no; the level stays."""
    with hub(data) as opened:
        opened.helping.decline(opened.asker(by), child, reason, why)
    say_done(as_json, "Declined.", child=child, reason=reason)


@app.command("take-back", epilog="Example: mash help-plan take-back 7b1f03aa-… --by staff-c17b3d")
def take_back(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Nobody waits for the answer any more."""
    with hub(data) as opened:
        opened.helping.take_back(opened.asker(by), child)
    say_done(as_json, "Taken back.", child=child)


@app.command("renew", epilog="Example: mash help-plan renew 7b1f03aa-… --until 2027-03-27 --why '…' --by staff-4fa690")
def renew(
    child: Child, until: Annotated[str, typer.Option(help="The last day, as 2027-03-27.")], why: Why, by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Help of a limited time goes on."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Refused("Enter the day as 2027-03-27", "until") from None
    with hub(data) as opened:
        opened.helping.renew(opened.asker(by), child, day, why)
    say_done(as_json, "Renewed.", child=child, until=until)


@app.command("end", epilog="Example: mash help-plan end 7b1f03aa-… --reason needs_met --by staff-4fa690")
def end(
    child: Child,
    reason: Annotated[str, typer.Option(help=f"{', '.join(one for one in ENDED if one != 'other_record')}.")],
    by: By, why: Why = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Nothing beyond what is there for everybody is given any more."""
    with hub(data) as opened:
        opened.helping.end(opened.asker(by), child, reason, why)
    say_done(as_json, "Ended.", child=child, reason=reason)
