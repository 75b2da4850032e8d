"""Walks an Avro body byte by byte without making anything of it: what is wrong with it, and where.

The codec walks large bodies before it decodes them, so that a few bytes never become millions of items, and any body
that failed to decode, so that the person who looks at the quarantine reads which field it was.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from hub.domain.errors import BadMessage

Walk = Callable[["Wire"], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS = tuple(
    (datetime(year, month, day, tzinfo=UTC) - _EPOCH).days * 86_400_000_000
    for year, month, day in ((1, 1, 2), (9999, 12, 31))
)  # a day inside what a datetime can hold, so that no conversion between zones leaves it
_DAYS = (date.min.toordinal() - date(1970, 1, 1).toordinal(), date.max.toordinal() - date(1970, 1, 1).toordinal())


class Wire:
    """A body, how far it is read, and how many list items it has claimed so far."""

    def __init__(self, body: bytes, per_list: int, in_all: int) -> None:
        self.body = body
        self.at = 0
        self.items = 0
        self.per_list = per_list
        self.in_all = in_all

    def number(self) -> int:
        """A zig-zag varint of at most 64 bits."""
        value = shift = 0
        while True:
            if self.at >= len(self.body):
                raise BadMessage("truncated", "the body ends too early")
            byte = self.body[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift > 63:
                raise BadMessage("malformed", "a number of more than 64 bits")
        if value >= 1 << 64:
            raise BadMessage("malformed", "a number of more than 64 bits")
        return (value >> 1) ^ -(value & 1)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size < 0:
            raise BadMessage("malformed", "a negative length")
        if size > len(self.body) - self.at:
            raise BadMessage("truncated", "the body ends too early")
        self.at += size
        return self.body[self.at - size : self.at]

    def claim(self, listed: int, count: int) -> int:
        """Count a block of `count` items of a list that had `listed`; refused before a single one is read."""
        self.items += count
        if listed + count > self.per_list or self.items > self.in_all:
            raise BadMessage("too_many_items", f"at most {self.per_list} in a list and {self.in_all} in a message")
        return listed + count


def walk_all(walk: Walk, wire: Wire) -> None:
    """Walk the whole body. Raises BadMessage: truncated, malformed, too_many_items, invalid_value, trailing_bytes."""
    walk(wire)
    if wire.at != len(wire.body):
        raise BadMessage("trailing_bytes", f"{len(wire.body) - wire.at} bytes after the message")


def compiled(schema: Any, named: dict[str, Walk] | None = None) -> Walk:
    """The walk of a schema (JSON as in the file; names are short and unique in it)."""
    named = {} if named is None else named
    if isinstance(schema, str):
        return named[schema] if schema in named else _PRIMITIVES[schema]
    if isinstance(schema, list):
        return _union([compiled(arm, named) for arm in schema])
    kind = schema["type"]
    if kind == "record":
        fields: list[tuple[str, Walk]] = []
        named[schema["name"]] = _record(fields)
        fields += [(entry["name"], compiled(entry["type"], named)) for entry in schema["fields"]]
        return named[schema["name"]]
    if kind == "enum":
        named[schema["name"]] = _enum(len(schema["symbols"]))
        return named[schema["name"]]
    if kind == "array":
        return _array(compiled(schema["items"], named))
    logical = schema.get("logicalType")
    return _LOGICAL[logical] if logical else compiled(kind, named)


def _record(fields: list[tuple[str, Walk]]) -> Walk:
    def walk(wire: Wire) -> None:
        name = ""
        try:
            for name, inner in fields:  # noqa: B007  the name is read below, when a field fails
                inner(wire)
        except BadMessage as bad:
            raise _under(bad, name) from None

    return walk


def _array(item: Walk) -> Walk:
    def walk(wire: Wire) -> None:
        listed = 0
        while count := wire.number():
            if count < 0:  # a block that gives its size in bytes as well
                count = -count
                wire.number()
            first, listed = listed, wire.claim(listed, count)
            for place in range(first, listed):
                try:
                    item(wire)
                except BadMessage as bad:
                    raise _under(bad, f"[{place}]") from None

    return walk


def _union(arms: list[Walk]) -> Walk:
    def walk(wire: Wire) -> None:
        arm = wire.number()
        if not 0 <= arm < len(arms):
            raise BadMessage("malformed", "no such branch of a union")
        arms[arm](wire)

    return walk


def _enum(symbols: int) -> Walk:
    def walk(wire: Wire) -> None:
        if not 0 <= wire.number() < symbols:
            raise BadMessage("malformed", "no such symbol of an enum")

    return walk


def _string(wire: Wire) -> None:
    try:
        wire.take(wire.number()).decode()
    except UnicodeDecodeError:
        raise BadMessage("malformed", "text that is not UTF-8") from None


def _int(wire: Wire) -> None:
    if not -(1 << 31) <= wire.number() < 1 << 31:
        raise BadMessage("invalid_value", "a number of more than 32 bits")


def _within(bounds: tuple[int, ...], words: str) -> Walk:
    def walk(wire: Wire) -> None:
        if not bounds[0] <= wire.number() <= bounds[1]:
            raise BadMessage("invalid_value", words)

    return walk


def _long(wire: Wire) -> None:
    wire.number()


def _fixed(size: int) -> Walk:
    def walk(wire: Wire) -> None:
        wire.take(size)

    return walk


_PRIMITIVES: Mapping[str, Walk] = {
    "null": _fixed(0),
    "boolean": _fixed(1),
    "int": _int,
    "long": _long,
    "double": _fixed(8),
    "string": _string,
}
_LOGICAL: Mapping[str, Walk] = {
    "timestamp-micros": _within(_MICROS, "a time outside the years 1 to 9999"),
    "date": _within(_DAYS, "a date outside the years 1 to 9999"),
}


def _under(bad: BadMessage, name: str) -> BadMessage:
    """The same fault, one step further out: subjects + [0] + person -> subjects[0].person."""
    joint = "" if bad.field.startswith("[") or not bad.field else "."
    return BadMessage(bad.reason, bad.detail, f"{name}{joint}{bad.field}")
