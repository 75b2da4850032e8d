"""Who is of the team of a MASH enquiry, and until when: to whom it opens nothing once their part has ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.enquiry import EnquiryTeamLeft
from hub.domain.errors import NotPermitted, Refused
from hub.domain.staff import StaffRolesChanged
from tests.journey.test_enquiries import DECIDER, MANAGER, NAVIGATOR, SCREENER, WHY, Room, _manager
from tests.support.messages import a_child


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def held_by_both(room: Room) -> tuple[str, str]:
    """A MASH enquiry that the decision maker opened and the screening social worker holds: child, enquiry."""
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    return child, enquiry


def reads(room: Room, staff: str, enquiry: str, child: str) -> tuple[bool, bool]:
    """Whether this person reads the reason that stands in the room, and what was said of the child."""
    who = room.who(staff)
    reason = room.hub.enquiry(who, enquiry, 0).reason == WHY
    return reason, any(entry.words for entry in room.hub.picture(who, child, enquiry).chronology)


def test_who_was_taken_off_it_reads_nothing_more_and_may_be_given_it_again(room: Room) -> None:
    child, enquiry = held_by_both(room)
    assert reads(room, DECIDER, enquiry, child) == (True, True)
    room.hub.enquiring.leave(room.who(SCREENER), enquiry, DECIDER, "work_done")
    assert reads(room, DECIDER, enquiry, child) == (False, False)
    assert reads(room, SCREENER, enquiry, child) == (True, True)
    fact = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert fact == EnquiryTeamLeft(staff=DECIDER, why="work_done", by=SCREENER)
    assert [one.staff for one in room.hub.enquiry(room.who(SCREENER), enquiry, 0).team] == [SCREENER]
    room.hub.enquiring.assign(room.who(MANAGER), enquiry, DECIDER)
    assert reads(room, DECIDER, enquiry, child) == (True, True)


def test_nobody_is_taken_off_by_who_may_not_and_the_holder_hands_it_over_first(room: Room) -> None:
    _child, enquiry = held_by_both(room)
    before = room.hub.record.position()
    for by, staff, why, field in (
        (DECIDER, SCREENER, "work_done", "staff"),  # who holds it, by who is on it
        (MANAGER, SCREENER, "work_done", "staff"),  # and by a manager
        (SCREENER, DECIDER, "", "why"),
        (SCREENER, DECIDER, "because", "why"),
        (SCREENER, MANAGER, "work_done", "staff"),  # who is not on it
        (SCREENER, "staff-gone", "work_done", "staff"),
    ):
        with pytest.raises(Refused) as refused:
            room.hub.enquiring.leave(room.who(by), enquiry, staff, why)
        assert refused.value.field == field
    with pytest.raises(NotPermitted):
        room.hub.enquiring.leave(room.who(NAVIGATOR), enquiry, DECIDER, "work_done")
    assert room.hub.record.position() == before
    room.hub.enquiring.leave(room.who(DECIDER), enquiry, DECIDER, "conflict")  # oneself may


def test_who_works_elsewhere_now_is_of_no_team_any_more(room: Room) -> None:
    child, enquiry = held_by_both(room)
    moved = StaffRolesChanged(staff=DECIDER, roles=("panel_chair",))
    room.hub.act().append(f"staff:{DECIDER}", lambda _: [moved], "person:test")
    assert [one.staff for one in room.hub.enquiry(room.who(SCREENER), enquiry, 0).team] == [SCREENER]
    room.hub.act().append(
        f"staff:{DECIDER}", lambda _: [StaffRolesChanged(staff=DECIDER, roles=("decision_maker",))], "person:test"
    )
    assert reads(room, DECIDER, enquiry, child) == (True, True)


def test_when_it_is_decided_its_room_stays_open_to_who_held_it_and_who_decided_alone(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child, by=SCREENER)  # opened by one, held by another, decided by a third
    other = _manager(room, "staff-m2")
    room.hub.enquiring.claim(room.who(DECIDER), enquiry)
    room.hub.enquiring.assign(room.who(MANAGER), enquiry, MANAGER)
    room.hub.enquiring.assign(other, enquiry, "staff-m2")
    assert reads(room, MANAGER, enquiry, child) == (True, True)
    room.decide(enquiry, child)
    team = [one.staff for one in room.hub.enquiry(room.who(DECIDER), enquiry, 0).team]
    assert team == sorted([DECIDER, "staff-m2"])
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).reason == WHY
    for staff in (SCREENER, MANAGER):
        view = room.hub.enquiry(room.who(staff), enquiry, 0)
        made = view.children[0].decision
        assert made is not None
        assert (view.reason, made.reason, made.child_view) == ("", "", "")
    with pytest.raises(Refused, match="decided already"):
        room.hub.enquiring.leave(room.who(DECIDER), enquiry, DECIDER, "work_done")
