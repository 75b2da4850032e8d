"""A MASH enquiry: opened by a person on a recorded ground, it is the room in which names and words may be seen.

It is about one child or several, has one holder at a time, a grade with its clock, and ends in a decision for each child,
with at least one action (what makes one whole: decision.py). A *s47 enquiry* is a legal status, and never meant here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar, Literal, TypeVar, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.late import Proposal

# Why names and words may be opened. Source: domain research 2.12 (S1, S2, S5); wording is the hub's own.
GROUNDS = {
    "immediate_danger": "A child may be in immediate danger",
    "significant_harm": "Reasonable cause to suspect significant harm",
    "perceived_harm": "Reasonable concern of harm, below significant harm",
    "agreed_early_help": "The family agreed that early help may look into this",
}
# What becomes of a contact, or of a referral. Source: domain research 2.5 (national safeguarding data model).
OUTCOMES = {
    "no_further_action": "No further action by social care",
    "information_and_advice": "Information, advice or signposting",
    "early_help": "Early help offered",
    "step_down": "Referral: step down to early help",
    "child_in_need": "Contact accepted: child in need referral",
    "assessment": "Referral accepted: assessment (section 17)",
    "strategy_discussion": "Strategy discussion called",
    "section_47": "Section 47 enquiry, as a strategy discussion decided",
    "other_organisation": "Closed: another organisation is acting",
    "other": "Other: see the reasons",
}
ACTIONS = {
    "advice_given": "Advice given to the referrer",
    "family_contacted": "Family contacted",
    "child_seen": "Child to be seen",
    "early_help_offered": "Early help offered to the family",
    "signposted": "Signposted to a service",
    "assessment_started": "Assessment started",
    "strategy_discussion_called": "Strategy discussion called",
    "police_called": "Police asked to act now",
    "prompt_sent": "Prompt sent to a practitioner",
}
# Whether anybody has seen the child since the contact came, and how the child's view was heard.
SEEN = {
    "alone": "Yes, and alone",
    "with_others": "Yes, but not alone",
    "not_seen": "No",
}
VIEWS = {
    "child_said": "The child told somebody in their own words",
    "through_worker": "A worker who knows the child told us",
    "observed": "The child was watched, being too young to say or not able to",
    "not_obtained": "It was not obtained",
}
PART_ENDED = {  # why somebody leaves the team of a MASH enquiry
    "work_done": "Their part in it is done",
    "moved": "They work elsewhere now, or in another team",
    "allocation_ended": "They are not allocated to the child any more",
    "conflict": "They know the family, or another interest of theirs conflicts",
    "entered_in_error": "They were never meant to be on it",
}
Value = TypeVar("Value")
RED = "red"  # the id of the clock that never stops


MOST = (
    50  # alerts, actions or children of one MASH enquiry: what is recorded goes out in messages whose lists are bounded
)
FRONT_DOOR = "front_door"  # who carries an action out, where it is the MASH itself


class Step(Struct, frozen=True):
    """One action of a plan: what (a code of ACTIONS), whose (an organisation, or the front door), by which London day."""

    action: str
    owner: str
    due: date


class EnquiryOpened(Fact, frozen=True, kw_only=True):
    """A person opened a MASH enquiry about a child, on a ground, because of these alerts.

    Further children of the same contact are added in the same transaction. `already` names what was open on any of them
    already ("allocation:<id>"), and then the words say why it was opened all the same. `received`: when the contact came.
    """

    NAME: ClassVar[str] = "enquiry.opened"
    child: str
    alerts: tuple[str, ...]
    ground: str
    opened_by: str
    team: tuple[str, ...]
    items: tuple[Sealed, ...] = ()  # the reason given, in words
    already: tuple[str, ...] = ()
    received: datetime | None = None


class EnquiryChildAdded(Fact, frozen=True, kw_only=True):
    """A further child is part of what this MASH enquiry is about: from its opening on, or found later."""

    NAME: ClassVar[str] = "enquiry.child-added"
    child: str
    alerts: tuple[str, ...] = ()
    added_by: str
    already: tuple[str, ...] = ()
    items: tuple[Sealed, ...] = ()


class EnquiryGraded(Fact, frozen=True, kw_only=True):
    """A person graded it by the partnership's names. The clock runs from receipt; the one before is kept beside it."""

    NAME: ClassVar[str] = "enquiry.graded"
    child: str = ""  # the first child of it, about whom it goes out
    grade: str  # id of a clock of the edition
    received: datetime
    due: datetime
    before: str = ""
    due_before: datetime | None = None
    graded_by: str
    items: tuple[Sealed, ...] = ()


