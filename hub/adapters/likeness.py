"""How alike two names are, and how one sounds: rapidfuzz and jellyfish.

It promises the Jaro-Winkler similarity that DuckDB computes, so that a score here is the score of the trained model.
"""

import jellyfish
from rapidfuzz.distance import JaroWinkler

from hub.domain.model import Likeness


def _alike(one: str, other: str) -> float:
    """Jaro-Winkler, 0 to 1, over UTF-8 bytes as DuckDB does (the same as over letters, where all are ASCII)."""
    if one.isascii() and other.isascii():
        return JaroWinkler.similarity(one, other)
    return JaroWinkler.similarity(one.encode(), other.encode())


def _sounds(name: str) -> str:
    """American Soundex of a plain name, "" for a name that is not in Latin letters (it has no such code)."""
    return str(jellyfish.soundex(name)) if name.isascii() else ""


def likeness() -> Likeness:
    """The measures that the hub compares names by."""
    return Likeness(alike=_alike, sounds=_sounds)
