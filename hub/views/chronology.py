"""Everything said about a child, in order: what happened as claimed, when the hub knew, and the items of words in it."""

from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hub.domain.concern import (
    ConcernRecorded,
    CorrectionRecorded,
    InformationRecorded,
    Statement,
    StrengthRecorded,
)
from hub.domain.consent import ConsentRecorded
from hub.domain.fact import Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.moments import LONDON, london_day
from hub.domain.reasons import day_words
from hub.domain.request import RequestAnswered
from hub.domain.source_record import InvolvementChanged, LegalStatusChanged
from hub.domain.vocabulary import Vocabulary
from hub.flow.disclose import Disclosed, ItemRef
from hub.views.desk import Desk, name_of
from hub.views.models import Entry, Line, When, Withheld
from hub.views.said_of import Spoken, body_of, newer

LABELS = {
    "names": "Name", "birth_date": "Date of birth", "expected_date": "Expected date", "sex": "Sex",
    "addresses": "Address", "nhs_number": "NHS number", "upn": "UPN", "former_upns": "Former UPNs",
    "mother_nhs_number": "Mother's NHS number", "own_id": "Their own id", "school": "School", "gp": "GP",
    "ethnicity": "Ethnicity", "disability": "Disability", "first_language": "First language",
    "interpreter": "Interpreter", "text": "What was said", "observation": "What was seen",
    "voice": "The child's own words", "when": "In their words, when", "relationship": "Relationship",
    "name": "Told by", "safe_contact": "Safe contact", "references": "Evidence", "reason": "Reason",
    "why_not_told": "Why the family was not told", "contact": "Whom to ring", "refusal_reason": "Why not answered",
    "answered_by": "Answered by", "question": "Question", "out_of_term": "Whom to reach in the holidays",
    "on_record": "On record", "doubts": "Odd in how they are described",
}  # fmt: skip
TAKEN_BACK = {"corrected": " (corrected by its owner)", "withdrawn": " (withdrawn by its owner)"}


def entry(desk: Desk, one: Spoken, shown: Disclosed, records: Sequence[str]) -> Entry | None:
    """The line of a chronology, with the words that may be read; None where not even its codes may be known."""
    opened = {item.item: item for item in shown.shown}
    if one.codes.item not in opened:
        return None
    recorded, fact = one.recorded, one.recorded.fact
    labels = indicator_labels(fact, desk.edition.vocabulary, records)
    when, words = _when(recorded), []
    for item in one.items:
        told = opened.get(item.item)
        if told is None:
            continue
        lines = [
            Line(LABELS.get(name, name.replace("_", " ").capitalize()), str(value))
            for name, value in told.words.items()
            if name != "when"
        ]
        words += lines if not told.erased else [Line("Erased", "These words were erased; that they were said stays.")]
        if "when" in told.words:
            when = When(when.start, when.end, when.precision, str(told.words["when"]))
    closed = [item for item in one.items if item.item not in opened]
    corrected, stands_now = _corrected(desk, one, opened)
    return Entry(
        item=recorded.stream.partition(":")[2], said=recorded.ref if one.standing == "current" else "",
        corrected=corrected, correction=isinstance(fact, CorrectionRecorded), stands_now=stands_now,
        kind=_kind(one.kind), title=_title(one, labels),
        organisation=name_of(desk, one.codes.organisation.id), setting=one.codes.setting, occurred=when,
        recorded_at=getattr(body_of(fact), "recorded_at", None), known_at=recorded.envelope.known_at,
        how_known=str(getattr(body_of(fact), "how_known", "")).replace("_", " "), indicators=labels, words=tuple(words),
        withheld=tuple(_withheld(desk, closed, shown)),
        grave=bool(desk.edition.vocabulary.grave(own_codes(fact, records))),
    )  # fmt: skip


def _corrected(desk: Desk, one: Spoken, opened: Container[str]) -> tuple[bool, str]:
    """Whether its owner corrected a statement, and the message that stands now, where the reader may know of that one."""
    message = one.recorded.stream.partition(":")[2]
    found = newer(desk, [message]).get(message) if one.standing == "corrected" else None
    if found is None or found.how != "corrected":
        return one.standing == "corrected", ""
    return True, found.newest if f"codes:message:{found.newest}@1" in opened else ""


def indicator_labels(fact: object, vocabulary: Vocabulary, records: Iterable[str]) -> tuple[str, ...]:
    """The labels of what was seen of this child (whose source records these are), not of another."""
    return tuple(label(code, vocabulary) for code in own_codes(fact, records))


def own_codes(fact: object, records: Iterable[str]) -> tuple[str, ...]:
    """The indicators that a statement tells of a child whose source records these are, as one of its subjects."""
    statement = body_of(fact)
    if not isinstance(statement, Statement):
        return ()
    own = set(records)
    codes = [code for s in statement.subjects if s.source_record in own for code in s.indicators]
    return tuple(dict.fromkeys(codes))


