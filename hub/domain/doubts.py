"""What is odd in how an organisation describes a person, where the message is taken all the same: said, and not used.

A refused concern is a child whom nobody has seen yet, so what can be set aside safely is set aside. Each oddity is a code
on the source record, for the organisation and for whoever reviews who this is; none repeats a value.
"""

import re
import unicodedata
from datetime import date

from hub.domain.message import Person
from hub.domain.moments import months_between

OF_AGE_FOR_YEARS = 25 * 12  # months: nobody is worked with as a child or a care leaver from here on
DOUBTS = {
    "nothing_to_compare": "No identifier, name or birth date: this person can be found again by nobody",
    "name_without_letters": "A name has no letters: it is not compared",
    "mixed_scripts": "A word of a name mixes letters of two scripts, which may look like another name",
    "number_stands_for_none": "An NHS or pupil number is one that is typed to fill a field: it is taken as not given",
    "birth_date_stands_for_none": "The birth date is one that computers write for not known: it is taken as not given",
    "too_old_for_a_child": "Spoken of as a child, and 25 or older by the birth date: the year may be wrong, or the person",
}
# what systems write where they know no birth date: their first day, or Excel's
NO_BIRTH_DATES = frozenset({
    date(1, 1, 1), date(1753, 1, 1), date(1800, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1),
    date(1901, 1, 1),
})  # fmt: skip
SHORTEST = 10  # digits of the numbers that are meant: one digit over and over is no number from here on
COUNTED = frozenset({"9876543210", "0123456789", "1234567890"})
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})  # those with letters that look alike


def nhs_number_of(number: str | None) -> str | None:
    """An NHS number as its ten digits; None where none is given, or one that is typed to fill the field."""
    digits = re.sub(r"\D", "", number) if number else ""
    return digits if digits and not _fills(digits) else None


def upns_of(person: Person) -> tuple[str, ...]:
    """The pupil numbers, former ones too, in capitals; without those that are typed to fill the field."""
    upns = (one.upper().strip() for one in (person.upn, *person.former_upns) if one)
    return tuple(one for one in upns if not _fills(re.sub(r"\D", "", one)))


def _fills(digits: str) -> bool:
    """One digit over and over, or counted down: such numbers pass the check digit, and are nobody's."""
    return digits in COUNTED or (len(digits) >= SHORTEST and len(set(digits)) == 1)


def birth_date_of(person: Person) -> date | None:
    """The birth date, where one is known: a day that stands for not known is none."""
    return None if person.birth_date in NO_BIRTH_DATES else person.birth_date


def doubts_about(person: Person, child_on: date | None = None) -> tuple[str, ...]:
    """The codes of DOUBTS that apply to how somebody is described, in their order.

    `child_on` is the London day on which somebody is spoken of as a child; None of anybody else.
    """
    born = birth_date_of(person)
    names = [text for name in person.names for text in (name.forenames, name.surname) if text.strip()]
    found = {
        "nothing_to_compare": not _anything(person, names),
        "name_without_letters": any(not any(letter.isalpha() for letter in text) for text in names),
        "mixed_scripts": mixes_scripts(person),
        "number_stands_for_none": any(_fills(re.sub(r"\D", "", one)) for one in _numbers(person)),
        "birth_date_stands_for_none": person.birth_date in NO_BIRTH_DATES,
        "too_old_for_a_child": bool(born and child_on and months_between(born, child_on) >= OF_AGE_FOR_YEARS),
    }
    return tuple(code for code in DOUBTS if found[code])


def mixes_scripts(person: Person) -> bool:
    """Whether a word of a name mixes letters of two scripts that have letters that look alike."""
    names = (text for name in person.names for text in (name.forenames, name.surname) if not text.isascii())
    return any(_mixed(word) for text in names for word in text.split())


def _anything(person: Person, names: list[str]) -> bool:
    said = (person.own_id, nhs_number_of(person.nhs_number), *upns_of(person), nhs_number_of(person.mother_nhs_number))
    lettered = any(letter.isalpha() for text in names for letter in text)
    return any(said) or lettered or birth_date_of(person) is not None


def _numbers(person: Person) -> tuple[str, ...]:
    said = (person.nhs_number, person.mother_nhs_number, person.upn, *person.former_upns)
    return tuple(one for one in said if one)


def _mixed(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return len(scripts & _SCRIPTS) > 1
