"""Reach against load: what each rule would cost and find at other settings, so that an owner chooses with open eyes.

Each setting is a rule of its own, run alone over the same world. Rules that are switched off stand here too, at the
setting that is written, so that their cost is measured and not guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from bench.evaluate.alerts import Raised, alerts_of
from bench.evaluate.history import Told
from bench.evaluate.intervals import Rate, Share
from bench.evaluate.measures import Measuring, settings
from bench.world.planning import midnight
from hub.domain.rule import Absence, Count, InSequence, Rule
from hub.domain.thresholds import Ready
from hub.domain.vocabulary import Vocabulary

WINDOWS = (30, 90, 180, 365)


class Point(Struct, frozen=True):
    """One setting of one rule: what it costs (alerts to anybody) and what it reaches of building needs, alone."""

    rule: str
    enabled: bool
    tells: str
    as_written: bool
    setting: dict[str, int]
    alerts: Rate
    reached: Share


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
) -> list[Point]:
    """Points for every rule: at many settings where it alerts, at the written one where it is off or tells nobody."""
    decides, end = timedelta(days=settings()["decides_after"].value), midnight(told.end)
    busy = [about for about in told.children.values() if about.records]
    everybody = list(told.children.values())
    wanted = []
    for rule in rules:
        alerts = rule.enabled and rule.tells != "nobody"
        wanted += [(rule, n, *each) for n, each in enumerate(settings_of(rule)) if n == 0 or alerts]
    points = []
    for number, (rule, n, setting, changed) in enumerate(wanted):
        ready = (Ready(replace(changed, tells="front_door"), vocabulary),)
        alerts_by: dict[str, list[Raised]] = {}
        for about in busy:
            if raised := alerts_of(about, ready, decides, end):
                alerts_by[about.person.person] = raised
        measuring = Measuring(told, alerts_by, seed)
        points.append(
            Point(
                rule.id, rule.enabled, rule.tells, n == 0, setting, measuring.rate_of_all(everybody),
                measuring.share_reached(everybody, "building"),
            )
        )  # fmt: skip
        progress((number + 1) / len(wanted))
    return points
