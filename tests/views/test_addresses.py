"""Which children's organisations differ about where they live: told in codes, to who may know, and never of a refuge."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain.errors import NotPermitted
from hub.domain.ledger import Asked
from hub.domain.message import Address
from hub.domain.moments import london_day
from hub.flow.receive import Intake
from hub.views.models import AddressConflict, AddressConflicts, AddressHolder
from tests.support.messages import Child, a_child, concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.protected import COVERT, protect_source
from tests.views.test_desk import ACCESS_AUDITOR, DECIDER, NAVIGATOR, Bench

MILL, QUAY = "ZZ1 0AA", "ZZ1 1AA"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def bench(tmp_path: Path, clock: MovedClock) -> Iterator[Bench]:
    running = RunningHub(settings_for(tmp_path / "data"), clock)
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    running.hub.add_organisation("partnership", "The partnership", "partnership")
    try:
        yield Bench(running, Intake(running.hub.intake_tools()))
    finally:
        running.close()


def lives(
    bench: Bench, child: Child, organisation: str, *addresses: Address, days_ago: float = 3, **more: Any
) -> str:  # fmt: skip
    """This organisation says where the child lives; the child's person id."""
    now = bench.running.hub.clock.now()
    person = child.known_to(organisation, addresses=addresses)
    said = concern(organisation, seen_by(child, organisation, person=person), at=moment(days_ago, now), **more)
    ident = bench.running.say(said)
    bench.take()
    return bench.running.child_of(organisation, ident)


def at(postcode: str | None, **more: Any) -> Address:
    return Address(("1 Test Street",), postcode, **more)


def found(bench: Bench) -> list[str]:
    return [row.child for row in bench.running.hub.address_conflicts(DECIDER).rows]


# ------------------------------------------------------------------------------------------------------- refusals


def test_who_may_not_open_a_childs_page_may_not_ask(bench: Bench) -> None:
    with pytest.raises(NotPermitted):
        bench.running.hub.address_conflicts(ACCESS_AUDITOR)


def test_who_may_know_no_codes_is_told_of_nobody_and_not_how_many(bench: Bench) -> None:
    child = a_child()
    lives(bench, child, "police", at(MILL))
    lives(bench, child, "school", at(QUAY))
    assert bench.running.hub.address_conflicts(NAVIGATOR) == AddressConflicts((), more=False)


def test_nobody_is_told_of_their_own_family(bench: Bench) -> None:
    child = a_child()
    person = lives(bench, child, "police", at(MILL))
    lives(bench, child, "school", at(QUAY))
    relative = bench.staff("staff-aunt", "children_social_care", "mash", "decision_maker", [person])
    assert bench.running.hub.address_conflicts(relative) == AddressConflicts((), more=False)
    assert found(bench) == [person]


@pytest.mark.parametrize("kind", ["refuge", "institution", "no_fixed_abode"])
def test_a_child_who_may_be_where_nobody_may_know_is_never_listed(bench: Bench, kind: str) -> None:
    child = a_child()
    lives(bench, child, "police", at(MILL))
    lives(bench, child, "school", at(QUAY))
    assert len(found(bench)) == 1
    lives(bench, child, "housing", at(QUAY, kind=kind), days_ago=1)
    assert found(bench) == []


def test_where_a_protected_source_says_that_a_child_lives_is_no_conflict_no_task_and_no_number(bench: Bench) -> None:
    protect_source(bench.running.hub)
    child = a_child()
    lives(bench, child, "school", at(QUAY))
    lives(bench, child, "police", at(MILL), days_ago=1, handling=COVERT)
    assert found(bench) == []
    assert bench.running.hub.tasks(DECIDER, "addresses").total == 0
    assert bench.running.hub.address_conflicts(NAVIGATOR).rows == ()


