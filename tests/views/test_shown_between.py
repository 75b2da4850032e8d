"""Who was shown what between link and unlink: exactly those looks, on a history that a test planted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.concern import message_id
from hub.domain.enquiry import Decide, OpenEnquiry
from hub.domain.errors import NotFound
from hub.domain.message import Name
from hub.views import shown_between
from hub.views.asking import Desk
from hub.views.models import Asker, Filters, Report
from tests.support.identities import DECIDER, MANAGER, SCREENER, ByHand, somebody
from tests.support.messages import Child, concern, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.views.test_reviewing import find, looks, register

SCREENING = Asker(SCREENER, "council", "mash", ("screening_social_worker",))
DECIDING = Asker(DECIDER, "council", "mash", ("decision_maker",))
MANAGING = Asker(MANAGER, "council", "mash", ("mash_manager",))
POLICE = Asker("staff-p", "police", "", ("navigator",))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"), MovedClock())
    try:
        yield ByHand(running)
    finally:
        running.close()


def desk(hub: ByHand) -> Desk:
    return hub.hub._desk()


def record_of(hub: ByHand, person: str, organisation: str) -> str:
    return next(
        one for one in hub.person(person).source_records
        if hub.running.stream(f"source-record:{one}")[0].fact.organisation == organisation  # type: ignore[attr-defined]
    )  # fmt: skip


def wrongly_linked(hub: ByHand) -> tuple[Child, str, str]:
    """A child of the school, to whom the police's record of another was linked because of a number on the wrong form."""
    child = somebody()
    person = hub.seen(child, "school")
    taken = hub.seen(child, "police", "hunger", person=child.known_to("police", own_id="p-1"))
    assert taken == person
    return child, person, record_of(hub, person, "police")


def enquiry(hub: ByHand, child: str, by: Asker = DECIDING) -> str:
    command = OpenEnquiry(child=child, alerts=(), ground="significant_harm", reason="To learn more.", by=by.staff)
    return hub.hub.answers.open_enquiry(by, command)


def told(report: Report) -> list[tuple[str, str, dict[str, int]]]:
    return [(look.staff, look.page, {item.label: int(item.text) for item in look.items}) for look in report.looks]


def unlink(hub: ByHand, person: str, record: str) -> Report:
    ident = hub.settled("unlink", person, source_records=(record,))
    return shown_between.report(desk(hub), ident)


