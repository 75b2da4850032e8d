"""The level of a child's help: stepped up or down by a person, and handed over only by the other side's yes.

Until somebody accepted a step nothing moves, and whoever had the child goes on. The hub proposes no step: it keeps what
people decided, in the partnership's own word for it, with what it rests on. Source: the five strategies (step up, step down).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.continuum import Continuum
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.partnership import AgeGround, Ages, Partnership, serves

DECLINED = {
    "no_capacity": "We cannot take it on now",
    "not_ours": "It does not belong with us",
    "more_needed": "We need to know more first",
    "family_does_not_agree": "The family does not agree",
    "other": "Other: see the reasons",
}
ENDED = {
    "needs_met": "The needs were met",
    "family_withdrew": "The family agrees no more",
    "moved_away": "The family moved away",
    "grown_up": "Grown up, and served on no ground",
    "entered_in_error": "Entered in error",
    "other_record": "Two records turned out to be of one child, and the other goes on",
}
RENEWED_WITHIN = timedelta(days=366)  # nobody extends help of a limited time by more than a year at once
Direction = Literal["up", "down"]


class StepProposed(Fact, frozen=True, kw_only=True):
    """Stream help:<person>. Somebody is asked, by `due` (aware UTC), to take a child on at another level.

    `called` is the partnership's word for it, `clause` the passage that it comes from. `evidence`: alerts, MASH enquiries,
    assessments. `ground` is why somebody of 18 or more is served.
    """

    NAME: ClassVar[str] = "help.step-proposed"
    child: str
    step: str  # random
    before: int
    level: int
    direction: Direction
    called: str
    clause: str
    evidence: tuple[str, ...]
    to: str  # staff id, or FRONT_DOOR
    organisation: str
    setting: str
    due: datetime
    proposed_by: str
    ground: str = ""
    items: tuple[Sealed, ...] = ()  # why, in words for who is asked


class StepAccepted(Fact, frozen=True, kw_only=True):
    """The other side has it: the level holds from now on; `until` is the last London day of help for a limited time."""

    NAME: ClassVar[str] = "help.step-accepted"
    child: str
    step: str
    level: int
    accepted_by: str
    until: date | None = None


class StepDeclined(Fact, frozen=True, kw_only=True):
    """The other side says no: the level stays what it was, and so does who has the child."""

    NAME: ClassVar[str] = "help.step-declined"
    child: str
    step: str
    reason: str
    declined_by: str
    items: tuple[Sealed, ...] = ()


class StepTakenBack(Fact, frozen=True, kw_only=True):
    """Nobody waits for an answer any more."""

    NAME: ClassVar[str] = "help.step-taken-back"
    child: str
    step: str
    by: str


class HelpRenewed(Fact, frozen=True, kw_only=True):
    """Help of a limited time goes on until the end of this London day."""

    NAME: ClassVar[str] = "help.renewed"
    child: str
    until: date
    renewed_by: str
    items: tuple[Sealed, ...] = ()


class HelpEnded(Fact, frozen=True, kw_only=True):
    """Nothing beyond what is there for everybody is given any more."""

    NAME: ClassVar[str] = "help.ended"
    child: str
    reason: str
    ended_by: str
    items: tuple[Sealed, ...] = ()


HelpFact = StepProposed | StepAccepted | StepDeclined | StepTakenBack | HelpRenewed | HelpEnded
FACTS: tuple[type[HelpFact], ...] = (
    StepProposed,
    StepAccepted,
    StepDeclined,
    StepTakenBack,
    HelpRenewed,
    HelpEnded,
)


@dataclass(frozen=True)
class Help:
    """State of one person's record. `level` 0: this record says nothing, or help ended."""

    person: str
    version: int = 0
    level: int = 0
    since: int = 0  # version of the acceptance, or of the end
    until: date | None = None
    asked: StepProposed | None = None  # whose answer is waited for
    ended: bool = False


class Propose(Struct, frozen=True, kw_only=True):
    """Ask somebody to take a child on at another level."""

    child: str
    level: int | None
    to: str
    why: str
    by: str
    called: str = ""  # the partnership's word; "" for its only one in this direction
    evidence: tuple[str, ...] = ()
    ground: str = ""


def stream(person: str) -> str:
    """The stream of a person's level of help; it lies under that person's key."""
    return f"help:{person}"


def fold(person: str, facts: Iterable[Fact]) -> Help:
    """The level after these facts, in order."""
    state = Help(person)
    for fact in facts:
        if isinstance(fact, HelpFact):
            state = evolve(state, fact)
    return state


def evolve(state: Help, fact: HelpFact) -> Help:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case StepProposed():
            return replace(state, asked=fact)
        case StepAccepted():
            return replace(state, level=fact.level, since=state.version, until=fact.until, asked=None, ended=False)
        case StepDeclined() | StepTakenBack():
            return replace(state, asked=None)
        case HelpRenewed():
            return replace(state, until=fact.until)
        case HelpEnded():
            return replace(state, level=0, since=state.version, until=None, ended=True)
        case _:
            assert_never(fact)


