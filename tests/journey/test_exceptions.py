"""Exceptions through the hub's own front: what opens, to whom, until when, and what is loud about it."""

from collections.abc import Callable

import msgspec
import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.exceptional import BreakTheGlass
from hub.domain.exceptions import OverrideApproved
from hub.domain.ledger import Asked
from hub.views.models import Filters
from tests.support.exceptional import WHY, Front, front, who
from tests.support.identities import somebody
from tests.support.messages import an_adult, concern, seen_by
from tests.support.partnership import RunningHub

OwnHub = Callable[..., RunningHub]


@pytest.fixture
def here(own_hub: OwnHub) -> Front:
    return front(own_hub)


def test_an_override_opens_what_it_names_to_who_asked_once_another_person_agreed_and_lapses_by_itself(
    here: Front,
) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.seen(child, "police")
    assert here.words("staff-officer", known) == set()
    address = here.override("staff-officer", known, organisations=("health",), hours=2)
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == ("waits", set())
    here.exceptions.agree(who("staff-guardian"), address)
    assert here.words("staff-officer", known) == {"Health"}
    assert here.words("staff-screener", known) == set()  # to who asked alone
    here.clock.forward(hours=2)
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == ("lapsed", set())


def test_what_an_override_does_not_name_stays_closed_and_refusals_with_it(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.seen(child, "police")
    address = here.override("staff-officer", known, categories=("voice",))
    here.exceptions.agree(who("staff-manager"), address)
    assert here.words("staff-officer", known) == set()


def test_by_day_an_override_waits_and_after_a_day_it_cannot_be_agreed_to(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    here.clock.forward(hours=24)
    with pytest.raises(Refused, match=r"This is over \(lapsed\)"):
        here.exceptions.agree(who("staff-manager"), address)
    assert here.exceptions.overview(who("staff-manager")).to_review == ()  # it opened nothing


def test_out_of_hours_an_override_works_at_once_and_lapses_after_four_hours_without_a_second_person(
    here: Front,
) -> None:
    known = here.seen(somebody(), "health")
    here.clock.at(22)
    address = here.override("staff-officer", known)
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == (
        "works_until_second", {"Health"},
    )  # fmt: skip
    here.clock.forward(hours=4)
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == ("lapsed", set())
    with pytest.raises(Refused, match="lapsed"):
        here.exceptions.agree(who("staff-manager"), address)
    with pytest.raises(Refused, match="Nobody agreed to the one that you asked for within the last day"):
        here.override("staff-officer", known)
    here.clock.at(11)
    assert [row.ref for row in here.exceptions.overview(who("staff-manager")).to_review] == [address]


def test_out_of_hours_it_works_until_the_offices_open_and_goes_on_once_agreed_to(here: Front) -> None:
    known = here.seen(somebody(), "health")
    here.clock.at(6)
    address = here.override("staff-officer", known)
    here.clock.at(9)
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == ("waits", set())
    here.exceptions.agree(who("staff-manager"), address)
    assert here.words("staff-officer", known) == {"Health"}
    here.clock.forward(hours=21)
    assert here.words("staff-officer", known) == set()  # a day from when it first worked


def test_nobody_agrees_to_their_own_twice_or_in_turn(here: Front) -> None:
    known = here.seen(somebody(), "health")
    own = here.override("staff-manager", known)
    with pytest.raises(Refused, match="somebody other than who asked"):
        here.exceptions.agree(who("staff-manager"), own)
    other = here.override("staff-manager-2", known)
    with pytest.raises(Refused, match="You asked for an exception about the same child"):
        here.exceptions.agree(who("staff-manager-2"), own)
    here.exceptions.agree(who("staff-guardian"), own)
    with pytest.raises(Refused, match="Somebody has agreed to this already"):
        here.exceptions.agree(who("staff-guardian"), own)
    with pytest.raises(NotPermitted):
        here.exceptions.agree(who("staff-decider"), other)
    with pytest.raises(Refused, match="You have asked this already"):
        here.override("staff-manager", known)


def test_who_does_not_agree_says_why_and_nothing_opens(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    with pytest.raises(Refused, match="in your own words"):
        here.exceptions.decline(who("staff-manager"), address, " ")
    here.exceptions.decline(who("staff-manager"), address, "Ask the mother first.")
    assert (here.state("staff-manager", address), here.words("staff-officer", known)) == ("declined", set())
    with pytest.raises(Refused, match=r"over \(declined\)"):
        here.exceptions.agree(who("staff-guardian"), address)


def test_who_agrees_or_goes_through_it_reads_the_reason_and_who_asked_does_not_need_to(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    read = {
        staff: here.exceptions.one(who(staff), address).why for staff in ("staff-manager", "staff-guardian", "staff-ig")
    }
    assert read == dict.fromkeys(("staff-manager", "staff-guardian", "staff-ig"), WHY)
    assert here.exceptions.one(who("staff-officer"), address).why == ""
    with pytest.raises(NotPermitted):
        here.exceptions.one(who("staff-auditor"), address)
    with pytest.raises(NotFound):  # somebody else's, like one that there is not
        here.exceptions.one(who("staff-screener"), address)


def test_the_glass_is_broken_for_half_an_hour_by_one_person_for_one_child(here: Front) -> None:
    child = somebody()
    known, other = here.seen(child, "health"), here.seen(somebody(), "health")
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")
    here.clock.at(2)
    address = here.glass("staff-night", known)
    assert here.words("staff-night", known) == {"Health"}
    assert [(one.ref, one.child) for one in here.exceptions.open_now(who("staff-night"))] == [(address, known)]
    assert here.exceptions.open_now(who("staff-decider")) == ()
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), other, "")
    with pytest.raises(Refused, match="broken for this child already"):
        here.glass("staff-night", known)
    here.clock.forward(minutes=30)
    assert here.exceptions.open_now(who("staff-night")) == ()
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")


def test_the_glass_stays_whole_without_a_fresh_confirmation_an_acknowledgement_and_a_reason(here: Front) -> None:
    known = here.seen(somebody(), "health")
    head, now = here.hub.record.position(), here.clock.now()
    for missing, field in (
        ({"confirmed_at": None}, "confirmed"), ({"confirmed_at": now.replace(year=now.year - 1)}, "confirmed"),
        ({"acknowledged": False}, "acknowledged"), ({"why": " "}, "why"), ({"reason": "curious"}, "reason"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            here.glass("staff-night", known, **missing)
        assert refused.value.field == field
    with pytest.raises(NotPermitted):
        here.glass("staff-officer", known)
    with pytest.raises(NotFound):
        here.glass("staff-night", "nobody")
    assert here.hub.record.position() == head


def test_ended_it_opens_nothing_and_is_ended_once(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.glass("staff-decider", known)
    here.exceptions.end(who("staff-decider"), address)
    assert (here.words("staff-decider", known), here.exceptions.open_now(who("staff-decider"))) == (set(), ())
    with pytest.raises(Refused, match="over already"):
        here.exceptions.end(who("staff-decider"), address)
    again = here.glass("staff-decider", known)
    here.exceptions.end(who("staff-manager"), again)  # who goes through exceptions may stop one
    assert here.words("staff-decider", known) == set()


def test_somebody_else_goes_through_it_and_until_then_it_is_a_task_and_then_a_report(here: Front) -> None:
    known = here.seen(somebody(), "health")
    here.clock.at(2)
    address = here.glass("staff-manager", known)
    here.words("staff-manager", known)
    here.clock.forward(minutes=31)

    def kinds(staff: str) -> list[tuple[str, bool]]:
        return [(task.kind, task.overdue) for task in here.tasks(staff)]

    assert kinds("staff-manager") == []  # never who opened it
    assert kinds("staff-manager-2") == kinds("staff-ig") == kinds("staff-guardian") == [("exception_review", False)]
    here.clock.at(16)
    assert kinds("staff-ig") == [("exception_review", False)]
    here.clock.forward(days=1, hours=2)
    assert kinds("staff-ig") == [("exception_report", True)]
    assert kinds("staff-manager-2") == [("exception_review", True)]
    with pytest.raises(Refused, match="Somebody else goes through it"):
        here.exceptions.review(who("staff-manager"), address, "justified", "It was I.")
    with pytest.raises(Refused, match="Select what came of it"):
        here.exceptions.review(who("staff-ig"), address, "fine", "Looked.")
    here.exceptions.review(who("staff-ig"), address, "wider_than_needed", "She needed the address only.")
    assert kinds("staff-ig") == kinds("staff-guardian") == []
    with pytest.raises(Refused, match="gone through already"):
        here.exceptions.review(who("staff-guardian"), address, "justified", "Mine.")
    view = here.exceptions.one(who("staff-guardian"), address)
    assert (view.row.reviewed, view.review) == ("Justified, and wider than was needed", "She needed the address only.")


def test_it_is_loud_on_the_ledger_in_the_counts_and_to_the_organisations_whose_words_opened(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.seen(child, "police")
    address = here.glass("staff-decider", known)
    here.words("staff-decider", known)
    here.words("staff-decider", known)
    view = here.exceptions.one(who("staff-ig"), address)
    assert [(look.page, look.organisations) for look in view.looks] == [("child page", ("Health", "Police"))] * 2
    assert view.told_to == ("Health", "Police")
    notices = [one.fact for one in here.running.facts() if one.fact.NAME == "notice.sent"]
    told = [(n.organisation, n.kind, n.child, n.codes) for n in notices]  # type: ignore[attr-defined]
    codes = (("exception", "break_glass"), ("reason", "immediate_danger"))
    assert sorted(told) == [(one, "opened_by_exception", known, codes) for one in ("health", "police")]
    people = here.exceptions.overview(who("staff-ig")).people
    assert [(one.staff, one.break_glass, one.unreviewed) for one in people] == [
        ("Decision maker (staff-decider)", 1, 1)
    ]


def test_three_emergencies_that_nobody_went_through_are_enough_for_one_person(here: Front) -> None:
    for _ in range(3):
        here.glass("staff-night", here.seen(somebody(), "health"))
    last = here.seen(somebody(), "health")
    with pytest.raises(Refused, match="3 of your emergencies"):
        here.glass("staff-night", last)


@pytest.mark.parametrize("staff", ["staff-decider", "staff-night", "staff-manager"])
def test_nobody_opens_their_own_family_by_any_exception_and_the_look_is_reported_without_their_knowing(
    here: Front, staff: str
) -> None:
    known = here.seen(somebody(), "health")
    here.enlist({staff: (known,)})
    here.clock.at(22)
    for way in (here.override, here.glass):
        with pytest.raises(NotFound, match="or none that you may know of"):
            way(staff, known)
    with pytest.raises(NotFound):
        here.hub.picture(who(staff), known, "")
    assert [
        one.fact.NAME for one in here.running.facts() if one.fact.NAME.startswith(("override", "break-glass"))
    ] == []
    (row,) = here.exceptions.overview(who("staff-ig")).family
    assert (row.staff, row.looks) == (staff, 3)
    assert [task.kind for task in here.tasks("staff-guardian")] == ["own_family"]
    assert here.exceptions.overview(who("staff-manager-2")).family == ()  # for who answers for information alone
    here.exceptions.review_family(who("staff-ig"), staff, row.until, "misuse_suspected")
    assert (here.exceptions.overview(who("staff-ig")).family, here.tasks("staff-guardian")) == ((), [])


def test_who_turns_out_to_be_family_loses_what_an_exception_had_opened(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.glass("staff-decider", known)
    assert here.words("staff-decider", known) == {"Health"}
    here.enlist({"staff-decider": (known,)})
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-decider"), known, "")
    with pytest.raises(NotFound):
        here.exceptions.one(who("staff-decider"), address)


def test_an_approver_does_not_agree_about_their_own_family(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    here.enlist({"staff-guardian": (known,), "staff-manager": (known,)})
    for staff in ("staff-guardian", "staff-manager"):
        with pytest.raises(NotFound):
            here.exceptions.agree(who(staff), address)


def test_nobody_alone_joins_somebody_else_to_the_child_whom_an_exception_opened(here: Front) -> None:
    like = somebody()
    known = here.seen(like, "school")
    doubt = here.in_doubt(like, "health")
    address = here.override("staff-screener", known)
    here.exceptions.agree(who("staff-manager"), address)
    assert here.words("staff-screener", known) == {"School"}
    here.settled("same", doubt, other=known)  # one person alone, and the other's words would open under the override
    assert here.words("staff-screener", known) == set()
    assert here.exceptions.one(who("staff-manager"), address).ended_early


def test_every_role_that_breaks_the_glass_reads_and_nothing_leaves_the_hub_until_it_has_ended(here: Front) -> None:
    for staff in ("staff-screener", "staff-decider", "staff-manager", "staff-night"):
        known = here.seen(somebody(), "health")
        if staff != "staff-night":
            assert here.hub.chronology(who(staff), known).rows
        here.glass(staff, known)
        assert here.words(staff, known) == {"Health"}
        with pytest.raises(Refused, match="Nothing leaves the hub under break-glass"):
            here.hub.chronology(who(staff), known)
    here.clock.forward(minutes=30)
    assert here.hub.chronology(who("staff-screener"), known).rows


def test_break_glass_opens_a_restricted_child_and_who_answers_for_information_goes_through_it(here: Front) -> None:
    known = here.seen(somebody(), "health")
    here.settled("restrict", known, reason="protected_person", readers=("staff-decider",))
    with pytest.raises(NotFound):
        here.override("staff-officer", known)  # to her it is not there
    address = here.glass("staff-night", known)
    assert here.words("staff-night", known) == {"Health"}
    view = here.exceptions.one(who("staff-ig"), address)
    assert (view.why, view.row.child) == (WHY, known)
    assert here.exceptions.one(who("staff-manager"), address).why == ""  # she is no reader of it


def test_out_of_hours_the_worker_reads_what_she_must_act_on_and_by_day_nothing(here: Front) -> None:
    child = somebody()
    (ident,) = here.say(
        concern("health", seen_by(child, "health"), adults=(an_adult("health", observation="Shouted."),))
    )
    known, quiet = here.running.child_of("health", ident), here.seen(somebody(), "health")
    here.opened(known)
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")
    here.clock.at(22)
    assert here.words("staff-night", known) == {"Health"}
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), quiet, "")


def test_an_override_that_works_is_known_at_once_to_who_answers_for_information(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    assert [task.kind for task in here.tasks("staff-manager")] == ["override_waits"]
    assert here.tasks("staff-ig") == []
    here.exceptions.agree(who("staff-manager"), address)
    assert [task.kind for task in here.tasks("staff-ig")] == ["exception_works"]
    here.clock.forward(hours=25)
    assert [task.kind for task in here.tasks("staff-ig")] == ["exception_review"]
    assert here.tasks("staff-manager") == []  # who agreed does not go through it
    assert [task.kind for task in here.tasks("staff-manager-2")] == ["exception_review"]


def test_who_has_looked_shows_that_it_was_under_an_exception(here: Front) -> None:
    known = here.seen(somebody(), "health")
    here.words("staff-decider", known)
    here.glass("staff-decider", known)
    here.words("staff-decider", known)
    rows = here.hub.ledger_of(who("staff-auditor"), known).rows
    assert [row.purpose for row in rows if row.shown] == ["child protection, under break-glass", "triage", "triage"]


def test_a_list_leans_on_nothing_and_is_no_look_at_ones_own_family(here: Front) -> None:
    known = here.seen(somebody(), "health")
    here.opened(known)
    here.glass("staff-decider", known)
    here.hub.involved(who("staff-decider"))
    here.enlist({"staff-manager": (known,)})
    here.hub.worklist(who("staff-manager"), Filters())
    here.hub.involved(who("staff-manager"))
    here.tasks("staff-manager")
    asked = [one.fact for one in here.hub.ledger.read(0, 1000, [Asked.NAME])]
    assert {one.invokes for one in asked if isinstance(one, Asked) and one.reason == "children"} == {"none"}
    assert here.exceptions.overview(who("staff-ig")).family == ()


def test_at_night_the_worker_sees_on_the_list_what_she_must_act_on(here: Front) -> None:
    known = here.seen(somebody(), "health", "sexual_abuse_disclosed")
    here.opened(known)
    by_day = here.hub.involved(who("staff-decider"))
    assert [row.child for row in by_day] == [known]
    here.clock.at(23)
    assert here.words("staff-night", known) == {"Health"}
    entry = [one.fact for one in here.hub.ledger.read(0, 1000, [Asked.NAME])][-1]
    assert isinstance(entry, Asked)
    assert (entry.purpose, entry.invokes) == ("child_protection", "none")
    assert "X02" in {policy for ruled in entry.rulings for policy in ruled.policies}


def test_sent_twice_at_the_same_moment_the_glass_is_broken_once(here: Front) -> None:
    known = here.seen(somebody(), "health")
    wish = BreakTheGlass(
        child=known, reason="missing_child", why=WHY, acknowledged=True, by="staff-night",
        roles=("out_of_hours_worker",), confirmed_at=here.clock.now(),
    )  # fmt: skip
    both = [here.exceptions.overriding() for _ in range(2)]  # each looked before the other wrote
    both[0].break_glass(wish, [], closed=False)
    with pytest.raises(Refused, match="You have asked this already"):
        both[1].break_glass(wish, [], closed=False)
    assert [one.fact.NAME for one in here.running.facts() if one.stream.startswith("break-glass:")] == [
        "break-glass.opened"
    ]


def test_an_exception_leaves_no_word_and_no_name_in_what_is_not_sealed(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.exceptions.agree(who("staff-manager"), here.override("staff-officer", known))
    here.glass("staff-night", known)
    here.words("staff-night", known)
    facts = [one.fact for one in here.running.facts() if one.stream.startswith(("override", "break-glass", "notice"))]
    text = b"".join(msgspec.json.encode(fact) for fact in facts).decode()
    ledger = b"".join(msgspec.json.encode(one.fact) for one in here.hub.ledger.read(0, 1000)).decode()
    assert len(facts) == 4
    assert not [word for word in (WHY, child.forename, child.surname, child.nhs) if word in text + ledger]


@pytest.mark.postgres
def test_the_same_holds_over_postgresql(own_hub: OwnHub, postgres_dsn: str) -> None:
    here = front(own_hub, store="postgres", postgres_dsn=postgres_dsn)
    known = here.seen(somebody(), "health")
    address = here.glass("staff-decider", known)
    assert here.words("staff-decider", known) == {"Health"}
    here.enlist({"staff-night": (known,)})
    with pytest.raises(NotFound):
        here.glass("staff-night", known)
    here.clock.forward(minutes=30)
    assert here.words("staff-decider", known) == set()
    found = here.exceptions.overview(who("staff-ig"))
    assert [row.ref for row in found.to_review] == [address]
    assert [(one.staff, one.looks) for one in found.family] == [("staff-night", 1)]
    assert [(one.break_glass, one.family) for one in found.people] == [(1, 0), (0, 1)]


def test_two_who_agree_to_each_others_overrides_of_different_children_are_refused_within_a_day_and_a_third_agrees(
    here: Front,
) -> None:
    one, other = here.seen(somebody(), "health"), here.seen(somebody(), "health")
    first, second = here.override("staff-manager", one), here.override("staff-manager-2", other)
    here.exceptions.agree(who("staff-manager-2"), first)
    with pytest.raises(Refused, match="a third person must agree to this one"):
        here.exceptions.agree(who("staff-manager"), second)
    here.exceptions.agree(who("staff-guardian"), second)
    overview = here.exceptions.overview(who("staff-ig"))
    assert [row.crosswise for row in (*overview.waiting, *overview.to_review, *overview.others)] == [False, False]


def test_a_ring_that_came_about_all_the_same_is_loud_and_nobody_of_it_goes_through_it(here: Front) -> None:
    one, other = here.seen(somebody(), "health"), here.seen(somebody(), "health")
    first, second = here.override("staff-manager", one), here.override("staff-manager-2", other)
    here.exceptions.agree(who("staff-manager-2"), first)
    # in the same moment, before either could know of the other's: as two processes write it
    stream = second.replace("override-", "override:")
    fact = OverrideApproved(by="staff-manager", roles=("mash_manager",))
    here.hub.act().append(stream, lambda _: [fact], "person:staff-manager")
    found = [(task.kind, task.red) for task in here.tasks("staff-ig") if task.kind == "exception_crosswise"]
    assert found == [("exception_crosswise", True)] * 2
    assert [task.kind for task in here.tasks("staff-manager") if task.kind == "exception_crosswise"] == []
    rows = here.exceptions.overview(who("staff-guardian")).others
    assert {row.ref: row.crosswise for row in rows} == {first: True, second: True}
    here.exceptions.end(who("staff-ig"), first)
    for staff in ("staff-manager", "staff-manager-2"):
        with pytest.raises(Refused, match="Somebody else goes through it"):
            here.exceptions.review(who(staff), first, "justified", "We agreed.")
    here.exceptions.review(who("staff-guardian"), first, "misuse_suspected", "They passed each other's.")


def test_out_of_hours_a_contact_opens_its_child_to_the_worker_on_duty_and_somebody_else_goes_through_it_next_day(
    here: Front,
) -> None:
    child, quiet = somebody(), somebody()
    known, other = here.seen(child, "health"), here.seen(quiet, "health")
    here.clock.at(22)
    for one in (known, other):
        with pytest.raises(NotFound):
            here.hub.picture(who("staff-night"), one, "")
    here.seen(child, "police")  # somebody rings
    assert here.words("staff-night", known) == {"Health", "Police"}
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), other, "")  # she breaks the glass for anything else
    assert here.exceptions.open_now(who("staff-night")) == ()
    assert here.words("staff-decider", known) == set()  # for who is on duty alone
    here.clock.at(9)
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")
    (night,) = here.exceptions.overview(who("staff-manager")).nights
    assert (night.staff, night.looks, night.children, night.overdue) == ("staff-night", 1, (known,), False)
    assert [task.kind for task in here.tasks("staff-ig")] == ["night_looks"]
    assert here.exceptions.overview(who("staff-night")).nights == ()
    with pytest.raises(NotPermitted):
        here.exceptions.review_nights(who("staff-night"), "staff-night", night.until, "justified")
    with pytest.raises(Refused, match="Select what came of it"):
        here.exceptions.review_nights(who("staff-manager"), "staff-night", night.until, "fine")
    with pytest.raises(Refused, match="position of the ledger"):
        here.exceptions.review_nights(who("staff-manager"), "staff-night", night.until + 1, "justified")
    here.clock.at(18)
    assert [(task.kind, task.red) for task in here.tasks("staff-ig")] == [("night_looks", True)]
    here.exceptions.review_nights(who("staff-manager"), "staff-night", night.until, "justified")
    assert here.tasks("staff-ig") == []
    with pytest.raises(NotFound):
        here.exceptions.review_nights(who("staff-manager"), "staff-night", night.until, "justified")


def test_what_the_contact_itself_raised_does_not_spare_the_worker_on_duty_the_next_days_going_through(
    here: Front,
) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.clock.at(22)
    here.seen(child, "police")
    here.opened(known)  # she must act on it now: that opens the same, and would be seen by nobody
    assert here.words("staff-night", known) == {"Health", "Police"}
    here.clock.at(9)
    (night,) = here.exceptions.overview(who("staff-manager")).nights
    assert (night.looks, night.children) == (1, (known,))


def test_a_contact_about_a_restricted_child_opens_nothing_to_the_worker_on_duty_but_by_breaking_the_glass(
    here: Front,
) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.settled("restrict", known, reason="protected_person", readers=("staff-decider",))
    here.clock.at(22)
    here.seen(child, "health", person=child.known_to("health", school="Elm"))
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")
    here.glass("staff-night", known)
    assert here.words("staff-night", known) == {"Health"}


def test_a_contact_of_the_evening_before_opens_nothing_the_night_after(here: Front) -> None:
    child = somebody()
    here.clock.at(22)
    known = here.seen(child, "health")
    assert here.words("staff-night", known) == {"Health"}
    here.clock.forward(days=1)
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-night"), known, "")
