"""One file of a partnership: its content, and where in it something stands, so that every refusal names its line."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from hub.domain.errors import HubError
from hub.domain.rule import NOT_STATED

ROOT: Traversable = files(__package__ or "policies.partnerships")
NAMES = "id|number|name|code|record|title"  # keys by which an entry is known
HEADER = re.compile(r"\s*\[\[?([\w.-]+)\]\]?\s*(#.*)?$")
T = TypeVar("T")


class BadPartnership(HubError):
    """A partnership's folder that cannot be used; the text gives file, line, key and mend. `line` is 0 for a whole file."""

    def __init__(self, what: str, file: str = "", line: int = 0) -> None:
        super().__init__(what)
        self.file = file
        self.line = line


class Text:
    """One file, read. Raises BadPartnership for one that is missing or is not TOML."""

    def __init__(self, name: str, file: str, root: Traversable) -> None:
        self.name = f"{name}/{file}"
        entry = root.joinpath(name, file)
        if not entry.is_file():
            there = ", ".join(folders(root)) or "no partnership here"
            raise BadPartnership(f"{self.name} is missing; there are: {there}", self.name)
        try:
            self.text = entry.read_text(encoding="utf-8")
            self.content: dict[str, Any] = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            raise BadPartnership(f"{self.name}: not UTF-8: save it as UTF-8", self.name) from error
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            raise BadPartnership(f"{self.name}: not TOML: {error}", self.name, int(line[1]) if line else 0) from error
        self.lines = self.text.splitlines()

    def refuse(self, what: str, key: str = "", entry: str = "", *, section: str = "", times: int = 1) -> BadPartnership:
        """The error for `key` of the entry of this id (the `times`-th so named, in `section` where one is given)."""
        start, end = self._block(entry, section, times)
        at = start
        if key:
            held = [
                n
                for n in range(start or 1, end + 1)
                if re.match(rf"\s*(\[+([\w-]+\.)*)?{re.escape(key)}\b", self.line(n))
            ]
            at = held[0] if held else start
        where = f"{self.name}:{at}" if at else self.name
        subject = " ".join(part for part in (entry, key) if part)
        return BadPartnership(f"{where}: {subject}: {what}" if subject else f"{where}: {what}", self.name, at)

    def line(self, number: int) -> str:
        """The line of this number, from 1."""
        return self.lines[number - 1]

    def _headers(self) -> list[tuple[int, str]]:
        found = [(n, HEADER.match(line)) for n, line in enumerate(self.lines, 1)]
        return [(n, match[1]) for n, match in found if match]

    def _block(self, entry: str, section: str, times: int) -> tuple[int, int]:
        """First and last line of an entry; of the section's first header without one; of the file without either."""
        if not entry:
            for number, name in self._headers() if section else ():
                if name == section:
                    return number, self.end(number, name)
            return 0, len(self.lines)
        named = re.compile(rf'\s*({NAMES})\s*=\s*"?{re.escape(entry)}"?\s*(#.*)?$')
        header, name = 0, ""
        for number, line in enumerate(self.lines, 1):
            match = HEADER.match(line)
            if match:
                header, name = number, match[1]
            elif named.match(line) and (not section or name == section):
                times -= 1
                if not times:
                    return number, self.end(header, name) if header else len(self.lines)
        return self._block("", section or entry, 1)

    def end(self, header: int, name: str) -> int:
        """The last line before the next header that is not below this one."""
        after = [n for n, other in self._headers() if n > header and not other.startswith(f"{name}.")]
        return after[0] - 1 if after else len(self.lines)

    def place(self, section: str, index: int) -> int:
        """The line of the `index`-th header (from 0) of this section; 0 where there is none."""
        held = [number for number, name in self._headers() if name == section]
        return held[index] if index < len(held) else 0


def folders(root: Traversable = ROOT) -> tuple[str, ...]:
    """The names of the partnerships' folders that there are, sorted; one that begins with `_` is none."""
    held = (entry.name for entry in root.iterdir() if not entry.name.startswith(("_", ".")))
    return tuple(sorted(name for name in held if root.joinpath(name, "partnership.toml").is_file()))


def convert(text: Text, value: object, kind: type[T], entry: str = "", section: str = "") -> T:
    """The value as its type. Raises BadPartnership naming the key, and the entry of a list by its line."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said = str(error)
        path = re.findall(r"at `\$\.?([^`]*)`", said)
        keys = re.findall(r"field `([^`]+)`", said)
        key = keys[0] if keys else re.sub(r"\[.*", "", path[0].rpartition(".")[2]) if path else ""
        raise _placed(text, f"{said}; mend or remove it", key, entry, section, path[0] if path else "") from error


def _placed(text: Text, what: str, key: str, entry: str, section: str, path: str) -> BadPartnership:
    """Where a path such as `level[2].name` stands: under the third [[level]]."""
    found = re.match(r"([\w.]+)\[(\d+)\]", path)
    if entry or not found or not text.place(found[1], int(found[2])):
        return text.refuse(what, key, entry, section=section or path.partition(".")[0].partition("[")[0])
    at = text.place(found[1], int(found[2]))
    below = range(at, text.end(at, found[1]) + 1)
    at = next((n for n in below if re.match(rf"\s*{re.escape(key)}\b", text.line(n))), at)
    return BadPartnership(f"{text.name}:{at}: {found[1]} {key}: {what}", text.name, at)


def unsourced(
    text: Text, value: Any, entry: str, titles: tuple[str, ...] = (), section: str = ""
) -> Iterator[BadPartnership]:
    """What is wrong with where a value says that it comes from; `titles`: the papers that there are, () for not asked."""
    if not value.source.strip():
        yield text.refuse(
            f"name its source (paper and passage), or write '{NOT_STATED}'", "source", entry, section=section
        )
    elif value.source == NOT_STATED:
        if not value.chosen.strip():
            yield text.refuse(
                f"'{NOT_STATED}' needs `chosen`: how was the value chosen?", "source", entry, section=section
            )
    elif titles and not value.source.startswith(titles):
        yield text.refuse(
            f"'{value.source}' begins with no paper of [[document]] in partnership.toml: {'; '.join(titles)}",
            "source", entry, section=section,
        )  # fmt: skip


def double(text: Text, held: list[str], section: str) -> Iterator[BadPartnership]:
    """Entries of one section that have the same id or name."""
    for entry in dict.fromkeys(held):
        if held.count(entry) > 1:
            yield text.refuse(
                f"{held.count(entry)} entries have this id: give each its own", "", entry, section=section, times=2
            )
