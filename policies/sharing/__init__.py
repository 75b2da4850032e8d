"""The sharing policies as files: read them as one set, as of a day, with or without the duty to share.

Nothing here decides anything. What a partnership has published as an edition is evaluated from the record instead.
"""

import re
import tomllib
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from hub.domain.errors import HubError

# In the order in which a person reads them. duty_to_share.cedar joins on its commencement date.
PARTS = ("intake", "reading", "help", "exceptions", "looking_back", "identity", "requests", "withheld", "never")
DUTY = "duty_to_share"
KNOWN = (*PARTS, DUTY)


class BadSet(HubError):
    """The files of a draft cannot be read as a set; the text names file, line where there is one, and what to mend."""


class SharingSet(Struct, frozen=True):
    """A whole set: the policies' text, the schema's text, the names of the parts in it, and each part's own text."""

    policies: str
    schema: str
    parts: tuple[str, ...]
    files: dict[str, str] = {}


class Place(NamedTuple):
    """Where a policy stands: file and line, ("", 0) where it stands nowhere."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.file else "no file"


def sharing_set(on: date, *, commenced: date | None = None, folder: Path | None = None) -> SharingSet:
    """The draft set as of a London day. `commenced` overrides commencement.toml: from when section 16LA is in force.

    With `folder`, the set in that folder in place of the one that the hub comes with. Raises BadSet.
    """
    place = _place(folder)
    start = commenced or _commencement(place)
    parts = (*PARTS, DUTY) if start is not None and start <= on else PARTS
    stray = sorted(
        {one.name for one in place.iterdir() if one.name.endswith(".cedar")} - {f"{one}.cedar" for one in KNOWN}
    )
    if stray:
        raise BadSet(f"{stray[0]}: no part of this name is read: put its policies into one of {', '.join(KNOWN)}")
    texts = {f"{part}.cedar": _text(place, f"{part}.cedar") for part in parts}
    return SharingSet("\n".join(texts.values()), _text(place, "mash.cedarschema"), parts, texts)


def where(drafted: SharingSet, policy: str) -> Place:
    """The file and line at which a policy's annotations begin."""
    for name, text in drafted.files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if re.match(rf'\s*@id\("{re.escape(policy)}"\)', line):
                return Place(name, number)
    return Place("", 0)


def text_of(drafted: SharingSet, policy: str) -> str:
    """One policy as it is written, from its annotations to its end; "" where there is none."""
    for text in drafted.files.values():
        for piece in re.split(r"(?=^@id\()", text, flags=re.MULTILINE):
            if piece.startswith(f'@id("{policy}")'):
                return piece[: piece.rfind(";") + 1]
    return ""


def cases(folder: Path | None = None) -> list[dict[str, Any]]:
    """The scenario table: every row of cases/*.toml in file order, as it is written. Raises BadSet naming file and line."""
    found: list[dict[str, Any]] = []
    table = _place(folder) / "cases"
    if not table.is_dir():
        raise BadSet("there is no folder cases/: the scenario table belongs to the set")
    for file in sorted(table.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            try:
                rows = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise BadSet(f"cases/{file.name}: this is no TOML: {error}") from None
            except KeyError:
                raise BadSet(f"cases/{file.name}: it has no row: begin each with [[case]]") from None
            found += [{**row, "file": file.name} for row in rows]
    return found


def _place(folder: Path | None) -> Traversable:
    if folder is None:
        return files(__package__)
    if not folder.is_dir():
        raise BadSet(f"{folder} is no folder: name the one that holds the .cedar files")
    return folder


def _commencement(place: Traversable) -> date | None:
    try:
        said = tomllib.loads(_text(place, "commencement.toml"))["section_16LA"]
        return date.fromisoformat(said) if said else None
    except (tomllib.TOMLDecodeError, KeyError, ValueError, TypeError):
        raise BadSet(
            'commencement.toml: write section_16LA = "2027-01-04", the London day from which it is in force, or ""'
        ) from None


def _text(place: Traversable, name: str) -> str:
    try:
        return (place / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadSet(f"{name} is missing: a set has all of its parts, if only with a comment") from None
    except UnicodeDecodeError:
        raise BadSet(f"{name} is not UTF-8 text: save it as such") from None
