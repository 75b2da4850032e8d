"""A closing that one person may not decide: no route around it, by opening anew, by a room of several children, by what was
accepted and is no more, or by a program that leaves answers out.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.domain.child import SignalDiscounted
from hub.domain.enquiry import ClosingProposed, EnquiryDecided
from hub.domain.errors import Refused
from hub.domain.staff import RegisterStaff
from hub.flow.act import Stale
from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, WORKER, Room, _manager, _wish
from tests.support.enquiries import today
from tests.support.messages import Child, a_child, concern, moment, seen_by
from tests.support.site import Site, Visit

CLOSING: dict[str, Any] = {"outcome": "no_further_action", "actions": ("advice_given",)}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def third(room: Room, known: Child) -> None:
    """A third referrer worries: the police, beside a school and health."""
    room.say(concern("police", seen_by(known, "police", "domestic_abuse_incident")))


def last(room: Room, enquiry: str) -> object:
    return room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact


def test_opening_anew_does_not_forget_who_worried_in_the_twelve_months_before(room: Room) -> None:
    known = a_child()
    (child,) = room.hungry(known)
    first = room.open(child)
    assert room.decide(first, child, **CLOSING) == ()  # two referrers: one person may
    third(room, known)
    again = room.open(child)
    assert room.decide(again, child, **CLOSING) == ("third_referral",)
    room.hub.enquiring.send_back(room.who(DECIDER), again, child, "I looked again.")
    assert room.decide(again, child, **CLOSING) == ("third_referral",)  # proposing anew changes nothing
    assert isinstance(last(room, again), ClosingProposed)
    other = room.open(child)  # nor does yet another room, while that one waits
    assert room.decide(other, child, **CLOSING) == ("third_referral",)


def test_a_worry_that_left_the_pool_is_still_one_of_the_three(room: Room) -> None:
    known = a_child()
    (ident,) = room.say(concern("housing", seen_by(known, "housing", "poor_hygiene"), at=moment(150)))
    child = room.running.child_of("housing", ident)
    counted = room.running.stream(f"child:{child}")[0].fact
    room.hungry(known)
    _out_of_the_pool(room, child, counted.signal.id)  # type: ignore[attr-defined]  # it was counted
    enquiry = room.open(child)
    assert room.decide(enquiry, child, **CLOSING) == ("third_referral",)


def _out_of_the_pool(room: Room, child: str, signal: str) -> None:
    gone = SignalDiscounted(signal_id=signal, reason="not_pooled")
    room.hub.act().append(f"child:{child}", lambda _: [gone], "service:pool")
    room.hub.views.catch_up("record", room.hub.record)


def test_in_a_room_of_several_children_each_is_closed_by_what_is_known_of_that_one(room: Room) -> None:
    ann, ben = a_child("Ann"), a_child("Ben")
    first, second = room.hungry(ann, ben)
    third(room, ben)
    enquiry = room.open(first, second)
    assert room.decide(enquiry, first, **CLOSING) == ()
    for named in (first, "", "somebody"):  # not as the sister, nor as nobody, nor as somebody else
        with pytest.raises(Refused) as refused:
            room.decide(enquiry, named, **CLOSING)
        assert refused.value.field == "child"
    assert room.decide(enquiry, second, **CLOSING) == ("third_referral",)
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).state == "open"


def test_a_closing_on_what_another_had_accepted_stands_only_while_they_are_at_it(room: Room) -> None:
    known = a_child()
    (child,) = room.hungry(known)
    manager = room.who(MANAGER)
    room.hub.forwardings.allocate(manager, _wish(child))
    ident = room.hub.forwardings.forward(room.who(SCREENER), child)
    acting: dict[str, Any] = {
        "outcome": "other_organisation",
        "acting": f"forwarding:{ident}",
        "actions": ("advice_given",),
    }
    enquiry = room.open(child, anyway="It is about another danger.")
    for wrong in (acting, {**acting, "acting": ""}, {**acting, "acting": f"allocation:{child}"},
                  {**acting, "acting": f"mash-enquiry:{enquiry}"}):  # fmt: skip
        with pytest.raises(Refused) as refused:  # nobody has said that they have it
            room.decide(enquiry, child, **wrong)
        assert refused.value.field == "acting"
    room.hub.forwardings.acknowledge(room.who(WORKER), ident)
    assert room.decide(enquiry, child, seen="not_seen", **acting) == ("not_seen",)
    room.hub.forwardings.end_allocation(manager, child, "step_down")  # and now nobody is at it
    with pytest.raises(Refused, match="at it any more") as refused:
        room.hub.enquiring.approve(manager, enquiry, child)
    assert refused.value.field == "acting"
    assert isinstance(last(room, enquiry), ClosingProposed)
    other = room.open(child)  # nor by opening anew
    with pytest.raises(Refused):
        room.decide(other, child, **acting)


def test_a_manager_who_proposed_it_does_not_agree_in_a_second_room_either(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child, by=MANAGER)
    room.decide(enquiry, child, by=MANAGER, seen="not_seen", **CLOSING)
    other = _manager(room, "staff-m2")
    room.hub.enquiring.send_back(other, enquiry, child, "See him first.")
    room.decide(enquiry, child, by="staff-m2", seen="not_seen", **CLOSING)
    with pytest.raises(Refused):
        room.hub.enquiring.approve(other, enquiry, child)
    room.hub.enquiring.approve(room.who(MANAGER), enquiry, child)  # who proposed it before is another than who does now
    fact = last(room, enquiry)
    assert isinstance(fact, EnquiryDecided)
    assert (fact.decided_by, fact.approved_by) == ("staff-m2", MANAGER)


def test_another_account_of_who_proposed_it_is_no_second_person(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.decide(enquiry, child, seen="not_seen", **CLOSING)
    twice = RegisterStaff(
        staff="staff-m3", organisation="children_social_care", setting="mash", roles=("mash_manager",),
        ig_trained_until=room.clock.now() + timedelta(days=9), same_as=DECIDER,
    )  # fmt: skip
    room.hub.register_staff([twice])
    with pytest.raises(Refused, match="another account") as refused:
        room.hub.enquiring.approve(room.who("staff-m3"), enquiry, child)
    assert refused.value.field == "by"
    assert isinstance(last(room, enquiry), ClosingProposed)
    room.hub.enquiring.approve(room.who(MANAGER), enquiry, child)
    assert isinstance(last(room, enquiry), EnquiryDecided)


def test_at_red_too_a_closing_is_stale_where_something_came_in(room: Room) -> None:
    known = a_child()
    (child,) = room.hungry(known)
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    read_to = room.hub.record.position()
    room.say(concern("school", seen_by(known, "school", "poor_hygiene")))  # nobody new: one person may close
    with pytest.raises(Stale):
        room.decide(enquiry, child, read_to=read_to, **CLOSING)
    room.decide(enquiry, child, read_to=read_to, outcome="child_in_need", actions=("child_seen",))
    assert isinstance(last(room, enquiry), EnquiryDecided)


# ------------------------------------------------------------------------------------------------------- by a program


@pytest.fixture
def program(room: Room) -> Iterator[Visit]:
    with Site(room.hub) as site, site.visit(DECIDER) as made:
        yield made


def said(room: Room, child: str, **otherwise: Any) -> dict[str, Any]:
    """A whole decision to close, as a program sends it."""
    day = today().isoformat()
    whole = {
        "seen_position": room.hub.record.position(), "level": 3, "agrees": True, "outcome": "no_further_action",
        "plan": [{"action": "advice_given", "owner": "front_door", "due": day}], "view": "child_said",
        "child_view": "I am all right.", "seen": "alone", "seen_by": "school", "seen_on": day, "family_told": True,
        "reason": "It was explained.", "child": child,
    }  # fmt: skip
    return {**whole, **otherwise}


def test_a_program_that_leaves_an_answer_out_decides_nothing(room: Room, program: Visit) -> None:
    known = a_child()
    (child,) = room.hungry(known)
    enquiry = room.open(child)
    before = room.hub.record.position()
    whole = said(room, child)
    for name in whole:
        if name == "child":  # the only one there is
            continue
        left_out = {key: value for key, value in whole.items() if key != name}
        answer = program.call(f"/api/v1/enquiries/{enquiry}/decision", left_out)
        assert (name, answer.status_code) == (name, httpx.codes.UNPROCESSABLE_ENTITY)
        assert answer.json()["title"]
    wrongs: tuple[dict[str, Any], ...] = (
        {"plan": []}, {"seen": ""}, {"view": ""}, {"outcome": ""}, {"seen_on": (today() + timedelta(2)).isoformat()},
        {"managers": []}, {"approved_by": MANAGER}, {"referrers": 0},
    )  # fmt: skip
    for wrong in wrongs:
        assert program.call(f"/api/v1/enquiries/{enquiry}/decision", {**whole, **wrong}).status_code in {400, 422}
    assert room.hub.record.position() == before
    third(room, known)
    answer = program.call(f"/api/v1/enquiries/{enquiry}/decision", said(room, child))
    assert answer.json()["waits_for_manager"] == ["third_referral"]
    answer = program.call(f"/api/v1/enquiries/{enquiry}/approve", {"child": child})  # nor does who proposed it agree
    assert answer.status_code in {403, 422}
    assert isinstance(last(room, enquiry), ClosingProposed)
