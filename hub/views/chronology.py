"""Everything said about a child, in order: what happened as claimed, when the hub knew, and the items of words in it."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, Table, select

from hub.domain.concern import (
    ConcernRecorded,
    CorrectionRecorded,
    InformationRecorded,
    Statement,
    StrengthRecorded,
)
from hub.domain.consent import ConsentRecorded
from hub.domain.doubts import DOUBTS
from hub.domain.edition import Edition
from hub.domain.fact import Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.item import Sealed
from hub.domain.moments import LONDON, london_day
from hub.domain.reasons import day_words
from hub.domain.request import RequestAnswered
from hub.domain.sharing import Organisation
from hub.domain.source_record import (
    InvolvementChanged,
    LegalStatusChanged,
    SourceRecordDescribed,
    SourceRecordOpened,
)
from hub.domain.vocabulary import Vocabulary
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views import store
from hub.views.desk import Desk, name_of, organisation_of
from hub.views.freed import Freed, as_released, released_to
from hub.views.models import Entry, Line, When, Withheld
from hub.views.store import Row
from hub.views.who_is_who import OWN_RECORD, families, persons_of, records_of

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
SEXUAL_HEALTH = "sexual_health"  # a line of a published list of the vocabulary, or a need domain, that ends so
TAKEN_BACK = {"corrected": " (corrected by its owner)", "withdrawn": " (withdrawn by its owner)"}
MOST = 500  # entries of one page; a child with more is shown the newest, and the page says so


class Spoken(Struct, frozen=True):
    """One fact about a child, with its row and the items of words in it that are about this child."""

    kind: str
    standing: str
    recorded: Recorded
    items: tuple[ItemRef, ...]
    codes: ItemRef  # which organisation, which indicators, when: ruled like everything else


def records_about(desk: Desk, children: Collection[str]) -> dict[str, list[str]]:
    """The source records about each of these children, and the hub's own of whoever they are held to be.

    What was answered to a request is about whoever was asked about, by the name of then: the hub's own record of them.
    """
    records, names = records_of(desk, children), families(desk, children)
    return {one: [*records[one], *(f"{OWN_RECORD}{name}" for name in names[one])] for one in children}


def spoken(
    desk: Desk, child: str, upto: int | None = None, streams: Collection[str] | None = None,
    records: Sequence[str] | None = None,
) -> list[Spoken]:  # fmt: skip
    """What was said about this child up to a position (all when None), newest first by when it happened.

    `streams` are the messages to look at alone, where they are given; `records` what `records_about` says of the child.
    """
    records = records_about(desk, [child])[child] if records is None else records
    query = _statements(said := store.said, records).order_by(*_newest_first(said)).distinct().limit(MOST)
    if streams is not None:
        query = query.where(said.c.stream.in_(sorted(streams)))
    rows = desk.store.rows(query)
    return _told(desk, {child: [row for row in rows if upto is None or row["position"] <= upto]})[child]


def spoken_in(
    desk: Desk, wanted: Mapping[str, Collection[str]], records: Mapping[str, Sequence[str]]
) -> dict[str, list[Spoken]]:
    """What each of these children's messages (their streams) say of it, newest first: of all children in one question.

    `records` is what `records_about` says of them.
    """
    whose: dict[str, list[str]] = {}
    for child in wanted:
        for record in records[child]:
            whose.setdefault(record, []).append(child)
    streams, found = sorted(set().union(*wanted.values())), {child: dict[str, Row]() for child in wanted}
    for start in range(0, len(streams), MOST):
        query = _statements(said := store.said, sorted(whose)).add_columns(store.said_about.c.source_record)
        query = query.where(said.c.stream.in_(streams[start : start + MOST]))
        for row in desk.store.rows(query):
            for child in whose[row["source_record"]]:
                if row["stream"] in wanted[child]:
                    found[child][f"{row['stream']}@{row['version']}"] = row
    newest = {
        child: sorted(rows.values(), key=lambda row: (row["occurred"], row["position"]), reverse=True)[:MOST]
        for child, rows in found.items()
    }
    return _told(desk, newest)


def _statements(said: Table, records: Sequence[str]) -> Select[Any]:
    about = store.said_about
    both = (about.c.stream == said.c.stream) & (about.c.version == said.c.version)
    return select(said).join(about, both).where(about.c.source_record.in_(records))


def _newest_first(said: Table) -> tuple[ColumnElement[Any], ...]:
    return said.c.occurred.desc(), said.c.position.desc()


def _told(desk: Desk, found: Mapping[str, Sequence[Row]]) -> dict[str, list[Spoken]]:
    """These rows of statements, by child, as what was said of it: of all of them it is asked once who the words are about."""
    places = {(row["stream"], row["version"]) for rows in found.values() for row in rows}
    said = {(stream, version): desk.record.load(stream, upto=version)[-1] for stream, version in places}
    whose = persons_of(desk, {each for one in said.values() for item in _sealed(one.fact) for each in item.about})
    made = {
        child: [
            _spoken(desk, child, row["kind"], row["standing"], said[row["stream"], row["version"]], whose)
            for row in rows
        ]
        for child, rows in found.items()
    }
    held = released_to(desk, sorted({item.item for all_ in made.values() for one in all_ for item in one.items}))
    return {child: _as_released(all_, held) for child, all_ in made.items()}


def _as_released(found: Sequence[Spoken], held: Mapping[str, Freed]) -> list[Spoken]:
    """The same, each item with whom its owner released it to; the codes beside it go with it, so that it has a place."""
    if not held:
        return [*found]
    made = []
    for one in found:
        items = tuple(as_released(item, held) for item in one.items)
        to = frozenset(name for item in items for name in item.released_to)
        only = frozenset(each for item in items for each in item.only_in if each[0])
        made.append(replace(one, items=items, codes=replace(one.codes, released_to=to, only_in=only)))
    return made


class Newer(Struct, frozen=True):
    """What became of a statement: its owner corrected or withdrew it, and which message says so last."""

    how: Literal["corrected", "withdrawn"]
    newest: str


def newer(desk: Desk, messages: Iterable[str]) -> dict[str, Newer]:
    """Of these messages, those whose owner corrected or withdrew them, followed to the end of the corrections."""
    found: dict[str, Newer] = {}
    for message in dict.fromkeys(messages):
        at, seen = message, {message}
        while row := next(
            iter(desk.store.rows(select(store.superseded).where(store.superseded.c.message == at))), None
        ):
            found[message] = Newer(row["how"], row["by"])
            if row["how"] == "withdrawn" or row["by"] in seen:
                break
            at = row["by"]
            seen.add(at)
    return found


def identity_items(desk: Desk, child: str, upto: int | None = None) -> list[ItemRef]:
    """How each organisation describes the child now: of each source record, the newest item of each class of words.

    What a later message does not repeat (an address, a name) still stands.
    """
    items: list[ItemRef] = []
    for record in records_of(desk, [child])[child]:
        newest: dict[tuple[str, Closing], ItemRef] = {}
        for recorded, owner, sealed, closing in descriptions(desk, record):
            if upto is None or recorded.position <= upto:
                newest[sealed.category, closing] = closing.on(ref(sealed, [child], owner, recorded.position))
        items += newest.values()
    return items


def descriptions(desk: Desk, record: str) -> Iterator[tuple[Recorded, Organisation, Sealed, "Closing"]]:
    """Every item by which a source record was described, in order, with its owner and what closes it further.

    Who somebody is, told under a code that protects the source, is closed as the rest of that statement is; and so are names
    and numbers that a later description carries along with it. What was described openly before stands beside it.
    """
    names = Closing()
    for recorded in desk.record.load(f"source-record:{record}"):
        fact = recorded.fact
        if isinstance(fact, SourceRecordOpened | SourceRecordDescribed):
            said = _told_with(desk, recorded)
            names = said if said.source_protected else names
            owner = organisation_of(desk, fact.organisation)
            for sealed in fact.items:
                yield recorded, owner, sealed, names if sealed.category == "identity" else said


def doubts_of(desk: Desk, record: str) -> tuple[str, ...]:
    """What was odd in how a source record was described, in sentences, as far as no protected source said it."""
    names = (one for one in descriptions(desk, record) if one[2].category == "identity" and not one[3].source_protected)
    codes = dict.fromkeys(code for recorded, *_ in names for code in getattr(recorded.fact, "doubts", ()))
    return tuple(DOUBTS.get(code, code) for code in codes)


def without_trace(desk: Desk, records: Iterable[str]) -> set[str]:
    """Those source records of which only statements tell that protect their source: nobody else may know that there is one."""
    if not desk.edition.parts["protocol"].get("source_protected_codes"):
        return set()
    found = {one: [closing for _, _, _, closing in descriptions(desk, one)] for one in records}
    return {one for one, closings in found.items() if closings and all(each.source_protected for each in closings)}


def _told_with(desk: Desk, recorded: Recorded) -> "Closing":
    """Whether the statement that brought this description protects its source."""
    journey = recorded.envelope.journey
    if not journey or not desk.edition.parts["protocol"].get("source_protected_codes"):
        return Closing()
    history = desk.record.load(f"message:{journey}", upto=1)
    return Closing(any(handling(one.fact, desk.edition).source_protected for one in history))


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
        recorded_at=getattr(_body(fact), "recorded_at", None), known_at=recorded.envelope.known_at,
        how_known=str(getattr(_body(fact), "how_known", "")).replace("_", " "), indicators=labels, words=tuple(words),
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
    statement = _body(fact)
    if not isinstance(statement, Statement):
        return ()
    own = set(records)
    codes = [code for s in statement.subjects if s.source_record in own for code in s.indicators]
    return tuple(dict.fromkeys(codes))


def label(code: str, vocabulary: Vocabulary) -> str:
    """An indicator in words; the code itself where this edition has none (it was another edition's)."""
    known = vocabulary.indicators.get(code)
    return known.label if known else code


def _sealed(fact: object) -> tuple[Sealed, ...]:
    """The words that a statement has sealed."""
    return getattr(_body(fact), "items", ())


def _spoken(desk: Desk, child: str, kind: str, standing: str, recorded: Recorded, whose: Mapping[str, str]) -> Spoken:
    fact = recorded.fact
    owner = organisation_of(desk, str(getattr(_body(fact), "organisation", "")))
    setting = getattr(_body(fact), "setting", None) or ""
    closing = handling(fact, desk.edition)
    items = []
    for one in _sealed(fact):
        persons = tuple(dict.fromkeys(whose[record] for record in one.about if record in whose))
        if child in persons:  # what was seen of a brother stands on his page
            items.append(closing.on(ref(one, persons, owner, recorded.position, setting=setting)))
    codes = ItemRef(
        item=f"codes:{recorded.ref}", category="codes", organisation=owner, persons=(child,),
        position=recorded.position, setting=setting,
    )  # fmt: skip
    return Spoken(kind, standing, recorded, tuple(items), closing.on(codes))


class Closing(Struct, frozen=True):
    """What of a statement closes it further than its category does."""

    source_protected: bool = False
    sexual_health: bool = False

    def on(self, item: ItemRef) -> ItemRef:
        """The item, ruled with this in mind."""
        if self == Closing():
            return item
        return replace(item, source_protected=self.source_protected, sexual_health=self.sexual_health)


def handling(fact: object, edition: Edition) -> Closing:
    """How a statement must be handled, from what it says and what the edition's protocol and vocabulary say of that.

    A police handling code of the protocol's `source_protected_codes` protects the source; an indicator that a
    published list of the vocabulary counts as sexual health makes the whole statement that.
    """
    said = _body(fact)
    if not isinstance(said, Statement):
        return Closing()
    protocol, known = edition.parts["protocol"], edition.vocabulary.indicators
    groups = {
        group.replace(".", ":").rpartition(":")[2]
        for subject in said.subjects
        for code in subject.indicators
        if code in known
        for group in (*known[code].groups, known[code].domain)
    }
    return Closing(
        said.police_code is not None and said.police_code in protocol.get("source_protected_codes", ()),
        SEXUAL_HEALTH in groups,
    )


def not_to_be_discussed(desk: Desk, heard: Iterable[Spoken]) -> list[tuple[datetime, Spoken]]:
    """What an organisation asked not to be discussed with the family yet, and until when; the longest first.

    A statement that was corrected or withdrawn asks nothing any more: the correction stands for itself.
    """
    now, found = desk.clock.now(), []
    for one in heard:
        until = getattr(_body(one.recorded.fact), "do_not_discuss_until", None)
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


def _body(fact: object) -> object:
    if isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
        return fact.statement
    return fact


def _kind(kind: str) -> Any:
    return kind if kind in {"worry", "strength", "answer", "household", "consent", "involvement", "status"} else "other"


def _title(one: Spoken, labels: Sequence[str]) -> str:
    fact = one.recorded.fact
    taken_back = {"corrected": " (corrected by its owner)", "withdrawn": " (withdrawn by its owner)"}.get(
        one.standing or "", ""
    )
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
    body = _body(recorded.fact)
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
