"""How sure a number is: Wilson's interval for a share, a bootstrap over families for a rate and for a median.

Siblings are not independent, so families are drawn and not children. All draws come from one seed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from statistics import quantiles

from msgspec import Struct

Z = 1.959964  # 95 per cent, both sides
DRAWS = 200
POISSON = tuple(sum(math.exp(-1) / math.factorial(k) for k in range(n + 1)) for n in range(8))


class Share(Struct, frozen=True):
    """`k` of `n`, in per cent with a 95 % interval; None where there was nothing to count."""

    k: int
    n: int
    percent: float | None
    low: float | None
    high: float | None


class Rate(Struct, frozen=True):
    """`n` events in so many child-years, per 1,000 children a year with a 95 % interval; None without child-years."""

    n: int
    child_years: float
    per_1000: float | None
    low: float | None
    high: float | None


class Spread(Struct, frozen=True):
    """Median with its 95 % interval, and quartiles, of `n` values in days; None of fewer than two."""

    n: int
    median: float | None
    low: float | None
    high: float | None
    lower_quartile: float | None
    upper_quartile: float | None


def bounds(k: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of the share k/n (E. B. Wilson 1927), which holds for small n and for shares near 0
    or 1; `n` is at least 1.
    """
    part, spread = k / n, Z * Z / n
    middle = (part + spread / 2) / (1 + spread)
    half = Z * math.sqrt(part * (1 - part) / n + spread / (4 * n)) / (1 + spread)
    return 0.0 if k == 0 else max(0.0, middle - half), 1.0 if k == n else min(1.0, middle + half)


def wilson(k: int, n: int) -> Share:
    """The share k/n in per cent, with its 95 % interval."""
    if n == 0:
        return Share(0, 0, None, None, None)
    low, high = bounds(k, n)
    return Share(k, n, round(100 * k / n, 1), round(100 * low, 1), round(100 * high, 1))


class Families:
    """Draws of families: each family has a weight in each draw, the same wherever it is asked for."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.weights: dict[int, tuple[int, ...]] = {}

    def of(self, family: int) -> tuple[int, ...]:
        """How often the family comes up in each draw (Poisson with mean one, which stands for drawing with replacement)."""
        weights = self.weights.get(family)
        if weights is None:
            rng = Random(self.seed * 1_000_003 + family)
            weights = self.weights[family] = tuple(_poisson(rng.random()) for _ in range(DRAWS))
        return weights

    def rate(self, by_family: Mapping[int, int], child_years: float) -> Rate:
        """The rate of events, given how many each family had (families without any may be left out)."""
        n = sum(by_family.values())
        if child_years <= 0:
            return Rate(n, 0.0, None, None, None)
        sums = [0] * DRAWS
        for family, count in by_family.items():
            for draw, weight in enumerate(self.of(family)):
                sums[draw] += weight * count
        low, high = middle_95(sorted(sums))
        if n == 0:
            high = 3.0  # none seen: the upper bound of a Poisson count of nought
        scale = 1000 / child_years
        return Rate(n, round(child_years, 1), round(n * scale, 2), round(low * scale, 2), round(high * scale, 2))

    def spread(self, values: Sequence[float]) -> Spread:
        """Median and quartiles of these values (one for each child), with a bootstrap interval of the median."""
        if len(values) < 2:
            return Spread(len(values), None, None, None, None, None)
        rng, ordered = Random(f"{self.seed} {len(values)}"), sorted(values)
        first, median, third = quantiles(ordered, n=4, method="inclusive")
        medians = sorted(_median(sorted(rng.choices(ordered, k=len(ordered)))) for _ in range(DRAWS))
        low, high = middle_95(medians)
        return Spread(len(values), *(round(value, 1) for value in (median, low, high, first, third)))


def per_family(families: Iterable[int]) -> dict[int, int]:
    """How often each family comes up."""
    counts: dict[int, int] = {}
    for family in families:
        counts[family] = counts.get(family, 0) + 1
    return counts


def _poisson(point: float) -> int:
    return next((n for n, below in enumerate(POISSON) if point < below), len(POISSON))


def middle_95(ordered: Sequence[float]) -> tuple[float, float]:
    """The bounds of the middle 95 per cent of values that are in order."""
    edge = max(0, round(0.025 * len(ordered)) - 1)
    return ordered[edge], ordered[-1 - edge]


def _median(ordered: Sequence[float]) -> float:
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2
