"""What waits around MASH enquiries, and around contacts that went to who is at it already."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from hub.domain.enquiry import FRONT_DOOR, RED, ClosingProposed
from hub.domain.holding import grades_of
from hub.domain.staff import may
from hub.views import alerts, store
from hub.views.asking import look
from hub.views.desk import Desk
from hub.views.enquiring import folded
from hub.views.holders import can_hold, of_the_front_door
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.telling import who
from hub.views.who_is_who import survivor

KINDS |= {
    "red_unclaimed": "Red MASH enquiries that nobody holds",
    "enquiry_overdue": "MASH enquiries past their time",
    "enquiry_ungraded": "MASH enquiries to grade",
    "hand_over": "Hand-overs that wait to be accepted",
    "closing": "Closings that wait for a manager",
    "unseen": "What came in unread at a red decision",
    "forwarded_to_me": "Contacts that went to you",
    "forwarding_unanswered": "Forwarded contacts without an answer in time",
    "forwarding_back": "Forwarded contacts that were passed back",
}


def rooms(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What waits of MASH enquiries as a whole: a holder, a grade, a decision, somebody's yes to a hand-over."""
    member = staff_of(desk, asker.staff)
    now, manages, of_day = desk.clock.now(), may(member.roles, "supervise"), of_the_front_door(member)
    grades = grades_of(desk.edition.parts["clocks"])
    query = select(matter).where(matter.c.kind == "mash-enquiry", matter.c.state == "open")
    rows = desk.store.rows(query.order_by(matter.c.opened_at))
    proposed = _proposed_red(desk, asker, [row["enquiry"] for row in rows if not row["what"]])
    for row in rows:
        about: dict[str, Any] = {
            "key": row["stream"], "child": row["child"], "href": f"/enquiry/{row['enquiry']}", "due": row["due"],
        }  # fmt: skip
        late, red = row["due"] is not None and row["due"] < now, row["what"] == RED
        holder = who(desk, row["holder"]) if row["holder"] and can_hold(staff_of(desk, row["holder"])) else ""
        if red and not holder:
            told = _rung(desk, row["enquiry"])
            what = "The holder of a red MASH enquiry has left" if row["holder"] else "A red MASH enquiry has no holder"
            what += f": {told} rung so far" if told else ""
            yield Task(kind="red_unclaimed", what=what, since=row["changed_at"], overdue=late, red=True, **about)
        elif late:
            graded = str(grades.get(row["what"], row["what"])).lower()
            what = f"A MASH enquiry graded {graded} is past its time"
            yield Task(
                kind="enquiry_overdue", what=what, since=row["opened_at"], overdue=True, red=red, holder=holder, **about
            )
        if not row["what"]:
            by_rule = row["enquiry"] in proposed
            what = "A MASH enquiry has no grade yet" + (", and the rules propose red" if by_rule else "")
            yield Task(kind="enquiry_ungraded", what=what, since=row["opened_at"], holder=holder, red=by_rule, **about)
        to_team = row["organisation"] == FRONT_DOOR and of_day and row["holder"] != asker.staff
        if row["organisation"] and (manages or to_team or asker.staff in {row["organisation"], row["holder"]}):
            mine = row["organisation"] == asker.staff
            asked = "The front door" if row["organisation"] == FRONT_DOOR else who(desk, row["organisation"])
            what = "You are asked to take a MASH enquiry over" if mine else "A hand-over waits to be accepted"
            yield Task(
                kind="hand_over", since=row["changed_at"], holder=asked, red=red,
                what="A MASH enquiry is handed over to whoever of the front door takes it" if to_team else what,
                **about | {"href": f"/enquiry/{row['enquiry']}/holder"},
            )  # fmt: skip


def _proposed_red(desk: Desk, asker: Asker, enquiries: Sequence[str]) -> frozenset[str]:
    """Of these MASH enquiries those that stand on an alert which the rules propose as red, and which this asker may know of."""
    rows = alerts.red(desk, "in_enquiry", enquiries) if enquiries else []
    shown = (
        {item.item for item in look(desk, asker, [alerts.codes(row) for row in rows], "tasks").shown} if rows else ()
    )
    return frozenset(row["enquiry"] for row in rows if alerts.codes(row).item in shown)


