"""The signal grammar: what a rule may speak of beyond codes and counts, and that its version is what it says."""

from typing import Any

import msgspec
import pytest

import schemas
from hub.domain.edition import rule_version
from hub.domain.rule import Rule, canonical_form
from hub.domain.signal import Signal
from hub.domain.thresholds import stands
from tests.support.signals import day, ready, signal


def decision(message: str, on: int, outcome: str = "no_further_action", level: int = 2) -> Signal:
    return signal(
        message, on, by="front_door", kind="help", indicators=(), outcome=outcome, level=level, referrer=None,
    )  # fmt: skip


def one(of: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "count", "within_days": 90, "of": of}


@pytest.mark.parametrize(
    ("of", "fits", "fits_not"),
    [
        ({"sectors": ["education"]}, {"sector": "education"}, {"sector": "police"}),
        ({"how_known": ["told_by_child"]}, {"how_known": "told_by_child"}, {"how_known": "told_by_family"}),
        ({"referrer_kinds": ["1A"]}, {"referrer_kind": "1A"}, {"referrer_kind": "9"}),
        ({"under_months": 12}, {"age_months": 11}, {"age_months": 12}),
        ({"from_months": 12}, {"age_months": 12}, {"age_months": 11}),
        ({"from_months": 1}, {"age_months": 1}, {"unborn": True}),
        ({"unborn": True}, {"unborn": True}, {"unborn": False}),
        (
            {"measures": [{"code": "attendance_percent", "below": 50}]},
            {"measures": (("attendance_percent", 49.9),)}, {"measures": (("attendance_percent", 50.0),)},
        ),
        (
            {"measures": [{"code": "hours_to_presentation", "least": 12}]},
            {"measures": (("hours_to_presentation", 12.0),)}, {"measures": (("attendance_percent", 90.0),)},
        ),
    ],
)  # fmt: skip
def test_a_rule_may_ask_who_told_it_how_old_the_child_was_and_what_was_measured(
    of: dict[str, Any], fits: dict[str, Any], fits_not: dict[str, Any]
) -> None:
    rule = ready(one(of))
    assert stands(rule, [signal("a", 0, **fits)], day(1)) is not None
    assert stands(rule, [signal("a", 0, **fits_not)], day(1)) is None


def test_an_age_that_nobody_gave_is_not_left_out_and_the_unborn_are_under_any_age() -> None:
    rule = ready(one({"under_months": 12}))
    assert stands(rule, [signal("a", 0, age_months=None)], day(1)) is not None
    assert stands(rule, [signal("a", 0, unborn=True)], day(1)) is not None


def test_a_report_of_nothing_but_what_a_rule_leaves_out_does_not_count_and_what_else_it_says_does() -> None:
    two = {"kind": "count", "within_days": 90, "at_least": {"incidents": 2}}
    rule = ready({**two, "of": {"but_not": ["persistent_absence", "isolated"]}})
    hungry = signal("a", 0)
    assert stands(rule, [hungry, signal("b", 1, indicators=("persistent_absence", "isolated"))], day(1)) is None
    assert stands(rule, [hungry, signal("b", 1, indicators=("persistent_absence", "hunger"))], day(1)) is not None
    assert stands(ready({**two, "of": {}}), [hungry, signal("b", 1, indicators=("isolated",))], day(1)) is not None


def test_what_a_rule_leaves_out_adds_neither_a_domain_nor_a_line() -> None:
    asked = {"kind": "count", "within_days": 90, "at_least": {"domains": 2}}
    both = [signal("a", 0, indicators=("hunger", "isolated"))]
    assert stands(ready(asked), both, day(1)) is not None
    assert stands(ready({**asked, "of": {"but_not": ["isolated"]}}), both, day(1)) is None
    lines = {"kind": "count", "within_days": 90, "at_least": {"groups": 2}, "of": {"groups": ["neglect:*"]}}
    signs = [signal("a", 0, indicators=("hunger", "poor_hygiene"))]
    assert stands(ready(lines), signs, day(1)) is not None
    left_out = {**lines, "of": {"groups": ["neglect:*"], "but_not": ["poor_hygiene"]}}
    assert stands(ready(left_out), signs, day(1)) is None


