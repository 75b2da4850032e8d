"""Synthetic signals about one synthetic child, and rules, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

import schemas
from hub.domain.rule import Rule
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready
from hub.domain.vocabulary import Vocabulary

CHILD = "c1"
VOCABULARY = Vocabulary.of(schemas.load_vocabulary())
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def day(number: int, hour: int = 12) -> datetime:
    """Day 0 is 5 January 2026, a Monday."""
    return NOON.replace(hour=hour) + timedelta(days=number)


def signal(message: str, on: int, *, by: str = "school", **codes: Any) -> Signal:
    """A first-hand concern about hunger, recorded and received on the day it happened, unless said otherwise."""
    moment = codes.pop("moment", day(on))
    said: dict[str, Any] = {
        "id": f"{message}/0",
        "child": CHILD,
        "relation": "own",
        "kind": "concern",
        "indicators": ("hunger",),
        "domains": (),
        "organisation": by,
        "sector": by,
        "setting": None,
        "referrer": f"{by}-clerk",
        "referrer_kind": "2A",
        "seen": "not_seen",
        "how_known": "first_hand",
        "incident": None,
        "occurred_start": moment,
        "occurred_end": moment,
        "precision": "day",
        "recorded_at": moment,
        "received": moment,
        "known_at": moment,
    }
    return Signal(**{**said, **codes})


def ready(when: dict[str, Any], *, id_: str = "r1", level: int = 3) -> Ready:
    """A rule with this `when`, ready to evaluate under the published vocabulary."""
    rule = msgspec.convert(
        {"id": id_, "words": "a rule of a test", "source": "a test", "level": level, "when": when}, Rule
    )
    return Ready(rule, VOCABULARY, "v1")
