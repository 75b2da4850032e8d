"""Whose is it? A false link shows a child's life to strangers and is worse than a review, so the refusals come first."""

from datetime import date

import pytest

from hub.domain import message
from hub.domain.matching import Known, clashes, compare, keys_of, known_as, merged, plain
from hub.domain.message import Address, Name, Person
from hub.domain.person import Weight

BORN = date(2017, 5, 4)
ROBIN = Known(nhs="9990000409", forenames=("ROBIN",), surnames=("EXAMPLE",), born=BORN, postcodes=("ZZ11ZZ",))


def like(**otherwise: object) -> Known:
    """Robin, described otherwise."""
    said = {"nhs": ROBIN.nhs, "forenames": ROBIN.forenames, "surnames": ROBIN.surnames, "born": ROBIN.born}
    return Known(**{**said, "postcodes": ROBIN.postcodes, **otherwise})  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------------------------- never the same


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (like(nhs="9990000417"), "apart"),  # another valid number outweighs any name
        (like(forenames=("KIT",)), "near"),  # a sibling's number on the form, perhaps: a person looks
        (like(born=date(2011, 1, 1)), "near"),
        (like(forenames=(), born=None), "near"),  # a number alone never links
        (like(forenames=(), surnames=("EXAMPLE",), born=None), "near"),  # nor with a surname, which a family shares
        (like(nhs=None), "near"),  # no number, however alike
        (like(nhs=None, born=date(2017, 4, 5)), "near"),  # day and month swapped
        (like(nhs=None, born=date(2017, 5, 14)), "near"),  # one part mistyped
        (like(nhs=None, born=date(2016, 6, 4), surnames=("OTHER",), postcodes=()), "apart"),
        (like(nhs=None, forenames=("KIT",)), "apart"),  # a brother at the same address
        (like(nhs=None, forenames=(), surnames=("EXAMPLE",), born=BORN), "apart"),  # twins: no forename, no verdict
        (like(nhs=None, surnames=(), born=None, postcodes=()), "apart"),  # a forename alone
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
        like(surnames=("SAMPLE",)),  # families change their names
        like(born=None),
        like(forenames=()),
        like(postcodes=("ZZ99ZZ",)),
    ],
)
def test_the_same_number_and_an_agreeing_name_or_birth_date_are_one_child(other: Known) -> None:
    assert compare(ROBIN, other)[0] == "same"


def test_a_pupil_number_links_as_an_nhs_number_does_also_a_former_one() -> None:
    one = Known(upns=("A999000000001", "B999000000002"), forenames=("ROBIN",))
    assert compare(one, Known(upns=("B999000000002",), forenames=("ROBIN",)))[0] == "same"
    assert compare(one, Known(upns=("B999000000002",), forenames=("KIT",)))[0] == "near"


def test_one_agreeing_number_does_not_hide_that_the_other_differs() -> None:
    one = Known(nhs="9990000409", upns=("A999000000001",), forenames=("ROBIN",))
    assert compare(one, Known(nhs="9990000417", upns=("A999000000001",), forenames=("ROBIN",)))[0] == "near"


def test_the_comparison_says_how_each_part_came_out() -> None:
    assert compare(ROBIN, like(surnames=("SAMPLE",), postcodes=()))[1] == (
        Weight("nhs_number", "agrees"), Weight("upn", "not_compared"), Weight("forename", "agrees"),
        Weight("surname", "differs"), Weight("birth_date", "agrees"), Weight("postcode", "not_compared"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (like(forenames=("KIT",), born=date(2010, 1, 1)), True),
        (like(forenames=("KIT",)), False),
        (like(born=date(2010, 1, 1)), False),
        (like(forenames=(), born=date(2010, 1, 1)), False),
    ],
)
def test_an_own_id_is_doubted_only_where_forename_and_birth_date_both_differ(other: Known, expected: bool) -> None:
    assert clashes(ROBIN, other) is expected


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


def described(**said: object) -> Known:
    return known_as(Person(**said), unborn=False)  # type: ignore[arg-type]


def test_a_person_is_reduced_to_what_may_be_compared() -> None:
    assert described(
        nhs_number="999 000 0409", upn="a999000000001", former_upns=("B999000000002",), birth_date=BORN, sex="female",
        names=(Name("Robin Lee", "Example"), Name("Robbie", "Sample", "alias")),
        addresses=(Address(("1 Test Street",), "zz1 1zz"),), school="Example Primary", gp="Example Surgery",
    ) == Known(
        nhs="9990000409", upns=("A999000000001", "B999000000002"), forenames=("ROBBIE", "ROBIN"),
        surnames=("EXAMPLE", "SAMPLE"), born=BORN, postcodes=("ZZ11ZZ",), sex="female",
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
    assert (unborn.nhs, unborn.upns, unborn.forenames) == (None, (), ())
    assert keys_of(unborn) == []


def test_the_keys_are_what_somebody_alike_would_share() -> None:
    assert keys_of(ROBIN) == [
        ("born+forename", "2017-05-04|ROB"), ("born+surname", "2017-05-04|EXA"), ("name", "ROBIN|EXAMPLE"),
        ("nhs", "9990000409"), ("postcode+forename", "ZZ11ZZ|ROBIN"),
    ]  # fmt: skip
    assert keys_of(Known()) == []


@pytest.mark.parametrize(
    "other", [like(nhs=None), like(nhs=None, born=date(2017, 4, 5)), like(surnames=("SAMPLE",)), like(forenames=())]
)
def test_whoever_is_not_apart_shares_a_key_and_so_is_found(other: Known) -> None:
    assert compare(ROBIN, other)[0] != "apart"
    assert set(keys_of(ROBIN)) & set(keys_of(other))


def test_what_is_not_said_again_is_not_taken_back() -> None:
    assert merged(ROBIN, Known()) == ROBIN
    assert merged(Known(), ROBIN) == ROBIN
    renamed = Known(nhs="9990000417", surnames=("SAMPLE",), born=date(2017, 5, 5), postcodes=("ZZ22ZZ",), sex="female")
    assert merged(ROBIN, renamed) == Known(
        nhs="9990000417", forenames=("ROBIN",), surnames=("EXAMPLE", "SAMPLE"), born=date(2017, 5, 5),
        postcodes=("ZZ22ZZ",), sex="female",
    )  # fmt: skip


def test_a_child_that_is_born_is_unborn_no_more() -> None:
    assert merged(Known(unborn=True), ROBIN) == ROBIN
