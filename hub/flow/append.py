"""Step 4: on the record, once. Parts codes from words, seals the words, and drafts the facts of one message.

Everything here is decided; the store only numbers and writes. A draft names its stream and its cause; receive.py gives it
the version that it follows and writes the whole batch, the position and the match keys in one transaction.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from hub.domain import concern, household, message, source_record
from hub.domain.agency import GATEWAY
from hub.domain.child import SignalCounted
from hub.domain.concern import AdultCodes, Statement, SubjectCodes
from hub.domain.consent import ConsentRecorded
from hub.domain.doubts import birth_date_of, doubts_about
from hub.domain.fact import Fact
from hub.domain.item import Category, Sealed, Words
from hub.domain.known import Kind
from hub.domain.moments import Period, london_day, months_between
from hub.domain.person import KindNoted, PersonOpened, SourceRecordLinked
from hub.domain.signal import Relation, Signal
from hub.domain.vocabulary import Vocabulary
from hub.flow.locate import Nowhere, Places
from hub.flow.match import Placement
from hub.flow.share import IntakeRuling
from hub.flow.verify import Verified
from hub.ports import Blind, IndexRow, Vault

STAYS = frozenset({"refuge", "institution"})  # kinds of address where several families stay


class Draft(Struct, frozen=True):
    """A fact that will be written: `new` when its stream must not exist yet."""

    stream: str
    fact: Fact
    new: bool
    because: str = ""


class Pen(Struct, frozen=True):
    """What drafting needs: how to seal, digest, name need domains and sectors, and whom an in-review person may be."""

    vault: Vault
    blind: Blind
    vocabulary: Vocabulary
    sector: Callable[[str], str]
    candidates: Callable[[str], Sequence[str]]  # person id -> who it may turn out to be
    now: datetime
    places: Places = Nowhere()
    kinds: Callable[[str], Collection[Kind]] | None = None  # person id -> as what organisations have spoken of it


class Written(Struct, frozen=True):
    """What one message puts on the record."""

    drafts: list[Draft]
    index: list[IndexRow]


def stream_of(verified: Verified) -> str:
    """The stream of a message: its first fact can be written once only."""
    return f"message:{verified.id}"


def people(placements: Sequence[Placement], pen: Pen, because: str, recorded_at: datetime | None = None) -> Written:
    """The facts that open, describe and link whoever the message speaks of; their identifiers sealed, their keys indexed.

    `recorded_at` is when the organisation knew what it says of them (aware), for addresses without a date of their own.
    """
    drafts: list[Draft] = []
    index: list[IndexRow] = []
    for placed in placements:
        drafts.extend(_kind_noted(placed, pen, because))
        if not (placed.new_record or placed.redescribed):
            continue
        items = _identity_items(placed, pen)
        homes = pen.places.homes(placed, placed.described.person, recorded_at or pen.now)
        child_on = london_day(pen.now) if placed.described.kind == "child" else None
        doubts = doubts_about(placed.described.person, child_on)
        organisation, stream = placed.described.organisation, f"source-record:{placed.source_record}"
        if placed.new_record:
            opened = source_record.SourceRecordOpened(
                organisation=organisation, kind=placed.described.kind, own_id=placed.under_own_id,
                digest=placed.digest, items=items, homes=homes, doubts=doubts,
            )  # fmt: skip
            drafts.append(Draft(stream, opened, new=True, because=because))
            drafts.extend(_linked(placed, because))
        else:
            described = source_record.SourceRecordDescribed(
                organisation=organisation, digest=placed.digest, items=items, homes=homes, doubts=doubts
            )
            drafts.append(Draft(stream, described, new=False, because=because))
        compared = {
            "known": msgspec.to_builtins(placed.known), "digest": placed.digest.hex(), "words": placed.words,
        }  # fmt: skip
        identity = pen.vault.seal("identity", [placed.source_record], compared, organisation)
        index.append(IndexRow(placed.source_record, placed.person, organisation, placed.own, placed.keys, identity))
    return Written(drafts, index)


def _linked(placed: Placement, because: str) -> list[Draft]:
    person = f"person:{placed.person}"
    link = SourceRecordLinked(
        source_record=placed.source_record, how=placed.how if placed.how in {"rule", "model"} else "opened",
        weights=placed.weights, bits=placed.bits, lead=placed.lead, runner_up=placed.runner_up, rules=placed.rules,
        model=placed.model, policy=placed.policy,
    )  # fmt: skip
    if not placed.new_person:
        return [Draft(person, link, new=False, because=because)]
    opened = PersonOpened(
        kind=placed.described.kind, standing="in_review" if placed.in_review else "established",
        candidates=placed.candidates, why=placed.why, restricted=placed.restricted,
    )  # fmt: skip
    return [Draft(person, opened, new=True, because=because), Draft(person, link, new=False, because=because)]


def _kind_noted(placed: Placement, pen: Pen, because: str) -> list[Draft]:
    """Somebody known is spoken of as another kind too: who was opened as an adult is named as a child, the unborn is born."""
    kind = placed.described.kind
    if placed.new_person or kind == "not_stated" or pen.kinds is None or kind in pen.kinds(placed.person):
        return []
    return [Draft(f"person:{placed.person}", KindNoted(kind=kind), new=False, because=because)]


def _identity_items(placed: Placement, pen: Pen) -> tuple[Sealed, ...]:
    """How its organisation describes it from now on: names and numbers with those that it did not repeat, as they were."""
    said, about, owner = placed.described.person, [placed.source_record], placed.described.organisation
    items = [pen.vault.seal("identity", about, placed.words, owner)] if placed.words else []
    if said.addresses:
        homes = [msgspec.to_builtins(address) for address in said.addresses]
        items.append(pen.vault.seal("identity.address", about, {"addresses": homes}, owner))
    if said.characteristics != message.Characteristics():
        words = msgspec.to_builtins(said.characteristics)
        items.append(pen.vault.seal("characteristics", about, words, owner))
    return tuple(items)


def concern_facts(
    verified: Verified, said: message.ConcernRaised | message.StrengthObserved, subjects: Sequence[Placement],
    adults: Sequence[Placement], ruling: IntakeRuling, pen: Pen, corrects: str = "",
) -> list[Draft]:  # fmt: skip
    """What was said, how it was ruled, and what it counts for: a signal for each child, and a possible one for each
    person that a child in review may turn out to be.
    """
    stream = stream_of(verified)
    statement = _statement(verified, said, subjects, adults, pen)
    first: Fact
    if corrects:
        first = concern.CorrectionRecorded(corrects=corrects, statement=statement)
    elif isinstance(said, message.ConcernRaised):
        first = concern.ConcernRecorded(statement=statement)
    else:
        first = concern.StrengthRecorded(statement=statement)
    drafts = [Draft(stream, first, new=True, because=_place(verified)), ruled_fact(stream, ruling)]
    drafts += [
        Draft(f"child:{signal.child}", SignalCounted(signal=signal), new=False, because=f"{stream}@2")
        for signal in signals_of(first, verified.id, verified.received, [p.person for p in subjects], ruling, pen)
    ]
    if ruling.faults:
        drafts.append(Draft(stream, concern.RulingFaulted(), new=False, because=f"{stream}@2"))
    return drafts


def ruled_fact(stream: str, ruling: IntakeRuling) -> Draft:
    """The three answers, as the message's stream keeps them."""
    ruled = concern.ConcernRuled(
        counted=ruling.counted, told=ruling.told, room=ruling.room, policies=ruling.policies, basis=ruling.basis,
        faults=ruling.faults,
    )  # fmt: skip
    return Draft(stream, ruled, new=False, because=f"{stream}@1")


