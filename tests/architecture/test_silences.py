"""The page about silence leaves no kind out: each is waited for somewhere, and names a test that speaks of it and exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from hub.domain.silence import KINDS

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (`?)([\w ]+)\1 \| `(tests/[\w/]+\.py)::(test_\w+)` \|$", re.MULTILINE)
ELSEWHERE = {"not seen", "red not claimed"}  # no kind of silence: a rule, and the ringing of a red MASH enquiry
# What the partnership must hear when it does not come, and the kinds that say so.
ASKED_FOR = {
    "not seen alone": ["not_seen_alone"], "no answer": ["no_answer"], "feed dead per setting": ["feed_silent"],
    "sequence gap": ["sequence_gap"], "off roll without a new school": ["off_roll"],
    "school chronology not passed on": ["chronology"], "was not brought": ["not_brought"], "lead vacant": ["lead_vacant"],
    "step-down not accepted": ["step_down"], "hand-off not accepted": ["hand_over", "forwarding"],
    "review overdue": ["review_overdue", "refusal_review"], "refused and forgotten": ["refused_forgotten"],
    "level-2 help past its end": ["help_past_end"],
}  # fmt: skip


@cache
def table() -> dict[str, tuple[str, str]]:
    told = (ROOT / "docs/silence.md").read_text(encoding="utf-8").partition("## What fails without it")[2]
    return {kind: (file, name) for _, kind, file, name in ROW.findall(told.partition("\n## ")[0])}


def test_every_kind_of_silence_stands_in_the_table_once_and_so_do_the_two_that_are_none() -> None:
    assert set(table()) == {*KINDS, *ELSEWHERE}
    assert {kind for kinds in ASKED_FOR.values() for kind in kinds} <= KINDS.keys()


@pytest.mark.parametrize("kind", sorted({*KINDS, *ELSEWHERE}))
def test_the_test_of_a_kind_exists_and_speaks_of_it(kind: str) -> None:
    file, name = table()[kind]
    source = (ROOT / file).read_text(encoding="utf-8")
    found = [one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == name]
    assert len(found) == 1, f"{file}::{name} is not there"
    skipped = [ast.unparse(one) for one in found[0].decorator_list if "skip" in ast.unparse(one)]
    assert skipped == []
    if kind in KINDS:
        assert re.search(rf"\b{kind}\b", ast.get_source_segment(source, found[0]) or "")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_is_waited_for_by_a_fact_or_by_listening(kind: str) -> None:
    files = [*(ROOT / "hub/flow").glob("expect*.py"), ROOT / "consumers/silence.py"]
    said = {
        one.value
        for file in files
        for one in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }
    assert kind in said
