"""Bad input about sharing, by page, by command and by a program: a clear error that says what to do, and nothing written.

Each case is sent all the ways there are, and the record is as long afterwards as before.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from hub.domain.enquiry import EnquiryDecided
from hub.domain.fact import Envelope, NewFact
from hub.domain.family_wish import Wish, wish_of
from hub.domain.moments import london_day
from hub.domain.request import Party
from tests.journey.conftest import Mash, Said
from tests.journey.test_consent import FILLED, YES
from tests.support.asking import DECIDER, SCREENER, Front
from tests.support.drafts import DECISION_MAKER, IG_LEAD, OWNER, change, copy_of_the_set, stricter
from tests.support.enquiries import FORM
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site, Visit

NOBODY = str(uuid4())
NO_PAGE = "There is no such page, or none that you may see. Check the address, or start again from a list"


class Place:
    """A hub with a MASH enquiry, its pages, its commands, and a draft of the sharing policies."""

    def __init__(self, running: RunningHub, site: Site, mash: Mash, draft: Path) -> None:
        self.running, self.hub, self.site, self.typed, self.draft = running, running.hub, site, mash, draft
        self.front = Front(running)
        self.child = self.front.child
        self._visits: dict[str, Visit] = {}
        self._head = 0

    def visit(self, staff: str) -> Visit:
        if staff not in self._visits:
            self._visits[staff] = self.site.visit(staff)
        return self._visits[staff]

    def close(self) -> None:
        for one in self._visits.values():
            one.http.close()

    def from_here(self) -> None:
        """What is refused from here on must leave the record as long as it is now."""
        self.running.settled(alerts=False)  # what counts because of what was done is on record first
        self._head = self.hub.record.position()

    def page(self, response: httpx.Response, status: int, told: str) -> None:
        said = response.text.partition("<main")[2].partition("</main>")[0]
        plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", said))
        assert (response.status_code, told.casefold() in plain.casefold()) == (status, True), plain[:600]
        self._unwritten()

    def api(self, response: httpx.Response, status: int, told: str, field: str = "") -> None:
        said = response.json()
        assert (response.status_code, told in said["detail"], said.get("field", "")) == (status, True, field), said
        self._unwritten()

    def command(self, said: Said, told: str) -> None:
        assert (said.code, told in said.err) == (1, True), said
        assert len(said.err.strip().splitlines()) == 1  # one line, and no trace
        self._unwritten()

    def _unwritten(self) -> None:
        assert self.hub.record.position() == self._head


@pytest.fixture
def place(tmp_path: Path, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    draft = copy_of_the_set(tmp_path / "draft")
    monkeypatch.setenv("MASH_DEMO", "true")
    monkeypatch.setenv("MASH_SHARING_DRAFT", str(draft))
    running = RunningHub(settings_for(tmp_path / "data", sharing_draft=draft))
    running.start("intake", "views", "relay")
    with Site(running.hub) as site:
        made = Place(running, site, mash, draft)
        yield made
        made.close()
    running.close()


def hidden(visit: Visit, page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', visit.get(page).text))


def given(*changes: str, scope: str = "school_a") -> tuple[str, ...]:
    """A yes as a command, whole."""
    return (
        "given", "--giver", "parental_responsibility", "--who", "new", "--shown", "birth_mother", "--organisations", scope,
        "--categories", "narrative", "--purposes", "early_help", "--how", "face_to_face", "--present", "nobody_else",
        "--safe", "--held", "--evidence", "Blue folder.", "--by", SCREENER, *changes,
    )  # fmt: skip


def test_consent_for_a_person_whom_nobody_knows(place: Place) -> None:
    visit, told = place.visit(SCREENER), "no such person, or none that you may know of"
    token = {"token": hidden(visit, f"/child/{place.child}/consent/share/given")["token"]}
    place.from_here()
    sent = visit.http.post(f"/child/{NOBODY}/consent/share/given", data={**token, **FILLED})
    place.page(sent, 404, NO_PAGE)
    place.command(place.typed("consent", "record", NOBODY, *given()), told)
    place.api(visit.call(f"/api/v1/consent/{NOBODY}", YES), 404, NO_PAGE)


def test_a_scope_that_names_an_organisation_that_is_not_registered(place: Place) -> None:
    visit, told = place.visit(SCREENER), "Name organisations that the register knows: ministry is none"
    where = f"/child/{place.child}/consent/share/given"
    answers: dict[str, Any] = {**FILLED, "organisations": ["ministry"]}
    place.from_here()
    place.page(visit.send(where, answers), 422, told)
    place.command(place.typed("consent", "record", place.child, *given(scope="ministry")), told)
    scope = {**YES["scope"], "organisations": ["ministry"]}
    place.api(visit.call(f"/api/v1/consent/{place.child}", {**YES, "scope": scope}), 422, told, "organisations")


def test_a_withdrawal_of_what_was_not_given(place: Place) -> None:
    visit, told = place.visit(SCREENER), "There is nothing to withdraw"
    refusal = Wish(
        what="refused", person=place.child, giver="parental_responsibility", who="new", how="telephone",
        interpreter="not_needed",
    )  # fmt: skip
    said = place.hub.consents.say(place.hub.asker(SCREENER), refusal).ref
    where = f"/child/{place.child}/consent/share/withdrawn"
    place.from_here()
    answers = {"effect": "stop_future", "statement": said}
    place.page(visit.send(f"{where}?statement={said}", answers, to=where), 422, told)
    place.page(visit.get(f"{where}?statement=consent-record:{NOBODY}@1"), 404, NO_PAGE)
    place.command(place.typed("consent", "withdraw", place.child, said, "--yes", "--by", SCREENER), told)
    unknown = place.typed("consent", "withdraw", place.child, f"consent-record:{NOBODY}@1", "--yes", "--by", SCREENER)
    place.command(unknown, "no such statement about this person")
    asked = {"statement": said, "effect": "stop_future"}
    place.api(visit.call(f"/api/v1/consent/{place.child}/preview", asked), 422, told, "statement")
    whole = {**asked, "what": "withdrawn", "preview": "0" * 64}
    place.api(visit.call(f"/api/v1/consent/{place.child}", whole), 422, told, "statement")


def test_a_withdrawal_of_what_was_given_that_nobody_looked_at(place: Place) -> None:
    visit, told = place.visit(SCREENER), "was not looked at, or has changed since: look at the preview, then withdraw"
    said = place.hub.consents.say(place.hub.asker(SCREENER), wish_of({**YES, "person": place.child})).ref
    where = f"/child/{place.child}/consent/share/withdrawn"
    place.from_here()
    confirmed = {"effect": "stop_future", "step": "confirm", "statement": said, "preview": "0" * 64}
    place.page(visit.send(f"{where}?statement={said}", confirmed, to=where), 422, told)
    sent = {"what": "withdrawn", "statement": said, "effect": "stop_future"}
    place.api(visit.call(f"/api/v1/consent/{place.child}", sent), 422, told, "preview")


def test_a_policy_that_does_not_validate(place: Place) -> None:
    visit, told = place.visit(IG_LEAD), "R04"
    change(
        place.draft,
        "reading.cedar",
        "resource.asker_on_enquiry && resource.ground",
        "resource.asker_on_enquiery && resource.ground",
    )
    at = place.hub.governing.draft().content_hash
    token = hidden(visit, "/policies")["token"]
    place.from_here()
    for step in ("sign", "publish"):
        sent = visit.http.post("/policies/draft", data={"token": token, "step": step, "hash": at})
        place.page(sent, 422, told)
        place.command(place.typed("policy", step, "--by", IG_LEAD), told)
        place.api(visit.call(f"/api/v1/policies/{step}", {"content_hash": at}), 422, told, "draft")
    place.command(place.typed("policy", "check", "--folder", str(place.draft)), told)


def test_a_signature_by_the_wrong_role(place: Place) -> None:
    stricter(place.draft)
    at = place.hub.governing.draft().content_hash
    owner = place.visit(OWNER)
    place.from_here()
    sent = owner.http.post(
        "/policies/draft", data={"token": hidden(owner, "/policies")["token"], "step": "sign", "hash": at}
    )
    told = "information-governance lead"
    place.page(sent, 422, told)
    place.command(place.typed("policy", "sign", "--by", OWNER), told)
    place.api(owner.call("/api/v1/policies/sign", {"content_hash": at}), 422, told, "role")
    other = place.visit(DECISION_MAKER)
    token = hidden(other, f"/child/{place.child}/consent/share/given")["token"]
    place.page(
        other.http.post("/policies/draft", data={"token": token, "step": "sign", "hash": at}), 403, "Your role does not"
    )
    place.command(place.typed("policy", "sign", "--by", DECISION_MAKER), "sign_policies")
    place.api(other.call("/api/v1/policies/sign", {"content_hash": at}), 403, "Your role does not include this page.")


def test_a_decision_about_a_mash_enquiry_that_is_decided(place: Place) -> None:
    visit, front = place.visit(DECIDER), place.front
    fact = EnquiryDecided(
        child=front.child, level=2, suggested=None, agrees=True, outcome="early_help", actions=("signposted",), evidence=(),
        family_told=True, seen_position=1, decided_by=DECIDER,
    )  # fmt: skip
    stream = f"mash-enquiry:{front.enquiry}"
    now = datetime.now(UTC)
    envelope = Envelope(now, now, f"person:{DECIDER}", "", "", place.hub.edition.id)
    place.hub.record.append([NewFact(stream, len(place.hub.record.load(stream)), fact, envelope)])
    told, day = "decided", london_day(now)
    position = place.hub.record.position()
    place.from_here()
    answers = {
        **FORM, "step": "confirm", "seen_position": str(position), "seen_by": "police", "seen_on-day": str(day.day),
        "seen_on-month": str(day.month), "seen_on-year": str(day.year), "by-family_contacted-day": str(day.day),
        "by-family_contacted-month": str(day.month), "by-family_contacted-year": str(day.year), "child": front.child,
    }  # fmt: skip
    token = hidden(visit, f"/child/{front.child}/consent/share/given")["token"]
    where = f"/enquiry/{front.enquiry}/decision"
    place.page(visit.http.post(where, data={"token": token, **answers}), 422, told)
    command = place.typed(
        "enquiry", "decide", front.enquiry, "--level", "2", "--agree", "--outcome", "early_help", "--view", "not_obtained",
        "--no-view", "A baby.", "--seen", "not_seen", "--family-told", "--action", f"family_contacted:front_door:{day}",
        "--why", "x", "--by", DECIDER,
    )  # fmt: skip
    place.command(command, told)
    body = {
        "seen_position": position, "level": 2, "agrees": True, "outcome": "early_help", "view": "not_obtained",
        "why_no_view": "A baby.", "seen": "not_seen", "family_told": True, "reason": "x", "child": front.child,
        "plan": [{"action": "family_contacted", "owner": "front_door", "due": str(day)}],
    }  # fmt: skip
    answered = visit.call(f"/api/v1/enquiries/{front.enquiry}/decision", body)
    place.api(answered, 422, told, answered.json().get("field", ""))


def test_a_request_outside_the_protocol(place: Place) -> None:
    place.hub.add_organisation("football_club", "Football club", "voluntary", party=False)
    visit, told = place.visit(SCREENER), "outside the information-sharing protocol"
    where = f"/enquiry/{place.front.enquiry}/requests"
    place.from_here()
    answers = {
        "step": "ask", "settings": "football_club", "child": [place.child], "purpose": "triage", "questions": ["concerns"],
        "told": ["names"],
    }  # fmt: skip
    place.page(visit.send(where, answers), 422, told)
    asked = (
        "request",
        "ask",
        place.front.enquiry,
        "--party",
        "football_club",
        "--child",
        place.child,
        "--purpose",
        "triage",
    )
    place.command(place.typed(*asked, "--question", "concerns", "--tell", "names", "--by", SCREENER), told)
    body = {
        "parties": ["football_club"], "children": [place.child], "purpose": "triage", "questions": ["concerns"],
        "told": ["names"],
    }  # fmt: skip
    place.api(visit.call(f"/api/v1/enquiries/{place.front.enquiry}/requests", body), 422, told, "party")


def test_a_link_used_twice(place: Place) -> None:
    """A link is opened on the page alone; what a command and a program make is told the same of a request that is over."""
    (asked,) = place.front.ask(Party("health_visiting"))
    made = place.hub.requesting.link(place.front.who(SCREENER), asked)
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=place.site.url, follow_redirects=True, headers=headers) as browser:
        opened = browser.post(made.link, data={"step": "code", "code": made.code})
        (ticket,) = set(re.findall(r'name="ticket" value="([^"]+)"', opened.text))
        sent = {"step": "send", "ticket": ticket, "result": "searched_none_held"}
        assert browser.post(made.link, data=sent).status_code == 200
        place.from_here()
        again = browser.post(made.link, data=sent)
        place.page(again, 422, "This link was used: an answer was sent with it. To add something, ask the front door")
        once_more = browser.post(made.link, data={"step": "code", "code": made.code})
        place.page(once_more, 422, "ask the front door for a new link")
    told = "This request was answered: there is nothing to withdraw"
    withdrawn = place.typed("request", "withdraw", asked, "--reason", "no_longer_needed", "--by", SCREENER)
    place.command(withdrawn, told)
    where = f"/api/v1/enquiries/{place.front.enquiry}/requests/{asked}/withdraw"
    place.api(place.visit(SCREENER).call(where, {"reason": "no_longer_needed"}), 422, told, "request")