def signals_of(
    said: Fact, ident: str, received: datetime, persons: Sequence[str], ruling: IntakeRuling, pen: Pen
) -> list[Signal]:
    """What a recorded statement counts for, as ruled: `persons` are whom its subjects are held to be, in their order."""
    if not isinstance(said, concern.ConcernRecorded | concern.StrengthRecorded | concern.CorrectionRecorded):
        return []
    kind: Literal["concern", "strength"] = "strength" if isinstance(said, concern.StrengthRecorded) else "concern"
    signals = []
    for number, person in enumerate(persons):
        if not ruling.counted or person not in ruling.counted_for:
            continue
        counts_for: list[tuple[str, Relation]] = [(person, "own")]
        counts_for += [(candidate, "possible") for candidate in pen.candidates(person)]
        signals += [
            _signal(ident, received, said.statement, number, child, relation, kind, pen)
            for child, relation in counts_for
        ]
    return signals


def _statement(
    verified: Verified, said: message.ConcernRaised | message.StrengthObserved, subjects: Sequence[Placement],
    adults: Sequence[Placement], pen: Pen,
) -> Statement:  # fmt: skip
    occurred = Period(said.occurred.start, said.occurred.end, said.occurred.precision)
    children = tuple(
        SubjectCodes(
            source_record=placed.source_record, unborn=subject.unborn, indicators=subject.indicators,
            measures=tuple((m.code, m.value) for m in subject.measures), seen=subject.seen,
            age_months=_age(subject.person, occurred),
            lsoa=pen.places.lsoa(placed, subject.person, said.recorded_at, london_day(occurred.start)),
        )
        for subject, placed in zip(said.subjects, subjects, strict=True)
    )  # fmt: skip
    worry = said if isinstance(said, message.ConcernRaised) else None
    grown = tuple(
        AdultCodes(
            source_record=placed.source_record, relationship=adult.relationship, in_household=adult.in_household,
            indicators=adult.indicators,
        )
        for adult, placed in zip(worry.adults if worry else (), adults, strict=True)
    )  # fmt: skip
    return Statement(
        organisation=said.organisation, setting=said.setting, sequence=said.source_sequence,
        entered_by="" if verified.signer == said.organisation else verified.signer, entered_by_staff=_typed_by(verified),
        recorded_at=said.recorded_at, digest=verified.digest, occurred=occurred, how_known=said.how_known.kind,
        told_by=said.how_known.organisation,
        incident=_alike(pen, "incident", worry.incident if worry else None), referrer_kind=said.referrer_kind,
        referrer=_alike(pen, "referrer", worry.referrer if worry else None), subjects=children, adults=grown,
        family_told=worry.family_told.told if worry else None,
        why_not_told=worry.family_told.why_not if worry else None,
        police_code=worry.handling.police_code if worry else None,
        do_not_discuss_until=worry.handling.do_not_discuss_until if worry else None,
        evidence=len(worry.evidence) if worry else 0, backfill=said.backfill,
        items=_concern_items(said, subjects, adults, pen),
    )  # fmt: skip


