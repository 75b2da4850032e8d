"""A decision about a child: whole, never with nothing done, and not one person's alone where a child could be lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.decision import advice_only, approve, check_decision, managers_for, referrers, send_back, worries
from hub.domain.enquiry import (
    ClosingProposed,
    ClosingReturned,
    Enquiry,
    EnquiryChildAdded,
    EnquiryDecided,
    evolve,
    fold,
)
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.signal import Signal
from tests.domain.test_enquiry import OPEN, OPENED, decided
from tests.support.enquiries import decision, known, step, today

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"level": None}, "level"),
        ({"level": 9}, "level"),
        ({"agrees": None}, "agrees"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "wait_and_see"}, "outcome"),
        ({"outcome": "section_47"}, "outcome"),  # only a strategy discussion opens it, and none is on record
        ({"outcome": "other_organisation"}, "acting"),
        ({"outcome": "other_organisation", "acting": "forwarding:f1"}, "acting"),
        ({"actions": ()}, "actions"),
        ({"actions": ("nothing",)}, "actions"),
        ({"actions": ("family_contacted", "family_contacted")}, "actions"),
        ({"actions": ("family_contacted", "nothing")}, "actions"),
        ({"plan": ()}, "plan"),
        ({"plan": (step("advice_given"),)}, "plan"),
        ({"plan": (step(owner="unknown_body"),)}, "plan"),
        ({"plan": (step(due=today() - timedelta(days=1)),)}, "plan"),
        ({"plan": (step(due=today() + timedelta(days=366)),)}, "plan"),
        ({"weighed": ("m9/0",)}, "weighed"),
        ({"view": ""}, "view"),
        ({"child_view": " "}, "child_view"),
        ({"view": "not_obtained"}, "why_no_view"),
        ({"seen": ""}, "seen"),
        ({"seen_by": "unknown_body"}, "seen_by"),
        ({"seen_on": None}, "seen_on"),
        ({"seen_on": today() + timedelta(days=1)}, "seen_on"),
        ({"family_told": None}, "family_told"),
        ({"family_told": False}, "why_not_told"),
        ({"family_told": False, "why_not_told": "  "}, "why_not_told"),
        ({"reason": ""}, "reason"),
        ({"child": "c2"}, "child"),
    ],
)
def test_a_decision_with_an_answer_missing_is_refused_by_that_answer(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_decision(OPEN, decision(**wrong), known())
    assert refused.value.field == field


def test_who_was_seen_before_the_contact_came_was_not_seen_since() -> None:
    seen = decision(seen_on=today() - timedelta(days=2))
    with pytest.raises(Refused) as refused:
        check_decision(OPEN, seen, known(received=today() - timedelta(days=1)))
    assert refused.value.field == "seen_on"
    assert check_decision(OPEN, seen, known(received=today() - timedelta(days=2))) == "c1"


def test_a_child_is_decided_about_once_and_not_before_the_enquiry_is_open() -> None:
    two = fold("e1", [OPENED, EnquiryChildAdded(child="c2", added_by="staff-1"), decided("c1", more=1)])
    assert (evolve(OPEN, decided("c1")).stage, evolve(OPEN, decided("c1")).version) == ("decided", 2)
    for enquiry, child, field in (
        (evolve(OPEN, decided("c1")), "c1", "enquiry"),
        (Enquiry("e1"), "", "enquiry"),
        (two, "c1", "child"),
        (two, "", "child"),  # of several it is said which
        (evolve(OPEN, proposed("c1")), "c1", "child"),
    ):
        with pytest.raises(Refused) as refused:
            check_decision(enquiry, decision(child=child), known())
        assert refused.value.field == field
    assert check_decision(two, decision(child="c2"), known()) == "c2"


def test_a_whole_answer_passes_also_where_the_family_is_not_told_for_a_reason() -> None:
    for answer in (
        decision(),
        decision(family_told=False, why_not_told="It would put the child at risk."),
        decision(agrees=False, level=1),  # a person need not agree with the rules
        decision(view="not_obtained", child_view="", why_no_view="He would not speak to anybody today."),
        decision(seen="not_seen", seen_by="", seen_on=None),
        decision(weighed=("m1/0",)),
    ):
        assert check_decision(OPEN, answer, known()) == "c1"
    assert check_decision(OPEN, decision(outcome="section_47"), known(strategy="strategy-discussion:s1")) == "c1"


def test_another_organisation_is_acting_only_on_what_somebody_else_has_accepted_there() -> None:
    closing = decision(outcome="other_organisation", acting="forwarding:f1", by="staff-1")
    assert check_decision(OPEN, closing, known(acting={"forwarding:f1": "staff-9"})) == "c1"
    with pytest.raises(Refused, match="yourself"):  # who forwards to themselves, accepts it and closes is one person
        check_decision(OPEN, closing, known(acting={"forwarding:f1": "staff-1"}))


@pytest.mark.parametrize(
    ("answer", "worried", "why"),
    [
        ({"outcome": "early_help", "seen": "not_seen"}, 9, ()),  # help is offered: nobody is lost by it
        ({"outcome": "no_further_action"}, 2, ()),
        ({"outcome": "no_further_action", "seen": "with_others"}, 2, ("not_seen_alone",)),
        ({"outcome": "no_further_action", "seen": "not_seen"}, 2, ("not_seen",)),
        ({"outcome": "information_and_advice"}, 3, ("third_referral",)),
        ({"outcome": "other_organisation", "seen": "not_seen"}, 3, ("not_seen", "third_referral")),
        ({"outcome": "other", "seen": "not_seen"}, 0, ("not_seen",)),  # no way round by another word
    ],
)
def test_who_closes_without_the_child_seen_alone_or_at_the_third_referral_needs_a_manager(
    answer: dict[str, Any], worried: int, why: tuple[str, ...]
) -> None:
    assert managers_for(decision(**answer), known(referrers=worried)) == why


def test_referrers_are_counted_once_each_within_twelve_months() -> None:
    school = signal("m1/0", "school", referrer="r1")
    echo = signal("m2/0", "school", referrer="r1")
    another = signal("m3/0", "school", referrer="r2")
    police = signal("m4/0", "police")
    long_ago = signal("m5/0", "health", at=NOW - timedelta(days=400))
    of_a_brother = signal("m6/0", "fire", relation="sibling")
    strength = signal("m7/0", "housing", kind="strength")
    assert referrers([school, echo, another, police, long_ago, of_a_brother, strength], NOW) == 3


def test_a_worry_that_led_to_nothing_and_left_the_pool_was_a_worry_and_one_taken_back_was_none() -> None:
    facts: list[Fact] = [
        SignalCounted(signal=signal(f"m{n}/0", one)) for n, one in enumerate(("school", "police", "fire"))
    ]
    facts += [
        SignalDiscounted(signal_id="m0/0", reason="not_pooled"), SignalDiscounted(signal_id="m1/0", reason="withdrawn"),
        SignalDiscounted(signal_id="m9/0", reason="unlinked"),
    ]  # fmt: skip
    assert sorted(one.organisation for one in worries(facts)) == ["fire", "school"]
    again = SignalCounted(signal=signal("m1/0", "police"))
    assert len(worries([*facts, again])) == 3


def test_who_proposed_a_closing_does_not_agree_to_it() -> None:
    waits = evolve(OPEN, proposed("c1"))
    with pytest.raises(Refused) as refused:
        approve(waits, "c1", proposed("c1"), "staff-1", known())
    assert refused.value.field == "by"
    agreed = approve(waits, "c1", proposed("c1"), "staff-2", known())
    assert (agreed.proposed, agreed.approved_by) == (2, "staff-2")
    for none in (OPEN, evolve(evolve(waits, agreed), decided("c1"))):
        with pytest.raises(Refused):
            approve(none, "c1", proposed("c1"), "staff-2", known())


@pytest.mark.parametrize(
    ("acting", "field"),
    [({}, "acting"), ({"forwarding:f2": "staff-9"}, "acting"), ({"forwarding:f1": "staff-2"}, "by")],
)
def test_nobody_agrees_to_a_closing_on_what_is_accepted_no_more_or_what_they_accepted_themselves(
    acting: dict[str, str], field: str
) -> None:
    waits = evolve(OPEN, proposed("c1"))
    closing = msgspec.structs.replace(proposed("c1"), outcome="other_organisation", acting="forwarding:f1")
    with pytest.raises(Refused) as refused:
        approve(waits, "c1", closing, "staff-2", known(acting=acting))
    assert refused.value.field == field
    assert approve(waits, "c1", closing, "staff-2", known(acting={"forwarding:f1": "staff-9"})).approved_by == "staff-2"


def test_a_manager_or_who_proposed_it_sends_a_closing_back_and_then_it_is_decided_anew() -> None:
    waits = evolve(OPEN, proposed("c1"))
    with pytest.raises(Refused):
        send_back(waits, "c1", proposed("c1"), "staff-3", (), supervises=False)
    back = ClosingReturned(child="c1", proposed=2, returned_by="staff-1")
    assert send_back(waits, "c1", proposed("c1"), "staff-1", (), supervises=False) == back
    assert send_back(waits, "c1", proposed("c1"), "staff-3", (), supervises=True).returned_by == "staff-3"
    assert check_decision(evolve(waits, back), decision(), known()) == "c1"


def test_advice_alone_is_told_from_advice_with_something_done() -> None:
    assert advice_only(decided("c1", outcome="information_and_advice", actions=("advice_given", "signposted")))
    assert not advice_only(decided("c1", outcome="information_and_advice", actions=("advice_given", "child_seen")))
    assert not advice_only(decided("c1", outcome="early_help", actions=("advice_given",)))


def proposed(child: str) -> ClosingProposed:
    return ClosingProposed(
        **_fields(decided(child)),
    )


def signal(ident: str, organisation: str, **otherwise: Any) -> Signal:
    at = otherwise.pop("at", NOW - timedelta(days=9))
    said: dict[str, Any] = {
        "id": ident, "child": "c1", "relation": "own", "kind": "concern", "indicators": ("hunger",), "domains": (),
        "organisation": organisation, "sector": "education", "setting": None, "referrer": None, "referrer_kind": "2A",
        "seen": "seen", "how_known": "first_hand", "incident": None, "occurred_start": at, "occurred_end": at,
        "precision": "day", "recorded_at": at, "received": at, "known_at": at,
    }  # fmt: skip
    return Signal(**{**said, **otherwise})


def _fields(fact: EnquiryDecided) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}
