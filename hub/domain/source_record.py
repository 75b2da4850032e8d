"""A source record: what one organisation holds about one person under its own id. It is what gets linked, and keyed."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from hub.domain.area import HomeCodes
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.known import Kind


class SourceRecordOpened(Fact, frozen=True, kw_only=True):
    """An organisation spoke of this person for the first time (or named no own id, so it stands by itself)."""

    NAME: ClassVar[str] = "source-record.opened"
    organisation: str
    kind: Kind
    own_id: bool  # whether the organisation has an own id for the person
    digest: bytes  # keyed digest of the identity: tells whether a later description says anything new
    items: tuple[Sealed, ...]
    homes: tuple[HomeCodes, ...] = ()  # its addresses, as far as rules may know them
    doubts: tuple[str, ...] = ()  # what is odd in the description: codes of hub/domain/doubts.py


class SourceRecordDescribed(Fact, frozen=True, kw_only=True):
    """The same organisation now describes the same person otherwise: a new address, a name spelled differently.

    `items` hold what it has said in all: names and numbers that this message did not repeat are carried along.
    """

    NAME: ClassVar[str] = "source-record.described"
    organisation: str
    digest: bytes
    items: tuple[Sealed, ...]
    homes: tuple[HomeCodes, ...] = ()  # said now; none where this message gave no address
    doubts: tuple[str, ...] = ()  # what is odd in what is said now


class InvolvementChanged(Fact, frozen=True, kw_only=True):
    """A setting works, or worked, with this person: from, to; whom to ring is a sealed item."""

    NAME: ClassVar[str] = "involvement.changed"
    organisation: str
    setting: str | None = None
    service: str
    started: date
    ended: date | None = None
    contact_role: str | None = None
    items: tuple[Sealed, ...] = ()


class LegalStatusChanged(Fact, frozen=True, kw_only=True):
    """A legal status, beside the level and never derived from it."""

    NAME: ClassVar[str] = "legal-status.changed"
    organisation: str
    status: str
    started: date
    ended: date | None = None


def statuses(facts: Iterable[object]) -> dict[str, LegalStatusChanged]:
    """What one source record's facts, in the order of the record, say of legal status: of each the newest; `none` empties all.

    One of them may have ended: whoever asks looks at its days.
    """
    found: dict[str, LegalStatusChanged] = {}
    for fact in facts:
        if isinstance(fact, LegalStatusChanged):
            found = {} if fact.status == "none" else {**found, fact.status: fact}
    return found
