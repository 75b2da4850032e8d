"""Invented identifiers: valid in form, and never anybody's.

NHS numbers come from the reserved test range, UPNs carry a local authority code that is not in use, postcodes lie in an
area (ZZ) that is never issued, and area codes start with a letter that no statistics office uses.
"""

from collections.abc import Iterator
from random import Random

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O, S
UNUSED_AUTHORITY = "999"  # no local authority has this code
INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that a real inward code may hold
NHS_BASES = 10**6  # 999 and six digits; about one base in eleven has no valid check digit


def nhs_check_digit(nine: str) -> int | None:
    """The tenth digit of an NHS number, or None where the first nine cannot be one.

    Rule: weights 10 down to 2, eleven minus the sum modulo eleven; 11 counts as 0, and 10 is never issued.
    """
    check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else check % 11


def nhs_numbers(rng: Random) -> Iterator[str | None]:
    """All valid NHS numbers of the reserved range 999 000 0000 to 999 999 9999, each once, in an order set by `rng`.

    The range holds about 909,000. When it is used up the rest of the world has none (None for ever): a number is never
    given to two people, because that would be a false fact about matching.
    """
    step = rng.randrange(1, NHS_BASES, 10) | 1  # ends in 1: shares no factor with a million, so every base is met once
    base = rng.randrange(NHS_BASES)
    for _ in range(NHS_BASES):
        nine = f"999{base:06d}"
        base = (base + step) % NHS_BASES
        check = nhs_check_digit(nine)
        if check is not None:
            yield f"{nine}{check}"
    while True:
        yield None


def wrong_nhs_number(nhs: str) -> str:
    """The same number with its last digit moved on by one: it fails the check."""
    return f"{nhs[:9]}{(int(nhs[9]) + 1) % 10}"


def upn(school: int, serial: int, year: int) -> str:
    """A unique pupil number: check letter, unused authority code, four digits of a school, two of a year, three serial.

    `serial` is 0 to 999, `school` 0 to 9999, `year` any. Source: the Unique Pupil Number standard (positions 2 to 13
    times their digit, modulo 23).
    """
    digits = f"{UNUSED_AUTHORITY}{school:04d}{year % 100:02d}{serial:03d}"
    return UPN_LETTERS[sum(position * int(digit) for position, digit in enumerate(digits, 2)) % 23] + digits


def upn_is_valid(number: str) -> bool:
    """Thirteen characters whose first is the right check letter (permanent numbers only)."""
    if len(number) != 13 or not number[1:].isdigit():
        return False
    return number[0] == UPN_LETTERS[sum(position * int(digit) for position, digit in enumerate(number[1:], 2)) % 23]


class Places:
    """Small areas, their postcodes and their fifth of deprivation (1 = most deprived).

    One small area holds about 300 children and 40 postcodes. Area `n` lies in outward code ZZ1 to ZZ89, so that ZZ99,
    which real systems use for "no fixed abode", is never an address here. 89 outward codes with ten sectors of 400
    units hold 356,000 postcodes: 8,900 areas, 2.6 million children; beyond that areas share postcodes.
    """

    PER_AREA = 40

    def __init__(self, children: int, rng: Random) -> None:
        self.areas = max(5, children // 300)
        fifths = [1 + area % 5 for area in range(self.areas)]
        rng.shuffle(fifths)
        self.fifths = tuple(fifths)

    def postcode(self, area: int, unit: int) -> str:
        """The `unit`-th postcode (0 to 39) of an area."""
        number = area * self.PER_AREA + unit
        sector, letters = divmod(number, 400)
        outward, digit = divmod(sector, 10)
        first, second = divmod(letters, 20)
        return f"ZZ{1 + outward % 89} {digit}{INWARD_LETTERS[first]}{INWARD_LETTERS[second]}"

    def lsoa(self, area: int) -> str:
        """An area's invented code, in the shape of a real one: a letter and eight digits."""
        return f"Z01{area:06d}"

    def rows(self) -> Iterator[dict[str, str | int]]:
        """postcode, lsoa and deprivation fifth of every postcode: reference data that a hub may load."""
        for area in range(self.areas):
            for unit in range(self.PER_AREA):
                postcode, fifth = self.postcode(area, unit), self.fifths[area]
                yield {"postcode": postcode, "lsoa": self.lsoa(area), "deprivation_fifth": fifth}


def own_id(organisation: str, rng: Random) -> str:
    """A number in an organisation's own system; random, so that it says nothing about the person."""
    return f"{organisation.replace('_', '')[:3].upper()}-{rng.getrandbits(32):08x}"


def uuid_text(rng: Random) -> str:
    """A random (version 4) UUID as text, drawn from `rng` so that a seed gives the same ids again."""
    bits = rng.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (4 << 76) | (2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
