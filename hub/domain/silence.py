"""Silence: something was expected by a moment, and nobody has said that it came. What is expected is in codes alone.

It promises that a silence is on record once, under an id that follows from what was expected and by when; that what
came late ends it and never hides it; and that silence says that nobody has said anything, never that all is well.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, assert_never
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.staff import Permission


class Kind(Struct, frozen=True):
    """One kind of silence: its words, and the derived task that shows it already ("": the list of tasks has its own)."""

    words: str
    task: str = ""
    sees: tuple[Permission, ...] = ("screen", "supervise")
    earliest: bool = False  # while one is waited for, a later one does not move the moment: the first is not forgotten


# What may be silent. Each is fed by hub/flow/expect.py, or, of feeds, by the consumer itself; docs/silence.md lists them.
KINDS: dict[str, Kind] = {
    "no_answer": Kind("An organisation has not answered a request", "request_overdue"),
    "refusal_review": Kind("A refusal was to be looked at again", "refusal_review"),
    "hand_over": Kind("A hand-over of a MASH enquiry was not accepted", "hand_over"),
    "forwarding": Kind("A contact that was handed to a worker was not accepted", "forwarding_unanswered"),
    "lead_unanswered": Kind("Somebody was asked to lead and has not answered", "lead_unanswered"),
    "lead_vacant": Kind("A child needs a lead and has none", "lead_vacant"),
    "step_down": Kind("A step down was not accepted by anybody"),
    "step_up": Kind("A step up was not accepted by anybody"),
    "transfer_unanswered": Kind("Another hub was asked to take on a child who moves, and has not answered"),
    "plan_overdue": Kind("An action of a plan was to be done by now, and nobody has said that it is", "plan_overdue"),
    "review_overdue": Kind("A review is past its day"),
    "outcome_due": Kind("What became of help was to be looked at again"),
    "meeting_not_held": Kind(
        "A meeting was called, and nobody has said that it was held", "meeting_to_hold", ("screen", "supervise", "answer")
    ),
    "help_past_end": Kind("Help for a limited time is past its end"),
    "no_assessment": Kind("Several services are to help, and no assessment that fits the level is on record"),
    "no_team": Kind("Several services are to help, and no plan with a team is on record"),
    "grown_up": Kind("Somebody who is helped is 18 now, and no ground is on record"),
    "refused_forgotten": Kind("A family refused help, and nobody has come back to it", earliest=True),
    "not_seen_alone": Kind("Nobody has said that they saw the child alone"),
    "not_brought": Kind("A child was not brought, and health has not seen the child since"),
    "off_roll": Kind("A child left a school, and no school has said that the child came", earliest=True),
    "chronology": Kind(
        "A school has a new child, and has not said that the earlier school's chronology came",
        sees=("screen", "supervise", "answer"),
    ),
    "sequence_gap": Kind(
        "Messages of an organisation never came", sees=("screen", "supervise", "quarantine", "own_organisation")
    ),
    "feed_silent": Kind(
        "A setting has gone silent", sees=("screen", "supervise", "quarantine", "own_organisation", "answer")
    ),
}  # fmt: skip
ANSWERS = {  # what a person found out; the silence stays on record with it
    "taken_up": "Somebody acts on it now",
    "came_otherwise": "It came another way",
    "asked_and_known": "I asked, and know why nothing came",
    "wrongly_expected": "Nothing was to be expected here",
}


class Awaited(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is expected, of whom, by when. `due` None: it came, or is expected no longer.

    `kind` and `subject` name it; said again with another moment, the later saying holds. `subject` is a stream or an id
    of the hub's own. `since` and `due` are aware UTC.
    """

    kind: str
    subject: str
    child: str = ""  # person id; "" where it is about no child
    organisation: str = ""  # of whom it is expected; "" for the front door itself
    setting: str = ""
    since: datetime
    due: datetime | None = None
    ref: str = ""  # the fact that made the hub expect it: "stream@version"


