"""As whom somebody comes to the page of a child's help: the front door, who is at it, or who sits in the team around them.

Each is ruled by the sharing policies. To the front door it is a picture of a child; to everybody else it was put.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from hub.domain import child as children
from hub.domain import help as helping
from hub.domain.decision import CLOSES
from hub.domain.errors import NotFound
from hub.domain.moments import london_day
from hub.domain.staff import may
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import store
from hub.views.asking import look
from hub.views.desk import Desk, caught_up
from hub.views.leading import entrusted
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.prompting import settings_of
from hub.views.subjects import current_lead, subjects
from hub.views.telling import NO_CHILD, may_know
from hub.views.who_is_who import family, survivor

MONTHS = 12


class Comes(Struct, frozen=True):
    """A child as they are called now, their names, and as whom this person comes."""

    child: str
    names: tuple[str, ...]
    shown: Disclosed
    screens: bool = False  # of the front door
    leads: bool = False
    allocated: bool = False

    @property
    def at_it(self) -> bool:
        """Whether they act on the child's help: the front door, who leads, who is allocated."""
        return self.screens or self.leads or self.allocated


def comes(
    desk: Desk, asker: Asker, child: str, reason: str, items: Sequence[ItemRef] = (), *, seat: bool = False
) -> Comes:
    """One look at these items by somebody who helps; `seat`: they sit in the team. Raises NotPermitted, NotFound.

    To who may not know, and to the ledger, a child that there is not and one that may not be known differ in nothing.
    """
    caught_up(desk)
    child = survivor(desk, child)
    names = tuple(family(desk, child))
    if may(staff_of(desk, asker.staff).roles, "screen"):
        _, shown = may_know(desk, asker, child, reason, items)
        return Comes(child, names, shown, screens=True)
    leads, allocated = _acts(desk, asker, child)
    if not (leads or allocated or (seat and _is_child(desk, child))):
        look(desk, asker, [], reason)
        raise NotFound(NO_CHILD)
    shown = look(desk, asker, [entrusted(desk, asker, f"help:{child}", child, 0), *items], reason)
    if not any(one.item == f"help:{child}" for one in shown.shown):
        raise NotFound(NO_CHILD)
    return Comes(child, names, shown, leads=leads, allocated=allocated)


def sits(desk: Desk, asker: Asker, child: str) -> bool:
    """Whether this person's setting works with the child now, and so may sit in the team."""
    member = staff_of(desk, asker.staff)
    return (member.organisation, member.setting) in settings_of(desk, survivor(desk, child))


def finds_help(desk: Desk, asker: Asker, child: str, *, knows: bool) -> tuple[bool, bool]:
    """Whether the pages about the child's help open to this person: the level, and assessments and plan. No look is taken.

    `knows`: they were shown that the hub holds a picture of this child.
    """
    acts = any(_acts(desk, asker, child)) or (knows and may(staff_of(desk, asker.staff).roles, "screen"))
    return acts, acts or (_is_child(desk, child) and sits(desk, asker, child))


def _acts(desk: Desk, asker: Asker, child: str) -> tuple[bool, bool]:
    """Whether this person leads for the child, and whether the child is allocated to them."""
    now, known = current_lead(desk, child), subjects(desk, [child]).get(child)
    if known is None or not known.child:
        return False, False
    return now is not None and now.lead == asker.staff, asker.staff in known.allocated


def _is_child(desk: Desk, child: str) -> bool:
    known = subjects(desk, [child]).get(child)
    return known is not None and known.child


class Now(Struct, frozen=True):
    """The level now, and since when; `by` is the step, the decision, or "" where nothing is on record."""

    level: int
    since: datetime | None = None
    by: str = ""


def level_now(desk: Desk, names: Sequence[str]) -> Now:
    """The level of a child's help: by the newest step or end of help, or the newest decision, whichever is later."""
    lowest = desk.edition.continuum.numbers[0]
    held: list[tuple[int, Now]] = []
    for name in names:
        history = desk.record.load(helping.stream(name))
        state = helping.fold(name, (one.fact for one in history))
        if state.since:
            at = history[state.since - 1]
            held.append((at.position, Now(state.level or lowest, at.envelope.known_at, at.ref)))
    table = store.enquiry
    query = select(table).where(table.c.state == "decided", table.c.child.in_(names))
    for row in desk.store.rows(query):
        level = lowest if row["outcome"] in CLOSES else row["level"] or lowest
        decided = desk.record.load(f"mash-enquiry:{row['enquiry']}")[-1].envelope.known_at
        held.append((row["position"], Now(level, decided, f"mash-enquiry:{row['enquiry']}")))
    return max(held, key=lambda one: one[0], default=(0, Now(lowest)))[1]


def age_of(desk: Desk, names: Sequence[str]) -> int | None:
    """The age in whole years today, from what organisations said with their signals; None where none knew it."""
    found: list[tuple[datetime, int]] = []
    for name in names:
        signals = children.fold(one.fact for one in desk.record.load(children.stream(name))).signals.values()
        found += [
            (one.occurred_end, one.age_months)
            for one in signals
            if one.relation == "own" and one.age_months is not None
        ]
    if not found:
        return None
    at, months = max(found)
    then, today = london_day(at), london_day(desk.clock.now())
    since = (today.year - then.year) * MONTHS + today.month - then.month - (today.day < then.day)
    return (months + max(0, since)) // MONTHS
