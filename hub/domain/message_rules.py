"""The rules that a message must keep whatever it says; one that breaks a rule is quarantined, with field and reason.

Rules are few on purpose: a refused concern is a child whom nobody has seen yet. Nothing here repeats a value.
"""

import math
import re
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields

from hub.domain.doubts import birth_date_of
from hub.domain.errors import BadMessage
from hub.domain.identifiers import nhs_number, upn
from hub.domain.item import Category
from hub.domain.message import (
    STAFF,
    ConcernCorrected,
    ConcernRaised,
    ConcernWithdrawn,
    ConsentChanged,
    HouseholdObserved,
    InformationProvided,
    InvolvementChanged,
    LegalStatusChanged,
    Message,
    Occurred,
    Person,
    StrengthObserved,
    Subject,
)
from hub.domain.moments import london_day
from hub.domain.vocabulary import Vocabulary

TOLERANCE = timedelta(minutes=10)  # how far an organisation's clock may run ahead of the hub's
LONG_TEXT = 10_000  # characters of a narrative or the like
SHORT_TEXT = 200  # characters of a name, a code, a line of an address
LIST = 200  # items of one list
OF_A_PERSON = 10  # names, addresses or former UPNs of one person: each is compared, and they multiply
OLDEST = 120  # years: a birth date before these is a slip of the pen, and its owner is not found by it
OLDEST_CHILD = 99  # of who is spoken of as a child: a hundred years ago is another century's year, mistyped
MOST_NUMBER = 2**53  # of a message in its source: what every language and database holds exactly
EVIDENCE_LIST = 20_000  # signal ids of one finding
CATEGORIES = frozenset(get_args(Category))
_MOST = {
    "names": OF_A_PERSON, "addresses": OF_A_PERSON, "former_upns": OF_A_PERSON,
    "evidence": EVIDENCE_LIST, "smallest": EVIDENCE_LIST,
}  # fmt: skip

_LONG = frozenset({
    "narrative", "observation", "voice", "words", "reason", "refusal_reason", "safe_contact", "contact",
    "why", "why_now", "would_raise", "would_rest", "letter",
})  # fmt: skip
_NAMES = frozenset({"forenames", "surname"})
# what steers a terminal, or turns text around so that a name reads as another; a line break is only a slip
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# These become ids, keys of counts and labels on pages: no control characters in them.
_CODES = frozenset({
    "organisation", "setting", "on_behalf_of", "incident", "referrer", "referrer_kind", "request", "corrects",
    "withdraws", "service", "indicators", "organisations", "categories", "purposes", "police_code",
})  # fmt: skip
# A period may end as far after now as its precision is coarse: "today" ends tonight, "this term" with the season.
_MAY_RUN_ON: dict[str, timedelta] = {
    "minute": TOLERANCE,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "season": timedelta(days=93),
    "year": timedelta(days=366),
    "unknown": timedelta(days=366),
}

Check = Callable[[Any], None]


def check(message: Message, vocabulary: Vocabulary, now: datetime) -> None:
    """Nothing, if the message keeps every rule; else raises BadMessage with the first broken rule and its field.

    `now` is the hub's aware UTC time. Reasons are listed in docs/quarantine.md.
    """
    check_shape(message)
    _numbered(message.source_sequence, "source_sequence")
    _not_after(message.recorded_at, now + TOLERANCE, "recorded_at")
    _message(message, vocabulary, now, "")


def check_scope(message: Message, organisations: Collection[str], purposes: Collection[str]) -> None:
    """Nothing, unless a statement about consent names an organisation or a purpose that is none of these.

    A no for somebody whom nobody knows would close nothing, and look as if it did. Raises BadMessage with the field.
    """
    if not isinstance(message, ConsentChanged):
        return
    for field, reason, known, mend in (
        ("organisations", "unknown_organisation", organisations, "name registered organisations, by their codes"),
        ("purposes", "unknown_purpose", purposes, "send purposes that docs/consent.md lists"),
    ):
        for place, code in enumerate(getattr(message, field)):
            if code not in known:
                raise BadMessage(reason, mend, f"{field}[{place}]")


