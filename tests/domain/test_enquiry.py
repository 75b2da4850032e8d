"""A MASH enquiry: opened on a ground, about one child or several, decided when each of them is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain.enquiry import (
    ACTIONS,
    GROUNDS,
    OUTCOMES,
    Enquiry,
    EnquiryChildAdded,
    EnquiryClaimed,
    EnquiryDecided,
    EnquiryOpened,
    UnseenRead,
    check_adding,
    check_opening,
    evolve,
    fold,
)
from hub.domain.errors import Refused
from tests.support.enquiries import opening

OPENED = EnquiryOpened(
    child="c1", alerts=("c1:neglect:1",), ground="significant_harm", opened_by="staff-1", team=("staff-1",)
)
OPEN = evolve(Enquiry("e1"), OPENED)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def decided(child: str, **otherwise: Any) -> EnquiryDecided:
    said: dict[str, Any] = {
        "child": child, "level": 3, "suggested": 3, "agrees": True, "outcome": "early_help",
        "actions": ("family_contacted",), "family_told": True, "seen_position": 7, "evidence": (), "decided_by": "staff-1",
    }  # fmt: skip
    return EnquiryDecided(**{**said, **otherwise})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ground": ""}, "ground"),
        ({"ground": "curiosity"}, "ground"),
        ({"reason": " \n"}, "reason"),
        # a form sent with one alert 201 times once made a fact that fits no message, and stopped the relay for good
        ({"alerts": ("c1:neglect:1",) * 2}, "alerts"),
        ({"alerts": tuple(f"c1:r{n}:1" for n in range(51))}, "alerts"),
        ({"children": ("c1",)}, "children"),
    ],
)
def test_names_are_not_opened_without_a_ground_and_a_reason(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_opening(opening("c1", **wrong))
    assert refused.value.field == field


def test_where_a_worker_is_at_it_already_it_is_said_why_another_room_opens() -> None:
    already = ("allocation:c1",)
    with pytest.raises(Refused) as refused:
        check_opening(opening("c1"), already)
    assert refused.value.field == "anyway"
    check_opening(opening("c1", anyway="It is about a danger that the worker does not know of."), already)


def test_opening_says_whose_room_it_is() -> None:
    assert (
        Enquiry(
            "e1", version=1, child="c1", alerts=("c1:neglect:1",), ground="significant_harm", team=("staff-1",),
            stage="open", children=("c1",),
        )
        == OPEN
    )  # fmt: skip


def test_doing_nothing_is_not_among_the_actions() -> None:
    assert {"no_action", "none", ""} & set(ACTIONS) == set()
    assert all(GROUNDS.values())
    assert all(OUTCOMES.values())


def test_as_many_alerts_as_one_message_takes_open_an_enquiry() -> None:
    check_opening(opening("c1", *(f"c1:r{n}:1" for n in range(50))))


def test_it_is_decided_when_each_of_its_children_is_also_one_who_came_later() -> None:
    both = fold("e1", [OPENED, EnquiryChildAdded(child="c2", added_by="staff-1"), decided("c1", more=1)])
    assert (both.stage, both.decided, both.undecided) == ("open", ("c1",), ("c2",))
    three = evolve(both, EnquiryChildAdded(child="c3", alerts=("c3:neglect:1",), added_by="staff-1"))
    assert three.alerts == ("c1:neglect:1", "c3:neglect:1")
    two_left = evolve(three, decided("c2", more=1))
    assert (two_left.stage, two_left.undecided) == ("open", ("c3",))
    assert evolve(two_left, decided("c3")).stage == "decided"


def test_a_child_is_added_once_with_a_reason_and_not_to_a_room_that_is_closed() -> None:
    for enquiry, child, reason, field in (
        (OPEN, "c1", "She lives there too.", "child"),
        (OPEN, "c2", "  ", "reason"),
        (evolve(OPEN, decided("c1")), "c2", "She lives there too.", "enquiry"),
        (Enquiry("e1"), "c2", "She lives there too.", "enquiry"),
    ):
        with pytest.raises(Refused) as refused:
            check_adding(enquiry, child, reason, "")
        assert refused.value.field == field
    with pytest.raises(Refused) as refused:
        check_adding(OPEN, "c2", "She lives there too.", "", ("allocation:c2",))
    assert refused.value.field == "anyway"
    check_adding(OPEN, "c2", "She lives there too.", "The worker asked us to.", ("allocation:c2",))


def test_who_holds_it_is_part_of_its_room() -> None:
    assert evolve(OPEN, EnquiryClaimed(holder="staff-2")).team == ("staff-1", "staff-2")


def test_what_came_in_unseen_at_red_waits_until_it_was_read() -> None:
    red = evolve(OPEN, decided("c1", unseen=(11, 12)))
    assert red.unseen == {"c1": (11, 12)}
    assert evolve(red, UnseenRead(child="c1", positions=(11,), read_by="staff-2")).unseen == {"c1": (12,)}
    assert evolve(red, UnseenRead(child="c1", positions=(11, 12), read_by="staff-2")).unseen == {}
