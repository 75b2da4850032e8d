"""Statements that are kept and do not count, or not for every child whom they name, and by which policies. Codes only."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Column, LargeBinary, String, Table

from hub.domain.concern import ConcernRuled
from hub.domain.fact import Recorded
from hub.views.columns import meta

kept_out = Table(  # the newest ruling of a message, where that is, or was, other than plainly counted
    "kept_out", meta, Column("stream", String, primary_key=True),
    Column("state", String, index=True),  # kept_out | in_part: not for every child, it may be | counted
    Column("policies", LargeBinary),
)  # fmt: skip


def rows(recorded: Recorded) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The row that a ruling makes or changes. None for what simply counts, and where a policy erred: that is asked again."""
    fact = recorded.fact
    if not isinstance(fact, ConcernRuled) or fact.faults:
        return
    plain = fact.counted and len(fact.policies) <= 1
    if plain and recorded.version == 2:  # the second fact of a message is its ruling at intake
        return
    state = "counted" if plain else "in_part" if fact.counted else "kept_out"
    yield (
        kept_out,
        {"stream": recorded.stream, "state": state, "policies": msgspec.json.encode(fact.policies)},
    )
