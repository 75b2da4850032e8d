"""A strategy discussion: called, held by whoever is there, quorate or not, what each organisation knew, and what was
decided. Only it opens a section 47 enquiry, and only a decision of a person ends that.

Without a quorum nothing is decided but in immediate danger, and then it meets again. One person alone never both says
who was there and decides section 47, but in immediate danger. Source: Working Together 2023, chapter 3.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.attendance import Present, check_attendance
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

State = Literal["none", "called", "held", "decided"]
HOW = {"single": "Social care alone", "joint": "Jointly with the police"}
MEANS = {"meeting": "In one room", "video": "By video", "telephone": "By telephone"}
ENDED = {  # what came of a section 47 enquiry. Source: the children in need census, and Working Together 2023
    "concerns_substantiated_conference": "Concerns substantiated, conference",
    "concerns_substantiated_no_conference": "Concerns substantiated, the child is not judged to be at continuing risk",
    "concerns_not_substantiated": "Concerns not substantiated",
    "moved_to_another_authority": "Another authority took it on",
}
DANGER = "immediate_danger"
MOST = 30  # organisations of one discussion


class Called(Struct, frozen=True):
    """One organisation that is asked to take part, and in which role of the partnership's own ("police", "GP")."""

    organisation: str
    setting: str = ""


class StrategyCalled(Fact, frozen=True, kw_only=True):
    """Stream strategy-discussion:<random>. Somebody called one about these children of a MASH enquiry, for `at` (aware UTC)."""

    NAME: ClassVar[str] = "strategy.called"
    enquiry: str
    children: tuple[str, ...]
    asked: tuple[Called, ...]
    at: datetime
    means: str
    called_by: str
    items: tuple[Sealed, ...] = ()  # why, in words


class StrategyHeld(Fact, frozen=True, kw_only=True):
    """It was held at `held_at` (aware UTC): who was there and who not. `missing` names who lacked for a quorum."""

    NAME: ClassVar[str] = "strategy.held"
    held_at: datetime
    present: tuple[Present, ...]
    missing: tuple[str, ...] = ()
    reconvene_by: datetime | None = None  # where it was not quorate
    recorded_by: str
    items: tuple[Sealed, ...] = ()  # who spoke for each organisation, in words


class StrategyToldOf(Fact, frozen=True, kw_only=True):
    """What one organisation knew, as it was said there."""

    NAME: ClassVar[str] = "strategy.told-of"
    organisation: str
    recorded_by: str
    items: tuple[Sealed, ...] = ()


class StrategyDecided(Fact, frozen=True, kw_only=True):
    """What was decided: for which of the children section 47 is opened, alone or jointly, and what keeps them safe now."""

    NAME: ClassVar[str] = "strategy.decided"
    section_47: tuple[str, ...]
    not_opened: tuple[str, ...] = ()  # the other children
    how: str = ""  # "" where section 47 is opened for nobody
    ground: str
    quorate: bool
    decided_by: str
    conference_due: datetime | None = None
    reconvene_by: datetime | None = None
    items: tuple[Sealed, ...] = ()  # the reasons, immediate safety, and why it was decided without a quorum


class StrategyReconvened(Fact, frozen=True, kw_only=True):
    """It meets again at `at`, because it was not quorate."""

    NAME: ClassVar[str] = "strategy.reconvened"
    at: datetime
    called_by: str


class Section47Ended(Fact, frozen=True, kw_only=True):
    """The section 47 enquiry about one child came to an end."""

    NAME: ClassVar[str] = "strategy.statutory-enquiry-ended"
    child: str
    outcome: str
    ended_by: str
    items: tuple[Sealed, ...] = ()


StrategyFact = (
    StrategyCalled | StrategyHeld | StrategyToldOf | StrategyDecided | StrategyReconvened | Section47Ended
)  # fmt: skip
FACTS: tuple[type[StrategyFact], ...] = (
    StrategyCalled, StrategyHeld, StrategyToldOf, StrategyDecided, StrategyReconvened, Section47Ended,
)  # fmt: skip


class Call(Struct, frozen=True, kw_only=True):
    """Ask to call one."""

    enquiry: str
    children: tuple[str, ...]
    asked: tuple[Called, ...]
    at: datetime | None
    means: str
    why: str
    by: str


