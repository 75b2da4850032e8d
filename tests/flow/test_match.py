"""Placing the persons of a batch, against a real record: the overlay of the batch counts as the record does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.domain.match_keys import MOST_CROSSED
from hub.domain.message import Address, Name, Person
from hub.domain.person import PersonOpened
from hub.domain.source_record import SourceRecordDescribed
from hub.flow import match
from hub.flow.match import MOST_CANDIDATES, Described
from hub.ports import Look, Near
from tests.support.desk import Desk
from tests.support.messages import Child, a_child, nhs_of

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk(tmp_path)) as made:
        yield made


def by(organisation: str, child: Child, **otherwise: object) -> Described:
    return Described(organisation, "child", child.known_to(organisation, **otherwise))


@pytest.mark.parametrize("batches", [1, 2])
def test_an_own_id_that_names_somebody_else_goes_to_a_person_and_keeps_whom_it_named_first(
    desk: Desk, batches: int
) -> None:
    one, other = a_child(), a_child(born=date(2010, 9, 9))
    reused = by("school", other, own_id=by("school", one).person.own_id)
    said = [by("school", one), reused, by("school", one)]
    placed = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    first, second, third = placed
    assert (second.new_person, second.how, second.candidates) == (True, "opened", (first.person,))
    assert second.source_record != first.source_record
    assert (third.source_record, third.how) == (first.source_record, "own_id")


@pytest.mark.parametrize("batches", [1, 2])
def test_a_number_without_an_agreeing_person_opens_a_new_one_in_review(desk: Desk, batches: int) -> None:
    child, sibling = a_child(), a_child()
    said = [by("school", child), by("health", sibling, nhs_number=child.nhs)]
    first, second = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (second.new_person, second.candidates) == (True, (first.person,))


@pytest.mark.parametrize("batches", [1, 2])
def test_two_organisations_that_agree_speak_of_one_child(desk: Desk, batches: int) -> None:
    child = a_child()
    said = [by("school", child), by("health", child)]
    first, second = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (first.new_person, first.how, first.candidates) == (True, "opened", ())
    assert (second.person, second.how, second.new_record, second.new_person) == (first.person, "rule", True, False)
    assert second.source_record != first.source_record


def test_a_child_that_two_established_persons_fit_is_linked_to_neither(desk: Desk) -> None:
    child = a_child()
    (one,) = desk.place(by("school", child, upn=None))
    # an unborn-looking twin record: the same number opened twice, because nothing agreed when it was opened
    (two,) = desk.place(by("health", child, names=(), birth_date=None))
    assert two.candidates == (one.person,)
    (again,) = desk.place(by("health", child))  # now it says who it is, under the same own id: no rule moves a link
    assert (again.person, again.how) == (two.person, "own_id")
    (third,) = desk.place(by("police", child))
    assert (third.new_person, set(third.candidates)) == (True, {one.person, two.person})


def test_no_more_candidates_are_offered_than_a_person_can_hold_side_by_side(desk: Desk) -> None:
    child = a_child()
    first = desk.place(*(by(f"o{number}", child, nhs_number=None) for number in range(MOST_CANDIDATES + 3)))
    (last,) = desk.place(by("police", child, nhs_number=None))
    assert len(last.candidates) == MOST_CANDIDATES
    assert set(last.candidates) <= {one.person for one in first}


def test_the_same_own_id_is_the_same_source_record_and_says_whether_it_was_described_anew(desk: Desk) -> None:
    child = a_child()
    first, again, moved = (
        desk.place(each)[0] for each in (by("school", child), by("school", child), by("school", child, school="Other"))
    )
    assert [one.source_record for one in (again, moved)] == [first.source_record] * 2
    assert [(one.new_record, one.redescribed) for one in (first, again, moved)] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("batches", [1, 3])
def test_naming_a_child_by_its_own_id_alone_takes_nothing_back(desk: Desk, batches: int) -> None:
    child = a_child()
    bare = Described("school", "child", Person(own_id=by("school", child).person.own_id))
    said = [by("school", child), bare, by("health", child)]
    first, second, third = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (second.source_record, second.redescribed) == (first.source_record, False)
    assert (third.person, third.how) == (first.person, "rule")


def test_a_new_name_does_not_hide_the_child_from_those_who_know_the_old_one(desk: Desk) -> None:
    child = a_child()
    (first,) = desk.place(by("school", child))
    renamed = by("school", child, nhs_number=None, birth_date=None, names=(Name(child.forename, "Newname"),))
    assert desk.place(renamed)[0].redescribed
    (other,) = desk.place(by("health", child))
    assert (other.person, other.how) == (first.person, "rule")


def test_without_an_own_id_the_very_same_words_are_the_same_source_record_and_others_are_not(desk: Desk) -> None:
    child = a_child()
    described = by("police", child, own_id=None)
    one, again, otherwise = desk.place(described, described, by("police", child, own_id=None, school="Example Primary"))
    assert (again.source_record, again.how) == (one.source_record, "same_words")
    assert otherwise.source_record != one.source_record
    assert {one.person, again.person, otherwise.person} == {one.person}


def test_a_description_that_fits_many_is_never_taken_for_the_same_child(desk: Desk) -> None:
    vague = Described("police", "child", Person(names=(Name("Sam", ""),)))
    one, other = desk.place(vague, vague)
    assert one.source_record != other.source_record
    assert one.person != other.person


# ------------------------------------------------------------------------------- under one own id, and without one


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"names": (Name("Ava", "Same"),)}, {"names": (Name("Ben", "Same"),)}),  # a family's number
        ({"nhs_number": nhs_of(901)}, {"nhs_number": nhs_of(902)}),
    ],
)
def test_two_children_under_one_own_id_are_two_and_the_second_is_in_review(
    desk: Desk, first: dict[str, Any], second: dict[str, Any], batches: int
) -> None:
    said = [Described("housing", "child", Person(own_id="TEN-1", **each)) for each in (first, second)]
    one, other = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (other.person == one.person, other.in_review, other.candidates) == (False, True, (one.person,))


def test_two_children_of_one_message_under_one_own_id_are_two_however_alike(desk: Desk) -> None:
    child = a_child()
    one, other = desk.place_messages([by("school", child), by("school", child)])
    assert (other.new_person, other.in_review, other.candidates) == (True, True, (one.person,))
    assert other.source_record != one.source_record
    again = desk.place_messages([by("school", child), by("school", child)])
    assert [placed.person for placed in again] == [one.person, other.person]


def test_two_children_of_one_message_are_not_linked_to_one_person_by_rule(desk: Desk) -> None:
    child = a_child()
    twins = [by("health", child, own_id=None, names=(Name(f"Baby {one}", "Same"),)) for one in ("Boy", "Girl")]
    one, other = desk.place_messages(twins)
    assert (other.in_review, other.candidates) == (True, (one.person,))


def test_a_child_may_stand_among_the_adults_of_a_message_too(desk: Desk) -> None:
    child = a_child()
    harmed_his_brother = Described("school", "adult", child.known_to("school"))
    one, same = desk.place_messages([by("school", child), harmed_his_brother])
    assert (same.source_record, same.how) == (one.source_record, "own_id")


def test_who_was_doubted_under_an_own_id_is_found_by_what_others_say(desk: Desk) -> None:
    one, other = a_child(), a_child(born=date(2010, 9, 9))
    desk.place(by("school", one), by("health", other))
    (doubted,) = desk.place(by("school", other, own_id=by("school", one).person.own_id))
    assert (doubted.in_review, len(doubted.candidates)) == (True, 2)


def test_whoever_is_named_twice_in_a_message_is_compared_with_everybody_too(desk: Desk) -> None:
    child = a_child()
    (known,) = desk.place(by("school", child))
    (unsure,) = desk.place(by("health", child, nhs_number=None))
    _, twice = desk.place_messages([by("school", child), by("school", child)])
    assert (twice.in_review, set(twice.candidates)) == (True, {known.person, unsure.person})


def test_a_clash_is_seen_however_sparse_the_message_before_was(desk: Desk) -> None:
    one, other = a_child(), a_child(born=date(2010, 9, 9))
    (first,) = desk.place(by("school", one))
    desk.place(Described("school", "child", Person(own_id=by("school", one).person.own_id, school="A school")))
    (second,) = desk.place(by("school", other, own_id=by("school", one).person.own_id))
    assert (second.person == first.person, second.candidates) == (False, (first.person,))


def test_words_that_a_later_message_does_not_repeat_still_stand(desk: Desk) -> None:
    child = a_child()
    desk.place(by("school", child))
    (later,) = desk.place(
        Described("school", "child", Person(own_id=by("school", child).person.own_id, gp="A surgery"))
    )
    assert (later.redescribed, later.words) == (
        True,
        {
            "names": [{"forenames": child.forename, "surname": child.surname, "kind": "current"}],
            "own_id": f"school-{child.serial}", "nhs_number": child.nhs, "birth_date": "2017-05-04", "gp": "A surgery",
        },
    )  # fmt: skip
    said = [
        recorded.fact.items[0]
        for recorded in desk.record.load(f"source-record:{later.source_record}")
        if isinstance(recorded.fact, SourceRecordDescribed)
    ]
    assert [desk.vault.open(item, desk.leave.grant([item])) for item in said] == [later.words]


@pytest.mark.parametrize("batches", [1, 2])
def test_without_an_own_id_the_same_words_of_one_organisation_are_one_source_record(desk: Desk, batches: int) -> None:
    child = a_child()
    said = [by("police", child, own_id=None)] * 2
    one, two = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (one.under_own_id, two.how, two.new_record, two.redescribed) == (False, "same_words", False, False)
    assert (two.source_record, two.person) == (one.source_record, one.person)


@pytest.mark.parametrize(
    "other",
    [
        lambda child: by("health", child, own_id=None),
        lambda child: by("police", child, own_id=None, school="Another"),
        lambda child: Described("police", "adult", child.known_to("police", own_id=None)),
    ],
)
def test_other_words_another_organisation_or_an_adult_stand_as_their_own_source_record(
    desk: Desk, other: Callable[[Child], Described]
) -> None:
    child = a_child()
    one, two = desk.place(by("police", child, own_id=None), other(child))
    assert (one.source_record == two.source_record, one.person == two.person) == (False, True)


def test_two_of_whom_nothing_is_known_are_two(desk: Desk) -> None:
    unnamed = Described("police", "child", Person())
    one, two = desk.place(unnamed, unnamed)
    assert one.person != two.person


# ----------------------------------------------------------------------------------------------- very many at a time


def test_however_many_records_share_an_nhs_number_the_child_is_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match, "TOO_COMMON", 4)
    child = a_child()
    first, *others = desk.place(
        by("police", child), *(by("police", child, own_id=None, school=f"School {number}") for number in range(9))
    )
    assert {one.person for one in others} == {first.person}
    (last,) = desk.place(by("health", child))
    assert (last.person, last.how) == (first.person, "rule")


@pytest.mark.parametrize("batches", [1, 2])
def test_nobody_is_established_while_a_key_that_very_many_share_was_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(match, "TOO_COMMON", 3)
    said = [
        Described(
            f"o{number}", "child", Person(names=(Name("Sam", "Same"),), birth_date=date(2000 + number, number, 1))
        )
        for number in range(1, 5)
    ]
    placed = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert [(one.in_review, one.candidates) for one in placed] == [(False, ())] * 3 + [(True, ())]
    opened = desk.record.load(f"person:{placed[-1].person}")[0].fact
    assert isinstance(opened, PersonOpened)
    assert (opened.standing, opened.candidates) == ("in_review", ())


def test_a_described_person_is_compared_with_few_the_nearest_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "MOST_COMPARED", 3)
    child = a_child()
    (known,) = desk.place(by("school", child, names=(), birth_date=child.born))
    # a crowd that shares more keys than the one who shares the number
    desk.place(*(by(f"o{number}", child, nhs_number=nhs_of(910 + number)) for number in range(6)))
    desk.leave.opened = 0
    (last,) = desk.place(by("health", child))
    assert (last.person, last.how, desk.leave.opened) == (known.person, "rule", 3)


def test_who_could_not_be_compared_with_everybody_is_in_review(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "MOST_COMPARED", 3)
    child = a_child()
    desk.place(*(by(f"o{number}", child, nhs_number=nhs_of(930 + number)) for number in range(3)))
    assert [one.in_review for one in desk.place(by("o8", child, nhs_number=nhs_of(941)))] == [False]
    assert [one.in_review for one in desk.place(by("o9", child, nhs_number=nhs_of(942)))] == [True]


def test_no_crowd_of_descriptions_of_one_hides_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "MOST_COMPARED", 3)
    child = a_child()
    (one,) = desk.place(by("school", child, names=(Name("Kit", child.surname),)))
    desk.place(*(by(f"o{number}", child, names=(Name("Kit", child.surname),)) for number in range(6)))
    (other,) = desk.place(by("health", child, names=(Name(child.forename, "Other"),), birth_date=date(2010, 9, 9)))
    assert (other.in_review, other.candidates) == (True, (one.person,))
    (last,) = desk.place(by("police", child, birth_date=None))
    assert (last.person, last.how) == (other.person, "rule")


def test_many_aliases_hold_up_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is not measured here: what is bounded is how often a record is opened, and how many keys are asked for."""
    asked: list[int] = []
    found = desk.record.near

    def counted(looks: Sequence[Look], limit: int, most: int, few: int) -> Near:
        asked.extend(len(look.keys) for look in looks)
        return found(looks, limit, most, few)

    monkeypatch.setattr(desk.record, "near", counted)
    names = tuple(Name(f"Fore{letter}", f"Sur{letter}", "alias") for letter in "BCDFGJKLMN")
    homes = tuple(Address((), f"ZZ{number} 1ZZ") for number in range(10))
    dense = Person(names=names, addresses=homes, birth_date=date(2015, 1, 1))
    desk.place(*(Described(f"o{number}", "child", dense) for number in range(5)))
    desk.leave.opened = 0
    desk.place(Described("police", "child", dense))
    assert (max(asked) <= 5 * MOST_CROSSED, desk.leave.opened) == (True, 5)


def test_two_organisations_own_ids_are_never_one(desk: Desk) -> None:
    one, two = a_child(), a_child()
    first, second = desk.place(by("school", one, own_id="7"), by("health", two, own_id="7"))
    assert first.source_record != second.source_record
    assert first.person != second.person


def test_identifiers_are_opened_under_the_standing_leave_once_for_each_record_found(desk: Desk) -> None:
    child, stranger = a_child(), a_child("Quentin", born=date(2012, 8, 9))
    desk.place(by("school", child), by("police", stranger))
    assert desk.leave.opened == 0  # nobody was there to compare with
    desk.place(by("health", child), by("housing", child))
    assert desk.leave.opened == 1
