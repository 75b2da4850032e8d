"""Alerts as people read them: a row of the worklist, and the reasons on a child's page. Codes and the rule's sentences."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, func, not_, or_, select, type_coerce

from hub.domain import child as children
from hub.domain.alert import AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.clocks import grade
from hub.domain.enquiry import RED
from hub.domain.moments import london_day
from hub.domain.reasons import FRONT_DOOR_WORDS, day_words, not_said, of_whom
from hub.domain.signal import Signal
from hub.flow.disclose import ItemRef
from hub.views import store
from hub.views.chronology import label
from hub.views.columns import Moment
from hub.views.desk import HUB, Desk, name_of
from hub.views.leaning import closed
from hub.views.matters import matter
from hub.views.models import Filters, Worklist
from hub.views.store import Row
from hub.views.who_is_who import families, family

AT_ONCE = 50  # rows of one page of the worklist
RESTS = (
    "The rule stands no more: what it stood on was taken back, or answered since. Nobody has decided this alert yet."
)
MANY = 500  # streams asked for in one query


def page(
    desk: Desk, filters: Filters, number: int, without: Sequence[str] = (), holder: str = ""
) -> tuple[list[Row], Worklist]:
    """One page of the alerts that fit, and where it stands among how many: the highest level and longest waiting first.

    `holder` is whose, where only what somebody holds is asked for.

    Live alerts, decided ones when asked for. `without` are children who must leave no trace, not even in the total.
    A page beyond the last is the last.
    """
    ordered = _ordered(desk, filters, without, holder)
    if filters.organisation:
        found = _of_organisation(desk, desk.store.rows(ordered), filters.organisation)
        place = _place(len(found), number)
        return found[(place.number - 1) * AT_ONCE : place.number * AT_ONCE], place
    total = desk.store.rows(select(func.count().label("number")).select_from(ordered.subquery()))[0]["number"]
    place = _place(int(total), number)
    return desk.store.rows(ordered.limit(AT_ONCE).offset((place.number - 1) * AT_ONCE)), place


def further(
    desk: Desk, filters: Filters, found: Sequence[Row], persons: Iterable[str], without: Sequence[str], holder: str
) -> list[Row]:
    """What fits of these persons and whoever was merged with them, beside what was found; at most a page of it."""
    names = sorted({name for held in families(desk, persons).values() for name in held})
    if not names:
        return []
    query = _ordered(desk, filters, without, holder).where(
        store.alert.c.child.in_(names), store.alert.c.alert.not_in([row["alert"] for row in found])
    )
    rows = desk.store.rows(query.limit(AT_ONCE))
    return _of_organisation(desk, rows, filters.organisation) if filters.organisation else rows


def _ordered(desk: Desk, filters: Filters, without: Sequence[str], holder: str) -> Select[Any]:
    """What fits, the highest level and longest waiting first."""
    table = store.alert
    query = select(table).where(_fits(desk, filters), table.c.child.not_in(without))
    if filters.mine:
        held = select(matter.c.enquiry).where(matter.c.kind == "mash-enquiry", matter.c.holder == holder)
        query = query.where(table.c.enquiry != "", table.c.enquiry.in_(held))
    return query.order_by(table.c.level.desc(), table.c.raised_at, table.c.alert)


def newest(desk: Desk) -> datetime | None:
    """When an alert was last raised, strengthened or weakened; None where there is none."""
    table = store.alert
    found = desk.store.rows(select(func.max(_moved(table)).label("at")))[0]["at"]
    return found if isinstance(found, datetime) else None


def newer_than(desk: Desk, shown: datetime, without: Sequence[str] = ()) -> list[Row]:
    """Live alerts that were raised or changed after this moment, at most a page of them."""
    table = store.alert
    live = and_(table.c.state != "decided", not_(_with_worker(desk, table)))
    query = select(table).where(live, _moved(table) > shown, table.c.child.not_in(without))
    return desk.store.rows(query.order_by(_moved(table).desc()).limit(AT_ONCE))


def _moved(table: Table) -> ColumnElement[datetime]:
    return type_coerce(func.coalesce(table.c.changed_at, table.c.raised_at), Moment())


def _fits(desk: Desk, filters: Filters) -> ColumnElement[bool]:
    table = store.alert
    gone = _with_worker(desk, table)
    match filters.state:
        case "":
            fits = and_(table.c.state != "decided", not_(gone))
        case "forwarded":
            fits = gone
        case "open":
            fits = and_(table.c.state == "open", not_(gone))
        case state:
            fits = table.c.state == state
    if not filters.level:
        return fits
    level = int(filters.level) if filters.level.isascii() and filters.level.isdigit() else -1
    return and_(fits, table.c.level == level)


def _with_worker(desk: Desk, table: Table) -> ColumnElement[bool]:
    """Whether it waits with the worker who is at it: not past its time, and nothing has come in since it went there.

    While the offices are closed that worker sleeps: what the rules call red waits with the front door as well.
    """
    now = desk.clock.now()
    return and_(
        table.c.state == "open", table.c.forwarded_due.is_not(None), table.c.forwarded_due > now,
        or_(table.c.changed_at.is_(None), table.c.changed_at <= table.c.forwarded_at),
        table.c.level < _seen_by_all(desk, now),
    )  # fmt: skip


def with_worker(desk: Desk, row: Row, now: datetime) -> bool:
    """The same of one row."""
    due, changed = row["forwarded_due"], row["changed_at"]
    waits = row["state"] == "open" and due is not None and due > now and (not changed or changed <= row["forwarded_at"])
    return bool(waits and row["level"] < _seen_by_all(desk, now))


def _seen_by_all(desk: Desk, now: datetime) -> int:
    """From which level on nothing leaves the worklist now: the highest at night, none by day."""
    highest = max(desk.edition.continuum.numbers)
    return highest if closed(desk.edition.calendar, now) else highest + 1


def to_forward(row: Row) -> bool:
    """Whether nobody has sent this to the worker who is at it, or it has changed since."""
    moved = row["changed_at"] or row["raised_at"]
    return row["state"] == "open" and (row["forwarded_at"] is None or moved > row["forwarded_at"])


def _place(total: int, number: int) -> Worklist:
    pages = max(1, -(-total // AT_ONCE))
    return Worklist(total=total, number=min(max(number, 1), pages), pages=pages)


def _of_organisation(desk: Desk, found: Sequence[Row], organisation: str) -> list[Row]:
    """Those whose evidence this organisation has a part in: a signal is named by the message that it came of."""
    messages = {row["alert"]: {f"message:{signal.partition('/')[0]}" for signal in evidence_of(row)} for row in found}
    wanted = sorted(set().union(*messages.values()))
    said, theirs = store.said, set[str]()
    for start in range(0, len(wanted), MANY):
        query = select(said.c.stream).where(
            said.c.organisation == organisation, said.c.stream.in_(wanted[start : start + MANY])
        )
        theirs |= {row["stream"] for row in desk.store.rows(query)}
    return [row for row in found if messages[row["alert"]] & theirs]


def codes(row: Row) -> ItemRef:
    """An alert as an item to rule on: that it is there, and what the rule says."""
    return ItemRef(
        item=f"alert:{row['alert']}", category="codes", organisation=HUB, persons=(row["child"],),
        position=row["position"],
    )  # fmt: skip


def evidence_of(row: Row) -> list[str]:
    """The signal ids that an alert stands on."""
    return list(msgspec.json.decode(row["fact"])["evidence"])


def signals_of_all(desk: Desk, child: str) -> dict[str, Signal]:
    """What counts for a child now, under any name that they are held under."""
    return signals_under(desk, family(desk, child))


def signals_under(desk: Desk, names: Iterable[str]) -> dict[str, Signal]:
    """What counts now under any of these names of one child."""
    return {ident: one for name in names for ident, one in signals_of(desk, name).items()}


def signals_of(desk: Desk, child: str, upto: int | None = None) -> dict[str, Signal]:
    """What counts for a child now, or counted at a position."""
    history = desk.record.load(children.stream(child))
    return children.fold(one.fact for one in history if upto is None or one.position <= upto).signals


def of_child(desk: Desk, child: str) -> list[Row]:
    """Every alert of a child, and of whoever was merged into it, the newest first."""
    table = store.alert
    return desk.store.rows(
        select(table).where(table.c.child.in_(family(desk, child))).order_by(table.c.raised_at.desc())
    )


def level_words(desk: Desk, number: int | None) -> str:
    """A level in the partnership's own words; "" for none."""
    if not number:
        return ""
    known = {level.number: level.name for level in desk.edition.continuum.levels}
    return f"Level {number}: {known[number]}" if number in known else f"Level {number}"


