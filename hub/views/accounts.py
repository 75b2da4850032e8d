"""Accounts of the register of staff: whose they are. Where two people are needed, two accounts of one person are one."""

from collections.abc import Iterable

from hub.domain import staff as staff_
from hub.domain.errors import Refused
from hub.domain.staff import Staff, StaffFact
from hub.views.desk import Desk


def registered(desk: Desk, ident: str, upto: int | None) -> Staff:
    """One account as it stands in the register, or stood at a position; not active where it is not in it."""
    state = Staff(ident)
    for recorded in desk.record.load(f"staff:{ident}"):
        if isinstance(recorded.fact, StaffFact) and (upto is None or recorded.position <= upto):
            state = staff_.evolve(state, recorded.fact)
    return state


def accounts_of(desk: Desk, ident: str, upto: int | None = None) -> list[str]:
    """This account, and each that it names as the same person's, and that one, to the end; round a circle once."""
    found = [ident]
    while (named := registered(desk, found[-1], upto).same_as) and named not in found:
        found.append(named)
    if named:  # they name each other: whichever is asked about, the circle has one name
        found.append(min(found[found.index(named) :]))
    return found


def human_of(desk: Desk, staff: str) -> str:
    """Whose account this is, by one name for all accounts of a person, as the register has it now."""
    return accounts_of(desk, staff)[-1]


def one_person(desk: Desk, one: str, other: str) -> bool:
    """Whether these are accounts of the same person, as the register has it: where two people are needed, they are one."""
    return one == other or human_of(desk, one) == human_of(desk, other)


def somebody_else(desk: Desk, staff: str, others: Iterable[str], field: str = "by") -> None:
    """Raises Refused where this is another account of one of these, for what takes two people.

    That it is not the very same account is the rule of what is done, and said there.
    """
    if any(one and one != staff and one_person(desk, staff, one) for one in others):
        raise Refused("Somebody else must do this: another account of the same person is not somebody else", field)
