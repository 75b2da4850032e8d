"""What each section of a partnership says, value by value, in words: from an edition's parts or a draft's."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from hub.domain import partnership as of
from hub.domain.continuum import MEANINGS, Continuum, Level
from hub.domain.partnership import Partnership, of_parts
from hub.domain.protocol import of_parts as protocol_of
from hub.domain.rule import Rule
from hub.domain.together import of_parts as together_of
from hub.views.models.partnership import Value

Made = Iterator[Value]


class Parts(NamedTuple):
    """An edition's parts, or a draft's, read once."""

    plain: Mapping[str, Any]
    partnership: Partnership
    levels: tuple[Level, ...]


def read(parts: Mapping[str, Any]) -> Parts:
    """An edition's parts. Raises Refused for an edition from before there was such data."""
    return Parts(parts, of_parts(parts), msgspec.convert(parts["continuum"], Continuum).levels)


def _value(one: of.Sourced | Level | Rule, subject: str, says: str, *keys: str) -> Value:
    held = tuple(key for key in keys if key)
    return Value(subject=subject, says=says, source=one.source, chosen=one.chosen, keys=held)


def _said(*parts: str) -> str:
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip())


def _also(one: of.Named) -> str:
    return f"also: {', '.join(one.aliases)}" if one.aliases else ""


def _about(read: Parts) -> Made:
    about = read.partnership
    yield _value(about.front_door, "Front door", _said(about.front_door.name, _also(about.front_door)))
    yield _value(about.telephone, "Telephone", about.telephone.number)


def _ages(read: Parts) -> Made:
    ages = read.partnership.ages
    before = "from conception" if ages.unborn else "from birth"
    yield _value(ages, "Children", f"{before} to the end of year {ages.upto}")
    for ground in ages.ground:
        until = f"to the end of year {ground.upto}" if ground.upto is not None else "without an end"
        older = f"{of.ADULT} and older"
        yield _value(ground, older, f"{ground.words}: {until}", f"{older}: {ground.code.replace('_', ' ')}")


def _levels(read: Parts) -> Made:
    for level in read.levels:
        means = [MEANINGS[code].capitalize() for code in level.means if code in MEANINGS]
        limited = f"ends after {level.limited_days} days unless it is renewed" if level.limited_days else ""
        several = f"{level.organisations} organisations or more" if level.organisations else ""
        suited = f"assessments: {', '.join(level.assessments)}" if level.assessments else ""
        says = _said(f"{level.number} {level.name}: {level.descriptor}", limited, several, suited)
        yield _value(level, f"Level {level.number}", says, *means)


def _named(pick: Callable[[Partnership], tuple[of.Named, ...]], *tell: Callable[[Any], str]) -> Callable[[Parts], Made]:
    """Each of a section by its name, with what is told of it."""

    def values(read: Parts) -> Made:
        for one in pick(read.partnership):
            yield _value(one, one.name, _said(*(each(one) for each in tell), _also(one)))

    return values


def _areas(one: of.Locality) -> str:
    return f"{len(one.areas)} small areas" if one.areas else "its small areas are not entered yet"


def _steps(read: Parts) -> Made:
    for one in read.partnership.steps:
        yield _value(one, one.name, _said(f"{one.name}, a step {one.direction}", _also(one)), f"A step {one.direction}")


def _roles(read: Parts) -> Made:
    for one in read.partnership.roles:
        words = one.role.replace("_", " ")
        yield _value(one, one.name, _said(f"{one.name}, here: {words}", _also(one)), words)


def _rules(read: Parts) -> Made:
    for rule in msgspec.convert(read.plain["thresholds"], tuple[Rule, ...]):
        told = "alerts nobody" if rule.tells == "nobody" else f"tells the {rule.tells.replace('_', ' ')}"
        state = "" if rule.enabled else "off"
        cost = f"cost: {rule.cost}" if rule.cost else ""
        yield _value(rule, rule.id, _said(rule.words, f"level {rule.level}, {told}", state, cost))


def _timed(one: Mapping[str, Any]) -> str:
    kind = "" if one["counts"] == "always" else f"{one['counts']} "
    return f"{one['length']} {kind}{one['unit'] if one['length'] != 1 else one['unit'].rstrip('s')}"


