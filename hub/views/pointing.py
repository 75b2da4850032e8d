"""Who holds something that bears on a child, though it is about somebody of the household: so that the front door asks them.

What was said of an adult or a sibling opens nowhere on a child's page. That there is something, and whose, is a code; where
the reader may not know of it, or of whom it is about, it makes no line here.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from hub.views.homes import Passed
from hub.views.models import Coverage

ANSWERING = frozenset({"no_answer", "withheld"})  # asked already, or not to be mentioned


def pointed(rows: Sequence[Coverage], passed: Iterable[Passed], allowed: Collection[str]) -> tuple[Coverage, ...]:
    """The same rows, each with what its organisation (or setting) holds of the household; `allowed` are the items shown."""
    held: dict[tuple[str, str], dict[str, None]] = {}
    for one in passed:
        if one.held and one.item.item in allowed:
            held.setdefault((one.entry.organisation, one.entry.setting), {})[one.held] = None
    shown = {(row.organisation, row.setting) for row in rows}
    found: dict[tuple[str, str], list[str]] = {}
    for (organisation, setting), titles in held.items():
        place = (organisation, setting) if (organisation, setting) in shown else (organisation, "")
        found.setdefault(place, []).extend(one for one in titles if one not in found.get(place, []))
    return tuple(
        replace(row, holds=_words(row, found[row.organisation, row.setting]))
        if (row.organisation, row.setting) in found
        else row
        for row in rows
    )


def _words(row: Coverage, titles: Sequence[str]) -> str:
    """What is held, and that it is to be asked for unless an answer is awaited."""
    told = "; ".join(f"{one[:1].lower()}{one[1:]}" for one in titles)
    return f"Holds a {told}" + ("" if row.state in ANSWERING else ": ask them")
