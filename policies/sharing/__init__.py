"""The sharing policies as files: read them as one set, as of a day, with or without the duty to share.

Nothing here decides anything. What a partnership has published as an edition is evaluated from the record instead.
"""

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

from msgspec import Struct

# In the order in which a person reads them. duty_to_share.cedar joins on its commencement date.
PARTS = ("intake", "reading", "help", "exceptions", "looking_back", "identity", "withheld", "never")
DUTY = "duty_to_share"


class SharingSet(Struct, frozen=True):
    """A whole set: the policies' text, the schema's text, and the names of the parts in it."""

    policies: str
    schema: str
    parts: tuple[str, ...]


def sharing_set(on: date, *, commenced: date | None = None) -> SharingSet:
    """The draft set as of a London day. `commenced` overrides commencement.toml: from when section 16LA is in force."""
    start = commenced or _commencement()
    parts = (*PARTS, DUTY) if start is not None and start <= on else PARTS
    text = "\n".join(_text(f"{part}.cedar") for part in parts)
    return SharingSet(text, _text("mash.cedarschema"), parts)


def cases() -> list[dict[str, Any]]:
    """The scenario table: every row of cases/*.toml in file order, as it is written."""
    found: list[dict[str, Any]] = []
    for file in sorted((files(__package__) / "cases").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            rows = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
            found += [{**row, "file": file.name} for row in rows]
    return found


def _commencement() -> date | None:
    said = tomllib.loads(_text("commencement.toml"))["section_16LA"]
    return date.fromisoformat(said) if said else None


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
