"""Whose is it? A false link shows a child's life to strangers and is worse than a review, so the refusals come first."""

from datetime import date
from typing import Any

import pytest

from hub.domain import message
from hub.domain.known import MOST_KEPT, Known, Weight
from hub.domain.matching import (
    clashes,
    compare,
    forename_of,
    keys_of,
    known_as,
    merged,
    plain,
    singles_out,
)
from hub.domain.message import Address, Name, Person

BORN = date(2017, 5, 4)
NAME = ("ROBIN", "EXAMPLE")
ROBIN = Known(nhs="9990000409", names=(NAME,), born=BORN, postcodes=("ZZ11ZZ",))


def like(forename: str = "ROBIN", surname: str = "EXAMPLE", **otherwise: Any) -> Known:
    """Robin, described otherwise; "" is what was not said."""
    names = ((forename, surname),) if forename or surname else ()
    said = {"nhs": ROBIN.nhs, "names": names, "born": ROBIN.born, "postcodes": ROBIN.postcodes}
    return Known(**{**said, **otherwise})


# ----------------------------------------------------------------------------------------------------- never the same


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (like(nhs="9990000417"), "apart"),  # another valid number outweighs any name
        (like("KIT"), "near"),  # a sibling's number on the form, perhaps: a person looks
        (like(born=date(2011, 1, 1)), "near"),
        (like("", born=None), "near"),  # a number alone never links
        (like("", "EXAMPLE", born=None), "near"),  # nor with a surname, which a family shares
        (like(nhs=None), "near"),  # no number, however alike
        (like(nhs=None, born=date(2017, 4, 5)), "near"),  # day and month swapped
        (like(nhs=None, born=date(2017, 5, 14)), "near"),  # one part mistyped
        (like("ROBIN", "OTHER", nhs=None, born=date(2016, 6, 4), postcodes=()), "apart"),
        (like("KIT", nhs=None), "apart"),  # a brother at the same address
        (like("", "EXAMPLE", nhs=None), "apart"),  # twins: no forename, no verdict
        (like("ROBIN", "", nhs=None, born=None, postcodes=()), "apart"),  # a forename alone
        (Known(), "apart"),
    ],
)
def test_these_two_are_not_linked_without_a_person(other: Known, verdict: str) -> None:
    assert compare(ROBIN, other)[0] == verdict
    assert compare(other, ROBIN)[0] == verdict


def test_nothing_that_is_not_there_agrees() -> None:
    assert compare(Known(), Known()) == (
        "apart",
        tuple(
            Weight(field, "not_compared")
            for field in ("nhs_number", "upn", "forename", "surname", "birth_date", "postcode")
        ),
    )


# ------------------------------------------------------------------------------------------------------------ the same


@pytest.mark.parametrize(
    "other",
    [
        like(),
        like("ROBIN", "SAMPLE"),  # families change their names
        like(born=None),
        like("", "EXAMPLE"),
        like(postcodes=("ZZ99ZZ",)),
    ],
)
def test_the_same_number_and_an_agreeing_name_or_birth_date_are_one_child(other: Known) -> None:
    assert compare(ROBIN, other)[0] == "same"


def test_a_pupil_number_links_as_an_nhs_number_does_also_a_former_one() -> None:
    one = Known(upns=("A999000000001", "B999000000002"), names=(NAME,))
    assert compare(one, Known(upns=("B999000000002",), names=(NAME,)))[0] == "same"
    assert compare(one, Known(upns=("B999000000002",), names=(("KIT", "EXAMPLE"),)))[0] == "near"


def test_one_agreeing_number_does_not_hide_that_the_other_differs() -> None:
    one = Known(nhs="9990000409", upns=("A999000000001",), names=(NAME,))
    assert compare(one, Known(nhs="9990000417", upns=("A999000000001",), names=(NAME,)))[0] == "near"


def test_the_comparison_says_how_each_part_came_out() -> None:
    assert compare(ROBIN, like("ROBIN", "SAMPLE", postcodes=()))[1] == (
        Weight("nhs_number", "agrees"), Weight("upn", "not_compared"), Weight("forename", "agrees"),
        Weight("surname", "differs"), Weight("birth_date", "agrees"), Weight("postcode", "not_compared"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (like(nhs="9990000417"), True),  # another number is another child, whatever the name
        (like("KIT", born=date(2010, 1, 1)), True),
        (like("KIT", nhs=None, born=None), True),  # another name, and nothing that holds them together
        (like("KIT", nhs=None, born=date(2017, 5, 5)), True),  # a brother, a year or a day apart
        (like("ROBBIE", nhs=None), False),  # a nickname: the birth date agrees
        (like("KIT"), False),  # the number agrees, and so does the birth date
        (like("KIT", born=None), False),
        (like("KIT", born=date(2017, 4, 5)), False),  # a slip of the pen
        (like(born=date(2010, 1, 1)), False),
        (like("", "", nhs=None, born=date(2010, 1, 1)), False),
        (Known(), False),
    ],
)
def test_under_one_own_id_these_are_two_people_or_one(other: Known, expected: bool) -> None:
    assert clashes(ROBIN, other) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Known(), False),
        (like("ROBIN", "", nhs=None, postcodes=()), False),  # a boy called Robin, born on that day
        (like(nhs=None, born=None), False),
        (like(nhs=None, postcodes=()), False),
        (like("", "", born=None), False),  # a number alone
        (Known(nhs=ROBIN.nhs, names=(NAME,), unborn=True), False),
        (like(nhs=None), True),
        (like("ROBIN", "", born=None), True),
    ],
)
def test_what_singles_a_person_out_within_an_organisation(known: Known, expected: bool) -> None:
    assert singles_out(known) is expected


