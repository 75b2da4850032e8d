"""mash challenge: decisions challenged, answered stage by stage, taken further, settled. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.challenge import OUTCOMES, TYPES, Raise

app = typer.Typer(
    help="Challenges: raise, answer, take further, accept, take back.",
    epilog="What is typed as words is sealed, and read on the pages by its two sides.",
    no_args_is_help=True,
)
Challenge = Annotated[str, typer.Argument(help="A challenge's id, from mash challenge list.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed.")]


@app.command("list", epilog="Example: mash challenge list --by staff-f2907a --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Your own challenges, and for who answers all that there are."""
    with hub(data) as opened:
        view = opened.challenging.page(opened.asker(by))
    if as_json:
        say_json(view.rows)
        return
    rows = [
        (
            one.challenge,
            one.type,
            one.state,
            one.stage,
            f"{one.due:%d %B %H:%M}" if one.due else "",
            "late" * one.overdue,
        )
        for one in view.rows
    ]
    say_table("Challenges", ("challenge", "about", "state", "stage", "answer by (UTC)", ""), rows, "There are none.")


@app.command("show", epilog="Example: mash challenge show 3f2a91bc-… --by staff-f2907a")
def show(challenge: Challenge, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """How one stands, in codes: words are read on its page."""
    with hub(data) as opened:
        view = opened.challenging.view(opened.asker(by), challenge)
    if as_json:
        say_json(view.row)
        return
    print(f"{challenge}: {view.row.state}, stage {view.row.stage}")
    for one in view.steps:
        print(f"{one.at:%d %B %H:%M} {one.what}")


@app.command(
    "raise", epilog="Example: mash challenge raise 7b1f03aa-… --type threshold --risk --why '…' --by staff-f2907a"
)
def raise_(
    about: Annotated[str, typer.Argument(help="A message of your own (mash sent), or a MASH enquiry.")],
    type_: Annotated[str, typer.Option("--type", help=f"{', '.join(TYPES)}.")],
    risk: Annotated[bool, typer.Option("--risk/--no-risk", help="Whether a child is at risk while nothing is done.")],
    why: Why, by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Challenge a decision, or what became of a message of your own."""
    with hub(data) as opened:
        who = opened.asker(by)
        made = opened.challenging.begin(who, Raise(about=about, type=type_, risk=risk, why=why, by=who.staff))
    say_done(as_json, f"Raised: {made}", challenge=made)


@app.command("answer", epilog="Example: mash challenge answer 3f2a91bc-… --outcome stands --why '…' --by staff-91d3b7")
def answer(
    challenge: Challenge, outcome: Annotated[str, typer.Option(help=f"{', '.join(OUTCOMES)}.")], why: Why, by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Answer one at its stage."""
    with hub(data) as opened:
        opened.challenging.answer(opened.asker(by), challenge, outcome, why)
    say_done(as_json, "Answered.", challenge=challenge, outcome=outcome)


@app.command("escalate", epilog="Example: mash challenge escalate 3f2a91bc-… --why '…' --by staff-f2907a")
def escalate(challenge: Challenge, why: Why, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Take your own to the next stage."""
    with hub(data) as opened:
        opened.challenging.escalate(opened.asker(by), challenge, why)
    say_done(as_json, "Taken further.", challenge=challenge)


@app.command("accept", epilog="Example: mash challenge accept 3f2a91bc-… --by staff-f2907a")
def accept(challenge: Challenge, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Accept the answer to your own."""
    with hub(data) as opened:
        opened.challenging.accept(opened.asker(by), challenge)
    say_done(as_json, "Settled.", challenge=challenge)


@app.command("withdraw", epilog="Example: mash challenge withdraw 3f2a91bc-… --by staff-f2907a")
def withdraw(challenge: Challenge, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Take your own back."""
    with hub(data) as opened:
        opened.challenging.withdraw(opened.asker(by), challenge)
    say_done(as_json, "Taken back.", challenge=challenge)
