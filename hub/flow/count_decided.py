"""What a person decided counts as a signal of its own, so that a rule can speak of it: twice just below the threshold.

It promises one signal for each child and MASH enquiry that was decided, whoever the child is held to be now; it follows the
record behind the intake, in the intake's own turn: twice is once, and a crash repeats. It is no worry: a rule reads it
only where it asks for the kind `help`, and it counts for the child alone, never for a sibling.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from hub.domain import child as children
from hub.domain import enquiry as enquiries
from hub.domain import person as persons
from hub.domain.child import CountSignal, DiscountSignal, SignalCounted
from hub.domain.enquiry import FRONT_DOOR, EnquiryDecided
from hub.domain.errors import KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import Envelope, ErasedFact, NewFact, Recorded
from hub.domain.person import PersonMerged, PersonReinstated
from hub.domain.signal import Signal
from hub.ports import Clock, Record, Tracked

SOURCE = "count/decided"
BY = "service:decided"
PAGE = 200
TRIES = 10
NAMES = (EnquiryDecided.NAME, PersonMerged.NAME, PersonReinstated.NAME)


class CountingDecided:
    """The step. One for each intake."""

    def __init__(self, *, record: Record, clock: Clock, edition: str) -> None:
        self._record, self._clock, self._edition = record, clock, edition
        self._tracked: int | None = None

    def run(self) -> int:
        """Step until nothing is left; how many facts were written. Raises as `step`."""
        written = 0
        while (moved := self.step()) is not None:
            written += moved
        return written

    def step(self) -> int | None:
        """Look at what was added to the record, at most a page; how many facts were written, None where nothing was added.

        Raises TryLater, and StaleWriter where another intake has moved the place on: stop.
        """
        if self._tracked is None:
            self._tracked = self._record.tracked(SOURCE)
        page = self._record.read(max(0, self._tracked), PAGE, NAMES)
        if not page:
            return None
        for _ in range(TRIES):
            moved = Tracked(SOURCE, self._tracked, page[-1].position)
            try:
                written = self._record.append(self._changes(page), tracked=[moved])
            except (VersionConflict, KeyDestroyed):
                continue  # somebody wrote about one of the children, or erased one: work it out anew
            self._tracked = moved.after
            return len(written)
        raise TryLater("what counts for some children keeps being written to by others")

    def _changes(self, page: Sequence[Recorded]) -> list[NewFact]:
        decided = {
            signal.id: signal
            for one in page
            if isinstance(one.fact, EnquiryDecided)
            for signal in (_signal(one.stream, one.fact, one),)
        }
        for one in page:
            if isinstance(one.fact, PersonMerged | PersonReinstated):
                decided |= self._of(one.stream.partition(":")[2])
        facts: list[NewFact] = []
        heads: dict[str, int] = {}
        for signal in decided.values():
            about = persons.survivor(signal.child, self._person)
            for held in dict.fromkeys((about, *self._line(signal.child))):
                wish = (
                    CountSignal(replace(signal, child=about))
                    if held == about
                    else DiscountSignal(signal.id, "unlinked")
                )
                self._put(held, wish, signal, facts, heads)
        return facts

    def _put(
        self,
        child: str,
        wish: CountSignal | DiscountSignal,
        signal: Signal,
        facts: list[NewFact],
        heads: dict[str, int],
    ) -> None:
        """What the wish changes on a child's stream; of somebody erased nothing counts."""
        if any(isinstance(one.fact, ErasedFact) for one in self._record.load(f"person:{child}", upto=1)):
            return
        stream, now = children.stream(child), self._clock.now()
        history = self._record.load(stream)
        version = heads.get(stream, len(history))
        for fact in children.decide(children.fold(one.fact for one in history), wish):
            envelope = Envelope(now, now, BY, _cause(signal), "", self._edition)
            counted = isinstance(fact, SignalCounted)
            made = SignalCounted(signal=replace(signal, child=child, known_at=now)) if counted else fact
            facts.append(NewFact(stream, version, made, envelope))
            version += 1
        heads[stream] = version

    def _of(self, person: str) -> dict[str, Signal]:
        """What was decided about this person, wherever it counts now: they were merged with somebody, or are again two."""
        found = {}
        for held in dict.fromkeys((person, *self._line(person))):
            state = children.fold(one.fact for one in self._record.load(children.stream(held)))
            for ident, signal in state.signals.items():
                about = ident.partition("/")[2]
                if signal.kind == "help" and signal.organisation == FRONT_DOOR and person in self._line(about):
                    found[ident] = replace(signal, child=about)
        return found

    def _line(self, person: str) -> list[str]:
        """A person and all whom it was ever merged into: where what counts for it may lie."""
        line = [person]
        for one in line:
            merged = (r.fact.into for r in self._record.load(f"person:{one}") if isinstance(r.fact, PersonMerged))
            line += [into for into in merged if into not in line]
        return line

    def _person(self, ident: str) -> persons.Person:
        return persons.fold(ident, (one.fact for one in self._record.load(f"person:{ident}")))


def _signal(stream: str, fact: EnquiryDecided, recorded: Recorded) -> Signal:
    """A decision as a signal: codes alone, at the moment it was made. Its id holds the child whom it was made about."""
    at = recorded.envelope.known_at
    enquiry = stream.removeprefix(enquiries.stream(""))
    return Signal(
        id=f"{enquiry}/{fact.child}", child=fact.child, relation="own", kind="help", indicators=(), domains=(),
        organisation=FRONT_DOOR, sector="social_care", setting=None, referrer=None, referrer_kind="",
        seen="not_seen", how_known="first_hand", incident=None, occurred_start=at, occurred_end=at,
        precision="minute", recorded_at=at, received=at, known_at=at, outcome=fact.outcome, level=fact.level,
    )  # fmt: skip


def _cause(signal: Signal) -> str:
    return enquiries.stream(signal.id.partition("/")[0]) + "@1"
