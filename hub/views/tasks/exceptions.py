"""What exceptions make somebody do: agree to an override, go through one afterwards, and hear of one that nobody went through.

These name no child: who agrees and goes through them may not know of the child's page. Whoever asked, or is related, has none.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from hub.domain.exceptions import WORKS, Exceptional, review_due, state_at, to_review
from hub.domain.person import RestrictionSet
from hub.domain.protected import fold as fold_protected
from hub.domain.staff import Staff, may
from hub.views import tasks
from hub.views.asking import Desk, staff_of, survivor
from hub.views.exception_lists import family_looks, recent, tells_family
from hub.views.leaning import closed
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import Source

KINDS = {
    "override_waits": "Overrides that wait for a second person",
    "exception_works": "Overrides that work now",
    "exception_review": "Exceptions to go through",
    "exception_report": "Emergencies that nobody went through in time",
    "own_family": "Looks at one's own family",
    "protected_met": "Records that may be of a declared family",
}
MARKED = ("waiting", "open", "closed")  # of these rows something may wait


def _find(desk: Desk, asker: Asker) -> Iterator[Task]:
    member, now = staff_of(desk, asker.staff), desk.clock.now()
    shut = closed(desk.edition.calendar, now)
    for one in recent(desk, MARKED):
        if one.by == asker.staff or not {one.child, survivor(desk, one.child)}.isdisjoint(member.related):
            continue
        if may(member.roles, "approve_override") and one.kind == "override":
            yield from _to_agree(one, now, shut=shut)
        if tells_family(member) and one.kind == "override":
            yield from _works(one, now, shut=shut)
        if (
            may(member.roles, "review_exceptions")
            and one.approved_by != asker.staff
            and to_review(one, now, closed=shut)
        ):
            yield from _to_review(desk, member, one, now)
    if may(member.roles, "identity_restricted"):
        yield from _met(desk, asker)
    if tells_family(member):
        for look in family_looks(desk, asker.staff):
            yield Task(
                kind="own_family", key=look.staff, what="Somebody looked at their own family's record and saw nothing",
                href="/exceptions", since=look.latest, red=True,
            )  # fmt: skip


def _to_agree(one: Exceptional, now: datetime, *, shut: bool) -> Iterator[Task]:
    state = state_at(one, now, closed=shut)
    if state in {"waits", "works_until_second"} and one.asked_at is not None:
        what = "An override waits for you or another to agree"
        yield Task(
            kind="override_waits", key=one.id, what=f"{what}, and works meanwhile" if one.at_night else what,
            href=f"/exceptions/override-{one.id}", since=one.asked_at, due=one.second_by, red=one.at_night,
        )  # fmt: skip


def _works(one: Exceptional, now: datetime, *, shut: bool) -> Iterator[Task]:
    """Who answers for information hears of an override while it works, not only when it is over."""
    if state_at(one, now, closed=shut) in WORKS and one.asked_at is not None:
        yield Task(
            kind="exception_works", key=one.id, what="An override of a refusal works now",
            href=f"/exceptions/override-{one.id}", since=one.begins or one.asked_at,
        )  # fmt: skip


def _met(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Who was restricted because they may be of a declared family, and not surely: somebody sees whether it is them."""
    rows = desk.store.rows(select(matter.c.stream, matter.c.holder).where(matter.c.kind == "protected"))
    for row in rows:
        if row["holder"] == asker.staff:
            continue
        one = fold_protected(row["stream"].partition(":")[2], (each.fact for each in desk.record.load(row["stream"])))
        for met in one.met:
            if met.verdict != "review":
                continue
            last = [each for each in desk.record.load(f"person:{met.person}") if isinstance(each.fact, RestrictionSet)]
            if last and getattr(last[-1].fact, "decision", "") == row["stream"]:
                yield Task(
                    kind="protected_met", key=f"{one.id}/{met.person}", child=met.person,
                    what="A record was restricted because it may be of a declared family: see whether it is",
                    href=f"/identity/person/{met.person}", since=last[-1].envelope.known_at,
                )  # fmt: skip


def _to_review(desk: Desk, member: Staff, one: Exceptional, now: datetime) -> Iterator[Task]:
    due = review_due(one, desk.edition.calendar)
    if one.asked_at is None or due is None:
        return
    late = due < now
    # what nobody went through by then is reported, by itself, to who answers for information
    reported = late and one.kind == "break_glass" and tells_family(member)
    glass = one.kind == "break_glass"
    yield Task(
        kind="exception_report" if reported else "exception_review", key=one.id,
        what="A record opened in an emergency was not gone through in time"
        if reported
        else "A record was opened in an emergency: go through it"
        if glass
        else "An override is over: go through it",
        href=f"/exceptions/{one.stream.replace(':', '-')}", since=one.asked_at, due=due, overdue=late, red=reported,
    )  # fmt: skip


tasks.KINDS.update(KINDS)
tasks.SOURCES.append(Source(("approve_override", "review_exceptions", "identity_restricted"), _find))
