"""What a rule counts: which signals it speaks of, and what happened once, however many reported it.

It promises that an echo adds nothing, that one report split in two adds nothing, and that no further report takes anything
away from a count: whoever knows of an incident themselves counts, beside others who do, however late they recorded it.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from hub.domain.moments import london_day
from hub.domain.rule import REFUSALS, REFUSED, Bound, Those
from hub.domain.signal import Signal
from hub.domain.vocabulary import Vocabulary

ANONYMOUS = "9"  # census referral source code
OWN = frozenset({"own", "possible"})  # said of this child, surely or perhaps
POSITIVE = frozenset({"seen", "seen_alone"})
DAY_OR_FINER = frozenset({"minute", "hour", "day"})
APART = timedelta(days=7)  # two that bear one reference and lie further apart are not one incident
REFUSED_ONCE = timedelta(days=7)  # within it, two who tell of a refusal tell of the same one


class Incident(Struct, frozen=True):
    """One incident as a rule sees it: the London day on which it ended, and its reports; an echo is among them only where
    it stands for what nobody told first hand.

    `first` is the one that it is named by. It counts for the organisation, setting and referrer of each of `reports`.
    """

    day: date
    first: Signal
    reports: tuple[Signal, ...]
    indicators: frozenset[str]

    @property
    def days(self) -> set[date]:
        """The London days on which it ended, by one report or another."""
        return {day_of(report.occurred_end) for report in self.reports}


class Filter:
    """A `Those`, made ready: lines, lists and domains are expanded to indicators, lists are sets."""

    __slots__ = ("_those", "but_not", "indicators", "kinds", "narrow", "relations")

    def __init__(self, those: Those, vocabulary: Vocabulary) -> None:
        named = set(those.indicators)
        for line in lines(those, vocabulary):
            named.update(vocabulary.in_group(line))
        if those.grave:
            named.update(vocabulary.grave(vocabulary.indicators))
        self.indicators = frozenset(named) if those.indicators or those.groups or those.grave else None
        if those.domains:
            lies = {code for code, known in vocabulary.indicators.items() if known.domain in those.domains}
            self.indicators = frozenset(lies if self.indicators is None else lies & self.indicators)
        self.but_not = frozenset(those.but_not)
        if self.indicators is not None:
            self.indicators -= self.but_not
        self.kinds = frozenset(those.kinds)
        self.relations = frozenset((*those.relations, "possible"))
        self._those = those
        plain = Those(
            indicators=those.indicators, groups=those.groups, but_not=those.but_not, grave=those.grave,
            domains=those.domains, kinds=those.kinds, relations=those.relations,
        )  # fmt: skip
        self.narrow = those != plain  # most rules ask for no more than what was compared already

    def matches(self, signal: Signal) -> bool:
        """Whether the rule speaks of this signal, first hand or not."""
        return self.may_match(signal) and (not self.narrow or _as_narrow(self._those, signal))

    def may_match(self, signal: Signal) -> bool:
        """Whether kind, relation and indicators fit: what can be said of all signals that are alike in these."""
        return (
            signal.kind in self.kinds
            and signal.relation in self.relations
            and (self.indicators is None or not self.indicators.isdisjoint(signal.indicators))
            and not (self.but_not and signal.indicators and self.but_not.issuperset(signal.indicators))
        )


def _as_narrow(those: Those, signal: Signal) -> bool:
    """Whether a signal is all that a rule asks for beyond indicators, kind and of whom."""
    return (
        (not those.sectors or signal.sector in those.sectors)
        and (not those.how_known or signal.how_known in those.how_known)
        and (not those.referrer_kinds or signal.referrer_kind in those.referrer_kinds)
        and (not those.unborn or signal.unborn)
        and _of_age(those, signal)
        and (not those.measures or any(_within(bound, signal) for bound in those.measures))
        and (not those.outcomes or signal.outcome in those.outcomes)
        and (not those.level_from or signal.level >= those.level_from)
        and (not those.level_upto or 0 < signal.level <= those.level_upto)
    )


def _of_age(those: Those, signal: Signal) -> bool:
    if signal.unborn:
        return not those.from_months
    age = signal.age_months
    return age is None or (
        (those.from_months is None or age >= those.from_months)
        and (those.under_months is None or age < those.under_months)
    )


def _within(bound: Bound, signal: Signal) -> bool:
    return any(
        code == bound.code
        and (bound.least is None or value >= bound.least)
        and (bound.below is None or value < bound.below)
        for code, value in signal.measures
    )


def lines(those: Those, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The lines of published lists that a rule names, a whole list ("neglect:*") line by line."""
    named = []
    for group in those.groups:
        name, _, line = group.partition(":")
        named += [f"{name}:{each}" for each in vocabulary.lists.get(name, {})] if line == "*" else [group]
    return tuple(named)


@lru_cache(maxsize=65536)
def day_of(moment: datetime) -> date:
    """The London day of a moment (aware UTC), remembered: rules ask for the same ones over and over."""
    return london_day(moment)


