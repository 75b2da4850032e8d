"""What waits of working together: strategy discussions to hold, decide and hold again, conferences, leads, challenges."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from hub.domain.staff import may
from hub.domain.together import of_parts
from hub.views.desk import Desk
from hub.views.leading import conflicts, told_of, vacancies
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.prompting import taken_by_notice
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.telling import who

KINDS |= {
    "strategy_to_hold": "Strategy discussions whose hour has passed: record who was there",
    "strategy_undecided": "Strategy discussions to decide",
    "strategy_reconvene": "Strategy discussions to hold again",
    "conference_due": "Section 47 enquiries and the conference they lead to",
    "challenge": "Challenges that wait for an answer",
    "challenge_answered": "Your challenges that were answered",
    "prompt_unanswered": "Prompts that nobody says they have",
    "prompt": "What the front door asks your setting to do",
    "lead_asked": "You are asked to lead",
    "lead_unanswered": "Nobody has said yes or no to leading in time",
    "lead_vacant": "Children who need a lead and have none",
    "lead_conflict": "Children for whom two lead: choose",
}


def discussions(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Discussions whose hour has passed, that wait for a decision, or that must meet again."""
    del asker
    now = desk.clock.now()
    states = ("called", "held", "not_quorate", "decided_to_meet_again")
    query = select(matter).where(matter.c.kind == "strategy-discussion", matter.c.state.in_(states))
    for row in desk.store.rows(query.order_by(matter.c.opened_at)):
        about: dict[str, Any] = {
            "key": row["stream"], "child": row["child"], "href": f"/strategy/{row['stream'].partition(':')[2]}",
            "due": row["due"], "since": row["changed_at"], "red": True,
        }  # fmt: skip
        late = row["due"] is not None and row["due"] < now
        if row["state"] == "called" and late:
            yield Task(kind="strategy_to_hold", what="A strategy discussion was to be held: record who was there",
                       overdue=True, **about)  # fmt: skip
        elif row["state"] == "held":
            yield Task(
                kind="strategy_undecided", what="A strategy discussion was held and waits for its decision", **about
            )
        elif row["state"] == "not_quorate":
            yield Task(kind="strategy_reconvene", what="A strategy discussion was not quorate: call it again",
                       overdue=late, **about)  # fmt: skip
        elif row["state"] == "decided_to_meet_again":
            yield Task(kind="strategy_reconvene", what="Section 47 was decided in immediate danger: the discussion meets again",
                       overdue=late, **about)  # fmt: skip


def conferences(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Section 47 enquiries that are open, with the day of their conference."""
    del asker
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind == "section-47", matter.c.state == "section_47")
    for row in desk.store.rows(query.order_by(matter.c.due)):
        ident = row["stream"].partition(":")[2].partition("/")[0]
        yield Task(
            kind="conference_due", key=row["stream"], child=row["child"], href=f"/strategy/{ident}",
            since=row["changed_at"], due=row["due"], overdue=row["due"] < now,
            what="A section 47 enquiry is open: hold the conference in time, or record what came of it",
        )  # fmt: skip


def asked_to_lead(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What this very person is asked. It names no child: who is asked may know of one on the page of what they are asked."""
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind == "lead", matter.c.organisation == asker.staff)
    for row in told_of(desk, asker, desk.store.rows(query.order_by(matter.c.due)), "tasks"):
        yield Task(
            kind="lead_asked", key=row["stream"], href="/leads", since=row["changed_at"], due=row["due"],
            overdue=row["due"] < now, holder=who(desk, asker.staff), what="You are asked to lead for a child",
        )  # fmt: skip


