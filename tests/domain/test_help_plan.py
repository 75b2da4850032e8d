"""A plan of help: a team of several organisations with a seat for the family, its own goal, and outcomes looked at again."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.domain import help_plan as plans
from hub.domain.between_meetings import Between, between_meetings
from hub.domain.errors import Refused
from hub.domain.help_plan import (
    HelpActionDone,
    HelpActionReopened,
    HelpActionSet,
    Make,
    Meet,
    Outcome,
    OutcomeRecorded,
    Plan,
    PlanClosed,
    PlanMade,
    Seat,
    SetAction,
    TeamChanged,
    TeamMet,
)
from hub.domain.partnership import Team

TODAY, NOON = date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC)
HUB, SCHOOL = Seat("early_help", "hub"), Seat("school", "primary")
TEAM = Team(name="TAF", source="s")
MADE = PlanMade(
    child="c", plan="p1", team="TAF", seats=(HUB, SCHOOL), family=("parent",), goal=3, review_on=date(2026, 4, 1),
    organisation="early_help", setting="hub", made_by="staff-a",
)  # fmt: skip
ACTION = HelpActionSet(
    child="c", action="visit.1", owner="early_help", due=date(2026, 3, 9), organisation="early_help", setting="hub",
    shared_with=(), set_by="staff-a",
)  # fmt: skip
LATER = (("six_months", date(2026, 9, 2)), ("twelve_months", date(2027, 3, 2)))
CLOSED = PlanClosed(child="c", reason="goal_reached", closed_by="staff-a", reviews=LATER)


def held(*facts: Any) -> Plan:
    return plans.fold("p1", [MADE, *facts])


def outcome(stage: str) -> OutcomeRecorded:
    return OutcomeRecorded(
        child="c", stage=stage, outcome="better", goal=7, organisation="early_help", setting="hub", shared_with=(),
        recorded_by="staff-a",
    )  # fmt: skip


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def make(team: Team | None = TEAM, open_ones: tuple[str, ...] = (), **more: Any) -> date:
    given: dict[str, Any] = {
        "team": "TAF", "seats": (HUB, SCHOOL), "family": ("parent",), "goal_words": "Dinner together", "goal": 3,
        "review_on": date(2026, 4, 1),
    }  # fmt: skip
    return plans.check_make(Make(**{**given, **more}), team, (HUB, SCHOOL), open_ones, TODAY)


def test_a_team_has_so_many_organisations_that_work_with_the_child_and_a_seat_for_the_family() -> None:
    assert refused(lambda: make(team=None)) == "team"
    assert refused(lambda: make(open_ones=("help-plan:c:p0",))) == "team"
    assert refused(lambda: make(seats=(HUB,))) == "seats"
    assert refused(lambda: make(seats=(HUB, Seat("early_help", "other")))) == "seats"  # not at work with the child
    assert refused(lambda: make(seats=(HUB, Seat("fire", "station")))) == "seats"
    assert refused(lambda: make(family=())) == "family"
    assert refused(lambda: make(family=("neighbour",))) == "family"
    assert make() == date(2026, 4, 1)
    assert make(team=Team(name="TAF", source="s", family_seat=False), family=()) == date(2026, 4, 1)


def test_two_settings_of_one_organisation_are_one_organisation() -> None:
    both = (HUB, Seat("early_help", "west"))
    assert refused(lambda: plans.check_team(TEAM, both, ("parent",), both)) == "seats"


def test_a_plan_has_the_familys_own_goal_where_it_says_it_is_and_a_day_of_review() -> None:
    assert refused(lambda: make(goal_words=" ")) == "goal_words"
    assert refused(lambda: make(goal=None)) == "goal"
    assert refused(lambda: make(goal=11)) == "goal"
    for day in (None, TODAY, date(2027, 4, 1)):
        assert refused(lambda day=day: make(review_on=day)) == "review-day"


def test_an_action_has_an_owner_of_the_team_or_the_family_and_a_day() -> None:
    fit: dict[str, Any] = {"what": "visit", "owner": "early_help", "due": date(2026, 3, 9)}
    for field, wrong in (
        ("what", {"what": "pray"}), ("owner", {"owner": "fire"}), ("due-day", {"due": date(2026, 3, 1)}),
        ("due-day", {"due": None}), ("words", {"what": "other"}),
    ):  # fmt: skip
        wish = SetAction(**{**fit, **wrong})
        assert refused(lambda wish=wish: plans.check_action(held(), wish, TODAY)) == field
    assert plans.check_action(held(ACTION), SetAction(**{**fit, "owner": "family"}), TODAY) == (
        "visit.2",
        date(2026, 3, 9),
    )
    assert refused(lambda: plans.check_action(held(CLOSED), SetAction(**fit), TODAY)) == "plan"


def test_an_action_is_done_until_somebody_says_it_is_not() -> None:
    done = HelpActionDone(child="c", action="visit.1", done_by="staff-b")
    again = HelpActionReopened(child="c", action="visit.1", reopened_by="staff-b")
    assert plans.do(held(ACTION), "visit.1", "staff-b") == [done]
    assert plans.do(held(ACTION, done), "visit.1", "staff-b") == []
    assert plans.undo(held(ACTION, done), "visit.1", "staff-b") == [again]
    assert refused(lambda: plans.undo(held(ACTION), "visit.1", "staff-b")) == "action"
    assert refused(lambda: plans.do(held(), "visit.1", "staff-b")) == "action"
    assert held(ACTION, done, again) == replace(held(ACTION), version=4)


def test_a_meeting_says_who_of_the_team_was_there_and_when_it_meets_again() -> None:
    fit: dict[str, Any] = {
        "met_at": NOON, "present": (HUB,), "family_present": False, "goal": None, "review_on": date(2026, 6, 1),
        "voice": "child_said",
    }  # fmt: skip
    for field, wrong in (
        ("met-day", {"met_at": None}), ("met-day", {"met_at": datetime(2026, 3, 3, tzinfo=UTC)}), ("present", {"present": ()}),
        ("present", {"present": (Seat("fire", "station"),)}), ("family_present", {"family_present": None}),
        ("voice", {"voice": ""}),
        ("goal_now", {"goal": 12}), ("next_review-day", {"review_on": TODAY}),
    ):  # fmt: skip
        wish = Meet(**{**fit, **wrong})
        assert refused(lambda wish=wish: plans.check_meet(held(), wish, NOON)) == field
    assert plans.check_meet(held(), Meet(**fit), NOON) == (NOON, date(2026, 6, 1), False)
    met = TeamMet(
        child="c", met_at=NOON, present=(HUB,), absent=(SCHOOL,), family_present=False, goal=4, review_on=date(2026, 6, 1),
        organisation="early_help", setting="hub", shared_with=(), recorded_by="staff-a",
    )  # fmt: skip
    assert held(met) == replace(held(), version=2, met=(met,), review_on=date(2026, 6, 1))
    moved = TeamChanged(child="c", seats=(HUB,), family=("advocate",), changed_by="staff-a")
    assert held(moved) == replace(held(), version=2, seats=(HUB,), family=("advocate",))


def test_a_plan_closes_with_how_it_was_at_the_start_and_how_it_is_now() -> None:
    assert refused(lambda: plans.check_close(held(), "bored")) == "reason"
    assert refused(lambda: plans.check_close(held(outcome("start")), "goal_reached")) == "stage"
    plans.check_close(held(outcome("start"), outcome("close")), "goal_reached")
    plans.check_close(held(), "entered_in_error")
    assert plans.reviews(TODAY) == LATER


def test_what_became_of_it_is_recorded_when_its_day_has_come_and_not_before() -> None:
    def wish(stage: str, **more: Any) -> Outcome:
        return Outcome(**{"stage": stage, "outcome": "better", "goal": 7, "why": "He sleeps.", **more})

    plans.check_outcome(held(), wish("start"), TODAY)
    assert refused(lambda: plans.check_outcome(held(), wish("six_months"), TODAY)) == "stage"  # it is not closed
    assert refused(lambda: plans.check_outcome(held(CLOSED), wish("six_months"), date(2026, 9, 1))) == "stage"
    plans.check_outcome(held(CLOSED), wish("six_months"), date(2026, 9, 2))
    for field, wrong in (("outcome", {"outcome": "8"}), ("outcome_goal", {"goal": -1}), ("outcome_why", {"why": ""})):
        bad = wish("start", **wrong)
        assert refused(lambda bad=bad: plans.check_outcome(held(), bad, TODAY)) == field


def test_an_outcome_held_where_nobody_stepped_up_or_asked_again_within_twelve_months() -> None:
    closed = date(2026, 3, 2)
    assert plans.sustained(closed, date(2027, 3, 2), []) == "not_yet"
    assert plans.sustained(closed, date(2027, 3, 3), []) == "yes"
    assert plans.sustained(closed, date(2026, 5, 1), [date(2026, 4, 1)]) == "no"
    assert plans.sustained(closed, date(2027, 5, 1), [date(2026, 3, 1), date(2027, 3, 3)]) == "yes"  # before, and after


def test_months_later_is_the_same_day_or_the_last_of_the_month() -> None:
    asked = [(date(2026, 8, 31), 6), (date(2027, 8, 31), 6), (date(2026, 12, 1), 12), (date(2026, 1, 31), 1)]
    assert [plans.months_after(*one) for one in asked] == [
        date(2027, 2, 28), date(2028, 2, 29), date(2027, 12, 1), date(2026, 2, 28),
    ]  # fmt: skip


def test_each_meeting_is_told_what_changed_since_the_one_before_and_what_was_not_done() -> None:
    def met(day: int, seats: tuple[Seat, ...]) -> TeamMet:
        return TeamMet(
            child="c", met_at=datetime(2026, 3, day, 12, tzinfo=UTC), present=seats, absent=(), family_present=True, goal=None,
            review_on=date(2026, 6, 1), organisation="early_help", setting="hub", shared_with=(), recorded_by="staff-a",
            heard="child_said",
        )  # fmt: skip

    other = another_action("service.1", date(2026, 3, 20))
    facts = [
        MADE, ACTION, met(6, (HUB, SCHOOL)),
        other, HelpActionDone(child="c", action="visit.1", done_by="staff-b"),
        TeamChanged(child="c", seats=(HUB,), family=("parent",), changed_by="staff-a"), met(21, (HUB,)),
        HelpActionReopened(child="c", action="visit.1", reopened_by="staff-b"), met(22, (HUB,)),
    ]  # fmt: skip
    found = between_meetings("p1", facts)
    assert found == [
        Between(put_in=("visit.1",)),
        Between(put_in=("service.1",), done=("visit.1",), overdue=("service.1",), left=(SCHOOL,)),
        Between(reopened=("visit.1",), overdue=("visit.1", "service.1")),
    ]
    assert between_meetings("p1", facts[:7]) == found[:2]  # a later meeting changes nothing of an earlier one


def another_action(action: str, due: date) -> HelpActionSet:
    return HelpActionSet(
        child="c", action=action, owner="early_help", due=due, organisation="early_help", setting="hub", shared_with=(),
        set_by="staff-a",
    )  # fmt: skip
