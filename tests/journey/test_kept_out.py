"""What is kept out of the count reaches a person, is asked about again once it may count, and its sender is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain.agency import OrganisationRegistered
from hub.domain.concern import ConcernRuled, message_id
from hub.domain.notice import NoticeSent
from hub.domain.person import RestrictionSet
from hub.domain.staff import RegisterStaff
from hub.flow.receive import Intake
from hub.views.models.tasks import Task
from tests.journey.test_enquiries import DECIDER, SCREENER, Room
from tests.support.messages import Child, a_child, concern, consent, seen_by
from tests.support.partnership import Organisation, wait_until

CHARITY = "new_charity"
GRAVE = "fracture_unexplained"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    made.hub.add_organisation(CHARITY, "New charity", "charity", party=False)
    made.running.organisations[CHARITY] = Organisation(made.hub, CHARITY)
    yield made
    made.running.close()


def said(room: Room, organisation: str, child: Child, *indicators: str, **more: Any) -> tuple[str, str]:
    """A concern; the person whom it is about, and its message."""
    (ident,) = room.say(concern(organisation, seen_by(child, organisation, *indicators), **more))
    return room.running.child_of(organisation, ident), message_id(organisation, ident)


def kept(room: Room, staff: str = SCREENER) -> list[Task]:
    return [one for one in room.hub.tasks(room.who(staff)).rows if one.kind == "kept_out"]


def rulings(room: Room, message: str) -> list[bool]:
    stream = room.running.stream(f"message:{message}")
    return [one.fact.counted for one in stream if isinstance(one.fact, ConcernRuled)]


def counted(room: Room, message: str) -> list[str]:
    facts = [one for one in room.running.facts() if one.fact.NAME == "signal.counted"]
    return [one.stream for one in facts if one.fact.signal.id.startswith(message)]  # type: ignore[attr-defined]


def notices(room: Room) -> list[tuple[str, str]]:
    facts = [one.fact for one in room.running.facts()]
    return [(one.organisation, one.kind) for one in facts if isinstance(one, NoticeSent)]


def related_to(room: Room, child: str) -> str:
    until = room.clock.now() + timedelta(days=99)
    kin = RegisterStaff(staff="staff-aunt", organisation="children_social_care", setting="mash", related=(child,),
                        roles=("screening_social_worker",), ig_trained_until=until)  # fmt: skip
    room.hub.register_staff([kin])
    return "staff-aunt"


# ---------------------------------------------------------------------------------------------- somebody is asked to look


def test_a_grave_concern_from_outside_the_protocol_is_a_red_task_that_names_no_child_until_somebody_acts(
    room: Room,
) -> None:
    child, message = said(room, CHARITY, a_child(), GRAVE)
    (task,) = kept(room)
    assert (task.red, task.child, task.key) == (True, "", message)
    assert child not in task.href
    assert "New charity" in task.what
    assert child not in task.what
    assert task.due is not None
    assert kept(room, related_to(room, child)) == []  # nobody learns of their own family so
    room.hub.picture(room.who(SCREENER), child, "")
    assert len(kept(room)) == 1  # a look is not enough where it is grave
    room.open(child)
    assert kept(room) == []


def test_of_a_restricted_child_it_is_no_task_for_who_may_not_know_of_them(room: Room) -> None:
    child, _ = said(room, CHARITY, a_child(), GRAVE)
    assert len(kept(room)) == 1
    restriction = RestrictionSet(restricted=True, ground="protected_person", readers=(DECIDER,), decision="")
    stream = f"person:{child}"
    room.hub._append(stream, room.hub.record.versions([stream])[stream], [restriction], "service:test")
    assert kept(room) == []
    assert len(kept(room, DECIDER)) == 1


def test_of_two_children_in_one_concern_it_is_a_task_for_the_one_whom_it_does_not_count_for(room: Room) -> None:
    boy, girl = a_child("Ben"), a_child("Ann")
    no = consent("school", boy.known_to("school"), "refused", giver="young_person", competent=True)
    room.say(no)
    (ident,) = room.say(concern("school", *(seen_by(one, "school", "late_collection") for one in (boy, girl))))
    his, hers = (room.running.child_of("school", ident, number) for number in range(2))
    assert counted(room, message_id("school", ident)) == [f"child:{hers}"]
    (task,) = kept(room)
    assert (task.child, task.red, "young person said no" in task.what) == (his, False, True)
    room.hub.picture(room.who(SCREENER), his, "")
    assert kept(room) == []


# ------------------------------------------------------------------------------------------------------- asked once more


def test_once_its_sender_has_signed_it_counts_and_raises_what_it_would_have(room: Room) -> None:
    child, message = said(room, CHARITY, a_child(), GRAVE)
    assert (rulings(room, message), counted(room, message), room.states(child)) == ([False], [], [])
    room.hub._change_register(
        OrganisationRegistered(organisation=CHARITY, name="New charity", sector="health", party=True)
    )
    room.running.start("intake", "relay", "views", "thresholds")
    wait_until(lambda: len(rulings(room, message)) > 1, what="it was asked again")
    room.running.settled()
    room.running.stop()
    assert (rulings(room, message), counted(room, message)) == ([False, True], [f"child:{child}"])
    assert kept(room) == []
    assert room.states(child) == ["open"]
    intake = Intake(room.hub.intake_tools())
    head = room.hub.record.position()
    assert (intake.ask_kept_out(), room.hub.record.position()) == (0, head)


# ----------------------------------------------------------------------------------------------------- whoever sent it


def test_whoever_sent_what_did_not_count_is_told_as_everybody_is(room: Room) -> None:
    child = a_child()
    (person,) = room.hungry(child)
    said(room, CHARITY, child, GRAVE)
    enquiry = room.open(person)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "Two fractures that nobody explains.")
    assert (CHARITY, "receipt") in notices(room)
    assert len(notices(room)) == 3
    room.decide(enquiry, person)
    assert (CHARITY, "outcome") in notices(room)
    assert len(notices(room)) == 6


def test_a_red_receipt_goes_out_where_no_alert_stands_behind_the_enquiry_and_not_for_what_was_answered(
    room: Room,
) -> None:
    known = a_child()
    child, _ = said(room, "school", known, "late_collection")
    enquiry = room.open(child)
    assert room.states(child) == []
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "He said that he will kill her.")
    assert notices(room) == [("school", "receipt")]
    room.decide(enquiry, child)
    assert notices(room) == [("school", "receipt"), ("school", "outcome")]
    said(room, "health", known, "late_collection")
    room.hub.enquiring.grade(room.who(SCREENER), room.open(child), "red", "He is back.")
    assert notices(room)[2:] == [("health", "receipt")]
