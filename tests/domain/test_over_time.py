"""Rules over one history: what comes back after a decision does so here as it does in a running hub."""

from collections.abc import Sequence
from datetime import timedelta

from hub.domain.over_time import Event, alerts_over
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready
from tests.support.signals import CHILD, day, ready, signal

UNSEEN = ready({"kind": "absence", "unseen_days": 90, "given": {}, "given_within_days": 365}, id_="unseen")
TWO = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 2}}, id_="two")
GRAVE = ready({"kind": "grave", "of": {"grave": True}}, id_="grave")


def raised(
    rule: Ready, history: Sequence[tuple[int, Signal | str]], end: int = 600
) -> list[tuple[int, tuple[str, ...]]]:
    """The days on which the rule alerts, and on what; a signal that is named alone no longer counts from that day on."""
    events = [
        Event(day(on), what, None) if isinstance(what, str) else Event(day(on), what.id, what) for on, what in history
    ]
    found = alerts_over(CHILD, events, [rule], works=lambda _: False, decides=timedelta(days=3), end=day(end))
    return [((one.at.date() - day(0).date()).days, one.evidence) for one in found]


def test_a_child_who_was_seen_and_is_unseen_again_alerts_again() -> None:
    worry, seen = signal("a", 0), signal("s", 100, kind="sighting", seen="seen")
    assert raised(UNSEEN, [(0, worry), (100, seen)], end=250) == [(89, ("a/0",)), (189, ("a/0",))]


def test_that_it_was_seen_may_be_heard_when_it_is_unseen_again_already() -> None:
    worry, seen = signal("a", 0), signal("s", 95, kind="sighting", seen="seen")
    late = raised(UNSEEN, [(0, worry), (200, seen)], end=250)
    assert late == [(89, ("a/0",)), (182, ("a/0",)), (200, ("a/0",))]  # the review between was of the first time


def test_what_was_taken_back_after_the_decision_and_said_again_alerts_again() -> None:
    one, other = signal("a", 0), signal("b", 1)
    both = ("a/0", "b/0")
    assert raised(TWO, [(0, one), (1, other), (20, "b/0"), (30, other)], end=60) == [(1, both), (30, both)]
    assert raised(TWO, [(0, one), (1, other)], end=60) == [(1, both)]


def test_a_rule_that_did_not_stand_on_the_day_of_its_review_alerts_when_it_stands_again() -> None:
    history: list[tuple[int, Signal | str]] = [
        (61, signal("a", 60)), (62, signal("b", 61)), (100, "b/0"), (160, signal("c", 140)),
    ]  # fmt: skip
    assert [on for on, _ in raised(TWO, history)] == [62, 160]


def test_something_grave_of_long_ago_alerts_again_and_is_evidence() -> None:
    newer = signal("a", 500, indicators=("strangulation_of_child",))
    older = signal("b", 50, by="health", indicators=("sexual_abuse_disclosed",))
    assert raised(GRAVE, [(500, newer), (520, older)], end=530) == [(500, ("a/0",)), (520, ("a/0", "b/0"))]
