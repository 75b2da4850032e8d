"""The match model: Fellegi-Sunter weights as Splink trains and writes them, and the score of two descriptions by it.

It promises the same number as Splink's own engine for the same pair (within 1e-9), and it refuses a model that it cannot
read whole. How alike two names are is handed in: this module is pure.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct

from hub.domain.condition import Holds, Likeness, Row, always, condition
from hub.domain.known import Known, Weight
from hub.domain.naming import first_in_place, forms_of, joined, parts_of

__all__ = ["COLUMNS", "Likeness", "Model", "Score", "Scorer", "prior", "read", "rows_of", "score", "weigh"]
NOT_COMPARED = "not_compared"

Rows = Mapping[str, Sequence[Row]]  # by group: what `rows_of` makes of a description


class Score(Struct, frozen=True):
    """The match weight of a pair in bits, the prior included, and what it is made of, the prior first."""

    bits: float
    weights: tuple[Weight, ...]


class Level(Struct, frozen=True):
    """One way that a comparison can come out, and its weight. With a `column`, how common its value is changes that by
    `share` times (`base` less log2 of the larger frequency of the two values, or `least`).
    """

    holds: Holds
    weight: Weight
    column: str = ""
    share: float = 0.0
    base: float = 0.0
    least: float = 0.0


class Comparison(Struct, frozen=True):
    """What is compared, and its levels: the first that holds counts. `group` are columns that were said together."""

    field: str
    group: str
    levels: tuple[Level, ...]  # the last holds always


class Model(Struct, frozen=True):
    """A model, read and checked."""

    id: str  # hash of its canonical bytes: cited in every link
    comparisons: tuple[Comparison, ...]
    groups: tuple[tuple[str, tuple[Comparison, ...]], ...]  # the same by what was said together
    frequencies: Mapping[str, Mapping[str, float]]  # column -> value -> share of all that have one
    nicknames: Mapping[str, tuple[str, ...]]  # short form -> names
    places: tuple[int, ...] = ()  # where each comparison stands among those of the groups, one group after the other


# --------------------------------------------------------------------------------------------- reading Splink's JSON

# which columns of a description go together: two names are compared as each was said, any postcode with any
COLUMNS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "forename", "forenames", "forename_forms", "forename_sound", "forenames_joined", "surname", "surname_first",
            "surname_parts", "surname_sound",
        ), "name",
    ),
    **dict.fromkeys(("postcode", "outcode"), "postcode"),
    "street": "street",
    "upn": "upn",
    **dict.fromkeys(("nhs", "nhs_all", "born", "year", "month", "day", "sex"), "person"),
}  # fmt: skip
_LEVEL_KEYS = frozenset({
    "sql_condition", "label_for_charts", "m_probability", "u_probability", "is_null_level", "fix_m_probability",
    "fix_u_probability", "tf_adjustment_column", "tf_adjustment_weight", "tf_minimum_u_value",
    "disable_tf_exact_match_detection",
})  # fmt: skip


def read(settings: Mapping[str, Any], columns: Mapping[str, str] | None = None) -> Model:
    """The model in an edition's `match_model`: `model` (Splink's JSON), `frequencies` and `nicknames`.

    `columns` say which columns a level may read and which of them belong together (without it, those of a description
    of a person: COLUMNS). Raises ValueError naming the comparison or level that this code cannot judge, and why.
    """
    known = COLUMNS if columns is None else columns
    splink = settings.get("model")
    if not isinstance(splink, Mapping) or not splink.get("comparisons"):
        raise ValueError('the match model has no comparisons: "model" must be the JSON that Splink saves')
    held = {part: settings.get(part) or {} for part in ("model", "frequencies", "nicknames")}
    canonical = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    frequencies = {column: dict(values) for column, values in (settings.get("frequencies") or {}).items()}
    for column, values in frequencies.items():
        if bad := [share for share in values.values() if not _is_share(share)]:
            raise ValueError(f"frequencies of {column}: {bad[0]} is no share above 0 and up to 1")
    comparisons = tuple(_comparison(one, known, frequencies) for one in splink["comparisons"])
    groups = dict.fromkeys(one.group for one in comparisons)
    grouped = [one.field for group in groups for one in comparisons if one.group == group]
    return Model(
        id=sha256(canonical.encode()).hexdigest(),
        comparisons=comparisons,
        groups=tuple((group, tuple(one for one in comparisons if one.group == group)) for group in groups),
        places=tuple(grouped.index(one.field) for one in comparisons),
        frequencies=frequencies,
        nicknames={short: tuple(names) for short, names in (settings.get("nicknames") or {}).items()},
    )


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _comparison(
    said: Mapping[str, Any], columns: Mapping[str, str], frequencies: Mapping[str, Mapping[str, float]]
) -> Comparison:
    field = str(said.get("output_column_name", ""))
    levels: list[Mapping[str, Any]] = list(said.get("comparison_levels", ()))
    if not levels:
        raise ValueError(f"comparison {field}: it has no levels")
    used = set[str]()
    for level in levels:
        used.update(re.findall(r'"(\w+)_[lr]"', str(level.get("sql_condition"))))
    if missing := sorted(used - columns.keys()):
        raise ValueError(f"comparison {field}: there is no {', '.join(missing)} to compare")
    groups = {columns[column] for column in used}
    if len(groups) != 1:
        raise ValueError(
            f"comparison {field}: {', '.join(sorted(used))} are not said together, so not compared together"
        )
    if str(levels[-1].get("sql_condition")).strip().upper() != "ELSE":
        raise ValueError(f"comparison {field}: its last level must be ELSE, for all that no other level holds for")
    exact = {str(level["sql_condition"]): level for level in levels}
    read_levels = []
    for level in levels:
        where = f"comparison {field}, level {level.get('label_for_charts') or level.get('sql_condition')}"
        try:
            read_levels.append(_level(field, level, exact, frequencies))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    return Comparison(field, groups.pop(), tuple(read_levels))


def _level(
    field: str,
    said: Mapping[str, Any],
    beside: Mapping[str, Mapping[str, Any]],
    frequencies: Mapping[str, Mapping[str, float]],
) -> Level:
    if unknown := sorted(said.keys() - _LEVEL_KEYS):
        raise ValueError(f"{', '.join(unknown)}: this code does not know what that changes")
    holds = condition(str(said["sql_condition"]))
    if said.get("is_null_level"):
        return Level(holds, Weight(field, NOT_COMPARED, 0.0))
    outcome = said.get("label_for_charts")
    if not outcome:
        raise ValueError("it has no label_for_charts, which names the outcome")
    m, u = said.get("m_probability"), said.get("u_probability")
    if not (_is_share(m) and _is_share(u)):
        raise ValueError(
            "m_probability and u_probability must be there, above 0 and up to 1: train it, or set them by hand"
        )
    assert isinstance(m, float | int)  # noqa: S101 - _is_share has just said so
    assert isinstance(u, float | int)  # noqa: S101 - likewise
    weight = Weight(field, outcome, math.log2(m / u))
    column = said.get("tf_adjustment_column")
    share = float(said.get("tf_adjustment_weight", 1.0))
    if not column or share == 0 or holds is always:
        return Level(holds, weight)
    if column not in frequencies:
        raise ValueError(f"there are no frequencies of {column}")
    base = said if said.get("disable_tf_exact_match_detection") else beside.get(f'"{column}_l" = "{column}_r"')
    if base is None or not _is_share(base.get("u_probability")):
        raise ValueError(f"the frequency of {column} needs a level of the same comparison where {column} is equal")
    least = float(said.get("tf_minimum_u_value", 0.0))
    return Level(holds, weight, column, share, math.log2(base["u_probability"]), least)


# ------------------------------------------------------------------------------------------------------------ scoring


def prior(population: int) -> float:
    """The weight of knowing nothing, in bits: the person described is one of `population`, each as likely.

    An index that has just begun holds few of those whom it will be asked about: the policy says from how many persons
    on the index is believed.
    """
    return -math.log2(max(population, 2) - 1)


def weigh(model: Model, likeness: Likeness, one: Row, other: Row) -> tuple[Weight, ...]:
    """The weight of each comparison of two rows with one value a column, in the model's order."""
    return tuple(_weigh(model, comparison, likeness, one, other) for comparison in model.comparisons)


