"""Who leads for a child: proposed, accepted or declined, handed over, ended. At any moment nobody leads, or exactly one does.

Who is asked leads only once they said yes; until then whoever led before goes on. Where two persons who each had a lead
turn out to be one, whoever accepted first leads, and a person chooses. Source: Working Together 2023, chapter 3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

DECLINED = {
    "no_capacity": "I cannot take it on now",
    "not_working_with": "I do not work with this family",
    "conflict": "I know the family, or have another interest in it",
    "better_placed": "Somebody else is better placed",
    "other": "Other: see the reasons",
}
ENDED = {
    "plan_completed": "The plan was completed",
    "stepped_up": "Stepped up: a social worker leads",
    "family_withdrew": "The family agrees no more",
    "moved_away": "The family moved away",
    "left_post": "The lead left the post",
    "other_chosen": "Two led for one child, and the other goes on",
    "entered_in_error": "Entered in error",
}


class LeadProposed(Fact, frozen=True, kw_only=True):
    """Stream lead:<person>. Somebody is asked to lead, by `due` (aware UTC); `before` leads until they said yes."""

    NAME: ClassVar[str] = "lead.proposed"
    child: str
    proposal: str  # random: what a notice names it by
    to: str  # staff id
    organisation: str
    setting: str
    enquiry: str = ""
    before: str = ""
    due: datetime
    proposed_by: str
    items: tuple[Sealed, ...] = ()  # why, in words for who is asked


class LeadAccepted(Fact, frozen=True, kw_only=True):
    """Whoever was asked leads from now on."""

    NAME: ClassVar[str] = "lead.accepted"
    child: str
    lead: str
    organisation: str
    setting: str
    before: str = ""


class LeadDeclined(Fact, frozen=True, kw_only=True):
    """Whoever was asked says no: whoever led before goes on."""

    NAME: ClassVar[str] = "lead.declined"
    child: str
    to: str
    reason: str
    items: tuple[Sealed, ...] = ()


class LeadTakenBack(Fact, frozen=True, kw_only=True):
    """Nobody waits for their answer any more."""

    NAME: ClassVar[str] = "lead.taken-back"
    child: str
    to: str
    by: str


class LeadEnded(Fact, frozen=True, kw_only=True):
    """Nobody leads any more by this record."""

    NAME: ClassVar[str] = "lead.ended"
    child: str
    lead: str
    reason: str
    ended_by: str
    items: tuple[Sealed, ...] = ()


LeadFact = LeadProposed | LeadAccepted | LeadDeclined | LeadTakenBack | LeadEnded
FACTS: tuple[type[LeadFact], ...] = (LeadProposed, LeadAccepted, LeadDeclined, LeadTakenBack, LeadEnded)


class Current(Struct, frozen=True):
    """Who leads by one record, and by which version of it."""

    person: str  # whose record: a person may have been merged since
    lead: str
    organisation: str
    setting: str
    accepted: int  # version of the acceptance
    at: int = 0  # the record's position of it, where the caller knows it


@dataclass(frozen=True)
class Lead:
    """State of one person's record."""

    person: str
    version: int = 0
    current: Current | None = None
    asked: LeadProposed | None = None  # whose answer is waited for


def stream(person: str) -> str:
    """The stream of who leads for a person."""
    return f"lead:{person}"


def fold(person: str, facts: Iterable[Fact]) -> Lead:
    """Who leads after these facts, in order."""
    state = Lead(person)
    for fact in facts:
        if isinstance(fact, LeadFact):
            state = evolve(state, fact)
    return state


def evolve(state: Lead, fact: LeadFact) -> Lead:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case LeadProposed():
            return replace(state, asked=fact)
        case LeadAccepted():
            now = Current(state.person, fact.lead, fact.organisation, fact.setting, state.version)
            return replace(state, current=now, asked=None)
        case LeadDeclined() | LeadTakenBack():
            return replace(state, asked=None)
        case LeadEnded():
            return replace(state, current=None)
        case _:
            assert_never(fact)


def in_force(current: Sequence[Current]) -> Current | None:
    """Who leads for one child, of what the records of everybody held to be that child say: whoever accepted first."""
    return min(current, key=lambda one: (one.at, one.person), default=None)


def check_propose(state: Lead, now: Current | None, to: str, why: str, by: str) -> None:
    """Refused, naming the field, unless nobody is asked yet, and somebody else than who asks and who leads is named."""
    if not to.strip():
        raise Refused("Select who is asked to lead", "to")
    if state.asked is not None:
        raise Refused("Somebody is asked already: wait for their answer, or take it back", "to")
    if now is not None and now.lead == to:
        raise Refused("They lead already", "to")
    if to == by:
        raise Refused("Ask somebody else: who leads is asked by another person", "to")
    if not why.strip():
        raise Refused("Enter why they are asked, in words for them", "why")


def check_answer(state: Lead, by: str) -> LeadProposed:
    """What this person was asked. Raises Refused for anybody else."""
    if state.asked is None:
        raise Refused("Nobody is asked to lead for this child now", "child")
    if state.asked.to != by:
        raise Refused("Somebody else was asked: only they answer", "by")
    return state.asked


def check_decline(state: Lead, by: str, reason: str) -> LeadProposed:
    """The same for a no, which has a reason. Raises Refused, naming the field."""
    asked = check_answer(state, by)
    if reason not in DECLINED:
        raise Refused("Select why you cannot lead", "reason")
    return asked


def check_take_back(state: Lead, by: str, *, screens: bool) -> LeadProposed:
    """What is taken back: by who asked, or by the front door. Raises Refused."""
    if state.asked is None:
        raise Refused("Nobody is asked to lead for this child now", "child")
    if by != state.asked.proposed_by and not screens:
        raise Refused("Only who asked, or the front door, takes it back", "by")
    return state.asked


def check_end(now: Current | None, by: str, reason: str, *, supervises: bool) -> Current:
    """Whose lead ends: by themselves, or by a manager. Raises Refused, naming the field."""
    if now is None:
        raise Refused("Nobody leads for this child", "child")
    if by != now.lead and not supervises:
        raise Refused("Only who leads, or a manager, ends it", "by")
    if reason not in ENDED:
        raise Refused("Select why it ends", "reason")
    return now


def check_choose(held: Sequence[Current], lead: str) -> None:
    """Refused unless several lead for one child, and this is one of them."""
    if len(held) < 2:
        raise Refused("Nobody else leads for this child: there is nothing to choose", "lead")
    if lead not in {one.lead for one in held}:
        raise Refused("Select one of those who lead now", "lead")
