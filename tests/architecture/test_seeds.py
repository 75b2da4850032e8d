"""The page about the five strategies leaves no row out, names tests that exist and run, and says of what is missing why."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from hub.domain.partnership import FORMULAS
from policies.partnerships import load_partnership

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/seeds.md"
STATES = ("done", "partly", "out of scope")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LEAST = 40  # letters of what is missing, or of why something will not be built: fewer give no reason
# What each strategy names, counted from its text: a row that is taken off the page is missed here.
ROWS = {"CAL": 14, "STA": 13, "BWD": 18, "WAK": 18, "DUR": 11, "HID": 24, "ACC": 10}
STRATEGIES = {
    "CAL": "calderdale", "STA": "staffordshire", "BWD": "blackburn-with-darwen", "WAK": "wakefield", "DUR": "durham"
}  # fmt: skip


def rows_of(text: str) -> list[tuple[str, ...]]:
    """Id, what is named, state and the rest of every row."""
    found = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in text.splitlines()]
    return [cells for cells in found if len(cells) == 4 and re.fullmatch(r"[A-Z]+-[a-zK0-9-]+", cells[0])]


@cache
def rows() -> list[tuple[str, ...]]:
    return rows_of(PAGE.read_text(encoding="utf-8"))


@cache
def names_in(file: str) -> dict[str, bool]:
    """The functions of a file, and whether each is asked to be skipped."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return {
        node.name: any("skip" in ast.unparse(one) or "xfail" in ast.unparse(one) for one in node.decorator_list)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


def used_formulas() -> set[str]:
    return {one["formula"] for name in STRATEGIES.values() for one in load_partnership(name)["partnership"]["measures"]}


def faults(row: tuple[str, ...]) -> list[str]:
    """What is wrong with one row."""
    ident, named, state, told = row
    tests = TEST.findall(told)
    missing = told.partition("Missing:")[2]
    wrong = [f"{file}::{name} is not there" for file, name in tests if name not in names_in(file)]
    wrong += [f"{file}::{name} is skipped" for file, name in tests if names_in(file).get(name)]
    if len(set(tests)) != len(tests):
        wrong.append("names a test twice")
    if state not in STATES:
        wrong.append(f"'{state}' is none of {', '.join(STATES)}")
    if not named or not told:
        wrong.append("says nothing")
    if state in {"done", "partly"} and not tests:
        wrong.append("names no test")
    if state == "done" and missing:
        wrong.append("is done, and something is missing")
    if state == "partly" and len(missing) < LEAST:
        wrong.append("does not say what is missing and why")
    if state == "out of scope" and len(told) < LEAST:
        wrong.append("gives no reason")
    return [f"{ident}: {one}" for one in wrong]


def test_no_row_of_any_strategy_is_left_out_and_none_stands_twice() -> None:
    wanted = [f"{key}-{number:02}" for key, count in ROWS.items() for number in range(1, count + 1)]
    wanted += [f"{key}-K" for key in STRATEGIES]
    wanted += [f"M-{formula.replace('_', '-')}" for formula in used_formulas()]
    assert sorted(ident for ident, *_ in rows()) == sorted(wanted)


def test_every_row_has_a_state_tests_that_exist_and_run_and_why_something_is_missing() -> None:
    assert [wrong for row in rows() for wrong in faults(row)] == []


@pytest.mark.parametrize(
    ("state", "told", "wrong"),
    [
        ("finished", "all of it", "is none of"),
        ("done", "it works", "names no test"),
        ("done", "`tests/architecture/test_seeds.py::test_that_is_none`", "is not there"),
        ("done", "`tests/nowhere.py::test_that_is_none`", "is not there"),
        ("partly", "`tests/architecture/test_seeds.py::rows`. Missing: much", "does not say what is missing and why"),
        ("not yet", "some day", "is none of"),
        ("out of scope", "no", "gives no reason"),
    ],
)  # fmt: skip
def test_a_row_that_says_too_much_or_too_little_would_be_seen(state: str, told: str, wrong: str) -> None:
    (row,) = rows_of(f"| CAL-01 | Something | {state} | {told} |")
    assert any(wrong in one for one in faults(row))


def test_the_page_counts_the_measures_that_there_are() -> None:
    told = {ident: named for ident, named, *_ in rows()}
    for key, name in STRATEGIES.items():
        measures = load_partnership(name)["partnership"]["measures"]
        assert told[f"{key}-K"] == f"Its {len(measures)} measures"
    for formula in used_formulas():
        count = sum(
            one["formula"] == formula
            for name in STRATEGIES.values()
            for one in load_partnership(name)["partnership"]["measures"]
        )
        ident = f"M-{formula.replace('_', '-')}"
        assert told[ident].endswith(f"({count} measure{'s' if count > 1 else ''})"), ident
        assert told[ident].lower().startswith(FORMULAS[formula].lower()), ident
