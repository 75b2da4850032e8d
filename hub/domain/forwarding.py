"""A contact about a child on whom something is open already goes to who is at it: with a clock, and not screened again.

It promises that none is lost on the way: until that worker says that they have it, it waits; past its time it is back on
the worklist, and a task.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, assert_never

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

State = Literal["none", "waits", "acknowledged", "passed_back"]
PASSED_BACK = {  # why a worker passes it back
    "not_my_case": "I am not the worker of this child any more",
    "needs_screening": "It is about something new: the front door must look at it",
    "cannot_act_in_time": "I cannot act on it in time",
    "wrong_child": "It is about another child",
}


class ContactForwarded(Fact, frozen=True, kw_only=True):
    """Stream forwarding:<random>. A contact about this child went to this worker, who says by `due` that they have it.

    `open` names what is open on the child: "allocation:<id>", or a lead's stream. Times are aware UTC.
    """

    NAME: ClassVar[str] = "contact.forwarded"
    child: str
    alerts: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    to: str  # staff id
    organisation: str  # whom they work for
    open: str
    due: datetime
    forwarded_by: str  # a staff id, or "service:watch"


class ForwardingAcknowledged(Fact, frozen=True, kw_only=True):
    """The worker says that they have it: it is theirs."""

    NAME: ClassVar[str] = "forwarding.acknowledged"
    acknowledged_by: str


class ForwardingPassedBack(Fact, frozen=True, kw_only=True):
    """The worker passes it back: it is the front door's again."""

    NAME: ClassVar[str] = "forwarding.passed-back"
    reason: str
    passed_back_by: str
    alerts: tuple[str, ...] = ()
    items: tuple[Sealed, ...] = ()


ForwardingFact = ContactForwarded | ForwardingAcknowledged | ForwardingPassedBack
FACTS: tuple[type[ForwardingFact], ...] = (ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack)


@dataclass(frozen=True)
class Forwarding:
    """State of one forwarding."""

    id: str
    version: int = 0
    fact: ContactForwarded | None = None
    state: State = "none"
    acknowledged_by: str = ""


def stream(forwarding: str) -> str:
    """The stream of a forwarding."""
    return f"forwarding:{forwarding}"


def fold(forwarding: str, facts: Iterable[Fact]) -> Forwarding:
    """A forwarding after these facts, in order."""
    state = Forwarding(forwarding)
    for fact in facts:
        if isinstance(fact, ForwardingFact):
            state = evolve(state, fact)
    return state


def evolve(state: Forwarding, fact: ForwardingFact) -> Forwarding:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case ContactForwarded():
            return replace(state, fact=fact, state="waits")
        case ForwardingAcknowledged():
            return replace(state, state="acknowledged", acknowledged_by=fact.acknowledged_by)
        case ForwardingPassedBack():
            return replace(state, state="passed_back")
        case _:
            assert_never(fact)


def acknowledge(state: Forwarding, by: str) -> list[ForwardingFact]:
    """The worker has it. Raises Refused for anybody else, or where it does not wait."""
    _must_be_theirs(state, by)
    return [ForwardingAcknowledged(acknowledged_by=by)]


def pass_back(state: Forwarding, reason: str, by: str, items: tuple[Sealed, ...] = ()) -> list[ForwardingFact]:
    """The worker passes it back, and says why. Raises Refused for anybody else, or for no reason."""
    fact = _must_be_theirs(state, by)
    if reason not in PASSED_BACK:
        raise Refused("Select why you pass it back", "reason")
    return [ForwardingPassedBack(reason=reason, passed_back_by=by, alerts=fact.alerts, items=items)]


def _must_be_theirs(state: Forwarding, by: str) -> ContactForwarded:
    if state.fact is None or state.state != "waits":
        raise Refused("This does not wait for an answer any more", "forwarding")
    if by != state.fact.to:
        raise Refused("It went to another worker: only they answer it", "by")
    return state.fact
