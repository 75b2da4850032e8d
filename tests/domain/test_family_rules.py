"""What may not be recorded of what a family said, and what one is told instead."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.consent_record import ConsentGiven, ConsentWithdrawn, Scope
from hub.domain.errors import Refused
from hub.domain.family_rules import check
from hub.domain.family_wish import Circumstances, Named, Wish, fact_of, wish_of
from tests.support.families import EARLY_HELP, asked, no, yes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def around(**otherwise: Any) -> Circumstances:
    said: dict[str, Any] = {
        "kind": "child", "organisations": frozenset({"early_help", "school", "council"}), "now": NOW, "by": "staff-1",
    }  # fmt: skip
    return Circumstances(**{**said, **otherwise})


def named(state: str = "given", giver: Any = "parental_responsibility", **otherwise: Any) -> Named:
    said: dict[str, Any] = {
        "ref": "consent-record:a@1", "about": "consent_to_share", "state": state, "giver": giver, "who": "mum",
        "by": "staff-2", "competent": None, "scope": EARLY_HELP, "valid_from": NOW - DAY, "stands": True,
        "written_by": frozenset({"staff-2"}),
    }  # fmt: skip
    return Named(**{**said, **otherwise})


def about(what: Any, **otherwise: Any) -> Wish:
    return Wish(**{"what": what, "person": "p", "statement": "consent-record:a@1", "reason": "Because.", **otherwise})


def refusal(wish: Wish, **circumstances: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        check(wish, around(**circumstances))
    return refused.value.field, str(refused.value)


YES = yes("p")


@pytest.mark.parametrize(
    ("wish", "field", "told"),
    [
        (replace(YES, giver=""), "giver", "Select who speaks"),
        (replace(YES, giver="parent_without_responsibility"), "giver", "cannot agree"),
        (replace(YES, giver="relative"), "giver", "cannot agree"),
        (replace(YES, giver="adult_self"), "giver", "is a child"),
        (replace(YES, scope=Scope()), "organisations", "does not name"),
        (replace(YES, scope=replace(EARLY_HELP, organisations=("nobody",))), "organisations", "nobody is none"),
        (replace(YES, scope=replace(EARLY_HELP, organisations=("Anna Maria",))), "organisations", "what you entered"),
        (replace(YES, scope=replace(EARLY_HELP, categories=("gossip",))), "categories", "gossip is none"),
        (replace(YES, scope=replace(EARLY_HELP, purposes=("policy",))), "purposes", "policy is none"),
        (replace(YES, scope=replace(EARLY_HELP, except_organisations=("council",))), "except_organisations", "inside"),
        (replace(YES, scope=replace(EARLY_HELP, except_categories=("voice",))), "except_categories", "inside"),
        (
            replace(YES, scope=replace(EARLY_HELP, except_organisations=("early_help", "school"))),
            "except_organisations", "record a refusal",
        ),
        (replace(YES, how=""), "how", "Select how"),
        (replace(YES, interpreter=""), "interpreter", "an interpreter"),
        (replace(YES, present=()), "present", "who was in the room"),
        (replace(YES, present=("nobody_else", "father")), "present", "nobody else"),
        (replace(YES, safe_to_refuse=None), "safe_to_refuse", "safely have said no"),
        (replace(YES, evidence_held=None), "evidence_held", "is held"),
        (replace(YES, evidence=""), "evidence", "where the form is held"),
        (replace(YES, valid_from=NOW + DAY), "valid_from", "nobody has said this yet"),
        (replace(YES, valid_from=NOW - DAY, expires=NOW - 2 * DAY), "expires", "dates are reversed"),
        (replace(YES, shown_until=NOW - DAY), "shown_until", "has ended by then"),
        (replace(YES, giver="court", shown="marriage"), "shown", "somebody who holds it"),
        (replace(no("p"), scope=replace(EARLY_HELP, except_organisations=("school",))), "except_organisations", "inside a yes"),
        (replace(asked("p"), notice=""), "notice", "version of the notice"),
        (replace(asked("p"), notice="what mum said"), "notice", "version of the notice"),
        (replace(YES, reason="x" * 2001), "reason", "at most 2000"),
        (replace(YES, evidence="x" * 201), "evidence", "at most 200"),
        (Wish(what="not_sought", person="p", reason="x"), "ground", "why nobody was asked"),
        (Wish(what="not_sought", person="p", ground="unsafe", review_at=NOW - DAY), "review_at", "still to come"),
        (Wish(what="not_sought", person="p", ground="unsafe", review_at=NOW + DAY), "family_told", "was told"),
        (Wish(what="judged_again", person="p", outcome="ask_again"), "reason", "no reason by itself"),
        (Wish(what="given", about="agreement_to_service", person="p", giver="young_person"), "service", "as a code"),
        (Wish(what="objection", about="agreement_to_service", person="p"), "about", "not of agreement"),
        (about("withdrawn", statement=""), "statement", "Name the statement"),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_be_is_named_with_what_to_do(wish: Wish, field: str, told: str) -> None:
    found = refusal(wish)
    assert (found[0], told in found[1]) == (field, True), found


def test_what_is_whole_may_be_recorded() -> None:
    for wish in (YES, no("p"), asked("p"), replace(no("p"), giver="relative")):
        check(wish, around())


def test_nobody_is_asked_where_it_would_be_shared_anyway_and_what_they_say_all_the_same_is_recorded() -> None:
    told = refusal(asked("p"), anyway=("significant_harm",))
    assert told[0] == "what"
    assert "Do not ask" in told[1]
    assert "Tell the family" in told[1]
    for wish in (YES, no("p")):
        check(wish, around(anyway=("significant_harm",)))
    check(replace(asked("p"), about="agreement_to_service", service="family_support", provider="early_help"),
          around(anyway=("significant_harm",)))  # fmt: skip


def test_capacity_is_judged_by_the_test_for_that_age_and_of_the_person_themself() -> None:
    judged = Wish(
        what="capacity", person="p", giver="young_person", test="gillick", outcome="competent", reason="Clear."
    )
    check(judged, around())
    adult = replace(judged, giver="adult_self")
    assert refusal(adult, kind="adult") == (
        "test", "Gillick and Fraser are about children: of an adult use the Mental Capacity Act 2005",
    )  # fmt: skip
    check(replace(adult, test="mca2005"), around(kind="adult"))
    assert refusal(replace(judged, test="adult_presumed"))[0] == "test"
    assert refusal(replace(judged, giver="parental_responsibility"))[0] == "giver"
    assert refusal(replace(judged, reason=" "))[0] == "reason"


def test_nobody_consents_in_place_of_an_adult_and_the_unborn_say_nothing() -> None:
    assert refusal(YES, kind="adult")[0] == "giver"
    assert refusal(replace(YES, giver="young_person"), kind="unborn")[0] == "giver"
    check(replace(YES, giver="court", shown=""), around(kind="adult"))


def test_only_a_yes_that_stands_is_withdrawn_from_when_it_was_said_and_no_later_than_now() -> None:
    taken_back = about("withdrawn", effect="stop_future")
    check(taken_back, around(statement=named()))
    for statement in (named("refused"), named("sought"), named(stands=False)):
        field, told = refusal(taken_back, statement=statement)
        assert (field, "nothing to withdraw" in told) == ("statement", True)
    assert refusal(replace(taken_back, valid_from=NOW - 2 * DAY), statement=named())[0] == "valid_from"
    assert refusal(replace(taken_back, valid_from=NOW + DAY), statement=named())[0] == "valid_from"
    assert refusal(replace(taken_back, effect=""), statement=named())[0] == "effect"
    wider = replace(taken_back, scope=Scope(organisations=("council",)))
    assert refusal(wider, statement=named())[0] == "organisations"
    assert refusal(taken_back, statement=named(about="agreement_to_service"))[0] == "statement"


def test_a_withdrawal_of_a_part_says_so_and_of_all_of_it_names_all_of_it() -> None:
    spoke = {"person": "p", "giver": "parental_responsibility", "organisation": "council", "by": "staff-1"}
    part = about("withdrawn", effect="stop_future", scope=Scope(organisations=("school",)))
    made = fact_of(part, around(statement=named()), spoke=spoke, items=(), told=("n1",))
    assert isinstance(made, ConsentWithdrawn)
    assert (made.part, made.scope.organisations, made.scope.categories, made.told) == (
        True, ("school",), EARLY_HELP.categories, ("n1",),
    )  # fmt: skip
    whole = fact_of(about("withdrawn", effect="stop_future"), around(statement=named()), spoke=spoke, items=())
    assert isinstance(whole, ConsentWithdrawn)
    assert (whole.part, whole.scope) == (False, EARLY_HELP)


def test_a_no_is_struck_by_somebody_other_than_who_wrote_it_and_a_messages_no_by_nobody_here() -> None:
    struck = about("invalid", invalid="recorded_in_error")
    check(struck, around(statement=named("refused")))
    assert refusal(struck, statement=named("refused"), by="staff-2")[0] == "by"
    assert refusal(struck, statement=named("withdrawn"), by="staff-2")[0] == "by"
    assert refusal(struck, statement=named("refused", written_by=frozenset()))[0] == "statement"
    check(struck, around(statement=named(), by="staff-2"))  # to strike a yes only closes


def test_a_conflict_is_settled_by_competence_and_a_childs_no_set_aside_by_somebody_else() -> None:
    parent = named()
    young = named("refused", "young_person", ref="consent-record:b@1", who="", written_by=frozenset({"staff-3"}))
    settled = about("conflict", other="consent-record:b@1")
    unable, able = replace(young, competent=False), replace(young, competent=True)
    check(settled, around(statement=parent, other=unable))
    check(settled, around(statement=able, other=parent))
    assert "Judge first" in refusal(settled, statement=parent, other=young)[1]
    assert refusal(settled, statement=parent, other=able)[1] == "A competent young person's view governs"
    assert "the adult's view governs" in refusal(settled, statement=unable, other=parent)[1]
    for same in ("staff-2", "staff-3"):
        assert refusal(settled, statement=parent, other=unable, by=same)[0] == "by"
    assert refusal(settled, statement=parent, other=named("refused", "court", ref="c"))[0] == "other"
    assert refusal(settled, statement=parent, other=parent)[0] == "other"


def test_evidence_is_of_a_yes_and_says_what_is_held_and_where() -> None:
    held = about("evidence", evidence_held=True, evidence="In the folder.")
    check(held, around(statement=named()))
    assert refusal(replace(held, evidence_held=None), statement=named())[0] == "evidence_held"
    assert refusal(replace(held, evidence=""), statement=named())[0] == "evidence"
    assert refusal(held, statement=named("refused"))[0] == "statement"
    assert refusal(replace(held, shown="marriage"), statement=named(giver="court"))[0] == "shown"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"what": "gossip"}, "what"),
        ({"what": "given", "giver": "neighbour"}, "giver"),
        ({"what": "given", "scope": {"organisations": "school"}}, "organisations"),
        ({"what": "given", "valid_from": "yesterday"}, "valid_from"),
        ({"what": "given", "valid_from": "2026-06-04T00:00:00"}, "valid_from"),
        ({"what": "given", "nickname": "Zed"}, "what"),
        ({"what": "refused", "scope": {"organisation": ["school"]}}, "what"),
    ],
)
def test_an_answer_that_cannot_be_read_is_named_and_never_repeated(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        wish_of(given)
    assert refused.value.field == field
    assert not any(str(value) in str(refused.value) for value in given.values() if value not in ("given", "refused"))


def test_the_fact_of_a_yes_holds_its_codes_and_no_word() -> None:
    spoke = {
        "person": "p",
        "giver": "parental_responsibility",
        "who": "mum",
        "organisation": "council",
        "by": "staff-1",
    }
    made = fact_of(YES, around(), spoke=spoke, items=())
    assert isinstance(made, ConsentGiven)
    assert (made.scope, made.valid_from, made.shown, made.safe_to_refuse, made.items) == (
        EARLY_HELP, NOW, "birth_mother", True, (),
    )  # fmt: skip
    assert "Madeup" not in repr(made)
