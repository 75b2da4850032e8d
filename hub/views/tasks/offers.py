"""A family said no, or works with the help no more: somebody says what happens next."""

from collections.abc import Iterator

from sqlalchemy import select

from hub.domain.offer import ASKS_NEXT
from hub.domain.staff import may
from hub.views.asking import look
from hub.views.desk import Desk
from hub.views.leading import entrusted
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.subjects import current_lead
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.who_is_who import survivors

KINDS |= {"offer_refused": "Families who said no: what happens next"}


def refused(desk: Desk, asker: Asker) -> Iterator[Task]:
    """To the front door and to who leads. Of a child of whom they may not know, as on the page of offers, it is no task."""
    screens = may(staff_of(desk, asker.staff).roles, "screen")
    query = select(matter).where(matter.c.kind == "offer", matter.c.state.in_(ASKS_NEXT)).order_by(matter.c.changed_at)
    rows = desk.store.rows(query)
    now = survivors(desk, {row["child"] for row in rows})
    led = set() if screens else _led(desk, asker, set(now.values()))
    for row in rows:
        child = now[row["child"]]
        if screens or child in led:
            yield Task(
                kind="offer_refused", key=row["stream"], child=child if screens else "", since=row["changed_at"],
                href=f"/child/{child}/offers", what="A family said no to help: say what happens next",
            )  # fmt: skip


def _led(desk: Desk, asker: Asker, children: set[str]) -> set[str]:
    """Those for whom this person leads, of whom they may know by that."""
    leads = [(child, current_lead(desk, child)) for child in sorted(children)]
    mine = [child for child, one in leads if one is not None and one.lead == asker.staff]
    items = [entrusted(desk, asker, f"help:{child}", child, 0) for child in mine]
    shown = {one.item for one in look(desk, asker, items, "tasks").shown} if items else set()
    return {child for child in mine if f"help:{child}" in shown}


SOURCES += [Source(("lead", "screen"), refused)]
