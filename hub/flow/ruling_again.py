"""What was ruled on before is ruled on once more: what a policy erred over, what is held to be about another now, and what
was kept out of the count where what kept it out has changed.

It promises that nothing counts twice, and that a fault is never taken for an answer.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from hub.domain import child as children
from hub.domain import consent_record
from hub.domain.agency import OrganisationRegistered
from hub.domain.child import CountSignal, DiscountSignal, SignalCounted
from hub.domain.concern import ConcernRuled, RulingFaulted
from hub.domain.consent import ConsentRecorded
from hub.domain.enquiry import EnquiryChildAdded, EnquiryOpened
from hub.domain.errors import HubError, KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import NewFact, Recorded
from hub.domain.family_said import FamilySaid
from hub.domain.person import Person, RestrictionSet
from hub.domain.signal import Signal
from hub.domain.source_record import LegalStatusChanged
from hub.flow import append, settle
from hub.flow.append import Draft, Pen
from hub.flow.people import People
from hub.flow.ruling import Ruled, Ruling
from hub.flow.share import IntakeRuling
from hub.flow.stamp import Stamp
from hub.flow.tools import Tools
from hub.flow.unexplained import TRIES, where
from hub.ports import Tracked

log = logging.getLogger(__name__)
FAULTED = "a sharing policy erred: it is kept and not counted, and is ruled on again when the intake next starts"
SOURCE = "count/kept-out"
PAGE = 200
CHANGES = (  # what may let count what was kept out
    ConsentRecorded.NAME, *consent_record.NAMES, LegalStatusChanged.NAME, EnquiryOpened.NAME, EnquiryChildAdded.NAME,
    RestrictionSet.NAME, OrganisationRegistered.NAME,
)  # fmt: skip


class _Again(ABC):
    """How a message that is on record is ruled on once more."""

    def __init__(self, tools: Tools, ruling: Ruling, people: People, stamp: Stamp) -> None:
        self._tools, self._ruling, self._people, self._stamp = tools, ruling, people, stamp

    def _settled(self, stream: str) -> bool:
        """Whether this message was ruled on otherwise now; what fails unexplained pages a person. Raises TryLater."""
        try:
            return self._ask_again(stream)
        except KeyDestroyed:
            log.warning("%s is about somebody whose record was erased: it counts for nobody", stream)
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            log.error("%s could not be ruled on again (%s)", stream, where(unexplained))  # noqa: TRY400 - a traceback would quote it
            self._tools.page(stream, FAULTED)
        return False

    def _ask_again(self, stream: str) -> bool:
        for _ in range(TRIES):
            self._ruling.refresh()
            history = self._tools.record.load(stream)
            rulings = [one.fact for one in history if isinstance(one.fact, ConcernRuled)]
            if not rulings or not self._asks(rulings[-1]):
                return False
            facts, faults = self._ruled_again(history)
            try:
                self._tools.record.append(facts) if facts else ()
            except VersionConflict:
                continue  # somebody else wrote about the child in between
            if faults:
                self._tools.page(stream, FAULTED)
            return bool(facts) and not faults
        raise TryLater(f"{stream} or what it counts for keeps being written to by others")

    @abstractmethod
    def _asks(self, newest: ConcernRuled) -> bool:
        """Whether a message whose newest ruling is this one is to be asked again."""

    @abstractmethod
    def _ruled_again(self, history: Sequence[Recorded]) -> tuple[list[NewFact], bool]:
        """The new ruling, and the signals that it lets count, [] where nothing changes; and whether a policy erred."""

    def _stands(self, message: str) -> bool:
        return len(self._ruling.standing.chain(message)) == 1 and not self._ruling.standing.withdrawn(message)

    def _now(self, first: Recorded) -> tuple[list[str], IntakeRuling]:
        """Whom a message is held to be about now, and how it is ruled now."""
        assert isinstance(first.fact, Ruled)  # noqa: S101 - only these are ruled
        said = first.fact.statement
        rows = self._tools.record.by_source_record([subject.source_record for subject in said.subjects])
        persons = [rows[subject.source_record].person for subject in said.subjects]
        self._people.begin({})
        self._people.know(persons)
        about = [(person, subject.indicators) for person, subject in zip(persons, said.subjects, strict=True)]
        return persons, self._ruling.of_recorded(first.fact, about, self._tools.clock.now())

    def _counts(self, history: Sequence[Recorded], persons: Sequence[str], ruling: IntakeRuling) -> list[Draft]:
        """What it counts for from now on, as ruled."""
        tools, first = self._tools, history[0]
        pen = Pen(
            tools.vault, tools.blind, tools.vocabulary, self._ruling.register.sector, self._people.possible_for,
            tools.clock.now(),
        )  # fmt: skip
        ident, because, drafts = first.stream.partition(":")[2], f"{first.stream}@{history[-1].version + 1}", []
        for signal in append.signals_of(first.fact, ident, first.envelope.received, persons, ruling, pen):
            stream = children.stream(signal.child)
            held = children.fold(one.fact for one in tools.record.load(stream))
            if self._people.alive(f"person:{signal.child}"):
                drafts += [
                    Draft(stream, f, new=False, because=because) for f in children.decide(held, CountSignal(signal))
                ]
        return drafts

    def _facts(self, first: Recorded, drafts: Sequence[Draft]) -> list[NewFact]:
        now, ident = self._tools.clock.now(), first.stream.partition(":")[2]
        versions = dict(self._tools.record.versions(sorted({draft.stream for draft in drafts})))
        facts = []
        for draft in drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            envelope = self._stamp.envelope(now, first.envelope.received, ident, draft.because)
            facts.append(NewFact(draft.stream, after, draft.fact, envelope))
        return facts


class AfterAFault(_Again):
    """The messages that a policy erred over: ruled on again once in a process."""

    _done = False

    def run(self) -> int:
        """Rule once more on what a policy erred over, and let it count as ruled; how many are settled. Once a process.

        Asked twice, nothing counts twice; where the policy errs again a person is paged again, and it waits on.
        """
        if self._done:
            return 0
        waiting: dict[str, None] = {}
        after = 0
        while page := self._tools.record.read(after, 500, [RulingFaulted.NAME]):
            waiting |= dict.fromkeys(recorded.stream for recorded in page)
            after = page[-1].position
        settled = sum(self._settled(stream) for stream in waiting)
        self._done = True
        return settled

    def _asks(self, newest: ConcernRuled) -> bool:
        return newest.faults

    def _ruled_again(self, history: Sequence[Recorded]) -> tuple[list[NewFact], bool]:
        """As for any; where a policy erred again, nothing is written."""
        first = history[0]
        persons, ruling = self._now(first)
        if ruling.faults:
            return [], True
        ident = first.stream.partition(":")[2]
        drafts = [append.ruled_fact(first.stream, ruling), *self._kept_out(first, ident, persons, ruling)]
        if self._stands(ident):
            drafts += self._counts(history, persons, ruling)
        return self._facts(first, drafts), False

    def _kept_out(self, first: Recorded, ident: str, persons: Sequence[str], ruling: IntakeRuling) -> list[Draft]:
        """What counts though it is ruled out now: it was counted for another, before it moved here."""
        drafts = []
        for number, person in enumerate(persons):
            for child in (person, *self._people.candidates(person)) if person not in ruling.counted_for else ():
                held = children.fold(one.fact for one in self._tools.record.load(children.stream(child)))
                drafts += [
                    Draft(children.stream(child), gone, new=False, because=f"{first.stream}@1")
                    for gone in children.decide(held, DiscountSignal(f"{ident}/{number}", "not_pooled"))
                ]
        return drafts


class AfterAChange(_Again):
    """What was kept out of the count: ruled on again where consent, a ground, a status or a party changed since.

    It follows the record behind the views, in the intake's own turn: twice is once, and a crash repeats. What counts stays
    as it is; only what never counted for a child may count from now on.
    """

    _tracked: int | None = None
    _read: int = 0  # up to here there was nothing else: not read again every second until something changes

    def run(self) -> int:
        """Ask again as far as the views have followed the record; how many messages count now that did not.

        Raises TryLater, and StaleWriter where another intake has moved the place on: stop.
        """
        record, settled, upto = self._tools.record, 0, self._tools.viewed()
        if self._tracked is None:
            self._tracked = record.tracked(SOURCE)
        while page := record.read(max(0, self._tracked, self._read), PAGE, CHANGES, upto=upto):
            settled += sum(self._settled(stream) for stream in self._tools.kept_out(*_touched(page)))
            moved = Tracked(SOURCE, self._tracked, page[-1].position)
            record.append([], tracked=[moved])
            self._tracked = moved.after
        self._read = max(self._read, upto)
        return settled

    def _asks(self, newest: ConcernRuled) -> bool:
        return not newest.faults  # the other is asked again when the intake next starts

    def _ruled_again(self, history: Sequence[Recorded]) -> tuple[list[NewFact], bool]:
        """As for any; where a policy errs over it now, that is on record, and it is asked again when the intake starts."""
        first, ident = history[0], history[0].stream.partition(":")[2]
        if not self._stands(ident):
            return [], False
        persons, ruling = self._now(first)
        made = append.ruled_fact(first.stream, ruling)
        if ruling.faults:
            faulted = Draft(first.stream, RulingFaulted(), new=False, because=made.because)
            return self._facts(first, [made, faulted]), True
        drafts = self._counts(history, persons, ruling)
        new = {signal.id for one in drafts if (signal := self._never(one)) is not None}
        counts = [one for one in drafts if isinstance(one.fact, SignalCounted) and one.fact.signal.id in new]
        return (self._facts(first, [made, *counts]), False) if counts else ([], False)

    def _never(self, draft: Draft) -> Signal | None:
        """A child's own signal that never counted for them: of another, why it counts no more is no matter of this ruling."""
        if not isinstance(draft.fact, SignalCounted) or draft.fact.signal.relation != "own":
            return None
        signal = draft.fact.signal
        before = (one.fact for one in self._tools.record.load(draft.stream) if isinstance(one.fact, SignalCounted))
        return None if any(one.signal.id == signal.id for one in before) else signal


