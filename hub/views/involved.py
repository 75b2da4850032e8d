"""Which services have worked with a child, and which of them again: out of what is shown to this asker, and nothing else.

Source: strategies that name, as what does not work, many organisations who do not know of each other and the same help
twice (docs/seeds.md, BWD-14). It promises no judgement: that a service came again may be just what was needed.
"""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from hub.domain.reasons import day_words
from hub.domain.source_record import InvolvementChanged
from hub.views.models import Entry
from hub.views.said_of import Spoken

Shown = Sequence[tuple[Spoken, Entry]]
NUMBERS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def again(shown: Shown) -> tuple[Entry, ...]:
    """The lines of a chronology; an involvement of a service that was here before, and ended, says so."""
    times: dict[str, dict[date, date | None]] = {}
    for fact in _current(shown):
        known = times.setdefault(fact.service.casefold(), {})
        known[fact.started] = fact.ended or known.get(fact.started)
    return tuple(_marked(one, entry, times) for one, entry in shown)


def summary(shown: Shown, today: date) -> str:
    """How many organisations have worked with the child and how many do on this London day, in words; "" for none."""
    ended: dict[tuple[str, str, date], date | None] = {}
    for fact in _current(shown):
        key = (fact.organisation, fact.service.casefold(), fact.started)
        ended[key] = fact.ended or ended.get(key)
    if not ended:
        return ""
    now = {who for (who, _, _), end in ended.items() if end is None or end > today}
    ever = {who for who, _, _ in ended}
    return f"Organisations that have said that they worked with this child: {len(ever)}. Now: {len(now)}."


def _current(shown: Shown) -> list[InvolvementChanged]:
    return [
        one.recorded.fact
        for one, _ in shown
        if isinstance(one.recorded.fact, InvolvementChanged) and one.standing == "current"
    ]


def _marked(one: Spoken, entry: Entry, times: dict[str, dict[date, date | None]]) -> Entry:
    fact = one.recorded.fact
    if not isinstance(fact, InvolvementChanged) or one.standing != "current":
        return entry
    before = [
        (started, ended)
        for started, ended in sorted(times[fact.service.casefold()].items())
        if ended is not None and ended <= fact.started and started < fact.started
    ]
    if not before:
        return entry
    many, (first, last) = len(before) + 1, before[-1]
    words = f"For the {NUMBERS.get(many, f'{many}th')} time: before from {day_words(first)} to {day_words(last)}"
    return replace(entry, again=words)
