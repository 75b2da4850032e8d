"""Whose is it? A false link shows a child's life to strangers and is worse than a review, so the refusals come first."""

import math
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from hub.adapters.likeness import likeness
from hub.domain import message
from hub.domain.comparing import EARLY, LATE, SAME_PREGNANCY, clashes, compare, known_as, singles_out, slip
from hub.domain.guards import supported
from hub.domain.known import MOST_KEPT, Known, Weight, merged
from hub.domain.match_keys import MOST_CROSSED, keys_of
from hub.domain.match_policy import read_policy
from hub.domain.matching import RULES, Beside, decide
from hub.domain.message import Address, Name, Person
from policies.matching import match_model
from tests.support.desk import shipped

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


@pytest.mark.parametrize("alone", ["SINGH", "KAUR", "MUHAMMAD"])
def test_a_name_of_honour_alone_does_not_contradict_a_number_and_a_birth_date(alone: str) -> None:
    """As where no forename is said: the number and the birth date vouch for each other, and nothing else does."""
    assert compare(ROBIN, like(alone))[0] == compare(like(alone), ROBIN)[0] == "same"
    assert compare(ROBIN, like(alone, born=None))[0] == "near"  # a number alone never links
    assert compare(ROBIN, like(alone, born=date(2011, 1, 1)))[0] == "near"  # a brother's number on the form
    assert compare(ROBIN, like(alone, nhs=None))[0] == "apart"
    guessed = date(2017, 1, 1)
    assert compare(like(born=guessed), like(alone, born=guessed))[0] == "near"


@pytest.mark.parametrize("alone", ["SINGH", "KAUR", "MUHAMMAD"])
def test_a_name_of_honour_that_two_share_does_not_vouch_for_a_number(alone: str) -> None:
    """A brother's number on the form, and the name that all brothers bear."""
    assert compare(like(alone, born=None), like(alone, born=None))[0] == "near"
    assert compare(like(alone, born=None), like(alone))[0] == "near"


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
        (like(nhs="9990000417", born=None), True),  # another number is another child, whatever the name
        (like("KIT", nhs="9990000417"), True),
        (like(nhs="9990000417"), False),  # name and birth date agree: a number that was superseded
        (like("ROBIN", "SAMPLE", nhs="9990000417"), False),
        (like(nhs="9990000417", postcodes=("ZZ22ZZ",)), False),
        (like("ROBIN", "SAMPLE", nhs="9990000417", postcodes=()), False),
        (like("ROBIN", "SAMPLE", nhs="9990000417", postcodes=("ZZ22ZZ",)), True),  # adopted, perhaps
        (like("KIT", born=date(2010, 1, 1)), True),
        (like("KIT", nhs=None, born=None), True),  # another name, and nothing that holds them together
        (like("KIT", nhs=None, born=date(2017, 5, 5)), True),  # a brother, a year or a day apart
        (like("ROBBIE", nhs=None), False),  # a nickname: the birth date agrees
        (like("KIT"), False),  # the number agrees, and so does the birth date
        (like("KIT", born=None), False),
        (like("KIT", born=date(2017, 4, 5)), False),  # a slip of the pen
        (like(born=date(2010, 1, 1)), False),
        (like("", "", nhs=None, born=date(2010, 1, 1)), True),  # a birth date alone is enough to be another child's
        (like(nhs=None, born=date(2010, 1, 1)), True),
        (like("", "", nhs=None, born=date(2017, 5, 9)), False),
        (Known(expected=date(2017, 5, 20), unborn=True), False),  # a late word of the pregnancy
        (Known(expected=date(2020, 5, 20), unborn=True), True),  # the next one
        (Known(), False),
    ],
)
def test_under_one_own_id_these_are_two_people_or_one(other: Known, expected: bool) -> None:
    assert clashes(ROBIN, other) is expected


NEW_NUMBER, NEW_NAME, NEW_HOME = (
    {"nhs": "9990000417"}, {"surname": "SAMPLE"}, {"postcodes": ("ZZ22ZZ",)},
)  # fmt: skip


@pytest.mark.parametrize("steps", [*permutations((NEW_NUMBER, NEW_NAME, NEW_HOME))])
@pytest.mark.parametrize("repeated", [True, False])
def test_number_surname_and_home_that_gave_way_one_after_the_other_are_another_life_at_the_last_of_them(
    steps: tuple[dict[str, Any], ...], *, repeated: bool
) -> None:
    held, now = ROBIN, dict[str, Any]()
    for number, step in enumerate(steps):
        now = now | step
        said = like(**({"surname": "EXAMPLE", "postcodes": ROBIN.postcodes, "nhs": ROBIN.nhs} | now))
        if not repeated:  # a message need not say again what stands
            said = like(**({"surname": "", "postcodes": (), "nhs": None} | step))
        assert clashes(held, said) is (number == 2)
        held = merged(held, said)