def check_outside(message: Message) -> None:
    """Nothing, unless a message from outside claims that a member of the hub's staff typed it in: raises BadMessage."""
    if (message.on_behalf_of or "").startswith(STAFF):
        raise BadMessage("invalid_value", "the hub itself says which of its staff entered a message", "on_behalf_of")


def check_shape(message: Struct) -> None:
    """Every time is aware, every number finite, every text and list within bounds, at any depth of any Struct.

    Raises BadMessage: time_without_zone, invalid_value, text_too_long, too_many_items.
    """
    _shape(type(message))(message)


# ----------------------------------------------------------------------------------------------- rules about meaning


def _message(message: Message, vocabulary: Vocabulary, now: datetime, at: str) -> None:
    """The rules of each kind of message; `at` leads to a statement inside a correction."""
    match message:
        case ConcernRaised() | StrengthObserved():
            _told(message, vocabulary, now, at)
        case ConcernCorrected():
            _correction(message, vocabulary, now)
        case HouseholdObserved():
            _household(message, now)
        case ConcernWithdrawn():
            pass  # it names a message and nobody
        case _:
            _about_one(message, now)


def _correction(message: ConcernCorrected, vocabulary: Vocabulary, now: datetime) -> None:
    if message.statement.organisation != message.organisation:
        raise BadMessage("statement_of_another", "correct what you said yourself", "statement.organisation")
    _numbered(message.statement.source_sequence, "statement.source_sequence")
    _not_after(message.statement.recorded_at, now + TOLERANCE, "statement.recorded_at")
    _told(message.statement, vocabulary, now, "statement.")


def _household(message: HouseholdObserved, now: datetime) -> None:
    if not message.members:
        raise BadMessage("names_nobody", "name at least one member", "members")
    _occurred(message.occurred, now, "occurred")
    if message.address is not None:
        _in_order(message.address.since, message.address.until, "address.until")
    for place, member in enumerate(message.members):
        _person(member.person, now, f"members[{place}].person")
        _in_order(member.since, member.until, f"members[{place}].until")


def _about_one(
    message: InformationProvided | ConsentChanged | InvolvementChanged | LegalStatusChanged, now: datetime
) -> None:
    _person(message.subject, now, "subject")
    match message:
        case InformationProvided():
            _in_order(message.period_start, message.period_end, "period_end")
            _refusal(message)
        case ConsentChanged():
            if message.expires is not None and message.expires < message.valid_from:
                raise BadMessage("period_ends_before_it_starts", "give an end at or after the start", "expires")
            for place, code in enumerate(message.categories):
                if code not in CATEGORIES:
                    raise BadMessage(
                        "unknown_category",
                        "send classes of information: docs/consent.md lists them",
                        f"categories[{place}]",
                    )
        case _:
            _in_order(message.started, message.ended, "ended")


def _refusal(message: InformationProvided) -> None:
    """A refusal's code goes with a refusal; a judgement of harm says when it is looked at again, and who may overturn it."""
    if message.refusal_code is not None and message.result != "refused":
        raise BadMessage("invalid_value", "a refusal code goes with the result refused", "refusal_code")
    if message.refusal_code == "more_detrimental" and message.review_on is None:
        raise BadMessage("invalid_value", "say when this judgement is looked at again", "review_on")
    if message.refusal_code == "more_detrimental" and message.may_overturn is None:
        raise BadMessage("invalid_value", "say who may overturn this judgement", "may_overturn")


