"""Whose is it? Rules over identifiers, pure: the same organisation's own id, then an identifier *and* an agreeing person,
else a new person, who stands in review when somebody already known is near.

A false link shows a child's life to strangers and is worse than a review, so an identifier alone never links, and an own
id whose name and birth date both clash goes to a person (a re-used or shared number).
"""

import re
import unicodedata
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Literal

from msgspec import Struct

from hub.domain import message

RULES = "match-rules-1"  # cited in every link; changes with every change of this file's rules

# names that stand for "no name yet"; source: linkage research 4.1
PLACEHOLDERS = frozenset({"BABY", "BABY OF", "UNBORN", "UNKNOWN", "NOT KNOWN", "NK", "INFANT", "CHILD", "TWIN"})
NO_ADDRESS = frozenset({"refuge", "no_fixed_abode", "institution"})


Kind = Literal["child", "unborn", "adult", "not_stated"]  # of a person, as an organisation speaks of them


class Weight(Struct, frozen=True):
    """One comparison behind a link: what was compared, how it came out, and its weight in bits where there is one."""

    field: str
    outcome: str
    bits: float | None = None


class Known(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person reduced to what matching compares, normalised."""

    nhs: str | None = None
    upns: tuple[str, ...] = ()
    forenames: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    born: date | None = None
    postcodes: tuple[str, ...] = ()
    sex: str = "not_known"
    unborn: bool = False


def plain(text: str) -> str:
    """A name as letters only, upper case, accents folded; "" for a placeholder."""
    folded = unicodedata.normalize("NFKD", text)
    letters = re.sub(
        r"[^A-Z ]", "", "".join(c for c in folded if not unicodedata.combining(c)).upper().replace("-", " ")
    )
    name = " ".join(letters.split())
    return "" if name in PLACEHOLDERS else name


def known_as(person: message.Person, *, unborn: bool) -> Known:
    """What matching may compare of a person as one organisation describes them.

    An unborn child has no identifiers of its own: the mother's NHS number is never the child's.
    """
    forenames = {word for name in person.names for word in plain(name.forenames).split()[:1]}
    surnames = {plain(name.surname) for name in person.names} - {""}
    homes = {a.postcode.upper().replace(" ", "") for a in person.addresses if a.postcode and a.kind not in NO_ADDRESS}
    upns = (person.upn, *person.former_upns)
    return Known(
        nhs=None if unborn else _digits(person.nhs_number),
        upns=() if unborn else tuple(sorted({u.upper().strip() for u in upns if u})),
        forenames=tuple(sorted(forenames)),
        surnames=tuple(sorted(surnames)),
        born=person.birth_date,
        postcodes=tuple(sorted(p for p in homes if not p.startswith("ZZ99"))),
        sex=person.sex,
        unborn=unborn,
    )


def merged(before: Known, now: Known) -> Known:
    """What is known of a source record after it was described again: what is new, and what was not said this time.

    An organisation that names a child by its own id alone takes nothing back. Names add up: a former one still finds.
    """
    return Known(
        nhs=now.nhs or before.nhs,
        upns=tuple(sorted({*before.upns, *now.upns})),
        forenames=tuple(sorted({*before.forenames, *now.forenames})),
        surnames=tuple(sorted({*before.surnames, *now.surnames})),
        born=now.born or before.born,
        postcodes=now.postcodes or before.postcodes,
        sex=now.sex if now.sex != "not_known" else before.sex,
        unborn=now.unborn,
    )


def _digits(number: str | None) -> str | None:
    return re.sub(r"\D", "", number) if number else None


def keys_of(known: Known) -> list[tuple[str, str]]:
    """The equality keys under which somebody alike would be found: (kind, value), sorted."""
    keys: set[tuple[str, str]] = set()
    if known.nhs:
        keys.add(("nhs", known.nhs))
    keys.update(("upn", upn) for upn in known.upns)
    born = known.born.isoformat() if known.born else ""
    for surname in known.surnames:
        if born:
            keys.add(("born+surname", f"{born}|{surname[:3]}"))
        keys.update(("name", f"{forename}|{surname}") for forename in known.forenames)
    for forename in known.forenames:
        if born:
            keys.add(("born+forename", f"{born}|{forename[:3]}"))
        keys.update(("postcode+forename", f"{postcode}|{forename}") for postcode in known.postcodes)
    if known.unborn:
        keys.clear()  # an unborn child is linked by its organisation's own id alone, until a person decides
    return sorted(keys)


Verdict = Literal["same", "near", "apart"]


def compare(one: Known, other: Known) -> tuple[Verdict, tuple[Weight, ...]]:
    """Two descriptions: the same person by rule, near enough that a person must look, or apart; with what was compared."""
    identifier = _agree({one.nhs} - {None}, {other.nhs} - {None}), _agree(set(one.upns), set(other.upns))
    forename = _agree(set(one.forenames), set(other.forenames))
    surname = _agree(set(one.surnames), set(other.surnames))
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
    """Whether two descriptions under one own id name different people: forename and birth date both given, both differ."""
    return (
        _agree(set(one.forenames), set(other.forenames)) == "differs"
        and _agree({one.born} - {None}, {other.born} - {None}) == "differs"
    )


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