class Hold(Struct, frozen=True, kw_only=True):
    """Ask to record who was there."""

    held_at: datetime | None
    present: tuple[Present, ...]
    spoke: str  # who spoke for each, in words
    by: str


class Conclude(Struct, frozen=True, kw_only=True):
    """Ask to record what was decided. `opens`: whether section 47 is opened, by child, for every child."""

    opens: dict[str, bool]
    how: str
    ground: str
    safety: str
    reason: str
    why_not_quorate: str
    by: str


@dataclass(frozen=True)
class Discussion:
    """State of one strategy discussion."""

    id: str
    version: int = 0
    called: StrategyCalled | None = None
    state: State = "none"
    at: datetime | None = None  # when it is planned for, or meets again
    sittings: tuple[StrategyHeld, ...] = ()
    told: tuple[str, ...] = ()  # organisations whose knowledge is recorded
    decided: StrategyDecided | None = None
    section_47: frozenset[str] = field(default_factory=frozenset)  # open now
    since: datetime | None = None  # when the discussion was held that opened it
    ended: dict[str, str] = field(default_factory=dict)  # child -> outcome

    @property
    def held(self) -> StrategyHeld | None:
        """The latest sitting."""
        return self.sittings[-1] if self.sittings else None

    @property
    def quorate(self) -> bool:
        """Whether everybody who must was there, the last time."""
        return self.held is not None and not self.held.missing

    @property
    def must_reconvene(self) -> bool:
        """Whether it met without a quorum, and has not been called again."""
        unmet = self.state in {"held", "decided"} and self.held is not None and bool(self.held.missing)
        return unmet or (self.state == "decided" and self.alone)

    @property
    def alone(self) -> bool:
        """Whether one person alone said who was there and opened section 47: it stands, and is looked at again."""
        decided, held = self.decided, self.held
        return bool(decided and held and decided.section_47 and decided.decided_by == held.recorded_by)


def stream(discussion: str) -> str:
    """The stream of a strategy discussion."""
    return f"strategy-discussion:{discussion}"


def fold(discussion: str, facts: Iterable[Fact]) -> Discussion:
    """A strategy discussion after these facts, in order; version 0 where there are none."""
    state = Discussion(discussion)
    for fact in facts:
        if isinstance(fact, StrategyFact):
            state = evolve(state, fact)
    return state


def evolve(state: Discussion, fact: StrategyFact) -> Discussion:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case StrategyCalled():
            return replace(state, called=fact, state="called", at=fact.at)
        case StrategyHeld():
            return replace(state, state="held", sittings=(*state.sittings, fact))
        case StrategyToldOf():
            return replace(state, told=tuple(dict.fromkeys((*state.told, fact.organisation))))
        case StrategyDecided():
            since = state.since or (state.held.held_at if fact.section_47 and state.held else None)
            return replace(
                state, state="decided", decided=fact, since=since,
                section_47=frozenset(one for one in fact.section_47 if one not in state.ended),
            )  # fmt: skip
        case StrategyReconvened():
            return replace(state, state="called", at=fact.at)
        case Section47Ended():
            return replace(
                state, section_47=state.section_47 - {fact.child}, ended={**state.ended, fact.child: fact.outcome}
            )
        case _:
            assert_never(fact)


def check_call(command: Call, children: Collection[str], sectors: dict[str, str], missing: tuple[str, ...]) -> None:
    """Refused, naming the field, unless it is about children of the MASH enquiry, and everybody who must is asked.

    `sectors`: of each registered organisation. `missing`: whom the quorum lacks among who is asked.
    """
    if not command.children or not set(command.children) <= set(children):
        raise Refused("Select which children of the MASH enquiry it is about", "children")
    names = [(one.organisation, one.setting) for one in command.asked]
    if len(set(names)) != len(names):
        raise Refused("Name each organisation or setting only once", "asked")
    unknown = sorted({one.organisation for one in command.asked} - set(sectors))
    if unknown:
        raise Refused("One of the organisations is not in the register: select from the list", "asked")
    if len(command.asked) > MOST:
        raise Refused(f"Ask at most {MOST}", "asked")
    if missing:
        raise Refused(f"Ask also, or it can never be quorate: {', '.join(missing)}", "asked")
    if command.at is None:
        raise Refused("Enter the day and the time at which it is held", "at")
    if command.means not in MEANS:
        raise Refused("Select how it is held", "means")
    if not command.why.strip():
        raise Refused("Enter why it is called", "why")


