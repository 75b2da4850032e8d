"""A practice audit: decisions drawn by a seed, decided a second time by an auditor who has not seen the first, and findings.

Until the auditor has judged, nothing of the child opens to them but the pack of what was known then. A finding may carry an
action with an owner and a day.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from math import log
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.decision import CLOSES
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.measuring import Happened
from hub.domain.signal import Signal

How = Literal["random", "risk_weighted"]
FINDINGS = {
    "good_practice": "Good practice, worth telling others of",
    "earlier": "Something could have been done earlier",
    "threshold": "The level does not fit what was known",
    "not_shared": "What an organisation knew did not come, or came late",
    "voice": "The child was not heard",
    "record": "The record does not say why",
    "other": "Other: see the words",
}
MOST, LONGEST = 50, 90  # decisions of one audit; days for which its records are open


class AuditDrawn(Fact, frozen=True, kw_only=True):
    """Stream practice-audit:<random>. Drawn from the decisions known at `position`, by `seed`: anybody may draw it again.

    `decisions` are "mash-enquiry:<id>@<version>", `children` whom each is about, in the same order.
    """

    NAME: ClassVar[str] = "audit.drawn"
    purpose: str
    how: How
    seed: str
    position: int
    population: int
    decisions: tuple[str, ...]
    children: tuple[str, ...]
    auditor: str
    end: datetime
    drawn_by: str


class AuditJudged(Fact, frozen=True, kw_only=True):
    """The auditor decided a second time, not knowing the first: level and outcome, with the reasons in words."""

    NAME: ClassVar[str] = "audit.judged"
    decision: str
    child: str
    level: int
    outcome: str
    same_level: bool
    by: str
    items: tuple[Sealed, ...] = ()


class FindingRecorded(Fact, frozen=True, kw_only=True):
    """What an audit found of one decision; with `owner` (an organisation) something is to be done by a London day."""

    NAME: ClassVar[str] = "audit.finding-recorded"
    finding: str
    decision: str
    child: str
    what: str
    owner: str = ""
    due: date | None = None
    by: str
    items: tuple[Sealed, ...] = ()


class FindingActedOn(Fact, frozen=True, kw_only=True):
    """Somebody says that what a finding asked for is done."""

    NAME: ClassVar[str] = "audit.finding-acted-on"
    finding: str
    by: str


AuditFact = AuditDrawn | AuditJudged | FindingRecorded | FindingActedOn
FACTS: tuple[type[AuditFact], ...] = (AuditDrawn, AuditJudged, FindingRecorded, FindingActedOn)


@dataclass(frozen=True)
class Audited:
    """State of one audit."""

    id: str
    drawn: AuditDrawn | None = None
    judged: dict[str, AuditJudged] = field(default_factory=dict)
    findings: tuple[FindingRecorded, ...] = ()
    done: frozenset[str] = frozenset()

    def child(self, decision: str) -> str:
        """Whom a decision of it is about. Raises Refused for one that was not drawn."""
        if self.drawn is None or decision not in self.drawn.decisions:
            raise Refused("this decision was not drawn for this audit", "decision")
        return self.drawn.children[self.drawn.decisions.index(decision)]

    @property
    def blind(self) -> tuple[str, ...]:
        """The children of whom a decision is still to be judged."""
        if self.drawn is None:
            return ()
        pairs = zip(self.drawn.decisions, self.drawn.children, strict=True)
        return tuple(child for decision, child in pairs if decision not in self.judged)


def stream(audit: str) -> str:
    """The stream of a practice audit."""
    return f"practice-audit:{audit}"


def evolve(state: Audited, fact: AuditFact) -> Audited:
    """The audit after one more fact."""
    match fact:
        case AuditDrawn():
            return replace(state, drawn=fact)
        case AuditJudged():
            return replace(state, judged={**state.judged, fact.decision: fact})
        case FindingRecorded():
            return replace(state, findings=(*state.findings, fact))
        case FindingActedOn():
            return replace(state, done=state.done | {fact.finding})
        case _:
            assert_never(fact)


def fold(audit: str, facts: Iterable[Fact]) -> Audited:
    """The audit as these facts leave it."""
    state = Audited(audit)
    for fact in facts:
        if isinstance(fact, AuditFact):
            state = evolve(state, fact)
    return state


def weight(decided: Happened) -> int:
    """How much more likely a decision is to be drawn by risk: closed, below the rule's level, the child not heard. Chosen."""
    below = decided.ref.isdigit() and decided.level < int(decided.ref)
    return 1 + 2 * (decided.what in CLOSES) + 2 * below + 2 * (decided.organisation in {"", "not_obtained"})


def draw(decisions: Sequence[tuple[str, int]], seed: str, many: int) -> tuple[str, ...]:
    """So many of these decisions, each with its weight, by a seed: the same seed draws the same, in whatever order they come.

    Weighted without replacement (Efraimidis and Spirakis, 2006): the largest u^(1/weight), u a hash of seed and decision.
    """

    def key(one: tuple[str, int]) -> tuple[float, str]:
        u = (int.from_bytes(sha256(f"{seed}|{one[0]}".encode()).digest()[:8], "big") + 1) / 2**64
        return (log(u) / one[1], one[0])

    return tuple(ref for ref, _ in sorted(decisions, key=key, reverse=True)[:many])


def check_judgement(
    state: Audited, decision: str, by: str, level: int, outcome: str, known: tuple[set[int], set[str]]
) -> None:
    """Raises Refused naming the field: by the auditor alone, once, with a level and an outcome that there are."""
    state.child(decision)
    if state.drawn is None or state.drawn.auditor != by:
        raise Refused("this audit was drawn for somebody else", "audit")
    if decision in state.judged:
        raise Refused("you have judged this decision: it is not judged twice", "decision")
    if level not in known[0]:
        raise Refused("Select the level that you would have set", "level")
    if outcome not in known[1]:
        raise Refused("Select what you would have decided", "outcome")


class Earliest(Struct, frozen=True):
    """The first rule that would have stood on what was known: which, and when (aware UTC)."""

    rule: str
    at: datetime


def earliest(
    rules: Iterable[str], signals: Iterable[Signal], stands: Callable[[str, Sequence[Signal], datetime], bool]
) -> Earliest | None:
    """The earliest moment at which any rule stood, as these signals became known one after the other; None for none.

    Rules that time alone completes are asked at the moments at which something became known.
    """
    known = sorted(signals, key=lambda one: (one.known_at, one.id))
    names = sorted(rules)
    for count, newest in enumerate(known, start=1):
        for rule in names:
            if stands(rule, known[:count], newest.known_at):
                return Earliest(rule, newest.known_at)
    return None
