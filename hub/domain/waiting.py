"""How long the hub waits for what has no due time of its own, as data of its edition; one without it waits for none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub.domain.calendar import Calendar
from hub.domain.clocks import due
from hub.domain.feed import Listening, Open, school_days

CLOCKS = {  # what each is for; an edition has them all
    "hand_over": "who is asked to take a MASH enquiry over answers",
    "step_down": "a step down is accepted",
    "refused_forgotten": "somebody comes back to a refusal",
    "not_seen_alone": "somebody sees a child of a MASH enquiry alone",
    "seen_after_closing": "for how long after its decision a child who was never seen alone is still waited for",
    "not_brought": "health sees a child who was not brought",
    "off_roll": "a child who left a school is on another roll",
    "chronology": "a school's chronology reaches the next school",
}


class Wait(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long one thing may take; `school` days leave holidays, weekends and bank holidays out."""

    id: str
    words: str
    length: int
    unit: Literal["hours", "days"]
    counts: Literal["always", "working", "school"]
    source: str
    chosen: str = ""


class Rhythms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the rhythm of a feed is learned."""

    enough_days: int
    margin: int
    fewest_days: int
    source: str
    chosen: str = ""


class Waiting(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it."""

    clock: tuple[Wait, ...]
    feed: Rhythms


def waiting_of(parts: Mapping[str, Any]) -> Waiting | None:
    """The waiting times of an edition's parts; None for an edition that was published without."""
    given = parts.get("silence")
    return msgspec.convert(given, Waiting) if given is not None else None


def listening_of(parts: Mapping[str, Any]) -> Listening:
    """How rhythms are learned under this edition."""
    waiting = waiting_of(parts)
    if waiting is None:
        return Listening()
    return Listening(waiting.feed.enough_days, waiting.feed.margin, waiting.feed.fewest_days)


def until(parts: Mapping[str, Any], calendar: Calendar | None, clock: str, since: datetime) -> datetime | None:
    """By when what is waited for since `since` (aware UTC) is due; None under an edition that does not wait for it."""
    waiting = waiting_of(parts)
    one = next((each for each in waiting.clock if each.id == clock), None) if waiting else None
    if one is None:
        return None
    if one.counts == "school":
        return school_days(since, one.length, Open(parts, calendar))
    return due({"length": one.length, "unit": one.unit, "counts": one.counts}, since, calendar)
