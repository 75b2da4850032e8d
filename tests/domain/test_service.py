"""The directory of services: declared on a day, full ones listed with their wait, and what fits a child."""

from datetime import date
from typing import Any

import pytest

from hub.domain import service as services
from hub.domain.errors import Refused
from hub.domain.service import Declare, Entry, ServiceDeclared, directory
from policies.partnerships import load_partnership

TODAY = date(2026, 11, 23)
PARTS = load_partnership("demo")
LISTED = directory(PARTS, ())


def declared(now: Entry | None = None, **said: Any) -> ServiceDeclared:
    given = {"service": "parenting-group", "organisation": "early_help", **said}
    return services.declare(Declare(**given), now, "staff-1", TODAY, (1, 2, 3, 4), ("North", "South"))


NEW = {"service": "walks", "name": "Walks", "what": "On Sundays", "from_age": 5, "upto_age": 9, "places": 3}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"service": "Walks!"}, "service"), ({"name": ""}, "name"), ({"name": "a\nb"}, "name"), ({"name": "x" * 200}, "name"),
        ({"from_age": None}, "from_age"), ({"upto_age": 4}, "upto_age"), ({"upto_age": 40}, "upto_age"),
        ({"levels": (9,)}, "levels"), ({"localities": ("Atlantis",)}, "localities"), ({"places": None}, "places"),
        ({"places": -1}, "places"), ({"waiting_days": 99999}, "waiting_days"),
    ],
)  # fmt: skip
def test_a_declaration_is_refused_beside_its_question(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as why:
        declared(**{**NEW, **said})
    assert why.value.field == field


def test_what_is_left_out_stays_as_it_was_and_the_newest_holds_over_the_list() -> None:
    before = LISTED["parenting-group"]
    fact = declared(before, places=0, waiting_days=30)
    now = directory(PARTS, [fact])["parenting-group"]
    assert (now.name, now.ages, now.levels) == (before.name, before.ages, before.levels)
    assert (now.places, now.waiting_days, now.declared_on, now.declared_by, now.source) == (0, 30, TODAY, "staff-1", "")
    assert {one.source for one in LISTED.values()} == {"not stated in the source"}


def test_a_code_is_one_organisations_alone() -> None:
    with pytest.raises(Refused) as why:
        declared(LISTED["parenting-group"], organisation="police", places=1)
    assert why.value.field == "service"


def test_what_fits_is_by_age_level_and_place_and_what_is_full_fits_too() -> None:
    def fits(**asked: Any) -> list[str]:
        return sorted(code for code, one in LISTED.items() if one.fits(**asked))

    assert fits(age=1, level=2, locality="South") == ["family-support-south", "health-visitor-extra", "housing-advice"]
    assert LISTED["family-support-south"].places == 0
    assert fits(age=6, level=3, locality="North") == [
        "domestic-abuse-children",
        "family-support-north",
        "housing-advice",
    ]
    assert fits() == sorted(LISTED)
