"""Training the match model: Splink learns, from descriptions of invented people, how far each agreement speaks for one person.

u (chance agreement) comes from random pairs, m (agreement of one person's descriptions) from EM over pairs that share
something which siblings do not. What data cannot teach is set by hand and listed in the provenance. Everything is seeded.
"""

import contextlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from bench.match.frames import Description, descriptions, one_row, table
from bench.world.noise import Noise
from bench.world.stream import World
from hub.adapters.likeness import likeness
from hub.domain.model import Model, read
from policies.matching import nicknames

Settings = dict[str, Any]
LEAST_SEEN = 12  # a name that fewer described people carry has no frequency: its agreement weighs as an average name's
U_PAIRS = 2e7
U_SEED = 7


def null(column: str) -> dict[str, Any]:
    """The level of what one of the two does not say."""
    return {"sql_condition": f'"{column}_l" IS NULL OR "{column}_r" IS NULL', "is_null_level": True,
            "label_for_charts": "not_compared"}  # fmt: skip


def level(outcome: str, sql: str, **otherwise: Any) -> dict[str, Any]:
    """A level by its outcome and its condition."""
    return {"sql_condition": sql, "label_for_charts": outcome, **otherwise}


def same(column: str) -> str:
    """The condition that a column is equal."""
    return f'"{column}_l" = "{column}_r"'


def alike(column: str, least: str) -> str:
    """The condition that two texts are at least so alike."""
    return f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {least}'


def by_hand(m: float, u: float) -> dict[str, float]:
    """Probabilities that are set and not learned."""
    return {"m_probability": m, "u_probability": u}


def _both(*conditions: str) -> str:
    return " AND ".join(conditions)


SWAPPED = '"forename_l" = "surname_r" AND "surname_l" = "forename_r"'
# a slip besides, or several forenames in the surname's place, of which the first counts
TURNED = (
    'jaro_winkler_similarity("forename_l", "surname_first_r") >= 0.92 AND '
    'jaro_winkler_similarity("surname_first_l", "forename_r") >= 0.92'
)
JANUARY = """"day_{0}" = '01' AND "month_{0}" = '01'"""  # the first of it
ELSE = "ELSE"
# an identifier: an agreement that is not the person's comes from a brother's number on the form far more often than by
# chance (about 1 in 500 health records in the experiments), which is why u is not 1 in 100 million
NHS = {"agrees": by_hand(0.97, 1e-6), "former": by_hand(0.015, 1e-6), "differs": by_hand(0.015, 1.0)}
# a home and its street are one fact, and a brother shares both: what the street adds to a postcode is little. How often
# one person's addresses differ between organisations: CRATE's published rate of 30 in 100 (Cardinal 2023), not the world's.
# By chance: 3,000 postcodes and eight outcodes in a partnership; the world has fewer
POSTCODE = {"agrees": by_hand(0.7, 3e-4), "outcode": by_hand(0.15, 0.12), "differs": by_hand(0.15, 0.88)}
SEX = {"agrees": by_hand(0.9967, 0.5), "differs": by_hand(0.0033, 0.5)}  # CRATE
STREET = {"agrees": by_hand(0.7, 0.03), "similar": by_hand(0.05, 0.02), "differs": by_hand(0.25, 0.95)}
# born more than nine years apart: between two descriptions of one person a slip of the pen that changes the decade
GENERATION = {"m_probability": 5e-5}
# what the synthetic organisations do not do, and others do: rates after CRATE's of partly agreeing names
INITIAL = by_hand(0.005, 0.002)  # "J" for any name with J: one in fifteen names, and one in thirty writes an initial
PART = by_hand(0.01, 5e-4)
# "Jiayi" for "Jia Yi": weighs as the same name of average rarity does
JOINED = by_hand(1e-3, 7e-7)
# of those whose names are the other way round one in four has several forenames, or a slip
TURNED_ROUND = by_hand(7.5e-4, 2e-7)
RARE = {"sounds": {"m_probability": 0.004}, "similar": {"m_probability": 0.006}}
UPN = {"agrees": by_hand(0.97, 1e-6), "differs": by_hand(0.03, 1.0)}

