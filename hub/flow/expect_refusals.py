"""What is expected of a family's no: that somebody comes back to it, from when it was first on record.

What puts a no right begins no new waiting: a correction of the message that told of it, or the same no written down again,
is waited for from the first time. What says that there was no such no ends it, unless another no of its kind stands.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from hub.domain import child as children
from hub.domain import offer as offers
from hub.domain.agreement import AgreementFact, AgreementGiven, AgreementInvalidated, AgreementRefused
from hub.domain.child import SignalCounted
from hub.domain.concern import ConcernRecorded, CorrectionRecorded
from hub.domain.consent import ConsentRecorded
from hub.domain.consent_record import (
    ConsentFact,
    ConsentGiven,
    ConsentInvalidated,
    ConsentRefused,
    ConsentRiskJudgedAgain,
)
from hub.domain.fact import Fact, Recorded
from hub.domain.family_said import Answered, Invalidated
from hub.domain.kin import message_of
from hub.domain.offer import OfferAccepted, OfferDeclined, OfferDisengaged, OfferEnded, OfferFollowed, OfferMade
from hub.domain.rule import REFUSALS
from hub.domain.signal import Signal
from hub.domain.silence import Awaited
from hub.flow.expect import AGREED, OFFERED, SAID, SHARED, Known, came_back, on, refused

CLOCK = "refused_forgotten"
NEVER_SAID = frozenset({"recorded_in_error", "other_person"})  # why a no does not count: nobody of this family said it


# ------------------------------------------------------------------------------------------------ told by message


def heard(known: Known, recorded: Recorded, signal: Signal) -> Iterator[Awaited]:
    """Somebody comes back to a no that a worker heard, and told by message."""
    since, corrected = _first_told(known, signal)
    if not (
        _counted(known, recorded, signal.child, corrected) and _came_back(known, recorded, signal.child, SAID, since)
    ):
        yield refused(recorded, signal.child, SAID, since, known.due(CLOCK, since))


def _first_told(known: Known, signal: Signal) -> tuple[datetime, list[str]]:
    """When this no was first on record, and the statements that told of it and were put right since, the last one first."""
    message, number = message_of(signal.id), signal.id.rpartition("/")[2]
    since, corrected, record = signal.known_at, list[str](), ""
    while told := _told(known, message):
        said, at = told
        subjects = said.statement.subjects
        if message == message_of(signal.id):
            record = subjects[int(number)].source_record if number.isdigit() and int(number) < len(subjects) else ""
        elif any(one.source_record == record and REFUSALS & {*one.indicators} for one in subjects):
            since = min(since, at)
            corrected.append(message)
        else:
            break
        message = said.corrects if isinstance(said, CorrectionRecorded) else ""
    return since, corrected


def _told(known: Known, message: str) -> tuple[ConcernRecorded | CorrectionRecorded, datetime] | None:
    """A statement and when it was known; None for what is no statement, and for what was erased."""
    for one in known.load(f"message:{message}")[:1]:
        if isinstance(one.fact, ConcernRecorded | CorrectionRecorded):
            return one.fact, one.envelope.known_at
    return None


def _counted(known: Known, recorded: Recorded, child: str, messages: Collection[str]) -> bool:
    """Whether one of these statements counted for the child before: then it was before whoever came back."""
    history = [one for name in known.names(child) for one in known.load(children.stream(name))] if messages else []
    before = (one.fact for one in history if one.position < recorded.position)
    return any(isinstance(fact, SignalCounted) and message_of(fact.signal.id) in messages for fact in before)


# ------------------------------------------------------------------------------- said of sharing, or of a service


@on(ConsentRefused, ConsentGiven, ConsentRiskJudgedAgain, AgreementRefused, AgreementGiven)
def _family(known: Known, recorded: Recorded, fact: ConsentFact | AgreementFact) -> Iterator[Awaited]:
    yield from _answered(known, recorded, fact.person)


@on(ConsentRecorded)
def _family_by_message(known: Known, recorded: Recorded, fact: ConsentRecorded) -> Iterator[Awaited]:
    person = known.child_of(fact.source_record)
    if person and fact.state in {"refused", "given"}:
        yield from _answered(known, recorded, person)


def _answered(known: Known, recorded: Recorded, person: str) -> Iterator[Awaited]:
    """Somebody comes back to a no; to a yes to the same nobody need.

    A no that the same giver is said to have said when one of theirs was on record already is that one, put right.
    """
    how, now = _how(recorded.fact), recorded.envelope.known_at
    if not _says_no(recorded.fact):
        yield from (refused(recorded, one, how, now, None) for one in known.names(person))
        return
    same = [one.envelope.known_at for one in _answers(known, recorded, person) if _same_no(one, recorded)]
    since = min((now, *same))
    if since == now or not _came_back(known, recorded, person, how, since):
        yield refused(recorded, person, how, since, known.due(CLOCK, since))


@on(ConsentInvalidated, AgreementInvalidated)
def _never_said(known: Known, recorded: Recorded, fact: ConsentInvalidated | AgreementInvalidated) -> Iterator[Awaited]:
    """A no that nobody of this family said. One said under pressure, or by whom it does not bind, was said."""
    spoken = _answers(known, recorded, fact.person)
    meant = next((one for one in spoken if one.ref == fact.statement and _says_no(one.fact)), None)
    if meant is None or fact.reason not in NEVER_SAID:
        return
    how, now = _how(meant.fact), recorded.envelope.known_at
    wrong = {
        one.fact.statement for one in spoken if isinstance(one.fact, Invalidated) and one.fact.reason in NEVER_SAID
    }
    stand = [one for one in spoken if _says_no(one.fact) and _how(one.fact) == how and one.ref not in wrong]
    if all(_came_back(known, recorded, fact.person, how, one.envelope.known_at) for one in stand):
        yield from (refused(recorded, one, how, now, None) for one in known.names(fact.person))


def _answers(known: Known, recorded: Recorded, person: str) -> list[Recorded]:
    """What was said of sharing and of services about this child, up to this fact, and what was found wrong in it."""
    return [one for one in known.answers(known.names(person)) if one.position <= recorded.position]


def _how(fact: Fact) -> str:
    return AGREED if isinstance(fact, AgreementRefused | AgreementGiven) else SHARED


def _says_no(fact: Fact) -> bool:
    no = isinstance(fact, ConsentRefused | AgreementRefused)
    return fact.state == "refused" if isinstance(fact, ConsentRecorded) else no


def _says_yes(fact: Fact) -> bool:
    yes = isinstance(fact, ConsentGiven | AgreementGiven | ConsentRiskJudgedAgain)
    return fact.state == "given" if isinstance(fact, ConsentRecorded) else yes


def _same_no(one: Recorded, other: Recorded) -> bool:
    before, after = one.fact, other.fact
    if not isinstance(before, Answered | ConsentRecorded) or not isinstance(after, Answered | ConsentRecorded):
        return False
    alike = _says_no(before) and (_how(before), before.giver, before.who) == (_how(after), after.giver, after.who)
    return alike and one.position < other.position and after.valid_from <= one.envelope.known_at


def _came_back(known: Known, recorded: Recorded, person: str, how: str, since: datetime) -> bool:
    """Whether somebody came back, later than `since` and before this fact, to what the family said no to in this way."""
    names = known.names(person)
    coming = [one for name in names for one in known.load(offers.stream(name)) if isinstance(one.fact, COMES_BACK)]
    coming += [one for one in _answers(known, recorded, person) if _says_yes(one.fact) and _how(one.fact) == how]
    decision = known.decision(person)
    coming += [decision] if decision else []
    coming += known.found_out(names, CLOCK, f"child:{{}}/{how}")
    return any(one.position < recorded.position and one.envelope.known_at > since for one in coming)


# --------------------------------------------------------------------------------------------------- to an offer

COMES_BACK = (OfferMade, OfferAccepted, OfferFollowed)


@on(OfferDeclined, OfferDisengaged)
def _declined(known: Known, recorded: Recorded, fact: OfferDeclined | OfferDisengaged) -> Iterator[Awaited]:
    """Somebody comes back to a no: the same waiting that a refusal heard by message begins."""
    del fact
    since = recorded.envelope.known_at
    yield refused(recorded, recorded.stream.partition(":")[2], OFFERED, since, known.due(CLOCK, since))


@on(*COMES_BACK)
def _come_back(known: Known, recorded: Recorded, fact: OfferMade | OfferAccepted | OfferFollowed) -> Iterator[Awaited]:
    """Somebody offered again, the family said yes, or somebody said what happens next."""
    del fact
    yield from came_back(recorded, known.names(recorded.stream.partition(":")[2]))


@on(OfferEnded)
def _never_declined(known: Known, recorded: Recorded, fact: OfferEnded) -> Iterator[Awaited]:
    """An offer that was entered in error was never declined; another that was is come back to all the same."""
    person = recorded.stream.partition(":")[2]
    history = [one.fact for one in known.load(recorded.stream) if one.version <= recorded.version]
    held = (offers.fold(person, history).held or {}).values()
    if fact.how == "entered_in_error" and not any(one.state in offers.ASKS_NEXT and not one.next for one in held):
        yield refused(recorded, person, OFFERED, recorded.envelope.known_at, None)
