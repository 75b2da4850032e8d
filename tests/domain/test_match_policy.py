"""Thresholds and guards are reviewed data: what is not understood is refused, and the house's own guards cannot be left out."""

import math
from typing import Any

import pytest

from hub.domain.match_policy import ALWAYS, GUARDS, read_policy
from hub.domain.matching import RULES
from policies.matching import match_model

WRITTEN: dict[str, Any] = match_model(RULES)["policy"]


def refused(**otherwise: Any) -> str:
    with pytest.raises(ValueError, match="match policy: ") as said:
        read_policy({**WRITTEN, **otherwise})
    return str(said.value)


@pytest.mark.parametrize("guard", sorted(ALWAYS))
def test_guards_that_are_the_law_of_the_house_cannot_be_left_out(guard: str) -> None:
    assert refused(guards={**WRITTEN["guards"], guard: False}) == f"match policy: {guard} must be in force"


@pytest.mark.parametrize(
    ("otherwise", "says"),
    [
        ({"link": -4.0}, "for every sector link (-4.0) must be above review (-3.0)"),
        ({"lead": -1.0}, "for every sector the lead (-1.0) must not be below 0"),
        ({"link": math.inf}, "must be numbers"),
        ({"population_at_least": 0}, "population_at_least counts people: give 1 or more"),
        ({"forename_alike": 1.5}, "forename_alike is a likeness: give a number above 0 and at most 1"),
        ({"twin_margin": 0}, "twin_margin is a likeness"),
        ({"colour": 1}, "unknown field `colour`"),
        ({"link": "eight"}, "Expected `float`, got `str` - at `$.link`"),
        ({"sectors": {"police": {"link": -9.0}}}, "for police link (-9.0) must be above review (-3.0)"),
        ({"sectors": {"police": {"speed": 1.0}}}, "unknown field `speed`"),
        ({"guards": {}}, "say of G1_forename, G2_two_numbers"),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_with_what_is_wrong(otherwise: dict[str, Any], says: str) -> None:
    assert says in refused(**otherwise)


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="missing required field `lead`"):
        read_policy({name: value for name, value in WRITTEN.items() if name != "lead"})


def test_a_sector_may_ask_for_more_and_is_otherwise_as_everybody() -> None:
    policy = read_policy({**WRITTEN, "sectors": {"police": {"link": 12.0}}})
    assert (policy.of("police"), policy.of("health")) == (
        (12.0, WRITTEN["review"], WRITTEN["lead"]), (WRITTEN["link"], WRITTEN["review"], WRITTEN["lead"]),
    )  # fmt: skip


def test_a_policy_is_cited_by_what_it_says() -> None:
    assert read_policy(dict(reversed(list(WRITTEN.items())))).id == read_policy(WRITTEN).id
    assert read_policy({**WRITTEN, "lead": 6.0}).id != read_policy(WRITTEN).id
    assert read_policy(WRITTEN).guards == frozenset(GUARDS)
