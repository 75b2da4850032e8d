"""Partnerships as data: levels, rules and clocks of each, in its own words, every value with its source. Drafts only:
the hub judges by the edition on the record.

A folder that is wrong is refused whole, with the file, the line and the mend; nothing is guessed. `faults` tells all of
them at once.
"""

from collections.abc import Callable, Iterable
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import msgspec

import schemas
from hub.domain.errors import HubError
from hub.domain.protocol import Agreed
from hub.domain.protocol import problems as problems_of
from hub.domain.rule import NOT_STATED, Rule
from hub.domain.sharing import PURPOSES, TIERS
from hub.domain.together import Together
from hub.domain.together import problems as problems_together
from hub.domain.vocabulary import Vocabulary
from policies.calendar import calendar
from policies.partnerships import clocks as clocks_file
from policies.partnerships import rules as rules_file
from policies.partnerships.about import ABOUT, SERVICES, About, read_about
from policies.partnerships.clocks import Clock, read_clocks
from policies.partnerships.rules import read_rules
from policies.partnerships.text import ROOT, BadPartnership, Text, convert, folders, unsourced

__all__ = [
    "ROOT", "BadPartnership", "faults", "load_partnership", "partnership_calendar", "partnership_protocol",
    "partnership_together", "partnerships", "used_otherwise",
]  # fmt: skip


def partnerships(root: Traversable = ROOT) -> tuple[str, ...]:
    """The names of the folders that there are, sorted."""
    return folders(root)


class _Read(NamedTuple):
    about: About
    rules: list[Rule]
    clocks: list[Clock]


def _read(name: str, root: Traversable, vocabulary: Vocabulary | None, wrong: list[BadPartnership]) -> _Read | None:
    known = vocabulary or Vocabulary.of(schemas.load_vocabulary())

    def opened(file: str) -> Text | None:
        if file == SERVICES and not root.joinpath(name, file).is_file():
            return None
        try:
            return Text(name, file, root)
        except BadPartnership as bad:
            wrong.append(bad)
            return None

    about = read_about(name, wrong, opened)
    if about is None:
        return None
    levels = tuple(level.number for level in about.levels)
    rules, clocks = opened(rules_file.FILE), opened(clocks_file.FILE)
    made = read_rules(rules, levels, known, about.titles, wrong) if rules else []
    timed = read_clocks(clocks, about.titles, wrong) if clocks else []
    return _Read(about, made, timed)


def load_partnership(name: str, *, root: Traversable = ROOT, vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """One partnership as plain values, for an edition: keys partnership, continuum, thresholds, clocks.

    Raises BadPartnership for anything that an edition must not hold: a missing file, broken TOML, an unknown key, a
    value without its source, overlapping levels, two rules with one id, an unknown indicator, list or need domain, a
    window or count that can never be met, a missing or stoppable red clock.
    """
    wrong: list[BadPartnership] = []
    held = _read(name, root, vocabulary, wrong)
    if wrong or held is None:
        raise wrong[0]
    return {
        "partnership": held.about.partnership,
        "continuum": {"levels": msgspec.to_builtins(held.about.levels)},
        "thresholds": msgspec.to_builtins(held.rules),
        "clocks": msgspec.to_builtins(held.clocks),
    }


def faults(name: str, *, root: Traversable = ROOT, vocabulary: Vocabulary | None = None) -> list[BadPartnership]:
    """Everything that is wrong with one partnership's folder, each with file, line and mend; [] when an edition may hold it."""
    wrong: list[BadPartnership] = []
    held = _read(name, root, vocabulary, wrong)
    levels = tuple(level.number for level in held.about.levels) if held else (1,)
    if root.joinpath(name, ABOUT).is_file():
        _caught(wrong, lambda: partnership_calendar(name, root=root))
        _caught(wrong, lambda: _protocol(name, root, wrong))
        _caught(wrong, lambda: _together(name, root, levels, wrong))
    return sorted(wrong, key=lambda one: (one.file, one.line))


def _caught(wrong: list[BadPartnership], read: Callable[[], object]) -> None:
    try:
        read()
    except BadPartnership as bad:
        wrong.append(bad)
    except HubError as bad:  # a calendar names its file and not its line
        wrong.append(BadPartnership(str(bad), str(bad).partition(":")[0]))


def used_otherwise(name: str, ids: Iterable[str], *, root: Traversable = ROOT) -> list[BadPartnership]:
    """The fault of each rule of these ids: it was used in an edition and reads otherwise in this folder."""
    text = Text(name, rules_file.FILE, root)
    return [
        text.refuse(
            "an edition on record judged by this rule, and it reads otherwise here: give the changed one an id of its own, "
            "and leave the used one as it was (enabled = false takes it out of force)",
            "", ident, section="rule",
        )
        for ident in ids
    ]  # fmt: skip


def partnership_calendar(name: str, *, root: Traversable = ROOT) -> dict[str, Any]:
    """The working days, hours and bank holidays of one partnership, for an edition. Raises BadPartnership, BadCalendar."""
    text = Text(name, "calendar.toml", root)
    if text.content.get("source") == NOT_STATED and not str(text.content.get("chosen", "")).strip():
        raise text.refuse("how were the hours chosen? say so in `chosen`", "chosen")
    return calendar(text.content, text.name)


def partnership_protocol(name: str, *, root: Traversable = ROOT) -> dict[str, Any]:
    """The information-sharing protocol of one partnership, for an edition, with the papers that lie beside it.

    Raises BadPartnership with the line and the mend.
    """
    wrong: list[BadPartnership] = []
    agreed = _protocol(name, root, wrong)
    if wrong:
        raise wrong[0]
    plain: dict[str, Any] = msgspec.to_builtins(agreed)
    return plain


def _protocol(name: str, root: Traversable, wrong: list[BadPartnership]) -> Agreed:
    text = Text(name, "protocol.toml", root)
    agreed = convert(text, text.content, Agreed)
    wrong += unsourced(text, agreed, "")
    for clause in agreed.clause:
        wrong += unsourced(text, clause, clause.id, section="clause")
    wrong += [text.refuse(mend, "", entry) for entry, mend in problems_of(agreed, PURPOSES, frozenset(TIERS))]
    wrong += [
        text.refuse(f"{paper.file} is not there", "file", paper.kind)
        for paper in agreed.paper
        if not root.joinpath(name, *paper.file.split("/")).is_file()
    ]
    return agreed


def partnership_together(name: str, *, root: Traversable = ROOT, levels: tuple[int, ...] = ()) -> dict[str, Any]:
    """How one partnership works together, for an edition; `levels` are its levels ((): as its own file has them).

    Raises BadPartnership with the line and the mend.
    """
    wrong: list[BadPartnership] = []
    made = _together(name, root, levels, wrong)
    if wrong:
        raise wrong[0]
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain


def _together(name: str, root: Traversable, levels: tuple[int, ...], wrong: list[BadPartnership]) -> Together:
    text = Text(name, "together.toml", root)
    made = convert(text, text.content, Together)
    said: list[tuple[str, str, object]] = [("lead", "", made.lead)]
    said += [("quorum", one.name, one) for one in made.quorum] + [("clock", one.id, one) for one in made.clock]
    said += [("stage", one.name, one) for one in made.stage]
    for section, entry, value in said:
        wrong += unsourced(text, value, entry, section=section)
    known = levels or tuple(level.get("number", 0) for level in Text(name, ABOUT, root).content.get("level", ()))
    wrong += [text.refuse(mend, "", entry) for entry, mend in problems_together(made, known)]
    return made
