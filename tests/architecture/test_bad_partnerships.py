"""Whatever an author of a partnership's data may get wrong is refused by the command, with the file, the line and the mend."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from policies.partnerships import ROOT

PAGE = (Path(__file__).parents[2] / "docs/partnerships.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo partnership that may be broken."""
    shutil.copytree(str(ROOT / "demo"), tmp_path / "demo")
    return tmp_path


def refused(folder: Path, file: str, old: str, new: str, told: str = "") -> tuple[str, str]:
    """What `mash partnership check` says of a folder with one passage changed: the line that it names, and the fault
    that holds `told`: beside it may stand what else follows from it.
    """
    path = folder / "demo" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = CliRunner().invoke(app, ["partnership", "check", "demo", "--folder", str(folder), "--json"])
    assert done.exit_code == 1
    problems = json.loads(done.stdout.strip().splitlines()[-1])["problems"]
    found = next(one for one in problems if one["file"] == f"demo/{file}" and told in one["problem"])
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[found["line"] - 1] if found["line"] else "", found["problem"]


def test_an_unknown_indicator_is_refused_with_its_line_and_the_mend(folder: Path) -> None:
    line, problem = refused(folder, "thresholds.toml", '"domestic_abuse_incident"', '"domestic_abus"')
    assert "domestic_abus" in line
    assert re.search(r"no indicator 'domestic_abus'.*(domestic_abuse_incident|mash|vocabulary)", problem)


def test_an_impossible_window_is_refused_with_its_line_and_the_mend(folder: Path) -> None:
    line, problem = refused(folder, "thresholds.toml", "within_days = 90", "within_days = 0")
    assert line == "within_days = 0"
    assert "a window of 0 days can never be met" in problem


def test_overlapping_levels_are_refused_with_their_line_and_the_mend(folder: Path) -> None:
    line, problem = refused(folder, "partnership.toml", "number = 3", "number = 2", "described 2 times")
    assert line == "number = 2"
    assert "level 2 is described 2 times" in problem


def test_two_rules_with_one_id_are_refused_with_their_line_and_the_mend(folder: Path) -> None:
    text = (folder / "demo/thresholds.toml").read_text(encoding="utf-8")
    first, second = re.findall(r'^id = "([\w-]+)"', text, re.MULTILINE)[:2]
    line, problem = refused(folder, "thresholds.toml", f'id = "{second}"', f'id = "{first}"')
    assert first in line
    assert "2 entries have this id: give each its own" in problem


def test_a_missing_source_is_refused_with_its_line_and_the_mend(folder: Path) -> None:
    line, problem = refused(folder, "thresholds.toml", 'source = "not stated in the source"', 'source = ""')
    assert line == 'source = ""'
    assert "name its source (paper and passage), or write 'not stated in the source'" in problem


def test_no_red_clock_is_refused_with_the_mend(folder: Path) -> None:
    line, problem = refused(folder, "clocks.toml", 'id = "red"', 'id = "crimson"')
    assert line == ""  # what is missing stands on no line
    assert 'no red clock: add [[clock]] with id = "red"' in problem


def test_each_of_these_stands_in_the_page_with_its_test() -> None:
    named = re.findall(r"^\| .+ \| .+ \| `(tests/[\w/]+\.py)::(test_\w+)` \|$", PAGE, re.MULTILINE)
    root = Path(__file__).parents[2]
    assert len(named) == 7
    assert [name for file, name in named if f"def {name}(" not in (root / file).read_text(encoding="utf-8")] == []
    here = {name for name in globals() if name.startswith("test_") and "refused" in name}
    assert here <= {name for _, name in named}
