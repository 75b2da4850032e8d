"""Tracing an NHS number: what may be asked of a national register of patients, and what its answers mean. Pure.

It promises that a number comes back only from an answer that may be used without a person: a likely one is no number.
"""

from datetime import date
from typing import Literal

from msgspec import Struct

from hub.domain.errors import Refused

MATCH, POTENTIAL, LOW = 0.95, 0.85, 0.5  # least confidence of each answer; the first two are the SUI pilots'

TraceStatus = Literal[
    "match",  # one person, sure enough to be used without a person's look
    "potential",  # one person, for somebody to look at
    "low_confidence",  # somebody a little alike: nothing to act on
    "many",  # several persons fit alike: ask again with more
    "none",  # nobody fits
    "error",  # the register did not answer, or answered what cannot be read: nothing is known, ask again
]
NumberStatus = Literal[
    "valid",  # the number is this person's
    "invalid",  # its check digit does not agree: it was mistyped, and nobody was asked
    "not_found",  # well formed, and nobody's
    "superseded",  # the register has joined it with another, which is in use now
    "differs",  # it is somebody's whose particulars are not these: a sibling's or a parent's, perhaps
    "error",
]
Particular = Literal["forenames", "surname", "birth_date", "postcode"]


class Demographics(Struct, frozen=True, kw_only=True):
    """What a register is asked with. Personal data: its repr says nothing."""

    forenames: str
    surname: str
    birth_date: date
    postcode: str | None = None

    def __repr__(self) -> str:
        return "<demographics>"


class Traced(Struct, frozen=True, kw_only=True):
    """Whose number it is: `nhs_number` with "match" alone. `confidence` (0 to 1) is the register's, no probability."""

    status: TraceStatus
    nhs_number: str | None = None
    confidence: float | None = None

    def __repr__(self) -> str:
        return f"<traced: {self.status}>"


class NumberChecked(Struct, frozen=True, kw_only=True):
    """What a given number is: `in_use` with "superseded" alone, `differing` with "differs" alone."""

    status: NumberStatus
    in_use: str | None = None
    differing: tuple[Particular, ...] = ()

    def __repr__(self) -> str:
        return f"<number: {self.status}>"


def asked_with(forenames: str, surname: str, birth_date: date | None, postcode: str | None = None) -> Demographics:
    """What to ask with. Raises Refused where a name or the birth date is missing: then a register would guess."""
    if not forenames.strip() or not surname.strip() or birth_date is None:
        raise Refused("a register is asked with forename, surname and birth date: find out which is missing")
    return Demographics(
        forenames=forenames.strip(), surname=surname.strip(), birth_date=birth_date, postcode=postcode
    )  # fmt: skip


def status_of(confidence: float, fitting: int) -> TraceStatus:
    """What the best answer means, where `fitting` persons are as good as a match."""
    if fitting > 1:
        return "many"
    if confidence >= MATCH:
        return "match"
    if confidence >= POTENTIAL:
        return "potential"
    return "low_confidence" if confidence >= LOW else "none"
