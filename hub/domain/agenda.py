"""A child on the agenda of a meeting: put there with why, taken off, and what the meeting said: who does what by when.

Each row is the child's own stream, so that it ends with the child's record and whoever may not know of the child meets no
trace of it on the meeting. A row that a meeting did not reach waits until somebody carries it over or decides it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import NotPermitted, Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.meeting import Meeting

State = Literal["none", "on", "taken_off", "decided"]
TAKEN_OFF = {
    "not_needed": "It is no longer needed",
    "family_does_not_agree": "The family does not agree",
    "dealt_with": "It was dealt with otherwise",
    "put_in_error": "Put on in error",
}
OUTCOMES = {
    "help_offered": "Help is offered",
    "plan_asked": "A plan of help is to be made",
    "level_proposed": "A step to another level is proposed",
    "lead_asked": "Somebody is asked to lead",
    "back_to_front_door": "Back to the front door",
    "carried_over": "Carried over to another meeting",
    "no_further": "Nothing further",
}
OWNED = frozenset({"help_offered", "plan_asked"})  # somebody does it, by a day
BACK = "back_to_front_door"  # the front door's: nobody takes it, and it alone says that it is done
FOLLOWED = OWNED | {BACK}  # open until somebody says that it is done
WITHIN = timedelta(days=366)


class AgendaPut(Fact, frozen=True, kw_only=True):
    """Stream agenda:<person>:<meeting>. Somebody put this child on the agenda; why, in their organisation's own words."""

    NAME: ClassVar[str] = "agenda.put"
    child: str
    meeting: str
    organisation: str
    setting: str
    put_by: str
    items: tuple[Sealed, ...] = ()


class AgendaTakenOff(Fact, frozen=True, kw_only=True):
    """The child stands there no more."""

    NAME: ClassVar[str] = "agenda.taken-off"
    child: str
    reason: str
    taken_off_by: str


class AgendaDecided(Fact, frozen=True, kw_only=True):
    """What the meeting said of the child. `owner`: the organisation that does it, "" where nobody took it, by `due`.

    `led_to`: the step, the proposal to lead or the meeting that it went on to. `considered`: organisations of which was
    spoken as who might help best; the notes say why.
    """

    NAME: ClassVar[str] = "agenda.decided"
    child: str
    outcome: str
    owner: str = ""
    due: date | None = None
    led_to: str = ""
    organisation: str
    setting: str
    decided_by: str
    items: tuple[Sealed, ...] = ()  # minutes, in words
    considered: tuple[str, ...] = ()


class AgendaOwned(Fact, frozen=True, kw_only=True):
    """An organisation took what nobody had taken, or another took it over."""

    NAME: ClassVar[str] = "agenda.owned"
    child: str
    owner: str
    due: date
    named_by: str


class AgendaDone(Fact, frozen=True, kw_only=True):
    """What the meeting said is done."""

    NAME: ClassVar[str] = "agenda.done"
    child: str
    done_by: str


AgendaFact = AgendaPut | AgendaTakenOff | AgendaDecided | AgendaOwned | AgendaDone
FACTS: tuple[type[AgendaFact], ...] = (AgendaPut, AgendaTakenOff, AgendaDecided, AgendaOwned, AgendaDone)


@dataclass(frozen=True)
class Row:
    """State of one child on one agenda."""

    child: str
    meeting: str
    version: int = 0
    state: State = "none"
    put: AgendaPut | None = None
    decided: AgendaDecided | None = None
    owner: str = ""
    due: date | None = None
    done: bool = False


class Decide(Struct, frozen=True, kw_only=True):
    """Ask to record what the meeting said of a child. `to`: who is asked to take on or to lead, or the next meeting."""

    outcome: str
    owner: str = ""
    due: date | None = None
    to: str = ""
    level: int | None = None
    called: str = ""
    evidence: tuple[str, ...] = ()
    ground: str = ""
    notes: str = ""
    considered: tuple[str, ...] = ()


def stream(person: str, meeting: str) -> str:
    """The stream of a child on an agenda; it lies under the person's key."""
    return f"agenda:{person}:{meeting}"


def fold(person: str, meeting: str, facts: Iterable[Fact]) -> Row:
    """A row after these facts, in order; version 0 where there are none."""
    state = Row(person, meeting)
    for fact in facts:
        if isinstance(fact, AgendaFact):
            state = evolve(state, fact)
    return state


