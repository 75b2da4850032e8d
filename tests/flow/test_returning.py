"""After a decision a rule comes back on something new in kind or at its review, and a decision counts as a signal."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.child import SignalDiscounted
from hub.domain.moments import london_day
from hub.domain.person import PersonMerged, PersonReinstated
from hub.flow.count_decided import SOURCE, CountingDecided
from hub.flow.receive import Intake
from tests.support.alerting import Alerting
from tests.support.house import ann, ben
from tests.support.messages import Child, concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for

RULE = "neglect-composite"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def hub(tmp_path: Path, clock: MovedClock) -> Iterator[Alerting]:
    running = RunningHub(settings_for(tmp_path / "data"), clock)
    alerting = Alerting(running)
    yield alerting
    alerting.close()
    running.close()


def neglected(hub: Alerting, girl: Child) -> str:
    """Two different signs of neglect, of one school: the rule stands; who the child is held to be."""
    first, _ = hub.hear(
        concern("school", seen_by(girl, "school", "hunger"), at=moment(9)),
        concern("school", seen_by(girl, "school", "poor_hygiene"), at=moment(5)),
    )
    return hub.person("school", first)


def test_more_of_the_same_kind_after_a_decision_stays_quiet(hub: Alerting) -> None:
    girl = ann()
    child = neglected(hub, girl)
    hub.decide(child, RULE)

    hub.hear(concern("school", seen_by(girl, "school", "hunger"), at=moment(1)))

    assert [one.decided != "" for one in hub.alerts(child, RULE)] == [True]


def test_another_sign_or_another_organisation_brings_the_rule_back_and_says_which(hub: Alerting) -> None:
    girl = ann()
    child = neglected(hub, girl)
    hub.decide(child, RULE)

    hub.hear(concern("health", seen_by(girl, "health", "dental_decay_untreated"), at=moment(1)))

    back = hub.raised(child, RULE, 2)
    assert (back.returned, back.new) == (
        "new_in_kind", ("line:neglect:dental", "organisation:health"),
    )  # fmt: skip


def test_enough_that_came_since_brings_it_back_although_it_is_of_the_same_kind(hub: Alerting) -> None:
    girl = ann()
    child = neglected(hub, girl)
    hub.decide(child, RULE)

    hub.hear(
        concern("school", seen_by(girl, "school", "hunger"), at=moment(2)),
        concern("school", seen_by(girl, "school", "poor_hygiene"), at=moment(1)),
    )

    assert [hub.raised(child, RULE, n).returned for n in (1, 2)] == ["", "by_itself"]


def test_on_the_day_of_its_review_it_comes_back_once_whatever_the_clock_and_restarts_do(
    hub: Alerting, clock: MovedClock
) -> None:
    child = neglected(hub, ann())
    plan = london_day(clock.now()) + timedelta(days=100)
    hub.decide(child, RULE, plan=(plan,))

    turns = []
    for days in (99, 100, 100, 50, 101):
        clock.moved = timedelta(days=days)
        if days == 50:
            hub.watch = hub.hub.watch()  # as after a restart, with a clock that was moved back
        hub.turn()
        turns.append(len(hub.alerts(child, RULE)))
    clock.moved = timedelta(days=101)
    hub.watch = hub.hub.watch()
    hub.turn()

    assert turns == [1, 2, 2, 2, 2]
    assert hub.raised(child, RULE, 2).returned == "review"
    assert len(hub.alerts(child, RULE)) == 2
    assert hub.raised(child, RULE, 2).evidence == hub.raised(child, RULE, 1).evidence


def test_a_review_of_a_rule_that_stands_no_more_brings_nothing_back(hub: Alerting, clock: MovedClock) -> None:
    girl = ann()
    child = neglected(hub, girl)
    hub.decide(child, RULE)
    held = hub.counted(child)
    gone = next(one for one, signal in held.items() if signal.indicators == ("hunger",))
    stream = f"child:{child}"
    taken_back = SignalDiscounted(signal_id=gone, reason="withdrawn")
    hub.hub.act().write([(stream, len(hub.hub.record.load(stream)), taken_back)], "service:test")
    clock.moved = timedelta(days=120)

    hub.turn()

    assert len(hub.alerts(child, RULE)) == 1


# ------------------------------------------------------------------------------------------------ decisions as signals


def test_a_decision_counts_once_for_its_child_and_for_nobody_else(hub: Alerting) -> None:
    girl = ann()
    child = neglected(hub, girl)
    enquiry = hub.decide(child, RULE, outcome="information_and_advice", level=2)

    counted = hub.counted(child)[f"{enquiry}/{child}"]
    assert (counted.kind, counted.relation, counted.outcome, counted.level, counted.organisation) == (
        "help", "own", "information_and_advice", 2, "front_door",
    )  # fmt: skip
    again = CountingDecided(record=hub.hub.record, clock=hub.hub.clock, edition="1")
    assert again.run() == 0
    assert Intake(hub.hub.intake_tools()).count() == 0
    assert hub.hub.record.tracked(SOURCE) > 0


def test_twice_just_below_the_threshold_and_a_new_worry_raise_an_alert(hub: Alerting, clock: MovedClock) -> None:
    girl = ann()
    (first,) = hub.hear(concern("school", seen_by(girl, "school", "hunger"), at=moment(20)))
    child = hub.person("school", first)
    hub.decide(child, outcome="no_further_action")
    hub.decide(child, outcome="information_and_advice")
    assert hub.alerts(child, "below-threshold-again") == []

    clock.moved = timedelta(days=2)
    hub.hear(concern("housing", seen_by(girl, "housing", "overcrowded"), at=moment(0.5, clock.now())))

    fact = hub.raised(child, "below-threshold-again", 1)
    assert len(fact.evidence) == 3
    assert "The front door" in fact.why
    assert "decided: no further action, level 2" in fact.why


def test_a_decision_goes_where_its_child_goes_when_two_are_found_to_be_one_and_back_again(hub: Alerting) -> None:
    girl = ann()
    child = neglected(hub, girl)
    enquiry = hub.decide(child, RULE)
    (other_ident,) = hub.hear(concern("police", seen_by(ben(), "police"), at=moment(3)))
    other = hub.person("police", other_ident)
    act, decided = hub.hub.act(), f"{enquiry}/{child}"

    merged = PersonMerged(into=other, source_records=(), decision="identity:1")
    act.write([(f"person:{child}", len(hub.hub.record.load(f"person:{child}")), merged)], "service:test")
    hub.intake.count()
    then = (decided in hub.counted(child), decided in hub.counted(other))
    back = PersonReinstated(reverses="identity:1", decision="identity:2")
    act.write([(f"person:{child}", len(hub.hub.record.load(f"person:{child}")), back)], "service:test")
    hub.intake.count()

    assert (then, (decided in hub.counted(child), decided in hub.counted(other))) == ((False, True), (True, False))
