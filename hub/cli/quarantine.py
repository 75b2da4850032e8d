"""mash quarantine: messages that could not be taken, why, and how to run them again. Their words are never shown."""

from typing import Annotated

import typer

from hub.bootstrap import Hub
from hub.cli.output import AsJson, Data, hub, plain, printable, say_json, say_table
from hub.domain.errors import NotFound
from hub.views import store
from hub.views.audit import readable

app = typer.Typer(help="Messages that could not be taken.", no_args_is_help=True)
Ident = Annotated[str, typer.Argument(help="From mash quarantine list (its first letters are enough).")]


@app.command("list", epilog="Example: mash quarantine list --all --json")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Also what was re-admitted since.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What waits, oldest first: each may be a child whom nobody hears of, until somebody looks."""
    with hub(data) as opened:
        rows = _rows(opened)
    rows = [row for row in rows if every or row["state"] == "waiting"]
    if as_json:
        say_json({"quarantined": [plain(row) for row in rows]})
        return
    shown = ((r["quarantine"][:8], r["received"], r["source"], r["reason"], r["field"], r["state"]) for r in rows)
    columns = ("id", "received", "source", "reason", "field", "state")
    say_table("Quarantine", columns, shown, "Nothing waits in quarantine.")


@app.command("show", epilog="Example: mash quarantine show 3f2a91bc")
def show(ident: Ident, data: Data = None, as_json: AsJson = False) -> None:
    """One message: where it lies, why it was not taken, what to do. Never what it says."""
    with hub(data) as opened:
        row = _find(_rows(opened), ident)
    if as_json:
        say_json(plain(row))
        return
    for name, value in plain(row).items():
        print(f"{name:12} {printable(value)}")


@app.command("re-admit", epilog="Example: mash quarantine re-admit 3f2a91bc --reason key_mended")
def readmit(
    ident: Ident,
    reason: Annotated[str, typer.Option(help="key_mended, schema_mended, our_fault or earlier_message_arrived.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Run it again, unedited, with its original time of receipt, after our side was mended."""
    with hub(data) as opened:
        row = _find(opened.quarantine_rows(), ident)
        outcome = opened.readmit(str(row["quarantine"]), reason)
    if as_json:
        say_json({"quarantine": row["quarantine"], **outcome})
    else:
        print(f"{row['quarantine'][:8]}: {outcome['outcome']} {outcome['reason']}".rstrip())
    if outcome["outcome"] == "refused_again":
        raise typer.Exit(1)


def _rows(opened: Hub) -> list[store.Row]:
    """Everything that is, or was, in quarantine, with what a header claims only where it is a claim that we know."""
    known = opened.register().organisations
    return [readable(row, known) for row in opened.quarantine_rows()]


def _find(rows: list[store.Row], ident: str) -> store.Row:
    found = [row for row in rows if row["quarantine"].startswith(ident)]
    if len(found) != 1:
        raise NotFound(f"{len(found)} quarantined messages begin with {ident}: mash quarantine list shows them")
    return found[0]
