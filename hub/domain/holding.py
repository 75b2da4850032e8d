"""Who holds a MASH enquiry, how it is graded, and who is rung when nobody takes a red one.

Nobody holds it until it is claimed or assigned; from then on exactly one person does, until it is decided.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from hub.domain.alert import AlertRung
from hub.domain.enquiry import (
    FRONT_DOOR,
    PART_ENDED,
    RED,
    Enquiry,
    EnquiryAssigned,
    EnquiryClaimed,
    EnquiryGraded,
    EnquiryRung,
    EnquiryTeamLeft,
    HandOverAccepted,
    HandOverEnded,
    HandOverOffered,
    must_be_open,
)
from hub.domain.errors import Refused
from hub.domain.item import Sealed

GRADES = (RED, "amber", "green")
UNCLAIMED = timedelta(minutes=15)  # how long a red one may wait before each step of the chain
CHAIN = ("decision_maker", "mash_manager", "out_of_hours_worker")  # where an edition names no roles of its own


def claim(enquiry: Enquiry, by: str) -> list[EnquiryClaimed]:
    """Take it for oneself; nothing new where one holds it. Raises Refused while somebody else does."""
    must_be_open(enquiry)
    if enquiry.holder == by:
        return []
    if enquiry.holder:
        raise Refused("Somebody holds this MASH enquiry already: ask them, or a manager, to hand it over", "holder")
    return [EnquiryClaimed(holder=by)]


def assign(enquiry: Enquiry, to: str, by: str) -> list[EnquiryAssigned]:
    """A manager gives it to somebody. Raises Refused where nobody is named."""
    must_be_open(enquiry)
    if not to.strip():
        raise Refused("Enter to whom it goes", "holder")
    if enquiry.holder == to:
        return []
    return [EnquiryAssigned(holder=to, before=enquiry.holder, assigned_by=by)]


def offer(
    enquiry: Enquiry, to: str, by: str, *, supervises: bool, items: tuple[Sealed, ...] = ()
) -> list[HandOverOffered]:
    """Ask somebody, or the front door as a whole, to take it over: until they accept, the holder holds it.

    Raises Refused for anybody but the holder, or a manager for them.
    """
    must_be_open(enquiry)
    if not enquiry.holder:
        raise Refused("Nobody holds this MASH enquiry: claim it, or assign it", "holder")
    if by != enquiry.holder and not supervises:
        raise Refused("Only who holds it, or a manager, hands it over", "holder")
    if not to.strip() or to == enquiry.holder:
        raise Refused("Enter somebody else to hand over to", "to")
    if enquiry.offered:
        raise Refused("It was offered already, and waits to be accepted: take that back first", "to")
    return [HandOverOffered(holder=enquiry.holder, to=to, offered_by=by, items=items)]


def accept(enquiry: Enquiry, by: str, *, front_door: bool = False) -> list[HandOverAccepted]:
    """Take over what one was asked to; `front_door`: as one of it, what was offered to whoever of it comes first.

    Raises Refused for anybody else, and for who holds it.
    """
    must_be_open(enquiry)
    to_all = front_door and enquiry.offered == FRONT_DOOR
    if not enquiry.offered or (by != enquiry.offered and not to_all):
        raise Refused("This MASH enquiry was not offered to you", "to")
    if by == enquiry.holder:
        raise Refused("You hold it: somebody else takes it over", "to")
    return [HandOverAccepted(holder=by, before=enquiry.holder)]


def end_offer(enquiry: Enquiry, by: str, *, supervises: bool) -> list[HandOverEnded]:
    """Decline what one was asked to take over, or take the offer back. Raises Refused for anybody else."""
    must_be_open(enquiry)
    if not enquiry.offered:
        raise Refused("No hand-over waits", "to")
    if by == enquiry.offered:
        return [HandOverEnded(to=enquiry.offered, why="declined", by=by)]
    if by != enquiry.holder and not supervises:
        raise Refused("Only who offered it, or who was asked, ends a hand-over", "to")
    return [HandOverEnded(to=enquiry.offered, why="taken_back", by=by)]


def graded(
    enquiry: Enquiry, grade: str, grades: Sequence[str], *, received: datetime, due: datetime, reason: str, by: str
) -> EnquiryGraded:
    """Grade it, or grade it anew: `received` and `due` aware UTC, the clock always from receipt; both due times are kept.

    Raises Refused for a grade that this partnership does not have, the grade that it has already, or no reason.
    """
    must_be_open(enquiry)
    if grade not in grades:
        raise Refused("Select the grade", "grade")
    if enquiry.grade == grade:
        raise Refused("It has this grade already", "grade")
    if not reason.strip():
        raise Refused("Enter the reason for the grade", "reason")
    last = enquiry.gradings[-1] if enquiry.gradings else None
    return EnquiryGraded(
        child=enquiry.child, grade=grade, received=received, due=due, before=last.grade if last else "",
        due_before=last.due if last else None, graded_by=by,
    )  # fmt: skip


def grades_of(clocks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The grades of a partnership, as its edition's clocks name them: id -> its own name, the most urgent first.

    A clock is a grade where it has a name as one; in an edition whose clocks have none, red, amber and green are.
    """
    named = {clock["id"]: clock["grade"] for clock in clocks if clock.get("grade")}
    return named or {clock["id"]: clock["id"].capitalize() for clock in clocks if clock["id"] in GRADES}


