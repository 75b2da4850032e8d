"""The clocks of a draft: each runs, each is named once, and there is a red one that never stops.

The school's chronology and late evidence have theirs here too: a clock that counts school days is waited by alone.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from hub.domain.staff import ROLES, may
from policies.partnerships.rules import entries
from policies.partnerships.text import BadPartnership, Text, convert, double, unsourced

FILE = "clocks.toml"
NEEDED = {  # beside the red one; each in whole days
    "chronology": "by when a school's chronology reaches the next school",
    "late": "after how many days what is told came late (docs/late.md)",
}


class Clock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long something may take, counted how, from when.

    `grade`: the partnership's name of it as a grade of a MASH enquiry, "" where it is none. `ring`: the roles that are
    rung one after the other, every `ring_minutes`, while a red one waits unclaimed.
    """

    id: str
    words: str
    source: str
    chosen: str = ""
    length: int
    unit: Literal["hours", "days"]
    counts: Literal["always", "working", "school"]
    starts: str
    grade: str = ""
    ring: tuple[str, ...] = ()
    ring_minutes: int = 0


def read_clocks(text: Text, titles: tuple[str, ...], wrong: list[BadPartnership]) -> list[Clock]:
    """The clocks of a file; what is wrong with them goes into `wrong`."""
    made = []
    for value in entries(text, "clock", wrong):
        entry = str(value.get("id", ""))
        try:
            made.append(convert(text, value, Clock, entry, "clock"))
        except BadPartnership as bad:
            wrong.append(bad)
        else:
            wrong += unsourced(text, made[-1], entry, titles, "clock")
    wrong += [*double(text, [clock.id for clock in made], "clock"), *_of_clocks(text, made)]
    return made


def _of_clocks(text: Text, clocks: list[Clock]) -> Iterator[BadPartnership]:
    for clock in clocks:
        if clock.length < 1:
            yield text.refuse("a clock runs for 1 or more", "length", clock.id)
        if clock.counts == "school" and clock.id != "chronology":
            yield text.refuse(
                'school days are counted for the chronology alone: "always" or "working"', "counts", clock.id
            )
    for code, words in NEEDED.items():
        one = next((clock for clock in clocks if clock.id == code), None)
        if one is None:
            yield text.refuse(f'no clock "{code}": add a [[clock]] that says {words}')
        elif one.unit != "days":
            yield text.refuse('it counts whole days: unit = "days"', "unit", code)
        elif code == "late" and one.counts != "always":
            yield text.refuse('what is late is late by the calendar: counts = "always"', "counts", code)
    red = next((clock for clock in clocks if clock.id == "red"), None)
    if red is None:
        yield text.refuse('no red clock: add [[clock]] with id = "red"')
        return
    if red.counts != "always":
        yield text.refuse('a red clock never stops: counts = "always"', "counts", "red")
    if not red.grade:
        yield text.refuse('red is a grade: name it as this partnership does, grade = "Red"', "grade", "red")
    for role in red.ring:
        if role not in ROLES or not may((role,), "screen"):
            yield text.refuse(
                f"'{role}' is no role that may take a MASH enquiry: see hub/domain/staff.py", "ring", "red"
            )
    if not red.ring or red.ring_minutes < 1:
        yield text.refuse(
            "name whom a red one rings and after how many minutes: ring = […], ring_minutes = 15", "ring", "red"
        )
