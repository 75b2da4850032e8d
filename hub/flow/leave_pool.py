"""What led to nothing leaves the pool: a signal older than the longest window of any rule and some days more is taken back.

It stays on record with its concern; it only counts no longer. What an alert or a MASH enquiry rests on, or may yet rest
on, stays. It follows the record behind the intake, in the intake's own turn: twice is once, and a crash repeats.
"""

from collections.abc import Callable
from datetime import timedelta

from hub.domain import child as children
from hub.domain.child import DiscountSignal, SignalCounted
from hub.domain.edition import Edition
from hub.domain.errors import KeyDestroyed, VersionConflict
from hub.domain.fact import Envelope, NewFact, Recorded
from hub.ports import Clock, Record, Tracked

SOURCE = "count/pool"
BY = "service:pool"
PAGE = 200


def stays_for(edition: Edition) -> timedelta:
    """How long a signal that leads to nothing may stay: the longest window of any rule, and the protocol's days more."""
    more = edition.agreed.pool.days_after_longest_window if edition.agreed else 0
    return timedelta(days=edition.longest_window() + more)


class Leaving:
    """The step. `led_somewhere` says whether an alert or MASH enquiry of this child rests on the signal, or may yet."""

    def __init__(
        self, *, record: Record, clock: Clock, edition: Edition, led_somewhere: Callable[[str, str], bool]
    ) -> None:
        self._record, self._clock, self._edition = record, clock, edition
        self._led_somewhere = led_somewhere
        self._stays = stays_for(edition)

    def run(self) -> int:
        """Step until what is left is too young; how many signals left. An edition without a protocol keeps them all."""
        if self._edition.agreed is None:
            return 0
        gone = 0
        while (left := self.step()) is not None:
            gone += left
        return gone

    def step(self) -> int | None:
        """One page of the oldest signals that nobody looked at yet; how many left, None where none is old enough.

        Raises StaleWriter where another intake came first, TryLater where the store is away.
        """
        before = self._record.tracked(SOURCE)
        page = self._record.read(max(0, before), PAGE, [SignalCounted.NAME])
        until = self._clock.now() - self._stays
        old = [one for one in page if one.envelope.known_at < until]
        if not old:
            return None
        facts = self._leaving(old)
        try:
            self._record.append(facts, tracked=[Tracked(SOURCE, before, old[-1].position)])
        except (VersionConflict, KeyDestroyed):
            return 0  # one of the children was written about just now, or erased: the same page again
        return len(facts)

    def _leaving(self, old: list[Recorded]) -> list[NewFact]:
        now, facts = self._clock.now(), []
        by_child: dict[str, dict[str, Recorded]] = {}
        for one in old:
            fact = one.fact
            if isinstance(fact, SignalCounted) and fact.signal.relation in {"own", "possible"}:
                by_child.setdefault(one.stream, {})[fact.signal.id] = one
        for stream, signals in by_child.items():
            history = self._record.load(stream)
            state, version = children.fold(one.fact for one in history), len(history)
            newest = {r.fact.signal.id: r.position for r in history if isinstance(r.fact, SignalCounted)}
            for ident, counted in signals.items():
                held = state.signals.get(ident)
                if held is None or newest[ident] != counted.position or self._led_somewhere(held.child, ident):
                    continue  # taken back already, or counted anew since (that comes later on), or something rests on it
                for fact in children.decide(state, DiscountSignal(ident, "not_pooled")):
                    envelope = Envelope(now, now, BY, counted.ref, "", self._edition.id)
                    facts.append(NewFact(stream, version, fact, envelope))
                    state, version = children.evolve(state, fact), version + 1
        return facts
