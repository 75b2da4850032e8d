"""What was decided to be done: a task on its day, a manager's once the day is over, done, and not done after all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.enquiry import PlanActionDone, PlanActionReopened
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.staff import RegisterStaff
from tests.journey.test_enquiries import DECIDER, MANAGER, NAVIGATOR, SCREENER, Room
from tests.support.enquiries import step, today
from tests.support.messages import a_child

AUDITOR = "staff-a37d05"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def planned(room: Room) -> tuple[str, str]:
    """A child about whom two things were decided to be done: by the front door in three days, by health in five."""
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    plan = (
        step("family_contacted", due=today() + timedelta(days=3)),
        step("child_seen", owner="health", due=today() + timedelta(days=5)),
    )
    room.decide(enquiry, child, actions=("family_contacted", "child_seen"), plan=plan)
    return child, enquiry


def due(room: Room, staff: str) -> list[tuple[str, str, bool]]:
    return [
        (one.kind, one.holder, one.overdue)
        for one in room.hub.tasks(room.who(staff)).rows
        if one.kind.startswith("plan")
    ]


def of_health(room: Room) -> str:
    wish = RegisterStaff(
        staff=NAVIGATOR, organisation="health", setting="", roles=("navigator",),
        ig_trained_until=room.clock.now() + timedelta(days=90),
    )  # fmt: skip
    room.hub.register_staff([wish])
    return NAVIGATOR


def test_an_action_is_a_task_of_who_does_it_from_its_day_on_and_a_managers_when_the_day_is_over(room: Room) -> None:
    planned(room)
    navigator = of_health(room)
    found = {}
    for days in (2, 3, 4, 5, 6):
        room.clock.moved = timedelta(days=days)
        found[days] = (due(room, SCREENER), due(room, navigator), due(room, MANAGER))
    door, health = "The front door", "Health"
    assert found == {
        2: ([], [], []),
        3: ([("plan_due", door, False)], [], [("plan_due", door, False)]),
        4: ([("plan_due", door, True)], [], [("plan_overdue", door, True)]),
        5: ([("plan_due", door, True)], [("plan_due", health, False)], [("plan_overdue", door, True)]),
        6: (
            [("plan_due", door, True)], [("plan_due", health, True)],
            [("plan_overdue", door, True), ("plan_overdue", health, True)],
        ),
    }  # fmt: skip


def test_what_is_done_is_no_task_and_what_is_not_done_after_all_is_one_again(room: Room) -> None:
    child, enquiry = planned(room)
    room.clock.moved = timedelta(days=4)
    planning = room.hub.planning
    planning.do(room.who(SCREENER), enquiry, child, "family_contacted")
    planning.do(room.who(DECIDER), enquiry, child, "family_contacted")  # said twice is done once
    assert (due(room, SCREENER), due(room, MANAGER)) == ([], [])
    page = planning.page(room.who(SCREENER))
    assert ([one.action for one in page.rows], [one.action for one in page.done]) == (
        ["child_seen"],
        ["family_contacted"],
    )
    made = room.hub.enquiry(room.who(DECIDER), enquiry, 0).children[0].decision
    assert made is not None
    assert [(one.code, one.done) for one in made.plan] == [("family_contacted", True), ("child_seen", False)]
    planning.reopen(room.who(MANAGER), enquiry, child, "family_contacted")
    assert due(room, MANAGER) == [("plan_overdue", "The front door", True)]
    said = [one.fact for one in room.running.stream(f"mash-enquiry:{enquiry}")][-2:]
    assert said == [
        PlanActionDone(child=child, action="family_contacted", done_by=SCREENER),
        PlanActionReopened(child=child, action="family_contacted", reopened_by=MANAGER),
    ]
    with pytest.raises(Refused, match="nothing to take back"):
        planning.reopen(room.who(MANAGER), enquiry, child, "family_contacted")


def test_an_organisation_sees_what_was_put_to_it_and_says_that_it_is_done_and_nothing_else(room: Room) -> None:
    child, enquiry = planned(room)
    who = room.who(of_health(room))
    (row,) = room.hub.planning.page(who).rows
    assert (row.child, row.action, row.owner) == (child, "child_seen", "Health")
    with pytest.raises(NotFound):
        room.hub.planning.do(who, enquiry, child, "family_contacted")
    room.hub.planning.do(who, enquiry, child, "child_seen")
    assert [one.action for one in room.hub.planning.page(who).done] == ["child_seen"]
    with pytest.raises(NotFound):
        room.hub.enquiry(who, enquiry, 0)


def test_nobody_sees_or_does_an_action_about_whom_they_may_not_know(room: Room) -> None:
    child, enquiry = planned(room)
    room.clock.moved = timedelta(days=4)
    wish = RegisterStaff(
        staff=SCREENER, organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=room.clock.now() + timedelta(days=90), related=(child,),
    )  # fmt: skip
    room.hub.register_staff([wish])
    who = room.who(SCREENER)
    assert (room.hub.planning.page(who).rows, due(room, SCREENER)) == ((), [])
    before = room.hub.record.position()
    for at, action in ((enquiry, "family_contacted"), (enquiry, "police_called"), ("none", "family_contacted")):
        with pytest.raises(NotFound):
            room.hub.planning.do(who, at, child, action)
    with pytest.raises(NotFound):
        room.hub.planning.do(room.who(DECIDER), enquiry, child, "police_called")
    with pytest.raises(NotPermitted):
        room.hub.planning.page(room.who(AUDITOR))
    assert room.hub.record.position() == before


def test_of_an_action_about_ones_own_family_or_who_is_restricted_an_organisations_staff_have_no_task(
    room: Room,
) -> None:
    child, _ = planned(room)
    room.clock.moved = timedelta(days=5)
    navigator = of_health(room)
    (before,) = room.hub.tasks(room.who(navigator)).rows
    assert (before.kind, child in before.key) == ("plan_due", False)
    wish = RegisterStaff(
        staff=navigator, organisation="health", setting="", roles=("navigator",),
        ig_trained_until=room.clock.now() + timedelta(days=90), related=(child,),
    )  # fmt: skip
    room.hub.register_staff([wish])
    assert (due(room, navigator), room.hub.planning.page(room.who(navigator)).rows) == ([], ())
