"""Children who move: another hub waits for our answer, or has said no to a child of ours."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.domain import help as helping
from hub.domain import transfer as transfers
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
    yield from _nobody_took(desk, now)
    newest: dict[str, dict[str, Any]] = {}
    for row in desk.store.rows(select(matter).where(matter.c.kind == "transfer").order_by(matter.c.position)):
        newest[row["child"]] = row
    for row in newest.values():
        if row["state"] == "refused":
            yield Task(
                kind="transfer_refused", key=row["stream"], child=row["child"], since=row["changed_at"],
                href=f"/child/{row['child']}/move", what="Another hub said no to a child who moves",
            )  # fmt: skip


def _nobody_took(desk: Desk, now: datetime) -> Iterator[Task]:
    """Moves that wait again, because whoever was asked to take the child on did not."""
    level = matter.alias("level")
    query = select(matter).where(
        matter.c.kind == "transfer-in", matter.c.state == "accepted", level.c.kind == "help",
        level.c.child == matter.c.child, level.c.state.in_(("not_accepted", "ended")),
    )  # fmt: skip
    for row in desk.store.rows(query.order_by(matter.c.due)):
        history = (one.fact for one in desk.record.load(row["stream"]))
        state = transfers.fold_in(row["organisation"], row["stream"].rpartition(":")[2], history)
        steps = (one.fact for one in desk.record.load(helping.stream(state.child)))
        if transfers.answered_by(state, steps).state == "waits":
            yield Task(
                kind="transfer_asked", key=row["stream"], child=row["child"], since=row["changed_at"], due=row["due"],
                overdue=row["due"] <= now, href="/transfers",
                what=f"Nobody has taken on the child of whom {name_of(desk, row['organisation'])} asks: take on, or say no",
            )  # fmt: skip


SOURCES += [Source(("screen",), waiting)]
