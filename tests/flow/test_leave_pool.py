"""What led to nothing leaves the pool after the longest window and some days more; what something rests on stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as structs_replace

from hub.domain.child import SignalDiscounted
from hub.domain.enquiry import EnquiryDecided, OpenEnquiry
from hub.domain.signal import Finding
from hub.flow.alert import fold_findings
from hub.flow.leave_pool import BY, SOURCE, Leaving, stays_for
from tests.support.enquiries import decision, known
from tests.support.house import House, ann, family
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def house(tmp_path: Path, clock: MovedClock) -> Iterator[House]:
    running = RunningHub(settings_for(tmp_path / "data"), clock)
    yield House(running)
    running.close()


def leaving(house: House, *resting: str) -> Leaving:
    hub = house.running.hub
    return Leaving(
        record=hub.record, clock=hub.clock, edition=hub.edition,
        led_somewhere=lambda _child, signal: signal.partition("/")[0] in resting,
    )  # fmt: skip


def test_the_demo_keeps_what_leads_to_nothing_for_the_longest_rule_and_thirty_days(house: House) -> None:
    edition = house.running.hub.edition

    assert edition.longest_window() == 455  # 90 days unseen, after something in the 365 before
    assert stays_for(edition) == timedelta(days=485)


def test_a_signal_leaves_the_day_after_and_not_before(house: House, clock: MovedClock) -> None:
    girl = ann()
    (ident,) = house.say(concern("school", seen_by(girl, "school")))
    child = house.person("school", ident)
    clock.moved = timedelta(days=484)
    assert (leaving(house).run(), house.relations(child)) == (0, [("school", "own")])

    clock.moved = timedelta(days=486)

    assert leaving(house).run() == 1
    assert house.relations(child) == []
    (gone,) = [one for one in house.running.stream(f"child:{child}") if isinstance(one.fact, SignalDiscounted)]
    assert (gone.fact.reason, gone.envelope.by) == ("not_pooled", BY)  # type: ignore[attr-defined]
    assert house.running.recorded("school", ident)  # it stays on record
    assert leaving(house).run() == 0


def test_what_something_rests_on_stays(house: House, clock: MovedClock) -> None:
    girl = ann()
    first, second = house.say(concern("school", seen_by(girl, "school")), concern("health", seen_by(girl, "health")))
    child = house.person("school", first)
    message = next(one for one in house.counted(child) if house.counted(child)[one].organisation == "school")
    clock.moved = timedelta(days=500)

    assert leaving(house, message.partition("/")[0]).run() == 1

    assert house.relations(child) == [("school", "own")]
    assert second


def test_what_counted_for_a_brother_goes_with_it(house: House, clock: MovedClock) -> None:
    girl, _, _, brother = family(house)
    house.say(concern("school", seen_by(girl, "school")))
    assert ("school", "sibling") in house.relations(brother)
    clock.moved = timedelta(days=500)

    left = leaving(house).run()
    house.intake.count()

    assert left >= 1
    assert house.relations(brother) == []


def test_nothing_leaves_under_an_edition_without_a_protocol(house: House, clock: MovedClock) -> None:
    house.say(concern("school", seen_by(ann(), "school")))
    clock.moved = timedelta(days=5000)
    hub = house.running.hub
    old = structs_replace(hub.edition, agreed=None)

    assert Leaving(record=hub.record, clock=hub.clock, edition=old, led_somewhere=lambda *_: False).run() == 0
    assert hub.record.tracked(SOURCE) == -1


def test_an_open_enquiry_and_a_decision_that_led_to_something_keep_it_and_no_further_action_does_not(
    house: House, clock: MovedClock
) -> None:
    hub = house.running.hub
    girls = [a_child() for _ in range(3)]
    idents = house.say(*(concern("school", seen_by(girl, "school")) for girl in girls))
    children = [house.person("school", ident) for ident in idents]
    opened, helped, closed = (
        hub.act().open_enquiry(
            OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason="To see", by="staff-1")
        )
        for child in children
    )
    for enquiry, child, outcome in ((helped, children[1], "early_help"), (closed, children[2], "no_further_action")):
        signals = tuple(house.counted(child))
        decided = EnquiryDecided(
            child=child, level=2, suggested=None, agrees=True, outcome=outcome, actions=("advice_given",),
            family_told=True, seen_position=1, evidence=signals, decided_by="staff-1",
        )  # fmt: skip
        hub.act().write(
            [(f"mash-enquiry:{enquiry}", len(hub.record.load(f"mash-enquiry:{enquiry}")), decided)], "person:x"
        )
    clock.moved = timedelta(days=500)

    assert hub.leave_pool() == 1
    assert [len(house.counted(child)) for child in children] == [1, 1, 0]
    assert opened


def test_what_a_brothers_live_alert_rests_on_stays(house: House, clock: MovedClock) -> None:
    hub = house.running.hub
    girl, _, sister, brother = family(house)
    house.say(concern("school", seen_by(girl, "school")))
    (copy,) = [one for one, signal in house.counted(brother).items() if signal.relation == "sibling"]
    finding = Finding(
        child=brother, rule="sibling-worry", rule_version="1", edition=hub.edition.id, position=1, holds=True, level=3,
        evidence=(copy,), smallest=(copy,),
    )  # fmt: skip
    raised = fold_findings([finding], record=hub.record)
    hub.act().write([(one.stream, one.after, one.fact) for one in raised], "service:intake")
    clock.moved = timedelta(days=500)

    hub.leave_pool()
    house.intake.count()

    assert house.relations(brother) == [("school", "sibling")]
    assert house.relations(sister) == [("school", "own")]


def test_an_enquiry_holds_what_counts_for_a_second_child_of_it_and_while_its_closing_waits(
    house: House, clock: MovedClock
) -> None:
    hub = house.running.hub
    first, second = a_child(), a_child()
    idents = house.say(*(concern("school", seen_by(one, "school")) for one in (first, second)))
    one, other = (house.person("school", ident) for ident in idents)
    opening = OpenEnquiry(
        child=one, children=(other,), alerts=(), ground="perceived_harm", reason="To see", by="staff-1"
    )  # fmt: skip
    enquiry = hub.act().open_enquiry(opening)
    closing = decision(hub.record.position(), child=other, outcome="no_further_action", seen="not_seen")
    assert hub.act().decide(enquiry, closing, known, ()) == ("not_seen",)
    clock.moved = timedelta(days=500)

    assert hub.leave_pool() == 0
    assert [house.relations(child) for child in (one, other)] == [[("school", "own")]] * 2
