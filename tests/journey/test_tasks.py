"""One list of what waits: each task is there as long as what it follows from is so, and to nobody who may not know of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.household import NameChildren
from hub.domain.identity import DecideIdentity
from hub.domain.staff import RegisterStaff
from tests.journey.test_enquiries import DECIDER, MANAGER, NAVIGATOR, SCREENER, Room
from tests.support.messages import a_child, an_adult, concern, seen_by
from tests.support.site import Site


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def kinds(room: Room, staff: str) -> list[str]:
    return sorted(set(room.kinds(staff)))


def test_an_alert_that_nobody_took_is_a_task_once_its_time_is_over_and_none_in_a_room(room: Room) -> None:
    (child,) = room.hungry(a_child())
    assert kinds(room, SCREENER) == []
    room.clock.moved = timedelta(days=9)
    assert kinds(room, SCREENER) == ["alert_overdue"]
    assert all(one.overdue for one in room.hub.tasks(room.who(SCREENER)).rows)
    assert kinds(room, NAVIGATOR) == []  # who does not screen
    related = RegisterStaff(
        staff=SCREENER, organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=room.clock.now() + timedelta(days=9), related=(child,),
    )  # fmt: skip
    room.hub.register_staff([related])
    assert kinds(room, SCREENER) == []  # their own family: not even that something waits
    room.open(child)
    assert "alert_overdue" not in kinds(room, DECIDER)


def test_a_concern_that_names_no_child_is_a_task_until_somebody_says_which(room: Room) -> None:
    (child,) = room.hungry(a_child())
    room.say(concern("police", adults=(an_adult("police"),)))
    (task,) = room.hub.tasks(room.who(DECIDER), "unplaced").rows
    assert (task.child, task.what) == ("", "A concern of Police names no child: ask which children it is about")
    message = task.key
    room.hub.name_children(room.who(DECIDER), message, NameChildren(children=(child,), asked="police", by=DECIDER))
    assert "unplaced" not in kinds(room, DECIDER)


def test_a_decision_about_identity_waits_for_others_than_who_made_it(room: Room) -> None:
    one, other = *room.hungry(a_child("Ann")), *room.hungry(a_child("Ben"))
    wish = DecideIdentity(
        what="merge", person=one, other=other, reason="family_confirmed", why="x", by=SCREENER,
        seen_position=room.hub.record.position(),
    )  # fmt: skip
    merge = room.hub.identity_decide(room.who(SCREENER), wish)
    assert ("identity_second" in kinds(room, SCREENER), "identity_second" in kinds(room, MANAGER)) == (False, True)
    room.hub.identity_agree(room.who(MANAGER), merge["identity"])
    assert "identity_second" not in kinds(room, DECIDER)


def test_what_is_red_stands_first_and_kinds_are_counted(room: Room) -> None:
    calm, red = *room.hungry(a_child("Ann")), *room.hungry(a_child("Ben"))
    room.open(calm)
    enquiry = room.open(red)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    found = room.hub.tasks(room.who(SCREENER))
    assert [(one.kind, one.child) for one in found.rows] == [("red_unclaimed", red), ("enquiry_ungraded", calm)]
    assert found.kinds == (("MASH enquiries to grade", 1), ("Red MASH enquiries that nobody holds", 1))
    only = room.hub.tasks(room.who(SCREENER), "enquiry_ungraded")
    assert ([one.child for one in only.rows], only.total) == ([calm], 1)


def test_the_filter_offers_the_kinds_that_wait_and_no_others(room: Room) -> None:
    room.open(*room.hungry(a_child()))
    with Site(room.hub) as site:
        with site.visit(SCREENER) as visit:
            page, other = visit.get("/tasks").text, visit.get("/tasks?kind=red_unclaimed").text
        with site.visit(NAVIGATOR) as visit:
            nothing = visit.get("/tasks").text
    assert re.findall(r'<option value="(\w*)"', page) == ["", "enquiry_ungraded"]
    assert set(re.findall(r'<option value="(\w*)"', other)) == {"", "enquiry_ungraded", "red_unclaimed"}
    assert "<option" not in nothing


def test_a_different_concern_alone_about_a_child_brings_no_task(room: Room) -> None:
    room.say(concern("police", seen_by(a_child(), "police", "poor_hygiene")))
    room.clock.moved = timedelta(days=30)
    assert kinds(room, SCREENER) == []
