"""A MASH enquiry: opened by a person on a recorded ground, it is the room in which names and words may be seen.

It ends in a decision with at least one action. A *s47 enquiry* is a legal status, and never meant here.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

# Why names and words may be opened. Source: domain research 2.12 (S1, S2, S5); wording is the hub's own.
GROUNDS = {
    "immediate_danger": "A child may be in immediate danger",
    "significant_harm": "Reasonable cause to suspect significant harm",
    "perceived_harm": "Reasonable concern of harm, below significant harm",
    "agreed_early_help": "The family agreed that early help may look into this",
}
OUTCOMES = {
    "information_and_advice": "Information and advice",
    "early_help": "Early help offered",
    "assessment": "Referral accepted: assessment (section 17)",
    "strategy_discussion": "Strategy discussion called",
    "no_further_action": "No further action by social care",
}
ACTIONS = {
    "advice_given": "Advice given to the referrer",
    "family_contacted": "Family contacted",
    "early_help_offered": "Early help offered to the family",
    "signposted": "Signposted to a service",
    "assessment_started": "Assessment started",
    "strategy_discussion_called": "Strategy discussion called",
    "prompt_sent": "Prompt sent to a practitioner",
}


MOST = 50  # alerts or actions of one MASH enquiry: what is recorded goes out in one message, whose lists are bounded


class EnquiryOpened(Fact, frozen=True, kw_only=True):
    """A person opened a MASH enquiry about a child, on a ground, because of these alerts."""

    NAME: ClassVar[str] = "enquiry.opened"
    child: str
    alerts: tuple[str, ...]
    ground: str
    opened_by: str
    team: tuple[str, ...]
    items: tuple[Sealed, ...] = ()  # the reason given, in words


class EnquiryDecided(Fact, frozen=True, kw_only=True):
    """A person decided: level, outcome, actions. Position and edition say what was known and in force then."""

    NAME: ClassVar[str] = "enquiry.decided"
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
    items: tuple[Sealed, ...] = ()  # the reasons, and why the family was not told, in words


class OpenEnquiry(Struct, frozen=True, kw_only=True):
    """Ask to open a MASH enquiry."""

    child: str
    alerts: tuple[str, ...]
    ground: str
    reason: str
    by: str


class Decide(Struct, frozen=True, kw_only=True):
    """Ask to decide a MASH enquiry. Nothing is pre-selected: every answer is the person's own."""

    level: int | None
    agrees: bool | None
    outcome: str
    actions: tuple[str, ...]
    family_told: bool | None
    why_not_told: str | None
    reason: str
    seen_position: int
    by: str


@dataclass(frozen=True)
class Enquiry:
    """State of one MASH enquiry."""

    id: str
    version: int = 0
    child: str = ""
    alerts: tuple[str, ...] = ()
    ground: str = ""
    team: tuple[str, ...] = ()
    stage: Literal["none", "open", "decided"] = "none"


EnquiryFact = EnquiryOpened | EnquiryDecided


def evolve(enquiry: Enquiry, fact: EnquiryFact) -> Enquiry:
    """Fold one fact: total, never refuses."""
    enquiry = replace(enquiry, version=enquiry.version + 1)
    match fact:
        case EnquiryOpened():
            return replace(
                enquiry, child=fact.child, alerts=fact.alerts, ground=fact.ground, team=fact.team, stage="open"
            )
        case EnquiryDecided():
            return replace(enquiry, stage="decided")
        case _:
            assert_never(fact)


def check_opening(command: OpenEnquiry) -> None:
    """Refused, naming the field, unless a ground is chosen and a reason is given."""
    if command.ground not in GROUNDS:
        raise Refused("Select the ground for opening a MASH enquiry", "ground")
    if not command.reason.strip():
        raise Refused("Enter why names and words need to be opened", "reason")
    _few_and_each_once(command.alerts, "alerts")


def check_decision(enquiry: Enquiry, command: Decide, levels: tuple[int, ...]) -> None:
    """Refused, naming the field, until every answer is there; an enquiry is decided once, and never with nothing done."""
    if enquiry.stage != "open":
        raise Refused("This MASH enquiry is decided already: open a new one to decide anew", "enquiry")
    if command.level not in levels:
        raise Refused("Select the level of need", "level")
    if command.agrees is None:
        raise Refused("Select whether you agree with the level that the rules suggest", "agrees")
    if command.outcome not in OUTCOMES:
        raise Refused("Select the outcome", "outcome")
    if not command.actions or not set(command.actions) <= set(ACTIONS):
        raise Refused("Select at least one action: never do nothing", "actions")
    _few_and_each_once(command.actions, "actions")
    if command.family_told is None:
        raise Refused("Select whether the family has been told", "family_told")
    if not command.family_told and not (command.why_not_told or "").strip():
        raise Refused("Enter why the family has not been told", "why_not_told")
    if not command.reason.strip():
        raise Refused("Enter the reasons for the decision", "reason")


def _few_and_each_once(chosen: tuple[str, ...], field: str) -> None:
    if len(set(chosen)) != len(chosen):
        raise Refused("Select each only once", field)
    if len(chosen) > MOST:
        raise Refused(f"Select at most {MOST}", field)
