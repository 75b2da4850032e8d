"""Lists of exceptions for who goes through them: the recent ones, counts for each person, looks at one's own family, and
every look that leaned on one. Codes of record and ledger; whether they may be known of is ruled by who shows them.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import func, select

from hub.domain.exceptions import Exceptional, FamilyLooksReviewed, fold
from hub.domain.ledger import Asked
from hub.domain.sharing import NO_WORDS
from hub.domain.staff import Staff, groups, may
from hub.views import store
from hub.views.asking import HUB, PARTNERSHIP, Desk, caught_up, families
from hub.views.leaning import KINDS
from hub.views.matters import matter
from hub.views.models.exceptions import Counts, FamilyLook, Opened
from hub.views.telling import who

MOST = 200


def recent(desk: Desk, states: Iterable[str] = ()) -> list[Exceptional]:
    """Exceptions, the latest first; with `states`, those whose row says one of these."""
    query = select(matter.c.stream).where(matter.c.kind.in_(KINDS))
    if wanted := tuple(states):
        query = query.where(matter.c.state.in_(wanted))
    rows = desk.store.rows(query.order_by(matter.c.position.desc()).limit(MOST))
    return [fold(row["stream"], desk.record.load(row["stream"])) for row in rows]


def tells_family(member: Staff) -> bool:
    """Whether this person is told of looks at one's own family: who answers for information, and reads no content."""
    return "no_content" in groups(member.roles) and may(member.roles, "review_exceptions")


def family_looks(desk: Desk, without: str = "") -> list[FamilyLook]:
    """Who looked at their own family since somebody went through it last; never one's own looks."""
    caught_up(desk, "ledger")
    table = matter
    query = (
        select(
            table.c.by, func.count().label("looks"), func.max(table.c.position).label("until"),
        )
        .where(table.c.kind == "family-look", table.c.by != without)
        .group_by(table.c.by)
    )  # fmt: skip
    found = []
    for row in desk.store.rows(query):
        reviewed = _family_reviewed(desk, row["by"])
        if row["until"] <= reviewed:
            continue
        newer = select(table.c.opened_at, table.c.position).where(
            table.c.kind == "family-look", table.c.by == row["by"], table.c.position > reviewed
        )
        looks = desk.store.rows(newer.order_by(table.c.position))
        found.append(
            FamilyLook(
                staff=row["by"], who=who(desk, row["by"]), looks=len(looks), latest=looks[-1]["opened_at"],
                until=looks[-1]["position"],
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.latest, reverse=True)


def _family_reviewed(desk: Desk, staff: str) -> int:
    facts = (one.fact for one in desk.record.load(f"own-family:{staff}"))
    return max((fact.until for fact in facts if isinstance(fact, FamilyLooksReviewed)), default=0)


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