def check_hold(state: Discussion, command: Hold, known: Collection[str], now: datetime) -> None:
    """Refused, naming the field, unless it waits to be held, and of everybody asked it is said whether they were there."""
    called = _called(state)
    if state.state != "called":
        raise Refused("It was recorded already who was there", "step")
    if command.held_at is None or command.held_at > now:
        raise Refused("Enter when it was held: now, or earlier", "held_at")
    if state.held is not None and command.held_at < state.held.held_at:
        raise Refused("It met again before it met: enter when it was held this time", "held_at")
    check_attendance([one.organisation for one in called.asked], command.present, known)
    if sum(one.present for one in command.present) < 2:
        raise Refused("A discussion is held by two organisations at least", "present")
    if not command.spoke.strip():
        raise Refused("Enter who spoke for each organisation", "spoke")


def check_told(state: Discussion, organisation: str, words: str) -> None:
    """Refused unless it was held, the organisation took part, and something was said."""
    if state.held is None or state.state != "held":
        raise Refused("Record first who was there; after the decision nothing is added", "step")
    if organisation not in {one.organisation for one in state.held.present if one.present}:
        raise Refused("Select an organisation that took part", "organisation")
    if not words.strip():
        raise Refused("Enter what they knew", "knew")


def check_conclude(state: Discussion, command: Conclude, grounds: Collection[str]) -> None:
    """Refused, naming the field, unless every answer is there and the quorum, or immediate danger, carries it.

    Who said who was there does not decide section 47 alone, but in immediate danger.
    """
    called, held = _called(state), state.held
    if state.state != "held" or held is None:
        raise Refused("Record first who was there" if state.state == "called" else "It is decided already", "step")
    if set(command.opens) != set(called.children):
        raise Refused("Answer for every child whether section 47 is opened", "opens")
    if command.ground not in grounds:
        raise Refused("Select the ground", "ground")
    if held.missing and command.ground != DANGER:
        raise Refused(
            f"It was not quorate ({', '.join(held.missing)} missing): call it again; only immediate danger is decided now",
            "ground",
        )
    if held.missing and not command.why_not_quorate.strip():
        raise Refused("Enter why it cannot wait for a quorum", "why_not_quorate")
    if not held.missing and not {one.organisation for one in held.present if one.present} <= set(state.told):
        raise Refused("Record what each organisation that took part knew, also where it knew nothing", "knew")
    if any(opens and child in state.ended for child, opens in command.opens.items()):
        raise Refused("Its section 47 enquiry ended already: call a new strategy discussion", "opens")
    if any(command.opens.values()):
        if command.how not in HOW:
            raise Refused("Select whether it is made alone or jointly", "how")
        if command.by == held.recorded_by and command.ground != DANGER:
            raise Refused("Somebody else decides section 47: you recorded who was there", "by")
    if not command.safety.strip():
        raise Refused("Enter what keeps each child safe now", "safety")
    if not command.reason.strip():
        raise Refused("Enter the reasons", "reason")


def check_reconvene(state: Discussion, at: datetime | None) -> None:
    """Refused unless it met without a quorum, and it is said when it meets again."""
    _called(state)
    if not state.must_reconvene:
        raise Refused("It was quorate, or is called already: there is nothing to meet again for", "step")
    if at is None:
        raise Refused("Enter the day and the time at which it meets again", "at")


def check_end(state: Discussion, child: str, outcome: str, why: str) -> None:
    """Refused unless section 47 is open for this child, and it is said what came of it."""
    if child not in state.section_47:
        raise Refused("No section 47 enquiry is open for this child by this strategy discussion", "child")
    if outcome not in ENDED:
        raise Refused("Select what came of it", "outcome")
    if not why.strip():
        raise Refused("Enter the reasons", "why")


def _called(state: Discussion) -> StrategyCalled:
    if state.called is None:
        raise Refused("There is no such strategy discussion", "discussion")
    return state.called
