"""What exceptions make somebody do: agree to an override, go through one afterwards, and hear of one that nobody went through.

These name no child: who agrees and goes through them may not know of the child's page. Whoever asked, or is related, has none.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from hub.domain.exceptions import WORKS, Exceptional, next_working_day, review_due, state_at, to_review
from hub.domain.person import RestrictionSet
from hub.domain.protected import Protected
from hub.domain.protected import fold as fold_protected
from hub.domain.staff import Staff, may
from hub.views import tasks
from hub.views.desk import Desk
from hub.views.exception_lists import family_looks, night_looks, recent, rings_of, tells_family
from hub.views.leaning import closed
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.protecting import answers_for, member_is_other
from hub.views.store import enquiry
from hub.views.tasks import Source
from hub.views.who_is_who import survivor

KINDS = {
    "override_waits": "Overrides that wait for a second person",
    "exception_works": "Overrides that work now",
    "exception_review": "Exceptions to go through",
    "exception_report": "Emergencies that nobody went through in time",
    "exception_crosswise": "Overrides of people who agreed to each other's",
    "night_looks": "Children read of out of hours for a contact",
    "own_family": "Looks at one's own family",
    "protected_met": "Records that may be of a declared family",
    "protected_confirm": "Records that one person restricts alone",
    "protected_report": "Records that one person restricts alone, and nobody looked at in time",
    "protected_doubted": "Family matches that may be wrong",
    "protected_held": "MASH enquiries whose holder is of the child's family",
}
MARKED = ("waiting", "open", "closed")  # of these rows something may wait


def _find(desk: Desk, asker: Asker) -> Iterator[Task]:
    member, now = staff_of(desk, asker.staff), desk.clock.now()
    shut = closed(desk.edition.calendar, now)
    crossed = rings_of(desk, recent(desk))
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
        if one.id in crossed and may(member.roles, "review_exceptions") and asker.staff not in crossed[one.id]:
            yield from _crosswise(desk, one, now)
    if may(member.roles, "review_exceptions"):
        for read in night_looks(desk, asker.staff):
            yield Task(
                kind="night_looks", key=read.staff,
                what="The worker on duty read of children because contacts had come in out of hours: go through it",
                href="/exceptions", since=read.since, due=read.due, overdue=read.overdue, red=read.overdue,
            )  # fmt: skip
    if may(member.roles, "identity_restricted"):
        yield from _met(desk, asker)
    if answers_for(member):
        yield from _declared(desk, member, now)
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


def _crosswise(desk: Desk, one: Exceptional, now: datetime) -> Iterator[Task]:
    """At once, and not only when it is over: whoever goes through it may end it."""
    due = review_due(one, desk.edition.calendar)
    if one.asked_at is not None and due is not None:
        yield Task(
            kind="exception_crosswise", key=one.id,
            what="Who asked for this override and who agreed have agreed to each other's: go through both",
            href=f"/exceptions/override-{one.id}", since=one.approved_at or one.asked_at, due=due, overdue=due < now, red=True,
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


def _declared(desk: Desk, member: Staff, now: datetime) -> Iterator[Task]:
    """What one person restricts alone: somebody else confirms or lifts it, and it is reported when nobody has in time.

    A match of which somebody says that it is wrong waits for a second person. A MASH enquiry whose holder is of the family,
    and sees it no more, waits for another holder.
    """
    rows = desk.store.rows(select(matter.c.stream, matter.c.opened_at).where(matter.c.kind == "protected"))
    for row in rows:
        ident = row["stream"].partition(":")[2]
        one = fold_protected(ident, (each.fact for each in desk.record.load(row["stream"])))
        if not member_is_other(desk, member.id, one.accounts) or not {m.person for m in one.met}.isdisjoint(
            member.related
        ):
            continue
        if one.provisional:
            due = next_working_day(row["opened_at"], desk.edition.calendar)
            late = due < now
            yield Task(
                kind="protected_report" if late else "protected_confirm", key=ident,
                what="Nobody confirmed or lifted in time what one person restricts alone: it stays restricted until you do"
                if late
                else "One person restricts a record alone, as their family's: confirm it, or lift it",
                href="/protected", since=row["opened_at"], due=due, overdue=late, red=late,
            )  # fmt: skip
        for person, by in one.doubted:
            if member_is_other(desk, member.id, [by]):
                yield Task(
                    kind="protected_doubted", key=f"{ident}/{person}", href="/protected", since=row["opened_at"],
                    what="Somebody says that a family match is wrong: agree, or not",
                )  # fmt: skip
        if may(member.roles, "supervise"):
            yield from _held_by_family(desk, one)


def _held_by_family(desk: Desk, one: Protected) -> Iterator[Task]:
    children = sorted({each.person for each in one.met} - {*one.parted})
    query = (
        select(matter.c.enquiry, enquiry.c.child, matter.c.opened_at)
        .join(enquiry, enquiry.c.enquiry == matter.c.enquiry)
        .where(
            matter.c.kind == "mash-enquiry", matter.c.state == "open", matter.c.holder.in_(one.accounts),
            enquiry.c.child.in_(children), enquiry.c.state != "decided",
        )
    )  # fmt: skip
    for row in desk.store.rows(query) if children else ():
        yield Task(
            kind="protected_held", key=row["enquiry"], child=row["child"], since=row["opened_at"], red=True,
            what="The holder of this MASH enquiry may not know of the child any more: give it to somebody else",
            href=f"/child/{row['child']}?enquiry={row['enquiry']}",
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
