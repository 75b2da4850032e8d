"""Reach against load: what each rule would cost and find at other settings, so that an owner chooses with open eyes.

Each setting is a rule of its own, run alone over the same world. Rules that are switched off stand here too, at the
setting that is written, so that their cost is measured and not guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from bench.evaluate.alerts import Raised, alerts_of
from bench.evaluate.history import Told
from bench.evaluate.intervals import Rate, Share
from bench.evaluate.measures import GRAVE_LEVEL, Measuring, settings
from bench.world.planning import midnight
from hub.domain.rule import Absence, Count, InSequence, Rule
from hub.domain.thresholds import Ready
from hub.domain.vocabulary import Vocabulary

WINDOWS = (30, 90, 180, 365)


class Point(Struct, frozen=True):
    """One setting of one rule: what it costs (alerts to anybody; at the front door on children with nothing planted) and
    what it reaches of building needs, alone."""

    rule: str
    enabled: bool
    tells: str
    as_written: bool
    setting: dict[str, int]
    alerts: Rate
    nothing_planted: Rate
    reached: Share


class Tried(Struct, frozen=True):
    """A point with the needs that it reached, so that two rules can be put together. `alike` names the rule below level 4 that
    it is a setting of; "" for any other."""

    point: Point
    alike: str
    reached: frozenset[str]
    needs: int


class Front(Struct, frozen=True):
    """One setting, or two of different rules together, that none other betters: the load at the front door on children with
    nothing planted (the heavier of two scopes) and the share of building needs reached (the lesser of two)."""

    settings: list[str]
    nothing_planted: float
    reached: float


def settings_of(rule: Rule) -> Iterator[tuple[dict[str, int], Rule]]:
    """The rule as it is written first, then with other numbers of incidents, windows and organisations; a rule asks for 0
    or 1 organisations where it does not count them, which is one setting."""
    when = rule.when
    match when:
        case Count():
            asked = when.at_least
            here = {"incidents": asked.incidents, "within_days": when.within_days, "organisations": asked.organisations}
            yield here, rule
            made = {tuple(here.values())}
            around = [max(1, asked.incidents - 1), asked.incidents, asked.incidents + 1]
            counts = dict.fromkeys((asked.organisations, *((2, 3) if asked.organisations == 0 else (1, 2, 3))))
            grid = [
                (n, days, count) for n in around for days in (when.within_days, *WINDOWS) for count in counts
            ]  # fmt: skip
            for incidents, days, organisations in grid:
                if (incidents, days, organisations) in made:
                    continue
                made.add((incidents, days, organisations))
                changed = replace(
                    when, within_days=days, at_least=replace(asked, incidents=incidents, organisations=organisations)
                )
                setting = {"incidents": incidents, "within_days": days, "organisations": organisations}
                yield setting, replace(rule, when=changed)
        case InSequence():
            for days in dict.fromkeys((when.within_days, *WINDOWS)):
                yield {"within_days": days}, replace(rule, when=replace(when, within_days=days))
        case Absence():
            for days in dict.fromkeys((when.unseen_days, 60, 90, 180)):
                yield {"unseen_days": days}, replace(rule, when=replace(when, unseen_days=days))
        case _:
            yield {}, rule


def curve(
    told: Told, rules: Sequence[Rule], vocabulary: Vocabulary, seed: int, progress: Callable[[float], None]
) -> list[Tried]:
    """Points for every rule: at many settings where it alerts, at the written one where it is off or tells nobody."""
    decides, end = timedelta(days=settings()["decides_after"].value), midnight(told.end)
    busy = [about for about in told.children.values() if about.records]
    everybody = list(told.children.values())
    rest = [about for about in everybody if not about.planted]
    wanted = []
    for rule in rules:
        alerts = rule.enabled and rule.tells != "nobody"
        wanted += [(rule, n, *each) for n, each in enumerate(settings_of(rule)) if n == 0 or alerts]
    points: list[Tried] = []
    for number, (rule, n, setting, changed) in enumerate(wanted):
        ready = (Ready(replace(changed, tells="front_door"), vocabulary),)
        alerts_by: dict[str, list[Raised]] = {}
        for about in busy:
            if raised := alerts_of(about, ready, decides, end):
                alerts_by[about.person.person] = raised
        measuring = Measuring(told, alerts_by, seed)
        share, needs = measuring.reached(everybody, "building")
        point = (
            Point(
                rule.id, rule.enabled, rule.tells, n == 0, setting, measuring.rate_of_all(everybody),
                measuring.rate(rest, lambda one: one.to == "front_door"),
                share,
            )
        )  # fmt: skip
        points.append(Tried(point, rule.id if rule.level < GRAVE_LEVEL else "", needs, share.n))
        progress((number + 1) / len(wanted))
    return points


def front(tried: Sequence[Tried], others: Sequence[Tried]) -> list[Front]:
    """The settings below level 4, and pairs of them, that at two scopes none other betters in both load and reach, from the
    lightest on. A load of two is the sum of theirs, because each rule alerts for itself."""
    beside = {_key(one): one for one in others}
    both = [(one, beside[_key(one)]) for one in tried if one.alike and not _on_one(one) and _key(one) in beside]
    sets = [(each,) for each in both]
    found = [
        _together(*one)
        for one in (*sets, *(pair for pair in combinations(both, 2) if pair[0][0].alike != pair[1][0].alike))
    ]
    kept: list[Front] = []
    for one in sorted(found, key=lambda each: (each[0], -each[1])):
        if one[1] > (kept[-1].reached if kept else 0.0):
            kept.append(Front([_said(each.point) for each in one[2]], one[0], one[1]))
    return kept


def _on_one(one: Tried) -> bool:
    """Whether one report may be enough at this setting: that alerts nobody."""
    return one.point.setting.get("incidents", 2) < 2 and one.point.setting.get("organisations", 0) < 2


def _together(*those: tuple[Tried, Tried]) -> tuple[float, float, list[Tried]]:
    load = max(sum(each[scope].point.nothing_planted.per_1000 or 0.0 for each in those) for scope in (0, 1))
    reach = min(
        100 * len(frozenset[str]().union(*(each[scope].reached for each in those))) / max(1, those[0][scope].needs)
        for scope in (0, 1)
    )
    return round(load, 2), round(reach, 1), [each[0] for each in those]


def _said(point: Point) -> str:
    setting = ", ".join(f"{key} {value}" for key, value in point.setting.items())
    return f"{point.rule}{'*' if point.as_written else ''} {setting}".strip()


def _key(one: Tried) -> tuple[str, tuple[tuple[str, int], ...]]:
    return one.point.rule, tuple(one.point.setting.items())
