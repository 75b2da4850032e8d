"""The least that a rule stands on: a smallest set of its evidence, and the incidents without which it would not do."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import combinations, islice
from math import comb

from hub.domain.counting import Incident, may_alert
from hub.domain.rule import Absence
from hub.domain.thresholds import Ready, Stand, find

NEWEST = 60  # of a larger evidence the smallest sufficient set is looked for among the newest, where they suffice
TRIES = 20_000  # how many subsets are tried for the smallest sufficient set before it is only made minimal


def smallest(ready: Ready, found: Stand, as_of: datetime) -> tuple[str, ...]:
    """Ids of a smallest set of the evidence on which the rule still stands, the newest preferred; sorted.

    Where the evidence is too large to try all sets it is minimal (none of it can be left out), not always the smallest.
    """

    def enough(some: Sequence[Incident]) -> bool:
        chosen = [report for incident in some for report in incident.reports]
        return find(ready, chosen, as_of, possible=found.possible)[0] is not None

    incidents = found.incidents[::-1]
    if len(incidents) > NEWEST and enough(incidents[:NEWEST]):
        incidents = incidents[:NEWEST]
    if isinstance(ready.rule.when, Absence):
        alone = (incident for incident in found.incidents if may_alert((incident,)))
        chosen: Sequence[Incident] = tuple(islice(alone, 1)) or found.incidents
    else:
        least = ready.fewest
        budget = TRIES
        chosen = incidents
        for size in range(least, len(incidents)):
            budget -= comb(len(incidents), size)
            if budget < 0:
                chosen = _pruned(list(incidents), enough)
                break
            some = next((some for some in combinations(incidents, size) if enough(some)), None)
            if some is not None:
                chosen = some
                break
    return tuple(sorted({report.id for incident in chosen for report in incident.reports}))


def critical(ready: Ready, found: Stand, as_of: datetime) -> tuple[Incident, ...]:
    """The incidents of the evidence without any one of which this evidence would not do, in order of day."""
    if isinstance(ready.rule.when, Absence):
        return found.incidents if len(found.incidents) == 1 else ()
    without = [
        (incident, [report for other in found.incidents if other is not incident for report in other.reports])
        for incident in found.incidents
    ]
    return tuple(incident for incident, rest in without if find(ready, rest, as_of, possible=found.possible)[0] is None)


def _pruned(some: list[Incident], enough: Callable[[Sequence[Incident]], bool]) -> list[Incident]:
    for incident in some[::-1]:  # the oldest goes first
        rest = [other for other in some if other is not incident]
        if enough(rest):
            some = rest
    return some
