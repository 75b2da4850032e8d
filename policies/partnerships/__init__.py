"""Partnerships as data: levels, rules and clocks of each, in its own words, every value with its source. Drafts only:
the hub judges by the edition on the record.

A folder that is wrong is refused whole, with the file, the line and the mend; nothing is guessed.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

import schemas
from hub.domain.continuum import Continuum, Level, problems
from hub.domain.errors import HubError
from hub.domain.protocol import Agreed
from hub.domain.protocol import problems as problems_of
from hub.domain.rule import NOT_STATED, Absence, Count, Grave, InSequence, Rule, Those
from hub.domain.sharing import PURPOSES, TIERS
from hub.domain.staff import ROLES, may
from hub.domain.thresholds import lines
from hub.domain.together import Together
from hub.domain.together import problems as problems_together
from hub.domain.vocabulary import Vocabulary
from policies.calendar import calendar

ROOT: Traversable = files(__name__)
LONGEST = 6570  # days: a window longer than a childhood is a slip
FILES = ("partnership.toml", "thresholds.toml", "clocks.toml")
TELEPHONE = re.compile(r"\+?\d[\d ]{8,18}\d")
RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadPartnership(HubError):
    """A partnership's folder that cannot be used; the text gives file, line, key and mend."""


class Named(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A thing by this partnership's own name (an assessment, a team, a panel), and by which other names it comes in."""

    name: str
    source: str
    chosen: str = ""
    aliases: tuple[str, ...] = ()


class Ages(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom the partnership serves: from conception where `unborn`; beyond `upto` years only on a ground."""

    unborn: bool
    upto: int
    beyond: int | None = None
    grounds: tuple[str, ...] = ()
    source: str
    chosen: str = ""


class Clock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long something may take, counted how, from when.

    `grade`: the partnership's name of it as a grade of a MASH enquiry, "" where it is none. `ring`: the roles that are
    rung one after the other, every `ring_minutes`, while a red one waits unclaimed.
    """

    id: str
    words: str
    source: str
    chosen: str = ""
    length: int
    unit: Literal["hours", "days"]
    counts: Literal["always", "working"]
    starts: str
    grade: str = ""
    ring: tuple[str, ...] = ()
    ring_minutes: int = 0


class Telephone(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the front door is rung by day and by night: it stands on the receipt of a red contact."""

    number: str
    source: str
    chosen: str = ""


class About(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """partnership.toml."""

    title: str
    source: str
    chosen: str = ""
    ages: Ages
    level: tuple[Level, ...]
    assessments: tuple[Named, ...] = ()
    teams: tuple[Named, ...] = ()
    panels: tuple[Named, ...] = ()
    steps: tuple[Named, ...] = ()
    organisations: dict[str, str] = {}
    telephone: Telephone


T = TypeVar("T", Rule, Clock, About, Together)
E = TypeVar("E", Rule, Clock)


def partnerships(root: Traversable = ROOT) -> tuple[str, ...]:
    """The names of the folders that there are, sorted."""
    return tuple(sorted(entry.name for entry in root.iterdir() if entry.joinpath(FILES[0]).is_file()))


def load_partnership(name: str, *, root: Traversable = ROOT, vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """One partnership as plain values, for an edition: keys partnership, continuum, thresholds, clocks.

    Raises BadPartnership for anything that an edition must not hold: a missing file, broken TOML, an unknown key, a
    value without its source, overlapping levels, two rules with one id, an unknown indicator, list or need domain, a
    window or count that can never be met, a missing or stoppable red clock.
    """
    known = vocabulary or Vocabulary.of(schemas.load_vocabulary())
    texts = {file: _Text(name, file, root) for file in FILES}
    about = _about(texts["partnership.toml"])
    rules = _entries(texts["thresholds.toml"], "rule", Rule)
    for rule in rules:
        _check_rule(texts["thresholds.toml"], rule, about, known)
    clocks = _entries(texts["clocks.toml"], "clock", Clock)
    _check_clocks(texts["clocks.toml"], clocks)
    described = msgspec.to_builtins(about)
    return {
        "partnership": {"name": name, **{key: value for key, value in described.items() if key != "level"}},
        "continuum": {"levels": described["level"]},
        "thresholds": msgspec.to_builtins(rules),
        "clocks": msgspec.to_builtins(clocks),
    }


def partnership_calendar(name: str, *, root: Traversable = ROOT) -> dict[str, Any]:
    """The working days, hours and bank holidays of one partnership, for an edition. Raises BadPartnership, BadCalendar."""
    text = _Text(name, "calendar.toml", root)
    return calendar(text.content, text.name)


def partnership_protocol(name: str, *, root: Traversable = ROOT) -> dict[str, Any]:
    """The information-sharing protocol of one partnership, for an edition, with the papers that lie beside it.

    Raises BadPartnership with the line and the mend.
    """
    text = _Text(name, "protocol.toml", root)
    try:
        agreed = msgspec.convert(text.content, Agreed)
    except msgspec.ValidationError as error:
        raise text.refuse(f"{error}; mend or remove it") from error
    wrong = problems_of(agreed, PURPOSES, frozenset(TIERS))
    if wrong:
        entry, mend = wrong[0]
        raise text.refuse(mend, "", entry)
    for paper in agreed.paper:
        if not root.joinpath(name, *paper.file.split("/")).is_file():
            raise text.refuse(f"{paper.file} is not there", "file", paper.kind)
    plain: dict[str, Any] = msgspec.to_builtins(agreed)
    return plain


def partnership_together(name: str, *, root: Traversable = ROOT, levels: tuple[int, ...] = ()) -> dict[str, Any]:
    """How one partnership works together, for an edition; `levels` are its levels ((): as its own file has them).

    Raises BadPartnership with the line and the mend.
    """
    text = _Text(name, "together.toml", root)
    made = _convert(text, text.content, Together, "")
    for timed in (*made.quorum, made.lead, *made.clock, *made.stage):
        _sourced(text, timed, getattr(timed, "id", "") or getattr(timed, "name", "lead"))
    known = levels or tuple(level.number for level in _about(_Text(name, FILES[0], root)).level)
    wrong = problems_together(made, known)
    if wrong:
        entry, mend = wrong[0]
        raise text.refuse(mend, "", entry)
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain


class _Text:
    """One file: its content, and where in it something stands."""

    def __init__(self, name: str, file: str, root: Traversable) -> None:
        self.name = f"{name}/{file}"
        entry = root.joinpath(name, file)
        if not entry.is_file():
            raise BadPartnership(f"{self.name} is missing; there are: {', '.join(partnerships(root))}")
        self.text = entry.read_text(encoding="utf-8")
        try:
            self.content = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise BadPartnership(f"{self.name}: not TOML: {error}") from error

    def refuse(self, what: str, key: str = "", entry: str = "", times: int = 1) -> BadPartnership:
        """The error for `key` of the entry with this id, with the line where it stands."""
        start, at = 0, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if entry and not start:
                if re.match(rf'\s*(id|number|name)\s*=\s*"?{re.escape(entry)}"?\s*(#.*)?$', line):
                    times -= 1
                    start = at = number if not times else 0
            elif key and re.match(rf"\s*(\[+.*\b)?{re.escape(key)}\b", line):
                at = number
                break
        where = f"{self.name}:{at}" if at else self.name
        subject = " ".join(part for part in (entry, key) if part)
        return BadPartnership(f"{where}: {subject}: {what}" if subject else f"{where}: {what}")


def _convert(text: _Text, value: object, kind: type[T], entry: str) -> T:
    try:
        made = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        keys = re.findall(r"`\$?\.?([^`]+)`", str(error))
        key = keys[0].rpartition(".")[2].partition("[")[0] if keys else ""
        raise text.refuse(f"{error}; mend or remove it", key, entry) from error
    return made


def _sourced(text: _Text, value: Any, entry: str) -> None:
    if not value.source.strip():
        raise text.refuse(f"name its source (file and passage), or write '{NOT_STATED}'", "source", entry)
    if value.source == NOT_STATED and not value.chosen.strip():
        raise text.refuse(f"'{NOT_STATED}' needs `chosen`: how was the value chosen?", "source", entry)


def _entries(text: _Text, key: str, kind: type[E]) -> list[E]:
    unknown = sorted(set(text.content) - {key})
    if unknown:
        raise text.refuse(f"unknown key; this file holds [[{key}]] alone", unknown[0])
    made = []
    for number, value in enumerate(text.content.get(key, ()), 1):
        entry = str(value.get("id", f"{key} {number}"))
        made.append(_convert(text, value, kind, entry))
        _sourced(text, made[-1], entry)
    times = Counter(entry.id for entry in made)
    for entry, count in times.items():
        if count > 1:
            raise text.refuse(f"{count} entries have this id: give each its own", "", entry, times=2)
    return made


def _about(text: _Text) -> About:
    about = _convert(text, text.content, About, "")
    _sourced(text, about, "")
    _sourced(text, about.ages, "ages")
    _sourced(text, about.telephone, "telephone")
    if not TELEPHONE.fullmatch(about.telephone.number):
        raise text.refuse("a telephone number is digits and spaces, with the area code", "number")
    for level in about.level:
        _sourced(text, level, str(level.number))
    for named in (*about.assessments, *about.teams, *about.panels, *about.steps):
        _sourced(text, named, named.name)
    wrong = problems(Continuum(about.level))
    if wrong:
        number = re.match(r"level (\d+)", wrong[0])
        raise text.refuse(wrong[0], "", number[1] if number else "", times=2)
    return about


def _check_rule(text: _Text, rule: Rule, about: About, known: Vocabulary) -> None:
    def refuse(what: str, key: str) -> BadPartnership:
        return text.refuse(what, key, rule.id)

    if not RULE_ID.fullmatch(rule.id):
        raise refuse("an id is small letters, digits and single hyphens", "id")
    if not rule.words.strip():
        raise refuse("write the rule as it is read aloud", "words")
    numbers = [level.number for level in about.level]
    if rule.level not in numbers:
        raise refuse(f"this partnership has the levels {', '.join(map(str, numbers))}", "level")
    for key, those in _those(rule):
        _check_those(text, rule, key, those, known)
    for key, days in _windows(rule):
        if not 1 <= days <= LONGEST:
            raise refuse(f"a window of {days} days can never be met: give 1 to {LONGEST}", key)
    if isinstance(rule.when, Count):
        _check_counts(text, rule, rule.when, known)


def _those(rule: Rule) -> Iterable[tuple[str, Those]]:
    match rule.when:
        case Count(of=of, each=each):
            return [("of", of), *(("each", part.of) for part in each)]
        case Grave(of=of):
            return [("of", of)]
        case InSequence(first=first, then=then):
            return [("first", first), ("then", then)]
        case Absence(given=given):
            return [("given", given)]


def _windows(rule: Rule) -> list[tuple[str, int]]:
    match rule.when:
        case Absence(unseen_days=unseen, given_within_days=given):
            return [("unseen_days", unseen), ("given_within_days", given)]
        case Count(within_days=days) | Grave(within_days=days) | InSequence(within_days=days):
            return [("within_days", days)]


def _check_those(text: _Text, rule: Rule, key: str, those: Those, known: Vocabulary) -> None:
    for code in known.check(those.indicators):
        raise text.refuse(
            f"no indicator '{code}' in schemas/vocabulary/indicators.toml: use a code from there", key, rule.id
        )
    for group in those.groups:
        name, _, line = group.partition(":")
        if line not in {"*", *known.lists.get(name, {})} or name not in known.lists:
            raise text.refuse(f"no list line '{group}' in schemas/vocabulary/lists.toml", key, rule.id)
    for domain in those.domains:
        if domain not in known.domains:
            raise text.refuse(f"no need domain '{domain}' in schemas/vocabulary/domains.toml", key, rule.id)
    if not those.kinds or not those.relations:
        raise text.refuse("a rule needs at least one kind and one relation: it could never be met", key, rule.id)


def _check_counts(text: _Text, rule: Rule, when: Count, known: Vocabulary) -> None:
    asked = when.at_least
    if asked.incidents < 1:
        raise text.refuse("at least one incident must be asked for", "at_least", rule.id)
    named = set(when.of.indicators).union(*(known.in_group(line) for line in lines(when.of, known)))
    if named and asked.indicators > len(named):
        raise text.refuse(f"{asked.indicators} indicators of {len(named)} can never be met", "at_least", rule.id)
    if asked.groups > len(lines(when.of, known)):
        named_lines = len(lines(when.of, known))
        raise text.refuse(f"{asked.groups} lines of {named_lines} named can never be met", "at_least", rule.id)


def _check_clocks(text: _Text, clocks: list[Clock]) -> None:
    red = next((clock for clock in clocks if clock.id == "red"), None)
    if red is None:
        raise text.refuse('no red clock: add [[clock]] with id = "red"')
    if red.counts != "always":
        raise text.refuse('a red clock never stops: counts = "always"', "counts", "red")
    for clock in clocks:
        if clock.length < 1:
            raise text.refuse("a clock runs for 1 or more", "length", clock.id)
    if not red.grade:
        raise text.refuse('red is a grade: name it as this partnership does, grade = "Red"', "grade", "red")
    for role in red.ring:
        if role not in ROLES or not may((role,), "screen"):
            raise text.refuse(
                f"'{role}' is no role that may take a MASH enquiry: see hub/domain/staff.py", "ring", "red"
            )
    if not red.ring or red.ring_minutes < 1:
        raise text.refuse(
            "name whom a red one rings and after how many minutes: ring = […], ring_minutes = 15", "ring", "red"
        )
