"""How partnerships work together, as data: every one has a quorum, stages in order and all clocks; a slip is refused."""

from datetime import date
from typing import Any

import msgspec
import pytest

from hub.domain.errors import Refused
from hub.domain.together import CLOCKS, Together, of_parts, problems
from policies.draft import draft
from policies.partnerships import partnership_together, partnerships

TODAY = date(2026, 11, 22)
GIVEN = partnership_together("demo")


def changed(**otherwise: Any) -> Together:
    return msgspec.convert({**GIVEN, **otherwise}, Together)


@pytest.mark.parametrize("name", partnerships())
def test_every_partnership_says_how_it_works_together(name: str) -> None:
    together = of_parts(draft(name, TODAY))
    assert together.missing(("police", "health", "council")) == ()
    assert together.missing(("police", "education")) == ("Children's social care", "Health")
    assert [one.number for one in together.stage] == [1, 2, 3, 4, 5]
    assert {one.id for one in together.clock} == set(CLOCKS)
    assert together.timer("conference") == {"length": 15, "unit": "days", "counts": "working"}


@pytest.mark.parametrize(
    ("otherwise", "entry"),
    [
        ({"quorum": []}, "quorum"),
        ({"lead": {**GIVEN["lead"], "from_level": 9}}, "lead"),
        ({"clock": GIVEN["clock"][1:]}, GIVEN["clock"][0]["id"]),
        ({"clock": [*GIVEN["clock"], GIVEN["clock"][0]]}, GIVEN["clock"][0]["id"]),
        ({"stage": GIVEN["stage"][1:]}, "stage"),
        ({"stage": [{**GIVEN["stage"][0], "length": 0}]}, GIVEN["stage"][0]["name"]),
        ({"prompt": [*GIVEN["prompt"], GIVEN["prompt"][0]]}, GIVEN["prompt"][0]["id"]),
    ],
)
def test_a_slip_in_it_is_named(otherwise: dict[str, Any], entry: str) -> None:
    assert entry in [one for one, _ in problems(changed(**otherwise), (1, 2, 3))]
    assert problems(changed(), (1, 2, 3)) == []


def test_an_edition_without_it_lets_nobody_begin() -> None:
    with pytest.raises(Refused) as refused:
        of_parts({})
    assert refused.value.field == "edition"