def _typed_by(verified: Verified) -> str:
    """Which of the hub's staff typed it: the front desk alone may say so, for what came by its own form."""
    said = verified.message.on_behalf_of or ""
    return said.removeprefix(message.STAFF) if verified.signer == GATEWAY and said.startswith(message.STAFF) else ""


def _alike(pen: Pen, kind: str, reference: str | None) -> str | None:
    """An organisation's own reference, as a keyed digest: two can be compared, none can be read."""
    return pen.blind.digest(kind, reference).hex() if reference else None


def _concern_items(
    said: message.ConcernRaised | message.StrengthObserved, subjects: Sequence[Placement], adults: Sequence[Placement],
    pen: Pen,
) -> tuple[Sealed, ...]:  # fmt: skip
    owner, everybody = said.organisation, [p.source_record for p in (*subjects, *adults)]
    children = [p.source_record for p in subjects] or everybody
    items: list[Sealed] = []

    def put(category: Category, about: Sequence[str], words: Words) -> None:
        given = _given(words)
        if given:
            items.append(pen.vault.seal(category, about, given, owner))

    put("narrative", everybody, {"text": said.narrative, "when": said.occurred.words})
    for subject, placed in zip(said.subjects, subjects, strict=True):
        put("narrative", [placed.source_record], {"observation": subject.observation})
        put("voice", [placed.source_record], {"voice": subject.voice})
    if isinstance(said, message.ConcernRaised):
        for adult, placed in zip(said.adults, adults, strict=True):
            about = list(dict.fromkeys((placed.source_record, *children)))
            put("third_party", about, {"relationship": adult.relationship, "observation": adult.observation})
        put("referrer", children, {"name": said.referrer_name})
        put("identity.contact", children, {"safe_contact": said.handling.safe_contact})
        put("evidence", children, {"references": [msgspec.to_builtins(e) for e in said.evidence]})
    return tuple(items)


