"""Who is held to be whom now: whoever was merged is the one that stayed, a source record is of whom it was linked to last."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec
from sqlalchemy import select

from hub.views import sameness, store
from hub.views.accounts import one_person
from hub.views.desk import Desk

OWN_RECORD = "hub-"  # the hub's own source record of a person is named by it: hub-<person>
WAITS = timedelta(days=7)  # how long a decision that nobody agreed to opens names to who might agree


def survivors(desk: Desk, persons: Iterable[str]) -> dict[str, str]:
    """Who each of these is held to be now: itself, or whoever it was merged into, to the end."""
    now = {person: person for person in persons}
    table = store.person
    while True:
        query = select(table.c.person, table.c.merged_into).where(table.c.person.in_(sorted(set(now.values()))))
        into = {row["person"]: row["merged_into"] for row in desk.store.rows(query.where(table.c.merged_into != ""))}
        if not into:
            return now
        now = {person: into.get(held, held) for person, held in now.items()}


def survivor(desk: Desk, person: str) -> str:
    """Who this person is held to be now."""
    return survivors(desk, [person])[person]


def families(desk: Desk, persons: Iterable[str]) -> dict[str, list[str]]:
    """Of each: everybody who is held to be the same person now, the one that stayed first."""
    now = survivors(desk, persons)
    found = {stayed: [stayed] for stayed in now.values()}
    stands_for = {stayed: stayed for stayed in found}
    table, newest = store.person, list(found)
    while newest:
        query = select(table.c.person, table.c.merged_into).where(table.c.merged_into.in_(newest))
        rows = desk.store.rows(query.order_by(table.c.person))
        newest = [row["person"] for row in rows]
        for row in rows:
            stands_for[row["person"]] = stands_for[row["merged_into"]]
            found[stands_for[row["person"]]].append(row["person"])
    return {person: found[stayed] for person, stayed in now.items()}


def family(desk: Desk, person: str) -> list[str]:
    """Everybody who is held to be this person now, the one that stayed first."""
    return families(desk, [person])[person]


def records_of(desk: Desk, persons: Iterable[str]) -> dict[str, list[str]]:
    """The source records that are held to be about each of these persons."""
    wanted = sorted(set(persons))
    found: dict[str, list[str]] = {person: [] for person in wanted}
    table = store.source_record
    for row in desk.store.rows(select(table).where(table.c.person.in_(wanted)).order_by(table.c.source_record)):
        found[row["person"]].append(row["source_record"])
    return found


def persons_of(desk: Desk, source_records: Iterable[str]) -> dict[str, str]:
    """Whom each source record is held to be about; the hub's own records name their person themselves.

    The hub's own words about somebody who was merged since are about the one that stayed.
    """
    wanted = sorted({one for one in source_records if not one.startswith(OWN_RECORD)})
    table = store.source_record
    rows = desk.store.rows(select(table.c.source_record, table.c.person).where(table.c.source_record.in_(wanted)))
    found = {row["source_record"]: row["person"] for row in rows}
    own = {one: one.removeprefix(OWN_RECORD) for one in source_records if one.startswith(OWN_RECORD)}
    now = survivors(desk, own.values()) if own else {}
    return found | {one: now[person] for one, person in own.items()}


def in_doubt(desk: Desk, asker: str = "") -> frozenset[str]:
    """Whoever somebody must decide about: in review, whom they may be, and whom this asker is asked to agree on."""
    return in_review(desk) | awaiting(desk, asker)


def in_review(desk: Desk) -> frozenset[str]:
    """Whom matching left in review, whom they may be, and who are proposed to be one; as they are called now."""
    table = store.person
    query = select(table.c.person, table.c.candidates).where(table.c.standing == "in_review", table.c.merged_into == "")
    found: set[str] = set()
    for row in desk.store.rows(query):
        found |= {row["person"], *msgspec.json.decode(row["candidates"], type=tuple[str, ...])}
    found |= {one for row in sameness.standing(desk.store) for one in (row["person"], row["other"])}
    return frozenset(survivors(desk, found).values())


def awaiting(desk: Desk, asker: str) -> frozenset[str]:
    """Whom a decision is about that waits for a second person, who might be this one: not who decided it, whose wish
    opens nothing to themselves; and not for ever.
    """
    decided = store.identity
    since = desk.clock.now() - WAITS
    query = select(decided.c.person, decided.c.other, decided.c.asked_at, decided.c.by).where(
        decided.c.state == "waits_for_second", decided.c.by != asker
    )
    lately = [row for row in desk.store.rows(query) if row["asked_at"] > since]
    rows = [row for row in lately if not asker or not one_person(desk, row["by"], asker)]
    return frozenset(survivors(desk, {one for row in rows for one in (row["person"], row["other"]) if one}).values())


def candidates(desk: Desk, person: str) -> tuple[str, ...]:
    """Who a person in review may turn out to be, as they are called now; () for one who was merged."""
    table = store.person
    rows = desk.store.rows(select(table.c.candidates).where(table.c.person == person, table.c.merged_into == ""))
    named = msgspec.json.decode(rows[0]["candidates"], type=tuple[str, ...]) if rows else ()
    now = survivors(desk, named)
    return tuple(one for one in dict.fromkeys(now[each] for each in named) if one != person)