@pytest.mark.parametrize("more", [NEW_NAME, NEW_HOME, {"postcodes": ("ZZ22ZZ", *ROBIN.postcodes)} | NEW_NAME])
def test_who_kept_a_surname_or_a_home_through_a_new_number_is_the_same_child(more: dict[str, Any]) -> None:
    held = merged(ROBIN, like(**NEW_NUMBER))
    assert not clashes(held, like(**{**NEW_NUMBER, **more}))
    both = merged(ROBIN, like(names=(("ROBIN", "EXAMPLE"), ("ROBIN", "SAMPLE")), postcodes=("ZZ22ZZ",)))
    assert not clashes(both, like(names=both.names, postcodes=("ZZ33ZZ",), **NEW_NUMBER))  # an alias told each time


def test_forename_and_sex_that_both_differ_under_one_own_id_are_another_child_whatever_the_number() -> None:
    girl = like(sex="female")
    assert clashes(girl, like("KIT", sex="male"))
    assert not clashes(girl, like(sex="male"))
    assert not clashes(girl, like("KIT", sex="female"))


@pytest.mark.parametrize(
    ("other", "fit", "expected"),
    [
        (like("KIT", nhs=None), 0.4, True),  # twins: the birth date alone does not make one of two names
        (like("ROBBIE", nhs=None), 0.97, False),
        (like("KIT", born=None), 0.4, True),  # a brother's number
        (like("ROBBIE", born=None), 0.97, False),
        (like("KIT"), 0.4, False),  # number and birth date: a child who was named anew
    ],
)
def test_where_names_can_be_held_against_each_other_a_birth_date_or_a_number_alone_vouches_for_no_other_name(
    other: Known, fit: float, *, expected: bool
) -> None:
    assert clashes(ROBIN, other, fit) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (date(2017, 5, 4), date(2017, 5, 14), True),
        (date(2017, 5, 4), date(2017, 6, 4), True),
        (date(2017, 5, 4), date(2017, 4, 5), True),
        (date(2017, 5, 4), date(2018, 5, 4), True),
        (date(2017, 5, 4), date(2019, 5, 4), False),  # brothers
        (date(1984, 5, 4), date(2014, 5, 4), False),  # father and son
        (date(2017, 1, 1), date(2018, 1, 1), False),  # two guesses
        (date(2017, 5, 4), date(2017, 6, 5), False),
        (date(2017, 5, 4), None, False),
    ],
)
def test_what_a_slip_of_the_pen_does_to_a_birth_date(one: date, other: date | None, *, expected: bool) -> None:
    assert (slip(one, other), slip(other, one)) == (expected, expected)


def test_an_nhs_number_does_not_outweigh_another_pupil_number() -> None:
    one = Known(nhs="9990000409", upns=("A999000000001",), names=(NAME,), born=BORN)
    assert compare(one, Known(nhs="9990000409", upns=("B999000000002",), names=(NAME,), born=BORN))[0] == "near"


def test_between_a_child_and_an_adult_a_forename_does_not_vouch_for_a_number_and_a_birth_date_does() -> None:
    grown = like(born=None, grown=True)
    assert (compare(ROBIN, grown)[0], compare(grown, ROBIN)[0]) == ("near", "near")
    assert compare(ROBIN, like(grown=True))[0] == "same"


@pytest.mark.parametrize("forename", ["R", "R" * 120, "R" * 119])
def test_an_initial_or_the_beginning_of_an_endless_name_does_not_vouch_for_a_number(forename: str) -> None:
    one = like(forename, born=None)
    assert compare(one, one)[0] == "near"
    assert compare(like(forename), like(forename))[0] == "same"  # the birth date does


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
        nhs="9990000409", upns=("A999000000001", "B999000000002"), names=(("ROBBIE", "SAMPLE"), ("ROBIN LEE", "EXAMPLE")),
        born=BORN, postcodes=("ZZ11ZZ",), streets=("1 TEST STREET",), sex="female",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "street"), [("Flat 2, 1 Test-Street", "FLAT 2 1 TEST STREET"), ("The Refuge", ""), ("12", "")]
)
def test_a_street_is_a_name_with_a_number(line: str, street: str) -> None:
    assert described(addresses=(Address((line,), "ZZ1 1ZZ"),)).streets == ((street,) if street else ())


@pytest.mark.parametrize(("forenames", "unnamed"), [("Baby", True), ("Twin Two", True), ("", False), ("Robin", False)])
def test_who_is_called_baby_is_without_a_name_and_who_was_not_named_is_not(forenames: str, *, unnamed: bool) -> None:
    assert described(names=(Name(forenames, "Example"),)).unnamed is unnamed


