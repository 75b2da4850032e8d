"""View models: what a page may be handed. Plain text, numbers, times and tuples of them, and nothing that is sealed.

Every word in them came through `flow/disclose.py`; `hub/web/render.py` refuses to render anything of another kind.
Times are aware UTC. `child`, `enquiry`, `alert` are random ids. Labels are in the words of the edition then in force.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
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

    `ledger` is the position of the ledger entry that let the words out, 0 for a page without words. With
    `edition_trouble` a newer edition should be in force and does not load.
    """

    position: int
    known_at: datetime
    role: str  # in words: "decision maker"
    edition: str
    ledger: int = 0
    edition_trouble: bool = False


class Choice(Struct, frozen=True):
    """One answer of a question: its code, its words, and a hint or ""."""

    code: str
    label: str
    hint: str = ""


def choices_of(words: Mapping[str, str], but: Collection[str] = ()) -> tuple[Choice, ...]:
    """An answer for each of these codes, in their order, without those in `but`."""
    return tuple(Choice(code, said) for code, said in words.items() if code not in but)


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
    mine: bool = False  # only what the asker holds


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
    state: Literal["open", "forwarded", "in_enquiry", "decided"] = "open"
    enquiry: str = ""
    holder: str = ""  # of the MASH enquiry, in words
    mine: bool = False
    grade: str = ""  # of the MASH enquiry, its label
    clock_due: datetime | None = None
    overdue: bool = False
    restricted: bool = False
    family: str = ""  # the child that the family is called by, where several children who live together are listed


class FamilyRow(Struct, frozen=True, kw_only=True):
    """Children of a list who live together: each has rows, and is decided about, by itself."""

    family: str
    children: tuple[str, ...]
    alerts: int
    level: int  # the highest that a rule proposes for one of them
    clock_due: datetime | None = None
    overdue: bool = False


class Worklist(Struct, frozen=True, kw_only=True):
    """One page of the worklist, of `pages`; `total` counts every alert that fits the filters.

    A family stands together where its first row stands, whole: also with rows that a later page has.
    """

    rows: tuple[WorklistRow, ...] = ()
    families: tuple[FamilyRow, ...] = ()
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
    why: str = ""  # the reason, as a sender is told it
    due: datetime | None = None  # by when the front door looks at it, while nothing became of it yet
    telephone: str = ""  # of the front door
    said: str = ""  # "stream@version", where the asker may release it


# -------------------------------------------------------------------------------------------------------- the picture


