"""Whose is it? Rules over identifiers, pure: the same organisation's own id, then an identifier *and* an agreeing person,
else a new person, who stands in review when somebody already known is near.

A false link shows a child's life to strangers and is worse than a review, so an identifier alone never links, and an own
id that now names somebody else goes to a person (a re-used or shared number). What one organisation has said of a person
adds up: a later message that says less takes nothing away.
"""

import re
import unicodedata
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Literal

from hub.domain import message
from hub.domain.known import Known, Weight, newest

RULES = "match-rules-2"  # cited in every link; changes with every change of this file's rules

# names that stand for "no name yet"; source: linkage research 4.1
PLACEHOLDERS = frozenset({"BABY", "BABY OF", "UNBORN", "UNKNOWN", "NOT KNOWN", "NK", "INFANT", "CHILD", "TWIN"})
# first words of them among forenames: two twins are both "Baby", and "Baby Boy" is not "Baby Girl"
NO_FORENAME = PLACEHOLDERS | frozenset({
    "BOY", "FEMALE", "FETUS", "FOETUS", "GIRL", "MALE", "NEWBORN", "NOT", "TRIPLET", "UNNAMED",
})  # fmt: skip
FIRM = frozenset({"nhs", "upn"})  # kinds of keys that are one person's: however many records share one, it is looked at
NO_ADDRESS = frozenset({"refuge", "no_fixed_abode", "institution"})


def plain(text: str) -> str:
    """A name as letters only, upper case, accents folded; "" for a placeholder."""
    folded = unicodedata.normalize("NFKD", text)
    letters = re.sub(
        r"[^A-Z ]", "", "".join(c for c in folded if not unicodedata.combining(c)).upper().replace("-", " ")
    )
    name = " ".join(letters.split())
    return "" if name in PLACEHOLDERS else name


def forename_of(forenames: str) -> str:
    """The first forename as letters; "" where it says only that there is no name yet ("Baby Boy", "Twin One")."""
    first = plain(forenames).partition(" ")[0]
    return "" if first in NO_FORENAME else first


def known_as(person: message.Person, *, unborn: bool) -> Known:
    """What matching may compare of a person as one organisation describes them.

    An unborn child has no identifiers of its own: the mother's NHS number is never the child's.
    """
    names = {(forename_of(name.forenames), plain(name.surname)) for name in person.names} - {("", "")}
    homes = {a.postcode.upper().replace(" ", "") for a in person.addresses if a.postcode and a.kind not in NO_ADDRESS}
    upns = (person.upn, *person.former_upns)
    return Known(
        nhs=None if unborn else _digits(person.nhs_number),
        upns=() if unborn else tuple(sorted({u.upper().strip() for u in upns if u})),
        names=tuple(sorted(names)),
        born=person.birth_date,
        postcodes=tuple(sorted(p for p in homes if not p.startswith("ZZ99"))),
        sex=person.sex,
        unborn=unborn,
    )


def _digits(number: str | None) -> str | None:
    return re.sub(r"\D", "", number) if number else None


def merged(held: Known, said: Known) -> Known:
    """What an organisation has said of one person so far: what is said now, and what it does not repeat.

    Names, UPNs and postcodes add up, the newest first and at most MOST_KEPT of each; of the rest the newest stands. Who
    was born is not unborn again (a late message may still speak of the pregnancy).
    """
    return Known(
        nhs=said.nhs or held.nhs,
        upns=newest(said.upns, held.upns),
        names=newest(said.names, held.names),
        born=said.born or held.born,
        postcodes=newest(said.postcodes, held.postcodes),
        sex=held.sex if said.sex == "not_known" else said.sex,
        unborn=held.unborn and said.unborn,
    )


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


def keys_of(known: Known) -> list[tuple[str, str]]:
    """The equality keys under which somebody alike would be found: (kind, value), sorted.

    Forename and surname are paired as they were said together, so that many aliases make no more keys than names.
    """
    keys: set[tuple[str, str]] = set()
    if known.nhs:
        keys.add(("nhs", known.nhs))
    keys.update(("upn", upn) for upn in known.upns)
    born = known.born.isoformat() if known.born else ""
    keys.update(("name", f"{forename}|{surname}") for forename, surname in known.names if forename and surname)
    if born:
        keys.update(("born+surname", f"{born}|{surname[:3]}") for surname in known.surnames)
        keys.update(("born+forename", f"{born}|{forename[:3]}") for forename in known.forenames)
    for forename in known.forenames:
        keys.update(("postcode+forename", f"{postcode}|{forename}") for postcode in known.postcodes)
    if known.unborn:
        keys.clear()  # an unborn child is linked by its organisation's own id alone, until a person decides
    return sorted(keys)


Verdict = Literal["same", "near", "apart"]


def compare(one: Known, other: Known) -> tuple[Verdict, tuple[Weight, ...]]:
    """Two descriptions: the same person by rule, near enough that a person must look, or apart; with what was compared."""
    identifier = _agree({one.nhs} - {None}, {other.nhs} - {None}), _agree(set(one.upns), set(other.upns))
    forename = _agree(one.forenames, other.forenames)
    surname = _agree(one.surnames, other.surnames)
    born = _agree({one.born} - {None}, {other.born} - {None})
    home = _agree(set(one.postcodes), set(other.postcodes))
    weights = tuple(
        Weight(field, outcome)
        for field, outcome in (
            ("nhs_number", identifier[0]), ("upn", identifier[1]), ("forename", forename), ("surname", surname),
            ("birth_date", born), ("postcode", home),
        )
    )  # fmt: skip
    same_id, other_id = "agrees" in identifier, identifier[0] == "differs"
    if same_id and not other_id and forename != "differs" and born != "differs" and "agrees" in (forename, born):
        return "same", weights
    if same_id:
        return "near", weights  # the number of somebody else on the form, perhaps a sibling's: a person must look
    if other_id:
        return "apart", weights
    close = [forename, surname, born, home].count("agrees")
    contradicted = forename == "differs" or (born == "differs" and not _slip(one.born, other.born))
    return ("near" if close >= 2 and forename == "agrees" and not contradicted else "apart"), weights


def clashes(one: Known, other: Known) -> bool:
    """Whether two descriptions under one own id name different people: an own id re-used, or a family's.

    NHS numbers that differ do; so do forenames that differ, unless the birth date agrees (a nickname, a typing mistake)
    or an identifier does and the birth date is not another one altogether.
    """
    nhs = _agree({one.nhs} - {None}, {other.nhs} - {None})
    if nhs == "differs":
        return True
    if _agree(one.forenames, other.forenames) != "differs":
        return False
    born = _agree({one.born} - {None}, {other.born} - {None})
    if nhs == "agrees" or _agree(set(one.upns), set(other.upns)) == "agrees":
        return born == "differs" and not _slip(one.born, other.born)
    return born != "agrees"


def _agree(one: AbstractSet[object], other: AbstractSet[object]) -> Literal["agrees", "differs", "not_compared"]:
    if not one or not other:
        return "not_compared"
    return "agrees" if one & other else "differs"


def _slip(one: date | None, other: date | None) -> bool:
    """Two of three parts of a birth date agree, or day and month are swapped: what a slip of the pen does."""
    if one is None or other is None:
        return False
    parts = (one.year == other.year) + (one.month == other.month) + (one.day == other.day)
    return parts == 2 or (one.year == other.year and (one.day, one.month) == (other.month, other.day))
