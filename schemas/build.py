"""Writes the next Avro schema of each event from the contract's Structs and classes.toml; leaves published ones alone.

`python -m schemas.build` after a change of hub/domain/message.py or classes.toml. A published version stays as it is:
the change becomes the next version, and `mash schemas check` says whether old and new can read each other.
"""

import functools
import json
import operator
import tomllib
import types
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from msgspec import NODEFAULT, Struct, to_builtins
from msgspec.structs import FieldInfo, fields

import schemas
from hub.domain.message import KINDS, Adult, Member, Person, Said, Subject
from hub.domain.outward import NoticeOut, RequestOut
from hub.domain.signal import CaseChange, Change, Finding
from hub.domain.silence import Expected, Silence

HERE = Path(__file__).parent
STRUCTS: dict[str, type[Struct]] = {
    **{kind.removeprefix("mash.").removesuffix(".v1"): struct for kind, struct in KINDS.items()},
    "signal": Change,
    "finding": Finding,
    "case": CaseChange,
    "expected": Expected,
    "silence": Silence,
    "request-made": RequestOut,
    "notice-sent": NoticeOut,
}
HOLDERS = {Subject, Adult, Member}  # a person and what was seen of them, or how they belong
# A reader that does not know a later symbol reads this one, so that a list can grow without breaking anybody.
CATCH_ALL = ("told_by_other", "other", "not_known")
PRIMITIVES: dict[type, Any] = {
    str: "string",
    bool: "boolean",
    int: "long",
    float: "double",
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
    date: {"type": "int", "logicalType": "date"},
}


class Schema:
    """One schema under construction: which named types it has defined already, and whom the message is about."""

    def __init__(self, event: str, classes: dict[str, Any]) -> None:
        self.struct = STRUCTS[event]
        self.facts = classes["events"][event]
        self.classes = classes
        self.defined: set[str] = set()
        self.everyone = ",".join(_people(self.struct)) or "none"

    def text(self) -> str:
        """The schema as the file holds it."""
        root = self.record(self.struct, "", "", "")
        head = {"type": "record", "name": root["name"], "namespace": "mash", "doc": root["doc"]}
        marks = {"mash:owner": self.facts["owner"], "mash:purpose": self.facts["purpose"]}
        return pretty({**head, **marks, "fields": root["fields"]}) + "\n"

    def record(self, struct: type[Struct], prefix: str, path: str, person: str) -> Any:
        """A record, or its name where it was defined above. `prefix` keeps adults' persons apart from children's."""
        name = struct.__name__ if struct in HOLDERS else prefix + struct.__name__
        if name in self.defined:
            return name
        self.defined.add(name)
        doc = " ".join((struct.__doc__ or "").split("\n\n")[0].split())
        made = [self.field(struct, entry, prefix, path, person) for entry in fields(struct)]
        return {"type": "record", "name": name, "doc": doc, "fields": made}

    def field(self, struct: type[Struct], entry: FieldInfo, prefix: str, path: str, person: str) -> dict[str, Any]:
        """One field: a leaf carries its class, a branch leads on."""
        here = f"{path}{entry.name}"
        inner, nullable = _optional(entry.type)
        items = _items(inner)
        nested = items or inner
        if nested in HOLDERS:
            prefix = {"subjects": "", "adults": "Adult", "members": "Member"}.get(entry.name, prefix)
        if nested in HOLDERS or (nested is Person and not person):
            person = here + ("[]" if items else "")
        below = here + ("[]." if items else ".")
        kind = self.shape(nested, struct.__name__ + _camel(entry.name), prefix, below, person)
        if items:
            kind = {"type": "array", "items": kind}
        if nullable:
            kind = ["null", kind]
        made: dict[str, Any] = {"name": entry.name, "type": kind}
        default = entry.default_factory() if entry.default_factory is not NODEFAULT else entry.default
        if default is not NODEFAULT:
            made["default"] = to_builtins(default)
        branch = isinstance(nested, type) and issubclass(nested, Struct)
        return made if branch or _pair(nested) else {**made, **self.leaf(struct, entry.name, prefix, person)}

    def shape(self, kind: Any, name: str, prefix: str, path: str, person: str) -> Any:
        """The Avro type of a Python type that is neither optional nor a list."""
        if kind in PRIMITIVES:
            return PRIMITIVES[kind]
        if _pair(kind):  # (code, value) of a signal: the same record as a message's measure
            code = {"name": "code", "type": "string", **self.leaf_of("Measure", "code", "child")}
            value = {"name": "value", "type": "double", **self.leaf_of("Measure", "value", "child")}
            return {"type": "record", "name": "Measure", "doc": "A coded measure", "fields": [code, value]}
        if isinstance(kind, type) and issubclass(kind, Struct):
            return self.record(kind, prefix, path, person)
        symbols = _symbols(kind)
        if name in self.defined:
            return name
        self.defined.add(name)
        default = next((word for word in CATCH_ALL if word in symbols), None)
        return {"type": "enum", "name": name, "symbols": symbols, **({"default": default} if default else {})}

    def leaf(self, struct: type[Struct], name: str, prefix: str, person: str) -> dict[str, Any]:
        """The class of a leaf; adults' and household members' identity is a third party's."""
        owner = next(kind.__name__ for kind in reversed(struct.__mro__) if name in getattr(kind, "__annotations__", ()))
        marks = self.leaf_of(owner, name, person)
        if prefix:
            if marks["mash:cat"].startswith("identity"):
                marks["mash:cat"] = "third_party"
            marks["mash:third_party"] = True
        return marks

    def leaf_of(self, owner: str, name: str, person: str) -> dict[str, Any]:
        """The line of classes.toml for one field, as custom properties."""
        table = self.classes.get(owner, {})
        line = dict(table.get(name) or table.get("*") or {})
        if not line:
            raise LookupError(f"classes.toml has no line for {owner}.{name}: give it one")
        about = line.pop("about", person or self.everyone)
        doc = {"doc": line.pop("doc")} if "doc" in line else {}
        marks = {"mash:cat": line.pop("cat"), "mash:tier": line.pop("tier")}
        subject = {"mash:subject": self.everyone if about == "all" else about}
        return {**doc, **marks, **subject, **{f"mash:{key}": value for key, value in line.items()}}


