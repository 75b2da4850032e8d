"""Ratios between groups of children, taken apart: what of a difference is left once deprivation, and how much was reported of
the children, are the same.

It promises a reckoning and no excuse: a ratio above `LIMIT` counts as explained where the reckoning brings it down to that, and
where it does not, the interval of what is left says whether that may be chance.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from bench.evaluate.alerts import Raised
from bench.evaluate.history import About
from bench.evaluate.intervals import DRAWS, Families, middle_95
from hub.domain.counting import incident_key, is_echo

LIMIT = 1.25
ENOUGH = 20  # alerts to be expected of a group, below which its rate is left out: chance alone would make such a ratio
DEPRIVATION = "deprivation_fifth"
MANY = 8  # incidents, from which on children are taken as alike


Told = Literal["not above 1.25", "explained", "what is left may be chance", "not explained"]


class Ratio(Struct, frozen=True):
    """Of one cut, the highest rate of alerts over the lowest, in three steps; each with a 95 % interval.

    `rates` are alerts per 1,000 children a year to anybody, of groups large enough; `raw` as they are, `deprivation` with
    the same deprivation, `reports` with the same deprivation and as much reported: what is left; fifths of deprivation are
    never made alike in that. `told` is what that comes to.
    """

    cut: str
    rates: dict[str, float]
    too_few: list[str]
    highest: str
    lowest: str
    raw: tuple[float, float, float]
    deprivation: tuple[float, float, float]
    reports: tuple[float, float, float]
    told: Told


def ratios(
    children: Sequence[About], alerts: Mapping[str, Sequence[Raised]], families: Families,
    cuts: Mapping[str, Callable[[About], str]],
) -> list[Ratio]:  # fmt: skip
    """One for each cut of which at least two groups are large enough."""
    told = {about.person.person: _told(about) for about in children}

    def deprived(about: About) -> tuple[int, ...]:
        return (about.person.deprivation_fifth,)

    def reported(about: About) -> tuple[int, ...]:
        return (about.person.deprivation_fifth, *told[about.person.person])

    def told_alone(about: About) -> tuple[int, ...]:
        return told[about.person.person]

    found = []
    for cut, of in cuts.items():
        strata = (_alike, told_alone) if cut == DEPRIVATION else (deprived, reported)  # nothing is explained by itself
        groups: dict[str, list[About]] = {}
        for about in children:
            groups.setdefault(of(about), []).append(about)
        plain = _expected(children, alerts, groups, _alike)
        kept = {name: groups[name] for name in sorted(groups) if plain[name] >= ENOUGH}
        if len(kept) < 2:
            continue
        met = {name: _by_family(some, alerts) for name, some in kept.items()}
        steps = [plain, *(_expected(children, alerts, kept, stratum) for stratum in strata)]
        pairs = [_pair(met, step) for step in steps]
        raw, deprivation, reports = (_ratio(met, step, pair, families) for step, pair in zip(steps, pairs, strict=True))
        years = {name: sum(about.years for about in some) for name, some in kept.items()}
        found.append(
            Ratio(
                cut, {name: round(1000 * sum(met[name].values()) / years[name], 1) for name in kept},
                sorted(set(groups) - set(kept)), *pairs[0], raw, deprivation, reports,
                _judged(raw, reports),
            )
        )  # fmt: skip
    return found


def _alike(_: About) -> tuple[int, ...]:
    return ()


def _judged(raw: tuple[float, float, float], reports: tuple[float, float, float]) -> Told:
    """Explained where what is left is not above the limit; where it is, its interval says whether that may be chance."""
    if raw[0] <= LIMIT:
        return "not above 1.25"
    if reports[0] <= LIMIT:
        return "explained"
    return "what is left may be chance" if reports[1] <= LIMIT else "not explained"


def _told(about: About) -> tuple[int, int]:
    """How many incidents were known first hand of the child itself, and of how many organisations."""
    known = [
        event.counted
        for record in about.records
        for event in record
        if event.counted is not None and event.counted.kind == "concern" and event.counted.relation == "own"
    ]
    first = [signal for signal in known if not is_echo(signal)]
    return min(MANY, len({incident_key(one) for one in first})), min(3, len({one.organisation for one in first}))


def _expected(
    children: Sequence[About], alerts: Mapping[str, Sequence[Raised]], groups: Mapping[str, Sequence[About]],
    stratum: Callable[[About], tuple[int, ...]],
) -> dict[str, float]:  # fmt: skip
    """How many alerts each group would have if all children of a stratum had the same rate (indirect standardisation)."""
    years: dict[tuple[int, ...], float] = {}
    met: dict[tuple[int, ...], int] = {}
    for about in children:
        key = stratum(about)
        years[key] = years.get(key, 0.0) + about.years
        met[key] = met.get(key, 0) + len(alerts.get(about.person.person, ()))
    rates = {key: met[key] / years[key] if years[key] else 0.0 for key in years}
    return {name: sum(rates[stratum(about)] * about.years for about in some) for name, some in groups.items()}


def _by_family(some: Sequence[About], alerts: Mapping[str, Sequence[Raised]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for about in some:
        if one := len(alerts.get(about.person.person, ())):
            counts[about.person.family] = counts.get(about.person.family, 0) + one
    return counts


def _pair(met: Mapping[str, Mapping[int, int]], expected: Mapping[str, float]) -> tuple[str, str]:
    """The groups with the highest and the lowest number of alerts for what was to be expected."""
    over = {name: sum(those.values()) / expected[name] for name, those in met.items() if expected[name]}
    return max(over, key=lambda name: (over[name], name)), min(over, key=lambda name: (over[name], name))


def _ratio(
    met: Mapping[str, Mapping[int, int]], expected: Mapping[str, float], pair: tuple[str, str], families: Families
) -> tuple[float, float, float]:
    """How many times as many the first has as the second, for what was to be expected, with its interval over families."""
    sums = [[0] * DRAWS, [0] * DRAWS]
    for side, name in zip(sums, pair, strict=True):
        for family, count in met[name].items():
            for draw, weight in enumerate(families.of(family)):
                side[draw] += weight * count
    scale = expected[pair[1]] / expected[pair[0]]
    high, low = (sum(met[name].values()) for name in pair)
    drawn = sorted(scale * one / max(1, other) for one, other in zip(*sums, strict=True))
    least, most = middle_95(drawn)
    return round(scale * high / max(1, low), 2), round(least, 2), round(most, 2)