def score(model: Model, likeness: Likeness, one: Known, other: Known, population: int) -> Score:
    """How much two descriptions speak for one person, in bits; the prior is that of an index of `population` persons.

    Of several names the best pair counts, compared as each was said, and pairs where more can be compared before others
    (a surname said alone never hides that the forename differs); of several postcodes, streets or pupil numbers the best
    pair likewise. What either does not say weighs nothing. Source: Fellegi and Sunter 1969; Splink 5 for the weights.
    """
    return Scorer(model, likeness, one, population).score(other)


class Scorer:
    """As `score`, of one description with many: what several of those say alike (siblings their home, the source records
    of one child nearly everything) is weighed once.
    """

    def __init__(self, model: Model, likeness: Likeness, one: Known, population: int) -> None:
        self._start = prior(population)
        self._prior = Weight("prior", "", self._start)
        self._groups = tuple(_Group(model, likeness, one, *group) for group in model.groups)
        self._places = model.places

    def score(self, other: Known) -> Score:
        """The weight of the pair, and what it is made of."""
        found: list[Weight] = []
        for group in self._groups:
            found += group.weigh(other)
        made_of = [found[place] for place in self._places]
        return Score(self._start + sum([weight.bits or 0.0 for weight in made_of]), (self._prior, *made_of))


