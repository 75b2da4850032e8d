"""mash staff declare-family, mash restrict: people who must be restricted from the first second. A description is read from a
file or standard input, never typed as an argument: arguments stand in the shell's history.
"""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.domain.errors import Refused
from hub.domain.message import Person
from hub.domain.protected import Because

staff = typer.Typer(help="What staff declare of themselves.", no_args_is_help=True)
restrict = typer.Typer(
    help="People restricted before anybody speaks of them: a councillor's family, by two people.", no_args_is_help=True
)
Described = Annotated[
    str,
    typer.Argument(
        help="A JSON file, or - for standard input: nhs_number, names ([{forenames, surname}]), birth_date, addresses."
    ),
]
Grown = Annotated[bool, typer.Option("--adult", help="It is an adult.")]
Met = Annotated[str, typer.Argument(help="The person's id, from mash restrict list --json.")]
Declared = Annotated[str, typer.Argument(help="A declaration's id, from mash restrict list.")]


@staff.command("declare-family", epilog="Example: mash staff declare-family - --by staff-91d3b7 < child.json")
def declare_family(
    described: Described, by: By, adult: Grown = False, data: Data = None, as_json: AsJson = False
) -> None:
    """Declare somebody of your own family or household: their record never opens to you, and is restricted at once.

    You are not told whether they are on record.
    """
    _declare("staff_family", described, by, (), data, adult=adult, as_json=as_json)


@restrict.command(
    "declare", epilog="Example: mash restrict declare - --reader staff-e58c12 --by staff-91d3b7 < child.json"
)
def declare(
    described: Described, by: By,
    reader: Annotated[list[str], typer.Option(help="Staff id of who may open the record; may be repeated.")],
    adult: Grown = False, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Declare somebody of a councillor's family. It holds once a second person has agreed."""
    _declare("councillor_family", described, by, tuple(reader), data, adult=adult, as_json=as_json)


@restrict.command("agree", epilog="Example: mash restrict agree 3f2a91bc-… --by staff-e58c12")
def agree(ident: Declared, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Agree, as the second person: whoever is spoken of as them from now on, or was before, is restricted."""
    with hub(data) as opened:
        opened.protecting.agree(opened.asker(by), ident)
    _say(ident, "holds", as_json=as_json)


@restrict.command("end", epilog="Example: mash restrict end 3f2a91bc-… --by staff-e58c12")
def end(ident: Declared, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """End a declaration, or do not agree to it. Who was restricted stays so: mash identity unrestrict."""
    with hub(data) as opened:
        opened.protecting.end(opened.asker(by), ident)
    _say(ident, "ended", as_json=as_json)


@restrict.command("confirm", epilog="Example: mash restrict confirm 3f2a91bc-… --by staff-05b8f3")
def confirm(ident: Declared, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Confirm, as somebody else, what one person restricts alone as their own family's."""
    with hub(data) as opened:
        opened.protecting.confirm(opened.asker(by), ident)
    _say(ident, "holds, confirmed", as_json=as_json)


@restrict.command("lift", epilog="Example: mash restrict lift 3f2a91bc-… --why '…' --by staff-05b8f3")
def lift(
    ident: Declared, why: Annotated[str, typer.Option(help="Why, in your own words; sealed.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Do not confirm it: it is over, and whom it alone restricts opens again, but not to who declared it."""
    with hub(data) as opened:
        opened.protecting.lift(opened.asker(by), ident, why)
    _say(ident, "lifted", as_json=as_json)


@restrict.command("not-family", epilog="Example: mash restrict not-family 3f2a91bc-… PERSON --by staff-e58c12")
def not_family(
    ident: Declared, person: Met, by: By,
    agree: Annotated[bool, typer.Option("--agree", help="Somebody else has said so: agree, as the second person.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Do not agree, or take it back: they stay family.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say that somebody whom matching found is not of the family that was declared. It takes two people, neither of them
    who declared it; only then may that one open the record again.
    """
    if agree and keep:
        raise Refused("give --agree or --keep, not both", "agree")
    with hub(data) as opened:
        ask = opened.protecting
        step, said = (
            (ask.part, "not family")
            if agree
            else (ask.keep, "stays family")
            if keep
            else (ask.doubt, "waits for a second person")
        )
        step(opened.asker(by), ident, person)
    _say(ident, said, as_json=as_json)


@restrict.command("list", epilog="Example: mash restrict list --by staff-e58c12 --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Declarations: why, whose family, for which readers, and how many on record were met. Never how they are described."""
    with hub(data) as opened:
        found = opened.protecting.register(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one.id, one.because, one.state, one.by, ", ".join(one.readers), one.met,
            f"{one.due:%d %B %H:%M}{' late' * one.overdue}" if one.due else "",
        )
        for one in found.rows
    ]  # fmt: skip
    columns = ("declaration", "why", "state", "by", "readers", "met", "confirm by (UTC)")
    say_table("Protected people", columns, rows, "Nobody was declared.")


def _declare(
    because: Because, described: str, by: str, readers: tuple[str, ...], data: str | None, *, adult: bool, as_json: bool
) -> None:
    try:
        text = sys.stdin.read() if described == "-" else Path(described).read_text(encoding="utf-8")
        person = msgspec.json.decode(text, type=Person)
    except OSError:
        raise Refused("there is no such file: give a JSON file, or - for standard input", "described") from None
    except (msgspec.DecodeError, UnicodeDecodeError):  # its text may quote what was described
        raise Refused("the description does not read: JSON with nhs_number, names, birth_date", "described") from None
    with hub(data) as opened:
        ident = opened.protecting.declare(opened.asker(by), because, person, readers, grown=adult)
        holds = because == "staff_family" and opened.protecting.holds(ident)
    _say(ident, "holds" if holds else "waits for a second person", as_json=as_json)


def _say(ident: str, state: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"declaration": ident, "state": state})
    else:
        print(f"declaration {ident}: {state}")
