"""mash offer: help offered to a child's family, and what became of it. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_done, say_json, say_table
from hub.domain.help_plan import FAMILY
from hub.domain.offer import DECLINED, ENDED, NEXT, MakeOffer

app = typer.Typer(
    help="Offers of help to a family: made, accepted, declined, broken off, ended.",
    epilog="A no is never by itself a reason for more. What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account.")]
Child = Annotated[str, typer.Argument(help="A child's id.")]
Named = Annotated[str, typer.Argument(help="An offer's id, from mash offer show.")]
Who = Annotated[str, typer.Option(help=f"Who answered: {', '.join(FAMILY)}.")]
Words = Annotated[str, typer.Option(help="In words; sealed.")]


@app.command("show", epilog="Example: mash offer show 7b1f03aa-… --by staff-4fa690 --json")
def show(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What a child's family was offered, and how it stands."""
    with hub(data) as opened:
        view = opened.offering.view(opened.asker(by), child)
    if as_json:
        say_json([
            {"offer": one.offer, "what": one.what, "state": one.state, "level": one.level, "asks_next": one.asks_next,
             "next": one.next} for one in view.rows
        ])  # fmt: skip
        return
    rows = [(one.offer, one.what, one.state_words, "WHAT NEXT?" * one.asks_next or one.next) for one in view.rows]
    say_table("Offers", ("offer", "what", "how it stands", "what happens next"), rows, "No offer of help is on record.")


@app.command(
    "make", epilog="Example: mash offer make 7b1f03aa-… --service parenting-group --to parent --by staff-4fa690"
)
def make(
    child: Child, by: By,
    to: Annotated[list[str], typer.Option(help=f"To whom, of {', '.join(FAMILY)}; may be repeated.")],
    service: Annotated[str, typer.Option(help="A service of the directory.")] = "",
    organisation: Annotated[str, typer.Option(help="Without a service: whose own help it is.")] = "",
    level: Annotated[int | None, typer.Option(help="At which level it is offered; else the level now.")] = None,
    words: Words = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record that help was offered."""
    wish = MakeOffer(
        child=child, service=service, organisation=organisation, to=tuple(to), level=level, words=words
    )  # fmt: skip
    with hub(data) as opened:
        made = opened.offering.make(opened.asker(by), wish)
    say_done(as_json, f"Offered: {made}", child=child, offer=made)


@app.command("accept", epilog="Example: mash offer accept 7b1f03aa-… 3f2a91bc-… --who parent --by staff-4fa690")
def accept(child: Child, offer: Named, who: Who, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Somebody of the family said yes."""
    with hub(data) as opened:
        opened.offering.accept(opened.asker(by), child, offer, who)
    say_done(as_json, "Accepted.", child=child, offer=offer)


@app.command(
    "decline",
    epilog="Example: mash offer decline 7b1f03aa-… 3f2a91bc-… --who parent --reason not_now --by staff-4fa690",
)
def decline(
    child: Child, offer: Named, who: Who, reason: Annotated[str, typer.Option(help=f"{', '.join(DECLINED)}.")], by: By,
    words: Words = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Somebody of the family said no."""
    with hub(data) as opened:
        opened.offering.decline(opened.asker(by), child, offer, who, reason, words)
    say_done(as_json, "Declined. Say what happens next: mash offer follow", child=child, offer=offer, reason=reason)


@app.command("disengage", epilog="Example: mash offer disengage 7b1f03aa-… 3f2a91bc-… --by staff-4fa690")
def disengage(
    child: Child, offer: Named, by: By, words: Words = "", data: Data = None, as_json: AsJson = False
) -> None:
    """The family works with it no more."""
    with hub(data) as opened:
        opened.offering.disengage(opened.asker(by), child, offer, words)
    say_done(as_json, "Recorded. Say what happens next: mash offer follow", child=child, offer=offer)


@app.command("end", epilog="Example: mash offer end 7b1f03aa-… 3f2a91bc-… --how completed --by staff-4fa690")
def end(
    child: Child, offer: Named, how: Annotated[str, typer.Option(help=f"{', '.join(ENDED)}.")], by: By,
    words: Words = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """It is over."""
    with hub(data) as opened:
        opened.offering.end(opened.asker(by), child, offer, how, words)
    say_done(as_json, "Ended.", child=child, offer=offer, how=how)


@app.command("follow", epilog="Example: mash offer follow 7b1f03aa-… 3f2a91bc-… --next asked_again --by staff-4fa690")
def follow(
    child: Child, offer: Named, after: Annotated[str, typer.Option("--next", help=f"{', '.join(NEXT)}.")], by: By,
    words: Words = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """After a no: say what happens next."""
    with hub(data) as opened:
        opened.offering.follow(opened.asker(by), child, offer, after, words)
    say_done(as_json, "Recorded.", child=child, offer=offer, next=after)
