"""Models for the FEBRL data sets, learned by Splink without labels. What comes out is kept in bench/match/models/."""

import json
from pathlib import Path
from typing import Any, Literal

from splink import DuckDBAPI, Linker, block_on

from bench.match.febrl import COLUMNS, DataSet, Febrl, load, name_of, provenance
from bench.match.frames import table
from bench.match.train import ELSE, alike, by_hand, finish, level, null, quiet, same, settings, without_true_pairs

U_PAIRS, SEED = 2e7, 7


NOTHING_MORE = {**by_hand(1e-4, 1e-4), "fix_m_probability": True, "fix_u_probability": True}


def _text(column: str, *, counted: bool = False, other: str = "", again: bool = False) -> dict[str, Any]:
    """`other` is the column that it may be exchanged with; where that was counted there (`again`), it says nothing more."""
    tf = {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0} if counted else {}
    exchanged = f'"{column}_l" = "{other}_r" OR "{other}_l" = "{column}_r"'
    crossed = [level("swapped", exchanged, **(NOTHING_MORE if again else {}))] if other else []
    return {
        "output_column_name": column,
        "comparison_levels": [
            null(column), level("agrees", same(column), **tf), level("close", alike(column, "0.92")),
            level("similar", alike(column, "0.82")), *crossed, level("differs", ELSE),
        ],
    }  # fmt: skip


def _digits(column: str, *, counted: bool = False) -> dict[str, Any]:
    tf = {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0} if counted else {}
    return {
        "output_column_name": column,
        "comparison_levels": [
            null(column), level("agrees", same(column), **tf), level("similar", alike(column, "0.88")),
            level("differs", ELSE),
        ],
    }  # fmt: skip


def comparisons(*, soc_sec_id: bool) -> list[dict[str, Any]]:
    """What is compared of two FEBRL records."""
    parts = [(one, other) for one, other in (("year", "month"), ("year", "day"), ("month", "day"))]
    born = {
        "output_column_name": "birth_date",
        "comparison_levels": [
            null("born"), level("agrees", same("born")),
            level("two_parts", " OR ".join(f"{same(one)} AND {same(other)}" for one, other in parts)),
            level("similar", alike("born", "0.9")), level("differs", ELSE),
        ],
    }  # fmt: skip
    identifier = [_digits("soc_sec_id")] if soc_sec_id else []
    return [
        _text("given_name", counted=True, other="surname"),
        _text("surname", counted=True, other="given_name", again=True),
        born, _digits("street_number"),
        _text("address_1", counted=True, other="address_2"), _text("address_2", other="address_1", again=True),
        _text("suburb", counted=True), _digits("postcode", counted=True),
        {"output_column_name": "state", "comparison_levels": [
            null("state"), level("agrees", same("state")), level("differs", ELSE)]},
        *identifier,
    ]  # fmt: skip


def train(which: DataSet, *, soc_sec_id: bool) -> dict[str, Any]:
    """Learn a model for a data set: u from random pairs less the true ones among them, m by EM."""
    data = load(which)
    api, compared = DuckDBAPI(), comparisons(soc_sec_id=soc_sec_id)
    rows = [
        [row for row, of in zip(data.rows, data.side, strict=True) if of == side] for side in sorted(set(data.side))
    ]
    files = [api.register(table(one, COLUMNS), dataset_display_name=f"file{n}") for n, one in enumerate(rows)]
    kind: Literal["link_only", "dedupe_only"] = "link_only" if which == 4 else "dedupe_only"
    with quiet():
        linker = Linker(files, settings(compared, kind), log_level=None)
        linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED, min_count_per_level=None)
        for columns in (("born",), ("given_name", "surname"), ("surname", "postcode"), ("address_1", "postcode")):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        model: dict[str, Any] = linker.misc.save_model_to_json(out_path=None)
    finish(model, compared)
    without_true_pairs(model, _share_true(data))
    return model


def _share_true(data: Febrl) -> float:
    """How many of all pairs are of one person, by what is known of the data without labels: about one a record."""
    return 1 / (len(data.rows) // len(set(data.side)))


def write(which: DataSet, *, soc_sec_id: bool, out: Path, splink: str, on: str) -> Path:
    """Learn a model and keep it with where it comes from."""
    model = train(which, soc_sec_id=soc_sec_id)
    said = provenance(data_set=which, soc_sec_id=soc_sec_id, splink=splink, date=on, seed=SEED)
    path = out / name_of(which, soc_sec_id=soc_sec_id)
    path.write_text(json.dumps({"provenance": said, "model": model}, indent=1) + "\n", encoding="utf-8")
    return path
