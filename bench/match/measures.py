"""How well pairs were linked: precision, recall and F1, each share from 0 to 1 with Wilson's 95 % interval."""

from collections.abc import Hashable, Iterable
from collections.abc import Set as AbstractSet
from typing import TypeVar

from msgspec import Struct

from bench.evaluate.intervals import bounds

ENOUGH = 500  # known people of a community from which on its recall is held against another's
Pair = TypeVar("Pair", bound=Hashable)


class Part(Struct, frozen=True):
    """`k` of `n` as a share from 0 to 1, with Wilson's 95 % interval; None where there was nothing to count."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class Found(Struct, frozen=True):
    """Pairs linked, of them true, of the true ones found; F1 is None where there is nothing to find and nothing was linked."""

    linked: int
    true: int
    both: int
    precision: Part
    recall: Part
    f1: float | None


def found(linked: AbstractSet[Pair], true: AbstractSet[Pair]) -> Found:
    """Linked pairs held against the true ones. Pairs must be written the same way round in both."""
    both = len(linked & true)
    whole = len(linked) + len(true)
    return Found(
        linked=len(linked), true=len(true), both=both, precision=part(both, len(linked)), recall=part(both, len(true)),
        f1=round(2 * both / whole, 6) if whole else None,
    )  # fmt: skip


def part(k: int, n: int) -> Part:
    """The share k/n with its 95 % interval."""
    if n == 0:
        return Part(0, 0, None, None, None)
    low, high = bounds(k, n)
    return Part(k, n, round(k / n, 6), round(low, 6), round(high, 6))


def widest(recalls: Iterable[Part]) -> float | None:
    """Points between the highest and the lowest of those with ENOUGH known; None where they are not two."""
    shares = [one.share for one in recalls if one.share is not None and one.n >= ENOUGH]
    return round(100 * (max(shares) - min(shares)), 2) if len(shares) > 1 else None
