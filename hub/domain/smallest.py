"""The least that a rule stands on: a smallest set of its evidence, and the incidents without which it would not do."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import combinations
from math import comb

from hub.domain.counting import Incident, incidents_of, may_alert
from hub.domain.rule import Absence
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, Stand, find

NEWEST = 60  # of a larger evidence the smallest sufficient set is looked for among the newest, where they suffice
RESTS = 200  # how many sets of incidents are tried for one whose loss lets the rule rest
AT_MOST = 3  # of how many incidents such a set may be
TRIES = 20_000  # how many subsets are tried for the smallest sufficient set before it is only made minimal


def smallest(ready: Ready, found: Stand, as_of: datetime) -> tuple[str, ...]:
    """Ids of a smallest set of the reports on which the rule still stands, the newest preferred; sorted.

    Where the evidence is too large to try all sets it is minimal (none of it can be left out), not always the smallest. Of
    what was known while nobody saw the child it is one report, an example: any other would do beside the silence.
    """

    def enough(some: Sequence[Signal]) -> bool:
        return find(ready, some, as_of, possible=found.possible, whole=False)[0] is not None

    newest = [report for incident in found.incidents[::-1] for report in incident.reports]
    if isinstance(ready.rule.when, Absence):
        live = [report for report in newest[::-1] if may_alert(incidents_of(ready.of, [report], ready.strengths))]
        return (live[0].id,) if live else tuple(sorted(one.id for one in newest))
    least = _least(newest, ready.fewest, enough)
    if found.also and len(least) > ready.fewest:  # another window may do with fewer
        older = [report for incident in found.also[::-1] for report in incident.reports]
        fewer = _least([*newest, *older], ready.fewest, enough)
        least = fewer if len(fewer) < len(least) else least
    return tuple(sorted({report.id for report in least}))


def _least(
    newest: Sequence[Signal], fewest: int, enough: Callable[[Sequence[Signal]], bool]
) -> Sequence[Signal]:  # fmt: skip
    """The fewest of these that are enough, where there are few enough to try; else as few as can be left."""
    if len(newest) > NEWEST and enough(newest[:NEWEST]):
        newest = newest[:NEWEST]
    budget = TRIES
    for size in range(fewest, len(newest)):
        budget -= comb(len(newest), size)
        if budget < 0:
            return _pruned(newest, enough)
        some = next((some for some in combinations(newest, size) if enough(some)), None)
        if some is not None:
            return some
    return newest


def critical(ready: Ready, found: Stand, as_of: datetime) -> tuple[Incident, ...]:
    """The incidents of the evidence without any one of which this evidence would not do, in order of day."""
    if isinstance(ready.rule.when, Absence):
        return found.incidents if len(found.incidents) == 1 else ()

    def needed(incident: Incident) -> bool:
        without = {report.id for report in incident.reports}
        rest = [report for report in found.reports if report.id not in without]
        return find(ready, rest, as_of, possible=found.possible, whole=False)[0] is None

    older = [report for incident in found.also for report in incident.reports]
    if older and find(ready, older, as_of, possible=found.possible, whole=False)[0] is not None:
        return ()  # it stands without all of these
    return tuple(incident for incident in found.incidents if needed(incident))


def lets_rest(ready: Ready, found: Stand, as_of: datetime) -> tuple[tuple[Incident, ...], int]:
    """A smallest set of two or three incidents without which this evidence would not do, in order of day, the newest preferred;
    or none, with the number of incidents that are at least needed. For where no incident alone is critical.
    """
    incidents = (*found.incidents[::-1], *found.also[::-1])
    fewest = 2
    for size in range(2, min(AT_MOST, len(incidents)) + 1):
        if comb(len(incidents), size) > RESTS:
            break
        for some in combinations(incidents, size):
            without = {report.id for incident in some for report in incident.reports}
            rest = [report for report in found.reports if report.id not in without]
            if find(ready, rest, as_of, possible=found.possible, whole=False)[0] is None:
                return tuple(sorted(some, key=lambda one: (one.day, one.first.id))), size
        fewest = size + 1
    return (), fewest


def _pruned(some: Sequence[Signal], enough: Callable[[Sequence[Signal]], bool]) -> Sequence[Signal]:
    for report in some[::-1]:  # the oldest goes first
        rest = [other for other in some if other is not report]
        if enough(rest):
            some = rest
    return some
