"""A challenge: any practitioner may ask that a decision be looked at again, in stages, each with its clock.

Whoever answers is not who challenged, nor, from the second stage on, who decided or who answered before. The answer of
the last stage stands. Source: Working Together 2023 and Keeping children safe in education: escalation of disagreement.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

TYPES = {
    "threshold": "The level, or that nothing more was done",
    "procedures": "Whether child protection procedures are followed",
    "sharing_refusal": "That something is not shared",
    "assessment": "The outcome of an assessment",
}
OUTCOMES = {
    "changed": "The decision is changed",
    "stands": "The decision stands",
    "split": "Changed in part",
}
State = Literal["none", "open", "answered", "settled", "withdrawn"]


class ChallengeRaised(Fact, frozen=True, kw_only=True):
    """Stream challenge:<random>. A practitioner challenges something, which `about` names as they know it.

    `about` is a MASH enquiry's id, a request's, or the id of a message of their own. `decided_by` is who decided it, ""
    where that is not known. `due`: aware UTC.
    """

    NAME: ClassVar[str] = "challenge.raised"
    child: str
    about: str
    type: str
    risk: bool  # a child is at risk while nothing is done
    organisation: str
    setting: str
    raised_by: str
    decided_by: str = ""
    due: datetime
    items: tuple[Sealed, ...] = ()


class ChallengeAnswered(Fact, frozen=True, kw_only=True):
    """Somebody answered it at this stage; at the last one that is the end."""

    NAME: ClassVar[str] = "challenge.answered"
    stage: int
    outcome: str
    answered_by: str
    last: bool = False
    items: tuple[Sealed, ...] = ()


class ChallengeEscalated(Fact, frozen=True, kw_only=True):
    """Who raised it takes it to the next stage."""

    NAME: ClassVar[str] = "challenge.escalated"
    stage: int
    due: datetime
    escalated_by: str
    items: tuple[Sealed, ...] = ()


class ChallengeSettled(Fact, frozen=True, kw_only=True):
    """Who raised it accepts the answer."""

    NAME: ClassVar[str] = "challenge.settled"
    settled_by: str


class ChallengeWithdrawn(Fact, frozen=True, kw_only=True):
    """Who raised it takes it back."""

    NAME: ClassVar[str] = "challenge.withdrawn"
    withdrawn_by: str


ChallengeFact = ChallengeRaised | ChallengeAnswered | ChallengeEscalated | ChallengeSettled | ChallengeWithdrawn
FACTS: tuple[type[ChallengeFact], ...] = (
    ChallengeRaised, ChallengeAnswered, ChallengeEscalated, ChallengeSettled, ChallengeWithdrawn,
)  # fmt: skip


class Raise(Struct, frozen=True, kw_only=True):
    """Ask to raise one; `risk` None: not answered yet."""

    about: str
    type: str
    risk: bool | None
    why: str
    by: str


@dataclass(frozen=True)
class Challenge:
    """State of one challenge."""

    id: str
    version: int = 0
    raised: ChallengeRaised | None = None
    state: State = "none"
    stage: int = 1
    due: datetime | None = None
    answers: tuple[ChallengeAnswered, ...] = ()

    @property
    def outcome(self) -> str:
        """What was answered last; "" before anybody did."""
        return self.answers[-1].outcome if self.answers else ""


def stream(challenge: str) -> str:
    """The stream of a challenge."""
    return f"challenge:{challenge}"


def fold(challenge: str, facts: Iterable[Fact]) -> Challenge:
    """A challenge after these facts, in order."""
    state = Challenge(challenge)
    for fact in facts:
        if isinstance(fact, ChallengeFact):
            state = evolve(state, fact)
    return state


def evolve(state: Challenge, fact: ChallengeFact) -> Challenge:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case ChallengeRaised():
            return replace(state, raised=fact, state="open", due=fact.due)
        case ChallengeAnswered():
            ended: State = "settled" if fact.last else "answered"
            return replace(state, state=ended, due=None, answers=(*state.answers, fact))
        case ChallengeEscalated():
            return replace(state, state="open", stage=fact.stage, due=fact.due)
        case ChallengeSettled():
            return replace(state, state="settled", due=None)
        case ChallengeWithdrawn():
            return replace(state, state="withdrawn", due=None)
        case _:
            assert_never(fact)


def check_raise(command: Raise) -> None:
    """Refused, naming the field, unless every answer is there."""
    if not command.about.strip():
        raise Refused("Say what you challenge: its reference", "about")
    if command.type not in TYPES:
        raise Refused("Select what the challenge is about", "type")
    if command.risk is None:
        raise Refused("Select whether a child is at risk while nothing is done", "risk")
    if not command.why.strip():
        raise Refused("Enter why you challenge it", "why")


def check_answer(state: Challenge, outcome: str, why: str, by: str) -> ChallengeRaised:
    """Refused, naming the field, unless it waits, and whoever answers is not who challenged, decided or answered."""
    raised = _raised(state)
    if state.state != "open":
        raise Refused("This challenge does not wait for an answer", "challenge")
    if by == raised.raised_by:
        raise Refused("Somebody else answers your challenge", "by")
    if state.stage > 1 and by in {raised.decided_by, *(one.answered_by for one in state.answers)}:
        raise Refused("From the second stage on somebody answers who neither decided it nor answered before", "by")
    if outcome not in OUTCOMES:
        raise Refused("Select what comes of it", "outcome")
    if not why.strip():
        raise Refused("Enter the reasons, in words for who challenged", "why")
    return raised


def check_own(state: Challenge, by: str, waits_for: tuple[State, ...]) -> ChallengeRaised:
    """Refused for anybody but who raised it, or where it has come to an end, or is not so far."""
    raised = _raised(state)
    if by != raised.raised_by:
        raise Refused("Only who raised it does this", "by")
    if state.state not in waits_for:
        raise Refused("This challenge has come to an end" if state.state in {"settled", "withdrawn"} else
                      "This challenge waits for its answer", "challenge")  # fmt: skip
    return raised


def check_escalate(state: Challenge, by: str, why: str, now: datetime, last: int) -> ChallengeRaised:
    """Refused unless who raised it does not accept the answer, or nobody answered in time; and there is a further stage."""
    raised = check_own(state, by, ("open", "answered"))
    if state.state == "open" and (state.due is None or now < state.due):
        raise Refused("Wait for the answer: it is not overdue", "challenge")
    if state.stage >= last:
        raise Refused("This is the last stage", "challenge")
    if not why.strip():
        raise Refused("Enter why it goes to the next stage", "why")
    return raised


def _raised(state: Challenge) -> ChallengeRaised:
    if state.raised is None:
        raise Refused("There is no such challenge", "challenge")
    return state.raised
