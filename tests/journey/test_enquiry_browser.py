"""A MASH enquiry about two children in a real browser, without JavaScript: opened, graded, claimed, decided for each; the
manager's, the worker's and everybody's tasks beside it. And the same acts by a program with a person's session.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from hub.domain.allocation import Allocate
from tests.journey.test_browser import Pages, no_faults
from tests.support.browser import chromium, sign_in
from tests.support.enquiries import today
from tests.support.house import lives, mum
from tests.support.messages import a_child, concern, household, moment, seen_by
from tests.support.partnership import RunningHub, settings_for

pytestmark = pytest.mark.browser
MANAGER, WORKER = "staff-e58c12", "staff-86d51c"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    running = RunningHub(settings_for(tmp_path / "data"))
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    running.start()
    site = Pages(running)
    yield site
    site.close()
    running.close()


def two_children(pages: Pages) -> tuple[str, str]:
    """Two children of one contact, with an alert about each; their ids."""
    children, running = (a_child("Ann"), a_child("Ben")), pages.running
    said = running.say(concern("school", *(seen_by(one, "school", "hunger") for one in children), at=moment(3)))
    running.say(concern("health", *(seen_by(one, "health", "was_not_brought") for one in children)))
    running.settled()
    return running.child_of("school", said, 0), running.child_of("school", said, 1)


def answer(page: Page, outcome: str, *, seen: str) -> None:
    """Every question of the decision page, for one action of the front door's."""
    page.get_by_role("group", name="What is the level of need?").get_by_role("radio").nth(1).check()
    page.get_by_role("group", name="Do you agree with the level").get_by_label("No", exact=True).check()
    page.get_by_role("group", name="Has anybody seen the child").get_by_label(seen, exact=True).check()
    if seen != "No":
        page.get_by_label("If so, which organisation saw the child?").select_option("School")
        page.get_by_label("On which day?").fill(today().isoformat())
    page.get_by_label("The child told somebody in their own words").check()
    page.get_by_label("What does the child say?").fill("I like breakfast club.")
    page.get_by_label(outcome, exact=True).check()
    page.get_by_label("Advice given to the referrer", exact=True).check()
    page.locator("summary", has_text="Advice given to the referrer").click()
    page.get_by_label("Who does it: Advice given to the referrer").select_option("The front door")
    page.get_by_label("By when: Advice given to the referrer").fill((today() + timedelta(days=1)).isoformat())
    page.get_by_role("group", name="Has the family been told?").get_by_label("Yes").check()
    page.get_by_label("What are the reasons for the decision?").fill("They eat at school and are seen there.")


def test_one_contact_two_children_opened_graded_claimed_and_decided_for_each(pages: Pages, chromium_path: Path) -> None:
    first, second = two_children(pages)
    with chromium(chromium_path, pages.url) as browser:  # axe needs JavaScript; the pages are used without it below
        page = browser.page()
        sign_in(page, pages.url, "Screening social worker")
        page.goto(f"{pages.url}/enquiry/new?child={first}")
        assert page.locator("input:checked").count() == 0
        no_faults(browser, page)
        page.get_by_label("Reasonable cause to suspect significant harm").check()
        page.get_by_label("Why do names and words need to be opened?").fill("To learn who feeds them.")
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Open the MASH enquiry").click()
        room = page.url
        expect(page.get_by_role("heading", level=2, name=re.compile("^Child "))).to_have_count(2)
        no_faults(browser, page)
        page.get_by_role("link", name="Grade it").click()
        assert page.locator("input:checked").count() == 0
        page.get_by_role("button", name="Set the grade").click()
        expect(page.get_by_role("alert")).to_contain_text("Select the grade")
        no_faults(browser, page)
        page.get_by_label("Amber").check()
        page.get_by_label("Why?").fill("Nobody is in danger tonight.")
        page.get_by_role("button", name="Set the grade").click()
        page.get_by_role("button", name="Claim it").click()
        expect(page.get_by_text("Screening social worker (staff-c17b3d)").first).to_be_visible()
        for link in ("Assign or hand over", "Who is on it", "Add a child"):
            page.goto(room)
            page.get_by_role("link", name=link).click()
            no_faults(browser, page)

        browser.context.clear_cookies()
        sign_in(page, pages.url, "Decision maker")
        page.goto(room)
        page.get_by_role("button", name="Decide about child").first.click()
        expect(page.get_by_role("button", name="Continue to check your answers")).to_be_visible()
        assert page.locator("input:checked").count() == 0
        answer(page, "Early help offered", seen="No")
        no_faults(browser, page)
        page.get_by_role("button", name="Continue to check your answers").click()
        no_faults(browser, page)
        page.get_by_role("button", name="Confirm the decision").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, open")
        page.get_by_role("button", name="Decide about child").last.click()
        answer(page, "No further action by social care", seen="No")
        page.get_by_role("button", name="Continue to check your answers").click()
        page.get_by_role("button", name="Confirm the decision").click()
        expect(page.get_by_text("Nothing is decided until a manager")).to_be_visible()
        no_faults(browser, page)

        browser.context.clear_cookies()
        sign_in(page, pages.url, "MASH manager")
        page.get_by_role("link", name="Tasks", exact=True).click()
        no_faults(browser, page)
        page.get_by_role("link", name="A closing waits for a manager to agree").click()
        no_faults(browser, page)
        page.get_by_role("button", name="I agree: it is closed").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, decided")
        no_faults(browser, page)
        page.goto(f"{pages.url}/plans")
        no_faults(browser, page)
        page.get_by_role("button", name="It is done").first.click()
        expect(page.get_by_role("heading", name="Done lately")).to_be_visible()
        no_faults(browser, page)
        page.goto(f"{pages.url}/child/{second}/worker")
        page.get_by_role("button", name="Allocate").click()
        expect(page.get_by_role("alert")).to_contain_text("Select a worker")
        no_faults(browser, page)
        assert (browser.complaints, browser.strays) == ([], [])


