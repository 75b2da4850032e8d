"""What did not come is said once, and only once it is sure that it had not come in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.edition import Edition, publish, read
from hub.domain.feed import Feed, FeedDeclared
from hub.domain.silence import Awaited, Expected, stream_of
from policies.draft import draft
from tests.consumers.listening import Ear, awaited
from tests.support.signals import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + 3 * HOUR


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    made = Ear(tmp_path)
    yield made
    made.close()


def test_what_came_in_time_is_never_missed(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.run()
    ear.clock.moment = LATER - HOUR
    ear.expect(awaited(None))
    ear.run()
    ear.clock.moment = LATER + DAY
    ear.run()
    assert ear.told() == []


def test_what_did_not_come_is_missed_when_its_moment_has_passed_and_not_before(ear: Ear) -> None:
    ear.expect(awaited(LATER, child="c1", organisation="health"))
    ear.run()
    ear.clock.moment = LATER - timedelta(seconds=1)
    ear.run()
    assert ear.told() == []
    ear.clock.moment = LATER
    ear.run()
    (missed,) = ear.said()
    assert (missed.kind, missed.child, missed.organisation, missed.due, missed.holds) == (
        "no_answer", "c1", "health", LATER, True,
    )  # fmt: skip
    assert stream_of(missed).startswith("silence:c1:")


def test_a_restart_and_a_repeat_find_nothing_twice(ear: Ear) -> None:
    position = ear.expect(awaited(LATER))
    ear.run()
    ear.restart()
    ear.clock.moment = LATER + HOUR
    ear.run()
    ear.publish(Expected(position=position, awaited=(awaited(LATER),)))  # the relay came by again
    ear.restart()
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True)]


def test_a_clock_that_is_moved_back_finds_nothing_twice(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.run()
    for moment in (LATER + DAY, LATER - DAY, LATER + DAY):
        ear.clock.moment = moment
        ear.run()
    assert ear.told() == [("no_answer", "request:1", True)]


def test_what_comes_after_all_ends_the_silence_once(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.clock.moment = LATER + HOUR
    ear.run()
    ear.expect(awaited(None))
    ear.run()
    ear.expect(awaited(None))
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True), ("no_answer", "request:1", False)]
    assert list(ear.on_record().values()) == [["silence.noticed", "silence.ended"]]


def test_another_moment_ends_the_silence_of_the_first_and_waits_anew(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.clock.moment = LATER
    ear.run()
    ear.expect(awaited(LATER + DAY))
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True), ("no_answer", "request:1", False)]
    ear.clock.moment = LATER + DAY
    ear.run()
    assert [one.due for one in ear.said() if one.holds] == [LATER, LATER + DAY]


def test_of_a_refusal_the_first_is_not_forgotten_because_there_was_another(ear: Ear) -> None:
    first = awaited(LATER, kind="refused_forgotten", subject="child:c1", child="c1")
    ear.expect(first)
    ear.expect(awaited(LATER + DAY, kind="refused_forgotten", subject="child:c1", child="c1"))
    ear.run()
    ear.clock.moment = LATER
    ear.run()
    assert [one.due for one in ear.said()] == [LATER]
    ear.expect(replace(first, due=None))  # somebody came back, or found out what it was
    ear.expect(replace(first, due=LATER + 2 * DAY))
    ear.run()
    ear.clock.moment = LATER + 2 * DAY
    ear.run()
    assert [one.due for one in ear.said() if one.holds] == [LATER, LATER + 2 * DAY]


def test_nothing_is_missed_before_all_that_came_in_time_has_been_read(ear: Ear) -> None:
    """A consumer that was down past the moment reads on first; and what is on record may not have gone out yet."""
    ear.expect(awaited(LATER))
    ear.run()
    ear.clock.moment = LATER + HOUR
    ear.expect(awaited(None))  # answered in time, and read only now
    ear.look()
    assert ear.told() == []
    ear.run()
    assert ear.told() == [("no_answer", "request:1", False)]  # the intake knows of no silence, and writes nothing
    assert ear.on_record() == {}


def test_what_came_too_late_while_the_consumer_was_down_is_on_record_as_late(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.run()
    ear.clock.moment = LATER + DAY
    ear.expect(awaited(None, since=LATER + HOUR))  # answered an hour late, and read only now
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True), ("no_answer", "request:1", False)]
    (stream,) = ear.on_record()
    assert [one.due for one in ear.said() if one.holds] == [LATER], stream


def test_what_is_on_record_and_has_not_gone_out_yet_is_waited_for(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.run()
    ear.clock.moment = LATER + HOUR
    ear.written = ear.position + 5  # an answer, perhaps
    ear.run()
    assert ear.told() == []
    ear.written = None
    ear.expect(awaited(None, subject="request:2"))  # it was something else
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True)]


def test_what_was_found_and_kept_before_a_crash_goes_out_afterwards(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    ear.expect(awaited(LATER))
    ear.run()
    ear.clock.moment = LATER
    with monkeypatch.context() as broken:
        broken.setattr(ear.log, "append", _away)
        with pytest.raises(ZeroDivisionError):
            ear.run()
    assert ear.told() == []
    ear.restart()
    ear.run()
    assert ear.told() == [("no_answer", "request:1", True)]


def _away(*_: object) -> None:
    raise ZeroDivisionError


def test_a_state_that_was_thrown_away_is_made_anew_without_a_second_silence(ear: Ear) -> None:
    ear.expect(awaited(LATER))
    ear.expect(awaited(LATER, subject="request:2"))
    ear.clock.moment = LATER + HOUR
    ear.run()
    ear.state.close()
    ear.state = ear.new_state("anew")
    ear._step = ear.step()
    ear.expect(awaited(None))
    ear.run()
    facts = sorted(ear.on_record().values())
    assert facts == [["silence.noticed"], ["silence.noticed", "silence.ended"]]


# ---------------------------------------------------------------------------------------------------------------- feeds


@pytest.fixture(scope="module")
def edition() -> Edition:
    return read(publish(1, NOON, draft("demo", NOON.date())))


@pytest.fixture
def listening(tmp_path: Path, edition: Edition) -> Iterator[Ear]:
    made = Ear(tmp_path, edition)
    yield made
    made.close()


def school(last: datetime, days: int = 1, setting: str = "oak_primary") -> Feed:
    said = FeedDeclared(organisation="school_a", setting=setting, days=days, counts="school", declared_by="person:x")
    return Feed(
        organisation="school_a", setting=setting, sector="education", heard=(last.date(),), last=last, declared=said
    )


def test_a_school_that_speaks_daily_is_silent_the_day_after_one_without_a_word(listening: Ear) -> None:
    last = datetime(2026, 11, 17, 10, tzinfo=NOON.tzinfo)  # a Tuesday in term
    listening.feeds = [school(last)]
    listening.clock.moment = datetime(2026, 11, 18, 23, 59, tzinfo=NOON.tzinfo)
    listening.run()
    assert listening.told() == []
    listening.clock.moment = datetime(2026, 11, 19, 0, 15, tzinfo=NOON.tzinfo)  # it listens every quarter of an hour
    listening.run()
    (missed,) = listening.said()
    assert (missed.kind, missed.organisation, missed.setting, missed.child) == (
        "feed_silent", "school_a", "oak_primary", "",
    )  # fmt: skip


def test_in_the_holidays_a_school_is_quiet_and_not_silent(listening: Ear) -> None:
    listening.feeds = [school(datetime(2027, 7, 21, 15, tzinfo=NOON.tzinfo))]  # the last day of the summer term
    for day in range(1, 41):
        listening.clock.moment = datetime(2027, 7, 21, 15, tzinfo=NOON.tzinfo) + day * DAY
        listening.run()
    assert listening.told() == []  # the thirtieth of August
    listening.clock.moment = datetime(2027, 9, 2, 6, tzinfo=NOON.tzinfo)  # after the first day of the new term
    listening.run()
    assert [one.holds for one in listening.said()] == [True]


def test_a_feed_is_silent_once_until_it_is_heard_again(listening: Ear) -> None:
    last = datetime(2026, 11, 17, 10, tzinfo=NOON.tzinfo)
    listening.feeds = [school(last)]
    for day in range(2, 6):
        listening.clock.moment = last + day * DAY
        listening.restart()
        listening.run()
    listening.clock.moment = last - DAY  # a clock that was moved back
    listening.run()
    assert [one.holds for one in listening.said()] == [True]
    again = last + 6 * DAY
    listening.feeds = [school(again)]
    listening.clock.moment = again + HOUR
    listening.run()
    assert [one.holds for one in listening.said()] == [True, False]
    listening.clock.moment = again + 3 * DAY
    listening.run()
    assert [one.holds for one in listening.said()] == [True, False, True]
    assert sorted(listening.on_record().values()) == [["silence.noticed"], ["silence.noticed", "silence.ended"]]


def test_a_rhythm_that_is_learned_otherwise_meanwhile_makes_no_second_silence(listening: Ear) -> None:
    last = datetime(2026, 11, 17, 10, tzinfo=NOON.tzinfo)
    listening.feeds = [school(last)]
    listening.clock.moment = last + 3 * DAY
    listening.run()
    listening.feeds = [school(last, days=2)]
    listening.clock.moment = last + 4 * DAY
    listening.run()
    assert [one.holds for one in listening.said()] == [True]
    listening.feeds = [school(last, days=0)]  # not listened for any more
    listening.clock.moment = last + 5 * DAY
    listening.run()
    assert [one.holds for one in listening.said()] == [True, False]


def test_each_thing_that_is_waited_for_is_one_though_two_kinds_speak_of_one_child(ear: Ear) -> None:
    both = (
        Awaited(kind="lead_vacant", subject="child:c1", child="c1", since=NOON, due=LATER),
        Awaited(kind="step_down", subject="child:c1", child="c1", since=NOON, due=LATER),
    )
    ear.expect(*both)
    ear.clock.moment = LATER
    ear.run()
    assert sorted(ear.told()) == [("lead_vacant", "child:c1", True), ("step_down", "child:c1", True)]
