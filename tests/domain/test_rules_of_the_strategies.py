"""The shipped rules of the five partnerships do what their strategies say: several needs, two of six, thirteen groups."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from hub.domain.rule import Count, Rule
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from policies.partnerships import load_partnership
from tests.support.signals import VOCABULARY, day, signal

GROUPS = sorted(f"blackburn:{line}" for line in VOCABULARY.lists["blackburn"])
EARLY_HELP = sorted(f"working_together:{line}" for line in VOCABULARY.lists["working_together"])


def rules(partnership: str) -> dict[str, Rule]:
    held = msgspec.convert(load_partnership(partnership)["thresholds"], tuple[Rule, ...])
    return {rule.id: rule for rule in held}


def standing(partnership: str, signals: Sequence[Signal], *, at: int = 30) -> set[str]:
    """Which rules of this partnership stand, those that tell nobody among them, on these signals."""
    known = [rule for rule in rules(partnership).values() if rule.enabled]
    return {rule.id for rule in known if stands(Ready(rule, VOCABULARY, "v1"), signals, day(at))}


def said(*codes: str, by: Iterable[str] = ("school",), **more: Any) -> list[Signal]:
    """One report of each indicator, on days one after the other, by these organisations in turn."""
    who = list(by)
    return [
        signal(f"m{n}", n, by=who[n % len(who)], indicators=(code,), domains=(VOCABULARY.indicators[code].domain,), **more)
        for n, code in enumerate(codes)
    ]  # fmt: skip


def code_in(line: str) -> str:
    """An indicator of this line that is not grave."""
    return next(code for code in VOCABULARY.in_group(line) if not VOCABULARY.indicators[code].grave)


def of_two_domains() -> tuple[str, str]:
    first = "hunger"
    other = next(
        code for code, one in VOCABULARY.indicators.items()
        if one.domain != VOCABULARY.indicators[first].domain and not one.grave and not one.strength
    )  # fmt: skip
    return first, other


def test_in_staffordshire_one_need_is_suggested_and_several_are_level_three() -> None:
    first, other = of_two_domains()
    assert "several-needs" not in standing("staffordshire", said(first, first, first))  # one need, often, stays one
    assert "one-need" in standing("staffordshire", said(first))
    assert {"one-need", "several-needs"} <= standing("staffordshire", said(first, other))
    assert "several-needs-two-organisations-2" not in standing("staffordshire", said(first, other))
    both = standing("staffordshire", said(first, other, by=("school", "police")))
    assert "several-needs-two-organisations-2" in both
    held = rules("staffordshire")
    often = standing("staffordshire", said(first, first, first, by=("school", "health")))
    assert "third-concern-two-organisations" in often  # it comes to the front door a second time
    assert {held[one].level for one in often} == {2}  # and is one need still
    assert [held[one].level for one in ("one-need", "several-needs", "several-needs-two-organisations-2")] == [2, 3, 3]
    assert [held[one].tells for one in ("one-need", "several-needs")] == ["nobody", "nobody"]


@pytest.mark.parametrize("partnership", ["staffordshire", "durham", "demo"])
def test_a_refusal_is_of_an_offer_on_record_and_of_a_need_that_was_judged_twice(partnership: str) -> None:
    def done(ident: str, on: int, outcome: str, level: int = 0) -> Signal:
        said = (
            *(["help_refused"] if outcome == "declined" else []),
            *(["disengaged"] if outcome == "disengaged" else []),
        )
        return signal(ident, on, by="early_help", kind="help", indicators=said, outcome=outcome, level=level)

    need, again = done("d1", 0, "stepped_up", 3), done("d2", 60, "stepped_up", 3)
    offers = [done("offer-1-declined", 10, "declined"), done("offer-2-disengaged", 30, "disengaged")]
    told = [signal(f"m{on}", on, indicators=("help_refused",)) for on in (10, 30)]
    assert "refused-with-need-2" in standing(partnership, [need, *offers, again], at=70)
    assert "refused-with-need-2" not in standing(partnership, [need, *told, again], at=70)
    assert "refused-with-need-2" not in standing(partnership, [need, offers[0], told[1], again], at=70)


def test_in_blackburn_needs_of_one_organisation_are_not_of_two() -> None:
    assert "two-organisations-60-days" not in standing("blackburn-with-darwen", said("hunger", "hunger"))
    both = said("hunger", "hunger", by=("school", "housing"))
    assert "two-organisations-60-days" in standing("blackburn-with-darwen", both)


@pytest.mark.parametrize("code", ["persistent_absence", "severe_absence", "distress_or_change", "isolated"])
@pytest.mark.parametrize("partnership", ["calderdale", "staffordshire", "blackburn-with-darwen", "wakefield", "durham"])
def test_what_registers_and_logs_are_full_of_is_not_what_makes_two_organisations(partnership: str, code: str) -> None:
    held = rules(partnership)

    def alerting(*codes: str) -> set[str]:
        found = standing(partnership, said(*codes, by=("school", "police")))
        return {one for one in found if held[one].tells != "nobody"}

    assert alerting("hunger", code) == set()
    assert alerting("hunger", "missing_from_home") != set()


@pytest.mark.parametrize("line", GROUPS)
def test_a_line_of_blackburns_groups_on_two_occasions_alerts_and_on_one_does_not(line: str) -> None:
    rule = "group-likely-to-need-help-twice"
    when = rules("blackburn-with-darwen")[rule].when
    assert isinstance(when, Count)
    code = next(code for code in VOCABULARY.in_group(line) if code not in when.of.but_not)
    assert rule not in standing("blackburn-with-darwen", said(code))
    assert rule in standing("blackburn-with-darwen", said(code, code))


@pytest.mark.parametrize("line", GROUPS)
def test_each_of_blackburns_thirteen_groups_is_found_by_what_an_organisation_sends(line: str) -> None:
    assert len(GROUPS) == 13
    found = standing("blackburn-with-darwen", said(code_in(line)))
    assert "group-likely-to-need-help" in found
    assert rules("blackburn-with-darwen")["group-likely-to-need-help"].tells == "nobody"


@pytest.mark.parametrize("line", EARLY_HELP)
def test_each_line_of_working_togethers_list_suggests_early_help_in_wakefield(line: str) -> None:
    assert "early-help-list" in standing("wakefield", said(code_in(line)))
    assert rules("wakefield")["early-help-list"].tells == "nobody"


def test_in_wakefield_two_of_the_six_criteria_count_whoever_of_the_household_they_are_about() -> None:
    six = sorted(f"troubled_families:{line}" for line in VOCABULARY.lists["troubled_families"])
    assert len(six) == 6
    violence, out_of_work = code_in("troubled_families:domestic_violence"), code_in("troubled_families:out_of_work")
    rule = "two-of-six-two-organisations-recent-2"
    child = said(violence, out_of_work, violence, by=("police", "housing"))
    assert rule in standing("wakefield", child)
    assert rule not in standing("wakefield", said(violence, violence, violence, by=("police", "housing")))  # one of six
    adult = [msgspec.structs.replace(one, relation="adult") for one in child[1:2]]
    sibling = [msgspec.structs.replace(one, relation="sibling") for one in child[2:]]
    assert rule in standing("wakefield", [*child[:1], *adult, *sibling])


def test_in_durham_two_signs_of_neglect_add_up_and_one_sign_twice_does_not() -> None:
    signs = [code_in(f"neglect:{line}") for line in sorted(VOCABULARY.lists["neglect"])][:2]
    assert "neglect-two-signs" in standing("durham", said(*signs))
    assert "neglect-two-signs" not in standing("durham", said(signs[0], signs[0]))
    sibling = [msgspec.structs.replace(one, relation="sibling") for one in said(*signs)[1:]]
    assert "neglect-two-signs" in standing("durham", [*said(signs[0]), *sibling])
    assert rules("durham")["neglect-two-signs"].tells == "nobody"
    assert "neglect-three-occasions" not in standing("durham", said(*signs))
    assert "neglect-three-occasions" not in standing("durham", said(signs[0], signs[0], signs[0]))
    assert "neglect-three-occasions" in standing("durham", said(*signs, signs[0]))
