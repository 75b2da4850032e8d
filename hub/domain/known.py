"""A person reduced to what matching compares: normalised identifiers, names, dates and places. Pure, and never shown.

What one organisation has said of a person adds up: a later message that says less takes nothing away.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal, TypeVar

from msgspec import Struct

MOST_KEPT = 20  # names, postcodes or UPNs of one person that are compared, the newest: keys grow with their product

T = TypeVar("T")
Kind = Literal["child", "unborn", "adult", "not_stated"]  # of a person, as an organisation speaks of them


class Weight(Struct, frozen=True):
    """One comparison behind a link: what was compared, how it came out, and its weight in bits where there is one."""

    field: str
    outcome: str
    bits: float | None = None


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person reduced to what matching compares, normalised."""

    nhs: str | None = None
    former_nhs: tuple[str, ...] = ()  # numbers that this organisation gave before: superseded, corrected, adopted
    upns: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()  # forenames and surname as said together; "" for what was not said
    born: date | None = None
    expected: date | None = None  # of an unborn child
    mother_nhs: str | None = None  # of an unborn child, or a newborn: never matched as the child's own
    postcodes: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()  # first lines of addresses, as letters and figures
    sex: str = "not_known"
    unborn: bool = False

    @property
    def forenames(self) -> frozenset[str]:
        """First forenames, of every name."""
        return frozenset(forenames.partition(" ")[0] for forenames, _ in self.names if forenames)

    @property
    def surnames(self) -> frozenset[str]:
        """Surnames, of every name."""
        return frozenset(surname for _, surname in self.names if surname)


def newest(said: Iterable[T], held: Iterable[T]) -> tuple[T, ...]:
    """What is said now, then what was said before, each once and at most MOST_KEPT of them."""
    return tuple(dict.fromkeys((*said, *held)))[:MOST_KEPT]