def _told(message: ConcernRaised | StrengthObserved, vocabulary: Vocabulary, now: datetime, at: str) -> None:
    """What concerns and strengths share: when, by whom, of whom."""
    adults = message.adults if isinstance(message, ConcernRaised) else ()
    if not message.subjects and not adults:
        raise BadMessage("names_nobody", "name a child, or the adults whose children are to be found", f"{at}subjects")
    _occurred(message.occurred, now, f"{at}occurred")
    if message.referrer_kind not in vocabulary.referrers:
        raise BadMessage("unknown_referrer_kind", "send a census source code, such as 2A", f"{at}referrer_kind")
    for place, subject in enumerate(message.subjects):
        _subject(subject, vocabulary, now, f"{at}subjects[{place}]")
    for place, adult in enumerate(adults):
        _indicators(adult.indicators, vocabulary, f"{at}adults[{place}]")
        _person(adult.person, now, f"{at}adults[{place}].person")


def _indicators(codes: tuple[str, ...], vocabulary: Vocabulary, at: str) -> None:
    for place, code in enumerate(codes):
        if code not in vocabulary.indicators:
            raise BadMessage("unknown_indicator", "send a code of the vocabulary", f"{at}.indicators[{place}]")


def _subject(subject: Subject, vocabulary: Vocabulary, now: datetime, at: str) -> None:
    _indicators(subject.indicators, vocabulary, at)
    for place, measure in enumerate(subject.measures):
        kind = vocabulary.measures.get(measure.code)
        if kind is None:
            raise BadMessage("unknown_measure", "send a code of the vocabulary", f"{at}.measures[{place}].code")
        if not kind.least <= measure.value <= kind.most:
            detail = f"between {kind.least:g} and {kind.most:g} {kind.unit}"
            raise BadMessage("invalid_value", detail, f"{at}.measures[{place}].value")
    person = subject.person
    if _older(person, OLDEST_CHILD, now):
        detail = "no child is that old: see whether the year is right"
        raise BadMessage("birth_date_too_early", detail, f"{at}.person.birth_date")
    if subject.unborn and (person.nhs_number or person.upn):
        # Almost always the mother's number: it would link the unborn child to her own childhood record.
        field = "nhs_number" if person.nhs_number else "upn"
        raise BadMessage("unborn_with_own_number", "send the mother's as mother_nhs_number", f"{at}.person.{field}")
    _person(person, now, f"{at}.person")


def _person(person: Person, now: datetime, at: str) -> None:
    own = None if person.nhs_number is None else nhs_number(person.nhs_number, f"{at}.nhs_number")
    if person.mother_nhs_number is not None and nhs_number(person.mother_nhs_number, f"{at}.mother_nhs_number") == own:
        detail = "two people have two numbers: leave out the one that is not known to be theirs"
        raise BadMessage("number_of_the_mother", detail, f"{at}.nhs_number")
    if person.upn is not None:
        upn(person.upn, f"{at}.upn")
    for place, former in enumerate(person.former_upns):
        upn(former, f"{at}.former_upns[{place}]")
    if person.birth_date is not None and person.birth_date > london_day(now + TOLERANCE):
        raise BadMessage("future_time", "a child not yet born has an expected_date", f"{at}.birth_date")
    if _older(person, OLDEST, now):
        detail = "nobody is that old: see whether the year is right"
        raise BadMessage("birth_date_too_early", detail, f"{at}.birth_date")
    for place, address in enumerate(person.addresses):
        _in_order(address.since, address.until, f"{at}.addresses[{place}].until")


def _older(person: Person, years: int, now: datetime) -> bool:
    born = birth_date_of(person)
    return born is not None and born.year < london_day(now).year - years


def _occurred(occurred: Occurred, now: datetime, at: str) -> None:
    if occurred.end < occurred.start:
        raise BadMessage("period_ends_before_it_starts", "give an end at or after the start", f"{at}.end")
    _not_after(occurred.start, now + TOLERANCE, f"{at}.start")
    _not_after(occurred.end, now + max(TOLERANCE, _MAY_RUN_ON[occurred.precision]), f"{at}.end")


