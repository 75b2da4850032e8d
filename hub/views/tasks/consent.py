"""What waits because of consent: notices that nobody acknowledged, forms to get, a no and something new since, an
organisation that came later than the yes, a young person and a parent who disagree.

Each follows from what is on record and goes when that changes. A refusal is never a reason by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from hub.domain import clocks
from hub.domain.consent import Stated, withdrawal_stream
from hub.domain.consent_record import ConsentConflictRecorded, ConsentRiskJudgedAgain
from hub.domain.effective import CAN_AGREE, NO, giver_of, said_at
from hub.domain.enquiry import EnquiryDecided, EnquiryOpened
from hub.domain.fact import Recorded
from hub.domain.family_said import FamilySaid, TookBack
from hub.domain.source_record import InvolvementChanged
from hub.flow.report_back import about
from hub.views import store
from hub.views.consent_notices import own, rows_of
from hub.views.consent_words import NOTICES
from hub.views.desk import Desk, name_of
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.subjects import recorded_about, statements
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.who_is_who import families, records_of, survivors

KINDS |= {
    "consent_acknowledge": "Consents withdrawn: stop, and say so",
    "consent_unacknowledged": "Withdrawals that an organisation has not acknowledged",
    "consent_review": "Nobody was asked: think about it again",
    "consent_form": "Agreed, it is said: get the form",
    "consent_refused_new": "Something new since a no: judge the risk again",
    "consent_new_organisation": "A new organisation: ask again",
    "consent_conflict": "A young person and an adult disagree",
    "consent_withdrawn_elsewhere": "An organisation recorded a withdrawal: tell who relied on it",
}
RECORDS = ("consent-record", "agreement-record")


class _Person(Struct, frozen=True):
    """One person of whom something is said about sharing."""

    person: str
    stated: tuple[Stated, ...]
    written: tuple[Recorded, ...]  # the records made in the hub


def own_notices(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Notices to the asker's own organisation that nobody there has acknowledged. About nobody: the page says of whom."""
    organisation = staff_of(desk, asker.staff).organisation
    now = desk.clock.now()
    for row in own(desk, asker, waiting=True):
        yield Task(
                kind="consent_acknowledge", key=row["stream"], what=NOTICES[row["what"]],
                href="/consent/notices", since=row["opened_at"], due=row["due"],
                overdue=row["due"] is not None and row["due"] < now, holder=name_of(desk, organisation),
            )  # fmt: skip


