"""The gate of the published contract: what must hold of every schema, and between every two versions of one event.

A published file is never edited, every value has a class, and each version reads what every other wrote.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from typing import Any, get_args

from msgspec import Struct

import schemas
from hub.adapters.avro import fingerprint_of
from hub.domain.errors import HubError
from hub.domain.item import Category

CLASSES = (*get_args(Category), "code")
LOGICAL = ("logicalType", "precision", "scale", "size")


class Problem(Struct, frozen=True):
    """What is wrong with one version of one event, and what to do."""

    event: str
    version: int
    rule: str
    words: str


class CheckerMissing(HubError):
    """Two versions are to be compared, and the development tool that does it is not installed."""


class Leaf(Struct, frozen=True):
    """One value of a message: its path, its field as JSON (classes and all) and its own type without union and list."""

    path: str
    field: dict[str, Any]
    type: Any


def problems(root: Any) -> list[Problem]:
    """Everything that is wrong with a tree of schemas (a folder as pathlib or importlib.resources gives it)."""
    found: list[Problem] = []
    seen: dict[str, tuple[str, int]] = {}
    every = list(every_schema(root))
    for event, version, schema in every:
        found += [Problem(event, version, rule, words) for rule, words in _alone(schema)]
        first = seen.setdefault(fingerprint_of(schema), (event, version))
        if first != (event, version):
            words = f"fingerprint of {first[0]} v{first[1]}: a reader could not tell the two apart"
            found.append(Problem(event, version, "same_fingerprint", words))
    found += _published(root, every)
    for (event, old, older), (other, new, newer) in combinations(every, 2):
        if event == other:
            found += [Problem(event, new, rule, f"against v{old}: {words}") for rule, words in between(older, newer)]
    return found


def between(older: dict[str, Any], newer: dict[str, Any]) -> list[tuple[str, str]]:
    """Why two versions of one event cannot stand side by side: each must read what the other wrote.

    Avro's rules by Apache's own checker, and three that it does not look at: logical types, a class that changed, a
    tier that fell. A changed class needs "mash:reclassified" on the new field, naming the decision.
    """
    found = [("incompatible", f"the new cannot read the old: {words}") for words in _unreadable(newer, older)]
    found += [("incompatible", f"the old cannot read the new: {words}") for words in _unreadable(older, newer)]
    before = {leaf.path: leaf for leaf in leaves(older)}
    for leaf in leaves(newer):
        was = before.get(leaf.path)
        if was is None:
            continue
        if _logical(was.type) != _logical(leaf.type):
            found.append(("logical_type", f"{leaf.path} was {_logical(was.type)} and is {_logical(leaf.type)}"))
        if "mash:reclassified" in leaf.field:
            continue
        if was.field.get("mash:cat") != leaf.field.get("mash:cat"):
            found.append(("reclassified", f"{leaf.path} was {was.field.get('mash:cat')}: name the decision"))
        if was.field.get("mash:tier", 0) > leaf.field.get("mash:tier", 0):
            found.append(("tier_fell", f"{leaf.path} was of tier {was.field['mash:tier']}: name the decision"))
    return found


def leaves(schema: dict[str, Any]) -> Iterator[Leaf]:
    """Every value of a schema by its path ("subjects[].person.sex"), through unions, lists and named types."""
    yield from _leaves(schema, "", {})


def digest_of(schema: Any) -> str:
    """SHA-256 (hex) of a schema's JSON with sorted keys: a changed class changes it, a changed layout does not."""
    return sha256(json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def entry_of(event: str, version: int, schema: dict[str, Any]) -> str:
    """The lines of fingerprints.toml that publish a version."""
    name = f'event = "{event}"\nversion = {version}\n'
    return f'[[published]]\n{name}dataschema = "{fingerprint_of(schema)}"\nsha256 = "{digest_of(schema)}"\n'


def every_schema(root: Any) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every event, version and schema of a tree."""
    for event, versions in schemas.events(root).items():
        for version in versions:
            yield event, version, schemas.schema(event, version, root)


def _alone(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What one file must have by itself."""
    for name in ("doc", "mash:owner", "mash:purpose"):
        if not schema.get(name):
            yield "unowned", f"say {name} at the top"
    for leaf in leaves(schema):
        if leaf.field.get("mash:cat") not in CLASSES:
            yield "unclassified", f"{leaf.path} needs mash:cat, one of {', '.join(CLASSES)}"
        if leaf.field.get("mash:tier") not in {1, 2, 3, 4}:
            yield "unclassified", f"{leaf.path} needs mash:tier, 1 to 4"
        if not leaf.field.get("mash:subject"):
            yield "unclassified", f"{leaf.path} needs mash:subject: whom it is about, or none"
        if leaf.type in {"float", "int", "null", "bytes"} if isinstance(leaf.type, str) else False:
            # Some writers put what does not fit into 32 bits there all the same; null takes no byte, so that five
            # bytes make fifty million of them; and bytes have no shape that could be checked.
            yield "unsafe_type", f"{leaf.path} is {leaf.type}: use long, double, string, or a logical type"
        if isinstance(leaf.type, dict) and leaf.type["type"] in {"map", "fixed", "record"}:
            yield "unsafe_type", f"{leaf.path} is a {leaf.type['type']} without fields of its own: use a record"


def _published(root: Any, every: list[tuple[str, int, dict[str, Any]]]) -> Iterator[Problem]:
    """The list of what was published against what is there."""
    published = {(entry["event"], entry["version"]): entry for entry in schemas.load_published(root)}
    for event, version, schema in every:
        entry = published.pop((event, version), None)
        if entry is None:
            yield Problem(event, version, "unpublished", "`mash schemas publish` puts it on the list")
        elif (entry["dataschema"], entry["sha256"]) != (fingerprint_of(schema), digest_of(schema)):
            yield Problem(event, version, "edited", "a published file stays as it is: put it back, and write the next")
    for event, version in published:
        yield Problem(event, version, "gone", "a published file is kept for ever: what was written must stay readable")


def _leaves(kind: Any, path: str, named: dict[str, Any], field: dict[str, Any] | None = None) -> Iterator[Leaf]:
    if isinstance(kind, str):
        kind = named.get(kind, kind)
    if isinstance(kind, list):
        arms = [arm for arm in kind if arm != "null"] or ["null"]
        for arm in arms:
            yield from _leaves(arm, path, named, field)
    elif isinstance(kind, dict) and kind["type"] == "record" and kind["fields"]:
        named[kind["name"]] = kind
        for entry in kind["fields"]:
            yield from _leaves(entry["type"], f"{path}.{entry['name']}".lstrip("."), named, entry)
    elif isinstance(kind, dict) and kind["type"] == "array":
        yield from _leaves(kind["items"], f"{path}[]", named, field)
    elif isinstance(kind, dict) and isinstance(kind["type"], dict | list):
        yield from _leaves(kind["type"], path, named, field)
    else:
        if isinstance(kind, dict) and "name" in kind:
            named[kind["name"]] = kind
        if isinstance(kind, dict) and set(kind) == {"type"}:
            kind = kind["type"]
        yield Leaf(path, field or {}, kind)


def _logical(kind: Any) -> dict[str, Any]:
    return {name: kind[name] for name in LOGICAL if name in kind} if isinstance(kind, dict) else {}


def _unreadable(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    """Why `reader` cannot read what `writer` wrote, by Apache Avro's own checker; [] when it can."""
    try:
        from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType  # noqa: PLC0415
        from avro.schema import parse  # noqa: PLC0415  a tool of development: the hub runs without it
    except ImportError as missing:
        raise CheckerMissing(
            "to compare versions, install the development tools: pip install 'mash-hub[dev]'"
        ) from missing
    checker: Any = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    answer = checker.get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
    if answer.compatibility is SchemaCompatibilityType.compatible:
        return []
    kinds = ", ".join(sorted(kind.value for kind in answer.incompatibilities))
    return [f"{kinds} at {', '.join(sorted(answer.locations - {'/'}) or ['/'])}"]
