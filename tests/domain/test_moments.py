"""Times, never confused: aware UTC inside, London calendar days for windows."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hub.domain.errors import BadMessage
from hub.domain.moments import Period, aware, london_day, months_between

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_time_without_zone_is_refused_by_its_field() -> None:
    with pytest.raises(BadMessage) as refused:
        aware(NOON.replace(tzinfo=None), "occurred.start")
    assert (refused.value.reason, refused.value.field) == ("time_without_zone", "occurred.start")


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(BadMessage) as refused:
        Period(NOON, NOON - timedelta(seconds=1), "hour").checked("occurred")
    assert (refused.value.reason, refused.value.field) == ("period_ends_before_it_starts", "occurred")


@pytest.mark.parametrize("end", ["start", "end"])
def test_both_ends_of_a_period_need_a_zone(end: str) -> None:
    ends = {"start": NOON, "end": NOON, end: NOON.replace(tzinfo=None)}
    with pytest.raises(BadMessage) as refused:
        Period(ends["start"], ends["end"], "hour").checked("occurred")
    assert refused.value.field == f"occurred.{end}"


def test_a_moment_is_a_period() -> None:
    period = Period(NOON, NOON, "minute")
    assert period.checked("occurred") is period


def test_an_offset_becomes_utc() -> None:
    assert aware(datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2))), "x") == NOON
    assert aware(NOON, "x").tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), date(2026, 7, 1)),  # British Summer Time: it is midnight in London
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_the_day_is_londons(moment: datetime, day: date) -> None:
    assert london_day(moment) == day


@pytest.mark.parametrize(
    ("born", "on", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 31), date(2026, 3, 1), 1),
        (date(2017, 5, 4), date(2026, 5, 3), 107),
        (date(2017, 5, 4), date(2026, 5, 4), 108),
        (date(2026, 5, 4), date(2026, 3, 4), -2),  # expected, not yet born
        (date(2024, 2, 29), date(2025, 2, 28), 11),
    ],
)
def test_age_is_in_whole_months(born: date, on: date, months: int) -> None:
    assert months_between(born, on) == months
