"""What did not come, through the front door: it is said once, on record, to whoever may know of it, and ends when it comes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.message import Handling, Message
from hub.domain.moments import london_day
from hub.domain.request import Answer, Party
from hub.domain.silence import KINDS
from hub.domain.staff import RegisterStaff
from hub.views.models.silence import SilenceRow
from tests.journey.conftest import Mode
from tests.support.asking import DECIDER, LEAD, PRIMARY, SCHOOL, SCREENER, Front
from tests.support.browser import NARROW, WIDE, chromium, sign_in
from tests.support.enquiries import decision, step
from tests.support.messages import concern, consent, correction, involvement, moment, seen_by
from tests.support.partnership import MovedClock, Organisation, RunningHub, settings_for, wait_until
from tests.support.site import Site
from tests.support.typed import typing_on

HELPER, AUDITOR = "staff-4fa690", "staff-a37d05"
DAYS_AGO = {days: london_day(moment(days)) for days in (1, 2, 3)}
ROLES = ("intake", "relay", "views", "silence")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def running(clock: MovedClock, tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path / "data"), clock)
    if "early_help" not in made.hub.register().organisations:
        made.hub.add_organisation("early_help", "Early Help", "early_help")
    made.start(*ROLES)
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub) -> Front:
    return Front(running)


def standing(front: Front, kind: str = "", staff: str = SCREENER) -> list[SilenceRow]:
    """What stands of this child, or of none."""
    rows = front.hub.listening.page(front.who(staff), kind).rows
    return [one for one in rows if one.child in {front.child, ""}]


def missed(front: Front, kind: str) -> SilenceRow:
    """Wait until it was missed."""
    wait_until(lambda: front.running.died or standing(front, kind), what=f"{kind} is silent")
    assert not front.running.died, front.running.died
    (one,) = standing(front, kind)
    return one


def ended(front: Front, kind: str) -> None:
    wait_until(lambda: front.running.died or not standing(front, kind), what=f"{kind} is silent no more")


def heard(front: Front) -> None:
    """Wait until the consumer has read all that is expected, and what it missed is on record."""
    relayed, state = front.hub.relayed(), front.hub.consumer_state("silence")
    try:
        wait_until(lambda: front.running.died or relayed() >= front.hub.record.position(), what="it went out")
        end = front.hub.log.end("expected.v1", 0)
        wait_until(lambda: front.running.died or state.reached([0])[0].offset >= end, what="it was read")
    finally:
        state.close()


def say(front: Front, *said: Message) -> None:
    for one in said:
        front.running.say(one)
    front.running.settled(alerts=False)


def facts(front: Front, row: SilenceRow) -> list[str]:
    return [one.fact.NAME for one in front.hub.record.load(f"silence:{row.child}:{row.silence}")]


def test_a_request_that_is_not_answered_is_on_record_once_and_ends_when_it_is(front: Front, clock: MovedClock) -> None:
    (request,) = front.ask(Party("police"))
    heard(front)
    assert standing(front, "no_answer") == []
    clock.moved = timedelta(days=20)
    one = missed(front, "no_answer")
    assert (one.of, one.task) == ("Police", "request_overdue")
    assert facts(front, one) == ["silence.noticed"]
    kinds = [each.kind for each in front.hub.tasks(front.who(SCREENER)).rows if each.child == front.child]
    assert "request_overdue" in kinds
    assert "silent_no_answer" not in kinds  # one task, not two
    front.hub.replying.answer(front.who("staff-7c41e0"), request, Answer(result="searched_none_held"))
    ended(front, "no_answer")
    assert facts(front, one) == ["silence.noticed", "silence.ended"]
    replayed = front.hub.audit(front.who(AUDITOR), front.child, None)
    silent = [each.words for each in replayed.facts if each.name.startswith("silence.")]
    assert silent == ["What was expected did not come", "What had not come came after all"]


def test_a_question_who_leads_and_an_empty_lead_are_missed_like_their_tasks(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    hub.leading.propose(front.who(SCREENER), front.child, HELPER, "x")
    hub.decide(
        front.who(DECIDER), front.enquiry, decision(hub.record.position(), by=DECIDER, seen_by="police", level=2)
    )
    heard(front)
    clock.moved = timedelta(days=20)
    missed(front, "lead_unanswered")
    missed(front, "lead_vacant")
    missed(front, "plan_overdue")  # the family was to be contacted on the day
    hub.leading.accept(front.who(HELPER), front.child)
    ended(front, "lead_unanswered")
    ended(front, "lead_vacant")


def test_a_step_down_that_nobody_accepts_is_missed_until_somebody_leads(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    wish = decision(hub.record.position(), by=DECIDER, seen_by="police", level=2, outcome="step_down")
    hub.decide(front.who(DECIDER), front.enquiry, wish)
    heard(front)
    clock.moved = timedelta(days=20)
    one = missed(front, "step_down")
    assert one.task == ""
    (task,) = [t for t in hub.tasks(front.who(SCREENER), "silent_step_down").rows if t.child == front.child]
    assert (task.key, task.overdue) == (one.silence, True)
    hub.leading.propose(front.who(SCREENER), front.child, HELPER, "x")
    hub.leading.accept(front.who(HELPER), front.child)
    ended(front, "step_down")


def test_a_child_whom_nobody_saw_alone_is_missed_with_no_event_arriving(front: Front, clock: MovedClock) -> None:
    say(front, concern("police", seen_by(front.like, "police", "hunger", seen="seen"), at=moment(0.1)))
    heard(front)
    clock.moved = timedelta(days=27)
    heard(front)
    assert standing(front, "not_seen_alone") == []
    clock.moved = timedelta(days=29)
    one = missed(front, "not_seen_alone")
    assert (one.of, one.task) == ("", "")
    now = front.hub.clock.now()
    alone = seen_by(front.like, "health", "hunger", seen="seen_alone")
    say(front, concern("health", alone, at=moment(0.05, now), recorded_at=moment(0.04, now)))
    ended(front, "not_seen_alone")


def test_a_hand_over_that_is_not_accepted_is_missed(front: Front, clock: MovedClock) -> None:
    room = front.hub.enquiring
    room.claim(front.who(SCREENER), front.enquiry)
    room.offer(front.who(SCREENER), front.enquiry, DECIDER, "x")
    heard(front)
    clock.moved = timedelta(days=10)
    missed(front, "hand_over")
    room.accept(front.who(DECIDER), front.enquiry)
    ended(front, "hand_over")


def test_help_that_was_refused_is_not_forgotten_and_a_decision_comes_back_to_it(
    front: Front, clock: MovedClock
) -> None:
    say(front, concern("police", seen_by(front.like, "police", "help_refused"), at=moment(1)))
    heard(front)
    clock.moved = timedelta(days=60)
    missed(front, "refused_forgotten")
    today = london_day(front.hub.clock.now())
    read_to, plan = front.hub.record.position(), (step(due=today),)
    wish = decision(read_to, by=DECIDER, seen_by="police", level=2, plan=plan, seen_on=today)
    front.hub.decide(front.who(DECIDER), front.enquiry, wish)
    ended(front, "refused_forgotten")


def test_who_refuses_again_after_a_person_found_out_of_the_first_silence_is_not_forgotten_either(
    front: Front, clock: MovedClock
) -> None:
    say(front, concern("police", seen_by(front.like, "police", "help_refused"), at=moment(1)))
    heard(front)
    clock.moved = timedelta(days=60)
    first = missed(front, "refused_forgotten")
    front.hub.listening.answer(front.who(SCREENER), first.silence, "asked_and_known")
    heard(front)
    assert standing(front, "refused_forgotten") == []
    clock.moved = timedelta(days=200)
    today = front.hub.clock.now() - timedelta(hours=2)
    say(front, concern("police", seen_by(front.like, "police", "help_refused"), at=today))
    heard(front)
    clock.moved = timedelta(days=300)
    assert missed(front, "refused_forgotten").silence != first.silence
    assert facts(front, first) == ["silence.noticed", "silence.answered"]


def test_a_corrected_report_of_a_refusal_that_somebody_came_back_to_is_not_forgotten_anew(
    front: Front, clock: MovedClock
) -> None:
    said = concern("police", seen_by(front.like, "police", "help_refused"), at=moment(1))
    message = front.running.say(said)
    front.running.settled(alerts=False)
    today = london_day(front.hub.clock.now())
    wish = decision(
        front.hub.record.position(), by=DECIDER, seen_by="police", level=2, plan=(step(due=today),), seen_on=today
    )
    front.hub.decide(front.who(DECIDER), front.enquiry, wish)
    better = concern("police", seen_by(front.like, "police", "help_refused", "hunger"), at=moment(1))
    say(front, correction(message, better))
    heard(front)
    clock.moved = timedelta(days=60)
    missed(front, "plan_overdue")
    heard(front)
    assert standing(front, "refused_forgotten") == []


def test_a_no_that_a_message_brought_is_not_forgotten_and_a_yes_ends_it(front: Front, clock: MovedClock) -> None:
    person = front.like.known_to("police")
    say(front, consent("police", person, "refused", about="agreement_to_service"))
    heard(front)
    clock.moved = timedelta(days=60)
    missed(front, "refused_forgotten")
    say(front, consent("police", person, "given", about="agreement_to_service"))
    ended(front, "refused_forgotten")


def test_who_was_not_brought_is_missed_until_health_sees_the_child(front: Front, clock: MovedClock) -> None:
    nobody = seen_by(front.like, "health", "was_not_brought", seen="not_seen")
    say(front, concern("health", nobody, at=moment(3)), concern("health", nobody, at=moment(2)))
    heard(front)
    clock.moved = timedelta(days=24)
    heard(front)
    assert standing(front, "not_brought") == []
    clock.moved = timedelta(days=29)  # 28 days after the first time, not after the second
    one = missed(front, "not_brought")
    assert one.of == "Health"
    say(front, concern("police", seen_by(front.like, "police", "hunger", seen="seen"), at=moment(0.1)))
    heard(front)
    assert standing(front, "not_brought") != []  # the police have seen the child, and health has not
    say(front, concern("health", seen_by(front.like, "health", "hunger", seen="seen"), at=moment(0.1)))
    ended(front, "not_brought")


def at_school(front: Front, organisation: str, setting: str, **more: Any) -> Message:
    if organisation not in front.running.organisations:
        front.running.organisations[organisation] = Organisation(front.hub, organisation)
    person = front.like.known_to(organisation)
    return involvement(organisation, person, more.pop("service", "school-roll"), setting=setting, **more)


def test_a_child_who_left_a_school_is_missed_until_another_school_says_that_the_child_came(
    front: Front, clock: MovedClock
) -> None:
    say(front, at_school(front, "school", "oak"))
    heard(front)
    clock.moved = timedelta(days=40)
    heard(front)
    assert standing(front, "off_roll") == []
    say(front, at_school(front, "school", "oak", ended=DAYS_AGO[3]))
    heard(front)
    clock.moved = timedelta(days=100)
    assert missed(front, "off_roll").of == "School: oak"
    say(front, at_school(front, "school_a", PRIMARY, started=DAYS_AGO[1]))
    ended(front, "off_roll")


def test_a_school_that_has_a_new_child_and_no_chronology_is_asked_only_where_there_is_one(
    front: Front, clock: MovedClock
) -> None:
    say(front, at_school(front, "school", "oak", ended=DAYS_AGO[3]))
    say(front, at_school(front, "school_a", PRIMARY, started=DAYS_AGO[2]))
    heard(front)
    clock.moved = timedelta(days=60)
    heard(front)
    assert standing(front, "chronology") == []  # the earlier school never told of a worry: there is nothing to pass on
    say(front, concern("school", seen_by(front.like, "school", "hunger"), at=moment(2), setting="oak"))
    say(front, at_school(front, "school_a", PRIMARY, started=DAYS_AGO[1]))
    heard(front)
    clock.moved = timedelta(days=100)
    one = missed(front, "chronology")
    assert one.of == "School A: school a primary 01"
    say(front, at_school(front, "school_a", PRIMARY, service="school-chronology", started=DAYS_AGO[1]))
    ended(front, "chronology")


def test_numbers_that_never_came_are_silent_at_once_until_a_person_says_what_it_was(front: Front) -> None:
    front.running.organisations["housing"].last += 3
    said = concern("housing", seen_by(front.like, "housing", "hunger"), at=moment(1))
    front.running.say(said)
    front.running.settled(alerts=False)
    one = missed(front, "sequence_gap")
    assert (one.of, one.child) == ("Housing", "")
    asking = front.hub.listening
    with pytest.raises(Refused) as why:
        asking.answer(front.who(SCREENER), one.silence, "")
    assert why.value.field == "answer"
    lost = RegisterStaff(
        staff="staff-housing", organisation="housing", setting="", roles=("navigator",),
        ig_trained_until=front.hub.clock.now() + timedelta(days=9),
    )  # fmt: skip
    front.hub.register_staff([lost])
    own = front.who("staff-housing")
    assert [row.silence for row in asking.page(own).rows] == [one.silence]
    assert asking.view(own, one.silence).answers == ()  # who lost them does not take it off the list
    with pytest.raises(NotPermitted, match="tell the front door"):
        asking.answer(own, one.silence, "asked_and_known")
    with pytest.raises(Refused, match="ask the front door"):
        asking.declare(own, "housing", "", 300, "working")
    asking.answer(front.who(SCREENER), one.silence, "asked_and_known")
    ended(front, "sequence_gap")
    view = asking.view(front.who(SCREENER), one.silence)
    assert (view.row.state, view.answered, view.answers) == ("answered", "I asked, and know why nothing came", ())
    assert SCREENER in view.answered_by
    with pytest.raises(Refused):
        asking.answer(front.who(SCREENER), one.silence, "taken_up")
    with pytest.raises(NotPermitted):
        asking.answer(front.who(AUDITOR), one.silence, "taken_up")


def test_a_feed_that_falls_silent_names_no_child_and_is_heard_again(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    assert hub.declare_feed("housing", "", 1, "always")
    assert not hub.declare_feed("housing", "", 1, "always")
    say(front, concern("housing", seen_by(front.like, "housing", "hunger"), at=moment(1)))
    clock.moved = timedelta(days=3)
    one = missed(front, "feed_silent")
    assert (one.of, one.child) == ("Housing", "")
    (row,) = [each for each in hub.listening.feeds(front.who(SCREENER)).rows if each.organisation == "Housing"]
    assert (row.silent, row.every, row.declared) == (True, 1, True)
    (task,) = hub.tasks(front.who(SCREENER), "silent_feed_silent").rows
    assert task.child == ""
    assert {each.organisation for each in hub.listening.feeds(front.who(SCHOOL)).rows} <= {"School A"}  # its own alone
    assert standing(front, staff=SCHOOL) == []
    with Site(hub) as site, site.visit(SCREENER) as screener:
        for path in ("/silence", f"/silence/{one.silence}", "/api/v1/silences", "/api/v1/feeds"):
            told = screener.get(path)
            assert (told.status_code, front.like.surname in told.text) == (200, False)
        assert front.child not in screener.get(f"/silence/{one.silence}").text
    say(front, concern("housing", seen_by(front.like, "housing", "hunger"), at=moment(0.5)))
    clock.moved = timedelta(days=3, minutes=20)
    ended(front, "feed_silent")
    assert hub.declare_feed("housing", "", 0, "always")  # not listened for any more


def test_whoever_may_not_know_of_the_child_does_not_know_of_the_silence(front: Front, clock: MovedClock) -> None:
    ends = front.hub.clock.now() + timedelta(days=99)
    kin = RegisterStaff(
        staff="staff-uncle", organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=ends, related=(front.child,),
    )  # fmt: skip
    front.hub.register_staff([kin])
    front.ask(Party("police"))
    heard(front)
    clock.moved = timedelta(days=20)
    one = missed(front, "no_answer")
    for staff in ("staff-uncle", SCHOOL):
        assert one.silence not in {row.silence for row in standing(front, staff=staff)}
        with pytest.raises(NotFound):
            front.hub.listening.view(front.who(staff), one.silence)
        with pytest.raises(NotFound):
            front.hub.listening.answer(front.who(staff), one.silence, "taken_up")
    with pytest.raises(NotPermitted):
        front.hub.listening.page(front.who(AUDITOR))


def protect(front: Front) -> None:
    """From now on the handling code P9 protects a source: what was said under it is its organisation's alone."""
    parts = front.hub.edition.parts
    protocol = {**parts["protocol"], "source_protected_codes": ["P9"]}
    front.hub.edition = replace(front.hub.edition, parts={**parts, "protocol": protocol})


