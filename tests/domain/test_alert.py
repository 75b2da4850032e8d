"""One live alert per child and rule; nothing closes it but a person."""

from typing import Any

import pytest

from hub.domain.alert import (
    Alert,
    AlertDecided,
    AlertRaised,
    AlertRested,
    AlertStrengthened,
    AlertWeakened,
    DecideAlert,
    decide,
    decide_by_person,
    evolve,
    fold,
    may_return,
    next_alert,
)
from hub.domain.child import SignalDiscounted
from hub.domain.errors import Refused, UnknownFact
from hub.domain.fact import Fact
from hub.domain.signal import Finding

SENTENCES: dict[str, Any] = {"why": "why", "why_now": "now", "would_raise": "more", "would_rest": "less"}
UNDER: dict[str, Any] = {"rule_version": "v1", "edition": "1"}


def finding(position: int, *evidence: str, **other: Any) -> Finding:
    said: dict[str, Any] = {"holds": bool(evidence), "level": 3 if evidence else 0, "smallest": evidence[:1]}
    return Finding(
        child="c1", rule="r1", position=position, evidence=evidence, **{**UNDER, **SENTENCES, **said, **other}
    )


def after(*facts: Fact) -> Alert:
    return fold(facts)


RAISED = AlertRaised(
    child="c1", rule="r1", number=1, level=3, evidence=("a", "b"), smallest=("a",), possible=False, position=10,
    **UNDER, **SENTENCES,
)  # fmt: skip
DECIDED = AlertDecided(enquiry="e1", decision="mash-enquiry:e1@4", seen=("a", "b"))


def test_a_fact_of_another_stream_stops_the_fold() -> None:
    with pytest.raises(UnknownFact, match="SignalDiscounted"):
        evolve(Alert(), SignalDiscounted(signal_id="a", reason="erased"))


def test_a_rule_that_never_stood_raises_nothing() -> None:
    assert decide(Alert(), finding(10)) == []


def test_an_old_finding_and_a_repeated_one_change_nothing() -> None:
    alert = after(RAISED)
    assert decide(alert, finding(9, "a", "b", "c")) == []
    assert decide(alert, finding(10, "a", "b")) == []
    assert decide(alert, finding(12, "a", "b")) == []


def test_a_rule_that_stands_raises_an_alert_with_its_reasons() -> None:
    assert decide(Alert(), finding(10, "a", "b")) == [RAISED]


def test_what_time_alone_brings_about_has_no_newer_position_and_still_counts() -> None:
    rested = after(RAISED, *decide(after(RAISED), finding(11)))
    (again,) = decide(rested, finding(11, "a", "b"))
    assert isinstance(again, AlertStrengthened)


def test_more_evidence_strengthens_and_evidence_taken_back_weakens_without_closing() -> None:
    (stronger,) = decide(after(RAISED), finding(11, "a", "b", "c"))
    assert stronger == AlertStrengthened(
        level=3, evidence=("a", "b", "c"), smallest=("a",), possible=False, position=11, **UNDER, **SENTENCES
    )
    (weaker,) = decide(after(RAISED, stronger), finding(12))
    assert weaker == AlertWeakened(
        holds=False, level=0, evidence=(), smallest=(), possible=False, position=12, **UNDER, **SENTENCES
    )
    alert = after(RAISED, stronger, weaker)
    assert (alert.number, alert.holds, alert.decided) == (1, False, "")
    assert decide(alert, finding(13)) == []


def test_a_window_that_moved_on_strengthens_since_something_is_new() -> None:
    (moved,) = decide(after(RAISED), finding(11, "b", "c"))
    assert isinstance(moved, AlertStrengthened)


def test_identity_settled_strengthens_and_identity_in_doubt_weakens() -> None:
    (doubted,) = decide(after(RAISED), finding(11, "a", "b", possible=True))
    assert isinstance(doubted, AlertWeakened)
    (settled,) = decide(after(RAISED, doubted), finding(12, "a", "b"))
    assert isinstance(settled, AlertStrengthened)


