"""Who was shown what between link and unlink: exactly those looks, on a history that a test planted."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from hub.domain.concern import message_id
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound
from hub.domain.identity import IdentitySettled
from hub.domain.message import Adult, Member, Name, Person
from hub.views import shown_between, stood
from hub.views.desk import Desk
from hub.views.models import Asker, Filters, Report
from tests.support.enquiries import decision
from tests.support.house import lives
from tests.support.identities import DECIDER, MANAGER, SCREENER, ByHand, somebody, wish
from tests.support.messages import Child, concern, household, nhs_of, seen_by
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
    return hub.hub.enquiring.open_enquiry(by, command)


def decided_at(hub: ByHand, identity: str) -> datetime:
    return hub.hub.record.load(f"identity:{identity}")[0].envelope.known_at


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
        (DECIDER, "MASH enquiry", {"Name and identifiers": 1, **codes}),  # coverage: that the police have spoken
    ]  # fmt: skip
    assert [look.position for look in report.looks] == sorted(look.position for look in report.looks)


def test_a_report_says_when_who_moved_and_who_must_hear_of_it_and_no_words(hub: ByHand) -> None:
    child, person, record = wrongly_linked(hub)
    room = enquiry(hub, person)
    hub.hub.picture(DECIDING, person, room)
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
        f"{DECIDER}: opened a MASH enquiry that may be about the wrong child",
        "Police: its information stood on another person's page",
    )
    assert [(one.enquiry, one.child, one.state) for one in report.enquiries] == [(room, person, "open")]
    assert (report.discounted, report.counted, report.whole) == (1, 1, True)
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


def chain(hub: ByHand) -> tuple[str, str, str, str, str]:
    """P was merged into K, whose page was read with P's words, and K into J, whose page was read; and the two merges."""
    p, k, j = hub.seen(somebody(), "police", "hunger"), hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    first = hub.settled("merge", p, other=k)
    hub.hub.picture(DECIDING, k, enquiry(hub, k))
    second = hub.settled("merge", k, other=j)
    hub.hub.picture(SCREENING, j, "")
    return p, k, j, first, second


def test_a_split_out_of_a_chain_of_merges_reports_every_page_on_which_it_stood(hub: ByHand) -> None:
    p, k, j, first, _ = chain(hub)
    report = shown_between.report(desk(hub), hub.settled("split", "", reverses=first))
    assert [(one.staff, one.page) for one in report.looks] == [(DECIDER, "Child's page"), (SCREENER, "Child's page")]
    assert {item.label for item in report.looks[0].items} == {
        "Name and identifiers", "That something was recorded", "What was said",
    }  # fmt: skip
    assert [(moved.before, moved.after) for moved in report.moved] == [(j, p), (k, p)]


def test_a_chain_taken_back_from_its_end_reports_each_link_of_it(hub: ByHand) -> None:
    _, _, _, first, second = chain(hub)
    last = shown_between.report(desk(hub), hub.settled("split", "", reverses=second))
    assert [look.staff for look in last.looks] == [SCREENER]
    before = shown_between.report(desk(hub), hub.settled("split", "", reverses=first))
    assert DECIDER in [look.staff for look in before.looks]