def test_of_an_organisation_that_told_of_a_child_both_ways_the_home_counts_that_it_told_openly(
    bench: Bench, clock: MovedClock
) -> None:
    child, other = a_child(), a_child()
    person = lives(bench, child, "police", at(MILL), days_ago=9)
    lives(bench, child, "school", at(QUAY), days_ago=8)
    second = lives(bench, other, "school", at(QUAY), days_ago=7)
    lives(bench, other, "health", at(MILL), days_ago=6)
    told = bench.running.hub.address_conflicts(DECIDER)
    assert [row.child for row in told.rows] == [second, person]
    protect_source(bench.running.hub)
    lives(bench, child, "police", at(QUAY), days_ago=1, handling=COVERT)  # as the school says: nobody may notice
    assert bench.running.hub.address_conflicts(DECIDER) == told
    clock.moved = timedelta(days=370)
    lives(bench, child, "school", at(QUAY))
    lives(bench, child, "police", at(MILL), handling=COVERT)  # that it speaks of the child still is protected too
    assert found(bench) == []


# ----------------------------------------------------------------------------------------------------------- rules


def test_two_organisations_with_different_current_homes_are_a_task(bench: Bench) -> None:
    child, today = a_child(), london_day(bench.running.hub.clock.now())
    person = lives(bench, child, "police", at(MILL, since=date(2024, 2, 1)), days_ago=20)
    assert found(bench) == []
    lives(bench, child, "school", at(QUAY), days_ago=3)
    said = today - timedelta(days=3)
    assert bench.running.hub.address_conflicts(DECIDER) == AddressConflicts(
        (
            AddressConflict(
                person, said, (AddressHolder("School", said), AddressHolder("Police", date(2024, 2, 1)))
            ),
        ),
        more=False,
    )  # fmt: skip
    look = bench.running.hub.ledger.read(0, 10_000, [Asked.NAME])[-1].fact
    assert isinstance(look, Asked)
    assert (look.reason, look.subjects, look.opened) == ("addresses", (person,), (f"addresses:{person}",))


def test_the_same_home_written_otherwise_is_no_difference(bench: Bench) -> None:
    child = a_child()
    lives(bench, child, "police", at("zz10aa"))
    lives(bench, child, "school", Address(("Flat 1", "The Mill"), MILL))
    assert found(bench) == []


def test_an_organisation_that_corrects_its_address_ends_the_task(bench: Bench) -> None:
    child = a_child()
    person = lives(bench, child, "police", at(MILL))
    lives(bench, child, "school", at(QUAY))
    assert found(bench) == [person]
    lives(bench, child, "police", at(QUAY), days_ago=1)
    assert found(bench) == []


def test_an_address_that_has_ended_and_a_second_home_are_no_difference(bench: Bench) -> None:
    child = a_child()
    lives(bench, child, "police", at(MILL))
    lives(bench, child, "school", at(MILL), at(QUAY, kind="second_home"))
    lives(bench, child, "health", at(QUAY, until=london_day(moment(400))))
    assert found(bench) == []


def test_who_said_nothing_of_the_child_for_a_year_no_longer_counts_and_who_speaks_again_does(
    bench: Bench, clock: MovedClock
) -> None:
    child = a_child()
    person = lives(bench, child, "police", at(MILL))
    clock.moved = timedelta(days=370)
    lives(bench, child, "school", at(QUAY))
    assert found(bench) == []
    lives(bench, child, "police", at(MILL))  # the same as before, so only that it spoke is new
    assert found(bench) == [person]


def test_an_adult_is_no_task(bench: Bench) -> None:
    from hub.domain.message import Adult

    grown = a_child()
    for organisation, code in (("police", MILL), ("school", QUAY)):
        person = grown.known_to(organisation, addresses=(at(code),))
        child = a_child()
        said = concern(organisation, seen_by(child, organisation), adults=(Adult(person=person),))
        bench.running.say(said)
    bench.take()
    assert found(bench) == []


def test_the_newest_difference_stands_first_and_views_made_anew_say_the_same(bench: Bench) -> None:
    older, newer = a_child(), a_child()
    persons = [lives(bench, child, "police", at(MILL), days_ago=30) for child in (older, newer)]
    lives(bench, older, "school", at(QUAY), days_ago=9)
    lives(bench, newer, "school", at(QUAY), days_ago=2)
    before = found(bench)
    assert before == persons[::-1]
    bench.running.hub.views.empty()
    bench.follow()
    assert found(bench) == before
