"""Working time in London: nights, weekends, bank holidays and the two days on which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.calendar import Calendar, calendar_of
from hub.domain.clocks import due
from hub.domain.moments import LONDON
from policies.calendar import BadCalendar, bank_holidays, calendar
from policies.partnerships import BadPartnership, partnership_calendar, partnerships

OFFICE = Calendar(holidays=frozenset(bank_holidays()))
DAY = {"length": 1, "unit": "days", "counts": "working"}
FOUR_HOURS = {"length": 4, "unit": "hours", "counts": "working"}
HOURS = {"days": ["monday"], "opens": "09:00", "closes": "17:00", "source": "a test"}


def at(text: str) -> datetime:
    """London time as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "start", "end"),
    [
        (DAY, "2026-03-05 10:00", "2026-03-06 10:00"),
        (DAY, "2026-03-06 10:00", "2026-03-09 10:00"),  # over a weekend
        (DAY, "2026-03-06 18:30", "2026-03-09 17:00"),  # after the office closed: all of Monday
        (DAY, "2026-03-07 03:00", "2026-03-09 17:00"),
        (DAY, "2026-04-02 10:00", "2026-04-07 10:00"),  # Good Friday and Easter Monday lie between
        (DAY, "2026-12-24 16:00", "2026-12-29 16:00"),  # Boxing Day is a Saturday: its Monday is free too
        (DAY, "2027-12-24 10:00", "2027-12-29 10:00"),
        (FOUR_HOURS, "2026-03-06 15:00", "2026-03-09 11:00"),
        (FOUR_HOURS, "2026-03-27 15:00", "2026-03-30 11:00"),  # the clocks go forward on the Sunday between
        (FOUR_HOURS, "2026-10-23 15:00", "2026-10-26 11:00"),  # and back
        (FOUR_HOURS, "2026-03-06 08:00", "2026-03-06 13:00"),
        ({**FOUR_HOURS, "counts": "always"}, "2026-03-06 23:00", "2026-03-07 03:00"),
        ({**FOUR_HOURS, "counts": "always"}, "2026-12-25 01:00", "2026-12-25 05:00"),  # red, on Christmas night
        ({**DAY, "length": 3}, "2026-03-05 10:00", "2026-03-10 10:00"),
    ],
)
def test_a_clock_over_the_calendar_runs_out(clock: dict[str, object], start: str, end: str) -> None:
    assert due(clock, at(start), OFFICE) == at(end)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-06 09:00", True), ("2026-03-06 16:59", True), ("2026-03-06 17:00", False),
        ("2026-03-06 08:59", False), ("2026-03-07 12:00", False), ("2026-04-03 12:00", False),
        ("2026-07-06 09:30", True),
    ],
)  # fmt: skip
def test_the_office_is_open_in_london_hours_on_working_days(moment: str, open_: bool) -> None:
    assert OFFICE.working(at(moment)) is open_


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 1)).map(lambda one: one.replace(tzinfo=UTC)),
    first=st.integers(1, 60), more=st.integers(1, 60),
)  # fmt: skip
def test_working_time_adds_up_never_runs_backwards_and_ends_while_the_office_is_open(
    start: datetime, first: int, more: int
) -> None:
    half = OFFICE.after(start, timedelta(hours=first))

    assert OFFICE.after(half, timedelta(hours=more)) == OFFICE.after(start, timedelta(hours=first + more))
    assert half > start
    assert OFFICE.working(half - timedelta(microseconds=1))


def test_a_clock_of_no_length_and_an_office_that_never_opens_are_refused() -> None:
    with pytest.raises(ValueError, match="runs for some time"):
        OFFICE.after(at("2026-03-06 10:00"), timedelta(0))
    with pytest.raises(ValueError, match="never opens"):
        Calendar(days=frozenset()).after(at("2026-03-06 10:00"), timedelta(hours=1))


def test_an_edition_without_a_calendar_has_none_and_one_with_a_calendar_reads_it() -> None:
    shipped = partnership_calendar("demo")

    assert calendar_of({}) is None
    assert calendar_of({"calendar": shipped}) == OFFICE


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"opens": "17:00", "closes": "09:00"}, "closes after it opens"),
        ({"opens": 9}, "09:00"),
        ({"days": ["moonday"]}, "working days"),
        ({"days": []}, "working days"),
        ({"days": ["monday", "monday"]}, "each once"),
        ({"source": " "}, "name it"),
        ({"lunch": "12:00"}, "unknown key lunch"),
    ],
)
def test_a_calendar_that_no_clock_can_run_by_is_refused_with_the_mend(change: dict[str, object], match: str) -> None:
    with pytest.raises(BadCalendar, match=match):
        calendar({**HOURS, **change}, "demo/calendar.toml")


def test_every_partnership_has_a_calendar_and_one_without_is_refused() -> None:
    assert {calendar_of({"calendar": partnership_calendar(name)}) for name in partnerships()} == {OFFICE}
    with pytest.raises(BadPartnership, match=r"calendar\.toml is missing"):
        partnership_calendar("nowhere")


def test_bank_holidays_are_listed_for_this_year_and_the_next_two_eight_each() -> None:
    listed = bank_holidays()
    years = {day.year for day in listed}

    assert {2026, 2027, 2028} <= years
    assert {year: sum(day.year == year for day in listed) for year in years} == dict.fromkeys(years, 8)
    assert all(day.weekday() < 5 for day in listed)
    assert OFFICE.opens == time(9)
    assert date(2026, 12, 28) in listed


@pytest.mark.parametrize("wrong", [{"opens": "17:00", "closes": "09:00"}, {"closes": "09:00"}, {"days": []}])
def test_offices_that_close_before_they_open_or_never_open_are_refused(wrong: dict[str, object]) -> None:
    said = {"days": ["monday"], "opens": "09:00", "closes": "17:00", "holidays": [], **wrong}
    with pytest.raises(ValueError, match="close later"):
        calendar_of({"calendar": said})
