"""What waits of help: a child whom this person, or the front door, is asked to take on at another level."""

from collections.abc import Iterator

from hub.domain.enquiry import FRONT_DOOR
from hub.views.desk import Desk
from hub.views.helping import waiting
from hub.views.leading import told_of
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {"step_asked": "You are asked to take a child on at another level"}


def steps(desk: Desk, asker: Asker) -> Iterator[Task]:
    """It names no child to who is asked by name: that stands on the page of what they are asked."""
    now = desk.clock.now()
    rows = waiting(desk, staff_of(desk, asker.staff))
    whole = [row for row in rows if row["holder"] == FRONT_DOOR]  # ruled with the rest of the list
    for row in [*whole, *told_of(desk, asker, [row for row in rows if row["holder"] != FRONT_DOOR], "tasks")]:
        yield Task(
            kind="step_asked", key=row["stream"], child=row["child"] if row["holder"] == FRONT_DOOR else "", href="/steps",
            since=row["changed_at"], due=row["due"], overdue=row["due"] <= now,
            what="You are asked to take a child on at another level",
        )  # fmt: skip


SOURCES += [Source(("lead", "screen"), steps)]
