"""Where a child lived on a day: by dates first, by the day on which it was said else; and never where nobody may know."""

from datetime import date
from typing import Any

import pytest

from hub.domain.area import MOST_HOMES, HomeCodes, Postcode, area_of, home_on, kept, lsoa_on

SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


def home(place: str, said_on: date = SUMMER, **more: Any) -> HomeCodes:
    return HomeCodes(**{"kind": "home", "place": place, "lsoa": f"E-{place}", "said_on": said_on, **more})


REFUGE = HomeCodes(kind="refuge", said_on=SUMMER)
MILL, QUAY = home("mill"), home("quay", AUTUMN)


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("kind", ["refuge", "institution", "no_fixed_abode"])
def test_who_lives_where_nobody_may_know_lies_in_no_area_whatever_others_say(kind: str) -> None:
    hidden = HomeCodes(kind=kind, said_on=SUMMER)
    assert lsoa_on(SUMMER, [hidden], [MILL], [QUAY]) is None
    assert lsoa_on(SUMMER, [], [hidden], [QUAY]) is None
    assert lsoa_on(SUMMER, [home("mill", SUMMER), hidden]) is None  # both said on one day


def test_a_postcode_that_was_made_after_it_was_said_tells_of_no_place() -> None:
    assert area_of(Postcode("E01000001", introduced=SUMMER), SPRING) is None
    assert area_of(None, SPRING) is None


def test_an_address_that_ended_before_the_day_or_began_after_it_is_not_where_the_child_lived() -> None:
    assert home_on([home("mill", until=SPRING), home("quay", since=AUTUMN)], SUMMER) is None


def test_a_second_home_is_not_where_the_child_lives() -> None:
    assert home_on([home("mill", kind="second_home")], SUMMER) is None


def test_an_address_without_a_postcode_leaves_the_question_to_who_is_asked_next() -> None:
    nameless = HomeCodes(kind="home", said_on=SUMMER)
    assert lsoa_on(SUMMER, [nameless], [MILL]) == "E-mill"


def test_a_home_outside_the_directory_is_not_replaced_by_another_ones_guess() -> None:
    assert lsoa_on(SUMMER, [home("elsewhere", lsoa=None)], [MILL]) is None


# --------------------------------------------------------------------------------------------------------- rules


def test_a_postcode_that_ended_still_tells_where_people_lived() -> None:
    assert area_of(Postcode("E01000001", terminated=SPRING), AUTUMN) == "E01000001"


def test_of_two_homes_with_dates_the_one_of_that_day_is_taken() -> None:
    moved = [home("quay", AUTUMN, since=SUMMER), home("mill", AUTUMN, until=date(2026, 5, 31))]
    assert [home_on(moved, day) for day in (SPRING, SUMMER)] == [moved[1], moved[0]]


def test_without_dates_the_address_that_was_said_last_before_the_day_is_taken_and_else_the_first_said_after() -> None:
    told = [home("quay", AUTUMN), home("mill", SUMMER)]
    assert [home_on(told, day) for day in (SPRING, SUMMER, date(2026, 8, 31), AUTUMN)] == [
        told[1], told[1], told[1], told[0],
    ]  # fmt: skip


def test_temporary_accommodation_is_where_a_child_lives() -> None:
    assert lsoa_on(SUMMER, [home("hostel", kind="temporary")]) == "E-hostel"


def test_who_left_a_refuge_is_placed_again_from_the_day_on_which_that_was_said() -> None:
    assert lsoa_on(AUTUMN, [QUAY, REFUGE]) == "E-quay"
    assert lsoa_on(date(2026, 8, 1), [QUAY, REFUGE]) is None


def test_the_message_is_believed_before_the_organisation_and_the_organisation_before_others() -> None:
    assert lsoa_on(AUTUMN, [QUAY], [MILL], [home("third")]) == "E-quay"
    assert lsoa_on(AUTUMN, [], [MILL], [home("third", AUTUMN)]) == "E-mill"
    assert lsoa_on(AUTUMN, [], [], [home("third")]) == "E-third"
    assert lsoa_on(AUTUMN, [], [], []) is None


# ------------------------------------------------------------------------------------------------- what is kept


def test_an_address_said_again_is_known_since_it_was_first_said() -> None:
    again = home("mill", AUTUMN)
    assert kept([again], [MILL]) == (MILL,)
    assert kept([], [MILL]) == (MILL,)


def test_who_moves_back_has_moved_twice() -> None:
    back = home("mill", date(2026, 11, 1))
    assert kept([back], kept([QUAY], [MILL])) == (back, QUAY, MILL)


def test_no_more_addresses_are_kept_than_can_be_looked_at() -> None:
    held: tuple[HomeCodes, ...] = ()
    for number in range(MOST_HOMES + 5):
        held = kept([home(f"p{number}", date(2026, 1, 1 + number))], held)
    assert [one.place for one in held] == [f"p{number}" for number in range(MOST_HOMES + 4, 4, -1)]
