"""Times, never confused: `occurred` is a period that an organisation claims, `recorded_at` is when it knew, `received`
is the log's append time, `known_at` is the hub's clock when the fact was written. All are aware UTC.
"""

from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.domain.errors import BadMessage

Precision = Literal["minute", "hour", "day", "week", "month", "season", "year", "unknown"]
LONDON = ZoneInfo("Europe/London")


class Period(Struct, frozen=True):
    """When something happened, as an organisation claims it: start and end (aware UTC, end not before start)."""

    start: datetime
    end: datetime
    precision: Precision

    def checked(self, field: str) -> "Period":
        """This period, if both ends are aware and in order; raises BadMessage naming `field`."""
        aware(self.start, f"{field}.start")
        aware(self.end, f"{field}.end")
        if self.end < self.start:
            raise BadMessage("period_ends_before_it_starts", "give an end at or after the start", field)
        return self


def aware(moment: datetime, field: str) -> datetime:
    """`moment` in UTC; a time without a zone is refused, because a guessed zone can hide an hour of a child's day."""
    if moment.tzinfo is None:
        raise BadMessage("time_without_zone", "send UTC or an offset", field)
    return moment.astimezone(UTC)


def london_day(moment: datetime) -> date:
    """The calendar day in London of an aware moment: what windows and working days are counted in."""
    return moment.astimezone(LONDON).date()


def months_between(born: date, on: date) -> int:
    """Whole months of age on a day; negative before birth."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
