"""Who holds a MASH enquiry: nobody, then exactly one; graded from receipt; a red one that nobody takes rings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain import holding
from hub.domain.alert import AlertRung
from hub.domain.enquiry import (
    FRONT_DOOR,
    Enquiry,
    EnquiryAssigned,
    EnquiryGraded,
    EnquiryRung,
    HandOverAccepted,
    evolve,
)
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.holding import CHAIN, Chain, chain_of, grades_of
from policies.partnerships import load_partnership, partnerships
from tests.domain.test_enquiry import OPEN, decided

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GRADES = ("red", "amber", "green")
PEOPLE = ("ann", "bob", "cat")


def after(enquiry: Enquiry, *facts: Any) -> Enquiry:
    for fact in facts:
        enquiry = evolve(enquiry, fact)
    return enquiry


def held_by(name: str) -> Enquiry:
    return after(OPEN, *holding.claim(OPEN, name))


def graded(enquiry: Enquiry, grade: str, hours: int, reason: str = "Both parents are away.") -> EnquiryGraded:
    return holding.graded(
        enquiry, grade, GRADES, received=NOON, due=NOON + timedelta(hours=hours), reason=reason, by="ann"
    )


def test_nobody_takes_what_somebody_holds_or_hands_over_what_is_not_theirs() -> None:
    held = held_by("ann")
    offered = after(held, *holding.offer(held, "bob", "ann", supervises=False))
    for wrong, field in (
        (lambda: holding.claim(held, "bob"), "holder"),
        (lambda: holding.offer(OPEN, "bob", "ann", supervises=True), "holder"),
        (lambda: holding.offer(held, "cat", "bob", supervises=False), "holder"),
        (lambda: holding.offer(held, "ann", "ann", supervises=False), "to"),
        (lambda: holding.offer(held, "  ", "ann", supervises=False), "to"),
        (lambda: holding.offer(offered, "cat", "ann", supervises=False), "to"),
        (lambda: holding.accept(offered, "cat"), "to"),
        (lambda: holding.accept(held, ""), "to"),
        (lambda: holding.end_offer(offered, "cat", supervises=False), "to"),
        (lambda: holding.end_offer(held, "ann", supervises=True), "to"),
        (lambda: holding.assign(held, " ", "bob"), "holder"),
        (lambda: holding.claim(after(OPEN, decided("c1")), "ann"), "enquiry"),
    ):
        with pytest.raises(Refused) as refused:
            wrong()
        assert refused.value.field == field


def test_a_hand_over_leaves_it_with_the_holder_until_the_other_accepts() -> None:
    held = held_by("ann")
    offered = after(held, *holding.offer(held, "bob", "ann", supervises=False))
    assert (offered.holder, offered.offered) == ("ann", "bob")
    taken = after(offered, *holding.accept(offered, "bob"))
    assert (taken.holder, taken.offered, taken.team) == ("bob", "", ("staff-1", "ann", "bob"))
    declined = after(offered, *holding.end_offer(offered, "bob", supervises=False))
    assert (declined.holder, declined.offered) == ("ann", "")
    assert [fact.why for fact in holding.end_offer(offered, "ann", supervises=False)] == ["taken_back"]
    assert after(offered, *holding.assign(offered, "cat", "boss")).offered == ""  # the offer was another's to make


ACTS = st.lists(st.tuples(st.sampled_from(["claim", "assign", "offer", "accept", "end"]), st.sampled_from(PEOPLE),
                          st.sampled_from(PEOPLE), st.booleans()), max_size=30)  # fmt: skip


@given(ACTS)
def test_once_it_is_held_exactly_one_person_holds_it_whatever_anybody_tries(
    acts: list[tuple[str, str, str, bool]],
) -> None:
    state, holders = OPEN, list[str]()
    for what, by, to, supervises in acts:
        before = state.holder
        try:
            facts: list[Fact] = list(_try(state, what, by, to, supervises=supervises))
        except Refused:
            facts = []
        state = after(state, *facts)
        assert state.holder in PEOPLE or (not state.holder and not before)
        if what == "offer":
            assert state.holder == before
        if what == "accept" and facts:
            assert state.holder == by
        assert state.offered != state.holder or not state.holder
        holders.append(state.holder)
    first = next((n for n, holder in enumerate(holders) if holder), len(holders))
    assert all(holders[first:])


def _try(state: Enquiry, what: str, by: str, to: str, *, supervises: bool) -> Any:
    match what:
        case "claim":
            return holding.claim(state, by)
        case "assign":
            return holding.assign(state, to, by)
        case "offer":
            return holding.offer(state, to, by, supervises=supervises)
        case "accept":
            return holding.accept(state, by)
        case _:
            return holding.end_offer(state, by, supervises=supervises)


def test_a_grade_is_one_of_the_partnership_with_a_reason_and_another_than_before() -> None:
    amber = after(OPEN, graded(OPEN, "amber", 24))
    for enquiry, grade, reason, field in (
        (OPEN, "purple", "Because.", "grade"),
        (OPEN, "", "Because.", "grade"),
        (OPEN, "red", " ", "reason"),
        (amber, "amber", "Because.", "grade"),
        (after(OPEN, decided("c1")), "red", "Because.", "enquiry"),
    ):
        with pytest.raises(Refused) as refused:
            graded(enquiry, grade, 4, reason)
        assert refused.value.field == field


def test_a_new_grade_runs_from_receipt_and_keeps_the_due_time_before_it() -> None:
    amber = after(OPEN, graded(OPEN, "amber", 24))
    red = after(amber, graded(amber, "red", 4))
    assert red.gradings == (
        EnquiryGraded(child="c1", grade="amber", received=NOON, due=NOON + timedelta(hours=24), graded_by="ann"),
        EnquiryGraded(
            child="c1", grade="red", received=NOON, due=NOON + timedelta(hours=4), before="amber",
            due_before=NOON + timedelta(hours=24), graded_by="ann",
        ),
    )  # fmt: skip


def test_a_red_one_that_nobody_claims_rings_each_role_once_a_quarter_of_an_hour_apart() -> None:
    red, chain, rung = after(OPEN, graded(OPEN, "red", 4)), Chain(), list[tuple[int, str]]()
    for minute in range(90):
        facts = holding.ring(red, NOON, chain, NOON + timedelta(minutes=minute))
        red = after(red, *facts)
        rung += [(minute, fact.role) for fact in facts]
    assert rung == [(15, CHAIN[0]), (30, CHAIN[1]), (45, CHAIN[2])]


def test_after_a_night_without_the_hub_what_is_missing_rings_step_by_step() -> None:
    red, morning = after(OPEN, graded(OPEN, "red", 4)), NOON + timedelta(hours=9)
    steps = []
    while facts := holding.ring(red, NOON, Chain(), morning):
        red = after(red, *facts)
        steps += facts
    assert steps == [EnquiryRung(step=n, role=role, since=NOON) for n, role in enumerate(CHAIN, 1)]


def test_what_is_claimed_decided_or_not_red_rings_nobody() -> None:
    late, red = NOON + timedelta(hours=1), after(OPEN, graded(OPEN, "red", 4))
    for quiet in (
        OPEN, after(OPEN, graded(OPEN, "amber", 24)), after(red, *holding.claim(red, "ann")), after(red, decided("c1")),
        after(red, graded(red, "amber", 24)),
    ):  # fmt: skip
        assert holding.ring(quiet, NOON, Chain(), late) == []


def test_what_the_rules_call_red_rings_until_somebody_takes_or_grades_it() -> None:
    late = NOON + timedelta(minutes=16)
    assert [one.step for one in holding.ring(OPEN, NOON, Chain(), late, proposed=True)] == [1]
    for quiet in (
        after(OPEN, *holding.claim(OPEN, "ann")),
        after(OPEN, graded(OPEN, "amber", 24)),
        after(OPEN, decided("c1")),
    ):
        assert holding.ring(quiet, NOON, Chain(), late, proposed=True) == []
    red = after(OPEN, EnquiryRung(step=1, role="x", since=NOON), graded(OPEN, "red", 4))
    assert [one.step for one in holding.ring(red, late, Chain(), late + timedelta(minutes=15))] == [1]


def test_an_alert_that_nobody_opens_rings_each_role_once_and_never_two_at_once() -> None:
    rung: list[tuple[AlertRung, datetime]] = []
    rang: list[tuple[int, int, str]] = []
    for minute in (14, 15, 15, 16, 29, 30, 200, 201, 215, 600):
        now = NOON + timedelta(minutes=minute)
        facts = holding.ring_alert("c1", rung, NOON, Chain(), now)
        rung += [(one, now) for one in facts]
        rang += [(minute, one.step, one.role) for one in facts]
    assert rang == [(15, 1, CHAIN[0]), (30, 2, CHAIN[1]), (200, 3, CHAIN[2])]
    again = NOON + timedelta(hours=11)  # it came back from a worker who did not answer
    assert holding.ring_alert("c1", rung, again, Chain(), again + timedelta(minutes=14)) == []
    assert [one.step for one in holding.ring_alert("c1", rung, again, Chain(), again + timedelta(minutes=15))] == [1]
    behind = holding.ring_alert("c1", rung[:1], NOON, Chain(), NOON + timedelta(minutes=29))
    assert behind == []


def test_a_red_one_whose_holder_is_gone_rings_like_one_that_nobody_ever_held() -> None:
    held = after(OPEN, graded(OPEN, "red", 4), *holding.claim(OPEN, "ann"))
    late = NOON + timedelta(minutes=16)
    assert holding.ring(held, NOON, Chain(), late) == []
    assert holding.ring(held, NOON, Chain(), late, "bob") == []  # it went to somebody else meanwhile
    assert [one.step for one in holding.ring(held, NOON, Chain(), late, "ann")] == [1]


def test_what_is_taken_or_graded_anew_rings_from_the_first_role_again() -> None:
    red = after(OPEN, graded(OPEN, "red", 4))
    rung = after(red, *(EnquiryRung(step=n, role="x", since=NOON) for n in (1, 2, 3)))
    assert (rung.rung, holding.ring(rung, NOON, Chain(), NOON + timedelta(days=1))) == (3, [])
    calm = after(rung, graded(rung, "amber", 24))
    assert after(calm, graded(calm, "red", 4)).rung == 0
    assert after(rung, *holding.claim(rung, "ann")).rung == 0


def test_what_is_offered_to_the_front_door_goes_to_whoever_of_it_takes_it_first() -> None:
    held = held_by("ann")
    offered = after(held, *holding.offer(held, FRONT_DOOR, "ann", supervises=False))
    for who, front_door in (("bob", False), ("ann", True)):
        with pytest.raises(Refused):
            holding.accept(offered, who, front_door=front_door)
    with pytest.raises(Refused):  # what went to a colleague is not the whole team's
        holding.accept(after(held, *holding.offer(held, "cat", "ann", supervises=False)), "bob", front_door=True)
    assert offered.holder == "ann"
    taken = after(offered, *holding.accept(offered, "bob", front_door=True))
    assert (taken.holder, taken.offered) == ("bob", "")
    with pytest.raises(Refused):
        holding.accept(taken, "cat", front_door=True)


@pytest.mark.parametrize(
    ("staff", "why", "by", "on_it", "field"),
    [
        ("ann", "work_done", "ann", True, "staff"),  # who holds it
        ("bob", "work_done", "cat", True, "staff"),  # a colleague who is neither
        ("bob", "", "bob", True, "why"),
        ("cat", "work_done", "ann", False, "staff"),
    ],
)
def test_nobody_takes_off_the_team_whom_they_may_not(staff: str, why: str, by: str, *, on_it: bool, field: str) -> None:
    with pytest.raises(Refused) as refused:
        holding.leave(held_by("ann"), staff, why, by, on_it=on_it, supervises=False)
    assert refused.value.field == field


def test_who_leaves_is_of_the_team_no_more_until_they_take_it_on_again() -> None:
    both = after(held_by("ann"), HandOverAccepted(holder="bob", before="ann"))
    for by, manages in (("ann", False), ("bob", False), ("cat", True)):
        out = after(both, *holding.leave(both, "ann", "moved", by, on_it=True, supervises=manages))
        assert ("ann" in out.team, out.left) == (False, frozenset({"ann"}))
    again = after(out, EnquiryAssigned(holder="ann", before="bob", assigned_by="cat"))
    assert ("ann" in again.team, again.left) == (True, frozenset())


def test_when_it_is_decided_who_held_it_and_who_decided_stay_and_the_others_part_has_ended() -> None:
    passed = after(held_by("ann"), *(HandOverAccepted(holder=one, before="") for one in ("bob", "cat")))
    assert set(passed.team) >= {"ann", "bob", "cat"}
    done = after(passed, msgspec.structs.replace(decided("c1"), decided_by="ann"))
    assert done.team == ("ann", "cat")


def test_every_partnership_names_its_grades_and_whom_a_red_one_rings() -> None:
    for name in partnerships():
        clocks = load_partnership(name)["clocks"]
        assert next(iter(grades_of(clocks))) == "red", name
        assert len(grades_of(clocks)) >= 3, name
        assert chain_of(clocks).roles, name


def test_an_edition_from_before_chains_and_grades_had_names_has_the_usual_ones() -> None:
    clocks = [{"id": "red"}, {"id": "amber"}, {"id": "decision"}]
    assert grades_of(clocks) == {"red": "Red", "amber": "Amber"}
    assert chain_of(clocks) == Chain()
    assert chain_of([{"id": "red", "ring": ["mash_manager"], "ring_minutes": 5}]) == Chain(
        ("mash_manager",), timedelta(minutes=5)
    )
