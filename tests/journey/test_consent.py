"""Consent through the front doors: pages in a browser without a script, the interface for programs, the command line."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.domain.enquiry import OpenEnquiry
from hub.domain.family_wish import wish_of
from hub.domain.notice import NoticeSent
from hub.views.models import Asker
from hub.web.app import listen, make_app, server
from tests.journey.conftest import Mash
from tests.support.browser import NARROW, WIDE, chromium, sign_in
from tests.support.identities import ByHand, somebody
from tests.support.messages import concern, consent, seen_by
from tests.support.partnership import PATIENCE, RunningHub, wait_until

STAFF = {one.title: one.staff for one in DEMO_ACCOUNTS}
DECIDER, MANAGER = STAFF["Decision maker"], STAFF["MASH manager"]
SECRET = "The father must not know of this."
MUM = "Morwenna Madeup"
ORGANISATIONS = {
    "children_social_care": "social_care", "early_help": "early_help", "school_a": "education", "health_visiting": "health",
}  # fmt: skip
COUNCIL = {"organisations": ["children_social_care"], "categories": ["narrative"], "purposes": ["triage"]}
YES: dict[str, Any] = {
    "what": "given", "giver": "parental_responsibility", "who": "new", "giver_name": MUM, "how": "face_to_face",
    "interpreter": "not_needed", "scope": COUNCIL, "evidence_held": True, "evidence": "Blue folder.", "shown": "birth_mother",
    "present": ["nobody_else"], "safe_to_refuse": True, "reason": SECRET,
}  # fmt: skip


class Site:
    """A hub of the demo's organisations with its pages on a free port of loopback, and one child in it."""

    def __init__(self, running: RunningHub) -> None:
        self.running, self.hub = running, running.hub
        for organisation, sector in ORGANISATIONS.items():
            self.hub.add_organisation(organisation, organisation.replace("_", " ").capitalize(), sector)
        self.by_hand = ByHand(running)
        running.start("views")
        self.child = self.by_hand.seen(somebody(), "school", "late_collection")
        bound = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self._server = server(make_app(self.hub, self.url))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]})
        self._thread.start()
        wait_until(lambda: self._server.started)
        self._open: list[httpx.Client] = []

    def close(self) -> None:
        for one in self._open:
            one.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def visit(self, title: str) -> httpx.Client:
        """Somebody signed in, with a browser that runs no script."""
        visitor = httpx.Client(base_url=self.url, follow_redirects=True, headers={"Sec-Fetch-Site": "same-origin"})
        self._open.append(visitor)
        assert visitor.post("/sign-in", data={"account": STAFF[title]}).status_code == 200
        return visitor

    def program(self, title: str) -> httpx.Client:
        """The same person's own program: it sends JSON, and the session's token beside it."""
        visitor = self.visit(title)
        visitor.headers["mash-form-token"] = visitor.get("/api/v1/session").json()["token"]
        return visitor

    def look(self) -> None:
        """The decision maker reads the child's words in a MASH enquiry that rests on the family's agreement."""
        who: Asker = self.hub.asker(DECIDER)
        opening = OpenEnquiry(child=self.child, alerts=(), ground="agreed_early_help", reason="To see.", by=DECIDER)
        self.hub.picture(who, self.child, self.hub.open_enquiry(who, opening))


@pytest.fixture
def site(own_hub: Callable[..., RunningHub]) -> Iterator[Site]:
    made = Site(own_hub())
    yield made
    made.close()


def send(visitor: httpx.Client, page: str, answers: dict[str, str | list[str]]) -> httpx.Response:
    """Fill in the form of a page and send it to where that form goes, with the hidden fields it gave."""
    shown = visitor.get(page)
    assert shown.status_code == 200, shown.text[:500]
    return post_on(visitor, shown, answers)


