"""Decisions about identity as people read them: who waits for a second person, what was carried out, how to take it back;
and on what a child's identity rests. Codes, and the reasons in words through the one door.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import identity as identities
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.identity import (
    WHY_NOT,
    BreachAssessed,
    Decision,
    IdentityDecided,
    IdentityNotAgreed,
)
from hub.domain.item import Sealed
from hub.domain.moments import london_day
from hub.domain.person import SourceRecordLinked, fold
from hub.domain.staff import ROLES, Staff
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views import alerts, said_of, sameness, store
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.families import Around
from hub.views.horizon import REVIEW, Horizon, code, decision_code, horizon, person_of, row_of, sees_decision
from hub.views.identity_words import LINKED, REASONS, STATES, WHAT, evidence
from hub.views.in_review import ONE_WORKING_DAY, doubted, standing_for
from hub.views.members import permitted, staff_of
from hub.views.models import (
    Asker,
    Decisions,
    IdentityRow,
    IdentityView,
    LinkRow,
    Report,
    Reports,
    Stamp,
    Undo,
    WhoThisIs,
)
from hub.views.shown_between import REPORTED, UNDER_WAY, report, tasks, to_assess
from hub.views.side_by_side import NOT_SHOWN, Described, describe, fields, households, sentence, unopened, values_of
from hub.views.who_is_who import persons_of, records_of, survivor

NO_DECISION = "no such decision about identity, or none that you may know of"
UNSEEN = (
    "Names and numbers are held that are not shown to you. Do not agree to what you cannot see: ask somebody who may."
)
NO_REPORT = "no such report, or none that you may know of"
NO_PERSON = "no such person, or none that you may know of"
HASH = 12  # of a model's or a policy's hash: enough to tell it from another
AT_ONCE = 100  # rows of one query
RECENT = 25  # decisions on one page, beside those that wait


class Deciding(Struct, frozen=True):
    """What pages about decisions on identity ask. `around` says who lives with whom; it may be absent."""

    desk: Desk
    around: Around | None = None

    def decisions(self, asker: Asker, before: int = 0) -> Decisions:
        """Decisions that wait for a second person, oldest first, and what was decided before position `before`.

        One look; what is about a restricted identity or the asker's own family is not there. Raises NotPermitted.
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity")
        table = store.identity
        waits = desk.store.rows(
            select(table).where(table.c.state == "waits_for_second").order_by(table.c.position)
        )  # fmt: skip
        seen = horizon(desk, member)
        waits = [row for row in waits if sees_decision(desk, seen, row)]
        past, older = _past(desk, seen, before)
        rows = [*waits, *past]
        shown = look(desk, asker, [decision_code(row) for row in rows], "identity_decisions", purpose=REVIEW)
        allowed = {item.item for item in shown.shown}
        told = [self._row(member, row) for row in rows if f"identity:{row['identity']}" in allowed]
        return Decisions(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            waiting=tuple(row for row in told if row.state == "waits_for_second"),
            recent=tuple(row for row in told if row.state != "waits_for_second"), closed=len(rows) - len(told),
            older=older,
        )  # fmt: skip

    def decision(self, asker: Asker, identity: str) -> IdentityView:
        """One decision, with its reasons, how to take it back, and the report where something stood on the wrong page.

        Raises NotPermitted, and NotFound for one that is not there or of which this asker may not know.
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity")
        table = store.identity
        rows = desk.store.rows(select(table).where(table.c.identity == identity))
        if not rows or not sees_decision(desk, horizon(desk, member), rows[0]):
            look(desk, asker, [], "identity_decision", purpose=REVIEW)  # in the ledger like a look that is refused
            raise NotFound(NO_DECISION)
        row, history = rows[0], desk.record.load(identities.stream(identity))
        state = identities.fold(identity, (one.fact for one in history))
        aside = _aside(desk, state) if row["state"] == "waits_for_second" else _Aside()
        live = [_live(desk, person) for person in aside.persons]
        items = [
            decision_code(row), *_words_in(desk, history), *(code("compared", person) for person in aside.persons),
            *(one.item for one in aside.described), *(alerts.codes(alert) for each in live for alert in each),
        ]  # fmt: skip
        shown = look(desk, asker, items, "identity_decision", purpose=REVIEW)
        allowed = {item.item for item in shown.shown}
        if f"identity:{identity}" not in allowed or state.fact is None:
            raise NotFound(NO_DECISION)
        known = msgspec.structs.replace(known, ledger=shown.ledger_position)
        view = self._view(member, known, row, state, history, shown)
        if not aside.persons:
            return view
        values, today = values_of(desk, aside.described, shown), london_day(desk.clock.now())
        closed = unopened(aside.described, shown)
        hidden = any("identity" in classes for classes in closed.values())
        first, *others = [key for key, _ in aside.columns]
        seen = horizon(desk, member)
        homes = (
            households(
                self.around(asker.organisation, aside.persons),
                aside.persons,
                today,
                lambda one: seen.sees([one, survivor(desk, one)]),
            )
            if self.around
            else {}
        )
        return msgspec.structs.replace(
            view, fields=fields(values, first, others, today, closed),
            columns=tuple(label for _, label in aside.columns),
            said="" if hidden or not others else sentence(values.get(first, {}), values.get(others[0], {})),
            cautions=(*_cautions(desk, state), *((UNSEEN,) if hidden and row["by"] != member.id else ())),

            # with whom a protected person lives tells where: it is for who may read that
            households=tuple(
                NOT_SHOWN if member.id not in seen.readers.get(person, (member.id,)) else homes.get(person, ())
                for person in aside.persons
            ),
            alerts=tuple(_alert_lines(desk, each, allowed) for each in live),
        )  # fmt: skip

    def reports(self, asker: Asker) -> Reports:
        """For who answers for information: every decision by which something had stood on the wrong page, newest first.

        One look, at the ledger: codes alone. Raises NotPermitted.
        """
        desk = self.desk
        caught_up(desk)
        known, _ = stamp(desk, asker), permitted(desk, asker, "identity_report")
        table = store.identity
        done = (table.c.state == "settled") & (table.c.moved > 0)
        query = select(table).where(table.c.what.in_(REPORTED), done | table.c.state.in_(UNDER_WAY))
        rows = desk.store.rows(query.order_by(table.c.position.desc()).limit(AT_ONCE))
        shown = look(desk, asker, [_report_item(row) for row in rows], "identity_reports", purpose="access_audit")
        allowed = {item.item for item in shown.shown}
        told = [row for row in rows if f"report:{row['identity']}" in allowed]
        return Reports(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position), tasks=tasks(desk, told),
            assessed=tuple(row["identity"] for row in told if row["assessed"]), closed=len(rows) - len(told),
        )  # fmt: skip

    def report(self, asker: Asker, identity: str) -> tuple[Stamp, Report]:
        """The report of one decision, for who answers for information: codes alone, and no id of a restricted identity.

        Raises NotPermitted; NotFound for one that there is not, that is not carried out, or that may not be known of.
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity_report")
        rows = desk.store.rows(select(store.identity).where(store.identity.c.identity == identity))
        shown = look(desk, asker, [_report_item(row) for row in rows], "identity_report", purpose="access_audit")
        if not shown.shown:
            raise NotFound(NO_REPORT)
        seen = horizon(desk, member)
        hidden = seen.readers.keys() | seen.unknown
        found = report(desk, identity)

        def told(person: str) -> str:
            return "" if person in hidden else person

        return msgspec.structs.replace(known, ledger=shown.ledger_position), msgspec.structs.replace(
            found,
            moved=tuple(
                msgspec.structs.replace(one, before=told(one.before), after=told(one.after)) for one in found.moved
            ),
            enquiries=tuple(msgspec.structs.replace(one, child=told(one.child)) for one in found.enquiries),
            alerts=tuple(msgspec.structs.replace(one, child=told(one.child), alert="") for one in found.alerts),
        )

    def who_this_is(self, asker: Asker, person: str) -> WhoThisIs:
        """On what a person's identity rests: source records, how each was linked, and who is held apart. In codes.

        Raises NotPermitted; NotFound for a person that is not there or of whom this asker may not know.
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity")
        row = row_of(desk, person)
        seen = horizon(desk, member)
        if row is None or not seen.sees([person, row["merged_into"]]):
            look(desk, asker, [], "identity_of", purpose=REVIEW)  # in the ledger like a look that is refused
            raise NotFound(NO_PERSON)
        shown = look(desk, asker, [code("identity-of", person)], "identity_of", purpose=REVIEW)
        if not shown.shown:
            raise NotFound(NO_PERSON)
        history = desk.record.load(f"person:{person}")
        state, table = fold(person, (one.fact for one in history)), store.person
        rows = desk.store.rows(select(table.c.person).where(table.c.merged_into == person).order_by(table.c.person))
        merged = tuple(one["person"] for one in rows if seen.sees([one["person"]]))
        standing = standing_for(desk, seen, row)
        return WhoThisIs(
            person=person, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            standing=standing.replace("_", " "), kind=state.kind,
            links=tuple(_links(desk, person, history)),
            # of an adopted child, that it is held apart from somebody is what must not be told
            apart=tuple(sorted(one for one in state.apart if seen.sees([one]))), merged=merged, merges=_merges(desk, merged),
            survivor=state.merged_into, restricted=state.restricted,
            readers=state.readers if state.restricted else (),
            candidates=len(state.candidates) if standing == "in_review" else 0, doubted=doubted(desk, seen, person),
            proposed=tuple(one for one in sameness.others_of(desk.store, person) if seen.sees([person, one])),
        )  # fmt: skip

    def _row(self, member: Staff, row: store.Row) -> IdentityRow:
        desk, refused = self.desk, ""
        if row["state"] == "refused":
            facts = (one.fact for one in desk.record.load(identities.stream(row["identity"])))
            refused = identities.fold(row["identity"], facts).refused
        why, _, to_do = WHY_NOT.get(refused, refused).partition(": ")
        waits = row["state"] == "waits_for_second"
        by = desk.edition.due(ONE_WORKING_DAY, row["asked_at"])
        return IdentityRow(
            identity=row["identity"], what=WHAT[row["what"]], code=row["what"], person=row["person"],
            other=row["other"] or "", by=who(desk, row["by"]), state=row["state"],
            state_words=STATES[row["state"]], asked_at=row["asked_at"], settled_at=row["settled_at"],
            may_agree=waits and row["by"] != member.id, may_take_back=waits and row["by"] == member.id,
            refused=why, to_do=to_do[:1].upper() + to_do[1:],
            report="due" if to_assess(row) else "assessed" if row["assessed"] else "",
            due=by if waits else None, overdue=waits and by < desk.clock.now(),
        )  # fmt: skip

    def _view(
        self, member: Staff, known: Stamp, row: store.Row, state: Decision, history: Sequence[Recorded],
        shown: Disclosed,
    ) -> IdentityView:  # fmt: skip
        desk, fact = self.desk, state.fact
        assert fact is not None  # noqa: S101 - the caller has looked
        words = {item.item: str(item.words.get("reason", "")) for item in shown.shown}
        refused = next((one.fact for one in history if isinstance(one.fact, IdentityNotAgreed)), None)
        undone_by = _undone_by(desk, row)
        person = row_of(desk, fact.person)
        return IdentityView(
            row=self._row(member, row), stamp=known, reason=REASONS.get(fact.reason, fact.reason),
            why=_opened(fact.items, words), why_closed=bool(fact.items) and not _opened(fact.items, words),
            ask=name_of(desk, fact.ask) if fact.ask else "", readers=tuple(who(desk, one) for one in fact.readers),
            source_records=fact.source_records, agreed_by=who(desk, state.agreed_by) if state.agreed_by else "",
            not_agreed=f"{who(desk, refused.by)}. {_opened(refused.items, words)}".strip() if refused else "",
            reverses=fact.reverses, undone_by=undone_by,
            undo=None if undone_by or person is None else _undo(state, person, _taken_back(desk, fact)),
            report=_report(desk, row), assessment=_opened(state.assessed.items, words) if state.assessed else "",
            assessed_by=who(desk, state.assessed.by) if state.assessed else "",
            may_assess=to_assess(row), restricted=bool(person and person["restricted"]),
        )  # fmt: skip


class _Aside(Struct, frozen=True):
    """What a second person sees before answering: whom, as which columns, and how organisations describe each."""

    persons: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()  # (key, what stands above it)
    described: tuple[Described, ...] = ()


def _aside(desk: Desk, state: Decision) -> _Aside:
    """Nobody agrees blind: of a merge the two, of records that go what goes beside what stays, of any other the person."""
    fact = state.fact
    if fact is None:
        return _Aside()
    persons = tuple(dict.fromkeys(one for one in (fact.person, fact.other) if one))
    if fact.what != "unlink":
        return _Aside(
            persons, tuple((one, f"Person {one[:8]}") for one in persons),
            tuple(one for person in persons for one in describe(desk, person)),
        )  # fmt: skip
    going = frozenset(fact.source_records)
    staying = frozenset(records_of(desk, [fact.person])[fact.person]) - going
    columns = [("going", "What is about somebody else"), (fact.person, f"What stays with {fact.person[:8]}")]
    described = [*describe(desk, fact.person, going, "going"), *describe(desk, fact.person, staying)]
    if fact.other:
        columns.append((fact.other, f"Person {fact.other[:8]}, to whom it goes"))
        described += describe(desk, fact.other)
    return _Aside(persons, tuple(columns), tuple(described))


def _cautions(desk: Desk, state: Decision) -> tuple[str, ...]:
    """What speaks against it beforehand."""
    fact = state.fact
    if fact is None or not fact.other or fact.what in {"split", "different"}:
        return ()
    person, other = person_of(desk, fact.person), person_of(desk, fact.other)
    if fact.other in person.apart or fact.person in other.apart:
        return ("A person decided that these are two. Agreeing overrules that decision: ask them first.",)
    return ()


def _past(desk: Desk, seen: Horizon, before: int) -> tuple[list[store.Row], int]:
    """A page of what does not wait any more, of those that may be known of alone; and where the next page starts."""
    table, found, place = store.identity, list[store.Row](), before
    query = select(table).where(table.c.state != "waits_for_second").order_by(table.c.position.desc())
    while True:
        rows = desk.store.rows((query.where(table.c.position < place) if place else query).limit(AT_ONCE))
        for row in rows:
            if sees_decision(desk, seen, row):
                if len(found) == RECENT:
                    return found, found[-1]["position"]
                found.append(row)
        if len(rows) < AT_ONCE:
            return found, 0
        place = rows[-1]["position"]


def _live(desk: Desk, person: str) -> list[store.Row]:
    return [row for row in alerts.of_child(desk, person) if row["state"] != "decided"]


def _alert_lines(desk: Desk, rows: Sequence[store.Row], allowed: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{alerts.level_words(desk, row['level'])}, rule {row['rule']}"
        for row in rows
        if f"alert:{row['alert']}" in allowed
    )


def who(desk: Desk, staff: str) -> str:
    """A member of staff as a page names them: by role and id; the register holds no names."""
    ident = staff.removeprefix("person:")
    roles = staff_of(desk, ident).roles
    return (
        f"{', '.join(ROLES[role].title for role in roles if role in ROLES) or 'Somebody not in the register'} ({ident})"
    )


def _words_in(desk: Desk, history: Iterable[Recorded]) -> Iterator[ItemRef]:
    """The hub's own words in a decision: why, why not, and what was made of who was shown what."""
    for recorded in history:
        if isinstance(recorded.fact, IdentityDecided | IdentityNotAgreed | BreachAssessed):
            for sealed in recorded.fact.items:
                persons = tuple(dict.fromkeys(persons_of(desk, sealed.about).values()))
                item = ref(sealed, persons, HUB, recorded.position)
                yield msgspec.structs.replace(item, kind="decision")


