"""An evaluation as one object for programs, and read aloud for people."""

from typing import Literal

import typer
from msgspec import Struct

from bench.evaluate.curve import Front, Point
from bench.evaluate.equity import Ratio
from bench.evaluate.goals import Goal
from bench.evaluate.intervals import Rate, Share, Spread
from bench.evaluate.measures import Group, Measures, Setting
from bench.evaluate.through_hub import Linking
from hub.domain.edition import Edition

Scope = Literal["contacts", "routine"]
GOALS = "Goals: met, or how far from it; ~ where chance may decide on which side it lies"


class Evaluation(Struct, frozen=True):
    """What `--json` prints."""

    partnership: str
    edition: str  # the content hash of the draft
    scope: Scope
    linking: Literal["truth", "hub"]
    world: dict[str, object]
    settings: dict[str, Setting]
    goals: list[Goal]
    measures: Measures
    curve: list[Point]
    through_hub: Linking | None
    seconds: float


class Both(Struct, frozen=True):
    """What `--scope both --json` prints: the same rules at both scopes, the goals that either misses, and the front."""

    partnership: str
    edition: str
    contacts: Evaluation
    routine: Evaluation
    missed: dict[Scope, list[str]]
    front: list[Front]


def missed(found: Evaluation) -> list[str]:
    """The goals that are not met; where there was nothing to count none is."""
    return [goal.id for goal in found.goals if goal.met is False]


def _rate(rate: Rate) -> str:
    return "nobody" if rate.per_1000 is None else f"{rate.per_1000:g} ({rate.low:g} to {rate.high:g}; n {rate.n})"


def _share(share: Share) -> str:
    return (
        "none to count"
        if share.percent is None
        else f"{share.percent:g} % ({share.low:g} to {share.high:g}; {share.k} of {share.n})"
    )


def _days(spread: Spread) -> str:
    return _spread(spread, "days")


def _spread(spread: Spread, unit: str) -> str:
    if spread.median is None:
        return f"too few ({spread.n})"
    quartiles = f"quartiles {spread.lower_quartile:g} and {spread.upper_quartile:g}"
    return f"{spread.median:g} {unit} ({spread.low:g} to {spread.high:g}; {quartiles}; n {spread.n})"


