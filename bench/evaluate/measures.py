"""What a partnership's rules come to in a world: load, reach before escalation, lead time, and who gains and who does not.

Every number says of how many, and how sure it is. A need counts where it lay in full view: it began and escalates within
the world's time.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files

import msgspec
from msgspec import Struct

from bench.evaluate.alerts import Raised, To, alerting, alerts_of
from bench.evaluate.equity import Ratio, ratios
from bench.evaluate.history import About, Told
from bench.evaluate.intervals import Families, Rate, Share, Spread, per_family, wilson
from bench.world.planning import EARLIEST, midnight
from bench.world.truth import Planted
from hub.domain.counting import incident_key, is_echo
from hub.domain.over_time import Event
from hub.domain.thresholds import Ready
from policies.what_if import assumed

GRAVE_LEVEL = 4  # this level and above: significant harm in every partnership's continuum
YEAR = timedelta(days=365)
AFTERWARDS = timedelta(days=30)  # a level 4 alert this long after the escalation still counts as reached, late
TO: tuple[To, ...] = ("front_door", "allocated_worker")
CUTS: dict[str, Callable[[About], str]] = {
    "ethnic_group": lambda about: about.person.ethnic_group,
    "disability": lambda about: "disabled" if about.person.disability else "not disabled",
    "deprivation_fifth": lambda about: str(about.person.deprivation_fifth),
    "name_community": lambda about: about.person.community,
}


class Setting(Struct, frozen=True):
    """One assumption: value, unit, and where it comes from."""

    value: float
    unit: str
    source: str


class Load(Struct, frozen=True):
    """Alerts per 1,000 such children a year, by who gets them."""

    front_door: Rate
    allocated_worker: Rate


class Reach(Struct, frozen=True):
    """Planted needs in full view: for how many somebody was alerted before the escalation, and how many days before.

    `on_planted_signals` counts those of which an alert rested on at least one report of that need, `before_last_report`
    those of which one came before the report with which it escalates: the rest was told by that report itself. `told_twice`
    are those of which two incidents or more were known first hand of the child or its household in the year before, one of
    them since the need began: no rule that lets one need alone alert nobody reaches more.
    """

    reached: Share
    on_planted_signals: Share
    before_last_report: Share
    told_twice: Share
    lead_days: Spread


class Early(Struct, frozen=True):
    """Alerts below level 4 at the front door: their load, and of them those on a child with a planted need."""

    all_children: Rate
    nothing_planted: Rate
    on_planted: Share


class Grave(Struct, frozen=True):
    """Alerts of level 4 or above: their load, whoever gets them, and what they reach of planted harm in full view.

    `signalled` are harms of which the grave report counted for the child; `reached` those of them with such an alert from
    the beginning to 30 days after the section 47 enquiry, `before_enquiry` those with one before it. Of the alerts on children
    with nothing planted, `siblings_need` rest on a report of the planted need of a sibling, and `without_enquiry` are on
    children of whom no section 47 enquiry was open then or began within 30 days; `reports` are the grave reports that all of
    them rest on: no rule that hears each of these alerts less. Delay is
    counted in hours from when the hub knew of the grave report, `days_since` in days from when the grave thing happened.
    """

    load: Rate
    nothing_planted: Rate
    siblings_need: Rate
    without_enquiry: Rate
    reports: Rate
    signalled: Share
    reached: Share
    before_enquiry: Share
    delay_hours: Spread
    days_since: Spread


class Hours(Struct, frozen=True):
    """Staff time a year for as many such children as the settings say, with its 95 % interval; minutes by level."""

    hours_a_year: float
    low: float
    high: float
    alerts_a_working_day: float


class Group(Struct, frozen=True):
    """All measures of one group of children."""

    children: int
    child_years: float
    all_children: Load
    planted: Load
    nothing_planted: Load
    building: Reach
    harm: Reach
    early_help: Early
    level_4: Grave
    staff: Hours


class RuleLoad(Struct, frozen=True):
    """One rule that alerts: its own load and reach."""

    rule: str
    words: str
    level: int
    front_door: Rate
    allocated_worker: Rate
    building: Share


class Measures(Struct, frozen=True):
    """Everything, for all children and cut four ways."""

    everyone: Group
    rules: list[RuleLoad]
    silent_rules: list[str]  # they tell nobody
    cuts: dict[str, dict[str, Group]]
    ratios: list[Ratio]  # between groups of a cut


def settings() -> dict[str, Setting]:
    """The assumptions of settings.toml, and those that a what-if shares: minutes by level, and how soon a person decides."""
    text = files("bench.evaluate").joinpath("settings.toml").read_text(encoding="utf-8")
    shared, found = assumed(), msgspec.convert(tomllib.loads(text), dict[str, Setting])
    for one in shared.minutes:
        for to in TO:
            value = shared.minutes_for(one.level, to)
            found[f"minutes_level_{one.level}_{to}"] = Setting(value, "minutes", f"{one.source}: {one.chosen}")
    after = shared.decides_after
    return {**found, "decides_after": Setting(after.value, after.unit, f"{after.source}: {after.chosen}")}


def run(told: Told, rules: Sequence[Ready], progress: Callable[[float], None]) -> dict[str, list[Raised]]:
    """The alerts of every child that has any."""
    decides, end = timedelta(days=settings()["decides_after"].value), midnight(told.end)
    chosen, alerts = alerting(rules), {}
    for number, (child, about) in enumerate(told.children.items()):
        if about.records and (raised := alerts_of(about, chosen, decides, end)):
            alerts[child] = raised
        if number % 500 == 0:
            progress(number / len(told.children))
    progress(1.0)
    return alerts


class Measuring:
    """Measures over one world and its alerts. The same seed draws the same families."""

    def __init__(self, told: Told, alerts: Mapping[str, list[Raised]], seed: int) -> None:
        self.told, self.alerts, self.families = told, alerts, Families(seed)
        self.of_needs = {sent for about in told.children.values() for need in about.planted for sent in need.messages}

    def measures(self, rules: Sequence[Ready]) -> Measures:
        """All measures."""
        everybody = list(self.told.children.values())
        everyone = self.group(everybody)
        cuts: dict[str, dict[str, Group]] = {}
        for cut, of in CUTS.items():
            parts: dict[str, list[About]] = {}
            for about in everybody:
                parts.setdefault(of(about), []).append(about)
            cuts[cut] = {name: self.group(some) for name, some in sorted(parts.items())}
        return Measures(
            everyone=everyone, cuts=cuts,
            rules=[self._rule(ready, everybody) for ready in alerting(rules)],
            silent_rules=[ready.rule.id for ready in rules if ready.rule.tells == "nobody"],
            ratios=ratios(everybody, self.alerts, self.families, CUTS),
        )  # fmt: skip

    def group(self, some: Sequence[About]) -> Group:
        """The measures of these children."""
        planted = [about for about in some if about.planted]
        rest = [about for about in some if not about.planted]
        everybody = self._load(some)
        return Group(
            children=len(some), child_years=round(sum(about.years for about in some), 1), all_children=everybody,
            planted=self._load(planted), nothing_planted=self._load(rest), building=self._reach(some, "building"),
            harm=self._reach(some, "harm"), early_help=self._early(some), level_4=self._grave(some),
            staff=self._hours(some, everybody),
        )  # fmt: skip

    def _raised(self, some: Iterable[About]) -> Iterable[tuple[About, Raised]]:
        return ((about, one) for about in some for one in self.alerts.get(about.person.person, ()))

    def _load(self, some: Sequence[About], rule: str = "") -> Load:
        years = sum(about.years for about in some)

        def rate(to: To) -> Rate:
            met = (about.person.family for about, one in self._raised(some) if one.to == to and rule in {"", one.rule})
            return self.families.rate(per_family(met), years)

        return Load(rate("front_door"), rate("allocated_worker"))

    def rate_of_all(self, some: Sequence[About]) -> Rate:
        """Alerts to anybody."""
        return self.rate(some, bool)

    def rate(self, some: Sequence[About], counts: Callable[[Raised], bool]) -> Rate:
        """The rate, over these children's years, of their alerts that count."""
        met = per_family(about.person.family for about, one in self._raised(some) if counts(one))
        return self.families.rate(met, sum(about.years for about in some))

    def _early(self, some: Sequence[About]) -> Early:
        def early(one: Raised) -> bool:
            return one.level < GRAVE_LEVEL and one.to == "front_door"

        load, rest = self.rate(some, early), self.rate([about for about in some if not about.planted], early)
        return Early(load, rest, wilson(load.n - rest.n, load.n))

    def _hours(self, some: Sequence[About], load: Load) -> Hours:
        known, minutes, of_family = settings(), assumed(), dict[int, int]()
        for about, one in self._raised(some):
            family = about.person.family
            of_family[family] = of_family.get(family, 0) + minutes.minutes_for(one.level, one.to)
        spent = self.families.rate(of_family, sum(about.years for about in some))
        thousands, days = known["children"].value / 1000, known["working_days"].value
        # none seen: the bound is one of alerts, not of minutes
        bound = 1 if of_family else max(each.front_door for each in minutes.minutes)
        front, allocated = load.front_door.per_1000 or 0, load.allocated_worker.per_1000 or 0
        return Hours(
            round(thousands * (spent.per_1000 or 0) / 60), round(thousands * (spent.low or 0) / 60),
            round(thousands * (spent.high or 0) * bound / 60), round(thousands * (front + allocated) / days, 1),
        )  # fmt: skip

    def _rule(self, ready: Ready, everybody: Sequence[About]) -> RuleLoad:
        load = self._load(everybody, ready.rule.id)
        return RuleLoad(
            ready.rule.id, ready.rule.words, ready.rule.level, load.front_door, load.allocated_worker,
            self.share_reached(everybody, "building", ready.rule.id),
        )  # fmt: skip

    def needs(self, some: Iterable[About], need: str) -> Iterable[tuple[About, Planted, datetime]]:
        """Planted needs of this kind in full view, with the moment of their escalation."""
        for about in some:
            for one in about.planted:
                in_view = one.escalates is not None and self.told.start <= one.began and one.escalates < self.told.end
                if one.need == need and in_view and one.escalates is not None:
                    yield about, one, midnight(one.escalates)

    def share_reached(self, some: Iterable[About], need: str, rule: str = "") -> Share:
        """Of how many such needs somebody was alerted before the escalation (by this rule, where one is named)."""
        return self.reached(some, need, rule)[0]

    def reached(self, some: Iterable[About], need: str, rule: str = "") -> tuple[Share, frozenset[str]]:
        """The same, and the ids of the needs."""
        n, found = 0, list[str]()
        for about, one, escalates in self.needs(some, need):
            n += 1
            begins = midnight(one.began) - EARLIEST
            if any(
                begins <= raised.at < escalates and rule in {"", raised.rule}
                for raised in self.alerts.get(about.person.person, ())
            ):
                found.append(one.id)
        return wilson(len(found), n), frozenset(found)

    def _reach(self, some: Sequence[About], need: str) -> Reach:
        n, leads, own, early, twice = 0, list[float](), 0, 0, 0
        for about, one, escalates in self.needs(some, need):
            n += 1
            reports, begins = set(one.messages), midnight(one.began) - EARLIEST
            twice += _told_twice(about, begins, escalates)
            before = [raised for raised in self.alerts.get(about.person.person, ()) if begins <= raised.at < escalates]
            if before:
                leads.append((escalates - before[0].at).total_seconds() / 86400)
                last = _last(about, one)
                early += before[0].at < (last.at if last else escalates)
                own += any(sent.rpartition("/")[0] in reports for raised in before for sent in raised.evidence)
        return Reach(
            wilson(len(leads), n), wilson(own, n), wilson(early, n), wilson(twice, n), self.families.spread(leads)
        )

    def _grave(self, some: Sequence[About]) -> Grave:
        n, signalled, hours, days, found, early = 0, 0, list[float](), list[float](), 0, 0
        for about, one, escalates in self.needs(some, "harm"):
            n += 1
            last = _last(about, one)
            if last is None or last.counted is None:
                continue
            signalled += 1
            met = [
                raised
                for raised in self.alerts.get(about.person.person, ())
                if raised.level >= GRAVE_LEVEL and midnight(one.began) <= raised.at < escalates + AFTERWARDS
            ]
            if met:
                found, early = found + 1, early + (met[0].at < escalates)
                hours.append(max(0.0, (met[0].at - last.at).total_seconds() / 3600))
                days.append(max(0.0, (met[0].at - last.counted.occurred_end).total_seconds() / 86400))

        def grave(one: Raised) -> bool:
            return one.level >= GRAVE_LEVEL

        def alone(one: Raised) -> bool:
            return grave(one) and not _enquired(self.told.children[one.child], one.at)

        def siblings(one: Raised) -> bool:
            return grave(one) and any(sent.rpartition("/")[0] in self.of_needs for sent in one.evidence)

        rest = [about for about in some if not about.planted]
        heard = {
            (about.person.family, one.child, sent)
            for about, one in self._raised(rest)
            if grave(one)
            for sent in one.evidence
        }
        reports = self.families.rate(per_family(family for family, _, _ in heard), sum(about.years for about in rest))
        return Grave(
            self.rate(some, grave), self.rate(rest, grave), self.rate(rest, siblings), self.rate(rest, alone), reports,
            wilson(signalled, n),
            wilson(found, signalled), wilson(early, signalled), self.families.spread(hours), self.families.spread(days),
        )  # fmt: skip


