"""The rows of consent and agreement records among the matters: about whom, whose turn it is, and when to look again.

Codes only, and only what a list needs; what is in effect is worked out from the facts themselves (hub/domain/effective.py).
"""

from hub.domain import agreement, consent_record
from hub.domain.agreement import AgreementGiven
from hub.domain.consent import ConsentRecorded, WithdrawalCarried, withdrawal_stream
from hub.domain.consent_record import ConsentGiven, ConsentRiskJudgedAgain, ConsentWithdrawn, counts
from hub.domain.fact import Recorded
from hub.domain.family_said import (
    Answered,
    Assessed,
    ConflictSettled,
    Ended,
    FamilySaid,
    Invalidated,
    NotSought,
    SaidYes,
    Sought,
    TookBack,
)
from hub.views.matters import Folds, Row, Rows, matter, moved, opened


def rows(recorded: Recorded, fact: FamilySaid) -> Rows:
    """The row of a record, as its newest fact leaves it; a fact that only says something of another keeps the state."""
    state, due = _state(fact), None
    if isinstance(fact, SaidYes):
        ends = [one for one in (fact.expires, fact.shown_until) if one is not None]
        due = min(ends, default=None)
    elif isinstance(fact, NotSought):
        due = fact.review_at
    if recorded.version == 1:
        service = getattr(fact, "service", "")
        yield (
            matter,
            opened(
                recorded, state or "noted", child=fact.person, organisation=fact.organisation, setting=fact.setting,
                what=service or fact.giver, by=fact.by, due=due,
            ),
        )  # fmt: skip
        return
    row: Row = {"stream": recorded.stream, "changed_at": recorded.envelope.known_at, "by": fact.by}
    yield matter, row | ({"state": state, "due": due} if state else {})
    if isinstance(fact, ConsentWithdrawn):
        yield matter, _to_carry(recorded, fact.organisation)


def withdrawals(recorded: Recorded, fact: ConsentRecorded | WithdrawalCarried) -> Rows:
    """A withdrawal waits until whoever relied on what was withdrawn is told: of messages, and of records made here."""
    if isinstance(fact, WithdrawalCarried):
        yield matter, moved(recorded, "carried", holder="")
    elif fact.state == "withdrawn":
        yield matter, _to_carry(recorded, fact.organisation)


def _to_carry(recorded: Recorded, organisation: str) -> Row:
    row = opened(recorded, "waits", organisation=organisation, what=recorded.ref)
    return {**row, "stream": withdrawal_stream(recorded.ref), "kind": "consent-withdrawal"}


def _state(fact: FamilySaid) -> str:
    """What the record has come to by this fact; "" where it says nothing of that."""
    match fact:
        case ConsentGiven():
            return "given" if counts(fact) else "asserted"
        case AgreementGiven():
            return "given" if fact.evidence_held else "asserted"
        case consent_record.ConsentObjected():
            return "objection"
        case Answered():
            return "refused"
        case Sought():
            return "sought"
        case TookBack(part=True) | Assessed() | ConflictSettled() | ConsentRiskJudgedAgain():
            return ""
        case TookBack():
            return "withdrawn"
        case Ended():
            return "expired"
        case Invalidated():
            return "invalid"
        case NotSought():
            return "not_sought"
        case _:
            return ""


FOLDS: Folds = {
    **dict.fromkeys((*consent_record.FACTS, *agreement.FACTS), rows),
    ConsentRecorded: withdrawals,
    WithdrawalCarried: withdrawals,
}
