"""A MASH enquiry: opened on a ground, decided once, never with nothing done."""

from typing import Any

import pytest

from hub.domain.enquiry import (
    ACTIONS,
    GROUNDS,
    OUTCOMES,
    Decide,
    Enquiry,
    EnquiryDecided,
    EnquiryOpened,
    OpenEnquiry,
    check_decision,
    check_opening,
    evolve,
)
from hub.domain.errors import Refused

LEVELS = (1, 2, 3, 4)
OPENED = EnquiryOpened(
    child="c1", alerts=("c1:neglect:1",), ground="significant_harm", opened_by="staff-1", team=("staff-1",)
)
OPEN = evolve(Enquiry("e1"), OPENED)


def opening(**otherwise: Any) -> OpenEnquiry:
    said = {"child": "c1", "alerts": (), "ground": "significant_harm", "reason": "Two organisations worry.", "by": "s"}
    return OpenEnquiry(**{**said, **otherwise})


def decision(**otherwise: Any) -> Decide:
    said = {
        "level": 3, "agrees": True, "outcome": "early_help", "actions": ("family_contacted",), "family_told": True,
        "why_not_told": None, "reason": "Help was offered and taken.", "seen_position": 7, "by": "staff-1",
    }  # fmt: skip
    return Decide(**{**said, **otherwise})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ground": ""}, "ground"),
        ({"ground": "curiosity"}, "ground"),
        ({"reason": " \n"}, "reason"),
        # a form sent with one alert 201 times once made a fact that fits no message, and stopped the relay for good
        ({"alerts": ("c1:neglect:1",) * 2}, "alerts"),
        ({"alerts": tuple(f"c1:r{n}:1" for n in range(51))}, "alerts"),
    ],
)
def test_names_are_not_opened_without_a_ground_and_a_reason(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_opening(opening(**wrong))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"level": None}, "level"),
        ({"level": 9}, "level"),
        ({"agrees": None}, "agrees"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "wait_and_see"}, "outcome"),
        ({"actions": ()}, "actions"),
        ({"actions": ("nothing",)}, "actions"),
        ({"actions": ("family_contacted", "family_contacted")}, "actions"),
        ({"actions": ("family_contacted", "nothing")}, "actions"),
        ({"family_told": None}, "family_told"),
        ({"family_told": False}, "why_not_told"),
        ({"family_told": False, "why_not_told": "  "}, "why_not_told"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_decision_with_an_answer_missing_is_refused_by_that_answer(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_decision(OPEN, decision(**wrong), LEVELS)
    assert refused.value.field == field


def test_an_enquiry_is_decided_once_and_not_before_it_is_open() -> None:
    decided = evolve(
        OPEN,
        EnquiryDecided(
            child="c1", level=3, suggested=3, agrees=True, outcome="early_help", actions=("family_contacted",),
            family_told=True, seen_position=7, evidence=(), decided_by="staff-1",
        ),
    )  # fmt: skip
    assert (decided.stage, decided.version) == ("decided", 2)
    for enquiry in (decided, Enquiry("e1")):
        with pytest.raises(Refused) as refused:
            check_decision(enquiry, decision(), LEVELS)
        assert refused.value.field == "enquiry"


def test_a_whole_answer_passes_also_where_the_family_is_not_told_for_a_reason() -> None:
    check_opening(opening())
    check_decision(OPEN, decision(), LEVELS)
    check_decision(OPEN, decision(family_told=False, why_not_told="It would put the child at risk."), LEVELS)
    check_decision(OPEN, decision(agrees=False, level=1), LEVELS)  # a person need not agree with the rules


def test_opening_says_whose_room_it_is() -> None:
    assert (
        Enquiry(
            "e1",
            version=1,
            child="c1",
            alerts=("c1:neglect:1",),
            ground="significant_harm",
            team=("staff-1",),
            stage="open",
        )
        == OPEN
    )


def test_doing_nothing_is_not_among_the_actions() -> None:
    assert {"no_action", "none", ""} & set(ACTIONS) == set()
    assert all(GROUNDS.values())
    assert all(OUTCOMES.values())


def test_as_many_alerts_as_one_message_takes_open_an_enquiry() -> None:
    check_opening(opening(alerts=tuple(f"c1:r{n}:1" for n in range(50))))
