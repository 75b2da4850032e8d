"""An offer of help: who is offered what, what the family answers, and that somebody says what happens after a no."""

from typing import Any

import pytest

from hub.domain import offer as offers
from hub.domain.errors import Refused
from hub.domain.offer import (
    MakeOffer,
    Offer,
    OfferAccepted,
    OfferDeclined,
    OfferDisengaged,
    OfferEnded,
    OfferFollowed,
    OfferMade,
)

ORGANISATIONS, LEVELS = {"early_help"}, (1, 2, 3, 4)
WROTE: Any = {"author": "early_help", "place": "family_hub_east"}
MADE = OfferMade(
    child="c", offer="1", service="parenting-group", organisation="early_help", setting="", to=("parent",), level=2,
    made_by="staff-1", **WROTE,
)  # fmt: skip
YES = OfferAccepted(child="c", offer="1", who="parent", agreement="", recorded_by="staff-1")
NO = OfferDeclined(child="c", offer="1", who="parent", reason="not_now", recorded_by="staff-1", **WROTE)
GONE = OfferDisengaged(child="c", offer="1", recorded_by="staff-1", **WROTE)
OVER = OfferEnded(child="c", offer="1", how="completed", ended_by="staff-1", **WROTE)
NEXT = OfferFollowed(child="c", offer="1", next="asked_again", followed_by="staff-1", **WROTE)


def after(*facts: Any) -> Offer:
    held = offers.fold("c", facts).one("1")
    assert held is not None
    return held


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def wish(**more: Any) -> MakeOffer:
    return MakeOffer(**{"child": "c", "service": "", "organisation": "early_help", "to": ("parent",), **more})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organisation": "nobody"}, "organisation"),
        ({"to": ()}, "to"),
        ({"to": ("uncle",)}, "to"),
        ({"level": 9}, "level"),
    ],
)
def test_an_offer_is_refused_beside_its_question(changed: dict[str, Any], field: str) -> None:
    assert refused(lambda: offers.check_make(wish(**changed), ORGANISATIONS, LEVELS)) == field
    offers.check_make(wish(), ORGANISATIONS, LEVELS)


def test_only_who_sits_for_the_family_answers_and_a_no_says_why() -> None:
    assert refused(lambda: offers.check_accept(after(MADE), "staff-1", {})) == "who"
    assert refused(lambda: offers.check_decline(after(MADE), "", "not_now")) == "who"
    assert refused(lambda: offers.check_decline(after(MADE), "parent", "because")) == "reason"
    offers.check_decline(after(MADE), "parent", "not_now")


def test_an_offer_is_answered_once_and_broken_off_only_after_a_yes() -> None:
    for answered in (YES, NO):
        assert refused(lambda answered=answered: offers.check_accept(after(MADE, answered), "parent", {})) == "offer"
    assert refused(lambda: offers.check_disengage(after(MADE))) == "offer"
    offers.check_disengage(after(MADE, YES))


def test_a_yes_is_no_way_around_a_recorded_no_and_names_the_agreement_it_rests_on() -> None:
    assert refused(lambda: offers.check_accept(after(MADE), "parent", {"agreement-record:1": "refused"})) == "who"
    assert refused(lambda: offers.check_accept(after(MADE), "parent", {"agreement-record:1": "withdrawn"})) == "who"
    assert offers.check_accept(after(MADE), "parent", {"agreement-record:1": "given"}) == "agreement-record:1"
    assert offers.check_accept(after(MADE), "parent", {}) == ""


def test_what_happens_next_is_said_once_and_only_after_a_no() -> None:
    for before in ((MADE,), (MADE, YES), (MADE, NO, NEXT)):
        assert refused(lambda before=before: offers.check_follow(after(*before), "asked_again")) == "next"
    assert refused(lambda: offers.check_follow(after(MADE, NO), "punish")) == "next"
    for no in ((MADE, NO), (MADE, YES, GONE)):
        offers.check_follow(after(*no), "risk_judged")
    assert (after(MADE, NO, NEXT).state, after(MADE, NO, NEXT).next) == ("declined", "asked_again")


def test_a_no_stays_a_no_unless_it_was_entered_in_error() -> None:
    assert refused(lambda: offers.check_end(after(MADE, NO), "completed")) == "how"
    assert refused(lambda: offers.check_end(after(MADE, OVER), "completed")) == "how"
    assert refused(lambda: offers.check_end(after(MADE), "vanished")) == "how"
    offers.check_end(after(MADE, NO), "entered_in_error")
    offers.check_end(after(MADE, YES), "completed")
    assert after(MADE, YES, OVER).state == "ended"


def test_what_is_said_of_an_offer_that_is_not_there_changes_nothing() -> None:
    assert offers.fold("c", [NO, NEXT]).held == {}
