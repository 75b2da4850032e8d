"""What stood on whose page, from when until when: the whole run of a source record that a decision has moved, from person
to person back to where it last stood rightly, with everything that a look could show of it. Codes alone, from the record.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, Table, select

from hub.domain import child as children
from hub.domain import identity as identities
from hub.domain.child import SignalCounted
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded
from hub.domain.fact import Fact, Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.identity import Moved
from hub.domain.kin import message_of
from hub.domain.person import (
    Person,
    PersonMerged,
    PersonOpened,
    SourceRecordLinked,
    SourceRecordUnlinked,
    fold,
    survivor,
)
from hub.views import store
from hub.views.desk import Desk
from hub.views.who_is_who import persons_of

RACE = timedelta(minutes=5)  # a look that was ruled before a record moved enters the ledger within this time after
ROUNDS, MOST_AROUND = 4, 300  # how far, and to how many, one person's signals are followed through households
AT_ONCE = 500  # ids in one query
COPIES = frozenset({"sibling", "household", "adult"})
HELD_ITSELF = "codes"  # class of: that something was recorded, without its words


class Thing(Struct, frozen=True):
    """An item that a look may have opened: its class, and all source records that it is about."""

    category: str
    about: frozenset[str]


class Said(Struct, frozen=True, kw_only=True):
    """Everything that a source record brought: items, signals, messages, and whether it tells of a household."""

    things: dict[str, Thing]
    signals: frozenset[str]
    messages: frozenset[str]
    homely: bool


class Stay(Struct, frozen=True, kw_only=True):
    """One source record on the page of `person`, from and until; it now stands with `after`."""

    source_record: str
    person: str
    after: str
    position: int  # of the record: when it was linked there
    end_position: int
    since: datetime
    end_at: datetime
    ledger_since: int  # the ledger's position when it was linked there by a decision, 0 where a rule linked it
    ledger_until: int
    again: datetime | None  # when it was linked there once more, after that
    last: bool  # it moved from here by the very decision that is reported
    things: dict[str, Thing]
    rightly: frozenset[str]  # source records that stood there too, and were not moved
    said: Said

    def within(self, position: int, at: datetime) -> bool:
        """Whether a look of this ledger position and time is of the time in which it stood there."""
        return (at >= self.since or 0 < self.ledger_since < position) and position <= self.ledger_until

    def just_after(self, position: int, at: datetime) -> bool:
        """Whether a look that entered the ledger after that may have been ruled before."""
        end = self.end_at + RACE
        return position > self.ledger_until and at < (min(end, self.again) if self.again else end)


class Watcher(Struct, frozen=True, kw_only=True):
    """Somebody for whom signals counted because of what stood wrongly: the items that show them on that one's page."""

    person: str
    signals: frozenset[str]


class Run(Struct, frozen=True):
    """The stays of what one decision has moved. `whole` is False where a part of it could not be followed."""

    stays: tuple[Stay, ...]
    watchers: tuple[Watcher, ...]
    whole: bool


def run(desk: Desk, moved: Sequence[Moved], ended: Recorded, ledger_until: int) -> Run:
    """Where each of these records stood, back to where it last stood with whom it is held to be about now.

    A stay on a page where nothing else ever stood in that time showed nobody anything wrong, and is left out.
    """
    whole, stays = True, list[Stay]()
    for one in moved:
        found, complete = _stays(desk, one, moved, ended, ledger_until)
        stays += found
        whole = whole and complete
    watchers, complete = _watchers(desk, stays)
    return Run(tuple(stays), tuple(watchers), whole and complete)


