"""What pages show of working together: strategy discussions, leads, challenges, prompts, and what became of what was sent.

Plain values only; words came through `flow/disclose.py`. Times are aware UTC.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class DiscussionRow(Struct, frozen=True, kw_only=True):
    """A strategy discussion of a MASH enquiry: when, and how far it is."""

    discussion: str
    at: datetime
    state: str  # in words
    children: tuple[str, ...]


class Discussions(Struct, frozen=True, kw_only=True):
    """The strategy discussions of a MASH enquiry, and what one chooses from to call one."""

    enquiry: str
    stamp: Stamp
    rows: tuple[DiscussionRow, ...] = ()
    children: tuple[Choice, ...] = ()
    parties: tuple[Choice, ...] = ()
    quorum: tuple[str, ...] = ()  # who must take part
    means: tuple[Choice, ...] = ()
    may_call: bool = False


class SittingRow(Struct, frozen=True, kw_only=True):
    """One time that it was held: who was there, who not and why, who lacked for a quorum. `spoke` is opened words or ""."""

    held_at: datetime
    present: tuple[str, ...]
    absent: tuple[str, ...]
    missing: tuple[str, ...]
    spoke: str
    recorded_by: str


class KnewRow(Struct, frozen=True):
    """What one organisation knew: opened words, or "" where they are closed to this reader."""

    organisation: str
    words: str


class DecidedRow(Struct, frozen=True, kw_only=True):
    """What was decided. `reason`, `safety`, `why_not_quorate` are opened words or ""."""

    at: datetime
    by: str
    opened: tuple[str, ...]  # children for whom section 47 was opened
    how: str
    ground: str
    quorate: bool
    reason: str = ""
    safety: str = ""
    why_not_quorate: str = ""
    conference_due: datetime | None = None


class Section47Row(Struct, frozen=True, kw_only=True):
    """The section 47 enquiry about one child."""

    child: str
    state: Literal["not_opened", "open", "ended"]
    outcome: str = ""
    conference_due: datetime | None = None
    overdue: bool = False


class DiscussionView(Struct, frozen=True, kw_only=True):
    """One strategy discussion as this asker may see it, with what may be done next."""

    discussion: str
    enquiry: str
    stamp: Stamp
    state: Literal["called", "held", "decided"]
    state_words: str
    at: datetime
    means: str
    called_by: str
    why: str = ""
    asked: tuple[Choice, ...] = ()
    sittings: tuple[SittingRow, ...] = ()
    knew: tuple[KnewRow, ...] = ()
    decisions: tuple[DecidedRow, ...] = ()
    section_47: tuple[Section47Row, ...] = ()
    children: tuple[str, ...] = ()
    quorate: bool = False
    alone: bool = False  # one person opened section 47 alone, in immediate danger
    reconvene_by: datetime | None = None
    withheld: tuple[Withheld, ...] = ()
    attended: tuple[Choice, ...] = ()  # whose knowledge may be recorded
    absences: tuple[Choice, ...] = ()
    grounds: tuple[Choice, ...] = ()
    hows: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    may_record: bool = False
    may_decide: bool = False


class LeadRow(Struct, frozen=True, kw_only=True):
    """A child whom somebody is asked to lead for, or leads for. `why` is opened words or ""."""

    child: str
    state: Literal["asked", "leads"]
    proposal: str = ""
    since: datetime
    due: datetime | None = None
    overdue: bool = False
    why: str = ""
    asked_too: str = ""  # whom the lead asked to take over, in words


class MyLeads(Struct, frozen=True, kw_only=True):
    """What this person is asked, and for whom they lead."""

    stamp: Stamp
    rows: tuple[LeadRow, ...] = ()
    declined: tuple[Choice, ...] = ()
    ended: tuple[Choice, ...] = ()
    staff: tuple[Choice, ...] = ()  # to whom a lead may be handed over


class LeadPast(Struct, frozen=True, kw_only=True):
    """One thing that happened, in words."""

    at: datetime
    what: str
    reason: str = ""


class LeadView(Struct, frozen=True, kw_only=True):
    """Who leads for a child, who is asked, and what was before. `others` lead too since two persons turned out to be one."""

    child: str
    stamp: Stamp
    lead: str = ""  # in words
    others: tuple[Choice, ...] = ()
    asked: str = ""
    due: datetime | None = None
    overdue: bool = False
    needs_one: bool = False  # the decided level needs a lead, and nobody leads
    history: tuple[LeadPast, ...] = ()
    staff: tuple[Choice, ...] = ()
    ended: tuple[Choice, ...] = ()
    may_propose: bool = False
    may_supervise: bool = False


class ChallengeRow(Struct, frozen=True, kw_only=True):
    """A challenge in codes. `child` stands only for the front door."""

    challenge: str
    about: str
    type: str  # in words
    state: Literal["open", "answered", "settled", "withdrawn"]
    stage: int
    stage_words: str
    outcome: str = ""  # in words
    at: datetime
    due: datetime | None = None
    overdue: bool = False
    risk: bool = False
    mine: bool = False
    child: str = ""


class Challenges(Struct, frozen=True, kw_only=True):
    """One's own challenges, and for who answers those that wait."""

    stamp: Stamp
    rows: tuple[ChallengeRow, ...] = ()
    types: tuple[Choice, ...] = ()
    about: str = ""  # what a new one is about


class ChallengeStep(Struct, frozen=True, kw_only=True):
    """One thing said in a challenge. `words` are opened words or ""."""

    at: datetime
    what: str
    words: str = ""


class ChallengeView(Struct, frozen=True, kw_only=True):
    """One challenge as this asker may see it, with what may be done next."""

    row: ChallengeRow
    stamp: Stamp
    steps: tuple[ChallengeStep, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    may_answer: bool = False
    may_escalate: bool = False
    may_settle: bool = False
    may_withdraw: bool = False


class PromptRow(Struct, frozen=True, kw_only=True):
    """A prompt in codes: what is asked, of which setting, and whether they have it."""

    prompt: str
    child: str
    words: str
    organisation: str
    setting: str
    at: datetime
    due: datetime
    state: Literal["waits", "acknowledged", "taken_back"]
    overdue: bool = False
    mine: bool = False  # this person's setting is asked


class PromptPage(Struct, frozen=True, kw_only=True):
    """For the front door: prompts about a child, and what may be sent to whom."""

    child: str
    stamp: Stamp
    rows: tuple[PromptRow, ...] = ()
    settings: tuple[Choice, ...] = ()
    prompts: tuple[Choice, ...] = ()


class MyPrompts(Struct, frozen=True, kw_only=True):
    """What this person's setting is asked."""

    stamp: Stamp
    rows: tuple[PromptRow, ...] = ()
