"""Makes the golden rows: for each stored name one row as the record stores it, closed bytes and all, and what it reads as.

    python -m tests.architecture.make_golden

It makes rows of names that have none and never writes over one: a row that no longer reads means that history no longer
reads. (Before the first release, while no record is kept, a row may be deleted and made anew.)
"""

import json
import types
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from hub.adapters.record import Row, StoredRecord
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.item import Sealed
from hub.domain.stored import FACTS

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


class OneRow:
    """A store of one fact."""

    def __init__(self, row: Row | None = None) -> None:
        self.row = row

    def write(self, batch: Any) -> int:
        (self.row,) = batch.rows(0, 0)
        return 0

    def stream(self, stream: str, upto: int | None) -> list[Row]:  # noqa: ARG002  the port has them
        return [self.row] if self.row else []

    def position(self) -> int:
        return 0 if self.row is None else self.row.position


class MadeUpKeys:
    """A key for each owner, made of its name: golden rows hold nobody's words."""

    def make(self, owners: Any) -> None:
        """There is nothing to make."""

    def find(self, owner: str) -> bytes:
        return sha256(f"golden {owner}".encode()).digest()

    def gather(self, owners: Any) -> None:
        """Nor to fetch."""


def record(row: Row | None = None) -> tuple[StoredRecord, OneRow]:
    """The record's own code over a store of one row."""
    store = OneRow(row)
    return StoredRecord(store, MadeUpKeys(), FACTS), store  # type: ignore[arg-type] # as much of a store as it takes


def example(kind: Any, name: str) -> Any:
    """A made-up value of a type, different from every default, so that each field is really stored."""
    origin, arms = get_origin(kind), get_args(kind)
    if origin is Literal:
        return arms[-1]
    if origin in {Union, types.UnionType}:
        return example(next(arm for arm in arms if arm is not type(None)), name)
    if origin is tuple:
        return tuple(example(arm, name) for arm in arms if arm is not Ellipsis)
    if origin in {dict, Mapping}:
        return {name: example(arms[1], name)}
    if isinstance(kind, type) and issubclass(kind, Sealed):
        return Sealed("item-1", "narrative", ("record-1",), (b"wrap",), b"box", "school")
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = get_type_hints(kind)
        return kind(**{each.name: example(hints[each.name], each.name) for each in fields(kind)})
    return VALUES[kind](name)


VALUES: dict[Any, Any] = {
    str: lambda name: f"some {name}",
    int: lambda name: 1_000 + len(name),
    float: lambda _name: 81.5,
    bool: lambda _name: True,
    bytes: lambda name: name.encode(),
    datetime: lambda name: NOON + timedelta(minutes=len(name)),
    date: lambda name: date(2026, 3, 2) + timedelta(days=len(name)),
}


def stored(kind: type[Fact]) -> dict[str, Any]:
    """The golden row of a fact: where it lies, its closed bytes, and what it reads as."""
    opened, store = record()
    fact = example(kind, "fact")
    envelope = Envelope(NOON, NOON, "organisation:school", "log:concern.school.v1/0/7", "journey-1", "1")
    opened.append([NewFact(f"{kind.NAME.partition('.')[0]}:golden", 0, fact, envelope)])
    row = store.row
    assert row is not None
    return {
        "name": row.name, "stream": row.stream, "version": row.version, "state": row.state.hex(),
        "reads_as": plain(opened.load(row.stream)[0]),
    }  # fmt: skip


def plain(recorded: Recorded) -> dict[str, Any]:
    """A recorded fact as JSON has it."""
    text = msgspec.json.encode({"envelope": msgspec.to_builtins(recorded.envelope), "fact": recorded.fact})
    answer: dict[str, Any] = json.loads(text)
    return answer


def read(golden: Mapping[str, Any]) -> dict[str, Any]:
    """What a golden row reads as with today's code."""
    row = Row(1, golden["stream"], golden["version"], golden["name"], bytes.fromhex(golden["state"]))
    opened, _ = record(row)
    return plain(opened.load(row.stream)[0])


def path_of(name: str) -> Path:
    """The file of a stored name's row."""
    return GOLDEN / f"{name}.json"


def main() -> None:
    """Make the rows that are missing."""
    GOLDEN.mkdir(exist_ok=True)
    for name, kind in FACTS.items():
        if not path_of(name).exists():
            path_of(name).write_text(json.dumps(stored(kind), indent=1) + "\n", encoding="utf-8")
            print(f"made {path_of(name).name}")  # noqa: T201  it is a command


if __name__ == "__main__":
    main()