class EnquiryClaimed(Fact, frozen=True, kw_only=True):
    """Somebody took it for themselves, while nobody held it."""

    NAME: ClassVar[str] = "enquiry.claimed"
    holder: str


class EnquiryAssigned(Fact, frozen=True, kw_only=True):
    """A manager gave it to somebody; who held it before holds it no more."""

    NAME: ClassVar[str] = "enquiry.assigned"
    holder: str
    before: str
    assigned_by: str


class HandOverOffered(Fact, frozen=True, kw_only=True):
    """The holder (or a manager for them) asks somebody to take it over; until that one accepts, the holder holds it.

    `to` is a member of staff, or FRONT_DOOR: whoever of it takes it over first.
    """

    NAME: ClassVar[str] = "enquiry.hand-over-offered"
    holder: str
    to: str
    offered_by: str
    items: tuple[Sealed, ...] = ()  # what the next one must know, in words


class HandOverAccepted(Fact, frozen=True, kw_only=True):
    """Whoever was asked holds it from now on."""

    NAME: ClassVar[str] = "enquiry.hand-over-accepted"
    holder: str
    before: str


class HandOverEnded(Fact, frozen=True, kw_only=True):
    """It was not accepted, or taken back: the holder stays."""

    NAME: ClassVar[str] = "enquiry.hand-over-ended"
    to: str
    why: Literal["declined", "taken_back"]
    by: str


class EnquiryRung(Fact, frozen=True, kw_only=True):
    """Red, and nobody has claimed it: the next role of the chain was rung. `step` counts from 1."""

    NAME: ClassVar[str] = "enquiry.rung"
    step: int
    role: str
    since: datetime  # from when it waited


class EnquiryTeamLeft(Fact, frozen=True, kw_only=True):
    """Somebody's part in it ended: they are of its team no more, and it opens nothing to them from now on."""

    NAME: ClassVar[str] = "enquiry.team-left"
    staff: str
    why: str  # code of PART_ENDED
    by: str


class Answered(Struct, frozen=True, kw_only=True):
    """What a decider answered about one child. Position and edition say what was known and in force then.

    What is stored is one of the two facts below: a decision, or one that waits for a manager.
    """

    child: str
    level: int
    suggested: int | None
    agrees: bool
    outcome: str
    actions: tuple[str, ...]
    family_told: bool
    seen_position: int  # the record's position that the decider had read up to
    evidence: tuple[str, ...]  # signal ids that were before the decider
    decided_by: str
    items: tuple[Sealed, ...] = ()  # the reasons, why the family was not told, and the child's view, in words
    weighed: tuple[str, ...] = ()  # signal ids that the decider says carry the level
    basis: str = ""  # computed: basis; gateway; limb
    view: str = ""  # how the child's view was obtained
    seen: str = ""  # whether anybody saw the child since the contact came
    seen_by: str = ""  # which organisation
    seen_on: date | None = None
    plan: tuple[Step, ...] = ()
    grade: str = ""
    unseen: tuple[int, ...] = ()  # at red: positions of what came in after `seen_position`, to be read at once
    strategy: str = ""  # the strategy discussion that opened section 47: its stream
    acting: str = ""  # what another organisation has accepted: its stream
    managers: tuple[str, ...] = ()  # why a named manager had to agree: codes of decision.MANAGERS
    approved_by: str = ""
    more: int = 0  # children of this MASH enquiry who are still to be decided
    opened: tuple[str, ...] = ()  # of what was said and before the decider ("message:...@1"): what they had opened
    not_opened: tuple[str, ...] = ()  # and what they had not
    suggested_by: tuple[Proposal, ...] = ()  # every rule that had suggested a level to the decider, the highest first