class _Group:
    """The comparisons of what was said together, of one description with many."""

    def __init__(
        self, model: Model, likeness: Likeness, one: Known, group: str, comparisons: tuple[Comparison, ...]
    ) -> None:
        self._model, self._likeness, self._comparisons = model, likeness, comparisons
        self._said, self._rows = _SAID[group], _ROWS[group]
        self._lefts = self._rows(model, likeness, one)
        self._weighed: dict[object, list[Weight]] = {}

    def weigh(self, other: Known) -> list[Weight]:
        """The weights of the best pair of rows, in the comparisons' order."""
        said = self._said(other)
        found = self._weighed.get(said)
        if found is None:
            found = self._weighed[said] = self._best(self._rows(self._model, self._likeness, other))
        return found

    def _best(self, rights: Sequence[Row]) -> list[Weight]:
        model, likeness, comparisons = self._model, self._likeness, self._comparisons
        best: list[Weight] = []
        for left in self._lefts:
            for right in rights:
                weights = [_weigh(model, comparison, likeness, left, right) for comparison in comparisons]
                if not best or _rank(weights) > _rank(best):
                    best = weights
        return best


def _rank(weights: Sequence[Weight]) -> tuple[int, float]:
    return sum(weight.outcome != NOT_COMPARED for weight in weights), sum(weight.bits or 0.0 for weight in weights)


def _weigh(model: Model, comparison: Comparison, likeness: Likeness, left: Row, right: Row) -> Weight:
    for level in comparison.levels:
        if level.holds(left, right, likeness):
            return _adjusted(model, level, left, right) if level.column else level.weight
    raise AssertionError(f"{comparison.field}: no level holds, not even the last")


def _adjusted(model: Model, level: Level, left: Row, right: Row) -> Weight:
    """The weight of a level by how common the value is: of two values the commoner counts."""
    shares = model.frequencies[level.column]
    here, there = shares.get(str(left.get(level.column))), shares.get(str(right.get(level.column)))
    common = max(here or 0.0, there or 0.0)
    if not common:
        return level.weight  # nobody has counted it: it weighs as an average value's
    bits = level.share * (level.base - math.log2(max(common, level.least)))
    return Weight(level.weight.field, level.weight.outcome, (level.weight.bits or 0.0) + bits)


def rows_of(model: Model, likeness: Likeness, known: Known) -> Rows:
    """A description as the rows of each group of columns: one row for each name, postcode, street and pupil number.

    At least one row a group; a column of which nothing is known is not in it.
    """
    return {group: rows(model, likeness, known) for group, rows in _ROWS.items()}


_NOTHING: list[Row] = [{}]


def _name(model: Model, likeness: Likeness, forenames: str, surname: str) -> Row:
    row: dict[str, str | frozenset[str]] = {}
    if forenames:
        forename = forenames.partition(" ")[0]
        row["forename"] = forename
        row["forenames"] = frozenset(forenames.split())
        row["forenames_joined"] = joined(forenames)
        row["forename_forms"] = forms_of(forename, model.nicknames)
        if sound := likeness.sounds(forename):
            row["forename_sound"] = sound
    if surname:
        row["surname"] = surname
        row["surname_first"] = first_in_place(surname)
        row["surname_parts"] = parts_of(surname)
        if sound := likeness.sounds(surname):
            row["surname_sound"] = sound
    return row


def _person(known: Known) -> Row:
    row: dict[str, str | frozenset[str]] = {}
    if known.nhs:
        row["nhs"] = known.nhs
        row["nhs_all"] = frozenset((known.nhs, *known.former_nhs))
    if known.born:
        iso = known.born.isoformat()
        row["born"], row["year"], row["month"], row["day"] = iso, iso[:4], iso[5:7], iso[8:]
    if known.sex in {"female", "male"}:
        row["sex"] = known.sex
    return row


_ROWS: Final[Mapping[str, Callable[[Model, Likeness, Known], Sequence[Row]]]] = {
    "name": lambda model, likeness, known: [_name(model, likeness, *name) for name in known.names] or _NOTHING,
    "postcode": lambda _, __, known: [{"postcode": one, "outcode": one[:-3].rstrip()} for one in known.postcodes] or _NOTHING,
    "street": lambda _, __, known: [{"street": street} for street in known.streets] or _NOTHING,
    "upn": lambda _, __, known: [{"upn": upn} for upn in known.upns] or _NOTHING,
    "person": lambda _, __, known: [_person(known)],
}  # fmt: skip
_SAID: Final[Mapping[str, Callable[[Known], object]]] = {  # all that the rows of a group are made of
    "name": lambda known: known.names,
    "postcode": lambda known: known.postcodes,
    "street": lambda known: known.streets,
    "upn": lambda known: known.upns,
    "person": lambda known: (known.nhs, known.former_nhs, known.born, known.sex),
}
