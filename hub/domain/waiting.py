"""How long the hub waits for what has no due time of its own, as data of its edition; one without it waits for none.

A clock of the partnership (its clocks.toml) with the id of one of these holds before that of all partnerships (silence.toml).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub.domain.calendar import Calendar
from hub.domain.clocks import due
from hub.domain.feed import Listening, Open, school_days

CLOCKS = {  # what each is for; the times of all partnerships have them all
    "hand_over": "who is asked to take a MASH enquiry over answers",
    "step_down": "a step down is accepted",
    "refused_forgotten": "somebody comes back to a refusal",
    "not_seen_alone": "somebody sees a child of a MASH enquiry alone",
    "seen_after_closing": "for how long after its decision a child who was never seen alone is still waited for",
    "not_brought": "health sees a child who was not brought",
    "declaration": "what was declared of a service is said anew",
    "transfer": "another hub takes on a child who moves",
    "off_roll": "a child who left a school is on another roll",
    "help_planned": "where several services are to help, an assessment and a team are on record",
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
    if waiting is None:
        return None
    own = {each["id"]: each for each in parts.get("clocks", ())}
    shared: dict[str, Mapping[str, Any]] = {
        each.id: {"length": each.length, "unit": each.unit, "counts": each.counts} for each in waiting.clock
    }
    one = own.get(clock) or shared.get(clock)
    if one is None:
        return None
    if one["counts"] == "school":
        return school_days(since, one["length"], Open(parts, calendar))
    return due(one, since, calendar)
