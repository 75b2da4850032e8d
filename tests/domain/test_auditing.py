"""Drawing decisions for a practice audit: by a seed, weighted by risk; and the earliest rule that would have stood."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from hub.domain.auditing import Earliest, draw, earliest, weight
from hub.domain.measuring import Happened

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decided(**codes: Any) -> Happened:
    return Happened(position=1, kind="decided", at=NOON, **codes)


def test_a_seed_draws_the_same_in_any_order_and_another_seed_another() -> None:
    pool = [(f"d{n}", 1) for n in range(50)]
    assert draw(pool, "a", 5) == draw(pool[::-1], "a", 5)
    assert len({draw(pool, str(seed), 5) for seed in range(20)}) == 20
    assert len(set(draw(pool, "a", 50))) == 50


def test_what_weighs_more_is_drawn_more_often() -> None:
    pool = [("light", 1), ("heavy", 7)]
    heavy = sum(draw(pool, str(seed), 1) == ("heavy",) for seed in range(800))
    assert 650 < heavy < 750  # seven of eight is 700


def test_a_closing_below_the_rule_with_a_child_not_heard_weighs_most() -> None:
    assert weight(decided(what="assessment", level=3, ref="3", organisation="child_said")) == 1
    assert weight(decided(what="no_further_action", level=2, ref="3", organisation="not_obtained")) == 7


def test_the_earliest_rule_stands_on_what_was_known_by_then() -> None:
    known = [cast("Any", SimpleNamespace(id=str(n), known_at=NOON + timedelta(days=n))) for n in (3, 1, 2)]
    needs = {"slow": 3, "quick": 2}
    assert earliest(needs, known, lambda rule, some, _: len(some) >= needs[rule]) == Earliest(
        "quick", NOON + timedelta(days=2)
    )
    assert earliest(needs, known[:1], lambda rule, some, _: len(some) >= needs[rule]) is None
