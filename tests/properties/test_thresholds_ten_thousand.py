"""Ten thousand made-up histories: whatever order and delay they come in, the folded evidence is the rule over the set.

MASH_TEST_HISTORIES asks for another number of them. Each is seeded by its number, so that one that fails can be looked at
again. Beside it: an echo adds nothing, one report split in two adds nothing, and a label lowers nothing.
"""

import os
from datetime import timedelta
from random import Random

from msgspec.structs import replace

import schemas
from hub.domain.edition import publish, read
from hub.domain.rule import GRAMMAR, canonical_form
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, judge, stands
from policies.partnerships import load_partnership, partnerships
from tests.support.signals import NOON, day, ready, signal

HISTORIES = int(os.environ.get("MASH_TEST_HISTORIES", "10000"))
AS_OF = day(900)
CODES = (
    "hunger", "poor_hygiene", "was_not_brought", "injury_unexplained", "presentation_delayed", "persistent_absence",
    "domestic_abuse_incident", "domestic_abuse_witnessed", "help_refused", "disengaged", "strangulation_of_child",
    "new_adult_in_household", "removed_from_roll", "attends_well", "teenage_parent", "antenatal_care_missed",
)  # fmt: skip
RELATIONS = ("own", "own", "own", "own", "possible", "sibling", "household", "adult")
KINDS = ("concern", "concern", "concern", "concern", "strength", "sighting", "household_change", "help")
HOW = ("first_hand", "first_hand", "first_hand", "told_by_child", "told_by_family", "told_by_organisation")
OUTCOMES = ("no_further_action", "information_and_advice", "early_help", "declined")
LABELS = ("1A", "1B", "2A", "6", "10")


def _rules() -> tuple[Ready, ...]:
    """Every rule of every partnership once, switched on, and one that counts referrers, settings and sectors."""
    rest = {"policies": {}, "cedar_schema": "", "protocol": {}, "match_model": {}, "grammar": GRAMMAR}
    found: dict[str, Ready] = {}
    for name in partnerships():
        parts = {**load_partnership(name), "vocabulary": schemas.load_vocabulary(), **rest}
        switched_on = [{**rule, "enabled": True} for rule in parts["thresholds"]]
        for one in read(publish(1, NOON, {**parts, "thresholds": switched_on})).ready():
            found.setdefault(str(canonical_form(one.rule)["when"]), one)
    when = {"kind": "count", "within_days": 60, "at_least": {"referrers": 2, "settings": 2, "sectors": 2}}
    return (*found.values(), ready(when))


RULES = _rules()


def history(number: int) -> tuple[Random, list[Signal]]:
    """One history and what it was drawn with: a small family of organisations over two years."""
    random = Random(number)  # noqa: S311 - a seeded draw of a test
    return random, [_one(random, n) for n in range(random.randint(1, 10))]


def _one(random: Random, n: int) -> Signal:
    on, kind = random.randint(0, 800), random.choice(KINDS)
    helped = kind == "help"
    return signal(
        f"m{n}", on, by="front_door" if helped else random.choice(("school", "police", "health")), kind=kind,
        indicators=tuple(sorted(set(random.choices(CODES, k=random.randint(0, 2))))),
        relation=random.choice(RELATIONS), how_known=random.choice(HOW),
        incident=random.choice((None, None, None, "i1", "i2")),
        seen=random.choice(("not_seen", "not_seen", "seen", "seen_obscured")),
        setting=random.choice((None, "s1", "s2")), referrer=random.choice((None, "x", "y")),
        referrer_kind=random.choice(LABELS), age_months=random.choice((None, 5, 30, 59)),
        unborn=random.random() < 0.1, backfill=random.random() < 0.15,
        measures=(("attendance_percent", random.choice((40.0, 85.0))),) if random.random() < 0.2 else (),
        outcome=random.choice(OUTCOMES) if helped else "", level=random.randint(1, 4) if helped else 0,
        recorded_at=day(on + random.choice((0, 1, 2, 3, 40))),
    )  # fmt: skip


Answer = tuple[tuple[str, ...], bool] | None


def answer(rule: Ready, said: list[Signal]) -> Answer:
    found = judge(rule, said, AS_OF)[0]
    return (found.evidence, found.possible) if found else None


def folded(random: Random, said: list[Signal]) -> dict[str, Answer]:
    """The answers as a consumer comes to them: one change after the other, in any order, some taken back and said anew."""
    held: dict[str, Signal] = {}
    answers: dict[str, Answer] = {rule.version or rule.rule.id: None for rule in RULES}
    again = random.sample(said, k=min(2, len(said)))
    changes = [*(("count", one) for one in said), *(("again", one) for one in again)]
    random.shuffle(changes)
    for what, one in changes:
        touched = [one, *([held[one.id]] if one.id in held else [])]
        if what == "again" and one.id in held:
            del held[one.id]
            for rule in RULES:
                if any(rule.speaks_of(each) for each in touched):
                    answers[rule.version or rule.rule.id] = answer(rule, list(held.values()))
        held[one.id] = one
        for rule in RULES:
            if any(rule.speaks_of(each) for each in touched):
                answers[rule.version or rule.rule.id] = answer(rule, list(held.values()))
    return answers


def test_any_order_and_delay_of_a_history_folds_to_the_rule_over_the_set() -> None:
    stood = 0
    for number in range(HISTORIES):
        random, said = history(number)
        late = [
            replace(one, received=one.received + timedelta(days=n), known_at=one.known_at + timedelta(days=n))
            for one in said
            for n in (random.randint(0, 400),)
        ]
        whole = {rule.version or rule.rule.id: answer(rule, said) for rule in RULES}
        assert folded(random, late) == whole, f"history {number}"
        stood += any(whole.values())
    assert stood > HISTORIES / 2  # the histories say enough for rules to stand


def test_an_echo_and_half_a_report_add_nothing_and_no_label_lowers_anything() -> None:
    for number in range(HISTORIES // 3):
        random, said = history(number)
        original = random.choice(said)
        known_as = replace(original, incident=original.incident or "i9")
        said = [known_as if one is original else one for one in said]
        later = original.recorded_at + timedelta(days=random.randint(0, 50))
        told = replace(
            original, id="echo/0", recorded_at=later, how_known="told_by_organisation", organisation="housing",
            sector="housing", setting="s9", referrer="z",
        )  # fmt: skip
        same = replace(told, incident=known_as.incident)
        halves = [replace(known_as, id=f"half/{n}", indicators=known_as.indicators[n : n + 1]) for n in (0, 1)]
        label = replace(original, id="label/0", kind="strength", indicators=("attends_well",), incident=None)
        for rule in RULES:
            before = answer(rule, said)
            assert answer(rule, [*said, told]) == before, (number, rule.rule.id, "told")
            assert answer(rule, [*said, same]) == before, (number, rule.rule.id, "echo")
            if rule.waits:
                continue  # one of two halves of a sighting, or of an age, is the whole of it
            if known_as.indicators[1:]:
                rest = [one for one in said if one is not known_as]
                assert (stands(rule, [*rest, *halves], AS_OF) is None) == (before is None), (
                    number,
                    rule.rule.id,
                    "half",
                )
            assert answer(rule, [*said, label]) == before, (number, rule.rule.id, "label")