def told(front: Front, silence: str) -> dict[str, Any]:
    """All that tells the screening worker of this silence, and every number of it."""
    who = front.who(SCREENER)
    page, tasks = front.hub.listening.page(who), front.hub.tasks(who)
    found: dict[str, Any] = {
        "list": silence in [one.silence for one in page.rows], "total": page.total,
        "of the child": len(front.hub.listening.page(who, child=front.child).rows),
        "task": silence in [one.key for one in tasks.rows], "tasks": tasks.total, "kinds": dict(tasks.kinds),
        "picture": silence in [one.silence for one in front.hub.picture(who, front.child, "").silent],
    }  # fmt: skip
    with Site(front.hub) as site, site.visit(SCREENER) as screener:
        addresses = (
            "/silence", "/tasks", f"/child/{front.child}", "/api/v1/silences", f"/api/v1/silences?child={front.child}",
            f"/silence/{silence}", f"/api/v1/silences/{silence}",
        )  # fmt: skip
        for path in addresses:
            answer = screener.get(path)
            found[path] = (answer.status_code == 200, answer.status_code == 200 and silence in answer.text)
    with typing_on(front.hub) as typed:
        for words in (["list"], ["list", "--child", front.child], ["show", silence]):
            found[" ".join(words)] = silence in typed.typed(["silence", *words, "--as", SCREENER, "--json"])[1]
    return found


