"""Who asks, and what is on record of whom they ask about: the two sides that every look at words needs.

Nothing here opens a word. It gathers recorded facts for the policies, and the door is flow/disclose.py. A ruling rests on
the record as it stands at the look: the views are brought up to it first, or nothing is answered.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import enquiry as enquiries
from hub.domain import lead as leads
from hub.domain import staff as staff_
from hub.domain import strategy as strategies
from hub.domain.agency import Register
from hub.domain.consent import Stated
from hub.domain.consent_record import stated
from hub.domain.edition import Edition
from hub.domain.errors import NotPermitted, TryLater
from hub.domain.exceptions import Exceptional
from hub.domain.fact import Recorded
from hub.domain.identity import JOINS, IdentityDecided
from hub.domain.lead import Current
from hub.domain.person import PersonMerged, SourceRecordLinked
from hub.domain.person import fold as fold_person
from hub.domain.sample import SampleListed
from hub.domain.sharing import Ask, EnquiryRoom, Invokes, Organisation, Purpose, Sample, Subject, asker_of
from hub.domain.source_record import InvolvementChanged
from hub.domain.staff import (
    ROLES,
    Permission,
    Staff,
    StaffFamilyMet,
    StaffLeft,
    StaffRegistered,
    StaffRolesChanged,
    groups,
    may,
)
from hub.flow.disclose import Disclosed, ItemRef, disclose, new_ask
from hub.flow.override import tell_owners
from hub.ports import Clock, Record, Rulings, Vault
from hub.views import matters, sameness, store
from hub.views.leaning import closed, leaned_on, works_now
from hub.views.leaning_lists import LISTS
from hub.views.models import Asker, Stamp
from hub.views.store import ViewStore

HUB = Organisation("hub", "council", party=True)  # the hub as an owner: alerts, decisions, its own words
PARTNERSHIP = Organisation("partnership", "council", party=True)  # whom auditors and governance work for
OWN_RECORD = "hub-"  # the hub's own source record of a person is named by it: hub-<person>
WAITS = timedelta(days=7)  # how long a decision that nobody agreed to opens names to who might agree
PAGES = 10  # of facts that one answer folds before it gives up: more are behind after a rebuild alone


class Desk(Struct, frozen=True):
    """What answering needs."""

    record: Record
    ledger: Record
    store: ViewStore
    vault: Vault
    rulings: Rulings
    clock: Clock
    edition: Edition
    register: Callable[[], Register]
    second_factor: bool  # whether signing in to this hub means a second factor
    trouble: str = ""  # why the edition that should be in force is not


def staff_of(desk: Desk, ident: str, upto: int | None = None) -> Staff:
    """A person in the register of staff, as the record has them now, or at a position.

    `related` names whoever of their family was merged with somebody since, and that somebody: it is one person; and
    whoever now holds what one of them had brought into a merge, because it went on elsewhere from there.
    """
    state = Staff(ident)
    for recorded in desk.record.load(f"staff:{ident}"):
        fact = recorded.fact
        if isinstance(fact, StaffRegistered | StaffRolesChanged | StaffLeft | StaffFamilyMet) and (
            upto is None or recorded.position <= upto
        ):
            state = staff_.evolve(state, fact)
    if not state.related:
        return state
    kin = {one for held in families(desk, state.related).values() for one in held} | {*state.related}
    went_on = [record for one in state.related for record in _brought(desk, one)]
    kin |= {*persons_of(desk, went_on).values()} if went_on else set()
    return dataclasses.replace(state, related=tuple(sorted(kin)))


def _brought(desk: Desk, person: str) -> list[str]:
    """What a person ever took into a merge, of what was held to be about them and did not come by another merge."""
    facts = [one.fact for one in desk.record.load(f"person:{person}")]
    taken = {record for one in facts if isinstance(one, PersonMerged) for record in one.source_records}
    links = [one for one in facts if isinstance(one, SourceRecordLinked) and one.source_record in taken]
    return sorted({one.source_record for one in links if not _by_a_merge(desk, one.decision)})


def _by_a_merge(desk: Desk, decision: str) -> bool:
    made = [one.fact for one in desk.record.load(decision, upto=1)] if decision else []
    return any(isinstance(one, IdentityDecided) and one.what in JOINS for one in made)


def caught_up(desk: Desk, log: Literal["record", "ledger"] = "record") -> None:
    """Bring the views up to the record as it stands now: a link or a withdrawal of a moment ago already counts.

    Raises TryLater where they are too far behind to wait for, or do not move.
    """
    held = desk.record if log == "record" else desk.ledger
    wanted = held.position()
    for _ in range(PAGES):
        if desk.store.position(log) >= wanted:
            return
        desk.store.follow(log, held)
    if desk.store.position(log) < wanted:
        raise TryLater(f"the views are far behind the {log}: wait until they have followed")


def permitted(desk: Desk, who: Asker, permission: Permission) -> Staff:
    """This person, as the register of staff has them now. Raises NotPermitted for who left, or may not do this."""
    member = staff_of(desk, who.staff)
    if not member.active or not may(member.roles, permission):
        raise NotPermitted(f"the register of staff does not let this account do this: {permission}")
    return member


def organisation_of(desk: Desk, ident: str) -> Organisation:
    """An organisation as sharing reads it. The hub's own bodies are the partnership itself."""
    known = desk.register().organisations.get(ident)
    if known is None:
        return {HUB.id: HUB, PARTNERSHIP.id: PARTNERSHIP}.get(ident, Organisation(ident, "unknown", party=False))
    return Organisation(known.organisation, known.sector, known.party, known.listed_body)


