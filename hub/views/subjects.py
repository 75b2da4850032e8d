"""What is on record of whom somebody asks about: facts that policies read. Nothing here opens a word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import select

from hub.domain import lead as leads
from hub.domain.consent import Stated
from hub.domain.consent_record import stated
from hub.domain.fact import Recorded
from hub.domain.lead import Current
from hub.domain.person import fold as fold_person
from hub.domain.sample import SampleListed
from hub.domain.sharing import Duty, Purpose, Sample, Subject
from hub.domain.source_record import InvolvementChanged
from hub.domain.staff import Staff
from hub.views import matters, store
from hub.views.desk import Desk
from hub.views.held_back import held_back
from hub.views.who_is_who import OWN_RECORD, awaiting, families, family, in_review, persons_of, records_of, survivors

JUST_ARRIVED = timedelta(days=1)  # for how long a contact out of hours opens its child to the worker on duty


def subjects(
    desk: Desk, persons: Iterable[str], upto: int | None = None, purpose: Purpose | None = None, asker: str = ""
) -> dict[str, Subject]:
    """What is on record of each person that policies may read. `upto` asks as of a position; `asker` is who looks.

    Of somebody who was merged, what is on record of the one that stayed, and of everybody merged into it. Who may know of
    a restricted identity is what stands of the one that stayed: a merge closes it like who went into it.
    """
    wanted = sorted(set(persons))
    now, held = survivors(desk, wanted), families(desk, wanted)
    everybody = sorted({one for family in held.values() for one in family})
    table = store.person
    rows = {row["person"]: row for row in desk.store.rows(select(table).where(table.c.person.in_(everybody)))}
    rooms = desk.store.rows(select(store.enquiry).where(store.enquiry.c.child.in_(everybody)))
    alerts = desk.store.rows(
        select(store.alert.c.child).where(store.alert.c.child.in_(everybody), store.alert.c.state != "decided")
    )
    act_on = {row["child"] for row in alerts} | {row["child"] for row in rooms if row["state"] != "decided"}
    stayed = {*now.values()}
    closed = restricted(desk, [one for one, row in rows.items() if row["restricted"] and one in stayed])
    reviewing = purpose == "identity_review"
    reviewed, awaited = (in_review(desk), awaiting(desk, asker)) if reviewing else (frozenset[str](), frozenset[str]())
    workers = _workers(desk, held)
    at_section_47 = _at_section_47(desk, held)
    leading = leads_now(desk, held)
    records = records_of(desk, now.values())
    spoken = statements(desk, records, upto, {now[one]: held[one] for one in wanted})
    every_record = {now[one]: [*records[now[one]], *(OWN_RECORD + each for each in held[one])] for one in wanted}
    kept_back = held_back(desk, every_record)
    arrived = _contact_arrived(desk, records)
    listed: dict[str, list[Sample]] = {}
    for sample in samples_of(desk):
        for child in survivors(desk, sample.children).values():
            listed.setdefault(child, []).append(Sample(frozenset(sample.auditors), sample.start, sample.end))
    return {
        person: Subject(
            person=now[person],
            child=rows[now[person]]["kind"] != "adult",
            statements=spoken.get(now[person], ()),
            samples=tuple(listed.get(now[person], ())),
            must_act=not act_on.isdisjoint(held[person]),
            contact_arrived=now[person] in arrived and rows[now[person]]["kind"] != "adult",
            duty=Duty(False, False, False, kept_back[now[person]]) if now[person] in kept_back else None,
            allocated=workers[person],
            team=frozenset({leading[person].lead}) if person in leading else frozenset(),
            strategy_discussion=person in at_section_47,
            stage="section_47" if person in at_section_47 else "none",
            restricted=now[person] in closed,
            named_readers=closed.get(now[person], frozenset()),
            # that a person asked something of a restricted identity opens it to nobody but who is named for it
            in_doubt=now[person] in reviewed
            or (now[person] in awaited and asker in closed.get(now[person], frozenset({asker}))),
        )
        for person in wanted
        if now[person] in rows
    }


def _contact_arrived(desk: Desk, records: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Of these persons, those of whom a concern has come in since the offices closed, and within a day; nobody by day."""
    now, calendar = desk.clock.now(), desk.edition.calendar
    shut = calendar.closed_since(now) if calendar else None
    if shut is None:
        return frozenset()
    whose = {record: person for person, held in records.items() for record in held}
    said, named = store.said, store.said_about
    query = (
        select(named.c.source_record)
        .join(said, (said.c.stream == named.c.stream) & (said.c.version == named.c.version))
        .where(
            named.c.source_record.in_(sorted(whose)), said.c.kind == "worry", said.c.standing == "current",
            said.c.known_at >= max(shut, now - JUST_ARRIVED),
        )
    )  # fmt: skip
    return frozenset(whose[row["source_record"]] for row in desk.store.rows(query))


