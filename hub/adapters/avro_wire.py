"""Walks an Avro body without making anything of it: it has its schema's shape to the last byte, or it is refused.

Every body is walked before it is decoded. So a few bytes never become millions of items, what the decoder would take
for something else (a branch of -1, an eleven-byte number) never reaches it, and a refusal names the field.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from hub.domain.errors import BadMessage


class Budget:
    """How many list items one body may claim, and has claimed so far."""

    __slots__ = ("in_all", "items", "per_list")

    def __init__(self, per_list: int, in_all: int) -> None:
        self.items = 0
        self.per_list = per_list
        self.in_all = in_all

    def claim(self, listed: int, count: int) -> int:
        """Count a block of `count` items of a list that had `listed`; refused before a single one is read."""
        self.items += count
        if listed + count > self.per_list or self.items > self.in_all:
            raise BadMessage("too_many_items", f"at most {self.per_list} in a list and {self.in_all} in a message")
        return listed + count


Walk = Callable[[bytes, int, Budget], int]  # (body, where a value begins, budget) -> where it ends

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A day inside what a datetime can hold, so that no conversion between zones leaves it.
_MICROS = tuple(
    (day - _EPOCH).days * 86_400_000_000 for day in (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
)
_DAYS = tuple(day.toordinal() - _EPOCH.toordinal() for day in (date.min, date.max))


def walk_all(walk: Walk, body: bytes, budget: Budget) -> None:
    """Walk a whole body. Raises BadMessage: truncated, malformed, too_many_items, invalid_value, trailing_bytes."""
    end = walk(body, 0, budget)
    if end != len(body):
        raise BadMessage("trailing_bytes", f"{len(body) - end} bytes after the message")


def compiled(schema: Any, named: dict[str, Walk] | None = None) -> Walk:
    """The walk of a schema (JSON as in the file; names are short and unique in it)."""
    named = {} if named is None else named
    if isinstance(schema, str):
        return named[schema] if schema in named else _PRIMITIVES[schema]
    if isinstance(schema, list):
        return _union([compiled(arm, named) for arm in schema])
    kind = schema["type"]
    if kind == "record":
        fields: list[tuple[str, bool, Walk]] = []
        named[schema["name"]] = _record(fields)
        fields.extend(
            (entry["name"], _zero_is_whole(entry["type"]), compiled(entry["type"], named)) for entry in schema["fields"]
        )
        return named[schema["name"]]
    if kind == "enum":
        named[schema["name"]] = _enum(len(schema["symbols"]))
        return named[schema["name"]]
    if kind == "array":
        return _array(compiled(schema["items"], named))
    logical = schema.get("logicalType")
    return _LOGICAL[logical] if logical else compiled(kind, named)


def _number(body: bytes, at: int) -> tuple[int, int]:
    """A zig-zag varint of at most 64 bits, and where it ends. IndexError at the end of the body."""
    byte = body[at]
    at += 1
    value = byte & 0x7F
    shift = 7
    while byte >= 0x80:
        if shift > 63:
            raise BadMessage("malformed", "a number of more than 64 bits")
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    if value >> 64:
        raise BadMessage("malformed", "a number of more than 64 bits")
    return (value >> 1) ^ -(value & 1), at


def _zero_is_whole(kind: Any) -> bool:
    """Whether one byte 0 is a whole value: null, the empty list or text, no. Most bytes of a message are just that."""
    if isinstance(kind, dict):
        return kind["type"] in {"array", "enum"}
    return kind[0] == "null" if isinstance(kind, list) else kind in {"string", "boolean", "long"}


def _record(fields: list[tuple[str, bool, Walk]]) -> Walk:
    def walk(body: bytes, at: int, budget: Budget) -> int:
        name = ""
        try:
            for name, zero, inner in fields:  # noqa: B007  the name is read below, when a field fails
                if zero and body[at] == 0:
                    at += 1
                else:
                    at = inner(body, at, budget)
        except BadMessage as bad:
            raise _under(bad, name) from None
        except IndexError:  # the one way in which reading a byte fails
            raise BadMessage("truncated", "the body ends too early", name) from None
        return at

    return walk


def _array(item: Walk) -> Walk:
    def walk(body: bytes, at: int, budget: Budget) -> int:
        listed = 0
        while True:
            count, at = _number(body, at)
            if count == 0:
                return at
            if count < 0:  # a block that gives its size in bytes as well
                count = -count
                _, at = _number(body, at)
            first, listed = listed, budget.claim(listed, count)
            place = first
            try:
                for place in range(first, listed):  # noqa: B007  the place is read below
                    at = item(body, at, budget)
            except BadMessage as bad:
                raise _under(bad, f"[{place}]") from None
            except IndexError:
                raise BadMessage("truncated", "the body ends too early", f"[{place}]") from None

    return walk


def _union(arms: list[Walk]) -> Walk:
    def walk(body: bytes, at: int, budget: Budget) -> int:
        arm, at = (body[at] >> 1, at + 1) if body[at] in _SMALL else _number(body, at)
        if not 0 <= arm < len(arms):
            raise BadMessage("malformed", "no such branch of a union")
        return arms[arm](body, at, budget)

    return walk


def _enum(symbols: int) -> Walk:
    def walk(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001  every walk is called alike
        symbol, at = (body[at] >> 1, at + 1) if body[at] in _SMALL else _number(body, at)
        if not 0 <= symbol < symbols:
            raise BadMessage("malformed", "no such symbol of an enum")
        return at

    return walk


def _string(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
    size, at = (body[at] >> 1, at + 1) if body[at] in _SMALL else _number(body, at)
    end = at + size
    if size < 0:
        raise BadMessage("malformed", "a negative length")
    if end > len(body):
        raise BadMessage("truncated", "the body ends too early")
    try:
        body[at:end].decode()
    except UnicodeDecodeError:
        raise BadMessage("malformed", "text that is not UTF-8") from None
    return end


def _null(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
    return at


def _boolean(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
    if body[at] > 1:
        raise BadMessage("malformed", "neither yes nor no")
    return at + 1


def _double(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
    body[at + 7]
    return at + 8


def _long(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
    return _number(body, at)[1]


def _within(least: int, most: int, words: str) -> Walk:
    def walk(body: bytes, at: int, budget: Budget) -> int:  # noqa: ARG001
        value, at = _number(body, at)
        if not least <= value <= most:
            raise BadMessage("invalid_value", words)
        return at

    return walk


_SMALL = frozenset(range(0, 0x80, 2))  # the bytes that are a whole number from 0 to 63
_PRIMITIVES: dict[str, Walk] = {
    "null": _null,
    "boolean": _boolean,
    "long": _long,
    "double": _double,
    "string": _string,
}
_LOGICAL: dict[str, Walk] = {
    "timestamp-micros": _within(_MICROS[0], _MICROS[1], "a time outside the years 1 to 9999"),
    "date": _within(_DAYS[0], _DAYS[1], "a date outside the years 1 to 9999"),
}


def _under(bad: BadMessage, name: str) -> BadMessage:
    """The same fault, one step further out: subjects + [0] + person -> subjects[0].person."""
    joint = "" if bad.field.startswith("[") or not bad.field else "."
    return BadMessage(bad.reason, bad.detail, f"{name}{joint}{bad.field}")