class EnquiryDecided(Answered, Fact, frozen=True, kw_only=True):
    """A person decided about a child: level, outcome, actions. It stands."""

    NAME: ClassVar[str] = "enquiry.decided"


class ClosingProposed(Answered, Fact, frozen=True, kw_only=True):
    """A person would close, and a named manager must agree first: nothing has been decided yet."""

    NAME: ClassVar[str] = "enquiry.closing-proposed"


class ClosingApproved(Fact, frozen=True, kw_only=True):
    """A manager, not who proposed it, agreed: the decision follows in the same transaction."""

    NAME: ClassVar[str] = "enquiry.closing-approved"
    child: str
    proposed: int  # version of the proposal
    approved_by: str


class ClosingReturned(Fact, frozen=True, kw_only=True):
    """A manager did not agree, or who proposed it took it back: the child is still to be decided."""

    NAME: ClassVar[str] = "enquiry.closing-returned"
    child: str
    proposed: int
    returned_by: str
    items: tuple[Sealed, ...] = ()


class UnseenRead(Fact, frozen=True, kw_only=True):
    """Somebody read what had come in unseen when a red one was decided."""

    NAME: ClassVar[str] = "enquiry.unseen-read"
    child: str
    positions: tuple[int, ...]
    read_by: str


class PlanActionDone(Fact, frozen=True, kw_only=True):
    """An action of the plan that was decided for a child is done, as somebody says."""

    NAME: ClassVar[str] = "enquiry.plan-action-done"
    child: str
    action: str
    done_by: str


class PlanActionReopened(Fact, frozen=True, kw_only=True):
    """It is not done after all: it is to be done by the day that was decided."""

    NAME: ClassVar[str] = "enquiry.plan-action-reopened"
    child: str
    action: str
    reopened_by: str


class OpenEnquiry(Struct, frozen=True, kw_only=True):
    """Ask to open a MASH enquiry. `anyway`: why, although something is open on a child already."""

    child: str
    alerts: tuple[str, ...]
    ground: str
    reason: str
    by: str
    children: tuple[str, ...] = ()
    anyway: str = ""


class Decide(Struct, frozen=True, kw_only=True):
    """Ask to decide about one child. Nothing is pre-selected: every answer is the person's own. `child` "": the only one."""

    level: int | None
    agrees: bool | None
    outcome: str
    actions: tuple[str, ...]
    family_told: bool | None
    why_not_told: str | None
    reason: str
    seen_position: int
    by: str
    child: str = ""
    weighed: tuple[str, ...] = ()
    view: str = ""
    child_view: str = ""  # what the child says, in the child's words where they are known
    why_no_view: str = ""
    seen: str = ""
    seen_by: str = ""
    seen_on: date | None = None
    plan: tuple[Step, ...] = ()
    acting: str = ""


