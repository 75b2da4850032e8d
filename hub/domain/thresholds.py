"""When do signals add up? Rules are data; this is the one evaluator of them: live, over history, and for a draft.

It promises: the answer depends on the *set* of counted signals alone, never on the order or the delay in which they
came, so a late fact loses no alert. It computes no score; it says which rule stands on which signals.

How signals are counted
- An **incident** is what happened once: the signals with one incident reference, else those of one message. It counts
  as one, for the organisation, setting and referrer who recorded it first (ties: the lower signal id), on the London
  day on which that report says it ended. What other first-hand reports of it add is only indicators.
- An **echo** (told by an organisation, or the same incident again with no new code) adds nothing.
- Anonymous referrers, and reports that name none, count together as one referrer.
- Nothing ever lowers a count: strengths and labels are not read by counting rules.
- Refusing help is never a reason by itself, and facts of a declared backfill never alert alone.
- Signals that may be about another child (`possible`) are used only where the rule does not stand without them.

Which window is reported: windows are `within_days` London days that end on a day with an incident. *Every* such window
of the counted signals is a candidate, however long ago (what has left the pool is discounted, so it is not in the
set); the latest that satisfies the rule is the one reported, and all its incidents are the evidence.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations, islice
from math import comb

from msgspec import Struct

from hub.domain.moments import LONDON, london_day, months_between
from hub.domain.rule import REFUSALS, Absence, Count, Grave, InSequence, Rule, Those, When
from hub.domain.signal import Signal
from hub.domain.vocabulary import Vocabulary

ANONYMOUS = "9"  # census referral source code
OWN = frozenset({"own", "possible"})  # said of this child, surely or perhaps
POSITIVE = frozenset({"seen", "seen_alone"})
DAY_OR_FINER = frozenset({"minute", "hour", "day"})
NEWEST = 60  # of a larger evidence the smallest sufficient set is looked for among the newest, where they suffice
TRIES = 20_000  # how many subsets are tried for the smallest sufficient set before it is only made minimal


class Incident(Struct, frozen=True):
    """One incident as a rule sees it: when, who recorded it first, and all first-hand reports that add a code."""

    day: date
    first: Signal
    reports: tuple[Signal, ...]
    indicators: frozenset[str]


class Stand(Struct, frozen=True):
    """A rule stands. `incidents` are sorted by day; for an absence `since` is the last day on which it was seen."""

    incidents: tuple[Incident, ...]
    possible: bool
    start: date
    end: date
    since: date | None = None  # absence: the day from which nobody reports having seen the child
    seen_before: bool = False  # absence: whether it was ever reported seen

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the signals that it stands on, sorted."""
        return tuple(sorted({report.id for incident in self.incidents for report in incident.reports}))


class Filter:
    """A `Those`, made ready: lines, lists and domains are expanded to indicators, lists are sets."""

    __slots__ = ("indicators", "kinds", "relations")

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
        self.kinds = frozenset(those.kinds)
        self.relations = frozenset((*those.relations, "possible"))

    def matches(self, signal: Signal) -> bool:
        """Whether the rule speaks of this signal, first hand or not."""
        return (
            signal.kind in self.kinds
            and signal.relation in self.relations
            and (self.indicators is None or not self.indicators.isdisjoint(signal.indicators))
        )