def _opened(items: Sequence[Sealed], words: Mapping[str, str]) -> str:
    return "\n".join(words[one.item] for one in items if words.get(one.item))


def _report_item(row: store.Row) -> ItemRef:
    """That looks were gathered about two persons, as the ledger: codes, for whoever may read that."""
    return ItemRef(
        item=f"report:{row['identity']}", category="ledger", organisation=HUB,
        persons=tuple(one for one in (row["person"], row["other"]) if one), position=row["position"],
    )  # fmt: skip


def _report(desk: Desk, row: store.Row) -> Report | None:
    reported = row["state"] == "settled" and row["what"] in REPORTED and row["moved"]
    return report(desk, row["identity"]) if reported else None


def _undone_by(desk: Desk, row: store.Row) -> str:
    """The later decision that took this one back, or is about to."""
    table = store.identity
    later = select(table).where(
        table.c.position > row["position"], table.c.state.in_(("settled", "waits_for_second", "waits_for_intake"))
    )
    for one in desk.store.rows(later.where(table.c.what.in_(("split", "unlink", "merge", "restrict", "unrestrict")))):
        made = desk.record.load(identities.stream(one["identity"]), upto=1)[0].fact
        if isinstance(made, IdentityDecided) and made.reverses == row["identity"]:
            return str(one["identity"])
    return ""