def test_a_decision_is_refused_on_an_alert_that_is_not_live() -> None:
    command = DecideAlert(enquiry="e2", decision="mash-enquiry:e2@2", seen=("a", "b"))
    with pytest.raises(Refused, match="not live"):
        decide_by_person(Alert(), command)
    with pytest.raises(Refused, match="not live"):
        decide_by_person(after(RAISED, DECIDED), command)


def test_a_decision_is_refused_when_evidence_came_that_the_decider_has_not_seen() -> None:
    with pytest.raises(Refused, match="look at it again") as refused:
        decide_by_person(after(RAISED), DecideAlert(enquiry="e1", decision="mash-enquiry:e1@4", seen=("a",)))
    assert refused.value.field == "seen"


def test_a_person_decides_once_and_the_same_decision_again_says_nothing() -> None:
    command = DecideAlert(enquiry="e1", decision="mash-enquiry:e1@4", seen=("b", "a"))
    assert decide_by_person(after(RAISED), command) == [DECIDED]
    assert decide_by_person(after(RAISED, DECIDED), command) == []


def test_after_a_decision_only_evidence_that_nobody_decided_on_returns() -> None:
    decided = after(RAISED, DECIDED)
    assert not may_return(decided, finding(11, "a"))
    assert not may_return(decided, finding(11, "a", "b"))
    assert not may_return(decided, finding(9, "a", "z"))
    assert decide(decided, finding(11, "a", "b", "c")) == []
    assert may_return(decided, finding(11, "b", "c"))
    (second,) = decide(next_alert(decided), finding(11, "b", "c"), number=2)
    assert isinstance(second, AlertRaised)
    assert (second.number, second.evidence) == (2, ("b", "c"))


def test_after_a_decision_that_the_rule_rested_is_noted_once_and_nobody_is_asked() -> None:
    decided = after(RAISED, DECIDED)
    (rested,) = decide(decided, finding(11))
    assert rested == AlertRested(position=11, **UNDER)
    again = after(RAISED, DECIDED, rested)
    assert (again.holds, again.decided, again.evidence) == (False, DECIDED.decision, frozenset({"a", "b"}))
    assert decide(again, finding(12)) == []
    assert decide(decided, finding(9)) == []  # an old one


def test_what_rested_after_a_decision_may_return_on_what_was_decided_on() -> None:
    rested = after(RAISED, DECIDED, *decide(after(RAISED, DECIDED), finding(11)))
    assert may_return(rested, finding(12, "a", "b"))
    assert not may_return(rested, finding(10, "a", "b"))
    (back,) = decide(next_alert(rested), finding(12, "a", "b"), number=2, returned="stands_again")
    assert isinstance(back, AlertRaised)
    assert after(back).holds


def test_the_same_signals_that_say_something_else_are_told_in_the_new_words() -> None:
    (told,) = decide(after(RAISED), finding(11, "a", "b", why="other"))
    assert isinstance(told, AlertStrengthened)
    assert told.why == "other"
    assert decide(after(RAISED, told), finding(12, "a", "b", why="other")) == []
    assert may_return(after(RAISED, DECIDED), finding(11, "a", "b", why="other"))


def test_what_was_decided_on_before_stays_seen_for_every_later_alert() -> None:
    third = next_alert(fold([DECIDED], next_alert(after(RAISED, DECIDED))))
    assert decide(third, finding(20, "a", "b"), number=3) == []


def test_a_rule_that_comes_back_for_its_review_says_so_and_may_stand_on_what_was_decided_on() -> None:
    decided = next_alert(after(RAISED, DECIDED))
    assert decide(decided, finding(11, "a", "b"), number=2) == []
    (back,) = decide(decided, finding(11, "a", "b"), number=2, returned="review")
    assert isinstance(back, AlertRaised)
    assert (back.returned, back.new, back.evidence) == ("review", (), ("a", "b"))