def _numbered(number: int, field: str) -> None:
    if not 0 <= number <= MOST_NUMBER:
        raise BadMessage("invalid_value", "number your messages 1, 2, 3 and so on", field)


def _not_after(moment: datetime, latest: datetime, field: str) -> None:
    if moment > latest:
        raise BadMessage("future_time", "this lies in the future: see whether a clock or time zone is wrong", field)


def _in_order(start: date | None, end: date | None, field: str) -> None:
    if start is not None and end is not None and end < start:
        raise BadMessage("period_ends_before_it_starts", "give an end at or after the start", field)


# ------------------------------------------------------------------------------------------------ rules about shape

_SHAPES: dict[type[Struct], Check] = {}


def _shape(struct: type[Struct]) -> Check:
    """The shape check of a Struct, made once from its type hints, so that a new field is never forgotten."""
    if struct not in _SHAPES:
        checks = [(entry.name, made) for entry in fields(struct) if (made := _of(entry.type, entry.name)) is not None]

        def walk(value: Any) -> None:
            name = ""
            try:
                for name, inner in checks:
                    part = getattr(value, name)
                    if part is not None and part != ():
                        inner(part)
            except BadMessage as bad:
                raise _under(bad, name) from None

        _SHAPES[struct] = walk
    return _SHAPES[struct]


def _of(kind: Any, name: str) -> Check | None:
    """The check of one field's type, or None where any value will do."""
    if get_origin(kind) in {Union, UnionType}:
        arms = [arm for arm in get_args(kind) if arm is not type(None)]
        return _of(arms[0], name) if len(arms) == 1 else None  # the others are unions of codes
    if get_origin(kind) is Literal:
        return None
    if get_origin(kind) is tuple:
        items = get_args(kind)
        if items[-1] is not Ellipsis:
            return _each([_of(item, name) for item in items])
        return _list(_of(items[0], name), _MOST.get(name, LIST))
    if kind is str:
        if name in _CODES:
            return _code
        if name in _NAMES:
            return _name
        return _long_text if name in _LONG else _short_text
    if kind is datetime:
        return _aware
    if kind is float:
        return _finite
    return _shape(kind) if isinstance(kind, type) and issubclass(kind, Struct) else None


def _list(item: Check | None, most: int) -> Check:
    def walk(values: tuple[Any, ...]) -> None:
        if len(values) > most:
            raise BadMessage("too_many_items", f"at most {most}")
        if item is not None:
            place = 0
            try:
                for place, value in enumerate(values):  # noqa: B007  the place is read below, when an item fails
                    item(value)
            except BadMessage as bad:
                raise _under(bad, f"[{place}]") from None

    return walk


def _each(items: list[Check | None]) -> Check:
    def walk(values: tuple[Any, ...]) -> None:
        for item, value in zip(items, values, strict=True):
            if item is not None:
                item(value)

    return walk


def _short_text(value: str) -> None:
    if len(value) > SHORT_TEXT:
        raise BadMessage("text_too_long", f"at most {SHORT_TEXT} characters")


def _long_text(value: str) -> None:
    if len(value) > LONG_TEXT:
        raise BadMessage("text_too_long", f"at most {LONG_TEXT} characters")


def _name(value: str) -> None:
    if _STEERING.search(value):
        raise BadMessage("invalid_value", "a name has no control characters")
    _short_text(value)


def _code(value: str) -> None:
    if not value.isprintable():
        raise BadMessage("invalid_value", "a code has no control characters")
    _short_text(value)


def _aware(value: datetime) -> None:
    if value.tzinfo is None:
        raise BadMessage("time_without_zone", "send UTC or an offset")


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise BadMessage("invalid_value", "send a finite number")


def _under(bad: BadMessage, name: str) -> BadMessage:
    """The same fault, one step further out: subjects + [0] + person -> subjects[0].person."""
    joint = "" if bad.field.startswith("[") or not bad.field else "."
    return BadMessage(bad.reason, bad.detail, f"{name}{joint}{bad.field}")