def clocks(desk: Desk, found: Sequence[Row]) -> dict[str, datetime]:
    """When each alert is due: the clock of the edition for its level, from when it was raised."""
    grades, highest = desk.edition.parts["clocks"], max(desk.edition.continuum.numbers)
    return {row["alert"]: desk.edition.due(grade(grades, row["level"], highest), row["raised_at"]) for row in found}


def red(desk: Desk, state: str, enquiries: Iterable[str] = ()) -> list[Row]:
    """The alerts in a state ("open"; or "in_enquiry", of these MASH enquiries) whose rule stands and proposes red."""
    clocks, numbers, table = desk.edition.parts["clocks"], desk.edition.continuum.numbers, store.alert
    levels = [one for one in numbers if grade(clocks, one, max(numbers))["id"] == RED]
    query = select(table).where(table.c.state == state, table.c.level.in_(levels))
    if state == "in_enquiry":
        query = query.where(table.c.enquiry.in_(sorted(enquiries)))
    rows = desk.store.rows(query.order_by(table.c.raised_at, table.c.alert))
    return [row for row in rows if msgspec.json.decode(row["fact"]).get("holds", True)]


def red_since(desk: Desk, row: Row) -> datetime:
    """From when the rule of such an alert has proposed red without a break (aware UTC)."""
    if row["changed_at"] is None:
        return cast("datetime", row["raised_at"])
    since: datetime | None = None
    for recorded in desk.record.load(f"alert:{row['alert']}"):
        if isinstance(recorded.fact, AlertRaised | AlertStrengthened | AlertWeakened):
            stands = getattr(recorded.fact, "holds", True) and recorded.fact.level >= row["level"]
            since = (since or recorded.envelope.known_at) if stands else None
    return since or cast("datetime", row["raised_at"])


def in_words(desk: Desk, signal: Signal) -> str:
    """A signal as a line: who, when, of whom, what."""
    labels = "; ".join(label(code, desk.edition.vocabulary) for code in signal.indicators) or not_said(signal)
    told = f"{name_of_source(desk, signal.organisation)}, {day_words(london_day(signal.occurred_end))}"
    return f"{told}{of_whom(signal)}: {labels}"


def name_of_source(desk: Desk, organisation: str) -> str:
    """Who said or decided something, as people say it."""
    return FRONT_DOOR_WORDS.get(organisation) or name_of(desk, organisation)