@pytest.mark.parametrize("number", ["111 111 1111", "9999999999", "9876543210"])
def test_a_number_that_is_typed_to_fill_the_field_is_none(number: str) -> None:
    person = described(nhs_number=number, mother_nhs_number=number, upn="A000000000000", former_upns=("B111111111111",))
    assert person == Known()


@pytest.mark.parametrize("kind", ["refuge", "no_fixed_abode", "institution"])
def test_two_people_in_one_refuge_do_not_live_together(kind: str) -> None:
    home = Address(("The Refuge",), "ZZ1 1ZZ", kind=kind)  # type: ignore[arg-type]
    assert (described(addresses=(home,)).postcodes, described(addresses=(home,)).streets) == ((), ())


def test_the_pseudo_postcode_of_no_fixed_abode_is_no_place() -> None:
    assert described(addresses=(Address((), "ZZ99 3VZ"),)).postcodes == ()


SOUNDS = likeness().sounds


def test_an_unborn_child_has_no_number_of_its_own_and_is_found_by_its_mother_and_home() -> None:
    said = message.Person(
        nhs_number="9990000409", mother_nhs_number="9990000417", names=(Name("Baby", "Example"),),
        expected_date=date(2026, 5, 1), addresses=(Address((), "ZZ1 1ZZ"),),
    )  # fmt: skip
    unborn = known_as(said, unborn=True)
    assert unborn == Known(
        names=(("", "EXAMPLE"),), expected=date(2026, 5, 1), mother_nhs="9990000417", postcodes=("ZZ11ZZ",), unborn=True
    )
    assert keys_of(unborn, SOUNDS) == [
        ("due+postcode", "0|8806|ZZ11ZZ"), ("due+postcode", "42|8806|ZZ11ZZ"), ("mother", "9990000417"),
        ("postcode+sound", "ZZ11ZZ|E251"),
    ]  # fmt: skip


def due_keys(known: Known) -> set[tuple[str, str]]:
    return {one for one in keys_of(known, SOUNDS) if one[0] == "due+postcode"}


@pytest.mark.parametrize("start", [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 90, 7)])
def test_two_of_one_pregnancy_in_one_home_meet_whatever_the_day(start: date) -> None:
    unborn = Known(expected=start, postcodes=("ZZ11ZZ",), unborn=True)
    for days in (0, 1, 41, SAME_PREGNANCY):
        assert due_keys(unborn) & due_keys(replace(unborn, expected=start + timedelta(days=days))), days
    assert not due_keys(unborn) & due_keys(replace(unborn, expected=start + timedelta(days=2 * SAME_PREGNANCY)))
    assert not due_keys(unborn) & due_keys(replace(unborn, postcodes=("ZZ22ZZ",)))
    for days in (-EARLY, -30, 0, LATE):  # born without a name yet, or known to have been expected
        born = Known(born=start + timedelta(days=days), postcodes=("ZZ11ZZ",), unnamed=True)
        assert due_keys(unborn) & due_keys(born), days
    assert due_keys(unborn) == due_keys(replace(unborn, unborn=False, born=start))
    assert due_keys(Known(born=start, postcodes=("ZZ11ZZ",), names=(("ROBIN", "FIRTH"),))) == set()


def test_the_keys_are_what_somebody_alike_would_share() -> None:
    assert keys_of(ROBIN, SOUNDS) == [
        ("born+postcode", "2017-05-04|ZZ11ZZ"), ("born+sound", "2017|04|05|E251"), ("born+sound", "2017|04|05|R150"),
        ("day+sounds", "04|05|E251|R150"), ("name", "EXAMPLE|ROBIN"), ("nhs", "9990000409"),
        ("postcode+sound", "ZZ11ZZ|E251"), ("postcode+sound", "ZZ11ZZ|R150"), ("sector+sounds", "ZZ11|E251|R150"),
        ("year+sounds", "2017|E251|R150"),
    ]  # fmt: skip
    assert keys_of(Known(), SOUNDS) == []


@pytest.mark.parametrize(
    "other",
    [
        like(nhs=None),
        like(nhs=None, born=date(2017, 4, 5)),  # day and month exchanged
        like("EXAMPLE", "ROBIN", nhs=None, postcodes=()),  # names exchanged
        like("ROBYN", "EXAMPEL", nhs=None, postcodes=()),  # as they sound
        like("ROBIN", "SAMPLE"),
        like("", "EXAMPLE"),
        like("ROBIN", "EXAMPLE HALL", nhs=None, born=None),  # half of a double surname
        like("ROBIN", "EXAMPLE", nhs=None, born=date(2017, 5, 9)),
        Known(former_nhs=("9990000409",)),
    ],
)
def test_whoever_may_be_the_same_shares_a_key_and_so_is_found(other: Known) -> None:
    assert set(keys_of(ROBIN, SOUNDS)) & set(keys_of(other, SOUNDS))


