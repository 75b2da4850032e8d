"""The match model: Fellegi-Sunter weights as Splink trains and writes them, and the score of two descriptions by it.

It promises the same number as Splink's own engine for the same pair (within 1e-9), and it refuses a model that it cannot
read whole. How alike two names are is handed in: this module is pure.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from hub.domain.known import Known, Weight


class Likeness(Struct, frozen=True):
    """How texts are compared: `alike` gives 0 to 1 (Jaro-Winkler), `sounds` a phonetic code (Soundex)."""

    alike: Callable[[str, str], float]
    sounds: Callable[[str], str]


class Score(Struct, frozen=True):
    """The match weight of a pair in bits, the prior included, and what it is made of, the prior first."""

    bits: float
    weights: tuple[Weight, ...]


class Model(Struct, frozen=True):
    """A model, read and checked. Its fields follow."""

    id: str  # hash of its canonical bytes: cited in every link


def read(settings: Mapping[str, Any]) -> Model:
    """The model of a Splink JSON. Raises ValueError naming the comparison or level that this code cannot judge."""
    raise NotImplementedError


def score(model: Model, likeness: Likeness, one: Known, other: Known, population: int) -> Score:
    """How much two descriptions speak for one person, in bits; the prior is that of an index of `population` persons."""
    raise NotImplementedError
