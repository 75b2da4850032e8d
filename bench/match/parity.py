"""Pairs of descriptions made so that every level of every comparison comes up, weighed by Splink itself and by the hub.

Splink knows one value a column. Where a description has several names or homes, each combination is weighed by Splink
and the best is taken by the rule of hub/domain/model.py.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from msgspec import Struct
from splink import DuckDBAPI, Linker

from bench.match.frames import LISTS, counted, table
from bench.match.train import quiet
from hub.domain.known import Known
from hub.domain.model import COLUMNS, Likeness, Model, rows_of, score

FORENAMES = (
    "REBECCA", "REBEKAH", "BECKY", "ALFIE", "ALFRED", "ALF", "JO", "JOSEPH", "J", "YUSUF", "YOUSEF", "MARYAM", "MIRIAM",
    "ADAM MUHAMMAD", "HAMZA MUHAMMAD", "MUHAMMAD", "SMITH", "JACK OLIVER", "OLIVER", "OLENA", "KAMAL", "KAMIL", "ŁOŚ", "محمد",
    "CATHERINE", "KATHRYN", "ZOE", "SAMUEL", "SAMULE", "TOBIAS", "ROBERT", "RUPERT", "GURPREET KAUR", "MEI LING", "RHYS",
    "REECE", "MEILING", "KHAN", "KAHN",
)  # fmt: skip
SURNAMES = (
    "SMITH", "SMYTH", "SMITHE", "JONES", "HUGHES JONES", "KHAN", "KAHN", "AHMED", "ADAM", "OLIVER", "ALI", "AL ALI",
    "THORNTON", "THORNTEN", "WISNIEWSKI", "WISNIEWSKA", "JACK", "محمد علي", "ROBERTS", "RIBERS", "TAILOR", "TAYLOR", "TELLER",
    "JACK OLIVER",
)  # fmt: skip
POSTCODES = ("ZZ11AA", "ZZ11AB", "ZZ12AA", "ZZ991ZZ", "ZZ1 1AA")
STREETS = ("1 TEST STREET", "1 TEST STRET", "11 TEST STREET", "2 OTHER ROAD", "THE OLD BAKERY 4")
LEFT = RIGHT = 226  # descriptions on each side: 51,076 pairs


class Compared(Struct, frozen=True):
    """What the comparison of both scorers came to."""

    pairs: int
    largest_difference: float
    levels: Counter[tuple[str, str]]


def described(rng: Random) -> Known:
    """A description with whatever is said drawn anew, so that pairs come out in every way."""

    def maybe(chance: float) -> bool:
        return rng.random() < chance

    base = date(2012, 5, 4)
    born = rng.choice((
        base, base, date(2012, 4, 5), date(2012, 5, 14), date(2011, 5, 4), date(2012, 1, 1), date(2012, 9, 30),
        date(2015, 11, 12), date(1985, 5, 4), date(1980, 1, 1), base + timedelta(days=rng.randrange(9000)),
    ))  # fmt: skip
    names = tuple(
        dict.fromkeys(
            (rng.choice(FORENAMES) if maybe(0.93) else "", rng.choice(SURNAMES) if maybe(0.95) else "")
            for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2, 3)))
        )
    )
    numbers = [f"999000{number:04}" for number in rng.sample(range(6), 2)]
    return Known(
        nhs=numbers[0] if maybe(0.5) else None, former_nhs=(numbers[1],) if maybe(0.3) else (),
        upns=tuple(rng.sample(("A999000000001", "B999000000002", "C999000000003"), rng.choice((0, 0, 1, 1, 2)))),
        names=tuple(name for name in names if name != ("", "")), born=born if maybe(0.9) else None,
        postcodes=tuple(rng.sample(POSTCODES, rng.choice((0, 1, 1, 2)))),
        streets=tuple(rng.sample(STREETS, rng.choice((0, 1, 1, 2)))),
        sex=rng.choice(("male", "female", "not_known", "indeterminate")),
    )  # fmt: skip


def compare(settings: dict[str, Any], model: Model, likeness: Likeness, seed: int) -> Compared:
    """Weigh the same pairs both ways. `settings` are the `match_model` that `model` was read from."""
    rng = Random(seed)
    sides = [[described(rng) for _ in range(size)] for size in (LEFT, RIGHT)]
    population = rng.randrange(20_000, 200_000)
    weighed = _by_splink(settings, model, likeness, sides, 1 / population)
    largest, levels = 0.0, Counter[tuple[str, str]]()
    for one, left in enumerate(sides[0]):
        for other, right in enumerate(sides[1]):
            ours = score(model, likeness, left, right, population)
            levels.update((weight.field, weight.outcome) for weight in ours.weights)
            largest = max(largest, abs(ours.bits - weighed[one, other]))
    return Compared(LEFT * RIGHT, largest, levels)


Picked = list[tuple[int, dict[str, Any]]]  # rows with one value a column, and which description each is of


def _by_splink(
    settings: dict[str, Any], model: Model, likeness: Likeness, sides: Sequence[Sequence[Known]], share: float
) -> dict[tuple[int, int], float]:
    """Splink's match weight of each pair, the best of all ways to pick one name, postcode, street and pupil number."""
    picked = [_picked(model, likeness, side) for side in sides]
    api = DuckDBAPI()
    said = {**settings["model"], "probability_two_random_records_match": share}
    with quiet():
        tables = [
            api.register(table([row for _, row in side]), dataset_display_name=name)
            for side, name in zip(picked, ("one", "other"), strict=True)
        ]
        linker = Linker(tables[0], said, log_level=None)
        for column, shares in settings["frequencies"].items():
            lookup = api.register(counted(column, shares), dataset_display_name=f"counted_{column}")
            linker.table_management.register_term_frequency_lookup(lookup, column)
        scored = linker.inference.score_pairs(tables[0], tables[1]).as_duckdbpyrelation()
    return _best(model, picked, scored.project(", ".join(_wanted(model))).fetchall())