# ------------------------------------------------------------------------------------------------------ what is compared


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("Robin", "ROBIN"), ("  robin ", "ROBIN"), ("Zoë", "ZOE"), ("Anne-Marie", "ANNE MARIE"), ("O'Neill", "ONEILL"),
        ("Baby", ""), ("Baby of", ""), ("not known", ""), ("", ""), ("123", ""),
    ],
)  # fmt: skip
def test_names_are_compared_as_letters_and_placeholders_are_no_names(said: str, compared: str) -> None:
    assert plain(said) == compared


@pytest.mark.parametrize(
    ("said", "compared"), [("Robin Lee", "ROBIN"), ("Baby Boy", ""), ("Twin One", ""), ("Newborn", ""), ("", "")]
)
def test_the_first_forename_counts_and_no_name_yet_is_none(said: str, compared: str) -> None:
    assert forename_of(said) == compared


def described(**said: Any) -> Known:
    return known_as(Person(**said), unborn=False)


def test_twins_without_names_are_not_linked_by_what_they_are_called() -> None:
    boy, girl = (described(nhs_number="9990000409", names=(Name(f"Baby {one}", "Example"),)) for one in ("Boy", "Girl"))
    assert compare(boy, girl)[0] == "near"


def test_a_person_is_reduced_to_what_may_be_compared() -> None:
    assert described(
        nhs_number="999 000 0409", upn="a999000000001", former_upns=("B999000000002",), birth_date=BORN, sex="female",
        names=(Name("Robin Lee", "Example"), Name("Robbie", "Sample", "alias")),
        addresses=(Address(("1 Test Street",), "zz1 1zz"),), school="Example Primary", gp="Example Surgery",
    ) == Known(
        nhs="9990000409", upns=("A999000000001", "B999000000002"), names=(("ROBBIE", "SAMPLE"), NAME), born=BORN,
        postcodes=("ZZ11ZZ",), sex="female",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["refuge", "no_fixed_abode", "institution"])
def test_two_people_in_one_refuge_do_not_live_together(kind: str) -> None:
    home = Address(("The Refuge",), "ZZ1 1ZZ", kind=kind)  # type: ignore[arg-type]
    assert described(addresses=(home,)).postcodes == ()


def test_the_pseudo_postcode_of_no_fixed_abode_is_no_place() -> None:
    assert described(addresses=(Address((), "ZZ99 3VZ"),)).postcodes == ()


def test_an_unborn_child_has_no_number_of_its_own_and_is_found_by_nothing_but_its_own_id() -> None:
    said = message.Person(nhs_number="9990000409", mother_nhs_number="9990000417", names=(Name("Baby", "Example"),))
    unborn = known_as(said, unborn=True)
    assert (unborn.nhs, unborn.upns, sorted(unborn.forenames)) == (None, (), [])
    assert keys_of(unborn) == []


def test_the_keys_are_what_somebody_alike_would_share() -> None:
    assert keys_of(ROBIN) == [
        ("born+forename", "2017-05-04|ROB"), ("born+surname", "2017-05-04|EXA"), ("name", "ROBIN|EXAMPLE"),
        ("nhs", "9990000409"), ("postcode+forename", "ZZ11ZZ|ROBIN"),
    ]  # fmt: skip
    assert keys_of(Known()) == []


@pytest.mark.parametrize(
    "other", [like(nhs=None), like(nhs=None, born=date(2017, 4, 5)), like("ROBIN", "SAMPLE"), like("", "EXAMPLE")]
)
def test_whoever_is_not_apart_shares_a_key_and_so_is_found(other: Known) -> None:
    assert compare(ROBIN, other)[0] != "apart"
    assert set(keys_of(ROBIN)) & set(keys_of(other))


def test_many_aliases_make_no_more_name_keys_than_names() -> None:
    known = Known(names=(("ROBIN", "EXAMPLE"), ("BOBBY", "SAMPLE"), ("", "OTHER")))
    assert keys_of(known) == [("name", "BOBBY|SAMPLE"), ("name", "ROBIN|EXAMPLE")]


def test_what_is_not_said_again_is_not_taken_back() -> None:
    assert merged(ROBIN, Known()) == ROBIN
    assert merged(Known(), ROBIN) == ROBIN
    married = ("ROBIN", "SAMPLE")
    renamed = Known(nhs="9990000417", names=(married,), born=date(2017, 5, 5), postcodes=("ZZ22ZZ",), sex="female")
    assert merged(ROBIN, renamed) == Known(
        nhs="9990000417", names=(married, NAME), born=date(2017, 5, 5), postcodes=("ZZ22ZZ", "ZZ11ZZ"), sex="female"
    )


def test_a_pupil_number_vouches_for_a_nickname_as_an_nhs_number_does() -> None:
    one = Known(upns=("A999000000001",), names=(NAME,))
    assert not clashes(one, Known(upns=("A999000000001",), names=(("ROB", "EXAMPLE"),)))
    assert clashes(one, Known(upns=("B999000000002",), names=(("ROB", "EXAMPLE"),)))


def test_of_very_many_names_the_newest_are_kept() -> None:
    names = tuple((f"N{number}", "X") for number in range(MOST_KEPT))
    assert merged(Known(names=names), Known(names=(NAME,))).names == (NAME, *names[:-1])


def test_who_was_born_is_not_unborn_again() -> None:
    assert merged(Known(unborn=True), ROBIN) == ROBIN
    assert merged(ROBIN, Known(unborn=True)) == ROBIN
    assert merged(Known(unborn=True), Known(unborn=True)).unborn
