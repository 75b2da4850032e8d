"""The conditions of a match model's levels, as Splink writes them in SQL, as functions over two rows.

It promises that each means what it means in SQL, and that one which is not in its list is refused and never guessed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

Row = Mapping[str, "str | frozenset[str]"]  # what is compared, by column; what is not known is not there


class Likeness(Struct, frozen=True):
    """How texts are compared: `alike` gives 0 to 1 (Jaro-Winkler), `sounds` a phonetic code (Soundex)."""

    alike: Callable[[str, str], float]
    sounds: Callable[[str], str]


Holds = Callable[[Row, Row, Likeness], bool]


def _equal(one: str, other: str) -> Holds:
    return lambda left, right, _: (here := left.get(one)) is not None and here == right.get(other)


def _alike(one: str, other: str, least: str) -> Holds:
    bound = float(least)

    def holds(left: Row, right: Row, likeness: Likeness) -> bool:
        here, there = left.get(one), right.get(other)
        return isinstance(here, str) and isinstance(there, str) and likeness.alike(here, there) >= bound

    return holds


def _within(one: str, other: str, most: str) -> Holds:
    bound = int(most)

    def holds(left: Row, right: Row, _: Likeness) -> bool:
        here, there = left.get(one), right.get(other)
        return isinstance(here, str) and isinstance(there, str) and abs(int(here) - int(there)) <= bound

    return holds


def _shares(one: str, other: str) -> Holds:
    def holds(left: Row, right: Row, _: Likeness) -> bool:
        here, there = left.get(one), right.get(other)
        return isinstance(here, frozenset) and isinstance(there, frozenset) and not here.isdisjoint(there)

    return holds


def _contains(one: str, mine: str, other: str, theirs: str) -> Holds:
    """A list of one side has a value of the other side in it."""
    if mine == theirs:
        raise ValueError("a list and a value of the same side")

    def holds(left: Row, right: Row, _: Likeness) -> bool:
        here, there = (left.get(one), right.get(other)) if mine == "l" else (right.get(one), left.get(other))
        return isinstance(here, frozenset) and there in here

    return holds


def _starts(one: str, mine: str, other: str, theirs: str) -> Holds:
    if mine == theirs:
        raise ValueError("two values of the same side")

    def holds(left: Row, right: Row, _: Likeness) -> bool:
        here, there = (left.get(one), right.get(other)) if mine == "l" else (right.get(one), left.get(other))
        return isinstance(here, str) and isinstance(there, str) and here.startswith(there)

    return holds


def _is(column: str, side: str, text: str) -> Holds:
    return lambda left, right, _: (left if side == "l" else right).get(column) == text


def _missing(column: str, side: str) -> Holds:
    return lambda left, right, _: column not in (left if side == "l" else right)


# every condition that this code can judge, as Splink writes it; joined by AND and OR, without brackets
ATOMS: Final[tuple[tuple[re.Pattern[str], Callable[..., Holds]], ...]] = (
    (re.compile(r'"(\w+)_l" = "(\w+)_r"'), _equal),
    (re.compile(r'jaro_winkler_similarity\("(\w+)_l", "(\w+)_r"\) >= (0\.\d+)'), _alike),
    (re.compile(r'list_has_any\("(\w+)_l", "(\w+)_r"\)'), _shares),
    (re.compile(r'list_contains\("(\w+)_([lr])", "(\w+)_([lr])"\)'), _contains),
    (re.compile(r'starts_with\("(\w+)_([lr])", "(\w+)_([lr])"\)'), _starts),
    (re.compile(r"\"(\w+)_([lr])\" = '([^']*)'"), _is),
    (re.compile(r'"(\w+)_([lr])" IS NULL'), _missing),
    (re.compile(r'abs\(CAST\("(\w+)_l" AS INTEGER\) - CAST\("(\w+)_r" AS INTEGER\)\) <= (\d+)'), _within),
)


def always(_: Row, __: Row, ___: Likeness) -> bool:
    """ELSE: what no level before held for."""
    return True


def _atom(text: str) -> Holds:
    for pattern, build in ATOMS:
        if found := pattern.fullmatch(text):
            return build(*found.groups())
    raise ValueError(f"this code cannot judge {text!r}; the conditions that it knows are in hub/domain/condition.py")


def _all_of(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _all_of(parts[1:])
    return lambda left, right, likeness: first(left, right, likeness) and rest(left, right, likeness)


def _any_of(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _any_of(parts[1:])
    return lambda left, right, likeness: first(left, right, likeness) or rest(left, right, likeness)


def condition(sql: str) -> Holds:
    """The condition of a comparison level as a function. A value that is not known makes no condition true, as in SQL.

    Raises ValueError quoting the part that this code cannot judge.
    """
    if sql.strip().upper() == "ELSE":
        return always
    return _any_of(
        tuple(_all_of(tuple(_atom(atom.strip()) for atom in one.split(" AND "))) for one in sql.split(" OR "))
    )
