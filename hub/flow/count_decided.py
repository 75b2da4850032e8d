"""What people did for a child counts as signals of its own, so that a rule can speak of it: decided twice just below the
threshold; a level that stays at 3 although help was offered twice; help that was refused.

It promises one signal for each thing done (a decision, a step accepted, an offer and what became of it, how a plan turned
out), whoever the child is held to be now; it follows the record behind the intake, in the intake's own turn: twice is once,
and a crash repeats. It is no worry: a rule reads it only where it asks for the kind `help`, and it counts for the child
alone, never for a sibling. Only a decision and an accepted step carry a level: an offer sets none.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from hub.domain import child as children
from hub.domain import enquiry as enquiries
from hub.domain import help as helping
from hub.domain import offer as offers
from hub.domain import person as persons
from hub.domain.agency import OrganisationRegistered
from hub.domain.child import CountSignal, DiscountSignal, SignalCounted
from hub.domain.enquiry import FRONT_DOOR, EnquiryDecided
from hub.domain.errors import KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import Envelope, ErasedFact, NewFact, Recorded
from hub.domain.help import StepAccepted
from hub.domain.help_plan import OutcomeRecorded
from hub.domain.offer import OfferAccepted, OfferDeclined, OfferDisengaged, OfferEnded, OfferMade
from hub.domain.person import PersonMerged, PersonReinstated
from hub.domain.signal import Signal
from hub.ports import Clock, Record, Tracked

SOURCE = "count/decided"
BY = "service:decided"
PAGE = 200
TRIES = 10
# An offer's fact -> its outcome, and what it says to a rule that asks for what was refused. A reason for nothing by itself.
OFFERS: dict[type, tuple[str, tuple[str, ...]]] = {
    OfferMade: ("offered", ()),
    OfferAccepted: ("accepted", ()),
    OfferDeclined: ("declined", ("help_refused",)),
    OfferDisengaged: ("disengaged", ("disengaged",)),
    OfferEnded: ("help_ended", ()),
}
NEED = "environment.community_resources"  # the need domain under which the vocabulary has both
NAMES = (
    EnquiryDecided.NAME, PersonMerged.NAME, PersonReinstated.NAME, StepAccepted.NAME, OutcomeRecorded.NAME,
    *(kind.NAME for kind in (OfferMade, OfferAccepted, OfferDeclined, OfferDisengaged, OfferEnded)),
)  # fmt: skip


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
        done: dict[str, tuple[Signal, str]] = {}  # signal id -> the signal, and the fact that it rests on
        gone: dict[str, str] = {}  # of what was entered in error: signal id -> the fact that says so
        for one in page:
            done |= {signal.id: (signal, one.ref) for signal in self._signals(one)}
            gone |= dict.fromkeys(self._mistaken(one), one.ref)
        for one in page:
            if isinstance(one.fact, PersonMerged | PersonReinstated):
                done |= {signal.id: (signal, one.ref) for signal in self._of(one.stream.partition(":")[2])}
        facts: list[NewFact] = []
        heads: dict[str, int] = {}
        for ident, cause in gone.items():
            for held in self._everywhere(_about(ident)):
                self._put(held, DiscountSignal(ident, "withdrawn"), cause, facts, heads)
        for ident, (signal, cause) in done.items():
            about = persons.survivor(signal.child, self._person)
            for held in self._everywhere(signal.child) if ident not in gone else ():
                counts = replace(signal, child=held)
                wish = CountSignal(counts) if held == about else DiscountSignal(ident, "unlinked")
                self._put(held, wish, cause, facts, heads)
        return facts

    # ------------------------------------------------------------------------------------------- what counts, and as what

    def _signals(self, one: Recorded) -> Iterator[Signal]:
        """What one fact counts as: codes alone, at the moment it was made. Its id ends in the child whom it was made about."""
        fact, person = one.fact, one.stream.split(":")[1]
        match fact:
            case EnquiryDecided():
                enquiry = one.stream.removeprefix(enquiries.stream(""))
                yield self._help(one, f"{enquiry}/{fact.child}", FRONT_DOOR, fact.outcome, fact.level)
            case StepAccepted():
                asked = self._asked(one)
                if asked is not None:
                    way = "stepped_up" if asked.direction == "up" else "stepped_down"
                    organisation = FRONT_DOOR if asked.to == FRONT_DOOR else asked.organisation
                    yield self._help(one, f"step-{fact.step}/{person}", organisation, way, fact.level)
            case OutcomeRecorded():
                plan = one.stream.rpartition(":")[2]
                ident = f"plan-{plan}-{fact.stage}@{one.version}/{person}"
                yield self._help(one, ident, fact.organisation, f"plan_{fact.outcome}", 0)
            case OfferMade() | OfferAccepted() | OfferDeclined() | OfferDisengaged() | OfferEnded():
                made = self._offer(one)
                if made is not None and not (isinstance(fact, OfferEnded) and fact.how == "entered_in_error"):
                    outcome, said = OFFERS[type(fact)]
                    ident = f"offer-{fact.offer}-{outcome}/{person}"
                    yield self._help(one, ident, made.organisation, outcome, 0, said)
            case _:
                pass

    def _help(
        self, one: Recorded, ident: str, organisation: str, outcome: str, level: int, said: tuple[str, ...] = ()
    ) -> Signal:
        at = one.envelope.known_at
        return Signal(
            id=ident, child=ident.rpartition("/")[2], relation="own", kind="help", indicators=said,
            domains=(NEED,) if said else (), organisation=organisation, sector=self._sector(organisation), setting=None,
            referrer=None, referrer_kind="", seen="not_seen", how_known="first_hand", incident=None, occurred_start=at,
            occurred_end=at, precision="minute", recorded_at=at, received=at, known_at=at, outcome=outcome, level=level,
        )  # fmt: skip

    def _asked(self, one: Recorded) -> helping.StepProposed | None:
        before = [each.fact for each in self._record.load(one.stream) if each.version < one.version]
        return helping.fold("", before).asked

    def _offer(self, one: Recorded) -> OfferMade | None:
        ident = getattr(one.fact, "offer", "")
        held = offers.fold("", (each.fact for each in self._record.load(one.stream))).one(ident)
        return held.made if held else None

    def _mistaken(self, one: Recorded) -> set[str]:
        """The signals of an offer that this fact says was never made."""
        if not isinstance(one.fact, OfferEnded) or one.fact.how != "entered_in_error":
            return set()
        person = one.stream.partition(":")[2]
        return {f"offer-{one.fact.offer}-{outcome}/{person}" for outcome, _ in OFFERS.values()}

    def _sector(self, organisation: str) -> str:
        """The sector of an organisation as it registered last; the front door's is the council's."""
        if organisation == FRONT_DOOR:
            return "social_care"
        held = self._record.load(f"organisation:{organisation}")
        return next((one.fact.sector for one in held[::-1] if isinstance(one.fact, OrganisationRegistered)), "")

    # ---------------------------------------------------------------------------------------------------- where it counts

    def _put(
        self, child: str, wish: CountSignal | DiscountSignal, cause: str, facts: list[NewFact], heads: dict[str, int]
    ) -> None:
        """What the wish changes on a child's stream; of somebody erased nothing counts."""
        if any(isinstance(one.fact, ErasedFact) for one in self._record.load(f"person:{child}", upto=1)):
            return
        stream, now = children.stream(child), self._clock.now()
        history = self._record.load(stream)
        version = heads.get(stream, len(history))
        for fact in children.decide(children.fold(one.fact for one in history), wish):
            made = SignalCounted(signal=replace(fact.signal, known_at=now)) if isinstance(fact, SignalCounted) else fact
            facts.append(NewFact(stream, version, made, Envelope(now, now, BY, cause, "", self._edition)))
            version += 1
        heads[stream] = version

    def _of(self, person: str) -> Iterator[Signal]:
        """What was done for this person, wherever it counts now: they were merged with somebody, or are again two."""
        for held in dict.fromkeys((person, *self._line(person))):
            state = children.fold(one.fact for one in self._record.load(children.stream(held)))
            for ident, signal in state.signals.items():
                if signal.kind == "help" and person in self._line(_about(ident)):
                    yield replace(signal, child=_about(ident))

    def _everywhere(self, person: str) -> list[str]:
        """Where something about this person counts, or counted: the one that stayed first."""
        return list(dict.fromkeys((persons.survivor(person, self._person), *self._line(person))))

    def _line(self, person: str) -> list[str]:
        """A person and all whom it was ever merged into: where what counts for it may lie."""
        line = [person]
        for one in line:
            merged = (r.fact.into for r in self._record.load(f"person:{one}") if isinstance(r.fact, PersonMerged))
            line += [into for into in merged if into not in line]
        return line

    def _person(self, ident: str) -> persons.Person:
        return persons.fold(ident, (one.fact for one in self._record.load(f"person:{ident}")))


def _about(signal: str) -> str:
    """The child whom something was done about, as its signal's id ends; of a message's signal a number, and nobody."""
    return signal.rpartition("/")[2]
