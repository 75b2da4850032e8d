"""The same comparisons by Splink's own realtime path, to say what the hub's scorer saves."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import splink
from splink import DuckDBAPI
from splink.internals.realtime import compare_records

from bench.match.frames import one_row, table
from bench.match.train import quiet
from hub.domain.known import Known
from hub.domain.matching import RULES
from hub.domain.model import Likeness, Model
from policies.matching import match_model


def measure(
    model: Model, likeness: Likeness, events: Sequence[tuple[Known, Sequence[Known]]],
    cut: Callable[[Sequence[float], int], float],
) -> dict[str, Any]:  # fmt: skip
    """Milliseconds for each event: one description against its candidates, to the weights."""
    settings = match_model(RULES)
    api, took = DuckDBAPI(), list[float]()
    with quiet():
        for said, candidates in events:
            one, others = (_rows(settings, model, likeness, some) for some in ([said], candidates))
            began = time.perf_counter()
            scored = compare_records(one, others, settings["model"], api, sql_cache_key="bench")
            weights = [row["match_weight"] for row in scored.as_record_list()]
            took.append((time.perf_counter() - began) * 1e3)
            if len(weights) != len(candidates):
                raise RuntimeError("Splink did not weigh every candidate: what was measured is not the same work")
            scored.drop_table_from_database_and_remove_from_cache(force_non_splink_table=True)
    return {
        "version": splink.__version__, "events": len(took), "first": took[0], "p50": cut(took[1:], 50),
        "p99": cut(took[1:], 99),
    }  # fmt: skip


def _rows(settings: dict[str, Any], model: Model, likeness: Likeness, some: Sequence[Known]) -> pa.Table:
    """Descriptions with how common each value is beside it, as this path wants them."""
    rows = [one_row(model, likeness, known) for known in some]
    made = table(rows)
    for column, shares in settings["frequencies"].items():
        made = made.append_column(f"tf_{column}", pa.array([shares.get(row.get(column)) for row in rows], pa.float64()))
    return made
