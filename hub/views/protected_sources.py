"""What was said under a code that protects its source: who else may learn nothing of it, and what is left without it.

Not that it was said, nor who lives with whom by it, nor where, nor that somebody is known at all. The codes are the
protocol's `source_protected_codes`, of the edition in force; while it lists none, nothing is looked up.
"""

from collections.abc import Iterable

from sqlalchemy import select

from hub.domain.kin import Home
from hub.domain.person import SourceRecordLinked
from hub.ports import Homes
from hub.views import said_of, store
from hub.views.desk import Desk
from hub.views.who_is_who import families, persons_of, records_of

AT_ONCE = 5000  # ids in one query


def unknown_to(desk: Desk, organisation: str) -> frozenset[str]:
    """The messages of other organisations that protect their source: to this one they were never said."""
    codes = desk.edition.parts["protocol"].get("source_protected_codes", ())
    if not codes:
        return frozenset()
    said = store.said
    rows = desk.store.rows(select(said.c.stream, said.c.organisation).where(said.c.code.in_(codes)))
    return frozenset(row["stream"].partition(":")[2] for row in rows if row["organisation"] != organisation)


def records_told_of(desk: Desk, messages: Iterable[str]) -> frozenset[str]:
    """The source records of which these messages speak."""
    streams, about = sorted(f"message:{one}" for one in messages), store.said_about
    found: set[str] = set()
    for start in range(0, len(streams), AT_ONCE):
        query = select(about.c.source_record).where(about.c.stream.in_(streams[start : start + AT_ONCE]))
        found |= {row["source_record"] for row in desk.store.rows(query)}
    return frozenset(found)


def persons_unknown_to(desk: Desk, organisation: str) -> frozenset[str]:
    """Whom such messages alone tell of: persons all of whose source records have no other source, merged since or not."""
    closed = said_of.without_trace(desk, records_told_of(desk, unknown_to(desk, organisation)))
    if not closed:
        return frozenset()
    now = frozenset(persons_of(desk, closed).values())
    found = {one for one, held in records_of(desk, now).items() if closed.issuperset(held)}
    for merged in {one for names in families(desk, now).values() for one in names} - now:
        facts = (recorded.fact for recorded in desk.record.load(f"person:{merged}"))
        held = {fact.source_record for fact in facts if isinstance(fact, SourceRecordLinked)}
        found |= {merged} if held and closed >= held else set()
    return frozenset(found)


def home_told_to(desk: Desk, homes: Homes, organisation: str, persons: Iterable[str]) -> Home:
    """What is said of these persons' households, as this organisation may know it: every page reads households by this."""
    closed = unknown_to(desk, organisation)
    return homes.around(persons, without=closed.intersection)
