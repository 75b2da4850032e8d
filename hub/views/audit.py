"""For those who check: the record as it stood at any position, who has looked, what could not be taken.

An access auditor sees that facts are there, when, by whom and because of what, and no content; whoever may read the codes
of a sample sees those too, of the child of the page alone. Both are ruled item by item, for everybody of whom a fact
speaks, and each look at the audit is itself in the ledger.
"""

from collections.abc import Container, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from hub.domain import alert as alerts_
from hub.domain.agency import OrganisationRegistered
from hub.domain.enquiry import (
    ClosingApproved,
    ClosingProposed,
    ClosingReturned,
    EnquiryChildAdded,
    EnquiryDecided,
    EnquiryOpened,
    PlanActionDone,
    PlanActionReopened,
    UnseenRead,
)
from hub.domain.errors import NotFound
from hub.domain.fact import Fact, Recorded
from hub.domain.family_said import FamilySaid
from hub.domain.identity import IdentityDecided, IdentitySettled
from hub.domain.item import Sealed
from hub.domain.ledger import Asked
from hub.domain.message import KINDS
from hub.domain.person import (
    HeldApart,
    HoldingApartEnded,
    PersonMerged,
    PersonOpened,
    SourceRecordLinked,
    SourceRecordUnlinked,
    StandingSettled,
)
from hub.domain.sameness import SamenessProposed, SamenessSettled
from hub.domain.sharing import Ruled
from hub.domain.silence import SilenceNoticed
from hub.domain.staff import ROLES
from hub.flow.disclose import ItemRef
from hub.flow.replay import edition_at, facts_upto
from hub.views import alerts, consents, store
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.members import permitted, staff_of
from hub.views.models import (
    Asker,
    AuditFact,
    AuditRow,
    AuditView,
    Coverage,
    LedgerPage,
    LedgerRow,
    Line,
    QuarantineRow,
)
from hub.views.said_of import handling
from hub.views.silent import silences_of
from hub.views.subjects import recorded_about
from hub.views.who_is_who import family, persons_of, records_of, survivor

