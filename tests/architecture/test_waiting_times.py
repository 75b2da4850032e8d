"""Waiting times as data: what is missing, unsourced or impossible is refused with the entry and the mend."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from hub.domain.late import late_days
from hub.domain.waiting import CLOCKS, until, waiting_of
from policies.partnerships import load_partnership
from policies.silence import BadSilence, silence

SHIPPED = files("policies.silence").joinpath("silence.toml").read_text(encoding="utf-8")
WRONG = [
    ("[feed]", "[feed", "does not read"),
    ('id = "off_roll"', 'id = "on_roll"', "off_roll: give exactly one"),
    ('id = "off_roll"', 'id = "not_brought"', "not_brought: give exactly one"),
    ("length = 28", "length = 0", "not_seen_alone: length: a clock runs for 1 or more"),
    ('counts = "school"', 'counts = "mondays"', "does not read"),
    ("enough_days = 10", "enough_days = 1", "feed: enough_days"),
    ("enough_days = 10", "enough_days = 10\nsecret = 1", "does not read"),
    ('chosen = "time for one new appointment; as long as the not-seen timer of open cases"', "", "not_brought: source"),
]


@pytest.mark.parametrize(("before", "after", "mend"), WRONG)
def test_a_waiting_time_that_cannot_be_used_is_refused(before: str, after: str, mend: str, tmp_path: Path) -> None:
    assert before in SHIPPED
    (tmp_path / "silence.toml").write_text(SHIPPED.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BadSilence, match=mend):
        silence(tmp_path)


def test_the_shipped_times_have_a_clock_for_each_thing_and_each_its_source() -> None:
    waiting = waiting_of({"silence": silence()})
    assert waiting is not None
    assert {one.id for one in waiting.clock} == set(CLOCKS)
    assert all(one.source for one in waiting.clock)
    assert waiting_of({}) is None  # an edition that was published before waits for none of these


NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_partnerships_own_time_holds_before_that_of_all_of_them() -> None:
    own = {"id": "not_brought", "length": 7, "unit": "days", "counts": "always"}
    shared = {"silence": silence(), "clocks": []}
    assert until(shared, None, "not_brought", NOON) == NOON + timedelta(days=28)
    assert until({**shared, "clocks": [own]}, None, "not_brought", NOON) == NOON + timedelta(days=7)


def test_how_long_a_chronology_takes_and_what_is_late_are_clocks_of_the_partnership() -> None:
    parts = {**load_partnership("demo"), "silence": silence()}
    assert until(parts, None, "chronology", NOON) == datetime(2026, 3, 10, 0, 0, tzinfo=UTC)  # five days later, whole
    clocks = [one for one in parts["clocks"] if one["id"] not in {"chronology", "late"}]
    assert until({**parts, "clocks": clocks}, None, "chronology", NOON) is None
    changed = [*clocks, {"id": "late", "length": 9}]
    assert [late_days({"clocks": each}) for each in (parts["clocks"], clocks, changed)] == [3, 3, 9]
