"""mash letter: what a family is told of who looked. Prepared by one person, reviewed by another, then printed."""

from datetime import datetime
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.views.lettering import CHECKS, PrepareLetter

app = typer.Typer(help="Letters that tell a family which organisations looked, and for what.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who you are: the staff id of an account that does letters.")]
Ident = Annotated[str, typer.Argument(help="The letter's id, from mash letter list.")]


@app.command("list", epilog="Example: mash letter list --by staff-e58c12 --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The letters: about which child, to whom, how far."""
    with hub(data) as opened:
        found = opened.lettering.register(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [(one.id, one.child, one.recipient, one.state, one.prepared_by) for one in found.rows]
    say_table("Letters", ("letter", "child", "to", "state", "prepared by"), rows, "No letter was prepared.")


@app.command(
    "prepare",
    epilog="Example: mash letter prepare 3f2a91bc-… --recipient adult --to 77aa01de-… --how parental_responsibility_seen "
    "--verified-on 2026-03-27 --by staff-e58c12",
)
def prepare(
    child: Annotated[str, typer.Argument(help="The child's random id.")],
    recipient: Annotated[str, typer.Option(help="adult or young_person.")],
    how: Annotated[str, typer.Option(help="document_seen, met_in_person or parental_responsibility_seen.")],
    verified_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which they were verified.")],
    by: By,
    to: Annotated[str, typer.Option(help="For an adult: that person's random id.")] = "",
    verified_by: Annotated[str, typer.Option(help="Staff id of who verified them; you, if left out.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a letter from the access ledger as it stands. Another person reviews it."""
    known: Any = {"recipient": recipient, "how": how}
    wish = PrepareLetter(child=child, to=to or child, verified_on=verified_on.date(), verified_by=verified_by, **known)
    with hub(data) as opened:
        ident = opened.lettering.prepare(opened.asker(by), wish)
    _say(ident, "waits for a review", as_json=as_json)


@app.command("review", epilog="Example: mash letter review 3f2a91bc-… --checked all --by staff-5db46e")
def review(
    letter: Ident, by: By,
    checked: Annotated[str, typer.Option(help=f"all, once you went through: {', '.join(CHECKS)}.")] = "",
    refuse: Annotated[str, typer.Option(help="Or why it does not go out, as a code: would_endanger, not_verified…")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Read a letter as another person, and let it go out or keep it back."""
    with hub(data) as opened:
        if refuse:
            opened.lettering.refuse(opened.asker(by), letter, refuse)
        else:
            checks = tuple(CHECKS) if checked == "all" else tuple(checked.replace(",", " ").split())
            opened.lettering.review(opened.asker(by), letter, checks)
    _say(letter, "does not go out" if refuse else "may be printed", as_json=as_json)


@app.command("show", epilog="Example: mash letter show 3f2a91bc-… --by staff-5db46e")
def show(
    letter: Ident, by: By,
    paper: Annotated[bool, typer.Option("--print", help="Note that it is printed.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A letter as the family reads it."""
    with hub(data) as opened:
        if paper:
            opened.lettering.put_to_paper(opened.asker(by), letter)
        view = opened.lettering.show(opened.asker(by), letter)
    if as_json:
        say_json(view)
        return
    print(f"{view.recipient}, prepared {view.date.isoformat()}: {view.state}")
    for one in view.sentences:
        print(f"- {one}")
    if not view.sentences:
        print("There is no look that the family can be told of.")


def _say(ident: str, state: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"letter": ident, "state": state})
    else:
        print(f"letter {ident}: {state}")
