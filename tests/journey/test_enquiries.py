"""MASH enquiries on a running hub: two children in one, a red one that nobody takes, a closing that one person may not
decide, and a contact that goes to who is at it already.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.domain.alert import AlertDecided, AlertRung
from hub.domain.allocation import Allocate
from hub.domain.enquiry import ClosingProposed, EnquiryDecided, EnquiryRung, OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.forwarding import ContactForwarded
from hub.domain.identity import DecideIdentity
from hub.domain.message import FamilyTold
from hub.domain.moments import LONDON, london_day
from hub.domain.notice import NoticeSent
from hub.domain.staff import RegisterStaff
from hub.flow.act import Stale
from hub.views import store
from hub.views.models import Asker, Filters
from tests.support.enquiries import decision, today
from tests.support.messages import Child, a_child, concern, legal_status, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for

DECIDER, MANAGER, SCREENER, NIGHT = "staff-91d3b7", "staff-e58c12", "staff-c17b3d", "staff-3ae8f0"
WORKER, NAVIGATOR, AUDITOR = "staff-86d51c", "staff-7c41e0", "staff-a37d05"
WHY = "Two organisations saw that they come hungry."


class Room:
    """A hub whose roles run only while something is said, its clock, and who works there."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = MovedClock()
        self.running = RunningHub(settings_for(folder, **settings), self.clock)
        self.hub = self.running.hub
        self.hub.add_organisation("children_social_care", "Children's social care", "social_care")

    def at(self, hour: int, minute: int = 0) -> None:
        """Make it this hour, London time, of the next working day but one."""
        calendar = self.hub.edition.calendar
        assert calendar is not None
        day = london_day(self.clock.now()) + timedelta(days=1)
        while not (calendar.working_day(day) and calendar.working_day(day + timedelta(days=1))):
            day += timedelta(days=1)
        moment = datetime.combine(day + timedelta(days=1), time(hour, minute), LONDON).astimezone(UTC)
        self.clock.moved += moment - self.clock.now()

    def who(self, staff: str) -> Asker:
        return self.hub.asker(staff)

    def say(self, *said: Any) -> list[str]:
        self.running.start("intake", "relay", "views", "thresholds")
        idents = [self.running.say(one) for one in said]
        self.running.settled()
        self.running.stop()
        return idents

    def hungry(self, *children: Child) -> list[str]:
        """An alert about each of these children, who stand in the same two messages; their ids."""
        first, _ = self.say(
            concern("school", *(seen_by(one, "school", "hunger") for one in children), at=moment(3)),
            concern("health", *(seen_by(one, "health", "was_not_brought") for one in children)),
        )
        return [self.running.child_of("school", first, number) for number in range(len(children))]

    def open(self, child: str, *further: str, by: str = DECIDER, **more: Any) -> str:
        alerts = tuple(row.alert for row in self.hub.waiting_for(self.who(by), child))
        said = {"child": child, "alerts": alerts, "ground": "significant_harm", "reason": WHY, "by": by} | more
        return self.hub.open_enquiry(self.who(by), OpenEnquiry(children=further, **said))

    def decide(self, enquiry: str, child: str, by: str = DECIDER, **answers: Any) -> tuple[str, ...]:
        seen = answers.pop("read_to", self.hub.record.position())
        return self.hub.decide(self.who(by), enquiry, decision(seen, child=child, by=by, **answers))

    def kinds(self, staff: str) -> list[str]:
        return [one.kind for one in self.hub.tasks(self.who(staff)).rows]

    def facts(self, enquiry: str) -> list[str]:
        return [one.fact.NAME for one in self.running.stream(f"mash-enquiry:{enquiry}")]

    def states(self, child: str) -> list[str]:
        table = store.alert
        rows = self.hub.views.rows(select(table.c.state).where(table.c.child == child).order_by(table.c.alert))
        return [row["state"] for row in rows]

    def listed(self, staff: str, **filters: Any) -> list[tuple[str, str]]:
        return [(one.child, one.state) for one in self.hub.worklist(self.who(staff), Filters(**filters)).rows]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


# ------------------------------------------------------------------------------------------- several children in one


