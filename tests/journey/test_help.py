"""The level of a child's help, through the front door: handed over by a yes, with what it rests on, and never silent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.enquiry import FRONT_DOOR
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.help import Propose, StepProposed
from hub.domain.identity import DecideIdentity
from hub.domain.moments import london_day
from hub.domain.notice import NoticeSent
from hub.domain.silence import SilenceNoticed
from hub.domain.staff import RegisterStaff
from tests.support import asking
from tests.support.asking import DECIDER, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.identities import somebody
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site

HELPER, WORKER, AUDITOR = "staff-4fa690", "staff-86d51c", "staff-a37d05"
CANARY = "Canary-Fennelbrook needs a steady hand"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay", "silence")
    if "early_help" not in made.hub.register().organisations:
        made.hub.add_organisation("early_help", "Early Help", "early_help")
    yield made
    made.close()


def born(year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next child was born in this year."""
    like = somebody()
    made = type(like)(like.serial, like.forename, like.surname, like.born.replace(year=year))
    monkeypatch.setattr(asking, "somebody", lambda: made)


@pytest.fixture
def front(running: RunningHub, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> Front:
    clock.moved = timedelta(0)
    born(2018, monkeypatch)
    return Front(running)


def wish(front: Front, by: str = SCREENER, **more: Any) -> Propose:
    given: dict[str, Any] = {"child": front.child, "level": 2, "to": HELPER, "why": CANARY, "by": by, "evidence": ()}
    return Propose(**{**given, **more})


def propose(front: Front, by: str = SCREENER, **more: Any) -> str:
    return front.hub.helping.propose(front.who(by), wish(front, by, **more))


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def level(front: Front) -> int:
    return front.hub.helping.view(front.who(SCREENER), front.child).level


def led(front: Front) -> None:
    front.hub.leading.propose(front.who(SCREENER), front.child, HELPER, CANARY)
    front.hub.leading.accept(front.who(HELPER), front.child)


def silences(front: Front) -> list[str]:
    """What is on record as silent of this child's help."""
    found = [one.fact for one in front.running.facts() if isinstance(one.fact, SilenceNoticed)]
    return [one.kind for one in found if one.child == front.child and one.kind == "help_past_end"]


def test_who_may_not_know_of_the_child_or_take_it_on_is_refused(front: Front) -> None:
    helping = front.hub.helping
    with pytest.raises(NotFound):
        helping.view(front.who(POLICE), front.child)
    with pytest.raises(NotFound):
        propose(front, HELPER)  # works for early help, and neither leads nor is allocated
    with pytest.raises(NotFound):
        propose(front, child="no-such-child")
    with pytest.raises(NotPermitted):
        helping.view(front.who(AUDITOR), front.child)
    ends = front.hub.clock.now() + timedelta(days=99)
    kin = RegisterStaff(
        staff="staff-uncle", organisation="early_help", setting="family_hub_east", roles=("lead_professional",),
        ig_trained_until=ends, related=(front.child,),
    )  # fmt: skip
    front.hub.register_staff([kin])
    for to in ("staff-uncle", "staff-nobody", DECIDER, FRONT_DOOR):
        assert refused(lambda to=to: propose(front, to=to)) == "to"
    assert level(front) == 1


def test_nothing_moves_until_the_other_side_says_yes_and_only_they_do(front: Front) -> None:
    helping = front.hub.helping
    step = propose(front)
    assert level(front) == 1
    (row,) = [one for one in helping.mine(front.who(HELPER)).rows if one.child == front.child]
    assert (row.step, row.why, row.clause) == (step, CANARY, "not stated in the source")
    assert row.words == "Step up: from level 1 to level 2, " + row.words.split(", ")[-1]
    assert [one for one in helping.mine(front.who(WORKER)).rows if one.child == front.child] == []
    told = [one.fact for one in front.running.facts() if isinstance(one.fact, NoticeSent)][-1]
    assert (told.kind, told.about, told.setting) == ("step_proposed", step, "family_hub_east")
    assert "step_asked" in {one.kind for one in front.hub.tasks(front.who(HELPER)).rows}
    with pytest.raises(NotFound):
        helping.accept(front.who(WORKER), front.child)
    with pytest.raises(NotFound):
        helping.view(front.who(HELPER), front.child)  # being asked opens what was put to them, and no more
    assert refused(lambda: propose(front, to=WORKER)) == "level"
    helping.accept(front.who(HELPER), front.child)
    assert level(front) == 2
    view = helping.view(front.who(SCREENER), front.child)
    assert view.history[0].what.endswith(": level 2")
    assert view.history[-1].why == CANARY  # who proposed it reads what they wrote
    assert CANARY not in repr(helping.view(front.who(DECIDER), front.child))  # outside a MASH enquiry: codes


def test_a_no_leaves_everything_as_it_was_and_the_step_may_be_taken_back(front: Front) -> None:
    helping = front.hub.helping
    propose(front)
    assert refused(lambda: helping.decline(front.who(HELPER), front.child, "busy", "")) == "reason"
    helping.decline(front.who(HELPER), front.child, "no_capacity", "")
    propose(front, to=WORKER)
    helping.take_back(front.who(SCREENER), front.child)
    assert refused(lambda: helping.take_back(front.who(SCREENER), front.child)) == "step"
    assert level(front) == 1


def test_a_lead_steps_up_to_the_front_door_which_answers_and_never_for_itself(front: Front) -> None:
    helping = front.hub.helping
    led(front)
    propose(front, HELPER, level=4, to=FRONT_DOOR)
    view = helping.view(front.who(HELPER), front.child)
    assert (view.waits_for, view.history[0].why) == ("The front door", CANARY)
    assert {one.child for one in helping.mine(front.who(DECIDER)).rows} >= {front.child}
    with pytest.raises(NotFound):
        helping.accept(front.who(HELPER), front.child)
    helping.accept(front.who(DECIDER), front.child)
    assert level(front) == 4


def test_a_step_rests_on_what_is_on_record_and_a_newer_decision_holds_over_an_older_step(front: Front) -> None:
    propose(front)
    front.hub.helping.accept(front.who(HELPER), front.child)
    front.running.settled(alerts=False)  # the step that was accepted counts: whoever decides has it before them
    front.hub.decide(
        front.who(DECIDER), front.enquiry, decision(front.hub.record.position(), by=DECIDER, seen_by="police", level=3)
    )
    assert level(front) == 3
    offered = [one.code for one in front.hub.helping.view(front.who(SCREENER), front.child).evidence]
    assert f"mash-enquiry:{front.enquiry}" in offered
    assert refused(lambda: propose(front, level=2)) == "evidence"
    assert refused(lambda: propose(front, level=2, evidence=("mash-enquiry:another",))) == "evidence"
    propose(front, level=2, evidence=(f"mash-enquiry:{front.enquiry}",))
    stepped = [one.fact for one in front.running.stream(f"help:{front.child}") if isinstance(one.fact, StepProposed)][
        -1
    ]
    assert (stepped.direction, stepped.called, stepped.before) == ("down", "Step down", 3)
    front.hub.helping.accept(front.who(HELPER), front.child)
    assert level(front) == 2


def test_a_step_that_nobody_accepts_is_silent_on_record_and_ends_with_the_yes(front: Front, clock: MovedClock) -> None:
    def standing() -> set[str]:
        rows = front.hub.listening.page(front.who(SCREENER)).rows
        return {one.kind for one in rows if one.child == front.child}

    propose(front)
    assert standing() == set()
    clock.moved = timedelta(days=12)
    wait_until(lambda: front.running.died or "step_up" in standing(), what="the step up is silent")
    front.hub.helping.accept(front.who(HELPER), front.child)
    wait_until(lambda: front.running.died or "step_up" not in standing(), what="it came")


def test_somebody_of_eighteen_is_helped_on_a_recorded_ground_alone(
    running: RunningHub, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.moved = timedelta(0)
    born(2007, monkeypatch)
    grown = Front(running)
    offered = [one.code for one in grown.hub.helping.view(grown.who(SCREENER), grown.child).grounds]
    assert refused(lambda: propose(grown)) == "ground"
    assert refused(lambda: propose(grown, ground="they asked nicely")) == "ground"
    propose(grown, ground=offered[0])
    (stepped,) = [one.fact for one in running.stream(f"help:{grown.child}") if isinstance(one.fact, StepProposed)]
    assert stepped.ground == offered[0]


def test_who_turns_out_to_be_one_child_has_one_level_and_whoever_was_asked_answers_still(
    front: Front, running: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a child was born whom another organisation had known unborn: two persons merge, and help goes on."""
    helping, screener = front.hub.helping, front.who(SCREENER)
    born(2019, monkeypatch)
    other = Front(running, surname="Elsewhere")
    propose(front)
    helping.accept(front.who(HELPER), front.child)
    propose(other, level=3)
    merge = DecideIdentity(
        what="merge", person=other.child, other=front.child, reason="family_confirmed", why="x", by=SCREENER,
        seen_position=front.hub.record.position(),
    )  # fmt: skip
    made = front.hub.identity_decide(screener, merge)
    front.hub.identity_agree(front.who(MANAGER), made["identity"])
    running.settled(alerts=False)
    (one, two) = (helping.view(screener, child) for child in (front.child, other.child))
    assert (one.child, one.level, one.waits) == (two.child, two.level, two.waits)
    assert (one.level, bool(one.waits)) == (2, True)
    assert [row.child for row in helping.mine(front.who(HELPER)).rows if row.child == one.child] == [one.child]
    helping.accept(front.who(HELPER), front.child)
    after = helping.view(screener, other.child)
    assert (after.level, after.waits) == (3, "")
    assert front.hub.picture(screener, one.child, "").level.startswith("Level 3")


def test_help_for_a_limited_time_is_renewed_or_ended_and_past_its_end_it_is_said(
    front: Front, clock: MovedClock
) -> None:
    helping, screener = front.hub.helping, front.who(SCREENER)
    propose(front)
    helping.accept(front.who(HELPER), front.child)
    until = helping.view(screener, front.child).until
    assert until == london_day(clock.now()) + timedelta(days=182)  # the demo's level 2
    assert refused(lambda: helping.renew(screener, front.child, until, "x")) == "until"
    helping.renew(screener, front.child, until + timedelta(days=30), "It helps.")
    clock.moved = timedelta(days=183)
    propose(front, level=3)  # time has passed, and nothing is past its end: it was renewed
    helping.take_back(screener, front.child)
    assert silences(front) == []
    clock.moved = timedelta(days=214)
    wait_until(lambda: front.running.died or silences(front) == ["help_past_end"], what="it is past its end")
    clock.moved = timedelta(0)
    assert refused(lambda: helping.end(screener, front.child, "bored", "")) == "reason"
    assert refused(lambda: helping.end(screener, front.child, "needs_met", "")) == "end_why"
    helping.end(screener, front.child, "needs_met", "All is well.")
    assert level(front) == 1
    assert refused(lambda: helping.end(screener, front.child, "needs_met", "")) == "reason"


def test_the_pages_and_the_interface_carry_it_from_the_question_to_the_yes(front: Front) -> None:
    page = f"/child/{front.child}/help"
    with Site(front.hub) as site, site.visit(SCREENER) as screener, site.visit(HELPER) as helper:
        assert "services for everybody" in screener.get(page).text
        sent = screener.send(page, {"step": "propose", "level": "2", "to": HELPER})
        assert sent.status_code == 422
        assert "Enter why" in sent.text
        sent = screener.send(page, {"step": "propose", "level": "2", "to": HELPER, "why": CANARY})
        assert "Waits for a yes" in sent.text
        listed = helper.get("/steps")
        assert CANARY in listed.text
        assert CANARY not in screener.get("/tasks").text
        said = helper.send("/steps", {"step": "decline", "child": front.child, "number": "1"})
        assert said.status_code == 422
        assert "Select why it is not taken on" in said.text
        called = helper.call(f"/api/v1/steps/{front.child}/accept", {})
        assert called.status_code == 200, called.text
        assert screener.call(f"/api/v1/children/{front.child}/help").json()["level"] == 2
        ended = screener.call(
            f"/api/v1/children/{front.child}/help/end", {"reason": "needs_met", "why": "All is well."}
        )
        assert ended.json()["level"] == 1
        assert helper.call(f"/api/v1/children/{front.child}/help").status_code == 404
