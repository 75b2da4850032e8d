"""mash ledger: who has looked at a child, and whether a look put again gives what was let out then."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table

app = typer.Typer(help="The access ledger: who looked, under which edition; a look put again.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who you are: the staff id of an account that reads the ledger.")]


@app.command("of", epilog="Example: mash ledger of 3f2a91bc-0000-4000-8000-000000000000 --by staff-a37d05 --json")
def of(
    child: Annotated[str, typer.Argument(help="The child's random id, as pages show it.")], by: By,
    before: Annotated[int, typer.Option(help="Looks before this entry.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Who has looked at this child: entry, when, who, why, how many items were opened or not, which edition. No words."""
    with hub(data) as opened:
        asker = opened.asker(by)
        page, editions = opened.ledger_of(asker, child, before), opened.replaying.by_edition(asker, child)
    if as_json:
        say_json({"looks": page.rows, "older": page.older, "editions": editions})
        return
    rows = [
        (
            one.position,
            f"{one.asked_at:%Y-%m-%d %H:%M}",
            one.staff,
            one.role,
            one.purpose,
            one.shown,
            one.withheld,
            one.edition,
        )
        for one in page.rows
    ]
    heads = ("entry", "when", "who", "role", "purpose", "opened", "not opened", "edition")
    say_table("Who has looked", heads, rows, "Nobody has looked, in the whole access ledger.")
    for one in editions:
        print(
            f"edition {one.edition}: {one.looks} looks, {one.opened} opened something, {one.not_opened} opened nothing"
        )


@app.command("replay", epilog="Example: mash ledger replay 1204 --by staff-a37d05")
def replay(
    position: Annotated[int, typer.Argument(help="The entry's number, from mash ledger of.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put a look again to the edition of its time: does the record give what was let out then? Nothing is opened.

    Ends with 1 where it does not.
    """
    with hub(data) as opened:
        found = opened.replaying.replay(opened.asker(by), position)
    if as_json:
        say_json(found)
    elif not found.kept:
        print(f"entry {position} is from before this was kept")
    else:
        print(f"entry {position}: {'the same' if found.equal else 'NOT THE SAME'} under edition {found.edition}")
        print(f"then {found.recorded}\nnow  {found.again}")
    if found.kept and not found.equal:
        raise typer.Exit(1)
