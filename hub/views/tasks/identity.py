"""What waits for who reviews identity: answers about records in doubt, those that came, and who may be too many others."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import or_, select

from hub.domain import own_record
from hub.domain.request import RequestMade
from hub.flow.propose import MOST_AT_ONCE
from hub.views import sameness, store
from hub.views.asking import look
from hub.views.covering import ANSWERS, settled
from hub.views.desk import Desk, name_of
from hub.views.horizon import REVIEW, code, horizon, row_of
from hub.views.in_review import ONE_WORKING_DAY
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.who_is_who import candidates, persons_of

KINDS |= {
    "record_asked_overdue": "Answers about records in doubt that are overdue",
    "record_answered": "Records in doubt about which an organisation has answered",
    "too_many_alike": f"Persons of whom more than {MOST_AT_ONCE} others may be the same",
}


def asked(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What organisations were asked about records that are in doubt still: overdue, or answered and to be looked at."""
    now, seen = desk.clock.now(), horizon(desk, staff_of(desk, asker.staff))
    query = select(matter).where(matter.c.kind == "request", matter.c.what == own_record.PURPOSE)
    for row in _known(desk, asker, settled(desk, desk.store.rows(query.order_by(matter.c.opened_at)))):
        made = desk.record.load(row["stream"], upto=1)[0].fact
        if not isinstance(made, RequestMade):
            continue
        person = persons_of(desk, [made.source_record]).get(made.source_record, "")
        held = row_of(desk, person)
        others = [*candidates(desk, person), *sameness.others_of(desk.store, person)]
        in_review = held is not None and held["standing"] == "in_review" and not held["merged_into"]
        proposed = sameness.others_of(desk.store, person)
        known = held is not None and seen.sees([person, *others], marked=bool(held["restricted"]))
        if not known or not (in_review or proposed):
            continue
        place = f"/identity/review/{person}" if in_review else f"/identity/proposal/{person}/{proposed[0]}"
        whom = name_of(desk, row["organisation"])
        if row["state"] == "asked" and row["due"] is not None and row["due"] < now:
            yield Task(
                kind="record_asked_overdue", key=row["stream"], href=place, since=row["opened_at"], due=row["due"],
                what=f"{whom} has not answered in time about its own record in doubt", overdue=True, holder=whom,
            )  # fmt: skip
        elif row["state"] in ANSWERS and not _looked_since(desk, person, row["changed_at"]):
            due = desk.edition.due(ONE_WORKING_DAY, row["changed_at"])
            yield Task(
                kind="record_answered", key=row["stream"], href=place, since=row["changed_at"], due=due,
                overdue=due < now, what=f"{whom} has answered about its own record: look at the review again",
            )  # fmt: skip


def too_many(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Persons of whom more others may be the same than are proposed at once: a placeholder, or a number of everybody's."""
    now, seen = desk.clock.now(), horizon(desk, staff_of(desk, asker.staff))
    rows = [one for one in sameness.crowded(desk.store, store.person) if seen.sees([one["person"]])]
    items = [code("crowded", one["person"]) for one in rows]
    shown = {one.item for one in look(desk, asker, items, "tasks", purpose=REVIEW).shown} if items else set()
    for row in rows:
        if f"crowded:{row['person']}" in shown:
            due = desk.edition.due(ONE_WORKING_DAY, row["since"])
            yield Task(
                kind="too_many_alike", key=row["person"], href=f"/identity/person/{row['person']}", since=row["since"],
                due=due, overdue=due < now,
                what=f"More than {MOST_AT_ONCE} possible matches: look at the name or number, it may be a placeholder",
            )  # fmt: skip


def _looked_since(desk: Desk, person: str, answered: datetime) -> bool:
    """Whether somebody answered the review since, though they could not tell."""
    table = store.identity
    mine = or_(table.c.person == person, table.c.other == person)
    return bool(desk.store.rows(select(table.c.identity).where(mine, table.c.asked_at > answered).limit(1)))


def _known(desk: Desk, asker: Asker, rows: list[store.Row]) -> list[store.Row]:
    """Those whose person the sharing policies let this reviewer know of; one look."""
    items = {row["child"]: code("review", row["child"]) for row in rows}
    shown = (
        {one.item for one in look(desk, asker, [*items.values()], "tasks", purpose=REVIEW).shown} if items else set()
    )
    return [row for row in rows if f"review:{row['child']}" in shown]


SOURCES += [Source(("identity",), asked), Source(("identity",), too_many)]