def _signal(
    ident: str, received: datetime, statement: Statement, number: int, person: str, relation: Relation,
    kind: Literal["concern", "strength"], pen: Pen,
) -> Signal:  # fmt: skip
    subject = statement.subjects[number]
    return Signal(
        id=f"{ident}/{number}", child=person, relation=relation, kind=kind, indicators=subject.indicators,
        domains=tuple(sorted(pen.vocabulary.domains_of(subject.indicators))), organisation=statement.organisation,
        sector=pen.sector(statement.organisation), setting=statement.setting, referrer=statement.referrer,
        referrer_kind=statement.referrer_kind, seen=subject.seen, how_known=statement.how_known,
        incident=statement.incident, measures=subject.measures, age_months=subject.age_months, unborn=subject.unborn,
        lsoa=subject.lsoa, backfill=statement.backfill, occurred_start=statement.occurred.start,
        occurred_end=statement.occurred.end,
        precision=statement.occurred.precision, recorded_at=statement.recorded_at, received=received, known_at=pen.now,
    )  # fmt: skip


def withdrawal_facts(
    verified: Verified, said: message.ConcernWithdrawn, withdraws: Sequence[str], about: Sequence[str], pen: Pen
) -> list[Draft]:
    """The organisation takes its message back, and what had taken its place; `about` are source records with a key."""
    items = (pen.vault.seal("narrative", about, {"reason": said.reason}, said.organisation),) if about else ()
    fact = concern.WithdrawalRecorded(
        organisation=said.organisation, sequence=said.source_sequence, recorded_at=said.recorded_at,
        digest=verified.digest, withdraws=withdraws[0], reason_code=said.reason_code,
        also=tuple(withdraws[1:]), items=items,
    )  # fmt: skip
    return [Draft(stream_of(verified), fact, new=True, because=_place(verified))]


def information_facts(
    verified: Verified, said: message.InformationProvided, placed: Placement, pen: Pen
) -> list[Draft]:
    """An answer to a request of the hub."""
    words = _given({"text": said.narrative, "refusal_reason": said.refusal_reason})
    items = (pen.vault.seal("narrative", [placed.source_record], words, said.organisation),) if words else ()
    fact = concern.InformationRecorded(
        organisation=said.organisation, setting=said.setting, sequence=said.source_sequence,
        recorded_at=said.recorded_at, digest=verified.digest, request=said.request, result=said.result,
        source_record=placed.source_record, period_start=said.period_start, period_end=said.period_end, items=items,
        refusal_code=said.refusal_code or "", review_on=said.review_on, may_overturn=said.may_overturn or "",
    )  # fmt: skip
    return [Draft(stream_of(verified), fact, new=True, because=_place(verified))]


