"""Children of whom two organisations hold different addresses: somebody must ask the family, or the organisations.

Codes alone: which organisations, and since when. The addresses themselves are words, and open on the child's page through
the door. A refuge, an institution and no fixed abode are never compared: of a child who may be in one nothing is listed,
because a difference that is explained to the wrong person tells them where not to look, and where to.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial

from msgspec import Struct
from sqlalchemy import and_, func, or_, select

from hub.domain.area import HIDDEN
from hub.domain.moments import london_day
from hub.domain.source_record import SourceRecordDescribed, SourceRecordOpened
from hub.flow.disclose import ItemRef
from hub.views import store
from hub.views.asking import look
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.members import permitted
from hub.views.models import AddressConflict, AddressConflicts, AddressHolder, Asker
from hub.views.protected_sources import records_told_of, unknown_to
from hub.views.who_is_who import persons_of

CURRENT = timedelta(days=365)  # an organisation that said nothing of a child for longer may no longer know
MOST = 200
PAGE, MOST_PAGES = 400, 50  # addresses gone through at a time, and how often for one answer
REASON = "addresses"  # of the look, in the ledger


def conflicts(desk: Desk, asker: Asker) -> AddressConflicts:
    """Children whose organisations hold different current homes, the newest difference first; one look, in codes.

    Rule: of each organisation the newest home it said of the child, where it has spoken of the child within a year and
    the home has not ended; two of them that lie in different postcodes are a conflict. Raises NotPermitted, TryLater.
    """
    permitted(desk, asker, "picture")
    caught_up(desk)
    newest, more = _found(desk, london_day(desk.clock.now()), _otherwise(desk, asker.organisation))
    items = [
        ItemRef(item=f"addresses:{one.child}", category="codes", organisation=HUB, persons=(one.child,), position=place)
        for one, place in newest
    ]
    allowed = {item.item for item in look(desk, asker, items, REASON).shown} if items else frozenset()
    rows = tuple(one for one, _ in newest if f"addresses:{one.child}" in allowed)
    return AddressConflicts(rows, more=more)


class _Otherwise(Struct, frozen=True):
    """What stands for an organisation that was never told some statements: of each record of which they speak."""

    messages: frozenset[str] = frozenset()
    homes: Mapping[str, store.Row | None] = {}  # its newest home without them; None where it has none

    def put(self, rows: Iterable[store.Row]) -> list[store.Row]:
        """These rows without those of such records."""
        return [row for row in rows if row["source_record"] not in self.homes]


def _otherwise(desk: Desk, organisation: str) -> _Otherwise:
    """What statements told that protect their source is as if it had never been said (docs/sharing.md)."""
    messages = unknown_to(desk, organisation)
    told_of = records_told_of(desk, messages) if messages else ()
    return _Otherwise(messages, {one: _newest_without(desk, one, messages) for one in told_of})


def _newest_without(desk: Desk, source_record: str, messages: Container[str]) -> store.Row | None:
    """The newest home that this record was given by anything but these messages, as a row of its table."""
    found: store.Row | None = None
    for recorded in desk.record.load(f"source-record:{source_record}"):
        fact = recorded.fact
        if isinstance(fact, SourceRecordOpened | SourceRecordDescribed) and recorded.envelope.journey not in messages:
            found = next((row for _, row in store.lives(recorded, fact)), found)
    return found


def _found(desk: Desk, today: date, otherwise: _Otherwise) -> tuple[list[tuple[AddressConflict, int]], bool]:
    """The newest conflicts, each with the position of its newest address; and whether older ones were left out.

    Addresses are gone through from the newest, some at a time, because few pages of them hold more than anybody reads.
    """
    found: list[tuple[AddressConflict, int]] = []
    met: set[str] = set()
    names = cache(partial(name_of, desk))
    before: int | None = None
    for _ in range(MOST_PAGES):
        children, before = _page(desk, before, otherwise)
        children = [child for child in children if child not in met]
        met.update(children)
        held = _homes(desk, children, today, otherwise)
        spoken = _spoken(desk, [row["source_record"] for rows in held.values() for row in rows], otherwise)
        made = (_conflict(names, child, _newest(held.get(child, []), spoken, today - CURRENT)) for child in children)
        found += [one for one in made if one]
        if len(found) > MOST:
            return found[:MOST], True
        if before is None:
            return found, False
    return found, True


def _page(desk: Desk, before: int | None, otherwise: _Otherwise) -> tuple[list[str], int | None]:
    """Whom the newest addresses said before a position are of, of those whom a list may name; and where to go on."""
    home, record, person = store.home, store.source_record, store.person
    newest = select(home.c.position, home.c.source_record).order_by(home.c.position.desc())
    newest = newest if before is None else newest.where(home.c.position < before)
    page = desk.store.rows(newest.limit(PAGE + len(otherwise.homes)))
    instead = [row for row in otherwise.homes.values() if row and (before is None or row["position"] < before)]
    page = sorted([*otherwise.put(page), *instead], key=lambda row: row["position"], reverse=True)[:PAGE]
    held = [row["source_record"] for row in page]
    rows = desk.store.rows(select(record.c.source_record, record.c.person).where(record.c.source_record.in_(held)))
    whose = {row["source_record"]: row["person"] for row in rows}
    # asked by itself and sifted here: joined, a database may walk everybody who was never merged
    people = desk.store.rows(select(person).where(person.c.person.in_(sorted(set(whose.values())))))
    listed = {
        row["person"] for row in people if row["kind"] != "adult" and not row["merged_into"] and not row["restricted"]
    }
    children = [whose[one] for one in held if whose.get(one) in listed]
    return list(dict.fromkeys(children)), page[-1]["position"] if len(page) == PAGE else None


def _homes(desk: Desk, children: list[str], today: date, otherwise: _Otherwise) -> dict[str, list[store.Row]]:
    """Every home of each of these children that has not ended, in the order in which they were said."""
    home, record = store.home, store.source_record
    stands = or_(home.c.until.is_(None), home.c.until >= today)
    joined = home.join(record, home.c.source_record == record.c.source_record)
    query = select(home, record.c.person).select_from(joined).where(stands, record.c.person.in_(children))
    held: dict[str, list[store.Row]] = {}
    rows = otherwise.put(desk.store.rows(query))
    for source_record, whose in persons_of(desk, otherwise.homes).items() if otherwise.homes else ():
        row = otherwise.homes[source_record]
        if row and whose in children and (row["until"] is None or row["until"] >= today):
            rows.append({**row, "person": whose})
    for row in sorted(rows, key=lambda row: row["position"]):  # sorted by SQL, it would walk them all
        held.setdefault(row["person"], []).append(row)
    return {child: rows for child, rows in held.items() if len({row["place"] for row in rows}) > 1}


def _newest(rows: Sequence[store.Row], spoken: dict[str, date], cutoff: date) -> list[store.Row]:
    """The newest home of each organisation that spoke of the child since the cutoff."""
    current = [row for row in rows if max(row["said_on"], spoken.get(row["source_record"], row["said_on"])) >= cutoff]
    return list({row["organisation"]: row for row in sorted(current, key=lambda row: row["position"])}.values())


def _conflict(names: Callable[[str], str], child: str, rows: Sequence[store.Row]) -> tuple[AddressConflict, int] | None:
    if any(row["kind"] in HIDDEN for row in rows) or len({row["place"] for row in rows}) < 2:
        return None
    held = [AddressHolder(names(row["organisation"]), row["since"] or row["said_on"]) for row in rows]
    since = max(row["said_on"] for row in rows)
    holders = tuple(sorted(held, key=lambda holder: (holder.since, holder.organisation), reverse=True))
    return AddressConflict(child, since, holders), max(row["position"] for row in rows)


def _spoken(desk: Desk, source_records: Sequence[str], otherwise: _Otherwise) -> dict[str, date]:
    """When each source record was last spoken of."""
    found: dict[str, date] = {}
    about, said = store.said_about, store.said
    joined = about.join(said, and_(about.c.stream == said.c.stream, about.c.version == said.c.version))
    told_otherwise = [one for one in source_records if one in otherwise.homes]
    source_records = [one for one in source_records if one not in otherwise.homes]
    for one in told_otherwise:
        every = select(said.c.stream, said.c.known_at).select_from(joined).where(about.c.source_record == one)
        rows = [row for row in desk.store.rows(every) if row["stream"].partition(":")[2] not in otherwise.messages]
        found |= {one: london_day(max(row["known_at"] for row in rows))} if rows else {}
    for start in range(0, len(source_records), 500):
        some = source_records[start : start + 500]
        newest = select(about.c.source_record, func.max(said.c.known_at).label("at")).select_from(joined)
        rows = desk.store.rows(newest.where(about.c.source_record.in_(some)).group_by(about.c.source_record))
        found |= {row["source_record"]: london_day(row["at"]) for row in rows if row["at"] is not None}
    return found
