"""Of whom a member of staff may know at all when it is about who is who, and the codes by which pages name whom they show.

It promises that nobody of one's own family and no restricted identity stands in a list, or in its total, that one may not
know of. Whether anything opens is ruled besides, item by item.
"""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import select

from hub.domain.identity import IdentityDecided, IdentitySettled, stream
from hub.domain.person import Person, fold
from hub.domain.sharing import Purpose
from hub.domain.staff import Staff, may
from hub.flow.disclose import ItemRef
from hub.views import store
from hub.views.desk import HUB, Desk
from hub.views.protected_sources import persons_unknown_to
from hub.views.who_is_who import survivors

REVIEW: Purpose = "identity_review"


class Horizon(Struct, frozen=True):
    """Of whom a member of staff may know at all in these pages: not of their own family; of a restricted identity only
    its readers, and whoever keeps the restricted queue; of somebody of whom protected sources alone tell, the latter.
    """

    staff: str
    family: frozenset[str]
    keeps_restricted: bool
    readers: dict[str, frozenset[str]]  # of each restricted identity
    unknown: frozenset[str] = frozenset()  # known through statements alone that protect their source

    def sees(self, persons: Iterable[str], *, marked: bool = False) -> bool:
        """Whether all of these may be known of; `marked`: one of them was restricted when it was written down."""
        everybody = set(persons)
        if everybody & self.family or not self.tells_of(everybody):
            return False
        named = [self.readers[one] for one in everybody if one in self.readers]
        if self.keeps_restricted or not (named or marked):
            return True
        return bool(named) and all(self.staff in readers for readers in named)

    def tells_of(self, persons: Iterable[str]) -> bool:
        """Whether none of these is known through a protected source alone, or whoever asks keeps the restricted queue."""
        return self.keeps_restricted or self.unknown.isdisjoint(persons)


def horizon(desk: Desk, member: Staff) -> Horizon:
    """Of whom this member of staff may know, as the registers and the record stand now."""
    table = store.person
    marked = desk.store.rows(select(table.c.person).where(table.c.restricted.is_(True)))
    states = (person_of(desk, row["person"]) for row in marked)
    return Horizon(
        staff=member.id, family=frozenset(member.related),
        keeps_restricted=may(member.roles, "identity_restricted"),
        readers={state.id: frozenset(state.readers) for state in states if state.restricted},
        unknown=persons_unknown_to(desk, member.organisation),
    )  # fmt: skip


def sees_decision(desk: Desk, known: Horizon, row: store.Row) -> bool:
    """Whether a decision may be known of: everybody whom it is about, or was, or who came of it, as they are called now."""
    concerned = {one for one in (row["person"], row["other"]) if one}
    for recorded in desk.record.load(stream(row["identity"])):
        fact = recorded.fact
        if isinstance(fact, IdentityDecided):
            concerned.update(fact.candidates)
        elif isinstance(fact, IdentitySettled):
            concerned.update(one for moved in fact.moved for one in (moved.before, moved.after))
    return known.sees({*concerned, *survivors(desk, concerned).values()})


def code(kind: str, person: str) -> ItemRef:
    """That something is there about a person, as a code to rule on; the ledger then says whose page it was."""
    return ItemRef(item=f"{kind}:{person}", category="codes", organisation=HUB, persons=(person,), position=0)


def decision_code(row: store.Row) -> ItemRef:
    """That a decision about identity was made, as a code about both persons."""
    return ItemRef(
        item=f"identity:{row['identity']}", category="codes", organisation=HUB,
        persons=tuple(one for one in (row["person"], row["other"]) if one), position=row["position"],
    )  # fmt: skip


def row_of(desk: Desk, person: str) -> store.Row | None:
    """The row of a person; None where there is none."""
    return next(iter(desk.store.rows(select(store.person).where(store.person.c.person == person))), None)


def person_of(desk: Desk, person: str) -> Person:
    """Who this is held to be, folded from the record."""
    return fold(person, (one.fact for one in desk.record.load(f"person:{person}")))
