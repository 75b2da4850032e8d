"""For those who check: the record as it stood at any position, who has looked, what could not be taken.

An access auditor sees that facts are there, when and because of what, and no content; whoever may read the codes of a
sample sees those too. Both are ruled item by item, and each look at the audit is itself in the ledger.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from hub.domain import alert as alerts_
from hub.domain.agency import OrganisationRegistered
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import NotFound
from hub.domain.fact import Fact, Recorded
from hub.domain.ledger import Asked
from hub.domain.staff import ROLES
from hub.flow.disclose import ItemRef
from hub.flow.replay import edition_at, facts_upto
from hub.views import alerts, store
from hub.views.asking import HUB, Desk, look, records_of, staff_of, stamp, statements
from hub.views.models import (
    Asker,
    AuditFact,
    AuditRow,
    AuditView,
    Coverage,
    LedgerRow,
    Line,
    QuarantineRow,
)

MOST = 200
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
    "signal.discounted": "A signal counts no longer", "person.opened": "A new identity was opened",
    "source-record.opened": "An organisation spoke of this person for the first time",
    "source-record.described": "An organisation described this person otherwise",
    "source-record.linked": "A source record was linked", "household.observed": "A household was observed",
    "consent.recorded": "A statement about consent was recorded", "alert.raised": "An alert was raised",
    "alert.strengthened": "An alert was strengthened", "alert.weakened": "An alert was weakened",
    "alert.decided": "An alert was decided", "enquiry.opened": "A MASH enquiry was opened",
    "enquiry.decided": "A MASH enquiry was decided", "involvement.changed": "An involvement changed",
    "legal-status.changed": "A legal status changed",
}  # fmt: skip


class Audit(Struct, frozen=True):
    """What pages for auditors ask."""

    desk: Desk

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        """Children whose record may be replayed: random ids, counts and times. One look, in the ledger."""
        desk = self.desk
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
        items = [_item(f"replay:{row['person']}", "ledger", row["person"], 0) for row in rows]
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

        Raises NotFound for a child that is not there, or of whom this asker may see nothing.
        """
        desk = self.desk
        facts = facts_upto(desk.record, self._streams(child), desk.record.position())
        if not facts:
            raise NotFound("no such child, or none that you may replay")
        positions = [one.position for one in facts]
        at = positions[-1] if position is None else max([p for p in positions if p <= position], default=positions[0])
        then = [one for one in facts if one.position <= at]
        items = [_item(f"fact:{one.ref}", "ledger", child, one.position) for one in then]
        items += [_item(f"codes:{one.ref}", "codes", child, one.position) for one in then]
        shown = look(desk, asker, items, "audit_replay")
        allowed = {item.item for item in shown.shown}
        if not allowed:
            raise NotFound("no such child, or none that you may replay")
        codes = any(item.startswith("codes:") for item in allowed)
        edition = edition_at(desk.record, at)
        decided = [one.fact for one in then if isinstance(one.fact, EnquiryDecided)]
        return AuditView(
            child=child, stamp=stamp(desk, asker, shown.ledger_position), position=at, first=positions[0],
            last=positions[-1], previous=max((p for p in positions if p < at), default=None),
            following=min((p for p in positions if p > at), default=None), at=then[-1].envelope.known_at,
            edition=edition.id if edition else "none",
            level=(alerts.level_words(desk, decided[-1].level if decided else None) or "None decided")
            if codes
            else "Not shown: content",
            alerts=_alerts(then) if codes else (Line("Alerts", "Not shown: content"),),
            consent=self._consent(child, at), staff=self._staff(then, at),
            coverage=self._heard(then, at),
            facts=tuple(_fact(one, f"codes:{one.ref}" in allowed) for one in then if f"fact:{one.ref}" in allowed),
            integrity="",
        )  # fmt: skip

    def ledger_of(self, asker: Asker, child: str) -> Sequence[LedgerRow]:
        """Who has looked: at one child, or at anybody when `child` is "". Newest first; no words, and itself a look."""
        desk = self.desk
        query = select(store.look).order_by(store.look.c.position.desc()).limit(MOST)
        rows = desk.store.rows(query.where(store.look.c.child == child) if child else query)
        items = [
            _item(f"look:{row['position']}:{row['child']}", "ledger", row["child"], row["position"]) for row in rows
        ]
        allowed = {item.item for item in look(desk, asker, items, "ledger_page", purpose="access_audit").shown}
        listed = []
        for row in rows:
            if f"look:{row['position']}:{row['child']}" not in allowed:
                continue
            asked = msgspec.json.decode(row["fact"], type=Asked)
            listed.append(
                LedgerRow(
                    position=row["position"], asked_at=row["at"], staff=asked.who,
                    role=", ".join(ROLES[role].title for role in asked.roles if role in ROLES),
                    organisation=asked.organisation, purpose=asked.purpose.replace("_", " "),
                    ground=asked.reason.replace("_", " "), child=row["child"], enquiry=asked.enquiry,
                    shown=len(asked.opened), withheld=asked.withheld, edition=asked.edition,
                    policies=tuple(sorted({policy for ruled in asked.rulings for policy in ruled.policies})),
                )
            )  # fmt: skip
        return listed

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        """Messages that could not be taken, with the reason. Newest first. Codes alone, about nobody that is known."""
        del asker  # the page's guard; nothing in quarantine is opened, so there is nothing to rule on
        table = store.quarantine
        rows = self.desk.store.rows(select(table).order_by(table.c.received.desc()).limit(MOST))
        return [
            QuarantineRow(
                id=row["quarantine"], place=row["place"], source=row["source"], kind=row["kind"],
                reason=row["reason"].replace("_", " "), what_to_do=WHAT_TO_DO.get(row["reason"], PLAIN),
                field=row["field"], bytes=row["bytes"], received=row["received"], state=row["state"],
            )
            for row in rows
        ]  # fmt: skip

    def _streams(self, child: str) -> list[str]:
        desk = self.desk
        records = records_of(desk, [child])[child]
        about, enquiry = store.said_about, store.enquiry
        said = desk.store.rows(select(about.c.stream).where(about.c.source_record.in_(records)).distinct())
        held = desk.store.rows(select(enquiry.c.enquiry).where(enquiry.c.child == child))
        return [
            f"person:{child}", f"child:{child}",
            *(f"source-record:{record}" for record in records),
            *(row["stream"] for row in said),
            *(f"alert:{row['alert']}" for row in alerts.of_child(desk, child)),
            *(f"mash-enquiry:{row['enquiry']}" for row in held),
        ]  # fmt: skip

    def _consent(self, child: str, at: int) -> tuple[Line, ...]:
        said = statements(self.desk, records_of(self.desk, [child]), at).get(child, ())
        return tuple(Line(one.fact.about.replace("_", " "), one.fact.state.replace("_", " ")) for one in said)

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


