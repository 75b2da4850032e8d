"""What a decider had opened of what there was, and what not: on the decision, for good, and in the replay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.enquiry import EnquiryDecided
from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, Room
from tests.support.messages import a_child, concern, seen_by, withdrawal

SAMPLER = "staff-68e2c9"  # the practice auditor of a demonstration


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def decided(room: Room, enquiry: str) -> EnquiryDecided:
    fact = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert isinstance(fact, EnquiryDecided)
    return fact


def said_by(room: Room, refs: tuple[str, ...]) -> list[str]:
    by_ref = {one.ref: one.fact for one in room.running.facts()}
    return sorted(by_ref[one].statement.organisation for one in refs)  # type: ignore[attr-defined]  # statements all


def test_who_decides_on_codes_alone_had_opened_nothing_and_it_says_so(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.picture(room.who(DECIDER), child, "")  # outside of the room: codes, and no words
    room.decide(enquiry, child)
    fact = decided(room, enquiry)
    assert (fact.opened, said_by(room, fact.not_opened)) == ((), ["health", "school"])


def test_each_piece_is_opened_or_not_by_the_decider_and_by_nobody_else_for_them(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    enquiry = room.open(child)
    room.hub.picture(room.who(DECIDER), child, enquiry)  # words of both open
    _, taken_back = room.say(
        concern("police", seen_by(hungry, "police", "domestic_abuse_incident")),
        concern("housing", seen_by(hungry, "housing", "poor_hygiene")),
    )
    room.say(withdrawal("housing", taken_back))
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    room.hub.picture(room.who(SCREENER), child, enquiry)  # a colleague reads the rest: that is not the decider
    read_to = room.hub.enquiry(room.who(DECIDER), enquiry, 0).stamp.position
    room.decide(enquiry, child, read_to=read_to)
    fact = decided(room, enquiry)
    assert (said_by(room, fact.opened), said_by(room, fact.not_opened)) == (["health", "school"], ["police"])
    made = room.hub.enquiry(room.who(DECIDER), enquiry, 0).children[0].decision
    assert made is not None
    assert sorted((one.what.partition(":")[0], one.opened) for one in made.read) == [
        ("Health", True), ("Police", False), ("School", True),
    ]  # fmt: skip
    room.hub.picture(room.who(DECIDER), child, enquiry)  # read afterwards: what stands on the decision stays
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).children[0].decision == made


def test_a_closing_that_waits_says_what_who_proposed_it_had_opened_and_the_decision_keeps_it(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.decide(enquiry, child, outcome="no_further_action", actions=("advice_given",), seen="not_seen")
    waits = room.hub.enquiry(room.who(MANAGER), enquiry, 0).children[0].proposal
    assert waits is not None
    assert [one.opened for one in waits.read] == [False, False]
    room.hub.enquiring.approve(room.who(MANAGER), enquiry, child)
    assert len(decided(room, enquiry).not_opened) == 2


def test_the_replay_shows_it_as_codes_of_the_decision(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.picture(room.who(DECIDER), child, enquiry)
    room.decide(enquiry, child)
    room.hub.list_sample([child], [SAMPLER], 9, "themed_audit")
    room.hub.views.catch_up("record", room.hub.record)
    told = [one for one in room.hub.audit(room.who(SAMPLER), child, None).facts if one.name == EnquiryDecided.NAME]
    codes = {line.label: line.text for line in told[0].codes}
    assert codes["opened"] == str(list(decided(room, enquiry).opened))
    assert codes["not opened"] == "[]"
