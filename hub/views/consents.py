"""What is on record of one person about sharing and about services: gathered, and put into words, the two kinds apart.

Codes of each statement are ruled by themselves, as those of whoever wrote it down; words come through the one door.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from hub.domain import agreement
from hub.domain.agreement import Agreed
from hub.domain.consent import ConsentRecorded, Stated, effective
from hub.domain.consent_record import ConsentGiven, counts
from hub.domain.effective import CAN_AGREE, NO, SEVERAL
from hub.domain.fact import Recorded
from hub.domain.family_said import Answered, Assessed, FamilySaid, NotSought, SaidYes, Sought
from hub.domain.item import Sealed
from hub.flow.disclose import ItemRef, Plain, ref
from hub.views import consent_words as words
from hub.views.chronology import words_for
from hub.views.desk import Desk, name_of, organisation_of
from hub.views.models import Line
from hub.views.models import consent as models
from hub.views.subjects import recorded_about, statements
from hub.views.who_is_who import families, records_of

FIELDS = {
    "reason": "Reason", "giver_name": "Who", "evidence": "Where the form is held", "text": "What was said",
    "language": "Language", "interpreter": "Interpreter",
}  # fmt: skip


class Held(Struct, frozen=True):
    """Everything on record of one person: each fact with its stream, what counts of sharing, and the agreements."""

    person: str
    history: tuple[Recorded, ...]
    stated: tuple[Stated, ...]
    agreements: tuple[Agreed, ...]

    @property
    def streams(self) -> frozenset[str]:
        """The streams that speak of this person."""
        return frozenset(one.stream for one in self.history)


def held(desk: Desk, person: str, upto: int | None = None) -> Held:
    """What is on record of a person (as they are held to be now), up to a position."""
    records, everybody = records_of(desk, [person])[person], families(desk, [person])
    streams = [f"consent:{record}" for record in records]
    streams = list(desk.record.versions(streams))
    made: list[str] = []
    made += recorded_about(desk, everybody, "consent-record")
    made += recorded_about(desk, everybody, "agreement-record")
    history = [
        one for stream in (*streams, *made) for one in desk.record.load(stream) if upto is None or one.position <= upto
    ]
    history.sort(key=lambda one: one.position)
    return Held(
        person, tuple(history), statements(desk, {person: records}, upto).get(person, ()), agreement.fold(history)
    )


def lines(desk: Desk, person: str, upto: int | None = None) -> tuple[Line, ...]:
    """Consent to share, and apart from it agreement to services, as lines for a page. Codes alone.

    The caller has ruled that the asker may know them.
    """
    known = held(desk, person, upto)
    return tuple(
        Line(label, f"{words.STATES.get(state, state).lower()}, as {name_of(desk, by)} recorded")
        for label, state, by in (
            *(("Consent to share", one.fact.state, one.fact.organisation) for one in known.stated),
            *(
                ("Agreement to a service", one.fact.state, one.fact.organisation)
                for one in known.history
                if isinstance(one.fact, ConsentRecorded) and one.fact.about == "agreement_to_service"
            ),
            *(
                (f"Agreement to a service ({one.service.replace('_', ' ')})", one.state, one.organisation)
                for one in known.agreements
            ),
        )
    )


def refs(desk: Desk, known: Held, *, with_words: bool = True) -> list[ItemRef]:
    """Each statement as a code to rule on, and its words where they are wanted; of whoever wrote it down."""
    found = []
    for one in known.history:
        fact = one.fact
        if isinstance(fact, ConsentRecorded | FamilySaid):
            owner = organisation_of(desk, fact.organisation)
            code = ItemRef(
                item=code_of(one.ref), category="codes", organisation=owner, setting=fact.setting or "",
                persons=(known.person,), position=one.position, kind="consent",
            )  # fmt: skip
            found.append(code)
            found += (
                []
                if not with_words
                else [
                    ref(sealed, [known.person], owner, one.position, setting=fact.setting or "")
                    for sealed in fact.items
                ]
            )
    return found


def code_of(statement: str) -> str:
    """How a statement's codes are called where they are ruled."""
    return f"statement:{statement}"


