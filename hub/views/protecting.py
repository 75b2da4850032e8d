"""Protected people as staff declare them: their own family, and, by two people, a councillor's. Codes; never a description.

It promises that who declares their own family is not told whether anybody of it is on record, and that an alert about
whoever is restricted for it reaches somebody: readers are named beforehand.
"""

from collections.abc import Callable
from uuid import uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import protected as declarations
from hub.domain.comparing import known_as
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.known import Known
from hub.domain.message import Person
from hub.domain.protected import Because, Protected, ProtectedDeclared, ProtectedFact, check, fold, stream
from hub.domain.staff import Permission, Staff, StaffRegistered, may
from hub.flow.act import Act
from hub.flow.match import identity_words
from hub.flow.protect import OWN
from hub.ports import Keys
from hub.views.asking import HUB, Desk, caught_up, look, permitted, staff_of, stamp
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.models.exceptions import Declaration, Declarations
from hub.views.telling import who

NOT_THERE = "no such declaration, or none that you may know of"
WORDS = {"staff_family": "Family of a member of staff", "councillor_family": "Family of a councillor"}
STATES = {"waits": "Waits for a second person", "holds": "Holds", "ended": "Ended"}


class ProtectingPeople(Struct, frozen=True):
    """What pages and commands ask. `sought` waits until the intake has gone through whom it held before."""

    desk: Desk
    act: Callable[[], Act]
    keys: Keys
    sought: Callable[[str], None]

    def declare(
        self, asker: Asker, because: Because, described: Person, readers: tuple[str, ...] = (), *, grown: bool = False
    ) -> str:
        """Declare somebody protected; the declaration's id. One's own family holds at once, a councillor's for two people.

        `readers` of one's own family are not chosen: they are the managers who keep restricted records. Raises
        NotPermitted, and Refused naming the field.
        """
        caught_up(self.desk)
        member = staff_of(self.desk, asker.staff)
        if not member.active:
            raise NotPermitted("this account is not in the register of staff, or has left")
        own = because == "staff_family"
        if not own:
            permitted(self.desk, asker, "identity")
        known = known_as(described, unborn=False, grown=grown)
        _enough(known)
        fact = ProtectedDeclared(
            because=because, staff=member.id if own else "", readers=self._keepers(member.id) if own else readers,
            second=not own, by=member.id,
        )  # fmt: skip
        check(fact)
        self._may_read(fact)
        look(self.desk, asker, [], "protected_declared")
        ident = str(uuid4())
        held = f"{OWN}{ident}"
        self.keys.make([f"source-record:{held}"])
        words = {"known": msgspec.to_builtins(known), "words": identity_words(described)}
        sealed = self.desk.vault.seal("identity", [held], words, HUB.id)
        fact = msgspec.structs.replace(fact, items=(sealed,))
        self.act().write([(stream(ident), 0, fact)], f"person:{member.id}")
        if own:
            self.sought(ident)
        return ident

    def agree(self, asker: Asker, ident: str) -> None:
        """Agree, as the second person. Raises NotPermitted, NotFound, Refused for who declared it."""
        permitted(self.desk, asker, "identity")
        self._on(asker, ident, lambda one: declarations.agree(one, asker.staff))
        self.sought(ident)

    def end(self, asker: Asker, ident: str) -> None:
        """End it, or do not agree: one's own, or as who keeps restricted records. Raises NotPermitted, NotFound, Refused."""
        one = self._one(ident)
        if one.fact is None or one.fact.by != asker.staff:
            permitted(self.desk, asker, "identity_restricted")
        self._on(asker, ident, lambda each: declarations.end(each, asker.staff))

    def register(self, asker: Asker) -> Declarations:
        """Who was declared: all of it for who keeps restricted records, else what one declared oneself, without what it met."""
        desk = self.desk
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        if not member.active:
            raise NotPermitted("this account is not in the register of staff, or has left")
        keeps, may_restrict = may(member.roles, "identity_restricted"), may(member.roles, "identity")
        rows = desk.store.rows(
            select(matter.c.stream, matter.c.by, matter.c.opened_at)
            .where(matter.c.kind == "protected")
            .order_by(matter.c.position.desc())
        )
        found = []
        for row in rows:
            one = self._one(row["stream"].partition(":")[2])
            waits = one.fact is not None and one.fact.second and not one.agreed_by and not one.ended
            mine = row["by"] == member.id
            if one.fact is None or not (keeps or mine or (waits and may_restrict)):
                continue
            # of what is one's own family nobody is told whether it is on record
            told = len(one.met) if keeps and one.fact.staff != member.id else 0
            state = "ended" if one.ended else "waits" if waits else "holds"
            found.append(
                Declaration(
                    id=one.id, because=WORDS[one.fact.because], state=STATES[state], by=who(desk, one.fact.by),
                    staff=who(desk, one.fact.staff) if one.fact.staff else "",
                    readers=tuple(who(desk, each) for each in one.fact.readers), since=row["opened_at"], met=told,
                    may_agree=waits and may_restrict and not mine, may_end=not one.ended and (mine or keeps),
                )
            )  # fmt: skip
        look(desk, asker, [], "protected_list")
        return Declarations(stamp=stamp(desk, asker), rows=tuple(found), may_restrict=may_restrict)

    def _one(self, ident: str) -> Protected:
        one = fold(ident, (each.fact for each in self.desk.record.load(stream(ident))))
        if one.fact is None:
            raise NotFound(NOT_THERE)
        return one

    def _on(self, asker: Asker, ident: str, decide: Callable[[Protected], list[ProtectedFact]]) -> None:
        self._one(ident)
        look(self.desk, asker, [], "protected_decided")

        def decided(history: list[Recorded]) -> list[ProtectedFact]:
            return decide(fold(ident, (each.fact for each in history)))

        self.act().append(stream(ident), decided, f"person:{asker.staff}")

    def _keepers(self, without: str) -> tuple[str, ...]:
        """Who may open the record of this person's family: managers who keep restricted records, else who decides."""
        others = [one for one in self._everybody() if one.active and one.id != without]
        wanted: tuple[Permission, ...] = ("identity_restricted", "decide")
        for permission in wanted:
            if found := sorted(one.id for one in others if may(one.roles, permission)):
                return tuple(found)
        return ()

    def _everybody(self) -> list[Staff]:
        known: dict[str, None] = {}
        after = 0
        while page := self.desk.record.read(after, 500, [StaffRegistered.NAME]):
            known |= {one.fact.staff: None for one in page if isinstance(one.fact, StaffRegistered)}
            after = page[-1].position
        return [staff_of(self.desk, ident) for ident in known]

    def _may_read(self, fact: ProtectedDeclared) -> None:
        for reader in fact.readers:
            member = staff_of(self.desk, reader)
            if not member.active or not (may(member.roles, "identity") or may(member.roles, "identity_restricted")):
                told = "Name readers who are in the register of staff and may review identity: an alert must reach somebody"
                raise Refused(told, "readers")


def _enough(known: Known) -> None:
    """Raises Refused where a description would meet strangers: a number, or a name with a birth date, is needed."""
    if not (known.nhs or known.upns or (known.names and known.born)):
        raise Refused("Describe them by NHS number, or by name and date of birth: else strangers would be met", "names")
