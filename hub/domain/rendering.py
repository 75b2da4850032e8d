"""What a look let out, as one hash that can be made again: the items by what was stored of them, and how each was ruled.

It promises that the hash holds no word, not even hidden: it is over ciphertext, codes and ids, so nobody can guess at words
with it after an erasure, and whoever checks it need open nothing. Source: decision 0029.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from hub.domain.item import Sealed

SHAPE = "mash rendered 1"  # what the hash is over, and how words are put as text (hub/flow/disclose.py, plain)
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Line(Struct, frozen=True, order=True):
    """How items of one class were ruled: what is open, and as what the rest may be mentioned."""

    category: str
    owner: str
    tier: int
    allowed: bool
    policies: tuple[str, ...]
    shown_as: str  # reason | count | nothing
    fault: bool


def line(
    category: str, owner: str, tier: int, allowed: bool, policies: Sequence[str], shown_as: str, fault: bool
) -> Line:
    """A line as the hash has it: the order of policies, and how an open item would be mentioned, say nothing."""
    return Line(category, owner, tier, allowed, tuple(sorted(policies)), "" if allowed else shown_as, fault)


def content(sealed: Sealed | None, codes: Sequence[tuple[str, Any]] = ()) -> str:
    """What was stored of an item, as a hash in hexadecimal; "" for codes that are the page's own."""
    if sealed is not None:
        stored = (sealed.item, sealed.category, sealed.organisation, sealed.about, sealed.wraps, sealed.box)
        return hashlib.sha256(_ENCODER.encode(stored)).hexdigest()
    return hashlib.sha256(_ENCODER.encode(codes)).hexdigest() if codes else ""


def rendered(edition: str, opened: Iterable[tuple[str, str]], ruled: Mapping[Line, int]) -> str:
    """The hash (sha-256, hexadecimal) of a response: items with their contents, and how many of each line, by edition."""
    lines = sorted((one, number) for one, number in ruled.items())
    return hashlib.sha256(_ENCODER.encode((SHAPE, edition, sorted(set(opened)), lines))).hexdigest()
