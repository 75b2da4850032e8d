"""Protected people as staff declare them: their own family, and, by two people, a councillor's. Codes; never a description.

It promises that who declares their own family is not told whether anybody of it is on record, that an alert about whoever
is restricted for it reaches somebody (readers are named beforehand, and who must act already reads on), and that what one
person restricts alone is confirmed or lifted by somebody else, who is neither that person nor of that family.
"""

from collections.abc import Callable, Iterable, Sequence
from uuid import uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import protected as declarations
from hub.domain.comparing import known_as
from hub.domain.errors import NotFound, NotPermitted, Refused, VersionConflict
from hub.domain.exceptions import next_working_day
from hub.domain.fact import Fact, Recorded
from hub.domain.identity import IdentityDecided
from hub.domain.identity import stream as identity_stream
from hub.domain.known import Known
from hub.domain.message import Person
from hub.domain.person import RestrictionSet
from hub.domain.protected import Because, Protected, ProtectedDeclared, ProtectedFact, check, fold, stream
from hub.domain.staff import Permission, Staff, StaffFamilyParted, may
from hub.flow.act import Act
from hub.flow.disclose import ItemRef
from hub.flow.match import identity_words
from hub.flow.protect import OWN
from hub.ports import Keys
from hub.views.accounts import one_person
from hub.views.asking import look, stamp
from hub.views.desk import HUB, PARTNERSHIP, Desk, caught_up
from hub.views.exception_lists import tells_family
from hub.views.matters import matter
from hub.views.members import everybody, permitted, staff_of
from hub.views.models import Asker
from hub.views.models.exceptions import Declaration, Declarations, Matched
from hub.views.telling import who

NOT_THERE = "no such declaration, or none that you may know of"
WORDS = {"staff_family": "Family of a member of staff", "councillor_family": "Family of a councillor"}
STATES = {
    "waits": "Waits for a second person",
    "provisional": "Holds, on one person's word: waits to be confirmed or lifted",
    "holds": "Holds",
    "ended": "Ended",
    "lifted": "Lifted: somebody else did not confirm it",
}


