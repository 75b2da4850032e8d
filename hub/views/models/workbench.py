"""What pages, programs and commands show of practice audits."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class AuditLine(Struct, frozen=True, kw_only=True):
    """One audit: how it was drawn, from how many, for whom, and how far it has come."""

    audit: str
    how: str
    seed: str
    position: int
    population: int | None  # for who drew it and who audits: others may not know of the same children
    decisions: int
    judged: int
    auditor: str
    end: datetime
    mine: bool


class ActionLine(Struct, frozen=True, kw_only=True):
    """What a finding asks for: of whom, by when. It names no child."""

    audit: str
    finding: str
    what: str
    owner: str
    due: date | None
    done: bool
    overdue: bool


class AuditsPage(Struct, frozen=True, kw_only=True):
    """Every audit, and what findings ask for."""

    stamp: Stamp
    rows: tuple[AuditLine, ...] = ()
    actions: tuple[ActionLine, ...] = ()
    may_draw: bool = False
    hows: tuple[Choice, ...] = ()


class FindingLine(Struct, frozen=True, kw_only=True):
    """One finding of a decision."""

    what: str
    why: str
    owner: str
    due: date | None
    done: bool


class CaseLine(Struct, frozen=True, kw_only=True):
    """One decision of an audit by its place; what the first decision was only once the auditor has judged."""

    number: int
    child: str
    judged: bool


class EarliestLine(Struct, frozen=True, kw_only=True):
    """The first rule that would have stood before the decision, by the rules of one edition."""

    edition: str
    rule: str
    words: str
    at: datetime
    days: int  # London days before the decision


class AuditView(Struct, frozen=True, kw_only=True):
    """One audit, for its auditor."""

    stamp: Stamp
    line: AuditLine
    cases: tuple[CaseLine, ...] = ()


class CaseView(Struct, frozen=True, kw_only=True):
    """One decision: what was known when it was made; and once judged, the first beside the second, and what was found."""

    stamp: Stamp
    audit: str
    number: int
    child: str
    position: int
    known: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    judged: bool = False
    first_level: str = ""
    first_outcome: str = ""
    level: str = ""
    outcome: str = ""
    why: str = ""
    earliest: tuple[EarliestLine, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    levels: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    whats: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