class Expected(Struct, frozen=True, kw_only=True):
    """A message on `expected.v1`: what one fact makes the hub expect, or no longer expect. Codes only.

    `position` is the hub's record position of that fact (header ce_sequence).
    """

    position: int
    awaited: tuple[Awaited, ...]


class Silence(Struct, frozen=True, kw_only=True):
    """A finding on `finding.v1`: what was expected by `due` did not come (`holds`), or came after it had been missed."""

    kind: str
    subject: str
    child: str = ""
    organisation: str = ""
    setting: str = ""
    since: datetime
    due: datetime
    ref: str = ""
    holds: bool
    position: int  # up to which the consumer had read what is expected


class SilenceNoticed(Fact, frozen=True, kw_only=True):
    """What was expected by `due` (aware UTC) has not come."""

    NAME: ClassVar[str] = "silence.noticed"
    kind: str
    subject: str
    child: str = ""
    organisation: str = ""
    setting: str = ""
    since: datetime
    due: datetime


class SilenceEnded(Fact, frozen=True, kw_only=True):
    """It came after all, or is expected by another moment now, or no longer."""

    NAME: ClassVar[str] = "silence.ended"


class SilenceAnswered(Fact, frozen=True, kw_only=True):
    """A person found out what the silence was; it leaves the lists and stays on record."""

    NAME: ClassVar[str] = "silence.answered"
    answer: str  # a code of ANSWERS
    answered_by: str


SilenceFact = SilenceNoticed | SilenceEnded | SilenceAnswered
FACTS: tuple[type[SilenceFact], ...] = (SilenceNoticed, SilenceEnded, SilenceAnswered)


class State(Struct, frozen=True):
    """One silence. `state` is none, stands, ended (it came after all) or answered (a person knows)."""

    version: int = 0
    noticed: SilenceNoticed | None = None
    state: Literal["none", "stands", "ended", "answered"] = "none"


def ident(kind: str, subject: str, due: datetime) -> str:
    """The id of a silence: the same for whoever finds it, however often."""
    return str(uuid5(NAMESPACE_URL, f"mash:silence:{kind}:{subject}:{due.timestamp():.0f}"))


def stream(child: str, ident: str) -> str:
    """The stream of a silence; one about a child is sealed, and erased, with that child's record."""
    return f"silence:{child}:{ident}" if child else f"quiet:{ident}"


def stream_of(said: Silence) -> str:
    """The stream on which this finding belongs."""
    return stream(said.child, ident(said.kind, said.subject, said.due))


def fold(facts: Iterable[Fact]) -> State:
    """A silence after these facts, in order."""
    state = State()
    for fact in facts:
        if isinstance(fact, SilenceFact):
            state = evolve(state, fact)
    return state


def evolve(state: State, fact: SilenceFact) -> State:
    """Fold one fact: total, never refuses. What came after a person's answer is noted, and changes nothing."""
    state = replace(state, version=state.version + 1)
    match fact:
        case SilenceNoticed():
            return replace(state, noticed=fact, state="stands")
        case SilenceEnded():
            return state if state.state == "answered" else replace(state, state="ended")
        case SilenceAnswered():
            return replace(state, state="answered")
        case _:
            assert_never(fact)


def decide(state: State, said: Silence) -> list[SilenceFact]:
    """What a finding adds: each silence is noticed once and ends once. What came in time, or again, says nothing new."""
    if said.holds:
        if state.noticed is not None:
            return []
        return [
            SilenceNoticed(
                kind=said.kind, subject=said.subject, child=said.child, organisation=said.organisation,
                setting=said.setting, since=said.since, due=said.due,
            )
        ]  # fmt: skip
    return [SilenceEnded()] if state.state == "stands" else []


def answer(state: State, code: str, by: str) -> list[Fact]:
    """A person says what it was. Raises Refused, naming the field, for no such answer and for one that stands no more."""
    if code not in ANSWERS:
        raise Refused(f"Select what you found out: {', '.join(ANSWERS)}", "answer")
    if state.state != "stands":
        raise Refused("This silence does not stand any more: look at the list again", "silence")
    return [SilenceAnswered(answer=code, answered_by=by)]