def name_of(desk: Desk, ident: str) -> str:
    """An organisation as people say it; its id where the register does not have it."""
    known = desk.register().organisations.get(ident)
    return known.name if known else "The hub" if ident == HUB.id else ident


def purpose_of(roles: Sequence[str]) -> Purpose:
    """What a person with these roles looks for: it follows from the role, and is recorded with every look."""
    held = groups(tuple(roles))
    if "practice_auditor" in roles:
        return "practice_audit"
    if "no_content" in held:
        return "access_audit"
    if "allocated_social_worker" in roles or "out_of_hours_worker" in roles:
        return "child_protection"
    if "mash" in held or "navigator" in roles:
        return "triage"
    return "early_help"


def look(
    desk: Desk, who: Asker, items: Sequence[ItemRef], reason: str, enquiry: str = "", purpose: Purpose | None = None
) -> Disclosed:
    """Ask for these items on behalf of this person, now. One ledger entry, also for no items at all.

    Where an override or break-glass of this person works for one of those whom the items are about, the ask leans on it
    for their items, for child protection, and the owners of what it opened are told.
    Raises NotPermitted for somebody the register does not know, TryLater where the views cannot follow the record.
    """
    caught_up(desk)
    member = staff_of(desk, who.staff)
    if not member.active:
        raise NotPermitted("this account is not in the register of staff, or has left")
    now = desk.clock.now()
    out_of_hours = closed(desk.edition.calendar, now)
    asker = asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor)
    persons = {person for item in items for person in item.persons}
    known = with_team(desk, subjects(desk, persons, purpose=purpose, asker=member.id), member)
    works: list[Exceptional] = []
    if persons and reason not in LISTS and purpose in {None, "child_protection"}:
        works = works_now(desk.store, desk.record, member.id, now, out_of_hours=out_of_hours)
        known, works = with_exceptions(known, works)
    invokes: Invokes = "none"
    if works:
        invokes = "break_glass" if any(one.kind == "break_glass" for one in works) else "override"
        purpose = "child_protection"
    where = room(desk, enquiry) if enquiry else None
    ask = Ask(
        id=new_ask(), who=asker, action="read", purpose=purpose or purpose_of(member.roles), reason=reason, at=now,
        enquiry=enquiry if where else "",  # what somebody typed in its place may not stand in the ledger
        invokes=invokes, out_of_hours=out_of_hours,
    )  # fmt: skip
    shown = disclose(
        ask, items, subjects=known, enquiry=where, edition=desk.edition.id,
        rulings=desk.rulings, ledger=desk.ledger, vault=desk.vault, clock=desk.clock, agreed=desk.edition.agreed,
    )  # fmt: skip
    if shown.under:
        opened = [(one.organisation, one.about) for one in shown.shown if one.item in shown.under and one.words]
        tell_owners(
            [(owner, about) for owner, about in opened if owner not in {member.organisation, HUB.id, PARTNERSHIP.id}],
            works, record=desk.record, clock=desk.clock, edition=desk.edition.id,
        )  # fmt: skip
    return shown