def lines(those: Those, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The lines of published lists that a rule names, a whole list ("neglect:*") line by line."""
    named = []
    for group in those.groups:
        name, _, line = group.partition(":")
        named += [f"{name}:{each}" for each in vocabulary.lists.get(name, {})] if line == "*" else [group]
    return tuple(named)


class Ready:
    """A rule made ready to evaluate under one vocabulary: built once for an edition, then shared, never changed."""

    def __init__(self, rule: Rule, vocabulary: Vocabulary, version: str = "", would_raise: str = "") -> None:
        self.rule = rule
        self.version = version
        self.vocabulary = vocabulary
        self.would_raise = would_raise
        when = rule.when
        self.strengths = frozenset(code for code, known in vocabulary.indicators.items() if known.strength)
        self.fewest = _fewest(when)
        self._domain = {code: known.domain for code, known in vocabulary.indicators.items()}
        self.of: Filter
        self.then: Filter | None = None
        self.each: tuple[tuple[Filter, int], ...] = ()
        match when:
            case Count():
                self.of = Filter(when.of, vocabulary)
                self.each = tuple((Filter(part.of, vocabulary), part.incidents) for part in when.each)
                self.groups = tuple(frozenset(vocabulary.in_group(line)) for line in lines(when.of, vocabulary))
            case Grave():
                self.of = Filter(when.of, vocabulary)
            case InSequence():
                self.of, self.then = Filter(when.first, vocabulary), Filter(when.then, vocabulary)
            case Absence():
                self.of = Filter(when.given, vocabulary)

    def domains_of(self, indicators: Iterable[str]) -> set[str]:
        """The need domains of these indicators; an unknown code has none."""
        return {self._domain[code] for code in indicators if code in self._domain}

    @property
    def waits(self) -> bool:
        """Whether time alone can make the rule stand."""
        return isinstance(self.rule.when, Absence)

    def speaks_of(self, signal: Signal) -> bool:
        """Whether counting or discounting this signal can change the rule's answer."""
        if self.waits:
            return signal.relation in OWN or self.of.matches(signal)
        return self.of.matches(signal) or (self.then is not None and self.then.matches(signal))


def stands(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> Stand | None:
    """On which signals the rule stands, or None. `as_of` (aware UTC) matters to absences alone.

    `signals` are the counted signals of one child, in any order.
    """
    return judge(ready, signals, as_of)[0]


def next_due(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> datetime | None:
    """When the rule will stand if nothing more is heard (aware UTC, after `as_of`); None where time alone cannot do it.

    Only an absence has such a moment: the start of the London day on which the child will have been unseen too long.
    """
    return judge(ready, signals, as_of)[1]


def judge(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> tuple[Stand | None, datetime | None]:
    """Both answers in one: on which signals the rule stands, and when time alone will make it stand."""
    known = list(signals)
    sure = [signal for signal in known if signal.relation != "possible"]
    found, due = _find(ready, sure, as_of, possible=False)
    if found is None and len(sure) < len(known):
        found, perhaps = _find(ready, known, as_of, possible=True)
        due = min((moment for moment in (due, perhaps) if moment), default=None)
    return found, due


def smallest(ready: Ready, found: Stand, as_of: datetime) -> tuple[str, ...]:
    """Ids of a smallest set of the evidence on which the rule still stands, the newest preferred; sorted.

    Where the evidence is too large to try all sets it is minimal (none of it can be left out), not always the smallest.
    """

    def enough(some: Sequence[Incident]) -> bool:
        chosen = [report for incident in some for report in incident.reports]
        return _find(ready, chosen, as_of, possible=found.possible)[0] is not None

    incidents = found.incidents[::-1]
    if len(incidents) > NEWEST and enough(incidents[:NEWEST]):
        incidents = incidents[:NEWEST]
    if isinstance(ready.rule.when, Absence):
        alone = (incident for incident in found.incidents if _may_alert((incident,)))
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
    return tuple(
        incident for incident, rest in without if _find(ready, rest, as_of, possible=found.possible)[0] is None
    )


def _pruned(some: list[Incident], enough: Callable[[Sequence[Incident]], bool]) -> list[Incident]:
    for incident in some[::-1]:  # the oldest goes first
        rest = [other for other in some if other is not incident]
        if enough(rest):
            some = rest
    return some


def _fewest(when: When) -> int:
    match when:
        case Count():
            asked = when.at_least
            return max(1, asked.incidents, asked.organisations, asked.sectors, asked.settings, asked.referrers)
        case InSequence():
            return 2
        case _:
            return 1


def _find(
    ready: Ready, signals: Sequence[Signal], as_of: datetime, *, possible: bool
) -> tuple[Stand | None, datetime | None]:
    match ready.rule.when:
        case Count() as when:
            return _count(ready, when, signals, possible), None
        case Grave() as when:
            return _grave(ready, when, signals, possible), None
        case InSequence() as when:
            return _sequence(ready, when, signals, possible), None
        case Absence() as when:
            return _absence(ready, when, signals, as_of, possible)


# ------------------------------------------------------------------------------------------------------- incidents


@lru_cache(maxsize=65536)
def _day(moment: datetime) -> date:
    return london_day(moment)


def incident_key(signal: Signal) -> str:
    """What happened once: the incident reference, else the message (one message may speak of several siblings)."""
    return f"incident {signal.incident}" if signal.incident else f"message {signal.id.rpartition('/')[0] or signal.id}"


def _first_recorded(signal: Signal) -> tuple[datetime, str]:
    return signal.recorded_at, signal.id


def _is_echo(signal: Signal) -> bool:
    return signal.how_known == "told_by_organisation"


def _incidents(ready: Ready, chosen: Filter, signals: Iterable[Signal]) -> list[Incident]:
    """The distinct incidents among these signals, all of which match, sorted by day; echoes must be gone already."""
    by_key: dict[str, list[Signal]] = {}
    for signal in signals:
        by_key.setdefault(incident_key(signal), []).append(signal)
    incidents = []
    for reports in by_key.values():
        first = reports[0]
        if len(reports) == 1:
            incidents.append(Incident(_day(first.occurred_end), first, (first,), _named(ready, chosen, first)))
            continue
        reports.sort(key=_first_recorded)
        first = reports[0]
        kept = []
        indicators: set[str] = set()
        for report in reports:
            named = _named(ready, chosen, report)
            if report is first or not named <= indicators:
                kept.append(report)
                indicators |= named
        day = _day(first.occurred_end)
        incidents.append(Incident(day, first, tuple(kept), frozenset(indicators)))
    incidents.sort(key=lambda incident: (incident.day, incident.first.id))
    return incidents


def _named(ready: Ready, chosen: Filter, signal: Signal) -> frozenset[str]:
    if chosen.indicators is None:
        return frozenset(signal.indicators) - ready.strengths
    return chosen.indicators.intersection(signal.indicators)


def _may_alert(incidents: Sequence[Incident]) -> bool:
    """Backfill never alerts alone, and refusing help is never a reason by itself."""
    live = any(not report.backfill for incident in incidents for report in incident.reports)
    return live and any(not incident.indicators or not incident.indicators <= REFUSALS for incident in incidents)


# ----------------------------------------------------------------------------------------------------------- kinds


def _count(ready: Ready, when: Count, signals: Sequence[Signal], possible: bool) -> Stand | None:
    matching = [signal for signal in signals if ready.of.matches(signal) and not _is_echo(signal)]
    if not _could_count(ready, when, matching):
        return None
    incidents = _incidents(ready, ready.of, matching)
    if len(incidents) < ready.fewest:
        return None
    for last in range(len(incidents) - 1, -1, -1):
        end = incidents[last].day
        if last + 1 < len(incidents) and incidents[last + 1].day == end:
            continue  # the same window
        start = end - timedelta(days=when.within_days - 1)
        window = [incident for incident in incidents[: last + 1] if incident.day >= start]
        if _counts(ready, when, window) and _may_alert(window):
            return Stand(tuple(window), possible, start, end)
    return None


def _could_count(ready: Ready, when: Count, matching: Sequence[Signal]) -> bool:
    """Whether these could satisfy the rule if all were incidents of one window: most children are settled here."""
    asked = when.at_least
    if len(matching) < ready.fewest or len({signal.organisation for signal in matching}) < asked.organisations:
        return False
    if max(asked.domains, asked.groups, asked.indicators) > 1:
        indicators = frozenset().union(*(_named(ready, ready.of, signal) for signal in matching))
        return _has_codes(ready, when, indicators)
    return True


def _has_codes(ready: Ready, when: Count, indicators: frozenset[str]) -> bool:
    asked = when.at_least
    return (
        len(indicators) >= asked.indicators
        and (asked.domains < 1 or len(ready.domains_of(indicators)) >= asked.domains)
        and (asked.groups < 1 or sum(not group.isdisjoint(indicators) for group in ready.groups) >= asked.groups)
    )


def _counts(ready: Ready, when: Count, window: Sequence[Incident]) -> bool:
    asked = when.at_least
    firsts = [incident.first for incident in window]
    indicators = frozenset().union(*(incident.indicators for incident in window))
    return (
        len(window) >= asked.incidents
        and len({first.organisation for first in firsts}) >= asked.organisations
        and (asked.sectors < 1 or len({first.sector for first in firsts}) >= asked.sectors)
        and (asked.settings < 1 or len({(s.organisation, s.setting) for s in firsts if s.setting}) >= asked.settings)
        and (asked.referrers < 1 or len({referrer(first) for first in firsts}) >= asked.referrers)
        and _has_codes(ready, when, indicators)
        and all(
            sum(any(part.matches(report) for report in incident.reports) for incident in window) >= least
            for part, least in ready.each
        )
    )


def referrer(signal: Signal) -> tuple[str, str]:
    """Who told the organisation, so that repeat callers count as one; all anonymous ones together are one."""
    if signal.referrer is None or signal.referrer_kind == ANONYMOUS:
        return "", ""
    return signal.organisation, signal.referrer


def _grave(ready: Ready, when: Grave, signals: Sequence[Signal], possible: bool) -> Stand | None:
    matching = [signal for signal in signals if ready.of.matches(signal)]
    if not matching:
        return None
    heard = [signal for signal in matching if not _is_echo(signal)]
    if when.second_hand:
        for told in sorted((signal for signal in matching if _is_echo(signal)), key=_first_recorded):
            if not any(_stands_for(other, told, when.within_days) for other in heard):
                heard.append(told)  # nobody has reported it first hand: what was told stands meanwhile
    incidents = _incidents(ready, ready.of, heard)
    for last in range(len(incidents) - 1, -1, -1):
        end = incidents[last].day
        start = end - timedelta(days=when.within_days - 1)
        window = [incident for incident in incidents[: last + 1] if incident.day >= start]
        if _may_alert(window):
            return Stand(tuple(window), possible, start, end)
    return None


def _stands_for(other: Signal, told: Signal, within_days: int) -> bool:
    """Whether what was told adds nothing beside another report near it. Imported history silences nothing live."""
    near = abs(_day(other.occurred_end) - _day(told.occurred_end)) < timedelta(days=within_days)
    return near and (told.backfill or not other.backfill)


def _sequence(ready: Ready, when: InSequence, signals: Sequence[Signal], possible: bool) -> Stand | None:
    then = ready.then
    if then is None:  # never: Ready gives every sequence its second filter
        raise AssertionError("a sequence without its second part")
    heard = [signal for signal in signals if not _is_echo(signal)]
    firsts = _incidents(ready, ready.of, (signal for signal in heard if ready.of.matches(signal)))
    thens = _incidents(ready, then, (signal for signal in heard if then.matches(signal)))
    for last in range(len(thens) - 1, -1, -1):
        end = thens[last].day
        start = end - timedelta(days=when.within_days - 1)
        before = [one for one in firsts if one.day >= start and _before(one, thens[last])]
        after = [one for one in thens[: last + 1] if any(_before(other, one) for other in before)]
        window = sorted({id(one): one for one in (*before, *after)}.values(), key=lambda one: (one.day, one.first.id))
        if before and _may_alert(window):
            return Stand(tuple(window), possible, start, end)
    return None


def _before(one: Incident, other: Incident) -> bool:
    """Whether one incident came before another; on one day the ends given decide, and the same moment is not before."""
    if incident_key(one.first) == incident_key(other.first):
        return False
    return one.first.occurred_end < other.first.occurred_end and one.day <= other.day


def _absence(
    ready: Ready, when: Absence, signals: Sequence[Signal], as_of: datetime, possible: bool
) -> tuple[Stand | None, datetime | None]:
    fires, since, given, seen_before = _unseen(ready, when, signals)
    if fires is None or since is None:
        return None, None
    moment = _midnight(fires)
    if moment > as_of:
        return None, moment
    return Stand(tuple(given), possible, given[0].day, fires, since, seen_before), None


def _unseen(
    ready: Ready, when: Absence, signals: Sequence[Signal]
) -> tuple[date | None, date | None, list[Incident], bool]:
    """The day on which the absence stands (or stood), the day it is counted from, what was given, whether ever seen.

    The days are counted from the last sighting; where there is none, from the day on which an organisation first
    recorded anything that counts for the child, other than who lives with whom. It stands from the first day on which
    the child has been unseen for `unseen_days` and something given lies within the `given_within_days` before; time
    alone never ends it, a sighting does. What was given must be known first hand, and not by backfill or refusal alone.
    """
    given = [signal for signal in signals if ready.of.matches(signal) and not _is_echo(signal)]
    if not given:
        return None, None, [], False
    sightings = [sighted_on(signal) for signal in signals if is_sighting(signal)]
    heard = (_day(signal.recorded_at) for signal in signals if signal.kind != "household_change")
    since = max(sightings) if sightings else min(heard, default=_day(given[0].recorded_at))
    unseen = since + timedelta(days=when.unseen_days)
    if when.under_months is not None and not _under(signals, unseen, when.under_months):
        return None, None, [], False  # and older still on any later day
    incidents = [
        incident
        for incident in _incidents(ready, ready.of, given)
        if incident.day > unseen - timedelta(days=when.given_within_days)
    ]
    if not incidents or not _may_alert(incidents):
        return None, None, [], False
    fires = max(unseen, incidents[0].day)
    if when.under_months is not None and not _under(signals, fires, when.under_months):
        return None, None, [], False
    return fires, since, incidents, bool(sightings)


def is_sighting(signal: Signal) -> bool:
    """Somebody of an organisation saw this child, not obscured; what one was told is no sighting."""
    return signal.seen in POSITIVE and signal.relation in OWN and signal.how_known == "first_hand"


def sighted_on(signal: Signal) -> date:
    """The London day on which the child was surely seen: of an imprecise period the first day, the careful reading."""
    return _day(signal.occurred_end if signal.precision in DAY_OR_FINER else signal.occurred_start)


def _under(signals: Sequence[Signal], on: date, months: int) -> bool:
    """Whether the child may be younger than this on a day; not known is not "older", and the unborn cannot be seen.

    Each signal carries the age of the child that it counts for, also where it is about a sibling or an adult.
    """
    own = [signal for signal in signals if signal.relation in OWN]
    told = [signal for signal in own if signal.age_months is not None]
    told = told or [signal for signal in signals if signal.age_months is not None]
    if told:
        latest = max(told, key=_first_recorded)
        age = (latest.age_months or 0) + months_between(_day(latest.occurred_end), on)
        return age < months
    return not any(signal.unborn for signal in own)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
