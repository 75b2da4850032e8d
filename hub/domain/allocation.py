"""Who is at it already: the worker who is allocated to a child, since when, and on which ground.

One worker at a time; a contact about a child with one goes to them, and is not screened again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact

GROUNDS = {  # why a child has an allocated worker. Source: Children Act 1989 s17, s20, s31, s47
    "child_in_need": "Child in need (section 17)",
    "assessment": "Assessment under way",
    "section_47": "Section 47 enquiry under way",
    "protection_plan": "Child protection plan",
    "looked_after": "Looked after",
    "care_leaver": "Care leaver",
    "family_help": "Targeted early help with a worker of its own",
}
ENDED = {
    "plan_completed": "The plan was completed",
    "moved_away": "The family moved away",
    "transferred": "Another authority took it on",
    "closed_after_assessment": "Closed after assessment",
    "step_down": "Stepped down",
    "entered_in_error": "Entered in error",
}


class WorkerAllocated(Fact, frozen=True, kw_only=True):
    """Stream allocation:<person>. This worker is allocated from this London day on; whoever was before is no more."""

    NAME: ClassVar[str] = "allocation.worker-allocated"
    child: str
    worker: str  # staff id
    organisation: str
    since: date
    ground: str
    allocated_by: str


class AllocationEnded(Fact, frozen=True, kw_only=True):
    """Nobody is allocated to the child any more."""

    NAME: ClassVar[str] = "allocation.ended"
    child: str
    worker: str
    ended: date
    reason: str
    ended_by: str


AllocationFact = WorkerAllocated | AllocationEnded
FACTS: tuple[type[AllocationFact], ...] = (WorkerAllocated, AllocationEnded)


class Allocate(Struct, frozen=True, kw_only=True):
    """Ask to allocate a worker to a child."""

    child: str
    worker: str
    since: date | None
    ground: str
    by: str


@dataclass(frozen=True)
class Allocation:
    """State of one child's allocation; `current` None where nobody is at it."""

    person: str
    version: int = 0
    current: WorkerAllocated | None = None


def stream(person: str) -> str:
    """The stream of a child's allocation."""
    return f"allocation:{person}"


def fold(person: str, facts: Iterable[Fact]) -> Allocation:
    """A child's allocation after these facts, in order."""
    state = Allocation(person)
    for fact in facts:
        if isinstance(fact, AllocationFact):
            state = evolve(state, fact)
    return state


def evolve(state: Allocation, fact: AllocationFact) -> Allocation:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case WorkerAllocated():
            return replace(state, current=fact)
        case AllocationEnded():
            return replace(state, current=None)
        case _:
            assert_never(fact)


def allocate(state: Allocation, command: Allocate, organisation: str, today: date) -> list[AllocationFact]:
    """Allocate a worker of this organisation, as of a London day; nothing where it says nothing new.

    Raises Refused, naming the field.
    """
    if not command.worker.strip():
        raise Refused("Enter the worker's staff id", "worker")
    if command.ground not in GROUNDS:
        raise Refused("Select why the child has a worker", "ground")
    if command.since is None or command.since > today:
        raise Refused("Enter since when: today, or earlier", "since")
    now = state.current
    if now and (now.worker, now.ground) == (command.worker, command.ground):
        return []
    return [
        WorkerAllocated(
            child=state.person, worker=command.worker, organisation=organisation, since=command.since,
            ground=command.ground, allocated_by=command.by,
        )
    ]  # fmt: skip


def end(state: Allocation, reason: str, by: str, today: date) -> list[AllocationFact]:
    """Nobody is at it any more. Raises Refused, naming the field, also where nobody was."""
    if state.current is None:
        raise Refused("No worker is allocated to this child", "child")
    if reason not in ENDED:
        raise Refused("Select why it ends", "reason")
    return [
        AllocationEnded(child=state.person, worker=state.current.worker, ended=today, reason=reason, ended_by=by)
    ]  # fmt: skip
