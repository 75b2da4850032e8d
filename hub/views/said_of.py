"""What was said about a child: each statement with the items of words in it, who they are about, and what closes them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, Table, select

from hub.domain.concern import ConcernRecorded, CorrectionRecorded, Statement, StrengthRecorded
from hub.domain.doubts import DOUBTS
from hub.domain.edition import Edition
from hub.domain.fact import Recorded
from hub.domain.item import Sealed
from hub.domain.sharing import Organisation
from hub.domain.source_record import SourceRecordDescribed, SourceRecordOpened
from hub.flow.disclose import ItemRef, ref
from hub.views import store
from hub.views.desk import Desk, organisation_of
from hub.views.freed import Freed, as_released, released_to
from hub.views.store import Row
from hub.views.who_is_who import OWN_RECORD, families, persons_of, records_of

SEXUAL_HEALTH = "sexual_health"  # a line of a published list of the vocabulary, or a need domain, that ends so
MOST = 500  # entries of one page; a child with more is shown the newest, and the page says so


class Closing(Struct, frozen=True):
    """What of a statement closes it further than its category does."""

    source_protected: bool = False
    sexual_health: bool = False

    def on(self, item: ItemRef) -> ItemRef:
        """The item, ruled with this in mind."""
        if self == Closing():
            return item
        return replace(item, source_protected=self.source_protected, sexual_health=self.sexual_health)


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


def descriptions(desk: Desk, record: str) -> Iterator[tuple[Recorded, Organisation, Sealed, Closing]]:
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


def _told_with(desk: Desk, recorded: Recorded) -> Closing:
    """Whether the statement that brought this description protects its source."""
    journey = recorded.envelope.journey
    if not journey or not desk.edition.parts["protocol"].get("source_protected_codes"):
        return Closing()
    history = desk.record.load(f"message:{journey}", upto=1)
    return Closing(any(handling(one.fact, desk.edition).source_protected for one in history))


def _sealed(fact: object) -> tuple[Sealed, ...]:
    """The words that a statement has sealed."""
    return getattr(body_of(fact), "items", ())


def _spoken(desk: Desk, child: str, kind: str, standing: str, recorded: Recorded, whose: Mapping[str, str]) -> Spoken:
    fact = recorded.fact
    owner = organisation_of(desk, str(getattr(body_of(fact), "organisation", "")))
    setting = getattr(body_of(fact), "setting", None) or ""
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


def handling(fact: object, edition: Edition) -> Closing:
    """How a statement must be handled, from what it says and what the edition's protocol and vocabulary say of that.

    A police handling code of the protocol's `source_protected_codes` protects the source; an indicator that a
    published list of the vocabulary counts as sexual health makes the whole statement that.
    """
    said = body_of(fact)
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


def body_of(fact: object) -> object:
    """What a fact states: the statement in it where it carries one, otherwise the fact itself."""
    if isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
        return fact.statement
    return fact
