"""After a decision a rule comes back on something new in kind or at its review, and a decision counts as a signal."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.moments import london_day
from hub.domain.person import PersonMerged, PersonReinstated
from hub.flow.count_decided import SOURCE, CountingDecided
from hub.flow.receive import Intake
from tests.support.alerting import Alerting
from tests.support.house import ann, ben, zoe
from tests.support.messages import Child, concern, moment, seen_by, strength
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


def absence(hub: Alerting) -> str:
    """The rule of the demo that alerts because nobody has seen a child for ninety days."""
    return next(one.rule.id for one in hub.hub.edition.ready() if one.waits and one.rule.tells != "nobody")


def unseen_and_decided(hub: Alerting, clock: MovedClock, girl: Child) -> str:
    (first,) = hub.hear(
        concern("police", seen_by(girl, "police", "domestic_abuse_witnessed", seen="not_seen"), at=moment(1))
    )
    clock.moved = timedelta(days=92)
    hub.rest()
    child = hub.person("police", first)
    hub.decide(child, absence(hub))
    return child


def test_a_child_who_was_seen_after_the_decision_and_is_unseen_again_comes_back(
    hub: Alerting, clock: MovedClock
) -> None:
    girl = zoe()
    child = unseen_and_decided(hub, clock, girl)
    rule = absence(hub)
    clock.moved = timedelta(days=110)
    hub.hear(strength("health", seen_by(girl, "health", seen="seen"), at=clock.now() - timedelta(hours=3)))
    assert [(one.decided != "", one.holds) for one in hub.alerts(child, rule)] == [(True, False)]
    clock.moved = timedelta(days=183)
    hub.rest()
    hub.turn()
    assert len(hub.alerts(child, rule)) == 1

    clock.moved = timedelta(days=205)
    hub.rest()
    hub.turn()

    assert [one.holds for one in hub.alerts(child, rule)] == [False, True]
    assert hub.raised(child, rule, 2).returned == "stands_again"
    hub.watch = hub.hub.watch()
    hub.turn()
    assert len(hub.alerts(child, rule)) == 2


def test_that_a_child_was_seen_is_heard_so_late_that_it_is_unseen_again_by_then(
    hub: Alerting, clock: MovedClock
) -> None:
    girl = zoe()
    child = unseen_and_decided(hub, clock, girl)
    rule = absence(hub)
    clock.moved = timedelta(days=205)  # the rules were away, or the report was: nobody ever found that it rested

    hub.hear(strength("health", seen_by(girl, "health", seen="seen"), at=clock.now() - timedelta(days=95)))

    assert hub.raised(child, rule, 2).returned == "stands_again"


def test_a_review_whose_rule_does_not_stand_on_its_day_stays_due(hub: Alerting, clock: MovedClock) -> None:
    child = neglected(hub, ann())
    hub.decide(child, RULE)
    stream, held = f"child:{child}", hub.counted(child)
    gone = next(signal for signal in held.values() if signal.indicators == ("hunger",))
    taken_back = SignalDiscounted(signal_id=gone.id, reason="withdrawn")
    hub.hub.act().write([(stream, len(hub.hub.record.load(stream)), taken_back)], "service:test")
    clock.moved = timedelta(days=95)
    hub.turn()
    assert len(hub.alerts(child, RULE)) == 1

    there_again = SignalCounted(signal=gone)
    hub.hub.act().write([(stream, len(hub.hub.record.load(stream)), there_again)], "service:test")
    clock.moved = timedelta(days=96)
    hub.turn()  # the watch alone: no consumer has found anything

    assert hub.raised(child, RULE, 2).returned == "review"


def test_something_grave_of_long_ago_brings_the_rule_back_with_it_before_whoever_decides(hub: Alerting) -> None:
    girl, rule = ann(), "grave-single"
    (first,) = hub.hear(concern("police", seen_by(girl, "police", "strangulation_of_child"), at=moment(5)))
    child = hub.person("police", first)
    hub.decide(child, rule)

    hub.hear(concern("health", seen_by(girl, "health", "sexual_abuse_disclosed"), at=moment(380)))

    back = hub.raised(child, rule, 2)
    assert (back.returned, back.new) == ("new_in_kind", ("grave:sexual_abuse_disclosed", "organisation:health"))
    said = hub.counted(child)
    assert {said[one].organisation for one in back.evidence} == {"police", "health"}


def test_enough_of_a_time_long_before_the_one_that_was_decided_on_brings_the_rule_back(hub: Alerting) -> None:
    girl, rule = ann(), "three-concerns-two-organisations"
    first, *_ = hub.hear(
        concern("school", seen_by(girl, "school", "hunger"), at=moment(20)),
        concern("school", seen_by(girl, "school", "hunger"), at=moment(15)),
        concern("health", seen_by(girl, "health", "hunger"), at=moment(10)),
    )
    child = hub.person("school", first)
    hub.decide(child, rule)

    hub.hear(
        concern("school", seen_by(girl, "school", "hunger"), at=moment(300)),
        concern("school", seen_by(girl, "school", "hunger"), at=moment(298)),
        concern("health", seen_by(girl, "health", "hunger"), at=moment(296)),
    )

    back = hub.raised(child, rule, 2)
    assert (back.returned, len(back.evidence)) == ("by_itself", 6)


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