def household_facts(
    verified: Verified, said: message.HouseholdObserved, members: Sequence[Placement], pen: Pen
) -> list[Draft]:
    """Who lives together, as an organisation found it."""
    items: tuple[Sealed, ...] = ()
    if said.address is not None:
        words = {"addresses": [msgspec.to_builtins(said.address)]}
        items = (
            pen.vault.seal("identity.address", [p.source_record for p in members], words, said.organisation),
        )  # fmt: skip
    fact = household.HouseholdObserved(
        organisation=said.organisation, setting=said.setting, sequence=said.source_sequence,
        recorded_at=said.recorded_at, digest=verified.digest,
        occurred=Period(said.occurred.start, said.occurred.end, said.occurred.precision),
        how_known=said.how_known.kind, change=said.change, stay=_stays(said),
        members=tuple(
            household.MemberCodes(
                source_record=p.source_record, role=m.role, since=m.since, until=m.until, sure=m.sure,
                age_months=_age(m.person, Period(said.occurred.start, said.occurred.end, said.occurred.precision)),
            )
            for m, p in zip(said.members, members, strict=True)
        ),
        items=items,
    )  # fmt: skip
    return [Draft(stream_of(verified), fact, new=True, because=_place(verified))]


def _stays(said: message.HouseholdObserved) -> bool:
    """Whether it is a list of a refuge or an institution: as its address says; where it has none, as all of theirs do."""
    theirs = [one for member in said.members for one in member.person.addresses if one.until is None]
    addresses = [said.address] if said.address else theirs
    return bool(addresses) and all(one.kind in STAYS for one in addresses)


def standing_facts(
    verified: Verified, said: message.ConsentChanged | message.InvolvementChanged | message.LegalStatusChanged,
    placed: Placement, pen: Pen,
) -> list[Draft]:  # fmt: skip
    """Consent, involvement, legal status: taken in as a message, and put on the stream of whom it is about."""
    stream = stream_of(verified)
    taken = concern.MessageTaken(
        kind=verified.header.type, organisation=said.organisation, sequence=said.source_sequence,
        recorded_at=said.recorded_at, digest=verified.digest,
    )  # fmt: skip
    about, fact = f"source-record:{placed.source_record}", _standing_fact(said, placed, pen)
    if isinstance(fact, ConsentRecorded):
        about = f"consent:{placed.source_record}"
    return [
        Draft(stream, taken, new=True, because=_place(verified)),
        Draft(about, fact, new=False, because=f"{stream}@1"),
    ]


def _standing_fact(
    said: message.ConsentChanged | message.InvolvementChanged | message.LegalStatusChanged, placed: Placement, pen: Pen
) -> Fact:
    items: tuple[Sealed, ...] = ()
    if isinstance(said, message.ConsentChanged):
        if said.words:
            items = (pen.vault.seal("narrative", [placed.source_record], {"text": said.words}, said.organisation),)
        return ConsentRecorded(
            source_record=placed.source_record, organisation=said.organisation, setting=said.setting,
            recorded_at=said.recorded_at, about=said.about, state=said.state, giver=said.giver,
            competent=said.competent, organisations=said.organisations, categories=said.categories,
            purposes=said.purposes, valid_from=said.valid_from, expires=said.expires,
            evidence_held=said.evidence_held, items=items,
        )  # fmt: skip
    if isinstance(said, message.InvolvementChanged):
        if said.contact:
            words = {"contact": said.contact}
            items = (pen.vault.seal("identity.contact", [placed.source_record], words, said.organisation),)
        return source_record.InvolvementChanged(
            organisation=said.organisation, setting=said.setting, service=said.service, started=said.started,
            ended=said.ended, contact_role=said.contact_role, items=items,
        )  # fmt: skip
    return source_record.LegalStatusChanged(
        organisation=said.organisation, status=said.status, started=said.started, ended=said.ended
    )


def _place(verified: Verified) -> str:
    """Where the message lay in the log: the cause of its first fact."""
    return f"log:{verified.at.place}"


def _age(person: message.Person, occurred: Period) -> int | None:
    born = birth_date_of(person)
    return months_between(born, london_day(occurred.start)) if born else None


def _given(words: Words) -> Words:
    """What was really given: no empty values, so that "not given" never looks like an answer."""
    return {name: value for name, value in words.items() if value not in (None, "", [], ())}
