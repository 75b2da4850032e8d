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
from bench.evaluate.history import About, Told
from bench.evaluate.intervals import Families, Rate, Share, Spread, per_family, wilson
from bench.world.planning import EARLIEST, midnight
from bench.world.truth import Planted
from hub.domain.over_time import Event
from hub.domain.thresholds import Ready

GRAVE_LEVEL = 4  # this level and above: significant harm in every partnership's continuum
AFTERWARDS = timedelta(days=30)  # a level 4 alert this long after the escalation still counts as reached, late
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
    those of which one came before the report with which it escalates: the rest was told by that report itself.
    """

    reached: Share
    on_planted_signals: Share
    before_last_report: Share
    lead_days: Spread


class Grave(Struct, frozen=True):
    """Planted harm in full view: alerts of level 4 or above from its beginning to 30 days after the section 47 enquiry.

    Delay is counted in days from the day on which the grave thing happened.
    """

    reached: Share
    before_enquiry: Share
    delay_days: Spread


class Hours(Struct, frozen=True):
    """Staff time a year for as many such children as the settings say, with the bounds of both kinds of alerts added up,
    which is a little wider than the interval of the sum."""

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


def settings() -> dict[str, Setting]:
    """The assumptions of settings.toml."""
    text = files("bench.evaluate").joinpath("settings.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Setting])


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
        )  # fmt: skip

    def group(self, some: Sequence[About]) -> Group:
        """The measures of these children."""
        planted = [about for about in some if about.planted]
        rest = [about for about in some if not about.planted]
        everybody = self._load(some)
        return Group(
            children=len(some), child_years=round(sum(about.years for about in some), 1), all_children=everybody,
            planted=self._load(planted), nothing_planted=self._load(rest), building=self._reach(some, "building"),
            harm=self._reach(some, "harm"), level_4=self._grave(some),
            staff=_hours(everybody),
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
        met = per_family(about.person.family for about, _ in self._raised(some))
        return self.families.rate(met, sum(about.years for about in some))

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
        n = k = 0
        for about, one, escalates in self.needs(some, need):
            n += 1
            begins = midnight(one.began) - EARLIEST
            k += any(
                begins <= raised.at < escalates and rule in {"", raised.rule}
                for raised in self.alerts.get(about.person.person, ())
            )
        return wilson(k, n)

    def _reach(self, some: Sequence[About], need: str) -> Reach:
        n, leads, own, early = 0, list[float](), 0, 0
        for about, one, escalates in self.needs(some, need):
            n += 1
            reports, begins = set(one.messages), midnight(one.began) - EARLIEST
            before = [raised for raised in self.alerts.get(about.person.person, ()) if begins <= raised.at < escalates]
            if before:
                leads.append((escalates - before[0].at).total_seconds() / 86400)
                last = _last(about, one)
                early += before[0].at < (last.at if last else escalates)
                own += any(sent.rpartition("/")[0] in reports for raised in before for sent in raised.evidence)
        return Reach(wilson(len(leads), n), wilson(own, n), wilson(early, n), self.families.spread(leads))

    def _grave(self, some: Sequence[About]) -> Grave:
        n, delays, found, early = 0, list[float](), 0, 0
        for about, one, escalates in self.needs(some, "harm"):
            n += 1
            met = [
                raised
                for raised in self.alerts.get(about.person.person, ())
                if raised.level >= GRAVE_LEVEL and midnight(one.began) <= raised.at < escalates + AFTERWARDS
            ]
            if met:
                last = _last(about, one)
                found, early = found + 1, early + (met[0].at < escalates)
                if last is not None and last.counted is not None:
                    delays.append(max(0.0, (met[0].at - last.counted.occurred_end).total_seconds() / 86400))
        return Grave(wilson(found, n), wilson(early, n), self.families.spread(delays))


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


def _hours(load: Load) -> Hours:
    known = settings()
    thousands, days = known["children"].value / 1000, known["working_days"].value
    minutes = known["minutes_front_door"].value, known["minutes_allocated_worker"].value

    def hours(front: float | None, allocated: float | None) -> float:
        return thousands * ((front or 0) * minutes[0] + (allocated or 0) * minutes[1]) / 60

    front, allocated = load.front_door, load.allocated_worker
    return Hours(
        round(hours(front.per_1000, allocated.per_1000)), round(hours(front.low, allocated.low)),
        round(hours(front.high, allocated.high)),
        round(thousands * ((front.per_1000 or 0) + (allocated.per_1000 or 0)) / days, 1),
    )  # fmt: skip