def _touched(page: Sequence[Recorded]) -> tuple[set[str], set[str], set[str]]:
    """Of whom these facts may change how it is ruled: persons, source records, and organisations."""
    persons, records, organisations = set[str](), set[str](), set[str]()
    for one in page:
        ident = one.stream.partition(":")[2]
        match one.fact:
            case ConsentRecorded(source_record=record):
                records.add(record)
            case FamilySaid(person=person):
                persons.add(person)
            case EnquiryOpened(child=child) | EnquiryChildAdded(child=child):
                persons.add(child)
            case LegalStatusChanged():
                records.add(ident)
            case RestrictionSet():
                persons.add(ident)
            case OrganisationRegistered():
                organisations.add(one.fact.organisation)
            case _:
                pass  # erased: nothing follows from it
    return persons, records, organisations


class AfterAMove:
    """How the intake rules on what is about another from now on (hub/flow/settle.py): by what was on record then."""

    def __init__(self, tools: Tools, ruling: Ruling) -> None:
        self._tools, self._ruling = tools, ruling
        self.spoken = tools.spoken

    def stands(self, message: str) -> bool:
        """Whether it stands as it was said: neither corrected nor withdrawn."""
        standing = self._ruling.standing
        return len(standing.chain(message)) == 1 and not standing.withdrawn(message)

    def rule(
        self, first: Recorded, numbers: Sequence[int], about: Sequence[Person], merged: Mapping[str, str]
    ) -> settle.Ruled:
        """As settle.Rules asks."""
        fact, people, tools = first.fact, {one.id: one for one in about}, self._tools
        assert isinstance(fact, Ruled)  # noqa: S101 - the caller has looked
        said, known_at = fact.statement, first.envelope.known_at
        ruling = self._ruling.of_recorded(
            fact, [(one.id, said.subjects[n].indicators) for n, one in zip(numbers, about, strict=True)], known_at,
            standing=lambda person: self._ruling.standing.supposing(
                person, people[person].source_records, merged, first.position
            ),
        )  # fmt: skip
        persons = dict(zip(numbers, (one.id for one in about), strict=True))
        everybody = [persons.get(n, "") for n in range(len(said.subjects))]
        pen = Pen(tools.vault, tools.blind, tools.vocabulary, self._ruling.register.sector, lambda _: (), known_at)
        ident = first.stream.partition(":")[2]
        counts = append.signals_of(fact, ident, first.envelope.received, everybody, ruling, pen)
        made = append.ruled_fact(first.stream, ruling).fact
        assert isinstance(made, ConcernRuled)  # noqa: S101 - for the type checker
        return settle.Ruled(made, ruling.counted_for, {signal.id: signal for signal in counts})