@dataclass(frozen=True)
class Enquiry:
    """State of one MASH enquiry. `children` are all of them, in the order in which they came."""

    id: str
    version: int = 0
    child: str = ""
    alerts: tuple[str, ...] = ()
    ground: str = ""
    team: tuple[str, ...] = ()
    stage: Literal["none", "open", "decided"] = "none"
    children: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()  # children about whom a decision stands
    waiting: dict[str, int] = field(default_factory=dict)  # child -> version of the closing that waits for a manager
    received: datetime | None = None
    gradings: tuple[EnquiryGraded, ...] = ()
    holder: str = ""
    offered: str = ""  # to whom the holder offered it
    rung: int = 0  # steps of the chain since it was graded, or somebody held it
    left: frozenset[str] = frozenset()  # whose part in it ended
    deciders: tuple[str, ...] = ()  # who decided, or agreed to a decision
    plans: dict[str, tuple[Step, ...]] = field(default_factory=dict)  # child -> what was decided to be done
    done: frozenset[tuple[str, str]] = frozenset()  # (child, action)
    unseen: dict[str, tuple[int, ...]] = field(default_factory=dict)  # child -> what nobody has read yet

    @property
    def grade(self) -> str:
        """The grade now; "" before anybody graded it."""
        return self.gradings[-1].grade if self.gradings else ""

    @property
    def undecided(self) -> tuple[str, ...]:
        """The children about whom no decision stands yet."""
        return tuple(one for one in self.children if one not in self.decided)


EnquiryFact = (
    EnquiryOpened | EnquiryChildAdded | EnquiryGraded | EnquiryClaimed | EnquiryAssigned | HandOverOffered
    | HandOverAccepted | HandOverEnded | EnquiryRung | EnquiryDecided | ClosingProposed | ClosingApproved
    | ClosingReturned | UnseenRead | EnquiryTeamLeft | PlanActionDone | PlanActionReopened
)  # fmt: skip
FACTS: tuple[type[EnquiryFact], ...] = (
    EnquiryOpened, EnquiryChildAdded, EnquiryGraded, EnquiryClaimed, EnquiryAssigned, HandOverOffered, HandOverAccepted,
    HandOverEnded, EnquiryRung, EnquiryDecided, ClosingProposed, ClosingApproved, ClosingReturned, UnseenRead,
    EnquiryTeamLeft, PlanActionDone, PlanActionReopened,
)  # fmt: skip


def stream(enquiry: str) -> str:
    """The stream of a MASH enquiry."""
    return f"mash-enquiry:{enquiry}"


def fold(enquiry: str, facts: Iterable[Fact]) -> Enquiry:
    """A MASH enquiry after these facts, in order; version 0 where there are none. Another room's facts are passed over."""
    state = Enquiry(enquiry)
    for fact in facts:
        if isinstance(fact, EnquiryFact):
            state = evolve(state, fact)
    return state


def evolve(enquiry: Enquiry, fact: EnquiryFact) -> Enquiry:
    """Fold one fact: total, never refuses."""
    enquiry = replace(enquiry, version=enquiry.version + 1)
    match fact:
        case EnquiryOpened():
            return replace(
                enquiry, child=fact.child, alerts=fact.alerts, ground=fact.ground, team=fact.team, stage="open",
                children=(fact.child,), received=fact.received,
            )  # fmt: skip
        case EnquiryChildAdded():
            children = tuple(dict.fromkeys((*enquiry.children, fact.child)))
            return replace(enquiry, children=children, alerts=tuple(dict.fromkeys((*enquiry.alerts, *fact.alerts))))
        case EnquiryGraded():
            return replace(enquiry, gradings=(*enquiry.gradings, fact), rung=0)  # red anew rings anew
        case EnquiryClaimed() | EnquiryAssigned() | HandOverAccepted():
            team = tuple(dict.fromkeys((*enquiry.team, fact.holder)))
            away = enquiry.left - {fact.holder}
            return replace(enquiry, holder=fact.holder, offered="", team=team, left=away, rung=0)
        case HandOverOffered():
            return replace(enquiry, offered=fact.to)
        case HandOverEnded():
            return replace(enquiry, offered="")
        case EnquiryRung():
            return replace(enquiry, rung=fact.step)
        case EnquiryDecided():
            return _decided(enquiry, fact)
        case ClosingProposed():
            return replace(enquiry, waiting={**enquiry.waiting, fact.child: enquiry.version})
        case ClosingApproved() | ClosingReturned():
            return replace(enquiry, waiting=_without(enquiry.waiting, fact.child))
        case UnseenRead():
            left = tuple(one for one in enquiry.unseen.get(fact.child, ()) if one not in fact.positions)
            unseen = _without(enquiry.unseen, fact.child)
            return replace(enquiry, unseen={**unseen, fact.child: left} if left else unseen)
        case EnquiryTeamLeft():
            team = tuple(one for one in enquiry.team if one != fact.staff)
            return replace(enquiry, team=team, left=enquiry.left | {fact.staff})
        case PlanActionDone():
            return replace(enquiry, done=enquiry.done | {(fact.child, fact.action)})
        case PlanActionReopened():
            return replace(enquiry, done=enquiry.done - {(fact.child, fact.action)})
        case _:
            assert_never(fact)


