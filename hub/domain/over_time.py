"""Rules over time: when rules would have put an alert before a person, over what counted for one child, in the order in
which it became known. The one way in which a draft is tried on history, by the hub's what-if and by the bench's measures alike.

It promises that an alert rests on what was known at its moment alone, and that the same rules over the same history give
the same alerts. One alert is live for a child and rule. A person is taken to decide it some days later; after that only
what is new in kind, enough that came since, that it rested and stands again, or the day of its review raises the next one.
Nobody's plan is longer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from hub.domain.moments import LONDON, london_day
from hub.domain.returning import news, review_day, still_current
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, judge

To = Literal["front_door", "allocated_worker"]


class Event(Struct, frozen=True):
    """At `at` (aware UTC) a signal begins to count for a child, or (`counted` None) the one of this id no longer does."""

    at: datetime
    id: str
    counted: Signal | None


class Raised(Struct, frozen=True):
    """An alert was raised: for which child, by which rule, when (aware UTC), on which signals, to whom."""

    child: str
    rule: str
    level: int
    at: datetime
    to: To
    evidence: tuple[str, ...]


class _Live(Struct):
    """What a person has before them, or had when they decided."""

    decided_at: datetime
    evidence: frozenset[str]
    seen: frozenset[str] = frozenset()
    known: tuple[Signal, ...] | None = None  # all that counted when they decided; None until then
    holds: bool = True


class _Child:
    """The rules over one history of a child."""

    def __init__(
        self, child: str, rules: Sequence[Ready], works: Callable[[date], bool], decides: timedelta, end: datetime
    ) -> None:
        self.child, self.rules, self.works, self.decides, self.end = child, rules, works, decides, end
        self.signals: dict[str, Signal] = {}
        self.live: dict[str, _Live] = {}
        self.due: dict[str, datetime] = {}
        self.reviews: dict[str, datetime] = {}

    def run(self, history: Iterable[Event]) -> Iterator[Raised]:
        for event in history:
            yield from self._timers(event.at)
            self._decide(event.at)
            before = self.signals.pop(event.id, None)
            if event.counted is not None:
                self.signals[event.id] = event.counted
            for ready in self.rules:
                if any(one is not None and ready.speaks_of(one) for one in (before, event.counted)):
                    yield from self._judge(ready, event.at)
        yield from self._timers(self.end)

    def _timers(self, before: datetime) -> Iterator[Raised]:
        """Time alone makes some rules stand, or come up for review: those that fall due before this moment."""
        while waiting := [(at, rule, held) for held in (self.due, self.reviews) for rule, at in held.items()]:
            at, rule, held = min(waiting, key=lambda item: item[:2])
            if at >= before:
                return
            del held[rule]
            ready = next(ready for ready in self.rules if ready.rule.id == rule)
            yield from self._judge(ready, at, review=held is self.reviews)

    def _decide(self, at: datetime) -> None:
        """What people who decided by then had before them."""
        for live in self.live.values():
            if live.known is None and live.decided_at <= at:
                live.known = tuple(self.signals.values())

    def _judge(self, ready: Ready, at: datetime, *, review: bool = False) -> Iterator[Raised]:
        rule = ready.rule
        known = still_current(ready, self.signals.values(), at) if review else list(self.signals.values())
        found, due = judge(ready, known, at)
        if due is not None and due > at:
            self.due[rule.id] = due
        else:
            self.due.pop(rule.id, None)
        live = self.live.get(rule.id)
        if found is None:
            if live is not None:
                live.holds = live.holds and review  # at its review it is asked of what is current alone
            return
        evidence = frozenset(found.evidence)
        if live is not None and at < live.decided_at:
            live.evidence, live.holds = live.evidence | evidence, True  # the alert that is there grows
            return
        seen = live.seen | live.evidence if live is not None else frozenset()
        if live is not None and not review and not self._back(ready, live, evidence, seen, at):
            return
        self.live[rule.id] = _Live(at + self.decides, evidence, seen)
        self.reviews.pop(rule.id, None)
        allocated = self.works(london_day(at))
        if not (review or allocated):  # a worker's review is theirs; and none is reviewed over and over on nothing more
            self._review_after(ready, at + self.decides)
        to: To = "allocated_worker" if allocated else "front_door"
        yield Raised(self.child, rule.id, rule.level, at, to, found.evidence)

    def _back(
        self, ready: Ready, live: _Live, evidence: frozenset[str], seen: frozenset[str], at: datetime
    ) -> bool:  # fmt: skip
        """Whether a decided rule that stands comes back other than on the day of its review."""
        counted = self.signals.values()
        known = live.known if live.known is not None else tuple(counted)
        return news(ready, counted, evidence, seen, at, known=known, rested=not live.holds) is not None

    def _review_after(self, ready: Ready, decided: datetime) -> None:
        day = review_day(ready.rule, london_day(decided), ())
        self.reviews[ready.rule.id] = datetime.combine(day, time(), LONDON).astimezone(UTC)


def alerts_over(
    child: str, history: Iterable[Event], rules: Sequence[Ready], *, works: Callable[[date], bool], decides: timedelta,
    end: datetime,
) -> Iterator[Raised]:  # fmt: skip
    """The alerts of one child, in order of time. Time alone raises them up to `end` (aware UTC).

    `history` is in the order in which things became known, and none of it after `end`; `works` says whether somebody works
    with the child on a London day, so that an alert goes to them; `decides` is how long a person takes over each.
    """
    return _Child(child, rules, works, decides, end).run(history)


def alerting(rules: Iterable[Ready]) -> tuple[Ready, ...]:
    """The rules that alert somebody: one that tells nobody only suggests a level on a page."""
    return tuple(ready for ready in rules if ready.rule.tells != "nobody")
