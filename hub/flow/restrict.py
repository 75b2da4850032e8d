"""Who was declared to be protected is restricted: with the batch that speaks of them, and among everybody held before.

It promises that there is no moment in which they are not, and that others' pages tell nothing of them from then on.
"""

from collections.abc import Callable, Mapping, Sequence

from hub.domain import allocation
from hub.domain import child as children
from hub.domain import enquiry as enquiries
from hub.domain.child import SignalDiscounted
from hub.domain.errors import AlreadyOnRecord, TryLater, VersionConflict
from hub.domain.fact import Fact
from hub.domain.person import PersonFact, RestrictionSet, evolve, survivor
from hub.domain.protected import Protected
from hub.domain.protected import stream as protected_stream
from hub.domain.signal import Signal
from hub.flow import append
from hub.flow.append import Draft
from hub.flow.match import Matcher, Placement
from hub.flow.people import People
from hub.flow.protect import Protecting
from hub.flow.stamp import Stamp
from hub.flow.standing import Standing
from hub.flow.unexplained import TRIES
from hub.flow.verify import Verified
from hub.ports import Record


class Restricting:
    """One for each intake."""

    def __init__(
        self, record: Record, protecting: Protecting, people: People, stamp: Stamp, standing: Standing
    ) -> None:
        self._record, self._protecting, self._people, self._stamp = record, protecting, people, stamp
        self._standing = standing

    def in_batch(
        self, matcher: Matcher, fresh: Sequence[Verified], placed: Sequence[Sequence[Placement]],
        drafts: Sequence[tuple[Draft, Verified]],
    ) -> list[tuple[Draft, Verified]]:  # fmt: skip
        """Who of a batch was declared to be protected is restricted with it: there is no moment in which they are not.

        Nor does what `drafts` counts of them as possible for others stand then.
        """
        self._protecting.refresh()
        found: list[tuple[Draft, Verified]] = []
        met: set[tuple[str, str]] = set()
        for verified, placements in zip(fresh, placed, strict=True):
            because = f"{append.stream_of(verified)}@1"
            follows = self._protecting.meet(placements, matcher, self._people.as_held, met)
            follows += self._no_longer_told(follows, [draft for draft, _ in drafts])
            found += [(Draft(stream, fact, new=False, because=because), verified) for stream, fact in follows]
        return found

    def everybody(self, matcher: Callable[[], Matcher]) -> int:
        """Go through everybody whom the hub held before somebody was declared protected; how many declarations.

        Each is one transaction, and is done once, with a matcher of its own. Raises TryLater.
        """
        for _ in range(TRIES):
            self._protecting.refresh()
            self._standing.refresh()  # who is on an enquiry, and reads on
            waiting = self._protecting.unsought()
            try:
                for one in waiting:
                    self._seek(one, matcher())
            except (VersionConflict, AlreadyOnRecord):
                continue  # somebody wrote about one of them in between: look again
            return len(waiting)
        raise TryLater("whom a declaration may be about keeps being written to by others")

    def _seek(self, one: Protected, matcher: Matcher) -> None:
        self._people.begin({})
        facts = self._protecting.seek(one, matcher, self._people.load)
        facts += self._no_longer_told(facts, [])
        streams = sorted({stream for stream, _ in facts})
        versions = dict.fromkeys(streams, 0) | dict(self._record.versions(streams))
        name = protected_stream(one.id)
        self._record.append(new := self._stamp.following(name, facts, versions))
        self._people.learn(new)
        self._protecting.refresh()

    def _no_longer_told(self, follows: Sequence[tuple[str, Fact]], drafts: Sequence[Draft]) -> list[tuple[str, Fact]]:
        """What others' pages would tell of whoever is restricted by these facts: it counts for those no more."""
        gone: list[tuple[str, Fact]] = []
        for stream, fact in follows:
            person = stream.partition(":")[2]
            if not isinstance(fact, RestrictionSet):
                continue
            written = [draft.fact for draft in drafts if draft.stream == stream and isinstance(draft.fact, PersonFact)]
            self._people.know([person])
            state = self._people.as_held(person)
            for one in (*written, fact):
                state = evolve(state, one)
            self._people.know(state.may_be)
            own = {ident for ident, signal in self._counting_with(person, drafts).items() if signal.relation == "own"}
            for other in sorted({survivor(one, self._people.as_held) for one in state.may_be} - {person}):
                if state.closed_to(self._people.as_held(other)) and self._people.alive(f"person:{other}"):
                    held = self._counting_with(other, drafts)
                    told = sorted(ident for ident in own & held.keys() if held[ident].relation == "possible")
                    gone += [
                        (children.stream(other), SignalDiscounted(signal_id=ident, reason="not_pooled"))
                        for ident in told
                    ]
        return gone

    def _counting_with(self, child: str, drafts: Sequence[Draft]) -> Mapping[str, Signal]:
        """What counts for a child once these are written."""
        stream = children.stream(child)
        new = [draft.fact for draft in drafts if draft.stream == stream]
        return children.fold([*(one.fact for one in self._record.load(stream)), *new]).signals


def on_duty(record: Record, standing: Standing) -> Callable[[str], list[str]]:
    """Who must act on a person already: whoever is on an open MASH enquiry about them, and the allocated worker."""

    def acting(person: str) -> list[str]:
        found = dict[str, None]()
        for ident in standing.asked_about(person):
            room = enquiries.fold(ident, (one.fact for one in record.load(enquiries.stream(ident))))
            if room.stage == "open":
                found |= dict.fromkeys(one for one in (room.holder, *room.team) if one)
        history = record.load(allocation.stream(person))
        at_work = allocation.fold(person, (one.fact for one in history)).current
        return [*found, *((at_work.worker,) if at_work else ())]

    return acting