MOST = 200
LOOKS = 100  # on one page of the ledger
LEDGER_PAGE = "ledger_page"
ROUTINE = ("worklist", "unplaced", LEDGER_PAGE)  # reasons of looks that hide the others by their number
NOT_SHOWN = "Not shown: content"
UNREADABLE = "unreadable"
NOTHING = object()  # left out, where None is an answer
WHAT_TO_DO = {
    "unknown_key": "Register the organisation's key, then re-admit",
    "revoked_key": "Ask the organisation to sign with a key in force and send it again",
    "unknown_organisation": "Register the organisation, then re-admit",
    "refers_to_unknown": "Once the message that it refers to is on record, re-admit",
    "unknown_schema": "Publish the schema with the hub, then re-admit",
    "unexplained": "The fault is ours: mend it, then re-admit",
}
PLAIN = "Ask the organisation to mend it and send it again under a new id"
FACT_WORDS = {
    "concern.recorded": "A concern was recorded", "strength.recorded": "A strength was recorded",
    "correction.recorded": "A correction was recorded", "withdrawal.recorded": "A withdrawal was recorded",
    "information.recorded": "An answer was recorded", "message.taken": "A message was taken in",
    "concern.ruled": "The three questions at intake were answered", "signal.counted": "A signal counts from now on",
    "signal.discounted": "A signal counts no longer",
    "concern.ruling-faulted": "A sharing policy erred: it is to be ruled on again",
    "person.opened": "A new identity was opened",
    "source-record.opened": "An organisation spoke of this person for the first time",
    "source-record.described": "An organisation described this person otherwise",
    "source-record.linked": "A source record was linked", "household.observed": "A household was observed",
    "consent.recorded": "A statement about consent was recorded", "alert.raised": "An alert was raised",
    "alert.strengthened": "An alert was strengthened", "alert.weakened": "An alert was weakened",
    "alert.decided": "An alert was decided",
    "alert.rung": "A red alert that nobody had opened rang somebody",
    "alert.rested": "The rule of an alert that was decided stood no more", "enquiry.opened": "A MASH enquiry was opened",
    "enquiry.decided": "A MASH enquiry was decided about a child",
    "enquiry.child-added": "A child was added to a MASH enquiry", "enquiry.graded": "A MASH enquiry was graded",
    "enquiry.claimed": "Somebody took a MASH enquiry", "enquiry.assigned": "A MASH enquiry was assigned",
    "enquiry.hand-over-offered": "A MASH enquiry was offered to somebody else",
    "enquiry.hand-over-accepted": "A MASH enquiry was taken over",
    "enquiry.hand-over-ended": "A hand-over of a MASH enquiry ended",
    "enquiry.rung": "A red MASH enquiry that nobody held rang somebody",
    "enquiry.closing-proposed": "A closing was proposed, and waits for a manager",
    "enquiry.closing-approved": "A manager agreed to a closing", "enquiry.closing-returned": "A closing was sent back",
    "enquiry.unseen-read": "What had come in unread at a red decision was read",
    "enquiry.team-left": "Somebody's part in a MASH enquiry ended",
    "enquiry.plan-action-done": "An action of a plan was done",
    "enquiry.plan-action-reopened": "An action of a plan is to be done after all",
    "help.step-proposed": "Another level of help was proposed", "help.step-accepted": "Another level of help was accepted",
    "help.step-declined": "Another level of help was declined", "help.step-taken-back": "A proposed level was taken back",
    "help.renewed": "Help for a limited time was renewed", "help.ended": "Help ended",
    "assessment.begun": "An assessment was begun", "assessment.section-written": "A section of an assessment was written",
    "assessment.child-heard": "The child was heard, or it was said why not", "assessment.tool-attached": "A tool was attached",
    "assessment.judged": "Need and risk were judged", "assessment.completed": "An assessment was completed",
    "help-plan.made": "A plan of help was made", "help-plan.team-changed": "Others sit in the team",
    "help-plan.action-set": "An action was planned", "help-plan.action-done": "An action was done",
    "help-plan.action-reopened": "An action is not done after all", "help-plan.team-met": "The team met",
    "help-plan.closed": "A plan of help was closed", "help-plan.outcome-recorded": "What became of help was recorded",
    "silence.noticed": "What was expected did not come", "silence.ended": "What had not come came after all",
    "silence.answered": "Somebody found out what a silence was",
    "allocation.worker-allocated": "A worker was allocated", "allocation.ended": "An allocation ended",
    "contact.forwarded": "A contact went to the worker who is at it",
    "forwarding.acknowledged": "The worker said that they have a forwarded contact",
    "forwarding.passed-back": "A forwarded contact was passed back", "involvement.changed": "An involvement changed",
    "legal-status.changed": "A legal status changed",
    "source-record.unlinked": "A source record was found to be about somebody else",
    "person.merged": "This person was found to be another", "person.reinstated": "A merge was taken back",
    "person.standing-settled": "A review was settled", "person.held-apart": "Two persons were held apart",
    "person.holding-apart-ended": "Two persons need not be held apart any more",
    "person.kind-noted": "An organisation spoke of this person as another kind too",
    "person.kind-taken-back": "What a merge had brought of this person's kind was taken back",
    "person.restriction-set": "Who may know of this identity was settled",
    "identity.decided": "Somebody decided who this is", "identity.agreed": "A second person agreed",
    "identity.not-agreed": "A decision about identity was not agreed to",
    "identity.settled": "A decision about identity was carried out",
    "identity.refused": "A decision about identity could not be carried out",
    "identity.breach-assessed": "Who was shown what was gone through",
    "consent.sought": "Somebody was asked whether this may be shared",
    "consent.capacity-assessed": "Capacity to decide about sharing was judged",
    "consent.given": "Somebody agreed to sharing",
    "consent.refused": "Somebody refused sharing",
    "consent.withdrawn": "A consent to share was withdrawn",
    "consent.objected": "Somebody objected to sharing",
    "consent.expired": "A consent to share ended",
    "consent.invalidated": "A statement about sharing was struck",
    "consent.evidence-held": "The form of a consent is held",
    "consent.conflict-recorded": "Whose view about sharing governs was settled",
    "consent.not-sought": "Consent was not asked for",
    "consent.risk-judged-again": "After a no the risk was judged again",
    "agreement.sought": "A service was offered",
    "agreement.capacity-assessed": "Capacity to decide about a service was judged",
    "agreement.given": "Somebody agreed to a service",
    "agreement.refused": "Somebody declined a service",
    "agreement.withdrawn": "An agreement to a service was taken back",
    "agreement.expired": "An agreement to a service ended",
    "agreement.invalidated": "A statement about a service was struck",
    "agreement.conflict-recorded": "Whose view about a service governs was settled",
    "agreement.not-sought": "Agreement to a service was not asked for",
    "late-evidence.reviewed": "Somebody looked at what came late for a decision",
    "letter.prepared": "A letter to the family was prepared", "letter.reviewed": "A letter to the family was reviewed",
    "letter.refused": "A letter to the family was kept back", "letter.printed": "A letter to the family was printed",
}  # fmt: skip

