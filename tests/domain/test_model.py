"""The match model is read whole or refused, and a score says what it is made of. Refusals first."""

import math
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from hub.adapters.likeness import likeness
from hub.domain.condition import condition
from hub.domain.known import Known, Weight
from hub.domain.model import Score, Scorer, prior, read, score, weigh
from policies.matching import match_model

SAME = '"forename_l" = "forename_r"'
NULL = {"sql_condition": '"forename_l" IS NULL OR "forename_r" IS NULL', "is_null_level": True}


def level(outcome: str, sql: str, m: float = 0.5, u: float = 0.25, **otherwise: Any) -> dict[str, Any]:
    return {"label_for_charts": outcome, "sql_condition": sql, "m_probability": m, "u_probability": u, **otherwise}


def settings(*levels: dict[str, Any], field: str = "forename", **otherwise: Any) -> dict[str, Any]:
    model = {"comparisons": [{"output_column_name": field, "comparison_levels": list(levels)}]}
    return {"model": model, **otherwise}


def whole() -> dict[str, Any]:
    """Forename by frequency, surname, postcode: small enough to reckon by hand."""
    return {
        "model": {"comparisons": [
            {"output_column_name": "forename", "comparison_levels": [
                NULL, level("agrees", SAME, 0.5, 0.125, tf_adjustment_column="forename"),
                level("nickname", 'list_has_any("forename_forms_l", "forename_forms_r")', 0.25, 0.125),
                level("differs", "ELSE", 0.25, 0.5)]},
            {"output_column_name": "surname", "comparison_levels": [
                {"sql_condition": '"surname_l" IS NULL OR "surname_r" IS NULL', "is_null_level": True},
                level("agrees", '"surname_l" = "surname_r"', 0.5, 0.0625), level("differs", "ELSE", 0.125, 0.5)]},
            {"output_column_name": "postcode", "comparison_levels": [
                {"sql_condition": '"postcode_l" IS NULL OR "postcode_r" IS NULL', "is_null_level": True},
                level("agrees", '"postcode_l" = "postcode_r"', 0.5, 0.03125), level("differs", "ELSE", 0.5, 1.0)]},
        ]},
        "frequencies": {"forename": {"ROBIN": 0.03125, "KIT": 0.5}},
        "nicknames": {"BOB": ["ROBERT"], "BOBBY": ["ROBERT"]},
    }  # fmt: skip


def scored(one: Known, other: Known, population: int = 1025) -> Score:
    return score(read(whole()), likeness(), one, other, population)


def named(*names: tuple[str, str], **otherwise: Any) -> Known:
    return Known(names=names, **otherwise)


# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({}, 'the match model has no comparisons: "model" must be the JSON that Splink saves'),
        (settings(), "comparison forename: it has no levels"),
        (settings(NULL), "comparison forename: its last level must be ELSE"),
        (settings(NULL, level("agrees", 'dmetaphone("forename_l") = 1'), level("differs", "ELSE")), "cannot judge"),
        (settings(NULL, level("agrees", f"NOT {SAME}"), level("differs", "ELSE")), "cannot judge"),
        (settings(NULL, level("agrees", '"shoe_l" = "shoe_r"'), level("differs", "ELSE")), "there is no shoe to compare"),
        (settings(NULL, level("agrees", '"postcode_l" = "postcode_r"'), level("differs", "ELSE")), "not said together"),
        (settings(NULL, level("agrees", SAME, 0.5, 0.0), level("differs", "ELSE")), "u_probability must be there"),
        (settings(NULL, level("agrees", SAME, 1.5, 0.5), level("differs", "ELSE")), "above 0 and up to 1"),
        (settings(NULL, level("", SAME), level("differs", "ELSE")), "no label_for_charts"),
        (settings(NULL, level("agrees", SAME, new_setting=1), level("differs", "ELSE")), "new_setting"),
        (settings(NULL, level("agrees", SAME, tf_adjustment_column="forename"), level("differs", "ELSE")), "no frequencies"),
        (settings(NULL, level("close", 'jaro_winkler_similarity("forename_l", "forename_r") >= 0.9',
                              tf_adjustment_column="forename"), level("differs", "ELSE"),
                  frequencies={"forename": {"A": 0.1}}), "needs a level of the same comparison where forename is equal"),
        (settings(NULL, level("differs", "ELSE"), frequencies={"forename": {"A": 0.0}}), "0.0 is no share"),
        (settings(NULL, level("agrees", 'list_contains("forenames_l", "forename_l")'), level("differs", "ELSE")),
         "of the same side"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_read_whole_is_refused_by_name(bad: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError) as refused:
        read(bad)
    assert told in str(refused.value)


def test_the_refusal_names_comparison_and_level() -> None:
    with pytest.raises(ValueError, match="comparison forename, level sounds: this code cannot judge 'levenshtein"):
        read(settings(NULL, level("sounds", 'levenshtein("forename_l", "forename_r") <= 1'), level("differs", "ELSE")))


# ---------------------------------------------------------------------------------------------------- what it weighs


def test_who_says_nothing_is_one_of_all_and_nothing_else() -> None:
    assert scored(Known(), Known()) == Score(
        -10.0,
        (
            Weight("prior", "", -10.0), Weight("forename", "not_compared", 0.0), Weight("surname", "not_compared", 0.0),
            Weight("postcode", "not_compared", 0.0),
        ),
    )  # fmt: skip


def test_the_prior_is_of_the_persons_in_the_index() -> None:
    assert [prior(population) for population in (0, 1, 2, 3, 1025)] == [0.0, 0.0, 0.0, -1.0, -10.0]


def test_a_rare_name_speaks_louder_than_a_common_one() -> None:
    robin, kit = named(("ROBIN", "EXAMPLE")), named(("KIT", "EXAMPLE"))
    assert scored(robin, robin).weights[1] == Weight("forename", "agrees", 2.0 + math.log2(0.125 / 0.03125))
    assert scored(kit, kit).weights[1] == Weight("forename", "agrees", 2.0 + math.log2(0.125 / 0.5))
    uncounted = named(("AVERY", "EXAMPLE"))
    assert scored(uncounted, uncounted).weights[1] == Weight("forename", "agrees", 2.0)


def test_two_short_forms_of_one_name_are_a_nickname() -> None:
    assert scored(named(("BOB", "")), named(("BOBBY", ""))).weights[1] == Weight("forename", "nickname", 1.0)


def test_of_several_names_the_best_pair_counts_as_each_was_said() -> None:
    one = named(("ROBIN", "EXAMPLE"), ("KIT", "SAMPLE"))
    other = named(("ROBIN", "SAMPLE"))
    assert scored(one, other).weights[1:3] == (Weight("forename", "agrees", 4.0), Weight("surname", "differs", -2.0))
    assert scored(other, one) == scored(one, other)


def test_a_surname_said_alone_does_not_hide_that_the_forename_differs() -> None:
    one = named(("ROBIN", "EXAMPLE"), ("", "EXAMPLE"))
    assert scored(one, named(("KIT", "EXAMPLE"))).weights[1] == Weight("forename", "differs", -1.0)


def test_any_home_in_common_is_a_home_in_common() -> None:
    one, other = named(postcodes=("ZZ11ZZ", "ZZ22ZZ")), named(postcodes=("ZZ33ZZ", "ZZ22ZZ"))
    assert scored(one, other).weights[3] == Weight("postcode", "agrees", 4.0)


def test_the_bits_are_the_sum_of_what_is_said() -> None:
    found = scored(named(("ROBIN", "EXAMPLE"), postcodes=("ZZ11ZZ",)), named(("KIT", "EXAMPLE"), postcodes=("ZZ11ZZ",)))
    assert found.bits == sum(weight.bits or 0 for weight in found.weights) == -10.0 - 1.0 + 3.0 + 4.0


def test_rows_with_one_value_a_column_are_weighed_without_a_prior() -> None:
    model = read(whole())
    assert weigh(model, likeness(), {"surname": "EXAMPLE"}, {"surname": "EXAMPLE"}) == (
        Weight("forename", "not_compared", 0.0), Weight("surname", "agrees", 3.0), Weight("postcode", "not_compared", 0.0),
    )  # fmt: skip


def test_a_level_may_adjust_for_frequency_in_part_and_down_to_a_least() -> None:
    said = whole()
    agrees = said["model"]["comparisons"][0]["comparison_levels"][1]
    agrees |= {"tf_adjustment_weight": 0.5, "tf_minimum_u_value": 0.0625}
    robin = named(("ROBIN", ""))
    assert score(read(said), likeness(), robin, robin, 1025).weights[1] == Weight("forename", "agrees", 2.5)


@pytest.mark.parametrize(
    ("sql", "left", "right", "holds"),
    [
        ('"a_l" = "b_r"', {"a": "X"}, {"b": "X"}, True),
        ('"a_l" = "b_r"', {"a": "X"}, {}, False),  # what is not known makes nothing true
        ('"a_l" = "b_r"', {}, {}, False),
        ('"a_l" = "a_r" AND "b_l" = "b_r" OR "c_l" = "c_r"', {"c": "X"}, {"c": "X"}, True),
        ('"a_l" = "a_r" AND "b_l" = "b_r" OR "c_l" = "c_r"', {"a": "X"}, {"a": "X"}, False),
        ('"a_l" IS NULL OR "a_r" IS NULL', {"a": "X"}, {"a": "X"}, False),
        ("\"a_l\" = '01'", {"a": "01"}, {}, True),
        ("\"a_r\" = '01'", {"a": "01"}, {}, False),
        ('starts_with("a_r", "a_l")', {"a": "J"}, {"a": "JACK"}, True),
        ('starts_with("a_l", "a_r")', {"a": "J"}, {"a": "JACK"}, False),
        ('list_contains("a_r", "b_l")', {"b": "X"}, {"a": frozenset({"X", "Y"})}, True),
        ('list_has_any("a_l", "a_r")', {"a": frozenset({"X"})}, {"a": frozenset({"Y"})}, False),
        ('jaro_winkler_similarity("a_l", "a_r") >= 0.92', {"a": "SMITH"}, {"a": "SMYTH"}, False),
        ('jaro_winkler_similarity("a_l", "a_r") >= 0.85', {"a": "SMITH"}, {"a": "SMYTH"}, True),
        ('abs(CAST("a_l" AS INTEGER) - CAST("a_r" AS INTEGER)) <= 9', {"a": "2012"}, {"a": "2003"}, True),
        ('abs(CAST("a_l" AS INTEGER) - CAST("a_r" AS INTEGER)) <= 9', {"a": "2012"}, {"a": "2002"}, False),
        ("ELSE", {}, {}, True),
    ],
)
def test_a_condition_means_what_it_means_in_sql(sql: str, left: Any, right: Any, holds: bool) -> None:
    assert condition(sql)(left, right, likeness()) is holds


# --------------------------------------------------------------------------------------------------- which model it is


def test_a_model_is_known_by_all_that_it_scores_by() -> None:
    before = read(whole()).id
    assert read(deepcopy(whole())).id == before
    for part, mend in (("frequencies", {"forename": {"ROBIN": 0.5}}), ("nicknames", {"BOB": ["ROBIN"]})):
        assert read({**whole(), part: mend}).id != before
    assert read({**whole(), "policy": {"t_link": 9}}).id == before  # thresholds have a hash of their own


def test_birth_dates_are_compared_by_their_parts() -> None:
    model = read(
        settings(
            {"sql_condition": '"born_l" IS NULL OR "born_r" IS NULL', "is_null_level": True},
            level("swapped", '"year_l" = "year_r" AND "month_l" = "day_r" AND "day_l" = "month_r"', 0.5, 0.25),
            level("differs", "ELSE", 0.25, 0.5),
            field="birth_date",
        )
    )
    one, other = Known(born=date(2017, 5, 4)), Known(born=date(2017, 4, 5))
    assert score(model, likeness(), one, other, 1025).weights[1] == Weight("birth_date", "swapped", 1.0)


def test_one_description_weighed_against_many_weighs_as_against_each_alone() -> None:
    """Siblings, descriptions of one child and strangers: what one of them has in common with another is weighed once."""
    model = read(match_model("any"))
    said = Known(
        nhs="9990000018", names=(("ROBIN", "EXAMPLE"), ("BOB", "MADEUP")), born=date(2017, 5, 4), postcodes=("ZZ11AA",),
        sex="male",
    )  # fmt: skip
    others = [
        Known(nhs=nhs, names=names, born=born, postcodes=postcodes, sex=sex)
        for nhs in (None, "9990000018", "9990000026")
        for names in ((("ROBIN", "EXAMPLE"),), (("RUBY", "EXAMPLE"), ("EXAMPLE", "ROBIN")), ())
        for born in (date(2017, 5, 4), date(2014, 4, 5), None)
        for postcodes in (("ZZ11AA", "ZZ22BB"), ())
        for sex in ("male", "not_known")
    ]
    scorer = Scorer(model, likeness(), said, 1025)
    assert [scorer.score(other) for other in others * 2] == [
        score(model, likeness(), said, other, 1025) for other in others * 2
    ]
