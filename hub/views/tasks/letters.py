"""Letters to families that wait for another person's review. They name no child; of whom one may not know there is none."""

from collections.abc import Iterator

from sqlalchemy import select

from hub.views import tasks
from hub.views.asking import look
from hub.views.desk import Desk
from hub.views.lettering import item_of
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import Source
from hub.views.who_is_who import survivor

KINDS = {"letter_review": "Letters to families that wait for a review"}


def _find(desk: Desk, asker: Asker) -> Iterator[Task]:
    query = select(matter).where(matter.c.kind == "letter", matter.c.state == "prepared")
    rows = [row for row in desk.store.rows(query) if asker.staff not in {row["by"], row["holder"]}]
    items = {row["stream"]: item_of(survivor(desk, row["child"])) for row in rows}
    asked = look(desk, asker, list(items.values()), "tasks", purpose="access_audit").shown if items else ()
    shown = {one.item for one in asked}
    for row in rows:
        if items[row["stream"]].item in shown:
            ident = row["stream"].partition(":")[2]
            yield Task(
                kind="letter_review", key=ident, what="A letter to a family waits for you or another to read it",
                href=f"/letters/{ident}", since=row["opened_at"],
            )  # fmt: skip


tasks.KINDS.update(KINDS)
tasks.SOURCES.append(Source(("letters",), _find))
