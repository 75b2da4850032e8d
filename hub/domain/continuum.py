"""The levels of need of one partnership, in its own words. Levels are set by people; a rule only proposes one.

A number means nothing outside its partnership: what another place calls level 3 is looked up by name, never copied.
"""

from collections import Counter
from itertools import pairwise

from msgspec import Struct

from hub.domain.errors import HubError

# What a level may mean in any place, mildest first: by this, and never by its number, a child who moves is placed.
MEANINGS: dict[str, str] = {
    "universal": "services for everybody are enough",
    "one_service": "some help more, from one service",
    "several_services": "several services must work together",
    "statutory_need": "a child in need by law",
    "protection": "significant harm, suffered or likely",
}


class Level(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One level: `descriptor` says in plain words who is meant; `assessments` are those that fit it, by their names.

    `means`: codes of MEANINGS. `limited_days`: help at it ends after so many days unless somebody renews it, None where
    it has no end. `organisations`: so many must work together at it, 0 where none are asked for.
    """

    number: int
    name: str
    descriptor: str
    source: str
    chosen: str = ""
    aliases: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    limited_days: int | None = None
    organisations: int = 0


class Continuum(Struct, frozen=True):
    """All levels of one partnership, lowest first."""

    levels: tuple[Level, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the levels, lowest first."""
        return tuple(level.number for level in self.levels)

    def level(self, number: int) -> Level:
        """The level of this number. Raises NoSuchLevel."""
        for level in self.levels:
            if level.number == number:
                return level
        raise NoSuchLevel(f"this partnership has no level {number}; it has {', '.join(map(str, self.numbers))}")

    def named(self, text: str) -> Level | None:
        """The level that goes by this name or alias (upper and lower case are one), or None."""
        wanted = text.strip().casefold()
        for level in self.levels:
            if wanted in {name.casefold() for name in (level.name, *level.aliases)}:
                return level
        return None

    def meaning(self, theirs: Level) -> tuple[Level, ...]:
        """The levels here that mean what another place's level means, lowest first; () where none does.

        More than one is a question for a person: the number is never copied.
        """
        return tuple(level for level in self.levels if set(level.means) & set(theirs.means))


class NoSuchLevel(HubError):
    """A level that the continuum of this partnership does not have."""


def problems(continuum: Continuum) -> list[str]:
    """What is wrong with a continuum, each in words that say what to mend; [] when it is sound.

    Levels overlap when two have one number, or when one name or alias would mean two of them.
    """
    found = []
    for number, times in Counter(continuum.numbers).items():
        if times > 1:
            found.append(f"level {number} is described {times} times: levels may not overlap")
    names = Counter(name.casefold() for level in continuum.levels for name in {level.name, *level.aliases})
    found += [f"'{name}' names {times} levels: a name may mean one" for name, times in names.items() if times > 1]
    if sorted(set(continuum.numbers)) != list(range(1, len(set(continuum.numbers)) + 1)):
        found.append("levels are numbered 1, 2, 3 … without a gap")
    return found + [wrong for level in continuum.levels for wrong in _of_one(level)] + _order(continuum)


def _of_one(level: Level) -> list[str]:
    unknown = [code for code in level.means if code not in MEANINGS]
    found = [f"level {level.number} means '{code}', which is none of {', '.join(MEANINGS)}" for code in unknown]
    if level.limited_days is not None and level.limited_days < 1:
        found.append(f"level {level.number} is limited to {level.limited_days} days: give 1 or more, or leave it out")
    return found


def _order(continuum: Continuum) -> list[str]:
    """A higher level never means less than a lower one."""
    order = list(MEANINGS)
    ranked = [
        (level.number, [order.index(code) for code in level.means if code in order]) for level in continuum.levels
    ]
    return [
        f"level {number} means less than the level below it: levels may not overlap"
        for (_, below), (number, here) in pairwise(ranked)
        if below and here and (max(here) < max(below) or min(here) < min(below))
    ]
