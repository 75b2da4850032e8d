"""A plan of help through the front door: a team around the family, what it does, what it reads, and what became of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.enquiry import FRONT_DOOR
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.family_wish import wish_of
from hub.domain.help import Propose
from hub.domain.help_plan import Make, Meet, Outcome, Seat, SetAction
from hub.domain.moments import london_day
from hub.domain.silence import SilenceNoticed
from hub.domain.staff import RegisterStaff
from hub.views.models.help_plan import PlanView
from tests.support.asking import DECIDER, MANAGER, POLICE, SCREENER, Front
from tests.support.messages import involvement
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site

HELPER, NURSE = "staff-4fa690", "staff-nurse"
OWN, NORTH = Seat("early_help", "family_hub_east"), Seat("health", "north")
GOAL, WORDS = "Canary-Thistledown we eat together", "Canary-Willowherb bring the forms"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay", "silence")
    hub = made.hub
    if "early_help" not in hub.register().organisations:
        hub.add_organisation("early_help", "Early Help", "early_help")
    until = hub.clock.now() + timedelta(days=999)
    nurse = RegisterStaff(
        staff=NURSE, organisation="health", setting="north", roles=("taf_member",), ig_trained_until=until
    )
    hub.register_staff([nurse])
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    """A child for whom the early-help worker leads, and with whom a health visitor works."""
    clock.moved = timedelta(0)
    made = Front(running)
    made.hub.leading.propose(made.who(SCREENER), made.child, HELPER, "x")
    made.hub.leading.accept(made.who(HELPER), made.child)
    running.say(involvement("health", made.like.known_to("health"), "health visiting", setting="north"))
    running.settled(alerts=False)
    return made


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def make(front: Front, staff: str = HELPER, **more: Any) -> str:
    given: dict[str, Any] = {
        "team": "TAF", "seats": (OWN, NORTH), "family": ("parent",), "goal_words": GOAL, "goal": 3,
        "review_on": london_day(front.hub.clock.now()) + timedelta(days=30),
    }  # fmt: skip
    return front.hub.help_planning.make(front.who(staff), front.child, Make(**{**given, **more}))


def act(front: Front, ident: str, what: str = "visit", owner: str = "health", days: int = 7) -> None:
    due = london_day(front.hub.clock.now()) + timedelta(days=days)
    wish = SetAction(what=what, owner=owner, due=due, words=WORDS)
    front.hub.help_planning.set_action(front.who(HELPER), front.child, ident, wish)


def outcome(front: Front, ident: str, stage: str) -> None:
    wish = Outcome(stage=stage, outcome="better", goal=7, why="He sleeps.")
    front.hub.help_planning.outcome(front.who(HELPER), front.child, ident, wish)


def shown(front: Front, staff: str = HELPER) -> PlanView:
    return front.hub.help_planning.page(front.who(staff), front.child).rows[0]


def silent(front: Front) -> set[str]:
    found = [one.fact for one in front.running.facts() if isinstance(one.fact, SilenceNoticed)]
    return {one.kind for one in found if one.child == front.child}


def consent(front: Front) -> None:
    """Somebody with parental responsibility agrees that health may have what the team writes, for early help."""
    scope = {"organisations": ["health"], "categories": ["narrative", "rationale"], "purposes": ["early_help"]}
    yes: dict[str, Any] = {
        "what": "given", "giver": "parental_responsibility", "who": "new", "giver_name": "Morwenna Madeup",
        "how": "face_to_face", "interpreter": "not_needed", "scope": scope, "evidence_held": True, "evidence": "A folder.",
        "shown": "birth_mother", "present": ["nobody_else"], "safe_to_refuse": True, "reason": "x",
    }  # fmt: skip
    front.hub.consents.say(front.who(DECIDER), wish_of({**yes, "person": front.child}))


def test_a_plan_is_made_by_who_is_at_it_with_two_organisations_that_work_with_the_child(front: Front) -> None:
    with pytest.raises(NotFound):
        make(front, POLICE)
    with pytest.raises(NotPermitted):
        make(front, NURSE)
    assert refused(lambda: make(front, seats=(OWN,))) == "seats"
    assert refused(lambda: make(front, seats=(OWN, Seat("police", "safeguarding_unit")))) == "seats"
    assert refused(lambda: make(front, family=())) == "family"
    assert refused(lambda: make(front, team="Committee")) == "team"
    ident = make(front)
    assert refused(lambda: make(front)) == "team"  # one is open
    view = shown(front)
    assert (view.plan, view.goal_words, view.goal) == (ident, GOAL, (3,))
    assert view.family == ("A parent or carer",)
    assert view.seats == ("Early Help, family hub east", "Health, north")


def test_the_team_reads_its_plan_while_consent_is_live_and_nobody_else_reads_a_word(front: Front) -> None:
    act(front, make(front))
    for staff in (NURSE, DECIDER):
        assert (GOAL in repr(shown(front, staff)), WORDS in repr(shown(front, staff))) == (False, False)
    consent(front)
    assert (GOAL in repr(shown(front, NURSE)), WORDS in repr(shown(front, NURSE))) == (True, True)
    assert GOAL not in repr(shown(front, DECIDER))
    front.running.say(
        involvement(
            "health", front.like.known_to("health"), "health visiting", setting="north",
            ended=london_day(front.hub.clock.now()),
        )
    )  # fmt: skip
    front.running.settled(alerts=False)
    with pytest.raises(NotFound):
        shown(front, NURSE)  # they work with the child no more


def test_an_action_is_in_the_one_list_of_plans_until_its_owner_says_that_it_is_done(front: Front) -> None:
    ident = make(front)
    act(front, ident, days=0)
    planning = front.hub.planning
    (row,) = [one for one in planning.page(front.who(NURSE)).rows if one.child == front.child]
    assert (row.what, row.owner, row.action) == ("Visit the family at home", "Health", "visit.1")
    assert "plan_due" in {one.kind for one in front.hub.tasks(front.who(NURSE)).rows}
    with pytest.raises(NotFound):
        planning.do(front.who(POLICE), ident, front.child, "visit.1")
    planning.do(front.who(NURSE), ident, front.child, "visit.1")
    assert [one.done for one in shown(front).actions] == [True]
    planning.reopen(front.who(NURSE), ident, front.child, "visit.1")
    assert [one.done for one in shown(front).actions] == [False]


def test_a_review_and_an_action_that_nobody_holds_to_are_said_and_a_meeting_sets_the_next(
    front: Front, clock: MovedClock
) -> None:
    ident = make(front)
    act(front, ident)
    clock.moved = timedelta(days=32)
    wait_until(
        lambda: front.running.died or silent(front) >= {"review_overdue", "plan_overdue"}, what="both are silent"
    )
    now = front.hub.clock.now()
    met = Meet(
        met_at=now - timedelta(hours=1), present=(OWN,), family_present=True, goal=5,
        review_on=london_day(now) + timedelta(days=90), notes=WORDS, voice="through_worker",
    )  # fmt: skip
    front.hub.help_planning.meet(front.who(HELPER), front.child, ident, met)
    view = shown(front)
    (one,) = view.met
    assert (one.present, one.absent, one.family, one.notes) == (
        ("Early Help, family hub east",),
        ("Health, north",),
        True,
        WORDS,
    )
    assert (view.goal, view.overdue) == ((3, 5), False)
    assert one.voice == "A worker who knows the child told us"
    assert one.since == (
        "Visit the family at home (Health): new",
        "Visit the family at home (Health): past its day and not done",
    )
    kinds = {one.kind for one in front.hub.tasks(front.who(MANAGER)).rows if one.child == front.child}
    assert "plan_overdue" in kinds


def test_what_became_of_it_is_asked_after_six_and_twelve_months_and_what_held_is_said(
    front: Front, clock: MovedClock
) -> None:
    planning, helper = front.hub.help_planning, front.who(HELPER)
    ident = make(front)
    assert refused(lambda: planning.close(helper, front.child, ident, "goal_reached")) == "stage"
    outcome(front, ident, "start")
    outcome(front, ident, "close")
    planning.close(helper, front.child, ident, "goal_reached")
    view = shown(front)
    assert [(one.stage, bool(one.outcome)) for one in view.outcomes] == [
        ("start", True), ("close", True), ("six_months", False), ("twelve_months", False),
    ]  # fmt: skip
    assert view.sustained == ""  # who leads does not know of every MASH enquiry
    assert shown(front, SCREENER).sustained == "12 months have not passed yet"  # that of earlier today is no new one
    assert refused(lambda: outcome(front, ident, "six_months")) == "stage"
    clock.moved = timedelta(days=190)
    wait_until(lambda: front.running.died or "outcome_due" in silent(front), what="it was to be looked at again")
    front.hub.helping.propose(
        front.who(HELPER), Propose(child=front.child, level=4, to=FRONT_DOOR, why="Worse again.", by=HELPER)
    )
    front.hub.helping.accept(front.who(DECIDER), front.child)
    assert shown(front).sustained == "It did not hold: within 12 months somebody stepped up or asked again"
    clock.moved = timedelta(0)


def test_a_brother_or_sister_taken_into_a_mash_enquiry_did_not_hold_and_the_team_is_not_told_of_it(
    front: Front, clock: MovedClock
) -> None:
    ident, other = make(front), Front(front.running)
    for stage in ("start", "close"):
        outcome(front, ident, stage)
    front.hub.help_planning.close(front.who(HELPER), front.child, ident, "goal_reached")
    clock.moved = timedelta(days=30)
    screener = front.who(SCREENER)
    front.hub.enquiring.add_child(screener, other.enquiry, front.child, "Of the same home.", "They are one home.")
    front.running.settled(alerts=False)
    assert shown(front, SCREENER).sustained == "It did not hold: within 12 months somebody stepped up or asked again"
    assert (shown(front).sustained, shown(front, NURSE).sustained) == ("", "")
    clock.moved = timedelta(0)


def test_the_pages_and_the_interface_carry_it_from_the_team_to_the_close(front: Front) -> None:
    page, today = f"/child/{front.child}/plan", london_day(front.hub.clock.now())
    later = today + timedelta(days=30)
    boxes = {"review-day": later.day, "review-month": later.month, "review-year": later.year}
    with Site(front.hub) as site, site.visit(HELPER) as helper:
        assert "No plan of help is on record" in helper.get(page).text
        made = {"step": "make", "team": "TAF", "family": "parent", "goal_words": GOAL, "goal": "3", **boxes}
        assert "A team has at least 2 organisations" in helper.send(page, made).text
        both = ["early_help/family_hub_east", "health/north"]
        assert GOAL in helper.send(page, {**made, "seats": both}).text
        api = f"/api/v1/children/{front.child}/plan"
        (plan,) = helper.call(api).json()["rows"]
        here = f"{api}/{plan['plan']}"
        wish = {"what": "visit", "owner": "family", "due": later.isoformat()}
        (row,) = helper.call(f"{here}/action", wish).json()["rows"]
        assert row["actions"][0]["owner"] == "The family"
        assert helper.call(f"{here}/done", {"action": "visit.1"}).json()["rows"][0]["actions"][0]["done"] is True
        day = {"met-day": today.day, "met-month": today.month, "met-year": today.year}
        following = {"next_review-day": later.day, "next_review-month": later.month, "next_review-year": later.year}
        met = {"step": "meet", "plan": plan["plan"], "present": both, "family_present": "yes", **day, **following}
        wrong = helper.send(page, met)
        assert (wrong.status_code, "Select how the child&#39;s view was obtained" in wrong.text) == (422, True)
        text = helper.send(page, {**met, "voice": "observed"}).text
        assert "The child's view: the child was watched" in text.replace("&#39;", "'")
        assert "Since the time before: Visit the family at home (The family): new; " in text
        for stage in ("start", "close"):
            said = {"stage": stage, "outcome": "same", "why": "x"}
            assert helper.call(f"{here}/outcome", said).status_code == 200
        assert helper.call(f"{here}/close", {"reason": "goal_reached"}).json()["rows"][0]["closed"]