def test_a_family_stands_together_on_the_worklist(pages: Pages, chromium_path: Path) -> None:
    children, running = (a_child("Ann"), a_child("Ben")), pages.running
    running.say(concern("school", *(seen_by(one, "school", "hunger") for one in children), at=moment(3)))
    running.say(concern("health", *(seen_by(one, "health", "was_not_brought") for one in children)))
    running.say(household("housing", *(lives(one, "housing") for one in children), mum("housing")))
    running.settled()
    with chromium(chromium_path, pages.url) as browser:
        page = browser.page()
        sign_in(page, pages.url, "Screening social worker")
        page.goto(pages.url)
        expect(page.get_by_text("Family of 2 children who live together")).to_be_visible()
        no_faults(browser, page)


def test_a_worker_takes_a_forwarded_contact_without_javascript(pages: Pages, chromium_path: Path) -> None:
    child, _ = two_children(pages)
    hub = pages.running.hub
    wish = Allocate(child=child, worker=WORKER, since=today(), ground="child_in_need", by=MANAGER)
    hub.forwardings.allocate(hub.asker(MANAGER), wish)
    with chromium(chromium_path, pages.url, javascript=False) as browser:
        page = browser.page()
        sign_in(page, pages.url, "Screening social worker")
        page.goto(f"{pages.url}/enquiry/new?child={child}")
        expect(page.get_by_role("heading", name="Already open")).to_be_visible()
        if not hub.forwardings.forwarded(hub.asker(WORKER)).rows:  # the watch may have been faster
            page.get_by_role("button", name="Send it to the worker who is at it").click()
        browser.context.clear_cookies()
        sign_in(page, pages.url, "Allocated social worker")
        page.goto(f"{pages.url}/forwarded")
        page.get_by_text("Pass it back").first.click()
        page.get_by_role("button", name="Pass it back").first.click()
        expect(page.get_by_role("alert")).to_contain_text("Select why you pass it back")
        page.get_by_role("button", name="I have it").first.click()
        expect(page.get_by_role("heading", level=2).first).to_contain_text("the worker has it")


def test_a_program_with_a_persons_session_does_what_the_pages_do(pages: Pages) -> None:
    first, second = two_children(pages)
    with httpx.Client(base_url=pages.url, headers={"origin": pages.url}) as http:
        http.post("/sign-in", data={"account": "staff-91d3b7"})
        token = http.get("/api/v1/session").json()["token"]
        http.headers["mash-form-token"] = token
        refused = http.post("/api/v1/enquiries", json={"child": first, "ground": "", "reason": "x"})
        assert (refused.status_code, "ground" in refused.text) == (422, True)
        made = http.post(
            "/api/v1/enquiries",
            json={
                "child": first,
                "children": [second],
                "ground": "perceived_harm",
                "reason": "To learn who feeds them.",
            },
        )
        enquiry = made.json()["enquiry"]
        graded = http.post(f"/api/v1/enquiries/{enquiry}/grade", json={"grade": "green", "reason": "No hurry."})
        assert (graded.status_code, graded.json()["grade"]) == (200, "Green")
        assert http.post(f"/api/v1/enquiries/{enquiry}/claim", json={}).json()["mine"] is True
        assert http.post(f"/api/v1/enquiries/{enquiry}/assign", json={"to": "staff-c17b3d"}).status_code == 403
        assert http.post(f"/api/v1/enquiries/{enquiry}/grade", json={"colour": 1}).status_code in {400, 422}
        view = http.get(f"/api/v1/enquiries/{enquiry}").json()
        said = {
            "seen_position": view["stamp"]["position"], "level": 2, "agrees": False, "outcome": "early_help",
            "plan": [{"action": "early_help_offered", "owner": "front_door", "due": str(today())}],
            "view": "not_obtained", "why_no_view": "A baby.", "seen": "not_seen", "family_told": True, "reason": "They agreed.",
        }  # fmt: skip
        wrong = http.post(
            f"/api/v1/enquiries/{enquiry}/decision", json=said | {"child": first, "outcome": "section_47"}
        )
        assert (wrong.status_code, "strategy discussion" in wrong.text) == (422, True)
        done = http.post(f"/api/v1/enquiries/{enquiry}/decision", json=said | {"child": first})
        assert done.json() == {"enquiry": enquiry, "waits_for_manager": []}
        tasks = http.get("/api/v1/tasks").json()
        assert tasks["total"] == len(tasks["rows"])
        assert http.get("/api/v1/enquiries/advice-only").json()["decided"] == 1
        assert http.get("/api/v1/forwarded").json()["rows"] == []
        assert http.get(f"/api/v1/children/{first}/worker").json()["already"] == []
        del http.headers["mash-form-token"]
        assert http.post(f"/api/v1/enquiries/{enquiry}/claim", json={}).status_code == 403
