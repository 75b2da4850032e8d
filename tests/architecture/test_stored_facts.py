"""History reads for ever: every stored name has a golden row, made by the code of its day, and today's code reads it."""

import json
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import fields

from hub.domain import (
    agency,
    alert,
    child,
    concern,
    consent,
    enquiry,
    household,
    ledger,
    message,
    person,
    source_record,
)
from hub.domain.errors import SealBroken, UnknownFact
from hub.domain.fact import ErasedFact, Fact
from hub.domain.stored import FACTS, KNOWN
from tests.architecture.make_golden import GOLDEN, path_of, read

ROWS = sorted(GOLDEN.glob("*.json"))


def golden(name: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(path_of(name).read_text(encoding="utf-8"))
    return row


def holds(before: Any, now: Any) -> bool:
    """Whether everything that was read then is read now; what was added since may stand beside it."""
    if isinstance(before, dict):
        return isinstance(now, dict) and all(name in now and holds(value, now[name]) for name, value in before.items())
    if isinstance(before, list):
        return isinstance(now, list) and len(before) == len(now) and all(map(holds, before, now))
    return bool(before == now)


def test_every_stored_name_has_a_golden_row_and_every_row_has_a_name() -> None:
    missing = sorted(set(FACTS) - {path.stem for path in ROWS})
    assert missing == [], "make them: python -m tests.architecture.make_golden"
    assert sorted({path.stem for path in ROWS} - set(FACTS)) == [], (
        "history holds these names, and the code forgot them"
    )


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_a_golden_row_reads_as_it_did_on_the_day_it_was_made(path: Any) -> None:
    row = golden(path.stem)
    assert row["name"] == path.stem
    now = read(row)
    assert holds(row["reads_as"], now), (row["reads_as"], now)


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_a_golden_row_speaks_of_every_field_that_its_class_has_to_have(path: Any) -> None:
    row = golden(path.stem)
    needed = {each.name for each in fields(FACTS[path.stem]) if each.required}
    assert needed <= set(row["reads_as"]["fact"])


def test_a_row_in_another_place_or_under_another_name_does_not_read() -> None:
    row = golden("alert.raised")
    for changed in ({"stream": "alert:other"}, {"version": 2}, {"name": "alert.weakened"}):
        with pytest.raises(SealBroken, match="does not open in this place"):
            read({**row, **changed})
    with pytest.raises(UnknownFact, match=r"holds alert\.forgotten"):
        read({**row, "name": "alert.forgotten"})


def test_the_comparison_sees_what_is_lost_and_allows_what_is_added() -> None:
    assert holds({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "new": 3}], "new": 4})
    for now in ({}, {"a": [1]}, {"a": [1, {"b": 3}]}, {"a": [1, {}]}):
        assert not holds({"a": [1, {"b": 2}]}, now)


def test_no_stored_name_is_used_twice_or_left_out() -> None:
    assert len(FACTS) == len(KNOWN)
    modules = (agency, alert, child, concern, consent, enquiry, household, ledger, person, source_record)
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Fact) and each not in {Fact, ErasedFact}:
                assert FACTS.get(each.NAME) is each, f"{each.__name__} is not in hub/domain/stored.py"


def test_no_fact_holds_words_in_the_open() -> None:
    """Fields that carry words in messages stand in no fact: there they are sealed items."""
    words = {
        "narrative", "observation", "voice", "words", "names", "forenames", "surname", "addresses", "lines", "postcode",
        "referrer_name", "safe_contact", "contact", "birth_date", "nhs_number", "upn", "refusal_reason", "gp", "school",
    }  # fmt: skip
    assert words <= {each.name for kind in vars(message).values() if _struct(kind) for each in fields(kind)}
    for kind in KNOWN:
        assert {each.name for each in fields(kind)} & words == set(), kind.__name__


def _struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
