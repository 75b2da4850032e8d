"""Two values side by side: whether they say the same, in words, and which characters differ. Pure.

It promises to compare only what was shown to the reader already, and to say "cannot compare" where one side is silent:
a missing number is never a difference. It adds nothing up: the reader does.
"""

import re
from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

from hub.domain.reasons import day_words
from hub.views.models import Piece

Outcome = Literal["same", "alike", "different", "not_compared"]
ALIKE = 0.7  # of the characters of two words: from here on it reads like a spelling, below it like another word
SLIP = 2  # digits of a number that a slip of the pen changes
NUMBERS = frozenset({"nhs_number", "upn", "former_upns", "mother_nhs_number"})
NAMES = frozenset({"names"})
DATES = frozenset({"birth_date", "expected_date"})
EXACT = frozenset({"sex"})  # the same, or not: nothing between
PARTLY = "partly the same"  # of names: one word is shared, another is another
NEVER = frozenset({"own_id", "doubts"})  # organisations number people each for themselves; what is odd is no value


class Beside(Struct, frozen=True):
    """How one value stands beside another: the outcome, its words, and the value in pieces that agree or differ."""

    outcome: Outcome
    words: str
    pieces: tuple[Piece, ...]


def beside(name: str, value: str, others: Sequence[str]) -> Beside:
    """`value` of the field `name`, beside the nearest of `others` (what is said of the person in doubt)."""
    if name in NEVER or not others:
        return Beside("not_compared", "", (Piece(readable(name, value)),))
    nearest = max(others, key=lambda other: (_plain(other) == _plain(value), _ratio(value, other)))
    outcome, words = _compared(name, value, nearest)
    shown = readable(name, value)
    if words == PARTLY:
        return Beside(outcome, words, _whole_words(shown, nearest))
    if outcome == "alike":
        return Beside(outcome, words, pieces(shown, readable(name, nearest)))
    return Beside(outcome, words, (Piece(shown, differs=outcome == "different"),))  # letters by chance are no likeness


def readable(name: str, value: str) -> str:
    """A date as people write it, an address without saying that it is a home; any other value as it is."""
    day = _day(value) if name in DATES else None
    if name == "addresses":
        return value.replace(", home;", ";").removesuffix(", home")
    return day_words(day) if day else value.capitalize() if name in EXACT else value


def pieces(value: str, other: str) -> tuple[Piece, ...]:
    """`value` cut where it differs from `other`, letter for letter; capitals and small letters count as one."""
    matcher = SequenceMatcher(None, value.casefold(), other.casefold(), autojunk=False)
    if len(value.casefold()) != len(value):  # folding lengthened it (a German sharp s): marked whole
        return (Piece(value, differs=True),)
    found: list[Piece] = []
    for what, start, end, _, _ in matcher.get_opcodes():
        if start == end:
            continue  # the other has more here: there is nothing of this value to mark
        differs = what != "equal"
        if found and found[-1].differs == differs:
            found[-1] = Piece(found[-1].text + value[start:end], differs=differs)
        else:
            found.append(Piece(value[start:end], differs=differs))
    return tuple(found)


def _whole_words(value: str, other: str) -> tuple[Piece, ...]:
    """`value` cut at its words: those that the other side has not are marked whole."""
    theirs = set(_plain(other).split())
    found: list[Piece] = []
    for part in re.split(r"(\s+)", value):
        differs = bool(_plain(part)) and not set(_plain(part).split()) <= theirs
        if found and found[-1].differs == differs:
            found[-1] = Piece(found[-1].text + part, differs=differs)
        else:
            found.append(Piece(part, differs=differs))
    return tuple(found)


def _compared(name: str, value: str, other: str) -> tuple[Outcome, str]:
    if _plain(value) == _plain(other):
        return "same", "the same"
    if name in DATES:
        return _dates(value, other)
    if name in NUMBERS:
        if _digits(value) == _digits(other):
            return "same", "the same"
        off = sum(a != b for a, b in zip(_digits(value), _digits(other), strict=False))
        if len(_digits(value)) == len(_digits(other)) and 0 < off <= SLIP:
            return "alike", f"{off} {'character' if off == 1 else 'characters'} differ{'s' if off == 1 else ''}"
        return "different", "different"
    if name in NAMES:
        return _names(value, other)
    if name in EXACT:
        return "different", "different"
    return ("alike", "much alike") if _ratio(value, other) >= ALIKE else ("different", "different")


def _names(value: str, other: str) -> tuple[Outcome, str]:
    one, two = _plain(value).split(), _plain(other).split()
    if sorted(one) == sorted(two):
        return "alike", "names in another order"
    if set(one) < set(two) or set(two) < set(one):
        return "alike", "one name more or less"
    apart, left = [word for word in one if word not in two], [word for word in two if word not in one]
    if len(apart) == len(left) and all(max(_ratio(word, other) for other in left) >= ALIKE for word in apart):
        return "alike", "spelled differently"
    return ("alike", PARTLY) if set(one) & set(two) else ("different", "different")


def _dates(value: str, other: str) -> tuple[Outcome, str]:
    one, two = _day(value), _day(other)
    if one is None or two is None:
        return "different", "different"
    if one.year == two.year and (one.day, one.month) == (two.month, two.day):
        return "alike", "day and month swapped"
    agreeing = (one.year == two.year) + (one.month == two.month) + (one.day == two.day)
    return ("alike", "one part differs") if agreeing == 2 else ("different", "different")


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", text.casefold()).split())


def _digits(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio()
