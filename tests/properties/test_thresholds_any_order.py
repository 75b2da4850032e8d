"""Whatever the order and the delay, the same signals come to the same evidence."""

from datetime import timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import schemas
from hub.domain.edition import publish, read
from hub.domain.rule import GRAMMAR, Count
from hub.domain.signal import Signal
from hub.domain.smallest import smallest
from hub.domain.thresholds import Ready, Stand, next_due, stands
from policies.partnerships import load_partnership, partnerships
from tests.support.signals import NOON, day, ready, signal

AS_OF = day(900)
CODES = (
    "hunger", "injury_unexplained", "persistent_absence", "domestic_abuse_incident", "help_refused",
    "strangulation_of_child", "new_adult_in_household", "poor_hygiene", "attends_well",
)  # fmt: skip


def _all_rules() -> tuple[Ready, ...]:
    rest = {"policies": {}, "cedar_schema": "", "protocol": {}, "match_model": {}, "grammar": GRAMMAR}
    rules: list[Ready] = []
    for name in partnerships():
        parts = {**load_partnership(name), "vocabulary": schemas.load_vocabulary(), **rest}
        switched_on = [{**rule, "enabled": True} for rule in parts["thresholds"]]
        rules += read(publish(1, NOON, {**parts, "thresholds": switched_on})).ready()
    referrers = {"kind": "count", "within_days": 60, "at_least": {"referrers": 2, "settings": 2, "sectors": 2}}
    return (*rules, ready(referrers))


RULES = _all_rules()
COUNTING = tuple(rule for rule in RULES if not rule.waits)


@st.composite
def histories(draw: st.DrawFn, longest: int = 12) -> list[Signal]:
    said = []
    for number in range(draw(st.integers(1, longest))):
        on = draw(st.integers(0, 800))
        one: dict[str, Any] = {
            "by": draw(st.sampled_from(("school", "police", "health"))),
            "indicators": tuple(draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True))),
            "relation": draw(st.sampled_from(("own", "own", "own", "possible", "sibling", "household"))),
            "kind": draw(
                st.sampled_from(("concern", "concern", "concern", "strength", "sighting", "household_change"))
            ),
            "how_known": draw(st.sampled_from(("first_hand", "first_hand", "told_by_child", "told_by_organisation"))),
            "incident": draw(st.sampled_from((None, None, None, "i1", "i2"))),
            "seen": draw(st.sampled_from(("not_seen", "not_seen", "seen", "seen_obscured"))),
            "setting": draw(st.sampled_from((None, "s1", "s2"))),
            "referrer": draw(st.sampled_from((None, "x", "y"))),
            "age_months": draw(st.sampled_from((None, 12, 59))),
            "backfill": draw(st.booleans()) and draw(st.booleans()),
            "recorded_at": day(on + draw(st.sampled_from((0, 1, 3, 40)))),
        }
        said.append(signal(f"m{number}", on, **one))
    return said


def outcome(rule: Ready, said: list[Signal]) -> tuple[tuple[str, ...], bool] | None:
    found: Stand | None = stands(rule, said, AS_OF)
    return (found.evidence, found.possible) if found else None


@settings(max_examples=200, deadline=None)
@given(histories(), st.randoms(use_true_random=False), st.data())
def test_any_order_and_delay_of_a_history_gives_the_same_evidence(
    said: list[Signal], random: Any, data: st.DataObject
) -> None:
    delays = data.draw(st.lists(st.integers(0, 400), min_size=len(said), max_size=len(said)))
    late = [
        replace(one, received=one.received + timedelta(days=n), known_at=one.known_at + timedelta(days=n))
        for one, n in zip(said, delays, strict=True)
    ]
    random.shuffle(late)
    for rule in RULES:
        assert outcome(rule, late) == outcome(rule, said), rule.rule.id
        assert next_due(rule, late, AS_OF) == next_due(rule, said, AS_OF)


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_an_echo_adds_nothing(said: list[Signal], data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(said))
    told_on = {
        "organisation": "housing", "sector": "housing", "setting": "s9", "referrer": "z", "how_known": "told_by_organisation",
    }  # fmt: skip
    later = original.recorded_at + timedelta(
        days=data.draw(st.integers(0, 50)), minutes=1
    )  # nobody is told before it was said
    told = replace(original, id="echo/0", recorded_at=later, **told_on)
    known_as = original.incident or "i9"
    said = [replace(one, incident=known_as) if one is original else one for one in said]
    same = replace(told, incident=known_as)
    for rule in RULES:
        before = outcome(rule, said)
        assert outcome(rule, [*said, told]) == before, rule.rule.id
        assert outcome(rule, [*said, same]) == before, rule.rule.id


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_splitting_one_report_in_two_adds_nothing(said: list[Signal], data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(said))
    whole = replace(original, incident=original.incident or "i9")
    rest = [one for one in said if one is not original]
    halves = [
        replace(whole, id="half/0", indicators=whole.indicators[:1]),
        replace(whole, id="half/1", indicators=whole.indicators[1:]),
    ]
    if whole.indicators[1:]:
        for rule in COUNTING:
            assert (outcome(rule, [*rest, whole]) is None) == (outcome(rule, [*rest, *halves]) is None), rule.rule.id


