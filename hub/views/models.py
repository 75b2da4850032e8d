"""View models: what a page may be handed. Plain text, numbers, times and tuples of them, and nothing that is sealed.

Every word in them came through `flow/disclose.py`; `hub/web/render.py` refuses to render anything of another kind.
Times are aware UTC. `child`, `enquiry`, `alert` are random ids. Labels are in the words of the edition then in force.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from hub.domain.moments import Precision

CoverageState = Literal["contributed", "none_held", "no_answer", "not_asked", "refused", "withheld"]


class Asker(Struct, frozen=True):
    """Who asks: the id in the staff register, the organisation and setting worked for, and the roles held there."""

    staff: str
    organisation: str
    setting: str
    roles: tuple[str, ...]


class Stamp(Struct, frozen=True):
    """What every page says of itself: known to the hub when, shown to which role, under which edition.

    `ledger` is the position of the ledger entry that let the words out, 0 for a page without words.
    """

    position: int
    known_at: datetime
    role: str  # in words: "decision maker"
    edition: str
    ledger: int = 0


class Choice(Struct, frozen=True):
    """One answer of a question: its code, its words, and a hint or ""."""

    code: str
    label: str
    hint: str = ""


class Line(Struct, frozen=True):
    """One labelled line of opened words or of codes in words: "Name", "Sam Example"."""

    label: str
    text: str


class Withheld(Struct, frozen=True):
    """Something that is not shown: what kind of thing, whose, and the reason in words, with the policy ids."""

    what: str
    organisation: str
    reason: str
    policies: tuple[str, ...] = ()


class When(Struct, frozen=True):
    """When something happened, as the organisation claims: a period, its precision, and the words that were used."""

    start: datetime
    end: datetime
    precision: Precision
    words: str = ""


class Options(Struct, frozen=True):
    """What forms choose from."""

    organisations: tuple[Choice, ...] = ()
    indicators: tuple[Choice, ...] = ()
    referrers: tuple[Choice, ...] = ()  # source codes of the children in need census


# ------------------------------------------------------------------------------------------------------- the worklist


class Filters(Struct, frozen=True):
    """What a person asked the worklist for; "" means any. Codes only."""

    state: str = ""
    organisation: str = ""
    level: str = ""


class WorklistRow(Struct, frozen=True, kw_only=True):
    """One live alert, in codes and their labels: no name, no words. A `restricted` row has the alert id alone."""

    alert: str
    child: str = ""
    rule: str = ""
    rule_words: str = ""
    level: int = 0  # that the rule proposes; 0 when restricted
    raised_at: datetime
    strengthened_at: datetime | None = None
    weakened_at: datetime | None = None
    organisations: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    why: str = ""
    evidence_count: int = 0
    possible: bool = False  # stands only with signals that may be about another child
    state: Literal["open", "in_enquiry", "decided"] = "open"
    enquiry: str = ""
    clock_due: datetime | None = None
    overdue: bool = False
    restricted: bool = False


class Worklist(Struct, frozen=True, kw_only=True):
    """One page of the worklist, of `pages`; `total` counts every alert that fits the filters."""

    rows: tuple[WorklistRow, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1


class UnplacedRow(Struct, frozen=True):
    """A concern that names no child: somebody must ask the organisation which children it is about."""

    message: str
    organisation: str
    known_at: datetime


class GapRow(Struct, frozen=True):
    """Numbers of a source that never came: the only sign of a message lost before it reached the hub."""

    organisation: str
    first: int
    last: int
    known_at: datetime


class InvolvedRow(Struct, frozen=True, kw_only=True):
    """A child whom the asker works with: why they may look, since when, and the open MASH enquiry if there is one."""

    child: str
    reason: str  # "Part of a MASH enquiry", "Lead professional"
    since: datetime
    enquiry: str = ""
    state: str = ""


class SentRow(Struct, frozen=True, kw_only=True):
    """One message of the asker's own organisation, and the class of what became of it; never an alert."""

    id: str
    kind: str
    setting: str = ""
    recorded_at: datetime
    received: datetime
    indicators: tuple[str, ...] = ()
    became: str  # "Recorded", "In quarantine: unknown indicator", "Early help"


# -------------------------------------------------------------------------------------------------------- the picture