def _enquired(about: About, at: datetime) -> bool:
    """Whether a section 47 enquiry about the child was open at that moment, or began within 30 days."""
    day = at.date()
    return any(one.kind == "section_47" and one.began - AFTERWARDS <= day < one.ended for one in about.episodes)


def _told_twice(about: About, begins: datetime, escalates: datetime) -> bool:
    """Whether two incidents or more were known first hand in the year before it escalates, one since it began."""
    return any(_twice(record, begins, escalates) for record in about.records)


def _twice(record: Sequence[Event], begins: datetime, escalates: datetime) -> bool:
    incidents: dict[object, bool] = {}
    for event in record:
        signal = event.counted
        if signal is None or signal.kind != "concern" or is_echo(signal):
            continue
        if escalates - YEAR <= event.at < escalates:
            key = incident_key(signal)
            incidents[key] = incidents.get(key, False) or event.at >= begins
    return len(incidents) > 1 and any(incidents.values())


def _last(about: About, need: Planted) -> Event | None:
    """The signal of the last report of a need; None where that never counted for the child."""
    last = need.messages[-1] if need.messages else ""
    told = (
        event
        for record in about.records
        for event in record
        if event.counted is not None and event.id.rpartition("/")[0] == last
    )
    return min(told, key=lambda event: event.at, default=None)
