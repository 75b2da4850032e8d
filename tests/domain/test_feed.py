"""How often somebody is heard: declared or learned, and closed days are no silence."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.domain.calendar import Calendar
from hub.domain.errors import Refused
from hub.domain.feed import Feed, FeedDeclared, Listening, Open, Rhythm, declare, rhythm, silent_from

TERMS = {
    "requests": {
        "closes_out_of_term": ["education"],
        "term": [{"first": "2026-09-01", "last": "2026-10-23"}, {"first": "2026-11-02", "last": "2026-12-18"}],
    }
}
OPEN = Open(TERMS, Calendar(holidays=frozenset({date(2026, 12, 25)})))
LISTENING = Listening(enough_days=10, margin=2, fewest_days=3)


def said(days: int, counts: str = "working", setting: str = "") -> FeedDeclared:
    found: dict[str, object] = {"organisation": "police", "setting": setting, "days": days, "counts": counts}
    return FeedDeclared(**found, declared_by="person:x")  # type: ignore[arg-type]  # a test may say what nobody may


def feed(*heard: date, sector: str = "police", declared: FeedDeclared | None = None) -> Feed:
    last = datetime.combine(heard[-1], datetime.min.time(), UTC) + timedelta(hours=12)
    return Feed(organisation="police", sector=sector, heard=heard, last=last, declared=declared)


def weekdays(first: date, many: int, step: int = 1) -> tuple[date, ...]:
    found: list[date] = []
    day = first
    while len(found) < many:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=step)
    return tuple(found)


@pytest.mark.parametrize(("wish", "field"), [(said(1, "sometimes"), "counts"), (said(-1), "days"), (said(401), "days")])
def test_what_nobody_can_keep_is_refused_with_its_field(wish: FeedDeclared, field: str) -> None:
    with pytest.raises(Refused) as why:
        declare(None, wish)
    assert why.value.field == field


def test_the_same_declaration_again_changes_nothing() -> None:
    assert declare(None, said(2)) == [said(2)]
    assert declare(said(2), said(2)) == []
    assert declare(said(2), said(3)) == [said(3)]


def test_of_somebody_who_was_hardly_ever_heard_nothing_is_expected() -> None:
    assert rhythm(feed(*weekdays(date(2026, 11, 2), 9)), OPEN, LISTENING) is None
    assert silent_from(feed(*weekdays(date(2026, 11, 2), 9)), OPEN, LISTENING) is None


def test_a_rhythm_is_learned_from_the_longest_gap_in_open_days_and_never_below_the_fewest() -> None:
    daily = feed(*weekdays(date(2026, 11, 2), 12))
    assert rhythm(daily, OPEN, LISTENING) == Rhythm(3, "working")  # a weekend is no gap
    heard = (*weekdays(date(2026, 11, 2), 10), date(2026, 11, 20))  # Friday the 13th, then the Friday after
    assert rhythm(feed(*heard), OPEN, LISTENING) == Rhythm(10, "working")


def test_what_is_declared_beats_what_was_learned_and_nought_is_not_listened_for() -> None:
    heard = weekdays(date(2026, 11, 2), 12)
    assert rhythm(feed(*heard, declared=said(1, "always")), OPEN, LISTENING) == Rhythm(1, "always", declared=True)
    assert rhythm(feed(*heard, declared=said(0)), OPEN, LISTENING) is None


def test_silence_begins_at_the_end_of_the_last_day_on_which_something_was_expected() -> None:
    friday = feed(date(2026, 11, 13), declared=said(1))
    assert silent_from(friday, OPEN, LISTENING) == datetime(2026, 11, 17, 0, 0, tzinfo=UTC)  # Monday went by
    always = feed(date(2026, 11, 13), declared=said(1, "always"))
    assert silent_from(always, OPEN, LISTENING) == datetime(2026, 11, 15, 0, 0, tzinfo=UTC)


def test_a_school_that_is_heard_on_the_last_day_before_the_holidays_is_expected_after_them() -> None:
    school = feed(date(2026, 10, 23), sector="education", declared=said(1, "school"))
    assert silent_from(school, OPEN, LISTENING) == datetime(2026, 11, 3, 0, 0, tzinfo=UTC)
    learned = feed(*weekdays(date(2026, 9, 1), 39), sector="education")  # to the day before the holidays
    assert learned.heard[-1] == date(2026, 10, 23)
    assert silent_from(learned, OPEN, LISTENING) == datetime(2026, 11, 5, 0, 0, tzinfo=UTC)  # three school days


def test_in_summer_time_a_london_day_ends_an_hour_earlier_in_utc() -> None:
    police = feed(date(2026, 7, 1), declared=said(1, "always"))
    assert silent_from(police, OPEN, LISTENING) == datetime(2026, 7, 2, 23, 0, tzinfo=UTC)