def evolve(state: Row, fact: AgendaFact) -> Row:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case AgendaPut():
            return replace(state, state="on", put=fact)
        case AgendaTakenOff():
            return replace(state, state="taken_off")
        case AgendaDecided():
            return replace(state, state="decided", decided=fact, owner=fact.owner, due=fact.due)
        case AgendaOwned():
            return replace(state, owner=fact.owner, due=fact.due)
        case AgendaDone():
            return replace(state, done=True)
        case _:
            assert_never(fact)


def check_put(meeting: Meeting, row: Row, why: str) -> None:
    """Refused, naming the field: a meeting about children that waits to be held, once each, with why."""
    if meeting.called is None or meeting.state != "called":
        raise Refused("This meeting was held, or called off: put the child on the next one", "meeting")
    if meeting.called.about != "children":
        raise Refused("This meeting is about practice: no child stands on its agenda", "meeting")
    if row.state not in {"none", "taken_off"}:
        raise Refused("The child stands on this agenda already", "meeting")
    if not why.strip():
        raise Refused("Enter why, in words for those who sit there", "why")


def check_take_off(meeting: Meeting, row: Row, reason: str) -> None:
    """Refused unless the child stands on the agenda of a meeting that waits to be held, for a reason of the list."""
    if meeting.state != "called" or row.state != "on":
        raise Refused("Only before the meeting, and who stands on it, is taken off its agenda", "child")
    if reason not in TAKEN_OFF:
        raise Refused("Select why the child is taken off", "reason")


def check_decide(meeting: Meeting, row: Row, wish: Decide, organisations: Collection[str], today: date) -> None:
    """Refused, naming the field: who was quorate decides, once; what was not reached is carried over and nothing else.

    What may be carried over is a row of a meeting that took place, or was called off.
    """
    if row.state != "on":
        raise Refused("Nothing waits for this child at this meeting", "outcome")
    if wish.outcome not in OUTCOMES:
        raise Refused("Select what the meeting said", "outcome")
    if meeting.state == "called":
        raise Refused("Record first who was there", "outcome")
    if not meeting.quorate and wish.outcome != "carried_over":
        lacked = ", ".join(meeting.held.missing) if meeting.held else "it was called off"
        raise Refused(f"It was not quorate ({lacked}): it may not decide, only carry over", "outcome")
    if len(set(wish.considered)) != len(wish.considered) or not {*wish.considered} <= {*organisations}:
        raise Refused("Name each registered organisation of which was spoken once", "considered")
    if wish.considered and not wish.notes.strip():
        raise Refused("Enter why the one and not the other: you said which were considered", "notes")
    if wish.outcome in OWNED and wish.owner:
        _check_owner(wish.owner, wish.due, organisations, today)
    if wish.outcome == "carried_over" and not wish.to.strip():
        raise Refused("Select the meeting to which it is carried over", "to")
    if wish.outcome == BACK and not wish.notes.strip():
        raise Refused("Enter what the front door is to look at", "notes")


def check_own(row: Row, owner: str, due: date | None, organisations: Collection[str], today: date) -> date:
    """The day. Raises Refused unless something waits to be done, by one of these organisations, by a day.

    What was given back to the front door is the front door's, and no organisation's.
    """
    if _check_open(row).outcome == BACK:
        raise Refused("It was given back to the front door, which says when it is done", "child")
    return _check_owner(owner, due, organisations, today)


def check_done(row: Row, *, front_door: bool) -> None:
    """Refused unless something waits to be done. Raises NotPermitted where it was given back, and they are not `front_door`."""
    if _check_open(row).outcome == BACK and not front_door:
        raise NotPermitted("this was given back to the front door, which says when it is done")


def _check_open(row: Row) -> AgendaDecided:
    if row.decided is None or row.decided.outcome not in FOLLOWED or row.done:
        raise Refused("Nothing of this meeting waits to be done for this child", "child")
    return row.decided


def _check_owner(owner: str, due: date | None, organisations: Collection[str], today: date) -> date:
    if owner not in organisations:
        raise Refused("Select which organisation does it", "owner")
    if due is None or not today <= due <= today + WITHIN:
        raise Refused("Enter a day from today on, within a year, by which it is done", "due-day")
    return due
