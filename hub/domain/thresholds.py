"""When do signals add up? Rules are data; this is the one evaluator of them: live, over history, and for a draft.

It promises: the answer depends on the *set* of counted signals alone, never on the order or the delay in which they
came, so a late fact loses no alert. It computes no score; it says which rule stands on which signals.

How signals are counted (counting.py)
- An **incident** is what happened once: the signals with one incident reference that lie no further than a week apart, else
  what one referrer of one setting told of the same time. It counts once, on each London day on which a report says it
  ended, for the organisation, setting and referrer of each report. A rule of two organisations asks for two incidents all
  the same.
- An **echo** (what its sender says that another organisation told it) adds nothing, whenever it was recorded.
- Anonymous referrers, and reports that name none, count together as one referrer.
- Nothing ever lowers a count: strengths and labels are not read by counting rules, and a further report takes nothing away.
- Refusing help is never a reason by itself, and facts of a declared backfill never alert alone.
- Signals that may be about another child (`possible`) are used only where the rule does not stand without them.

Which window is told: windows are `within_days` London days that end on a day with an incident. *Every* such window
of the counted signals is a candidate, however long ago (what has left the pool is discounted, so it is not in the
set); the latest that satisfies the rule is the one that the sentences tell of. The evidence is all incidents of all windows
that satisfy it: so whatever is heard late of a time long past is before whoever decides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.absence import unseen
from hub.domain.counting import (
    Filter,
    Incident,
    day_of,
    first_recorded,
    how_many,
    incident_key,
    incidents_of,
    is_echo,
    lines,
    may_alert,
    other_incidents,
    referrer,
    said_by,
)
from hub.domain.moments import LONDON
from hub.domain.rule import Absence, Count, Grave, InSequence, Rule, Steps, When
from hub.domain.signal import Signal
from hub.domain.vocabulary import Vocabulary

MANY = 100  # windows of a sequence up to which every one is looked at


class Stand(Struct, frozen=True):
    """A rule stands. `incidents` are those of the latest window, sorted by day; `also` those of other windows in which it
    stands besides. For an absence `since` is the last day on which the child was seen.
    """

    incidents: tuple[Incident, ...]
    possible: bool
    start: date
    end: date
    since: date | None = None  # absence: the day from which nobody reports having seen the child
    seen_before: bool = False  # absence: whether it was ever reported seen
    also: tuple[Incident, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the signals that it stands on, sorted."""
        return tuple(sorted({one.id for one in self.reports}))

    @property
    def reports(self) -> tuple[Signal, ...]:
        """The signals that it stands on."""
        return tuple({one.id: one for each in (*self.also, *self.incidents) for one in each.reports}.values())

    @property
    def digest(self) -> str:
        """What is told of it, as a hash: another where one of its signals says something else under the same id."""
        said = sorted(
            (
                one.id, one.relation, one.kind, one.indicators, one.organisation, one.how_known, one.outcome, one.level,
                one.occurred_end.timestamp(),
            )
            for one in self.reports
        )  # fmt: skip
        told = sorted(one.id for each in self.incidents for one in each.reports)
        return sha256(repr((said, told, self.since and self.since.isoformat())).encode()).hexdigest()[:16]


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
        self.steps: tuple[Filter, ...] = ()
        self.groups: tuple[frozenset[str], ...] = ()  # of each line that a count names, its indicators
        match when:
            case Count():
                self.of = Filter(when.of, vocabulary)
                self.each = tuple((Filter(part.of, vocabulary), part.incidents) for part in when.each)
                self.groups = tuple(frozenset(vocabulary.in_group(line)) for line in lines(when.of, vocabulary))
            case Grave():
                self.of = Filter(when.of, vocabulary)
            case InSequence():
                self.of, self.then = Filter(when.first, vocabulary), Filter(when.then, vocabulary)
            case Steps():
                self.steps = tuple(Filter(step, vocabulary) for step in when.steps)
                self.of = self.steps[0]
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
        # whatever is said of anybody may tell since when the child is known, or how old it is
        return self.waits or any(part.matches(signal) for part in self._parts())

    def may_speak_of(self, signal: Signal) -> bool:
        """The same by kind, relation and indicators alone: it holds for every signal that is alike in these."""
        return self.waits or any(part.may_match(signal) for part in self._parts())

    def _parts(self) -> tuple[Filter, ...]:
        return self.steps or ((self.of,) if self.then is None else (self.of, self.then))


