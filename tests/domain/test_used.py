"""A rule that was used keeps its id: what it asks may not change under it, how it is told of may."""

from typing import Any

import pytest

from hub.domain.used import edited, rules_of, used_in
from policies.partnerships import load_partnership

PARTS = load_partnership("demo")
RULE = next(rule for rule in PARTS["thresholds"] if rule["id"] == "three-concerns-two-organisations")


def with_rule(**otherwise: Any) -> dict[str, Any]:
    return {"thresholds": [{**RULE, **otherwise}]}


def when(**otherwise: Any) -> dict[str, Any]:
    return {**RULE["when"], **otherwise}


@pytest.mark.parametrize(
    "otherwise",
    [
        {"level": RULE["level"] + 1}, {"words": "Other words"}, {"tells": "nobody"}, {"when": when(within_days=91)},
        {"when": when(at_least={"incidents": 2, "organisations": 2})},
    ],
)  # fmt: skip
def test_what_a_used_rule_asks_may_not_change_under_its_id(otherwise: dict[str, Any]) -> None:
    used = used_in([with_rule()])
    assert edited(used, rules_of(with_rule(**otherwise))) == (RULE["id"],)
    assert edited(used, rules_of(with_rule(**{**otherwise, "id": "another"}))) == ()


def test_how_it_is_told_of_and_whether_it_is_in_force_may_change() -> None:
    used = used_in([PARTS])
    assert edited(used, rules_of(PARTS)) == ()
    assert edited(used, rules_of(with_rule(source="A paper", chosen="anew", cost="7", enabled=False))) == ()
    assert edited(used, ()) == ()  # gone


def test_a_rule_that_was_never_in_force_may_change() -> None:
    assert edited(used_in([with_rule(enabled=False)]), rules_of(with_rule(level=1))) == ()


def test_the_first_edition_that_used_it_holds_even_after_it_was_out_of_force() -> None:
    editions = [with_rule(), with_rule(enabled=False, level=1), {"thresholds": []}]
    assert edited(used_in(editions), rules_of(with_rule(level=1))) == (RULE["id"],)
    assert edited(used_in([{"thresholds": [{"id": "of a language that is not known"}]}]), rules_of(with_rule())) == ()
