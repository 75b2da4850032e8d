"""Alerts as people read them: a row of the worklist, and the reasons on a child's page. Codes and the rule's sentences."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from hub.domain import child as children
from hub.domain.clocks import due, grade
from hub.domain.moments import london_day
from hub.domain.reasons import day_words
from hub.domain.signal import Signal
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import store
from hub.views.asking import HUB, Desk, name_of
from hub.views.chronology import label
from hub.views.models import Filters, Suggestion, WorklistRow
from hub.views.store import Row

MOST = 200  # rows of one worklist


def rows(desk: Desk, filters: Filters) -> list[Row]:
    """Live alerts (decided ones when asked for), the highest level and the longest waiting first."""
    table = store.alert
    query = select(table).order_by(table.c.level.desc(), table.c.raised_at)
    query = query.where(table.c.state == filters.state) if filters.state else query.where(table.c.state != "decided")
    if filters.level.isdigit():
        query = query.where(table.c.level == int(filters.level))
    return desk.store.rows(query.limit(MOST))


def codes(row: Row) -> ItemRef:
    """An alert as an item to rule on: that it is there, and what the rule says."""
    return ItemRef(
        item=f"alert:{row['alert']}", category="codes", organisation=HUB, persons=(row["child"],),
        position=row["position"],
    )  # fmt: skip


def signals_of(desk: Desk, child: str, upto: int | None = None) -> dict[str, Signal]:
    """What counts for a child now, or counted at a position."""
    history = desk.record.load(children.stream(child))
    return children.fold(one.fact for one in history if upto is None or one.position <= upto).signals


def worklist(desk: Desk, found: Sequence[Row], shown: Disclosed, filters: Filters) -> list[WorklistRow]:
    """The rows that this asker may know of."""
    allowed = {item.item for item in shown.shown}
    listed, waiting = [], clocks(desk, found)
    now = desk.clock.now()
    for row in found:
        if f"alert:{row['alert']}" not in allowed:
            continue
        said = msgspec.json.decode(row["fact"])
        evidence = _evidence(desk, row["child"], said["evidence"])
        organisations = tuple(sorted({signal.organisation for signal in evidence}))
        if filters.organisation and filters.organisation not in organisations:
            continue
        clock = waiting.get(row["alert"])
        listed.append(
            WorklistRow(
                alert=row["alert"], child=row["child"], rule=row["rule"], rule_words=_rule_words(desk, row["rule"]),
                level=row["level"], raised_at=row["raised_at"], strengthened_at=row["changed_at"],
                organisations=tuple(name_of(desk, one) for one in organisations),
                indicators=tuple(sorted({label(c, desk.edition.vocabulary) for s in evidence for c in s.indicators})),
                why=said["why"], evidence_count=len(said["evidence"]), possible=bool(row["possible"]),
                state=row["state"], enquiry=row["enquiry"] or "", clock_due=clock,
                overdue=clock is not None and clock < now and row["state"] != "decided",
            )
        )  # fmt: skip
    return listed


def suggestions(desk: Desk, found: Sequence[Row], allowed: frozenset[str]) -> tuple[Suggestion, ...]:
    """What each live rule says of a child, and why."""
    made = []
    for row in found:
        if f"alert:{row['alert']}" not in allowed:
            continue
        said = msgspec.json.decode(row["fact"])
        told = _evidence(desk, row["child"], said["smallest"])
        made.append(
            Suggestion(
                alert=row["alert"], rule=row["rule"], rule_words=_rule_words(desk, row["rule"]),
                edition=said["edition"], level=row["level"], level_words=level_words(desk, row["level"]),
                why=said["why"], why_now=said["why_now"], smallest=tuple(_in_words(desk, one) for one in told),
                would_raise=said["would_raise"], would_rest=said["would_rest"], evidence_count=len(said["evidence"]),
                possible=bool(row["possible"]),
            )
        )  # fmt: skip
    return tuple(made)


def of_child(desk: Desk, child: str) -> list[Row]:
    """Every alert of a child, the newest first."""
    return desk.store.rows(
        select(store.alert).where(store.alert.c.child == child).order_by(store.alert.c.raised_at.desc())
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
    return {row["alert"]: due(grade(grades, row["level"], highest), row["raised_at"]) for row in found}


def _evidence(desk: Desk, child: str, ids: Sequence[str]) -> list[Signal]:
    counted = signals_of(desk, child)
    return [counted[one] for one in ids if one in counted]


def _in_words(desk: Desk, signal: Signal) -> str:
    labels = "; ".join(label(code, desk.edition.vocabulary) for code in signal.indicators) or signal.kind
    return f"{name_of(desk, signal.organisation)}, {day_words(london_day(signal.occurred_start))}: {labels}"


def _rule_words(desk: Desk, rule: str) -> str:
    return next((one.words for one in desk.edition.rules if one.id == rule), rule)