def _taken_back(desk: Desk, fact: IdentityDecided) -> str:
    """What kind of decision this one took back; "" for none."""
    facts = desk.record.load(identities.stream(fact.reverses), upto=1) if fact.reverses else []
    return next((one.fact.what for one in facts if isinstance(one.fact, IdentityDecided)), "")


def _undo(state: Decision, person: store.Row, merged_as: str) -> Undo | None:
    """The decision that would take a settled one back, as the form that makes it; None where there is nothing to move."""
    fact, settled = state.fact, state.settled
    if fact is None or settled is None:
        return None
    match fact.what:
        case "same" | "merge":
            held = person["merged_into"]
            return Undo("split", "Take the merge back", fact.person, fact.other) if held else None
        case "unlink":
            after = settled.opened or fact.other
            if settled.opened:  # everything of the person that was opened for them goes back: the two are one
                return Undo("merge", "Take this back: merge them again", after, fact.person)
            moved = tuple(one.source_record for one in settled.moved)
            return Undo("unlink", "Take this back: move them again", after, fact.person, moved)
        case "different" if fact.other:
            return Undo("split", "Take this back: it is proposed again that they are one", fact.person, fact.other)
        case "different":
            open_still = person["standing"] == "established" and not person["merged_into"]
            return Undo("split", "Take this back: the review opens again", fact.person) if open_still else None
        case "split" if person["standing"] == "in_review":  # a review's answer was taken back: it waits for one again
            return Undo("review", "Answer the review again", fact.person)
        case "split" if merged_as == "different":
            return Undo("proposal", "Answer the proposal again", fact.person, fact.other)
        case "split":
            return Undo("merge", "If they are the same after all: merge them", fact.person, fact.other)
        case "restrict":
            return Undo("unrestrict", "End the restriction", fact.person) if person["restricted"] else None
        case "unrestrict":
            return Undo("restrict", "Restrict it again", fact.person) if not person["restricted"] else None
        case _:
            return None


