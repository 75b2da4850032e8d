"""Load and reach, always together: what a partnership's rules come to at one scope, held against the goals of goals.toml.

It promises that each goal is judged by its number alone, that the gap is said where it is missed, and that a number whose
interval lies on both sides of a bound says so.
"""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files

import msgspec
from msgspec import Struct

from bench.evaluate.alerts import alerting
from bench.evaluate.intervals import Rate, Share, Spread
from bench.evaluate.measures import GRAVE_LEVEL, Measures
from hub.domain.rule import REFUSALS, Count, Grave, Those
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.domain.vocabulary import Vocabulary

SOME_DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """One goal: inside lies what is at least `least` and at most `most`."""

    words: str
    unit: str
    source: str
    least: float | None = None
    most: float | None = None


class Goal(Struct, frozen=True):
    """A goal judged. `met` is None where there was nothing to count; `gap` is how far outside the value lies, with its sign;
    `sure` is whether its interval lies on one side of each bound (None where it has none)."""

    id: str
    words: str
    unit: str
    least: float | None
    most: float | None
    value: float | None
    low: float | None
    high: float | None
    met: bool | None
    gap: float
    sure: bool | None
    beside: str = ""  # what is needed to read it


class _Found(Struct, frozen=True):
    value: float | None
    low: float | None = None
    high: float | None = None
    beside: str = ""


def wanted() -> dict[str, Wanted]:
    """The goals of goals.toml."""
    text = files("bench.evaluate").joinpath("goals.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Wanted])


def goals(measures: Measures, rules: Sequence[Ready], vocabulary: Vocabulary) -> list[Goal]:
    """Every goal, judged by these measures."""
    everyone = measures.everyone
    early, building, grave = everyone.early_help, everyone.building, everyone.level_4
    unsuggested = _unsuggested(rules, vocabulary)
    unexplained = [one.cut for one in measures.ratios if one.told == "not explained"]
    above = [one.cut for one in measures.ratios if one.told != "not above 1.25"]
    found = {
        "one_need_silent": _named(_on_one(rules, vocabulary)),
        "one_need_suggested": _Found(len(unsuggested), beside=f"of {len(_needs(vocabulary))}"),
        "early_help_load": _rate(early.all_children),
        "early_help_nothing_planted": _rate(early.nothing_planted),
        "early_help_on_planted": _share(early.on_planted),
        "reach": _share(building.reached, f"told of twice or more {_percent(building.told_twice)}"),
        "lead": _spread(building.lead_days),
        "level_4_load": _rate(grave.load),
        "level_4_nothing_planted": _rate(
            grave.nothing_planted,
            f"on {_per_1000(grave.reports)} grave reports; of a sibling's planted need {_per_1000(grave.siblings_need)}, "
            f"without a section 47 enquiry {_per_1000(grave.without_enquiry)}",
        ),
        "level_4_reached": _share(grave.reached, f"signalled {grave.signalled.k} of {grave.signalled.n}"),
        "level_4_delay": _spread(grave.delay_hours),
        "groups": _Found(len(unexplained), beside=f"above 1.25: {', '.join(above) or 'none'}"),
    }
    return [judged(ident, one, found[ident]) for ident, one in wanted().items()]


def judged(ident: str, goal: Wanted, found: _Found) -> Goal:
    """One goal, held against what was found."""
    value, low, high = found.value, found.low, found.high
    gap = 0.0
    if value is not None:
        gap = min(0.0, value - goal.least) if goal.least is not None else 0.0
        gap = max(0.0, value - goal.most) if goal.most is not None and not gap else gap
    sure = None
    if low is not None and high is not None:
        sure = not any(low < bound < high for bound in (goal.least, goal.most) if bound is not None)
    met = None if value is None else not gap
    return Goal(
        ident, goal.words, goal.unit, goal.least, goal.most, value, low, high, met, round(gap, 2), sure, found.beside
    )


def _rate(rate: Rate, beside: str = "") -> _Found:
    return _Found(rate.per_1000, rate.low, rate.high, beside)


def _share(share: Share, beside: str = "") -> _Found:
    return _Found(share.percent, share.low, share.high, beside)


def _spread(spread: Spread) -> _Found:
    return _Found(spread.median, spread.low, spread.high)


def _named(rules: Sequence[str]) -> _Found:
    return _Found(len(rules), beside=", ".join(rules))


def _percent(share: Share) -> str:
    return "none to count" if share.percent is None else f"{share.percent:g} %"


def _per_1000(rate: Rate) -> str:
    return "nobody" if rate.per_1000 is None else f"{rate.per_1000:g}"


# ------------------------------------------------------------------------------------------------------ one need alone


def _on_one(rules: Iterable[Ready], vocabulary: Vocabulary) -> list[str]:
    """Rules that alert below level 4 and stand on one report of one indicator, told first hand, whoever tells it.

    An absence needs that nobody saw the child as well; it is judged at the moment of the report.
    """
    return [
        ready.rule.id
        for ready in alerting(rules)
        if ready.rule.level < GRAVE_LEVEL and any(_stands_on(ready, code) for code in _needs(vocabulary))
    ]


def _unsuggested(rules: Iterable[Ready], vocabulary: Vocabulary) -> list[str]:
    """Indicators of which one report makes no rule stand that suggests a level or alerts; that help was refused is no need."""
    known = list(rules)
    return [
        code
        for code in _needs(vocabulary)
        if code not in REFUSALS and not any(_stands_on(ready, code) for ready in known)
    ]


def _needs(vocabulary: Vocabulary) -> list[str]:
    return [code for code, known in vocabulary.indicators.items() if not known.strength]


def _stands_on(ready: Ready, code: str) -> bool:
    """Whether one report of this indicator, as the rule would have it told, makes it stand."""
    match ready.rule.when:
        case Count(of=of) | Grave(of=of):
            return stands(ready, [_report(ready, of, code)], SOME_DAY) is not None
        case _:
            return False  # it asks for one thing after another, or that nobody saw the child


def _report(ready: Ready, of: Those, code: str) -> Signal:
    sector = of.sectors[0] if of.sectors else "education"
    return Signal(
        id="one/0", child="one", relation="own", kind="concern", indicators=(code,),
        domains=ready.vocabulary.domains_of((code,)), organisation="one", sector=sector, setting="one", referrer="one",
        referrer_kind=of.referrer_kinds[0] if of.referrer_kinds else "2A", seen="not_seen",
        how_known=of.how_known[0] if of.how_known else "first_hand", incident=None, unborn=of.unborn,
        measures=tuple((bound.code, _fitting(bound.least, bound.below)) for bound in of.measures),
        occurred_start=SOME_DAY, occurred_end=SOME_DAY, precision="minute", recorded_at=SOME_DAY, received=SOME_DAY,
        known_at=SOME_DAY,
    )  # fmt: skip


def _fitting(least: float | None, below: float | None) -> float:
    return least if least is not None else (below or 1.0) - 1.0