def _stays(
    desk: Desk, moved: Moved, together: Sequence[Moved], ended: Recorded, ledger_until: int
) -> tuple[list[Stay], bool]:
    """From the last page back. By the decision that linked it there each page names the one before."""
    said = said_of(desk, moved.source_record)
    going = frozenset(one.source_record for one in together)
    person, end_position, end_at, found = moved.before, ended.position, ended.envelope.known_at, list[Stay]()
    last = True
    while last or survivor(person, lambda one: _at(desk, one, ended.position)) != moved.after:
        history = desk.record.load(f"person:{person}")
        links = [one for one in history if _links(one.fact, moved.source_record)]
        linked = next((one for one in reversed(links) if one.position <= end_position), None)
        if linked is None or not isinstance(linked.fact, SourceRecordLinked):
            return found, False
        by = linked.fact.decision.removeprefix("identity:")
        earlier = _settled(desk, by, moved.source_record) if by else None
        beside, opened_with = _beside(history, linked.position, end_position)
        rightly = beside - going
        if last or rightly or not opened_with:
            found.append(
                Stay(
                    source_record=moved.source_record, person=person, after=moved.after, position=linked.position,
                    end_position=end_position, since=linked.envelope.known_at, end_at=end_at,
                    ledger_since=earlier[1] if earlier else 0, ledger_until=ledger_until,
                    again=next((one.envelope.known_at for one in links if one.position > end_position), None), last=last,
                    things=_wrongly(said.things, rightly, _together(together, moved)), rightly=rightly, said=said,
                )
            )  # fmt: skip
        if not by:
            return found, True
        if earlier is None:
            return found, False
        last, person = False, earlier[0].before
        end_position, end_at, ledger_until = linked.position, linked.envelope.known_at, earlier[1]
    return found, True


def _at(desk: Desk, person: str, position: int) -> Person:
    """Who a person was held to be at a position: whoever was merged since was not merged then."""
    history = desk.record.load(f"person:{person}")
    return fold(person, (one.fact for one in history if one.position <= position))


def _together(together: Sequence[Moved], moved: Moved) -> frozenset[str]:
    return frozenset(one.source_record for one in together if one.after == moved.after)


def _links(fact: Fact, source_record: str) -> bool:
    return isinstance(fact, SourceRecordLinked) and fact.source_record == source_record


def _settled(desk: Desk, identity: str, source_record: str) -> tuple[Moved, int] | None:
    """How the decision that linked a record moved it, and the ledger's position then."""
    state = identities.fold(identity, (one.fact for one in desk.record.load(identities.stream(identity))))
    moved = [one for one in (state.settled.moved if state.settled else ()) if one.source_record == source_record]
    return (moved[-1], state.settled.ledger_until) if moved and state.settled else None


def _beside(history: Sequence[Recorded], start: int, end: int) -> tuple[frozenset[str], bool]:
    """Every record that stood on this page at any time between, and whether the page was opened with the first of it."""
    held: set[str] = set()
    met: set[str] = set()
    for one in history:
        if one.position > end:
            break
        match one.fact:
            case SourceRecordLinked(source_record=record):
                held.add(record)
            case SourceRecordUnlinked(source_record=record):
                held.discard(record)
            case PersonMerged():
                held.clear()
            case _:
                continue
        if one.position >= start:
            met |= held
    first = next((one for one in history if isinstance(one.fact, SourceRecordLinked)), None)
    opened = any(isinstance(one.fact, PersonOpened) for one in history[:1])
    return frozenset(met), opened and first is not None and first.position == start


def _wrongly(things: dict[str, Thing], rightly: frozenset[str], going: frozenset[str]) -> dict[str, Thing]:
    """What was rightly about that person too would have been shown anyway; that it was said of both is another matter."""
    return {
        item: thing for item, thing in things.items()
        if thing.category == HELD_ITSELF or not (thing.about - going) & rightly
    }  # fmt: skip


# -------------------------------------------------------------------------------------------------- what it brought