class Chain(Struct, frozen=True):
    """Who is rung one after the other while a red one waits unclaimed, and after how long each."""

    roles: tuple[str, ...] = CHAIN
    every: timedelta = UNCLAIMED


def chain_of(clocks: Sequence[Mapping[str, Any]]) -> Chain:
    """The chain that the edition's red clock names; three roles and 15 minutes where it names none."""
    red = next((clock for clock in clocks if clock["id"] == RED), {})
    minutes = int(red.get("ring_minutes") or 0)
    return Chain(tuple(red.get("ring") or CHAIN), timedelta(minutes=minutes) if minutes else UNCLAIMED)


def ring(
    enquiry: Enquiry, since: datetime, chain: Chain, now: datetime, gone: str = "", *, proposed: bool = False
) -> list[EnquiryRung]:  # fmt: skip
    """The next ring that is due: one each time that a red one has waited unclaimed so long again, each role once.

    `since` and `now` aware UTC: from when it is red and nobody's. `gone` is a holder who cannot hold it any more (they
    left, or screen no more): then it is nobody's, whatever it says. `proposed`: the rules propose red, which it is until
    somebody grades it. Asked again later, or after a crash, it says what is still missing, one step at a time, and
    nothing twice.
    """
    held, red = enquiry.holder not in {"", gone}, enquiry.grade == RED or (proposed and not enquiry.grade)
    if enquiry.stage != "open" or not red or held or enquiry.rung >= len(chain.roles):
        return []
    step = enquiry.rung + 1
    if now < since + step * chain.every:
        return []
    return [EnquiryRung(step=step, role=chain.roles[step - 1], since=since)]


def ring_alert(
    child: str, rung: Sequence[tuple[AlertRung, datetime]], since: datetime, chain: Chain, now: datetime
) -> list[AlertRung]:  # fmt: skip
    """The next ring that is due over an alert which the rules propose as red, and which nobody has opened.

    `rung`: who was rung over it, and when; `since`: from when it waits (aware UTC). Each role once for one waiting, and
    never sooner after the one before than the chain says.
    """
    before = [(one, at) for one, at in rung if one.since >= since]
    if len(before) >= len(chain.roles) or now < max([since, *(at for _, at in before)]) + chain.every:
        return []
    return [AlertRung(child=child, step=len(before) + 1, role=chain.roles[len(before)], since=since)]


def leave(enquiry: Enquiry, staff: str, why: str, by: str, *, on_it: bool, supervises: bool) -> list[EnquiryTeamLeft]:
    """Somebody's part ended: they leave the team. Oneself, the holder or a manager says so; `on_it`: they are of it now.

    Raises Refused for anybody else, for the holder (who hands it over first), and without a reason.
    """
    must_be_open(enquiry)
    if not on_it:
        raise Refused("Select somebody who is on the team of this MASH enquiry", "staff")
    if staff == enquiry.holder:
        raise Refused("Who holds it hands it over first", "staff")
    if by not in {staff, enquiry.holder} and not supervises:
        raise Refused("Only they themselves, who holds it, or a manager ends their part", "staff")
    if why not in PART_ENDED:
        raise Refused("Select why their part ended", "why")
    return [EnquiryTeamLeft(staff=staff, why=why, by=by)]