def post_on(visitor: httpx.Client, shown: httpx.Response, answers: dict[str, str | list[str]]) -> httpx.Response:
    form = shown.text.rpartition("<main")[2].partition("</main>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    where = re.search(r'<form method="post" action="([^"]+)"', form)
    return visitor.post(where.group(1) if where else shown.url.path, data={**hidden, **answers})


FILLED: dict[str, str | list[str]] = {
    "giver": "parental_responsibility", "who": "new", "giver_name": MUM, "how": "face_to_face",
    "organisations": ["children_social_care"], "categories": ["narrative"], "purposes": ["triage"],
    "evidence_held": "yes", "evidence": "Blue folder.", "shown": "birth_mother", "present": ["nobody_else"],
    "safe_to_refuse": "yes", "reason": SECRET, "interpreter": "not_needed",
}  # fmt: skip


def test_on_pages_a_yes_is_recorded_looked_through_withdrawn_and_acknowledged(site: Site) -> None:
    visitor = site.visit("Decision maker")
    here = f"/child/{site.child}/consent"
    form = visitor.get(f"{here}/share/given")
    assert " checked" not in form.text  # nothing is chosen beforehand
    missing = send(visitor, f"{here}/share/given", {**FILLED, "safe_to_refuse": "", "valid_from-day": "31"})
    assert (missing.status_code, "Enter a real day" in missing.text) == (422, True)
    missing = send(visitor, f"{here}/share/given", {**FILLED, "safe_to_refuse": ""})
    assert (missing.status_code, "Select whether they could safely have said no" in missing.text) == (422, True)
    assert SECRET in missing.text  # what was written is not lost
    shown = send(visitor, f"{here}/share/given", FILLED)
    assert (shown.url.path, "Agreed: somebody who holds parental responsibility" in shown.text) == (here, True)
    site.look()
    (statement,) = re.findall(r"share/withdrawn\?statement=([^\"]+)\"", shown.text)
    unsaid = send(visitor, f"{here}/share/withdrawn?statement={statement}", {})
    assert (unsaid.status_code, "Select whether to stop" in unsaid.text) == (422, True)
    preview = send(visitor, f"{here}/share/withdrawn?statement={statement}", {"effect": "stop_future"})
    for told in ("What rests on this consent", "Stops: it rests on this consent", "Children social care"):
        assert told in preview.text
    done = post_on(visitor, preview, {"step": "confirm"})
    assert (done.url.path, "Withdrawn" in done.text, "to acknowledge by" in done.text) == (here, True, True)
    notices = visitor.get("/consent/notices")
    assert "stop what rests on it" in notices.text
    acknowledged = post_on(visitor, notices, {})
    assert (acknowledged.status_code, "acknowledged" in acknowledged.text) == (200, True)
    again = visitor.post(re.findall(r'action="(/consent/notices/[^"]+)"', notices.text)[0],
                         data=dict(re.findall(r'name="(token)" value="([^"]+)"', notices.text)))  # fmt: skip
    assert (again.status_code, "acknowledged before" in again.text) == (422, True)


def test_what_a_family_said_lies_nowhere_in_the_open(site: Site) -> None:
    assert site.program("Decision maker").post(f"/api/v1/consent/{site.child}", json=YES).status_code == 200
    files = [path for path in site.hub.settings.data.rglob("*") if path.is_file()]
    assert len(files) > 5
    held = [path.name for path in files for word in (SECRET, MUM, "Blue folder") if word.encode() in path.read_bytes()]
    assert held == []


def test_with_every_role_running_a_withdrawal_closes_what_rested_on_it(running_hub: RunningHub) -> None:
    hub = running_hub.hub
    hub.add_organisation("children_social_care", "Children social care", "social_care")
    ident = running_hub.say(concern("school", seen_by(somebody(), "school", "late_collection")))
    running_hub.settled()
    child, who = running_hub.child_of("school", ident), hub.asker(DECIDER)
    given = hub.consents.say(who, wish_of({**YES, "person": child})).ref
    opening = OpenEnquiry(child=child, alerts=(), ground="agreed_early_help", reason="To see.", by=DECIDER)
    enquiry = hub.open_enquiry(who, opening)
    assert [bool(entry.words) for entry in hub.picture(who, child, enquiry).chronology] == [True]
    asked = {"what": "withdrawn", "person": child, "statement": given, "effect": "stop_future"}
    seen = hub.consents.preview(who, wish_of(asked))
    assert [(one.organisation, one.outcome) for one in seen.rows] == [("Children social care", "stops")]
    hub.consents.say(who, wish_of({**asked, "preview": seen.digest}))
    assert [bool(entry.words) for entry in hub.picture(who, child, enquiry).chronology] == [False]
    assert [one.acknowledged_at for one in hub.consents.notices(who).rows] == [None]
    running_hub.settled()


def test_with_every_role_running_a_withdrawal_by_message_tells_who_relied_on_it_once(running_hub: RunningHub) -> None:
    """Over the log that the hub has, and by the interface of an organisation's program: the same stop, notices and clock."""
    hub, like = running_hub.hub, somebody()
    if "children_social_care" not in hub.register().organisations:
        hub.add_organisation("children_social_care", "Children social care", "social_care")
    who = hub.asker(DECIDER)
    ident = running_hub.say(concern("school", seen_by(like, "school", "late_collection")))
    scope = {"organisations": ("children_social_care",), "categories": ("narrative",), "purposes": ("triage",)}
    running_hub.say(consent("school", like.known_to("school"), "given", **scope))
    running_hub.settled()
    child = running_hub.child_of("school", ident)
    opening = OpenEnquiry(child=child, alerts=(), ground="agreed_early_help", reason="To see.", by=DECIDER)
    enquiry = hub.open_enquiry(who, opening)
    assert [bool(entry.words) for entry in hub.picture(who, child, enquiry).chronology if entry.kind == "worry"] == [
        True
    ]
    gone = consent("school", like.known_to("school"), "withdrawn", valid_from=hub.clock.now())
    package = running_hub.organisations["school"].package(gone)
    running_hub.send(package, package)  # a broker delivers twice

    def told() -> list[NoticeSent]:
        sent = [one.fact for one in running_hub.facts() if isinstance(one.fact, NoticeSent)]
        return [one for one in sent if one.child == child]

    wait_until(told, what="the watch told who relied on it")
    running_hub.settled()
    (notice,) = told()
    assert (notice.organisation, notice.kind, notice.due is not None) == (
        "children_social_care",
        "consent_withdrawn",
        True,
    )
    assert [bool(entry.words) for entry in hub.picture(who, child, enquiry).chronology if entry.kind == "worry"] == [
        False
    ]
    (waits,) = [one for one in hub.consents.notices(who).rows if one.acknowledged_at is None and one.due == notice.due]
    hub.consents.acknowledge(who, waits.id)
    assert running_hub.died == []


def test_on_pages_what_a_competent_young_person_says_goes_on_the_record_of_that_judgement(site: Site) -> None:
    visitor, here = site.visit("Decision maker"), f"/child/{site.child}/consent"
    shown = send(visitor, f"{here}/share/capacity", {
        "giver": "young_person", "test": "gillick", "outcome": "competent", "reason": "She explained it back.",
    })  # fmt: skip
    assert "Gillick: understands enough for this decision: can decide this themself" in shown.text
    form = visitor.get(f"{here}/share/refused").text
    (record,) = re.findall(r'name="record"[^>]*value="([^"]+)"', form)
    refused = send(visitor, f"{here}/share/refused", {
        "record": record, "how": "telephone", "interpreter": "not_needed", "present": ["nobody_else"],
    })  # fmt: skip
    assert "Refused: the young person themself" in refused.text
    view = site.program("Decision maker").get(f"/api/v1/consent/{site.child}").json()
    assert [(one["code"], one["capacity"], one["counts"]) for one in view["statements"]] == [
        ("refused", "Can decide this themself", True),
        ("capacity-assessed", "Gillick: understands enough for this decision: can decide this themself", False),
    ]


def test_a_form_says_do_not_ask_where_it_would_be_shared_anyway(site: Site) -> None:
    grave = site.by_hand.seen(somebody(), "school", "physical_abuse_disclosed")
    visitor = site.visit("Decision maker")
    shown = visitor.get(f"/child/{grave}/consent/share/sought")
    assert ("Do not ask." in shown.text, "<textarea" in shown.text, 'name="giver"' in shown.text) == (
        True,
        False,
        False,
    )
    assert "/consent/share/not_sought" in shown.text


def test_pages_of_consent_are_there_for_who_may_alone(site: Site) -> None:
    here = f"/child/{site.child}/consent"
    for title, status in (
        ("Access auditor", 403), ("Practice auditor", 403), ("Threshold owner", 403), ("Health navigator", 404),
        ("Early-help worker", 404), ("MASH manager", 200),
    ):  # fmt: skip
        assert (title, site.visit(title).get(here).status_code) == (title, status)
    manager = site.visit("MASH manager")
    for strange in (f"{here}/share/gossip", f"{here}/gossip/given", f"{here}/service/objection",
                    f"{here}/share/withdrawn?statement=consent-record:x@1", "/child/nobody/consent"):  # fmt: skip
        assert (strange, manager.get(strange).status_code) == (strange, 404)
    assert "Consent and agreement</a>" in manager.get(f"/child/{site.child}").text


def test_a_program_of_the_staff_records_and_one_of_the_organisation_acknowledges(site: Site) -> None:
    program, here = site.program("Decision maker"), f"/api/v1/consent/{site.child}"
    wrong = program.post(here, json={**YES, "scope": {**COUNCIL, "organisations": ["nowhere"]}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "organisations")
    made = program.post(here, json=YES)
    assert (made.status_code, made.json()["notices"]) == (200, [])
    site.look()
    asked = {"statement": made.json()["ref"], "effect": "recall_where_possible"}
    seen = program.post(f"{here}/preview", json=asked).json()
    assert [(one["organisation"], one["outcome"]) for one in seen["rows"]] == [("Children social care", "stops")]
    unseen = program.post(here, json={**asked, "what": "withdrawn"})
    assert (unseen.status_code, unseen.json()["field"]) == (422, "preview")
    done = program.post(here, json={**asked, "what": "withdrawn", "preview": seen["digest"]})
    assert done.json()["notices"] == ["children_social_care"]
    view = program.get(here).json()
    assert [one["state"] for one in view["in_effect"]] == ["Withdrawn"]
    assert MUM in str(view)  # who wrote it down reads it back
    others_view = site.program("MASH manager").get(here).json()
    assert [one["ref"] for one in others_view["statements"]] == [one["ref"] for one in view["statements"]]
    client, secret = site.hub.add_client("children_social_care")
    own = httpx.get(f"{site.url}/api/v1/notices/consent", auth=(client, secret)).json()
    assert [(one["acknowledged_at"], one["overdue"]) for one in own] == [(None, False)]
    assert MUM not in str(own)
    other, others = site.hub.add_client("school_a")
    where = f"{site.url}/api/v1/notices/consent/{own[0]['id']}/acknowledge"
    assert httpx.post(where, auth=(other, others)).status_code == 404
    assert httpx.post(where, auth=(client, secret)).json()["state"] == "acknowledged"
    assert httpx.post(where, auth=(client, secret)).status_code == 422
    assert httpx.get(f"{site.url}/api/v1/notices/consent").status_code == 401


def test_without_the_sessions_token_a_program_changes_nothing(site: Site) -> None:
    program = site.program("Decision maker")
    del program.headers["mash-form-token"]
    head = site.hub.record.position()
    assert program.post(f"/api/v1/consent/{site.child}", json=YES).status_code in {403, 422}
    assert site.hub.record.position() == head


def test_from_the_command_line_nothing_is_withdrawn_before_one_has_seen_what_rests_on_it(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()
    for organisation, sector in ORGANISATIONS.items():
        running.hub.add_organisation(organisation, organisation, sector)
    child = ByHand(running).seen(somebody(), "school", "late_collection")
    running.hub.register_staff([])
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")
    by = ("--by", DECIDER)
    yes = (
        "consent", "record", child, "given", "--giver", "parental_responsibility", "--giver-name", MUM, "--how",
        "face_to_face", "--organisations", "children_social_care", "--categories", "narrative", "--purposes", "triage",
        "--held", "--evidence", "Blue folder.", "--shown", "birth_mother", "--present", "nobody_else", "--reason", SECRET, *by,
    )  # fmt: skip
    unsure = mash(*yes)
    assert (unsure.code, "safely have said no" in unsure.err) == (1, True)
    made = mash(*yes, "--safe", "--json")
    assert made.code == 0, made.err
    statement = made.json["ref"]
    dates = mash(*yes, "--safe", "--valid-from", "2026-06-04", "--expires", "2026-06-01")
    assert (dates.code, "dates are reversed" in dates.err) == (1, True)
    running.hub.views.catch_up("record", running.hub.record)
    who = running.hub.asker(DECIDER)
    opening = OpenEnquiry(child=child, alerts=(), ground="agreed_early_help", reason="To see.", by=DECIDER)
    running.hub.picture(who, child, running.hub.open_enquiry(who, opening))
    head = running.hub.record.position()
    dry = mash("consent", "withdraw", child, statement, "--dry-run", *by, "--json")
    assert [(one["organisation"], one["outcome"]) for one in dry.json["rows"]] == [("children_social_care", "stops")]
    assert "Stops: it rests on this consent" in mash("consent", "withdraw", child, statement, "--dry-run", *by).out
    assert mash("consent", "withdraw", child, statement, *by, stdin="n\n").code == 1
    assert "says --yes" in mash("consent", "withdraw", child, statement, *by, "--json").err
    assert running.hub.record.position() == head
    done = mash("consent", "withdraw", child, statement, *by, "--yes", "--json")
    assert done.json["notices"] == ["children_social_care"]
    again = mash("consent", "withdraw", child, statement, *by, "--yes")
    assert (again.code, "nothing to withdraw" in again.err) == (1, True)
    listed = mash("consent", "notices", *by, "--json").json["rows"]
    assert mash("consent", "acknowledge", listed[0]["id"], *by).code == 0
    assert mash("consent", "acknowledge", listed[0]["id"], *by).code == 1
    assert mash("consent", "show", child, *by).code == 0
    shown = mash("consent", "show", child, *by, "--json")
    assert [one["state"] for one in shown.json["in_effect"]] == ["Withdrawn"]
    everything = "".join(one.out + one.err for one in (shown, made, done, again, dry, dates))
    assert (MUM in everything, SECRET in everything) == (False, False)
    nobody = mash("consent", "show", "nobody", *by)
    assert (nobody.code, "no such person" in nobody.err) == (1, True)


@pytest.mark.browser
def test_axe_finds_nothing_on_the_pages_of_consent_at_both_widths(site: Site, chromium_path: Path) -> None:
    here = f"/child/{site.child}/consent"
    made = site.program("Decision maker").post(f"/api/v1/consent/{site.child}", json=YES).json()["ref"]
    site.look()
    forms = ("sought", "capacity", "given", "refused", "objection", "not_sought", "conflict", "judged_again")
    about_one = ("withdrawn", "evidence", "expired", "invalid")
    paths = [here, "/consent/notices", *(f"{here}/share/{one}" for one in forms), f"{here}/service/given",
             *(f"{here}/share/{one}?statement={made}" for one in about_one)]  # fmt: skip
    found = {}
    with chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Decision maker")

        def examine(where: str) -> None:
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                if wrong := [*browser.faults(page), *(["overflow"] if browser.overflow(page) > 0 else [])]:
                    found[f"{where} at {size['width']}"] = wrong

        for path in paths:
            page.goto(site.url + path)
            assert page.locator("input[type=radio]:checked, input[type=checkbox]:checked").count() == 0
            examine(path)
        page.goto(f"{site.url}{here}/share/given")
        page.get_by_role("button", name="Record").click()
        assert page.title().startswith("Error: ")
        examine("given, with a fault")
        page.goto(f"{site.url}{here}/share/withdrawn?statement={made}")
        page.get_by_label("Stop from now on").check()
        page.get_by_role("button", name="See what rests on it").click()
        examine("preview")
        page.get_by_role("button", name="Withdraw, and tell them").click()
        page.goto(f"{site.url}/consent/notices")
        examine("notices")
    assert found == {}
    assert browser.complaints == []