class Coverage(Struct, frozen=True, kw_only=True):
    """What one organisation has said or not said about the child: one of six states, never blank."""

    organisation: str
    sector: str
    setting: str = ""  # one setting of it, "" for the whole
    state: CoverageState
    reason: str = ""
    last_heard: datetime | None = None
    due: datetime | None = None  # by when an answer is awaited
    overdue: bool = False
    period: str = ""  # what time the answer covers, in words
    contact: str = ""  # whom to ring
    holds: str = ""  # what it holds that is about somebody of the household: its words open to nobody here, so ask


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the chronology: what happened (as claimed) and when the hub knew; words shown, or why not."""

    item: str  # message id
    said: str = ""  # "stream@version", where its owner may be asked to release it
    corrected: bool = False  # by its owner, since
    correction: bool = False  # of something said before
    stands_now: str = ""  # the message id of what stands in its place, where the reader may know of that
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
    grave: bool = False  # it says something that is enough for the highest proposal by itself
    again: str = ""  # of a service that was here before, in words


class Suggestion(Struct, frozen=True, kw_only=True):
    """What one rule says, and why: produced by the rule, from codes. `alert` is "" for a rule that tells nobody."""

    alert: str = ""
    rule: str
    rule_words: str
    version: str = ""  # of the rule
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


class SilentLine(Struct, frozen=True, kw_only=True):
    """One thing that was expected about a child, of whom ("" for the front door), and did not come by `due`."""

    silence: str
    what: str
    of: str = ""
    due: datetime


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
    involved: str = ""  # how many organisations have worked with the child, in words
    suggestions: tuple[Suggestion, ...] = ()
    silent: tuple[SilentLine, ...] = ()  # what was expected of or about this child and did not come
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()  # "Do not discuss with the family until 9 March 2026 at 9:00am, Police"
    whole: bool = (
        True  # the hub may tell this asker that it holds a picture of this child: alerts, household, who is at it
    )
    may_see_level: bool = True  # of help
    may_see_plan: bool = True  # of help, and assessments
    may_open_enquiry: bool = False
    may_decide: bool = False
    may_see_ledger: bool = False
    may_decide_identity: bool = False
    may_record_consent: bool = False
    may_ask_release: bool = False
    may_ask_override: bool = False
    may_break_glass: bool = False


# -------------------------------------------------------------------------------------------------- the MASH enquiry


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


# ------------------------------------------------------------------------------------------------------------ identity


class ReviewRow(Struct, frozen=True, kw_only=True):
    """One person in doubt, in codes: no name, no words. `level` is of the live alert that the doubt is part of, else 0."""

    person: str
    kind: str
    level: int = 0
    since: datetime
    due: datetime
    overdue: bool
    why: tuple[str, ...] = ()  # in sentences
    organisations: tuple[str, ...] = ()
    candidates: int
    restricted: bool = False


class BreachTask(Struct, frozen=True, kw_only=True):
    """Somebody was shown what was not about the child: to be gone through before `due` (72 hours from `asked_at`)."""

    identity: str
    what: str
    asked_at: datetime
    settled_at: datetime | None  # None while it waits for a second person: the clock runs all the same
    due: datetime
    overdue: bool


class ProposalRow(Struct, frozen=True, kw_only=True):
    """Two established persons who may be one: `person` was opened after `other`, into whom it would go."""

    person: str
    other: str
    kind: str
    level: int
    since: datetime
    due: datetime
    overdue: bool
    why: tuple[str, ...]
    organisations: tuple[str, ...] = ()
    resting: bool = False  # somebody could not tell, and nothing new was said since
    restricted: bool = False


class Reviews(Struct, frozen=True, kw_only=True):
    """One page of the reviews, of `pages`. `closed`: how many of it, tasks included, the policies do not let this one see."""

    stamp: Stamp
    rows: tuple[ReviewRow, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1
    closed: int = 0
    tasks: tuple[BreachTask, ...] = ()
    waiting: int = 0  # decisions that wait for a second person
    proposals: tuple[ProposalRow, ...] = ()
    proposed: int = 0


class Piece(Struct, frozen=True):
    """A part of a value: whether its characters differ from what the other side says."""

    text: str
    differs: bool = False


class Value(Struct, frozen=True, kw_only=True):
    """One value, which organisations say it and how old that is, and how it stands beside the person in doubt."""

    pieces: tuple[Piece, ...]
    sources: tuple[str, ...]  # "Police, 3 weeks ago"
    outcome: str = ""  # same | alike | different | not_compared
    words: str = ""


NOT_HELD = "Not held"


class FieldRow(Struct, frozen=True):
    """One row of the comparison: the person in doubt first, then each candidate; () where nothing is held."""

    label: str
    cells: tuple[tuple[Value, ...], ...]
    closed: tuple[bool, ...] = ()  # of each cell: something of it is held and did not open
    none: str = NOT_HELD  # what an empty cell says, where nothing of it is closed


class Bar(Struct, frozen=True, kw_only=True):
    """One comparison behind a match: words first; `strength` is -5 (against) to 5 (for), for drawing alone."""

    label: str
    outcome: str
    words: str  # "speaks clearly for it"
    strength: int = 0


class Candidate(Struct, frozen=True, kw_only=True):
    """Somebody whom the person in doubt may be. A `closed` one is known to be there and nothing more."""

    person: str
    number: int
    standing: str = ""
    kind: str = ""
    organisations: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()  # open alerts, in codes and levels
    household: tuple[str, ...] = ()  # that somebody exists, and the relation
    said: str = ""  # the comparison in one sentence
    bars: tuple[Bar, ...] = ()
    restricted: bool = False
    held_apart: bool = False
    closed: bool = False
    unread: bool = False  # that it is there may be known, and its names and numbers did not open


class OwnRecordAsked(Struct, frozen=True, kw_only=True):
    """What an organisation was asked about its own record in doubt, and what came; `said` as far as this look opened it."""

    request: str
    record: str
    organisation: str
    setting: str = ""
    state: str  # asked | provided | searched_none_held | refused | withdrawn
    state_words: str
    asked_at: datetime
    due: datetime | None = None
    overdue: bool = False
    late: bool = False
    on_page_only: bool = False  # the organisation gave no key, so nothing was sent to it
    reminders: int = 0
    questions: tuple[str, ...] = ()
    said: tuple[Line, ...] = ()
    closed: bool = False  # something was answered that this reader may not read
    reason: str = ""
    after: str = ""  # what had ended when the answer came
    how: str = ""
    link_until: datetime | None = None


class OwnRecords(Struct, frozen=True, kw_only=True):
    """What may be asked in one review (with `other`, in a proposal) of those who sent the records in doubt, and what was."""

    person: str
    other: str = ""
    rows: tuple[OwnRecordAsked, ...] = ()
    records: tuple[Choice, ...] = ()
    cannot: tuple[str, ...] = ()  # whose records cannot be asked about, in sentences
    questions: tuple[Choice, ...] = ()
    withdrawals: tuple[Choice, ...] = ()
    open: bool = False
    restricted: bool = False


class Review(Struct, frozen=True, kw_only=True):
    """A person in doubt beside some of the candidates: identifiers only, never what was said about anybody."""

    person: str
    stamp: Stamp
    kind: str
    settled: bool = False  # nothing is in doubt any more
    survivor: str = ""  # whom it was merged into
    since: datetime
    due: datetime
    overdue: bool = False
    why: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    household: tuple[str, ...] = ()
    fields: tuple[FieldRow, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    all_candidates: int = 0
    start: int = 0  # how many candidates stand before the first that is shown
    asked: tuple[str, ...] = ()  # what was answered before, and whom to ask
    pending: str = ""  # a decision that waits to be carried out
    restricted: bool = False
    unread: bool = False  # the names and numbers of the person in doubt did not open
    withheld: tuple[Withheld, ...] = ()
    other: str = ""  # of a proposal: who is proposed to be the same as this established person
    resting: bool = False
    owned: OwnRecords | None = None  # what owners of records in doubt were asked


class IdentityRow(Struct, frozen=True, kw_only=True):
    """One decision about identity, in codes and their words."""

    identity: str
    what: str
    code: str
    person: str
    other: str = ""
    by: str
    state: str
    state_words: str
    asked_at: datetime
    settled_at: datetime | None = None
    may_agree: bool = False
    may_take_back: bool = False  # one's own, before anybody agreed
    refused: str = ""  # why it could not be carried out
    to_do: str = ""
    report: Literal["", "due", "assessed"] = ""
    due: datetime | None = None  # while it waits: by when a second person should have answered
    overdue: bool = False


class Decisions(Struct, frozen=True, kw_only=True):
    """Decisions about identity: those that wait for a second person first."""

    stamp: Stamp
    waiting: tuple[IdentityRow, ...] = ()
    recent: tuple[IdentityRow, ...] = ()
    closed: int = 0  # of this page, those that the policies do not let this one see
    older: int = 0  # where the next page starts (a record position), 0 for none


class ReportLook(Struct, frozen=True, kw_only=True):
    """A look that opened something of what was linked wrongly: who, when, and how many items of which class."""

    position: int  # of the ledger
    at: datetime
    staff: str
    role: str
    organisation: str
    purpose: str
    page: str
    items: tuple[Line, ...]  # class of item in words, and how many


class ReportAlert(Struct, frozen=True, kw_only=True):
    """An alert that rested on evidence which moved."""

    alert: str
    rule: str
    level: int
    raised_at: datetime
    now: str
    child: str = ""  # whose alert, where it is not that of the page on which the record stood


class ReportEnquiry(Struct, frozen=True, kw_only=True):
    """A MASH enquiry that was open while something stood on the wrong page: it may be about the wrong child."""

    enquiry: str
    child: str
    opened_at: datetime
    by: str
    state: Literal["open", "decided"]


class ReportDecision(Struct, frozen=True, kw_only=True):
    """A decision of a MASH enquiry that had evidence before it which moved."""

    enquiry: str
    by: str
    at: datetime
    outcome: str


class MovedRow(Struct, frozen=True, kw_only=True):
    """A source record that moved, from whom to whom, and since when it had stood there."""

    source_record: str
    organisation: str
    before: str
    after: str
    since: datetime


class Report(Struct, frozen=True, kw_only=True):
    """Who was shown what between link and unlink, in codes: looks oldest first.

    `due`: 72 hours from when a person first said that it stood in the wrong place. Not `whole`: a part of its way could
    not be followed, so that somebody may have been shown it who is not listed.
    """

    identity: str
    what: str
    settled_at: datetime
    due: datetime
    overdue: bool
    assessed: str = ""
    moved: tuple[MovedRow, ...] = ()
    looks: tuple[ReportLook, ...] = ()
    alerts: tuple[ReportAlert, ...] = ()
    decisions: tuple[ReportDecision, ...] = ()
    enquiries: tuple[ReportEnquiry, ...] = ()
    whole: bool = True
    discounted: int = 0  # signals that count no more where they counted
    counted: int = 0  # signals that count elsewhere now
    to_tell: tuple[str, ...] = ()


class Reports(Struct, frozen=True, kw_only=True):
    """For who answers for information: what has to be gone through, first due first, and what was."""

    stamp: Stamp
    tasks: tuple[BreachTask, ...] = ()
    assessed: tuple[str, ...] = ()
    closed: int = 0  # those that the policies do not let this one see


class Undo(Struct, frozen=True):
    """The decision that takes another back: what it is, the words of the link, and whom it is about."""

    what: str
    words: str
    person: str
    other: str = ""
    records: tuple[str, ...] = ()


class IdentityView(Struct, frozen=True, kw_only=True):
    """One decision about identity, with its reason, and the report where something had been shown wrongly."""

    row: IdentityRow
    stamp: Stamp
    reason: str
    why: str = ""  # opened words
    why_closed: bool = False
    ask: str = ""  # the organisation to ask
    readers: tuple[str, ...] = ()
    source_records: tuple[str, ...] = ()
    agreed_by: str = ""
    not_agreed: str = ""  # who did not, and opened words
    reverses: str = ""
    undone_by: str = ""
    undo: Undo | None = None
    fields: tuple[FieldRow, ...] = ()  # the two side by side, while a second person must say whether they agree
    columns: tuple[str, ...] = ()  # what stands above each column of them
    said: str = ""  # the comparison in one sentence
    cautions: tuple[str, ...] = ()  # what who must agree should know first
    households: tuple[tuple[str, ...], ...] = ()  # of each of the two: that somebody exists, and the relation
    alerts: tuple[tuple[str, ...], ...] = ()  # of each of the two, in levels and rules
    report: Report | None = None
    assessment: str = ""  # opened words
    assessed_by: str = ""
    may_assess: bool = False
    restricted: bool = False


class LinkRow(Struct, frozen=True, kw_only=True):
    """A source record that is held to be about a person: whose, and how it was linked."""

    source_record: str
    organisation: str
    how: str
    evidence: tuple[str, ...] = ()
    since: datetime
    decision: str = ""  # of the person who linked it
    versions: str = ""
    doubts: tuple[str, ...] = ()  # what was odd in how it was described, in sentences


class WhoThisIs(Struct, frozen=True, kw_only=True):
    """On what a person's identity rests, in codes."""

    person: str
    stamp: Stamp
    standing: str
    kind: str
    links: tuple[LinkRow, ...] = ()
    apart: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()  # persons who were merged into this one
    merges: tuple[tuple[str, str], ...] = ()  # (decision, merged person): what can be taken back
    survivor: str = ""
    restricted: bool = False
    readers: tuple[str, ...] = ()
    candidates: int = 0
    doubted: tuple[str, ...] = ()  # persons in review who may turn out to be this one
    proposed: tuple[str, ...] = ()  # who is proposed to be the same


