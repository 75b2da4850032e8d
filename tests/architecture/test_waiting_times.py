"""Waiting times as data: what is missing, unsourced or impossible is refused with the entry and the mend."""

from importlib.resources import files
from pathlib import Path

import pytest

from hub.domain.waiting import CLOCKS, waiting_of
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
