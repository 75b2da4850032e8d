"""On which exceptions of theirs a person may lean at this moment: overrides and break-glass, folded from the record.

It promises that one which lapsed, was ended or declined, or whose child is held to be somebody else since, is not there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from hub.domain.exceptions import (
    WORKS,
    Exceptional,
    as_break_glass,
    as_override,
    fold,
    settled_in,
    state_at,
)
from hub.domain.sharing import BreakGlass, Override
from hub.ports import Record
from hub.views.matters import matter
from hub.views.store import ViewStore

KINDS = ("override", "break-glass")
OLD = timedelta(hours=50)  # asked for longer ago than this, none works any more


def closed(calendar: object, at: datetime) -> bool:
    """Whether the offices are closed at `at`; an edition without a calendar knows no office hours: never closed."""
    working = getattr(calendar, "working", None)
    return working is not None and not working(at)


def exceptional(record: Record, stream: str) -> Exceptional:
    """One exception, as its facts have it; of one that there is not, an empty one (version 0)."""
    return fold(stream, record.load(stream))


def works_now(store: ViewStore, record: Record, staff: str, at: datetime, *, out_of_hours: bool) -> list[Exceptional]:
    """This person's exceptions that open something now, the latest first."""
    query = select(matter.c.stream).where(
        matter.c.kind.in_(KINDS), matter.c.by == staff, matter.c.state.in_(("waiting", "open")),
        matter.c.opened_at > at - OLD,
    )  # fmt: skip
    found = [exceptional(record, row["stream"]) for row in store.rows(query.order_by(matter.c.opened_at.desc()))]
    return [
        one
        for one in found
        if state_at(one, at, closed=out_of_hours) in WORKS and not settled_in(one, record.load(f"person:{one.child}"))
    ]


def leaned_on(found: Iterable[Exceptional]) -> Mapping[str, tuple[Override | None, BreakGlass | None]]:
    """For each child, the override and the break-glass that may be leaned on; of two overrides the latest."""
    held: dict[str, tuple[Override | None, BreakGlass | None]] = {}
    for one in found:
        override, glass = held.get(one.child, (None, None))
        held[one.child] = (override or as_override(one), glass or as_break_glass(one))
    return held
