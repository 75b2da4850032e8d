"""Two who turn out to be one: whoever comes near a known person now is proposed to be the same, and a person is asked.

It promises that nobody is joined: a proposal stands on both streams, in one transaction with what it rests on. While it is
open, what is said of each counts as possible for the other, so that nothing is lost meanwhile; a person in review gets a
candidate more instead. What a person decided is never proposed again, and what no longer fits falls away.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from hub.domain import child as children
from hub.domain.alike import Alike, Weighing
from hub.domain.child import Child, CountSignal, DiscountSignal
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded
from hub.domain.fact import Fact
from hub.domain.household import HouseholdObserved
from hub.domain.person import Person, PersonFact, StandingSettled, evolve, survivor
from hub.domain.sameness import SamenessHeldBack, SamenessSettled, mirrored, nothing_new
from hub.ports import Record

log = logging.getLogger(__name__)
MOST_AT_ONCE = (
    20  # proposals about one person: of more, what they share is a form's filler or a hostel's, and tells nothing
)


class Proposing:
    """What follows from weighing persons once more, as facts in order, each with its stream.

    `load` gives a person and `counted` what counts for one, both as they will be when these facts are written; `alive`
    whether an owner's key is still there; `together` whether one message named both beside each other; `anew` whether
    something was said since what is proposed already was: else that is left as it is.
    """

    def __init__(
        self, *, load: Callable[[str], Person], counted: Callable[[str], Child], alive: Callable[[str], bool],
        together: Callable[[Person, Person], bool], anew: bool,
    ) -> None:  # fmt: skip
        self.facts: list[tuple[str, Fact]] = []
        self.pairs: list[tuple[str, str]] = []  # of whom a person is asked anew
        self.fell_away: list[tuple[str, str]] = []
        self._load, self._counted, self._alive, self._together, self._anew = load, counted, alive, together, anew
        self._persons: dict[str, Person] = {}
        self._children: dict[str, Child] = {}
        self._crowded: set[str] = set()

    def propose(self, found: Alike, by: Weighing) -> None:
        """Ask a person whether these two are one, unless that was asked, or decided, or an identity of theirs is gone."""
        person, other = self.person(found.person), self.person(found.other)
        if person.merged_into or other.merged_into or other.id in person.apart or person.id in other.apart:
            return
        if not all(self._alive(f"person:{one.id}") for one in (person, other)):
            return
        if person.standing == "in_review" or other.standing == "in_review":
            self._in_review(person, other)
            return
        fact = by.proposed(found)
        crowded = any(len(one.proposed) >= MOST_AT_ONCE for one in (person, other))
        before = next((one for one in person.proposed if one.other == other.id), None)
        if before is not None and (not self._anew or nothing_new(before, fact)):
            return
        if before is not None and other.id not in person.resting:
            fact = replace(fact, again=True)
        if before is None and crowded:
            self._hold_back(person, other)
            return
        if before is None and self._together(person, other):
            if not found.numbered:
                return  # whoever is named beside another is another, unless a number says that they are one
            fact = replace(fact, verdict="review", how="", why=tuple(dict.fromkeys(("named_beside", *fact.why))))
        self._put(person.id, fact)
        self._put(other.id, mirrored(fact, person.id))
        if fact.again:
            return
        self._possible(person.id, other.id)
        self._possible(other.id, person.id)
        self.pairs.append((person.id, other.id))

    def look_again(self, person: str, found: Iterable[str], still_alike: Callable[[str, str], bool]) -> None:
        """Let fall what was proposed of a person and fits no longer; `found` are those that were found just now."""
        fits = set(found)
        for one in self.person(person).proposed:
            if one.other not in fits and not still_alike(person, one.other):
                self._end(person, one.other)

    def room_again(self, person: str) -> None:
        """Whoever was just weighed whole, and had no more held back, is a task no longer."""
        state = self.person(person)
        if state.held_back and person not in self._crowded and len(state.proposed) < MOST_AT_ONCE:
            self._put(person, SamenessHeldBack(standing=0))

    def _hold_back(self, *two: Person) -> None:
        """Who may be too many others is put before a person, once, as that: nothing is left out in silence."""
        for one in two:
            if len(one.proposed) >= MOST_AT_ONCE:
                self._crowded.add(one.id)
                if not one.held_back:
                    log.warning(
                        "person %s may be too many others: no more are proposed until some are answered", one.id
                    )
                    self._put(one.id, SamenessHeldBack(standing=len(one.proposed)))

    def person(self, person: str) -> Person:
        """A person, with what is proposed so far."""
        if person not in self._persons:
            self._persons[person] = self._load(person)
        return self._persons[person]

    def _in_review(self, person: Person, other: Person) -> None:
        """Who is in review gets a candidate more; of two, the one that was described."""
        doubt, near = (person, other) if person.standing == "in_review" else (other, person)
        known = {survivor(one, self.person) for one in doubt.candidates}
        if near.standing == "in_review":
            known |= {doubt.id} & {survivor(one, self.person) for one in near.candidates}
            if doubt.id in known:
                return
        if near.id in known:
            return
        candidates = (*doubt.candidates, near.id)
        self._put(doubt.id, StandingSettled(standing="in_review", candidates=candidates, decision="", added=True))
        self._possible(doubt.id, near.id)
        self.pairs.append((doubt.id, near.id))

    def _end(self, person: str, other: str) -> None:
        for one, another in ((person, other), (other, person)):
            if another in self.person(one).perhaps and self._alive(f"person:{one}"):
                self._put(one, SamenessSettled(other=another, how="no_longer_alike"))
        for one, another in ((person, other), (other, person)):
            if another not in self.person(one).may_be and self._alive(f"person:{another}"):
                self._not_possible(one, another)
        self.fell_away.append((person, other))

    def _put(self, person: str, fact: PersonFact) -> None:
        self._persons[person] = evolve(self.person(person), fact)
        self.facts.append((f"person:{person}", fact))

    # ------------------------------------------------------------------------------------------ what counts for whom

    def _child(self, child: str) -> Child:
        if child not in self._children:
            self._children[child] = self._counted(child)
        return self._children[child]

    def _possible(self, person: str, other: str) -> None:
        if self.person(person).closed_to(self.person(other)):
            return  # nobody learns from the other's page that there is a restricted identity
        for _, signal in sorted(self._child(person).signals.items()):
            if signal.relation == "own":
                self._change(other, CountSignal(replace(signal, child=other, relation="possible")))

    def _not_possible(self, person: str, other: str) -> None:
        own = {ident for ident, signal in self._child(person).signals.items() if signal.relation == "own"}
        for ident, signal in sorted(self._child(other).signals.items()):
            if signal.relation == "possible" and ident in own:
                self._change(other, DiscountSignal(ident, "unlinked"))

    def _change(self, child: str, command: CountSignal | DiscountSignal) -> None:
        for fact in children.decide(self._child(child), command):
            self._children[child] = children.evolve(self._child(child), fact)
            self.facts.append((children.stream(child), fact))


class Together:
    """Whether one message named two persons beside each other, both as children or both as adults: then they are two."""

    def __init__(self, record: Record, spoken: Callable[[Iterable[str]], Sequence[str]]) -> None:
        self._record, self._spoken = record, spoken

    def __call__(self, one: Person, other: Person) -> bool:
        """`spoken` names the messages that speak of some source records, as far as the pages have read the record."""
        both = set(self._spoken(one.source_records)) & set(self._spoken(other.source_records))
        return any(
            self._beside(message, set(one.source_records), set(other.source_records)) for message in sorted(both)
        )

    def _beside(self, message: str, one: set[str], other: set[str]) -> bool:
        for recorded in self._record.load(f"message:{message}", upto=1):
            for named in _named(recorded.fact):
                if not (one.isdisjoint(named) or other.isdisjoint(named)):
                    return True
        return False


def _named(fact: Fact) -> Iterable[Sequence[str]]:
    match fact:
        case ConcernRecorded(statement=said) | StrengthRecorded(statement=said) | CorrectionRecorded(statement=said):
            yield [one.source_record for one in said.subjects]
            yield [one.source_record for one in said.adults]
        case HouseholdObserved(members=members):
            yield [one.source_record for one in members if one.role == "child"]
            yield [one.source_record for one in members if one.role != "child"]
        case _:
            pass
