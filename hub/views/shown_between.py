"""Who was shown what between link and unlink: looks that opened something about a source record which stood on the
wrong person's page, and the alerts, enquiries and decisions that rested on it. Codes alone, from the ledger and the record.

It promises that nobody is missing: each page on which the record stood is gone through. A look is left out only where the
ledger proves that it would have shown the same if nothing had been wrong; where it does not say, the look is listed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import child as children
from hub.domain import enquiry as enquiries
from hub.domain import identity as identities
from hub.domain.alert import AlertWeakened
from hub.domain.enquiry import OUTCOMES, EnquiryDecided, EnquiryOpened
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.identity import IdentityDecided, IdentitySettled, Moved
from hub.domain.ledger import Asked
from hub.domain.person import PersonMerged, SourceRecordLinked
from hub.domain.staff import ROLES
from hub.views import alerts, store
from hub.views.chronology import words_for
from hub.views.desk import Desk, caught_up, name_of
from hub.views.identity_words import OUTCOMES as ASSESSED
from hub.views.identity_words import PURPOSES, WHAT, in_words
from hub.views.models import (
    BreachTask,
    Line,
    MovedRow,
    Report,
    ReportAlert,
    ReportDecision,
    ReportEnquiry,
    ReportLook,
)
from hub.views.stood import Run, Stay, Thing, Watcher, beside, run
from hub.views.who_is_who import persons_of, survivors

# UK GDPR Art 33(1), from becoming aware: that is when a person decided that it stood in the wrong place, not when a second
# person agreed
CLOCK = timedelta(hours=72)
REPORTED = ("unlink", "split")  # what says that something had stood on the wrong page
UNDER_WAY = ("waits_for_second", "waits_for_intake")
WORKLIST = "worklist"  # rows without a name: whoever reads one there does not learn whose it is
PAGES = {
    "child_page": "Child's page", "enquiry_page": "MASH enquiry", "identity_review": "Identity review",
    "identity_of": "Who this is", "identity_decision": "Decision about identity", "identity_list": "Identity reviews",
    "household_page": "Household", "unplaced_concern": "Concern that names no child", "audit_replay": "Audit",
    "enquiry_new": "Opening a MASH enquiry", "addresses": "Different addresses",
}  # fmt: skip
OF_A_PERSON = frozenset({"picture", "review", "candidate", "compared", "identity-of", "content", "kin", "addresses"})
# codes that say of themselves whom a page shows, and that name the organisations which speak of that person
NAMES_ORGANISATIONS = frozenset({"review", "candidate", "identity-of", "addresses", "content"})
SHOWS_ALL = {"child_page": "picture", "enquiry_page": "enquiry"}  # pages that list who has been heard
SPEAKS = "Which organisations speak of the person"
LIVES = "Who lives with whom"
PASSED = "That something was said of somebody in the household"
RESTED = "Alerts that rested on it"


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
    moved = state.settled.moved
    stood = run(desk, moved, ended, state.settled.ledger_until)
    scope = _scope(desk, stood.stays)
    found = tuple(_alerts(desk, stood, ended.position))
    looks = tuple(_looks(desk, stood, scope, frozenset(one.alert for one in found)))
    decisions, enquiries = _enquiries(stood.stays, scope, ended.position)
    due = history[0].envelope.known_at + CLOCK
    return Report(
        identity=identity, what=WHAT[state.fact.what], settled_at=ended.envelope.known_at, due=due,
        overdue=state.assessed is None and due < desk.clock.now(),
        assessed=ASSESSED[state.assessed.outcome] if state.assessed else "",
        moved=tuple(_moved(desk, one) for one in stood.stays), looks=looks, alerts=found, decisions=decisions,
        enquiries=enquiries, whole=stood.whole,
        discounted=sum(len(one.said.signals - _counted(desk, one.person)) for one in stood.stays if one.last)
        + sum(len(one.signals - _counted(desk, one.person)) for one in stood.watchers),
        counted=sum(len(one.said.signals & _counted(desk, one.after)) for one in stood.stays if one.last),
        to_tell=_to_tell(desk, looks, decisions, enquiries, moved),
    )  # fmt: skip


def tasks(desk: Desk, rows: Sequence[store.Row]) -> tuple[BreachTask, ...]:
    """Those of these decisions that nobody has gone through yet, the first that is due first.

    One that still waits for a second person is a task already: somebody is aware, and the clock runs.
    """
    now = desk.clock.now()
    found = [
        BreachTask(
            identity=row["identity"], what=WHAT[row["what"]], asked_at=row["asked_at"], settled_at=row["settled_at"],
            due=row["asked_at"] + CLOCK, overdue=row["asked_at"] + CLOCK < now,
        )
        for row in rows
        if to_assess(row) or _under_way(desk, row)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda task: (task.due, task.identity)))


def _under_way(desk: Desk, row: store.Row) -> bool:
    """Whether this decision will take off what stands in the wrong place, once a second person agrees.

    To take back that two are different moves nothing: a review opens again.
    """
    if row["what"] not in REPORTED or row["state"] not in UNDER_WAY:
        return False
    facts = (one.fact for one in desk.record.load(identities.stream(row["identity"]), upto=1))
    reverses = next((fact.reverses for fact in facts if isinstance(fact, IdentityDecided)), "")
    if row["what"] != "split" or not reverses:
        return True
    taken_back = identities.fold(reverses, (one.fact for one in desk.record.load(identities.stream(reverses)))).fact
    return taken_back is None or taken_back.what in identities.JOINS


def to_assess(row: store.Row) -> bool:
    """Whether this decision moved what had stood in the wrong place, and nobody has said yet what that means."""
    return row["what"] in REPORTED and row["state"] == "settled" and bool(row["moved"]) and not row["assessed"]


# ------------------------------------------------------------------------------------------------------------ the looks


class Scope(Struct, frozen=True):
    """The enquiries about anybody who is concerned, and whose page each of them was, or came to be."""

    enquiries: dict[str, Sequence[Recorded]]
    pages: dict[str, frozenset[str]]
    of_moved: frozenset[str]  # enquiries that were opened about whom the records are about now


def _scope(desk: Desk, stays: Sequence[Stay]) -> Scope:
    """Every enquiry about the persons of these pages, and about whoever was, or was held to be, one of them."""
    after = {one.after for one in stays}
    near = {person for one in {one.person for one in stays} | after for person in _inward(desk, one)}
    table, history, pages = store.enquiry, dict[str, Sequence[Recorded]](), dict[str, frozenset[str]]()
    of_moved = set[str]()
    for row in desk.store.rows(select(table).where(table.c.child.in_(sorted(near))).order_by(table.c.opened_at)):
        history[row["enquiry"]] = desk.record.load(f"mash-enquiry:{row['enquiry']}")
        pages[row["enquiry"]] = pages.get(row["enquiry"], frozenset()) | _children_of(desk, history[row["enquiry"]])
        if row["child"] in after:
            of_moved.add(row["enquiry"])
    return Scope(history, pages, frozenset(of_moved))


def _inward(desk: Desk, person: str) -> set[str]:
    """This person, and everybody who is or ever was held to be them."""
    found, new, table = {person}, [person], store.person
    while new:
        one = new.pop()
        merged = {row["person"] for row in desk.store.rows(select(table.c.person).where(table.c.merged_into == one))}
        facts = (recorded.fact for recorded in desk.record.load(f"person:{one}"))
        by = {fact.decision for fact in facts if isinstance(fact, SourceRecordLinked) and fact.decision}
        for decided in sorted(by):
            made = identities.fold(decided, (recorded.fact for recorded in desk.record.load(decided))).fact
            if made is not None and made.what in identities.JOINS and made.other == one:
                merged.add(made.person)
        new += merged - found
        found |= merged
    return found


def _onward(desk: Desk, person: str) -> frozenset[str]:
    """This person, and everybody whom they were ever held to be: whose page an enquiry about them showed."""
    found, new = {person}, [person]
    while new:
        history = desk.record.load(f"person:{new.pop()}")
        into = {one.fact.into for one in history if isinstance(one.fact, PersonMerged)} - found
        found |= into
        new += into
    return frozenset(found)


def _looks(desk: Desk, stood: Run, scope: Scope, rested: frozenset[str]) -> Iterator[ReportLook]:
    """The looks that opened any of it on a wrong page, oldest first.

    A look that was ruled before the record moved may enter the ledger just after: what it opened tells, since on that
    page nothing of the record opens any more, unless it was linked there again.
    """
    stays = list(stood.stays)
    last = {one.person: one for one in stays if one.last}
    # what was said of whom it was merged with, shown in the enquiry of the one who was merged
    turned = [each for one in last.values() for each in beside(desk, one)] if scope.of_moved else []
    others = frozenset(record for one in (*stays, *turned) for thing in one.things.values() for record in thing.about)
    going = frozenset(one.source_record for one in stays)
    whose = persons_of(desk, others - going)
    rows = _rows(desk, stays, stood.watchers)
    found = _Looking(going, whose, survivors(desk, set(whose.values())), rested, scope)
    for position, row in sorted(rows.items()):
        asked = msgspec.json.decode(row["fact"], type=Asked)
        shown = found.shown(desk, position, row["at"], asked, stays, turned, stood.watchers)
        if shown:
            yield _look(desk, position, row["at"], asked, shown)


def _rows(desk: Desk, stays: Sequence[Stay], watchers: Sequence[Watcher]) -> dict[int, store.Row]:
    """Every look at any of these persons from when the first record stood there, by ledger position."""
    rows: dict[int, store.Row] = {}
    table, first = store.look, min((one.since for one in stays), default=None)
    if first is None:
        return rows
    end, until = max(one.end_at for one in stays) + timedelta(hours=1), max(one.ledger_until for one in stays)
    for person in sorted({one.person for one in stays} | {one.person for one in watchers}):
        query = select(table).where(table.c.child == person, (table.c.position <= until) | (table.c.at <= end))
        since = [one.ledger_since for one in stays if one.ledger_since]
        begun = table.c.at >= first
        query = query.where(begun | (table.c.position > min(since)) if since else begun)
        rows |= {row["position"]: row for row in desk.store.rows(query)}
    return rows


class _Looking:
    """One look after another, as to whether it showed anything of what stood wrongly."""

    def __init__(
        self, going: frozenset[str], whose: Mapping[str, str], now: dict[str, str], rested: frozenset[str], scope: Scope,
    ) -> None:  # fmt: skip
        self._going, self._whose, self._now, self._rested, self._scope = going, whose, now, rested, scope

    def shown(
        self, desk: Desk, position: int, at: datetime, asked: Asked, stays: Sequence[Stay], turned: Sequence[Stay],
        watchers: Sequence[Watcher],
    ) -> Counter[str]:  # fmt: skip
        """How many items of which class this look showed of it, each once; by the words that a page has for them."""
        items: dict[str, str] = {}
        weak: set[str] = set()
        opened, pages = set(asked.opened), self._pages(desk, asked)
        during = [one for one in stays if one.within(position, at)]
        after = [one for one in stays if one.just_after(position, at)]
        for one in during:
            if one.person in asked.subjects:
                items |= self._opened(desk, one, opened, pages, one.things)
                weak |= set(_marks(one, asked, pages))
        for one in after:
            if one.person in asked.subjects:
                alone = {item: thing for item, thing in one.things.items() if thing.about <= self._going}
                items |= self._opened(desk, one, opened, pages, alone)
        for one in turned:
            if one.within(position, at) and one.person in asked.subjects and self._in_enquiry_of_moved(asked):
                items |= {item: one.things[item].category for item in opened & one.things.keys()}
        if during or after:
            items |= {
                f"alert:{one}": RESTED for one in self._rested if f"alert:{one}" in opened and asked.reason != WORKLIST
            }
            for watcher in watchers:
                if watcher.person in asked.subjects:
                    items |= {f"passed:{one}": PASSED for one in watcher.signals if f"passed:{one}" in opened}
        labelled = Counter(
            category if category in {RESTED, PASSED} else words_for(category) for category in items.values()
        )
        return labelled or Counter(weak)

    def _opened(
        self, desk: Desk, stay: Stay, opened: set[str], pages: set[str], things: Mapping[str, Thing]
    ) -> dict[str, str]:
        """What this look opened of it; without what the same message says rightly of whoever's page it provably was."""
        new = [page for page in pages if page not in self._now]
        self._now |= survivors(desk, new) if new else {}
        elsewhere = {self._now[page] for page in pages}
        proved = bool(pages) and stay.person not in pages
        return {
            item: things[item].category for item in opened & things.keys()
            if not (proved and elsewhere & {self._owner(one) for one in things[item].about - self._going})
        }  # fmt: skip

    def _owner(self, source_record: str) -> str:
        person = self._whose.get(source_record, "")
        return self._now.get(person, person)

    def _in_enquiry_of_moved(self, asked: Asked) -> bool:
        named = {item.partition(":")[2] for item in asked.opened if item.startswith("enquiry:")} | {asked.enquiry}
        return not named.isdisjoint(self._scope.of_moved)

    def _pages(self, desk: Desk, asked: Asked) -> set[str]:
        """Whose page it was, as far as the ledger says: the code of the page was itself an item of the look.

        An enquiry's is that of everybody whom its child was ever held to be. Whoever a page names beside is on it too.
        """
        found = set()
        for item in asked.opened:
            kind, _, ident = item.partition(":")
            if kind in OF_A_PERSON:
                found |= set(ident.split(":"))
            elif kind == "enquiry":
                found |= self._scope.pages.get(ident) or _child_of(desk, ident)
        return found


