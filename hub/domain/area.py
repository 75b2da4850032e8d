"""Small areas and postcodes: which area code an address lies in, and where a child lived on a day. Pure, codes alone.

It promises that nobody is placed who must not be found: a refuge, an institution and no fixed abode lie in no area.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

MOST_HOMES = 20  # of one source record that are kept, the newest
HIDDEN = frozenset({"refuge", "no_fixed_abode", "institution"})  # kinds of addresses that lie nowhere and match nobody
LIVED_AT = frozenset({"home", "temporary"})  # kinds of addresses that say where a person lives
AREA = re.compile(r"[A-Z]\d{8}", re.ASCII)  # a code of the Office for National Statistics' shape
NO_AREA = "99999999"  # how the pseudo codes end: the Channel Islands, the Isle of Man


class Postcode(Struct, frozen=True):
    """A line of the postcode directory: the small area it lies in, and from when to when it was in use."""

    lsoa: str
    introduced: date | None = None
    terminated: date | None = None  # the month in which it ended; people go on giving it for years


class HomeCodes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An address as rules may know it: no line of it, no postcode.

    `place` is a keyed digest of the postcode: two can be compared, none can be read. `lsoa` is None where the directory
    has none. `said_on` is the London day on which the organisation recorded it. A hidden address has neither.
    """

    kind: str
    place: str = ""
    lsoa: str | None = None
    since: date | None = None
    until: date | None = None
    said_on: date


def area_of(postcode: Postcode | None, on: date) -> str | None:
    """The small area that a postcode lay in on a day; None where the directory does not know what it meant then.

    A postcode that ended still tells where people lived, and is used; one that was made later is not, because before
    then it may have been another place's.
    """
    if postcode is None or (postcode.introduced is not None and on < postcode.introduced):
        return None
    return postcode.lsoa


def kept(said: Sequence[HomeCodes], held: Sequence[HomeCodes]) -> tuple[HomeCodes, ...]:
    """What an organisation has said of a person's addresses so far, the newest first.

    Said again as it was said last, it is known since it was first said so; at most MOST_HOMES stay.
    """
    if not said:
        return tuple(held)
    last = [home for home in held if home.said_on == held[0].said_on] if held else []
    if {_same(home) for home in said} == {_same(home) for home in last}:
        return tuple(held)
    return tuple([*said, *held][:MOST_HOMES])


def home_on(homes: Iterable[HomeCodes], day: date) -> HomeCodes | None:
    """Where a person lived on a day, as far as these addresses tell; None where none of them does.

    Rule: of the addresses that are a home, or hidden, and whose dates include the day, the one that began last before
    it. Where an address has no date of its own, the day on which it was said stands for it; one said only afterwards
    comes last. Of two that began together a hidden one is taken: who was in a refuge is placed nowhere. docs/places.md.
    """
    valid = [
        home
        for home in homes
        if (home.kind in HIDDEN or (home.kind in LIVED_AT and home.place))
        and (home.since is None or home.since <= day)
        and (home.until is None or day <= home.until)
    ]
    return min(valid, key=lambda home: _nearness(home, day), default=None)


def lsoa_on(day: date, *tellers: Iterable[HomeCodes]) -> str | None:
    """The small area where a person lived on a day, or None.

    `tellers` in the order in which they are believed: what the message itself says, what the same organisation said
    before, what others said. The first that knows of a home then is taken, also where it is one that lies nowhere.
    """
    for homes in tellers:
        home = home_on(homes, day)
        if home is not None:
            return None if home.kind in HIDDEN else home.lsoa
    return None


def _nearness(home: HomeCodes, day: date) -> tuple[bool, int, bool]:
    began = home.since or home.said_on
    return began > day, abs((day - began).days), home.kind not in HIDDEN


def _same(home: HomeCodes) -> tuple[object, ...]:
    return home.kind, home.place, home.since, home.until