def test_a_silence_after_a_protected_sources_report_is_there_for_nobody_who_may_not_know_of_it(
    front: Front, clock: MovedClock
) -> None:
    said = seen_by(front.like, "police", "help_refused", "was_not_brought", seen="not_seen")
    say(front, concern("police", said, at=moment(1), handling=Handling(police_code="P9")))
    heard(front)
    clock.moved = timedelta(days=60)
    both = [missed(front, kind) for kind in ("refused_forgotten", "not_brought")]
    known = {one.kind: told(front, one.silence) for one in both}
    protect(front)
    for one in both:
        before, after = known[one.kind], told(front, one.silence)
        for what, seen in after.items():
            match seen:
                case tuple():
                    assert seen[1] is False, what
                case bool():
                    assert (before[what], seen) == (True, False), what
                case int():
                    assert before[what] - seen == 2, what
                case _:
                    assert f"silent_{one.kind}" not in str(seen), what
        with pytest.raises(NotFound):
            front.hub.listening.answer(front.who(SCREENER), one.silence, "taken_up")
    assert front.hub.picture(front.who(SCREENER), front.child, "").child == front.child  # the child they may know


def test_that_a_school_waits_for_a_chronology_does_not_tell_of_a_protected_sources_worry(
    front: Front, clock: MovedClock
) -> None:
    say(front, at_school(front, "school", "oak", ended=DAYS_AGO[3]))
    worry = concern("school", seen_by(front.like, "school", "hunger"), at=moment(2), setting="oak")
    say(front, replace(worry, handling=Handling(police_code="P9")))
    say(front, at_school(front, "school_a", PRIMARY, started=DAYS_AGO[1]))
    heard(front)
    clock.moved = timedelta(days=60)
    one = missed(front, "chronology")
    protect(front)
    assert standing(front, "chronology") == []
    say(front, concern("school", seen_by(front.like, "school", "poor_hygiene"), at=moment(2), setting="oak"))
    assert [row.silence for row in standing(front, "chronology")] == [
        one.silence
    ]  # that the school has this, one may know