COMPARISONS: tuple[dict[str, Any], ...] = (
    {"output_column_name": "nhs_number", "comparison_levels": [
        null("nhs"),
        level("agrees", same("nhs"), **NHS["agrees"]),
        level("former", 'list_has_any("nhs_all_l", "nhs_all_r")', **NHS["former"]),
        level("differs", ELSE, **NHS["differs"]),
    ]},
    {"output_column_name": "upn", "comparison_levels": [
        null("upn"), level("agrees", same("upn"), **UPN["agrees"]), level("differs", ELSE, **UPN["differs"]),
    ]},
    {"output_column_name": "forename", "comparison_levels": [
        null("forename"),
        level("agrees", same("forename"), tf_adjustment_column="forename", tf_adjustment_weight=1.0),
        level("joined", same("forenames_joined"), **JOINED),
        level("nickname", 'list_has_any("forename_forms_l", "forename_forms_r")'),
        level("close", alike("forename", "0.92")),
        level("swapped", SWAPPED),
        level("turned", TURNED, **TURNED_ROUND),
        level("similar", alike("forename", "0.85")),
        level("initial", 'starts_with("forename_l", "forename_r") OR starts_with("forename_r", "forename_l")',
              **INITIAL),
        level("other_forename",
              'list_contains("forenames_l", "forename_r") OR list_contains("forenames_r", "forename_l")'),
        level("sounds", same("forename_sound"), **RARE["sounds"]),
        level("differs", ELSE),
    ]},
    {"output_column_name": "surname", "comparison_levels": [
        null("surname"),
        level("agrees", same("surname"), tf_adjustment_column="surname", tf_adjustment_weight=1.0),
        level("part", 'list_has_any("surname_parts_l", "surname_parts_r")', **PART),
        level("close", alike("surname", "0.92")),
        # the swap counts once, with the forename: here it says nothing more, as does what is turned round with a slip
        level("swapped", SWAPPED, **by_hand(1e-4, 1e-4), fix_m_probability=True, fix_u_probability=True),
        level("turned", TURNED, **by_hand(1e-4, 1e-4), fix_m_probability=True, fix_u_probability=True),
        level("similar", alike("surname", "0.85"), **RARE["similar"]),
        level("sounds", same("surname_sound"), **RARE["sounds"]),
        level("differs", ELSE),
    ]},
    {"output_column_name": "birth_date", "comparison_levels": [
        null("born"),
        # the first of January is what is written where only the year is known, so it agrees by chance far more often
        level("first_january", _both(same("born"), JANUARY.format("l")), **by_hand(0.01, 1e-4)),
        level("agrees", same("born")),
        level("swapped", _both(same("year"), '"month_l" = "day_r"', '"day_l" = "month_r"')),
        level("two_parts", " OR ".join((
            _both(same("year"), same("month")), _both(same("year"), same("day")), _both(same("month"), same("day")),
        ))),
        level("year_and_january", " OR ".join(
            _both(same("year"), JANUARY.format(side)) for side in "lr")),
        level("year", same("year")),
        level("differs", 'abs(CAST("year_l" AS INTEGER) - CAST("year_r" AS INTEGER)) <= 9'),
        level("generation", ELSE, **GENERATION),  # a parent of the same name in the same home
    ]},
    {"output_column_name": "postcode", "comparison_levels": [
        null("postcode"), level("agrees", same("postcode"), **POSTCODE["agrees"]),
        level("outcode", same("outcode"), **POSTCODE["outcode"]), level("differs", ELSE, **POSTCODE["differs"]),
    ]},
    {"output_column_name": "street", "comparison_levels": [
        null("street"), level("agrees", same("street"), **STREET["agrees"]),
        level("similar", alike("street", "0.92"), **STREET["similar"]), level("differs", ELSE, **STREET["differs"]),
    ]},
    {"output_column_name": "sex", "comparison_levels": [
        null("sex"), level("agrees", same("sex"), **SEX["agrees"]), level("differs", ELSE, **SEX["differs"]),
    ]},
)  # fmt: skip

# what pairs share while EM learns the rest; siblings share neither number, nor forename and birth date
SESSIONS: tuple[tuple[str, ...], ...] = (
    ("nhs",), ("upn",), ("forename", "born"), ("forename", "postcode"), ("born", "surname", "postcode"),
)  # fmt: skip


class Trained(Struct, frozen=True):
    """What training gives: Splink's JSON, how common names are, and how it came about."""

    model: Settings
    frequencies: dict[str, dict[str, float]]
    rows: int
    persons: int
    left_to_hand: tuple[str, ...]  # "comparison/level m" that no pair showed


