"""What is odd in a description is said in a code and repeats nothing of it; what is only unusual is not odd."""

from datetime import date
from typing import Any

import pytest

from hub.domain.doubts import DOUBTS, birth_date_of, doubts_about
from hub.domain.message import Name, Person


def named(forenames: str, surname: str = "Test", **more: Any) -> Person:
    return Person(names=(Name(forenames, surname),), **more)


@pytest.mark.parametrize(
    ("person", "doubts"),
    [
        (Person(), ("nothing_to_compare",)),
        (Person(sex="female", school="School 4"), ("nothing_to_compare",)),
        (named("", "", gp="Practice 2"), ("nothing_to_compare",)),
        (named("?", "-"), ("nothing_to_compare", "name_without_letters")),
        (Person(birth_date=date(1900, 1, 1)), ("nothing_to_compare", "birth_date_stands_for_none")),
        (named("Robin", nhs_number="9876543210"), ("number_stands_for_none",)),
        (named("Robin", mother_nhs_number="111 111 1111"), ("number_stands_for_none",)),
        (Person(upn="A000000000000"), ("nothing_to_compare", "number_stands_for_none")),
        (named("12345", "Test"), ("name_without_letters",)),
        (named("R\u043ebin"), ("mixed_scripts",)),
        (named("Robin", "Te\u0455t"), ("mixed_scripts",)),
    ],
)
def test_what_is_odd_is_said(person: Person, doubts: tuple[str, ...]) -> None:
    assert doubts_about(person) == doubts
    assert set(doubts) <= set(DOUBTS)


@pytest.mark.parametrize(
    "person",
    [
        Person(own_id="pupil-1"), Person(mother_nhs_number="9990000018"), Person(birth_date=date(2016, 1, 1)),
        named("Zoë", "O\u2019Neill"), named("Mary-Ann 2nd"), named("\u041e\u043b\u0435\u043d\u0430 Olena"),
        named("\u0645\u06cc\u200c\u0646\u0627"), named("\u738b\u5c0f\u660e", "Wang"), named("Robin", ""),
    ],
)  # fmt: skip
def test_what_is_only_unusual_is_not_odd(person: Person) -> None:
    assert doubts_about(person) == ()


@pytest.mark.parametrize(
    ("born", "doubts"),
    [
        (date(1927, 1, 1), ("too_old_for_a_child",)), (date(2001, 3, 10), ("too_old_for_a_child",)),
        (date(2001, 3, 11), ()), (date(1900, 1, 1), ("birth_date_stands_for_none",)), (None, ()),
    ],
)  # fmt: skip
def test_who_is_spoken_of_as_a_child_and_is_of_age_for_years_is_odd(born: date | None, doubts: tuple[str, ...]) -> None:
    today = date(2026, 3, 10)
    assert doubts_about(named("Robin", birth_date=born), child_on=today) == doubts
    assert "too_old_for_a_child" not in doubts_about(named("Robin", birth_date=born))  # an adult


@pytest.mark.parametrize(
    ("said", "known"),
    [(date(1900, 1, 1), None), (date(1, 1, 1), None), (date(1970, 1, 1), date(1970, 1, 1)), (None, None)],
)
def test_a_day_that_stands_for_not_known_is_no_birth_date(said: date | None, known: date | None) -> None:
    assert birth_date_of(Person(birth_date=said)) == known
