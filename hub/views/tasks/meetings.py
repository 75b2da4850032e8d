"""What waits of meetings: one to hold, one without an agenda, one to hold again; children whom none reached, and what it said.

Of a child it names none to who only sits there: that stands on the meeting's page, and of whom they may not know there
it is no task either.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from hub.domain.staff import Permission
from hub.views.agendas import OnAgenda, known_of, on_agendas, seen_as
from hub.views.convening import meeting_of
from hub.views.desk import Desk, name_of
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {
    "meeting_to_hold": "Meetings whose day has passed: record who was there",
    "meeting_without_agenda": "Meetings of the next days without a child on the agenda",
    "meeting_again": "Meetings that were not quorate: call them again",
    "meeting_not_reached": "Children whom a meeting did not reach",
    "meeting_no_owner": "What a meeting said, and nobody does",
    "meeting_follow": "What a meeting said is to be done",
    "meeting_back": "What a meeting gave back to the front door",
}
SOON = timedelta(days=3)  # before its day a meeting without an agenda is somebody's task
PERMISSIONS: tuple[Permission, ...] = ("chair", "lead")


def to_hold(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Meetings past their day, for who says who was there; about to come with nobody on the agenda, or not quorate, for who
    runs them.
    """
    now, member = desk.clock.now(), staff_of(desk, asker.staff)
    query = select(matter).where(matter.c.kind == "meeting", matter.c.state.in_(("called", "not_quorate")))
    for row in desk.store.rows(query.order_by(matter.c.position)):
        ident = row["stream"].partition(":")[2]
        state = meeting_of(desk, ident)
        seen = seen_as(member, state)
        if state.called is None:
            continue
        about: dict[str, Any] = {
            "key": row["stream"], "href": f"/meetings/{ident}", "since": row["changed_at"], "due": row["due"]
        }  # fmt: skip
        if row["state"] == "not_quorate":
            if seen.runs:
                yield Task(
                    kind="meeting_again", what=f"{state.called.type}: it was not quorate, call it again", **about
                )
        elif row["due"] <= now:
            if seen.holds:
                yield Task(
                    kind="meeting_to_hold", what=f"{state.called.type}: record who was there", overdue=True, **about
                )
        elif row["due"] - SOON <= now and seen.runs and state.called.about == "children":
            rows = [one for one in on_agendas(desk, [ident]) if one.state == "on"]
            if not known_of(desk, asker, rows, {ident: seen}.__getitem__, "tasks").rows:
                yield Task(kind="meeting_without_agenda", what=f"{state.called.type}: nobody is on its agenda", **about)


def said(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What waits of children: not reached, without anybody who does it, to be done, back to the front door."""
    member, now = staff_of(desk, asker.staff), desk.clock.now()
    rows = on_agendas(desk, states=("on", "open"))
    states = {ident: meeting_of(desk, ident) for ident in {one.meeting for one in rows}}
    rows = [one for one in rows if one.state == "open" or states[one.meeting].state in {"held", "called_off"}]
    ways = {ident: seen_as(member, state) for ident, state in states.items()}
    rows = [one for one in rows if ways[one.meeting].records]
    if not rows:
        return
    for one in known_of(desk, asker, rows, ways.__getitem__, "tasks").rows:
        screens = ways[one.meeting].screens
        kind, what = _what(desk, one)
        if kind == "meeting_back" and not screens:
            continue
        yield Task(
            kind=kind, what=what, key=one.stream if screens else str(uuid5(NAMESPACE_URL, one.stream)),
            child=one.child if screens else "", href=f"/meetings/{one.meeting}", since=one.since, due=one.due,
            overdue=one.due is not None and one.due <= now,
            holder=name_of(desk, one.organisation) if one.organisation else "",
        )  # fmt: skip


def _what(desk: Desk, one: OnAgenda) -> tuple[str, str]:
    if one.state == "on":
        return "meeting_not_reached", "A meeting did not reach a child: carry it over, or record what it said"
    if one.what == "back_to_front_door":
        return "meeting_back", "A meeting gave a child back to the front door"
    if not one.organisation:
        return "meeting_no_owner", "A meeting said what is to be done, and nobody has taken it"
    return "meeting_follow", f"A meeting said what is to be done: {name_of(desk, one.organisation)}"


SOURCES += [Source(PERMISSIONS, to_hold), Source((*PERMISSIONS, "screen"), said)]
