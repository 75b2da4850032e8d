"""What one organisation's part changed: would the rule stand without it, how much later, and at which level.

It promises that the answer is a pure function of the signals that it is given, in any order: whoever may not know of some
of them is answered over the others alone, and learns nothing of what they may not know.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from hub.domain.moments import london_day
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, does_stand, judge, stands


class Without(Struct, frozen=True, kw_only=True):
    """One organisation left out. `later` in London days, None where the rule would not have stood by now.

    `level` is the highest that any rule would propose now without it, `of` that with everything; 0 where none does.
    """

    organisation: str
    stands: bool
    later: int | None
    level: int
    of: int


def without_each(
    ready: Ready, rules: Sequence[Ready], signals: Iterable[Signal], as_of: datetime
) -> tuple[Without, ...]:
    """For each organisation in the evidence (sorted by id), what the rule would have come to without all that it said.

    `rules` are those of the edition, also those that tell nobody: they propose a level too. () where the rule does not
    stand over these signals.
    """
    known = sorted(signals, key=lambda one: (one.known_at, one.id))
    found = stands(ready, known, as_of)
    first = first_stood(ready, known, as_of)
    if found is None or first is None:
        return ()
    evidence = set(found.evidence)
    made = []
    for organisation in sorted({one.organisation for one in known if one.id in evidence}):
        rest = [one for one in known if one.organisation != organisation]
        since = first_stood(ready, rest, as_of)
        made.append(
            Without(
                organisation=organisation, stands=since is not None,
                later=None if since is None else max(0, (london_day(since) - london_day(first)).days),
                level=proposed(rules, rest, as_of), of=proposed(rules, known, as_of),
            )
        )  # fmt: skip
    return tuple(made)


def proposed(rules: Iterable[Ready], signals: Sequence[Signal], as_of: datetime) -> int:
    """The highest level that any of these rules proposes; 0 where none stands."""
    return max((one.rule.level for one in rules if does_stand(one, signals, as_of)), default=0)


def first_stood(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> datetime | None:
    """When the rule first stood, as these signals became known one after the other (aware UTC); None where it does not.

    A rule that stands now and of which time is no part has stood since the signal that completed it; one of what was not
    seen has stood since the moment from which nothing more was heard.
    """
    known = sorted(signals, key=lambda one: (one.known_at, one.id))
    if not does_stand(ready, known, as_of):
        return None
    if ready.waits:
        return _since(ready, known, as_of)
    few = _fewest(len(known), lambda count: does_stand(ready, known[:count], as_of))
    return known[few - 1].known_at


def _since(ready: Ready, known: Sequence[Signal], as_of: datetime) -> datetime:
    """Of an absence that stands: when it first did, going through what was heard in the order in which it was."""
    for count in range(1, len(known) + 1):
        until = known[count].known_at if count < len(known) else as_of
        found, due = judge(ready, known[:count], known[count - 1].known_at)
        if found is not None:
            return known[count - 1].known_at
        if due is not None and due <= until:
            return due
    return as_of


def _fewest(most: int, enough: Callable[[int], bool]) -> int:
    """The least number that is enough, where every greater one is too (nothing said lets a counting rule rest)."""
    least = 1
    while least < most:
        middle = (least + most) // 2
        if enough(middle):
            most = middle
        else:
            least = middle + 1
    return least
