"""Children who move: another hub waits for our answer, or has said no to a child of ours."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from hub.views.desk import Desk, name_of
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {
    "transfer_asked": "Another hub asks us to take on a child",
    "transfer_refused": "Another hub said no to a child who moves",
}


def waiting(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Of the front door: letters that wait for our yes or no name no child; of a no the list rules on the child anew."""
    del asker
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind == "transfer-in", matter.c.state == "waits").order_by(matter.c.due)
    for row in desk.store.rows(query):
        yield Task(
            kind="transfer_asked", key=row["stream"], href="/transfers", since=row["opened_at"], due=row["due"],
            overdue=row["due"] <= now, what=f"{name_of(desk, row['organisation'])} asks us to take on a child",
        )  # fmt: skip
    newest: dict[str, dict[str, Any]] = {}
    for row in desk.store.rows(select(matter).where(matter.c.kind == "transfer").order_by(matter.c.position)):
        newest[row["child"]] = row
    for row in newest.values():
        if row["state"] == "refused":
            yield Task(
                kind="transfer_refused", key=row["stream"], child=row["child"], since=row["changed_at"],
                href=f"/child/{row['child']}/move", what="Another hub said no to a child who moves",
            )  # fmt: skip


SOURCES += [Source(("screen",), waiting)]
