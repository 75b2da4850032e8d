"""An edition is content: signed bytes that cannot change unnoticed, and rules that have a version."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

import schemas
from hub.domain.continuum import Continuum, Level, NoSuchLevel, problems
from hub.domain.edition import BadEdition, canonical, publish, read, rule_version
from hub.domain.rule import GRAMMAR, Rule
from policies.partnerships import load_partnership
from tests.support.signals import NOON

VOCABULARY = schemas.load_vocabulary()


def content(**other: Any) -> dict[str, Any]:
    parts = {
        **load_partnership("demo"), "policies": {}, "cedar_schema": "", "protocol": {}, "match_model": {},
        "vocabulary": VOCABULARY, "grammar": GRAMMAR,
    }  # fmt: skip
    return {**parts, **other}


def test_altered_bytes_are_not_judged_by() -> None:
    fact = publish(1, NOON, content())
    with pytest.raises(BadEdition, match="do not match their hash"):
        read(replace(fact, content=fact.content.replace(b'"level":3', b'"level":2', 1)))


def test_an_edition_that_lacks_a_part_is_not_published() -> None:
    parts = content()
    del parts["clocks"]
    with pytest.raises(BadEdition, match="lacks: clocks"):
        publish(1, NOON, parts)


def test_an_edition_in_another_grammar_is_not_published() -> None:
    with pytest.raises(BadEdition, match="grammar 99"):
        publish(1, NOON, content(grammar="99"))


def test_an_edition_whose_rule_does_not_read_is_not_published() -> None:
    with pytest.raises(BadEdition, match="does not read"):
        publish(1, NOON, content(thresholds=[{"id": "r1"}]))


@pytest.mark.parametrize("wrong", [NOON, float("nan"), {1, 2}])
def test_content_is_plain_json(wrong: object) -> None:
    with pytest.raises(BadEdition, match="not plain JSON"):
        canonical({"when": wrong})


def test_the_same_content_has_the_same_bytes_in_whatever_order_it_was_written() -> None:
    assert canonical({"b": 1, "a": ["ü"]}) == canonical({"a": ["ü"], "b": 1}) == '{"a":["ü"],"b":1}'.encode()


def test_what_was_published_reads_back_whole() -> None:
    fact = publish(3, NOON, content())
    edition = read(fact)
    assert (edition.id, edition.number, edition.effective_from) == ("3", 3, NOON)
    assert canonical(edition.parts) == fact.content
    assert edition.continuum.numbers == (1, 2, 3, 4)
    on = [rule.id for rule in edition.rules if rule.enabled]
    assert [ready.rule.id for ready in edition.ready()] == on
    assert "was-not-brought-twice" not in on


def test_a_rule_says_which_rules_propose_a_higher_level() -> None:
    ready = {one.rule.id: one for one in read(publish(1, NOON, content())).ready()}
    assert "One report of something grave" in ready["three-concerns-two-organisations"].would_raise
    assert ready["grave-single"].would_raise == "No rule of this edition proposes a higher level."


def test_the_version_of_a_rule_changes_with_its_meaning_and_with_nothing_else() -> None:
    rule = read(publish(1, NOON, content())).rules[1]
    same = msgspec.convert(dict(reversed(msgspec.to_builtins(rule).items())), Rule)
    version = rule_version(rule, VOCABULARY)
    assert rule_version(same, VOCABULARY) == version
    hunger = {**VOCABULARY["indicators"]["hunger"], "domain": "development.health"}
    moved = {**VOCABULARY, "indicators": {**VOCABULARY["indicators"], "hunger": hunger}}
    others = {
        rule_version(replace(rule, level=2), VOCABULARY),
        rule_version(rule, VOCABULARY, "2"),
        rule_version(rule, moved),
    }  # fmt: skip
    assert len(others | {version}) == 4
    assert version in {ready.version for ready in read(publish(1, NOON, content())).ready()}


def test_levels_may_not_overlap() -> None:
    one = Level(number=1, name="Universal", descriptor="d", source="s", aliases=("tier 1",))
    two = replace(one, number=2, name="Additional")
    assert problems(Continuum((one, two))) == ["'tier 1' names 2 levels: a name may mean one"]
    assert problems(Continuum((one, replace(one, name="Other", aliases=())))) == [
        "level 1 is described 2 times: levels may not overlap"
    ]
    assert problems(Continuum((one, replace(two, number=3, aliases=())))) == [
        "levels are numbered 1, 2, 3 … without a gap"
    ]


def test_a_level_is_found_by_name_or_alias_and_never_guessed() -> None:
    levels = Continuum((Level(number=1, name="Universal need", descriptor="d", source="s", aliases=("tier 1",)),))
    assert levels.named(" Tier 1 ") == levels.level(1)
    assert levels.named("tier 2") is None
    with pytest.raises(NoSuchLevel, match="no level 9; it has 1"):
        levels.level(9)
