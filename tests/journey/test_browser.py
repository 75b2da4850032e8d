"""From an organisation's concern to a person's decision, in a real Chromium against the real hub: publish, the alert
appears, open a MASH enquiry, read why, decide; then an auditor reads what happened.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from hub.domain.moments import LONDON
from hub.views.models import Asker, Filters
from hub.web.app import listen, make_app, server
from tests.support.browser import NARROW, WIDE, Watched, chromium, sign_in
from tests.support.messages import Child, a_child
from tests.support.partnership import PATIENCE, RunningHub, wait_until

pytestmark = pytest.mark.browser

SAID = "Came to breakfast club without a coat again and said the heating is off."
DECIDER = Asker("staff-91d3b7", "children_social_care", "mash", ("decision_maker",))


class Pages:
    """The pages of a running hub, on a free port of loopback."""

    def __init__(self, running: RunningHub) -> None:
        socket = listen("127.0.0.1", 0)
        self.running = running
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        self._server = server(make_app(running.hub, self.url))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [socket]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def post(self, organisation: str, **said: object) -> httpx.Response:
        """Publish by HTTP with a credential of this organisation."""
        client, secret = self.running.hub.add_client(organisation)
        body = {"type": "mash.concern-raised.v1", "id": str(uuid4()), **said}
        return httpx.post(f"{self.url}/api/v1/concerns", json=body, auth=(client, secret))


@pytest.fixture
def pages(own_hub: Callable[..., RunningHub]) -> Iterator[Pages]:
    running = own_hub()
    for organisation, sector in {"children_social_care": "social_care", "early_help": "early_help"}.items():
        running.hub.add_organisation(organisation, organisation.replace("_", " ").capitalize(), sector)
    running.start()
    site = Pages(running)
    yield site
    site.close()


def concern(child: Child, days_ago: int, indicator: str) -> dict[str, object]:
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    return {
        "recorded_at": moment.isoformat(),
        "occurred": {"start": moment.isoformat(), "end": moment.isoformat(), "precision": "minute"},
        "how_known": {"kind": "first_hand"},
        "referrer_kind": "2A",
        "family_told": {"told": True},
        "narrative": SAID,
        "subjects": [
            {
                "person": {
                    "nhs_number": child.nhs,
                    "names": [{"forenames": child.forename, "surname": child.surname}],
                    "birth_date": child.born.isoformat(),
                },
                "indicators": [indicator],
                "seen": "seen",
            }
        ],
    }


def publish_until_an_alert(pages: Pages, child: Child) -> None:
    """Three concerns known first hand, of two organisations, within 90 days."""
    for organisation, days, indicator in (
        ("school", 20, "hunger"),
        ("police", 9, "poor_hygiene"),
        ("school", 2, "hunger"),
    ):
        answer = pages.post(organisation, **concern(child, days, indicator))
        assert answer.status_code == 202, answer.text
        assert set(answer.json()) == {"id", "position", "received"}
    wait_until(lambda: pages.running.hub.worklist(DECIDER, Filters()).rows, what="an alert on the worklist")


def no_faults(browser: Watched, page: Page) -> None:
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert (page.url, browser.faults(page), browser.overflow(page)) == (page.url, [], 0)
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})


def test_a_concern_becomes_an_explained_alert_that_a_person_decides(pages: Pages, chromium_path: Path) -> None:
    child = a_child("Ash")
    with chromium(chromium_path, pages.url) as browser:
        page = browser.page()
        sign_in(page, pages.url, "Decision maker")
        expect(page.get_by_text("No alerts.")).to_be_visible()
        publish_until_an_alert(pages, child)
        nudge = page.get_by_role("link", name="new alert")
        expect(nudge).to_be_visible(timeout=20_000)

        nudge.click()
        row = page.get_by_role("row").filter(has_text="Three concerns known first hand")
        expect(row).to_contain_text("Level 3")
        expect(row).to_contain_text("Police")
        expect(row).to_contain_text("School")
        no_faults(browser, page)
        row.get_by_role("link", name="Child").first.click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Picture of a child")
        expect(page.get_by_text("Why", exact=True).first).to_be_visible()
        for word in (child.surname, child.nhs, SAID):  # outside a MASH enquiry nobody sees names or words
            assert word not in page.content()
        no_faults(browser, page)

        page.get_by_role("button", name="Open a MASH enquiry").click()
        no_faults(browser, page)
        page.get_by_label("Reasonable cause to suspect significant harm").check()
        page.get_by_label("Why do names and words need to be opened?").fill("To learn who knows the family.")
        page.get_by_role("button", name="Open the MASH enquiry").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, open")
        no_faults(browser, page)
        page.get_by_role("link", name="Picture of child").click()
        expect(page.get_by_text(SAID).first).to_be_visible()
        expect(page.get_by_text(child.surname).first).to_be_visible()
        no_faults(browser, page)

        page.get_by_role("link", name="Decide", exact=True).click()
        page.get_by_role("group", name="What is the level of need?").get_by_role("radio").nth(2).check()
        page.get_by_role("group", name="Do you agree with the level").get_by_label("Yes").check()
        page.get_by_label("Referral accepted: assessment (section 17)").check()
        page.get_by_label("Assessment started", exact=True).check()
        page.get_by_role("group", name="Has anybody seen the child").get_by_label("Yes, and alone").check()
        page.get_by_label("If so, which organisation saw the child?").select_option("School")
        page.get_by_label("On which day?").fill(f"{datetime.now(LONDON):%Y-%m-%d}")
        page.get_by_label("The child told somebody in their own words").check()
        page.get_by_label("What does the child say?").fill("I am hungry at home.")
        page.locator("summary", has_text="Assessment started").click()
        page.get_by_label("Who does it: Assessment started").select_option("The front door")
        page.get_by_label("By when: Assessment started").fill(f"{datetime.now(LONDON) + timedelta(days=3):%Y-%m-%d}")
        page.get_by_role("group", name="Has the family been told?").get_by_label("Yes").check()
        page.get_by_label("What are the reasons for the decision?").fill("Three first-hand accounts in three weeks.")
        no_faults(browser, page)
        page.get_by_role("button", name="Continue to check your answers").click()
        no_faults(browser, page)
        page.get_by_role("button", name="Confirm the decision").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, decided")
        expect(page.get_by_text("Referral accepted: assessment (section 17)")).to_be_visible()
        expect(page.get_by_text("Assessment started")).to_be_visible()
        no_faults(browser, page)

        browser.context.clear_cookies()
        sign_in(page, pages.url, "Access auditor")
        page.locator("tbody").get_by_role("link", name="Child").first.click()
        expect(page.get_by_role("heading", level=2, name="Facts up to this position")).to_be_visible()
        for word in (child.surname, child.nhs, SAID):  # an access auditor sees codes alone
            assert word not in page.content()
        no_faults(browser, page)
        page.get_by_role("link", name="Previous fact").click()
        no_faults(browser, page)
        page.get_by_role("link", name="Who has looked").click()
        expect(page.get_by_role("cell", name="staff-91d3b7").first).to_be_visible()
        no_faults(browser, page)
        assert (browser.complaints, browser.strays) == ([], [])


def test_something_new_before_the_decision_is_read_first(pages: Pages, chromium_path: Path) -> None:
    child = a_child("Bay")
    publish_until_an_alert(pages, child)
    with chromium(chromium_path, pages.url, javascript=False) as browser:
        page = browser.page()
        sign_in(page, pages.url, "Decision maker")
        page.locator("tbody").get_by_role("link", name="Child").first.click()
        page.get_by_role("button", name="Open a MASH enquiry").click()
        page.get_by_label("Reasonable concern of harm, below significant harm").check()
        page.get_by_label("Why do names and words need to be opened?").fill("To learn who knows the family.")
        page.get_by_role("button", name="Open the MASH enquiry").click()
        page.get_by_role("button", name="Decide").click()
        page.get_by_label("What are the reasons for the decision?").fill("A reason that must not be lost.")
        assert pages.post("school", **concern(child, 1, "poor_hygiene")).status_code == 202
        pages.running.settled()
        page.get_by_role("button", name="Continue to check your answers").click()
        expect(page.get_by_role("heading", name="What came in since you opened this page")).to_be_visible()
        assert page.locator("#reason").input_value() == "A reason that must not be lost."


def in_doubt(pages: Pages, known: Child) -> None:
    """A school speaks of a child; the police name somebody else under the same NHS number."""
    assert pages.post("school", **concern(known, 3, "hunger")).status_code == 202
    pages.running.settled()
    number = known.nhs
    other = a_child("Rowanne", known.surname, known.born)
    said = concern(other, 1, "hunger")
    subjects = said["subjects"]
    assert isinstance(subjects, list)
    subjects[0]["person"]["nhs_number"] = number
    subjects[0]["person"]["birth_date"] = "2016-11-14"
    assert pages.post("police", **said).status_code == 202
    pages.running.settled()


def answered(page: Page, browser: Watched, why: str) -> None:
    """The rest of a form: why, check, confirm."""
    page.get_by_label("Why, in your own words?").fill(why)
    page.get_by_role("button", name="Continue to check your answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answer")
    no_faults(browser, page)
    page.get_by_role("button", name="Confirm").click()


def test_a_person_decides_who_it_is_takes_it_back_and_hears_who_was_shown_what(
    pages: Pages, chromium_path: Path
) -> None:
    known = a_child("Rowan", "Featherstonehaugh")
    in_doubt(pages, known)
    with chromium(chromium_path, pages.url) as browser:
        page = browser.page()
        sign_in(page, pages.url, "Decision maker")
        page.get_by_role("link", name="Identity", exact=True).click()
        expect(page.locator("main tbody").get_by_role("link", name="Child")).to_be_visible()
        assert known.surname not in page.content()
        no_faults(browser, page)
        page.locator("main tbody").get_by_role("link", name="Child").click()
        table = page.get_by_role("table", name="Side by side")
        expect(table).to_contain_text("Rowanne Featherstonehaugh")
        expect(table).to_contain_text("Spelled differently")
        expect(table.get_by_role("row", name="NHS number", exact=False).last).to_contain_text("The same")
        assert SAID not in page.content()  # identifiers alone: never what was said
        no_faults(browser, page)
        page.get_by_label("The same person as candidate 1").check()
        page.get_by_label("An organisation confirmed it").check()
        answered(page, browser, "The police looked again: a slip in the date.")

        expect(page.get_by_role("heading", level=1)).to_have_text("They are the same person")
        expect(page.get_by_text("Done").first).to_be_visible()
        expect(page.get_by_text("The police looked again: a slip in the date.")).to_be_visible()
        no_faults(browser, page)
        page.get_by_role("link", name="Person").nth(1).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Who this is")
        expect(page.get_by_role("row").filter(has_text="Police")).to_contain_text("Linked by a person")
        no_faults(browser, page)
        page.get_by_role("link", name="Picture of the child").click()
        expect(page.get_by_text("1 worry").or_(page.get_by_text("2 worries"))).to_be_visible()  # codes of both, shown

        page.get_by_role("link", name="See which source records stand here").click()
        page.locator("dd").get_by_role("link", name="Person").click()  # the decision that merged them
        page.get_by_role("link", name="Take the merge back").click()
        page.get_by_label("It was entered in error").check()
        no_faults(browser, page)
        answered(page, browser, "They are cousins after all.")
        expect(page.get_by_role("heading", level=2, name="Who was shown what")).to_be_visible()
        looks = page.get_by_role("region", name="Looks that showed it")
        expect(looks).to_contain_text("Decision maker")
        expect(looks).to_contain_text("That something was recorded: 1")
        expect(page.get_by_text("72 hours from when a person decided")).to_be_visible()
        no_faults(browser, page)

        browser.context.clear_cookies()
        sign_in(page, pages.url, "MASH manager")
        page.get_by_role("link", name="Identity", exact=True).click()
        page.get_by_role("link", name="Take a merge back").click()
        page.get_by_label("A breach, recorded; no risk to people is likely").check()
        page.get_by_label("What did you find, and what was done?").fill(
            "One colleague saw that something was recorded."
        )
        page.get_by_role("button", name="Record what came of it").click()
        expect(page.get_by_text("Done: A breach, recorded; no risk to people is likely")).to_be_visible()
        no_faults(browser, page)
        page.get_by_role("link", name="Identity", exact=True).click()
        expect(page.get_by_role("heading", name="Shown on the wrong page")).to_have_count(0)
        assert (browser.complaints, browser.strays) == ([], [])