def _picked(model: Model, likeness: Likeness, side: Sequence[Known]) -> Picked:
    rows: Picked = []
    for number, known in enumerate(side):
        groups = rows_of(model, likeness, known).values()
        for parts in product(*groups):
            row: dict[str, Any] = dict.fromkeys(COLUMNS)
            for part in parts:
                row.update({column: sorted(value) if column in LISTS else value for column, value in part.items()})
            rows.append((number, row))
    return rows


def _wanted(model: Model) -> list[str]:
    """What to read of Splink's answer: for each comparison whether it was made, and its weight."""
    columns = ["unique_id_l", "unique_id_r", "match_weight"]
    for comparison in model.comparisons:
        field = comparison.field
        adjusted = f" + mw_tf_adj_{field}" if any(level.column for level in comparison.levels) else ""
        columns += [f"CAST(gamma_{field} <> -1 AS INTEGER) AS made_{field}", f"mw_{field}{adjusted} AS w_{field}"]
    return columns


def _best(model: Model, picked: Sequence[Picked], scored: Sequence[Sequence[Any]]) -> dict[tuple[int, int], float]:
    """For each pair the weight of the pick that is best in every group: more compared first, then more bits."""
    at = {comparison.field: 3 + 2 * number for number, comparison in enumerate(model.comparisons)}
    places = [[at[comparison.field] for comparison in comparisons] for _, comparisons in model.groups]
    best: dict[tuple[int, int], tuple[list[float], float]] = {}
    for row in scored:
        pair = picked[0][row[0]][0], picked[1][row[1]][0]
        rank = [sum(row[place + turn] for place in group) for group in places for turn in (0, 1)]
        if pair not in best or rank > best[pair][0]:
            best[pair] = rank, row[2]
    return {pair: weight for pair, (_, weight) in best.items()}


def every_level(model: Model) -> set[tuple[str, str]]:
    """All that can come out: (field, outcome), and the prior."""
    return {("prior", "")} | {
        (level.weight.field, level.weight.outcome) for one in model.comparisons for level in one.levels
    }
