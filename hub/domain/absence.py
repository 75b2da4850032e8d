"""Nobody has seen the child: since when, what was known, and on which day that becomes a reason to look.

It promises that only a sighting ends it, never time or silence, and that the day on which it stands is known beforehand.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from hub.domain.counting import (
    OWN,
    Filter,
    Incident,
    day_of,
    first_recorded,
    incidents_of,
    is_echo,
    is_sighting,
    may_alert,
    sighted_on,
)
from hub.domain.moments import months_between
from hub.domain.rule import Absence
from hub.domain.signal import Signal

NOT_HEARD_OF = frozenset(
    {"household_change", "help"}
)  # who lives with whom, and what was decided, tell of no child seen


def unseen(
    of: Filter, strengths: frozenset[str], when: Absence, signals: Sequence[Signal]
) -> tuple[date | None, date | None, list[Incident], bool]:
    """The day on which the absence stands (or stood), the day it is counted from, what was given, whether ever seen.

    The days are counted from the last sighting; where there is none, from the day on which an organisation first
    recorded anything that counts for the child, other than who lives with whom. It stands from the first day on which
    the child has been unseen for `unseen_days` and something given lies within the `given_within_days` before; time
    alone never ends it, a sighting does. What was given must be known first hand, and not by backfill or refusal alone.
    """
    given = [signal for signal in signals if of.matches(signal) and not is_echo(signal)]
    if not given:
        return None, None, [], False
    sightings = [sighted_on(signal) for signal in signals if is_sighting(signal)]
    heard = (day_of(signal.recorded_at) for signal in signals if signal.kind not in NOT_HEARD_OF)
    since = max(sightings) if sightings else min(heard, default=day_of(given[0].recorded_at))
    due = since + timedelta(days=when.unseen_days)
    if when.under_months is not None and not _under(signals, due, when.under_months):
        return None, None, [], False  # and older still on any later day
    incidents = [
        incident
        for incident in incidents_of(of, given, strengths)
        if incident.day > due - timedelta(days=when.given_within_days)
    ]
    if not incidents or not may_alert(incidents):
        return None, None, [], False
    fires = max(due, incidents[0].day)
    if when.under_months is not None and not _under(signals, fires, when.under_months):
        return None, None, [], False
    return fires, since, incidents, bool(sightings)


def _under(signals: Sequence[Signal], on: date, months: int) -> bool:
    """Whether the child may be younger than this on a day; not known is not "older", and the unborn cannot be seen.

    Each signal carries the age of the child that it counts for, also where it is about a sibling or an adult.
    """
    own = [signal for signal in signals if signal.relation in OWN]
    told = [signal for signal in own if signal.age_months is not None]
    told = told or [signal for signal in signals if signal.age_months is not None]
    if told:
        latest = max(told, key=first_recorded)
        age = (latest.age_months or 0) + months_between(day_of(latest.occurred_end), on)
        return age < months
    return not any(signal.unborn for signal in own)
