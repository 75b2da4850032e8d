"""When something is due: a partnership's clocks over working days. A red clock never stops, by day or by night.

Working days are Monday to Friday in London; bank holidays and office hours become data of the edition with the calendar
of the MASH enquiry, and until then a clock that counts working days may be due on one, which is early and never late.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.domain.moments import LONDON

SATURDAY = 5


def due(clock: Mapping[str, Any], start: datetime) -> datetime:
    """The moment by which a clock that started at `start` (aware UTC) runs out: aware, in the zone of `start`."""
    length = int(clock["length"])
    if clock["counts"] == "always":
        return start + (timedelta(hours=length) if clock["unit"] == "hours" else timedelta(days=length))
    step = timedelta(hours=1) if clock["unit"] == "hours" else timedelta(days=1)
    moment = start
    while length:
        moment += step
        if moment.astimezone(LONDON).weekday() < SATURDAY:
            length -= 1
    return moment


def grade(clocks: Sequence[Mapping[str, Any]], level: int, highest: int) -> Mapping[str, Any]:
    """The clock for a level that a rule proposes: the highest level is red, the one below amber, the rest green.

    A partnership without that grade has the red one. The grade is a proposal; a person grades in the MASH enquiry.
    """
    wanted = "red" if level >= highest else "amber" if level == highest - 1 else "green"
    by_id = {clock["id"]: clock for clock in clocks}
    return by_id.get(wanted, by_id["red"])