def stands(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> Stand | None:
    """On which signals the rule stands, or None. `as_of` (aware UTC) matters to absences alone.

    `signals` are the counted signals of one child, in any order.
    """
    return judge(ready, signals, as_of)[0]


def does_stand(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> bool:
    """Whether the rule stands; quicker than `stands` where a child is known by very many signals."""
    known = list(signals)
    sure = [signal for signal in known if signal.relation != "possible"]
    if find(ready, sure, as_of, possible=False, whole=False)[0] is not None:
        return True
    return len(sure) < len(known) and find(ready, known, as_of, possible=True, whole=False)[0] is not None


def next_due(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> datetime | None:
    """When the rule will stand if nothing more is heard (aware UTC, after `as_of`); None where time alone cannot do it.

    Only an absence has such a moment: the start of the London day on which the child will have been unseen too long.
    """
    return judge(ready, signals, as_of)[1]


def judge(ready: Ready, signals: Iterable[Signal], as_of: datetime) -> tuple[Stand | None, datetime | None]:
    """Both answers in one: on which signals the rule stands, and when time alone will make it stand."""
    known = list(signals)
    sure = [signal for signal in known if signal.relation != "possible"]
    found, due = find(ready, sure, as_of, possible=False)
    if found is None and len(sure) < len(known):
        found, perhaps = find(ready, known, as_of, possible=True)
        due = min((moment for moment in (due, perhaps) if moment), default=None)
    return found, due


def find(
    ready: Ready, signals: Sequence[Signal], as_of: datetime, *, possible: bool, whole: bool = True
) -> tuple[Stand | None, datetime | None]:
    """The same over exactly these signals; `possible` says that some of them may be about another child.

    Without `whole` the latest window alone is looked for: enough to know whether the rule stands.
    """
    match ready.rule.when:
        case Count() as when:
            return _count(ready, when, signals, possible, whole), None
        case Grave() as when:
            return _grave(ready, when, signals, possible, whole), None
        case InSequence() as when:
            return _sequence(ready, when, signals, possible, whole), None
        case Steps() as when:
            return _steps(ready, when, signals, possible, whole), None
        case Absence() as when:
            return _absence(ready, when, signals, as_of, possible)


def _fewest(when: When) -> int:
    match when:
        case Count():
            asked = when.at_least
            return max(1, asked.incidents, asked.organisations, asked.sectors, asked.settings, asked.referrers)
        case InSequence():
            return 2
        case Steps():
            return len(when.steps)
        case _:
            return 1


# ----------------------------------------------------------------------------------------------------------- kinds


def _count(ready: Ready, when: Count, signals: Sequence[Signal], possible: bool, whole: bool) -> Stand | None:
    matching = [signal for signal in signals if ready.of.matches(signal) and not is_echo(signal)]
    if not _could_count(ready, when, matching):
        return None
    incidents = incidents_of(ready.of, matching, ready.strengths)
    if len(incidents) < ready.fewest:
        return None
    # reports of one incident may differ on the day: it lies in a window by those that lie in it
    spread = len(incidents) < len(matching) and any(len(one.reports) > 1 and len(one.days) > 1 for one in incidents)
    if spread:
        matching.sort(key=lambda signal: signal.occurred_end)
        each = [day_of(signal.occurred_end) for signal in matching]
    else:
        each = [incident.day for incident in incidents]

    def within(start: date, end: date) -> list[Incident] | None:
        lowest, highest = bisect_left(each, start), bisect_right(each, end)
        inside = matching[lowest:highest] if spread else []
        window = incidents_of(ready.of, inside, ready.strengths) if spread else incidents[lowest:highest]
        return window if _counts(ready, when, window) and may_alert(window) else None

    return _over(sorted(set(each)), when.within_days, within, possible, whole)


Within = Callable[[date, date], list[Incident] | None]


def _over(
    ends: Sequence[date], within_days: int, within: Within, possible: bool, whole: bool, *, inside: bool = True
) -> Stand | None:
    """The latest window in which a rule stands, and with `whole` the others that add to it.

    `within` gives the incidents of a window where it satisfies the rule. `inside`: whatever lies in such a window is
    evidence; so days that lie in one are not looked at again, and each other day is looked for in every window that holds
    it. Where it is not so, every window is looked at, as long as there are not too many.
    """
    span = timedelta(days=within_days - 1)
    found: list[Stand] = []
    failed: set[date] = set()

    def look(end: date) -> bool:
        window = None if end in failed else within(end - span, end)
        if window is None:
            failed.add(end)
            return False
        found.append(Stand(tuple(window), possible, end - span, end))
        return True

    at = len(ends) - 1
    while at >= 0 and not look(ends[at]):
        at -= 1
    if not whole or not found:
        return found[0] if found else None
    if not inside and len(ends) <= MANY:
        for end in ends[:at][::-1]:
            look(end)
        return _together(found)
    at = bisect_left(ends, found[0].start) - 1
    while at >= 0:
        last = bisect_right(ends, ends[at] + span)
        hit = any(look(end) for end in ends[at:last])
        at = bisect_left(ends, found[-1].start) - 1 if hit else at - 1
    return _together(found)


def _together(found: Sequence[Stand]) -> Stand | None:
    """The latest of the windows in which a rule stands (they come latest first), with what the others add."""
    if not found:
        return None
    latest, *others = found
    if not others:
        return latest
    known = {report.id for incident in latest.incidents for report in incident.reports}
    also: list[Incident] = []
    for other in others:
        for incident in other.incidents:
            if not known.issuperset(report.id for report in incident.reports):
                also.append(incident)
                known.update(report.id for report in incident.reports)
    also.sort(key=lambda incident: (incident.day, incident.first.id))
    return replace(latest, also=tuple(also))


def _could_count(ready: Ready, when: Count, matching: Sequence[Signal]) -> bool:
    """Whether these could satisfy the rule if all were incidents of one window: most children are settled here."""
    asked = when.at_least
    if len(matching) < ready.fewest or len({signal.organisation for signal in matching}) < asked.organisations:
        return False
    if max(asked.domains, asked.groups, asked.indicators) > 1:
        indicators = frozenset().union(*(said_by(ready.of, signal, ready.strengths) for signal in matching))
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
    if len(window) < max(asked.incidents, ready.fewest):
        return False
    told = [report for incident in window for report in incident.reports]
    if asked.organisations > 1 and len({report.organisation for report in told}) < asked.organisations:
        return False
    indicators = frozenset().union(*(incident.indicators for incident in window))
    return (
        (asked.sectors < 1 or len({report.sector for report in told}) >= asked.sectors)
        and (asked.settings < 1 or len({(s.organisation, s.setting) for s in told if s.setting}) >= asked.settings)
        and (asked.referrers < 1 or len({referrer(report) for report in told}) >= asked.referrers)
        and _has_codes(ready, when, indicators)
        and all(
            how_many(report for incident in window for report in incident.reports if part.matches(report)) >= least
            for part, least in ready.each
        )
    )


def _grave(ready: Ready, when: Grave, signals: Sequence[Signal], possible: bool, whole: bool) -> Stand | None:
    matching = [signal for signal in signals if ready.of.matches(signal)]
    if not matching:
        return None
    heard = [signal for signal in matching if not is_echo(signal)]
    if when.second_hand:
        for told in sorted((signal for signal in matching if is_echo(signal)), key=first_recorded):
            if not any(_stands_for(other, told, when.within_days) for other in heard):
                heard.append(told)  # nobody has reported it first hand: what was told stands meanwhile
    incidents = incidents_of(ready.of, heard, ready.strengths)
    each = [incident.day for incident in incidents]

    def within(start: date, end: date) -> list[Incident] | None:
        window = incidents[bisect_left(each, start) : bisect_right(each, end)]
        return window if may_alert(window) else None

    return _over(sorted(set(each)), when.within_days, within, possible, whole)


def _stands_for(other: Signal, told: Signal, within_days: int) -> bool:
    """Whether what was told adds nothing beside another report near it. Imported history silences nothing live."""
    near = abs(day_of(other.occurred_end) - day_of(told.occurred_end)) < timedelta(days=within_days)
    return near and (told.backfill or not other.backfill)


def _sequence(ready: Ready, when: InSequence, signals: Sequence[Signal], possible: bool, whole: bool) -> Stand | None:
    then = ready.then
    if then is None:  # never: Ready gives every sequence its second filter
        raise AssertionError("a sequence without its second part")
    heard = [signal for signal in signals if not is_echo(signal)]
    thens = _pieces(then, heard, ready.strengths)
    firsts = _pieces(ready.of, heard, ready.strengths) if thens else []
    if not firsts:
        return None

    def within(start: date, end: date) -> list[Incident] | None:
        ends = [one for one in thens if one.day == end]
        before = [one for one in firsts if start <= one.day <= end and any(_before(one, last) for last in ends)]
        after = [one for one in thens if start <= one.day <= end and any(_before(other, one) for other in before)]
        window = _merged([*before, *after])
        return window if before and may_alert(window) else None

    return _over(sorted({one.day for one in thens}), when.within_days, within, possible, whole, inside=False)


def _steps(ready: Ready, when: Steps, signals: Sequence[Signal], possible: bool, whole: bool) -> Stand | None:
    heard = [signal for signal in signals if not is_echo(signal)]
    each = []
    for step in ready.steps:
        pieces = _pieces(step, heard, ready.strengths)
        if not pieces:
            return None
        each.append(pieces)

    def within(start: date, end: date) -> list[Incident] | None:
        walked = _walked([[one for one in step if start <= one.day <= end] for step in each])
        window = _merged(walked)
        return window if walked and may_alert(window) else None

    return _over(sorted({one.day for one in each[-1]}), when.within_days, within, possible, whole, inside=False)


def _pieces(chosen: Filter, heard: Iterable[Signal], strengths: frozenset[str]) -> list[Incident]:
    """The reports of the incidents, one by one: what came before what is asked of each by itself."""
    matching = [signal for signal in heard if chosen.matches(signal)]
    if len(matching) < 2:
        return incidents_of(chosen, matching, strengths)
    return [
        Incident(day_of(report.occurred_end), report, (report,), said_by(chosen, report, strengths))
        for incident in incidents_of(chosen, matching, strengths)
        for report in incident.reports
    ]


def _merged(pieces: Iterable[Incident]) -> list[Incident]:
    """The incidents of these pieces, each once, sorted by day."""
    by_key: dict[Hashable, list[Incident]] = {}
    for piece in sorted(pieces, key=lambda one: (one.day, one.first.id)):
        by_key.setdefault(incident_key(piece.first), []).append(piece)
    whole: list[Incident] = []
    for some in by_key.values():
        merged: list[Incident] = []
        for piece in some:
            if not merged or other_incidents(merged[-1].first, piece.first):
                merged.append(piece)
                continue
            same = merged[-1]
            reports = tuple({one.id: one for one in (*same.reports, *piece.reports)}.values())
            merged[-1] = replace(same, reports=reports, indicators=same.indicators | piece.indicators)
        whole += merged
    return sorted(whole, key=lambda one: (one.day, one.first.id))


def _walked(each: Sequence[Sequence[Incident]]) -> list[Incident]:
    """Every piece that is on some way through all the steps; [] where there is no way."""
    ahead = [list(each[0])]
    for step in each[1:]:
        ahead.append([one for one in step if any(_before(other, one) for other in ahead[-1])])
    kept = [ahead[-1]]
    for step in ahead[-2::-1]:
        kept.append([one for one in step if any(_before(one, other) for other in kept[-1])])
    if not all(kept):
        return []
    return [one for step in kept for one in step]


def _before(one: Incident, other: Incident) -> bool:
    """Whether one incident came before another; on one day the ends given decide, and the same moment is not before."""
    if one.first.occurred_end >= other.first.occurred_end or one.day > other.day:
        return False
    return other_incidents(one.first, other.first)


def _absence(
    ready: Ready, when: Absence, signals: Sequence[Signal], as_of: datetime, possible: bool
) -> tuple[Stand | None, datetime | None]:
    fires, since, given, seen_before = unseen(ready.of, ready.strengths, when, signals)
    if fires is None or since is None:
        return None, None
    moment = _midnight(fires)
    if moment > as_of:
        return None, moment
    return Stand(tuple(given), possible, given[0].day, fires, since, seen_before), None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
