"""What was ruled on before is ruled on once more: what a policy erred over, and what is held to be about another now.

It promises that nothing counts twice, and that a fault is never taken for an answer.
"""

import logging
from collections.abc import Mapping, Sequence

from hub.domain import child as children
from hub.domain.child import CountSignal, DiscountSignal
from hub.domain.concern import ConcernRuled, RulingFaulted
from hub.domain.errors import HubError, KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import NewFact, Recorded
from hub.domain.person import Person
from hub.flow import append, settle
from hub.flow.append import Draft, Pen
from hub.flow.people import People
from hub.flow.ruling import Ruled, Ruling
from hub.flow.share import IntakeRuling
from hub.flow.stamp import Stamp
from hub.flow.tools import Tools
from hub.flow.unexplained import TRIES, where

log = logging.getLogger(__name__)
FAULTED = "a sharing policy erred: it is kept and not counted, and is ruled on again when the intake next starts"


class AfterAFault:
    """The messages that a policy erred over: ruled on again once in a process."""

    def __init__(self, tools: Tools, ruling: Ruling, people: People, stamp: Stamp) -> None:
        self._tools, self._ruling, self._people, self._stamp = tools, ruling, people, stamp
        self._done = False

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
        settled = 0
        for stream in waiting:
            try:
                settled += self._ask_again(stream)
            except KeyDestroyed:
                log.warning("%s is about somebody whose record was erased: it counts for nobody", stream)
            except HubError:
                raise
            except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
                log.error("%s could not be ruled on again (%s)", stream, where(unexplained))  # noqa: TRY400 - a traceback would quote it
                self._tools.page(stream, FAULTED)
        self._done = True
        return settled

    def _ask_again(self, stream: str) -> bool:
        for _ in range(TRIES):
            self._ruling.refresh()
            history = self._tools.record.load(stream)
            rulings = [one.fact for one in history if isinstance(one.fact, ConcernRuled)]
            if not rulings or not rulings[-1].faults:
                return False
            facts = self._ruled_again(history)
            if not facts:
                self._tools.page(stream, FAULTED)
                return False
            try:
                self._tools.record.append(facts)
            except VersionConflict:
                continue  # somebody else wrote about the child in between
            return True
        raise TryLater(f"{stream} or what it counts for keeps being written to by others")

    def _ruled_again(self, history: Sequence[Recorded]) -> list[NewFact]:
        """The new ruling, and the signals that it lets count; [] where a policy erred again."""
        tools, now, first = self._tools, self._tools.clock.now(), history[0]
        assert isinstance(first.fact, Ruled)  # noqa: S101 - only these are ruled
        said, ident = first.fact.statement, first.stream.partition(":")[2]
        rows = tools.record.by_source_record([subject.source_record for subject in said.subjects])
        persons = [rows[subject.source_record].person for subject in said.subjects]
        self._people.begin({})
        self._people.know(persons)
        about = [(person, subject.indicators) for person, subject in zip(persons, said.subjects, strict=True)]
        ruling = self._ruling.of_recorded(first.fact, about, now)
        if ruling.faults:
            return []
        drafts = [append.ruled_fact(first.stream, ruling)]
        drafts += self._kept_out(first, ident, persons, ruling)
        if len(self._ruling.standing.chain(ident)) == 1 and not self._ruling.standing.withdrawn(ident):
            pen = Pen(
                tools.vault, tools.blind, tools.vocabulary, self._ruling.register.sector, self._people.possible_for, now
            )
            because = f"{first.stream}@{history[-1].version + 1}"
            for signal in append.signals_of(first.fact, ident, first.envelope.received, persons, ruling, pen):
                stream = children.stream(signal.child)
                held = children.fold(one.fact for one in tools.record.load(stream))
                if self._people.alive(f"person:{signal.child}"):
                    drafts += [
                        Draft(stream, f, new=False, because=because) for f in children.decide(held, CountSignal(signal))
                    ]
        versions = dict(tools.record.versions(sorted({draft.stream for draft in drafts})))
        facts = []
        for draft in drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            envelope = self._stamp.envelope(now, first.envelope.received, ident, draft.because)
            facts.append(NewFact(draft.stream, after, draft.fact, envelope))
        return facts

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