def _child_of(desk: Desk, enquiry: str) -> frozenset[str]:
    return _children_of(desk, desk.record.load(f"mash-enquiry:{enquiry}"))


def _children_of(desk: Desk, history: Sequence[Recorded]) -> frozenset[str]:
    """Everybody whom the children of a MASH enquiry ever were held to be."""
    state = enquiries.fold("", (one.fact for one in history))
    return frozenset(person for child in state.children for person in _onward(desk, child))


def _marks(stay: Stay, asked: Asked, pages: set[str]) -> Iterator[str]:
    """What a page shows of everybody who speaks of the person, beside the items that it opens one by one."""
    of_all = SHOWS_ALL.get(asked.reason)
    for item in asked.opened:
        kind, _, ident = item.partition(":")
        here = stay.person in ident.split(":") or (kind == "enquiry" and stay.person in pages)
        if here and (kind in NAMES_ORGANISATIONS or kind == of_all):
            yield SPEAKS
        if here and stay.said.homely and (kind == "kin" or (kind == "picture" and asked.reason == "household_page")):
            yield LIVES


def _look(desk: Desk, position: int, at: datetime, asked: Asked, shown: Counter[str]) -> ReportLook:
    return ReportLook(
        position=position, at=at, staff=asked.who, organisation=name_of(desk, asked.organisation),
        role=", ".join(ROLES[role].title for role in asked.roles if role in ROLES) or "Nobody of the register",
        purpose=PURPOSES.get(asked.purpose, in_words(asked.purpose)), page=PAGES.get(asked.reason, in_words(asked.reason)),
        items=tuple(Line(label, str(number)) for label, number in sorted(shown.items())),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------- what rested on it


def _counted(desk: Desk, child: str) -> frozenset[str]:
    return frozenset(alerts.signals_of(desk, child)) if desk.record.versions([children.stream(child)]) else frozenset()


def _alerts(desk: Desk, stood: Run, ended: int) -> Iterator[ReportAlert]:
    """Alerts that had any of it in their evidence: of the persons of these pages, and of those for whom it counted too."""
    moved = frozenset[str]().union(*(one.said.signals for one in stood.stays))
    pages = {one.person for one in stood.stays}
    resting = dict.fromkeys(sorted(pages), moved)
    for watcher in stood.watchers:
        resting[watcher.person] = resting.get(watcher.person, frozenset()) | watcher.signals
    told: set[str] = set()
    for person, signals in resting.items():
        for row in alerts.of_child(desk, person):
            history = desk.record.load(f"alert:{row['alert']}")
            evidence = (set(getattr(r.fact, "evidence", ())) for r in history if r.position <= ended)
            if row["alert"] not in told and any(one & signals for one in evidence):
                told.add(row["alert"])
                yield ReportAlert(
                    alert=row["alert"], rule=row["rule"], level=row["level"], raised_at=row["raised_at"],
                    now=_now(row, history, signals, ended), child="" if person in pages else person,
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


def _enquiries(
    stays: Sequence[Stay], scope: Scope, ended: int
) -> tuple[tuple[ReportDecision, ...], tuple[ReportEnquiry, ...]]:
    """Decisions made while it stood there, whoever made them; and every enquiry that was opened, or open, meanwhile."""
    first = min((one.position for one in stays), default=ended)
    decisions, rooms = list[ReportDecision](), list[ReportEnquiry]()
    for enquiry, history in scope.enquiries.items():
        opened, state = history[0], enquiries.fold(enquiry, (one.fact for one in history))
        made = [one for one in history if isinstance(one.fact, EnquiryDecided)]
        over = bool(made) and state.stage == "decided" and made[-1].position < first
        if not isinstance(opened.fact, EnquiryOpened) or opened.position > ended or over:
            continue
        meanwhile = [one for one in made if first <= one.position <= ended]
        for one in meanwhile:
            fact = one.fact
            if isinstance(fact, EnquiryDecided):
                decisions.append(
                    ReportDecision(
                        enquiry=enquiry, by=fact.decided_by, at=one.envelope.known_at,
                        outcome=OUTCOMES.get(fact.outcome, fact.outcome),
                    )
                )  # fmt: skip
        if not meanwhile:
            rooms.append(
                ReportEnquiry(
                    enquiry=enquiry, child=opened.fact.child, opened_at=opened.envelope.known_at,
                    by=opened.fact.opened_by, state="decided" if state.stage == "decided" else "open",
                )
            )  # fmt: skip
    return tuple(decisions), tuple(rooms)


def _moved(desk: Desk, stay: Stay) -> MovedRow:
    return MovedRow(
        source_record=stay.source_record, organisation=_owner(desk, stay.source_record), before=stay.person,
        after=stay.after, since=stay.since,
    )  # fmt: skip


def _owner(desk: Desk, source_record: str) -> str:
    table = store.source_record
    rows = desk.store.rows(select(table.c.organisation).where(table.c.source_record == source_record))
    return name_of(desk, rows[0]["organisation"]) if rows else "The hub"


def _to_tell(
    desk: Desk, looks: Sequence[ReportLook], decisions: Sequence[ReportDecision], enquiries: Iterable[ReportEnquiry],
    moved: Sequence[Moved],
) -> tuple[str, ...]:  # fmt: skip
    """Who needs to hear of it: who saw it, who decided on it, whose enquiry it may be, and whose information it was."""
    saw = [f"{look.role} ({look.staff}), {look.organisation}: was shown what is about somebody else" for look in looks]
    decided = [f"{one.by}: decided a MASH enquiry with it before them" for one in decisions]
    asked = [f"{one.by}: opened a MASH enquiry that may be about the wrong child" for one in enquiries]
    owners = [f"{_owner(desk, one.source_record)}: its information stood on another person's page" for one in moved]
    return tuple(dict.fromkeys((*saw, *decided, *asked, *owners)))
