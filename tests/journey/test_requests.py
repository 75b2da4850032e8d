"""Asking organisations from a MASH enquiry, and what comes of it: by page, by program, by link, over the log and back."""

import json
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec.structs import replace

from hub.domain.concern import message_id
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import BadMessage, NotFound, NotPermitted, Refused, SealBroken
from hub.domain.notice import NoticeSent
from hub.domain.request import Answer, Party, RequestMade
from hub.domain.staff import RegisterStaff
from hub.flow.request import TICKET_LASTS
from hub.outside import Inbox, Private
from hub.views.models import Asker
from hub.views.tasks import tasks
from tests.support.asking import CANARY, DECIDER, HEALTH, LEAD, POLICE, PRIMARY, SCREENER, Front
from tests.support.messages import answer as by_message
from tests.support.messages import consent
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site, Visit

if TYPE_CHECKING:
    from hub.views.models.requests import RequestRow

PRACTICE_AUDITOR = "staff-68e2c9"
NONE_HELD = Answer(result="searched_none_held")


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def now(clock: MovedClock) -> None:
    clock.moved = timedelta(0)


def row(front: Front, request: str) -> "RequestRow":
    rows = front.hub.requesting.page(front.who(SCREENER), front.enquiry).rows
    return next(one for one in rows if one.request == request)


# ---------------------------------------------------------------------------------------------------------- asking


def test_nobody_is_asked_outside_the_protocol_or_by_whom_the_register_does_not_let_or_twice(
    running: RunningHub,
) -> None:
    front = Front(running)
    running.hub.add_organisation("football_club", "Football club", "voluntary", party=False)
    position = running.hub.record.position()
    for party, told in (
        (Party("football_club"), "outside the information-sharing protocol"),
        (Party("stranger"), "No organisation stranger"),
        (Party("gateway"), "No organisation gateway"),
        (Party("police", "Not A Code"), "Give a setting by its code"),
    ):
        with pytest.raises(Refused, match=told) as refused:
            front.ask(party)
        assert refused.value.field == "party"
    with pytest.raises(Refused, match="children of this MASH enquiry"):
        front.ask(Party("police"), children=(Front(running, surname="Other").child,))
    with pytest.raises(NotPermitted):
        running.hub.requesting.ask(front.who(POLICE), front.wish(Party("police"), by=POLICE))
    with pytest.raises(NotPermitted):
        running.hub.requesting.ask(front.who(DECIDER), front.wish(Party("police")))  # in somebody else's name
    with pytest.raises(NotFound):
        running.hub.requesting.ask(front.who(SCREENER), front.wish(Party("police"), enquiry="none"))
    made = [one for one in running.facts() if one.position > position and isinstance(one.fact, RequestMade)]
    assert made == []  # several parties or one: all of it, or nothing
    front.ask(Party("police"))
    with pytest.raises(Refused, match="asked already"):
        front.ask(Party("health"), Party("police"))
    assert [one.fact.organisation for one in _made(front)] == ["police"]  # type: ignore[attr-defined]


def _made(front: Front) -> list[object]:
    return [
        one for one in front.running.facts() if isinstance(one.fact, RequestMade) and one.fact.enquiry == front.enquiry
    ]


def test_what_they_are_told_is_let_out_by_a_ledger_entry_that_bears_the_requests_id(running: RunningHub) -> None:
    front = Front(running)
    (ident,) = front.ask(Party("health"))
    (entry,) = running.hub.ledger.load(f"ask:{ident}")
    asked = entry.fact
    assert (asked.action, asked.reason, asked.subjects) == ("export", "request_made", (front.child,))  # type: ignore[attr-defined]
    assert asked.opened  # type: ignore[attr-defined]
    fact = running.stream(f"request:{ident}")[0].fact
    assert isinstance(fact, RequestMade)
    assert (fact.told, fact.letter, fact.clause != "") == (("names", "birth_date"), "", True)