def settings(
    comparisons: Sequence[Mapping[str, Any]], link_type: Literal["link_only", "dedupe_only"] = "dedupe_only"
) -> SettingsCreator:
    """Splink's settings for these comparisons; scoring needs no blocking rule."""
    return SettingsCreator(
        link_type=link_type,
        comparisons=[dict(one) for one in comparisons],
        blocking_rules_to_generate_predictions=[],
        unique_id_column_name="unique_id",
        retain_intermediate_calculation_columns=False,
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Splink says what it does on its logger; what matters of it stands in the provenance."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def train_world(
    children: int,
    years: float,
    seed: int,
    *,
    noise: Noise = "normal",
    progress: Callable[[float], None] = lambda _: None,
) -> Trained:
    """A model from a synthetic world of this size and seed, with many names as unevenly spread as real ones.

    Each different description that an organisation gave is one row.
    """
    found = list(descriptions(World(children, years, seed, noise=noise, names="many")))
    progress(0.2)
    return train(found, progress=lambda part: progress(0.2 + 0.8 * part))


def train(found: Sequence[Description], *, progress: Callable[[float], None] = lambda _: None) -> Trained:
    """A model from these descriptions, without looking at who they are of."""
    short_forms = {short: tuple(names) for short, names in nicknames().items()}
    empty = Model(id="", comparisons=(), groups=(), frequencies={}, nicknames=short_forms)
    rows = [one_row(empty, likeness(), one.known) for one in found]
    api = DuckDBAPI()
    with quiet():
        linker = Linker(
            api.register(table(rows), dataset_display_name="described"), settings(COMPARISONS), log_level=None
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=U_SEED, min_count_per_level=None)
        progress(0.4)
        for number, columns in enumerate(SESSIONS):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
            progress(0.4 + 0.6 * (number + 1) / len(SESSIONS))
        model: Settings = linker.misc.save_model_to_json(out_path=None)
    left = finish(model, COMPARISONS)
    frequencies = {column: _shares(rows, column) for column in ("forename", "surname")}
    read({"model": model, "frequencies": frequencies, "nicknames": {}})
    return Trained(model, frequencies, len(rows), len({one.person for one in found}), tuple(left))


def finish(model: Settings, by_hand: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Complete the JSON in place: what is set by hand goes back in, and what no pair showed gets a cautious value.

    A level that random pairs never showed has u 1e-7; one that EM never saw has the m that gives it no weight. Returns
    which those were.
    """
    by_name = {one["output_column_name"]: one for one in by_hand}
    left: list[str] = []
    for comparison in model["comparisons"]:
        field = comparison["output_column_name"]
        hand = by_name[field]["comparison_levels"] if field in by_name else comparison["comparison_levels"]
        for said, own in zip(comparison["comparison_levels"], hand, strict=True):
            if said.get("is_null_level"):
                continue
            for key in {"m_probability", "u_probability"} & own.keys():
                said[key] = own[key]
            if not said.get("u_probability"):
                said["u_probability"] = 1e-7
                left.append(f"{field}/{said['label_for_charts']} u")
            if not said.get("m_probability"):
                said["m_probability"] = said["u_probability"]
                left.append(f"{field}/{said['label_for_charts']} m")
            for key in ("m_probability", "u_probability"):
                said[key] = float(f"{said[key]:.8g}")  # the last digits depend on how the work was shared out
    model.pop("linker_uid", None)  # random, and of this run alone
    return left


def _shares(rows: Sequence[Mapping[str, Any]], column: str) -> dict[str, float]:
    """The share of each value among the rows that have one, as Splink counts it; rare ones are left out."""
    counts = Counter(row[column] for row in rows if row[column])
    whole = counts.total()
    return {name: round(n / whole, 6) for name, n in sorted(counts.items()) if n >= LEAST_SEEN}


def write(trained: Trained, out: Path, provenance: Mapping[str, Any]) -> None:
    """Write model.json, frequencies.json and provenance.toml into a folder, made where missing."""
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (("model", trained.model), ("frequencies", trained.frequencies)):
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=name == "frequencies")
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    lines = [
        "# Where this model comes from. Written by `mash match train`; only `reviewed_by` is for people to fill.",
        "",
    ]
    for key, value in provenance.items():
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    (out / "provenance.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def without_true_pairs(model: Settings, share: float) -> None:
    """Take out of u, in place, what true pairs put into it: among all pairs of small files they are no longer rare.

    u' = (u - share x m) / (1 - share), where `share` is how many of all pairs are true; at least 1e-7.
    """
    for comparison in model["comparisons"]:
        for said in comparison["comparison_levels"]:
            if not said.get("is_null_level"):
                u = (said["u_probability"] - share * said["m_probability"]) / (1 - share)
                said["u_probability"] = max(u, 1e-7)
