"""A fact: something that happened, in the past tense, never changed, only added to.

Facts are pure payload. The store numbers them and adds the envelope. A stored name is explicit and outlives the class.
"""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True):
    """Base of every fact. `NAME` is the stored name; `hub/domain/stored.py` maps every name there ever was."""

    NAME: ClassVar[str]


class ErasedFact(Fact, frozen=True, kw_only=True):
    """What a reader gets for a fact whose key was destroyed: that it was, under which stored name, and which erasure.

    Never stored. Its envelope holds `known_at` alone: the rest was closed under the same key.
    """

    NAME: ClassVar[str] = "erased"
    name: str  # the stored name it had
    erasure: str  # what the key's tombstone names


class Envelope(Struct, frozen=True, array_like=True):
    """What the store adds to a fact besides stream, version and position."""

    known_at: datetime  # the hub's clock when written; never earlier than the fact before it
    received: datetime  # the log's append time of the message that caused it, else known_at
    by: str  # "organisation:police", "person:staff-3" or "service:intake"
    because: str  # "stream@version" of the fact that caused it, or ""
    journey: str  # message id (uuid5 of source and id) that started all this, or ""
    edition: str  # id of the edition in force


class NewFact(Struct, frozen=True):
    """A fact on its way to the record: which stream, the version before it (0 = must be new), and its envelope."""

    stream: str
    after: int
    fact: Fact
    envelope: Envelope


class Recorded(Struct, frozen=True):
    """A fact as the record holds it. `position` grows over the whole record; gaps are possible on PostgreSQL."""

    stream: str
    version: int
    position: int
    envelope: Envelope
    fact: Fact

    @property
    def ref(self) -> str:
        """How a later fact names this one as its cause."""
        return f"{self.stream}@{self.version}"


OF_A_PERSON = frozenset({
    "person", "child", "alert", "allocation", "silence", "late", "help", "assessment", "help-plan", "offer", "transfer",
    "agenda",
})  # fmt: skip  # kinds of streams that lie under the key of the person whom they name first


def owner_of(stream: str) -> str:
    """The key under which a stream is sealed at rest: a person's or source record's own, else the partnership's.

    Child, alert, allocation, silence and late streams belong to the person that they are about: erasing the person closes them.
    """
    kind, _, rest = stream.partition(":")
    if kind == "source-record":
        return stream
    if kind in OF_A_PERSON:
        return f"person:{rest.split(':')[0]}"
    return "partnership"