def test_a_trust_that_contributed_does_not_hide_the_setting_that_is_silent(running: RunningHub) -> None:
    front = Front(running)
    school = Party("school_a", PRIMARY)
    front.ask(Party("police"), Party("police", "gp_like_desk"), school)
    found = front.states()
    assert (found["Police"], found["Police gp_like_desk"]) == ("no_answer", "no_answer")
    assert found[f"School A {PRIMARY}"] == "no_answer"
    assert "School A" not in found  # nothing is said of the whole that its setting does not say
    assert (found["Health"], found["Housing"]) == ("not_asked", "not_asked")


def test_asking_is_complete_when_all_asked_have_answered_and_the_rest_has_a_reason_that_the_grade_allows(
    running: RunningHub,
) -> None:
    front, hub = Front(running), running.hub
    who = front.who(SCREENER)
    (police,) = front.ask(Party("police"))
    with pytest.raises(Refused, match="no reason at grade red"):
        hub.requesting.not_ask(who, front.enquiry, Party("housing"), "not_proportionate")
    others = {"health", "school", "housing", "council", "school_a", "health_visiting", "children_social_care"}
    for one in sorted(others):
        hub.requesting.not_ask(who, front.enquiry, Party(one), "no_part_of_its_work")
    page = hub.requesting.page(who, front.enquiry)
    assert (page.complete, page.awaited, page.progress) == (False, 1, "1 answer is awaited")
    hub.replying.answer(front.who(POLICE), police, NONE_HELD)
    page = hub.requesting.page(who, front.enquiry)
    assert (page.complete, page.unexplained, page.progress) == (True, (), "All asked have answered")
    assert "full" not in page.progress.lower()


def test_an_answer_is_overdue_and_then_a_task_and_late_when_it_comes(running: RunningHub, clock: MovedClock) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    clock.moved = timedelta(days=9)
    mine = [
        one for one in tasks(hub._desk(), front.who(SCREENER), "request_overdue").rows if one.key == f"request:{ident}"
    ]
    assert [(one.overdue, one.child) for one in mine] == [(True, front.child)]
    theirs = tasks(hub._desk(), front.who(POLICE), "request_to_answer").rows
    assert [one.child for one in theirs if one.key == f"request:{ident}"] == [
        ""
    ]  # no child is named on a list of theirs
    hub.replying.answer(front.who(POLICE), ident, Answer(result="provided", words="We went there twice."))
    assert (row(front, ident).state, row(front, ident).late) == ("provided", True)


