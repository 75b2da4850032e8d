"""The levels of need of one partnership, in its own words. Levels are set by people; a rule only proposes one.

A number means nothing outside its partnership: what another place calls level 3 is looked up by name, never copied.
"""

from collections import Counter

from msgspec import Struct

from hub.domain.errors import HubError


class Level(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One level: `descriptor` says in plain words who is meant; `assessments` are those that fit it, by their names."""

    number: int
    name: str
    descriptor: str
    source: str
    chosen: str = ""
    aliases: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()


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
    return found