def test_exactly_the_looks_that_opened_something_of_the_moved_record_are_listed(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school")
    hub.hub.picture(SCREENING, person, "")  # before anything was linked wrongly
    _, other_person, _ = wrongly_linked(hub)
    hub.seen(child, "police", "hunger", person=child.known_to("police", own_id="p-2"))
    record = record_of(hub, person, "police")
    room = enquiry(hub, person)

    hub.hub.picture(SCREENING, person, "")  # codes alone: outside the enquiry no words open
    hub.hub.picture(DECIDING, person, room)  # names and words
    hub.hub.enquiry(DECIDING, room, 0)  # names
    hub.hub.picture(DECIDING, other_person, "")  # another child's page
    hub.hub.worklist(DECIDING, Filters())  # no page of a child
    with pytest.raises(NotFound):
        hub.hub.picture(register(hub, "staff-kin", "decision_maker", related=(person,)), person, "")  # shown nothing

    report = unlink(hub, person, record)
    hub.hub.picture(DECIDING, person, room)  # after it had moved
    again = shown_between.report(desk(hub), report.identity)
    codes = {"That something was recorded": 1}
    assert told(again) == told(report) == [
        (SCREENER, "Child's page", codes),
        (DECIDER, "Child's page", {**codes, "Name and identifiers": 1, "What was said": 1}),
        (DECIDER, "MASH enquiry", {"Name and identifiers": 1}),
    ]  # fmt: skip
    assert [look.position for look in report.looks] == sorted(look.position for look in report.looks)


def test_a_report_says_when_who_moved_and_who_must_hear_of_it_and_no_words(hub: ByHand) -> None:
    child, person, record = wrongly_linked(hub)
    hub.hub.picture(DECIDING, person, enquiry(hub, person))
    report = unlink(hub, person, record)
    (moved,) = report.moved
    assert (moved.source_record, moved.organisation, moved.before) == (record, "Police", person)
    assert moved.after not in {"", person}
    linked = next(
        one for one in hub.running.stream(f"person:{person}")
        if one.fact.NAME == "source-record.linked" and getattr(one.fact, "source_record", "") == record
    )  # fmt: skip
    assert moved.since == linked.envelope.known_at
    assert report.to_tell == (
        f"Decision maker ({DECIDER}), Council: was shown what is about somebody else",
        "Police: its information stood on another person's page",
    )
    assert (report.discounted, report.counted) == (1, 1)
    assert child.surname not in str(report)


def test_words_that_were_rightly_about_the_child_too_are_no_wrong_showing(hub: ByHand) -> None:
    child, brother = somebody(), somebody()
    person = hub.seen(child, "school")
    wrong = brother.known_to("police", own_id="p-b", nhs_number=child.nhs, names=(Name(child.forename, child.surname),),
                             birth_date=child.born)  # fmt: skip
    (first,) = hub.say(concern("police", seen_by(brother, "police", person=wrong)))
    assert hub.running.child_of("police", first) == person
    # one message about both: its narrative stands on the child's page whoever the brother is held to be
    mine = child.known_to("police", own_id="p-c")
    (both,) = hub.say(
        concern("police", seen_by(child, "police", person=mine), seen_by(brother, "police", person=wrong))
    )
    record = record_of_subject(hub, both, 1)
    hub.hub.picture(DECIDING, person, enquiry(hub, person))
    (look,) = unlink(hub, person, record).looks
    counts = {item.label: int(item.text) for item in look.items}
    assert counts["What was said"] == 1  # of the first message alone
    assert counts["That something was recorded"] == 2


def test_a_look_at_another_childs_page_that_the_same_message_speaks_of_is_none(hub: ByHand) -> None:
    child, sister = somebody(), somebody()
    person = hub.seen(child, "school")
    wrong = child.known_to("police", own_id="p-w")  # of somebody else: the number on the form is the child's
    (both,) = hub.say(concern("police", seen_by(child, "police", person=wrong), seen_by(sister, "police")))
    other = hub.running.child_of("police", both, 1)
    hub.hub.picture(DECIDING, other, enquiry(hub, other))  # opens what was said of the two, rightly
    assert looks(hub)[-1].subjects == tuple(sorted((person, other)))
    assert unlink(hub, person, record_of_subject(hub, both, 0)).looks == ()


def test_each_time_that_it_stood_there_has_its_own_report(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    room = enquiry(hub, person)
    hub.hub.picture(DECIDING, person, room)
    first = unlink(hub, person, record)
    merged = hub.settled("merge", first.moved[0].after, other=person)
    hub.hub.picture(SCREENING, person, "")
    second = shown_between.report(desk(hub), hub.settled("split", person, reverses=merged))
    assert [look.staff for look in shown_between.report(desk(hub), first.identity).looks] == [DECIDER]
    assert [look.staff for look in second.looks] == [SCREENER]


def record_of_subject(hub: ByHand, ident: str, number: int) -> str:
    statement = hub.running.stream(f"message:{message_id('police', ident)}")[0].fact.statement  # type: ignore[attr-defined]
    found = statement.subjects[number].source_record
    assert isinstance(found, str)
    return found


def test_a_merge_that_is_taken_back_reports_looks_at_the_page_of_the_one_that_stayed(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    room = enquiry(hub, one)
    hub.hub.picture(DECIDING, one, room)  # while it stood by itself: shown rightly
    ident = hub.settled("merge", one, other=other)
    hub.hub.picture(DECIDING, other, enquiry(hub, other))
    back = hub.settled("split", one, reverses=ident)
    report = shown_between.report(desk(hub), back)
    assert [(look.staff, look.page) for look in report.looks] == [(DECIDER, "Child's page")]
    assert [(moved.before, moved.after) for moved in report.moved] == [(other, one)]


def test_a_look_after_it_was_linked_there_again_is_rightly_made(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    room = enquiry(hub, person)
    report = unlink(hub, person, record)
    hub.settled("merge", report.moved[0].after, other=person)
    hub.hub.picture(DECIDING, person, room)
    assert shown_between.report(desk(hub), report.identity).looks == ()


def test_alerts_and_decisions_that_rested_on_it_are_listed(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    ids = list(hub.counts(person))
    find(hub, person, 3, *ids)
    hub.hub.views.catch_up("record", hub.hub.record)
    alert = f"{person}:r1:1"
    command = OpenEnquiry(child=person, alerts=(alert,), ground="significant_harm", reason="To learn.", by=DECIDER)
    room = hub.hub.answers.open_enquiry(DECIDING, command)
    hub.hub.answers.decide(
        DECIDING, room,
        Decide(
            level=3, agrees=True, outcome="early_help", actions=("family_contacted",), family_told=True,
            why_not_told=None, reason="It is.", seen_position=hub.hub.record.position(), by=DECIDER,
        ),
    )  # fmt: skip
    report = unlink(hub, person, record)
    assert [(one.alert, one.level, one.now) for one in report.alerts] == [
        (alert, 3, "decided; not worked out anew yet")
    ]
    assert [(one.enquiry, one.by, one.outcome) for one in report.decisions] == [(room, DECIDER, "Early help offered")]


def test_the_clock_runs_72_hours_from_the_unlinking_until_somebody_has_gone_through_it(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    report = unlink(hub, person, record)
    assert report.due - report.settled_at == timedelta(hours=72)
    (task,) = hub.hub.reviews(SCREENING).tasks
    assert (task.identity, task.due, task.overdue) == (report.identity, report.due, False)
    clock = hub.hub.clock
    assert isinstance(clock, MovedClock)
    clock.moved = timedelta(hours=73)
    assert [task.overdue for task in hub.hub.reviews(SCREENING).tasks] == [True]
    hub.hub.identity_assess(
        MANAGING, report.identity, "recorded_only", "One navigator saw a name; nothing was passed on."
    )
    assert hub.hub.reviews(SCREENING).tasks == ()
    view = hub.hub.identity_decision(SCREENING, report.identity)
    assert view.report is not None
    assert (view.report.assessed, view.may_assess, view.assessment) == (
        "A breach, recorded; no risk to people is likely", False, "One navigator saw a name; nothing was passed on.",
    )  # fmt: skip


def test_only_what_had_stood_in_the_wrong_place_is_reported(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    ident = hub.settled("same", hub.in_doubt(child), other=known)
    with pytest.raises(NotFound, match="only an unlink or a split"):
        shown_between.report(desk(hub), ident)
    with pytest.raises(NotFound):
        shown_between.report(desk(hub), "no-such-decision")
    assert hub.hub.reviews(SCREENING).tasks == ()