def pretty(value: Any, indent: int = 0) -> str:
    """JSON with as much on a line as fits, so that a difference of two versions is short and reads well."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 118 or not isinstance(value, dict | list):
        return line
    gap = " " * (indent + 1)
    if isinstance(value, list):
        return "[\n" + ",\n".join(gap + pretty(entry, indent + 1) for entry in value) + f"\n{' ' * indent}]"
    lines: list[str] = []
    for key, entry in value.items():
        part = f"{json.dumps(key)}: {pretty(entry, indent + 1)}"
        if lines and "\n" not in part + lines[-1] and len(gap) + len(lines[-1]) + len(part) < 116:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return "{\n" + ",\n".join(gap + line for line in lines) + f"\n{' ' * indent}}}"


def drafts() -> dict[str, str]:
    """The schema of each event as contract and classes have it now."""
    classes = tomllib.loads((HERE / "classes.toml").read_text(encoding="utf-8"))
    return {event: Schema(event, classes).text() for event in STRUCTS}


def write(root: Path = HERE) -> list[Path]:
    """Write what changed; a published version is left alone and the change becomes the next one."""
    published = {(entry["event"], entry["version"]) for entry in schemas.load_published(root)}
    written = []
    for event, text in drafts().items():
        (root / event).mkdir(exist_ok=True)
        version = schemas.events(root).get(event, (1,))[-1]
        path = root / event / f"v{version}.avsc"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if (event, version) in published:
            path = root / event / f"v{version + 1}.avsc"
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _people(struct: type[Struct], path: str = "") -> list[str]:
    """Where the persons of a message stand: ["subjects[]", "adults[]"]; "child" on the hub's own topics."""
    found = []
    for entry in fields(struct):
        inner, _ = _optional(entry.type)
        items = _items(inner)
        nested = items or inner
        if nested in {*HOLDERS, Person}:
            found.append(f"{path}{entry.name}" + ("[]" if items else ""))
        elif isinstance(nested, type) and issubclass(nested, Said):
            found.extend(_people(nested, f"{path}{entry.name}."))
    return found


def _optional(kind: Any) -> tuple[Any, bool]:
    """(T, True) for T | None, else (kind, False)."""
    if get_origin(kind) in {Union, types.UnionType} and type(None) in get_args(kind):
        rest = [arm for arm in get_args(kind) if arm is not type(None)]
        return functools.reduce(operator.or_, rest), True
    return kind, False


def _items(kind: Any) -> Any:
    """T of tuple[T, ...], else None."""
    arms = get_args(kind)
    return arms[0] if get_origin(kind) is tuple and len(arms) == 2 and arms[1] is Ellipsis else None


def _pair(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind) == (str, float)


def _symbols(kind: Any) -> list[str]:
    """All words of a Literal, or of a union of Literals, in order."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [word for arm in get_args(kind) for word in _symbols(arm)]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


if __name__ == "__main__":
    for changed in write():
        print(changed.relative_to(HERE))  # noqa: T201  a command says what it wrote
