"""What is in effect for one share, from what was said."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.consent import ConsentRecorded, Effective, Stated, effective

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPE: dict[str, Any] = {
    "organisations": ("school",), "categories": ("narrative", "identity"), "purposes": ("early_help",),
}  # fmt: skip


def said(number: int, state: str, giver: str = "parental_responsibility", **more: Any) -> Stated:
    fact = ConsentRecorded(
        **{
            "source_record": "r", "organisation": "family_hub", "recorded_at": NOON, "about": "consent_to_share",
            "state": state, "giver": giver, "valid_from": NOON.replace(day=number), "evidence_held": True, **more,
        }
    )  # fmt: skip
    return Stated(f"consent:r@{number}", fact)


def asked(*statements: Stated, organisation: str = "school", category: str = "narrative") -> Effective:
    return effective(statements, organisation, category, "early_help", NOON)


def yes(number: int, giver: str = "parental_responsibility", **more: Any) -> Stated:
    return said(number, "given", giver, **{**SCOPE, **more})


def test_nothing_said_is_none() -> None:
    assert asked() == Effective("none")


def test_agreement_to_a_service_is_never_read_as_consent_nor_its_refusal_as_a_refusal() -> None:
    assert asked(yes(1, about="agreement_to_service")) == Effective("none")
    assert asked(yes(1), said(2, "refused", about="agreement_to_service")) == Effective("given", used=("consent:r@1",))


def test_a_yes_covers_what_it_names_and_its_parts_and_nothing_else() -> None:
    assert asked(yes(1), category="identity.address").state == "given"
    assert asked(yes(1), category="voice").state == "none"
    assert asked(yes(1), organisation="health").state == "none"
    assert asked(said(1, "given")).state == "none"


def test_a_no_that_names_nothing_is_a_no_to_everything_and_a_narrow_one_only_to_what_it_names() -> None:
    assert asked(yes(1), said(2, "withdrawn")) == Effective("withdrawn", used=("consent:r@2",))
    assert asked(yes(1), said(2, "refused", organisations=("health",))).state == "given"


def test_a_withdrawal_takes_back_what_had_been_said_by_then_whatever_its_dates() -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    morning = yes(1, valid_from=NOON - 3 * hour, recorded_at=NOON - 2 * hour)
    without_an_hour = said(2, "withdrawn", valid_from=NOON - 6 * hour, recorded_at=NOON - hour)
    assert asked(morning, without_an_hour).state == "withdrawn"
    to_come = yes(1, valid_from=NOON - hour, recorded_at=NOON - 3 * day)
    taken_back = said(2, "withdrawn", valid_from=NOON - 2 * day, recorded_at=NOON - 2 * day)
    assert asked(to_come, taken_back).state == "withdrawn"
    assert asked(taken_back, to_come).state == "withdrawn"  # in whatever order the messages came
    again = yes(3, valid_from=NOON - hour, recorded_at=NOON - hour)
    assert asked(to_come, taken_back, again).state == "given"


def test_the_newest_statement_of_the_same_giver_wins_both_ways() -> None:
    assert asked(said(1, "refused"), yes(2)).state == "given"
    assert asked(yes(1), said(2, "refused")).state == "refused"


def test_a_narrower_yes_ends_the_wider_one_before_it_and_a_refusal_before_it_stands() -> None:
    narrow = yes(3, organisations=("health",))

    assert asked(yes(1), narrow).state == "none"
    assert asked(said(1, "refused"), narrow).state == "refused"


def test_a_competent_young_persons_word_outranks_a_parents() -> None:
    hers = said(1, "refused", "young_person", competent=True)

    assert asked(hers, yes(2)) == Effective("refused", competent=True, used=("consent:r@1",))
    assert asked(yes(1, "young_person", competent=True), said(2, "refused")).state == "given"


def test_a_child_not_judged_competent_can_refuse_and_cannot_agree() -> None:
    assert asked(yes(1, "young_person")).state == "none"
    assert asked(yes(1), said(2, "refused", "young_person")).state == "refused"


def test_no_adult_agrees_in_place_of_a_competent_young_person_who_has_not_said_yes() -> None:
    hers = said(1, "sought", "young_person", competent=True)

    assert asked(hers, yes(2)) == Effective("none", competent=True)


def test_a_refusal_of_one_parent_is_not_undone_by_asking_another_giver() -> None:
    assert asked(said(1, "refused"), yes(2, "court")).state == "refused"


def test_a_yes_of_unrecorded_standing_or_without_evidence_is_an_assertion() -> None:
    assert asked(yes(1, "not_recorded")).state == "none"
    assert asked(yes(1, evidence_held=False)).state == "none"


def test_a_yes_ends_at_its_expiry_and_does_not_begin_before_it_is_valid() -> None:
    assert asked(yes(1, expires=NOON)).state == "expired"
    assert asked(yes(30)).state == "none"


def test_competence_once_judged_is_not_lost_by_a_later_no_without_a_judgement() -> None:
    hers = said(1, "refused", "young_person", competent=True)

    assert asked(hers, said(2, "withdrawn", "young_person")) == Effective("withdrawn", True, ("consent:r@2",))


@st.composite
def anything_said(draw: st.DrawFn) -> Stated:
    return said(
        draw(st.integers(1, 20)),
        draw(st.sampled_from(["given", "refused", "withdrawn", "objection", "sought", "not_sought", "expired"])),
        draw(st.sampled_from(["young_person", "parental_responsibility", "court", "not_recorded"])),
        competent=draw(st.sampled_from([None, True, False])),
        evidence_held=draw(st.booleans()),
        organisations=draw(st.sampled_from([("school",), ("health",), ()])),
        categories=draw(st.sampled_from([("narrative",), ()])),
        purposes=draw(st.sampled_from([("early_help",), ()])),
        expires=draw(st.sampled_from([None, NOON])),
    )


@settings(max_examples=500, deadline=None)
@given(st.lists(anything_said(), max_size=4), anything_said(), st.sampled_from(["refused", "withdrawn", "objection"]))
def test_a_new_no_never_makes_a_yes_and_never_takes_competence_away(
    statements: list[Stated], last: Stated, no: str
) -> None:
    newest = said(21, no, last.fact.giver, competent=last.fact.competent)

    before, after = asked(*statements), asked(*statements, newest)

    assert after.state != "given" or before.state == "given"
    assert after.competent or not before.competent


def test_what_a_yes_excepts_is_refused_and_stays_refused_when_the_yes_lapses() -> None:
    but_not = yes(1, organisations=("school", "health"), except_organisations=("school",))
    assert asked(but_not) == Effective("refused", used=("consent:r@1",))
    assert asked(but_not, organisation="health").state == "given"
    no_address = yes(1, except_categories=("identity.address",))
    assert [asked(no_address, category=one).state for one in ("identity", "identity.address")] == ["given", "refused"]
    lapsed = yes(1, organisations=("school", "health"), except_organisations=("school",), expires=NOON)
    assert [asked(lapsed, organisation=one).state for one in ("school", "health")] == ["refused", "expired"]


def test_an_exception_stands_also_in_a_yes_that_counts_for_nothing() -> None:
    assert asked(yes(1, evidence_held=False, except_organisations=("school",))).state == "refused"


def test_two_parents_who_are_told_apart_are_two_givers_and_a_no_of_one_stands() -> None:
    mother, father = yes(2, who="mother"), said(1, "refused", who="father")
    assert asked(mother, father).state == "refused"
    assert asked(said(1, "refused", who="mother"), yes(2, who="mother")).state == "given"


def test_the_council_agrees_under_a_care_order_and_a_parent_without_responsibility_only_refuses() -> None:
    assert asked(yes(1, "local_authority")).state == "given"
    for nobody in ("parent_without_responsibility", "relative"):
        assert asked(yes(1, nobody)).state == "none"
        assert asked(yes(1, "local_authority"), said(2, "refused", nobody)).state == "refused"


def test_a_no_that_stands_back_does_not_close_what_the_governing_yes_names_and_nothing_else() -> None:
    parents = yes(1)
    childs = Stated("consent:r@2", said(2, "refused", "young_person", competent=False).fact, beside=parents.fact)
    assert asked(parents, childs) == Effective("given", used=("consent:r@1",))
    assert asked(parents, childs, organisation="health").state == "refused"
