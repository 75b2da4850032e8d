"""The sharing policies as files: every row of the scenario table holds, and no policy stands there unproved."""

import re
from datetime import date
from functools import cache
from typing import Any

import pytest

from hub.adapters.cedar import CedarRulings
from hub.domain.item import Category
from hub.domain.sharing import TIERS, Purpose
from hub.domain.staff import ROLES, groups
from policies.sharing import cases, sharing_set
from policies.sharing.scenarios import Scenario, scenario

TODAY = date(2026, 11, 22)
IN_FORCE, NOT_IN_FORCE = date(2026, 9, 1), date(2099, 1, 1)
ROWS = cases()
TABLE = [scenario(row) for row in ROWS if "later" not in row]
LATER = [row for row in ROWS if "later" in row]
S_ROWS = {f"S{number}" for number in range(1, 19)}


def never_alarm(said: str) -> None:
    raise AssertionError(said)


def policies_text(*, duty: bool) -> tuple[str, str]:
    drafted = sharing_set(TODAY, commenced=IN_FORCE if duty else NOT_IN_FORCE)
    return drafted.policies, drafted.schema


@cache
def rulings(*, duty: bool) -> CedarRulings:
    return CedarRulings(*policies_text(duty=duty), alarm=never_alarm)


def answered(table: CedarRulings, case: Scenario) -> tuple[bool, tuple[str, ...], str | None]:
    (ruling,) = table.decide(case.ask, [case.resource])
    assert not ruling.fault
    return ruling.allowed, ruling.policies, None if case.shown_as is None else ruling.shown_as


def expected(case: Scenario) -> tuple[bool, tuple[str, ...], str | None]:
    return case.allowed, case.by, case.shown_as


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
def test_the_table_holds_without_and_with_the_duty_to_share(case: Scenario) -> None:
    found = [answered(rulings(duty=duty), case) for duty in case.duty]

    assert found == [expected(case)] * len(case.duty)


@pytest.mark.parametrize("row", LATER, ids=lambda row: row["id"])
def test_rows_that_later_work_carries_are_counted_and_not_forgotten(row: dict[str, Any]) -> None:
    assert set(row) == {"id", "rows", "why", "later", "file"}
    pytest.skip(f"{', '.join(row['rows'])} waits for {row['later']}: {row['why']}")


def test_every_situation_of_practice_has_a_row_or_says_what_it_waits_for() -> None:
    assert {name for row in ROWS for name in row.get("rows", ())} == S_ROWS


def test_every_row_says_who_what_and_why_in_words_and_has_its_own_id() -> None:
    assert [row["id"] for row in ROWS if "later" not in row and not (row["who"] and row["what"] and row["why"])] == []
    assert len({row["id"] for row in ROWS}) == len(ROWS)


def without(text: str, policy: str) -> str:
    """The set with one policy taken out: from its @id to the next."""
    pieces = re.split(r"(?=^@id\()", text, flags=re.MULTILINE)
    kept = [piece for piece in pieces if not piece.startswith(f'@id("{policy}")')]
    assert len(kept) == len(pieces) - 1
    return "".join(kept)


@pytest.mark.parametrize("policy", [each.id for each in rulings(duty=True).register])
def test_no_policy_can_be_dropped_without_a_row_changing_what_opens_or_shows(policy: str) -> None:
    text, schema = policies_text(duty=True)
    mutant = CedarRulings(without(text, policy), schema, alarm=never_alarm)
    changed = []
    for case in TABLE:
        if True in case.duty:
            allowed, _, shown = answered(mutant, case)
            if (allowed, shown) != (case.allowed, case.shown_as):
                changed.append(case.id)

    assert changed


def test_the_duty_to_share_stays_out_until_its_commencement_is_confirmed() -> None:
    assert sharing_set(TODAY).parts == sharing_set(TODAY, commenced=NOT_IN_FORCE).parts
    assert "duty_to_share" not in sharing_set(TODAY).parts
    assert "duty_to_share" in sharing_set(TODAY, commenced=TODAY).parts


def test_the_schema_knows_exactly_the_roles_purposes_and_categories_of_the_code() -> None:
    schema = sharing_set(TODAY).schema

    def listed(name: str) -> set[str]:
        found = re.search(rf"entity {name} enum \[(.*?)\]", schema, re.DOTALL)
        assert found
        return set(re.findall(r'"([^"]+)"', found.group(1)))

    assert listed("Role") == {*ROLES, *groups(tuple(ROLES))}
    assert listed("Purpose") == set(Purpose.__args__)  # type: ignore[attr-defined]
    assert listed("Category") == set(TIERS) == {*Category.__args__, "codes", "ledger", "policies"}  # type: ignore[attr-defined]


def test_a_mistyped_word_in_a_row_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown word 'asleep'"):
        scenario({"id": "x", "expect": "deny", "by": [], "child": {"asleep": True}})