def overdue_notices(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Notices whose clock ran out: somebody rings that organisation."""
    del asker
    now = desk.clock.now()
    for row in rows_of(desk, waiting=True):
        if row["due"] is not None and row["due"] < now:
            yield Task(
                kind="consent_unacknowledged", key=row["stream"], child=row["child"],
                what=f"{name_of(desk, row['organisation'])} has not said that it stopped",
                href=f"/child/{row['child']}/consent", since=row["opened_at"], due=row["due"], overdue=True,
                holder=name_of(desk, row["organisation"]),
            )  # fmt: skip


def records_to_see_to(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Records that say themselves when to look again, or that a form is still to come."""
    del asker
    now = desk.clock.now()
    query = select(matter).where(matter.c.kind.in_(RECORDS), matter.c.state.in_(("not_sought", "asserted")))
    for row in desk.store.rows(query.order_by(matter.c.position)):
        href = f"/child/{row['child']}/consent"
        if row["state"] == "asserted":
            yield Task(
                kind="consent_form", key=row["stream"], child=row["child"], href=href, since=row["opened_at"],
                what="A yes counts for nothing until the form is held and standing is shown",
            )  # fmt: skip
        elif row["due"] is not None and row["due"] < now:
            yield Task(
                kind="consent_review", key=row["stream"], child=row["child"], href=href, since=row["due"],
                what="The day to think again about asking has come", due=row["due"], overdue=True,
            )  # fmt: skip


def judged_by_what_is_said(desk: Desk, asker: Asker) -> Iterator[Task]:
    """What follows from statements together: something new since a no, a new organisation, two who disagree."""
    del asker
    for one in _persons(desk):
        yield from _new_since_a_no(desk, one)
        yield from _new_organisations(desk, one)
        yield from _conflicts(desk, one)
        yield from _withdrawn_elsewhere(desk, one)
        yield from _asserted_elsewhere(desk, one)


def _persons(desk: Desk) -> list[_Person]:
    """Everybody of whom something is said about sharing, as they are held to be now."""
    said, about, held = store.said, store.said_about, store.source_record
    spoken = select(held.c.person).join(about, about.c.source_record == held.c.source_record).join(
        said, (said.c.stream == about.c.stream) & (said.c.version == about.c.version)
    )  # fmt: skip
    rows = desk.store.rows(spoken.where(said.c.kind == "consent").distinct())
    made = desk.store.rows(select(matter.c.child).where(matter.c.kind == "consent-record").distinct())
    persons = sorted({*survivors(desk, {*(row["person"] for row in rows), *(row["child"] for row in made)}).values()})
    stated, everybody = statements(desk, records_of(desk, persons)), families(desk, persons)
    written: dict[str, list[Recorded]] = {}
    for stream, person in recorded_about(desk, everybody, "consent-record").items():
        written.setdefault(person, []).extend(desk.record.load(stream))
    return [_Person(person, stated[person], tuple(written.get(person, ()))) for person in persons if person in stated]


def _newest(stated: Sequence[Stated]) -> dict[tuple[str, str], Stated]:
    """The newest answer of each giver about sharing."""
    answers = [one for one in stated if one.fact.about == "consent_to_share" and one.fact.state in {"given", *NO}]
    return {giver_of(one.fact): one for one in sorted(answers, key=lambda one: said_at(one.fact))}


def _known_at(desk: Desk, ref: str) -> datetime:
    stream, _, version = ref.rpartition("@")
    return desk.record.load(stream, upto=int(version))[-1].envelope.known_at


def _new_since_a_no(desk: Desk, one: _Person) -> Iterator[Task]:
    """A no that stands, and a concern that came after it and after whatever anybody made of it since."""
    refused = [answer for answer in _newest(one.stated).values() if answer.fact.state in NO and answer.beside is None]
    if not refused:
        return
    since = min(_known_at(desk, answer.ref) for answer in refused)
    everybody = families(desk, [one.person])[one.person]
    looked = [recorded.envelope.known_at for recorded in one.written if _looks_again(recorded)]
    looked += _decided(desk, everybody)
    records = records_of(desk, [one.person])[one.person]
    worries = {store.message_of(row): row for row in desk.store.worries(records) if row["known_at"] > since}
    said = about(desk.record.load, [(row["position"], ident) for ident, row in worries.items()], records, backfill=True)
    came = [worries[ident]["known_at"] for _, ident in said]  # counted or not: a no may keep out just these
    newest = max(came, default=None)
    if newest is None or any(moment > newest for moment in looked):
        return
    clock = {each["id"]: each for each in desk.edition.parts["clocks"]}.get("decision")
    due = clocks.due(clock, newest) if clock else None
    yield Task(
        kind="consent_refused_new", key=one.person, child=one.person, since=newest, due=due,
        what="A concern came after a family's no: judge the risk again. The no is no reason by itself",
        overdue=due is not None and due < desk.clock.now(), href=f"/child/{one.person}/consent/share/judged_again",
    )  # fmt: skip


def _looks_again(recorded: Recorded) -> bool:
    fact = recorded.fact
    return isinstance(fact, ConsentRiskJudgedAgain) or (isinstance(fact, FamilySaid) and fact.NAME in LOOKED)


LOOKED = frozenset({"consent.sought", "consent.given", "consent.refused", "consent.objected", "consent.not-sought"})


def _decided(desk: Desk, persons: Sequence[str]) -> list[datetime]:
    table = store.enquiry
    rows = desk.store.rows(select(table.c.enquiry).where(table.c.child.in_(persons)).distinct())
    return [
        recorded.envelope.known_at
        for row in rows
        for recorded in desk.record.load(f"mash-enquiry:{row['enquiry']}")
        if isinstance(recorded.fact, EnquiryDecided)
    ]


def _new_organisations(desk: Desk, one: _Person) -> Iterator[Task]:
    """An organisation that began to work with somebody after a yes that stands, of which nobody has spoken."""
    now = desk.clock.now()
    live = [
        answer for answer in _newest(one.stated).values()
        if answer.fact.state == "given" and answer.fact.evidence_held
        and (answer.fact.expires is None or answer.fact.expires > now)
    ]  # fmt: skip
    if not live:
        return
    named = {code for answer in one.stated for code in (*answer.fact.organisations, *answer.fact.except_organisations)}
    agreed = min(_known_at(desk, answer.ref) for answer in live)
    for organisation, since in _involved(desk, one.person).items():
        if organisation not in named and since > agreed:
            yield Task(
                kind="consent_new_organisation", key=f"{one.person}:{organisation}", child=one.person, since=since,
                what=f"{name_of(desk, organisation)} works with the family and is not named in what they agreed to",
                href=f"/child/{one.person}/consent/share/sought",
            )  # fmt: skip


def _involved(desk: Desk, person: str) -> Mapping[str, datetime]:
    """The organisations that work with a person now, and since when the hub knows."""
    found: dict[str, datetime] = {}
    for record in records_of(desk, [person])[person]:
        newest: dict[tuple[str, str], Recorded] = {}
        for recorded in desk.record.load(f"source-record:{record}"):
            fact = recorded.fact
            if isinstance(fact, InvolvementChanged):
                newest[fact.organisation, fact.setting or ""] = recorded
        for (organisation, _), recorded in newest.items():
            if isinstance(recorded.fact, InvolvementChanged) and recorded.fact.ended is None:
                found[organisation] = max(
                    recorded.envelope.known_at, found.get(organisation, recorded.envelope.known_at)
                )
    return found


def _asked(desk: Desk, person: str) -> dict[str, datetime]:
    """The organisations of whom a MASH enquiry that rests on the family's agreement asked something, and since when."""
    agreed = []
    for row in desk.store.rows(
        select(store.enquiry).where(store.enquiry.c.child.in_(families(desk, [person])[person]))
    ):
        opened = desk.record.load(f"mash-enquiry:{row['enquiry']}", upto=1)
        if any(isinstance(one.fact, EnquiryOpened) and one.fact.ground == "agreed_early_help" for one in opened):
            agreed.append(row["enquiry"])
    query = select(matter).where(matter.c.kind == "request", matter.c.enquiry.in_(agreed)).order_by(matter.c.position)
    return {row["organisation"]: row["opened_at"] for row in desk.store.rows(query) if row["organisation"]}


def _conflicts(desk: Desk, one: _Person) -> Iterator[Task]:
    """A young person and somebody who may agree for them disagree, and nobody has settled whose view governs."""
    answers = _newest(one.stated)
    own = answers.get(("young_person", ""))
    if own is None:
        return
    settled = {
        frozenset((recorded.fact.governs, recorded.fact.stands_back))
        for recorded in one.written
        if isinstance(recorded.fact, ConsentConflictRecorded)
    }
    for (giver, _), other in answers.items():
        differ = (own.fact.state in NO) != (other.fact.state in NO)
        if giver in CAN_AGREE and differ and frozenset((own.ref, other.ref)) not in settled:
            yield Task(
                kind="consent_conflict", key=f"{own.ref} {other.ref}", child=one.person,
                what="Settle whose view governs; a competent young person's does",
                since=max(_known_at(desk, own.ref), _known_at(desk, other.ref)),
                href=f"/child/{one.person}/consent/share/conflict",
            )  # fmt: skip


def _withdrawn_elsewhere(desk: Desk, one: _Person) -> Iterator[Task]:
    """A withdrawal that an organisation's message brought: nobody was told to stop before somebody withdraws it here."""
    here = {recorded.fact.statement for recorded in one.written if isinstance(recorded.fact, TookBack)}
    for answer in one.stated:
        if answer.fact.state != "withdrawn" or not answer.ref.startswith("consent:"):
            continue
        taken_back = [
            each.ref
            for each in one.stated
            if each.fact.state == "given" and giver_of(each.fact) == giver_of(answer.fact)
            and said_at(each.fact) <= said_at(answer.fact) and each.ref not in here
        ]  # fmt: skip
        if taken_back and not desk.record.versions([withdrawal_stream(answer.ref)]):  # told by itself, a moment after
            yield Task(
                kind="consent_withdrawn_elsewhere", key=answer.ref, child=one.person, since=_known_at(desk, answer.ref),
                what=f"{name_of(desk, answer.fact.organisation)} recorded a withdrawal. See what rests on it, and tell them",
                href=f"/child/{one.person}/consent/share/withdrawn?statement={taken_back[-1]}",
            )  # fmt: skip


def _asserted_elsewhere(desk: Desk, one: _Person) -> Iterator[Task]:
    """A yes that an organisation's message says was given, without the form: it counts for nothing until that is held."""
    for answer in _newest(one.stated).values():
        if answer.fact.state == "given" and not answer.fact.evidence_held and answer.ref.startswith("consent:"):
            said = f"{name_of(desk, answer.fact.organisation)} says that somebody agreed"
            yield Task(
                kind="consent_form", key=answer.ref, child=one.person, since=_known_at(desk, answer.ref),
                what=f"{said}. It counts for nothing until the form is held", href=f"/child/{one.person}/consent",
            )  # fmt: skip


SOURCES += [
    Source(("answer",), own_notices),
    Source(("screen", "supervise"), overdue_notices),
    Source(("consent",), records_to_see_to),
    Source(("screen", "supervise"), judged_by_what_is_said),
]
