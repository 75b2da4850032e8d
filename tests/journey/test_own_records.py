"""Asking whoever sent a record in doubt about that record: told its own and nothing of another, and over when it is settled."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.agency import OrganisationRegistered
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.message import Address, Handling, Person
from hub.domain.notice import NoticeSent
from hub.domain.request import Answer, RequestAnswered, RequestMade, RequestWithdrawn
from hub.views.asking_owners import AskOwner
from hub.views.models import OwnRecordAsked
from hub.views.store import source_record
from hub.views.tasks import tasks
from tests.support.asking import DECIDER, HEALTH, MANAGER, POLICE, SCREENER, Front
from tests.support.identities import somebody, wish
from tests.support.messages import answer as by_message
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site, Visit

OTHERS = "Quillfeather"  # in the surname of each candidate: it may reach nobody who is asked
STREET = "Candidate Row"
NUMBERS = count(1)
BORN = Answer(result="provided", values={"birth_date": "2015-03-02", "second_record": "no"})


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


class Doubt:
    """The police speak of somebody under the NHS number of a child of the health trust who is called otherwise."""

    def __init__(self, running: RunningHub, asked: str = "police", handling: Handling | None = None) -> None:
        self.running, self.hub = running, running.hub
        Front(running)  # the organisations and accounts of the demonstration
        like = somebody()
        number = next(NUMBERS)  # candidates of different tests are nobody to each other
        self.like = type(like)(like.serial, like.forename, f"{OTHERS}{chr(96 + number) * 4}", like.born)
        home = Address((f"{number} {STREET}",), f"ZZ{number} 3ZZ")
        self.known = self.said("health", self.like, person=self.like.known_to("health", addresses=(home,)))
        self.child = somebody()
        self.own = self.child.known_to(asked, nhs_number=self.like.nhs)
        self.person = self.said(asked, self.child, handling, person=self.own)
        (choice,) = [one for one in self.page().records if "/" not in one.code]
        self.record = choice.code

    def said(self, organisation: str, child: Any, handling: Handling | None = None, **more: Any) -> str:
        seen = seen_by(child, organisation, "hunger", **more)
        ident = self.running.say(concern(organisation, seen, at=moment(2), handling=handling or Handling()))
        self.running.settled(alerts=False)
        return self.running.child_of(organisation, ident)

    def page(self, staff: str = SCREENER) -> Any:
        return self.hub.owners.page(self.hub.asker(staff), self.person)

    def wish(self, **more: Any) -> AskOwner:
        said = {
            "person": self.person,
            "record": self.record,
            "questions": ("birth_date", "second_record"),
            "by": SCREENER,
        }
        return AskOwner(**{**said, **more})

    def ask(self, **more: Any) -> str:
        return self.hub.owners.ask(self.hub.asker(SCREENER), self.wish(**more))

    def row(self, request: str, staff: str = SCREENER) -> OwnRecordAsked:
        rows: tuple[OwnRecordAsked, ...] = self.page(staff).rows
        return next(one for one in rows if one.request == request)

    def decide(self, what: str, **more: Any) -> dict[str, str]:
        asked = wish(self.hub, what, self.person, **{"by": SCREENER, **more})
        return self.hub.identity_decide(self.hub.asker(SCREENER), asked)

    def facts(self, request: str) -> list[object]:
        return [one.fact for one in self.running.stream(f"request:{request}")]


def waiting(doubt: Doubt, kind: str, staff: str = SCREENER) -> list[str]:
    return [one.key for one in tasks(doubt.hub._desk(), doubt.hub.asker(staff), kind).rows]


# ---------------------------------------------------------------------------------------------------------- refusals


def test_only_who_reviews_identity_asks_and_only_about_a_record_in_doubt_and_once(running: RunningHub) -> None:
    doubt = Doubt(running)
    position = running.hub.record.position()
    for more, field in (
        ({"questions": ()}, "questions"), ({"questions": ("concerns",)}, "questions"), ({"record": "none"}, "record"),
        ({"record": f"{doubt.record}/not_a_setting_of_theirs"}, "record"), ({"record": ""}, "record"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            doubt.ask(**more)
        assert (field, refused.value.field) == (field, field)
    owners = running.hub.owners
    with pytest.raises(NotPermitted):
        owners.ask(running.hub.asker(POLICE), doubt.wish(by=POLICE))
    with pytest.raises(NotPermitted):
        owners.ask(running.hub.asker(DECIDER), doubt.wish())  # in somebody else's name
    with pytest.raises(NotFound):
        doubt.ask(person="nobody")
    of_the_candidate = running.hub.views.rows(select(source_record).where(source_record.c.person == doubt.known))
    with pytest.raises(Refused, match="Select a record in doubt"):
        doubt.ask(record=of_the_candidate[0]["source_record"])  # whom it may be is in no doubt itself
    assert [one for one in running.facts() if one.position > position and isinstance(one.fact, RequestMade)] == []
    doubt.ask()
    with pytest.raises(Refused, match="asked about this record already"):
        doubt.ask()


def test_of_a_restricted_review_nobody_is_asked_through_the_hub_and_only_its_readers_know_of_it(
    running: RunningHub,
) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    asked = wish(doubt.hub, "restrict", doubt.known, reason="adoption", readers=(SCREENER,), by=SCREENER)
    done = doubt.hub.identity_decide(doubt.hub.asker(SCREENER), asked)
    doubt.hub.identity_agree(doubt.hub.asker(MANAGER), done["identity"])
    running.settled(alerts=False)
    with pytest.raises(Refused, match="This review is restricted") as refused:
        doubt.ask(questions=("names",))
    assert refused.value.field == "record"
    for act in (doubt.hub.owners.remind, doubt.hub.owners.link):
        with pytest.raises(Refused, match="This review is restricted"):
            act(doubt.hub.asker(SCREENER), request)
    page = doubt.page()
    assert (page.records, page.restricted, len(page.rows)) == ((), True, 1)
    with pytest.raises(NotFound):
        doubt.page(DECIDER)
    with pytest.raises(NotFound, match="no such request about a record in doubt"):
        doubt.hub.owners.withdraw(doubt.hub.asker(DECIDER), request, "no_longer_needed")
    doubt.hub.owners.withdraw(doubt.hub.asker(SCREENER), request, "no_longer_needed")
    assert doubt.row(request).state == "withdrawn"


def test_an_organisation_that_has_left_the_protocol_is_not_asked_and_reads_nothing_any_more(
    running: RunningHub,
) -> None:
    doubt = Doubt(running, "housing")
    request = doubt.ask()
    link = doubt.hub.owners.link(doubt.hub.asker(SCREENER), request)
    leave(running, "housing")
    try:
        with pytest.raises(Refused, match="outside the information-sharing protocol, parties") as refused:
            doubt.ask(questions=("names",), record=doubt.record)
        assert refused.value.field == "record"
        assert (doubt.page().records, len(doubt.page().cannot)) == ((), 1)
        shown = doubt.hub.replying.open_link(link.link.removeprefix("/answer/"), link.code.replace(" ", ""))
        assert (shown.request.closed, shown.request.children) == (True, ())
    finally:
        leave(running, "housing", party=True)


def leave(running: RunningHub, organisation: str, *, party: bool = False) -> None:
    """The register says that it is party to the protocol no more (or again)."""
    held = [
        one.fact
        for one in running.facts()
        if isinstance(one.fact, OrganisationRegistered) and one.fact.organisation == organisation
    ]
    running.hub._change_register(replace(held[-1], party=party))
    running.settled(alerts=False)


# ------------------------------------------------------------------------------------------------ what they are told


def test_it_is_told_its_own_record_and_nothing_of_whom_it_may_be(running: RunningHub, tmp_path: Any) -> None:
    doubt = Doubt(running)
    front = Front(running)
    request = doubt.ask(questions=("birth_date", "addresses"))
    running.settled(alerts=False)
    made = doubt.facts(request)[0]
    assert isinstance(made, RequestMade)
    assert (made.enquiry, made.children, made.organisation, made.purpose) == (
        "",
        (doubt.person,),
        "police",
        "identity_review",
    )
    assert (made.source_record, made.clause, made.letter != "") == (doubt.record, "identity", False)
    view = doubt.hub.replying.request(doubt.hub.asker(POLICE), request)
    told = {line.label: line.text for (child,) in (view.children,) for line in child}
    assert told["Date of birth"] == doubt.child.born.isoformat()
    assert set(told) <= {"Name", "Date of birth", "Their own id", "NHS number", "Address"}
    link = doubt.hub.owners.link(doubt.hub.asker(SCREENER), request)
    with Site(doubt.hub) as site, Visit(site.url, POLICE) as police:
        arrived = [police.get("/requests").text, police.get(f"/requests/{request}").text]
        nobody = Visit(site.url, "nobody")
        with nobody:
            sent = {"step": "code", "code": link.code}
            arrived.append(nobody.http.post(link.link, data=sent).text)
    with closing(front.inbox("police", tmp_path)) as inbox:
        running.settled(alerts=False)
        doubt.hub.owners.withdraw(doubt.hub.asker(SCREENER), request, "asked_wrongly")
        again = doubt.ask()
        wait_until(lambda: any(one["id"] == again for one in inbox.read()), what="the relay sent the request")
        (sent_out,) = [one for one in inbox.read(words=True) if one["id"] == again]
    assert (sent_out["purpose"], sent_out["questions"]) == ("identity_review", ["birth_date", "second_record"])
    arrived.append(str(sent_out))
    assert [doubt.child.surname in page for page in arrived[1:]] == [True, True, True]
    for page in arrived:
        assert OTHERS not in page
        assert STREET not in page
        assert doubt.known not in page
        assert doubt.like.born.isoformat() not in page


def test_what_they_are_told_is_let_out_by_a_ledger_entry_that_bears_the_requests_id(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    (entry,) = doubt.hub.ledger.load(f"ask:{request}")
    asked: Any = entry.fact
    assert (asked.action, asked.purpose, asked.subjects) == ("export", "identity_review", (doubt.person,))
    assert {one.organisation for one in asked.rulings} == {"police"}  # nothing of any other owner was even asked for


# ------------------------------------------------------------------------------------------------------------ answers


def test_an_answer_stands_in_the_review_beside_the_candidates_and_is_a_task_until_somebody_looked(
    running: RunningHub,
) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    with pytest.raises(Refused) as refused:
        doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, Answer(result="provided", words="He is thin."))
    assert refused.value.field == "words"
    for values, field in (
        ({}, "values"), ({"names": "Somebody"}, "values"), ({"birth_date": "2 March"}, "value-birth_date"),
        ({"birth_date": "2099-01-01"}, "value-birth_date"), ({"second_record": "perhaps"}, "value-second_record"),
        ({"second_record": "no", "second_own_id": "X1"}, "value-second_own_id"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, Answer(result="provided", values=values))
        assert refused.value.field == field
        assert "March" not in str(refused.value)
    assert len(doubt.facts(request)) == 1  # nothing was half written
    doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, BORN)
    row = doubt.row(request)
    assert (row.state, {line.label: line.text for line in row.said}) == (
        "provided", {"Date of birth": "2015-03-02", "Second record": "No, we looked and hold this record alone"},
    )  # fmt: skip
    review = doubt.hub.review(doubt.hub.asker(SCREENER), doubt.person)
    (born,) = [one for one in review.fields if one.label == "Date of birth"]
    said = {piece.text: value.sources for value in born.cells[0] for piece in value.pieces[:1]}
    assert any("when it was asked" in source for sources in said.values() for source in sources)
    assert review.owned is not None
    assert [one.request for one in review.owned.rows] == [request]
    assert f"request:{request}" in waiting(doubt, "record_answered")
    doubt.decide("cannot_tell")
    running.settled(alerts=False)
    assert f"request:{request}" not in waiting(doubt, "record_answered")


def test_an_answer_is_no_part_of_what_was_said_of_anybody_and_opens_nowhere_else(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, BORN)
    running.settled(alerts=False)
    for child in (doubt.person, doubt.known):
        picture = doubt.hub.picture(doubt.hub.asker(DECIDER), child, "")
        assert request not in str(picture)
        assert "2015-03-02" not in str(picture)
    (fact,) = [one for one in doubt.facts(request) if isinstance(one, RequestAnswered)]
    assert [(one.category, one.about, one.organisation) for one in fact.items] == [
        ("identity", (doubt.record,), "police")
    ]
    own = doubt.hub.replying.request(doubt.hub.asker(POLICE), request)
    assert ("Date of birth", "2015-03-02") in [(line.label, line.text) for line in own.said]
    with pytest.raises(NotFound):
        doubt.hub.replying.request(doubt.hub.asker(HEALTH), request)


def test_what_its_own_system_sends_answers_it_and_stands_as_what_the_record_says_now(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask(questions=("birth_date",))
    right = replace(doubt.own, birth_date=date(2014, 6, 7))
    running.say(by_message("police", right, request, result="provided", narrative="Our record says otherwise."))
    running.settled(alerts=False)
    assert (doubt.row(request).state, doubt.row(request).how) == ("provided", "By a message of their own")
    review = doubt.hub.review(doubt.hub.asker(SCREENER), doubt.person)
    (born,) = [one for one in review.fields if one.label == "Date of birth"]
    texts = ["".join(piece.text for piece in value.pieces) for value in born.cells[0]]
    assert any("7 June 2014" in text for text in texts), texts


def test_somebody_without_an_account_answers_by_link_and_code(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    link = doubt.hub.owners.link(doubt.hub.asker(SCREENER), request)
    with Site(doubt.hub) as site, Visit(site.url, "nobody") as nobody:
        page = nobody.http.post(link.link, data={"step": "code", "code": link.code}).text
        ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
        born = {"value-birth_date-day": "2", "value-birth_date-month": "3", "value-birth_date-year": "2015"}
        done = nobody.http.post(
            link.link, data={"step": "send", "ticket": ticket, "result": "provided", "name": "Desk", **born}
        )
    assert (done.status_code, "Your answer was sent" in done.text) == (200, True)
    running.settled(alerts=False)
    assert ("Date of birth", "2015-03-02") in [(line.label, line.text) for line in doubt.row(request).said]


def test_a_refusal_says_why_to_who_reviews(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    why = Answer(result="refused", reason="other", reason_words="The register is being rebuilt.")
    doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, why)
    row = doubt.row(request)
    assert (row.state, row.reason, [line.text for line in row.said]) == (
        "refused", "Another reason, in words", ["The register is being rebuilt."],
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ time, and ends


def test_an_overdue_answer_is_a_task_of_who_reviews_and_a_reminder_goes_out(
    running: RunningHub, clock: MovedClock
) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    assert f"request:{request}" not in waiting(doubt, "record_asked_overdue")
    clock.moved = timedelta(days=9)
    assert f"request:{request}" in waiting(doubt, "record_asked_overdue")
    assert f"request:{request}" not in waiting(doubt, "request_overdue")  # it is of no MASH enquiry
    assert f"request:{request}" in waiting(doubt, "request_to_answer", POLICE)
    doubt.hub.owners.remind(doubt.hub.asker(SCREENER), request)
    assert doubt.row(request).reminders == 1
    told = doubt.hub.replying.inbox(doubt.hub.asker(POLICE)).notices
    assert ("request_reminder", request) in [(one.kind, one.about) for one in told]


def test_a_review_that_closes_meanwhile_withdraws_what_was_asked_and_tells_them(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    assert doubt.decide("different")["state"] == "settled"
    running.settled(alerts=False)
    (gone,) = [one for one in doubt.facts(request) if isinstance(one, RequestWithdrawn)]
    assert (gone.reason, gone.withdrawn_by) == ("review_closed", "service:watch")
    told = [one.fact for one in running.facts() if isinstance(one.fact, NoticeSent) and one.fact.about == request]
    assert [(one.organisation, one.kind) for one in told] == [("police", "request_withdrawn")]
    view = doubt.hub.replying.request(doubt.hub.asker(POLICE), request)
    assert view.children == ()  # nobody need know any more whom it was about
    doubt.hub.replying.answer(doubt.hub.asker(POLICE), request, BORN)  # what comes all the same is kept
    running.settled(alerts=False)
    assert doubt.facts(request)[-1].after == "withdrawn"  # type: ignore[attr-defined]
    assert doubt.hub.owners.end_settled() == 0
    with pytest.raises(Refused, match="Select a record in doubt"):
        doubt.ask()


def test_the_watch_ends_it_where_whoever_decided_did_not(running: RunningHub) -> None:
    doubt = Doubt(running)
    request = doubt.ask()
    ident = doubt.hub.identify().decide(wish(doubt.hub, "same", doubt.person, other=doubt.known, by=SCREENER))
    running.settled(alerts=False)
    assert doubt.hub.identify().decision(ident).state == "settled"
    assert len(doubt.facts(request)) == 1
    doubt.hub.watch().turn()
    assert [type(one).__name__ for one in doubt.facts(request)] == ["RequestMade", "RequestWithdrawn"]
    doubt.hub.watch().turn()
    assert len(doubt.facts(request)) == 2


# ---------------------------------------------------------------------------------------------- pages and programs


def test_it_is_asked_on_the_page_of_the_review_with_nothing_selected(running: RunningHub) -> None:
    doubt = Doubt(running)
    place = f"/identity/review/{doubt.person}"
    with Site(doubt.hub) as site, Visit(site.url, SCREENER) as screener:
        page = screener.get(place).text
        form = page.partition(f'action="{place}/ask"')[2].partition("</form>")[0]
        assert "Which date of birth do you hold for your record?" in form
        assert "checked" not in form
        missing = screener.send(place, {"step": "ask"}, f"{place}/ask")
        assert (missing.status_code, "Select at least one question" in missing.text) == (422, True)
        sent = {"step": "ask", "record": doubt.record, "questions": "birth_date"}
        done = screener.send(place, sent, f"{place}/ask")
        assert (done.status_code, "Asked, no answer yet" in done.text) == (200, True)
        request = doubt.page().rows[0].request
        linked = screener.send(place, {"step": "link", "request": request}, f"{place}/ask")
        assert "Send this link" in linked.text
        withdrawn = {"step": "withdraw", "request": request, "named": "withdrawn-1", "withdrawn-1": "no_longer_needed"}
        assert "Withdrawn" in screener.send(place, withdrawn, f"{place}/ask").text


def test_programs_review_ask_and_decide_by_the_rules_of_the_page(running: RunningHub) -> None:
    doubt = Doubt(running)
    base = f"/api/v1/identity/reviews/{doubt.person}"
    with Site(doubt.hub) as site, Visit(site.url, SCREENER) as screener, Visit(site.url, POLICE) as police:
        assert police.call("/api/v1/identity/reviews").status_code == 403
        listed = screener.call("/api/v1/identity/reviews").json()
        assert doubt.person in [one["person"] for one in listed["rows"]]
        view = screener.call(base).json()
        assert [one["person"] for one in view["candidates"]] == [doubt.known]
        asked = screener.call(f"{base}/requests", {"record": doubt.record, "questions": ["birth_date"]})
        assert asked.status_code == 201
        request = asked.json()["request"]
        answered = police.call(f"/api/v1/own/requests/{request}/answer", {"result": "provided", "values": BORN.values})
        assert (answered.status_code, answered.json()["field"]) == (422, "values")  # a second was not asked
        born = {"result": "provided", "values": {"birth_date": "2015-03-02"}}
        assert police.call(f"/api/v1/own/requests/{request}/answer", born).status_code == 200
        (row,) = screener.call(f"{base}/requests").json()["rows"]
        assert (row["state"], row["said"]) == ("provided", [{"label": "Date of birth", "text": "2015-03-02"}])
        again = screener.call(f"/api/v1/identity/requests/{request}/remind", {})
        assert again.status_code == 422
        said = {
            "verdict": "same",
            "reason": "identifiers_differ",
            "why": "They answered.",
            "seen": view["stamp"]["position"],
        }
        nobody = screener.call(base, {**said, "other": doubt.person})
        assert nobody.status_code == 422
        seen = screener.call(base).json()["stamp"]["position"]
        done = screener.call(base, {**said, "verdict": "different", "seen": seen})
        assert (done.status_code, done.json()["state"]) == (201, "settled")


def pair(running: RunningHub, surname: str) -> tuple[str, str]:
    """Two of whom it is proposed that they are one: the health trust's and housing's."""
    Front(running)
    like = somebody()
    child = type(like)(like.serial, "Thaddeus", surname, like.born)  # like nobody of the other tests
    said = seen_by(child, "health", person=child.known_to("health", nhs_number=None, birth_date=None))
    first = running.say(concern("health", said))
    number = Person(own_id=f"h-{surname}", nhs_number=child.nhs)
    other = running.say(concern("housing", seen_by(child, "housing", person=number)))
    running.settled(alerts=False)
    running.say(concern("housing", seen_by(child, "housing", person=child.known_to("housing", own_id=f"h-{surname}"))))
    running.settled(alerts=False)
    running.say(concern("health", seen_by(child, "health")))
    running.settled(alerts=False)
    return running.child_of("health", first), running.child_of("housing", other)


def test_of_a_proposal_that_became_restricted_only_its_readers_act_on_what_was_asked(running: RunningHub) -> None:
    one, two = pair(running, "Undershaw")
    hub, who = running.hub, running.hub.asker
    records = hub.owners.page(who(SCREENER), one, two).records
    asked = AskOwner(person=one, other=two, record=records[0].code, questions=("names",), by=SCREENER)
    request = hub.owners.ask(who(SCREENER), asked)
    about = running.stream(f"request:{request}")[0].fact.children[0]  # type: ignore[attr-defined]
    other = two if about == one else one
    done = hub.identity_decide(
        who(SCREENER), wish(hub, "restrict", other, reason="adoption", readers=(SCREENER,), by=SCREENER)
    )
    hub.identity_agree(who(MANAGER), done["identity"])
    running.settled(alerts=False)
    with pytest.raises(NotFound, match="no such request about a record in doubt"):
        hub.owners.remind(who(DECIDER), request)
    with pytest.raises(Refused, match="This review is restricted"):
        hub.owners.link(who(SCREENER), request)


def test_programs_answer_a_proposal_and_joining_waits_for_a_second_person(running: RunningHub) -> None:
    one, two = pair(running, "Nonesuch")
    with Site(running.hub) as site, Visit(site.url, SCREENER) as screener, Visit(site.url, MANAGER) as manager:
        pairs = [
            {row["person"], row["other"]} for row in screener.call("/api/v1/identity/proposals").json()["proposals"]
        ]
        assert {one, two} in pairs
        place = f"/api/v1/identity/proposals/{one}/{two}"
        view = screener.call(place).json()
        (records,) = [[each["code"] for each in screener.call(f"{place}/requests").json()["records"]]]
        asked = screener.call(f"{place}/requests", {"record": records[0], "questions": ["names"]})
        assert asked.status_code == 201
        answer = {
            "verdict": "same",
            "reason": "identifiers_agree",
            "why": "One number.",
            "seen": view["stamp"]["position"],
        }
        done = screener.call(place, answer)
        assert (done.status_code, done.json()["state"], done.json()["what"]) == (201, "waits_for_second", "merge")
        decision = f"/api/v1/identity/decisions/{done.json()['identity']}"
        assert screener.call(decision, {"step": "agree"}).status_code == 422
        assert manager.call(decision, {"step": "agree"}).json()["state"] == "settled"
        assert screener.call(decision).json()["row"]["state"] == "settled"
        request = asked.json()["request"]
    running.settled(alerts=False)
    assert [type(each.fact).__name__ for each in running.stream(f"request:{request}")] == [
        "RequestMade",
        "RequestWithdrawn",
    ]


def under_a_protocol_that_protects_sources(running: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    edition, desk = running.hub.edition, running.hub._desk
    protocol = {**edition.parts["protocol"], "source_protected_codes": ["P9"]}
    mended = replace(edition, parts={**edition.parts, "protocol": protocol})
    monkeypatch.setattr(running.hub, "_desk", lambda: replace(desk(), edition=mended))


def test_nobody_learns_from_whom_may_be_asked_that_a_protected_source_spoke(
    running: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt = Doubt(running)
    for setting in ("covert", "open_desk"):
        handled = Handling(police_code="P9") if setting == "covert" else Handling()
        seen = seen_by(doubt.child, "police", "hunger", person=doubt.own)
        running.say(concern("police", seen, at=moment(2), setting=setting, handling=handled))
    hidden = Doubt(running, handling=Handling(police_code="P9"))
    whole = [f"{doubt.record}{setting}" for setting in ("", "/covert", "/open_desk")]
    assert [one.code for one in doubt.page().records] == whole
    under_a_protocol_that_protects_sources(running, monkeypatch)
    assert [one.code for one in doubt.page().records] == [whole[0], whole[2]]
    with pytest.raises(Refused, match="Select a record in doubt"):
        doubt.ask(record=whole[1])
    with pytest.raises(NotFound):  # nor that there is such a review, but who keeps the restricted queue
        hidden.page()
    kept = hidden.page(MANAGER)
    assert (kept.records, kept.cannot) == ((), ())
