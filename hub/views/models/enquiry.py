"""What pages of a MASH enquiry show: the room, each child in it with what was decided, what is open already, who holds it.

Plain values only; words came through `flow/disclose.py`. Times are aware UTC.
"""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Choice, Coverage, Line, Stamp, Suggestion, Withheld, WorklistRow


class PlanRow(Struct, frozen=True):
    """One action of a plan, in words: what, who does it, by which day."""

    action: str
    owner: str
    due: date
    code: str = ""  # of the action
    done: bool = False


class EvidenceRead(Struct, frozen=True):
    """One piece of evidence that stood before a decider, and whether they had opened it."""

    what: str
    opened: bool


class TeamRow(Struct, frozen=True):
    """Somebody on the team of a MASH enquiry, in words; `may_end`: the asker may say that their part ended."""

    staff: str
    words: str
    holds: bool = False
    may_end: bool = False


class DecisionMade(Struct, frozen=True, kw_only=True):
    """What a person decided, with the moment and edition it was decided at. `reason` and `child_view` are opened words or "".

    Of a closing that waits for a manager, what was proposed; `managers` says why it waits.
    """

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
    plan: tuple[PlanRow, ...] = ()
    view: str = ""  # how the child's view was obtained
    child_view: str = ""
    why_no_view: str = ""
    seen: str = ""
    weighed: tuple[str, ...] = ()
    basis: str = ""
    managers: tuple[str, ...] = ()
    approved_by: str = ""
    unseen: int = 0  # how much came in that nobody had read when it was decided at red
    read: tuple[EvidenceRead, ...] = ()  # what the decider had opened of what there was, of what this asker may know of


class PlannedRow(Struct, frozen=True, kw_only=True):
    """One action of a plan on a list: codes and their words. `due` is the London day by which it is done."""

    enquiry: str
    child: str
    action: str
    what: str
    owner: str
    due: date
    overdue: bool = False
    done: bool = False
    changed_at: datetime


class PlansView(Struct, frozen=True, kw_only=True):
    """What was decided to be done: what waits, the first day first, and what was done lately."""

    stamp: Stamp
    rows: tuple[PlannedRow, ...] = ()
    done: tuple[PlannedRow, ...] = ()


class OpenItem(Struct, frozen=True, kw_only=True):
    """Something that is open on a child already: in words, since when, and with whom."""

    ref: str
    words: str
    since: date
    worker: str = ""  # a staff id; "" where no worker is named
    worker_words: str = ""
    organisation: str = ""


class ReReferral(Struct, frozen=True, kw_only=True):
    """An earlier referral about a child within 12 months: when it was taken in, and in which MASH enquiry it was decided."""

    day: date
    enquiry: str
    outcome: str


class ChildInEnquiry(Struct, frozen=True, kw_only=True):
    """One child of a MASH enquiry, under today's id: how far it is, and what was decided or proposed."""

    child: str
    state: Literal["open", "waiting", "decided"]
    identity: tuple[Line, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    already: tuple[OpenItem, ...] = ()
    re_referral: ReReferral | None = None
    decision: DecisionMade | None = None
    proposal: DecisionMade | None = None
    may_decide: bool = False
    may_approve: bool = False
    may_take_back: bool = False
    unseen: tuple[str, ...] = ()  # what came in unread at red, in labels


class GradeRow(Struct, frozen=True, kw_only=True):
    """One grading, the newest first: both due times stay when a grade changes."""

    grade: str
    due: datetime
    at: datetime
    by: str
    reason: str = ""


class EnquiryView(Struct, frozen=True, kw_only=True):
    """A MASH enquiry as this asker may see it, with one child in focus (`child`).

    `news` lists what came in about the child in focus after `seen`, in labels, newest first.
    """

    enquiry: str
    child: str
    stamp: Stamp
    state: Literal["open", "decided"]
    ground: str
    opened_at: datetime
    opened_by: str
    reason: str = ""
    anyway: str = ""  # why it was opened although something was open already
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
    children: tuple[ChildInEnquiry, ...] = ()
    grade: str = ""  # its label; "" before anybody graded it
    red: bool = False
    grades: tuple[Choice, ...] = ()  # what it may be graded, but for what it is
    gradings: tuple[GradeRow, ...] = ()
    proposed_grade: str = ""  # by the level that the rules propose
    received: datetime | None = None
    holder: str = ""  # in words; "" for nobody
    mine: bool = False
    offered: str = ""  # to whom, in words
    offered_to_me: bool = False
    hand_over: str = ""  # what the next one must know: opened words or ""
    rung: tuple[str, ...] = ()
    staff: tuple[Choice, ...] = ()  # to whom it may go
    team: tuple[TeamRow, ...] = ()
    ended: tuple[Choice, ...] = ()  # why somebody's part ended
    may_screen: bool = False
    may_supervise: bool = False
    weighable: tuple[Choice, ...] = ()  # what counts for the child in focus
    organisations: tuple[Choice, ...] = ()  # who may have seen the child, or does something
    acting: tuple[Choice, ...] = ()  # what another worker or organisation has accepted for the child in focus
    manager_for: tuple[
        str, ...
    ] = ()  # why a closing of the child in focus would wait for a manager whatever is answered


class Opening(Struct, frozen=True, kw_only=True):
    """What somebody sees who is about to open a MASH enquiry: alerts, what is open already, who else the contact names."""

    child: str
    alerts: tuple[WorklistRow, ...] = ()
    already: tuple[OpenItem, ...] = ()
    on_record: tuple[str, ...] = ()  # statuses and work of social care that organisations told of
    re_referral: ReReferral | None = None  # as it would be if the contact that came today were accepted
    beside: tuple[Choice, ...] = ()  # further children named in the same contact


class ForwardedRow(Struct, frozen=True, kw_only=True):
    """A contact that went to the worker who is at it: codes only."""

    forwarding: str
    child: str
    state: Literal["waits", "acknowledged", "passed_back"]
    to: str  # in words
    mine: bool = False
    due: datetime
    overdue: bool = False
    at: datetime
    about: tuple[str, ...] = ()  # what the contact was, in labels
    why: str = ""  # why it was passed back


class Forwarded(Struct, frozen=True, kw_only=True):
    """Contacts that went to workers who are at it, those that wait first."""

    stamp: Stamp
    rows: tuple[ForwardedRow, ...] = ()
    reasons: tuple[Choice, ...] = ()  # why one is passed back


class AllocationView(Struct, frozen=True, kw_only=True):
    """Who is allocated to a child, and the choices of whoever may change that."""

    child: str
    stamp: Stamp
    already: tuple[OpenItem, ...] = ()
    grounds: tuple[Choice, ...] = ()
    ended: tuple[Choice, ...] = ()
    workers: tuple[Choice, ...] = ()
    may_supervise: bool = False


class AdviceOnly(Struct, frozen=True, kw_only=True):
    """How many decisions came to advice alone, of all that stand; and the MASH enquiries of those."""

    advice_only: int
    decided: int
    enquiries: tuple[str, ...] = ()
