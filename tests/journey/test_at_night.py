"""Two in the morning: nothing red leaves sight with a worker who sleeps, and whoever is there can act."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.enquiry import EnquiryRung, OpenEnquiry
from hub.domain.errors import NotFound, Refused, TryLater
from hub.domain.exceptional import BreakTheGlass
from hub.domain.request import AskParties, Party
from hub.domain.staff import StaffLeft, StaffRolesChanged
from hub.flow.review import AlertReviews
from hub.views.models import Filters
from tests.journey.test_enquiries import DECIDER, MANAGER, NIGHT, SCREENER, WORKER, Room, _wish
from tests.support.messages import a_child, concern, seen_by


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def rings(room: Room, enquiry: str) -> list[str]:
    """Whom a turn of the watch, and all before it, rang about a MASH enquiry."""
    room.hub.views.catch_up("record", room.hub.record)
    room.hub.watch().turn()
    stream = room.running.stream(f"mash-enquiry:{enquiry}")
    return [one.fact.role for one in stream if isinstance(one.fact, EnquiryRung)]


def grave(room: Room) -> str:
    """A child with a worker, about whom somebody says something grave by itself."""
    known = a_child()
    (ident,) = room.say(concern("school", seen_by(known, "school", "poor_hygiene")))
    child = room.running.child_of("school", ident)
    room.hub.forwardings.allocate(room.who(MANAGER), _wish(child))
    room.say(concern("police", seen_by(known, "police", "injury_unexplained_delayed")))
    return child


def left(room: Room, staff: str) -> None:
    room.hub.act().append(f"staff:{staff}", lambda _: [StaffLeft(staff=staff)], "person:test")


def test_what_is_red_at_night_stays_before_the_front_door_while_its_worker_sleeps(room: Room) -> None:
    room.at(2)
    child = grave(room)
    assert room.hub.watch().turn() == 1  # it went to the worker, who reads it in the morning
    room.hub.views.catch_up("record", room.hub.record)
    for staff in (NIGHT, SCREENER):
        waits = room.hub.worklist(room.who(staff), Filters()).rows
        assert [(one.child, one.level, one.state) for one in waits] == [(child, 4, "open")]
    assert {one.level for one in room.hub.worklist(room.who(SCREENER), Filters(state="forwarded")).rows} <= {1, 2, 3}
    room.clock.moved += timedelta(minutes=17)
    room.hub.watch().turn()
    assert room.hub.paged == [f"child {child[:8].upper()}"]  # nobody who is awake has it: it rings, once


def test_by_day_a_worker_who_is_there_has_it_and_the_front_door_does_not(room: Room) -> None:
    room.at(11)
    child = grave(room)
    assert room.hub.watch().turn() == 1
    room.hub.views.catch_up("record", room.hub.record)
    assert (room.listed(SCREENER), set(room.listed(SCREENER, state="forwarded"))) == ([], {(child, "forwarded")})
    room.clock.moved += timedelta(minutes=17)
    room.hub.watch().turn()
    assert room.hub.paged == []
    room.clock.moved += timedelta(days=9)  # they did not answer in time
    room.hub.watch().turn()
    assert room.hub.paged == [f"child {child[:8].upper()}"]


def test_nothing_goes_to_a_worker_who_has_left(room: Room) -> None:
    room.at(11)
    child = grave(room)
    left(room, WORKER)
    assert room.hub.watch().turn() == 0
    with pytest.raises(Refused, match="Nobody is at it"):
        room.hub.forwardings.forward(room.who(SCREENER), child)
    assert set(room.listed(SCREENER)) == {(child, "open")}
    assert [one.words for one in room.hub.enquiring.already(child)] == [
        "Child in need (section 17): an allocated worker who cannot be at it now"
    ]


def test_at_night_the_worker_on_duty_takes_a_red_one_over_and_asks_the_hospital(room: Room) -> None:
    room.at(11)
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    room.at(2)
    night = room.who(NIGHT)
    with pytest.raises(Refused, match="Somebody holds"):  # it is not red, and waits for the morning
        room.hub.enquiring.claim(night, enquiry)
    room.hub.enquiring.grade(night, enquiry, "red", "The father is on his way.")
    with pytest.raises(Refused, match="Somebody holds"):
        room.hub.enquiring.claim(room.who(DECIDER), enquiry)
    room.hub.enquiring.claim(night, enquiry)
    assigned = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert (assigned.holder, assigned.before, assigned.assigned_by) == (NIGHT, SCREENER, NIGHT)  # type: ignore[attr-defined]
    wish = AskParties(
        enquiry=enquiry, parties=(Party("health"),), children=(child,), purpose="child_protection", questions=("seen",),
        told=("names", "birth_date"), by=NIGHT,
    )  # fmt: skip
    (ident,) = room.hub.requesting.ask(night, wish)
    assert room.running.stream(f"request:{ident}")[0].fact.asked_by == NIGHT  # type: ignore[attr-defined]


def test_at_nine_the_night_hands_over_to_whoever_of_the_day_takes_it_and_holds_it_until_then(room: Room) -> None:
    room.at(11)
    (child,) = room.hungry(a_child())
    room.at(2)
    night = room.who(NIGHT)
    enquiry = room.open(child, by=NIGHT)
    room.hub.enquiring.grade(night, enquiry, "red", "The father is on his way.")
    room.hub.enquiring.claim(night, enquiry)
    room.at(9)
    view = room.hub.enquiry(night, enquiry, 0)
    assert (view.mine, view.reason, view.children[0].identity) == (True, "", ())  # it is there, and its words closed
    with pytest.raises(Refused) as refused:
        room.hub.enquiring.offer(night, enquiry, "front_door", " ")
    assert refused.value.field == "why"
    room.hub.enquiring.offer(night, enquiry, "front_door", "The grandmother has the child; ring her at ten.")
    for staff in (SCREENER, DECIDER, MANAGER):
        (task,) = room.hub.tasks(room.who(staff), "hand_over").rows
        assert (task.what, task.red) == ("A MASH enquiry is handed over to whoever of the front door takes it", True)
    with pytest.raises(Refused, match="not offered to you"):  # who holds it does not take it over
        room.hub.enquiring.accept(night, enquiry)
    assert room.hub.enquiry(night, enquiry, 0).mine
    room.hub.enquiring.accept(room.who(SCREENER), enquiry)
    taken = room.hub.enquiry(room.who(SCREENER), enquiry, 0)
    assert (taken.mine, taken.hand_over) == (True, "The grandmother has the child; ring her at ten.")
    assert "hand_over" not in room.kinds(MANAGER)
    with pytest.raises(Refused, match="not offered to you"):
        room.hub.enquiring.accept(room.who(DECIDER), enquiry)


def test_a_red_one_of_the_night_that_nobody_of_the_day_takes_rings_them_although_its_worker_holds_it(
    room: Room,
) -> None:
    room.at(11)
    (child,) = room.hungry(a_child())
    room.at(2)
    night = room.who(NIGHT)
    enquiry = room.open(child, by=NIGHT)
    room.hub.enquiring.grade(night, enquiry, "red", "The father is on his way.")
    room.hub.enquiring.claim(night, enquiry)
    room.at(8)
    room.hub.enquiring.offer(night, enquiry, "front_door", "The grandmother has the child; ring her at ten.")
    assert rings(room, enquiry) == []  # at night the worker who holds it is there
    room.at(9, 10)
    assert rings(room, enquiry) == []  # a quarter of an hour for the day team to take it
    room.at(9, 20)
    assert rings(room, enquiry) == ["decision_maker"]
    room.hub.enquiring.accept(room.who(SCREENER), enquiry)
    room.at(10)
    assert rings(room, enquiry) == ["decision_maker"]


def test_a_hand_over_of_the_night_that_nobody_takes_stays_a_task_of_the_day_and_is_taken_back_by_who_made_it(
    room: Room,
) -> None:
    room.at(11)
    (child,) = room.hungry(a_child())
    room.at(2)
    night = room.who(NIGHT)
    enquiry = room.open(child, by=NIGHT)
    room.hub.enquiring.claim(night, enquiry)
    room.hub.enquiring.offer(night, enquiry, "front_door", "It waits for the school.")
    room.at(11)
    assert "hand_over" in room.kinds(SCREENER)
    with pytest.raises(Refused, match="Only who offered it"):
        room.hub.enquiring.end_offer(room.who(SCREENER), enquiry)
    room.hub.enquiring.end_offer(night, enquiry)
    assert "hand_over" not in room.kinds(SCREENER)
    assert room.hub.enquiry(night, enquiry, 0).mine


def test_by_day_the_night_worker_knows_of_no_enquiry_that_they_did_not_work(room: Room) -> None:
    room.at(11)
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    for act in (
        lambda: room.hub.enquiry(room.who(NIGHT), enquiry, 0),
        lambda: room.hub.enquiring.claim(room.who(NIGHT), enquiry),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_red_one_rings_the_chain_from_when_its_holder_is_gone(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    room.clock.moved = timedelta(minutes=20)
    assert room.hub.watch().turn() == 1  # nobody took it in time
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    room.clock.moved = timedelta(hours=2)
    assert room.hub.watch().turn() == 0
    left(room, SCREENER)
    rings = []
    for minutes in (135, 137, 151, 152, 166, 167, 600):  # they left two hours after it was graded
        room.clock.moved = timedelta(minutes=minutes - 1)
        rings.append(room.hub.watch().turn())
        room.hub.views.catch_up("record", room.hub.record)
    assert sum(rings) == 3
    assert rings[0] == 0
    rung = [one.fact for one in room.running.stream(f"mash-enquiry:{enquiry}") if isinstance(one.fact, EnquiryRung)]
    assert [(one.step, one.role) for one in rung] == [
        (1, "decision_maker"), (1, "decision_maker"), (2, "mash_manager"), (3, "out_of_hours_worker"),
    ]  # fmt: skip
    room.hub.enquiring.claim(room.who(DECIDER), enquiry)
    room.clock.moved = timedelta(days=1)
    assert room.hub.watch().turn() == 0


def test_a_holder_who_works_elsewhere_now_holds_a_red_one_no_more(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    moved = StaffRolesChanged(staff=SCREENER, roles=("lead_professional",))
    room.hub.act().append(f"staff:{SCREENER}", lambda _: [moved], "person:test")
    assert "red_unclaimed" in room.kinds(DECIDER)
    room.clock.moved = timedelta(minutes=16)
    assert room.hub.watch().turn() == 1
    room.hub.enquiring.claim(room.who(DECIDER), enquiry)  # from who is gone it may be claimed
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).mine


def test_what_is_graded_red_anew_rings_from_the_first_role_again(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    screener = room.who(SCREENER)
    room.hub.enquiring.grade(screener, enquiry, "red", "The father is on his way.")
    for minutes in (16, 31, 46):
        room.clock.moved = timedelta(minutes=minutes)
        assert room.hub.watch().turn() == 1
    room.hub.enquiring.grade(screener, enquiry, "amber", "He was stopped.")
    room.clock.moved = timedelta(hours=2)
    assert room.hub.watch().turn() == 0
    room.hub.enquiring.grade(screener, enquiry, "red", "He is on his way again.")
    turns = []
    for minutes in (134, 136, 151, 166, 200):
        room.clock.moved = timedelta(minutes=minutes)
        turns.append(room.hub.watch().turn())
    assert turns == [0, 1, 1, 1, 0]


def test_a_red_one_whose_holder_has_left_is_as_if_nobody_held_it(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    assert "red_unclaimed" not in room.kinds(DECIDER)
    left(room, SCREENER)
    (task,) = room.hub.tasks(room.who(DECIDER), "red_unclaimed").rows
    assert task.what == "The holder of a red MASH enquiry has left"
    room.hub.enquiring.claim(room.who(DECIDER), enquiry)
    assert "red_unclaimed" not in room.kinds(MANAGER)


def test_through_a_long_holiday_the_worker_on_duty_breaks_the_glass_for_the_fourth_child_too(room: Room) -> None:
    said = room.say(*(concern("school", seen_by(a_child(f"Kid{n}"), "school", "poor_hygiene")) for n in range(5)))
    children = [room.running.child_of("school", one) for one in said]

    def glass(child: str, by: str) -> str:
        wish = BreakTheGlass(
            child=child, reason="immediate_danger", why="A neighbour rang.", acknowledged=True, by=by, roles=(),
            confirmed_at=room.clock.now(),
        )  # fmt: skip
        return room.hub.exceptions.break_glass(room.who(by), wish)

    room.at(2)
    for child in children[:4]:
        glass(child, NIGHT)
    wish = OpenEnquiry(child=children[3], alerts=(), ground="immediate_danger", reason="A neighbour rang.", by=NIGHT)
    assert room.hub.open_enquiry(room.who(NIGHT), wish)
    for child in children[:3]:
        glass(child, DECIDER)
    with pytest.raises(Refused, match="have not been gone through"):  # others are many, and somebody else can
        glass(children[3], DECIDER)
    room.at(11)
    with pytest.raises(Refused, match="have not been gone through"):
        glass(children[4], NIGHT)


def test_whatever_fails_of_what_else_time_brings_a_red_one_that_nobody_has_rings(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    room.clock.moved = timedelta(minutes=20)

    def broken(*_: object) -> int:
        raise TryLater("the day of a review cannot be worked out")

    monkeypatch.setattr(AlertReviews, "turn", broken)
    with pytest.raises(TryLater):
        room.hub.watch().turn()
    facts = [one.fact for one in room.running.stream(f"mash-enquiry:{enquiry}")]
    assert [one.role for one in facts if isinstance(one, EnquiryRung)] == ["decision_maker"]
