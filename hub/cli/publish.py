"""mash publish: one message or many, from a file or stdin, as JSON, JSON Lines or CSV with a mapping. The same path as
every other way in, and the same receipt.
"""

import csv
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO
from uuid import UUID, uuid4

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from hub.bootstrap import Hub
from hub.cli.output import AsJson, Data, hub, say_json
from hub.config import read_settings
from hub.domain.errors import BadMessage, NotFound, Refused, TryLater
from hub.domain.message import KINDS, Message
from hub.domain.message_rules import check_outside
from hub.flow.publish import Receipt, Signer
from hub.outside import Outside
from hub.web.api.concerns import given_twice, stray_field

MANY = 200  # rows from which on a progress bar is shown
Row = dict[str, Any] | BadMessage  # a row as it was sent, or why it cannot be read
COLUMNS = ("row", "id", "position", "received", "error", "field")  # of a receipt, in every form

EXAMPLES = """\
Examples:

  mash publish concern.json

  mash publish --key police.key notices.jsonl

  mash publish --organisation housing --mapping mapping.toml --receipts receipts.csv contacts.csv

  mash publish --key police.key --hub-key hub-key.json notices.jsonl

  cat concern.json | mash publish --dry-run -
"""


def add(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("publish", epilog=EXAMPLES)(publish)


def publish(
    file: Annotated[str, typer.Argument(help="A .json, .jsonl or .csv file, or - for JSON Lines on stdin.")],
    key: Annotated[
        Path | None, typer.Option(help="Your organisation's key (else the front desk signs for you).")
    ] = None,
    hub_key: Annotated[
        Path | None, typer.Option(help="The hub's public key (mash agency hub-key): publish from outside.")
    ] = None,
    organisation: Annotated[str | None, typer.Option(help="Who says it, where the file does not.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="For CSV: which column is which field (TOML).")] = None,
    receipts: Annotated[Path | None, typer.Option(help="Write a receipt for each row here (CSV).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, publish nothing.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Publish concerns and other messages. Every row gets a receipt or a reason; bad rows hold no good ones back."""
    signer = read_key(key) if key else None
    rows = _read(file, mapping, organisation)
    with ExitStack() as open_:
        # opened before anything is published: receipts that cannot be written are no reason to send twice
        out = open_.enter_context(_writable(receipts)) if receipts else None
        results = _all(open_.enter_context(_publisher(data, key, signer, hub_key)), rows, signer, dry_run)
        if out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(results)
    refused = [r for r in results if r["error"]]
    if as_json:
        say_json({"published": len(results) - len(refused), "refused": len(refused), "receipts": results})
    else:
        for r in results:
            taken = f"{r['id']} at {r['position']}, {r['received']}" if r["position"] else r["id"]
            print(f"row {r['row']}: " + (f"refused: {r['error']}" if r["error"] else taken))
        done = "would be published" if dry_run else "published"
        print(f"{len(results) - len(refused)} {done}, {len(refused)} refused")
    if refused:
        raise typer.Exit(1)


@contextmanager
def _publisher(
    data: str | None, key: Path | None, signer: Signer | None, hub_key: Path | None
) -> Iterator[Hub | Outside]:
    """The hub of this machine, or, with the hub's public key, an organisation's own publisher that holds no hub."""
    if hub_key is None:
        with hub(data) as opened:
            yield opened
        return
    if key is None or signer is None:
        raise Refused("from outside you sign with your own key", "--key")
    outside = Outside(read_settings(data=data), hub_key, signer, key.with_suffix(".numbers.db"))
    try:
        yield outside
    finally:
        outside.close()


def read_key(path: Path) -> Signer:
    """The signer in a key file that `mash agency key add` wrote. Raises Refused."""
    try:
        lines = dict(line.split(" ", 1) for line in path.read_text(encoding="ascii").splitlines())
        return Signer(lines["organisation"], lines["keyid"], bytes.fromhex(lines["private"]))
    except (OSError, ValueError, KeyError):
        raise Refused(f"{path} is no key file: mash agency key add writes one", "--key") from None


def parse(row: Mapping[str, Any]) -> tuple[str, Message]:
    """(id, message) of a row in the shape of schemas/, with "type" and, if the sender has one, "id".

    Raises BadMessage naming the field, never its value.
    """
    given = {name: value for name, value in row.items() if name not in {"type", "id"}}
    kind = KINDS.get(str(row.get("type", "mash.concern-raised.v1")))
    if kind is None:
        raise BadMessage("unknown_type", f"give one of {', '.join(KINDS)}", "type")
    given.setdefault("source_sequence", 0)  # the front desk numbers it
    try:
        ident = str(UUID(str(row.get("id") or uuid4())))
    except ValueError:
        raise BadMessage("malformed_id", "give a random UUID, and keep it to send again", "id") from None
    try:
        said = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as wrong:
        what, _, where = str(wrong).partition(" - at `$")
        shape = "the wrong shape" if "Invalid" in what else what
        raise BadMessage("invalid_value", shape, where.rstrip("`").lstrip(".") or "message") from None
    if stray := stray_field(given, msgspec.to_builtins(said), ""):
        raise BadMessage("unknown_field", "this kind of message has no such field: see schemas/", stray.lstrip("."))
    check_outside(said)
    return ident, said


def _all(opened: Hub | Outside, rows: list[Row], signer: Signer | None, dry_run: bool) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    away = ""
    with Progress(console=Console(stderr=True), transient=True, disable=len(rows) < MANY) as progress:
        bar = progress.add_task("publishing", total=len(rows))
        for number, row in enumerate(rows, start=1):
            result: dict[str, Any] = {
                "row": number,
                "id": "",
                "position": "",
                "received": "",
                "error": away,
                "field": "",
            }
            results.append(result)
            if away:
                continue
            try:
                if isinstance(row, BadMessage):
                    raise row
                ident, said = parse(row)
                result["id"] = ident
                receipt = _one(opened, ident, said, signer, dry_run)
                if receipt:
                    result |= {"position": receipt.position, "received": receipt.received.isoformat()}
            except (BadMessage, Refused) as wrong:
                result |= {"error": str(wrong), "field": wrong.field}
            except NotFound as wrong:
                result |= {"error": str(wrong), "field": "organisation"}
            except TryLater as later:  # the rows before it have their receipts; this one and those after it have none
                away = result["error"] = f"not published, send this row again: {later}"
            progress.advance(bar)
    return results


def _one(opened: Hub | Outside, ident: str, said: Message, signer: Signer | None, dry_run: bool) -> Receipt | None:
    if dry_run:
        opened.check(said, signer)
        return None
    return opened.publish([(ident, said)], signer, numbered=signer is None or said.source_sequence == 0)[0]


def _read(file: str, mapping: Path | None, organisation: str | None) -> list[Row]:
    """Every row of the file; raises BadParameter where it cannot be read at all."""
    try:
        return [_with(row, organisation) for row in _rows(file, mapping)]
    except UnicodeDecodeError:
        raise typer.BadParameter(
            "is not UTF-8: save it as UTF-8 (in a spreadsheet: CSV UTF-8)", param_hint=file
        ) from None
    except OSError as cannot:
        raise typer.BadParameter(f"cannot be read: {cannot.strerror}", param_hint=file) from None


def _rows(file: str, mapping: Path | None) -> Iterator[Any]:
    if file == "-":
        yield from _json_lines(sys.stdin)
        return
    path = Path(file)
    if path.suffix == ".csv":
        if mapping is None:
            raise typer.BadParameter(
                "a CSV file needs one: which column is which field (docs/publishing.md)", param_hint="--mapping"
            )
        yield from _csv_rows(path, _mapping(mapping))
        return
    with path.open(encoding="utf-8") as source:
        if path.suffix == ".jsonl":
            yield from _json_lines(source)
            return
        found = _json(source.read())
    yield from found if isinstance(found, list) else [found]


def _json_lines(source: TextIO) -> Iterator[Any]:
    return (_json(line) for line in source if line.strip())


def _json(text: str) -> Any:
    try:
        found = msgspec.json.decode(text)
        twice = given_twice(text)
    except (msgspec.DecodeError, RecursionError) as broken:
        return BadMessage("broken_json", str(broken), "row")
    return BadMessage("given_twice", "send the one that holds", twice) if twice else found


def _with(row: Any, organisation: str | None) -> Row:
    if isinstance(row, BadMessage):
        return row
    if not isinstance(row, dict):
        return BadMessage("broken_json", "a row is one JSON object", "row")
    return {"organisation": organisation, **row} if organisation else row


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", newline="", encoding="utf-8")
    except OSError as cannot:
        raise typer.BadParameter(f"cannot be written: {cannot.strerror}", param_hint="--receipts") from None


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise typer.BadParameter(f"{path} does not read: {wrong}", param_hint="--mapping") from None


def _csv_rows(path: Path, mapping: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of a CSV file by a mapping.

    [fixed] gives values for every row, [columns] says column -> path of the field ("subjects.0.person.nhs_number"), and
    [values.<column>] translates what a column says.
    """
    with path.open(newline="", encoding="utf-8-sig") as source:
        lines = csv.DictReader(source)
        absent = sorted(set(mapping.get("columns", {})) - set(lines.fieldnames or ()))
        if absent:  # else a renamed column would be lost without a word
            raise typer.BadParameter(f"names columns that {path} has not: {', '.join(absent)}", param_hint="--mapping")
        named = list(lines.fieldnames or ())
        twice = sorted({name for name in mapping.get("columns", {}) if named.count(name) > 1})
        if twice:
            raise typer.BadParameter(f"has the column {', '.join(twice)} twice: which one holds?", param_hint=str(path))
        for line in lines:
            row: dict[str, Any] = {}
            told: dict[str, str] = {}
            differing = ""
            for where, value in mapping.get("fixed", {}).items():
                _put(row, where.split("."), value)
            for column, where in mapping.get("columns", {}).items():
                said = (line.get(column) or "").strip()
                if said:
                    differing = differing or (where if told.setdefault(where, said) != said else "")
                    _put(row, where.split("."), mapping.get("values", {}).get(column, {}).get(said, said))
            yield BadMessage("given_twice", "two columns say different things", differing) if differing else row


def _put(into: Any, path: list[str], value: Any) -> None:
    head, rest = path[0], path[1:]
    if not rest:
        if isinstance(into, list):
            into.append(value)
        else:
            into[head] = value
        return
    empty: Any = [] if rest[0].isdigit() else {}
    if isinstance(into, list):
        place = int(head)
        while len(into) <= place:
            into.append([] if rest[0].isdigit() else {})
        _put(into[place], rest, value)
    else:
        _put(into.setdefault(head, empty), rest, value)
