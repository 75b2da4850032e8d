"""Practice audits: decisions that an auditor has not judged yet, and what findings ask for. No child is named, and of those
whom the asker may not know of nothing is listed.
"""

from collections.abc import Iterator
from datetime import datetime

from hub.domain.auditing import FINDINGS, stream
from hub.domain.staff import may
from hub.flow.expect import end_of
from hub.views.blindfold import audits_of
from hub.views.desk import Desk, name_of
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.telling import who
from hub.views.workbench import asked_for

KINDS |= {
    "audit_to_judge": "Practice audits to go through",
    "audit_action": "What a practice audit asks for",
}


def to_judge(desk: Desk, asker: Asker) -> Iterator[Task]:
    """One for each audit that was drawn for this auditor, until each decision of it is judged or its records close."""
    now = desk.clock.now()
    for state in audits_of(desk):
        drawn = state.drawn
        left = 0 if drawn is None else len(drawn.decisions) - len(state.judged)
        if drawn is not None and drawn.auditor == asker.staff and left and now < drawn.end:
            yield Task(
                kind="audit_to_judge", key=state.id, href=f"/practice-audits/{state.id}", since=_drawn(desk, state.id),
                due=drawn.end,
                what=f"{left} of {len(drawn.decisions)} decisions to judge", holder=f"Drawn by {who(desk, drawn.drawn_by)}",
            )  # fmt: skip


def actions(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What findings ask of organisations and nobody has said is done: for managers."""
    if not may(staff_of(desk, asker.staff).roles, "supervise"):
        return
    now = desk.clock.now()
    for state, one in asked_for(desk, asker, "tasks"):
        if one.due is not None and one.finding not in state.done:
            due = end_of(one.due)
            yield Task(
                kind="audit_action", key=one.finding, href="/practice-audits", since=_drawn(desk, state.id), due=due,
                overdue=due <= now, what=FINDINGS[one.what], holder=name_of(desk, one.owner),
            )  # fmt: skip


def _drawn(desk: Desk, audit: str) -> datetime:
    return desk.record.load(stream(audit), upto=1)[0].envelope.known_at


SOURCES += [Source(("audit_content",), to_judge), Source(("supervise",), actions)]
