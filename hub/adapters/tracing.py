"""A register of patients that is invented: it answers as the real one (PDS) would, so that what asks can be built and tested.

The real one needs onboarding by NHS England, and an adapter that passes tests/contract/test_tracing.py; there is none here.
"""

import csv
from collections.abc import Iterable
from datetime import date

from msgspec import Struct, convert

from hub.domain import identifiers
from hub.domain.errors import BadMessage
from hub.domain.tracing import MATCH, Demographics, NumberChecked, Particular, Traced, status_of

_WEIGHT: dict[Particular, float] = {"forenames": 0.25, "surname": 0.3, "birth_date": 0.4, "postcode": 0.05}
_SLIP = 0.75  # of the weight of a birth date of which two of three parts agree


class Patient(Struct, frozen=True, kw_only=True):
    """An invented patient; `superseded_by` is the number that is in use instead of this one, "" where it is in use."""

    nhs_number: str
    superseded_by: str
    forenames: str
    surname: str
    birth_date: date
    postcode: str

    def __repr__(self) -> str:
        return "<patient>"


class SyntheticRegister:
    """`hub.ports.Tracing` over invented patients. With `away` it is as if nobody answered."""

    def __init__(self, patients: Iterable[Patient], *, away: bool = False) -> None:
        self._patients = {one.nhs_number: one for one in patients}
        self.away = away

    @classmethod
    def read(cls, lines: Iterable[str]) -> "SyntheticRegister":
        """The register in a CSV with the columns of `Patient`. Raises msgspec.ValidationError where it is not one."""
        rows = csv.DictReader(lines)
        return cls(convert(list(rows), list[Patient]))

    def trace(self, who: Demographics) -> Traced:
        """Whose number it is, by these particulars."""
        if self.away:
            return Traced(status="error")
        scored = sorted(
            ((_confidence(who, one), one.nhs_number) for one in self._patients.values() if not one.superseded_by),
            reverse=True,
        )
        best, number = scored[0] if scored else (0.0, None)
        status = status_of(best, sum(confidence >= MATCH for confidence, _ in scored))
        return Traced(status=status, nhs_number=number if status == "match" else None, confidence=best)

    def check(self, nhs_number: str, who: Demographics) -> NumberChecked:
        """What this number is, given by somebody for a person of these particulars."""
        try:
            number = identifiers.nhs_number(nhs_number)
        except BadMessage:
            return NumberChecked(status="invalid")
        if self.away:
            return NumberChecked(status="error")
        held = self._patients.get(number)
        if held is None:
            return NumberChecked(status="not_found")
        stays = held
        while stays.superseded_by:
            stays = self._patients[stays.superseded_by]
        differing = _differing(who, stays)
        if differing and _confidence(who, stays) < MATCH:
            return NumberChecked(status="differs", differing=differing)
        if stays is not held:
            return NumberChecked(status="superseded", in_use=stays.nhs_number)
        return NumberChecked(status="valid")


def _differing(who: Demographics, held: Patient) -> tuple[Particular, ...]:
    """The particulars, of those given, that are not the patient's."""
    pairs: dict[Particular, tuple[object, object]] = {
        "forenames": (who.forenames.casefold(), held.forenames.casefold()),
        "surname": (who.surname.casefold(), held.surname.casefold()),
        "birth_date": (who.birth_date, held.birth_date),
        "postcode": (identifiers.postcode(who.postcode) or held.postcode, held.postcode or None),
    }
    return tuple(name for name, (said, known) in pairs.items() if known is not None and said != known)


def _confidence(who: Demographics, held: Patient) -> float:
    differing = _differing(who, held)
    agreed = sum(weight for name, weight in _WEIGHT.items() if name not in differing)
    if "birth_date" in differing:
        same = (who.birth_date.year == held.birth_date.year, who.birth_date.month == held.birth_date.month,
                who.birth_date.day == held.birth_date.day)  # fmt: skip
        agreed += _WEIGHT["birth_date"] * _SLIP if sum(same) == 2 else 0.0
    return round(agreed, 3)