def _clocks(read: Parts) -> Made:
    for one in read.plain["clocks"]:
        named = f"grade {one['grade']}" if one.get("grade") else ""
        says = _said(one["words"], f"{_timed(one)} from {one['starts']}", named)
        yield Value(subject=one["id"], says=says, source=one["source"], chosen=one.get("chosen", ""))


def _hours(read: Parts) -> Made:
    held = read.plain.get("calendar")
    if held:
        says = f"{', '.join(day.capitalize() for day in held['days'])}, {held['opens']} to {held['closes']} London time"
        yield Value(subject="Office hours", says=says, source=held.get("source", ""), chosen=held.get("chosen", ""))


def _together(read: Parts) -> Made:
    if "together" not in read.plain:
        return
    held = together_of(read.plain)
    for who in held.quorum:
        sectors = ", ".join(sector.replace("_", " ") for sector in who.sectors)
        yield Value(subject=f"Strategy discussion: {who.name}", says=sectors, source=who.source, chosen=who.chosen)
    says = f"from level {held.lead.from_level} on"
    yield Value(subject="A lead", says=says, source=held.lead.source, chosen=held.lead.chosen)
    for timer in held.clock:
        says = _said(timer.words, _timed(timer.clock()))
        yield Value(subject=timer.id.replace("_", " "), says=says, source=timer.source, chosen=timer.chosen)
    for stage in held.stage:
        says = _said(stage.name, _timed(stage.clock()), "formal" if stage.formal else "informal")
        yield Value(subject=f"Challenge, stage {stage.number}", says=says, source=stage.source, chosen=stage.chosen)


def _protocol(read: Parts) -> Made:
    agreed = protocol_of(dict(read.plain))
    for clause in agreed.clause if agreed else ():
        says = _said(clause.words, f"kept {clause.retention_days} days")
        yield Value(subject=clause.id, says=says, source=clause.source, chosen=clause.chosen)


def _measures(read: Parts) -> Made:
    for one in read.partnership.measures:
        better = {"more": "more is better", "less": "less is better", "watched": "watched"}[one.better]
        about = f"about {one.of}" if one.of else ""
        stated = f"stated: {one.stated}" if one.stated else ""
        how = of.FORMULAS.get(one.formula, one.formula)
        says = _said(one.words, f"counts {one.counts}", about, stated, better, how)
        own = one.formula in {"imported", "audited"}
        yield _value(one, one.id, says, "" if own else one.formula.replace("_", " "))


def _retention(read: Parts) -> Made:
    for one in read.partnership.retention:
        after = {"birth": "birth", "last_contact": "the last contact"}[one.after]
        yield _value(one, of.RECORDS.get(one.record, one.record), f"{one.years} years after {after}")


SHOWN: dict[str, tuple[str, Callable[[Parts], Made]]] = {
    "about": ("Front door", _about),
    "ages": ("Whom it serves", _ages),
    "levels": ("Levels of need", _levels),
    "localities": ("Localities", _named(lambda about: about.localities, _areas)),
    "assessments": (
        "Assessments",
        _named(lambda about: about.assessments, lambda one: one.kind, lambda one: "whole family" if one.whole_family else ""),
    ),
    "tools": ("Professionals' tools", _named(lambda about: about.tools, lambda one: one.what)),
    "teams": (
        "Teams",
        _named(
            lambda about: about.teams, lambda one: f"{one.organisations} organisations or more",
            lambda one: "the family has a seat" if one.family_seat else "the family has no seat",
        ),
    ),
    "panels": (
        "Panels, conversations and forums",
        _named(
            lambda about: about.panels, lambda one: one.what, lambda one: f"{one.kind} about {one.about}",
            lambda one: f"quorate with {one.quorum}" + (f", of {', '.join(one.sectors)}" if one.sectors else ""),
        ),
    ),
    "steps": ("What a step is called", _steps),
    "roles": ("What roles are called", _roles),
    "services": (
        "Services and offers",
        _named(
            lambda about: about.services, lambda one: one.what,
            lambda one: f"level {', '.join(map(str, one.levels))}" if one.levels else "",
        ),
    ),
    "voice": ("How families are heard", _named(lambda about: about.voice, lambda one: one.what)),
    "rules": ("When signals add up", _rules),
    "clocks": ("Clocks", _clocks),
    "hours": ("Office hours", _hours),
    "together": ("Working together", _together),
    "protocol": ("Information-sharing protocol", _protocol),
    "measures": ("Measures", _measures),
    "retention": ("How long records are kept", _retention),
}  # fmt: skip