def test_on_either_log_and_store_the_consumer_that_was_stopped_over_the_moment_finds_it_once(
    mode: Mode, tmp_path: Path
) -> None:
    clock = MovedClock()
    running = RunningHub(mode(tmp_path / "data"), clock)
    try:
        running.start(*ROLES)
        front = Front(running)
        front.ask(Party("police"))
        heard(front)
        running.stop()
        clock.moved = timedelta(days=20)
        running.start(*ROLES)
        one = missed(front, "no_answer")
        running.stop()
        clock.moved = timedelta(days=10)  # moved back, and on again
        running.start(*ROLES)
        clock.moved = timedelta(days=21)
        heard(front)
        running.settled(alerts=False)
        assert facts(front, one) == ["silence.noticed"]
    finally:
        running.close()


def test_a_refusal_that_nobody_looks_at_again_is_missed(front: Front, clock: MovedClock) -> None:
    (request,) = front.ask(Party("police"))
    refused = Answer(
        result="refused", reason="more_detrimental", reason_words="He reads her post.", may_overturn="caldicott_guardian",
        review_on=london_day(front.hub.clock.now()) + timedelta(days=5),
    )  # fmt: skip
    front.hub.replying.answer(front.who("staff-7c41e0"), request, refused)
    heard(front)
    assert standing(front, "refusal_review") == []
    clock.moved = timedelta(days=7)
    assert missed(front, "refusal_review").of == "Police"
    front.hub.replying.answer(front.who("staff-7c41e0"), request, Answer(result="searched_none_held"))
    ended(front, "refusal_review")


