"""What was decided to be done: on its day a task of who does it, past its day one of the managers."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from hub.domain.enquiry import FRONT_DOOR
from hub.domain.moments import london_day
from hub.domain.staff import may
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.matters import matter
from hub.views.matters_enquiry import PLAN_ACTION
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.planning import has, owner_words
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {
    "plan_due": "Actions of a plan that are due",
    "plan_overdue": "Actions of a plan that nobody has done in time",
}


def due(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What this person's own side is to do by today. To an organisation it names no child: that stands on its page."""
    member, now = staff_of(desk, asker.staff), desk.clock.now()
    screens, manages = may(member.roles, "screen"), may(member.roles, "supervise")
    query = select(matter).where(matter.c.kind == PLAN_ACTION, matter.c.state == "open").order_by(matter.c.due)
    for row in desk.store.rows(query):
        late = row["due"] <= now
        if london_day(row["due"] - timedelta(minutes=1)) > london_day(now) or (late and manages):
            continue
        of_door = screens and row["organisation"] == FRONT_DOOR
        if of_door or has(desk, member, row["organisation"], row["child"]):
            yield Task(
                kind="plan_due", key=row["stream"], child=row["child"] if of_door else "", href="/plans",
                since=row["opened_at"], due=row["due"], overdue=late, holder=owner_words(desk, row["organisation"]),
                what="An action of a plan is due",
            )  # fmt: skip


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
