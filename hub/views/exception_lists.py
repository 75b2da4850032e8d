"""Lists of exceptions for who goes through them: the recent ones, counts for each person, looks at one's own family, and
every look that leaned on one. Codes of record and ledger; whether they may be known of is ruled by who shows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
from sqlalchemy import func, select

from hub.domain.crosswise import rings
from hub.domain.exceptions import Exceptional, FamilyLooksReviewed, NightLooksReviewed, fold, next_working_day
from hub.domain.ledger import Asked
from hub.domain.sharing import NO_WORDS
from hub.domain.staff import Staff, groups, may
from hub.views import store
from hub.views.accounts import human_of
from hub.views.desk import HUB, PARTNERSHIP, Desk, caught_up
from hub.views.leaning import KINDS
from hub.views.matters import matter
from hub.views.models.exceptions import Counts, FamilyLook, NightLooks, Opened
from hub.views.telling import who
from hub.views.who_is_who import families, survivors

MOST = 200
AROUND = timedelta(days=4)  # an override waits a day, and who passes whose is looked at for a day either way


def recent(desk: Desk, states: Iterable[str] = (), also: Exceptional | None = None) -> list[Exceptional]:
    """Exceptions, the latest first; with `states`, those whose row says one of these; with `also`, those around that one."""
    query = select(matter.c.stream).where(matter.c.kind.in_(KINDS))
    if wanted := tuple(states):
        query = query.where(matter.c.state.in_(wanted))
    if also is not None and also.asked_at is not None:
        query = query.where(matter.c.opened_at > also.asked_at - AROUND, matter.c.opened_at < also.asked_at + AROUND)
    rows = desk.store.rows(query.order_by(matter.c.position.desc()).limit(MOST))
    return [fold(row["stream"], desk.record.load(row["stream"])) for row in rows]


def rings_of(desk: Desk, found: Iterable[Exceptional]) -> dict[str, frozenset[str]]:
    """Of each override that is part of a ring: every account that took part, accounts of one person told as one person."""
    held = list(found)
    names = {one: human_of(desk, one) for each in held for one in (each.by, each.approved_by) if one}
    told = [replace(one, by=names[one.by], approved_by=names.get(one.approved_by, "")) for one in held]
    return {
        ident: frozenset(account for account, human in names.items() if human in ring)
        for ident, ring in rings(told).items()
    }


def tells_family(member: Staff) -> bool:
    """Whether this person is told of looks at one's own family: who answers for information, and reads no content."""
    return "no_content" in groups(member.roles) and may(member.roles, "review_exceptions")


def family_looks(desk: Desk, without: str = "") -> list[FamilyLook]:
    """Who looked at their own family since somebody went through it last; never one's own looks."""
    return [
        FamilyLook(staff=by, who=who(desk, by), looks=len(rows), latest=rows[-1]["opened_at"], until=rows[-1]["position"])
        for by, rows in _since_reviewed(desk, "family-look", "own-family", without)
    ]  # fmt: skip


def night_looks(desk: Desk, without: str = "") -> list[NightLooks]:
    """Who read of which children out of hours because contacts had come in, since somebody went through it; not one's own."""
    found = []
    for by, rows in _since_reviewed(desk, "night-look", "night-looks", without):
        due = next_working_day(rows[0]["opened_at"], desk.edition.calendar)
        children = tuple(dict.fromkeys(survivors(desk, [row["child"] for row in rows]).values()))
        found.append(
            NightLooks(
                staff=by, who=who(desk, by), looks=len(rows), children=children, since=rows[0]["opened_at"],
                latest=rows[-1]["opened_at"], until=rows[-1]["position"], due=due, overdue=due < desk.clock.now(),
            )
        )  # fmt: skip
    return found


def _since_reviewed(desk: Desk, kind: str, stream: str, without: str) -> list[tuple[str, Sequence[store.Row]]]:
    """Looks of one kind by each person since they were last gone through, in order; who looked last comes first."""
    caught_up(desk, "ledger")
    table = matter
    query = select(table.c.by).where(table.c.kind == kind, table.c.by != without).distinct()
    found = []
    for by in [row["by"] for row in desk.store.rows(query)]:
        if without and human_of(desk, by) == human_of(desk, without):
            continue
        facts = (one.fact for one in desk.record.load(f"{stream}:{by}"))
        kinds = (FamilyLooksReviewed, NightLooksReviewed)
        reviewed = max((fact.until for fact in facts if isinstance(fact, kinds)), default=0)
        newer = select(table.c.opened_at, table.c.position, table.c.child).where(
            table.c.kind == kind, table.c.by == by, table.c.position > reviewed
        )
        if looks := desk.store.rows(newer.order_by(table.c.position)):
            found.append((by, looks))
    return sorted(found, key=lambda one: one[1][-1]["opened_at"], reverse=True)


def counts(desk: Desk, family: Sequence[FamilyLook]) -> tuple[Counts, ...]:
    """How often each person leaned on exceptions, the most first."""
    table = matter
    query = (
        select(table.c.by, table.c.kind, table.c.state, func.count().label("number"))
        .where(table.c.kind.in_(KINDS))
        .group_by(table.c.by, table.c.kind, table.c.state)
    )
    held: dict[str, dict[str, int]] = {one.staff: {"family": one.looks} for one in family}
    for row in desk.store.rows(query):
        mine = held.setdefault(row["by"], {})
        mine[row["kind"]] = mine.get(row["kind"], 0) + int(row["number"])
        if row["state"] != "reviewed" and (row["kind"] == "break-glass" or row["state"] != "waiting"):
            mine["unreviewed"] = mine.get("unreviewed", 0) + int(row["number"])
    found = [
        Counts(
            staff=who(desk, staff), overrides=each.get("override", 0), break_glass=each.get("break-glass", 0),
            unreviewed=each.get("unreviewed", 0), family=each.get("family", 0),
        )
        for staff, each in held.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.break_glass, -one.overrides, one.staff)))


def looks_under(desk: Desk, one: Exceptional) -> list[Opened]:
    """Every look of who asked that leaned on it, in order: codes of the ledger."""
    if one.begins is None or one.ends is None:
        return []
    caught_up(desk, "ledger")
    family = families(desk, [one.child])[one.child]
    table = store.look
    query = select(table.c.position, table.c.at, table.c.fact).where(
        table.c.child.in_(sorted({one.child, *family})), table.c.at >= one.begins, table.c.at <= one.ends
    )
    found: dict[int, Opened] = {}
    for row in desk.store.rows(query.order_by(table.c.position)):
        asked = msgspec.json.decode(row["fact"], type=Asked)
        if asked.who != one.by or asked.invokes != one.kind:
            continue
        owners = {each.organisation for each in asked.rulings if each.allowed and each.category not in NO_WORDS}
        found[row["position"]] = Opened(
            position=row["position"], at=row["at"], page=asked.reason.replace("_", " "), items=len(asked.opened),
            organisations=tuple(sorted(owners - {HUB.id, PARTNERSHIP.id})),
        )  # fmt: skip
    return list(found.values())
