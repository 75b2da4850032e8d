"""What is silent and stands on no other list: feeds, gaps, schools, refusals, step downs."""

from collections.abc import Iterator

from hub.domain.silence import KINDS as SILENT
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.silent import OF_ALL, OF_OWN, open_to, standing, told
from hub.views.tasks import KINDS, SOURCES, Source

LISTED = {code: one.words for code, one in SILENT.items() if not one.task}
KINDS |= {f"silent_{code}": words for code, words in LISTED.items()}


def silences(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Each silence that stands and is nobody else's task; ruled here by what caused it, too."""
    found = standing(desk, staff_of(desk, asker.staff))
    for row in open_to(desk, asker, [row for row in found if row["what"] in LISTED], "tasks"):
        one = told(desk, row)
        yield Task(
            kind=f"silent_{one.kind}", key=one.silence, child=one.child, href=f"/silence/{one.silence}",
            what=f"{one.what}: {one.of}" if one.of else one.what, since=one.noticed, due=one.due, overdue=True,
            holder=one.of,
        )  # fmt: skip


SOURCES += [Source((*OF_ALL, *OF_OWN), silences)]