def test_one_contact_about_two_children_is_one_room_with_a_decision_for_each(room: Room) -> None:
    first, second = room.hungry(a_child("Ann"), a_child("Ben"))
    screener = room.who(SCREENER)
    opening = room.hub.enquiring.opening(screener, first)
    assert ([one.child for one in opening.alerts], [one.code for one in opening.beside]) == ([first], [second])
    enquiry = room.open(first, second)
    assert (room.states(first), room.states(second)) == (["in_enquiry"], ["in_enquiry"])  # the brother's alert came too
    assert "enquiry_ungraded" in room.kinds(SCREENER)
    room.hub.enquiring.grade(screener, enquiry, "amber", "Nobody is in danger tonight.")
    room.hub.enquiring.claim(screener, enquiry)
    view = room.hub.enquiry(screener, enquiry, 0)
    assert (view.grade, view.mine, [one.child for one in view.children]) == ("Amber", True, [first, second])
    assert set(room.listed(SCREENER, mine=True)) == {(first, "in_enquiry"), (second, "in_enquiry")}
    assert room.listed(DECIDER, mine=True) == []
    assert room.decide(enquiry, first) == ()
    half = room.hub.enquiry(room.who(DECIDER), enquiry, 0)
    assert (half.state, [one.state for one in half.children], half.child) == ("open", ["decided", "open"], second)
    assert (room.states(first), room.states(second)) == (["decided"], ["in_enquiry"])
    with pytest.raises(Refused, match="stands already"):
        room.decide(enquiry, first)
    room.decide(enquiry, second, level=2, outcome="child_in_need", actions=("assessment_started",))
    whole = room.hub.enquiry(room.who(DECIDER), enquiry, 0)
    assert (whole.state, [one.decision.outcome for one in whole.children if one.decision]) == (
        "decided", ["Early help offered", "Contact accepted: child in need referral"],
    )  # fmt: skip
    made = whole.children[0].decision
    assert made is not None
    assert (made.child_view, made.basis, [one.owner for one in made.plan]) == (
        "I want Mum to have help.", "public task; CA 2004 s11; cannot be given", ["The front door"],
    )  # fmt: skip
    assert room.facts(enquiry) == [
        "enquiry.opened", "enquiry.child-added", "enquiry.graded", "enquiry.claimed", "enquiry.decided", "enquiry.decided",
    ]  # fmt: skip


def test_a_child_who_turns_out_to_be_part_of_it_is_added_and_one_whom_the_asker_may_not_know_is_not_there(
    room: Room,
) -> None:
    first, other, kin = *room.hungry(a_child()), *room.hungry(a_child()), *room.hungry(a_child())
    enquiry = room.open(first)
    by = RegisterStaff(
        staff=SCREENER, organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=room.clock.now() + timedelta(days=9), related=(kin,),
    )  # fmt: skip
    room.hub.register_staff([by])
    for child in (kin, str(uuid4())):
        with pytest.raises(NotFound):
            room.hub.enquiring.add_child(room.who(SCREENER), enquiry, child, "They live together.")
    room.hub.enquiring.add_child(room.who(SCREENER), enquiry, other, "They live together.")
    assert [one.child for one in room.hub.enquiry(room.who(DECIDER), enquiry, 0).children] == [first, other]
    room.hub.enquiring.add_child(room.who(DECIDER), enquiry, kin, "A cousin, there at night.")
    for act in (
        lambda: room.hub.enquiry(room.who(SCREENER), enquiry, 0),  # now it is about their own family: it is not there
        lambda: room.hub.enquiring.claim(room.who(SCREENER), enquiry),
        lambda: room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_two_children_of_one_room_who_are_found_to_be_one_are_decided_about_under_both_names(room: Room) -> None:
    first, second = room.hungry(a_child("Ann"), a_child("Ben"))
    enquiry = room.open(first, second)
    room.decide(enquiry, first)
    wish = {"what": "merge", "person": first, "other": second, "reason": "family_confirmed", "why": "x", "by": SCREENER}
    seen = room.hub.record.position()
    merged = room.hub.identity_decide(room.who(SCREENER), DecideIdentity(seen_position=seen, **wish))  # type: ignore[arg-type]
    room.hub.identity_agree(room.who(MANAGER), merged["identity"])
    view = room.hub.enquiry(room.who(DECIDER), enquiry, 0)
    assert [(one.child, one.state, one.may_decide) for one in view.children] == [(second, "open", True)]
    room.decide(enquiry, second)
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).state == "decided"


