"""Rules that an edition on record judged by are never edited: a changed rule is another rule, with an id of its own.

So an alert's rule id means one thing for ever. What may change is how the rule is told of, and whether it is in force.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.domain.rule import Rule, canonical_form

TOLD = (
    "id",
    "source",
    "chosen",
    "cost",
    "enabled",
)  # what may change under an id: where it is from, its cost, in force


def judges(rule: Rule) -> dict[str, Any]:
    """What a rule judges by and is read aloud as, without what may change under its id."""
    return {key: value for key, value in canonical_form(rule).items() if key not in TOLD}


def used_in(editions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The enabled rules of these editions' parts, by id; of one id the first, which no later edition may have changed."""
    held: dict[str, dict[str, Any]] = {}
    for parts in editions:
        for rule in rules_of(parts):
            if rule.enabled:
                held.setdefault(rule.id, judges(rule))
    return held


def rules_of(parts: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of an edition or draft that read; () where they are of a language that this code does not have."""
    try:
        return msgspec.convert(parts.get("thresholds", ()), tuple[Rule, ...])
    except msgspec.ValidationError:
        return ()


def edited(used: Mapping[str, Mapping[str, Any]], draft: Iterable[Rule]) -> tuple[str, ...]:
    """Ids of rules of a draft that were used and read otherwise now, in the draft's order; one that is gone is none."""
    return tuple(rule.id for rule in draft if rule.id in used and judges(rule) != used[rule.id])
