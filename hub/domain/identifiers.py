"""Identifiers as people type them, normalised and checked. A valid check digit proves typing, never ownership.

No error here repeats the value: an identifier of a child belongs in no log.
"""

import re

from nhs_number.validate import is_valid

from hub.domain.errors import BadMessage

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O or S: 23 letters, one for each remainder
_UPN = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[\dA-HJ-NP-RT-Z]", re.ASCII)
_NHS_GAPS = re.compile(r"[\s-]+")
# Outward and inward part; GIR 0AA is the one postcode of another shape that is still in use.
_POSTCODE = re.compile(r"(?:GIR0AA|[A-Z]{1,2}\d[A-Z\d]?\d[ABD-HJLNP-UW-Z]{2})", re.ASCII)
_NO_ADDRESS = "ZZ99"  # the NHS's pseudo postcodes: no fixed abode, unknown, overseas


def nhs_number(text: str, field: str = "nhs_number") -> str:
    """An NHS number as ten digits without spaces or hyphens.

    The check digit is judged by the package `nhs_number`, which also knows that a Scottish number begins with a date.
    Raises BadMessage "invalid_nhs_number" naming `field`.
    Source: NHS Data Dictionary, NHS NUMBER.
    """
    digits = _NHS_GAPS.sub("", text)
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        raise BadMessage("invalid_nhs_number", "send ten digits", field)
    if digits == "0000000000" or not is_valid(digits):
        raise BadMessage("invalid_nhs_number", "the check digit does not agree; see whether it was mistyped", field)
    return digits


def upn(text: str, field: str = "upn") -> str:
    """A unique pupil number in capitals, permanent or temporary (a letter in the 13th place).

    Rule: the places 2 to 13 multiplied by their position and summed, modulo 23, give the letter in front; a letter in
    the 13th place counts as its place in the same table. Local authority codes are not checked: authorities are made
    and abolished, and a pupil keeps the number. Raises BadMessage "invalid_upn" naming `field`.
    Source: DfE, unique pupil numbers guide; CBDS rule 1510.
    """
    number = "".join(text.split()).upper()
    if not _UPN.fullmatch(number):
        raise BadMessage("invalid_upn", "send a letter and twelve digits; a temporary number ends in a letter", field)
    values = [int(place) if place.isdigit() else _UPN_LETTERS.index(place) for place in number[1:]]
    if _UPN_LETTERS[sum(value * place for place, value in enumerate(values, start=2)) % 23] != number[0]:
        raise BadMessage("invalid_upn", "the check letter does not agree; see whether it was mistyped", field)
    return number


def postcode(text: str | None) -> str | None:
    """A postcode in capitals with one space, or None where there is none that tells of a place.

    None for nothing, for what has not the shape of a postcode, and for the pseudo postcodes of no fixed abode: a
    mistyped postcode is no reason to refuse a concern, and two people without an address do not live together.
    """
    compact = re.sub(r"[^A-Z0-9]", "", (text or "").upper())
    if compact[:-3] == _NO_ADDRESS or not _POSTCODE.fullmatch(compact):  # the outward part: ZZ9 9AA is another place
        return None
    return f"{compact[:-3]} {compact[-3:]}"
