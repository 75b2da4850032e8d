"""Decisions that the rules would have spoken to otherwise, because of what came late: one task for each decision."""

from collections.abc import Iterator

from hub.views.desk import Desk
from hub.views.hindsight import NEEDS, ruled
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.touched import waiting

KINDS |= {"late_evidence": "Decisions that evidence came late for"}


def late(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Each that nobody has looked at; its key is the decision, so more evidence changes it and never makes a second."""
    for _, row in ruled(desk, asker, waiting(desk), "tasks"):
        if row.state == "open":  # by what is open to this asker
            yield Task(
                kind="late_evidence", key=row.late, child=row.child, href=f"/late/{row.late}", what=row.what,
                since=row.since, holder=f"Decided by {row.by}",
            )  # fmt: skip


SOURCES += [Source(NEEDS, late)]
