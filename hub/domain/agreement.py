"""Agreement to a service (stream agreement-record:<random>): whether a family wants a help that it is offered.

It is not consent to share and is never read as such, nor the other way round: declining help says nothing of sharing.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from msgspec import Struct

from hub.domain.effective import Giver
from hub.domain.fact import Recorded
from hub.domain.family_said import (
    Answered,
    Assessed,
    ConflictSettled,
    Ended,
    Invalidated,
    NotSought,
    SaidYes,
    Sought,
    TookBack,
)

State = Literal["sought", "agreed", "asserted", "declined", "withdrawn", "ended", "invalid", "not_sought", "assessed"]


class AgreementSought(Sought, frozen=True, kw_only=True):
    """A service was offered, and somebody was asked whether they want it."""

    NAME: ClassVar[str] = "agreement.sought"
    service: str
    provider: str


class AgreementCapacityAssessed(Assessed, frozen=True, kw_only=True):
    """Whether the giver can decide about this service was judged."""

    NAME: ClassVar[str] = "agreement.capacity-assessed"
    service: str
    provider: str


class AgreementGiven(SaidYes, frozen=True, kw_only=True):
    """Somebody agreed to the service."""

    NAME: ClassVar[str] = "agreement.given"
    service: str
    provider: str


class AgreementRefused(Answered, frozen=True, kw_only=True):
    """Somebody declined the service. It is a reason for nothing by itself."""

    NAME: ClassVar[str] = "agreement.refused"
    service: str
    provider: str


class AgreementWithdrawn(TookBack, frozen=True, kw_only=True):
    """Somebody does not want the service any more. `told` are the notices by which whoever gives it was told."""

    NAME: ClassVar[str] = "agreement.withdrawn"
    told: tuple[str, ...] = ()


class AgreementExpired(Ended, frozen=True, kw_only=True):
    """The service is over, and so is the agreement to it."""

    NAME: ClassVar[str] = "agreement.expired"


class AgreementInvalidated(Invalidated, frozen=True, kw_only=True):
    """A statement about a service was found never to have counted."""

    NAME: ClassVar[str] = "agreement.invalidated"


class AgreementConflictRecorded(ConflictSettled, frozen=True, kw_only=True):
    """Whose view about the service governs."""

    NAME: ClassVar[str] = "agreement.conflict-recorded"


class AgreementNotSought(NotSought, frozen=True, kw_only=True):
    """Nobody was asked about the service."""

    NAME: ClassVar[str] = "agreement.not-sought"
    service: str
    provider: str


AgreementFact = (
    AgreementSought | AgreementCapacityAssessed | AgreementGiven | AgreementRefused | AgreementWithdrawn
    | AgreementExpired | AgreementInvalidated | AgreementConflictRecorded | AgreementNotSought
)  # fmt: skip
FACTS: tuple[type[AgreementFact], ...] = (
    AgreementSought, AgreementCapacityAssessed, AgreementGiven, AgreementRefused, AgreementWithdrawn, AgreementExpired,
    AgreementInvalidated, AgreementConflictRecorded, AgreementNotSought,
)  # fmt: skip
NAMES = tuple(kind.NAME for kind in FACTS)


def stream(record: str) -> str:
    """The stream of an agreement record."""
    return f"agreement-record:{record}"


class Agreed(Struct, frozen=True, kw_only=True):
    """Where one agreement stands: to which service of whom, who said what last, and by which fact."""

    ref: str
    person: str
    service: str
    provider: str
    giver: Giver
    who: str
    state: State
    organisation: str  # who wrote it down
    by: str
    competent: bool | None = None
    stands_back: bool = False


def fold(history: Iterable[Recorded]) -> tuple[Agreed, ...]:
    """Where each answer of these agreement records stands, in the order of the record. Total, never refuses."""
    held: dict[str, Agreed] = {}
    for recorded in sorted(history, key=lambda one: one.position):
        fact = recorded.fact
        match fact:
            case AgreementSought() | AgreementGiven() | AgreementRefused() | AgreementNotSought():
                held = {ref: one for ref, one in held.items() if not _answered(one, recorded)}
                held[recorded.ref] = _agreed(recorded.ref, fact)
            case AgreementWithdrawn(statement=named) if named in held:
                held[named] = _become(held[named], "withdrawn")
            case AgreementExpired(statement=named) if named in held:
                held[named] = _become(held[named], "ended")
            case AgreementInvalidated(statement=named) if named in held:
                held[named] = _become(held[named], "invalid")
            case AgreementConflictRecorded(stands_back=named) if named in held:
                held[named] = _become(held[named], held[named].state, back=True)
            case _:
                pass
    return tuple(held.values())


def _answered(one: Agreed, recorded: Recorded) -> bool:
    """Whether a question, or an answer, of the same record gives way to this one."""
    return one.ref.partition("@")[0] == recorded.stream and one.state in {"sought", "not_sought", "declined"}


def _become(one: Agreed, state: State, *, back: bool = False) -> Agreed:
    return Agreed(
        ref=one.ref, person=one.person, service=one.service, provider=one.provider, giver=one.giver, who=one.who,
        state=state, organisation=one.organisation, by=one.by, competent=one.competent,
        stands_back=back or one.stands_back,
    )  # fmt: skip


def _agreed(ref: str, fact: AgreementSought | AgreementGiven | AgreementRefused | AgreementNotSought) -> Agreed:
    state: State = "sought"
    if isinstance(fact, AgreementGiven):
        stands = fact.giver != "parental_responsibility" or fact.shown is not None
        state = "agreed" if fact.evidence_held and stands and fact.safe_to_refuse else "asserted"
    elif isinstance(fact, AgreementRefused):
        state = "declined"
    elif isinstance(fact, AgreementNotSought):
        state = "not_sought"
    return Agreed(
        ref=ref, person=fact.person, service=fact.service, provider=fact.provider, giver=fact.giver, who=fact.who,
        state=state, organisation=fact.organisation, by=fact.by, competent=getattr(fact, "competent", None),
    )  # fmt: skip