def _workers(desk: Desk, held: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Of each person, with whoever was merged into them: the staff ids of those who are allocated to them now."""
    everybody = sorted({one for names in held.values() for one in names})
    table = matters.matter
    query = select(table.c.child, table.c.holder).where(
        table.c.kind == "allocation", table.c.state == "allocated", table.c.child.in_(everybody)
    )
    rows = desk.store.rows(query)
    return {person: frozenset(row["holder"] for row in rows if row["child"] in names) for person, names in held.items()}


def leads_now(desk: Desk, held: Mapping[str, Sequence[str]]) -> dict[str, Current]:
    """Who leads for each person, of what the records of everybody held to be that person say: one, or nobody."""
    everybody = sorted({one for names in held.values() for one in names})
    table = matters.matter
    query = select(table.c.child).where(table.c.kind == "lead", table.c.holder != "", table.c.child.in_(everybody))
    found: dict[str, Current] = {}
    for row in desk.store.rows(query):
        history = desk.record.load(leads.stream(row["child"]))
        now = leads.fold(row["child"], (one.fact for one in history)).current
        if now is not None:
            found[row["child"]] = msgspec.structs.replace(now, at=history[now.accepted - 1].position)
    chosen = {person: leads.in_force([found[one] for one in names if one in found]) for person, names in held.items()}
    return {person: now for person, now in chosen.items() if now is not None}


def current_lead(desk: Desk, child: str) -> Current | None:
    """Who leads for a child now, whoever they were merged with; None for nobody."""
    return leads_now(desk, {child: family(desk, child)}).get(child)


def _at_section_47(desk: Desk, held: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Of each person, with whoever was merged into them: those for whom a strategy discussion opened section 47, and it
    is open still.
    """
    everybody = sorted({one for names in held.values() for one in names})
    table = matters.matter
    query = select(table.c.child).where(
        table.c.kind == "section-47", table.c.state == "section_47", table.c.child.in_(everybody)
    )
    open_for = {row["child"] for row in desk.store.rows(query)}
    return frozenset(person for person, names in held.items() if not open_for.isdisjoint(names))


def hidden_from(desk: Desk, member: Staff) -> tuple[str, ...]:
    """Who must leave no trace on a list of this person's, not even in its total: their own family, and restricted
    identities that they may not open.
    """
    closed = all_restricted(desk)
    return (*member.related, *(one for one, readers in closed.items() if member.id not in readers))


def all_restricted(desk: Desk) -> dict[str, frozenset[str]]:
    """Every restricted identity, with whoever may open it."""
    rows = desk.store.rows(select(store.person.c.person).where(store.person.c.restricted.is_(True)))
    return restricted(desk, [row["person"] for row in rows])


def restricted(desk: Desk, marked: Sequence[str]) -> dict[str, frozenset[str]]:
    """Of these, the restricted identities, each with whoever may open it; read from the record itself.

    (The view marks a person in review too, one of whose candidates is restricted: that one itself is not.)
    """
    states = (fold_person(one, (r.fact for r in desk.record.load(f"person:{one}"))) for one in marked)
    return {state.id: frozenset(state.readers) for state in states if state.restricted}


def with_team(desk: Desk, known: Mapping[str, Subject], member: Staff) -> dict[str, Subject]:
    """The same subjects, with this person in the team around those whom their own setting works with now."""
    if not member.setting:
        return dict(known)
    persons = [subject.person for subject in known.values()]
    held = [record for records in records_of(desk, persons).values() for record in records]
    involved = working_with(desk, member.organisation, member.setting, held)
    return {
        person: msgspec.structs.replace(subject, team=subject.team | {member.id})
        if subject.person in involved
        else subject
        for person, subject in known.items()
    }


def working_with(
    desk: Desk, organisation: str, setting: str, records: Sequence[str] | None = None
) -> dict[str, datetime]:
    """The persons whom a setting works with now, and since when the hub knows: its newest involvement has not ended.

    With `records`, those among the persons of these source records.
    """
    table = store.said
    query = select(table.c.stream).where(table.c.kind == "involvement", table.c.organisation == organisation).distinct()
    if records is not None:
        query = query.where(table.c.stream.in_([f"source-record:{record}" for record in records]))
    streams = [row["stream"] for row in desk.store.rows(query)]
    whose = persons_of(desk, [stream.partition(":")[2] for stream in streams])
    found = {}
    for stream in streams:
        for recorded in reversed(desk.record.load(stream)):
            if isinstance(recorded.fact, InvolvementChanged) and recorded.fact.setting == setting:
                if recorded.fact.ended is None:
                    found[whose[stream.partition(":")[2]]] = recorded.envelope.known_at
                break
    return found


def samples_of(desk: Desk) -> list[SampleListed]:
    """Every sample that was listed for a practice audit."""
    listed: list[SampleListed] = []
    after = 0
    while page := desk.record.read(after, 1000, [SampleListed.NAME]):
        listed += [one.fact for one in page if isinstance(one.fact, SampleListed)]
        after = page[-1].position
    return listed


def statements(
    desk: Desk, records: Mapping[str, Sequence[str]], upto: int | None = None,
    held: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Stated, ...]]:  # fmt: skip
    """What was said about consent, for each person, in the order of the record; read from the record itself.

    Of messages about these source records, and of the records made in the hub about the person or whoever was merged
    into them (`held`, where the caller knows it).
    """
    held = families(desk, records) if held is None else held
    of_messages = {f"consent:{record}": person for person, one in records.items() for record in one}
    by_stream = of_messages | recorded_about(desk, held, "consent-record")
    found: dict[str, list[Recorded]] = {}
    for stream in [*desk.record.versions(list(of_messages)), *(one for one in by_stream if one not in of_messages)]:
        for recorded in desk.record.load(stream):
            if upto is None or recorded.position <= upto:
                found.setdefault(by_stream[stream], []).append(recorded)
    return {person: stated(history) for person, history in found.items()}


def recorded_about(
    desk: Desk, held: Mapping[str, Sequence[str]], kind: Literal["consent-record", "agreement-record"]
) -> dict[str, str]:
    """The streams of this kind that name one of these persons, or whoever was merged into them, and which of them.

    `held` are the families: of each person everybody who is held to be the same (`families`).
    """
    names = {one: person for person, family in held.items() for one in family}
    table = matters.matter
    query = select(table.c.stream, table.c.child).where(table.c.kind == kind, table.c.child.in_(sorted(names)))
    return {row["stream"]: names[row["child"]] for row in desk.store.rows(query.order_by(table.c.position))}
