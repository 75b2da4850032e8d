"""A MASH enquiry as sharing reads it: whom it is about, and who is of its team now."""

from sqlalchemy import select

from hub.domain import enquiry as enquiries
from hub.domain import strategy as strategies
from hub.domain.sharing import EnquiryRoom
from hub.domain.staff import Staff, groups, may
from hub.views import matters
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.who_is_who import survivors


def room(desk: Desk, enquiry: str) -> EnquiryRoom | None:
    """A MASH enquiry as sharing reads it; None for one that there is not."""
    state = enquiries.fold(enquiry, (one.fact for one in desk.record.load(enquiries.stream(enquiry))))
    if not state.version:
        return None
    # one that was merged since is the one that stayed
    children = frozenset({*state.children, *survivors(desk, state.children).values()})
    return EnquiryRoom(
        id=enquiry, children=children, team=on_team(desk, state), ground=state.ground, open=state.stage == "open",
    )  # fmt: skip


def on_team(desk: Desk, state: enquiries.Enquiry) -> frozenset[str]:
    """The staff ids of everybody who is of a MASH enquiry's team now: who opened, claimed or was given it, and who took
    part in a strategy discussion of it. Not whose part ended, unless they took part in a discussion since; nor who works
    at the front door no more.
    """
    front = {one for one in state.team if _at_front_door(staff_of(desk, one))}
    left = _left(desk, state) if state.left else {}
    took = _took_part(desk, state)
    return frozenset(front | {one for one, at in took.items() if at > left.get(one, 0)})


def _at_front_door(member: Staff) -> bool:
    return member.active and (may(member.roles, "screen") or may(member.roles, "open_enquiry"))


def _left(desk: Desk, state: enquiries.Enquiry) -> dict[str, int]:
    """Of whoever left the team: the position at which they did, last."""
    history = desk.record.load(enquiries.stream(state.id))
    return {one.fact.staff: one.position for one in history if isinstance(one.fact, enquiries.EnquiryTeamLeft)}


def _took_part(desk: Desk, enquiry: enquiries.Enquiry) -> dict[str, int]:
    """Who of the register took part in a strategy discussion of this MASH enquiry, and at which position last: of partner
    organisations while section 47 is open by it, of the front door until it is decided, because they decide on what each
    knew.
    """
    table = matters.matter
    query = select(table.c.stream).where(table.c.kind == "strategy-discussion", table.c.enquiry == enquiry.id)
    found: dict[str, int] = {}
    for row in desk.store.rows(query):
        history = desk.record.load(row["stream"])
        state = strategies.fold(row["stream"].partition(":")[2], (one.fact for one in history))
        for held in history:
            present = held.fact.present if isinstance(held.fact, strategies.StrategyHeld) else ()
            for staff in {one.staff for one in present if one.present and one.staff}:
                at_door = enquiry.stage == "open" and "mash" in groups(staff_of(desk, staff).roles)
                if state.section_47 or at_door:
                    found[staff] = max(found.get(staff, 0), held.position)
    return found
