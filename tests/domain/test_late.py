"""Late evidence as values: what is late, what it would have come to, and that a declared load of history stays apart."""

from typing import Any

import pytest

from hub.domain.errors import Refused
from hub.domain.late import (
    Hindsight,
    LateEvidenceReviewed,
    Proposal,
    Reviewed,
    fold,
    hindsight,
    is_late,
    review,
    touches,
    words,
)
from hub.domain.signal import Signal
from tests.support.signals import day, ready, signal

TWICE = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 2}}, id_="twice", level=3)
THRICE = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 3}}, id_="thrice", level=4)
DECIDED = day(20)


def late(message: str, on: int, **codes: Any) -> Signal:
    """A signal of a day that came only on day 40."""
    return signal(message, on, received=day(40), known_at=day(40), **codes)


def answer(*seen: str, code: str = "acted_on") -> LateEvidenceReviewed:
    return LateEvidenceReviewed(decision="mash-enquiry:e@2", child="c1", seen=seen, answer=code, by="staff-1")


def test_what_waited_for_a_weekend_is_not_late_and_what_waited_a_day_longer_is() -> None:
    assert [is_late(signal("m", 4, received=day(came)), 3) for came in (4, 7, 8)] == [False, False, True]


def test_of_a_period_only_its_end_tells_whether_it_came_late() -> None:
    assert not is_late(signal("m", 4, occurred_start=day(-300), received=day(6)), 3)


@pytest.mark.parametrize(("on", "came", "touched"), [(10, 40, True), (10, 19, False), (25, 40, False), (18, 21, False)])
def test_it_touches_a_decision_that_lies_between_its_happening_and_its_coming(
    on: int, came: int, touched: bool
) -> None:
    assert touches(signal("m", on, received=day(came)), DECIDED, 3) is touched


def test_the_rules_would_have_proposed_what_needs_the_late_report_too() -> None:
    found = hindsight([TWICE, THRICE], [signal("a", 1)], [late("b", 5)], DECIDED)
    assert found == Hindsight(
        level_then=0, level=3, would=(Proposal(3, "twice", "v1"),), carried=("b/0",), beside=("a/0",)
    )
    assert words(found, {"twice": "Two reports in 90 days."}) == (
        "The rules would have proposed level 3, rule twice (Two reports in 90 days); with what was known then no level."
    )


def test_a_late_report_that_no_rule_needs_changes_nothing() -> None:
    found = hindsight([TWICE], [signal("a", 1), signal("b", 2)], [late("c", 5)], DECIDED)
    assert (found.differs, found.level_then, found.level, found.carried) == (False, 3, 3, ())
    assert words(found, {}) == "With what came late the rules would have proposed the same."


def test_something_grave_of_another_time_is_looked_at_although_the_rule_stood_already() -> None:
    grave = ready({"kind": "grave", "of": {"grave": True}}, id_="grave", level=4)
    known = [signal("a", 10, by="police", indicators=("strangulation_of_child",))]
    other = late("b", -400, by="health", indicators=("sexual_abuse_disclosed",))
    found = hindsight([grave], known, [other], DECIDED)
    assert found == Hindsight(
        level_then=4, level=4, again=(Proposal(4, "grave", "v1"),), carried=("b/0",), beside=("a/0",)
    )
    assert found.differs
    assert words(found, {"grave": "Something grave."}) == (
        "Rule grave (Something grave), level 4, stood already; what came late is new in kind, or would have carried it"
        " alone, and nobody decided on it."
    )


def test_what_carries_the_rule_by_itself_in_a_time_long_before_is_looked_at() -> None:
    known = [signal("a", 1), signal("b", 2)]
    assert hindsight([TWICE], known, [late("c", -300), late("d", -299)], DECIDED).carried == ("c/0", "d/0")
    assert not hindsight([TWICE], known, [late("c", -300)], DECIDED).differs


def test_nothing_late_is_nothing_to_look_at() -> None:
    assert not hindsight([TWICE, THRICE], [signal("a", 1), signal("b", 2)], [], DECIDED).differs


def test_a_correction_of_what_was_known_is_no_second_report() -> None:
    known, corrected = [signal("a", 1)], [late("a2", 1, moment=day(1, hour=9))]
    assert hindsight([TWICE], known, corrected, DECIDED).differs
    assert not hindsight([TWICE], known, corrected, DECIDED, {"a/0"}).differs


def test_a_load_of_history_alone_makes_no_rule_stand() -> None:
    loaded = [late("b", 3, backfill=True), late("c", 5, backfill=True)]
    assert not hindsight([TWICE], [], loaded, DECIDED).differs


def test_an_answer_is_a_known_code_about_something_that_came() -> None:
    with pytest.raises(Refused, match="Select what the late evidence means"):
        review(Reviewed(), answer("b/0", code="fine"))
    with pytest.raises(Refused, match="nothing came late"):
        review(Reviewed(), answer())


def test_the_same_answer_for_the_same_evidence_is_recorded_once_and_more_evidence_asks_again() -> None:
    state = fold(review(Reviewed(), answer("b/0")))
    assert state == Reviewed(1, frozenset({"b/0"}), "acted_on")
    assert review(state, answer("b/0")) == []
    assert review(state, answer("b/0", "c/0")) == [answer("b/0", "c/0")]
