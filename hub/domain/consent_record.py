"""Consent to share, asked for and recorded in the hub (stream consent-record:<random>, about one person).

It meets the duty of confidence and is hardly ever the lawful basis. A yes names organisations, categories and purposes,
with one level of exceptions; a new organisation needs a new yes. Nothing is edited: a later fact stands beside an earlier.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.consent import ConsentRecorded
from hub.domain.effective import Giver, Said, Stated, Statement
from hub.domain.fact import Fact, Recorded
from hub.domain.family_said import (
    Answered,
    Assessed,
    ConflictSettled,
    Ended,
    FamilySaid,
    Invalidated,
    NotSought,
    SaidYes,
    Shown,
    Sought,
    TookBack,
)

Effect = Literal["stop_future", "recall_where_possible"]
Judged = Literal["still_below_harm", "ask_again", "share_without"]


class Scope(Struct, frozen=True, kw_only=True):
    """Who may have what, and what for. In a yes an empty list names nobody and nothing; in a no it means everything.

    The exceptions are a no inside a yes, one level deep.
    """

    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    except_organisations: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()


class ConsentSought(Sought, frozen=True, kw_only=True):
    """Somebody was asked whether this may be shared."""

    NAME: ClassVar[str] = "consent.sought"
    scope: Scope


class ConsentCapacityAssessed(Assessed, frozen=True, kw_only=True):
    """Whether the giver can decide about this share was judged."""

    NAME: ClassVar[str] = "consent.capacity-assessed"


class ConsentGiven(SaidYes, frozen=True, kw_only=True):
    """Somebody agreed that this is shared."""

    NAME: ClassVar[str] = "consent.given"
    scope: Scope


class ConsentRefused(Answered, frozen=True, kw_only=True):
    """Somebody said no."""

    NAME: ClassVar[str] = "consent.refused"
    scope: Scope


class ConsentWithdrawn(TookBack, frozen=True, kw_only=True):
    """A consent was withdrawn. `told` are the notices by which organisations were told to stop."""

    NAME: ClassVar[str] = "consent.withdrawn"
    scope: Scope
    effect: Effect
    told: tuple[str, ...] = ()


class ConsentObjected(Answered, frozen=True, kw_only=True):
    """Somebody objected. Source: UK GDPR Art 21."""

    NAME: ClassVar[str] = "consent.objected"
    scope: Scope


class ConsentExpired(Ended, frozen=True, kw_only=True):
    """A consent ended before its date: what it was for is over."""

    NAME: ClassVar[str] = "consent.expired"


class ConsentInvalidated(Invalidated, frozen=True, kw_only=True):
    """A statement about sharing was found never to have counted."""

    NAME: ClassVar[str] = "consent.invalidated"


class ConsentEvidenceHeld(FamilySaid, frozen=True, kw_only=True):
    """The form is held now, or parental responsibility is shown: what was an assertion counts from here on."""

    NAME: ClassVar[str] = "consent.evidence-held"
    statement: str
    form: bool
    shown: Shown | None = None
    shown_until: datetime | None = None


class ConsentConflictRecorded(ConflictSettled, frozen=True, kw_only=True):
    """Whose view about sharing governs."""

    NAME: ClassVar[str] = "consent.conflict-recorded"


class ConsentNotSought(NotSought, frozen=True, kw_only=True):
    """Consent was not asked for."""

    NAME: ClassVar[str] = "consent.not-sought"


class ConsentRiskJudgedAgain(FamilySaid, frozen=True, kw_only=True):
    """Something new came after a no, and somebody judged the risk again. The no itself is never a reason.

    `seen` is the record's position up to which they had read.
    """

    NAME: ClassVar[str] = "consent.risk-judged-again"
    outcome: Judged
    seen: int


ConsentFact = (
    ConsentSought | ConsentCapacityAssessed | ConsentGiven | ConsentRefused | ConsentWithdrawn | ConsentObjected
    | ConsentExpired | ConsentInvalidated | ConsentEvidenceHeld | ConsentConflictRecorded | ConsentNotSought
    | ConsentRiskJudgedAgain
)  # fmt: skip
FACTS: tuple[type[ConsentFact], ...] = (
    ConsentSought, ConsentCapacityAssessed, ConsentGiven, ConsentRefused, ConsentWithdrawn, ConsentObjected,
    ConsentExpired, ConsentInvalidated, ConsentEvidenceHeld, ConsentConflictRecorded, ConsentNotSought,
    ConsentRiskJudgedAgain,
)  # fmt: skip
NAMES = tuple(kind.NAME for kind in FACTS)


def stream(record: str) -> str:
    """The stream of a consent record."""
    return f"consent-record:{record}"


class Spoken(Struct, frozen=True, kw_only=True):
    """One statement of a consent record as the rule reads it (hub/domain/effective.py)."""

    state: Said
    giver: Giver
    who: str
    organisation: str
    by: str
    competent: bool | None = None
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    except_organisations: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    valid_from: datetime
    recorded_at: datetime
    expires: datetime | None = None
    evidence_held: bool = True  # of what was said to somebody who works here and wrote it down
    about: str = "consent_to_share"


def stated(history: Iterable[Recorded]) -> tuple[Stated, ...]:
    """What all these facts about one person say, in the order of the record: those of messages and those made here.

    A later fact may say of an earlier one that its form is held, that it ended, that it never counted, or that it
    stands back behind another. What is given here up to a position is what was so then. Facts of other kinds are
    passed over.
    """
    ordered = sorted(history, key=lambda one: one.position)
    facts: dict[str, Fact] = {}
    stands_back: dict[str, str] = {}
    for recorded in ordered:
        fact = recorded.fact
        match fact:
            case ConsentRecorded() | ConsentSought() | ConsentGiven() | ConsentRefused() | ConsentObjected():
                facts[recorded.ref] = fact
            case ConsentWithdrawn() | ConsentNotSought():
                facts[recorded.ref] = fact
            case ConsentCapacityAssessed(outcome="competent"):
                facts |= _competent_after_all(recorded, facts)
            case ConsentEvidenceHeld(statement=named) | ConsentExpired(statement=named) if named in facts:
                facts[named] = _noted(facts[named], fact)
            case ConsentInvalidated(statement=named):
                facts.pop(named, None)
            case ConsentConflictRecorded():
                stands_back[fact.stands_back] = fact.governs
            case _:
                pass
    known = {one.ref: one for one in ordered}
    spoken = {ref: _spoken(fact, known[ref].envelope.known_at) for ref, fact in facts.items()}
    return tuple(Stated(ref, fact, beside=spoken.get(stands_back.get(ref, ""))) for ref, fact in spoken.items())


def _competent_after_all(recorded: Recorded, facts: dict[str, Fact]) -> dict[str, Fact]:
    """What the same record had heard before its giver was judged competent: competence is raised by that, never taken."""
    return {
        ref: replace(fact, competent=True)
        for ref, fact in facts.items()
        if ref.partition("@")[0] == recorded.stream and isinstance(fact, Answered | TookBack)
    }


def _noted(fact: Fact, note: ConsentEvidenceHeld | ConsentExpired) -> Fact:
    if isinstance(note, ConsentExpired):
        if isinstance(fact, ConsentGiven | ConsentRecorded):
            return replace(fact, expires=min(fact.expires or note.at, note.at))
        return fact
    if isinstance(fact, ConsentRecorded):
        return replace(fact, evidence_held=fact.evidence_held or note.form)
    if isinstance(fact, ConsentGiven):
        held = fact.evidence_held or note.form
        shown, until = (note.shown, note.shown_until) if note.shown else (fact.shown, fact.shown_until)
        return replace(fact, evidence_held=held, shown=shown, shown_until=until)
    return fact


def counts(fact: ConsentGiven) -> bool:
    """Whether a yes is more than an assertion: the form held, standing shown, and no could safely have been said."""
    stands = fact.giver != "parental_responsibility" or fact.shown is not None
    return fact.evidence_held and stands and fact.safe_to_refuse


def _spoken(fact: Fact, known_at: datetime) -> Statement:
    if isinstance(fact, ConsentRecorded):
        return fact
    if not isinstance(fact, FamilySaid):
        raise TypeError(f"{type(fact).__name__} is no statement about consent")
    scope: Scope = getattr(fact, "scope", Scope())
    state: Said = "not_sought"
    match fact:
        case ConsentSought():
            state = "sought"
        case ConsentGiven():
            state = "given"
        case ConsentRefused():
            state = "refused"
        case ConsentWithdrawn():
            state = "withdrawn"
        case ConsentObjected():
            state = "objection"
        case _:
            pass
    expires = None
    if isinstance(fact, ConsentGiven):
        ends = [moment for moment in (fact.expires, fact.shown_until) if moment is not None]
        expires = min(ends, default=None)
    return Spoken(
        state=state, giver=fact.giver, who=fact.who, organisation=fact.organisation, by=fact.by,
        competent=getattr(fact, "competent", None), organisations=scope.organisations, categories=scope.categories,
        purposes=scope.purposes, except_organisations=scope.except_organisations,
        except_categories=scope.except_categories, valid_from=getattr(fact, "valid_from", known_at),
        recorded_at=known_at, expires=expires,
        evidence_held=counts(fact) if isinstance(fact, ConsentGiven) else True,
    )  # fmt: skip
