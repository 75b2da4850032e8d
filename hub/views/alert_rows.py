"""Alerts as rows of the worklist and as what the rules say on a child's page, each made of what this asker may know alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.alert import AlertWeakened
from hub.domain.holding import grades_of
from hub.domain.reasons import explain
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.flow.alert import rules_of
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import alerts, chronology, rests_on, said_of
from hub.views.desk import Desk
from hub.views.homes import Passed
from hub.views.matters import matter
from hub.views.models import Suggestion, WorklistRow
from hub.views.store import Row
from hub.views.who_is_who import families

NO_PAGES: Mapping[str, "Read | None"] = {}


class Rested(Struct, frozen=True):
    """What a list of alerts rests on, by child: the signals that count now, and the items to rule on, by signal."""

    counted: Mapping[str, Mapping[str, Signal]]
    ruled: Mapping[str, Mapping[str, ItemRef]]

    @property
    def items(self) -> tuple[ItemRef, ...]:
        """What to rule on, each once for each child."""
        return tuple(item for held in self.ruled.values() for item in held.values())

    def open_to(self, child: str, allowed: Collection[str]) -> dict[str, Signal]:
        """The reports about this child that are open."""
        return rests_on.open_of(self.counted[child], self.ruled[child], allowed)


class Read(Struct, frozen=True):
    """What was read of a child already: what was said of it, and what counts for it because of whom it lives with."""

    spoken: Sequence[said_of.Spoken]
    passed: Sequence[Passed]


def rested(desk: Desk, found: Sequence[Row], pages: Mapping[str, Read | None] = NO_PAGES) -> Rested:
    """What these alerts rest on; of whoever has a page (by today's id) all that counts, as rules that tell nobody ask for it.
    A report about two children is ruled for each of them by itself.
    """
    wanted: dict[str, set[str]] = {child: set() for child in pages}
    for row in found:
        wanted.setdefault(row["child"], set()).update(alerts.evidence_of(row))
    names = families(desk, wanted)  # the one that stayed first
    about = said_of.records_about(desk, sorted({held[0] for held in names.values()}))
    counted = {child: alerts.signals_under(desk, names[child]) for child in wanted}
    named = {
        child: {ident: one for ident, one in counted[child].items() if ident in evidence or child in pages}
        for child, evidence in wanted.items()
    }
    streams: dict[str, set[str]] = {}
    for child in wanted:
        if pages.get(child) is None:
            streams.setdefault(names[child][0], set()).update(map(rests_on.stream_of, named[child]))
    told = said_of.spoken_in(desk, streams, about)
    ruled = {}
    for child, evidence in wanted.items():
        stayed, read = names[child][0], pages.get(child)
        items = rests_on.items_of(
            desk,
            stayed,
            named[child],
            about[stayed],
            read.spoken if read else told[stayed],
            read.passed if read else None,
        )
        there = _on_page(read) if read and len(wanted) == 1 else set()
        ruled[child] = {
            ident: item if item.item in there
            else replace(item, item=f"{rests_on.RESTS}{child}:{ident}", mentioned=ident in evidence)
            for ident, item in items.items()
        }  # fmt: skip
    return Rested(counted, ruled)


def _on_page(read: Read) -> set[str]:
    """What the page of one child rules on anyway, under its own name."""
    return {one.codes.item for one in read.spoken} | {one.item.item for one in read.passed}


def listed(desk: Desk, found: Sequence[Row], on: Rested, shown: Disclosed, asker: str = "") -> tuple[WorklistRow, ...]:
    """The rows that this asker may know of; `on` was ruled on with them, `asker` is their staff id."""
    allowed = {item.item for item in shown.shown}
    known = [row for row in found if f"alert:{row['alert']}" in allowed]
    rules = cache(lambda: _rules(desk))
    waiting, now, rooms = alerts.clocks(desk, known), desk.clock.now(), _rooms(desk, known)
    return tuple(
        _in_room(
            desk,
            _row(desk, row, _said(desk, row, on, rules, allowed), waiting.get(row["alert"]), now),
            rooms,
            asker,
            now,
        )
        for row in known
    )


def _rooms(desk: Desk, found: Sequence[Row]) -> dict[str, Row]:
    """The MASH enquiries that these alerts are in, as a whole."""
    wanted = sorted({row["enquiry"] for row in found if row["enquiry"]})
    query = select(matter).where(matter.c.kind == "mash-enquiry", matter.c.enquiry.in_(wanted))
    return {row["enquiry"]: row for row in desk.store.rows(query)}


def _in_room(desk: Desk, row: WorklistRow, rooms: Mapping[str, Row], asker: str, now: datetime) -> WorklistRow:
    """The row with who holds its MASH enquiry; once that is graded, its clock is the grade's."""
    room = rooms.get(row.enquiry)
    if room is None:
        return row
    holder, due = room["holder"], room["due"] or row.clock_due
    return replace(
        row, holder=f"Held by you ({holder})" if holder and holder == asker else f"Held by {holder}" if holder else "",
        mine=bool(holder) and holder == asker,
        grade=grades_of(desk.edition.parts["clocks"]).get(room["what"], room["what"]), clock_due=due,
        overdue=due is not None and due < now and row.state != "decided",
    )  # fmt: skip


def _said(
    desk: Desk, row: Row, on: Rested, rules: Callable[[], Mapping[str, Ready]], allowed: Collection[str]
) -> rests_on.Sentences:
    child, last = row["child"], rests_on.saying_of(row)
    return rests_on.said_to(desk, on.counted[child], last, rules, row["rule"], on.open_to(child, allowed))


def _row(desk: Desk, row: Row, said: rests_on.Sentences, clock: datetime | None, now: datetime) -> WorklistRow:
    weaker = isinstance(rests_on.saying_of(row), AlertWeakened)
    return WorklistRow(
        alert=row["alert"], child=row["child"], rule=row["rule"], rule_words=_rule_words(desk, row["rule"]),
        level=row["level"], raised_at=row["raised_at"], strengthened_at=None if weaker else row["changed_at"],
        weakened_at=row["changed_at"] if weaker else None,
        organisations=tuple(alerts.name_of_source(desk, one) for one in sorted({s.organisation for s in said.evidence})),
        indicators=tuple(sorted({chronology.label(c, desk.edition.vocabulary) for s in said.evidence for c in s.indicators})),
        why=said.why, evidence_count=len(said.evidence), possible=bool(row["possible"]),
        state="forwarded" if alerts.with_worker(desk, row, now) else row["state"], enquiry=row["enquiry"] or "",
        clock_due=clock, overdue=clock is not None and clock < now and row["state"] != "decided",
    )  # fmt: skip


def suggestions(desk: Desk, found: Sequence[Row], on: Rested, allowed: Collection[str]) -> tuple[Suggestion, ...]:
    """What each live rule says of a child, and why; `on` was ruled on with the alerts themselves."""
    made, rules = [], cache(lambda: _rules(desk))
    for row in (one for one in found if f"alert:{one['alert']}" in allowed):
        last = rests_on.saying_of(row)
        said = _said(desk, row, on, rules, allowed)
        made.append(
            Suggestion(
                alert=row["alert"], rule=row["rule"], rule_words=_rule_words(desk, row["rule"]),
                version=last.rule_version, edition=last.edition, level=row["level"],
                level_words=alerts.level_words(desk, row["level"]), why=said.why, why_now=said.why_now,
                smallest=tuple(alerts.in_words(desk, one) for one in said.smallest),
                would_raise=last.would_raise, would_rest=said.would_rest, evidence_count=len(said.evidence),
                possible=bool(row["possible"]),
            )
        )  # fmt: skip
    return tuple(made)


def told_nobody(desk: Desk, open_to: Mapping[str, Signal]) -> tuple[Suggestion, ...]:
    """What the rules that tell nobody say of a child now, the highest level first, over the reports that are open to whoever
    asks and nothing else: `open_to`, by id.
    """
    made, now = [], desk.clock.now()
    for ready in _ready(desk).values():
        found = stands(ready, open_to.values(), now) if ready.rule.tells == "nobody" else None
        if found is None:
            continue
        rule, said = ready.rule, explain(ready, found, now, rests_on.names(desk))
        made.append(
            Suggestion(
                rule=rule.id, rule_words=rule.words, version=ready.version, edition=desk.edition.id,
                level=rule.level, level_words=alerts.level_words(desk, rule.level), why=said.why, why_now=said.why_now,
                smallest=tuple(alerts.in_words(desk, open_to[one]) for one in said.smallest),
                would_raise=said.would_raise, would_rest=said.would_rest, evidence_count=len(said.evidence),
                possible=found.possible,
            )
        )  # fmt: skip
    return tuple(sorted(made, key=lambda one: (-one.level, one.rule)))


def _ready(desk: Desk) -> dict[str, Ready]:
    """The enabled rules of the edition in force, by id: made once, as making them takes as long as a page does."""
    return rules_of(desk.record, desk.edition.id)


def _rules(desk: Desk) -> dict[str, Ready]:
    """Those that alert."""
    return {ident: one for ident, one in _ready(desk).items() if one.rule.tells != "nobody"}


def _rule_words(desk: Desk, rule: str) -> str:
    return next((one.words for one in desk.edition.rules if one.id == rule), rule)
