"""Whatever the order in which late facts come, one at a time or at once, the task says the same in the end."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.domain.late import hindsight, is_late, touches, words
from hub.domain.signal import Signal
from tests.properties.test_thresholds_any_order import COUNTING, histories
from tests.support.signals import day

DECIDED = day(400)
RULES = COUNTING[::7]  # some of every partnership's
SAID = {one.rule.id: one.rule.words for one in RULES}


def split(history: list[Signal]) -> tuple[list[Signal], list[Signal]]:
    """What was known at the decision, and what of the rest had happened before it and came long after."""
    known = [one for number, one in enumerate(history) if number % 2 == 0 and one.received < DECIDED]
    late = [
        replace(one, received=day(900), known_at=day(900))
        for number, one in enumerate(history)
        if number % 2 and one.occurred_end < DECIDED
    ]
    return known, late


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_late_facts_in_any_order_and_in_any_batches_end_in_the_same_task(history: list[Signal], data: Any) -> None:
    known, late = split(history)
    assert all(is_late(one, 3) and touches(one, DECIDED, 3) for one in late)
    at_once = hindsight(RULES, known, late, DECIDED)
    came: list[Signal] = []
    last = hindsight(RULES, known, came, DECIDED)
    for one in data.draw(st.permutations(late)):
        came.append(one)
        last = hindsight(RULES, data.draw(st.permutations(known)), came, DECIDED)
    assert (last, words(last, SAID)) == (at_once, words(at_once, SAID))


@settings(max_examples=30, deadline=None)
@given(histories())
def test_nothing_late_is_no_task(history: list[Signal]) -> None:
    known, _ = split(history)
    found = hindsight(RULES, known, known, DECIDED)  # what was known then and comes again is not late
    assert (found.differs, found.level) == (False, found.level_then)
