"""The sharing policies as files: every row of the scenario table holds, and no policy stands there unproved."""

import re
from datetime import date
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from hub.adapters.cedar import CedarRulings
from hub.domain.item import Category
from hub.domain.sharing import TIERS, Purpose
from hub.domain.staff import ROLES, groups
from policies.sharing import cases, sharing_set
from policies.sharing.scenarios import BadCase, Scenario, _stated, scenario
from policies.sharing.table import replayed, run

TODAY = date(2026, 11, 22)
IN_FORCE, NOT_IN_FORCE = date(2026, 9, 1), date(2099, 1, 1)
ROWS = cases()
TABLE = [scenario(row) for row in ROWS]
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


REPLAYED = [case for case in TABLE if case.then is not None]


@pytest.mark.parametrize("case", REPLAYED, ids=lambda case: case.id)
def test_a_recorded_question_is_judged_by_the_edition_of_its_time_with_todays_answer_beside_it(case: Scenario) -> None:
    assert case.then is not None
    then = replayed(case, rulings(duty=case.then.duty))
    now = replayed(case, rulings(duty=case.duty[0]))

    assert (then.allowed, then.policies, then.shown_as) == (case.then.allowed, case.then.by, case.then.shown_as)
    assert (now.allowed, now.policies) == (case.allowed, case.by)
    assert then != now


def test_the_table_as_the_command_runs_it_holds_whole() -> None:
    found = run(ROWS, {duty: rulings(duty=duty) for duty in (False, True)})

    assert [one.id for one in found if not one.holds] == []
    assert len(found) == sum(len(case.duty) + (case.then is not None) for case in TABLE)
    assert {one.id for one in found} == {case.id for case in TABLE}


@pytest.mark.parametrize("name", sorted(S_ROWS))
def test_each_situation_of_practice_is_answered_without_and_with_the_duty_to_share(name: str) -> None:
    cases = [case for row, case in zip(ROWS, TABLE, strict=True) if name in row.get("rows", ())]
    states = {duty for case in cases for duty in case.duty} | {case.then.duty for case in cases if case.then}
    assert states == {False, True}


REFUSED = [case for row, case in zip(ROWS, TABLE, strict=True) if "S6" in row.get("rows", ())]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_a_familys_refusal_of_a_service_changes_no_answer_about_sharing_without_and_with_the_duty(
    case: Scenario,
) -> None:
    """It is neither read as a refusal to share, nor as leave to: agreement to help is another record."""
    for state in ("refused", "given", "withdrawn"):
        subject = case.resource.subjects[0]
        said = _stated(9, {"about": "agreement_to_service", "state": state, "organisations": [], "categories": []})
        more = replace(subject, statements=(*subject.statements, said))
        again = replace(case, resource=replace(case.resource, subjects=(more, *case.resource.subjects[1:])))
        assert [answered(rulings(duty=duty), again) for duty in case.duty] == [expected(case)] * len(case.duty)


def test_every_situation_of_practice_has_a_row() -> None:
    assert {name for row in ROWS for name in row.get("rows", ())} == S_ROWS


def test_every_row_says_who_what_and_why_in_words_and_has_its_own_id() -> None:
    assert [row["id"] for row in ROWS if not (row["who"] and row["what"] and row["why"])] == []
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