def _links(desk: Desk, person: str, history: Sequence[Recorded]) -> Iterator[LinkRow]:
    """Each source record of a person, as it was linked last, by organisation."""
    newest = {one.fact.source_record: one for one in history if isinstance(one.fact, SourceRecordLinked)}
    held = records_of(desk, [person])[person]
    hidden = said_of.without_trace(desk, held)
    held = [one for one in held if one not in hidden]
    table = store.source_record
    query = select(table.c.source_record, table.c.organisation).where(table.c.source_record.in_(held))
    owners = {row["source_record"]: name_of(desk, row["organisation"]) for row in desk.store.rows(query)}
    for record in sorted(held, key=lambda one: (owners.get(one, ""), one)):
        linked = newest.get(record)
        fact = linked.fact if linked is not None else None
        if linked is None or not isinstance(fact, SourceRecordLinked):
            continue
        bars = [bar for weight in fact.weights if (bar := evidence(weight)) is not None]
        yield LinkRow(
            source_record=record, organisation=owners.get(record, ""), how=LINKED.get(fact.how, fact.how),
            evidence=tuple(f"{bar.label}: {bar.outcome}" for bar in bars), since=linked.envelope.known_at,
            decision=fact.decision.removeprefix("identity:"),
            versions=", ".join(one for one in (fact.rules, fact.model[:HASH], fact.policy[:HASH]) if one),
            doubts=said_of.doubts_of(desk, record),
        )  # fmt: skip


def _merges(desk: Desk, merged: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """For each person who was merged, the decision that did it."""
    found = []
    for person in merged:
        by = fold(person, (one.fact for one in desk.record.load(f"person:{person}"))).merged_by
        found.append((by.removeprefix("identity:"), person))
    return tuple(found)
