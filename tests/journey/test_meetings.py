"""Meetings through the front door: a panel called, packed, held and deciding; who sits there and what each may read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.agenda import AgendaPut, Decide
from hub.domain.attendance import Present
from hub.domain.errors import NotFound, NotPermitted, Refused, VersionConflict
from hub.domain.family_wish import wish_of
from hub.domain.help_plan import Make, Seat
from hub.domain.item import Sealed
from hub.domain.ledger import Asked
from hub.domain.meeting import Call, Hold, Member, Talk, Theme
from hub.domain.moments import london_day
from hub.domain.notice import NoticeSent
from hub.domain.silence import SilenceEnded, SilenceNoticed
from hub.domain.staff import RegisterStaff
from hub.flow import convene
from hub.views.models.meetings import AgendaRow, PackView
from hub.views.models.tasks import Task
from tests.support.asking import DECIDER, MANAGER, POLICE, SCREENER, Front
from tests.support.identities import wish as identity_wish
from tests.support.messages import involvement
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until

HELPER, NURSE, CHAIR, KIN = "staff-4fa690", "staff-nurse", "staff-48a2cd", "staff-kin"
EAST, NORTH, UNIT = (
    Member("early_help", "family_hub_east"), Member("health", "north"), Member("police", "safeguarding_unit"),
)  # fmt: skip
SEATS = (EAST, NORTH, UNIT)
WHY, NOTES, GOAL = "Canary-Ragwort why we meet", "Canary-Selfheal what was said", "Canary-Yarrow the goal"


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
    hub.register_staff([staff(hub, NURSE, "health", "north", "taf_member")])
    yield made
    made.close()


def staff(hub: Any, ident: str, organisation: str, setting: str, role: str, *related: str) -> RegisterStaff:
    return RegisterStaff(
        staff=ident, organisation=organisation, setting=setting, roles=(role,), related=related,
        ig_trained_until=hub.clock.now() + timedelta(days=999),
    )  # fmt: skip


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


def today(front: Front, days: int = 0) -> Any:
    return london_day(front.hub.clock.now()) + timedelta(days=days)


def merge(other: Front, into: Front) -> None:
    """Two people say that the one child is the other."""
    wish = identity_wish(
        into.hub, "merge", other.child, other=into.child, reason="family_confirmed", by=SCREENER,
    )  # fmt: skip
    made = into.hub.identity_decide(into.who(SCREENER), wish)
    into.hub.identity_agree(into.who(MANAGER), made["identity"])
    into.running.settled(alerts=False)


def call(front: Front, staff: str = HELPER, **more: Any) -> str:
    wish: dict[str, Any] = {"type": "Locality panel", "on": today(front), "members": SEATS}
    return front.hub.convening.call(front.who(staff), Call(**{**wish, **more}))


def put(front: Front, meeting: str, staff: str = HELPER) -> None:
    front.hub.convening.put(front.who(staff), meeting, front.child, WHY)


def hold(front: Front, meeting: str, staff: str = HELPER, absent: tuple[str, ...] = ()) -> None:
    there = tuple(
        Present(
            one.organisation, one.organisation not in absent, "", "not_available" if one.organisation in absent else ""
        )
        for one in SEATS
    )
    front.hub.convening.hold(front.who(staff), meeting, Hold(on=today(front), present=there, family_present=False))


def decide(front: Front, meeting: str, who: str = HELPER, **wish: Any) -> None:
    front.hub.convening.decide(front.who(who), meeting, front.child, Decide(**{"outcome": "no_further", **wish}))


def rows(front: Front, meeting: str, staff: str) -> list[AgendaRow]:
    return [*front.hub.convening.view(front.who(staff), meeting).rows]


def pack(front: Front, meeting: str, staff: str, number: int = 1) -> PackView:
    return front.hub.convening.pack(front.who(staff), meeting, number)


def tasks(front: Front, staff: str, meeting: str) -> set[str]:
    found: list[Task] = [*front.hub.tasks(front.who(staff)).rows]
    return {one.kind for one in found if one.href == f"/meetings/{meeting}"}


def consent(front: Front, *organisations: str) -> str:
    scope = {
        "organisations": [*organisations],
        "categories": ["narrative", "rationale"],
        "purposes": ["early_help", "triage"],
    }
    yes: dict[str, Any] = {
        "what": "given", "giver": "parental_responsibility", "who": "new", "giver_name": "Morwenna Madeup",
        "how": "face_to_face", "interpreter": "not_needed", "scope": scope, "evidence_held": True, "evidence": "A folder.",
        "shown": "birth_mother", "present": ["nobody_else"], "safe_to_refuse": True, "reason": "x",
    }  # fmt: skip
    return front.hub.consents.say(front.who(DECIDER), wish_of({**yes, "person": front.child})).ref


def withdraw(front: Front, statement: str) -> None:
    asked = {"what": "withdrawn", "person": front.child, "statement": statement, "effect": "stop_future"}
    seen = front.hub.consents.preview(front.who(DECIDER), wish_of(asked))
    front.hub.consents.say(front.who(DECIDER), wish_of({**asked, "preview": seen.digest}))


# ------------------------------------------------------------------------------------------------------ called and held


def test_who_chairs_calls_a_meeting_and_every_member_is_told_of_it_and_of_no_child(front: Front) -> None:
    for nobody in (NURSE, POLICE):
        with pytest.raises(NotPermitted):
            call(front, nobody)
    assert refused(lambda: call(front, type="Committee")) == "type"
    assert refused(lambda: call(front, members=SEATS[:2])) == "members"
    meeting = call(front)
    put(front, meeting)
    told = [
        one.fact for one in front.running.facts() if isinstance(one.fact, NoticeSent) and one.fact.about == meeting
    ]  # fmt: skip
    assert {(one.organisation, one.setting, one.kind, one.child) for one in told} == {
        ("early_help", "family_hub_east", "meeting_called", ""), ("health", "north", "meeting_called", ""),
        ("police", "safeguarding_unit", "meeting_called", ""),
    }  # fmt: skip
    assert meeting in {one.meeting for one in front.hub.convening.page(front.who(NURSE)).coming}


def test_a_meeting_is_there_for_who_sits_in_it_for_who_called_it_and_for_the_front_door_alone(front: Front) -> None:
    meeting = call(front)
    for staff in (HELPER, NURSE, POLICE, SCREENER):
        assert front.hub.convening.view(front.who(staff), meeting).meeting == meeting
    for nobody in ("staff-f2907a", "staff-2b9f54"):  # a school's lead, and health's navigator of another setting
        with pytest.raises(NotFound):
            front.hub.convening.view(front.who(nobody), meeting)
        assert meeting not in repr(front.hub.convening.page(front.who(nobody)))


def test_without_a_quorum_nothing_is_decided_and_who_stands_there_is_carried_over(front: Front) -> None:
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting, absent=("police",))
    view = front.hub.convening.view(front.who(HELPER), meeting)
    assert (view.state_words, view.missing) == ("Held, not quorate", ("3 organisations (there were 2)",))
    assert tasks(front, HELPER, meeting) == {"meeting_again", "meeting_not_reached"}
    assert refused(lambda: decide(front, meeting)) == "outcome"
    again = call(front, follows=meeting, on=today(front, 3))
    decide(front, meeting, outcome="carried_over", to=again)
    (there,), (now_,) = rows(front, meeting, HELPER), rows(front, again, HELPER)
    assert (there.outcome_code, there.led_to) == ("carried_over", again)
    assert (now_.child, now_.state, now_.why) == (front.child, "on", WHY)
    assert tasks(front, HELPER, meeting) == set()
    assert refused(lambda: call(front, follows=again)) == "follows"  # it is still to come


def test_what_a_quorate_meeting_says_is_recorded_once_with_who_does_it(front: Front) -> None:
    meeting = call(front)
    put(front, meeting)
    assert refused(lambda: put(front, meeting)) == "meeting"
    assert refused(lambda: decide(front, meeting)) == "outcome"
    hold(front, meeting)
    assert refused(lambda: hold(front, meeting)) == "meeting"
    assert tasks(front, HELPER, meeting) == {"meeting_not_reached"}
    decide(front, meeting, outcome="help_offered", notes=NOTES)
    assert tasks(front, HELPER, meeting) == {"meeting_no_owner"}
    assert refused(lambda: decide(front, meeting)) == "outcome"
    convening = front.hub.convening
    convening.own(front.who(HELPER), meeting, front.child, "health", today(front, 7))
    (row,) = rows(front, meeting, HELPER)
    assert (row.outcome, row.owner, row.due, row.waits, row.notes) == (
        "Help is offered", "Health", today(front, 7), True, NOTES,
    )  # fmt: skip
    assert tasks(front, HELPER, meeting) == {"meeting_follow"}
    convening.done(front.who(NURSE), meeting, front.child)
    assert (tasks(front, HELPER, meeting), rows(front, meeting, HELPER)[0].waits) == (set(), False)


def test_a_step_and_a_lead_that_a_meeting_says_are_asked_as_ever_and_with_it_or_not_at_all(front: Front) -> None:
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting)
    wish: dict[str, Any] = {"outcome": "level_proposed", "level": 2, "notes": NOTES, "ground": "disability"}
    assert refused(lambda: decide(front, meeting, **wish)) == "to"
    assert rows(front, meeting, HELPER)[0].state == "on"
    decide(front, meeting, to="front_door", called="Step up", **wish)
    waits = front.hub.helping.view(front.who(HELPER), front.child).waits
    assert waits.startswith("Step up: from level 1 to level 2")
    assert rows(front, meeting, HELPER)[0].outcome == "A step to another level is proposed"
    assert refused(lambda: decide(front, meeting, to="front_door", called="Step up", **wish)) == "outcome"
    second = call(front)
    put(front, second)
    hold(front, second)
    decide(front, second, SCREENER, outcome="lead_asked", to="staff-86d51c", notes=NOTES)
    assert [one.child for one in front.hub.leading.mine(front.who("staff-86d51c")).rows] == [front.child]


def test_what_is_given_back_is_a_task_of_the_front_door_until_it_says_that_it_is_done(front: Front) -> None:
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting)
    assert refused(lambda: decide(front, meeting, outcome="back_to_front_door")) == "notes"
    decide(front, meeting, outcome="back_to_front_door", notes=NOTES)
    assert (tasks(front, SCREENER, meeting), tasks(front, HELPER, meeting)) == ({"meeting_back"}, set())
    convening = front.hub.convening
    assert (
        refused(lambda: convening.own(front.who(SCREENER), meeting, front.child, "health", today(front, 7))) == "child"
    )
    for staff in (NURSE, HELPER):  # whoever sits there does not say it for the front door
        with pytest.raises(NotPermitted):
            convening.done(front.who(staff), meeting, front.child)
        assert not convening.row(front.who(staff), meeting, front.child).may_finish
    assert tasks(front, SCREENER, meeting) == {"meeting_back"}
    assert convening.row(front.who(SCREENER), meeting, front.child).may_finish
    convening.done(front.who(SCREENER), meeting, front.child)
    assert tasks(front, SCREENER, meeting) == set()


def test_the_front_door_does_not_open_the_words_of_an_agenda_by_carrying_the_child_to_a_meeting_of_its_own(
    front: Front,
) -> None:
    meeting = call(front)
    put(front, meeting)
    with pytest.raises(NotPermitted):  # it neither sits there nor called it
        front.hub.convening.call_off(front.who(SCREENER), meeting, "no_quorum")
    assert not front.hub.convening.view(front.who(SCREENER), meeting).may_call_off
    hold(front, meeting, absent=("police",))
    own = call(front, SCREENER)
    assert refused(lambda: decide(front, meeting, SCREENER, outcome="carried_over", to=own)) == "notes"
    decide(front, meeting, SCREENER, outcome="carried_over", to=own, notes=NOTES)
    assert [(one.why, one.state) for one in rows(front, own, SCREENER)] == [(NOTES, "on")]
    assert WHY not in repr(front.hub.convening.row(front.who(SCREENER), own, front.child))
    (kept,) = [one.fact for one in front.hub.record.load(f"agenda:{front.child}:{own}")]
    assert isinstance(kept, AgendaPut)
    assert [one.organisation for one in kept.items] == [kept.organisation] != ["early_help"]


def test_what_was_noted_when_a_child_was_carried_over_stands_once_with_the_meeting_that_it_came_from(
    front: Front,
) -> None:
    def told(meeting: str, staff: str) -> tuple[str, str, str, str]:
        (one,) = rows(front, meeting, staff)
        return one.why, one.notes, one.led_to, one.came_from

    front.hub.register_staff([staff(front.hub, "staff-oak", "school", "oak", "taf_member")])
    front.running.say(involvement("school", front.like.known_to("school"), "teaching", setting="oak"))
    front.running.settled(alerts=False)
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting, absent=("police",))
    own = call(front, SCREENER, members=(Member("school", "oak"), NORTH, UNIT))
    decide(front, meeting, SCREENER, outcome="carried_over", to=own, notes=NOTES)
    facts = [front.hub.record.load(f"agenda:{front.child}:{one}")[-1].fact for one in (meeting, own)]
    assert len({item.item for fact in facts for item in getattr(fact, "items", ())}) == 1  # written once
    # who comes to both reads it where the child stands now, and where it came from
    for staff_, why in ((NURSE, WHY), (SCREENER, "")):
        assert told(meeting, staff_) == (why, "", own, "")
        assert told(own, staff_) == (NOTES, "", "", meeting)
    # who comes to the first alone reads it there; to who comes to the second alone there was no first
    assert told(meeting, HELPER) == (WHY, NOTES, own, "")
    assert told(own, "staff-oak") == (NOTES, "", "", "")
    (row,) = rows(front, own, NURSE)
    assert row.came_from_words == f"Locality panel, {today(front):%-d %B %Y}"
    assert meeting not in repr(front.hub.convening.row(front.who("staff-oak"), own, front.child))


def test_who_stands_on_the_next_agenda_already_is_settled_on_the_one_that_did_not_reach_them(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting, absent=("police",))
    again = call(front, follows=meeting)
    put(front, again)
    with monkeypatch.context() as patch:  # who is taken off at that moment does not get lost between two meetings
        act = front.hub.convene()
        stood = {one: act.row(front.child, one) for one in (meeting, again)}
        front.hub.convening.take_off(front.who(HELPER), again, front.child, "put_in_error")
        patch.setattr(act, "row", lambda _, one: stood[one])
        patch.setattr(convene, "TRIES", 2)
        wish, member = Decide(outcome="carried_over", to=again), front.hub.convening._member(front.who(HELPER))
        with pytest.raises(VersionConflict):
            act.carry_over(front.child, meeting, wish, [front.child], {}, member, ())
    put(front, again)
    decide(front, meeting, outcome="carried_over", to=again)
    (there,), (now_,) = rows(front, meeting, HELPER), rows(front, again, HELPER)
    assert (there.outcome_code, there.led_to, now_.state) == ("carried_over", again, "on")
    assert len([*front.hub.record.load(f"agenda:{front.child}:{again}")]) == 3  # put, taken off, put: and not again
    assert tasks(front, HELPER, meeting) == set()


# ----------------------------------------------------------------------------------------------------- who reads what


def test_whoever_sits_there_sees_a_child_with_whom_they_work_or_for_whom_consent_names_them_and_no_other(
    front: Front,
) -> None:
    meeting = call(front)
    put(front, meeting)
    front.hub.convening.make_pack(front.who(HELPER), meeting)
    assert [one.why for one in rows(front, meeting, HELPER)] == [WHY]
    assert [one.why for one in rows(front, meeting, NURSE)] == [WHY]
    assert [one.why for one in rows(front, meeting, SCREENER)] == [""]  # to the front door it is a code
    seen = front.hub.convening.view(front.who(POLICE), meeting)
    assert (seen.rows, seen.withheld, front.child in repr(seen)) == ((), (), False)
    assert pack(front, meeting, POLICE).rows == ()
    (listed,) = [one for one in front.hub.convening.page(front.who(POLICE)).coming if one.meeting == meeting]
    assert listed.children == ()
    with pytest.raises(NotFound):
        front.hub.convening.row(front.who(POLICE), meeting, front.child)
    given = consent(front, "police")
    assert [one.why for one in rows(front, meeting, POLICE)] == [WHY]
    withdraw(front, given)
    assert rows(front, meeting, POLICE) == []


def test_nobody_sees_or_puts_their_own_family_nor_a_protected_child_and_a_task_does_not_tell_of_it(
    front: Front,
) -> None:
    meeting = call(front)
    front.hub.register_staff([staff(front.hub, KIN, "health", "north", "lead_professional", front.child)])
    with pytest.raises(NotFound):
        put(front, meeting, KIN)
    put(front, meeting)
    assert (rows(front, meeting, KIN), len(rows(front, meeting, NURSE))) == ([], 1)
    assert tasks(front, KIN, meeting) == {"meeting_without_agenda"}  # as though nobody stood there
    assert tasks(front, HELPER, meeting) == set()
    asked = identity_wish(front.hub, "restrict", front.child, reason="adoption", readers=(SCREENER,), by=SCREENER)
    done = front.hub.identity_decide(front.who(SCREENER), asked)
    front.hub.identity_agree(front.who(MANAGER), done["identity"])
    front.running.settled(alerts=False)
    assert (rows(front, meeting, NURSE), len(rows(front, meeting, SCREENER))) == ([], 1)
    assert rows(front, meeting, HELPER) == []


def test_the_chair_reads_that_a_child_stands_there_and_why_and_nothing_of_the_child(front: Front) -> None:
    meeting = call(front, CHAIR)
    put(front, meeting)
    front.hub.convening.make_pack(front.who(CHAIR), meeting)
    assert [one.why for one in rows(front, meeting, CHAIR)] == [WHY]
    (one,) = pack(front, meeting, CHAIR).rows
    assert (one.why, one.codes, one.words, one.closed) == (WHY, (), (), True)


# ------------------------------------------------------------------------------------------------------ as it stood


def test_a_pack_stands_as_it_was_made_and_each_reading_of_it_is_in_the_ledger(front: Front) -> None:
    given = consent(front, "health")
    plan = Make(
        team="TAF", seats=(Seat("early_help", "family_hub_east"), Seat("health", "north")), family=("parent",),
        goal_words=GOAL, goal=3, review_on=today(front, 30),
    )  # fmt: skip
    front.hub.help_planning.make(front.who(HELPER), front.child, plan)
    meeting = call(front)
    put(front, meeting)
    assert refused(lambda: front.hub.convening.call_off(front.who(HELPER), meeting, "rain")) == "off_reason"
    front.hub.convening.make_pack(front.who(HELPER), meeting)
    first = pack(front, meeting, NURSE)
    (child,) = first.rows
    codes = {one.code: one.label for one in child.codes}
    assert (codes["Level of help"], codes["Work with the child"]) == ("Level 1: Universal", "Health, north")
    assert [one.label for one in child.words] == [GOAL]
    assert "lead_professional" not in codes["Leads"]
    assert HELPER in codes["Leads"]

    front.hub.leading.end(front.who(HELPER), front.child, "plan_completed", "x")
    front.hub.convening.take_off(front.who(SCREENER), meeting, front.child, "dealt_with")
    again = pack(front, meeting, NURSE)
    assert again.rows == first.rows  # nothing that came after is in it
    front.hub.convening.put(front.who(SCREENER), meeting, front.child, WHY)
    front.hub.convening.make_pack(front.who(SCREENER), meeting)
    (later,) = pack(front, meeting, NURSE, 2).rows
    assert {one.code: one.label for one in later.codes}["Leads"] == "Nobody"
    with pytest.raises(NotFound):
        pack(front, meeting, NURSE, 3)

    looks = [one.fact for one in front.hub.ledger.read(0, 100_000, [Asked.NAME]) if isinstance(one.fact, Asked)]
    read = [one for one in looks if one.reason == "meeting_pack" and front.child in one.subjects]
    assert [one.who for one in read] == [NURSE] * 3
    assert read[0].rendered == read[1].rendered  # the same went out
    assert front.hub.replaying.again(first.stamp.ledger).equal

    withdraw(front, given)
    (closed,) = pack(front, meeting, NURSE).rows
    assert (closed.words, GOAL in repr(closed)) == (
        (),
        False,
    )  # what it holds stands, and who may read it is asked anew


def test_two_who_turn_out_to_be_one_stand_once_and_a_pack_of_before_holds_the_one_that_it_was_made_of(
    front: Front,
) -> None:
    consent(front, "health")
    meeting = call(front)
    put(front, meeting)
    front.hub.convening.make_pack(front.who(HELPER), meeting)
    before = pack(front, meeting, NURSE).rows
    other = Front(front.running)
    front.running.say(involvement("school", other.like.known_to("school"), "teaching", setting="oak"))
    front.running.settled(alerts=False)
    both = {"Work with the child": "Health, north; School, oak"}
    merge(other, front)
    assert [one.child for one in rows(front, meeting, NURSE)] == [front.child]
    assert refused(lambda: put(other, meeting, SCREENER)) == "meeting"  # by either name they stand there
    assert pack(front, meeting, NURSE).rows == before  # what was the other's is in no pack that was made before
    front.hub.convening.make_pack(front.who(HELPER), meeting)
    (later,) = pack(front, meeting, NURSE, 2).rows
    assert both.items() <= {one.code: one.label for one in later.codes}.items()


def test_of_two_rows_of_one_child_the_one_that_waits_to_be_done_is_done(front: Front) -> None:
    other, screener, convening = Front(front.running), front.who(SCREENER), front.hub.convening
    meeting = call(front)
    put(front, meeting)
    convening.put(screener, meeting, other.child, WHY)
    hold(front, meeting)
    for child in (front.child, other.child):
        convening.decide(screener, meeting, child, Decide(outcome="help_offered", notes=NOTES))
    merge(other, front)
    assert [one.waits for one in rows(front, meeting, SCREENER)] == [True, True]
    for waits in ([False, True], [False, False]):
        convening.done(screener, meeting, front.child)
        assert sorted(one.waits for one in rows(front, meeting, SCREENER)) == waits
    assert refused(lambda: convening.done(screener, meeting, front.child)) == "child"


def test_words_of_a_meeting_are_sealed_under_the_child_and_the_row_is_the_childs_own_stream(front: Front) -> None:
    meeting = call(front)
    put(front, meeting)
    hold(front, meeting)
    decide(front, meeting, notes=NOTES)
    facts = front.hub.record.load(f"agenda:{front.child}:{meeting}")
    sealed: list[Sealed] = [item for one in facts for item in getattr(one.fact, "items", ())]
    assert [(one.about, one.organisation) for one in sealed] == [((f"hub-{front.child}",), "early_help")] * 2
    kept = [one.fact for one in front.running.facts() if one.stream == f"meeting:{meeting}"]
    assert (len(kept), front.child in repr(kept)) == (2, False)


# --------------------------------------------------------------------------------------------- conversations, practice


def test_two_who_know_a_child_talk_and_write_down_what_came_of_it_at_once(front: Front) -> None:
    def talk(staff: str = HELPER, outcome: str = "no_further", why: str = WHY, **more: Any) -> str:
        wish: dict[str, Any] = {
            "type": "Local conversation",
            "on": today(front),
            "members": (EAST, NORTH),
            "family_present": False,
        }
        said = Decide(outcome=outcome, notes=NOTES, considered=more.pop("considered", ("health", "school_a")))
        return front.hub.convening.talk(front.who(staff), front.child, Talk(**{**wish, **more}), said, why)

    with pytest.raises(NotFound):
        talk("staff-f2907a")  # a school that does not work with the child
    with pytest.raises(NotPermitted):
        talk(POLICE)
    assert refused(lambda: talk(members=(EAST,))) == "members"
    assert refused(lambda: talk(type="Locality panel")) == "type"
    assert refused(lambda: talk(on=today(front, 1))) == "held-day"
    assert refused(lambda: talk(why=" ")) == "why"
    assert refused(lambda: talk(outcome="level_proposed")) == "outcome"
    assert refused(lambda: talk(considered=("circus",))) == "considered"
    made = talk(NURSE)
    (row,) = rows(front, made, HELPER)
    assert (row.outcome, row.why, row.notes) == ("Nothing further", WHY, NOTES)
    assert row.considered == ("Health", "School A")
    assert [one.meeting for one in front.hub.convening.of_child(front.who(HELPER), front.child).rows] == [made]


def test_a_forum_about_practice_says_what_it_spoke_of(front: Front) -> None:
    meeting = call(front, type="Practice forum")
    assert refused(lambda: put(front, meeting)) == "meeting"
    assert refused(lambda: hold(front, meeting)) == "themes"
    there = tuple(Present(one.organisation, present=True) for one in SEATS)
    held = Hold(on=today(front), present=there, themes=(Theme("waiting", "to_board"),))
    front.hub.convening.hold(front.who(HELPER), meeting, held)
    (told,) = front.hub.convening.view(front.who(NURSE), meeting).themes
    assert (told.theme, told.became) == ("Families wait too long", "To the partnership's board")


# --------------------------------------------------------------------------------------------------- races and silence


def test_a_child_put_on_an_agenda_while_somebody_holds_the_meeting_is_refused_and_one_of_two_outcomes_stands(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = call(front)
    act = front.hub.convene()
    before = act.meeting(meeting)
    hold(front, meeting)
    monkeypatch.setattr(act, "meeting", lambda _: before)  # as somebody read it a moment before
    monkeypatch.setattr(convene, "TRIES", 2)
    member = front.hub.convening._meeting(front.who(HELPER), meeting)[1].member
    with pytest.raises(VersionConflict):
        act.put(front.child, meeting, WHY, member)
    assert rows(front, meeting, HELPER) == []
    monkeypatch.undo()
    other = call(front)
    put(front, other)
    hold(front, other)
    act = front.hub.convene()
    stood = act.row(front.child, other)
    decide(front, other, outcome="help_offered")
    monkeypatch.setattr(act, "row", lambda *_: stood)
    with pytest.raises(VersionConflict):
        act.decide(front.child, other, Decide(outcome="no_further"), {}, member)
    assert rows(front, other, HELPER)[0].outcome == "Help is offered"


def test_a_meeting_that_nobody_held_is_a_task_and_silent_on_record_until_somebody_says_who_was_there(
    front: Front, clock: MovedClock
) -> None:
    meeting = call(front)
    assert tasks(front, HELPER, meeting) == {"meeting_without_agenda"}
    put(front, meeting)
    assert tasks(front, HELPER, meeting) == set()
    clock.moved = timedelta(days=2)
    assert tasks(front, HELPER, meeting) == {"meeting_to_hold"}

    def said() -> list[type]:
        noticed = {
            one.stream for one in front.running.facts()
            if isinstance(one.fact, SilenceNoticed)
            and (one.fact.kind, one.fact.subject) == ("meeting_not_held", f"meeting:{meeting}")
        }  # fmt: skip
        return [type(one.fact) for one in front.running.facts() if one.stream in noticed]

    wait_until(lambda: front.running.died or said() == [SilenceNoticed], what="nobody said that it was held")
    hold(front, meeting)
    wait_until(lambda: front.running.died or said() == [SilenceNoticed, SilenceEnded], what="somebody said so")
    clock.moved = timedelta(0)


def test_who_was_there_is_recorded_by_who_called_it_by_who_sits_there_and_takes_notes_or_by_a_manager(
    front: Front, clock: MovedClock
) -> None:
    def called(staff: str = HELPER) -> str:
        made = call(front, staff)
        clock.moved += timedelta(days=2)  # its day has passed
        return made

    def may(staff: str, meeting: str) -> bool:
        shown = front.hub.convening.view(front.who(staff), meeting).may_hold
        waits = "meeting_to_hold" in tasks(front, staff, meeting)
        try:
            hold(front, meeting, staff)
        except NotPermitted:
            assert (shown, waits) == (False, False)
            return False
        assert (shown, waits) == (True, True)
        return True

    meeting = called()
    for outsider in (SCREENER, DECIDER):  # of the front door: they know of it, were not there and did not call it
        assert not may(outsider, meeting)
    assert not may(POLICE, meeting)  # sits there, and may neither chair nor lead for a child
    assert may(NURSE, meeting)  # sits there, and takes notes
    assert may(HELPER, called())
    assert may(MANAGER, called())
    assert may(SCREENER, called(SCREENER))
    assert tasks(front, SCREENER, meeting) == set()
    clock.moved = timedelta(0)
