"""Who asks: a member of staff, as the register has them now, with whoever of their family the record knows."""

import dataclasses

from hub.domain.errors import NotPermitted
from hub.domain.identity import JOINS, IdentityDecided
from hub.domain.person import PersonMerged, SourceRecordLinked
from hub.domain.staff import Permission, Staff, StaffRegistered, may
from hub.views.accounts import accounts_of, registered
from hub.views.desk import Desk
from hub.views.models import Asker
from hub.views.who_is_who import families, persons_of


def staff_of(desk: Desk, ident: str, upto: int | None = None) -> Staff:
    """A person in the register of staff, as the record has them now, or at a position.

    `related` names whoever of their family was merged with somebody since, and that somebody: it is one person; and
    whoever now holds what one of them had brought into a merge, because it went on elsewhere from there. Family is of the
    person, not of the account: that of an account which is the same person's is of this one too.
    """
    state = registered(desk, ident, upto)
    for other in accounts_of(desk, ident, upto)[1:] if state.same_as else ():
        of_the_other = registered(desk, other, upto).related
        state = dataclasses.replace(state, related=tuple(dict.fromkeys((*state.related, *of_the_other))))
    if not state.related:
        return state
    kin = {one for held in families(desk, state.related).values() for one in held} | {*state.related}
    went_on = [record for one in state.related for record in _brought(desk, one)]
    kin |= {*persons_of(desk, went_on).values()} if went_on else set()
    return dataclasses.replace(state, related=tuple(sorted(kin)))


def everybody(desk: Desk) -> list[Staff]:
    """Every account that the register of staff holds or held, as the record has it now, in the order in which they joined."""
    known: dict[str, None] = {}
    after = 0
    while page := desk.record.read(after, 500, [StaffRegistered.NAME]):
        known |= {one.fact.staff: None for one in page if isinstance(one.fact, StaffRegistered)}
        after = page[-1].position
    return [staff_of(desk, ident) for ident in known]


def _brought(desk: Desk, person: str) -> list[str]:
    """What a person ever took into a merge, of what was held to be about them and did not come by another merge."""
    facts = [one.fact for one in desk.record.load(f"person:{person}")]
    taken = {record for one in facts if isinstance(one, PersonMerged) for record in one.source_records}
    links = [one for one in facts if isinstance(one, SourceRecordLinked) and one.source_record in taken]
    return sorted({one.source_record for one in links if not _by_a_merge(desk, one.decision)})


def _by_a_merge(desk: Desk, decision: str) -> bool:
    made = [one.fact for one in desk.record.load(decision, upto=1)] if decision else []
    return any(isinstance(one, IdentityDecided) and one.what in JOINS for one in made)


def permitted(desk: Desk, who: Asker, permission: Permission) -> Staff:
    """This person, as the register of staff has them now. Raises NotPermitted for who left, or may not do this."""
    member = staff_of(desk, who.staff)
    if not member.active or not may(member.roles, permission):
        raise NotPermitted(f"the register of staff does not let this account do this: {permission}")
    return member