class Coverage(Struct, frozen=True, kw_only=True):
    """What one organisation has said or not said about the child: one of six states, never blank."""

    organisation: str
    sector: str
    state: CoverageState
    reason: str = ""
    last_heard: datetime | None = None
    period: str = ""  # what time the answer covers, in words
    contact: str = ""  # whom to ring


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the chronology: what happened (as claimed) and when the hub knew; words shown, or why not."""

    item: str  # message id
    kind: Literal["worry", "strength", "answer", "household", "consent", "involvement", "status", "decision", "other"]
    title: str
    organisation: str
    setting: str = ""
    occurred: When
    recorded_at: datetime | None = None  # when that organisation knew
    known_at: datetime  # when the hub knew
    how_known: str = ""
    indicators: tuple[str, ...] = ()
    words: tuple[Line, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    possible: bool = False  # may be about another child


class Suggestion(Struct, frozen=True, kw_only=True):
    """What one rule says, and why: produced by the rule, from codes."""

    alert: str
    rule: str
    rule_words: str
    edition: str
    level: int
    level_words: str = ""
    why: str
    why_now: str = ""
    smallest: tuple[str, ...] = ()  # the smallest set of evidence without which it would not stand, in words
    would_raise: str = ""
    would_rest: str = ""
    evidence_count: int = 0
    possible: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """A child as this asker may see it now. `names` is () where identity is withheld: then `withheld` says so."""

    child: str
    stamp: Stamp
    standing: str  # "established", "in review"
    enquiry: str = ""  # the MASH enquiry that opens names and words, "" when there is none
    enquiry_state: Literal["", "open", "decided"] = ""
    identity: tuple[Line, ...] = ()
    level: str = ""  # last decided by a person, in words
    legal_status: tuple[str, ...] = ()
    consent: tuple[Line, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    chronology: tuple[Entry, ...] = ()  # newest first by when it happened
    suggestions: tuple[Suggestion, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()  # "Do not discuss with the family until 9 March 2026 at 9:00am, Police"
    may_open_enquiry: bool = False
    may_decide: bool = False
    may_see_ledger: bool = False


# -------------------------------------------------------------------------------------------------- the MASH enquiry


class DecisionMade(Struct, frozen=True, kw_only=True):
    """What a person decided, with the moment and edition it was decided at. `reason` is opened words or ""."""

    level: str
    agrees: bool
    outcome: str
    actions: tuple[str, ...]
    family_told: str
    reason: str = ""
    by: str = ""
    decided_at: datetime
    seen_position: int
    edition: str


class EnquiryView(Struct, frozen=True, kw_only=True):
    """A MASH enquiry as this asker may see it. `news` lists what came in after `seen`, in labels, newest first."""

    enquiry: str
    child: str
    stamp: Stamp
    state: Literal["open", "decided"]
    ground: str
    opened_at: datetime
    opened_by: str
    reason: str = ""
    identity: tuple[Line, ...] = ()
    clock_due: datetime | None = None
    overdue: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    decision: DecisionMade | None = None
    levels: tuple[Choice, ...] = ()
    news: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()
    may_decide: bool = False


# ------------------------------------------------------------------------------------- auditors: replay and the ledger


class AuditFact(Struct, frozen=True, kw_only=True):
    """One fact at its position: its stored name, who wrote it because of what, and its codes in words."""

    position: int
    known_at: datetime
    stream: str
    name: str
    words: str
    by: str
    because: str = ""
    edition: str
    codes: tuple[Line, ...] = ()


class AuditView(Struct, frozen=True, kw_only=True):
    """Everything that was so at `position`: folded from stored facts, with the consent, staff and edition of then.

    Without `content` (for who checks access alone) level, alerts, consent and coverage are not shown.
    """

    child: str
    stamp: Stamp
    position: int  # what is shown
    first: int
    last: int
    previous: int | None = None
    following: int | None = None
    at: datetime
    edition: str
    level: str
    alerts: tuple[Line, ...] = ()
    consent: tuple[Line, ...] = ()
    staff: tuple[Line, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    facts: tuple[AuditFact, ...] = ()  # oldest first, up to position
    integrity: str = ""
    content: bool = True


class AuditRow(Struct, frozen=True, kw_only=True):
    """One child whose record may be replayed: codes and counts."""

    child: str
    facts: int
    first_at: datetime
    last_at: datetime
    last_position: int


class LedgerRow(Struct, frozen=True, kw_only=True):
    """One look: who asked what, as whom, for what purpose, and how many items were shown and withheld; no words.

    `child` is "" where it was at none or at several; `children` says at how many.
    """

    position: int
    asked_at: datetime
    staff: str
    role: str
    organisation: str
    purpose: str
    ground: str = ""
    child: str = ""
    children: int = 1
    enquiry: str = ""
    shown: int
    withheld: int
    edition: str
    policies: tuple[str, ...] = ()


class LedgerPage(Struct, frozen=True):
    """Looks, newest first; the next page starts before position `older`, 0 when this is the last."""

    rows: tuple[LedgerRow, ...] = ()
    older: int = 0


class QuarantineRow(Struct, frozen=True, kw_only=True):
    """A message that was kept as bytes and not recorded: where it lies, the reason, the field; never its value."""

    id: str
    place: str
    source: str
    kind: str
    reason: str
    what_to_do: str
    field: str = ""
    bytes: int
    received: datetime
    state: Literal["waiting", "re_admitted", "dismissed"] = "waiting"