GOOD: dict[str, Any] = {
    "id": "x", "file": "never.toml", "who": "somebody", "what": "something", "why": "because", "expect": "deny", "by": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"child": {"asleep": True}}, "cases/never.toml, case x: unknown word 'asleep'"),
        ({"child": {"restricte": True}}, "unknown word 'restricte': did you mean 'restricted'?"),
        ({"expects": "deny"}, "unknown word 'expects': did you mean 'expect'?"),
        ({"expect": "permit"}, "expect = 'permit' is none of 'allow', 'deny'"),
        ({"duty": "of"}, "duty = 'of' is none of 'both', 'off', 'on'"),
        ({"child": {"duty": "on"}}, "duty = 'on' is none of '', 'detrimental', 'relevant'"),
        ({"asker": {"roles": ["navigater"]}}, "roles = 'navigater' is none of"),
        ({"asker": {"organisation": "ministry"}}, "organisation = 'ministry' is none of"),
        ({"asker": {"mfa": "yes"}}, "mfa takes true or false, not 'yes'"),
        ({"item": {"tier": "3"}}, "tier takes a number, not '3'"),
        ({"item": {"owner": "helth"}}, "owner = 'helth' is none of"),
        ({"child": {"override": "aproved by a manager"}}, "override = 'aproved by a manager' is none of"),
        ({"child": {"break_glass": "just now"}}, "break_glass = 'just now' is none of"),
        ({"child": "restricted"}, "child takes a table, such as child = { … }"),
        ({"why": " "}, "give 'why'"),
        ({"then": {"duty": "off"}}, "'then' needs 'expect'"),
    ],
)
def test_a_mistyped_row_is_an_error_that_names_file_case_and_word(wrong: dict[str, Any], said: str) -> None:
    """A word that is not understood must never silently test something else."""
    with pytest.raises(BadCase) as refused:
        scenario({**GOOD, **wrong})
    assert said in str(refused.value)
    assert str(refused.value).startswith("cases/never.toml, case x: ")


# ------------------------------------------------------------------------------ the known holes of the first example


def by_id(name: str) -> Scenario:
    return next(case for case in TABLE if case.id == name)


def test_the_out_of_hours_worker_reads_the_words_that_she_must_act_on() -> None:
    """Hole: a rule for her that opened identity and plan, and not the concern."""
    (case,) = [one for one in TABLE if one.by == ("X02",) and one.resource.category == "narrative"][:1]
    assert answered(rulings(duty=False), case)[0]


def test_consent_and_harm_are_of_the_person_and_not_of_the_ask() -> None:
    """Hole: consent and harm stood on the ask, so that of two children in one picture both had the answer of one."""
    refused = next(
        case for case in TABLE if case.by == ("N05",) and case.ask.action == "read" and case.resource.subjects[0].child
    )
    (subject,) = refused.resource.subjects
    willing = replace(refused.resource, subjects=(replace(subject, person="child-2", statements=()),))
    in_danger = replace(
        refused.resource, subjects=(replace(subject, person="child-3", grounds=frozenset({"perceived_harm"})),)
    )

    found = rulings(duty=False).decide(refused.ask, [refused.resource, willing, in_danger])

    assert [one.allowed for one in found] == [False, True, True]
    both = replace(refused.resource, subjects=(subject, *willing.subjects))
    assert not rulings(duty=False).decide(refused.ask, [both])[0].allowed  # about both: every one must allow it


def test_each_auditor_role_reads_the_ledger_without_needing_the_other() -> None:
    """Hole: a rule that needed two auditor roles at once."""
    ledger = next(one for one in TABLE if one.by == ("L01",))
    for role in ("access_auditor", "ig_lead", "caldicott_guardian"):
        who = replace(ledger.ask.who, roles=(role,))
        case = replace(ledger, ask=replace(ledger.ask, who=who, action="read"), resource=ledger.resource)
        assert answered(rulings(duty=True), case)[0], role


def test_an_unsound_override_or_a_lapsed_break_glass_lifts_no_refusal() -> None:
    """Hole: a refusal that gave way to an exception that was not sound."""
    unsound = [one for one in TABLE if {"N12", "N13"} & set(one.by)]
    assert len(unsound) >= 4
    assert not any(one.allowed for one in unsound)


def test_auditors_analysts_and_administrators_read_no_content_of_their_own_organisation() -> None:
    """Hole: whoever belonged to the owning organisation read it, whatever their role."""
    own = by_id("own-words")
    for role in sorted(set(ROLES) - {"practice_auditor", "external_answerer"}):
        if "own_organisation" not in groups((role,)) and "own_setting" not in groups((role,)):
            case = replace(own, ask=replace(own.ask, who=replace(own.ask.who, roles=(role,))))
            assert not answered(rulings(duty=True), case)[0], role