LEANT = {"override": ", under an override", "break_glass": ", under break-glass"}


class Audit(Struct, frozen=True):
    """What pages for auditors ask."""

    desk: Desk

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        """Children whose record may be replayed: random ids, counts and times. One look, in the ledger."""
        desk = self.desk
        caught_up(desk)
        said, about, held = store.said, store.said_about, store.source_record
        query = (
            select(
                held.c.person, func.count().label("facts"), func.min(said.c.known_at).label("first_at"),
                func.max(said.c.known_at).label("last_at"), func.max(said.c.position).label("last_position"),
            )
            .join(about, about.c.source_record == held.c.source_record)
            .join(said, (said.c.stream == about.c.stream) & (said.c.version == about.c.version))
            .where(held.c.kind != "adult")
            .group_by(held.c.person)
            .order_by(func.max(said.c.position).desc())
            .limit(MOST)
        )  # fmt: skip
        rows = desk.store.rows(query)
        items = [_item(f"replay:{row['person']}", "ledger", (row["person"],), 0) for row in rows]
        allowed = {item.item for item in look(desk, asker, items, "audit_list").shown}
        return [
            AuditRow(
                child=row["person"], facts=row["facts"], first_at=row["first_at"],
                last_at=row["last_at"], last_position=row["last_position"],
            )
            for row in rows
            if f"replay:{row['person']}" in allowed
        ]  # fmt: skip

    def audit(self, asker: Asker, child: str, position: int | None) -> AuditView:
        """What was so at `position` (the newest when None), with the consent, staff and edition of then.

        Of one who was merged, or into whom others were merged: what is on record of all of them, and of each decision.

        Raises NotFound for a child that is not there, or of whom this asker may see nothing.
        """
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        facts = facts_upto(desk.record, self._streams(child), desk.record.position())
        if not facts:
            look(desk, asker, [], "audit_replay")  # in the ledger like a look that is refused
            raise NotFound("no such child, or none that you may replay")
        positions = [one.position for one in facts]
        at = positions[-1] if position is None else max([p for p in positions if p <= position], default=positions[0])
        then = [one for one in facts if one.position <= at]
        shown = look(desk, asker, self._items(child, then), "audit_replay")
        allowed = {item.item for item in shown.shown}
        if not allowed:
            raise NotFound("no such child, or none that you may replay")
        content = f"content:{child}" in allowed
        records = frozenset(records_of(desk, [child])[child])
        edition = edition_at(desk.record, at)
        names = set(family(desk, child))
        decided = [one.fact for one in then if isinstance(one.fact, EnquiryDecided) and one.fact.child in names]
        level = alerts.level_words(desk, decided[-1].level if decided else None) or "None decided"
        return AuditView(
            child=child, stamp=stamp(desk, asker, shown.ledger_position), position=at, first=positions[0],
            last=positions[-1], previous=max((p for p in positions if p < at), default=None),
            following=min((p for p in positions if p > at), default=None), at=then[-1].envelope.known_at,
            edition=edition.id if edition else "none", content=content,
            level=level if content else NOT_SHOWN,
            alerts=_alerts(then) if content else (Line("Alerts", NOT_SHOWN),),
            consent=consents.lines(desk, child, at) if content else (Line("Consent and agreement", NOT_SHOWN),),
            staff=self._staff(then, at),
            coverage=self._heard(then, at) if content else (),
            facts=tuple(
                _fact(one, records, codes=f"codes:{one.ref}" in allowed) for one in then if f"fact:{one.ref}" in allowed
            ),
            integrity="",
        )  # fmt: skip

    def _items(self, child: str, then: Sequence[Recorded]) -> list[ItemRef]:
        """That each fact is there, and its codes, for everybody of whom it speaks; and what the page says of the child."""
        named = {one.ref: _records_in(one.fact) for one in then}
        whose = persons_of(self.desk, {record for records in named.values() for record in records})
        items = [_item(f"content:{child}", "codes", (child,), 0)]
        for one in then:
            persons = tuple(
                dict.fromkeys((child, *(whose[r] for r in named[one.ref] if r in whose), *_persons_in(one.fact)))
            )
            codes = _item(f"codes:{one.ref}", "codes", persons, one.position)
            items.append(_item(f"fact:{one.ref}", "ledger", persons, one.position))
            items.append(handling(one.fact, self.desk.edition).on(codes))
        return items

    def ledger_of(self, asker: Asker, child: str, before: int = 0, *, everything: bool = False) -> LedgerPage:
        """Who has looked: at one child, or at anybody when `child` is "". Newest first; no words, and itself a look.

        A page holds 100 looks, those before ledger position `before` (0: the newest). Looks at the worklist and at this
        page are left out unless `everything` is asked for: there are many, and a look at a child must stay findable.
        """
        desk = self.desk
        caught_up(desk, "ledger")
        table = store.look
        fits = [table.c.child == child] if child else []
        fits += [table.c.position < before] if before else []
        fits += [] if everything else [table.c.reason.not_in(ROUTINE)]
        found = select(table.c.position).where(*fits).distinct().order_by(table.c.position.desc()).limit(LOOKS + 1)
        positions = [row["position"] for row in desk.store.rows(found)]
        more, positions = len(positions) > LOOKS, positions[:LOOKS]
        query = select(table).where(table.c.position.in_(positions)).order_by(table.c.position.desc(), table.c.child)
        rows = desk.store.rows(query.where(table.c.child == child) if child else query)
        items = [
            _item(
                f"look:{row['position']}:{row['child']}",
                "ledger",
                (row["child"],) if row["child"] else (),
                row["position"],
            )
            for row in rows
        ]
        allowed = {item.item for item in look(desk, asker, items, LEDGER_PAGE, purpose="access_audit").shown}
        looks: dict[int, list[store.Row]] = {}
        for row in rows:
            if f"look:{row['position']}:{row['child']}" in allowed:
                looks.setdefault(row["position"], []).append(row)
        return LedgerPage(tuple(_looked(self.desk, held) for held in looks.values()), positions[-1] if more else 0)

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        """Messages that could not be taken, with the reason. Newest first. Codes alone, about nobody that is known."""
        permitted(self.desk, asker, "quarantine")  # nothing in it is opened, so there is nothing else to rule on
        table = store.quarantine
        rows = self.desk.store.rows(select(table).order_by(table.c.received.desc()).limit(MOST))
        known = self.desk.register().organisations
        return [
            QuarantineRow(
                id=row["quarantine"], place=row["place"], source=row["source"], kind=row["kind"],
                reason=row["reason"].replace("_", " "), what_to_do=WHAT_TO_DO.get(row["reason"], PLAIN),
                field=row["field"], bytes=row["bytes"], received=row["received"], state=row["state"],
            )
            for row in (readable(row, known) for row in rows)
        ]  # fmt: skip

    def _streams(self, child: str) -> list[str]:
        desk = self.desk
        records = records_of(desk, [child])[child]
        about, enquiry, identity = store.said_about, store.enquiry, store.identity
        everybody = family(desk, child)
        said = desk.store.rows(select(about.c.stream).where(about.c.source_record.in_(records)).distinct())
        held = desk.store.rows(select(enquiry.c.enquiry).where(enquiry.c.child.in_(everybody)))
        concerned = identity.c.person.in_(everybody) | identity.c.other.in_(everybody)
        decided = desk.store.rows(select(identity.c.identity).where(concerned))
        return [
            *(stream for one in everybody for stream in (f"person:{one}", f"child:{one}")),
            *(f"identity:{row['identity']}" for row in decided),
            *recorded_about(desk, {child: everybody}, "consent-record"),
            *recorded_about(desk, {child: everybody}, "agreement-record"),
            *(f"source-record:{record}" for record in records),
            *(row["stream"] for row in said),
            *(
                at for row in alerts.of_child(desk, child)
                for at in (f"alert:{row['alert']}", alerts_.ring_stream(row["alert"]))
            ),
            *(f"mash-enquiry:{row['enquiry']}" for row in held),
            *silences_of(desk, everybody),
        ]  # fmt: skip

    def _staff(self, then: Sequence[Recorded], at: int) -> tuple[Line, ...]:
        """Whoever acted on this child, with the roles that they held at the position."""
        acted = [one.envelope.by.partition(":")[2] for one in then if one.envelope.by.startswith("person:")]
        lines = []
        for ident in dict.fromkeys(acted):
            member = staff_of(self.desk, ident, at)
            titles = ", ".join(ROLES[role].title for role in member.roles) or "not in the register then"
            lines.append(Line(ident, f"{titles} of {member.organisation}" if member.organisation else titles))
        return tuple(lines)

    def _heard(self, then: Sequence[Recorded], at: int) -> tuple[Coverage, ...]:
        joined = self.desk.record.read(0, 1000, [OrganisationRegistered.NAME], upto=at)
        heard = {
            getattr(getattr(one.fact, "statement", one.fact), "organisation", ""): one.envelope.known_at
            for one in then
            if one.stream.startswith(("message:", "consent:"))
        }
        return tuple(
            Coverage(
                organisation=o.name, sector=o.sector.replace("_", " "),
                state="contributed" if o.organisation in heard else "not_asked",
                reason="" if o.organisation in heard else "nobody had asked yet", last_heard=heard.get(o.organisation),
            )
            for one in joined
            if isinstance(o := one.fact, OrganisationRegistered) and o.party and not o.may_enter_for_others
        )  # fmt: skip