def test_what_is_silent_of_a_child_stands_on_the_childs_page_and_under_the_childs_id(
    front: Front, clock: MovedClock
) -> None:
    hub = front.hub
    front.ask(Party("police"))
    hub.declare_feed("housing", "", 1, "always")
    heard(front)
    who = front.who(SCREENER)
    assert hub.picture(who, front.child, "").silent == ()
    clock.moved = timedelta(days=20)
    one = missed(front, "no_answer")
    (line,) = [each for each in hub.picture(who, front.child, "").silent if each.silence == one.silence]
    assert (line.what, line.of, line.due) == (one.what, "Police", one.due)
    missed(front, "feed_silent")
    assert {each.child for each in hub.listening.page(who, child=front.child).rows} == {front.child}
    assert hub.listening.page(who, child="no-such-child").rows == ()
    with Site(hub) as site, site.visit(SCREENER) as screener:
        page = screener.get(f"/child/{front.child}").text
        assert (f'href="/silence/{one.silence}"' in page, "What did not come" in page) == (True, True)
        told = screener.get(f"/api/v1/silences?child={front.child}").json()["rows"]
        assert {each["child"] for each in told} == {front.child}
        assert (
            "Housing" not in screener.get(f"/silence?child={front.child}").text.partition("When each organisation")[0]
        )


