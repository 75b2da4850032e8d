"""Decisions that the rules would have spoken to otherwise, because of what came late: one task for each decision.

Where nobody who decides may open one, it reaches who goes through exceptions, as a task that names no child.
"""

from collections.abc import Iterator, Sequence

from hub.domain.staff import Permission, may
from hub.views.desk import Desk
from hub.views.hindsight import NEEDS, closed_to_deciders, ruled
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.touched import Touched, waiting

KINDS |= {
    "late_evidence": "Decisions that evidence came late for",
    "late_closed": "Late evidence about decisions that nobody who decides may open",
}
KEEPS: Permission = "review_exceptions"  # who goes through exceptions may know that there is a restricted record
CLOSED = "Evidence came late about a decision that nobody who decides may open"


def late(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Each that nobody has looked at; its key is the decision, so more evidence changes it and never makes a second."""
    waits, roles = waiting(desk), staff_of(desk, asker.staff).roles
    if any(may(roles, one) for one in NEEDS):
        for _, row in ruled(desk, asker, waits, "tasks"):
            if row.state == "open":  # by what is open to this asker
                yield Task(
                    kind="late_evidence", key=row.late, child=row.child, href=f"/late/{row.late}", what=row.what,
                    since=row.since, holder=f"Decided by {row.by}",
                )  # fmt: skip
    if may(roles, KEEPS):
        yield from _closed(desk, asker, closed_to_deciders(desk, waits), names=may(roles, "identity_restricted"))


def _closed(desk: Desk, asker: Asker, found: Sequence[Touched], *, names: bool) -> Iterator[Task]:
    """Each that nobody who decides may open, until somebody may or it was answered. `names`: this person names readers."""
    for one, row in ruled(desk, asker, found, "tasks", keeps=True) if found else ():
        if row.state == "open":
            yield Task(
                kind="late_closed", key=row.late, since=row.since,
                what=f"{CLOSED}: name a reader, and a second person agrees" if names
                else f"{CLOSED}: have a MASH manager name a reader, or somebody registered who decides",
                href=f"/identity/change/restrict/{one.child}" if names else "/exceptions",
            )  # fmt: skip


SOURCES += [Source((*NEEDS, KEEPS), late)]
