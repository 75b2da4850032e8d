"""When something is due: a red clock never stops, by day or by night; the others count working days in London."""

from datetime import UTC, datetime

import pytest

from hub.domain.clocks import due, grade
from policies.partnerships import load_partnership

FRIDAY = datetime(2026, 3, 6, 15, tzinfo=UTC)
RED = {"id": "red", "length": 4, "unit": "hours", "counts": "always"}
AMBER = {"id": "amber", "length": 24, "unit": "hours", "counts": "always"}
GREEN = {"id": "green", "length": 3, "unit": "days", "counts": "working"}


@pytest.mark.parametrize(
    ("clock", "start", "end"),
    [
        (RED, datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 3, 7, 3, tzinfo=UTC)),  # through the night
        (RED, datetime(2026, 3, 7, 3, tzinfo=UTC), datetime(2026, 3, 7, 7, tzinfo=UTC)),  # and on a Saturday
        (AMBER, FRIDAY, datetime(2026, 3, 7, 15, tzinfo=UTC)),
        (GREEN, FRIDAY, datetime(2026, 3, 11, 15, tzinfo=UTC)),  # Monday, Tuesday, Wednesday
        (GREEN, datetime(2026, 3, 7, 9, tzinfo=UTC), datetime(2026, 3, 11, 9, tzinfo=UTC)),
        ({**GREEN, "length": 1}, FRIDAY, datetime(2026, 3, 9, 15, tzinfo=UTC)),
        ({**RED, "counts": "working"}, datetime(2026, 3, 6, 22, tzinfo=UTC), datetime(2026, 3, 9, 2, tzinfo=UTC)),
        # half past eleven on a Sunday evening in UTC is Monday in a London summer
        (
            {**GREEN, "length": 1}, datetime(2026, 7, 4, 23, 30, tzinfo=UTC), datetime(2026, 7, 5, 23, 30, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_a_clock_runs_out(clock: dict[str, object], start: datetime, end: datetime) -> None:
    assert due(clock, start) == end


@pytest.mark.parametrize(("level", "expected"), [(4, "red"), (5, "red"), (3, "amber"), (2, "green"), (1, "green")])
def test_the_highest_level_is_red_the_next_amber_the_rest_green(level: int, expected: str) -> None:
    assert grade([RED, AMBER, GREEN], level, highest=4)["id"] == expected


def test_a_partnership_without_that_grade_takes_the_red_one() -> None:
    assert grade([RED, GREEN], 3, highest=4) == RED


@pytest.mark.parametrize(
    "partnership", ["demo", "staffordshire", "calderdale", "durham", "wakefield", "blackburn-with-darwen"]
)
def test_no_partnership_stops_its_red_clock_at_five(partnership: str) -> None:
    clocks = {clock["id"]: clock for clock in load_partnership(partnership)["clocks"]}
    assert clocks["red"]["counts"] == "always"
