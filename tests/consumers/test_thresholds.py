"""The threshold consumer: what it publishes, when, and what a crash or a repeat does to it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.domain.edition import Edition
from hub.domain.errors import StaleWriter
from hub.domain.signal import Change, Signal
from hub.domain.thresholds import stands
from hub.ports import Outcome
from tests.consumers.parts import Clock, Desk, edition, rule
from tests.properties.test_thresholds_any_order import histories
from tests.support.signals import CHILD, NOON, day, signal

TWO = rule("two", {"kind": "count", "within_days": 90, "at_least": {"incidents": 2}})
ONE = rule("one", {"kind": "count", "within_days": 90, "at_least": {"incidents": 1}})
ABSENT = rule(
    "absent", {"kind": "absence", "unseen_days": 90, "given": {"relations": ["household"]}, "given_within_days": 365}
)
HOME = signal("h", 5, relation="household")
SEEN = signal("s", 0, kind="sighting", seen="seen", age_months=20)


class Press:
    """Which edition is in force."""

    def __init__(self, *rules: dict[str, Any]) -> None:
        self.edition: Edition = edition(1, rules)

    def __call__(self) -> Edition:
        return self.edition


@pytest.fixture
def press() -> Press:
    return Press(TWO, ABSENT)


@pytest.fixture
def desk(tmp_path: Path, press: Press) -> Iterator[Desk]:
    made = Desk(tmp_path, press)
    yield made
    made.close()


def test_a_rule_that_does_not_stand_is_not_talked_about(desk: Desk) -> None:
    desk.count(signal("a", 0))
    desk.run()
    assert desk.told() == []


def test_a_rule_that_tells_nobody_and_one_that_is_off_publish_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Press({**TWO, "tells": "nobody"}, {**TWO, "id": "off", "enabled": False}))
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    assert desk.told() == []
    desk.close()


def test_a_rule_that_stands_is_published_once_with_its_reasons(desk: Desk, press: Press) -> None:
    desk.count(signal("a", 0), signal("b", 1), signal("w", 1, kind="strength"))
    desk.run()
    desk.count(signal("x", 1, kind="strength"))
    desk.run()
    (found,) = desk.findings()
    assert (found.child, found.rule, found.edition, found.position) == (CHILD, "two", "1", 30)
    assert (found.holds, found.level, found.evidence, found.smallest) == (True, 3, ("a/0", "b/0"), ("a/0", "b/0"))
    assert (found.rule_version, found.journey) == (press.edition.ready()[0].version, "b")
    assert found.why.startswith("2 incidents known first hand, from 1 organisation")


def test_a_rule_of_one_sector_hears_of_it_after_another_sector_has_said_just_the_same(tmp_path: Path) -> None:
    """What is remembered of one signal must hold for every signal that is remembered like it."""
    schools = rule("schools", {"kind": "count", "within_days": 90, "of": {"sectors": ["education"]}})
    with closing(Desk(tmp_path, Press(schools))) as desk:
        desk.run()  # every child was gone through under this edition: from now on only what is touched
        desk.count(signal("a", 0, sector="police"), signal("b", 1, sector="education"))
        desk.run()
        assert desk.told() == [("schools", True, ("b/0",))]


def test_what_is_taken_back_is_said_too(desk: Desk) -> None:
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    desk.discount("b/0")
    desk.discount("never-counted/0")
    desk.run()
    assert desk.told() == [("two", True, ("a/0", "b/0")), ("two", False, ())]


def test_the_same_signal_that_says_something_else_is_published_in_the_new_words(desk: Desk) -> None:
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    desk.count(signal("b", 1, indicators=("poor_hygiene",)))
    desk.run()
    first, again = desk.findings()
    assert first.evidence == again.evidence
    assert first.why != again.why


def test_a_sighting_that_is_heard_of_late_is_published_although_the_child_is_unseen_again(desk: Desk) -> None:
    desk.count(SEEN, HOME)
    desk.clock.moment = day(95)
    desk.run()
    desk.clock.moment = day(200)
    desk.count(signal("t", 94, kind="sighting", seen="seen", age_months=23))
    desk.run()
    first, again = desk.findings()
    assert (first.holds, again.holds, first.evidence == again.evidence) == (True, True, True)
    assert "since 9 April 2026" in again.why


def test_what_an_older_consumer_kept_of_an_answer_still_reads() -> None:
    kept = msgspec.msgpack.encode({"holds": True, "level": 3, "evidence": ["a/0"], "possible": False})
    assert msgspec.msgpack.decode(kept, type=Outcome) == Outcome(True, 3, ("a/0",), False)


def test_what_the_relay_sends_again_changes_nothing(desk: Desk) -> None:
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    desk.publish(Change(position=10, child=CHILD, counted=signal("a", 0)))
    desk.discount("a/0")
    desk.publish(Change(position=20, child=CHILD, counted=signal("b", 1)))
    desk.run()
    desk.publish(Change(position=10, child=CHILD, counted=signal("a", 0)))
    desk.run()
    assert desk.told() == [("two", True, ("a/0", "b/0")), ("two", False, ())]


def test_a_crash_between_publishing_and_noting_it_publishes_again_and_loses_nothing(desk: Desk) -> None:
    class Crash(Exception):
        pass

    class Crashing(type(desk.state)):  # type: ignore[misc]  # the real state, that falls over once when noting
        def published(self, batch: str) -> None:
            raise Crash(batch)

    desk.run()
    desk.count(signal("a", 0), signal("b", 1))
    desk.state.__class__ = Crashing
    with pytest.raises(Crash):
        desk.run()
    desk.state.__class__ = Crashing.__mro__[1]
    desk.run()
    first, again = desk.findings()
    assert first == again


def test_an_instance_that_was_overtaken_stops_and_writes_nothing(desk: Desk) -> None:
    overtaken = desk.runner()
    reader = overtaken.open()
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    held = desk.state.load([CHILD])
    with pytest.raises(StaleWriter):
        overtaken.read(reader, 0)
    reader.close()
    assert desk.state.load([CHILD]) == held


def test_a_consumer_rebuilt_from_its_topic_finds_the_same(desk: Desk) -> None:
    desk.count(signal("a", 0), signal("b", 1))
    desk.run()
    desk.count(signal("c", 2))
    desk.discount("a/0")
    desk.run()
    rebuilt = desk.new_state("rebuilt")
    desk.run(rebuilt)
    assert rebuilt.load([CHILD]) == desk.state.load([CHILD])
    assert desk.told()[-1] == desk.told()[-2] == ("two", True, ("b/0", "c/0"))
    rebuilt.close()


# ------------------------------------------------------------------------------------------------------------- time


def test_nobody_having_seen_a_child_is_found_when_no_event_arrives(desk: Desk) -> None:
    desk.count(SEEN, HOME)
    desk.run()
    desk.clock.moment = day(89, hour=22)
    desk.run()
    assert desk.told() == []
    desk.clock.moment = day(90)
    desk.run()
    desk.run()
    assert desk.told() == [("absent", True, ("h/0",))]
    assert desk.state.load([CHILD])[CHILD].timers == {}


def test_a_sighting_moves_the_timer_and_lets_the_alarm_rest(desk: Desk) -> None:
    desk.count(SEEN, HOME)
    desk.run()
    assert desk.state.load([CHILD])[CHILD].timers == {"absent": day(89, hour=23)}
    desk.clock.moment = day(95)
    desk.run()
    desk.count(signal("t", 94, kind="sighting", seen="seen", age_months=23))
    desk.run()
    assert [(one, holds) for one, holds, _ in desk.told()] == [("absent", True), ("absent", False)]
    assert desk.state.load([CHILD])[CHILD].timers == {"absent": day(183, hour=23)}


# --------------------------------------------------------------------------------------------------------- editions


def test_a_new_edition_evaluates_every_child_again(desk: Desk, press: Press) -> None:
    others = [replace(signal(f"o{n}", 0), child=f"child-{n:03}") for n in range(250)]
    desk.count(signal("a", 0), *others)
    desk.run()
    assert desk.told() == []
    press.edition = edition(2, [TWO, ONE])
    desk.run()
    found = desk.findings()
    assert {(one.child, one.rule, one.edition) for one in found} == {
        (child, "one", "2") for child in (CHILD, *(other.child for other in others))
    }
    assert len(found) == 251
    assert desk.state.edition() == "2"


def test_names_of_organisations_come_from_the_register_where_it_has_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Press(ONE))
    desk.names = {"school": "Oak Lane School"}
    desk.count(signal("a", 0))
    desk.run()
    assert "Oak Lane School on 5 January 2026" in desk.findings()[0].why
    desk.close()


# ------------------------------------------------------------------------------------------------------- properties


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(8), st.data())
def test_what_the_consumer_holds_equals_the_rules_over_the_whole_set(
    tmp_path_factory: pytest.TempPathFactory, said: list[Signal], data: st.DataObject
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"), lambda: WHOLE, partitions=1)
    desk.clock = Clock(NOON + timedelta(days=900))
    counted: dict[str, Signal] = {}
    arriving = data.draw(st.permutations(said))
    for one in arriving:
        desk.count(one)
        counted[one.id] = one
        if data.draw(st.integers(0, 4)) == 0:
            gone = data.draw(st.sampled_from(sorted(counted)))
            desk.discount(gone)
            del counted[gone]
        if data.draw(st.integers(0, 2)) == 0:
            desk.run()
    desk.run()
    held = desk.state.load([CHILD])[CHILD]
    assert held.signals == counted
    for ready in WHOLE.ready():
        if ready.rule.tells == "nobody":
            continue
        found = stands(ready, list(counted.values()), desk.clock.now())
        published = held.outcomes.get(ready.rule.id)
        assert (published.evidence if published else ()) == (found.evidence if found else ()), ready.rule.id
        assert bool(published and published.holds) == bool(found), ready.rule.id
    last = {one.rule: one.evidence for one in desk.findings()}
    assert last == {name: outcome.evidence for name, outcome in held.outcomes.items()}
    desk.close()


WHOLE = edition()
