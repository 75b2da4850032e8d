"""What was decided to be done, on behalf of a person: who has it, by which day, and that it is done, or not after all.

The front door sees the plans of every child of whom it may know. An organisation's own staff see what was put to their
organisation: that, for which child and by when, and nothing of why.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.enquiry import ACTIONS, FRONT_DOOR
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.help_plan import ACTIONS as HELP
from hub.domain.moments import london_day
from hub.domain.staff import Staff, groups, may
from hub.flow.disclose import ItemRef
from hub.flow.enquire import Enquire
from hub.flow.help_plan import HelpPlans
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up, name_of
from hub.views.leading import entrusted
from hub.views.matters import matter
from hub.views.matters_enquiry import PLAN_ACTION, plan_row
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.enquiry import PlannedRow, PlansView
from hub.views.prompting import settings_of
from hub.views.telling import codes_of
from hub.views.who_is_who import family, survivor, survivors

MOST = 200
SHOWN = timedelta(days=14)  # how long what is done is still listed, so that it can be taken back
LIST, ONE = "plans", "plan_action"  # reasons of looks
NOT_THERE = "no such action of a plan, or none that you may know of"
Row = dict[str, Any]


class Planning(Struct, frozen=True):
    """What pages, commands and programs ask. `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Enquire]
    settle: Callable[[], None]
    help: Callable[[], HelpPlans] | None = None  # actions of a plan of help, where `enquiry` is such a plan

    def page(self, asker: Asker) -> PlansView:
        """What waits to be done, the first day first, and what was done lately. One look. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        known, now = stamp(desk, asker), desk.clock.now()
        lately = (matter.c.state == "open") | (matter.c.changed_at > now - SHOWN)
        query = select(matter).where(matter.c.kind == PLAN_ACTION, lately).order_by(matter.c.due).limit(MOST)
        found = list(self._theirs(asker, member, desk.store.rows(query)))
        shown = look(desk, asker, [item for _, _, item in found], LIST)
        allowed = {one.item for one in shown.shown}
        rows = tuple(self._row(row, child) for row, child, item in found if item.item in allowed)
        return PlansView(
            stamp=replace(known, ledger=shown.ledger_position), rows=tuple(one for one in rows if not one.done),
            done=tuple(one for one in rows if one.done),
        )  # fmt: skip

    def do(self, asker: Asker, enquiry: str, child: str, action: str) -> None:
        """Say that it is done. Raises Refused, NotPermitted, NotFound."""
        person = self._one(asker, enquiry, child, action)
        if self.help is not None and self.help().state(person, enquiry).version:
            self.help().done(person, enquiry, action, asker.staff)
        else:
            self.act().plan_done(enquiry, child, action, asker.staff)
        self.settle()

    def reopen(self, asker: Asker, enquiry: str, child: str, action: str) -> None:
        """Say that it is not done after all. Raises Refused, NotPermitted, NotFound."""
        person = self._one(asker, enquiry, child, action)
        if self.help is not None and self.help().state(person, enquiry).version:
            self.help().reopen(person, enquiry, action, asker.staff)
        else:
            self.act().plan_reopen(enquiry, child, action, asker.staff)
        self.settle()

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not (may(member.roles, "screen") or may(member.roles, "answer")):
            raise NotPermitted("the register of staff does not let this account see plans")
        return member

    def _one(self, asker: Asker, enquiry: str, child: str, action: str) -> str:
        """Under which name of the child it lies; "" for none. Raises NotFound."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        keys = [plan_row(enquiry, name, action) for name in family(desk, child)]
        rows = desk.store.rows(select(matter).where(matter.c.kind == PLAN_ACTION, matter.c.stream.in_(keys)))
        items = [item for _, _, item in self._theirs(asker, member, rows)]
        if not look(desk, asker, items, ONE).shown:
            raise NotFound(NOT_THERE)
        return str(rows[0]["child"])

    def _theirs(self, asker: Asker, member: Staff, rows: list[Row]) -> Iterator[tuple[Row, str, ItemRef]]:
        """Those that may be this person's to know of, with the child of today, each as the code that it is."""
        desk = self.desk
        now = survivors(desk, {row["child"] for row in rows})
        for row in rows:
            child = now[row["child"]]
            if may(member.roles, "screen"):
                yield row, child, codes_of(row["stream"], child, row["position"])
            elif has(desk, member, row["organisation"], child):
                yield row, child, entrusted(desk, asker, row["stream"], child, row["position"])

    def _row(self, row: Row, child: str) -> PlannedRow:
        desk, open_ = self.desk, row["state"] == "open"
        return PlannedRow(
            enquiry=row["enquiry"], child=child, action=row["what"], what=_what(str(row["what"])),
            owner=owner_words(desk, row["organisation"]), due=london_day(row["due"] - timedelta(minutes=1)),
            overdue=open_ and row["due"] <= desk.clock.now(), done=not open_, changed_at=row["changed_at"],
        )  # fmt: skip


def has(desk: Desk, member: Staff, owner: str, child: str) -> bool:
    """Whether an action is this person's organisation's: whoever works for one setting has it where theirs works with the
    child.
    """
    if owner != member.organisation:
        return False
    if "own_organisation" in groups(member.roles):
        return True
    return bool(member.setting) and (owner, member.setting) in settings_of(desk, survivor(desk, child))


def _what(action: str) -> str:
    return ACTIONS.get(action) or HELP.get(action.partition(".")[0], action)


def owner_words(desk: Desk, owner: str) -> str:
    """Who does it, in words."""
    return {FRONT_DOOR: "The front door", "": "The family"}.get(owner) or name_of(desk, owner)
