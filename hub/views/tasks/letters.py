"""Letters to families that wait for another person's review. They name no child."""

from collections.abc import Iterator

from sqlalchemy import select

from hub.views import tasks
from hub.views.desk import Desk
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import Source
from hub.views.who_is_who import survivor

KINDS = {"letter_review": "Letters to families that wait for a review"}


def _find(desk: Desk, asker: Asker) -> Iterator[Task]:
    related = staff_of(desk, asker.staff).related
    rows = desk.store.rows(select(matter).where(matter.c.kind == "letter", matter.c.state == "prepared"))
    for row in rows:
        if asker.staff not in {row["by"], row["holder"]} and survivor(desk, row["child"]) not in related:
            ident = row["stream"].partition(":")[2]
            yield Task(
                kind="letter_review", key=ident, what="A letter to a family waits for you or another to read it",
                href=f"/letters/{ident}", since=row["opened_at"],
            )  # fmt: skip


tasks.KINDS.update(KINDS)
tasks.SOURCES.append(Source(("letters",), _find))