def test_an_answer_after_the_request_was_withdrawn_or_the_enquiry_decided_is_kept_and_said(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    hub.requesting.withdraw(front.who(SCREENER), ident, "no_longer_needed")
    told = hub.replying.inbox(front.who(POLICE)).notices[0]
    assert (told.kind, told.about) == ("request_withdrawn", ident)
    assert hub.replying.request(front.who(POLICE), ident).children == ()  # nobody need know any more whom it was about
    hub.replying.answer(front.who(POLICE), ident, Answer(result="provided", words="All the same: twice."))
    shown = row(front, ident)
    assert (shown.state, shown.after) == ("provided", "It came after the request was withdrawn")
    picture = hub.picture(front.who(SCREENER), front.child, front.enquiry)
    assert "All the same: twice." in [line.text for entry in picture.chronology for line in entry.words]


def test_an_answer_after_the_decision_is_kept_although_its_reader_may_not_know_any_more_whom_it_was_about(
    running: RunningHub,
) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    decided = EnquiryDecided(
        child=front.child, level=2, suggested=None, agrees=True, outcome="early_help", actions=("signposted",),
        family_told=True, seen_position=0, evidence=(), decided_by=DECIDER,
    )  # fmt: skip
    stream = f"mash-enquiry:{front.enquiry}"
    hub.act().write([(stream, len(running.stream(stream)), decided)], f"person:{DECIDER}")
    shown = hub.replying.request(front.who(POLICE), ident)
    assert (shown.closed, shown.children, shown.may_answer) == (True, (), True)
    hub.replying.answer(front.who(POLICE), ident, Answer(result="provided", words="Too late, but here it is."))
    assert row(front, ident).after == "It came after the MASH enquiry was decided"
    with pytest.raises(Refused, match="is decided: open a new one"):
        front.ask(Party("health"))
    with pytest.raises(Refused, match="is decided"):
        hub.requesting.not_ask(front.who(SCREENER), front.enquiry, Party("housing"), "raises_risk")


def test_of_a_request_about_ones_own_family_there_is_no_trace(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    until = datetime.max.replace(tzinfo=UTC)
    kin = RegisterStaff(
        staff="staff-kin", organisation="police", setting="unit", roles=("navigator",), ig_trained_until=until,
        related=(front.child,),
    )  # fmt: skip
    hub.register_staff([kin])
    asker = Asker("staff-kin", "police", "unit", ("navigator",))
    assert ident not in [one.request for one in hub.replying.inbox(asker).requests]
    assert f"request:{ident}" not in [one.key for one in tasks(hub._desk(), asker, "request_to_answer").rows]
    with pytest.raises(NotFound):
        hub.replying.request(asker, ident)
    with pytest.raises(NotFound):
        hub.replying.answer(asker, ident, NONE_HELD)
    # nor by what they are reminded of, or told of what they sent
    hub.requesting.remind(front.who(SCREENER), ident)
    police = front.who(POLICE)
    (notice,) = [one.notice for one in hub.replying.inbox(police).notices if one.about == ident]
    assert ident not in [one.about for one in hub.replying.inbox(asker).notices]
    called = NoticeSent(
        organisation="police", kind="strategy_called", child=front.child, due=hub.clock.now(), sent_by=SCREENER
    )  # fmt: skip
    hub.act().write([("notice:called-about-kin", 0, called)], "person:test")
    assert "notice:called-about-kin" in [one.key for one in tasks(hub._desk(), police, "notice_unread").rows]
    assert "notice:called-about-kin" not in [one.key for one in tasks(hub._desk(), asker, "notice_unread").rows]
    with pytest.raises(NotFound):
        hub.replying.acknowledge(asker, notice)
    hub.replying.acknowledge(police, notice)
    assert hub.releasing.page(police).said
    assert not {one.said for one in hub.releasing.page(asker).said} & {
        f"message:{message_id('police', front.message)}@1"
    }


def test_whom_the_family_did_not_agree_to_is_not_asked_about_early_help(running: RunningHub) -> None:
    front = Front(running, ground="agreed_early_help")
    agreed = consent(
        "police", front.like.known_to("police"), "given", giver="parental_responsibility",
        organisations=("children_social_care", "police"),
        categories=("identity", "narrative", "rationale"), purposes=("early_help",), evidence_held=True,
    )  # fmt: skip
    running.say(agreed)
    running.settled(alerts=False)
    with pytest.raises(Refused, match="sharing policies do not let Health read this request") as refused:
        front.ask(Party("health"), purpose="early_help")
    assert refused.value.field == "party"
    assert len(front.ask(Party("police"), purpose="early_help")) == 1


def test_a_refusal_for_harm_says_who_may_overturn_it_and_comes_back_when_it_is_to_be_looked_at_again(
    running: RunningHub, clock: MovedClock
) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    day = clock.now().date() + timedelta(days=5)
    refused = Answer(
        result="refused", reason="more_detrimental", reason_words="He reads her post.", review_on=day,
        may_overturn="caldicott_guardian",
    )  # fmt: skip
    hub.replying.answer(front.who(POLICE), ident, refused)
    shown = row(front, ident)
    assert (shown.state, shown.review_on, shown.may_overturn) == ("refused", day, "Caldicott guardian")
    assert front.states()["Police"] == "refused"
    clock.moved = timedelta(days=7)
    again = [one.key for one in tasks(hub._desk(), front.who(SCREENER), "refusal_review").rows]
    assert f"request:{ident}" in again


def test_an_answer_that_comes_as_a_message_of_the_organisations_own_settles_the_request(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    police, health = front.ask(Party("police"), Party("health"))
    running.say(by_message("police", front.like.known_to("police"), police, result="provided", narrative="Two calls."))
    running.say(by_message("police", front.like.known_to("police"), health, result="searched_none_held"))
    running.settled(alerts=False)
    assert (row(front, police).state, row(front, health).state) == ("provided", "asked")  # nobody answers for another
    with pytest.raises(Refused, match="nothing to withdraw"):
        hub.requesting.withdraw(front.who(SCREENER), police, "no_longer_needed")
    with pytest.raises(Refused, match="nobody to remind"):
        hub.requesting.remind(front.who(SCREENER), police)


def test_a_refusal_by_message_says_its_code_and_when_it_is_looked_at_again(
    running: RunningHub, clock: MovedClock
) -> None:
    front = Front(running)
    (ident,) = front.ask(Party("police"))
    day = clock.now().date() + timedelta(days=5)
    person = front.like.known_to("police")
    refused = by_message("police", person, ident, result="refused", refusal_code="more_detrimental", refusal_reason="x")
    with pytest.raises(BadMessage, match="looked at again"):
        front.hub.check(refused, running.organisations["police"].signer)
    running.say(replace(refused, review_on=day, may_overturn="caldicott_guardian"))
    running.settled(alerts=False)
    shown = row(front, ident)
    assert (shown.state, shown.review_on, shown.may_overturn) == ("refused", day, "Caldicott guardian")
    assert shown.reason.startswith("Telling would harm the child more")
    clock.moved = timedelta(days=7)
    assert f"request:{ident}" in [
        one.key for one in tasks(front.hub._desk(), front.who(SCREENER), "refusal_review").rows
    ]


def test_a_school_on_holiday_needs_somebody_to_reach(running: RunningHub, clock: MovedClock) -> None:
    front = Front(running)
    clock.moved = datetime(2026, 12, 22, 9, tzinfo=UTC) - datetime.now(UTC)
    school = Party("school_a", PRIMARY)
    with pytest.raises(Refused, match="on holiday when this falls due, until 4 January 2027") as refused:
        front.ask(school)
    assert refused.value.field == "out_of_term"
    (ident,) = front.ask(school, out_of_term="The head: 01632 960001")
    view = front.hub.replying.request(front.who(LEAD), ident)
    assert (str(view.row.closed_until), view.out_of_term) == ("2027-01-04", "The head: 01632 960001")


# ------------------------------------------------------------------------------------------------- who reads what


def test_answers_open_in_the_enquirys_room_alone_and_another_setting_knows_nothing_of_the_request(
    running: RunningHub,
) -> None:
    front, hub = Front(running), running.hub
    school, police = front.ask(Party("school_a", PRIMARY), Party("police"))
    seen = hub.replying.request(front.who(LEAD), school)
    assert [line.text for line in seen.children[0]][:1] == [f"{front.like.forename} {CANARY}"]
    assert {line.label for line in seen.children[0]} == {"Name", "Date of birth"}  # what was chosen, and no more
    with pytest.raises(NotFound):
        hub.replying.request(front.who(LEAD), police)
    with pytest.raises(NotFound):
        hub.replying.request(front.who(HEALTH), police)
    with pytest.raises(NotFound):
        hub.replying.answer(front.who(HEALTH), police, NONE_HELD)
    hub.replying.answer(front.who(LEAD), school, Answer(result="provided", words="He sleeps in class."))

    def words(staff: str, enquiry: str) -> list[str]:
        shown = hub.picture(front.who(staff), front.child, enquiry).chronology
        return [line.text for entry in shown for line in entry.words]

    assert "He sleeps in class." in words(SCREENER, front.enquiry)
    assert "He sleeps in class." not in words(SCREENER, "")
    assert "He sleeps in class." not in words(DECIDER, front.enquiry)  # not on this enquiry


# --------------------------------------------------------------------------------------------- without an account


def test_a_link_opens_one_request_once_and_only_with_its_code(running: RunningHub, clock: MovedClock) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("school_a", PRIMARY))
    made = hub.requesting.link(front.who(SCREENER), ident)
    link = made.link.removeprefix("/answer/")
    assert hub.requesting.link(front.who(SCREENER), ident).link != made.link
    with pytest.raises(Refused, match="do not fit"):  # the next one ended it
        hub.replying.open_link(link, made.code)
    made = hub.requesting.link(front.who(SCREENER), ident)
    link = made.link.removeprefix("/answer/")
    with pytest.raises(Refused, match="4 tries are left"):
        hub.replying.open_link(link, "WRONG234")
    page = hub.replying.open_link(link, made.code.lower().replace(" ", "-"))
    assert [line.label for line in page.request.children[0]] == ["Name", "Date of birth"]
    with pytest.raises(Refused, match="Enter the code again"):
        hub.replying.link(link, "1." + "0" * 64)
    clock.moved = TICKET_LASTS + timedelta(minutes=1)
    with pytest.raises(Refused, match="An hour has passed"):
        hub.replying.answer_by_link(link, page.ticket, NONE_HELD)
    page = hub.replying.open_link(link, made.code)
    assert hub.replying.answer_by_link(link, page.ticket, NONE_HELD) == "searched_none_held"
    with pytest.raises(Refused, match="This link was used"):
        hub.replying.answer_by_link(link, page.ticket, NONE_HELD)
    with pytest.raises(Refused, match="This link was used"):
        hub.replying.open_link(link, made.code)
    assert [one.fact.NAME for one in running.stream(f"request:{ident}")].count("request.answered") == 1


def test_five_wrong_codes_or_its_end_close_a_link_for_the_right_code_too(
    running: RunningHub, clock: MovedClock
) -> None:
    front, hub = Front(running), running.hub
    worn, old = front.ask(Party("police"), Party("health"))
    made = hub.requesting.link(front.who(SCREENER), worn)
    link = made.link.removeprefix("/answer/")
    for _ in range(5):
        with pytest.raises(Refused):
            hub.replying.open_link(link, "AAAA2222")
    with pytest.raises(Refused, match="too many wrong codes"):
        hub.replying.open_link(link, made.code)
    again = hub.requesting.link(front.who(SCREENER), old)
    clock.moved = timedelta(days=8)
    with pytest.raises(Refused, match="expired"):
        hub.replying.open_link(again.link.removeprefix("/answer/"), again.code)


def test_who_answers_without_an_account_answers_in_two_clicks_and_begins_no_session(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("school_a", PRIMARY))
    made = hub.requesting.link(front.who(SCREENER), ident)
    with Site(hub) as site, httpx.Client(base_url=site.url, headers={"Sec-Fetch-Site": "same-origin"}) as browser:
        cold = browser.get(made.link)
        assert (cold.status_code, CANARY in cold.text, cold.headers["cache-control"]) == (200, False, "no-store")
        strange = browser.get("/answer/" + "A" * 43)
        assert strange.text.replace("A" * 43, "") == cold.text.replace(made.link.removeprefix("/answer/"), "") or (
            strange.status_code == cold.status_code  # nonces differ; the page is the same for whatever link
        )
        wrong = browser.post(made.link, data={"step": "code", "code": "ABCD2345"})
        assert (wrong.status_code, "4 tries are left" in wrong.text, CANARY in wrong.text) == (422, True, False)
        opened = browser.post(made.link, data={"step": "code", "code": made.code})
        assert CANARY in opened.text
        ticket = opened.text.split('name="ticket" value="')[1].split('"')[0]
        check = browser.post(made.link, data={"step": "none_held", "ticket": ticket})  # the first click
        assert "Send: searched, none held" in check.text
        sent = browser.post(
            made.link, data={"step": "send", "ticket": ticket, "result": "searched_none_held"}
        )  # the second
        assert "Your answer was sent" in sent.text
        assert (dict(browser.cookies), browser.get("/requests", follow_redirects=False).status_code) == ({}, 303)
        twice = browser.post(made.link, data={"step": "send", "ticket": ticket, "result": "searched_none_held"})
        assert (twice.status_code, "This link was used" in twice.text) == (422, True)
        foreign = browser.post(made.link, data={"step": "code"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
    assert row(front, ident).state == "searched_none_held"
    assert row(front, ident).how == f"By a link without an account, made by {SCREENER}"


def test_whoever_is_signed_in_answers_no_request_by_a_link_not_even_with_its_code(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("health"))
    made = hub.requesting.link(front.who(SCREENER), ident)
    with Site(hub) as site, site.visit(SCREENER) as screener:
        tried = screener.http.post(made.link, data={"step": "code", "code": made.code})
        assert (tried.status_code, "You are signed in" in tried.text, CANARY in tried.text) == (422, True, False)


def test_why_somebody_refused_is_the_front_doors_to_know(running: RunningHub) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    hub.replying.answer(front.who(POLICE), ident, Answer(result="refused", reason="investigation"))

    def reason(staff: str) -> list[str]:
        shown = hub.picture(front.who(staff), front.child, "").coverage
        return [one.reason for one in shown if one.organisation == "Police"]

    assert reason(SCREENER) == ["Telling would prejudice an investigation"]
    hub.list_sample([front.child], [PRACTICE_AUDITOR], 7, "case_audit")
    assert reason(PRACTICE_AUDITOR) == ["The front door knows why"]


# ---------------------------------------------------------------------------------------------------- by program


def test_pages_and_programs_ask_and_answer_alike_and_no_word_stands_in_an_address_or_a_log(
    running: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    front, hub = Front(running), running.hub
    place = f"/enquiry/{front.enquiry}/requests"
    client, secret = hub.add_client("health")
    with Site(hub) as site, site.visit(SCREENER) as screener, site.visit(POLICE) as police:
        bare = screener.send(place, {"step": "ask"})
        assert (bare.status_code, "Select at least one organisation" in bare.text) == (422, True)
        form = {
            "step": "ask", "party": ["police"], "child": [front.child], "purpose": "triage", "questions": ["seen"],
            "told": ["names"], "question": f"Is {CANARY} safe?",
        }  # fmt: skip
        done = screener.send(place, form)
        assert done.status_code == 200, done.text
        said = screener.call(
            f"/api/v1/enquiries/{front.enquiry}/requests",
            {
                "parties": ["health"],
                "children": [front.child],
                "purpose": "triage",
                "questions": ["seen"],
                "told": ["names"],
            },
        )
        (ident,) = said.json()["requests"]
        assert said.status_code == 200
        inbox = police.get("/requests")
        assert (inbox.status_code, CANARY in inbox.text) == (200, False)
        mine = next(r.request for r in hub.replying.inbox(front.who(POLICE)).requests if r.enquiry == front.enquiry)
        assert CANARY in police.get(f"/requests/{mine}").text
        missing = police.send(f"/requests/{mine}", {"step": "send", "result": "provided"})
        assert (missing.status_code, "Enter what you hold" in missing.text) == (422, True)
        police.send(f"/requests/{mine}", {"step": "send", "result": "provided", "words": f"{CANARY} called us twice."})
        with httpx.Client(base_url=site.url, auth=(client, secret)) as program:
            (waiting,) = [r for r in program.get("/api/v1/requests").json() if r["row"]["enquiry"] == front.enquiry]
            assert waiting["row"]["request"] == ident
            bad = program.post(f"/api/v1/requests/{ident}/answer", json={"result": "provided"})
            assert (bad.status_code, bad.json()["field"]) == (422, "words")
            strange = program.post(f"/api/v1/requests/{ident}/answer", json={"result": "refused", "secret": CANARY})
            assert (strange.status_code, CANARY in strange.text) == (422, False)
            assert program.post(f"/api/v1/requests/{mine}/answer", json={"result": "provided"}).status_code == 404
            done = program.post(f"/api/v1/requests/{ident}/answer", json={"result": "searched_none_held"})
            assert done.json() == {"request": ident, "result": "searched_none_held"}
        assert screener.get(place).status_code == 200
    assert front.states()["Police"] == "contributed"
    assert front.states()["Health"] == "none_held"
    assert CANARY not in caplog.text


def test_the_log_carries_requests_and_notices_that_only_the_receiver_opens(
    running_hub: RunningHub, tmp_path: Path
) -> None:
    front, hub = Front(running_hub), running_hub.hub
    with closing(front.inbox("police", tmp_path)) as inbox:
        police, health = front.ask(Party("police"), Party("health"))
        hub.requesting.remind(front.who(SCREENER), police)
        head = hub.record.position()
        wait_until(
            lambda: any(one["kind"] == "request_reminder" for one in inbox.read()), what="the relay sent the notice"
        )
        told = inbox.read(words=True)
        assert [(one["kind"], one["id"] == police) for one in told] == [("request", True), ("request_reminder", False)]
        assert all(0 < one["position"] <= head for one in told)
        assert f"names: {front.like.forename} {CANARY}, birth_date: {front.like.born.isoformat()}" in told[0]["words"]
        assert f"Is {CANARY} thin?" in told[0]["words"]
        assert told[1]["about"] == police
        assert [one["id"] for one in inbox.read(after=told[0]["position"])] == [told[1]["id"]]
        assert inbox.read()[0]["words"] == []  # letters stay closed until somebody opens them
    raw = b"".join(
        one.body for topic in ("request.police.v1", "notice.police.v1") for one in running_hub.read_log(topic)
    )
    assert CANARY.encode() not in raw
    assert running_hub.read_log("request.health.v1") == []  # no key: it waits on its page
    assert hub.replying.inbox(front.who(HEALTH)).has_key is False
    assert row(front, health).on_page_only is True


def test_what_another_signed_or_sealed_is_told_as_such(running: RunningHub, tmp_path: Path) -> None:
    front, hub = Front(running), running.hub
    with closing(front.inbox("council", tmp_path)) as inbox:
        front.ask(Party("council"))
        wait_until(inbox.read, what="the relay sent the request")
        lost = Private("council", "0123456789abcdef", bytes(32))
        hub_key = tmp_path / "hub.json"
        hub_key.write_text(json.dumps(hub.hub_key()), encoding="utf-8")
        with closing(Inbox(hub.settings, hub_key, lost)) as other:
            assert [one["kind"] for one in other.read()] == ["sealed_to_another_key"]
        hub_key.write_text(json.dumps({**hub.hub_key(), "signs": "00" * 31 + "01"}), encoding="utf-8")
        with closing(Inbox(hub.settings, hub_key, inbox._key)) as doubting, pytest.raises((SealBroken, ValueError)):
            doubting.read()
    with pytest.raises(Refused, match="holds no hub keys"):
        Inbox(hub.settings, tmp_path / "missing.json", lost)


def test_a_page_is_visited(running: RunningHub) -> None:
    """Every page of requests and releases opens for whoever it is for, and says on what it rests."""
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("police"))
    hub.replying.answer(front.who(POLICE), ident, Answer(result="provided", words="Twice."))
    with Site(hub) as site, site.visit(SCREENER) as screener, site.visit(POLICE) as police:
        for visitor, path in (
            (screener, f"/enquiry/{front.enquiry}/requests"), (police, "/requests"), (police, f"/requests/{ident}"),
            (police, "/releases"), (police, f"/releases/request:{ident}@2"),
            (screener, f"/enquiry/{front.enquiry}/release/request:{ident}@2"),
        ):  # fmt: skip
            _opens(visitor, path)


def _opens(visitor: Visit, path: str) -> None:
    page = visitor.get(path)
    assert (page.status_code, "Known to the hub on" in page.text) == (200, True), path
