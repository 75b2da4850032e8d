"""What matches persons, as data: the draft that goes into an edition can be read whole, is small, and knows our names."""

import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

import policies.matching
from hub.adapters.likeness import likeness
from hub.domain.matching import RULES, judge_of
from hub.domain.model import COLUMNS, read
from hub.domain.naming import forms_of, plain
from hub.views.identity_words import SAID
from policies.draft import draft
from policies.matching import match_model, nicknames

FOLDER = Path(policies.matching.__file__).parent


def test_the_draft_can_be_judged_by() -> None:
    judge = judge_of(match_model(RULES), likeness())
    assert judge is not None
    assert [one.field for one in judge.model.comparisons] == [
        "nhs_number", "upn", "forename", "surname", "birth_date", "postcode", "street", "sex",
    ]  # fmt: skip
    assert judge.model.id == read(match_model("other rules")).id


def test_the_whole_edition_stays_small() -> None:
    assert len(json.dumps(draft("demo", date(2026, 1, 1)))) < 300_000


def test_no_column_is_there_that_nothing_compares() -> None:
    text = (FOLDER / "model.json").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if f'\\"{column}_l\\"' not in text] == []


def test_a_reviewer_is_told_in_words_how_each_comparison_came_out() -> None:
    outcomes = {level.weight.outcome for one in read(match_model(RULES)).comparisons for level in one.levels}
    assert outcomes - SAID.keys() == {"not_compared"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Katie", "Katherine"), ("Becky", "Rebekah"), ("Alfie", "Alfred"), ("Yousef", "Yusuf"), ("Mariam", "Maryam"),
        ("Kasia", "Katarzyna"), ("Abdi", "Abdirahman"), ("Beth", "Lizzie"), ("Ola", "Oliwia"), ("Mo", "Muhammad"),
    ],
)  # fmt: skip
def test_short_forms_and_spellings_that_are_used_here_meet(one: str, other: str) -> None:
    table = {short: tuple(names) for short, names in nicknames().items()}
    assert forms_of(plain(one), table) & forms_of(plain(other), table)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rebecca", "Rebekah"),
        ("Aaron", "Erin"),
        ("Adam", "Ahmed"),
        ("Hamza", "Hassan"),
        ("Jack", "Jake"),
        ("Kit", "Kim"),
    ],
)
def test_names_that_brothers_and_sisters_bear_stay_apart(one: str, other: str) -> None:
    table = {short: tuple(names) for short, names in nicknames().items()}
    assert not forms_of(plain(one), table) & forms_of(plain(other), table)


def test_our_list_is_written_as_names_are_compared() -> None:
    own = tomllib.loads((FOLDER / "nicknames.toml").read_text(encoding="utf-8"))
    names = [name for part in own.values() for formal, shorts in part.items() for name in (formal, *shorts)]
    assert [name for name in names if plain(name) != name] == []
    assert [formal for part in own.values() for formal, shorts in part.items() if formal in shorts] == []


def test_the_frequencies_are_shares_of_names_that_several_bear() -> None:
    shares = json.loads((FOLDER / "frequencies.json").read_text(encoding="utf-8"))
    assert sorted(shares) == ["forename", "surname"]
    assert all(0.0002 < share < 0.05 for values in shares.values() for share in values.values())
    assert all(0.5 < sum(values.values()) <= 1 for values in shares.values())


def test_what_runs_never_needs_what_trains() -> None:
    root = FOLDER.parents[1]
    needed = {
        (path.name, name)
        for folder in ("hub", "policies", "consumers", "schemas")
        for path in (root / folder).rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {one for one in needed if one[1] in {"splink", "duckdb", "recordlinkage", "pandas", "pyarrow"}} == set()
    assert ("likeness.py", "rapidfuzz") in needed  # it was looked for in the right place
