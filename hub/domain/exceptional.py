"""What may be wished and decided about exceptions, and what nobody may do alone, by whatever way round. Pure.

Every refusal names the answer that it is about, and what to do. The facts and what works now: hub/domain/exceptions.py.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID, uuid5

from msgspec import Struct

from hub.domain.crosswise import returned
from hub.domain.errors import Refused
from hub.domain.exceptions import (
    CATEGORIES,
    LONGEST,
    MOST_UNREVIEWED,
    STEP_UP,
    WORKS,
    Emergency,
    Exceptional,
    ExceptionFact,
    GlassEnded,
    GlassReviewed,
    Kind,
    Outcome,
    OverrideApproved,
    OverrideDeclined,
    OverrideEnded,
    OverrideReviewed,
    Told,
    Why,
    state_at,
)
from hub.domain.item import Sealed
from hub.domain.sharing import OVERRIDE_LASTS

_IDS = UUID("6a1c6f0e-3c0b-4c4e-9d1a-0f1c8a1f7d52")


class AskOverride(Struct, frozen=True, kw_only=True):
    """A wish for an override; `why` are the words, not yet sealed."""

    child: str
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: int
    reason: Why
    told: Told
    why: str
    by: str


class BreakTheGlass(Struct, frozen=True, kw_only=True):
    """A wish to open in an emergency; `confirmed_at` is when this person last confirmed who they are (aware UTC)."""

    child: str
    reason: Emergency
    why: str
    acknowledged: bool
    by: str
    roles: tuple[str, ...]
    confirmed_at: datetime | None


def name_next(kind: Kind, staff: str, child: str, earlier: Sequence[Exceptional]) -> str:
    """The id of this person's next exception for this child: sent twice at once, the second is a conflict."""
    number = sum(one.kind == kind and one.child == child for one in earlier)
    return str(uuid5(_IDS, f"{kind}/{staff}/{child}/{number}"))


def check_override(wish: AskOverride, organisations: Iterable[str]) -> None:
    """Raises Refused, naming the field, until a wish for an override is whole. `organisations` are those that there are."""
    unknown = sorted(set(wish.organisations) - set(organisations))
    if unknown:
        raise Refused("Select organisations of the list: one of these is not registered", "organisations")
    if set(wish.categories) - CATEGORIES:
        raise Refused("Select kinds of information of the list", "categories")
    if not 1 <= wish.hours <= LONGEST:
        raise Refused(f"Enter for how many hours, from 1 to {LONGEST}", "hours")
    if wish.reason not in get_args(Why):
        raise Refused("Select why the refusal is overridden", "reason")
    if wish.told not in get_args(Told):
        raise Refused("Select whether the family is told, or why not", "told")
    if not wish.why.strip():
        raise Refused("Enter in your own words why this is needed and what you expect to find", "why")


def check_glass(wish: BreakTheGlass, at: datetime) -> datetime:
    """When who asks confirmed who they are: just now. Raises Refused, naming the field, until the wish is whole."""
    if wish.reason not in get_args(Emergency):
        raise Refused("Select what the emergency is", "reason")
    if not wish.why.strip():
        raise Refused("Enter in your own words why this cannot wait", "why")
    if not wish.acknowledged:
        raise Refused("Confirm that you know what follows: it is reported, and gone through on the next working day",
                      "acknowledged")  # fmt: skip
    if wish.confirmed_at is None or not timedelta(0) <= at - wish.confirmed_at < STEP_UP:
        raise Refused("Confirm again who you are: it must have been within the last five minutes", "confirmed")
    return wish.confirmed_at


def against(wish: AskOverride | BreakTheGlass, earlier: Iterable[Exceptional], at: datetime, *, closed: bool) -> None:
    """Raises Refused for what one person would reach by asking again and again, alone. `earlier` are theirs.

    Out of hours one that nobody agreed to is not followed by the next within a day; and who has broken the glass three
    times without anybody having gone through it asks somebody else to look; not the out-of-hours worker while the offices
    are closed, who may be the only one there through a long holiday, and cannot know of a child in another way.
    """
    unreviewed = 0
    for one in earlier:
        state = state_at(one, at, closed=closed)
        unreviewed += one.kind == "break_glass" and not one.reviewed_by
        if one.child != wish.child:
            continue
        if isinstance(wish, BreakTheGlass):
            if one.kind == "break_glass" and state in WORKS:
                raise Refused("The glass is broken for this child already, and you may read: end it first", "child")
        elif one.kind == "override" and state in {*WORKS, "waits"}:
            raise Refused("You have asked this already: it waits, or works. End it first", "child")
        elif one.kind == "override" and one.at_night and not one.approved_by and closed and _recent(one, at):
            raise Refused(
                "Nobody agreed to the one that you asked for within the last day: ring a manager, who must agree first",
                "child",
            )
    alone = isinstance(wish, BreakTheGlass) and closed and "out_of_hours_worker" in wish.roles
    if isinstance(wish, BreakTheGlass) and unreviewed >= MOST_UNREVIEWED and not alone:
        raise Refused(
            f"{MOST_UNREVIEWED} of your emergencies have not been gone through yet: ask somebody else to open this one, "
            "or open a MASH enquiry on immediate danger",
            "child",
        )