# ------------------------------------------------------------------------------------------- different addresses


class AddressHolder(Struct, frozen=True):
    """An organisation that holds an address of its own for a child, and since when it does. Never the address."""

    organisation: str  # its name
    since: date


class AddressConflict(Struct, frozen=True):
    """A child of whom organisations hold different addresses; `since` is when the newest of them was said."""

    child: str
    since: date
    holders: tuple[AddressHolder, ...]


class AddressConflicts(Struct, frozen=True):
    """The newest of them that this asker may know of; `more` says that not everybody's addresses were gone through."""

    rows: tuple[AddressConflict, ...]
    more: bool


# ------------------------------------------------------------------------------------------------- the household


class KinRow(Struct, frozen=True, kw_only=True):
    """Somebody who lives or lived with a child, as organisations said; `name` is () where it is not opened.

    `person` is "" where this asker may not open that page. `via` is the label of the adult through whom.
    """

    label: str  # "Adult 1", "Sibling 2"
    role: str
    person: str = ""
    name: tuple[str, ...] = ()
    child: bool = False
    now: bool
    spells: tuple[str, ...]  # "since 3 March 2026", in words
    organisations: tuple[str, ...]
    sure: bool = True
    conflicting: bool = False
    via: str = ""


class Box(Struct, frozen=True, kw_only=True):
    """One person of the drawing: where, and what stands in the box. `subject` is the child whose page it is."""

    x: int
    y: int
    label: str
    role: str
    note: str = ""
    subject: bool = False
    doubtful: bool = False