def test_a_decision_is_no_worry_and_counts_only_where_a_rule_asks_for_it() -> None:
    any_worry = ready(one({}))
    assert stands(any_worry, [decision("d", 0)], day(1)) is None
    asked = ready(one({"kinds": ["help"], "outcomes": ["no_further_action"], "level_upto": 2}))
    assert stands(asked, [decision("d", 0)], day(1)) is not None
    assert stands(asked, [decision("d", 0, level=3)], day(1)) is None
    assert stands(asked, [decision("d", 0, outcome="early_help")], day(1)) is None


BELOW = {"kinds": ["help"], "outcomes": ["no_further_action"]}
AGAIN = ready({"kind": "steps", "within_days": 365, "steps": [BELOW, BELOW, {}]})


def test_steps_must_come_one_after_the_other_and_be_different_incidents() -> None:
    first, second, worry = decision("d1", 0), decision("d2", 10), signal("w", 20)
    assert stands(AGAIN, [worry, second, first], day(30)) is not None
    assert stands(AGAIN, [first, second, signal("w", 5)], day(30)) is None  # the worry came in between
    assert stands(AGAIN, [first, worry], day(30)) is None
    assert stands(AGAIN, [first, decision("d2", 366), signal("w", 367)], day(400)) is None  # too long ago


def test_steps_show_every_incident_that_is_on_a_way_through_and_no_other() -> None:
    said = [
        decision("d1", 0),
        decision("d2", 10),
        decision("d3", 40),
        signal("w1", 5),
        signal("w2", 20),
        signal("w3", 30),
    ]
    found = stands(AGAIN, said, day(60))
    assert found is not None
    assert found.evidence == ("d1/0", "d2/0", "w2/0", "w3/0")


REFUSED = {"kinds": ["concern", "help"], "indicators": ["help_refused", "disengaged"]}
NEED = {"kinds": ["help"], "level_from": 3}
PATH = ready({"kind": "steps", "within_days": 365, "steps": [NEED, REFUSED, REFUSED, NEED]})


def test_refusal_asks_for_an_unmet_need_two_offers_and_a_second_judgement() -> None:
    need, again = decision("d1", 0, "early_help", 3), decision("d2", 60, "early_help", 3)
    refused, later = signal("r1", 20, indicators=("help_refused",)), signal("r2", 40, indicators=("disengaged",))
    whole = [need, refused, later, again]
    assert stands(PATH, whole, day(70)) is not None
    for missing in whole:
        assert stands(PATH, [one for one in whole if one is not missing], day(70)) is None
    assert stands(PATH, [need, refused, later, decision("d2", 60, "early_help", 2)], day(70)) is None


def test_refusing_an_offer_is_never_a_reason_by_itself_however_it_is_recorded() -> None:
    rule = ready({"kind": "count", "within_days": 365, "of": REFUSED, "at_least": {"incidents": 2}})
    offers = [signal(f"o{n}", n, kind="help", indicators=("help_refused",), outcome="declined") for n in range(3)]
    assert stands(rule, offers, day(9)) is None
    declined = ready({"kind": "count", "within_days": 365, "of": {"kinds": ["help"], "outcomes": ["declined"]}})
    assert stands(declined, [signal("o", 0, kind="help", indicators=(), outcome="declined")], day(9)) is None


def test_the_version_is_what_the_rule_says_and_not_what_it_leaves_unsaid() -> None:
    said: dict[str, Any] = {
        "id": "r",
        "words": "w",
        "source": "s",
        "level": 3,
        "when": {"kind": "count", "within_days": 90},
    }
    spelt = {
        **said, "tells": "front_door", "when": {**said["when"], "of": {"kinds": ["concern"], "sectors": []}, "each": []},
    }  # fmt: skip
    plain, longer = msgspec.convert(said, Rule), msgspec.convert(spelt, Rule)
    vocabulary = schemas.load_vocabulary()
    assert canonical_form(plain) == said
    assert rule_version(plain, vocabulary) == rule_version(longer, vocabulary)
    other = msgspec.convert({**said, "when": {"kind": "count", "within_days": 90, "of": {"sectors": ["police"]}}}, Rule)
    assert rule_version(other, vocabulary) != rule_version(plain, vocabulary)
