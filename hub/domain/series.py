"""Figures that other systems count, loaded as a series under a measure: about areas, never about a person.

The same file again is the same load and adds nothing; a load that was taken back stays on record, and may be loaded once more.
"""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import ClassVar

from msgspec import Struct

from hub.domain.fact import Fact

COLUMNS = ("first", "last", "area", "value", "of", "unit")
MOST = 5000  # rows of one load
LONGEST = 60  # letters of an area or a unit


class Point(Struct, frozen=True):
    """One figure: of which London days (both in it), of which area ("" for all), what, out of how many, in which unit."""

    first: date
    last: date
    area: str
    value: float
    of: float | None = None
    unit: str = ""


class SeriesLoaded(Fact, frozen=True, kw_only=True):
    """Stream series:<digest>. Somebody loaded these figures under a measure; `source`: where they are from."""

    NAME: ClassVar[str] = "series.loaded"
    measure: str
    source: str
    points: tuple[Point, ...]
    by: str


class SeriesTakenBack(Fact, frozen=True, kw_only=True):
    """Somebody took a load back: its figures count no more."""

    NAME: ClassVar[str] = "series.taken-back"
    measure: str
    by: str


FACTS: tuple[type[Fact], ...] = (SeriesLoaded, SeriesTakenBack)


def stream(measure: str, points: Iterable[Point]) -> str:
    """The stream of a load: what is the same under the same measure has the same, in whatever order its lines stand."""
    said = "|".join(sorted(f"{p.first} {p.last} {p.area} {p.value} {p.of} {p.unit}" for p in points))
    return f"series:{sha256(f'{measure}|{said}'.encode()).hexdigest()[:32]}"


def standing(history: Iterable[Fact]) -> SeriesLoaded | None:
    """What a load says now; None where it was taken back."""
    held: SeriesLoaded | None = None
    for fact in history:
        if isinstance(fact, SeriesLoaded):
            held = fact
        elif isinstance(fact, SeriesTakenBack):
            held = None
    return held
