"""A person decides who is who, and a second agrees where two must. Nothing moves here: the intake carries it out.

It promises that a decision rests on the record as it stands, names whom the decider saw, and keeps its reasons sealed.
"""

from collections.abc import Callable, Sequence
from uuid import uuid4

from msgspec.structs import asdict, replace

from hub.domain import identity as identities
from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.fact import Envelope, NewFact
from hub.domain.identity import (
    WHY_NOT,
    DecideIdentity,
    Decision,
    IdentityDecided,
    IdentityFact,
    Outcome,
    check,
    fold,
    needs_two,
    obstacle,
    stream,
)
from hub.domain.item import Sealed
from hub.domain.person import Person, candidates_of
from hub.domain.person import fold as fold_person
from hub.ports import Clock, Keys, Record, Vault

TRIES = 10
# what moves nobody, or rests on one merge alone and is looked at by that: it may be decided on an older page
OLD_PAGE_WILL_DO = frozenset({"cannot_tell", "split"})


class Identify:
    """What a person may decide about identity. The permission is checked by the caller's guard and named in `by`."""

    def __init__(self, *, record: Record, vault: Vault, keys: Keys, clock: Clock, edition: str, hub: str) -> None:
        self._record, self._vault, self._keys, self._clock = record, vault, keys, clock
        self._edition, self._hub = edition, hub

    def decide(self, wish: DecideIdentity) -> str:
        """Put a decision on record; its id. What joins, and whatever touches a restricted identity, waits for a second person.

        Raises Refused naming the answer that is missing, or why it cannot be carried out as things stand, or that
        somebody concerned has changed since `seen_position`; NotFound for a person or decision that is not there.
        """
        check(wish)
        if wish.seen_position > self._record.position():
            raise Refused("Open the page again: this one was not read from the record", "seen")
        reversed_ = self.decision(wish.reverses) if wish.reverses else Decision("")
        if wish.what == "split" and reversed_.fact is not None:
            wish = replace(wish, person=reversed_.fact.person, other=reversed_.fact.other)
        held: dict[str, Person] = {}
        changed: dict[str, int] = {}  # person -> the position at which their stream was last written to

        def load(person: str) -> Person:
            if person not in held:
                facts = self._record.load(f"person:{person}")
                held[person] = fold_person(person, (one.fact for one in facts))
                changed[person] = facts[-1].position if facts else 0
            return held[person]

        candidates = candidates_of(load(wish.person), load)
        against = obstacle(wish, load, candidates, reversed_)
        if against == "unknown":
            raise NotFound(WHY_NOT[against])
        if against:
            raise Refused(WHY_NOT[against], "person")
        was_beside = reversed_.fact.candidates if wish.what == "split" and reversed_.fact else ()
        concerned = [person for person in (wish.person, wish.other, *candidates, *was_beside) if person]
        restricted = [one for one in concerned if load(one).restricted]
        # whom the page named, too: of a candidate who was merged since, it did not show the one that stayed
        newest = max(changed[load(one).id] for one in (*concerned, *load(wish.person).candidates))
        if wish.what not in OLD_PAGE_WILL_DO and newest > wish.seen_position:
            raise Refused(WHY_NOT["moved_meanwhile"], "seen")
        codes = {name: value for name, value in asdict(wish).items() if name != "why"}
        decided = IdentityDecided(
            **codes, candidates=candidates, second=needs_two(wish, reversed_) or bool(restricted),
            items=(self._words([wish.person, wish.other], {"reason": wish.why}),),
        )  # fmt: skip
        ident = str(uuid4())
        self._append(ident, 0, [decided], wish.by)
        return ident

    def agree(self, identity: str, by: str) -> None:
        """A second person agrees. Raises Refused for who decided it, or where nobody is asked; NotFound."""
        self._on(identity, lambda decision: identities.agree(decision, by), by)

    def not_agree(self, identity: str, by: str, why: str) -> None:
        """A second person does not agree, or who decided takes it back. Raises Refused, NotFound."""
        self._on(identity, lambda decision: identities.not_agree(decision, by, self._why(decision, why)), by)

    def assess(self, identity: str, outcome: Outcome, by: str, why: str) -> None:
        """Somebody went through who was shown what between link and unlink. Raises Refused, NotFound."""
        self._on(identity, lambda decision: identities.assess(decision, outcome, by, self._why(decision, why)), by)

    def decision(self, identity: str) -> Decision:
        """A decision as it stands; raises NotFound."""
        decision = fold(identity, (one.fact for one in self._record.load(stream(identity))))
        if decision.fact is None:
            raise NotFound("no such decision about identity: mash identity list shows them")
        return decision

    def _on(self, identity: str, decide: Callable[[Decision], list[IdentityFact]], by: str) -> None:
        for _ in range(TRIES):
            decision = self.decision(identity)
            try:
                self._append(identity, decision.version, decide(decision), by)
            except VersionConflict:
                continue  # somebody else was faster: look again
            return
        raise VersionConflict("this decision keeps being written to: try again")

    def _why(self, decision: Decision, why: str) -> tuple[Sealed, ...]:
        if not why.strip():
            raise Refused("Enter in your own words why", "why")
        fact = decision.fact
        return (self._words([fact.person, fact.other], {"reason": why}),) if fact else ()

    def _words(self, persons: Sequence[str], words: dict[str, str]) -> Sealed:
        """The hub's own words, sealed under the source records that it holds itself of whom they are about."""
        own = [f"hub-{person}" for person in persons if person]
        self._keys.make([f"source-record:{one}" for one in own])
        return self._vault.seal("rationale", own, words, self._hub)

    def _append(self, identity: str, after: int, facts: Sequence[IdentityFact], by: str) -> None:
        now = self._clock.now()
        staff = by if by.startswith("person:") else f"person:{by}"
        envelope = Envelope(now, now, staff, f"{stream(identity)}@{after}" if after else "", "", self._edition)
        self._record.append([NewFact(stream(identity), after + n, fact, envelope) for n, fact in enumerate(facts)])