def statement_rows(
    desk: Desk, known: Held, opened: Mapping[str, Mapping[str, Plain]], ended: frozenset[str]
) -> tuple[models.Statement, ...]:
    """The statements about sharing whose codes are among `opened`, newest first, each with whether it counts."""
    facts = {one.ref: one for one in known.history}
    standing = {one.ref: one for one in known.stated}
    rows = []
    for name, recorded in facts.items():
        fact = recorded.fact
        shares = isinstance(fact, ConsentRecorded) and fact.about == "consent_to_share"
        if code_of(name) not in opened or not (shares or recorded.stream.startswith("consent-record:")):
            continue
        if isinstance(fact, ConsentRecorded | FamilySaid):
            rows.append(_row(desk, recorded, fact, standing.get(name), opened, ended))
    return tuple(sorted(rows, key=lambda one: (one.known_at, one.ref), reverse=True))


def _row(
    desk: Desk, recorded: Recorded, fact: ConsentRecorded | FamilySaid, stands: Stated | None,
    opened: Mapping[str, Mapping[str, Plain]], ended: frozenset[str],
) -> models.Statement:  # fmt: skip
    spoken = stands.fact if stands is not None else None
    state = spoken.state if spoken is not None else ""
    scope = getattr(fact, "scope", fact)
    why_not = _why_not(fact, stands, recorded.ref in ended, desk.clock.now())
    excepted = [name_of(desk, one) for one in getattr(scope, "except_organisations", ())]
    excepted += [words_for(one) for one in getattr(scope, "except_categories", ())]
    return models.Statement(
        ref=recorded.ref, record=_record(recorded), giver=words.GIVERS[fact.giver],
        who=fact.who,
        several=fact.giver in SEVERAL, state=words.STATES.get(state, "") or _note(fact),
        code=state or fact.NAME.partition(".")[2],
        counts=spoken is not None and state in {"given", *NO} and not why_not, why_not=why_not,
        organisations=tuple(name_of(desk, one) for one in getattr(scope, "organisations", ())),
        categories=tuple(words_for(one) for one in getattr(scope, "categories", ())),
        purposes=tuple(words.PURPOSES.get(one, one.replace("_", " ")) for one in getattr(scope, "purposes", ())),
        exceptions=tuple(excepted),
        valid_from=spoken.valid_from if spoken is not None else recorded.envelope.known_at,
        expires=spoken.expires if spoken is not None else None, organisation=name_of(desk, fact.organisation),
        known_at=recorded.envelope.known_at, capacity=_capacity(fact), details=_details(fact),
        words=_opened(fact.items, opened), stands=recorded.ref not in ended and stands is not None,
    )  # fmt: skip


def _record(recorded: Recorded) -> str:
    kind, _, ident = recorded.stream.partition(":")
    return ident if kind.endswith("-record") else ""


def _note(fact: ConsentRecorded | FamilySaid) -> str:
    """What a fact says that is no statement of its own."""
    return {
        "consent.capacity-assessed": "Capacity judged", "consent.evidence-held": "The form is held now",
        "consent.conflict-recorded": "A conflict was settled", "consent.expired": "A yes was ended",
        "consent.invalidated": "A statement was struck", "consent.risk-judged-again": "The risk was judged again",
    }.get(fact.NAME, "Struck: it never counted")  # fmt: skip


def _why_not(fact: ConsentRecorded | FamilySaid, stands: Stated | None, was_ended: bool, now: datetime) -> str:
    """Why a yes or no counts for nothing, or only in part; "" where it counts."""
    why = ""
    if stands is None:
        why = "" if isinstance(fact, FamilySaid) and not isinstance(fact, Answered) else "It was struck."
    elif stands.fact.state in NO:
        why = "Another view governs, as far as that reaches." if stands.beside is not None else ""
    elif stands.fact.state == "given":
        spoken = stands.fact
        if was_ended:
            why = "It was withdrawn, or has ended."
        elif spoken.expires is not None and spoken.expires <= now:
            why = "It has ended."
        elif spoken.giver == "young_person" and not spoken.competent:
            why = "Nobody judged that the young person can decide this themself."
        elif spoken.giver not in {*CAN_AGREE, "young_person"}:
            why = "This person cannot agree in the child's place."
        elif isinstance(fact, ConsentGiven) and not fact.safe_to_refuse:
            why = "They could not safely have said no."
        elif isinstance(fact, ConsentGiven) and fact.giver == "parental_responsibility" and not spoken.evidence_held:
            why = "Parental responsibility is not shown, or the form is not held: until then it is an assertion."
        elif not spoken.evidence_held:
            why = "The form is not held: until then it is an assertion."
    return why