def test_many_names_and_homes_make_a_bounded_number_of_keys() -> None:
    names = tuple((f"N{chr(65 + one)}L", f"S{chr(65 + one)}T") for one in range(20))
    many = Known(names=names, born=BORN, postcodes=tuple(f"ZZ{one}1AA" for one in range(20)))
    kinds = [kind for kind, _ in keys_of(many, SOUNDS)]
    assert {kind: kinds.count(kind) <= MOST_CROSSED for kind in kinds} == dict.fromkeys(kinds, True)


def test_what_is_not_said_again_is_not_taken_back() -> None:
    assert merged(ROBIN, Known()) == ROBIN
    assert merged(Known(), ROBIN) == ROBIN
    married = ("ROBIN", "SAMPLE")
    renamed = Known(nhs="9990000417", names=(married,), born=date(2017, 5, 5), postcodes=("ZZ22ZZ",), sex="female")
    assert merged(ROBIN, renamed) == Known(
        nhs="9990000417",
        former_nhs=("9990000409",),
        names=(married, NAME),
        born=date(2017, 5, 5),
        postcodes=("ZZ22ZZ", "ZZ11ZZ"),
        sex="female",
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


def test_a_number_that_gives_way_to_another_is_kept_as_a_former_one() -> None:
    renewed = merged(ROBIN, Known(nhs="9990000417"))
    assert (renewed.nhs, renewed.former_nhs) == ("9990000417", ("9990000409",))
    assert compare(renewed, ROBIN)[0] == "same"
    back = merged(renewed, Known(nhs="9990000409"))
    assert (back.nhs, back.former_nhs) == ("9990000409", ("9990000417",))


# --------------------------------------------------------------------------------------------------- not born, or guessed


@pytest.mark.parametrize(
    ("born", "mother", "verdict"),
    [
        (date(2026, 2, 20), "9990000417", "near"),  # ten weeks early
        (date(2026, 6, 12), "9990000417", "near"),  # six weeks late
        (date(2026, 2, 19), "9990000417", "apart"),
        (date(2026, 6, 13), "9990000417", "apart"),
        (date(2026, 5, 1), "9990000425", "apart"),  # another mother
        (date(2026, 5, 1), None, "near"),  # the same home and surname
        (None, "9990000417", "near"),
        (None, None, "apart"),  # the same home is a family's
    ],
)
def test_who_was_expected_is_near_and_never_the_same(born: date | None, mother: str | None, verdict: str) -> None:
    unborn = Known(
        names=(("", "EXAMPLE"),), expected=date(2026, 5, 1), mother_nhs="9990000417", postcodes=("ZZ11ZZ",), unborn=True
    )
    child = like("ROBIN", nhs=None, born=born, mother_nhs=mother)
    assert (compare(unborn, child)[0], compare(child, unborn)[0]) == (verdict, verdict)


def test_a_first_of_january_vouches_for_nobody_without_a_forename() -> None:
    guess = date(2017, 1, 1)
    assert compare(like(born=guess), like("", "EXAMPLE", born=guess))[0] == "near"
    assert compare(like(born=guess), like(born=guess))[0] == "same"
    assert clashes(like(nhs=None, born=guess), like("KIT", nhs=None, born=guess))


# ------------------------------------------------------------------------------------------------------- by the model


THADDEUS = Known(names=(("THADDEUS", "FIRTH"),), born=date(2017, 5, 14), postcodes=("ZZ11ZZ",))


def test_the_larger_the_index_the_less_the_same_words_weigh() -> None:
    said = [Beside("r", "p", THADDEUS)]
    small, large = (decide(THADDEUS, said, shipped(), population=number).bits or 0 for number in (1, 1_000_001))
    assert small - large == pytest.approx(math.log2(1_000_000 / (shipped().policy.population_at_least - 1)))


def test_a_sector_that_must_say_more_is_linked_from_its_own_threshold_on() -> None:
    policy = read_policy({**match_model(RULES)["policy"], "sectors": {"police": {"link": 90.0}}})
    judge = replace(shipped(), policy=policy)
    said = [Beside("r", "p", THADDEUS)]
    found = [decide(THADDEUS, said, judge, sector=sector).why for sector in ("health", "police")]
    assert found == [(), ("between_thresholds",)]


@pytest.mark.parametrize(("street", "expected"), [("12 INVENTED ROW", True), ("14 INVENTED ROW", False), ("", False)])
def test_the_street_alone_is_a_home_too_where_no_postcode_was_said(street: str, *, expected: bool) -> None:
    known = replace(THADDEUS, postcodes=(), streets=("12 INVENTED ROW",))
    said = replace(known, born=None, streets=(street,) if street else ())
    assert supported(said, known, 1.0, shipped()) is expected