def with_exceptions(
    known: Mapping[str, Subject], works: Sequence[Exceptional]
) -> tuple[dict[str, Subject], list[Exceptional]]:
    """The same subjects, each with the exceptions of the asker that work for it; and those exceptions."""
    held, of = leaned_on(works), {subject.person for subject in known.values()}
    found = {
        person: msgspec.structs.replace(
            subject, override=held[subject.person][0], break_glass=held[subject.person][1]
        )
        if subject.person in held
        else subject
        for person, subject in known.items()
    }  # fmt: skip
    return found, [one for one in works if one.child in of]


def stamp(desk: Desk, who: Asker, ledger: int = 0) -> Stamp:
    """What a page says of itself."""
    titles = [ROLES[role].title for role in who.roles if role in ROLES]
    return Stamp(
        position=desk.store.position("record"), known_at=desk.clock.now(), role=", ".join(titles) or "nobody",
        edition=desk.edition.id, ledger=ledger, edition_trouble=bool(desk.trouble),
    )  # fmt: skip


def room(desk: Desk, enquiry: str) -> EnquiryRoom | None:
    """A MASH enquiry as sharing reads it; None for one that there is not."""
    state = enquiries.fold(enquiry, (one.fact for one in desk.record.load(enquiries.stream(enquiry))))
    if not state.version:
        return None
    # one that was merged since is the one that stayed
    children = frozenset({*state.children, *survivors(desk, state.children).values()})
    return EnquiryRoom(
        id=enquiry, children=children, team=frozenset(state.team) | _took_part(desk, enquiry), ground=state.ground,
        open=state.stage == "open",
    )  # fmt: skip


def survivors(desk: Desk, persons: Iterable[str]) -> dict[str, str]:
    """Who each of these is held to be now: itself, or whoever it was merged into, to the end."""
    now = {person: person for person in persons}
    table = store.person
    while True:
        query = select(table.c.person, table.c.merged_into).where(table.c.person.in_(sorted(set(now.values()))))
        into = {row["person"]: row["merged_into"] for row in desk.store.rows(query.where(table.c.merged_into != ""))}
        if not into:
            return now
        now = {person: into.get(held, held) for person, held in now.items()}


def survivor(desk: Desk, person: str) -> str:
    """Who this person is held to be now."""
    return survivors(desk, [person])[person]


def families(desk: Desk, persons: Iterable[str]) -> dict[str, list[str]]:
    """Of each: everybody who is held to be the same person now, the one that stayed first."""
    now = survivors(desk, persons)
    found = {stayed: [stayed] for stayed in now.values()}
    stands_for = {stayed: stayed for stayed in found}
    table, newest = store.person, list(found)
    while newest:
        query = select(table.c.person, table.c.merged_into).where(table.c.merged_into.in_(newest))
        rows = desk.store.rows(query.order_by(table.c.person))
        newest = [row["person"] for row in rows]
        for row in rows:
            stands_for[row["person"]] = stands_for[row["merged_into"]]
            found[stands_for[row["person"]]].append(row["person"])
    return {person: found[stayed] for person, stayed in now.items()}


def family(desk: Desk, person: str) -> list[str]:
    """Everybody who is held to be this person now, the one that stayed first."""
    return families(desk, [person])[person]


def records_of(desk: Desk, persons: Iterable[str]) -> dict[str, list[str]]:
    """The source records that are held to be about each of these persons."""
    wanted = sorted(set(persons))
    found: dict[str, list[str]] = {person: [] for person in wanted}
    table = store.source_record
    for row in desk.store.rows(select(table).where(table.c.person.in_(wanted)).order_by(table.c.source_record)):
        found[row["person"]].append(row["source_record"])
    return found


