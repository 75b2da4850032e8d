"""The truth about the world is out of reach of the hub: no code of hub/ or consumers/ can import or open it."""

import ast
from pathlib import Path

import pytest

from bench.world import truth

ROOT = Path(__file__).parents[2]
JUDGED = ("hub", "consumers", "schemas", "policies")
FILES = frozenset(f"{name}.jsonl" for name in truth.FILES.values())


def reaches(source: str) -> list[str]:
    """What in this source would reach the truth: an import of bench, however written, or the name of one of its files."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] == "bench"]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module or ""] if (node.module or "").split(".")[0] == "bench" else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n"):
            parts = node.value.replace("\\", "/").split("/")
            path = "/" in node.value and "truth" in parts[:-1]
            module = node.value == "bench" or node.value.startswith("bench.")
            if path or node.value == "truth" or module or any(part in FILES for part in parts):
                found.append(node.value)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import bench.world.stream",
        "from bench.world import stream",
        "def late():\n    from bench.evaluate.history import tell",
        "import importlib\nimportlib.import_module('bench.world')",
        "open('world/truth/people.jsonl')",
        "Path(folder) / 'truth' / name",
        "Path(folder, 'planted.jsonl').read_text()",
    ],
)
def test_every_way_to_the_truth_is_noticed(source: str) -> None:
    assert reaches(source) != []


def test_words_about_truth_are_not_noticed() -> None:
    assert reaches('"""The truth of it."""\nx = "in truth"\nimport benchmarks\ny = "concern.police.v1"') == []


def test_no_code_that_is_judged_reaches_the_truth() -> None:
    found = {
        str(path.relative_to(ROOT)): seen
        for folder in JUDGED
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (seen := reaches(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_what_goes_into_a_hub_is_what_the_stream_says_and_nothing_of_the_truth() -> None:
    door = (ROOT / "bench/world/into.py").read_text(encoding="utf-8")
    names = {node.id for node in ast.walk(ast.parse(door)) if isinstance(node, ast.Name)}
    assert names.isdisjoint({"Named", "Known", "TruePerson", "Planted", "Contact", "Episode", "Tally"})
    assert ".steps(" not in door
    assert ".truth(" not in door
