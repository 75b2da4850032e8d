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
from hub.views import store
from hub.views.asking import HUB, Desk, caught_up, look, name_of, permitted, persons_of, records_of, staff_of, stamp
from hub.views.horizon import REVIEW, code, decision_code, horizon, row_of, sees_decision
from hub.views.identity_words import LINKED, REASONS, STATES, WHAT, evidence
from hub.views.in_review import doubted
from hub.views.models import Asker, Decisions, IdentityRow, IdentityView, LinkRow, Report, Stamp, Undo, WhoThisIs
from hub.views.shown_between import REPORTED, report, to_assess
from hub.views.side_by_side import describe, fields, sentence, values_of

NO_DECISION = "no such decision about identity, or none that you may know of"
NO_PERSON = "no such person, or none that you may know of"
HASH = 12  # of a model's or a policy's hash: enough to tell it from another
RECENT = 25  # decisions on one page, beside those that wait


class Deciding(Struct, frozen=True):
    """What pages about decisions on identity ask."""

    desk: Desk

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
        query = select(table).where(table.c.state != "waits_for_second").order_by(table.c.position.desc())
        past = desk.store.rows((query.where(table.c.position < before) if before else query).limit(RECENT + 1))
        older = past[RECENT - 1]["position"] if len(past) > RECENT else 0
        seen = horizon(desk, member)
        rows = [row for row in (*waits, *past[:RECENT]) if sees_decision(desk, seen, row)]
        shown = look(desk, asker, [decision_code(row) for row in rows], "identity_decisions", purpose=REVIEW)
        allowed = {item.item for item in shown.shown}
        told = [self._row(member, row) for row in rows if f"identity:{row['identity']}" in allowed]
        return Decisions(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            waiting=tuple(row for row in told if row.state == "waits_for_second"),
            recent=tuple(row for row in told if row.state != "waits_for_second"), older=older,
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
        two = [row["person"], row["other"]] if row["state"] == "waits_for_second" and row["other"] else []
        described = [one for person in two for one in describe(desk, person)]
        items = [decision_code(row), *_words_in(desk, history), *(code("compared", person) for person in two)]
        shown = look(
            desk, asker, [*items, *(one.item for one in described)], "identity_decision", purpose=REVIEW
        )  # fmt: skip
        state = identities.fold(identity, (one.fact for one in history))
        if f"identity:{identity}" not in {item.item for item in shown.shown} or state.fact is None:
            raise NotFound(NO_DECISION)
        known = msgspec.structs.replace(known, ledger=shown.ledger_position)
        view = self._view(member, known, row, state, history, shown)
        if not two:
            return view
        values, today = values_of(desk, described, shown), london_day(desk.clock.now())
        return msgspec.structs.replace(
            view, fields=fields(values, two[0], two[1:], today),
            said=sentence(values.get(two[0], {}), values.get(two[1], {})),
        )  # fmt: skip

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
        return WhoThisIs(
            person=person, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            standing=state.standing.replace("_", " "), kind=state.kind,
            links=tuple(_links(desk, person, history)),
            # of an adopted child, that it is held apart from somebody is what must not be told
            apart=tuple(sorted(one for one in state.apart if seen.sees([one]))), merged=merged, merges=_merges(desk, merged),
            survivor=state.merged_into, restricted=state.restricted,
            readers=state.readers if state.restricted else (), candidates=len(state.candidates),
            doubted=doubted(desk, seen, person),
        )  # fmt: skip

    def _row(self, member: Staff, row: store.Row) -> IdentityRow:
        desk, refused = self.desk, ""
        if row["state"] == "refused":
            facts = (one.fact for one in desk.record.load(identities.stream(row["identity"])))
            refused = identities.fold(row["identity"], facts).refused
        why, _, to_do = WHY_NOT.get(refused, refused).partition(": ")
        waits = row["state"] == "waits_for_second"
        return IdentityRow(
            identity=row["identity"], what=WHAT[row["what"]], code=row["what"], person=row["person"],
            other=row["other"] or "", by=who(desk, row["by"]), state=row["state"],
            state_words=STATES[row["state"]], asked_at=row["asked_at"], settled_at=row["settled_at"],
            may_agree=waits and row["by"] != member.id, may_take_back=waits and row["by"] == member.id,
            refused=why, to_do=to_do[:1].upper() + to_do[1:],
            report="due" if to_assess(row) else "assessed" if row["assessed"] else "",
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
            undo=None if undone_by or person is None else _undo(state, person),
            report=_report(desk, row), assessment=_opened(state.assessed.items, words) if state.assessed else "",
            assessed_by=who(desk, state.assessed.by) if state.assessed else "",
            may_assess=to_assess(row), restricted=bool(person and person["restricted"]),
        )  # fmt: skip


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


def _undo(state: Decision, person: store.Row) -> Undo | None:
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
        case "different":
            return Undo("merge", "If they are the same after all: merge them", fact.person, "")
        case "split" if person["standing"] == "in_review":  # a review's answer was taken back: it waits for one again
            return Undo("review", "Answer the review again", fact.person)
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
        )  # fmt: skip


def _merges(desk: Desk, merged: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """For each person who was merged, the decision that did it."""
    found = []
    for person in merged:
        by = fold(person, (one.fact for one in desk.record.load(f"person:{person}"))).merged_by
        found.append((by.removeprefix("identity:"), person))
    return tuple(found)
