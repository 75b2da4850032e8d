"""What counts for whom in a household, on a real record: refusals first, then what is passed on, taken back, and again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain import child as children
from hub.domain.concern import message_id
from hub.domain.errors import StaleWriter, VersionConflict
from hub.domain.fact import NewFact
from hub.domain.household import ChildrenNamed
from hub.domain.message import Address, Adult, Handling, Member, Name, Person
from hub.domain.moments import london_day, months_between
from hub.domain.person import RestrictionSet
from hub.flow.count import SOURCE, Counting, Question
from hub.flow.receive import Intake
from hub.views import households
from tests.support.house import LEE, MUM, House, adult, ann, ben, family, lives, mum, zoe
from tests.support.identities import ByHand, somebody
from tests.support.messages import (
    Child,
    a_child,
    concern,
    consent,
    correction,
    household,
    moment,
    nhs_of,
    seen_by,
    strength,
    withdrawal,
)
from tests.support.partnership import RunningHub, settings_for
from tests.support.protected import COVERT, protect_source


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield House(running)
    running.close()


Grown = Callable[..., Member]


def grown(number: int, role: str = "mother") -> Grown:
    """An adult of whom no other test speaks, as each organisation would list them."""
    stated: Any = role
    letter = chr(97 + number)
    described = Person(
        nhs_number=nhs_of(45_000 + number), names=(Name(f"Grown{letter * 3}", f"Adult{letter * 4}"),),
        birth_date=date(1980 + number, 1 + number, 3 + number),
    )  # fmt: skip
    return lambda by, **more: Member(person=replace(described, own_id=f"{by}-G{number}"), role=stated, **more)


def on_record(house: House, number: int) -> tuple[list[Child], list[str]]:
    """Children of whom housing has said something: themselves, and whom the hub holds them to be."""
    known = [a_child(born=date(2012 + n, 2 + n, 3 + n)) for n in range(number)]
    (ident,) = house.say(strength("housing", *(seen_by(one, "housing") for one in known)))
    return known, [house.person("housing", ident, n) for n in range(number)]


# --------------------------------------------------------------------------------------------------- what does not count


def test_a_refuges_list_makes_no_siblings_of_strangers_children_and_keeps_the_address_closed(house: House) -> None:
    known, persons = on_record(house, 3)
    for kind in ("refuge", "institution"):
        listed: Any = kind
        (ident,) = house.say(
            household("housing", *(lives(one, "housing") for one in known), grown(0, "other")("housing"),
                      address=Address(("1 Nowhere Street",), None, kind=listed), change="moved_in")
        )  # fmt: skip
        fact = house.running.stream(f"message:{message_id('housing', ident)}")[0].fact
        assert (fact.stay, kind in repr(fact), "Nowhere" in repr(fact)) == (True, False, False)  # type: ignore[attr-defined]
    house.say(concern("school", seen_by(known[0], "school")))
    assert house.relations(persons[1]) == [("housing", "own")]


def test_a_mother_listed_alone_with_her_children_in_a_refuge_is_their_family_still(house: House) -> None:
    known, persons = on_record(house, 2)
    house.say(
        household("housing", *(lives(one, "housing") for one in known), grown(0)("housing"),
                  address=Address(("1 Nowhere Street",), None, kind="refuge"))
    )  # fmt: skip
    house.say(concern("school", seen_by(known[0], "school")))
    assert house.relations(persons[1]) == [("housing", "own"), ("school", "sibling")]


def test_a_list_of_very_many_people_counts_nothing_for_anybody(house: House) -> None:
    known, persons = on_record(house, 2)
    others = [Member(person=a_child().known_to("housing"), role="household_member") for _ in range(24)]
    house.say(household("housing", *(lives(one, "housing") for one in known), *others, change="moved_in"))
    house.say(concern("school", seen_by(known[0], "school")))
    assert house.relations(persons[1]) == [("housing", "own")]
    assert len(house.running.hub.homes.around([persons[1]]).naming) == 26, "nobody is looked for through it"


def test_a_sibling_named_in_the_same_message_gets_no_copy_of_it(house: House) -> None:
    girl, boy, her, him = family(house)
    house.say(concern("school", seen_by(girl, "school"), seen_by(boy, "school")))
    assert house.relations(her) == house.relations(him) == [("housing", "own"), ("school", "own")]


def test_a_childs_refusal_keeps_a_siblings_concern_from_counting_for_that_child_alone(house: House) -> None:
    girl, boy, her, him = family(house)
    house.say(consent("health", girl.known_to("health"), "refused", giver="young_person", competent=True))
    other_child = zoe()
    house.say(household("school", lives(boy, "school"), lives(other_child, "school")))
    house.say(concern("school", seen_by(boy, "school", "attendance_low"), at=moment()))
    (zoes,) = house.say(strength("school", seen_by(other_child, "school")))
    assert ("school", "sibling") not in house.relations(her)
    assert ("school", "sibling") in house.relations(house.person("school", zoes))
    assert ("school", "own") in house.relations(him)


def test_what_the_protocol_keeps_out_of_the_pool_counts_for_no_sibling(house: House) -> None:
    girl, _, her, him = family(house)
    house.intake = Intake(replace(house.running.hub.intake_tools(), not_pooled=frozenset({"R"})))
    house.say(concern("police", seen_by(girl, "police"), handling=Handling(police_code="R")))
    assert house.relations(her) == house.relations(him) == [("housing", "own")]


def test_an_adult_only_concern_that_is_kept_out_of_the_pool_counts_for_no_child(house: House) -> None:
    _, _, her, _ = family(house)
    house.intake = Intake(replace(house.running.hub.intake_tools(), not_pooled=frozenset({"R"})))
    house.say(concern("police", adults=(adult(MUM, "police"),), handling=Handling(police_code="R")))
    assert house.relations(her) == [("housing", "own")]


def test_through_a_household_that_a_protected_source_alone_told_of_nothing_counts(house: House) -> None:
    girl, _, her, him = family(house)
    protect_source(house.running.hub)
    house.intake = Intake(house.running.hub.intake_tools())
    partner = adult(LEE, "police", in_household=True, relationship="parents_partner")
    house.say(
        concern("police", seen_by(girl, "police"), adults=(partner,), handling=COVERT),
        concern("health", adults=(adult(LEE, "health"),)),  # of the partner, and openly
    )
    assert house.relations(her) == house.relations(him) == [("housing", "own")]
    house.say(household("school", lives(girl, "school"), Member(person=LEE, role="parents_partner")))
    assert house.relations(her) == [("health", "adult"), ("housing", "own")]


def test_what_counted_through_a_household_before_its_source_was_protected_is_taken_back_as_not_pooled(
    house: House,
) -> None:
    girl, _, her, _ = family(house)
    partner = adult(LEE, "police", in_household=True, relationship="parents_partner")
    told = concern("police", seen_by(girl, "police"), adults=(partner,), handling=COVERT)
    house.say(told, concern("health", adults=(adult(LEE, "health"),)))
    assert ("health", "adult") in house.relations(her)
    protect_source(house.running.hub)
    house.intake = Intake(house.running.hub.intake_tools())
    house.say(strength("school", seen_by(girl, "school")))
    assert ("health", "adult") not in house.relations(her)
    assert house.reasons(her) == ["not_pooled"]


def test_counting_again_writes_nothing(house: House) -> None:
    girl, _, _, _ = family(house)
    house.say(concern("school", seen_by(girl, "school")))
    head = house.running.hub.record.position()
    assert (house.intake.count(), Intake(house.running.hub.intake_tools()).count()) == (0, 0)
    assert house.running.hub.record.position() == head


def test_an_intake_that_another_has_overtaken_writes_nothing(house: House) -> None:
    girl, _, _, him = family(house)
    other = Intake(house.running.hub.intake_tools())
    house.take(concern("school", seen_by(girl, "school")))
    assert other.count() == 1
    house.take(concern("police", seen_by(girl, "police")))
    with pytest.raises(StaleWriter):
        house.intake.count()
    assert house.relations(him) == [("housing", "own"), ("school", "sibling")]


# ------------------------------------------------------------------------------------------------------ what counts


def test_a_concern_counts_for_the_sibling_in_codes_that_say_nothing_of_the_sibling(house: House) -> None:
    girl, boy, her, him = family(house)
    (ident,) = house.say(concern("school", seen_by(girl, "school", "hunger", seen="seen"), at=moment()))
    own = house.counted(her)[f"{message_id('school', ident)}/0"]
    copy = house.counted(him)[own.id]
    assert own.relation == "own"
    assert copy == replace(
        own, child=him, relation="sibling", seen="not_seen", age_months=copy.age_months, known_at=copy.known_at
    )
    assert (own.age_months, copy.age_months) == tuple(
        months_between(one.born, london_day(own.occurred_start)) for one in (girl, boy)
    )
    last = house.running.stream(children.stream(him))[-1]
    assert (last.envelope.by, last.envelope.journey) == ("service:households", message_id("school", ident))


def test_the_order_of_household_and_concern_does_not_matter(house: House) -> None:
    girl, boy = ann(), ben()
    (ident,) = house.say(concern("school", seen_by(girl, "school")))
    (other,) = house.say(strength("school", seen_by(boy, "school")))
    him = house.person("school", other)
    assert house.relations(him) == [("school", "own")]
    house.say(household("housing", lives(girl, "housing"), lives(boy, "housing")))
    assert house.relations(him) == [("school", "own"), ("school", "sibling")]
    assert house.relations(house.person("school", ident)) == [("school", "own")]


def test_two_organisations_that_name_one_mother_make_their_children_siblings(house: House) -> None:
    girl, boy = ann(), ben()
    (first,) = house.say(
        concern(
            "police", seen_by(girl, "police"), adults=(adult(MUM, "police", in_household=True, relationship="mother"),)
        )
    )
    (second,) = house.say(
        concern(
            "school", seen_by(boy, "school"), adults=(adult(MUM, "school", in_household=True, relationship="mother"),)
        )
    )
    assert house.relations(house.person("police", first)) == [("police", "own"), ("school", "sibling")]
    assert house.relations(house.person("school", second)) == [("police", "sibling"), ("school", "own")]


def test_a_new_adult_in_the_household_is_a_change_for_each_child_and_brings_what_is_known_of_him(house: House) -> None:
    _, _, her, him = family(house)
    (past,) = house.say(
        concern("police", adults=(adult(LEE, "police", indicators=("domestic_abuse_incident",)),), at=moment(30))
    )
    assert house.relations(her) == [("housing", "own")]
    lee = Member(person=replace(LEE, own_id="health-lee"), role="parents_partner", since=london_day(moment()))
    (moved,) = house.say(household("health", mum("health"), lee, change="moved_in"))
    for child in (her, him):
        counted = {
            one.id: (one.relation, one.kind, one.indicators)
            for one in house.counted(child).values()
            if one.relation != "own"
        }
        assert counted == {
            f"{message_id('police', past)}/0": ("adult", "concern", ("domestic_abuse_incident",)),
            f"{message_id('health', moved)}/0": ("household", "household_change", ("new_adult_in_household",)),
        }


def test_a_household_is_not_looked_for_through_a_teacher_whom_many_concerns_name(house: House) -> None:
    girl, boy = ann(), ben()
    teacher = adult(LEE, "school", relationship="professional", in_household=True)
    first, second = house.say(*(concern("school", seen_by(one, "school"), adults=(teacher,)) for one in (girl, boy)))
    assert house.relations(house.person("school", first)) == [("school", "own")]
    assert house.relations(house.person("school", second)) == [("school", "own")]


def test_a_strangers_message_three_homes_away_takes_back_nothing(house: House) -> None:
    (far, near, him, other), (_, _, his, _) = on_record(house, 4)
    first, second, third = (grown(n)("housing") for n in range(3))
    homes = ((far, first, near), (near, second), (second, him), (him, third), (third, other))
    for home in homes:
        house.say(household("housing", *(lives(one, "housing") if isinstance(one, Child) else one for one in home)))
    house.say(concern("school", seen_by(other, "school")))
    held = house.relations(his)
    assert held == [("housing", "own"), ("school", "sibling")]
    house.say(concern("health", seen_by(far, "health")))
    assert (house.relations(his), house.reasons(his)) == (held, [])


# -------------------------------------------------------------------------------------------------------- taken back


def test_whom_too_many_statements_name_is_looked_through_by_nobody_whoever_is_spoken_of(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(households, "CROWD", 3)
    known, persons = on_record(house, 5)
    carer = grown(0, "carer")
    house.say(concern("school", seen_by(known[0], "school")))
    for number, one in enumerate(known):
        house.say(household("housing", lives(one, "housing"), carer("housing")))
        through = [("school", "sibling") in house.relations(each) for each in persons[1:]]
        assert through == [number < 3 and n <= number for n in range(1, 5)], "the fourth list parts them all"
    before = [house.relations(each) for each in persons]
    house.say(strength("health", seen_by(known[1], "health")), household("police", carer("police")))
    assert [[one for one in house.relations(each) if one[0] != "health"] for each in persons] == before
    assert [house.running.hub.homes.around([one]).kin(one).keys() & set(persons) for one in persons] == [set()] * 5


def test_a_restricted_childs_move_falls_on_a_siblings_page(house: House) -> None:
    (girl, boy), (her, his) = on_record(house, 2)
    house.say(household("housing", lives(girl, "housing"), grown(0)("housing")))
    house.say(
        household("housing", lives(boy, "housing", since=london_day(moment())), grown(0)("housing"), change="moved_in")
    )
    assert house.relations(her) == [("housing", "household"), ("housing", "own")]
    hub, stream = house.running.hub, f"person:{his}"
    hidden = RestrictionSet(restricted=True, ground="adoption", readers=("staff-9",), decision="identity:1")
    hub.act().append(stream, lambda _: [hidden], "person:s1")
    house.intake.count()
    assert (house.relations(her), house.reasons(her)) == ([("housing", "own")], ["not_pooled"])


def test_what_is_withdrawn_or_corrected_falls_for_the_sibling_too(house: House) -> None:
    girl, _, _, him = family(house)
    wrong, gone = house.say(concern("school", seen_by(girl, "school")), concern("police", seen_by(girl, "police")))
    house.say(
        correction(wrong, concern("school", seen_by(girl, "school", "hunger", "food_seeking"))),
        withdrawal("police", gone),
    )
    assert house.relations(him) == [("housing", "own"), ("school", "sibling")]
    assert sorted(house.reasons(him)) == ["corrected", "withdrawn"]


def test_when_the_household_is_withdrawn_nothing_of_it_counts(house: House) -> None:
    girl, boy = ann(), ben()
    (found,) = house.say(household("housing", lives(girl, "housing"), lives(boy, "housing")))
    (ident,) = house.say(concern("school", seen_by(girl, "school")))
    (other,) = house.say(strength("school", seen_by(boy, "school")))
    him = house.person("school", other)
    assert house.relations(him) == [("school", "own"), ("school", "sibling")]
    house.say(withdrawal("housing", found))
    assert (house.relations(him), house.reasons(him)) == ([("school", "own")], ["withdrawn"])
    del ident


def test_what_happened_after_they_parted_counts_no_more_and_what_happened_before_still_does(house: House) -> None:
    girl, boy, _, him = family(house)
    house.say(
        concern("school", seen_by(girl, "school"), at=moment(20)),
        concern("police", seen_by(girl, "police"), at=moment(2)),
    )
    assert house.relations(him) == [("housing", "own"), ("police", "sibling"), ("school", "sibling")]
    parted = london_day(moment(10))
    house.say(
        household("housing", lives(girl, "housing"), lives(boy, "housing", until=parted), change="moved_out",
                  occurred=replace(household("housing", mum("housing")).occurred))
    )  # fmt: skip
    assert house.relations(him) == [("housing", "household"), ("housing", "own"), ("school", "sibling")]
    assert house.reasons(him) == ["left_household"]


# -------------------------------------------------------------------------------------------------- faults and restarts


class Raced:
    """A record on which somebody else is faster, a few times."""

    def __init__(self, record: Any, times: int) -> None:
        self._record, self._left = record, times

    def append(self, facts: Sequence[NewFact], **more: Any) -> Any:
        if self._left and facts:
            self._left -= 1
            raise VersionConflict("overtaken")
        return self._record.append(facts, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)


def test_who_is_overtaken_works_it_out_anew(house: House) -> None:
    girl, _, _, him = family(house)
    house.take(concern("school", seen_by(girl, "school")))
    tools = house.running.hub.intake_tools()
    raced = Intake(replace(tools, record=Raced(tools.record, 2)))
    assert raced.count() == 1
    assert house.relations(him) == [("housing", "own"), ("school", "sibling")]


def test_a_bug_over_one_child_pages_a_person_and_the_other_children_are_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    girl, boy, her, him = family(house)
    rule = house.intake._counting._rule

    def buggy(asked: Question) -> bool:
        if asked.child == him:
            raise ZeroDivisionError
        return rule(asked)

    monkeypatch.setattr(house.intake._counting, "_rule", buggy)
    house.say(concern("school", seen_by(girl, "school")), concern("school", seen_by(boy, "school")))
    assert house.relations(him) == [("housing", "own"), ("school", "own")]
    assert house.relations(her) == [("housing", "own"), ("school", "own"), ("school", "sibling")]
    assert len(house.running.hub.paged) == 1
    monkeypatch.undo()
    house.say(strength("police", seen_by(girl, "police")))
    assert ("school", "sibling") in house.relations(him)


def test_after_a_crash_between_a_look_and_its_counting_the_next_intake_counts(house: House) -> None:
    girl, _, _, him = family(house)
    house.take(concern("school", seen_by(girl, "school")))
    house.intake = Intake(house.running.hub.intake_tools())
    assert house.intake.count() == 1
    assert house.relations(him) == [("housing", "own"), ("school", "sibling")]


def test_tables_thrown_away_are_folded_anew_and_nothing_counts_twice(house: House) -> None:
    girl, _, her, him = family(house)
    house.say(concern("school", seen_by(girl, "school")))
    before = house.running.hub.homes.around([her]).told
    house.running.hub.homes.empty()
    house.intake = Intake(house.running.hub.intake_tools())
    assert house.intake.count() == 0
    assert house.running.hub.homes.around([her]).told == before
    assert house.relations(him) == [("housing", "own"), ("school", "sibling")]


# -------------------------------------------------------------------------------------------------- asking for children


def test_an_answer_lets_a_concern_about_adults_count_for_the_children_named_and_the_next_answer_replaces_it(
    house: House,
) -> None:
    _, _, her, him = family(house)
    (ident,) = house.say(concern("police", adults=(adult(LEE, "police"),)))
    stream = f"message:{message_id('police', ident)}"
    act = house.running.hub.act()
    for named, wanted in (((her,), [1, 0]), ((him,), [0, 1]), ((), [0, 0])):
        act.append(stream, lambda _, n=named: [ChildrenNamed(children=n, asked="police", by="s1")], "person:s1")  # type: ignore[misc]
        house.intake.count()
        assert [house.relations(child).count(("police", "adult")) for child in (her, him)] == wanted
    assert house.running.hub.record.tracked(SOURCE) > 0
    assert isinstance(house.intake._counting, Counting)


def test_an_answer_is_kept_however_often_the_concern_is_corrected(house: House) -> None:
    girl, _, her, him = family(house)
    said = concern("police", adults=(adult(LEE, "police"),))
    (newest,) = house.say(said)
    hub = house.running.hub
    answer = ChildrenNamed(children=(her,), asked="police", by="s1")
    hub.act().append(f"message:{message_id('police', newest)}", lambda _: [answer], "person:s1")
    house.intake.count()
    wanted = house.relations(her)
    assert wanted == [("housing", "own"), ("police", "adult")]
    for told in ("Again.", "And again."):
        (newest,) = house.say(correction(newest, replace(said, narrative=told)))
        assert house.relations(her) == wanted
        assert hub.homes.still_asked([message_id("police", newest)]) == set()
    house.say(strength("housing", seen_by(girl, "housing")))
    assert ("police", "adult") in house.relations(her), "also where nothing was said of the adult since"
    other = ChildrenNamed(children=(him,), asked="police", by="s1")
    hub.act().append(f"message:{message_id('police', newest)}", lambda _: [other], "person:s1")
    house.intake.count()
    assert [("police", "adult") in house.relations(one) for one in (her, him)] == [False, True]


# ------------------------------------------------------------------------------------------------------- who is who


def test_when_two_mothers_are_found_to_be_one_their_children_are_siblings_until_that_is_taken_back(
    tmp_path: Path,
) -> None:
    running = RunningHub(settings_for(tmp_path / "merged"))
    try:
        by_hand = ByHand(running)
        girl, boy = somebody(), somebody()
        mothers = []
        for number, (child, by) in enumerate(((girl, "police"), (boy, "school"))):
            person = Person(
                own_id=f"{by}-mother",
                names=(Name(("Wilhelmina", "Oriel")[number], ("Ashgrove", "Pennyfeather")[number]),),
            )
            said = Adult(person=person, relationship="mother", in_household=True)
            (ident,) = by_hand.say(concern(by, seen_by(child, by), adults=(said,)))
            statement = running.stream(f"message:{message_id(by, ident)}")[0].fact.statement  # type: ignore[attr-defined]
            record = statement.adults[0].source_record
            mothers.append(running.hub.record.by_source_record([record])[record].person)
        by_hand.intake.count()
        her, him = (by_hand.seen(child, by) for child, by in ((girl, "police"), (boy, "school")))
        before = [by_hand.counts(one) for one in (her, him)]
        assert [set(one.values()) for one in before] == [{"own"}, {"own"}]
        merged = by_hand.settled("merge", mothers[0], other=mothers[1])
        by_hand.intake.count()
        assert [sorted(by_hand.counts(one).values()) for one in (her, him)] == [
            ["own", "own", "sibling", "sibling"]
        ] * 2
        by_hand.settled("split", mothers[1], other=mothers[0], reverses=merged)
        by_hand.intake.count()
        assert [by_hand.counts(one) for one in (her, him)] == before
    finally:
        running.close()
