"""A person reduced to what matching compares: normalised identifiers, names, dates and places. Pure, and never shown.

What one organisation has said of a person adds up: a later message that says less takes nothing away.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal, TypeVar

from msgspec import Struct

from hub.domain.message import Sex

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
    sex: Sex = "not_known"
    unborn: bool = False
    grown: bool = False  # spoken of as an adult, and never as a child
    unnamed: bool = False  # a born child whose forename was said to be none yet ("Baby", "Baby of", "Twin One")
    mixed: bool = False  # a word of a name, as it was said last, mixes letters of two scripts

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


def merged(held: Known, said: Known) -> Known:
    """What an organisation has said of one person so far: what is said now, and what it does not repeat.

    Names, UPNs, postcodes and streets add up, the newest first and at most MOST_KEPT of each; of the rest the newest
    stands. An NHS number that gives way to another is kept as a former one. Who was born is not unborn again (a late
    message may still speak of the pregnancy), who has a forename is not without one again, and who is a child to somebody
    is not an adult alone. Whether names mix two scripts is told by the newest.
    """
    nhs = said.nhs or held.nhs
    before = () if held.nhs in {None, nhs} else (held.nhs,)
    former = newest((*before, *said.former_nhs), held.former_nhs)
    names = newest(said.names, held.names)
    return Known(
        nhs=nhs,
        former_nhs=tuple(number for number in former if number is not None and number != nhs),
        upns=newest(said.upns, held.upns),
        names=names,
        born=said.born or held.born,
        expected=said.expected or held.expected,
        mother_nhs=said.mother_nhs or held.mother_nhs,
        postcodes=newest(said.postcodes, held.postcodes),
        streets=newest(said.streets, held.streets),
        sex=held.sex if said.sex == "not_known" else said.sex,
        unborn=held.unborn and said.unborn,
        grown=held.grown and said.grown,
        unnamed=(held.unnamed or said.unnamed) and not any(forenames for forenames, _ in names),
        mixed=said.mixed if said.names else held.mixed,
    )
