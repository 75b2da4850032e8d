"""Everybody weighed again, under today's rules and model: what they find anew is proposed to a person.

It promises that nobody's link moves: a change of the model never rewrites who is who. It is cut short at any moment
without harm, asks nothing twice, and holds one page of source records in memory.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from hub.domain import child as children
from hub.domain.child import Child
from hub.domain.errors import KeyDestroyed
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.person import Person
from hub.domain.person import fold as fold_person
from hub.flow.match import Matcher
from hub.flow.propose import Proposing, Together
from hub.ports import Clock, Keys, Record

PAGE = 200  # source records weighed at a time, with those beside whom they are weighed


class Rematched(Struct, frozen=True, kw_only=True):
    """What weighing everybody again came to: source records weighed, pairs put before a person, and those that fell away."""

    weighed: int
    proposed: int
    fell_away: int


class Rematcher:
    """Weighs every source record against everybody else. The caller holds the intake's lease: it writes who may be who.

    `matcher` gives a fresh one for each page, as the intake has it; `spoken` names the messages that speak of some source
    records.
    """

    def __init__(
        self, *, record: Record, matcher: Callable[[], Matcher], keys: Keys,
        spoken: Callable[[Iterable[str]], Sequence[str]], clock: Clock, edition: str,
    ) -> None:  # fmt: skip
        self._record, self._matcher, self._keys = record, matcher, keys
        self._together, self._clock, self._edition = Together(record, spoken), clock, edition
        self._versions: dict[str, int] = {}  # of each stream that a page rests on, when it was read

    def run(self, done: Callable[[int], None], *, dry: bool = False) -> Rematched:
        """Weigh all; `done` is told how many source records each page held. `dry` writes nothing.

        Each page is one transaction, so what was proposed before it was cut short stands. Raises TryLater, VersionConflict
        where somebody else wrote about these persons, KeyMissing.
        """
        after = weighed = 0
        pairs: set[frozenset[str]] = set()
        fell: set[frozenset[str]] = set()
        while page := self._record.index_rows(after, PAGE):
            after = page[-1][0]
            proposing = self._weigh({row.source_record: row.organisation for _, row in page})
            pairs.update(map(frozenset, proposing.pairs))
            fell.update(map(frozenset, proposing.fell_away))
            if proposing.facts and not dry:
                self._write(proposing.facts)
            weighed += len(page)
            done(len(page))
        return Rematched(weighed=weighed, proposed=len(pairs), fell_away=len(fell))

    def _weigh(self, organisations: Mapping[str, str]) -> Proposing:
        matcher = self._matcher()
        self._versions = {}
        proposing = Proposing(
            load=self._person, counted=self._counted, alive=self._alive, together=self._together, anew=False
        )  # fmt: skip
        for held in matcher.on_record(list(organisations)):
            found = matcher.alike(held, organisations[held.source_record])
            for one in found:
                proposing.propose(one, matcher.weighing())
            if proposing.person(held.person).proposed:
                proposing.look_again(held.person, [one.other for one in found], matcher.still_alike)
            proposing.room_again(held.person)
        return proposing

    def _alive(self, owner: str) -> bool:
        try:
            self._keys.find(owner)
        except KeyDestroyed:
            return False
        return True

    def _person(self, person: str) -> Person:
        return fold_person(person, (one.fact for one in self._read(f"person:{person}")))

    def _counted(self, child: str) -> Child:
        return children.fold(one.fact for one in self._read(children.stream(child)))

    def _read(self, stream: str) -> list[Recorded]:
        history = self._record.load(stream)
        self._versions[stream] = len(history)
        return history

    def _write(self, facts: Sequence[tuple[str, Fact]]) -> None:
        """Each stream from where it was read, so that nothing is written past what somebody decided in between."""
        envelope = Envelope(now := self._clock.now(), now, "service:rematch", "", "", self._edition)
        self._record.append(list(_numbered(facts, self._versions, envelope)))


def _numbered(facts: Sequence[tuple[str, Fact]], versions: Mapping[str, int], envelope: Envelope) -> Iterable[NewFact]:
    heads = dict(versions)
    for stream, fact in facts:
        after = heads.get(stream, 0)
        heads[stream] = after + 1
        yield NewFact(stream, after, fact, envelope)
