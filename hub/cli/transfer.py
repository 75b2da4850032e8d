"""mash transfer: a child moves to another partnership's hub, or comes from one; letters between hubs. Ids and codes."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_done, say_json, say_table
from hub.domain.errors import NotFound, Refused
from hub.domain.transfer import REFUSED

app = typer.Typer(
    help="A child moves to another partnership's hub, or comes from one.",
    epilog="A letter between hubs is a signed file of codes: it names nobody. Until their yes nothing ends here.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account.")]
Child = Annotated[str, typer.Argument(help="A child's id.")]
Move = Annotated[str, typer.Argument(help="A move's id, from mash transfer list.")]


@app.command("list", epilog="Example: mash transfer list --by staff-c17b3d --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Every move that you may know of."""
    with hub(data) as opened:
        view = opened.transferring.page(opened.asker(by))
    if as_json:
        say_json({"out": view.out, "in": view.incoming})
        return
    rows = [
        ("to " + one.to, one.move, one.child, one.theirs, one.state_words, f"{one.due:%d %B %H:%M}") for one in view.out
    ]
    rows += [
        ("from " + one.origin_title, one.move, one.child, one.level_words, one.state_words, f"{one.due:%d %B %H:%M}")
        for one in view.incoming
    ]
    columns = ("", "move", "child", "their level", "how it stands", "answer by (UTC)")
    say_table("Children who move", columns, rows, "No child that you may know of moves.")


@app.command("propose", epilog="Example: mash transfer propose 7b1f03aa-… --to next_door --theirs 2 --by staff-c17b3d")
def propose(
    child: Child, to: Annotated[str, typer.Option(help="The other partnership, as services.toml names it.")], by: By,
    theirs: Annotated[int | None, typer.Option(help="Where none or several mean the same: the level there, 0: they decide.")]
    = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask another hub to take a child on."""
    with hub(data) as opened:
        made = opened.transferring.propose(opened.asker(by), child, to, theirs)
    say_done(as_json, f"Asked. Carry the letter: mash transfer letter {made}", child=child, move=made)


@app.command("take-back", epilog="Example: mash transfer take-back 7b1f03aa-… --by staff-c17b3d")
def take_back(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Nobody waits for the other hub's answer any more."""
    with hub(data) as opened:
        opened.transferring.take_back(opened.asker(by), child)
    say_done(as_json, "Taken back.", child=child)


@app.command("letter", epilog="Example: mash transfer letter 3f2a91bc-… --out move.json --by staff-c17b3d")
def letter(
    move: Move, by: By, out: Annotated[Path | None, typer.Option(help="The file to write; it must not exist.")] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The letter to carry to the other hub: what we propose or take back, or our answer."""
    with hub(data) as opened:
        made = opened.transferring.letter(opened.asker(by), move)
    if out is None:
        print(made.text)
        return
    try:
        out.touch(mode=0o600, exist_ok=False)
        out.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{out} cannot be written ({error.strerror}): give another file", "out") from error
    say_done(as_json, f"Written to {out}, for {made.to}.", move=move, to=made.to, out=str(out))


@app.command("receive", epilog="Example: mash transfer receive move.json --by staff-c17b3d")
def receive(
    file: Annotated[Path, typer.Argument(help="The letter of another hub.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Bring in a letter of another hub: its question, its answer, or that it takes a question back."""
    given = _read(file)
    with hub(data) as opened:
        taken = opened.transferring.receive(opened.asker(by), given)
    told = f"{taken.kind} of {taken.origin}, move {taken.move}" + ("" if taken.new else ": it had come before")
    say_done(as_json, told, kind=taken.kind, move=taken.move, origin=taken.origin, new=taken.new)


@app.command(
    "take-on",
    epilog="Example: mash transfer take-on 3f2a91bc-… --child 7b1f03aa-… --level 2 --to staff-4fa690 --why '…'",
)
def take_on(
    move: Move, child: Annotated[str, typer.Option(help="Who the child is here.")],
    level: Annotated[int, typer.Option(help="At which level help is asked for here.")], by: By,
    to: Annotated[str, typer.Option(help="The staff id of who is asked to take the child on.")] = "",
    why: Annotated[str, typer.Option(help="Why, in words; sealed.")] = "",
    called: Annotated[str, typer.Option(help="What a step is called here, where there is more than one word.")] = "",
    ground: Annotated[str, typer.Option(help="Why somebody of 18 or more is served, by its code.")] = "",
    evidence: Annotated[list[str] | None, typer.Option(help="As mash help-plan show lists it; may be repeated.")] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take a child on: a person sets the level by accepting the step that this asks of them."""
    with hub(data) as opened:
        step = opened.transferring.take_on(
            opened.asker(by), move, child, level, to, why, tuple(evidence or ()), called=called, ground=ground
        )  # fmt: skip
    when = "Asked. Once they have accepted, carry the answer" if step else "Taken on. Carry the answer"
    say_done(as_json, f"{when}: mash transfer letter {move}", move=move, child=child, step=step)


@app.command("decline", epilog="Example: mash transfer decline 3f2a91bc-… --reason not_here --by staff-c17b3d")
def decline(
    move: Move, reason: Annotated[str, typer.Option(help=f"{', '.join(REFUSED)}.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say no to another hub."""
    with hub(data) as opened:
        opened.transferring.decline(opened.asker(by), move, reason)
    say_done(as_json, f"Declined. Carry the answer: mash transfer letter {move}", move=move, reason=reason)


@app.command("know", epilog="Example: mash transfer know next_door --title 'Next door' --key their-hub-key.json")
def know(
    organisation: Annotated[str, typer.Argument(help="The other partnership's name, with underscores.")],
    key: Annotated[Path, typer.Option(help="What `mash agency hub-key --json` printed there.")],
    title: Annotated[str, typer.Option(help="What it is called.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Register another partnership's hub, with the key by which it signs. Check the key by telephone before."""
    try:
        given = json.loads(_read(key))
        key_id, public = str(given["signs_keyid"]), bytes.fromhex(given["signs"])
    except (ValueError, KeyError, TypeError):
        raise Refused("this is not what mash agency hub-key --json prints", "key") from None
    with hub(data) as opened:
        new = opened.know_hub(organisation, title or organisation, key_id, public)
    say_done(as_json, "Registered." if new else "It was registered so.", organisation=organisation, key=key_id, new=new)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error
