"""Two who turn out to be one, through the front door, on both ways to run: proposed once, and joined by two people alone."""

from hub.domain import child as children
from hub.domain.message import Person
from hub.domain.person import fold
from tests.support.identities import MANAGER, enlist, somebody, wish
from tests.support.messages import concern, seen_by
from tests.support.partnership import RunningHub


def perhaps(running: RunningHub, person: str) -> set[str]:
    return set(fold(person, (one.fact for one in running.stream(f"person:{person}"))).perhaps)


def counts(running: RunningHub, person: str) -> list[str]:
    held = children.fold(one.fact for one in running.stream(children.stream(person)))
    return sorted(one.relation for one in held.signals.values())


def test_two_who_turn_out_to_be_one_are_proposed_and_two_people_join_them(running_hub: RunningHub) -> None:
    running, child = running_hub, somebody()
    enlist(running.hub)
    first = running.say(
        concern("school", seen_by(child, "school", person=child.known_to("school", nhs_number=None, birth_date=None)))
    )
    other = running.say(concern("health", seen_by(child, "health", person=Person(own_id="h-1", nhs_number=child.nhs))))
    running.settled()
    school, health = running.child_of("school", first), running.child_of("health", other)
    assert school != health
    running.say(concern("health", seen_by(child, "health", person=child.known_to("health", own_id="h-1"))))
    running.settled()
    running.say(concern("school", seen_by(child, "school")))
    running.settled()
    assert [perhaps(running, one) for one in (school, health)] == [{health}, {school}]
    assert [counts(running, one) for one in (school, health)] == [["own", "own", "possible", "possible"]] * 2

    ident = running.hub.identify().decide(wish(running.hub, "merge", health, other=school))
    running.settled()
    assert [perhaps(running, one) for one in (school, health)] == [{health}, {school}]  # one person joins nobody
    running.hub.identify().agree(ident, MANAGER)
    running.settled()
    assert [perhaps(running, one) for one in (school, health)] == [set(), set()]
    assert (counts(running, school), counts(running, health)) == (["own"] * 4, [])
