"""What a sender is told: every outcome has a class, none says section 47, and a risk closes it for all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.domain.became import CLASSES, GUARDED, OF_OUTCOME, REASONS, endangers, told
from hub.domain.concern import Statement
from hub.domain.enquiry import OUTCOMES
from hub.domain.moments import Period

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(**otherwise: Any) -> Statement:
    known: dict[str, Any] = {
        "organisation": "school", "sequence": 1, "recorded_at": NOON, "digest": b"", "how_known": "first_hand",
        "occurred": Period(NOON, NOON, "day"), "referrer_kind": "2A",
    }  # fmt: skip
    return Statement(**{**known, **otherwise})


def test_every_outcome_of_a_decision_has_a_class_and_a_reason_in_words() -> None:
    assert set(OF_OUTCOME) == set(OUTCOMES)
    assert {kind for kind, _ in OF_OUTCOME.values()} <= set(CLASSES)
    assert {reason for _, reason in OF_OUTCOME.values()} <= set(REASONS)
    assert told("section_47", guarded=False) == told("assessment", guarded=False)
    assert told("what is this", guarded=False) == told("early_help", guarded=True)


def test_a_risk_anywhere_closes_it_for_all() -> None:
    assert told("early_help", guarded=True) == (("outcome", GUARDED[0]), ("reason", GUARDED[1]))
    assert not endangers([said(), said(why_not_told="delay")], NOON, restricted=False)
    assert not endangers([said(do_not_discuss_until=NOON)], NOON, restricted=False)
    assert endangers([], NOON, restricted=True)


@pytest.mark.parametrize(
    "risk",
    [
        {"police_code": "P1"}, {"do_not_discuss_until": NOON + timedelta(hours=1)}, {"why_not_told": "increases_risk"},
        {"why_not_told": "prejudices_investigation"},
    ],
)  # fmt: skip
def test_each_risk_by_itself(risk: dict[str, Any]) -> None:
    assert endangers([said(), said(**risk)], NOON, restricted=False)
