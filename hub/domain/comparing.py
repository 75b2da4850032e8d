"""Two descriptions by rule, pure: what may be compared of a person, whether two are the same, near or apart, and whether one
own id names two people.

An identifier alone never makes two descriptions one person, and nothing that is not there agrees.
"""

import re
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Literal

from hub.domain import message
from hub.domain.doubts import birth_date_of, mixes_scripts, nhs_number_of, upns_of
from hub.domain.known import Known, Weight
from hub.domain.naming import cut_short, forenames_of, honour_alone, plain

NO_ADDRESS = frozenset({"refuge", "no_fixed_abode", "institution"})
# first words of a forename that say there is none yet: these are nobody's name, and no link rests on them
NO_NAME_YET = frozenset({
    "AWAITING", "BABY", "BOY", "FEMALE", "FETUS", "FOETUS", "GIRL", "INFANT", "MALE", "NEWBORN", "TRIPLET", "TWIN", "UNBORN",
    "UNNAMED",
})  # fmt: skip
EARLY, LATE = 10 * 7, 6 * 7  # days before and after the expected date within which a birth may be the one expected
SAME_PREGNANCY = 6 * 7  # days between two expected dates that may be of one pregnancy
FITTING = 0.85  # how well two forenames fit that may be one person's without anything else

Verdict = Literal["same", "near", "apart"]
Outcome = Literal["agrees", "differs", "not_compared"]


# ------------------------------------------------------------------------------------------------- what is compared


def known_as(person: message.Person, *, unborn: bool, grown: bool = False) -> Known:
    """What matching may compare of a person as one organisation describes them.

    An unborn child has no identifiers of its own: the mother's NHS number is never the child's. Refuges, institutions and
    no fixed abode are no homes: those who stay there do not live together.
    """
    names = dict.fromkeys(
        ("" if unborn else forenames_of(name.forenames), plain(name.surname)) for name in person.names
    )
    names.pop(("", ""), None)
    homes = [one for one in person.addresses if one.kind not in NO_ADDRESS]
    postcodes = {one.postcode.upper().replace(" ", "") for one in homes if one.postcode}
    return Known(
        nhs=None if unborn else nhs_number_of(person.nhs_number),
        upns=() if unborn else tuple(sorted(set(upns_of(person)))),
        names=tuple(sorted(names)),
        born=None if unborn else birth_date_of(person),
        expected=person.expected_date,
        mother_nhs=nhs_number_of(person.mother_nhs_number),
        postcodes=tuple(sorted(one for one in postcodes if one[:-3] != "ZZ99")),
        streets=tuple(sorted({street for one in homes if one.lines and (street := _street(one.lines[0]))})),
        sex=person.sex,
        unborn=unborn,
        grown=grown,
        unnamed=not unborn
        and not any(forenames for forenames, _ in names)
        and any(_no_name_yet(name.forenames) for name in person.names),
        mixed=mixes_scripts(person),
    )


def _street(line: str) -> str:
    """The first line of an address as letters and figures; "" where it has not both (a number alone tells nothing)."""
    street = " ".join(re.sub(r"[^A-Z0-9 ]", "", line[:100].upper().replace("-", " ")).split())
    return street if re.search(r"[A-Z]", street) and re.search(r"[0-9]", street) else ""


def _no_name_yet(forenames: str) -> bool:
    words = re.split(r"[^A-Z]+", forenames[:100].upper().strip())
    return words[0] in NO_NAME_YET


def singles_out(known: Known) -> bool:
    """Whether the same organisation saying just this again must mean the same person.

    An identifier with a forename or birth date does (the rule would link them); so do forename, surname, birth date and
    home together. "A boy called Sam" does not: nobody knows how many there are.
    """
    if known.unborn:
        return False
    if compare(known, known)[0] == "same":
        return True
    return any(forename and surname for forename, surname in known.names) and bool(known.born and known.postcodes)


# ------------------------------------------------------------------------------------------------ two descriptions


def compare(one: Known, other: Known) -> tuple[Verdict, tuple[Weight, ...]]:
    """Two descriptions by rule: the same person, near enough that a person must look, or apart; with what was compared.

    The same: an identifier agrees (an NHS number that was superseded counts), no other identifier differs, and forename or
    birth date agrees with neither differing; a birth date of 1 January, which is often a guess, is not enough by itself, nor
    is an initial, nor a forename alone between a child and an adult; a name of honour alone ("Singh") neither differs from
    another forename nor vouches for anything. Who is not born is never the same by rule.
    """
    if one.unborn or other.unborn:
        return _expected(one, other)
    nhs, upn = nhs_numbers(one, other), agree(set(one.upns), set(other.upns))
    forename = agree(one.forenames, other.forenames)
    if forename == "differs" and (_honour_alone(one) or _honour_alone(other)):
        forename = "not_compared"
    surname = agree(one.surnames, other.surnames)
    born = agree({one.born} - {None}, {other.born} - {None})
    home = agree(set(one.postcodes), set(other.postcodes))
    weights = tuple(
        Weight(field, outcome)
        for field, outcome in (
            ("nhs_number", nhs), ("upn", upn), ("forename", forename), ("surname", surname), ("birth_date", born),
            ("postcode", home),
        )
    )  # fmt: skip
    same_id, other_id = "agrees" in (nhs, upn), nhs == "differs"
    named = any(_tells(name) for name in one.forenames & other.forenames)
    vouched = (named and one.grown == other.grown) or (born == "agrees" and not _guessed(one.born))
    if same_id and vouched and "differs" not in (nhs, upn, forename, born):
        return "same", weights
    if same_id:
        return "near", weights  # the number of somebody else on the form, perhaps a sibling's: a person must look
    if one.mother_nhs and one.mother_nhs == other.mother_nhs and (one.unnamed or other.unnamed) and born != "differs":
        return "near", (*weights, Weight("mother_nhs_number", "agrees"))
    if other_id:
        return "apart", weights
    close = [forename, surname, born, home].count("agrees")
    contradicted = forename == "differs" or (born == "differs" and not slip(one.born, other.born))
    return ("near" if close >= 2 and forename == "agrees" and not contradicted else "apart"), weights


