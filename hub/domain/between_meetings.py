"""What changed in a plan of help from one meeting of its team to the next, and what was to be done by then and is not.

Pure over the plan's facts: the same history says the same. A later meeting never changes what an earlier one is told.
"""

from collections.abc import Iterable

from msgspec import Struct

from hub.domain.fact import Fact
from hub.domain.help_plan import Plan, PlanFact, Seat, TeamMet, evolve
from hub.domain.moments import london_day


class Between(Struct, frozen=True, kw_only=True):
    """Actions by their ids, and seats, as they differ between two meetings. `overdue`: past their day at the later one."""

    put_in: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()
    joined: tuple[Seat, ...] = ()
    left: tuple[Seat, ...] = ()


def between_meetings(ident: str, facts: Iterable[Fact]) -> list[Between]:
    """For each meeting, in order, what changed since the one before it; of the first, since the plan was made."""
    found: list[Between] = []
    state, before = Plan(ident, outcomes={}), Plan(ident, outcomes={})
    for fact in facts:
        if not isinstance(fact, PlanFact):
            continue
        state = evolve(state, fact)
        if state.version == 1:
            before = state
        if isinstance(fact, TeamMet):
            found.append(_between(before, state, fact))
            before = state
    return found


def _between(before: Plan, now: Plan, met: TeamMet) -> Between:
    held = {one.action for one in before.actions}
    day = london_day(met.met_at)
    return Between(
        put_in=tuple(one.action for one in now.actions if one.action not in held),
        done=tuple(one.action for one in now.actions if one.action in now.done - before.done),
        reopened=tuple(one.action for one in now.actions if one.action in before.done - now.done),
        overdue=tuple(one.action for one in now.actions if one.action not in now.done and one.due < day),
        joined=tuple(seat for seat in now.seats if seat not in before.seats),
        left=tuple(seat for seat in before.seats if seat not in now.seats),
    )
