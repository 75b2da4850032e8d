"""A family on the worklist: children who live together stand together, each decided about by itself, and none is hinted at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.identity import DecideIdentity
from hub.domain.staff import RegisterStaff
from hub.views import alerts
from hub.views.models import Filters, Worklist
from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, Room
from tests.support.house import lives, mum
from tests.support.messages import Child, a_child, household


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def of_one_home(room: Room, *children: Child) -> list[str]:
    """Hungry children who live with one mother: their ids."""
    found = room.hungry(*children)
    room.say(household("housing", *(lives(one, "housing") for one in children), mum("housing")))
    return found


def listed(room: Room, staff: str) -> Worklist:
    return room.hub.worklist(room.who(staff), Filters())


def test_children_who_live_together_stand_together_and_each_has_its_own_rows(room: Room) -> None:
    stranger = room.hungry(a_child("Zoe"))[0]
    ann, ben = of_one_home(room, a_child("Ann"), a_child("Ben"))
    found = listed(room, SCREENER)
    (family,) = found.families
    assert (set(family.children), family.alerts, family.level) == ({ann, ben}, 2, max(one.level for one in found.rows))
    named = [one.child for one in found.rows]
    assert (set(named[:2]), named[2:]) in (({ann, ben}, [stranger]), ({stranger, named[1]}, named[2:]))
    assert {one.child for one in found.rows if one.family == family.family} == {ann, ben}
    assert [one.family for one in found.rows if one.child == stranger] == [""]
    at = [number for number, one in enumerate(found.rows) if one.family]
    assert at in ([0, 1], [1, 2])  # nobody stands between them
    assert found.total == 3
    enquiry = room.open(ann)
    room.decide(enquiry, ann)  # one is decided about: the brother is not, and is no family alone
    left = listed(room, SCREENER)
    assert ({one.child for one in left.rows}, left.families) == ({ben, stranger}, ())


def test_a_child_of_whom_the_asker_may_not_know_is_in_no_family_and_in_no_number(room: Room) -> None:
    ann, ben, cat = of_one_home(room, a_child("Ann"), a_child("Ben"), a_child("Cat"))
    wish = RegisterStaff(
        staff=SCREENER, organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=room.clock.now().replace(year=2030), related=(ben,),
    )  # fmt: skip
    room.hub.register_staff([wish])
    found = listed(room, SCREENER)
    (family,) = found.families
    assert (set(family.children), family.alerts, found.total) == ({ann, cat}, 2, 2)
    assert set(listed(room, DECIDER).families[0].children) == {ann, ben, cat}


def test_of_two_siblings_one_of_whom_is_restricted_nothing_says_that_the_other_has_a_family(room: Room) -> None:
    ann, ben = of_one_home(room, a_child("Ann"), a_child("Ben"))
    wish = DecideIdentity(
        what="restrict", person=ben, reason="protected_person", why="x", by=MANAGER, readers=(MANAGER,),
        seen_position=room.hub.record.position(),
    )  # fmt: skip
    made = room.hub.identity_decide(room.who(MANAGER), wish)
    if room.hub.worklist(room.who(SCREENER), Filters()).total != 1:
        room.hub.identity_agree(room.who(SCREENER), made["identity"])
    found = listed(room, SCREENER)
    assert ([one.child for one in found.rows], found.families, found.total) == ([ann], (), 1)
    assert [one.family for one in found.rows] == [""]


def test_a_family_is_whole_on_the_page_where_its_first_row_stands(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, ben = of_one_home(room, a_child("Ann"), a_child("Ben"))
    room.hungry(a_child("Zoe"))
    monkeypatch.setattr(alerts, "AT_ONCE", 1)
    pages = [room.hub.worklist(room.who(SCREENER), Filters(), number) for number in (1, 2, 3)]
    assert [one.total for one in pages] == [3, 3, 3]
    whole = [one for one in pages if one.families]
    assert len(whole) == 2
    assert all({row.child for row in one.rows} == {ann, ben} for one in whole)


def test_tasks_say_whose_family_they_are_of_and_keep_their_order(room: Room) -> None:
    ann, ben = of_one_home(room, a_child("Ann"), a_child("Ben"))
    first, second = room.open(ann), room.open(ben)
    room.hub.enquiring.grade(room.who(SCREENER), second, "red", "The father is on his way.")
    rows = room.hub.tasks(room.who(DECIDER)).rows
    assert [(one.kind, one.child) for one in rows] == [("red_unclaimed", ben), ("enquiry_ungraded", ann)]
    assert {one.family for one in rows} == {min(ann, ben)}
    assert first != second