def _recent(one: Exceptional, at: datetime) -> bool:
    return one.asked_at is not None and at - one.asked_at < OVERRIDE_LASTS


def _of_override(one: Exceptional) -> None:
    if one.kind != "override":
        raise Refused("Break-glass waits for nobody: it can be ended, and gone through afterwards", "exception")


def _still_waits(one: Exceptional, at: datetime) -> None:
    if one.approved_by:
        raise Refused("Somebody has agreed to this already", "exception")
    state = state_at(one, at, closed=True)
    if state not in {"waits", "works_until_second"}:
        raise Refused(f"This is over ({state}): whoever needs it asks again", "exception")


def approve(
    one: Exceptional, by: str, roles: tuple[str, ...], theirs: Iterable[Exceptional], at: datetime
) -> list[ExceptionFact]:
    """A second person agrees. `theirs` are exceptions that this person asked for.

    Raises Refused for who asked, for somebody who themselves asks for the same child (each would agree to the other's), for
    somebody to whose own override who asked agreed within a day, where it was agreed to already, and where it is over.
    """
    _of_override(one)
    theirs = list(theirs)
    if by == one.by:
        raise Refused("A second person must agree: somebody other than who asked", "by")
    _still_waits(one, at)
    own = [each for each in theirs if each.child == one.child and not each.reviewed_by]
    if own:
        raise Refused("You asked for an exception about the same child: somebody else must agree to this one", "by")
    if returned(one, theirs, at):
        raise Refused(
            "Who asked agreed to an override of yours within the last day: a third person must agree to this one, a manager "
            "or the Caldicott guardian who is part of neither",
            "by",
        )
    return [OverrideApproved(by=by, roles=roles)]


def decline(one: Exceptional, by: str, at: datetime, items: tuple[Sealed, ...] = ()) -> list[ExceptionFact]:
    """A second person does not agree, or who asked takes it back. Raises Refused as `approve` does where it is over."""
    _of_override(one)
    _still_waits(one, at)
    return [OverrideDeclined(by=by, items=items)]


def end(one: Exceptional, by: str, at: datetime) -> list[ExceptionFact]:
    """End it before its time. Raises Refused where it opens nothing (any more)."""
    if state_at(one, at, closed=True) not in WORKS:
        raise Refused("This is over already: it opens nothing any more", "exception")
    return [GlassEnded(by=by)] if one.kind == "break_glass" else [OverrideEnded(by=by)]


def review(
    one: Exceptional, outcome: str, by: str, theirs: Iterable[Exceptional], at: datetime,
    items: tuple[Sealed, ...] = (), ring: frozenset[str] = frozenset(),
) -> list[ExceptionFact]:  # fmt: skip
    """Somebody goes through it. `theirs` are exceptions that this person asked for; `ring`: who passed each other's.

    Raises Refused for who asked or agreed, for whoever is part of the ring, for who waits to be gone through for the same
    child, for no outcome of the list, while it works, and where it was done.
    """
    if by in {one.by, one.approved_by}:
        raise Refused("Somebody else goes through it: not who asked, and not who agreed", "by")
    if by in ring:
        raise Refused("Somebody else goes through it: you are one of those who agreed to each other's overrides", "by")
    if any(each.child == one.child and not each.reviewed_by for each in theirs):
        raise Refused("Your own exception about the same child waits to be gone through: somebody else does this", "by")
    if one.reviewed_by:
        raise Refused("This was gone through already: what came of it stands, and is not overwritten", "exception")
    if outcome not in get_args(Outcome):
        raise Refused("Select what came of it", "outcome")
    if state_at(one, at, closed=True) in {*WORKS, "waits"}:
        raise Refused("This is not over yet: end it first, or go through it when it is", "exception")
    result = next(each for each in get_args(Outcome) if each == outcome)
    kind = GlassReviewed if one.kind == "break_glass" else OverrideReviewed
    return [kind(outcome=result, by=by, items=items)]
