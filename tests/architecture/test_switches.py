"""Every row of the seeds that is done has a switch; turned off, one by one, the test that the row names fails.

Turning all of them off takes minutes: `MASH_TEST_SWITCHES=whole pytest tests/architecture/test_switches.py`. Otherwise
a few that are quick are turned off, and it is seen to that each switch is there, and that its test is one of the row's.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_seeds import TEST, rows
from tests.support.switches import SWITCHES, turned

ROOT = Path(__file__).parents[2]
WHOLE = os.environ.get("MASH_TEST_SWITCHES") == "whole"
QUICK = [number for number, one in enumerate(SWITCHES) if one.path.startswith("tests/domain/")][:3]  # all: minutes
FAILED = 1  # how pytest ends when tests failed; anything else is a switch that is turned off wrongly


def test_every_row_that_is_done_has_a_switch_and_no_other_row() -> None:
    done = {ident: set(TEST.findall(told)) for ident, _, state, told in rows() if state == "done"}
    held = {row: one for one in SWITCHES for row in one.rows.split()}
    assert held.keys() == done.keys()
    strange = [row for row, one in held.items() if tuple(one.path.split("::")) not in done[row]]
    assert strange == []


@pytest.mark.parametrize("one", range(len(SWITCHES)), ids=[one.what.partition(":")[2] for one in SWITCHES])
def test_what_a_switch_turns_off_is_there(one: int) -> None:
    place, name, old = turned(SWITCHES[one].what)
    assert getattr(place, name) is old
    assert SWITCHES[one].by(old) is not old


@pytest.mark.parametrize("one", range(len(SWITCHES)) if WHOLE else QUICK)
def test_turned_off_the_test_fails(one: int) -> None:
    words = [sys.executable, "-m", "pytest", SWITCHES[one].path, "-q", "-x", "-n", "0", "-p", "tests.support.switches"]
    with_it = {**os.environ, "MASH_TEST_SWITCH": str(one)}
    ended = subprocess.run(words, cwd=ROOT, env=with_it, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == FAILED, ended.stdout[-2000:]
    assert " failed" in ended.stdout
