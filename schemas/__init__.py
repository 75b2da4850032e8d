"""The published contract as files that ship with the hub: Avro schemas, topics, vocabulary. Reads, never decides.

One folder an event, one self-contained file a version. A published file is never edited: `mash schemas check`.
"""

import json
import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

ROOT: Traversable = files(__name__)


def events(root: Traversable = ROOT) -> dict[str, tuple[int, ...]]:
    """Every event that has a schema, and its versions in order: {"concern-raised": (1,), …}."""
    found = {}
    for folder in sorted(root.iterdir(), key=lambda entry: entry.name):
        if not folder.is_dir():
            continue
        names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".avsc")]
        if names:
            found[folder.name] = tuple(sorted(int(name.removeprefix("v").removesuffix(".avsc")) for name in names))
    return found


def schema_text(event: str, version: int, root: Traversable = ROOT) -> str:
    """The Avro schema of one version of one event, as it was published. Raises FileNotFoundError."""
    return root.joinpath(event, f"v{version}.avsc").read_text(encoding="utf-8")


def schema(event: str, version: int, root: Traversable = ROOT) -> dict[str, Any]:
    """The same, parsed as JSON."""
    parsed: dict[str, Any] = json.loads(schema_text(event, version, root))
    return parsed


def examples(event: str) -> dict[str, dict[str, Any]]:
    """Synthetic messages of one event as JSON (times as ISO 8601), by name: {"minimal": {…}, "full": {…}}."""
    folder = ROOT.joinpath(event, "examples")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".json")]
    return {
        entry.name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8"))
        for entry in sorted(found, key=lambda entry: entry.name)
    }


def load_topics() -> dict[str, Any]:
    """Topic pattern -> owner, partitions, key, retention, who may write and read (schemas/topics.toml)."""
    return _toml(ROOT.joinpath("topics.toml"))


def load_published(root: Traversable = ROOT) -> list[dict[str, Any]]:
    """What was published: event, version, dataschema and sha256 of the whole file's JSON, classes included."""
    entry = root.joinpath("fingerprints.toml")
    published: list[dict[str, Any]] = _toml(entry).get("published", []) if entry.is_file() else []
    return published


def load_vocabulary() -> dict[str, Any]:
    """The vocabulary as one canonical dict of plain JSON values, sorted: what an edition signs and stores.

    Keys: domains (20, "parenting.basic_care" -> label), indicators, lists, measures, referrers.
    `hub.domain.vocabulary.Vocabulary.of` makes it typed.
    """
    folder = ROOT.joinpath("vocabulary")
    parts = {name: _toml(folder.joinpath(f"{name}.toml")) for name in ("indicators", "lists", "measures", "referrers")}
    groups = _toml(folder.joinpath("domains.toml"))
    parts["domains"] = {f"{group}.{name}": label for group, names in groups.items() for name, label in names.items()}
    canonical: dict[str, Any] = json.loads(json.dumps(parts, sort_keys=True))
    return canonical


def _toml(entry: Traversable) -> dict[str, Any]:
    return tomllib.loads(entry.read_text(encoding="utf-8"))
