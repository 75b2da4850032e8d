"""Synthetic people and messages for tests: everything that an organisation may say, with the least that must be said.

Nobody here is real. NHS numbers come from the range that is reserved for tests, UPNs from an authority that is none.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hub.domain.identifiers import nhs_number, upn
from hub.domain.message import (
    Adult,
    ConcernCorrected,
    ConcernRaised,
    ConcernWithdrawn,
    ConsentChanged,
    FamilyTold,
    HouseholdObserved,
    HowKnown,
    InformationProvided,
    InvolvementChanged,
    LegalStatusChanged,
    Member,
    Name,
    Occurred,
    Person,
    StrengthObserved,
    Subject,
)

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_serial = count(1)


@dataclass(frozen=True)
class Child:
    """A synthetic child: what is true of it, of which every organisation knows a part."""

    serial: int
    forename: str
    surname: str
    born: date

    @property
    def nhs(self) -> str:
        """Its NHS number, from the range reserved for tests."""
        return nhs_of(self.serial)

    @property
    def upn(self) -> str:
        """Its pupil number."""
        return upn_of(self.serial)

    def known_to(self, organisation: str, **otherwise: Any) -> Person:
        """The child as this organisation knows it: own id, names, birth date and NHS number, unless said otherwise."""
        said: dict[str, Any] = {
            "own_id": f"{organisation}-{self.serial}",
            "nhs_number": self.nhs,
            "names": (Name(self.forename, self.surname),),
            "birth_date": self.born,
        }
        return Person(**{**said, **otherwise})


def a_child(forename: str | None = None, surname: str | None = None, born: date = date(2017, 5, 4)) -> Child:
    """A child that no other test speaks of: by its names alone, it is near nobody, and sounds like nobody."""
    serial = next(_serial)
    return Child(serial, forename or _name(serial * 11_231_467), surname or _name(serial * 17_903_231), born)


def _name(number: int) -> str:
    """A name of four syllables; another one for each serial, where that was multiplied by no multiple of 2, 5 or 7."""
    word, rest = "", number % 70**4
    for _ in range(4):
        rest, syllable = divmod(rest, 70)
        word += "bdfgklmnprstvz"[syllable % 14] + "aeiou"[syllable // 14]
    return word.title()


def nhs_of(serial: int) -> str:
    """The serial-th NHS number of the test range 999 000 0000 to 999 099 9999 that has a check digit."""
    for nine in range(999_000_000 + serial * 2, 999_100_000):
        check = 11 - sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), str(nine), strict=True)) % 11
        if check != 10:  # about one in eleven has none: its neighbour is taken, so steps of two never meet
            return nhs_number(f"{nine}{check % 11}")
    raise AssertionError("the test range has no more NHS numbers")


def upn_of(serial: int) -> str:
    """A pupil number of the authority 999, which is none."""
    digits = f"999{serial:09}"
    sum_ = sum(int(digit) * place for place, digit in enumerate(digits, start=2))
    return upn(LETTERS[sum_ % 23] + digits)


def moment(days_ago: float = 1, now: datetime | None = None) -> datetime:
    """So many days before `now` (aware UTC), to the second."""
    return ((now or datetime.now(UTC)) - timedelta(days=days_ago)).replace(microsecond=0)


def during(at: datetime, words: str | None = None) -> Occurred:
    """An hour from `at`."""
    return Occurred(at, at + timedelta(hours=1), "hour", words)


def seen_by(child: Child, organisation: str, *indicators: str, **more: Any) -> Subject:
    """A child as a subject of a concern of this organisation."""
    return Subject(
        person=more.pop("person", None) or child.known_to(organisation), indicators=indicators or ("hunger",), **more
    )


def concern(organisation: str, *subjects: Subject, at: datetime | None = None, **more: Any) -> ConcernRaised:
    """A concern known first hand, the family told, recorded an hour after it happened."""
    at = at or moment()
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": at + timedelta(hours=1), "occurred": during(at),
        "how_known": HowKnown("first_hand"), "referrer_kind": "2A", "narrative": "What was seen, in words.",
        "family_told": FamilyTold(True), "subjects": subjects,
    }  # fmt: skip
    return ConcernRaised(organisation=organisation, **{**said, **more})


def strength(organisation: str, *subjects: Subject, at: datetime | None = None, **more: Any) -> StrengthObserved:
    """Something that goes well, seen first hand."""
    at = at or moment()
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": at + timedelta(hours=1), "occurred": during(at),
        "how_known": HowKnown("first_hand"), "referrer_kind": "2A", "narrative": "What went well, in words.",
        "subjects": subjects,
    }  # fmt: skip
    return StrengthObserved(organisation=organisation, **{**said, **more})


def correction(corrects: str, statement: ConcernRaised, **more: Any) -> ConcernCorrected:
    """A whole new statement in place of the one sent under the id `corrects`."""
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": statement.recorded_at, "reason": "It was another day.",
    }  # fmt: skip
    return ConcernCorrected(
        organisation=statement.organisation, corrects=corrects, statement=statement, **{**said, **more}
    )


def withdrawal(organisation: str, withdraws: str, **more: Any) -> ConcernWithdrawn:
    """The statement sent under the id `withdraws` is taken back."""
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": moment(0.01), "reason_code": "recorded_in_error",
        "reason": "It was recorded by mistake.",
    }  # fmt: skip
    return ConcernWithdrawn(organisation=organisation, withdraws=withdraws, **{**said, **more})


def answer(organisation: str, subject: Person, request: str, **more: Any) -> InformationProvided:
    """An answer to a request of the hub: searched, none held, unless said otherwise."""
    said: dict[str, Any] = {"source_sequence": 0, "recorded_at": moment(0.01), "result": "searched_none_held"}
    return InformationProvided(organisation=organisation, subject=subject, request=request, **{**said, **more})


def consent(organisation: str, subject: Person, state: str, **more: Any) -> ConsentChanged:
    """A statement about consent to share, of somebody with parental responsibility unless said otherwise."""
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": moment(0.01), "about": "consent_to_share",
        "giver": "parental_responsibility", "valid_from": moment(1), "evidence_held": True,
    }  # fmt: skip
    stated: Any = state
    return ConsentChanged(organisation=organisation, subject=subject, state=stated, **{**said, **more})


def household(organisation: str, *members: Member, **more: Any) -> HouseholdObserved:
    """Who lives together, as this organisation found it yesterday."""
    said: dict[str, Any] = {
        "source_sequence": 0, "recorded_at": moment(0.01), "occurred": during(moment()),
        "how_known": HowKnown("first_hand"),
    }  # fmt: skip
    return HouseholdObserved(organisation=organisation, members=members, **{**said, **more})


def involvement(organisation: str, subject: Person, service: str, **more: Any) -> InvolvementChanged:
    """A setting works with this child since the start of 2026."""
    said: dict[str, Any] = {"source_sequence": 0, "recorded_at": moment(0.01), "started": date(2026, 1, 5)}
    return InvolvementChanged(organisation=organisation, subject=subject, service=service, **{**said, **more})


def legal_status(organisation: str, subject: Person, status: str, **more: Any) -> LegalStatusChanged:
    """A legal status since the start of 2026."""
    said: dict[str, Any] = {"source_sequence": 0, "recorded_at": moment(0.01), "started": date(2026, 1, 5)}
    stated: Any = status
    return LegalStatusChanged(organisation=organisation, subject=subject, status=stated, **{**said, **more})


def an_adult(organisation: str, **more: Any) -> Adult:
    """An adult of whom no other test speaks."""
    serial = next(_serial)
    person = Person(
        own_id=f"{organisation}-adult-{serial}", names=(Name(_name(serial * 15_485_863), _name(serial * 32_452_843)),)
    )
    return Adult(person=person, **{"relationship": "mother", **more})