def _item(item: str, category: str, child: str, position: int) -> ItemRef:
    persons = (child,) if child else ()
    return ItemRef(item=item, category=category, organisation=HUB, persons=persons, position=position)  # type: ignore[arg-type] # ledger | codes


def _alerts(then: Sequence[Recorded]) -> tuple[Line, ...]:
    streams: dict[str, list[Fact]] = {}
    for one in then:
        if one.stream.startswith("alert:"):
            streams.setdefault(one.stream, []).append(one.fact)
    lines = []
    for facts in streams.values():
        state = alerts_.fold(facts)
        standing = "decided" if state.decided else "live" if state.holds else "live, no longer standing"
        lines.append(Line(state.rule, f"level {state.level}, {standing}, on {len(state.evidence)} signals"))
    return tuple(lines)


def _fact(one: Recorded, codes: bool) -> AuditFact:
    return AuditFact(
        position=one.position, known_at=one.envelope.known_at, stream=one.stream, name=one.fact.NAME,
        words=FACT_WORDS.get(one.fact.NAME, one.fact.NAME), by=one.envelope.by, because=one.envelope.because,
        edition=one.envelope.edition, codes=_codes(one.fact) if codes else (),
    )  # fmt: skip


def _codes(fact: Fact) -> tuple[Line, ...]:
    """The codes of a fact, never its sealed items nor any bytes."""
    lines = []
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        if name == "items" or isinstance(value, bytes):
            continue
        plain = msgspec.to_builtins(_without_items(value), str_keys=True, enc_hook=str)
        lines.append(Line(name.replace("_", " "), str(plain)))
    return tuple(lines)


def _without_items(value: object) -> object:
    if isinstance(value, Struct) and "items" in value.__struct_fields__:
        return msgspec.structs.replace(value, items=())
    return value