def _rung(desk: Desk, enquiry: str) -> str:
    steps = folded(desk, enquiry)[0].rung
    return "" if not steps else "1 role was" if steps == 1 else f"{steps} roles were"


def unread(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What came in before a red decision, and nobody has read since."""
    del asker
    for row in desk.store.rows(select(store.enquiry).where(store.enquiry.c.unseen > 0)):
        many = "1 thing" if row["unseen"] == 1 else f"{row['unseen']} things"
        yield Task(
            kind="unseen", key=f"{row['enquiry']}/{row['child']}", child=row["child"], red=True,
            href=f"/enquiry/{row['enquiry']}?child={row['child']}", since=row["opened_at"],
            what=f"{many} came in that nobody had read when this was decided at red: read it now",
        )  # fmt: skip


def closings(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Closings that a manager other than who proposed them must agree to."""
    for row in desk.store.rows(select(store.enquiry).where(store.enquiry.c.state == "waiting")):
        state, history = folded(desk, row["enquiry"])
        proposal = history[state.waiting.get(row["child"], 0) - 1] if row["child"] in state.waiting else None
        if proposal is None or not isinstance(proposal.fact, ClosingProposed):
            continue
        if proposal.fact.decided_by != asker.staff:
            yield Task(
                kind="closing", key=f"{row['enquiry']}/{row['child']}", child=row["child"],
                href=f"/enquiry/{row['enquiry']}/closing?child={row['child']}", since=proposal.envelope.known_at,
                what="A closing waits for a manager to agree", red=state.grade == RED,
            )  # fmt: skip


def mine(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Contacts that went to this worker and wait for their word."""
    query = select(matter).where(
        matter.c.kind == "forwarding", matter.c.state == "waits", matter.c.holder == asker.staff
    )
    now = desk.clock.now()
    for row in desk.store.rows(query.order_by(matter.c.due)):
        yield Task(
            kind="forwarded_to_me", key=row["stream"], child=row["child"], href="/forwarded", since=row["opened_at"],
            what="A contact about a child of yours waits for you to say that you have it", due=row["due"],
            overdue=row["due"] < now, holder=who(desk, row["holder"]),
        )  # fmt: skip


def back(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Forwarded contacts that are the front door's again: past their time, or passed back and nobody has taken them up."""
    del asker
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind == "forwarding", matter.c.state.in_(("waits", "passed_back")))
    for row in desk.store.rows(query.order_by(matter.c.due)):
        about: dict[str, Any] = {"key": row["stream"], "child": row["child"], "due": row["due"]}
        child = survivor(desk, row["child"])
        if row["state"] == "waits" and row["due"] < now:
            yield Task(
                kind="forwarding_unanswered", since=row["opened_at"], overdue=True, href=f"/enquiry/new?child={child}",
                what="The worker who is at it has not answered in time: it is on the worklist again",
                holder=who(desk, row["holder"]), **about,
            )  # fmt: skip
        elif row["state"] == "passed_back" and not _taken_up(desk, child, row):
            yield Task(
                kind="forwarding_back", since=row["changed_at"], href=f"/enquiry/new?child={child}",
                what="The worker who is at it passed a contact back: screen it", **about | {"due": None},
            )  # fmt: skip


def _taken_up(desk: Desk, child: str, row: dict[str, Any]) -> bool:
    """Whether a MASH enquiry was opened, or the contact went to somebody else, after it was passed back."""
    rooms_ = select(store.enquiry.c.opened_at).where(store.enquiry.c.child.in_((child, row["child"])))
    if any(one["opened_at"] >= row["changed_at"] for one in desk.store.rows(rooms_)):
        return True
    later = select(matter.c.opened_at).where(
        matter.c.kind == "forwarding", matter.c.child.in_((child, row["child"])), matter.c.stream != row["stream"]
    )
    return any(one["opened_at"] >= row["changed_at"] for one in desk.store.rows(later))


SOURCES += [
    Source(("screen",), rooms), Source(("screen",), unread), Source(("supervise",), closings),
    Source(("picture",), mine), Source(("screen",), back),
]  # fmt: skip
