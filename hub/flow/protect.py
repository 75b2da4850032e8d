"""Who must be restricted from the first second: whoever is spoken of as somebody that was declared to be protected.

It promises that the restriction stands in the very transaction that puts them on record, and that who was known before is
gone through at the intake's next turn. A description is opened as part of matching, under its standing entry, and counted.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from hub.domain.fact import Fact
from hub.domain.known import Known
from hub.domain.matching import Beside
from hub.domain.person import Person, RestrictionSet
from hub.domain.protected import (
    GROUND,
    NAMES,
    Protected,
    ProtectedFact,
    ProtectedMet,
    ProtectedSought,
    evolve,
    stream,
)
from hub.domain.staff import StaffFamilyMet
from hub.flow.match import Matcher, Placement, description_in
from hub.ports import Leave, Record, Vault

PAGE = 500
OWN = "protected-"  # the hub's own source record of a declaration: its description is sealed under it


class Protecting:
    """The declarations as far as they were read from the record, and the match keys of each: digests, never names."""

    def __init__(
        self, record: Record, vault: Vault, standing: Leave, on_duty: Callable[[str], Iterable[str]] = lambda _: ()
    ) -> None:
        """`on_duty` names the staff who must act on a person already: an alert or a red task never goes out of their sight."""
        self._record, self._vault, self._standing, self._on_duty = record, vault, standing, on_duty
        self._position = 0
        self._all: dict[str, Protected] = {}
        self._keys: dict[str, frozenset[bytes]] = {}

    def refresh(self) -> None:
        """Read what was declared, agreed to, met or ended since."""
        while page := self._record.read(self._position, PAGE, NAMES):
            for recorded in page:
                ident = recorded.stream.partition(":")[2]
                if isinstance(recorded.fact, ProtectedFact):
                    self._all[ident] = evolve(self._all.get(ident, Protected(ident)), recorded.fact)
            self._position = page[-1].position

    def meet(
        self, placed: Iterable[Placement], matcher: Matcher, load: Callable[[str], Person], met: set[tuple[str, str]]
    ) -> list[tuple[str, Fact]]:
        """What follows from whom a message speaks of, as (stream, fact): restrictions, what was met, whose family it is.

        `met` holds the pairs (declaration, person) of the batch so far, and gets those of this message.
        """
        holding = [one for one in self._all.values() if one.holds]
        if not holding:
            return []
        found: list[tuple[str, Fact]] = []
        for placement in placed:
            if not (placement.new_record or placement.redescribed):
                continue
            keys = set(placement.keys)
            for one in holding:
                if (one.id, placement.person) in met or keys.isdisjoint(self._keys_of(one, matcher)):
                    continue
                known = self._description(one)
                if known is None:
                    continue
                verdict = matcher.weighing().decide(placement.known, [Beside(one.id, one.id, known)]).verdict
                if verdict != "open" and placement.person not in {each.person for each in one.met}:
                    shut = placement.person in {person for _, person in met} or load(placement.person).restricted
                    met.add((one.id, placement.person))
                    duty = () if shut else self._on_duty(placement.person)
                    found += _follows(one, placement.person, placement.source_record, verdict, duty, shut=shut)
        return found

    def unsought(self) -> list[Protected]:
        """Declarations that hold, and for which nobody whom the hub held already was gone through."""
        return [one for one in self._all.values() if one.holds and not one.sought]

    def seek(self, one: Protected, matcher: Matcher, load: Callable[[str], Person]) -> list[tuple[str, Fact]]:
        """What follows for whoever was known before it was declared, as (stream, fact)."""
        known = self._description(one)
        facts: list[tuple[str, Fact]] = []
        beside: dict[str, list[Beside]] = {}
        for each in matcher.beside(known) if known is not None else ():
            beside.setdefault(each.person, []).append(each)
        for person, theirs in sorted(beside.items()):
            assert known is not None  # noqa: S101 - for the type checker: there is nobody beside nothing
            verdict = matcher.weighing().decide(known, theirs).verdict
            if verdict != "open" and person not in {each.person for each in one.met}:
                shut = load(person).restricted
                duty = () if shut else self._on_duty(person)
                facts += _follows(one, person, theirs[0].source_record, verdict, duty, shut=shut)
        met = sum(isinstance(fact, ProtectedMet) for _, fact in facts)
        return [*facts, (stream(one.id), ProtectedSought(found=met))]

    def _keys_of(self, one: Protected, matcher: Matcher) -> frozenset[bytes]:
        """Its match keys: digests, kept in memory. The description itself is opened where one of them is met, and not kept."""
        if one.id not in self._keys:
            known = self._description(one)
            self._keys[one.id] = frozenset(matcher.keys_of(known) if known is not None else ())
        return self._keys[one.id]

    def _description(self, one: Protected) -> Known | None:
        """How the person was described; None where that was erased."""
        for sealed in one.fact.items if one.fact else ():
            return description_in(sealed, vault=self._vault, standing=self._standing)
        return None


def _follows(
    one: Protected, person: str, source_record: str, verdict: Literal["link", "review", "open"], duty: Iterable[str], *,
    shut: bool,
) -> list[tuple[str, Fact]]:  # fmt: skip
    """The facts about one person who was met; `shut`: they are restricted already, for who was named then.

    Who is on `duty` reads on, but for whoever's family it is.
    """
    assert one.fact is not None  # noqa: S101 - for the type checker: what holds was declared
    family = (one.fact.staff, *one.fact.also) if one.fact.staff else ()
    facts: list[tuple[str, Fact]] = []
    if not shut:
        readers = tuple(dict.fromkeys((*one.fact.readers, *(each for each in duty if each not in family))))
        closed = RestrictionSet(restricted=True, ground=GROUND, readers=readers, decision=stream(one.id))
        facts.append((f"person:{person}", closed))
    sure: Literal["link", "review"] = "link" if verdict == "link" else "review"
    facts.append((stream(one.id), ProtectedMet(person=person, source_record=source_record, verdict=sure)))
    facts += [
        (f"staff:{account}", StaffFamilyMet(staff=account, person=person, declaration=one.id)) for account in family
    ]
    return facts