def last_day(continuum: Continuum, level: int, today: date) -> date | None:
    """The last London day of help that begins today; None where this level has no end. Raises NoSuchLevel."""
    days = continuum.level(level).limited_days
    return today + timedelta(days=days) if days is not None else None


def check_propose(
    wish: Propose, state: Help, before: int, continuum: Continuum, partnership: Partnership, offered: Collection[str]
) -> tuple[Direction, str, str]:
    """The direction, the partnership's word and its passage. Raises Refused, naming the field.

    `before` is the level now; `offered` what a step may rest on: where there is any, a step rests on some.
    """
    if state.asked is not None:
        raise Refused("A step waits for its answer already: take it back first, or wait", "level")
    if wish.level not in continuum.numbers:
        raise Refused(f"Select a level of this partnership: {', '.join(map(str, continuum.numbers))}", "level")
    if wish.level == before:
        raise Refused("That is the level now: select another", "level")
    direction: Direction = "up" if wish.level > before else "down"
    words = {one.name: one.source for one in partnership.steps if one.direction == direction}
    called = wish.called or (next(iter(words)) if len(words) == 1 else "")
    if called not in words:
        raise Refused(f"Select what this step is called here: {', '.join(words) or 'no word is entered'}", "called")
    if not wish.to.strip():
        raise Refused("Select who is asked to take it on", "to")
    if not set(wish.evidence) <= set(offered):
        raise Refused("Select only what is on record of this child", "evidence")
    if offered and not wish.evidence:
        raise Refused("Select what the step rests on", "evidence")
    if not wish.why.strip():
        raise Refused("Enter why, in words for who is asked", "why")
    return direction, called, words[called]


def check_age(ages: Ages, age: int | None, ground: str) -> None:
    """Refused where somebody of 18 or more would be helped on no ground of this partnership. `age`: whole years, or None."""
    grounds = {one.code: one for one in ages.ground}
    if ground and ground not in grounds:
        raise Refused(f"Select a ground of this partnership: {_named(ages.ground)}", "ground")
    if not serves(ages, age, [ground] if ground else []):
        raise Refused(f"From 18 on help needs a ground: {_named(ages.ground)}", "ground")


def _named(grounds: Sequence[AgeGround]) -> str:
    return ", ".join(f"{one.code} ({one.words})" for one in grounds) or "this partnership names none"


def check_answer(state: Help, *, asked: bool, proposer: bool) -> StepProposed:
    """The step that is answered: by the other side, and never by who proposed it. Raises Refused."""
    if state.asked is None:
        raise Refused("No step waits for an answer", "step")
    if proposer:
        raise Refused("You proposed it: the other side answers", "by")
    if not asked:
        raise Refused("Somebody else was asked: only they answer", "by")
    return state.asked


def check_decline(state: Help, reason: str, *, asked: bool, proposer: bool) -> StepProposed:
    """The same for a no, which has a reason. Raises Refused, naming the field."""
    step = check_answer(state, asked=asked, proposer=proposer)
    if reason not in DECLINED:
        raise Refused("Select why it is not taken on", "reason")
    return step


def check_take_back(state: Help, by: str, *, screens: bool) -> StepProposed:
    """What is taken back, by who proposed it or the front door. Raises Refused."""
    if state.asked is None:
        raise Refused("No step waits for an answer", "step")
    if by != state.asked.proposed_by and not screens:
        raise Refused("Only who proposed it, or the front door, takes it back", "by")
    return state.asked


def check_renew(state: Help, until: date | None, today: date, why: str) -> date:
    """Until when it goes on. Raises Refused, naming the field."""
    if state.until is None:
        raise Refused("No help of a limited time is on record for this child", "until")
    if until is None or not max(today, state.until) < until <= today + RENEWED_WITHIN:
        raise Refused("Enter a day after the end that is set now, within a year", "until")
    if not why.strip():
        raise Refused("Enter why it goes on", "renew_why")
    return until


def check_end(level: int, numbers: Sequence[int], reason: str, why: str, *, waits: bool) -> None:
    """Refused, naming the field, unless there is help to end, for a reason of the list and in words, and by one alone.

    One alone ends help of the first level above what is there for everybody. What is higher goes down by a step that the
    other side accepts, so that nobody is let go of by one person's word; and no step waits for an answer meanwhile.
    """
    if level <= numbers[0]:
        raise Refused("No help beyond what is there for everybody is on record", "reason")
    if reason not in ENDED or reason == "other_record":
        raise Refused("Select why it ends", "reason")
    if waits:
        raise Refused("A step waits for an answer: take it back first", "reason")
    if len(numbers) > 1 and level > numbers[1]:
        raise Refused(f"Help at level {level} goes down by a step that the other side accepts: propose one", "reason")
    if not why.strip():
        raise Refused("Say why it ends, in a sentence or two", "end_why")
