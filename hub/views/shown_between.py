"""Who was shown what between link and unlink: looks that opened something about a source record which stood on the
wrong person's page, and the alerts and decisions that rested on it. Codes alone, read from the ledger and the record.

It promises exactly those looks. A message that spoke rightly of the person too would have been shown anyway, so its words
are no wrong showing; a look at another child's page is none either. Where the ledger does not say which page it was, the
look is listed: whoever goes through the list sees one too many rather than one too few.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import child as children
from hub.domain import identity as identities
from hub.domain import person as people
from hub.domain.alert import AlertWeakened
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded
from hub.domain.enquiry import OUTCOMES, EnquiryDecided, EnquiryOpened
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.identity import IdentitySettled, Moved
from hub.domain.ledger import Asked
from hub.domain.person import SourceRecordLinked
from hub.domain.staff import ROLES
from hub.views import alerts, store
from hub.views.asking import Desk, caught_up, name_of
from hub.views.chronology import words_for
from hub.views.identity_words import OUTCOMES as ASSESSED
from hub.views.identity_words import PURPOSES, WHAT, in_words
from hub.views.models import BreachTask, Line, MovedRow, Report, ReportAlert, ReportDecision, ReportLook

CLOCK = timedelta(hours=72)  # UK GDPR Art 33(1): from becoming aware, which is when the wrong link was taken back
REPORTED = ("unlink", "split")  # what says that something had stood on the wrong page
PAGES = {
    "child_page": "Child's page", "enquiry_page": "MASH enquiry", "identity_review": "Identity review",
    "identity_of": "Who this is", "identity_decision": "Decision about identity",
}  # fmt: skip


class Thing(Struct, frozen=True):
    """An item that a look may have opened: its class, and the source records it is about."""

    category: str
    about: frozenset[str]


class Stood(Struct, frozen=True, kw_only=True):
    """What stood on the page of `before`, from when: the items, and the signals that counted there."""

    before: str
    after: str
    since: datetime
    until: datetime | None  # when it was linked there again, rightly; None where it never was
    position: int
    things: dict[str, Thing]
    signals: frozenset[str]


def report(desk: Desk, identity: str) -> Report:
    """Who was shown what, for a decision that took a link or a merge back and was carried out.

    Raises NotFound for a decision that there is not, or that moved nothing which had stood in the wrong place.

    Source: UK GDPR Art 33, 34; research/linkage.md 4.3.
    """
    caught_up(desk)
    caught_up(desk, "ledger")
    history = desk.record.load(identities.stream(identity))
    state = identities.fold(identity, (one.fact for one in history))
    ended = next((one for one in history if isinstance(one.fact, IdentitySettled)), None)
    if state.fact is None or state.settled is None or ended is None or state.fact.what not in REPORTED:
        raise NotFound("no report: only an unlink or a split that was carried out asks who was shown what")
    stood = [_stood(desk, moved, ended.position) for moved in state.settled.moved]
    looks = tuple(_looks(desk, stood, state.settled.ledger_until))
    decisions = tuple(_decisions(desk, stood, ended.position, {look.staff for look in looks}))
    due = ended.envelope.known_at + CLOCK
    return Report(
        identity=identity, what=WHAT[state.fact.what], settled_at=ended.envelope.known_at, due=due,
        overdue=state.assessed is None and due < desk.clock.now(),
        assessed=ASSESSED[state.assessed.outcome] if state.assessed else "",
        moved=tuple(_moved(desk, moved, one) for moved, one in zip(state.settled.moved, stood, strict=True)),
        looks=looks, alerts=tuple(_alerts(desk, stood, ended.position)), decisions=decisions,
        discounted=sum(len(one.signals - _counted(desk, one.before)) for one in stood),
        counted=sum(len(one.signals & _counted(desk, one.after)) for one in stood),
        to_tell=_to_tell(desk, looks, decisions, state.settled.moved),
    )  # fmt: skip


def tasks(desk: Desk, rows: Sequence[store.Row]) -> tuple[BreachTask, ...]:
    """Those of these decisions that nobody has gone through yet, the first that is due first."""
    now = desk.clock.now()
    found = [
        BreachTask(
            identity=row["identity"], what=WHAT[row["what"]], settled_at=row["settled_at"],
            due=row["settled_at"] + CLOCK, overdue=row["settled_at"] + CLOCK < now,
        )
        for row in rows
        if to_assess(row)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda task: (task.due, task.identity)))


def to_assess(row: store.Row) -> bool:
    """Whether this decision moved what had stood in the wrong place, and nobody has said yet what that means."""
    return row["what"] in REPORTED and row["state"] == "settled" and bool(row["moved"]) and not row["assessed"]


# ------------------------------------------------------------------------------------------------------ what stood there


def _stood(desk: Desk, moved: Moved, ended: int) -> Stood:
    (linked,) = desk.record.read(moved.since - 1, 1)
    things, signals = _said_of(desk, moved.source_record)
    stream = desk.record.load(f"person:{moved.before}")
    rightly = set(people.fold(moved.before, (one.fact for one in stream if one.position <= ended)).source_records)
    rightly.discard(moved.source_record)
    again = (
        one.envelope.known_at
        for one in stream
        if one.position > ended
        and isinstance(one.fact, SourceRecordLinked)
        and one.fact.source_record == moved.source_record
    )
    wrong = {
        item: thing for item, thing in things.items() if thing.category == "codes" or not thing.about & rightly
    }  # fmt: skip
    return Stood(
        before=moved.before, after=moved.after, since=linked.envelope.known_at, until=next(again, None),
        position=moved.since, things=wrong, signals=frozenset(signals),
    )  # fmt: skip


def _said_of(desk: Desk, source_record: str) -> tuple[dict[str, Thing], set[str]]:
    """Every item that is about this source record, and the signals that its messages gave."""
    things: dict[str, Thing] = {}
    signals: set[str] = set()
    for recorded in desk.record.load(f"source-record:{source_record}"):
        things |= _things(recorded, source_record)
    about = store.said_about
    for row in desk.store.rows(select(about).where(about.c.source_record == source_record)):
        recorded = desk.record.load(row["stream"], upto=row["version"])[-1]
        things |= _things(recorded, source_record)
        things[f"codes:{recorded.ref}"] = Thing("codes", frozenset({source_record}))
        message = row["stream"].partition(":")[2]
        if isinstance(recorded.fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            subjects = recorded.fact.statement.subjects
            signals |= {f"{message}/{n}" for n, one in enumerate(subjects) if one.source_record == source_record}
    return things, signals


def _things(recorded: Recorded, source_record: str) -> dict[str, Thing]:
    sealed = getattr(getattr(recorded.fact, "statement", recorded.fact), "items", ())
    return {
        one.item: Thing(one.category, frozenset(one.about)) for one in sealed if source_record in one.about
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ the looks


def _looks(desk: Desk, stood: Sequence[Stood], until: int) -> Iterator[ReportLook]:
    """The looks that opened any of it on the wrong page, oldest first.

    A look that was ruled before the record moved may enter the ledger just after (`until`): what it opened tells, since
    on that page nothing of the record opens any more, unless it was linked there again.
    """
    rows: dict[int, store.Row] = {}
    table = store.look
    for one in stood:
        query = select(table).where(table.c.child == one.before, table.c.at >= one.since)
        if one.until is not None:
            query = query.where((table.c.position <= until) | (table.c.at < one.until))
        rows |= {row["position"]: row for row in desk.store.rows(query)}
    for position, row in sorted(rows.items()):
        asked = msgspec.json.decode(row["fact"], type=Asked)
        page, opened = _page(desk, asked), Counter[str]()
        for one in stood:
            if row["at"] >= one.since and one.before in asked.subjects and (not page or one.before in page):
                opened.update(one.things[item].category for item in set(asked.opened) & one.things.keys())
        if opened:
            yield _look(desk, position, row["at"], asked, opened)


def _page(desk: Desk, asked: Asked) -> set[str]:
    """Whose page it was, as far as the ledger says: the code of the page was itself an item of the look."""
    found = set()
    for item in asked.opened:
        kind, _, ident = item.partition(":")
        if kind in {"picture", "review", "candidate", "compared", "identity-of"}:
            found.add(ident)
        elif kind == "enquiry":
            opened = next(iter(desk.record.load(f"mash-enquiry:{ident}", upto=1)), None)
            if opened is not None and isinstance(opened.fact, EnquiryOpened):
                found.add(opened.fact.child)
    return found


def _look(desk: Desk, position: int, at: datetime, asked: Asked, opened: Counter[str]) -> ReportLook:
    return ReportLook(
        position=position, at=at, staff=asked.who, organisation=name_of(desk, asked.organisation),
        role=", ".join(ROLES[role].title for role in asked.roles if role in ROLES) or "Nobody of the register",
        purpose=PURPOSES.get(asked.purpose, in_words(asked.purpose)), page=PAGES.get(asked.reason, in_words(asked.reason)),
        items=tuple(Line(words_for(category), str(number)) for category, number in sorted(opened.items())),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------- what rested on it


def _counted(desk: Desk, child: str) -> frozenset[str]:
    return frozenset(alerts.signals_of(desk, child)) if desk.record.versions([children.stream(child)]) else frozenset()


def _alerts(desk: Desk, stood: Sequence[Stood], ended: int) -> Iterator[ReportAlert]:
    for one in _by_person(stood):
        for row in alerts.of_child(desk, one.before):
            history = desk.record.load(f"alert:{row['alert']}")
            rested = (set(getattr(r.fact, "evidence", ())) for r in history if r.position <= ended)
            if any(evidence & one.signals for evidence in rested):
                yield ReportAlert(
                    alert=row["alert"], rule=row["rule"], level=row["level"], raised_at=row["raised_at"],
                    now=_now(row, history, one.signals, ended),
                )  # fmt: skip


def _now(row: store.Row, history: Sequence[Recorded], signals: frozenset[str], ended: int) -> str:
    """What has become of an alert since its evidence moved."""
    found = [one for one in history if hasattr(one.fact, "evidence")]
    newest = found[-1]
    decided = "decided; " if row["state"] == "decided" else ""
    if set(getattr(newest.fact, "evidence", ())) & signals and newest.position <= ended:
        return decided + "not worked out anew yet"
    if isinstance(newest.fact, AlertWeakened) and not newest.fact.holds:
        return decided + "the rule stands no more"
    return decided + "still stands, on other evidence"


def _decisions(desk: Desk, stood: Sequence[Stood], ended: int, saw: set[str]) -> Iterator[ReportDecision]:
    """Decisions with moved evidence before them, and those of who had been shown any of it."""
    table = store.enquiry
    for one in _by_person(stood):
        rows = desk.store.rows(select(table).where(table.c.child == one.before).order_by(table.c.opened_at))
        for row in rows:
            for made in desk.record.load(f"mash-enquiry:{row['enquiry']}"):
                fact = made.fact
                if not isinstance(fact, EnquiryDecided) or not one.position <= made.position <= ended:
                    continue
                if set(fact.evidence) & one.signals or fact.decided_by in saw:
                    yield ReportDecision(
                        enquiry=row["enquiry"], by=fact.decided_by, at=made.envelope.known_at,
                        outcome=OUTCOMES.get(fact.outcome, fact.outcome),
                    )  # fmt: skip


def _by_person(stood: Sequence[Stood]) -> list[Stood]:
    """Once for each person that anything stood with: all that stood there, since the first of it."""
    found: dict[str, Stood] = {}
    for one in stood:
        held = found.get(one.before)
        if held is None:
            found[one.before] = one
        else:
            first = min(held, one, key=lambda each: each.position)
            both = held.signals | one.signals
            found[one.before] = msgspec.structs.replace(
                first, signals=both, things={**held.things, **one.things}
            )  # fmt: skip
    return list(found.values())


def _moved(desk: Desk, moved: Moved, stood: Stood) -> MovedRow:
    return MovedRow(
        source_record=moved.source_record, organisation=_owner(desk, moved.source_record), before=moved.before,
        after=moved.after, since=stood.since,
    )  # fmt: skip


def _owner(desk: Desk, source_record: str) -> str:
    table = store.source_record
    rows = desk.store.rows(select(table.c.organisation).where(table.c.source_record == source_record))
    return name_of(desk, rows[0]["organisation"]) if rows else "The hub"


def _to_tell(
    desk: Desk, looks: Sequence[ReportLook], decisions: Sequence[ReportDecision], moved: Sequence[Moved]
) -> tuple[str, ...]:
    """Who needs to hear of it: who saw it, who decided on it, and whose information it was."""
    saw = [f"{look.role} ({look.staff}), {look.organisation}: was shown what is about somebody else" for look in looks]
    decided = [f"{one.by}: decided a MASH enquiry with it before them" for one in decisions]
    owners = [f"{_owner(desk, one.source_record)}: its information stood on another person's page" for one in moved]
    return tuple(dict.fromkeys((*saw, *decided, *owners)))
