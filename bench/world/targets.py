"""Targets that a world is held against: read, checked, compared. A file that no world could meet is refused with the
line and the mend, before anything is generated.
"""

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

DEFAULT = Path(__file__).with_name("targets.toml")
Verdict = Literal["within", "outside"]
# Pairs of which the first can never be above the second, being a part of it.
PARTS = (
    ("plans", "section_47"), ("referrals", "contacts"), ("children_with_contact", "contacts"),
    ("severe_absence", "persistent_absence"),
)  # fmt: skip
SHARES = ("contacts_police", "contacts_schools", "contacts_health", "contacts_family_and_public")


class BadTargets(ValueError):
    """A targets file that cannot be used; the text gives file, line and mend."""


class Target(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One target: between `low` and `high` in `unit`. `chosen` says how, where the source does not give it so."""

    words: str
    low: float
    high: float
    unit: str
    source: str
    chosen: str = ""
    tolerance: float | None = None  # where it differs from the file's


class Row(Struct, frozen=True, kw_only=True):
    """One line of the report. `low` and `high` are the target, `least` and `most` what still counts as within."""

    id: str
    words: str
    measured: float
    low: float
    high: float
    least: float
    most: float
    unit: str
    verdict: Verdict
    source: str
    chosen: str


class Targets(Struct, frozen=True):
    """All targets by id, each with its own tolerance filled in."""

    targets: dict[str, Target]

    def compare(self, values: Mapping[str, float]) -> list[Row]:
        """One row for each target, in the order of the file."""
        rows = []
        for name, target in self.targets.items():
            tolerance = target.tolerance or 0.0
            least, most, measured = target.low * (1 - tolerance), target.high * (1 + tolerance), values[name]
            rows.append(
                Row(
                    id=name, words=target.words, measured=round(measured, 2), low=target.low, high=target.high,
                    least=round(least, 3), most=round(most, 3), unit=target.unit, source=target.source,
                    verdict="within" if least <= measured <= most else "outside", chosen=target.chosen,
                )
            )  # fmt: skip
        return rows


def read_targets(path: Path, known: frozenset[str]) -> Targets:
    """The targets of a file. `known` are the ids that a world measures.

    Raises BadTargets: no such file, not TOML, an unknown or wrongly shaped entry, a number that no world can meet (below
    zero, low above high, a share above a hundred, a part larger than its whole), a tolerance outside 0 to 1, no source.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise BadTargets(f"{path}: {error.strerror}: give a targets file, or leave --targets out") from error
    except tomllib.TOMLDecodeError as error:
        raise BadTargets(f"{path}: not TOML: {error}") from error

    def refuse(what: str, name: str, key: str = "") -> BadTargets:
        return BadTargets(f"{path.name}:{_line(text, name, key)}: {' '.join(filter(None, (name, key)))}: {what}")

    common = content.pop("tolerance", 0.15)
    _tolerance(common, lambda what: BadTargets(f"{path.name}:{_line(text, '', 'tolerance')}: tolerance: {what}"))
    targets = {}
    for name, entry in content.items():
        if name not in known:
            raise refuse(f"no world measures this: use one of {', '.join(sorted(known))}", name)
        targets[name] = _target(name, entry, common, refuse)
    if not targets:
        raise BadTargets(f"{path.name}:1: no target in it: add [contacts] with words, low, high, unit and source")
    for part, whole in PARTS:
        if part in targets and whole in targets and targets[part].low > targets[whole].high:
            raise refuse(f"cannot be more than {whole}, of which it is a part: lower it, or raise {whole}", part, "low")
    least = sum(targets[name].low for name in SHARES if name in targets)
    if least > 100:
        last = [name for name in SHARES if name in targets][-1]
        raise refuse(f"the shares of contacts by source come to {least:g} per cent: lower one of them", last, "low")
    return Targets(targets)


def _target(name: str, entry: Any, common: float, refuse: Any) -> Target:
    try:
        target = msgspec.convert(entry, Target)
    except msgspec.ValidationError as error:
        named = re.search(r"(?:at `\$\.|field `)(\w+)`", str(error))
        missing = " missing" in str(error)
        raise refuse(f"{error}; mend or remove it", name, "" if missing or not named else named[1]) from error
    for key in ("low", "high"):
        value = getattr(target, key)
        if not math.isfinite(value) or value < 0:
            raise refuse("give a number of 0 or more", name, key)
    if target.low > target.high:
        raise refuse(f"low {target.low:g} is above high {target.high:g}: exchange them", name, "low")
    most = 100 if target.unit.startswith("per cent") else 1000 if target.unit.endswith("on a day") else math.inf
    if target.high > most:
        raise refuse(f"{target.high:g} {target.unit} can never be met: give at most {most}", name, "high")
    if not target.source.strip():
        raise refuse("name the source", name, "source")
    if target.tolerance is not None:
        _tolerance(target.tolerance, lambda what: refuse(what, name, "tolerance"))
    return msgspec.structs.replace(target, tolerance=common if target.tolerance is None else target.tolerance)


def _tolerance(value: Any, refuse: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        raise refuse("give a part between 0 and 1, as 0.15 for 15 per cent")


def _line(text: str, name: str, key: str) -> int:
    """The line of an entry, or of a key in it; 1 where it is not found."""
    inside, entry = not name, 1
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("["):
            inside = bool(name) and line.strip().strip("[]").strip().strip('"') == name
            entry = number if inside else entry
        elif inside and key and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return entry