def test_an_unlink_after_a_merge_reports_the_page_from_which_the_merge_carried_it(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    hub.hub.picture(DECIDING, person, enquiry(hub, person))
    other = hub.seen(somebody(), "health")
    hub.settled("merge", person, other=other)
    report = unlink(hub, other, record)
    assert [look.staff for look in report.looks] == [DECIDER]
    assert [moved.before for moved in report.moved] == [other, person]


def test_looks_at_a_page_on_which_it_stood_alone_and_rightly_are_none(hub: ByHand) -> None:
    alone = hub.seen(somebody(), "police", "hunger")
    hub.hub.picture(DECIDING, alone, enquiry(hub, alone))
    other = hub.seen(somebody(), "health")
    hub.settled("merge", alone, other=other)
    hub.hub.picture(SCREENING, other, "")
    (record,) = [one for one in hub.person(other).source_records if one == record_of(hub, other, "police")]
    assert [look.staff for look in unlink(hub, other, record).looks] == [SCREENER]


def test_an_enquiry_that_was_opened_before_a_wrong_merge_showed_both_and_is_reported(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "police", "hunger"), hub.seen(somebody(), "school")
    room = enquiry(hub, one)
    merged = hub.settled("merge", one, other=other)
    hub.hub.enquiry(DECIDING, room, 0)
    report = shown_between.report(desk(hub), hub.settled("split", "", reverses=merged))
    of_both = {"Name and identifiers": 2, "That something was recorded": 2}
    assert told(report) == [(DECIDER, "MASH enquiry", of_both)]
    assert [(each.enquiry, each.state) for each in report.enquiries] == [(room, "open")]


def test_an_enquiry_that_was_opened_while_it_stood_there_is_listed_to_be_looked_at_again(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "police", "hunger"), hub.seen(somebody(), "school")
    before = enquiry(hub, other)
    merged = hub.settled("merge", one, other=other)
    during = enquiry(hub, one)
    split = hub.settled("split", "", reverses=merged)
    enquiry(hub, other)  # after it had moved
    report = shown_between.report(desk(hub), split)
    assert [each.enquiry for each in report.enquiries] == [before, during]
    assert f"{DECIDER}: opened a MASH enquiry that may be about the wrong child" in report.to_tell


def test_an_adult_who_is_named_on_a_childs_household_page_is_reported(hub: ByHand) -> None:
    child, number = somebody(), nhs_of(321)

    def mother(organisation: str) -> Person:
        return Person(own_id=f"{organisation}-m", nhs_number=number, names=(Name("Rosalind", "Thackeray"),),
                      birth_date=date(1988, 3, 4))  # fmt: skip

    hub.say(household("school", lives(child, "school"), Member(person=mother("school"), role="mother")))
    adult = Adult(person=mother("police"), relationship="mother")
    (ident,) = hub.say(concern("police", seen_by(somebody(), "police"), adults=(adult,)))
    statement = hub.running.stream(f"message:{message_id('police', ident)}")[0].fact.statement  # type: ignore[attr-defined]
    record = statement.adults[0].source_record
    held = next(
        one.stream.partition(":")[2] for one in hub.running.facts()
        if one.stream.startswith("person:") and getattr(one.fact, "source_record", "") == record
    )  # fmt: skip
    person = hub.seen(child, "school")
    hub.intake.count()
    hub.hub.household(DECIDING, person, enquiry(hub, person))
    (look,) = unlink(hub, held, record).looks
    assert (look.staff, look.page, [item.label for item in look.items]) == (
        DECIDER, "Household", ["Name and identifiers", "That something was said of somebody in the household"],
    )  # fmt: skip


def test_the_page_of_a_brother_for_whom_it_counted_is_reported_and_his_alert(hub: ByHand) -> None:
    child, brother = somebody(), somebody()
    person = hub.seen(child, "school")
    hub.say(household("school", lives(child, "school"), lives(brother, "school")))
    taken = hub.seen(child, "police", "domestic_abuse_witnessed", person=child.known_to("police", own_id="p-x"))
    assert taken == person
    his = hub.seen(brother, "school")
    hub.intake.count()
    (copied,) = [ident for ident, relation in hub.counts(his).items() if relation == "sibling" and ident in set(
        hub.counts(person)) and ident.startswith(messages_of(hub, record_of(hub, person, "police")))]  # fmt: skip
    find(hub, his, 3, copied)
    hub.hub.picture(DECIDING, his, "")
    report = unlink(hub, person, record_of(hub, person, "police"))
    hub.intake.count()
    again = shown_between.report(desk(hub), report.identity)
    (look,) = again.looks
    assert look.staff == DECIDER
    assert "That something was said of somebody in the household" in {item.label for item in look.items}
    assert [(one.child, one.level) for one in again.alerts] == [(his, 3)]
    assert again.discounted == 2  # for the child, and for the brother


def test_a_report_that_could_not_follow_everybody_says_so(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    _, person, record = wrongly_linked(hub)
    report = unlink(hub, person, record)
    assert report.whole
    monkeypatch.setattr(stood, "MOST_AROUND", 0)
    assert not shown_between.report(desk(hub), report.identity).whole


def test_a_look_that_entered_the_ledger_just_after_the_move_is_listed(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    room = enquiry(hub, person)
    before = hub.hub.ledger.position()
    hub.hub.picture(DECIDING, person, room)
    report = unlink(hub, person, record)
    history = hub.hub.record.load(f"identity:{report.identity}")
    ended = next(one for one in history if isinstance(one.fact, IdentitySettled))
    assert isinstance(ended.fact, IdentitySettled)
    # as if the look had been ruled before the move and written after it
    late = stood.run(desk(hub), ended.fact.moved, ended, before).stays[0]
    at = ended.envelope.known_at
    assert late.just_after(before + 1, at)
    assert not late.just_after(before + 1, at + stood.RACE)


def messages_of(hub: ByHand, record: str) -> tuple[str, ...]:
    """The ids of the messages that speak of a source record."""
    return tuple(
        one.stream.partition(":")[2]
        for one in hub.running.facts()
        if one.stream.startswith("message:")
        and any(s.source_record == record for s in getattr(getattr(one.fact, "statement", None), "subjects", ()))
    )


def test_who_this_is_showed_the_organisation_of_the_record(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    hub.hub.who_this_is(SCREENING, person)
    assert told(unlink(hub, person, record)) == [
        (SCREENER, "Who this is", {"Which organisations speak of the person": 1})
    ]  # fmt: skip


def test_the_clock_runs_while_a_decision_waits_for_its_second_person(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "police"), hub.seen(somebody(), "school")
    hub.settled("restrict", one, reason="protected_person", readers=(DECIDER,))
    merged = hub.settled("merge", one, other=other)
    clock = hub.hub.clock
    assert isinstance(clock, MovedClock)
    waits = hub.hub.identity_decide(MANAGING, wish(hub.hub, "split", "", reverses=merged, by=MANAGER))["identity"]
    clock.moved = timedelta(days=4)
    (task,) = hub.hub.reviews(MANAGING).tasks
    assert (task.identity, task.settled_at, task.overdue) == (waits, None, True)
    assert task.due == decided_at(hub, waits) + timedelta(hours=72)
    hub.identify.agree(waits, DECIDER)
    hub.intake.settle(waits)
    (task,) = hub.hub.reviews(MANAGING).tasks
    assert (task.identity, task.due) == (waits, decided_at(hub, waits) + timedelta(hours=72))


def test_alerts_and_decisions_that_rested_on_it_are_listed(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    ids = list(hub.counts(person))
    find(hub, person, 3, *ids)
    hub.hub.views.catch_up("record", hub.hub.record)
    alert = f"{person}:r1:1"
    command = OpenEnquiry(child=person, alerts=(alert,), ground="significant_harm", reason="To learn.", by=DECIDER)
    room = hub.hub.enquiring.open_enquiry(DECIDING, command)
    hub.hub.enquiring.decide(
        DECIDING, room,
        decision(hub.hub.record.position(), by=DECIDER),
    )  # fmt: skip
    report = unlink(hub, person, record)
    assert [(one.alert, one.level, one.now) for one in report.alerts] == [
        (alert, 3, "decided; not worked out anew yet")
    ]
    assert [(one.enquiry, one.by, one.outcome) for one in report.decisions] == [(room, DECIDER, "Early help offered")]


def test_the_clock_runs_72_hours_from_the_unlinking_until_somebody_has_gone_through_it(hub: ByHand) -> None:
    _, person, record = wrongly_linked(hub)
    report = unlink(hub, person, record)
    assert report.due == decided_at(hub, report.identity) + timedelta(hours=72)
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
