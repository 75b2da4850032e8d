"""What was decided to be done: on its day a task of who does it, past its day one of the managers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub.domain.enquiry import FRONT_DOOR
from hub.domain.moments import london_day
from hub.domain.staff import may
from hub.views.asking import look
from hub.views.desk import Desk
from hub.views.leading import entrusted
from hub.views.matters import matter
from hub.views.matters_enquiry import PLAN_ACTION
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.planning import has, owner_words
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.who_is_who import survivors

KINDS |= {
    "plan_due": "Actions of a plan that are due",
    "plan_overdue": "Actions of a plan that nobody has done in time",
}


def due(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What this person's own side is to do by today. To an organisation it names no child: that stands on its page, and
    of whom this person may not know there it is no task either.
    """
    member, now = staff_of(desk, asker.staff), desk.clock.now()
    screens, manages = may(member.roles, "screen"), may(member.roles, "supervise")
    query = select(matter).where(matter.c.kind == PLAN_ACTION, matter.c.state == "open").order_by(matter.c.due)
    found = []
    for row in desk.store.rows(query):
        late = row["due"] <= now
        if london_day(row["due"] - timedelta(minutes=1)) > london_day(now) or (late and manages):
            continue
        of_door = screens and row["organisation"] == FRONT_DOOR
        if of_door or has(desk, member, row["organisation"], row["child"]):
            found.append((row, of_door, late))
    known = _known_of(desk, asker, [row for row, of_door, _ in found if not of_door])
    for row, of_door, late in found:
        if of_door or row["stream"] in known:
            key = row["stream"] if of_door else f"{row['position']}/{row['what']}"
            yield Task(
                kind="plan_due", key=key, child=row["child"] if of_door else "", href="/plans",
                since=row["opened_at"], due=row["due"], overdue=late, holder=owner_words(desk, row["organisation"]),
                what="An action of a plan is due",
            )  # fmt: skip


def _known_of(desk: Desk, asker: Asker, rows: Sequence[dict[str, Any]]) -> frozenset[str]:
    """Of these, put to the asker's organisation, those about whom the asker may know of it, as on the page of plans."""
    if not rows:
        return frozenset()
    now = survivors(desk, {row["child"] for row in rows})
    items = [entrusted(desk, asker, row["stream"], now[row["child"]], row["position"]) for row in rows]
    return frozenset(one.item for one in look(desk, asker, items, "tasks").shown)


def overdue(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Whatever nobody has said is done by its day, whoever was to do it."""
    del asker
    query = select(matter).where(
        matter.c.kind == PLAN_ACTION, matter.c.state == "open", matter.c.due <= desk.clock.now()
    )
    for row in desk.store.rows(query.order_by(matter.c.due)):
        yield Task(
            kind="plan_overdue", key=row["stream"], child=row["child"], href="/plans", since=row["opened_at"],
            due=row["due"], overdue=True, holder=owner_words(desk, row["organisation"]),
            what="An action of a plan is past its day, and nobody has said that it is done",
        )  # fmt: skip


SOURCES += [Source(("screen", "answer"), due), Source(("supervise",), overdue)]
