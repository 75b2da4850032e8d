"""What counts for a child of its household and of decisions is what the hub would count, with the truth as household."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from bench.evaluate.history import Told, tell
from bench.evaluate.household import OfAdults, decisions, with_household
from bench.world.planning import Rates
from bench.world.services import Contact, Outcome
from bench.world.stream import World
from bench.world.truth import TruePerson
from hub.domain.message import ConcernRaised
from hub.domain.over_time import Event
from tests.bench.test_evaluate import START, VOCABULARY, at, known

DAY = timedelta(days=1)


def person(name: str, born: date = date(2018, 1, 1), family: int = 1) -> TruePerson:
    return TruePerson(
        person=name,
        kind="child",
        family=family,
        born=born,
        community="somali",
        deprivation_fifth=1,
        times_named=1,
        silent=None,
    )


def told(one: Event, **more: Any) -> Event:
    assert one.counted is not None
    return Event(one.at, one.id, replace(one.counted, **more))


def seen_by(found: dict[str, list[Event]], child: str) -> list[tuple[str, str]]:
    return [(event.id, event.counted.relation if event.counted else "gone") for event in found.get(child, ())]


def test_what_is_said_of_a_child_counts_for_its_siblings_and_for_nobody_elsewhere() -> None:
    people = [person("ann"), person("ben"), person("zoe", family=2)]
    found = with_household({"ann": [known(1, ident="m1")]}, [], people)
    assert {child: seen_by(found, child) for child in ("ann", "ben", "zoe")} == {
        "ann": [("m1/0", "own")], "ben": [("m1/0", "sibling")], "zoe": [],
    }  # fmt: skip


def test_a_copy_says_nothing_of_the_sibling_itself() -> None:
    one = told(known(1, ident="m1"), seen="seen_alone", measures=(("attendance_percent", 40.0),), unborn=False)
    [copy] = with_household({"ann": [one]}, [], [person("ann"), person("ben", born=date(2024, 1, 1))])["ben"]
    assert copy.counted is not None
    assert (copy.counted.seen, copy.counted.measures, copy.counted.age_months) == ("not_seen", (), 12)


def test_whoever_a_message_names_gets_no_copy_of_it() -> None:
    one, other = known(1, ident="m1"), known(1, ident="m1")
    own = {"ann": [one], "ben": [Event(other.at, "m1/1", replace(other.counted, id="m1/1"))] if other.counted else []}
    assert seen_by(with_household(own, [], [person("ann"), person("ben")]), "ben") == [("m1/1", "own")]


def test_nothing_from_before_the_birth_counts_but_what_came_since_the_child_was_expected() -> None:
    unborn = START + 100 * DAY
    own = {"ann": [known(1, ident="m1"), known(60, ident="m60")]}
    people = [person("ann"), person("baby", born=unborn)]
    assert seen_by(with_household(own, [], people), "baby") == []
    own["baby"] = [told(known(50, ident="m50"), unborn=True)]
    assert seen_by(with_household(own, [], people), "baby") == [("m50/0", "own"), ("m60/0", "sibling")]


def test_a_strength_and_what_came_after_childhood_count_for_no_sibling() -> None:
    own = {"ann": [told(known(1, ident="m1"), kind="strength"), known(9, ident="m9")]}
    grown = person("ben", born=START - timedelta(days=6575))
    assert seen_by(with_household(own, [], [person("ann"), grown]), "ben") == []


def test_what_is_taken_back_is_taken_back_from_all_and_a_decision_from_nobody() -> None:
    own = {"ann": [known(1, ident="m1"), Event(at(5), "m1/0", None)]}
    found = with_household(own, [], [person("ann"), person("ben")])
    assert seen_by(found, "ben") == [("m1/0", "sibling"), ("m1/0", "gone")]


def test_a_concern_about_adults_alone_counts_for_every_child_at_home_and_is_taken_back_from_every_one() -> None:
    event = told(known(1, ident="m1"), relation="adult")
    people = [person("ann"), person("ben")]
    gone = {"ann": [Event(at(5), "m1/0", None)]}
    found = with_household(gone, [OfAdults("ann", (event,))], people)
    assert [seen_by(found, child) for child in ("ann", "ben")] == [[("m1/0", "adult"), ("m1/0", "gone")]] * 2


def test_what_the_front_door_decided_counts_three_days_later_for_that_child_alone() -> None:
    def contact(message: str, outcome: Outcome) -> Contact:
        return Contact(message=message, child="ann", at=at(1), outcome=outcome)

    found = decisions(
        [contact("m1", "no_further_action"), contact("m2", "referral"), contact("m3", "open_social_care")], 3 * DAY
    )
    said = [(one.at, one.counted.kind, one.counted.outcome, one.counted.level) for one in found["ann"] if one.counted]
    assert said == [(at(4), "help", "no_further_action", 1), (at(4), "help", "assessment", 4)]
    assert list(found) == ["ann"]


def whole(world: World, decided_after: timedelta | None) -> Told:
    return tell(world.steps(), world.start, world.end, VOCABULARY, {}, routine=False, decided_after=decided_after)


def test_in_a_world_every_copy_is_of_something_said_of_another_child_of_the_family() -> None:
    world = World(800, 1, 3, rates=Rates(adults_only=0.5))
    found = whole(world, 3 * DAY)
    events = {child: record for child, about in found.children.items() for record in about.records}
    own = {
        event.id: child
        for child, record in events.items()
        for event in record
        if event.counted is not None and event.counted.relation == "own" and event.counted.kind != "help"
    }
    silent = {
        emitted.id
        for emitted in world.messages()
        if isinstance(emitted.message, ConcernRaised) and not emitted.message.subjects
    }
    kinds = {"sibling": 0, "adult": 0, "help": 0}
    for child, record in events.items():
        assert [event.at for event in record] == sorted(event.at for event in record)
        for event in record:
            signal = event.counted
            if signal is None:
                continue
            if signal.relation == "sibling":
                assert found.children[own[event.id]].person.family == found.children[child].person.family
                assert own[event.id] != child
            if signal.relation == "adult":
                assert event.id.rpartition("/")[0] in silent
            kinds["help" if signal.kind == "help" else signal.relation] = 1
    assert kinds == {"sibling": 1, "adult": 1, "help": 1, "own": 1}
    end = datetime(2026, 1, 1, tzinfo=UTC)
    assert max(record[-1].at for record in events.values()) < end
    assert "help" not in {
        event.counted.kind for about in whole(world, None).children.values() for record in about.records for event in record
        if event.counted
    }  # fmt: skip