def _expected(one: Known, other: Known) -> tuple[Verdict, tuple[Weight, ...]]:
    """An unborn child beside another, unborn or born: near where mother or home agrees and the dates can be one birth's."""
    mother = agree({one.mother_nhs} - {None}, {other.mother_nhs} - {None})
    home, surname = agree(set(one.postcodes), set(other.postcodes)), agree(one.surnames, other.surnames)
    dates = _one_birth(one, other)
    weights = (
        Weight("mother_nhs_number", mother), Weight("surname", surname), Weight("expected_date", dates),
        Weight("postcode", home),
    )  # fmt: skip
    if dates == "differs" or mother == "differs":
        return "apart", weights
    family = mother == "agrees" or (home == "agrees" and surname != "differs" and dates == "agrees")
    return ("near" if family else "apart"), weights


def _one_birth(one: Known, other: Known) -> Outcome:
    if one.unborn and other.unborn:
        if one.expected is None or other.expected is None:
            return "not_compared"
        return "agrees" if abs((one.expected - other.expected).days) <= SAME_PREGNANCY else "differs"
    unborn, born = (one, other) if one.unborn else (other, one)
    if unborn.expected is None or born.born is None:
        return "not_compared"
    return "agrees" if -EARLY <= (born.born - unborn.expected).days <= LATE else "differs"


def clashes(one: Known, other: Known, fit: float | None = None) -> bool:
    """Whether two descriptions under one own id name different people: an own id re-used, or a family's.

    NHS numbers that differ do, unless forename and birth date both agree (a number that was superseded or corrected); so
    do a number, a surname and a home that all gave way, at once or one after the other (an adopted child, filed under the
    old id); so do birth dates farther apart than a slip of the pen where no identifier agrees, forename and sex that both
    differ, and expected dates of two births. So do forenames that differ, unless the birth date agrees (a nickname, a
    typing mistake; not on 1 January, which is a guess) or an identifier does and the birth date is not another one
    altogether.

    `fit` is how well the forenames fit (hub.domain.guards.fits), None where nobody can tell: where it is less than
    FITTING, a birth date alone does not make one person of two names (twins under a family's number), nor does an
    identifier without it (a brother's number).
    """
    if (one.unborn or other.unborn) and _one_birth(one, other) == "differs":
        return True
    nhs = nhs_numbers(one, other)
    forename = agree(one.forenames, other.forenames)
    born = agree({one.born} - {None}, {other.born} - {None})
    if (nhs == "differs" or one.former_nhs) and _another_life(one, other):
        return True
    if nhs == "differs":
        return not (forename == "agrees" and born == "agrees")
    number = nhs == "agrees" or agree(set(one.upns), set(other.upns)) == "agrees"
    if born == "differs" and not number and not slip(one.born, other.born):
        return True
    if forename != "differs":
        return False
    if "not_known" not in (one.sex, other.sex) and one.sex != other.sex:
        return True
    unlike = fit is not None and fit < FITTING
    if number:
        return (born == "differs" and not slip(one.born, other.born)) or (born == "not_compared" and unlike)
    return born != "agrees" or _guessed(one.born) or unlike


def _another_life(held: Known, said: Known) -> bool:
    """Whether a surname that was held is not said any more, nor a home: what is not said now stands as it was said last."""
    surnames = said.surnames or {*[surname for _, surname in held.names if surname][:1]}
    homes = {*(said.postcodes or held.postcodes[:1])}
    return not (held.surnames <= surnames or homes.issuperset(held.postcodes))


def nhs_numbers(one: Known, other: Known) -> Outcome:
    """NHS numbers agree where any of one's, former ones too, is one of the other's; they differ where both have one."""
    if one.nhs == other.nhs:
        return "agrees" if one.nhs else "not_compared"
    if not one.former_nhs and not other.former_nhs:
        return "differs" if one.nhs and other.nhs else "not_compared"
    return agree({one.nhs, *one.former_nhs} - {None}, {other.nhs, *other.former_nhs} - {None})


def _tells(forename: str) -> bool:
    """Whether a forename that two share tells a child from its brothers: no initial, no name of honour, nothing cut off."""
    return len(forename) > 1 and not cut_short(forename) and not honour_alone(forename)


def _honour_alone(known: Known) -> bool:
    return all(honour_alone(forenames) for forenames, _ in known.names if forenames)


def agree(one: AbstractSet[object], other: AbstractSet[object]) -> Outcome:
    """Whether two sets of values have one in common; not compared where either is empty."""
    if not one or not other:
        return "not_compared"
    return "differs" if one.isdisjoint(other) else "agrees"


def _guessed(born: date | None) -> bool:
    """1 January stands for a birth date that nobody knows far more often than for one."""
    return born is not None and (born.month, born.day) == (1, 1)


def slip(one: date | None, other: date | None) -> bool:
    """Two of three parts of a birth date agree, or day and month are swapped: what a slip of the pen does.

    Another year is a slip only where it is the next one, and never from one 1 January to another: those are guesses, and
    brothers, cousins and fathers share them.
    """
    if one is None or other is None:
        return False
    if one.year != other.year:
        same_day = (one.month, one.day) == (other.month, other.day)
        return same_day and not _guessed(one) and abs(one.year - other.year) == 1
    return one.month == other.month or one.day == other.day or (one.day, one.month) == (other.month, other.day)