def persons_of(desk: Desk, source_records: Iterable[str]) -> dict[str, str]:
    """Whom each source record is held to be about; the hub's own records name their person themselves.

    The hub's own words about somebody who was merged since are about the one that stayed.
    """
    wanted = sorted({one for one in source_records if not one.startswith(OWN_RECORD)})
    table = store.source_record
    rows = desk.store.rows(select(table.c.source_record, table.c.person).where(table.c.source_record.in_(wanted)))
    found = {row["source_record"]: row["person"] for row in rows}
    own = {one: one.removeprefix(OWN_RECORD) for one in source_records if one.startswith(OWN_RECORD)}
    now = survivors(desk, own.values()) if own else {}
    return found | {one: now[person] for one, person in own.items()}


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
    closed = _restricted(desk, [one for one, row in rows.items() if row["restricted"] and one in stayed])
    reviewing = purpose == "identity_review"
    reviewed, awaited = (in_review(desk), awaiting(desk, asker)) if reviewing else (frozenset[str](), frozenset[str]())
    workers = _workers(desk, held)
    at_section_47 = _at_section_47(desk, held)
    leading = leads_now(desk, held)
    records = records_of(desk, now.values())
    spoken = statements(desk, records, upto, {now[one]: held[one] for one in wanted})
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


def _took_part(desk: Desk, enquiry: str) -> frozenset[str]:
    """Who of the register took part in a strategy discussion of this MASH enquiry: of partner organisations while section
    47 is open by it, of the front door from then on, because they decide on what each knew.
    """
    table = matters.matter
    query = select(table.c.stream).where(table.c.kind == "strategy-discussion", table.c.enquiry == enquiry)
    found: set[str] = set()
    for row in desk.store.rows(query):
        ident = row["stream"].partition(":")[2]
        state = strategies.fold(ident, (one.fact for one in desk.record.load(row["stream"])))
        there = {one.staff for held in state.sittings for one in held.present if one.present and one.staff}
        found |= {one for one in there if state.section_47 or "mash" in groups(staff_of(desk, one).roles)}
    return frozenset(found)


def hidden_from(desk: Desk, member: Staff) -> tuple[str, ...]:
    """Who must leave no trace on a list of this person's, not even in its total: their own family, and restricted
    identities that they may not open.
    """
    rows = desk.store.rows(select(store.person.c.person).where(store.person.c.restricted.is_(True)))
    closed = _restricted(desk, [row["person"] for row in rows])
    return (*member.related, *(one for one, readers in closed.items() if member.id not in readers))


def _restricted(desk: Desk, marked: Sequence[str]) -> dict[str, frozenset[str]]:
    """Of these, the restricted identities, each with whoever may open it; read from the record itself.

    (The view marks a person in review too, one of whose candidates is restricted: that one itself is not.)
    """
    states = (fold_person(one, (r.fact for r in desk.record.load(f"person:{one}"))) for one in marked)
    return {state.id: frozenset(state.readers) for state in states if state.restricted}


def in_doubt(desk: Desk, asker: str = "") -> frozenset[str]:
    """Whoever somebody must decide about: in review, whom they may be, and whom this asker is asked to agree on."""
    return in_review(desk) | awaiting(desk, asker)


def in_review(desk: Desk) -> frozenset[str]:
    """Whom matching left in review, whom they may be, and who are proposed to be one; as they are called now."""
    table = store.person
    query = select(table.c.person, table.c.candidates).where(table.c.standing == "in_review", table.c.merged_into == "")
    found: set[str] = set()
    for row in desk.store.rows(query):
        found |= {row["person"], *msgspec.json.decode(row["candidates"], type=tuple[str, ...])}
    found |= {one for row in sameness.standing(desk.store) for one in (row["person"], row["other"])}
    return frozenset(survivors(desk, found).values())


def awaiting(desk: Desk, asker: str) -> frozenset[str]:
    """Whom a decision is about that waits for a second person, who might be this one: not who decided it, whose wish
    opens nothing to themselves; and not for ever.
    """
    decided = store.identity
    since = desk.clock.now() - WAITS
    query = select(decided.c.person, decided.c.other, decided.c.asked_at).where(
        decided.c.state == "waits_for_second", decided.c.by != asker
    )
    rows = [row for row in desk.store.rows(query) if row["asked_at"] > since]
    return frozenset(survivors(desk, {one for row in rows for one in (row["person"], row["other"]) if one}).values())


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


def candidates(desk: Desk, person: str) -> tuple[str, ...]:
    """Who a person in review may turn out to be, as they are called now; () for one who was merged."""
    table = store.person
    rows = desk.store.rows(select(table.c.candidates).where(table.c.person == person, table.c.merged_into == ""))
    named = msgspec.json.decode(rows[0]["candidates"], type=tuple[str, ...]) if rows else ()
    now = survivors(desk, named)
    return tuple(one for one in dict.fromkeys(now[each] for each in named) if one != person)