def _capacity(fact: ConsentRecorded | FamilySaid) -> str:
    if isinstance(fact, Assessed):
        return f"{words.TESTS[fact.test]}: {words.OUTCOMES[fact.outcome].lower()}"
    competent = getattr(fact, "competent", None)
    return "" if competent is None else words.OUTCOMES["competent" if competent else "not_competent"]


def _details(fact: ConsentRecorded | FamilySaid) -> tuple[Line, ...]:
    found = []
    if isinstance(fact, Sought | Answered):
        found.append(Line("How", words.HOW[fact.how]))
    if isinstance(fact, Sought):
        found.append(Line("Notice explained", fact.notice))
    if isinstance(fact, Answered) and fact.present:
        found.append(Line("In the room", ", ".join(words.ROOM[one] for one in fact.present)))
    if isinstance(fact, SaidYes):
        found.append(Line("Could safely have said no", "Yes" if fact.safe_to_refuse else "No"))
        if fact.giver == "parental_responsibility":
            found.append(Line("Parental responsibility", words.SHOWN[fact.shown] if fact.shown else "Not shown"))
        if fact.giver == "parental_responsibility" and isinstance(fact, ConsentGiven) and not counts(fact):
            found.append(Line("Counts", "Not before form and standing are shown"))
    if isinstance(fact, NotSought):
        found.append(Line("Why", words.GROUNDS[fact.ground]))
        found.append(Line("Family told", "Yes" if fact.family_told else "No"))
    return tuple(found)


def _opened(items: Sequence[Sealed], opened: Mapping[str, Mapping[str, Plain]]) -> tuple[Line, ...]:
    return tuple(
        Line(FIELDS.get(name, name), words.INTERPRETERS.get(str(value), str(value)))
        for sealed in items
        for name, value in opened.get(sealed.item, {}).items()
    )


def agreement_rows(desk: Desk, known: Held, opened: Mapping[str, Mapping[str, Plain]]) -> tuple[models.Agreement, ...]:
    """The agreements to services whose codes are among `opened`, newest first: of messages, and of records made here."""
    facts = {one.ref: one for one in known.history}
    rows = []
    for one in known.agreements:
        recorded = facts[one.ref]
        if code_of(one.ref) in opened and isinstance(recorded.fact, FamilySaid):
            rows.append(
                models.Agreement(
                    ref=one.ref, record=_record(recorded), service=one.service.replace("_", " "),
                    provider=name_of(desk, one.provider), giver=words.GIVERS[one.giver],
                    state=words.STATES[one.state] + (", stands back" if one.stands_back else ""), code=one.state,
                    organisation=name_of(desk, one.organisation), known_at=recorded.envelope.known_at,
                    words=_opened(recorded.fact.items, opened), stands=one.state in {"agreed", "asserted", "declined"},
                )
            )  # fmt: skip
    for name, recorded in facts.items():
        fact = recorded.fact
        if isinstance(fact, ConsentRecorded) and fact.about == "agreement_to_service" and code_of(name) in opened:
            rows.append(
                models.Agreement(
                    ref=name, service="not named", provider="", giver=words.GIVERS[fact.giver],
                    state=words.STATES.get(fact.state, fact.state), code=fact.state,
                    organisation=name_of(desk, fact.organisation), known_at=recorded.envelope.known_at,
                    words=_opened(fact.items, opened),
                )
            )  # fmt: skip
    return tuple(sorted(rows, key=lambda one: (one.known_at, one.ref), reverse=True))


def in_effect(desk: Desk, known: Held, only: str = "") -> tuple[models.InEffect, ...]:
    """What is in effect now for every organisation, class and purpose that a statement names.

    With `only`, for that organisation alone and without the statements that settle it: for who may not know of them all.
    """
    organisations = [one for one in _named(known.stated, "organisations") if only in {"", one}]
    categories, purposes = _named(known.stated, "categories"), _named(known.stated, "purposes")
    rows = []
    for organisation in organisations:
        for category in categories:
            for purpose in purposes:
                found = effective(known.stated, organisation, category, purpose, desk.clock.now())
                rows.append(
                    models.InEffect(
                        organisation=name_of(desk, organisation), category=words_for(category),
                        purpose=words.PURPOSES.get(purpose, purpose.replace("_", " ")),
                        state=words.STATES[found.state], used=() if only else found.used,
                    )
                )  # fmt: skip
    return tuple(rows)


def _named(stated: Sequence[Stated], field: str) -> list[str]:
    return sorted({name for one in stated for name in getattr(one.fact, field)})