def test_who_may_not_screen_or_supervise_does_neither(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    navigator, screener = room.who(NAVIGATOR), room.who(SCREENER)
    for act in (
        lambda: room.hub.enquiring.claim(navigator, enquiry),
        lambda: room.hub.enquiring.grade(navigator, enquiry, "red", "x"),
        lambda: room.hub.enquiring.assign(screener, enquiry, DECIDER),
        lambda: room.hub.enquiring.approve(screener, enquiry, child),
        lambda: room.hub.enquiring.advice_only(navigator),
        lambda: room.hub.forwardings.allocate(screener, _wish(child)),
        lambda: room.hub.forwardings.forward(navigator, child),
    ):
        with pytest.raises(NotPermitted):
            act()
    manager = room.who(MANAGER)
    for staff in (NAVIGATOR, "staff-gone", ""):
        with pytest.raises(Refused):
            room.hub.enquiring.assign(manager, enquiry, staff)
    assert room.facts(enquiry) == ["enquiry.opened"]


# ----------------------------------------------------------------------------------------------------- held, handed over


def test_a_hand_over_waits_as_a_task_until_the_other_takes_it(room: Room) -> None:
    room.at(20)  # by day who works at night knows of no child whom nobody asked them about
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    with pytest.raises(Refused, match="Somebody holds"):
        room.hub.enquiring.claim(room.who(NIGHT), enquiry)
    room.hub.enquiring.offer(room.who(SCREENER), enquiry, NIGHT, "The school rings back at six.")
    assert [(one.kind, one.what) for one in room.hub.tasks(room.who(MANAGER)).rows if one.kind == "hand_over"] == [
        ("hand_over", "A hand-over waits to be accepted")
    ]
    assert "hand_over" not in room.kinds(DECIDER)  # who neither holds it, nor is asked, nor manages
    view = room.hub.enquiry(room.who(SCREENER), enquiry, 0)
    assert (view.mine, view.hand_over) == (True, "The school rings back at six.")
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).hand_over != ""  # who is on the team reads it, and
    assert room.hub.enquiry(room.who(MANAGER), enquiry, 0).hand_over == ""  # who is not on it does not
    room.hub.enquiring.assign(room.who(MANAGER), enquiry, DECIDER)
    assert room.hub.enquiry(room.who(DECIDER), enquiry, 0).mine
    assert "hand_over" not in room.kinds(MANAGER)


# ------------------------------------------------------------------------------------------------------------- red


def test_a_red_one_that_nobody_takes_rings_role_after_role_once_through_restarts(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    assert room.hub.watch().turn() == 0
    assert room.hub.tasks(room.who(SCREENER)).rows[0].kind == "red_unclaimed"
    paged = []
    for minutes in (14, 16, 16, 31, 40, 46, 120):
        room.clock.moved = timedelta(minutes=minutes)
        before = len(room.hub.paged)
        room.hub.watch().turn()  # a new one each time: as after a restart
        room.hub.watch().turn()
        room.hub.views.catch_up("record", room.hub.record)
        paged.append(len(room.hub.paged) - before)
    assert paged == [0, 1, 0, 1, 0, 1, 0]
    rung = [one.fact for one in room.running.stream(f"mash-enquiry:{enquiry}") if isinstance(one.fact, EnquiryRung)]
    assert [(one.step, one.role) for one in rung] == [
        (1, "decision_maker"), (2, "mash_manager"), (3, "out_of_hours_worker"),
    ]  # fmt: skip
    assert "3 roles were rung" in room.hub.tasks(room.who(SCREENER), "red_unclaimed").rows[0].what


def strangled(room: Room, child: Child) -> str:
    (ident,) = room.say(concern("police", seen_by(child, "police", "strangulation_of_child")))
    return room.running.child_of("police", ident)


def rings(room: Room, minutes: int) -> list[str]:
    """What somebody is rung about by turns of the watch at that minute, each by a watch that has just started."""
    room.clock.moved = timedelta(minutes=minutes)
    before = len(room.hub.paged)
    for _ in range(2):
        room.hub.watch().turn()
    room.hub.views.catch_up("record", room.hub.record)
    return room.hub.paged[before:]


def ungraded(room: Room) -> list[tuple[str, bool]]:
    return [(one.what, one.red) for one in room.hub.tasks(room.who(SCREENER), "enquiry_ungraded").rows]


def test_what_the_rules_call_red_rings_before_anybody_opens_it_and_before_anybody_grades_it(room: Room) -> None:
    child = strangled(room, a_child("Ann"))
    (calm,) = room.hungry(a_child("Ben"))
    known = f"child {child[:8].upper()}"
    assert [rings(room, at) for at in (14, 17, 18, 34, 51, 300)] == [[], [known], [], [known], [known], []]
    rung = [one for one in room.running.facts() if isinstance(one.fact, AlertRung)]
    assert [(one.fact.step, one.fact.role) for one in rung if isinstance(one.fact, AlertRung)] == [
        (1, "decision_maker"), (2, "mash_manager"), (3, "out_of_hours_worker"),
    ]  # fmt: skip
    told = [one.words for one in room.hub.audit(room.who(AUDITOR), child, None).facts]
    assert told.count("A red alert that nobody had opened rang somebody") == 3
    enquiry = room.open(child)
    room.open(calm)
    assert ungraded(room)[0] == ("A MASH enquiry has no grade yet, and the rules propose red", True)
    assert ungraded(room)[1] == ("A MASH enquiry has no grade yet", False)
    assert [rings(room, at) for at in (314, 317, 320)] == [[], [enquiry], []]
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "amber", "The father is in custody.")
    assert [rings(room, at) for at in (340, 500)] == [[], []]  # a person has looked, and said otherwise
    assert [red for _, red in ungraded(room)] == [False]