def readable(row: store.Row, organisations: Container[str]) -> store.Row:
    """A row of the quarantine with what its headers claim only where it is a claim that we know.

    Anybody who may write to a topic may put anything into a header: a name, or what takes over a terminal.
    """
    source = row["source"] if row["source"] in organisations else UNREADABLE
    return {**row, "source": source, "kind": row["kind"] if row["kind"] in KINDS else UNREADABLE}


def _item(item: str, category: Ruled, persons: tuple[str, ...], position: int) -> ItemRef:
    return ItemRef(item=item, category=category, organisation=HUB, persons=persons, position=position)


def _records_in(value: object) -> set[str]:
    """The source records that a fact names, at any depth."""
    found: set[str] = set()
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            held = getattr(value, name)
            if name == "source_record" and isinstance(held, str):
                found.add(held)
            elif name == "about" and isinstance(value, Sealed):
                found |= set(held)
            else:
                found |= _records_in(held)
    elif isinstance(value, tuple | list):
        for each in value:
            found |= _records_in(each)
    return found


def _persons_in(fact: Fact) -> tuple[str, ...]:
    """Further persons whom a fact names by their own id: whom somebody in review may turn out to be, or nearly was."""
    match fact:
        case PersonOpened():
            return fact.candidates
        case SourceRecordLinked():
            return (fact.runner_up,) if fact.runner_up else ()
        case SourceRecordUnlinked():
            return (fact.to,)
        case (
            EnquiryOpened() | EnquiryChildAdded() | EnquiryDecided() | ClosingProposed() | ClosingApproved()
            | ClosingReturned() | UnseenRead() | PlanActionDone() | PlanActionReopened()
        ):  # fmt: skip
            return (fact.child,)  # of several children of one contact, that of another is ruled for that one too
        case PersonMerged():
            return (fact.into,)
        case StandingSettled():
            return fact.candidates
        case HeldApart() | HoldingApartEnded() | SamenessProposed() | SamenessSettled():
            return (fact.other,)
        case FamilySaid():
            return (fact.person,)
        case SilenceNoticed():
            return (fact.child,)
        case IdentityDecided():
            return tuple(one for one in (fact.person, fact.other, *fact.candidates) if one)
        case IdentitySettled():
            return tuple(dict.fromkeys(one for moved in fact.moved for one in (moved.before, moved.after)))
        case _:
            return ()


