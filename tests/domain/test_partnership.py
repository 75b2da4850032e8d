"""A partnership as data: whom it serves, where a child who moves is placed, and what an older name means today."""

from typing import Any

import pytest

from hub.domain.continuum import Continuum, Level, problems
from hub.domain.errors import Refused
from hub.domain.partnership import Partnership, of_parts, serves
from hub.views.partnership import folder_parts


def of(name: str) -> Partnership:
    return of_parts(folder_parts(name))


def continuum(name: str) -> Continuum:
    return Continuum(tuple(Level(**one) for one in tupled(folder_parts(name)["continuum"]["levels"])))


def tupled(levels: Any) -> Any:
    return [{key: tuple(each) if isinstance(each, list) else each for key, each in one.items()} for one in levels]


def level(number: int, *means: str, **otherwise: Any) -> Level:
    return Level(number=number, name=f"L{number}", descriptor="some", source="a paper", means=means, **otherwise)


@pytest.mark.parametrize(
    "name", ["calderdale", "staffordshire", "blackburn-with-darwen", "wakefield", "durham", "demo"]
)
def test_nobody_of_eighteen_is_served_without_a_ground_anywhere(name: str) -> None:
    ages = of(name).ages
    assert not serves(ages, 18)
    assert not serves(ages, 18, ["no such ground"])
    assert serves(ages, 17)
    assert serves(ages, 0)
    assert serves(ages, None)  # not yet born


def test_a_ground_serves_as_long_as_its_strategy_says() -> None:
    calderdale, blackburn, wakefield = of("calderdale").ages, of("blackburn-with-darwen").ages, of("wakefield").ages
    assert [age for age in range(16, 40) if serves(calderdale, age, ["disability"])] == list(range(16, 25))
    assert [age for age in range(16, 40) if serves(blackburn, age, ["strategy_years"])] == [16, 17, 18, 19]
    assert [age for age in range(16, 40) if serves(blackburn, age, ["in_care"])] == list(range(16, 40))
    assert [age for age in range(16, 40) if serves(wakefield, age, ["said_why"])] == list(range(16, 26))
    assert not any(serves(of("staffordshire").ages, age, ["disability", "in_care"]) for age in range(18, 40))


def test_a_child_who_moves_is_placed_by_what_a_level_means() -> None:
    wakefield, durham, staffordshire = continuum("wakefield"), continuum("durham"), continuum("staffordshire")

    def placed(there: Continuum, number: int, here: Continuum) -> list[int]:
        return [one.number for one in here.meaning(there.level(number))]

    assert [placed(durham, number, wakefield) for number in (1, 2, 3, 4, 5)] == [[1], [2], [3], [4], [4]]
    assert [placed(wakefield, number, durham) for number in (1, 2, 3, 4)] == [[1], [2], [3], [4, 5]]
    assert placed(durham, 4, staffordshire) == [3, 4]  # in need by law stands in both: a person says which
    assert wakefield.meaning(level(1)) == ()


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ((level(1, "protection"), level(2, "universal")), "level 2 means less than the level below it"),
        ((level(1, "universal"), level(2, "worse")), "level 2 means 'worse', which is none of universal"),
        ((level(1, "universal", limited_days=0),), "level 1 is limited to 0 days"),
    ],
)
def test_levels_that_make_no_order_are_refused(levels: tuple[Level, ...], told: str) -> None:
    assert [wrong[: len(told)] for wrong in problems(Continuum(levels))] == [told]


def test_an_older_name_of_an_assessment_finds_todays() -> None:
    named = {place: of(place).assessment(" caf ") for place in ("durham", "blackburn-with-darwen", "staffordshire")}
    assert {place: one.name if one else "" for place, one in named.items()} == {
        "durham": "Single Assessment", "blackburn-with-darwen": "Child and Family assessment and plan",
        "staffordshire": "Full CAF",
    }  # fmt: skip
    assert of("wakefield").assessment("CAF") is None


def test_a_small_area_lies_in_the_locality_that_was_entered_for_it() -> None:
    demo = of("demo")
    found = [demo.locality_of(area) for area in ("Z01000000", "Z01000019", "Z01000320")]
    assert [one.name if one else "" for one in found] == ["North", "South", ""]


def test_an_edition_from_before_there_was_such_data_is_refused() -> None:
    for parts in ({}, {"partnership": {"name": "x", "title": "x", "ages": {"grounds": ["disability"]}}}):
        with pytest.raises(Refused, match="publish one that does"):
            of_parts(parts)
