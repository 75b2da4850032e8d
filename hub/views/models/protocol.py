"""The information-sharing protocol as a page shows it: the paper in force, clause by clause, and what it still lacks."""

from datetime import date

from msgspec import Struct


class PartyRow(Struct, frozen=True, kw_only=True):
    """A sector of parties: by which power, who signs, and the registered organisations of it that did."""

    sector: str
    power: str
    signatory: str
    organisations: tuple[str, ...] = ()


class ClauseRow(Struct, frozen=True, kw_only=True):
    """One clause: what may be shared, for what, on which basis, how long it is kept, and where it comes from."""

    id: str
    words: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    owners: tuple[str, ...]
    receivers: tuple[str, ...]
    article_6: str
    article_9: str
    limb: str
    retention_days: int
    source: str


class PaperRow(Struct, frozen=True, kw_only=True):
    """A paper that must be approved before real children are in the hub."""

    title: str
    file: str
    approved: str  # by whom and when, "" where nobody did


class ProtocolView(Struct, frozen=True, kw_only=True):
    """The protocol of the edition in force. `missing` is what keeps the partnership in demonstration."""

    title: str
    version: str
    edition: str
    valid_from: date
    valid_until: date
    source: str
    parties: tuple[PartyRow, ...] = ()
    not_party: tuple[str, ...] = ()  # registered, and not party: outside every clause
    clauses: tuple[ClauseRow, ...] = ()
    papers: tuple[PaperRow, ...] = ()
    missing: tuple[str, ...] = ()
    pool: str = ""
    not_pooled: tuple[str, ...] = ()