@settings(max_examples=200, deadline=None)
@given(histories(), histories(), st.data())
def test_more_said_never_lets_a_counting_rule_rest(said: list[Signal], more: list[Signal], data: st.DataObject) -> None:
    # strengths, labels, other relations, echoes, history that is loaded, another day or organisation of an incident that
    # is known by its reference: nothing that is added lowers a count, however late it was recorded
    delays = data.draw(st.lists(st.sampled_from((0, 0, 1, 40)), min_size=len(more), max_size=len(more)))
    added = [
        replace(one, id=f"n{one.id}", recorded_at=one.recorded_at + timedelta(days=n))
        for one, n in zip(more, delays, strict=True)
    ]
    for rule in COUNTING:
        if outcome(rule, said) is not None:
            assert outcome(rule, [*said, *added]) is not None, rule.rule.id


@settings(max_examples=200, deadline=None)
@given(histories(), st.data())
def test_who_knows_first_hand_never_counts_for_nobody_because_another_recorded_it_too(
    said: list[Signal], data: st.DataObject
) -> None:
    said = [one for one in said if one.relation != "possible"] or said[:1]
    original = data.draw(st.sampled_from(said))
    known_as = original.incident or "i9"
    said = [replace(one, incident=known_as) if one is original else one for one in said]
    in_time = replace(
        original, id="first/0", recorded_at=original.occurred_end, incident=known_as, organisation="housing",
        sector="housing", setting="s9", referrer="z",
    )  # fmt: skip
    for rule in COUNTING:
        before, found = outcome(rule, said), stands(rule, [*said, in_time], AS_OF)
        if before is not None:
            assert found is not None, rule.rule.id
            if isinstance(rule.rule.when, Count):
                assert set(before[0]) <= set(found.evidence), rule.rule.id


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_evidence_is_that_of_every_window_in_which_the_rule_stands(said: list[Signal]) -> None:
    said = [one for one in said if one.relation != "possible"]
    for rule in COUNTING:
        when = rule.rule.when
        if not isinstance(when, Count):
            continue
        carried: set[str] = set()
        for end in {one.occurred_end for one in said}:
            first = end - timedelta(days=when.within_days - 1)
            alone = stands(rule, [one for one in said if first <= one.occurred_end <= end], AS_OF)
            carried |= set(alone.evidence) if alone else set()
        found = stands(rule, said, AS_OF)
        assert set(found.evidence if found else ()) == carried, rule.rule.id


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_smallest_set_suffices_and_none_of_it_can_be_left_out(said: list[Signal]) -> None:
    for rule in COUNTING:
        found = stands(rule, said, AS_OF)
        if found is None:
            continue
        few = smallest(rule, found, AS_OF)
        assert set(few) <= set(found.evidence)
        chosen = [one for one in said if one.id in few]
        assert stands(rule, chosen, AS_OF) is not None, rule.rule.id
        for one in chosen:
            assert stands(rule, [other for other in chosen if other is not one], AS_OF) is None, rule.rule.id
        evidence = [one for one in said if one.id in found.evidence]
        for size in range(1, len(few)):
            assert not any(stands(rule, some, AS_OF) for some in combinations(evidence, size)), rule.rule.id