def _looked(desk: Desk, rows: Sequence[store.Row]) -> LedgerRow:
    """One look, at the people of these rows."""
    asked = msgspec.json.decode(rows[0]["fact"], type=Asked)
    children = [row["child"] for row in rows if row["child"]]
    return LedgerRow(
        position=rows[0]["position"], asked_at=rows[0]["at"], staff=asked.who,
        role=", ".join(ROLES[role].title for role in asked.roles if role in ROLES),
        organisation=name_of(desk, asked.organisation), purpose=asked.purpose.replace("_", " ") + LEANT.get(asked.invokes, ""),
        ground=asked.reason.replace("_", " "), child=children[0] if len(children) == 1 else "", children=len(children),
        enquiry=asked.enquiry, shown=len(asked.opened), withheld=asked.withheld, edition=asked.edition,
        policies=tuple(sorted({policy for ruled in asked.rulings for policy in ruled.policies})),
    )  # fmt: skip


def _alerts(then: Sequence[Recorded]) -> tuple[Line, ...]:
    streams: dict[str, list[Fact]] = {}
    for one in then:
        if one.stream.startswith("alert:"):
            streams.setdefault(one.stream, []).append(one.fact)
    lines = []
    for facts in streams.values():
        state = alerts_.fold(facts)
        standing = "decided" if state.decided else "live" if state.holds else "live, no longer standing"
        level = f"level {state.level}, " if state.holds else ""
        lines.append(Line(state.rule, f"{level}{standing}, on {len(state.evidence)} signals"))
    return tuple(lines)


