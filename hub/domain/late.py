"""Late evidence: what came to the hub long after it happened, and would have been before somebody who decided meanwhile.

It promises that the answer depends on the *set* of what was known and of what came late, never on the order in which it came;
and that it says what the rules would have proposed, never whether the decision was right: that is for people.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.moments import london_day
from hub.domain.returning import news
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands

CLOCK = "late"  # of the partnership's clocks
LATE_DAYS = 3  # under an edition that was published without it
ANSWERS = {
    "stands": "The decision stands: what came late would not have changed it",
    "acted_on": "It would have been decided otherwise, and somebody acts on that now",
    "known_otherwise": "Whoever decided knew of it another way",
}


class Proposal(Struct, frozen=True):
    """A rule that would have stood: its id, the level that it proposes, and the version it was judged by."""

    level: int
    rule: str
    version: str


class Hindsight(Struct, frozen=True, kw_only=True):
    """What the rules came to with what was known, and with what came late besides. Each tuple is sorted.

    `would` are rules that stand only with what came late, the highest level first; `would_not` those that stood, and
    with it would not have (somebody had seen the child, say). `again` are those that stood, and on which what came late
    would have put something before whoever decided that they had not seen: new in kind, or enough by itself. `carried` are
    the late signals that `would` and `again` rest on, `beside` those that they rest on besides and that were known.
    """

    level_then: int
    level: int
    would: tuple[Proposal, ...] = ()
    would_not: tuple[Proposal, ...] = ()
    carried: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    again: tuple[Proposal, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether a person should look: some rule would have proposed a level and did not, or would have on other grounds."""
        return bool(self.would or self.again)


def late_days(parts: Mapping[str, Any]) -> int:
    """After how many London days what is told is late, by the clocks of an edition's parts."""
    return next((int(one["length"]) for one in parts["clocks"] if one["id"] == CLOCK), LATE_DAYS)


def days_after(signal: Signal) -> int:
    """How many London days after it happened it came to the hub. Of a period its end is taken."""
    return (london_day(signal.received) - london_day(signal.occurred_end)).days


def is_late(signal: Signal, days: int) -> bool:
    """Whether it came to the hub more than so many London days after it happened."""
    return days_after(signal) > days


def touches(signal: Signal, decided_at: datetime, days: int) -> bool:
    """Whether this came late for a decision of that moment (aware UTC): it happened before, and was received after."""
    return is_late(signal, days) and signal.occurred_end < decided_at < signal.received


def hindsight(
    rules: Iterable[Ready], known: Iterable[Signal], late: Iterable[Signal], as_of: datetime,
    replaced: Collection[str] = (),
) -> Hindsight:  # fmt: skip
    """What these rules would have proposed at `as_of` (aware UTC, the moment of the decision).

    `known` are the signals that counted for the child then, `late` those that came after, in any order; `replaced` are ids
    of `known` that a later message corrected, so that a report and its correction are not two.
    """
    before = sorted(known, key=_id)
    ids = {one.id for one in before}
    came = [one for one in sorted(late, key=_id) if one.id not in ids]
    after = [one for one in before if one.id not in replaced] + came
    would, would_not, again, rests = [], [], [], set[str]()
    levels_then, levels = [0], [0]
    for ready in rules:
        then, now = stands(ready, before, as_of), stands(ready, after, as_of)
        levels_then += [ready.rule.level] if then else []
        levels += [ready.rule.level] if now else []
        proposal = Proposal(ready.rule.level, ready.rule.id, ready.version)
        if now and not then:
            would.append(proposal)
            rests |= set(now.evidence)
        elif then and not now:
            would_not.append(proposal)
        elif then and now and news(ready, after, now.evidence, then.evidence, as_of, known=before) is not None:
            again.append(proposal)
            rests |= set(now.evidence)
    return Hindsight(
        level_then=max(levels_then), level=max(levels), would=_highest(would), would_not=_highest(would_not),
        carried=tuple(one.id for one in came if one.id in rests),
        beside=tuple(one.id for one in before if one.id in rests), again=_highest(again),
    )  # fmt: skip


def words(found: Hindsight, rules: Mapping[str, str]) -> str:
    """What a task says, in one sentence. `rules`: the words of each rule, by its id."""
    if found.again and not found.would:
        first, *more = found.again
        reads = rules.get(first.rule, first.rule).rstrip(".")
        told = f"Rule {first.rule} ({reads}), level {first.level}, stood already"
        told += f", and {len(more)} more" if more else ""
        return f"{told}; what came late is new in kind, or would have carried it alone, and nobody decided on it."
    if not found.would:
        return "With what came late the rules would have proposed the same."
    first, *more = found.would
    reads = rules.get(first.rule, first.rule).rstrip(".")
    told = f"The rules would have proposed level {first.level}, rule {first.rule} ({reads})"
    if more:
        told += f", and {len(more)} more"
    return f"{told}; with what was known then {f'level {found.level_then}' if found.level_then else 'no level'}."


def _id(signal: Signal) -> str:
    return signal.id


def _highest(found: Sequence[Proposal]) -> tuple[Proposal, ...]:
    return tuple(sorted(found, key=lambda one: (-one.level, one.rule)))


# ------------------------------------------------------------------------------------------------ what a person says


class LateEvidenceReviewed(Fact, frozen=True, kw_only=True):
    """Stream late:<child>:<enquiry>. A person looked at what came late for a decision, and says what it means for it.

    `seen` are the late signals that were before them: whatever comes after brings the task back.
    """

    NAME: ClassVar[str] = "late-evidence.reviewed"
    decision: str  # "stream@version"
    child: str
    seen: tuple[str, ...]
    answer: str  # a code of ANSWERS
    by: str
    items: tuple[Sealed, ...] = ()  # why, in words


FACTS: tuple[type[LateEvidenceReviewed], ...] = (LateEvidenceReviewed,)


class Reviewed(Struct, frozen=True):
    """What people have said of the late evidence of one decision."""

    version: int = 0
    seen: frozenset[str] = frozenset()
    answer: str = ""


def stream(child: str, enquiry: str) -> str:
    """Where it stands what people said of the late evidence of a decision; `child` as the decision named it."""
    return f"late:{child}:{enquiry}"


def fold(facts: Iterable[Fact]) -> Reviewed:
    """What was said, after these facts: total, never refuses."""
    state = Reviewed()
    for fact in facts:
        if isinstance(fact, LateEvidenceReviewed):
            state = evolve(state, fact)
    return state


def evolve(state: Reviewed, fact: LateEvidenceReviewed) -> Reviewed:
    """Fold one fact."""
    match fact:
        case LateEvidenceReviewed():
            return replace(state, version=state.version + 1, seen=state.seen | set(fact.seen), answer=fact.answer)
        case _:
            assert_never(fact)


def review(state: Reviewed, wish: LateEvidenceReviewed) -> list[LateEvidenceReviewed]:
    """A person's answer; nothing where it was given for all of this already. Raises Refused naming the field."""
    if wish.answer not in ANSWERS:
        raise Refused("Select what the late evidence means for the decision", "answer")
    if not wish.seen:
        raise Refused("nothing came late for this decision: there is nothing to answer", "answer")
    return [] if set(wish.seen) <= state.seen and state.answer == wish.answer else [wish]
