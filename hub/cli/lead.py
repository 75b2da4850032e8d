"""mash lead: who leads for a child; asked, answered, handed over, ended. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.lead import DECLINED, ENDED

app = typer.Typer(
    help="Who leads for a child: ask, accept, decline, hand over, end. One leads, or nobody.",
    epilog="What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
Child = Annotated[str, typer.Argument(help="A child's id.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed.")]
To = Annotated[str, typer.Option(help="The staff id of who is asked.")]


@app.command("mine", epilog="Example: mash lead mine --by staff-4fa690 --json")
def mine(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What you are asked, and for whom you lead."""
    with hub(data) as opened:
        view = opened.leading.mine(opened.asker(by))
    told = [{"child": one.child, "state": one.state, "since": one.since, "due": one.due} for one in view.rows]
    if as_json:
        say_json(told)
        return
    rows = [
        (one.child, one.state, f"{one.due:%d %B %H:%M}" if one.due else "", "late" * one.overdue) for one in view.rows
    ]
    say_table(
        "Leads", ("child", "state", "answer by (UTC)", ""), rows, "You lead for nobody, and nobody has asked you."
    )


@app.command("show", epilog="Example: mash lead show 7b1f03aa-… --by staff-c17b3d")
def show(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Who leads for a child, and who is asked."""
    with hub(data) as opened:
        view = opened.leading.view(opened.asker(by), child)
    told = {
        "child": view.child, "lead": view.lead, "asked": view.asked, "due": view.due, "needs_one": view.needs_one,
        "several": [one.code for one in view.others],
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        print(f"leads: {view.lead or 'nobody'}\nasked: {view.asked or 'nobody'}")


@app.command("ask", epilog="Example: mash lead ask 7b1f03aa-… --to staff-4fa690 --why '…' --by staff-c17b3d")
def ask(child: Child, to: To, why: Why, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Ask somebody to lead; as who leads, ask somebody to take over."""
    with hub(data) as opened:
        proposal = opened.leading.propose(opened.asker(by), child, to, why)
    say_done(as_json, "Asked.", child=child, proposal=proposal)


@app.command("accept", epilog="Example: mash lead accept 7b1f03aa-… --by staff-4fa690")
def accept(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Lead from now on."""
    with hub(data) as opened:
        opened.leading.accept(opened.asker(by), child)
    say_done(as_json, "You lead.", child=child, lead=by)


@app.command("decline", epilog="Example: mash lead decline 7b1f03aa-… --reason no_capacity --by staff-4fa690")
def decline(
    child: Child, reason: Annotated[str, typer.Option(help=f"{', '.join(DECLINED)}.")], by: By, why: Why = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say no; whoever led before goes on."""
    with hub(data) as opened:
        opened.leading.decline(opened.asker(by), child, reason, why)
    say_done(as_json, "Declined.", child=child, reason=reason)


@app.command("take-back", epilog="Example: mash lead take-back 7b1f03aa-… --by staff-c17b3d")
def take_back(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Nobody waits for the answer any more."""
    with hub(data) as opened:
        opened.leading.take_back(opened.asker(by), child)
    say_done(as_json, "Taken back.", child=child)


@app.command("end", epilog="Example: mash lead end 7b1f03aa-… --reason plan_completed --by staff-4fa690")
def end(
    child: Child, reason: Annotated[str, typer.Option(help=f"{', '.join(ENDED)}.")], by: By, why: Why = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Nobody leads any more: by who leads, or by a manager."""
    with hub(data) as opened:
        opened.leading.end(opened.asker(by), child, reason, why)
    say_done(as_json, "Ended.", child=child, reason=reason)


@app.command("choose", epilog="Example: mash lead choose 7b1f03aa-… --lead staff-4fa690 --by staff-e58c12")
def choose(
    child: Child, lead: Annotated[str, typer.Option(help="The staff id of who goes on.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Of two who lead since two persons turned out to be one, this one goes on."""
    with hub(data) as opened:
        opened.leading.choose(opened.asker(by), child, lead)
    say_done(as_json, "Chosen.", child=child, lead=lead)
