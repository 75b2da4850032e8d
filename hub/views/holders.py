"""Who may hold a MASH enquiry, who is of its team, and from when somebody can hold it no more. Read from the register now.

It promises that nobody stays in charge, or on a team, because nobody thought of taking them out of it.
"""

from collections.abc import Iterable
from datetime import datetime

from hub.domain import staff as staff_
from hub.domain.enquiry import Enquiry
from hub.domain.staff import Staff, StaffFact, groups, may
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.rooms import on_team


def can_hold(member: Staff) -> bool:
    """Whether this person works here still and screens: who left, or went to another post, holds nothing."""
    return member.active and may(member.roles, "screen")


def of_the_front_door(member: Staff) -> bool:
    """Whether this person is one of the day team, to which the night hands over."""
    return can_hold(member) and "mash" in groups(member.roles)


def gone_since(desk: Desk, staff: str) -> datetime | None:
    """From when this person cannot hold a MASH enquiry any more (aware UTC); None for who can, or never could."""
    state, gone, could = Staff(staff), None, False
    for recorded in desk.record.load(f"staff:{staff}"):
        if not isinstance(recorded.fact, StaffFact):
            continue
        state = staff_.evolve(state, recorded.fact)
        if can_hold(state):
            gone, could = None, True
        elif could and gone is None:
            gone = recorded.envelope.known_at
    return gone


def holds(desk: Desk, state: Enquiry) -> str:
    """Who holds it and can: a staff id, "" for nobody."""
    return state.holder if state.holder and can_hold(staff_of(desk, state.holder)) else ""


def team_of(desk: Desk, state: Enquiry) -> Iterable[str]:
    """The staff ids of everybody who is of its team now, in order."""
    return sorted(on_team(desk, state))
