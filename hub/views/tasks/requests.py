"""What waits around requests: answers that are overdue, requests and releases to decide, notices nobody acknowledged, and
judgements of harm to look at again.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from hub.domain import own_record
from hub.domain.staff import Staff, groups
from hub.views.covering import of_others, settled
from hub.views.desk import Desk, name_of
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {
    "request_overdue": "Answers that are overdue",
    "request_to_answer": "Requests to your organisation",
    "refusal_review": "Refusals for harm to look at again",
    "release_asked": "Items that you are asked to release",
    "notice_unread": "Notices to your organisation that nobody has acknowledged",
    "notice_overdue": "Notices that an organisation has not acknowledged in time",
}


def front_door(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What waits for the MASH: answers and acknowledgements that are overdue, refusals to look at again."""
    del asker
    now = desk.clock.now()
    asked = [row for row in _rows(desk, "request") if row["what"] != own_record.PURPOSE]  # theirs: tasks/identity.py
    for row in settled(desk, asked):
        late = row["due"] is not None and row["due"] < now
        place = f"/enquiry/{row['enquiry']}/requests"
        if row["state"] == "asked" and late:
            yield Task(
                kind="request_overdue", key=row["stream"], child=row["child"], href=place, since=row["opened_at"],
                what=f"{_party(desk, row)} has not answered in time", due=row["due"], overdue=True,
                holder=name_of(desk, row["organisation"]),
            )  # fmt: skip
        elif row["state"] == "refused" and late:
            yield Task(
                kind="refusal_review", key=row["stream"], child=row["child"], href=place, since=row["changed_at"],
                what=f"{_party(desk, row)} judged that telling would harm more: ask whether it still holds",
                due=row["due"], overdue=True,
            )  # fmt: skip
    for row in _rows(desk, "notice", state="waits"):
        if row["due"] is not None and row["due"] < now:
            yield Task(
                kind="notice_overdue", key=row["stream"], child=row["child"], href="/tasks", since=row["opened_at"],
                what=f"{_party(desk, row)} has not said that it has a notice ({row['what'].replace('_', ' ')})",
                due=row["due"], overdue=True, holder=name_of(desk, row["organisation"]),
            )  # fmt: skip


def organisation(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What waits for an organisation's own staff: requests, releases and notices, of their setting or of the whole."""
    now, member = desk.clock.now(), staff_of(desk, asker.staff)
    for row in settled(desk, of_others(desk, _rows(desk, "request", member.organisation), member.related)):
        if row["state"] == "asked" and _theirs(row, member):
            yield Task(
                kind="request_to_answer", key=row["stream"], href=f"/requests/{_ident(row)}", since=row["opened_at"],
                what="A request waits for your answer", due=row["due"],
                overdue=row["due"] is not None and row["due"] < now,
            )  # fmt: skip
    for row in of_others(desk, _rows(desk, "release", member.organisation, "asked"), member.related):
        if _theirs(row, member):
            yield Task(
                kind="release_asked", key=row["stream"], href="/releases", since=row["changed_at"],
                what="You are asked to release an item of your own",
            )  # fmt: skip
    for row in of_others(desk, _rows(desk, "notice", member.organisation, "waits"), member.related):
        if _theirs(row, member):
            yield Task(
                kind="notice_unread", key=row["stream"], href="/requests", since=row["opened_at"],
                what=f"A notice waits for your acknowledgement ({row['what'].replace('_', ' ')})", due=row["due"],
                overdue=row["due"] is not None and row["due"] < now,
            )  # fmt: skip


SOURCES += [Source(("screen",), front_door), Source(("answer",), organisation)]


def _rows(desk: Desk, kind: str, of: str = "", state: str = "") -> list[dict[str, Any]]:
    query = select(matter).where(matter.c.kind == kind).order_by(matter.c.opened_at)
    query = query.where(matter.c.organisation == of) if of else query
    return desk.store.rows(query.where(matter.c.state == state) if state else query)


def _party(desk: Desk, row: dict[str, Any]) -> str:
    whole = name_of(desk, row["organisation"])
    return f"{whole}: {row['setting'].replace('_', ' ')}" if row["setting"] else whole


def _theirs(row: dict[str, Any], member: Staff) -> bool:
    return "own_organisation" in groups(member.roles) or (bool(row["setting"]) and row["setting"] == member.setting)


def _ident(row: dict[str, Any]) -> str:
    return str(row["stream"].partition(":")[2])
