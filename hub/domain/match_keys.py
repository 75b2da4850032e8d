"""The equality keys under which somebody alike is found: each carries one kind of error that two descriptions may have.

Whoever shares no key with a description is never compared with it. A key says nothing by itself: it is digested, and what
it finds is opened only when it is compared.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import islice, product

from hub.domain.comparing import EARLY, LATE, SAME_PREGNANCY
from hub.domain.known import Known

FIRM = frozenset({"nhs", "upn", "mother"})  # one person's: however many records share one, it is looked at
WIDE = frozenset({"name"})  # a name alone: of a rare one it says enough, of a common one nothing
MOST_CROSSED = 100  # keys of one kind that pair names with places


def keys_of(known: Known, sounds: Callable[[str], str]) -> list[tuple[str, str]]:
    """(kind, value) of each key, sorted. `sounds` is a phonetic code ("" for nothing): see hub.domain.model.Likeness.

    Forename and surname give keys of one kind, so that names written the other way round are found; day and month are
    sorted, so that a date written the other way round is. Source: linkage research 4.2, measured on the world
    (docs/matching.md).
    """
    keys: set[tuple[str, str]] = set()
    if known.nhs:
        keys.add(("nhs", known.nhs))
    keys.update(("nhs", number) for number in known.former_nhs)
    keys.update(("upn", upn) for upn in known.upns)
    if known.mother_nhs:
        keys.add(("mother", known.mother_nhs))
    if known.unborn:
        surnames = _sounds((part for _, surname in known.names for part in _parts(surname)), sounds)
        keys.update(("postcode+sound", f"{one}|{two}") for one, two in _crossed(known.postcodes, surnames))
        keys.update(("due+postcode", f"{one}|{two}") for one, two in _crossed(_due(known), known.postcodes))
        return sorted(keys)
    each = list(dict.fromkeys(_said(known)))
    heard = _sounds((part for forename, surname in each for part in (forename, *_parts(surname))), sounds)
    pairs = dict.fromkeys("|".join(sorted((sounds(one), sounds(two)))) for one, two in each if one and two)
    keys.update(("name", "|".join(sorted((one, two)))) for one, two in each if one and two)
    if known.born:
        year, day = str(known.born.year), "|".join(sorted((f"{known.born.month:02}", f"{known.born.day:02}")))
        keys.update(("born+sound", f"{year}|{day}|{one}") for one in heard)
        keys.update(("year+sounds", f"{year}|{one}") for one in pairs)
        keys.update(("day+sounds", f"{day}|{one}") for one in pairs)
        keys.update(("born+postcode", f"{known.born}|{one}") for one in known.postcodes)
    keys.update(("postcode+sound", f"{one}|{two}") for one, two in _crossed(known.postcodes, heard))
    sectors = list(dict.fromkeys(one[:-2] for one in known.postcodes))
    keys.update(("due+postcode", f"{one}|{two}") for one, two in _crossed(_due(known), known.postcodes))
    keys.update(("sector+sounds", f"{one}|{two}") for one, two in _crossed(sectors, pairs))
    return sorted(keys)


def _due(known: Known) -> list[str]:
    """When somebody was expected, so that two who may be of one pregnancy meet, and with them who is born and has no name
    yet: in periods of twice SAME_PREGNANCY, and in periods half a period later.
    """
    if known.expected is not None:
        return [_period(known.expected, 0), _period(known.expected, SAME_PREGNANCY)]
    if known.born is None or not known.unnamed or known.born < date(1900, 1, 1):
        return []
    first, last = known.born - timedelta(days=LATE), known.born + timedelta(days=EARLY)
    days = (first + timedelta(days=n) for n in range(0, (last - first).days, SAME_PREGNANCY))
    return list(dict.fromkeys(_period(day, 0) for day in (*days, last)))


def _period(day: date, later: int) -> str:
    return f"{later}|{(day.toordinal() + later) // (2 * SAME_PREGNANCY)}"


def _said(known: Known) -> Iterable[tuple[str, str]]:
    """First forename and surname, as said together."""
    return ((forenames.partition(" ")[0], surname) for forenames, surname in known.names)


def _parts(surname: str) -> tuple[str, ...]:
    """Each end of a double surname: either may be all that somebody else says."""
    parts = surname.split()
    return (parts[0], parts[-1]) if len(parts) > 1 else tuple(parts)


def _sounds(names: Iterable[str], sounds: Callable[[str], str]) -> list[str]:
    return list(dict.fromkeys(code for name in names if name and (code := sounds(name))))


def _crossed(one: Iterable[str], other: Iterable[str]) -> Iterable[tuple[str, str]]:
    return islice(product(one, other), MOST_CROSSED)