def label(code: str, vocabulary: Vocabulary) -> str:
    """An indicator in words; the code itself where this edition has none (it was another edition's)."""
    known = vocabulary.indicators.get(code)
    return known.label if known else code


def not_to_be_discussed(desk: Desk, heard: Iterable[Spoken]) -> list[tuple[datetime, Spoken]]:
    """What an organisation asked not to be discussed with the family yet, and until when; the longest first.

    A statement that was corrected or withdrawn asks nothing any more: the correction stands for itself.
    """
    now, found = desk.clock.now(), []
    for one in heard:
        until = getattr(body_of(one.recorded.fact), "do_not_discuss_until", None)
        if isinstance(until, datetime) and until > now and one.standing == "current":
            found.append((until, one))
    return sorted(found, key=lambda each: each[0], reverse=True)


def warnings(desk: Desk, heard: Iterable[Spoken], allowed: Container[str]) -> tuple[str, ...]:
    """The same as sentences for a page, once for each organisation: those whose codes this asker may know of."""
    said: dict[str, str] = {}
    for until, one in not_to_be_discussed(desk, heard):
        if one.codes.item in allowed:
            local = until.astimezone(LONDON)
            when = f"{day_words(local.date())} at {local:%H:%M}"
            owner = name_of(desk, one.codes.organisation.id)
            said.setdefault(owner, f"Do not discuss with the family until {when}, {owner}")
    return tuple(said.values())


def _kind(kind: str) -> Any:
    return kind if kind in {"worry", "strength", "answer", "household", "consent", "involvement", "status"} else "other"


def _title(one: Spoken, labels: Sequence[str]) -> str:
    fact = one.recorded.fact
    taken_back = TAKEN_BACK.get(one.standing or "", "")
    match fact:
        case ConcernRecorded() | StrengthRecorded() | CorrectionRecorded():
            kind = {"strength": "Strength", "worry": "Worry"}[one.kind]
            correction = "Correction: " if isinstance(fact, CorrectionRecorded) else ""
            return f"{correction}{kind}" + (f": {'; '.join(labels)}" if labels else "") + taken_back
        case InformationRecorded():
            answers = {"provided": "Information provided", "searched_none_held": "Searched, none held"}
            return answers.get(fact.result, "Refused to answer")
        case RequestAnswered():
            return {"provided": "Answered a request", "searched_none_held": "Searched, none held"}.get(
                fact.result, "Refused to answer"
            )
        case ConsentRecorded():
            about = "Consent to share" if fact.about == "consent_to_share" else "Agreement to a service"
            return f"{about}: {fact.state.replace('_', ' ')}"
        case HouseholdObserved():
            change = "" if fact.change == "none" else f": {fact.change.replace('_', ' ')}"
            return f"Household of {len(fact.members)}{change}"
        case InvolvementChanged():
            return f"{fact.service.replace('_', ' ').capitalize()}: {'ended' if fact.ended else 'involved'}"
        case LegalStatusChanged():
            return f"Legal status: {fact.status.replace('_', ' ')}" + (" ended" if fact.ended else "")
        case _:
            return "Recorded"


def when_words(recorded: Recorded) -> str:
    """The London day or days on which something happened, in words."""
    when = _when(recorded)
    first, last = day_words(london_day(when.start)), day_words(london_day(when.end))
    return first if first == last else f"{first} to {last}"


def _when(recorded: Recorded) -> When:
    body = body_of(recorded.fact)
    occurred = getattr(body, "occurred", None)
    if occurred is not None:
        return When(occurred.start, occurred.end, occurred.precision)
    started = getattr(body, "started", None)
    if started is not None:
        day = datetime(started.year, started.month, started.day, 12, tzinfo=UTC)
        return When(day, day, "day")
    moment = getattr(body, "valid_from", None) or getattr(body, "recorded_at", None) or recorded.envelope.known_at
    return When(moment, moment, "minute")


def _withheld(desk: Desk, closed: Sequence[ItemRef], shown: Disclosed) -> list[Withheld]:
    """What of this entry is closed and may be mentioned: its class and reason, once for each class."""
    mentioned = {(w.category, w.organisation): w for w in shown.withheld if w.shown_as == "reason"}
    found: dict[tuple[str, str], Withheld] = {}
    for item in closed:
        key = (item.category, item.organisation.id)
        if key in mentioned:
            found[key] = Withheld(
                words_for(item.category),
                name_of(desk, item.organisation.id),
                "Withheld by rule",
                mentioned[key].policies,
            )
    return list(found.values())


def words_for(category: str) -> str:
    """A class of items in words."""
    return {
        "identity": "Name and identifiers", "identity.address": "Address", "identity.contact": "Contact details",
        "narrative": "What was said", "voice": "The child's own words", "third_party": "Other people",
        "referrer": "Who told", "evidence": "Evidence", "characteristics": "Characteristics", "rationale": "Reasons",
        "codes": "That something was recorded",
    }.get(category, category)  # fmt: skip
