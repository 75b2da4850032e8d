"""When something is due: a partnership's clocks over its calendar. A red clock never stops, by day or night."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.domain.calendar import Calendar
from hub.domain.moments import london_day

SATURDAY = 5


def due(clock: Mapping[str, Any], start: datetime, calendar: Calendar | None = None) -> datetime:
    """The moment by which a clock that started at `start` (aware UTC) runs out: aware, in the zone of `start`.

    A clock that counts working time counts the hours in which the offices are open; a working day is as long as they
    are. What starts while they are closed starts when they open, so that nothing is due before anybody could see it.
    """
    length = int(clock["length"])
    if clock["counts"] == "always":
        return start + (timedelta(hours=length) if clock["unit"] == "hours" else timedelta(days=length))
    if calendar is None:
        return _weekdays(clock, start, length)
    whole = timedelta(hours=length) if clock["unit"] == "hours" else calendar.a_day() * length
    return calendar.after(start, whole)


def _weekdays(clock: Mapping[str, Any], start: datetime, length: int) -> datetime:
    """Under an edition without a calendar: hours or days of Monday to Friday, each whole."""
    step = timedelta(hours=1) if clock["unit"] == "hours" else timedelta(days=1)
    moment = start
    while length:
        moment += step
        if london_day(moment).weekday() < SATURDAY:
            length -= 1
    return moment


def grade(clocks: Sequence[Mapping[str, Any]], level: int, highest: int) -> Mapping[str, Any]:
    """The clock for a level that a rule proposes: the highest level is red, the one below amber, the rest green.

    A partnership without that grade has the red one. The grade is a proposal; a person grades in the MASH enquiry.
    """
    wanted = "red" if level >= highest else "amber" if level == highest - 1 else "green"
    by_id = {clock["id"]: clock for clock in clocks}
    return by_id.get(wanted, by_id["red"])