def _fact(one: Recorded, records: frozenset[str], *, codes: bool) -> AuditFact:
    return AuditFact(
        position=one.position, known_at=one.envelope.known_at, stream=one.stream, name=one.fact.NAME,
        words=FACT_WORDS.get(one.fact.NAME, one.fact.NAME), by=one.envelope.by, because=one.envelope.because,
        edition=one.envelope.edition, codes=_codes(one.fact, records) if codes else (),
    )  # fmt: skip


def _codes(fact: Fact, records: frozenset[str]) -> tuple[Line, ...]:
    """The codes of a fact as far as they are about the person whose source records these are.

    Never its sealed items, nor bytes, nor the part of anybody else, however deep they lie.
    """
    lines = []
    for name in fact.__struct_fields__:
        value = _plain(getattr(fact, name), records)
        if value is not NOTHING:
            lines.append(Line(name.replace("_", " "), str(value)))
    return tuple(lines)


def _plain(value: object, records: frozenset[str]) -> object:
    if isinstance(value, bytes | Sealed):
        return NOTHING
    if isinstance(value, Struct):
        if (about := getattr(value, "source_record", None)) is not None and about not in records:
            return NOTHING
        parts = {name: _plain(getattr(value, name), records) for name in value.__struct_fields__ if name != "items"}
        return {name: part for name, part in parts.items() if part is not NOTHING}
    if isinstance(value, tuple | list):
        return [part for each in value if (part := _plain(each, records)) is not NOTHING]
    if isinstance(value, dict):
        return {str(name): part for name, each in value.items() if (part := _plain(each, records)) is not NOTHING}
    return value if isinstance(value, str | int | float | None) else str(value)