class ProtectingPeople(Struct, frozen=True):
    """What pages and commands ask. `sought` waits until the intake has gone through whom it held before."""

    desk: Desk
    act: Callable[[], Act]
    keys: Keys
    sought: Callable[[str], None]
    carry_out: Callable[[str], None]  # waits until the intake has carried out a decision about identity

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
        mine = self._accounts(member) if own else ()
        fact = ProtectedDeclared(
            because=because, staff=member.id if own else "", also=tuple(one for one in mine if one != member.id),
            readers=self._keepers(mine) if own else readers, second=not own or self._was_lifted(mine), by=member.id,
        )  # fmt: skip
        check(fact)
        if not own:
            self._may_read(fact)
        look(self.desk, asker, [], "protected_declared")
        ident = str(uuid4())
        held = f"{OWN}{ident}"
        self.keys.make([f"source-record:{held}"])
        words = {"known": msgspec.to_builtins(known), "words": identity_words(described)}
        sealed = self.desk.vault.seal("identity", [held], words, HUB.id)
        fact = msgspec.structs.replace(fact, items=(sealed,))
        self.act().write([(stream(ident), 0, fact)], f"person:{member.id}")
        if not fact.second:
            self.sought(ident)
        return ident

    def agree(self, asker: Asker, ident: str) -> None:
        """Agree, as the second person. Raises NotPermitted, NotFound, Refused for who declared it."""
        one = self._one(ident)
        if one.fact is not None and one.fact.staff:
            self._answers_for(asker)
        else:
            permitted(self.desk, asker, "identity")
        self._somebody_else(asker, one.accounts)
        self._on(asker, ident, lambda each: declarations.agree(each, asker.staff))
        self.sought(ident)

    def end(self, asker: Asker, ident: str) -> None:
        """End it, or do not agree: one's own, or as who keeps restricted records. Raises NotPermitted, NotFound, Refused.

        Whoever it restricts stays so; what was declared alone still waits to be confirmed or lifted then.
        """
        one = self._one(ident)
        if one.fact is None or one.fact.by != asker.staff:
            permitted(self.desk, asker, "identity_restricted")
            self._not_kin(asker, one)
        self._on(asker, ident, lambda each: declarations.end(each, asker.staff))

    def holds(self, ident: str) -> bool:
        """Whether whoever is spoken of as them is restricted now; whoever has the id may know that much."""
        return self._one(ident).holds

    # ------------------------------------------------------------------------------------- what was declared alone

    def confirm(self, asker: Asker, ident: str) -> None:
        """Confirm, as somebody else, what one person declared alone. Raises NotPermitted, NotFound, Refused."""
        self._looking_at(asker, ident)
        self._on(asker, ident, lambda each: declarations.confirm(each, asker.staff))

    def lift(self, asker: Asker, ident: str, why: str) -> None:
        """Do not confirm it: it is over, and whom it alone restricts opens again. Raises as `confirm`, and without a reason.

        Who declared it does not see them all the same. What others restrict, or another declaration, stays restricted.
        """
        one = self._looking_at(asker, ident)
        if not why.strip():
            raise Refused("Enter in your own words why it is lifted", "why")
        look(self.desk, asker, [], "protected_decided")
        others = [each for each in self._all() if each.id != one.id and each.holds]
        if not all(each.sought for each in others):
            raise Refused("Another declaration is being looked into: try again in a moment", "declaration")
        alone = [
            each for each in dict.fromkeys(met.person for met in one.met) if self._restricted_by(one, each, others)
        ]
        (lifted,) = declarations.lift(one, asker.staff, tuple(alone))
        act, now = self.act(), self.desk.record.position()
        opens: dict[str, IdentityDecided] = {
            str(uuid4()): IdentityDecided(
                what="unrestrict", person=person, reason="entered_in_error", second=False, by=asker.staff,
                seen_position=now, items=(act.own_words(person, {"reason": why}),),
            )
            for person in alone
        }  # fmt: skip
        new: list[tuple[str, int, Fact]] = [(stream(ident), one.version, lifted)]
        new += [(identity_stream(decision), 0, fact) for decision, fact in opens.items()]
        try:
            # nor may another declaration have met one of them in between: who it restricts stays so
            unmoved = {stream(each.id): each.version for each in others}
            act.write(new, f"person:{asker.staff}", f"{stream(ident)}@{one.version}", unmoved)
        except VersionConflict:
            raise Refused("Somebody else was faster: look at it again", "declaration") from None
        for decision in opens:
            self.carry_out(decision)

    def _looking_at(self, asker: Asker, ident: str) -> Protected:
        """A declaration, for who answers for what one person restricts alone: neither that person, nor of that family."""
        self._answers_for(asker)
        one = self._one(ident)
        self._somebody_else(asker, one.accounts)
        self._not_kin(asker, one)
        return one

    def _restricted_by(self, one: Protected, person: str, others: Iterable[Protected]) -> bool:
        """Whether this declaration is all that restricts them: no person's decision since, and none of the `others`."""
        facts = [each.fact for each in self.desk.record.load(f"person:{person}")]
        last = next((fact for fact in reversed(facts) if isinstance(fact, RestrictionSet)), None)
        if last is None or not last.restricted or last.decision != stream(one.id):
            return False
        return not any(person in {met.person for met in other.met} - {*other.parted} for other in others)

    # ---------------------------------------------------------------------------------------- a match that was wrong

    def doubt(self, asker: Asker, ident: str, person: str) -> None:
        """Say that somebody whom matching found is not of that family; somebody else must agree. Raises as `confirm`."""
        self._looking_at(asker, ident)
        self._on(asker, ident, lambda each: declarations.doubt(each, person, asker.staff))

    def keep(self, asker: Asker, ident: str, person: str) -> None:
        """Do not agree that the match was wrong, or take it back. Raises as `confirm`."""
        self._looking_at(asker, ident)
        self._on(asker, ident, lambda each: declarations.keep(each, person, asker.staff))

    def part(self, asker: Asker, ident: str, person: str) -> None:
        """Agree, as the second person, that the match was wrong: only now is it no family of who declared it.

        Their restriction is another matter: two people end that (mash identity unrestrict). Raises as `confirm`.
        """
        one = self._looking_at(asker, ident)
        self._somebody_else(asker, [by for whom, by in one.doubted if whom == person])
        look(self.desk, asker, [], "protected_decided")
        accounts = (one.fact.staff, *one.fact.also) if one.fact is not None else ()
        act, versions = self.act(), self.desk.record.versions([f"staff:{each}" for each in accounts])
        (parted,) = declarations.part(one, person, asker.staff)
        new: list[tuple[str, int, Fact]] = [(stream(ident), one.version, parted)]
        for each in accounts:
            fact = StaffFamilyParted(staff=each, person=person, declaration=ident)
            new.append((f"staff:{each}", versions.get(f"staff:{each}", 0), fact))
        try:
            act.write(new, f"person:{asker.staff}", f"{stream(ident)}@{one.version}")
        except VersionConflict:
            raise Refused("Somebody else was faster: look at it again", "declaration") from None

    # --------------------------------------------------------------------------------------------------- looking

    def register(self, asker: Asker) -> Declarations:
        """Who was declared: all of it for who keeps restricted records or answers for information, else what one declared
        oneself, without what it met.
        """
        desk = self.desk
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        if not member.active:
            raise NotPermitted("this account is not in the register of staff, or has left")
        keeps, may_restrict = answers_for(member), may(member.roles, "identity")
        rows = desk.store.rows(
            select(matter.c.stream, matter.c.by, matter.c.opened_at)
            .where(matter.c.kind == "protected")
            .order_by(matter.c.position.desc())
        )
        declared = [(row, self._one(row["stream"].partition(":")[2])) for row in rows]
        known = self._known(asker, [met.person for _, one in declared for met in one.met] if keeps else ())
        found = []
        for row, one in declared:
            waits = one.fact is not None and one.fact.second and not one.agreed_by and not one.ended
            mine = row["by"] == member.id
            if one.fact is None or not (keeps or mine or (waits and may_restrict)):
                continue
            family = member.id in one.accounts or not member_is_other(desk, member.id, one.accounts)
            # of what is one's own family nobody is told whether it is on record
            visible = keeps and not family and known.issuperset(met.person for met in one.met)
            told = tuple(dict.fromkeys(met.person for met in one.met)) if visible else ()
            state = "lifted" if one.lifted else "ended" if one.ended else "waits" if waits else "holds"
            state = "provisional" if state == "holds" and one.provisional else state
            due = next_working_day(row["opened_at"], desk.edition.calendar) if one.provisional else None
            found.append(
                Declaration(
                    id=one.id, because=WORDS[one.fact.because], state=STATES[state], by=who(desk, one.fact.by),
                    staff=who(desk, one.fact.staff) if one.fact.staff else "",
                    readers=tuple(who(desk, each) for each in one.fact.readers), since=row["opened_at"], met=len(told),
                    may_agree=waits and not family and (keeps if one.fact.staff else may_restrict),
                    may_end=not one.ended and (mine or (visible and may(member.roles, "identity_restricted"))),
                    may_confirm=one.provisional and visible, due=due if visible else None,
                    overdue=visible and due is not None and due < desk.clock.now(),
                    confirmed_by=who(desk, one.confirmed_by) if one.confirmed_by else "",
                    people=tuple(_matched(one, person, asker.staff) for person in told) if one.fact.staff else (),
                )
            )  # fmt: skip
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

    def _keepers(self, without: Sequence[str]) -> tuple[str, ...]:
        """Who may open the record of this person's family: managers who keep restricted records, else who decides.

        And who is on duty at night: an alert must reach somebody when nobody else is there.
        """
        others = [one for one in everybody(self.desk) if one.active and one.id not in without]
        night = {one.id for one in others if NIGHT in one.roles}
        wanted: tuple[Permission, ...] = ("identity_restricted", "decide")
        for permission in wanted:
            if found := {one.id for one in others if may(one.roles, permission)}:
                return tuple(sorted(found | night))
        return ()

    def _accounts(self, member: Staff) -> tuple[str, ...]:
        """Every account of this person, the one that they use now first."""
        others = (
            one.id for one in everybody(self.desk) if one.id != member.id and one_person(self.desk, one.id, member.id)
        )
        return (member.id, *others)

    def _was_lifted(self, accounts: Sequence[str]) -> bool:
        """Whether an earlier declaration of theirs was lifted: what they declare from now on waits for somebody else."""
        return any(one.lifted and not {*one.accounts}.isdisjoint(accounts) for one in self._all())

    def _all(self) -> list[Protected]:
        rows = self.desk.store.rows(select(matter.c.stream).where(matter.c.kind == "protected"))
        return [self._one(row["stream"].partition(":")[2]) for row in rows]

    def _answers_for(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person keeps restricted records, or answers for information."""
        caught_up(self.desk)
        member = staff_of(self.desk, asker.staff)
        if not member.active or not answers_for(member):
            raise NotPermitted("the register of staff does not let this account do this: identity_restricted")

    def _somebody_else(self, asker: Asker, accounts: Iterable[str]) -> None:
        if not member_is_other(self.desk, asker.staff, accounts):
            raise Refused(
                "A second person must do this: somebody other than who declared it, or said so first, whatever the account",
                "by",
            )

    def _not_kin(self, asker: Asker, one: Protected) -> None:
        """Raises NotFound where anybody whom it met is this person's own family too."""
        met = {each.person for each in one.met}
        if met and not self._known(asker, met, "protected_decided") >= met:
            raise NotFound(NOT_THERE)

    def _known(self, asker: Asker, persons: Iterable[str], reason: str = "protected_list") -> frozenset[str]:
        """Of these persons those of whom this one may know, as who goes through exceptions does. One look."""
        items = [
            ItemRef(
                item=f"protected:{person}", category="ledger", organisation=PARTNERSHIP, persons=(person,), position=0,
                kind="exception",
            )
            for person in sorted(set(persons))
        ]  # fmt: skip
        shown = look(self.desk, asker, items, reason, purpose="access_audit" if items else None).shown
        return frozenset(one.item.removeprefix("protected:") for one in shown)

    def _may_read(self, fact: ProtectedDeclared) -> None:
        for reader in fact.readers:
            member = staff_of(self.desk, reader)
            if not member.active or not (may(member.roles, "identity") or may(member.roles, "identity_restricted")):
                told = "Name readers who are in the register of staff and may review identity: an alert must reach somebody"
                raise Refused(told, "readers")


NIGHT = "out_of_hours_worker"


def answers_for(member: Staff) -> bool:
    """Whether this person confirms or lifts what another restricted alone: a manager, or who answers for information."""
    return may(member.roles, "identity_restricted") or tells_family(member)


def member_is_other(desk: Desk, staff: str, accounts: Iterable[str]) -> bool:
    """Whether this account is none of these people's, nor another account of one of them."""
    return not any(one_person(desk, staff, each) for each in accounts)


def _matched(one: Protected, person: str, asker: str) -> Matched:
    by = dict(one.doubted).get(person, "")
    verdict = next(met.verdict for met in one.met if met.person == person)
    return Matched(
        person=person,
        sure=verdict == "link",
        parted=person in one.parted,
        doubted=bool(by),
        may_doubt=not by and person not in one.parted,
        may_part=bool(by) and by != asker,
        may_keep=bool(by),
    )


def _enough(known: Known) -> None:
    """Raises Refused where a description would meet strangers: a number, or a name with a birth date, is needed."""
    if not (known.nhs or known.upns or (known.names and known.born)):
        raise Refused("Describe them by NHS number, or by name and date of birth: else strangers would be met", "names")