def leads(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Questions without an answer in time, children who need a lead, and children for whom two lead."""
    del asker
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind == "lead", matter.c.organisation != "", matter.c.due < now)
    waiting = {row["child"]: row for row in desk.store.rows(query)}
    for row in waiting.values():
        yield Task(
            kind="lead_unanswered", key=row["stream"], child=row["child"], href=f"/child/{row['child']}/lead",
            since=row["changed_at"], due=row["due"], overdue=True, holder=who(desk, row["organisation"]),
            what="Somebody was asked to lead and has not answered in time",
        )  # fmt: skip
    for child, since in vacancies(desk):
        due = desk.edition.due(of_parts(desk.edition.parts).timer("lead_vacant"), since)
        yield Task(
            kind="lead_vacant", key=child, child=child, href=f"/child/{child}/lead", since=since, due=due,
            overdue=due < now, what="The decided level needs somebody who leads, and nobody does",
        )  # fmt: skip
    for child in conflicts(desk):
        yield Task(
            kind="lead_conflict", key=child, child=child, href=f"/child/{child}/lead", since=now,
            what="Two persons turned out to be one, and each had a lead: choose who goes on",
        )  # fmt: skip


def challenged(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Challenges that wait, for whoever may answer at their stage and did not raise them."""
    now, roles = desk.clock.now(), staff_of(desk, asker.staff).roles
    rows = desk.store.rows(select(matter).where(matter.c.kind == "challenge", matter.c.state == "open"))
    for row in rows:
        stage = of_parts(desk.edition.parts).stage_of(int(row["what"]))
        if row["by"] == asker.staff or not may(roles, stage.answers):
            continue
        late = row["due"] < now
        yield Task(
            kind="challenge", key=row["stream"], child=row["child"], href=f"/challenge/{row['stream'].partition(':')[2]}",
            since=row["changed_at"], due=row["due"], overdue=late, red=late,
            what=f"A challenge waits for its answer at stage {stage.number}",
        )  # fmt: skip


def answered(desk: Desk, asker: Asker) -> Iterator[Task]:
    """One's own challenges that were answered: accept the answer, or go on."""
    query = select(matter).where(matter.c.kind == "challenge", matter.c.state == "answered", matter.c.by == asker.staff)
    for row in desk.store.rows(query):
        yield Task(
            kind="challenge_answered", key=row["stream"], href=f"/challenge/{row['stream'].partition(':')[2]}",
            since=row["changed_at"], what="Your challenge was answered: accept it, or take it further",
        )  # fmt: skip


def _not_taken(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = taken_by_notice(desk, [row["stream"] for row in rows])
    return [row for row in rows if row["stream"] not in taken]


def prompts(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Prompts that nobody says they have, past their time."""
    del asker
    query = select(matter).where(matter.c.kind == "prompt", matter.c.state == "waits", matter.c.due < desk.clock.now())
    for row in _not_taken(desk, desk.store.rows(query.order_by(matter.c.due))):
        yield Task(
            kind="prompt_unanswered", key=row["stream"], child=row["child"], href=f"/child/{row['child']}/prompts",
            since=row["opened_at"], due=row["due"], overdue=True, what="A setting was sent a prompt and has not answered",
        )  # fmt: skip


def prompted(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What this person's setting is asked. It names no child: that stands on the page of prompts."""
    member = staff_of(desk, asker.staff)
    query = select(matter).where(
        matter.c.kind == "prompt", matter.c.state == "waits", matter.c.organisation == member.organisation,
        matter.c.setting == member.setting,
    )  # fmt: skip
    rows = _not_taken(desk, desk.store.rows(query.order_by(matter.c.due)))
    for row in told_of(desk, asker, rows, "tasks"):
        yield Task(
            kind="prompt", key=row["stream"], href="/prompts", since=row["opened_at"], due=row["due"],
            overdue=row["due"] < desk.clock.now(), what="The front door asks your setting to do something",
        )  # fmt: skip


SOURCES += [Source(("screen",), prompts), Source(("answer",), prompted)]
SOURCES += [Source(("decide", "supervise"), challenged), Source(("challenge",), answered)]
SOURCES += [Source(("lead",), asked_to_lead), Source(("screen",), leads)]
SOURCES += [Source(("screen",), discussions), Source(("screen", "decide"), conferences)]
