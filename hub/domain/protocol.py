"""The information-sharing protocol of a partnership as data: who signed it, what for, which items, from whom to whom.

It says what the parties agreed that they may share, and nothing outside it is shared; the sharing policies say who reads
what within it. Part of the edition, so a past share is judged by the protocol of then.

Source: Staffordshire's Information Sharing Protocol is the model (seeds); UK GDPR Art 26; ICO data sharing code.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from hub.domain.effective import covers
from hub.domain.moments import london_day

HUB = frozenset({"hub", "partnership"})  # bodies of the partnership itself: parties by being it
PAPERS = {
    "dpia": "Data protection impact assessment (UK GDPR Art 35)",
    "joint_controllers": "Arrangement between joint controllers (UK GDPR Art 26)",
    "record_of_processing": "Record of processing activities (UK GDPR Art 30)",
    "transparency": "Transparency record: the hub proposes by rules, a person decides",
}
EVERYBODY = "*"
AT_INTAKE = ("pool", "codes")  # purpose and category by which intake asks, whichever of its three questions it puts


class Party(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who may sign: every registered organisation of a sector, by which power or duty, and who signs for it."""

    sector: str
    power: str
    signatory: str  # a role: "Chief Constable"


class Clause(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be shared: for these purposes, items of these categories, from these sectors to those ("*": every party)."""

    id: str
    words: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    owners: tuple[str, ...] = (EVERYBODY,)
    receivers: tuple[str, ...] = (EVERYBODY,)
    article_6: str
    article_9: str
    limb: str = ""  # of DPA 2018 Sch 1 para 18, or "" where no special category data is shared
    retention_days: int
    source: str
    chosen: str = ""


class Pool(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ruling on the pool: which clause carries it, what stays out of it, and how long a signal stays that led to
    nothing.
    """

    clause: str
    not_pooled_codes: tuple[str, ...] = ()
    source_protected_codes: tuple[str, ...] = ()
    days_after_longest_window: int


class Paper(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of the papers that must be there before real children are: where it lies, and who approved it."""

    kind: str
    file: str
    approved_by: str = ""
    approved_on: date | None = None
    review_by: date | None = None


class Agreed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The protocol: valid from the first day to the last, both included (London days)."""

    title: str
    version: str
    valid_from: date
    valid_until: date
    source: str
    chosen: str = ""
    party: tuple[Party, ...]
    clause: tuple[Clause, ...]
    pool: Pool
    paper: tuple[Paper, ...] = ()


class Body(Protocol):
    """An organisation as the protocol knows it: its id, its sector, and whether the register has its signature."""

    @property
    def id(self) -> str:
        """Its id in the register."""
        ...

    @property
    def sector(self) -> str:
        """What kind of body it is."""
        ...

    @property
    def party(self) -> bool:
        """Whether it signed."""
        ...

    def __hash__(self) -> int: ...


class Within(Struct, frozen=True):
    """This share stands in the protocol: by which clause."""

    clause: str


class Outside(Struct, frozen=True):
    """This share stands outside it: the clause (or "parties", "validity", "purposes") that says so, and why in words."""

    clause: str
    words: str


def of_parts(parts: dict[str, Any]) -> Agreed | None:
    """The protocol of an edition; None for an edition that was published without one. Raises msgspec.ValidationError."""
    agreed = parts.get("protocol", {}).get("agreed")
    return None if agreed is None else msgspec.convert(agreed, Agreed)


@lru_cache(maxsize=4096)
def permits(agreed: Agreed, owner: Body, receiver: Body, purpose: str, category: str, on: date) -> Within | Outside:
    """Whether `owner` may share an item of `category` with `receiver` for `purpose` on a London day.

    What an organisation reads of its own is no share. The first clause that covers the share carries it.
    """
    if owner.id == receiver.id:
        return Within("own")
    if not agreed.valid_from <= on <= agreed.valid_until:
        return Outside(
            "validity", f"the protocol holds from {agreed.valid_from:%-d %B %Y} to {agreed.valid_until:%-d %B %Y}"
        )
    for body in (owner, receiver):
        if not _is_party(agreed, body):
            return Outside("parties", f"{body.id} is not party to the protocol")
    named = [clause for clause in agreed.clause if purpose in clause.purposes]
    if not named:
        return Outside("purposes", f"the protocol does not name the purpose {purpose.replace('_', ' ')}")
    for clause in named:
        if _covers(clause, owner, receiver, category):
            return Within(clause.id)
    return Outside(named[0].id, f"{named[0].words}; not this class of item between these organisations")


def outside(agreed: Agreed | None, owner: Body, receiver: Body, purpose: str, category: str, at: datetime) -> str:
    """The clause by which a share at `at` (aware) stands outside the protocol; "" within it, and where there is none."""
    found = permits(agreed, owner, receiver, purpose, category, london_day(at)) if agreed else None
    return found.clause if isinstance(found, Outside) else ""


def not_in_force(agreed: Agreed | None, at: datetime) -> str:
    """Why a protocol lets nothing be counted or shared at `at` (aware), with what to do; "" where it holds, or is none."""
    if agreed is None or agreed.valid_from <= (day := london_day(at)) <= agreed.valid_until:
        return ""
    when = (
        f"ended on {agreed.valid_until:%-d %B %Y}"
        if day > agreed.valid_until
        else f"begins on {agreed.valid_from:%-d %B %Y}"
    )
    return f"the information-sharing protocol {when}: nothing counts under it, publish an edition with one that holds"


def missing_papers(agreed: Agreed | None, on: date) -> tuple[str, ...]:
    """What keeps this partnership in demonstration: each paper that is not there, not approved, or past its review."""
    if agreed is None:
        return ("this edition holds no protocol: publish one that does",)
    held = {paper.kind: paper for paper in agreed.paper}
    found = []
    for kind, title in PAPERS.items():
        paper = held.get(kind)
        if paper is None:
            found.append(f"{title}: not there")
        elif not paper.approved_by or paper.approved_on is None or paper.approved_on > on:
            found.append(f"{title}: {paper.file} is not approved")
        elif paper.review_by is not None and paper.review_by < on:
            found.append(f"{title}: its review was due by {paper.review_by:%-d %B %Y}")
    if not agreed.valid_from <= on <= agreed.valid_until:
        found.append(f"the protocol itself: it holds from {agreed.valid_from} to {agreed.valid_until}")
    return tuple(found)


def problems(agreed: Agreed, purposes: frozenset[str], categories: frozenset[str]) -> list[tuple[str, str]]:
    """What is wrong with a protocol, as (entry, mend): a share must never rest on a slip in a file."""
    found: list[tuple[str, str]] = []
    ids = [clause.id for clause in agreed.clause]
    sectors = {party.sector for party in agreed.party} | {EVERYBODY}
    found += [(one, "two clauses have this id: give each its own") for one in dict.fromkeys(ids) if ids.count(one) > 1]
    if agreed.valid_until < agreed.valid_from:
        found.append(("valid_until", "the protocol ends before it begins"))
    for party in agreed.party:
        if not party.power.strip() or not party.signatory.strip():
            found.append((party.sector, "name the power or duty, and who signs"))
    for clause in agreed.clause:
        known = ((clause.purposes, purposes, "purpose"), (clause.categories, categories, "category"),
                 (clause.owners + clause.receivers, sectors, "sector among the parties"))  # fmt: skip
        for given, allowed, what in known:
            found += [(clause.id, f"no {what} '{one}'") for one in given if one not in allowed]
        if clause.retention_days < 1:
            found.append((clause.id, "say how many days it is kept"))
        if not clause.source.strip():
            found.append((clause.id, "name its source, or 'not stated in the source' and how it was chosen"))
    if agreed.pool.clause not in ids:
        found.append(("pool", f"no clause '{agreed.pool.clause}'"))
    found += [
        (paper.kind, f"a paper is one of {', '.join(PAPERS)}") for paper in agreed.paper if paper.kind not in PAPERS
    ]
    return found


def _is_party(agreed: Agreed, body: Body) -> bool:
    return body.id in HUB or (body.party and any(party.sector == body.sector for party in agreed.party))


def _covers(clause: Clause, owner: Body, receiver: Body, category: str) -> bool:
    return (
        covers(clause.categories, category)
        and (EVERYBODY in clause.owners or owner.sector in clause.owners or owner.id in HUB)
        and (EVERYBODY in clause.receivers or receiver.sector in clause.receivers or receiver.id in HUB)
    )
