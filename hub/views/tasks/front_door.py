"""What waits at the front door beside MASH enquiries: alerts past their time, concerns that name no child, addresses that
differ, and decisions about identity that need a second person.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from sqlalchemy import select

from hub.domain.concern import CorrectionRecorded, WithdrawalRecorded
from hub.domain.household import ChildrenNamed
from hub.domain.moments import LONDON
from hub.flow.disclose import ItemRef
from hub.views import addresses, alerts, store
from hub.views.asking import look
from hub.views.desk import Desk, name_of, organisation_of
from hub.views.horizon import REVIEW, decision_code, horizon, sees_decision
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.protected_sources import unknown_to
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {
    "alert_overdue": "Alerts that nobody took in time",
    "unplaced": "Concerns that name no child",
    "addresses": "Different addresses",
    "identity_second": "Decisions about identity that wait for a second person",
}
MOST = 500  # alerts gone through for one list, the longest waiting first


def overdue(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Alerts that are in no MASH enquiry and past the clock of their level."""
    related, now = staff_of(desk, asker.staff).related, desk.clock.now()
    table = store.alert
    query = select(table).where(table.c.state == "open", table.c.child.not_in(related)).order_by(table.c.raised_at)
    rows = [row for row in desk.store.rows(query.limit(MOST)) if not alerts.with_worker(desk, row, now)]
    highest = max(desk.edition.continuum.numbers)
    for row, due in zip(rows, alerts.clocks(desk, rows).values(), strict=True):
        if due < now:
            yield Task(
                kind="alert_overdue", key=row["alert"], child=row["child"], href=f"/child/{row['child']}",
                what=f"An alert proposing level {row['level']} is in no MASH enquiry and past its time",
                since=row["raised_at"], due=due, overdue=True, red=row["level"] >= highest,
            )  # fmt: skip


def unplaced(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Concerns that name no child, stand, and have no answer yet; ruled here, because they are about no child."""
    table, closed = store.unplaced, unknown_to(desk, asker.organisation)
    rows = [
        row
        for row in desk.store.rows(select(table).order_by(table.c.position))
        if row["message"] not in closed and _still_asked(desk, row["message"])
    ]
    items = [
        ItemRef(
            item=f"unplaced:{row['message']}", category="codes", persons=(), position=row["position"],
            organisation=organisation_of(desk, row["organisation"]),
        )
        for row in rows
    ]  # fmt: skip
    shown = {item.item for item in look(desk, asker, items, "tasks").shown} if items else set()
    for row in rows:
        if f"unplaced:{row['message']}" in shown:
            yield Task(
                kind="unplaced", key=row["message"], href=f"/unplaced/{row['message']}", since=row["known_at"],
                what=f"A concern of {name_of(desk, row['organisation'])} names no child: ask which children it is about",
            )  # fmt: skip


def _still_asked(desk: Desk, message: str) -> bool:
    """Whether nobody has said which children it is about, of it or of what it corrects, and it stands."""
    said = desk.store.rows(
        select(store.said.c.standing).where(store.said.c.stream == f"message:{message}", store.said.c.version == 1)
    )
    if not said or said[0]["standing"] != "current":
        return False
    while message:
        facts = [one.fact for one in desk.record.load(f"message:{message}")]
        if any(isinstance(one, ChildrenNamed | WithdrawalRecorded) for one in facts):
            return False
        message = next((one.corrects for one in facts if isinstance(one, CorrectionRecorded)), "")
    return True


def differing(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Children of whom organisations hold different addresses."""
    for row in addresses.conflicts(desk, asker).rows:
        since = datetime.combine(row.since, time(), LONDON).astimezone(UTC)
        yield Task(
            kind="addresses", key=row.child, child=row.child, href="/tasks/addresses", since=since,
            what="Organisations hold different addresses of a child: ask which is right",
        )  # fmt: skip


def second(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Decisions about identity that wait for a second person, other than who made them."""
    table, seen = store.identity, horizon(desk, staff_of(desk, asker.staff))
    query = (
        select(table).where(table.c.state == "waits_for_second", table.c.by != asker.staff).order_by(table.c.position)
    )
    rows = [row for row in desk.store.rows(query) if sees_decision(desk, seen, row)]
    if not rows:
        return
    shown = {one.item for one in look(desk, asker, [decision_code(row) for row in rows], "tasks", purpose=REVIEW).shown}
    for row in rows:
        if f"identity:{row['identity']}" in shown:
            yield Task(
                kind="identity_second", key=row["identity"], href=f"/identity/decision/{row['identity']}",
                what="A decision about identity waits for a second person", since=row["asked_at"],
            )  # fmt: skip


SOURCES += [
    Source(("screen",), overdue), Source(("enter_contact",), unplaced), Source(("worklist",), differing),
    Source(("identity",), second),
]  # fmt: skip
