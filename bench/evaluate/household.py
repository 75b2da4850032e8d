"""What counts for a child beside what is said of it by name: its siblings' signals, those of adults at home, and what the
front door decided about it. It follows `hub/domain/kin.py` and `hub/flow/count_decided.py`, with the truth as household.

It promises what the hub promises: a copy is never copied, and whoever a message names gets no copy of it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bench.world.services import Contact
from bench.world.truth import TruePerson
from hub.domain.enquiry import FRONT_DOOR
from hub.domain.moments import london_day, months_between
from hub.domain.over_time import Event
from hub.domain.signal import Signal

CHILDHOOD = timedelta(days=6574)
# What the front door did with a contact about a child whose case was not open, as the hub would have it: outcome and level.
DECIDED: dict[str, tuple[str, int]] = {
    "no_further_action": ("no_further_action", 1), "early_help": ("early_help", 2), "referral": ("assessment", 4),
}  # fmt: skip


class OfAdults(Struct, frozen=True):
    """A concern about adults alone, for each adult one signal, and a child of their home (so that it is known whose)."""

    child: str
    events: tuple[Event, ...]


def with_household(
    own: Mapping[str, list[Event]], adults: Iterable[OfAdults], people: Iterable[TruePerson]
) -> dict[str, list[Event]]:
    """The events of every child of whom something counts, in order of time, those of its household among them.

    The children of one family live together, from birth (or since they were spoken of as expected, where that is sooner) until
    18. A copy says nothing of the child itself: no measure, no sighting. What is taken back from one is from all.
    """
    families: dict[int, list[TruePerson]] = {}
    found = {child: list(events) for child, events in own.items()}
    for one in people:
        families.setdefault(one.family, []).append(one)
    family = {one.person: one.family for those in families.values() for one in those}
    of_adults: dict[int, list[Event]] = {}
    for concern in adults:
        of_adults.setdefault(family[concern.child], []).extend(concern.events)
    touched = {family[child] for child in own} | set(of_adults)
    for number in sorted(touched):
        for one in families[number]:
            copies = list(_copies(one, families[number], own, of_adults.get(number, ())))
            if copies:
                mine = found.setdefault(one.person, [])
                mine += copies
                mine.sort(key=lambda event: event.at)  # stable: its own come first
    return found


def decisions(contacts: Iterable[Contact], after: timedelta) -> dict[str, list[Event]]:
    """What the front door decided about each child, so long after the contact came: a signal of the kind `help` for that
    child alone. A contact about an open case goes to the worker, and nothing is decided.
    """
    found: dict[str, list[Event]] = {}
    for contact in contacts:
        if contact.outcome in DECIDED:
            decided = _decided(contact, contact.at + after)
            found.setdefault(contact.child, []).append(Event(decided.known_at, decided.id, decided))
    return found


def _copies(
    child: TruePerson, family: Iterable[TruePerson], own: Mapping[str, list[Event]], of_adults: Iterable[Event]
) -> Iterable[Event]:
    mine = own.get(child.person, ())
    told = [event.counted for event in mine if event.counted is not None]
    named = {_message(signal.id) for signal in told}
    since = min((child.born, *(london_day(s.occurred_start) for s in told if s.unborn)))
    until = child.born + CHILDHOOD
    kept = set[str]()

    def copy(event: Event, relation: Literal["sibling", "adult"]) -> Iterable[Event]:
        signal = event.counted
        if signal is None:
            if event.id in kept:
                yield event
            return
        on = london_day(signal.occurred_start)
        if _message(signal.id) in named or not since <= on < until or signal.kind != "concern":
            return
        kept.add(event.id)
        passed_on = replace(
            signal, child=child.person, relation=relation, measures=(), seen="not_seen", unborn=False,
            age_months=_months(child.born, on),
        )  # fmt: skip
        yield Event(event.at, event.id, passed_on)

    for event in of_adults:
        yield from copy(event, "adult")
    for other in family:
        if other.person != child.person:
            for event in own.get(other.person, ()):
                yield from copy(event, "sibling")  # also what takes back a concern about adults


def _months(born: date, on: date) -> int | None:
    return months_between(born, on) if born <= on else None


def _message(ident: str) -> str:
    return ident.rpartition("/")[0]


def _decided(contact: Contact, at: datetime) -> Signal:
    outcome, level = DECIDED[contact.outcome]
    return Signal(
        id=f"decided-{contact.message}/{contact.child}", child=contact.child, relation="own", kind="help", indicators=(),
        domains=(), organisation=FRONT_DOOR, sector="social_care", setting=None, referrer=None, referrer_kind="",
        seen="not_seen", how_known="first_hand", incident=None, occurred_start=at, occurred_end=at, precision="minute",
        recorded_at=at, received=at, known_at=at, outcome=outcome, level=level,
    )  # fmt: skip
