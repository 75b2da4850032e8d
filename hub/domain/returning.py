"""After a decision: whether a rule that stands comes back to a person or stays quiet, and until when.

It promises that a decided rule comes back on something new in kind, when it would stand on what came since alone, when it had
rested and stands again, or on the day of review, and on nothing else; and that both can be told: why it is back, and why it
is quiet.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from hub.domain.absence import last_seen
from hub.domain.counting import day_of
from hub.domain.rule import Rule, longest_window
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands

Why = Literal["new_in_kind", "by_itself", "stands_again", "review"]
WORDS: dict[str, str] = {
    "new_in_kind": "Something new in kind came in after it was decided",
    "by_itself": "It stands again on what came in after it was decided alone",
    "stands_again": "After it was decided it rested, and it stands again",
    "review": "The day of its review has come, and it stands on what lies within its window still",
}


class News(Struct, frozen=True):
    """Why a decided rule comes back, and what was not there before, as "what:code": domain, line, grave, organisation."""

    why: Why
    new: tuple[str, ...] = ()


def news(
    ready: Ready, counted: Iterable[Signal], evidence: Collection[str], seen: Collection[str], as_of: datetime, *,
    known: Iterable[Signal] | None = None, rested: bool = False,
) -> News | None:  # fmt: skip
    """Why the rule comes back, or None where it stays quiet.

    `counted` are the child's signals now, `evidence` the ids that the rule stands on, `seen` those that were before
    whoever decided, `known` all that counted for the child when it was decided, as it was said then (without it: what is
    held of `seen`). `rested`: the rule stood no more for a while. A rule of what was not seen had rested, too, where
    somebody saw the child after all that was known. New in kind is what no report before the decider had said: a line of
    the list that the rule counts (else a need domain), something grave, an organisation, the child's own word, or that it
    is now surely this child.
    """
    held = {signal.id: signal for signal in counted}
    then = {one.id: one for one in known} if known is not None else {one: held[one] for one in seen if one in held}
    if rested or (ready.waits and known is not None and _seen_since(then.values(), held.values())):
        return News("stands_again")
    came_since = {
        one.id: one
        for one in held.values()
        if (not _alike(then[one.id], one) if one.id in then else one.id not in seen)
    }
    fresh = [came_since[one] for one in sorted(set(evidence)) if one in came_since]
    if not fresh:
        return None
    before = [then[one] for one in seen if one in then]
    new = kinds(ready, fresh) - kinds(ready, before)
    if any(one.relation == "own" and one.id in then and then[one.id].relation == "possible" for one in fresh):
        new.add("sure:own")
    if new:
        return News("new_in_kind", tuple(sorted(new)))
    return News("by_itself") if stands(ready, came_since.values(), as_of) else None


def _seen_since(then: Iterable[Signal], now: Iterable[Signal]) -> bool:
    """Whether somebody saw the child on a later day than was known then."""
    before, after = last_seen(then), last_seen(now)
    return after is not None and (before is None or after > before)


def _alike(then: Signal, now: Signal) -> bool:
    """Whether a signal says of the same child what it said when it was decided."""
    return (then.relation, then.indicators) == (now.relation, now.indicators)


def kinds(ready: Ready, signals: Iterable[Signal]) -> set[str]:
    """What these reports are of, in kind."""
    known = ready.vocabulary.indicators
    counts_lines = {line for named in ready.groups for line in named} if ready.groups else frozenset[str]()
    kinds = set()
    for signal in signals:
        kinds.add(f"organisation:{signal.organisation}")
        kinds |= {"sure:own"} if signal.relation == "own" else set()
        kinds |= {"how:told_by_child"} if signal.how_known == "told_by_child" else set()
        for code in set(signal.indicators) - ready.strengths:
            if code in known and known[code].grave:
                kinds.add(f"grave:{code}")
            if code in counts_lines:
                kinds |= {
                    f"line:{group}" for group in known[code].groups if code in counts_lines and _counted(ready, group)
                }
            elif code in known:
                kinds.add(f"domain:{known[code].domain}")
    return kinds


def _counted(ready: Ready, group: str) -> bool:
    """Whether a line of a list is one that the rule counts."""
    return frozenset(ready.vocabulary.in_group(group)) in ready.groups


def review_day(rule: Rule, decided: date, plan: Iterable[date]) -> date:
    """The London day on which a decided rule that still stands comes back.

    That is so many days after the decision as the rule says, or the last day of its plan where that is later.
    """
    return max((decided + timedelta(days=rule.review_days), *plan))


def still_current(ready: Ready, counted: Iterable[Signal], as_of: datetime) -> list[Signal]:
    """What a review looks at: of these signals, those that lie within the rule's own window counted back from today.

    A rule that stood on a window long past is not put before a person again by time alone. What was not seen has no such
    window: it looks at everything.
    """
    since = day_of(as_of) - timedelta(days=longest_window(ready.rule))
    return [one for one in counted if ready.waits or day_of(one.occurred_end) > since]
