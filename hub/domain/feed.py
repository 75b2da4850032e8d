"""Feeds: how often an organisation, or one setting of it, is heard; declared by it, or learned from its history.

It promises that closed days are no silence: weekends, bank holidays, and for schools the holidays between terms do not
count. A setting that was hardly ever heard is expected to say nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Literal

from msgspec import Struct

from hub.domain.calendar import Calendar
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.moments import LONDON, london_day
from hub.domain.request import on_holiday

Counts = Literal["always", "working", "school"]
COUNTS: tuple[Counts, ...] = ("always", "working", "school")
LONGEST = 400  # open days: a feed that may be silent for longer is none
LONGEST_NAME = 80  # of a setting, in characters
LOOKED_AT = 366  # days of history from which a rhythm is learned, and after which a setting is not listened for


class FeedDeclared(Fact, frozen=True, kw_only=True):
    """Stream feed:<organisation>/<setting>. It says itself how often it is heard: at least once in so many open days.

    `days` 0: it is not listened for any more (it closed, or sends by another way).
    """

    NAME: ClassVar[str] = "feed.declared"
    organisation: str
    setting: str = ""
    days: int
    counts: Counts
    declared_by: str


FACTS: tuple[type[FeedDeclared], ...] = (FeedDeclared,)


class Rhythm(Struct, frozen=True):
    """At least one message in so many open days; which days are open; declared, or learned."""

    days: int
    counts: Counts
    declared: bool = False


class Listening(Struct, frozen=True):
    """What the rhythm is learned by (data of the edition): how many days with a message are enough, times which margin."""

    enough_days: int = 10
    margin: int = 2
    fewest_days: int = 3


class Feed(Struct, frozen=True, kw_only=True):
    """What the hub heard of one organisation, or of one setting ("" is the whole): London days, in order."""

    organisation: str
    setting: str = ""
    sector: str = ""
    heard: tuple[date, ...]  # () for one that has declared how often it is heard and never was
    last: datetime  # when it was heard last, or said so (the hub's clock, aware UTC)
    declared: FeedDeclared | None = None


def stream(organisation: str, setting: str = "") -> str:
    """The stream of what a feed declared."""
    return f"feed:{organisation}/{setting}"


def counts_named(code: str) -> Counts:
    """Which days count, by its code. Raises Refused for a code of none."""
    for one in COUNTS:
        if one == code:
            return one
    raise Refused(f"Choose which days count: {', '.join(COUNTS)}", "counts")


def declare(before: FeedDeclared | None, wish: FeedDeclared) -> list[Fact]:
    """What is declared now; the same again changes nothing. Raises Refused naming the field."""
    if len(wish.setting) > LONGEST_NAME or "/" in wish.setting or not wish.setting.isprintable():
        raise Refused(
            "Write the setting as its messages name it, or leave it out for the whole organisation", "setting"
        )
    counts_named(wish.counts)
    if not 0 <= wish.days <= LONGEST:
        raise Refused(f"Give 1 to {LONGEST} open days, or 0 to listen no longer", "days")
    same = before is not None and (before.days, before.counts) == (wish.days, wish.counts)
    return [] if same else [wish]


class Open:
    """Which London days count, under one edition."""

    def __init__(self, parts: Mapping[str, Any], calendar: Calendar | None) -> None:
        self._parts, self._calendar = parts, calendar or Calendar()

    def is_open(self, day: date, counts: Counts) -> bool:
        """Whether anything is to be heard on this day."""
        if counts == "always":
            return True
        return self._calendar.working_day(day) and (
            counts == "working" or on_holiday(self._parts, self.school_sector, day) is None
        )

    @property
    def school_sector(self) -> str:
        """A sector whose settings close between terms; "" where the edition names none."""
        return next(iter(self._parts.get("requests", {}).get("closes_out_of_term", ())), "")

    def counts_of(self, sector: str) -> Counts:
        """Which days count for an organisation of this sector that has declared nothing."""
        closes = self._parts.get("requests", {}).get("closes_out_of_term", ())
        return "school" if sector in closes else "working"

    def after(self, day: date, many: int, counts: Counts) -> date:
        """The `many`th open day after `day`."""
        found = day
        for _ in range(LONGEST * 3):
            if many <= 0:
                return found
            found += timedelta(days=1)
            many -= self.is_open(found, counts)
        return found

    def between(self, first: date, last: date, counts: Counts) -> int:
        """How many open days lie after `first`, up to and including `last`."""
        days = (first + timedelta(days=step) for step in range(1, (last - first).days + 1))
        return sum(self.is_open(day, counts) for day in days)


def rhythm(feed: Feed, days: Open, listening: Listening) -> Rhythm | None:
    """How often this feed is expected; None where nothing can be expected of it.

    Declared beats learned. Learned: the longest gap that it ever left between two days with a message, in open days,
    times the margin; for that it must have been heard on enough days.
    """
    if feed.declared is not None:
        said = feed.declared
        return Rhythm(said.days, said.counts, declared=True) if said.days else None
    if len(feed.heard) < listening.enough_days:
        return None
    counts = days.counts_of(feed.sector)
    gaps = [days.between(one, other, counts) for one, other in zip(feed.heard, feed.heard[1:], strict=False)]
    return Rhythm(min(LONGEST, max(listening.fewest_days, max(gaps, default=0) * listening.margin)), counts)


def silent_from(feed: Feed, days: Open, listening: Listening) -> datetime | None:
    """From when on this feed is silent if nothing more is heard (aware UTC): the end of the last day on which it was
    expected. None where nothing is expected.
    """
    expected = rhythm(feed, days, listening)
    if expected is None:
        return None
    ends = days.after(london_day(feed.last), expected.days, expected.counts) + timedelta(days=1)
    return datetime.combine(ends, time(), LONDON).astimezone(UTC)


def school_days(start: datetime, many: int, days: Open) -> datetime:
    """The end of the `many`th school day after the day of `start` (aware UTC)."""
    ends = days.after(london_day(start), many, "school") + timedelta(days=1)
    return datetime.combine(ends, time(), LONDON).astimezone(UTC)


def heard_on(days: Sequence[date]) -> tuple[date, ...]:
    """Each day once, in order."""
    return tuple(sorted(set(days)))
