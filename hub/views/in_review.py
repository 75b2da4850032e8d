"""Who is in doubt: whom each may turn out to be, why, and by when somebody must look."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain.clocks import grade
from hub.views import alerts, store
from hub.views.desk import Desk
from hub.views.horizon import Horizon
from hub.views.identity_words import doubt
from hub.views.who_is_who import survivors

AT_ONCE_ASKED = 5000  # ids in one query
ONE_WORKING_DAY = {"length": 1, "unit": "days", "counts": "working"}


class Urgency(Struct, frozen=True):
    """How soon somebody must look: the level of the live alert that the doubt is part of, and by when."""

    level: int
    due: datetime


def in_review(desk: Desk) -> list[store.Row]:
    """The rows of everybody in review."""
    table = store.person
    return desk.store.rows(select(table).where(table.c.standing == "in_review", table.c.merged_into == ""))


def candidates_of(desk: Desk, rows: Sequence[store.Row]) -> dict[str, list[str]]:
    """Whom each person in review may turn out to be, as they are called now: who was merged since is whoever stayed."""
    named = {row["person"]: msgspec.json.decode(row["candidates"] or b"[]", type=tuple[str, ...]) for row in rows}
    wanted, now = sorted({one for those in named.values() for one in those}), dict[str, str]()
    for start in range(0, len(wanted), AT_ONCE_ASKED):
        now |= survivors(desk, wanted[start : start + AT_ONCE_ASKED])
    return {
        person: [one for one in dict.fromkeys(now[each] for each in those) if one != person]
        for person, those in named.items()
    }


def doubted(desk: Desk, seen: Horizon, person: str) -> tuple[str, ...]:
    """The persons in review who may turn out to be this one, as far as they may be known of."""
    rows = in_review(desk)
    near = candidates_of(desk, rows)
    return tuple(
        row["person"] for row in sorted(rows, key=lambda row: (row["since"], row["person"]))
        if person in near[row["person"]] and seen.sees([row["person"], *near[row["person"]]], marked=bool(row["restricted"]))
    )  # fmt: skip


def standing_for(desk: Desk, seen: Horizon, row: store.Row) -> str:
    """How a person stands, as far as may be known: whose candidate may not be known of seems to be in no doubt at all."""
    if row["standing"] != "in_review" or row["merged_into"]:
        return str(row["standing"])
    near = candidates_of(desk, [row])[row["person"]]
    known = seen.sees([row["person"], *near], marked=bool(row["restricted"]))
    return "in_review" if known else "established"


def reasons(row: store.Row) -> tuple[str, ...]:
    """Why a person is in doubt, in sentences."""
    codes = msgspec.json.decode(row["why"] or b"[]", type=tuple[str, ...])
    return tuple(dict.fromkeys(doubt(one) for one in codes)) or ("Somebody known is near",)


def urgency(desk: Desk, rows: Sequence[store.Row], near: Mapping[str, Sequence[str]]) -> dict[str, Urgency]:
    """By when each review is due: as the live alert that the doubt is part of, else one working day after it began.

    An alert of the person in doubt counts, and one of a candidate that has what was said of that person in its evidence.
    """
    table = store.alert
    live: dict[str, list[store.Row]] = {}
    for alert in desk.store.rows(select(table).where(table.c.state != "decided")):
        live.setdefault(alert["child"], []).append(alert)
    grades, highest = desk.edition.parts["clocks"], max(desk.edition.continuum.numbers)
    theirs = {row["person"]: [alert for one in near[row["person"]] for alert in live.get(one, ())] for row in rows}
    messages = _messages_of(desk, [person for person, alerts_ in theirs.items() if alerts_])
    found = {}
    for row in rows:
        person = row["person"]
        part = [*live.get(person, ()), *(one for one in theirs[person] if _rests_on(desk, one, messages[person]))]
        level = max((alert["level"] for alert in part), default=0)
        by = [desk.edition.due(grade(grades, alert["level"], highest), alert["raised_at"]) for alert in part]
        found[person] = Urgency(level, min(by, default=desk.edition.due(ONE_WORKING_DAY, row["since"])))
    return found


def _messages_of(desk: Desk, persons: Sequence[str]) -> dict[str, set[str]]:
    """The messages that speak of each of these."""
    about, record = store.said_about, store.source_record
    found: dict[str, set[str]] = {person: set() for person in persons}
    for start in range(0, len(persons), AT_ONCE_ASKED):
        query = (
            select(record.c.person, about.c.stream)
            .join(about, record.c.source_record == about.c.source_record)
            .where(record.c.person.in_(persons[start : start + AT_ONCE_ASKED]), about.c.stream.startswith("message:"))
        )
        for row in desk.store.rows(query):
            found[row["person"]].add(row["stream"].partition(":")[2])
    return found


def _rests_on(desk: Desk, alert: store.Row, messages: set[str]) -> bool:
    """Whether what counts as possible from these messages is among this alert's evidence."""
    named = {one for one in msgspec.json.decode(alert["fact"])["evidence"] if one.partition("/")[0] in messages}
    counted = alerts.signals_of(desk, alert["child"]) if named else {}
    return any(one in counted and counted[one].relation == "possible" for one in named)