def test_what_the_rules_call_red_rings_nobody_once_it_is_held_and_rings_again_for_another_child(room: Room) -> None:
    child = strangled(room, a_child("Ann"))
    enquiry = room.open(child)
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    assert rings(room, 60) == []
    other = strangled(room, a_child("Ben"))
    assert rings(room, 74) == []
    assert rings(room, 78) == [f"child {other[:8].upper()}"]
    assert enquiry not in room.hub.paged


def test_who_may_not_know_of_a_child_sees_no_red_of_its_alert_in_the_task_about_another(room: Room) -> None:
    first, second = room.hungry(a_child("Ann"), ben := a_child("Ben"))
    assert strangled(room, ben) == second
    room.open(first, second)
    assert ungraded(room) == [("A MASH enquiry has no grade yet, and the rules propose red", True)]
    by = RegisterStaff(
        staff=SCREENER, organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=room.clock.now() + timedelta(days=9), related=(second,),
    )  # fmt: skip
    room.hub.register_staff([by])
    assert ungraded(room) == [("A MASH enquiry has no grade yet", False)]


def test_a_red_one_that_is_taken_in_time_rings_nobody_and_its_clock_ran_from_receipt(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    screener = room.who(SCREENER)
    room.hub.enquiring.grade(screener, enquiry, "amber", "It can wait for the morning.")
    room.clock.moved = timedelta(hours=3)
    room.hub.enquiring.grade(screener, enquiry, "red", "The father is on his way.")
    room.hub.enquiring.claim(screener, enquiry)
    room.clock.moved = timedelta(hours=9)
    assert room.hub.watch().turn() == 0
    view = room.hub.enquiry(screener, enquiry, 0)
    received = view.received
    assert received is not None
    assert [(one.grade, one.due - received) for one in view.gradings] == [
        ("Red", timedelta(hours=4)), ("Amber", timedelta(hours=24)),
    ]  # fmt: skip
    assert (view.clock_due, view.overdue) == (received + timedelta(hours=4), True)
    assert "enquiry_overdue" in room.kinds(SCREENER)


def test_a_stale_decision_asks_again_and_at_red_stands_with_what_was_unread_as_a_task(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    enquiry = room.open(child)
    read_to = room.hub.record.position()
    room.say(concern("police", seen_by(hungry, "police", "domestic_abuse_incident")))
    with pytest.raises(Stale):
        room.decide(enquiry, child, read_to=read_to)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    with pytest.raises(Stale):  # a closing that a manager must agree to is not so urgent that it may go unread
        room.decide(enquiry, child, read_to=read_to, outcome="no_further_action", seen="not_seen")
    room.decide(enquiry, child, read_to=read_to, outcome="strategy_discussion", actions=("police_called",))
    fact = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert isinstance(fact, EnquiryDecided)
    news = [one.position for one in room.running.stream(f"child:{child}") if one.position > read_to]
    assert (fact.unseen, fact.grade) == (tuple(news), "red")
    assert not {one.partition("/")[0] for one in fact.evidence} & _messages(room, child, read_to)
    (task,) = [one for one in room.hub.tasks(room.who(SCREENER)).rows if one.kind == "unseen"]
    assert (task.child, task.red) == (child, True)
    (unread,) = room.hub.enquiry(room.who(DECIDER), enquiry, 0).children[0].unseen
    assert unread.startswith("Police: Domestic")
    room.hub.enquiring.read_unseen(room.who(DECIDER), enquiry, child)
    assert "unseen" not in room.kinds(SCREENER)
    with pytest.raises(Refused):
        room.hub.enquiring.read_unseen(room.who(DECIDER), enquiry, child)


def _messages(room: Room, child: str, after: int) -> set[str]:
    return {
        one.fact.signal.id.partition("/")[0]  # type: ignore[attr-defined]
        for one in room.running.stream(f"child:{child}")
        if one.position > after
    }


def test_whoever_sent_what_is_graded_red_gets_a_receipt_with_the_clock_and_the_number_to_ring(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    screener = room.who(SCREENER)
    room.hub.enquiring.grade(screener, enquiry, "amber", "It can wait for the morning.")
    assert [one for one in room.running.facts() if isinstance(one.fact, NoticeSent)] == []
    room.hub.enquiring.grade(screener, enquiry, "red", "The father is on his way.")
    receipts = [one.fact for one in room.running.facts() if isinstance(one.fact, NoticeSent)]
    due = room.hub.enquiry(screener, enquiry, 0).clock_due
    assert due is not None
    assert {(one.organisation, one.kind) for one in receipts} == {("school", "receipt"), ("health", "receipt")}
    assert {one.codes for one in receipts} == {
        (("grade", "red"), ("due", due.isoformat()), ("telephone", "01632 960 102"))
    }


def test_where_telling_might_endanger_a_red_receipt_says_whom_to_ring_and_no_more(room: Room) -> None:
    known, risk = a_child(), FamilyTold(False, why_not="increases_risk")
    first, _ = room.say(
        concern("school", seen_by(known, "school", "hunger"), at=moment(3)),
        concern("health", seen_by(known, "health", "was_not_brought"), family_told=risk),
    )
    enquiry = room.open(room.running.child_of("school", first))
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    receipts = [one.fact for one in room.running.facts() if isinstance(one.fact, NoticeSent)]
    assert {(one.organisation, one.codes) for one in receipts} == {
        (name, (("telephone", "01632 960 102"),)) for name in ("school", "health")
    }


# ---------------------------------------------------------------------------------------------------- a named manager


def test_a_closing_without_the_child_seen_waits_for_a_manager_other_than_who_proposed_it(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child, by=MANAGER)
    waits = room.decide(
        enquiry, child, by=MANAGER, outcome="no_further_action", actions=("advice_given",), seen="not_seen"
    )
    assert waits == ("not_seen",)
    assert room.facts(enquiry)[-1] == ClosingProposed.NAME
    assert room.states(child) == ["in_enquiry"]  # nothing was decided yet
    assert "closing" not in room.kinds(MANAGER)  # who proposed it is asked nothing
    with pytest.raises(Refused, match="other than who proposed"):
        room.hub.enquiring.approve(room.who(MANAGER), enquiry, child)
    with pytest.raises(NotPermitted):
        room.hub.enquiring.approve(room.who(DECIDER), enquiry, child)
    another = _manager(room, "staff-m2")
    assert "closing" in [one.kind for one in room.hub.tasks(another).rows]
    room.hub.enquiring.send_back(another, enquiry, child, "Somebody must see him first.")
    assert room.hub.enquiry(another, enquiry, 0).children[0].state == "open"
    room.decide(enquiry, child, outcome="information_and_advice", actions=("advice_given",), seen="not_seen")
    room.hub.enquiring.approve(another, enquiry, child)
    decided = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert isinstance(decided, EnquiryDecided)
    assert (decided.decided_by, decided.approved_by, decided.managers) == (DECIDER, "staff-m2", ("not_seen",))
    assert room.states(child) == ["decided"]
    counted = room.hub.enquiring.advice_only(room.who(MANAGER))
    assert (counted.advice_only, counted.decided, counted.enquiries) == (1, 1, (enquiry,))


def test_what_came_in_after_a_closing_was_proposed_sends_it_back(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    enquiry = room.open(child)
    room.decide(enquiry, child, outcome="no_further_action", actions=("advice_given",), seen="not_seen")
    room.say(concern("police", seen_by(hungry, "police", "domestic_abuse_incident")))
    with pytest.raises(Refused, match="send it back"):
        room.hub.enquiring.approve(room.who(MANAGER), enquiry, child)
    assert room.facts(enquiry)[-1] == ClosingProposed.NAME


def test_at_the_third_referrer_within_a_year_nobody_closes_alone(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    room.say(concern("police", seen_by(hungry, "police", "domestic_abuse_incident")))
    enquiry = room.open(child)
    assert room.decide(enquiry, child, outcome="no_further_action", actions=("advice_given",)) == ("third_referral",)


def test_section_47_is_opened_by_a_strategy_discussion_alone(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    with pytest.raises(Refused, match="strategy discussion") as refused:
        room.decide(enquiry, child, outcome="section_47", actions=("police_called",))
    assert refused.value.field == "outcome"


# ------------------------------------------------------------------------------------------------------- already open


def test_a_contact_about_a_child_with_a_worker_goes_to_them_and_is_not_screened_again(room: Room) -> None:
    hungry = a_child()
    (ident,) = room.say(concern("school", seen_by(hungry, "school", "poor_hygiene"), at=moment(30)))
    child = room.running.child_of("school", ident)
    worker = room.who(WORKER)
    with pytest.raises(NotFound):
        room.hub.picture(worker, child, "")
    room.hub.forwardings.allocate(room.who(MANAGER), _wish(child))
    assert room.hub.picture(worker, child, "").child == child  # the allocated worker reads codes, from now on
    room.hungry(hungry)
    assert set(room.listed(SCREENER)) == {(child, "open")}
    assert room.hub.watch().turn() == 1
    room.hub.views.catch_up("record", room.hub.record)
    assert (room.listed(SCREENER), set(room.listed(SCREENER, state="forwarded"))) == ([], {(child, "forwarded")})
    (task,) = room.hub.tasks(worker, "forwarded_to_me").rows
    assert (task.child, task.href) == (child, "/forwarded")
    opening = room.hub.enquiring.opening(room.who(SCREENER), child)
    assert [one.words for one in opening.already] == ["Child in need (section 17): an allocated worker"]
    with pytest.raises(Refused) as refused:
        room.open(child)
    assert refused.value.field == "anyway"
    (row,) = room.hub.forwardings.forwarded(worker).rows
    assert (row.mine, any("Health" in one for one in row.about)) == (True, True)
    with pytest.raises(Refused, match="another worker"):
        room.hub.forwardings.acknowledge(room.who(SCREENER), row.forwarding)
    room.hub.forwardings.acknowledge(worker, row.forwarding)
    settled = {one.fact.decision for one in room.running.alerts(child) if isinstance(one.fact, AlertDecided)}
    assert settled == {f"forwarding:{row.forwarding}@2"}
    assert (room.kinds(WORKER), room.listed(SCREENER)) == ([], [])
    enquiry = room.open(child, anyway="It is about another danger.")
    room.decide(enquiry, child, outcome="other_organisation", acting=f"forwarding:{row.forwarding}",
                actions=("advice_given",))  # fmt: skip


def test_what_a_worker_does_not_answer_in_time_is_back_on_the_worklist_and_a_task(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    room.hub.forwardings.allocate(room.who(MANAGER), _wish(child))
    ident = room.hub.forwardings.forward(room.who(SCREENER), child)
    assert room.listed(SCREENER) == []
    room.clock.moved = timedelta(days=9)
    assert room.listed(SCREENER) == [(child, "open")]
    assert "forwarding_unanswered" in room.kinds(SCREENER)
    assert room.hub.watch().turn() == 0  # it does not go there again by itself
    room.hub.forwardings.pass_back(room.who(WORKER), ident, "cannot_act_in_time", "I am away.")
    assert "forwarding_back" in room.kinds(SCREENER)
    room.open(child, anyway="The worker is away.")
    assert "forwarding_back" not in room.kinds(SCREENER)


def test_a_concern_that_led_to_no_alert_goes_to_the_worker_too_once(room: Room) -> None:
    known = a_child()
    (ident,) = room.say(concern("school", seen_by(known, "school", "poor_hygiene"), at=moment(30)))
    child = room.running.child_of("school", ident)
    room.hub.forwardings.allocate(room.who(MANAGER), _wish(child))
    room.say(concern("police", seen_by(known, "police", "poor_hygiene")))
    assert room.hub.watch().turn() == 0  # an alert might still come of it
    room.clock.moved = timedelta(seconds=90)
    assert (room.hub.watch().turn(), room.hub.watch().turn()) == (1, 0)
    (sent,) = [one.fact for one in room.running.facts() if isinstance(one.fact, ContactForwarded)]
    assert (sent.child, sent.to, len(sent.messages), sent.alerts) == (child, WORKER, 1, ())  # not what came before


def test_a_worker_is_somebody_who_may_be_one_and_nobody_is_closed_on_what_was_not_accepted(room: Room) -> None:
    (child,) = room.hungry(a_child())
    manager = room.who(MANAGER)
    for wrong in (
        {"worker": DECIDER},
        {"worker": "staff-gone"},
        {"ground": "x"},
        {"since": today() + timedelta(days=1)},
    ):
        with pytest.raises(Refused):
            room.hub.forwardings.allocate(manager, _wish(child, **wrong))
    with pytest.raises(Refused, match="Nobody is at it"):
        room.hub.forwardings.forward(room.who(SCREENER), child)
    with pytest.raises(Refused):
        room.hub.forwardings.end_allocation(manager, child, "step_down")
    room.hub.forwardings.allocate(manager, _wish(child))
    ident = room.hub.forwardings.forward(room.who(SCREENER), child)
    enquiry = room.open(child, anyway="It is about another danger.")
    with pytest.raises(Refused, match="has accepted"):  # the worker has not said that they have it
        room.decide(
            enquiry, child, outcome="other_organisation", acting=f"forwarding:{ident}", actions=("advice_given",)
        )
    room.hub.forwardings.end_allocation(manager, child, "step_down")
    assert room.hub.enquiring.already(child) == ()


def test_a_status_that_an_organisation_told_of_is_shown_before_a_room_opens(room: Room) -> None:
    hungry = a_child()
    (child,) = room.hungry(hungry)
    room.say(legal_status("council", hungry.known_to("council"), "child_protection_plan", started=date(2026, 1, 5)))
    told = room.hub.enquiring.opening(room.who(SCREENER), child).on_record
    assert told == ("Legal status: child protection plan, as Council recorded",)
    began, over = date(2026, 1, 5), today() - timedelta(days=2)
    room.say(legal_status("council", hungry.known_to("council"), "child_protection_plan", started=began, ended=over))
    assert room.hub.enquiring.opening(room.who(SCREENER), child).on_record == ()
    room.say(legal_status("council", hungry.known_to("council"), "child_in_need", started=over))
    told = room.hub.enquiring.opening(room.who(SCREENER), child).on_record
    assert told == ("Legal status: child in need, as Council recorded",)
    room.say(legal_status("council", hungry.known_to("council"), "none", started=today() - timedelta(days=1)))
    assert room.hub.enquiring.opening(room.who(SCREENER), child).on_record == ()


def _wish(child: str, **otherwise: Any) -> Allocate:
    said = {"child": child, "worker": WORKER, "since": today(), "ground": "child_in_need", "by": MANAGER}
    return Allocate(**{**said, **otherwise})


def _manager(room: Room, staff: str) -> Asker:
    wish = RegisterStaff(
        staff=staff, organisation="children_social_care", setting="mash", roles=("mash_manager",),
        ig_trained_until=room.clock.now() + timedelta(days=9),
    )  # fmt: skip
    room.hub.register_staff([wish])
    return Asker(staff, "children_social_care", "mash", ("mash_manager",))