def test_how_often_one_is_heard_is_said_by_page_and_program_of_ones_own_alone(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    client, secret = hub.add_client("housing")
    with Site(hub) as site, site.visit(SCREENER) as screener, site.visit(LEAD) as school:
        wrong = screener.send("/silence/feeds", {"organisation": "housing", "days": "often", "counts": "always"})
        assert (wrong.status_code, "Give 1 to 400 open days" in wrong.text) == (422, True)
        said = screener.send("/silence/feeds", {"organisation": "housing", "days": "2", "counts": "always"})
        assert (said.status_code, "within 2 days, as declared" in said.text, "Never" in said.text) == (200, True, True)
        own = {"organisation": "school_a", "setting": PRIMARY, "days": 2, "counts": "school"}
        assert school.call("/api/v1/feeds", own).json()["changed"] is True
        for other in ({"organisation": "housing"}, {"setting": "school_b_primary"}, {"days": 0}, {"setting": "a/b"}):
            assert school.call("/api/v1/feeds", {**own, **other}).status_code == 422, other
        auth = (client, secret)
        with httpx.Client(base_url=site.url, auth=auth) as program:
            told = program.post("/api/v1/feeds/own", json={"days": 3, "counts": "working"})
            assert told.json() == {"organisation": "housing", "setting": "", "changed": True}
            assert program.post("/api/v1/feeds/own", json={"days": 0, "counts": "working"}).status_code == 422
    rows = {one.organisation: one for one in hub.listening.feeds(front.who(SCREENER)).rows}
    assert (rows["Housing"].every, rows["Housing"].counts, rows["Housing"].never) == (3, "working day", True)
    clock.moved = timedelta(days=20)
    wait_until(lambda: front.running.died or len(standing(front, "feed_silent")) == 2, what="both are silent")
    assert {one.of for one in standing(front, "feed_silent")} == {"Housing", "School A: school a primary 01"}


def test_the_page_the_command_and_the_interface_say_the_same(front: Front, clock: MovedClock) -> None:
    front.ask(Party("police"))
    heard(front)
    clock.moved = timedelta(days=20)
    one = missed(front, "no_answer")
    with Site(front.hub) as site, site.visit(SCREENER) as screener:
        assert one.silence in screener.get("/silence?kind=no_answer").text
        refused = screener.send(f"/silence/{one.silence}", {"answer": ""})
        assert (refused.status_code, "What did you find out?" in refused.text) == (422, True)
        told = screener.get(f"/api/v1/silences/{one.silence}").json()
        assert (told["row"]["kind"], told["row"]["state"]) == ("no_answer", "stands")
        done = screener.call(f"/api/v1/silences/{one.silence}/answer", {"answer": "taken_up"})
        assert (done.status_code, done.json()["answer"]) == (200, "taken_up")
        assert "Somebody acts on it now" in screener.get(f"/silence/{one.silence}").text
    assert facts(front, one) == ["silence.noticed", "silence.answered"]


def test_every_kind_of_silence_stands_in_the_page_about_it() -> None:
    told = (Path(__file__).parents[2] / "docs/silence.md").read_text(encoding="utf-8")
    assert [code for code in KINDS if f"`{code}`" not in told] == []


def test_every_kind_of_silence_has_words_and_a_task_or_a_list_of_its_own() -> None:
    from hub.views.tasks import KINDS as TASKS

    assert {one.task for one in KINDS.values() if one.task} <= TASKS.keys()
    assert {f"silent_{code}" for code, one in KINDS.items() if not one.task} <= TASKS.keys()


@pytest.mark.browser
def test_axe_finds_nothing_on_the_pages_of_silence_at_both_widths(
    front: Front, clock: MovedClock, chromium_path: Path
) -> None:
    front.ask(Party("police"))
    heard(front)
    clock.moved = timedelta(days=20)
    one = missed(front, "no_answer")
    found: dict[str, list[str]] = {}
    with Site(front.hub) as site, chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Screening social worker")
        for path in ("/silence", "/silence/feeds", f"/child/{front.child}", f"/silence/{one.silence}", "fault"):
            if path == "fault":
                page.get_by_role("button", name="Record it").click()
                assert page.title().startswith("Error: ")
            else:
                page.goto(site.url + path)
                assert page.locator("input[type=radio]:checked").count() == 0
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                if wrong := [*browser.faults(page), *(["overflow"] if browser.overflow(page) > 0 else [])]:
                    found[f"{path} at {size['width']}"] = wrong
        page.get_by_label("Somebody acts on it now").check()
        page.get_by_role("button", name="Record it").click()
        assert page.get_by_role("heading", level=1).inner_text() == "What is silent"
    assert found == {}