def _decided(enquiry: Enquiry, fact: EnquiryDecided) -> Enquiry:
    """After a decision. With the last one the room closes: of its team stays who holds it and who decided."""
    decided = tuple(dict.fromkeys((*enquiry.decided, fact.child)))
    deciders = tuple(dict.fromkeys(one for one in (*enquiry.deciders, fact.decided_by, fact.approved_by) if one))
    enquiry = replace(
        enquiry, decided=decided, deciders=deciders, waiting=_without(enquiry.waiting, fact.child),
        unseen={**enquiry.unseen, fact.child: fact.unseen} if fact.unseen else enquiry.unseen,
        plans={**enquiry.plans, fact.child: fact.plan},
    )  # fmt: skip
    if not set(decided) >= set(enquiry.children):
        return enquiry
    kept = {enquiry.holder, *deciders}
    return replace(enquiry, stage="decided", offered="", team=tuple(one for one in enquiry.team if one in kept))


def _without(held: dict[str, Value], child: str) -> dict[str, Value]:
    return {one: value for one, value in held.items() if one != child}


def check_opening(command: OpenEnquiry, already: tuple[str, ...] = ()) -> None:
    """Refused, naming the field, unless a ground is chosen and a reason is given.

    Where something is open on one of the children already (`already` names it), also unless it is said why a MASH enquiry
    is opened all the same: the contact belongs to the worker who is at it.
    """
    if command.ground not in GROUNDS:
        raise Refused("Select the ground for opening a MASH enquiry", "ground")
    if not command.reason.strip():
        raise Refused("Enter why names and words need to be opened", "reason")
    few_and_each_once(command.alerts, "alerts")
    few_and_each_once((command.child, *command.children), "children")
    if already and not command.anyway.strip():
        raise Refused(
            "This is already open with a worker: forward it to them, or enter why it is opened anyway", "anyway"
        )


def check_adding(enquiry: Enquiry, child: str, reason: str, anyway: str, already: tuple[str, ...] = ()) -> None:
    """Refused, naming the field, unless the enquiry is open, the child is new to it, and it is said why."""
    must_be_open(enquiry)
    if child in enquiry.children:
        raise Refused("This child is part of the MASH enquiry already", "child")
    if len(enquiry.children) >= MOST:
        raise Refused(f"A MASH enquiry is about at most {MOST} children: open another one", "child")
    if not reason.strip():
        raise Refused("Enter why this child is part of it", "reason")
    if already and not anyway.strip():
        raise Refused(
            "This is already open with a worker: forward it to them, or enter why it is added anyway", "anyway"
        )


def must_be_open(enquiry: Enquiry) -> None:
    """Raises Refused for a MASH enquiry that is decided, or that there never was."""
    if enquiry.stage != "open":
        raise Refused("This MASH enquiry is decided already: open a new one to decide anew", "enquiry")


def few_and_each_once(chosen: tuple[str, ...], field: str) -> None:
    """Raises Refused where something is chosen twice, or more than a message on `case.v1` may list."""
    if len(set(chosen)) != len(chosen):
        raise Refused("Select each only once", field)
    if len(chosen) > MOST:
        raise Refused(f"Select at most {MOST}", field)
