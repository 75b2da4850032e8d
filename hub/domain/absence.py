"""Nobody has seen the child: since when, what was known, and on which day that becomes a reason to look.

It promises that only a sighting ends it, never time or silence, and that the day on which it stands is known beforehand. An
echo tells nothing here: not that the child is known, how old it is, or that it is not born yet.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
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
    recorded anything of the child itself (of others only where nothing is of the child), other than who lives with whom,
    and never from before it was born. It stands from the first day on which the child has been unseen for `unseen_days` and
    something given lies within the `given_within_days` before; time alone never ends it, a sighting does. What was given
    must be known first hand, and not by backfill or refusal alone.
    """
    given = [signal for signal in signals if of.matches(signal) and not is_echo(signal)]
    if not given:
        return None, None, [], False
    seen = last_seen(signals)
    since = seen or _heard_of(signals, given)
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
    return fires, since, incidents, seen is not None


def last_seen(signals: Iterable[Signal]) -> date | None:
    """The last London day on which somebody of an organisation saw the child; None where nobody ever did."""
    return max((sighted_on(signal) for signal in signals if is_sighting(signal)), default=None)


def _heard_of(signals: Sequence[Signal], given: Sequence[Signal]) -> date:
    """The day on which an organisation first recorded anything of a child whom nobody has seen, and not before its birth."""
    of_it = [one for one in signals if one.kind not in NOT_HEARD_OF and not one.unborn and not is_echo(one)]
    own = [one for one in of_it if one.relation in OWN]
    first = min(day_of(one.recorded_at) for one in own or of_it or given)
    unborn_on = [day_of(one.occurred_start) for one in _of_the_child(signals) if one.unborn]
    return max(first, _born_by(signals) or first, *unborn_on)


def _newest_aged(signals: Sequence[Signal]) -> Signal | None:
    """The newest report of this child that gives its age; each tells the age of the child that it counts for."""
    told = [one for one in signals if one.age_months is not None and not is_echo(one)]
    return max(_of_the_child(told) or told, key=first_recorded, default=None)


def _of_the_child(signals: Sequence[Signal]) -> list[Signal]:
    """What is said of this child itself, by who knows of it themselves."""
    return [one for one in signals if one.relation in OWN and not is_echo(one)]


def _born_by(signals: Sequence[Signal]) -> date | None:
    """The last day on which the child can have been born, as the newest age tells; None where nobody told one."""
    newest = _newest_aged(signals)
    if newest is None or newest.age_months is None:
        return None
    on = day_of(newest.occurred_end)
    years, month = divmod(on.year * 12 + on.month - 1 - newest.age_months, 12)
    return date(years, month + 1, min(on.day, monthrange(years, month + 1)[1]))


def _under(signals: Sequence[Signal], on: date, months: int) -> bool:
    """Whether the child may be younger than this on a day; not known is not "older", and the unborn cannot be seen.

    Whether it is born yet is told by what is said of the latest time, not by a report from before its birth.
    """
    age = age_on(signals, on)
    return age < months if age is not None else not is_unborn(signals)


def age_on(signals: Sequence[Signal], on: date) -> int | None:
    """How many months old the child is on a London day, as the newest age tells; None where nobody told one."""
    newest = _newest_aged(signals)
    if newest is None:
        return None
    return (newest.age_months or 0) + months_between(day_of(newest.occurred_end), on)


def is_unborn(signals: Sequence[Signal]) -> bool:
    """Whether the child is not born yet, as the report of the child itself that tells of the latest time says; where that
    may be either, the child is born. When a report was recorded or passed on plays no part.
    """
    told = _of_the_child(signals)
    unborn = max((one.occurred_start for one in told if one.unborn), default=None)
    born = max((one.occurred_end for one in told if not one.unborn), default=None)
    return unborn is not None and (born is None or unborn > born)
