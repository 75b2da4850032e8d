"""Whom the intake writes about: as the record has them, and as the batch on its way opens them.

It promises that nobody is taken for what they were: a person whom somebody else wrote to in between is read again.
"""

from collections.abc import Iterable, Mapping, Sequence

from hub.domain.errors import KeyDestroyed
from hub.domain.fact import NewFact
from hub.domain.known import Kind
from hub.domain.person import Person, PersonFact, evolve, fold, survivor
from hub.ports import Keys, Record

MOST_PERSONS = 50_000  # held in memory between batches, some hundred bytes each


class People:
    """One for each intake, which writes alone."""

    def __init__(self, record: Record, keys: Keys) -> None:
        self._record, self._keys = record, keys
        self._persons: dict[str, Person] = {}  # as far as they were read; `know` checks their versions
        self._opened: Mapping[str, tuple[str, ...]] = {}
        self._spoken_of: dict[str, set[Kind]] = {}  # kinds of persons that this batch opened or noted

    def begin(self, opened: Mapping[str, tuple[str, ...]]) -> None:
        """Another batch, which opens these persons: for each, who it may turn out to be."""
        self._opened, self._spoken_of = opened, {}

    def opens(self, person: str) -> bool:
        """Whether the batch on its way opens this person: the record knows nothing of them yet."""
        return person in self._opened

    def at_hand(self, person: str) -> Person | None:
        """A person as they were read; None where nobody has asked for them."""
        return self._persons.get(person)

    def held(self, person: str) -> Person:
        """A person as they were read, or read now."""
        return self._persons.get(person) or self.load(person)

    def as_held(self, person: str) -> Person:
        """As `held`; whoever the batch opens is as nobody knows them."""
        return Person(person) if self.opens(person) else self.held(person)

    def load(self, person: str) -> Person:
        """A person as the record has them now."""
        return fold(person, (one.fact for one in self._record.load(f"person:{person}")))

    def know(self, persons: Iterable[str]) -> None:
        """Have those of them at hand whom the record holds, as it has them now; read are only those written to by others."""
        if len(self._persons) > MOST_PERSONS:
            self._persons.clear()
        wanted = {f"person:{person}": person for person in persons if person not in self._opened}
        for stream, version in self._record.versions(list(wanted)).items():
            person = wanted[stream]
            known = self._persons.get(person)
            if known is None or known.version != version:
                self._persons[person] = self.load(person)

    def learn(self, facts: Sequence[NewFact]) -> None:
        """Fold what this intake has just written about persons."""
        for new in facts:
            if isinstance(new.fact, PersonFact):
                person = new.stream.partition(":")[2]
                known = self._persons.get(person, Person(person))
                if known.version == new.after:
                    self._persons[person] = evolve(known, new.fact)

    def spoken_of(self, person: str, kind: Kind) -> None:
        """The batch speaks of this person as a child, an unborn child, or an adult."""
        self._spoken_of.setdefault(person, set()).add(kind)

    def kinds(self, person: str) -> frozenset[Kind]:
        """As what organisations have spoken of this person, in this batch too."""
        before = frozenset[Kind]() if self.opens(person) else self.held(person).kinds
        return before | self._spoken_of.get(person, frozenset[Kind]())

    def candidates(self, person: str) -> tuple[str, ...]:
        """Who a person may turn out to be (in review, or by a proposal), of those not erased since.

        Of a candidate that was merged with another since, the one that stayed.
        """
        candidates = self._opened.get(person)
        if candidates is None:
            candidates = self.held(person).may_be
        self.know(candidates)
        found = dict.fromkeys(survivor(one, self.held) for one in candidates)
        return tuple(one for one in found if one != person and self.alive(f"person:{one}"))

    def possible_for(self, person: str) -> tuple[str, ...]:
        """For whom what is said of a person counts as possible: of a restricted identity nobody else's page may tell."""
        candidates, state = self.candidates(person), self.as_held(person)
        return tuple(one for one in candidates if not state.closed_to(self.as_held(one)))

    def alive(self, owner: str) -> bool:
        """Whether something may still be written about this person or source record; raises KeyMissing (an incident)."""
        try:
            self._keys.find(owner)
        except KeyDestroyed:
            return False
        return True
