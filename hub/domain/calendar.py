"""When the offices are open: working days, working hours and bank holidays of a partnership, as data of its edition.

London time throughout. A year that the list of bank holidays does not reach has none: a clock that counts working time
is then due early and never late.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from hub.domain.moments import LONDON

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_CLOSED = 60  # days: an office that never opens is a mistake in the data, and no clock may run for ever


class Calendar(Struct, frozen=True):
    """Which days are worked, from when to when (London), and which days are bank holidays."""

    days: frozenset[int] = frozenset(range(5))  # 0 is Monday
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = frozenset()

    def working_day(self, day: date) -> bool:
        """Whether this London day is worked."""
        return day.weekday() in self.days and day not in self.holidays

    def working(self, at: datetime) -> bool:
        """Whether the offices are open at `at` (aware)."""
        local = at.astimezone(LONDON)
        return self.working_day(local.date()) and self.opens <= local.time() < self.closes

    def closed_since(self, at: datetime) -> datetime | None:
        """When the offices closed last (in the zone of `at`, aware); None while they are open, or were not for a month."""
        if self.working(at):
            return None
        local = at.astimezone(LONDON)
        for back in range(31):
            day = local.date() - timedelta(days=back)
            shut = datetime.combine(day, self.closes, LONDON)
            if self.working_day(day) and shut <= local:
                return shut.astimezone(at.tzinfo)
        return None

    def open_since(self, at: datetime) -> datetime | None:
        """When the offices opened today (in the zone of `at`, aware); None while they are closed."""
        if not self.working(at):
            return None
        return datetime.combine(at.astimezone(LONDON).date(), self.opens, LONDON).astimezone(at.tzinfo)

    def after(self, start: datetime, working: timedelta) -> datetime:
        """The moment (in the zone of `start`) when this much working time has passed since `start` (aware).

        What starts while the offices are closed starts when they open. Raises ValueError for no working time at all, and
        for a calendar that never opens.
        """
        if working <= timedelta(0):
            raise ValueError("a clock runs for some time")
        left, moment = working, start.astimezone(UTC)
        while True:
            opens, closes = self._next_open(moment)
            begins = max(moment, opens)
            if begins + left <= closes:
                return (begins + left).astimezone(start.tzinfo)
            left -= closes - begins
            moment = closes

    def a_day(self) -> timedelta:
        """How much working time one working day has."""
        today = date(2026, 1, 1)
        return datetime.combine(today, self.closes) - datetime.combine(today, self.opens)

    def _next_open(self, moment: datetime) -> tuple[datetime, datetime]:
        """The opening hours (aware UTC) in which `moment` lies, or the next ones."""
        day = moment.astimezone(LONDON).date()
        for _ in range(LONGEST_CLOSED):
            closes = datetime.combine(day, self.closes, LONDON).astimezone(UTC)
            if self.working_day(day) and moment < closes:
                return datetime.combine(day, self.opens, LONDON).astimezone(UTC), closes
            day += timedelta(days=1)
        raise ValueError("the calendar of this edition never opens: mend calendar.toml and publish")


def calendar_of(parts: Mapping[str, Any]) -> Calendar | None:
    """The calendar of an edition's parts; None for an edition that was published without one.

    Raises KeyError or ValueError for a calendar that does not read.
    """
    given = parts.get("calendar")
    if given is None:
        return None
    found = Calendar(
        days=frozenset(WEEKDAYS.index(day) for day in given["days"]),
        opens=time.fromisoformat(given["opens"]), closes=time.fromisoformat(given["closes"]),
        holidays=frozenset(date.fromisoformat(day) for day in given["holidays"]),
    )  # fmt: skip
    if not found.days or found.closes <= found.opens:
        raise ValueError(
            "the offices of a calendar open on some day of the week, and close later that day than they open"
        )
    return found