def incident_key(signal: Signal) -> Hashable:
    """What happened once: the incident reference; else what one referrer of one setting told of the same time.

    What people did for a child is one thing for each deed.
    """
    if signal.incident:
        return signal.incident
    if signal.kind == "help":
        return "", signal.id.rpartition("/")[0] or signal.id
    return signal.occurred_end, signal.occurred_start, signal.organisation, signal.setting, signal.referrer


def first_recorded(signal: Signal) -> tuple[datetime, str]:
    """What orders reports of one incident: who recorded it first; ties by the lower id."""
    return signal.recorded_at, signal.id


def is_echo(signal: Signal) -> bool:
    """What an organisation was told by another one."""
    return signal.how_known == "told_by_organisation"


def incidents_of(chosen: Filter, signals: Iterable[Signal], strengths: frozenset[str]) -> list[Incident]:
    """The distinct incidents among these signals, all of which match, sorted by day; echoes must be gone already."""
    incidents = []
    for reports in _by_key(signals):
        if len(reports) == 1:
            one = reports[0]
            incidents.append(Incident(day_of(one.occurred_end), one, (one,), said_by(chosen, one, strengths)))
            continue
        incidents += [_incident(chosen, some, strengths) for some in _apart(reports)]
    if len(incidents) > 1:
        incidents.sort(key=lambda incident: (incident.day, incident.first.id))
    return incidents


def _by_key(signals: Iterable[Signal]) -> Iterable[list[Signal]]:
    by_key: dict[Hashable, list[Signal]] = {}
    for signal in signals:
        key = incident_key(signal)
        if key in by_key:
            by_key[key].append(signal)
        else:
            by_key[key] = [signal]
    return by_key.values()


def how_many(signals: Iterable[Signal]) -> int:
    """How many distinct incidents these reports are of."""
    return sum(1 if len(reports) == 1 else len(_apart(reports)) for reports in _by_key(signals))


def _apart(reports: Sequence[Signal]) -> list[list[Signal]]:
    """Reports of one reference, parted where they lie too far apart to be of one incident.

    There are as many parts as there can be reports that are pairwise apart, so that one more report never makes them fewer.
    """
    parts: list[list[Signal]] = []
    until: datetime | None = None
    for report in sorted(reports, key=lambda one: (one.occurred_end, one.id)):
        if until is None or report.occurred_start > until:
            parts.append([])
            until = report.occurred_end + APART
        parts[-1].append(report)
    return parts


def _incident(chosen: Filter, reports: Sequence[Signal], strengths: frozenset[str]) -> Incident:
    told = tuple(sorted(reports, key=first_recorded))
    indicators = frozenset().union(*(said_by(chosen, report, strengths) for report in told))
    return Incident(max(day_of(report.occurred_end) for report in told), told[0], told, indicators)


def other_incidents(one: Signal, other: Signal) -> bool:
    """Whether two reports are of different incidents; two who tell of a refusal within a week tell of the same one.

    Two offers that this hub knows of are two.
    """
    if _only_refusal(one) and _only_refusal(other):
        if one.kind == other.kind == "help":
            return _offer(one) != _offer(other)
        return abs(one.occurred_end - other.occurred_end) > REFUSED_ONCE
    if incident_key(one) != incident_key(other):
        return True
    earlier, later = sorted((one, other), key=lambda each: each.occurred_end)
    return later.occurred_start - earlier.occurred_end > APART


def _offer(signal: Signal) -> str:
    """Of what became of an offer, the offer: the signal is named by both."""
    return signal.id.rpartition("/")[0].rpartition("-")[0]


def _only_refusal(signal: Signal) -> bool:
    if signal.indicators:
        return REFUSALS.issuperset(signal.indicators)
    return signal.outcome in REFUSED


def said_by(chosen: Filter, signal: Signal, strengths: frozenset[str]) -> frozenset[str]:
    """The indicators of a signal that the rule speaks of; a strength is none."""
    if chosen.indicators is None:
        return frozenset(signal.indicators) - strengths - chosen.but_not
    return chosen.indicators.intersection(signal.indicators)


def may_alert(incidents: Sequence[Incident]) -> bool:
    """Backfill never alerts alone, and refusing help is never a reason by itself."""
    live = any(not report.backfill for incident in incidents for report in incident.reports)
    return live and any(not _only_refused(incident) for incident in incidents)


def _only_refused(incident: Incident) -> bool:
    if incident.indicators:
        return incident.indicators <= REFUSALS
    return all(report.outcome in REFUSED for report in incident.reports)


def referrer(signal: Signal) -> tuple[str, str]:
    """Who told the organisation, so that repeat callers count as one; all anonymous ones together are one."""
    if signal.referrer is None or signal.referrer_kind == ANONYMOUS:
        return "", ""
    return signal.organisation, signal.referrer


def is_sighting(signal: Signal) -> bool:
    """Somebody of an organisation saw this child, not obscured; what one was told is no sighting."""
    return signal.seen in POSITIVE and signal.relation in OWN and signal.how_known == "first_hand"


def sighted_on(signal: Signal) -> date:
    """The London day on which the child was surely seen: of an imprecise period the first day, the careful reading."""
    return day_of(signal.occurred_end if signal.precision in DAY_OR_FINER else signal.occurred_start)
