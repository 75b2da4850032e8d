"""What a draft says of a partnership itself: its files read into hub.domain.partnership, every fault with its line and mend.

`partnership.toml` says who and where and which levels; `help.toml` how people help; `measures.toml` what is measured;
`retention.toml` how long records are kept; `services.toml`, where there is one, which services have how many places, and to
which other partnerships a child may move.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from hub.domain import partnership as of
from hub.domain.area import AREA
from hub.domain.continuum import MEANINGS, Continuum, Level, problems
from hub.domain.service import CODE as SERVICE
from hub.domain.sharing import INTEREST_SECTORS, PUBLIC_SECTORS
from hub.domain.staff import ROLES
from policies.partnerships.rules import RULE_ID
from policies.partnerships.text import BadPartnership, Text, convert, double, unsourced

ABOUT, HELP, MEASURES, RETENTION = "partnership.toml", "help.toml", "measures.toml", "retention.toml"
SERVICES = "services.toml"  # a partnership may do without
FILES = (ABOUT, HELP, MEASURES, RETENTION, SERVICES)
TELEPHONE = re.compile(r"\+?\d[\d ]{8,18}\d")
CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
LONGEST_KEPT = 150  # years
SECTORS = tuple(sorted(PUBLIC_SECTORS | INTEREST_SECTORS))
LISTS: dict[str, dict[str, type[of.Sourced]]] = {  # file -> its lists of entries
    ABOUT: {"localities": of.Locality},
    HELP: {
        "assessments": of.Assessment, "tools": of.Tool, "teams": of.Team, "panels": of.Panel, "steps": of.Step,
        "roles": of.Role, "services": of.Service, "voice": of.Voice,
    },
    MEASURES: {"measure": of.Measure},
    RETENTION: {"kept": of.Kept},
    SERVICES: {"directory": of.Listed, "neighbours": of.Neighbour},
}  # fmt: skip
IDENTIFIED_BY = {
    "measure": "id",
    "kept": "record",
    "directory": "code",
    "neighbours": "code",
}  # everything else by its name
S = TypeVar("S")


class Top(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """partnership.toml without its lists."""

    title: str
    source: str
    chosen: str = ""
    document: tuple[of.Document, ...]
    front_door: of.Named
    telephone: of.Telephone
    ages: of.Ages
    level: tuple[Level, ...]
    organisations: dict[str, str] = {}
    silent: dict[str, str] = {}


class About(NamedTuple):
    """What was read: the partnership as an edition holds it, its levels, and the titles that a source may begin with."""

    partnership: dict[str, Any]
    levels: tuple[Level, ...]
    titles: tuple[str, ...]


def read_about(name: str, wrong: list[BadPartnership], opened: Callable[[str], Text | None]) -> About | None:
    """The four files of a partnership; what is wrong with them goes into `wrong`. None where no level can be read.

    `opened` gives a file, or None where it cannot be read and has been told of.
    """
    texts = {file: opened(file) for file in FILES}
    first = texts[ABOUT]
    if first is None:
        return None
    try:
        top = convert(first, {key: one for key, one in first.content.items() if key not in LISTS[ABOUT]}, Top)
    except BadPartnership as bad:
        wrong.append(bad)
        return None
    titles = tuple(one.title for one in top.document if one.title)
    wrong += _of_top(first, top, titles)
    held: dict[str, list[Any]] = {}
    for file, lists in LISTS.items():
        text = texts[file]
        if text is not None:
            held |= _lists(text, lists, titles, wrong, strict=file != ABOUT)
    wrong += _across(texts, top, held)
    whole = {
        "name": name, **{key: one for key, one in msgspec.to_builtins(top).items() if key != "level"},
        **{_section(key): msgspec.to_builtins(made) for key, made in held.items()},
    }  # fmt: skip
    return About(whole, top.level, titles)


def _section(key: str) -> str:
    """What a list of a file is called in the edition."""
    return {"measure": "measures", "kept": "retention"}.get(key, key)


def _lists(
    text: Text,
    lists: dict[str, type[of.Sourced]],
    titles: tuple[str, ...],
    wrong: list[BadPartnership],
    *,
    strict: bool,
) -> dict[str, list[Any]]:
    if strict:
        wrong += [
            text.refuse(f"unknown key; this file holds {', '.join(lists)}", key, section=key)
            for key in sorted(set(text.content) - set(lists))
        ]
    held: dict[str, list[Any]] = {}
    for key, kind in lists.items():
        held[key] = []
        given = text.content.get(key, [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            wrong.append(text.refuse(f"write each as an entry of its own, under [[{key}]]", key))
            continue
        by = IDENTIFIED_BY.get(key, "name")
        for value in given:
            entry = str(value.get(by, ""))
            try:
                made = convert(text, value, kind, entry, key)
            except BadPartnership as bad:
                wrong.append(bad)
                continue
            held[key].append(made)
            wrong += [*unsourced(text, made, entry, titles, key), *_of_entry(text, key, made, entry)]
        wrong += double(text, [getattr(one, by) for one in held[key]], key)
        wrong += _one_meaning(text, key, held[key])
    return held


def _one_meaning(text: Text, key: str, made: list[Any]) -> Iterator[BadPartnership]:
    """A name or alias that would mean two of a section."""
    names = [name.casefold() for one in made if isinstance(one, of.Named) for name in {one.name, *one.aliases}]
    held = {one.name.casefold() for one in made if isinstance(one, of.Named)}
    for name, times in Counter(names).items():
        if times > 1 and Counter(one.name.casefold() for one in made)[name] < times:
            owner = next(one for one in made if name in {each.casefold() for each in one.aliases})
            what = f"'{name}' means {times} of {key}: a name may mean one"
            yield text.refuse(what, "aliases", owner.name, section=key) if held else text.refuse(what, key)


def _of_entry(text: Text, key: str, made: Any, entry: str) -> Iterator[BadPartnership]:
    def refuse(what: str, at: str) -> BadPartnership:
        return text.refuse(what, at, entry, section=key)

    match made:
        case of.Team(organisations=asked) if asked < 2:
            yield refuse("a team is of two organisations or more", "organisations")
        case of.Panel(quorum=quorum) if quorum < 1:
            yield refuse("a meeting is quorate with 1 or more", "quorum")
        case of.Panel(sectors=sectors) if unknown := sorted({*sectors} - {*SECTORS}):
            yield refuse(f"no sector '{unknown[0]}': {', '.join(SECTORS)}", "sectors")
        case of.Role(role=role) if role not in ROLES:
            yield refuse(f"'{role}' is no role of hub/domain/staff.py", "role")
        case of.Locality(areas=areas):
            yield from (refuse(f"'{one}' is no code of a small area: give codes as E01000001", "areas")
                        for one in areas if not AREA.fullmatch(one))  # fmt: skip
        case of.Measure():
            if not RULE_ID.fullmatch(made.id):
                yield refuse("an id is small letters, digits and single hyphens", "id")
            if made.formula not in of.FORMULAS:
                yield refuse(f"no formula '{made.formula}': one of {', '.join(sorted(of.FORMULAS))}", "formula")
        case of.Listed(ages=ages):
            if not SERVICE.fullmatch(made.code):
                yield refuse("a code is small letters, digits and single hyphens", "code")
            if not 0 <= ages[0] <= ages[1]:
                yield refuse("ages are the youngest and the oldest, in whole years", "ages")
            yield from (refuse("give 0 or more", key) for key in ("places", "waiting_days") if getattr(made, key) < 0)
        case of.Neighbour(level=levels):
            if not levels:
                yield refuse("say what its levels are, and what each means: [[neighbours.level]]", "level")
            yield from (refuse(f"level {one.number} means '{code}', which is none of {', '.join(MEANINGS)}", "level")
                        for one in levels for code in one.means if code not in MEANINGS)  # fmt: skip
            if len({one.number for one in levels}) < len(levels):
                yield refuse("two of its levels have one number", "level")
        case of.Kept():
            if made.record not in of.RECORDS:
                yield refuse(f"no kind of record '{made.record}': one of {', '.join(of.RECORDS)}", "record")
            if not 1 <= made.years <= LONGEST_KEPT:
                yield refuse(f"kept for {made.years} years: give 1 to {LONGEST_KEPT}", "years")
        case _:
            pass


def _of_top(text: Text, top: Top, titles: tuple[str, ...]) -> Iterator[BadPartnership]:
    if not top.title.strip():
        yield text.refuse("name the partnership", "title")
    if not titles:
        yield text.refuse("name the papers that sources speak of, each with title and date", "document")
    for paper in top.document:
        if not paper.title.strip() or not paper.date.strip():
            yield text.refuse(
                "a paper has a title and a date ('undated' where it has none)", "title", section="document"
            )
    yield from unsourced(text, top, "", titles)
    for section in ("ages", "telephone", "front_door"):
        yield from unsourced(text, getattr(top, section), "", titles, section)
    if not TELEPHONE.fullmatch(top.telephone.number):
        yield text.refuse("a telephone number is digits and spaces, with the area code", "number", section="telephone")
    yield from _of_ages(text, top.ages, titles)
    for level in top.level:
        yield from unsourced(text, level, str(level.number), titles, "level")
        if not level.descriptor.strip():
            yield text.refuse("say in plain words who is meant", "descriptor", str(level.number), section="level")
        if not level.means:
            yield text.refuse(
                "say what it means, so that a child who moves finds the level: means = […]", "means",
                str(level.number), section="level",
            )  # fmt: skip
    for what in problems(Continuum(top.level)):
        number = re.match(r"level (\d+)", what)
        entry = number[1] if number else ""
        twice = Counter(str(level.number) for level in top.level)[entry] > 1
        yield text.refuse(what, "", entry, section="level", times=2 if twice else 1)


def _of_ages(text: Text, ages: of.Ages, titles: tuple[str, ...]) -> Iterator[BadPartnership]:
    if not 0 <= ages.upto < of.ADULT:
        yield text.refuse(
            f"whoever is {of.ADULT} is an adult: upto is 0 to {of.ADULT - 1}; older ones are served on a [[ages.ground]]",
            "upto", section="ages",
        )  # fmt: skip
    for ground in ages.ground:
        yield from unsourced(text, ground, ground.code, titles, "ages.ground")
        if not CODE.fullmatch(ground.code):
            yield text.refuse("a code is small letters, digits and _", "code", ground.code, section="ages.ground")
        if ground.upto is not None and ground.upto < of.ADULT:
            yield text.refuse(
                f"a ground is for those of {of.ADULT} or more", "upto", ground.code, section="ages.ground"
            )
    yield from double(text, [ground.code for ground in ages.ground], "ages.ground")


def _across(texts: dict[str, Text | None], top: Top, held: dict[str, list[Any]]) -> Iterator[BadPartnership]:
    """What one entry says of another, and what is said by nobody."""
    first = texts[ABOUT]
    if first is None:
        return
    numbers = {level.number for level in top.level}
    known = {name.casefold() for one in held.get("assessments", ()) for name in (one.name, *one.aliases)}
    if helped := texts[HELP]:
        for level in top.level:
            for name in level.assessments:
                if name.casefold() not in known:
                    yield first.refuse(
                        f"no assessment '{name}' in {helped.name}: describe it there", "assessments",
                        str(level.number), section="level",
                    )  # fmt: skip
        for service in held.get("services", ()):
            for number in sorted(set(service.levels) - numbers):
                yield helped.refuse(f"there is no level {number}", "levels", service.name, section="services")
        directions = {step.direction for step in held.get("steps", ())}
        for direction in ("up", "down"):
            if directions and direction not in directions:
                yield helped.refuse(f'no step leads {direction}: name it, direction = "{direction}"', "steps")
    if listed := texts[SERVICES]:
        places = {one.name for one in held.get("localities", ())}
        for service in held.get("directory", ()):
            for number in sorted(set(service.levels) - numbers):
                yield listed.refuse(f"there is no level {number}", "levels", service.code, section="directory")
            for place in sorted(set(service.localities) - places):
                yield listed.refuse(f"there is no locality '{place}'", "localities", service.code, section="directory")
    if text := texts[RETENTION]:
        for record, words in of.RECORDS.items():
            if record not in {one.record for one in held.get("kept", ())}:
                yield text.refuse(f'nothing says how long {words} are kept: add [[kept]] with record = "{record}"')
    yield from _areas(first, held.get("localities", []))
    yield from _silent(first, top, held)


def _areas(text: Text, localities: list[of.Locality]) -> Iterator[BadPartnership]:
    owner: dict[str, str] = {}
    for one in localities:
        for area in one.areas:
            if owner.setdefault(area, one.name) != one.name:
                what = f"{area} lies in {owner[area]} already: an area lies in one locality"
                yield text.refuse(what, "areas", one.name, section="localities")


def _silent(text: Text, top: Top, held: dict[str, list[Any]]) -> Iterator[BadPartnership]:
    """A section without an entry says how the hub does without; one that has entries does not."""
    for key, words in top.silent.items():
        if key not in of.SECTIONS:
            yield text.refuse(f"no such section; there are {', '.join(of.SECTIONS)}", key, section="silent")
        elif not words.strip():
            yield text.refuse("say how the hub does without it", key, section="silent")
    entries = {_section(key): made for key, made in held.items()}
    for section in of.SECTIONS:
        if section in entries and not entries[section] and section not in top.silent:
            yield text.refuse(
                f"nothing is listed: add [[{section}]], or say under [silent] how the hub does without", section
            )
        elif entries.get(section) and section in top.silent:
            yield text.refuse("it is listed, and said to be silent: take one out", section, section="silent")
