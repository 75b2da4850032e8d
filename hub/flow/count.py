"""What counts for whom in a household: signals of siblings, of the household and of adults in it, counted and discounted.

It follows the record behind the intake, in the intake's own turn, so that a child's stream has one writer. What is to
count is worked out anew for every child whom a fact may touch, and only the difference is written, together with the
place that it rests on: twice is once, a crash repeats and never skips, and in whatever order and batches the messages
came, the same counts in the end. Whether it may count for this child is asked for this child.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from hub.domain import child as children
from hub.domain.child import Child, CountSignal, DiscountSignal, SignalCounted, SignalDiscounted
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, Statement, WithdrawalRecorded
from hub.domain.errors import HubError, KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.household import ChildrenNamed, HouseholdObserved
from hub.domain.identity import IdentitySettled
from hub.domain.kin import NEW_ADULT, Counted, Home, Told, brings_an_adult, counts, message_of
from hub.domain.person import PersonMerged, PersonReinstated, RestrictionSet
from hub.domain.signal import DiscountReason, Signal
from hub.domain.vocabulary import Vocabulary
from hub.ports import Clock, Homes, Record, Tracked

log = logging.getLogger(__name__)
SOURCE = "count/households"
BY = "service:households"  # who writes what this step writes, and so what it need not follow
PAGE = 500
TRIES = 10
LAG = 2_000  # positions read without anything to write before the place is noted: they are read again after a crash
KEPT = 5_000  # children whose counted signals are held in memory
COPIES = frozenset({"sibling", "household", "adult"})
NAMES = (
    HouseholdObserved.NAME, ConcernRecorded.NAME, CorrectionRecorded.NAME, WithdrawalRecorded.NAME, ChildrenNamed.NAME,
    SignalCounted.NAME, SignalDiscounted.NAME, IdentitySettled.NAME, PersonMerged.NAME, PersonReinstated.NAME,
    RestrictionSet.NAME,
)  # fmt: skip


class Question(Struct, frozen=True, kw_only=True):
    """What is asked at intake of one signal for one child: whose it is, and how it must be handled."""

    child: str
    organisation: str
    setting: str
    kind: Literal["concern", "household"]
    indicators: tuple[str, ...]
    why_not_told: str | None = None
    police_code: str | None = None


class Held(Struct, frozen=True):
    """What counts for a child at a version of its stream, by which message it came to, and why the rest no longer does."""

    version: int
    child: Child
    because: dict[str, str]  # signal -> the fact that its counting rests on
    gone: dict[str, DiscountReason]


class Counting:
    """The step. One for each intake; `rule` answers a question by the policies, `alive` says who was not erased.

    `page` rings a person over what failed unexplained. What was said under a code of `protects_source` tells nobody of a
    household: what counted because of it would tell whose page it counts on.
    """

    def __init__(
        self, *, record: Record, homes: Homes, rule: Callable[[Question], bool], alive: Callable[[str], bool],
        sector: Callable[[str], str], vocabulary: Vocabulary, clock: Clock, edition: str,
        page: Callable[[str, str], None], protects_source: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._record, self._homes, self._clock, self._edition = record, homes, clock, edition
        self._rule, self._alive, self._sector, self._vocabulary = rule, alive, sector, vocabulary
        self._page, self._protects_source = page, protects_source
        self._guarded: dict[str, bool] = {}  # message -> whether it protects its source
        self._rung: set[str] = set()  # streams over which a person was paged
        self._position = -1  # up to where it has looked; -1 until the record was asked
        self._tracked = -1
        self._held: dict[str, Held] = {}

    @property
    def position(self) -> int:
        """Up to where it has looked, in this process."""
        return max(0, self._position)

    def run(self) -> int:
        """Step until nothing is left; how many signals were counted or discounted. Raises as `step`."""
        written = 0
        while (moved := self.step()) is not None:
            written += moved
        return written

    def step(self) -> int | None:
        """Look at what was added to the record, at most a page; how many facts were written, None where nothing was added.

        Raises TryLater, and StaleWriter where another intake has moved the place on: stop.
        """
        if self._position < 0:
            self._tracked = self._record.tracked(SOURCE)
            self._homes.catch_up(self._record, max(0, self._tracked))
            self._position = max(0, self._tracked)
        page = self._record.read(self._position, PAGE, NAMES)
        if not page:
            return None
        try:
            written = self._settle(page)
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            # only the kind of the error is logged: its text might quote what it choked on
            log.error("counting failed unexplained (%s); going on fact by fact", type(unexplained).__name__)  # noqa: TRY400 - a traceback would quote it
            written = sum(self._settle_alone(one) for one in page)
        self._position = page[-1].position
        return written

    def _settle_alone(self, recorded: Recorded) -> int:
        """One fact by itself; where it fails again a person is paged, and what follows is counted."""
        try:
            return self._settle([recorded])
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            self._ring(recorded.stream, unexplained)
            return 0

    def _settle(self, page: Sequence[Recorded]) -> int:
        """Write what these facts change, and the place."""
        self._homes.fold(page, self._record)
        spoken_of, moved_on = self._touched(page)
        # whoever became another person may be a crowd only now, whenever its statements came
        settled = any(isinstance(one.fact, IdentitySettled | PersonMerged | PersonReinstated) for one in page)
        since = 0 if settled else self._position
        for _ in range(TRIES):
            facts = self._differences(spoken_of, moved_on, since) if spoken_of or moved_on else []
            moved = Tracked(SOURCE, self._tracked, page[-1].position)
            if not facts and moved.after - moved.before < LAG:
                return 0
            try:
                written = self._record.append(facts, tracked=[moved])
            except (VersionConflict, KeyDestroyed):
                continue  # somebody wrote about one of the children, or erased one: work it out anew
            self._tracked = moved.after
            for one in written:
                self._learn(one)
            return len(written)
        raise TryLater("what counts for some children keeps being written to by others")

    # ------------------------------------------------------------------------------------------ who may be touched

    def _touched(self, page: Iterable[Recorded]) -> tuple[set[str], set[str]]:
        """The persons of whom these facts may change what counts for others, or for them through others.

        First those of whom something was said, then those who may live with others than before, or be others.
        """
        spoken_of: set[str] = set()
        persons: set[str] = set()
        messages: set[str] = set()
        for recorded in page:
            kind, _, ident = recorded.stream.partition(":")
            match recorded.fact:
                case SignalCounted(signal=signal):
                    if signal.relation in {"own", "possible"} and recorded.envelope.by != BY:
                        spoken_of.add(ident)
                case SignalDiscounted():
                    if recorded.envelope.by != BY:
                        spoken_of.add(ident)
                case ConcernRecorded(statement=said):
                    messages |= {ident} if said.adults else set()
                case CorrectionRecorded(corrects=earlier):
                    messages |= {ident, earlier}
                case WithdrawalRecorded() as fact:
                    messages |= {fact.withdraws, *fact.also}
                case HouseholdObserved():
                    messages.add(ident)
                case ChildrenNamed():
                    messages.add(ident)
                    earlier_answers = [one.fact for one in self._record.load(recorded.stream)]
                    persons |= {c for one in earlier_answers if isinstance(one, ChildrenNamed) for c in one.children}
                case IdentitySettled() as fact:
                    persons |= {person for moved in fact.moved for person in (moved.before, moved.after)}
                case PersonMerged(into=into):
                    persons |= {ident, into}
                case PersonReinstated() | RestrictionSet():
                    persons.add(ident)
                case _:
                    log.debug("%s on %s: what was erased touches nobody", recorded.fact.NAME, kind)
        return spoken_of, persons | (self._homes.persons_of(messages) if messages else set())

    def _differences(self, spoken_of: set[str], moved_on: set[str], since: int) -> list[NewFact]:
        """What is to be counted and discounted for those touched, and for all who live or lived with them.

        Who was spoken of, and of whose household nobody ever said anything, has nothing to pass on or to give back.
        First it is found who that is; where that look ended before everything was seen, what counts for them is worked
        out from a look of their own: what reaches no further than the one who was touched must not decide for them.
        """
        touched = spoken_of | moved_on
        without = self._protecting if self._protects_source else None
        home = self._homes.around(touched, since, without)
        named = {member.person for one in touched for told in home.naming.get(one, ()) for member in told.members}
        concerned = {person for one in named | touched for person in home.kin(one)} | touched
        receivers = sorted(person for person in concerned if person in home.children or person in moved_on)
        if receivers and not home.whole:
            home = self._homes.around(receivers, without=without)
        held = self._load({*receivers, *home.children})
        own = {
            person: [signal for signal in one.child.signals.values() if signal.relation == "own"]
            for person, one in held.items()
        }
        made = self._made(home.told)
        facts: list[NewFact] = []
        for person in receivers:
            try:
                facts += self._of_one(person, home, own, held, made)
            except HubError:
                raise
            except Exception as unexplained:  # noqa: BLE001 - a bug of ours over one child must not stop the others
                self._ring(children.stream(person), unexplained)
        return facts

    def _protecting(self, messages: AbstractSet[str]) -> set[str]:
        """Those of these statements that protect their source."""
        if len(self._guarded) > KEPT:
            self._guarded.clear()
        for message in messages - self._guarded.keys():
            first = self._first(message)
            said = first.statement if isinstance(first, ConcernRecorded | CorrectionRecorded) else None
            self._guarded[message] = said is not None and said.police_code in self._protects_source
        return {message for message in messages if self._guarded[message]}

    def _ring(self, stream: str, unexplained: Exception) -> None:
        """Page a person, once a stream: it is tried again whenever something touches it."""
        if stream not in self._rung:
            self._rung.add(stream)
            self._page(stream, f"what it counts for in a household is not known ({type(unexplained).__name__})")

    def _of_one(
        self, person: str, home: Home, own: Mapping[str, Sequence[Signal]], held: Mapping[str, Held],
        made: Mapping[str, Sequence[Signal]],
    ) -> list[NewFact]:  # fmt: skip
        mine = held[person].child
        wanted = counts(person, home, own, mine.signals, made) if person in home.children else {}
        copies = {ident for ident, signal in mine.signals.items() if signal.relation in COPIES}
        if not (wanted or copies) or not self._alive(f"person:{person}"):
            return []
        now, version, facts = self._clock.now(), held[person].version, list[NewFact]()

        def put(fact: Fact, message: str, because: str, signal: Signal | None) -> None:
            envelope = Envelope(now, signal.received if signal else now, BY, because, message, self._edition)
            facts.append(NewFact(children.stream(person), version + len(facts), fact, envelope))

        for ident in sorted(copies - set(wanted)):
            for fact in children.decide(
                mine, DiscountSignal(ident, self._reason(person, mine.signals[ident], home, held))
            ):
                put(fact, message_of(ident), "", None)
        for ident in sorted(wanted):
            counted = wanted[ident]
            new = CountSignal(replace(counted.signal, known_at=now))
            if (ident in copies or self._may_count(person, counted)) and (changes := children.decide(mine, new)):
                put(changes[0], message_of(ident), counted.because, counted.signal)
        return facts

    def _reason(self, person: str, signal: Signal, home: Home, held: Mapping[str, Held]) -> DiscountReason:
        """Why a copy counts no more: as what it is a copy of; else what it rests on was taken back, or the two parted."""
        gone = [one.gone[signal.id] for who, one in held.items() if who != person and signal.id in one.gone]
        whose = {
            who
            for who, one in held.items()
            if signal.id in one.child.signals and one.child.signals[signal.id].relation == "own"
        }
        if gone and not whose:
            return gone[-1]
        rests_on = held[person].because.get(signal.id, "").removeprefix("message:").partition("@")[0]
        if self._protects_source and self._protecting({rests_on}):
            return "not_pooled"
        back = self._homes.taken_back({rests_on, message_of(signal.id)})
        if back:
            return "withdrawn" if "withdrawn" in back.values() else "corrected"
        tells_of = {m.person for told in home.told if told.message == message_of(signal.id) for m in told.members}
        if (whose | tells_of) & home.hidden:
            return "not_pooled"
        return "left_household" if signal.relation != "sibling" or whose & set(home.kin(person)) else "unlinked"

    def _may_count(self, person: str, counted: Counted) -> bool:
        """The policies' answer for this child: one young person's refusal is not a sibling's."""
        signal = counted.signal
        first = self._first(message_of(signal.id))
        said = first.statement if isinstance(first, ConcernRecorded | CorrectionRecorded) else None
        return self._rule(
            Question(
                child=person, organisation=signal.organisation, setting=signal.setting or "",
                kind="household" if signal.kind == "household_change" else "concern", indicators=signal.indicators,
                why_not_told=said.why_not_told if said else None, police_code=said.police_code if said else None,
            )
        )  # fmt: skip

    # ------------------------------------------------------------------------------------- signals of statements

    def _made(self, told: Iterable[Told]) -> dict[str, tuple[Signal, ...]]:
        """Signals of what names no child: concerns about adults alone, and changes in a household."""
        return {
            one.message: self._of_statement(one) for one in told if one.adults_only or one.change != "none"
        }  # fmt: skip

    def _of_statement(self, told: Told) -> tuple[Signal, ...]:
        (recorded,) = self._record.load(f"message:{told.message}", upto=1)
        match recorded.fact:
            case ConcernRecorded(statement=said) | CorrectionRecorded(statement=said):
                return tuple(
                    self._signal(f"{told.message}/{n}", recorded, said, adult.indicators, "concern")
                    for n, adult in enumerate(said.adults)
                )
            case HouseholdObserved() as said:
                codes = (NEW_ADULT,) if brings_an_adult(told) else ()
                return (self._signal(f"{told.message}/0", recorded, said, codes, "household_change"),)
            case _:
                return ()

    def _signal(
        self, ident: str, recorded: Recorded, said: Statement | HouseholdObserved, codes: tuple[str, ...],
        kind: Literal["concern", "household_change"],
    ) -> Signal:  # fmt: skip
        worry = said if isinstance(said, Statement) else None
        return Signal(
            id=ident, child="", relation="household", kind=kind, indicators=codes,
            domains=tuple(sorted(self._vocabulary.domains_of(codes))), organisation=said.organisation,
            sector=self._sector(said.organisation), setting=said.setting, referrer=worry.referrer if worry else None,
            referrer_kind=worry.referrer_kind if worry else "", seen="not_seen", how_known=said.how_known,
            incident=worry.incident if worry else None, backfill=worry.backfill if worry else False,
            occurred_start=said.occurred.start, occurred_end=said.occurred.end, precision=said.occurred.precision,
            recorded_at=said.recorded_at, received=recorded.envelope.received, known_at=recorded.envelope.known_at,
        )  # fmt: skip

    def _first(self, message: str) -> Fact | None:
        found = self._record.load(f"message:{message}", upto=1)
        return found[0].fact if found else None

    # ------------------------------------------------------------------------------------------- what counts now

    def _load(self, persons: Iterable[str]) -> dict[str, Held]:
        """What counts for each of these now; read are only streams that were written to since."""
        if len(self._held) > KEPT:
            self._held.clear()
        wanted = sorted(set(persons))
        versions = self._record.versions([children.stream(person) for person in wanted])
        for person in wanted:
            version = versions.get(children.stream(person), 0)
            known = self._held.get(person)
            if known is None or known.version != version:
                held = Held(0, Child(), {}, {})
                for recorded in self._record.load(children.stream(person)) if version else ():
                    held = _and(held, recorded)
                self._held[person] = held
        return {person: self._held[person] for person in wanted}

    def _learn(self, recorded: Recorded) -> None:
        person = recorded.stream.partition(":")[2]
        known = self._held.get(person)
        if known is not None and known.version == recorded.version - 1:
            self._held[person] = _and(known, recorded)


def _and(held: Held, recorded: Recorded) -> Held:
    """With one more fact of the child's stream."""
    because, gone = held.because, held.gone
    match recorded.fact:
        case SignalCounted(signal=signal):
            because = {**because, signal.id: recorded.envelope.because}
            gone = {ident: why for ident, why in gone.items() if ident != signal.id}
        case SignalDiscounted(signal_id=ident, reason=reason):
            gone = {**gone, ident: reason}
        case _:
            pass  # erased
    return Held(recorded.version, children.evolve(held.child, recorded.fact), because, gone)