class Drawing(Struct, frozen=True):
    """The household as boxes in rows, one for each generation, and lines (x1, y1, x2, y2, doubtful)."""

    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    lines: tuple[tuple[int, int, int, int, bool], ...] = ()


class HouseholdView(Struct, frozen=True, kw_only=True):
    """Who lives with a child, who did, and what of that counts for the child."""

    child: str
    stamp: Stamp
    enquiry: str = ""
    rows: tuple[KinRow, ...] = ()  # those who live there now, adults first
    past: tuple[KinRow, ...] = ()
    drawing: Drawing
    apart: bool = False  # a list that names the child says of nobody that they live together
    kinship: bool = (
        False  # of the adults here of whom this asker may know, a relative lives with the child and no parent
    )
    counted: tuple[Entry, ...] = ()
    withheld: tuple[Withheld, ...] = ()


class AdultNamed(Struct, frozen=True, kw_only=True):
    """An adult of a concern that names no child: in what role, with what indicators, and who is known to live there."""

    label: str
    role: str
    indicators: tuple[str, ...] = ()
    children: tuple[str, ...] = ()  # in words: which children, since when, as whom said


class AskForChildren(Struct, frozen=True, kw_only=True):
    """A concern that names no child: whose it is, what is known of the households of its adults, and the answer so far."""

    message: str
    stamp: Stamp
    organisation: str
    occurred: When
    known_at: datetime
    adults: tuple[AdultNamed, ...] = ()
    children: tuple[Choice, ...] = ()  # on record in a household of these adults
    organisations: tuple[Choice, ...] = ()  # who may be asked
    answered: bool = False
    answer: tuple[str, ...] = ()  # the children named, as short references
    may_answer: bool = False