def say_aloud(found: Evaluation, rules: Edition) -> None:
    """Print it: every number with its interval and of how many it is."""
    everyone, say = found.measures.everyone, typer.echo
    say(f"{found.partnership}, scope {found.scope}, linked by {found.linking}: {everyone.children} children, "
        f"{everyone.child_years:g} child-years, {found.world['start']} to {found.world['end']}\n")  # fmt: skip
    say(GOALS)
    for goal in found.goals:
        say(f"  {goal.words}: {_goal(goal)}")
    say("\nAlerts per 1,000 such children a year (95 % interval)")
    for name, load in (
        ("all", everyone.all_children),
        ("planted", everyone.planted),
        ("nothing planted", everyone.nothing_planted),
    ):
        say(f"  {name:16} front door {_rate(load.front_door)} · allocated worker {_rate(load.allocated_worker)}")
    say("\nPlanted needs in full view, reached before the escalation")
    for name, reach in (("building", everyone.building), ("harm", everyone.harm)):
        say(f"  {name:16} {_share(reach.reached)}; on its own signals {_share(reach.on_planted_signals)}; "
            f"before the last report {_share(reach.before_last_report)}")  # fmt: skip
        say(f"  {'':16} lead time {_days(reach.lead_days)}; told of twice or more {_share(reach.told_twice)}")
    grave = everyone.level_4
    say(f"\nSignalled harm with an alert of level 4 or above: {_share(grave.reached)}")
    say(f"  before the section 47 enquiry {_share(grave.before_enquiry)}")
    say(
        f"  delay from when it was known {_spread(grave.delay_hours, 'hours')}, from when it happened {_days(grave.days_since)}"
    )
    say(
        f"  nothing planted {_rate(grave.nothing_planted)}, without a section 47 enquiry {_rate(grave.without_enquiry)}"
    )
    staff, known = everyone.staff, found.settings
    say(
        f"\nStaff for {known['children'].value:,.0f} children: {staff.hours_a_year:g} hours a year ({staff.low:g} to "
        f"{staff.high:g}), {staff.alerts_a_working_day:g} alerts a working day; minutes for an alert by level, as a "
        "what-if assumes them (policies/what_if/what_if.toml)"
    )
    say("\nRules that alert (building needs reached by this rule)")
    for rule in found.measures.rules:
        say(f"  {rule.rule}, level {rule.level}: front door {_rate(rule.front_door)}, reached {_share(rule.building)}")
    if found.measures.silent_rules:
        say(f"  tell nobody: {', '.join(found.measures.silent_rules)}")
    off = [rule.id for rule in rules.rules if not rule.enabled]
    if off:
        say(f"  off: {', '.join(off)}")
    _say_ratios(found.measures.ratios)
    for cut, groups in found.measures.cuts.items():
        say(f"\nBy {cut.replace('_', ' ')}")
        for name, group in groups.items():
            say(f"  {name:16} {_group(group)}")
    if found.curve:
        say("\nReach against load, each rule alone (as written marked *)")
        for point in found.curve:
            setting = ", ".join(f"{key} {value}" for key, value in point.setting.items())
            off_now = "" if point.enabled else " (off)"
            silent = " (tells nobody)" if point.tells == "nobody" else ""
            say(f"{'*' if point.as_written else ' '} {point.rule}{off_now}{silent} {setting}: {_rate(point.alerts)}, "
                f"reached {_share(point.reached)}")  # fmt: skip
    if found.through_hub:
        linked = found.through_hub
        say(f"\nThrough the hub: {linked.messages} messages, {linked.quarantined} quarantined")
        say(f"  {linked.children} children are held as {linked.persons} persons: {linked.split} children in several")
        say(f"  {linked.mixed} persons hold signals of several children")
    say(f"\n{found.seconds:g} seconds")


def _group(group: Group) -> str:
    load = group.nothing_planted.front_door
    return (
        f"{group.children} children; nothing planted, front door {_rate(load)}; building reached "
        f"{_share(group.building.reached)}, lead {_days(group.building.lead_days)}; "
        f"level 4 {_share(group.level_4.reached)}"
    )


def _goal(goal: Goal) -> str:
    bounds = " and ".join(
        f"at {word} {n:g}" for word, n in (("least", goal.least), ("most", goal.most)) if n is not None
    )
    beside = f"; {goal.beside}" if goal.beside else ""
    if goal.value is None:
        return f"nothing to count (wanted {bounds} {goal.unit}{beside})"
    interval = "" if goal.low is None or goal.high is None else f" ({goal.low:g} to {goal.high:g})"
    judged = "met" if goal.met else f"NOT MET by {abs(goal.gap):g}"
    return f"{judged}{'' if goal.sure is not False else ' ~'}: {goal.value:g}{interval}, wanted {bounds} {goal.unit}{beside}"


def _say_ratios(found: list[Ratio]) -> None:
    typer.echo(
        "\nHighest over lowest rate between groups, alerts to anybody: as it is, with the same deprivation, and as much"
    )
    typer.echo("reported too; what is left is what the rules add")
    for one in found:
        steps = ", ".join(
            f"{value:g} ({low:g} to {high:g})" for value, low, high in (one.raw, one.deprivation, one.reports)
        )
        few = f"; too few to tell: {', '.join(one.too_few)}" if one.too_few else ""
        typer.echo(f"  {one.cut.replace('_', ' ')}: {one.highest} over {one.lowest} {steps}: {one.told}{few}")


def say_front(found: list[Front]) -> None:
    """The settings, alone and by twos, that no other betters, over both scopes."""
    typer.echo(
        "\nLoad on nothing planted against reach, the worse of both scopes: settings, alone or two together, that none"
    )
    typer.echo("betters (* as written)")
    for point in found:
        typer.echo(f"  {point.nothing_planted:g}, {point.reached:g} %: {' + '.join(point.settings)}")