def said_of(desk: Desk, source_record: str) -> Said:
    """Every item that is about this source record, and the signals that its messages gave."""
    things: dict[str, Thing] = {}
    signals: set[str] = set()
    messages: set[str] = set()
    homely = False
    for recorded in desk.record.load(f"source-record:{source_record}"):
        things |= _things(recorded, source_record)
    about = store.said_about
    for row in desk.store.rows(select(about).where(about.c.source_record == source_record)):
        recorded = desk.record.load(row["stream"], upto=row["version"])[-1]
        same = (about.c.stream == row["stream"]) & (about.c.version == row["version"])
        everybody = frozenset(one["source_record"] for one in desk.store.rows(select(about).where(same)))
        things |= _things(recorded, source_record)
        things[f"codes:{recorded.ref}"] = Thing(HELD_ITSELF, everybody)
        kind, _, message = row["stream"].partition(":")
        if kind == "message":
            messages.add(message)
            things[f"unplaced:{message}"] = Thing(HELD_ITSELF, everybody)
        if isinstance(recorded.fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            said = recorded.fact.statement
            signals |= {f"{message}/{n}" for n, one in enumerate(said.subjects) if one.source_record == source_record}
            homely = homely or bool(said.adults)
        homely = homely or isinstance(recorded.fact, HouseholdObserved)
    return Said(things=things, signals=frozenset(signals), messages=frozenset(messages), homely=homely)


def _things(recorded: Recorded, source_record: str) -> dict[str, Thing]:
    sealed = getattr(getattr(recorded.fact, "statement", recorded.fact), "items", ())
    return {
        one.item: Thing(one.category, frozenset(one.about)) for one in sealed if source_record in one.about
    }  # fmt: skip


# -------------------------------------------------------------------------------------- for whom it counted besides


def _watchers(desk: Desk, stays: Sequence[Stay]) -> tuple[list[Watcher], bool]:
    """The persons for whom something counted through a household because of what stood wrongly on these pages.

    Those are looked through of whom any message speaks beside somebody of these pages; what counted for them tells.
    """
    if not stays:
        return [], True
    signals = frozenset[str]().union(*(one.said.signals for one in stays))
    messages = frozenset[str]().union(*(one.said.messages for one in stays))
    first, upto = min(one.position for one in stays), max(one.end_position for one in stays)
    persons, whole = _around(desk, stays)
    found = []
    for person in sorted(persons):
        copied = frozenset(_copied(desk, person, signals, messages, first, upto))
        if copied:
            found.append(Watcher(person=person, signals=copied))
    return found, whole


def _copied(
    desk: Desk, person: str, signals: frozenset[str], messages: frozenset[str], first: int, upto: int
) -> Iterator[str]:
    """What counted for this person in that time as a copy of these signals, or because these messages told of a household."""
    stream = children.stream(person)
    for one in desk.record.load(stream) if desk.record.versions([stream]) else ():
        if not isinstance(one.fact, SignalCounted) or not first <= one.position <= upto:
            continue
        signal = one.fact.signal
        if signal.relation not in COPIES:
            continue
        because = one.envelope.because.removeprefix("message:").partition("@")[0]
        copy = signal.id in signals if signal.relation == "sibling" else message_of(signal.id) in messages
        if copy or because in messages:
            yield signal.id


def _around(desk: Desk, stays: Sequence[Stay]) -> tuple[set[str], bool]:
    """Everybody of whom any message speaks beside these records and persons, a few households far."""
    table, about = store.source_record, store.said_about
    persons = {one.person for one in stays}
    records = {one.source_record for one in stays}.union(*(one.rightly for one in stays))
    streams: set[str] = set()
    new = set(records)
    for _ in range(ROUNDS):
        told = {row["stream"] for row in _in(desk, about, about.c.source_record, new)} - streams
        told = {one for one in told if one.startswith("message:")}
        streams |= told
        named = {row["source_record"] for row in _in(desk, about, about.c.stream, told)} - records
        records |= named
        met = set(persons_of(desk, named).values()) - persons - {""}
        persons |= met
        new = named | {row["source_record"] for row in _in(desk, table, table.c.person, met)} - records
        records |= new
        if len(persons) > MOST_AROUND:
            return persons, False
        if not new:
            break
    return persons, True


def _in(desk: Desk, table: Table, column: Column[Any], wanted: Iterable[str]) -> Iterator[store.Row]:
    values = sorted(wanted)
    for start in range(0, len(values), AT_ONCE):
        yield from desk.store.rows(select(table).where(column.in_(values[start : start + AT_ONCE])))


def beside(desk: Desk, stay: Stay) -> list[Stay]:
    """The same time on the same page, for each record that rightly stood there."""
    found = []
    for record in sorted(stay.rightly):
        said = said_of(desk, record)
        found.append(replace(stay, source_record=record, things=said.things, rightly=frozenset(), said=said))
    return found
