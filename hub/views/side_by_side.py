"""A person beside others, field by field: who says what, how old it is, and how it stands beside the person in doubt.

It takes what the door opened and nothing else; what was not opened is not there.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct

from hub.domain.doubts import DOUBTS
from hub.domain.kin import Home, Kin
from hub.domain.moments import months_between
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views.beside import Beside, beside
from hub.views.chronology import LABELS
from hub.views.desk import Desk, name_of
from hub.views.identity_words import ago
from hub.views.models import NOT_HELD, FieldRow, Piece, Value
from hub.views.said_of import Closing, descriptions
from hub.views.who_is_who import records_of

ALWAYS_SHOWN = ("names", "birth_date", "nhs_number", "addresses")
SHOWN = (
    "names", "birth_date", "expected_date", "sex", "nhs_number", "mother_nhs_number", "upn", "former_upns", "addresses",
    "school", "gp", "own_id", "doubts",
)  # fmt: skip
LISTS = frozenset({"names", "former_upns"})  # fields that hold several values
SIDES = frozenset({"identity", "identity.address"})  # what a review may open
NOT_SHOWN = ("Not shown",)  # of a household
NOTHING_CLOSED: Mapping[str, frozenset[str]] = {}
RANKED = {"same": 0, "alike": 1, "different": 2}  # of several values the nearest speaks


class Described(Struct, frozen=True):
    """How one organisation describes a person: the item of words, and when the hub knew it."""

    person: str
    item: ItemRef
    known_at: datetime
    how: str = ""  # how it came to say so, in words, where it did not by a message of its own
    doubts: tuple[str, ...] = ()  # what was odd in it or in what it carries along: codes of hub/domain/doubts.py


def describe(desk: Desk, person: str, only: Container[str] | None = None, column: str = "") -> list[Described]:
    """How each organisation describes this person now: of each source record, the newest names and numbers, and address.

    With `only`, of those source records alone; they stand in the column of that name.
    """
    found: list[Described] = []
    for record in records_of(desk, [person])[person]:
        if only is not None and record not in only:
            continue
        newest: dict[tuple[str, Closing], Described] = {}
        doubts: dict[Closing, tuple[str, ...]] = {}
        for recorded, owner, sealed, closing in descriptions(desk, record):
            if sealed.category in SIDES:
                item = closing.on(ref(sealed, [person], owner, recorded.position))
                said = Described(column or person, item, recorded.envelope.known_at)
                if sealed.category == "identity":
                    doubts[closing] = (*doubts.get(closing, ()), *getattr(recorded.fact, "doubts", ()))
                    said = msgspec.structs.replace(said, doubts=tuple(dict.fromkeys(doubts[closing])))
                newest[sealed.category, closing] = said
        found += newest.values()
    return found


def values_of(
    desk: Desk, described: Sequence[Described], shown: Disclosed
) -> dict[str, dict[str, list[Value]]]:  # fmt: skip
    """What was opened: by person and field, each value once, with who says so and how old that is; not compared yet."""
    opened, now = {item.item: item for item in shown.shown}, desk.clock.now()
    sources: dict[tuple[str, str, str], list[str]] = {}
    for one in described:
        told = opened.get(one.item.item)
        how = f", {one.how}" if one.how else ""
        source = f"{name_of(desk, one.item.organisation.id)}{how}, {ago(one.known_at, now)}"
        for name, given in (told.words if told else {}).items():
            for text in str(given).split("; ") if name in LISTS else [str(given)]:
                sources.setdefault((one.person, name, text), []).append(source)
        for code in one.doubts if told and not told.erased else ():
            sources.setdefault((one.person, "doubts", DOUBTS.get(code, code)), []).append(source)
    found: dict[str, dict[str, list[Value]]] = {}
    for (person, name, text), told_by in sources.items():
        value = Value(pieces=(Piece(text),), sources=tuple(dict.fromkeys(told_by)))
        found.setdefault(person, {}).setdefault(name, []).append(value)
    return found


def unopened(described: Sequence[Described], shown: Disclosed) -> dict[str, frozenset[str]]:
    """Of each column, the classes of which something is held that did not open: it must not read as not held.

    What a protected source told beside others leaves no trace. Where nobody else tells of somebody, that they are there is
    known to whoever looks (hub/views/horizon.py), and that they cannot be seen must be.
    """
    opened = {item.item for item in shown.shown}
    openly = {one.person for one in described if not one.item.source_protected}
    found: dict[str, set[str]] = {}
    for one in described:
        if one.item.item not in opened and not (one.item.source_protected and one.person in openly):
            found.setdefault(one.person, set()).add(one.item.category)
    return {person: frozenset(classes) for person, classes in found.items()}


def fields(
    values: Mapping[str, Mapping[str, Sequence[Value]]], person: str, beside_it: Sequence[str], today: date,
    closed: Mapping[str, frozenset[str]] = NOTHING_CLOSED,
) -> tuple[FieldRow, ...]:  # fmt: skip
    """The rows of the comparison. What is always asked for stands there even where nobody holds it.

    `closed` names, of each column, the classes of which something did not open.
    """
    said, rows = values.get(person, {}), []
    for name in SHOWN:
        own = [_text(one) for one in said.get(name, ())]
        cells = [tuple(_aged(name, one, beside(name, _text(one), ()), today) for one in said.get(name, ()))]
        for candidate in beside_it:
            held = values.get(candidate, {}).get(name, ())
            cells.append(tuple(_aged(name, one, beside(name, _text(one), own), today) for one in held))
        if any(cells) or (name in ALWAYS_SHOWN and beside_it):
            kind = "identity.address" if name == "addresses" else "identity"
            hidden = tuple(kind in closed.get(one, ()) for one in (person, *beside_it))
            none = "Nothing" if name == "doubts" else NOT_HELD
            rows.append(FieldRow(LABELS.get(name, name), tuple(cells), hidden, none))
    return tuple(rows)


def _aged(name: str, value: Value, found: Beside, today: date) -> Value:
    """The value as it stands beside the other, a birth date with the age today."""
    pieces = found.pieces
    if name == "birth_date" and "".join(piece.text for piece in pieces) != _text(value):
        pieces = (*pieces, Piece(f" ({aged(date.fromisoformat(_text(value)), today)})"))
    words = found.words[:1].upper() + found.words[1:]
    return msgspec.structs.replace(value, pieces=pieces, outcome=found.outcome, words=words)


def _text(value: Value) -> str:
    return "".join(piece.text for piece in value.pieces)


def aged(born: date, today: date) -> str:
    """An age as one says it of a child: in weeks, months, then years."""
    months = months_between(born, today)
    if months < 0:
        return "not born yet"
    if months < 3:
        return f"{(today - born).days // 7} weeks old"
    return f"{months} months old" if months < 24 else f"{months // 12} years old"


def sentence(said: Mapping[str, Sequence[Value]], held: Mapping[str, Sequence[Value]]) -> str:
    """The comparison in one sentence, words first: "name spelled differently; date of birth the same"."""
    told: list[str] = []
    for name in SHOWN:
        own = [_text(one) for one in said.get(name, ())]
        found = [beside(name, _text(one), own) for one in held.get(name, ())]
        best = min((one for one in found if one.outcome in RANKED), key=lambda one: RANKED[one.outcome], default=None)
        label = LABELS.get(name, name)
        label = label if label.isupper() or label[:2].isupper() else label[:1].lower() + label[1:]
        if best is not None:
            told.append(f"{label} {best.words}")
    sentence = "; ".join(told)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "Nothing that both sides hold can be compared."


def households(
    home: Home, persons: Iterable[str], today: date, known: Callable[[str], bool]
) -> dict[str, tuple[str, ...]]:
    """Who is said to live, or to have lived, with each of these: that they exist, and the relation. No id and no name.

    Nobody is among them, nor in any number, of whom the reader may not know: `known` says so.
    """
    found = {}
    for person in persons:
        said = [_relative(home, person, one, today) for one in home.kin(person).values() if known(one.person)]
        found[person] = tuple(
            words if number == 1 else f"{words} ({number})" for words, number in Counter(sorted(said)).items()
        )
    return found


def _relative(home: Home, person: str, other: Kin, today: date) -> str:
    """One of the household, in words: a child of the same age in months, said in one statement, is perhaps a twin."""
    role = other.role.replace("_", " ")
    if other.child:
        role = "brother, sister or other child"
        if _same_age(home, person, other.person):
            role += " of the same age: perhaps a twin"
    elif role in {"not known", "household member", "other"}:
        role = "adult, not known how related"
    then = "" if other.now(today) else ", lived there before"
    doubt = ", organisations disagree" if other.conflicting else "" if other.sure else ", not sure"
    return f"{role[:1].upper()}{role[1:]}{then}{doubt}"


def _same_age(home: Home, one: str, other: str) -> bool:
    for told in home.told:
        ages = {member.person: member.age_months for member in told.members}
        if ages.get(one) is not None and ages.get(one) == ages.get(other):
            return True
    return False
