"""mash release: what an owner releases of its own, item by item. Ids and codes; the words are read on pages."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.release import ReleaseItem

app = typer.Typer(
    help="Items of words that their owner releases out of a MASH enquiry's sealed room.",
    epilog="A thing said is named by its stream and version: message:3f2a…@1, request:9c01…@2.",
    no_args_is_help=True,
)
Said = Annotated[str, typer.Argument(help="A thing said, from mash release list.")]
Item = Annotated[str, typer.Argument(help="An item, from mash release show.")]
To = Annotated[list[str], typer.Option(help="To which organisation. Several times.")]


@app.command("list", epilog="Example: mash release list --by staff-7c41e0")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What your organisation is asked to release, has released, and said lately."""
    with hub(data) as opened:
        view = opened.releasing.page(opened.asker(by))
    if as_json:
        say_json({"waiting": view.waiting, "released": view.released, "said": view.said})
        return
    rows = [
        (r.said, r.item, r.state_words, ", ".join(r.organisations)) for r in (*view.waiting, *view.released, *view.said)
    ]
    say_table("Releases", ("said", "item", "state", "organisations"), rows, "Nothing was said with words yet.")


@app.command("show", epilog="Example: mash release show message:3f2a…@1 --by staff-7c41e0")
def show(said: Said, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The items of one thing said: class, what to think of first, and to whom each is released."""
    with hub(data) as opened:
        view = opened.releasing.said(opened.asker(by), said)
    rows = [
        {
            "item": one.item, "category": one.category, "warnings": one.warnings, "released_to": one.released_codes,
            "asked_for": one.asked_codes,
        }
        for one in view.lines
    ]  # fmt: skip
    if as_json:
        say_json({"said": said, "items": rows})
        return
    shown = [(r["item"], r["category"], "; ".join(r["warnings"]), ", ".join(r["released_to"]), ", ".join(r["asked_for"]))
             for r in rows]  # fmt: skip
    say_table("Items", ("item", "class", "warnings", "released to", "asked for"), shown, "It has no words.")


@app.command("item", epilog="Example: mash release item message:3f2a…@1 5d09… --to early_help --by staff-7c41e0")
def item(
    said: Said,
    item: Item,
    to: To,
    by: By,
    condition: Annotated[
        list[str] | None,
        typer.Option(help="not_to_the_family, ring_us_first, this_enquiry_only or no_onward. Several times."),
    ] = None,
    warned: Annotated[bool, typer.Option("--warned", help="You read what it warns of, and it may go out.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Release one item to these organisations."""
    wish = ReleaseItem(item=item, organisations=tuple(to), conditions=tuple(condition or ()), warned=warned, by=by)
    with hub(data) as opened:
        opened.releasing.release(opened.asker(by), said, wish)
    say_done(as_json, f"released to {', '.join(to)}", item=item, released_to=list(to))


@app.command("refuse", epilog="Example: mash release refuse 5d09… --reason harm --by staff-7c41e0")
def refuse(
    item: Item,
    reason: Annotated[str, typer.Option(help="harm, investigation, third_party, consent or not_needed.")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Do not release an item that was asked for."""
    with hub(data) as opened:
        opened.releasing.not_give(opened.asker(by), item, reason)
    say_done(as_json, "it is not released", item=item, reason=reason)


@app.command("withdraw", epilog="Example: mash release withdraw 5d09… --reason mistaken --by staff-7c41e0")
def withdraw(
    item: Item,
    reason: Annotated[str, typer.Option(help="mistaken, consent_withdrawn, new_risk or no_longer_needed.")],
    by: By,
    to: Annotated[list[str] | None, typer.Option(help="From whom (else from everybody). Several times.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Close an item again, and tell whoever had it to stop."""
    with hub(data) as opened:
        gone = opened.releasing.withdraw(opened.asker(by), item, tuple(to or ()), reason)
    say_done(as_json, f"closed again to {', '.join(gone)}, who are told", item=item, stopped=list(gone))


@app.command("ask", epilog="Example: mash release ask 7c22… message:3f2a…@1 --item 5d09… --to early_help --why 'They will "
             "visit' --by staff-c17b3d")  # fmt: skip
def ask(
    enquiry: Annotated[str, typer.Argument(help="The MASH enquiry in which it is read.")],
    said: Said,
    item: Annotated[list[str], typer.Option(help="Which items. Several times.")],
    to: To,
    why: Annotated[str, typer.Option(help="Why they need to read it; sealed.")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask the owner to release these items."""
    with hub(data) as opened:
        opened.releasing.ask(opened.asker(by), enquiry, said, item, to, why)
    say_done(as_json, "its owner is asked", said=said, items=list(item))
