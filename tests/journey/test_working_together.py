"""One story in a real Chromium: an alert, a strategy discussion without the police that meets again, section 47, a lead who
says no and then yes, and a challenge that is answered.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub.domain.moments import LONDON
from hub.views.models import Filters
from tests.journey.test_browser import DECIDER, Pages, no_faults, publish_until_an_alert
from tests.support.browser import chromium, sign_in
from tests.support.enquiries import decision
from tests.support.messages import a_child
from tests.support.partnership import RunningHub

pytestmark = pytest.mark.browser

ORGANISATIONS = {"children_social_care": "social_care", "early_help": "early_help"}


@pytest.fixture
def site(own_hub: Callable[..., RunningHub]) -> Iterator[Pages]:
    running = own_hub()
    for organisation, sector in ORGANISATIONS.items():
        running.hub.add_organisation(organisation, organisation.replace("_", " ").capitalize(), sector)
    running.start()
    made = Pages(running)
    yield made
    made.close()


def at(minutes: int) -> str:
    """A London time so many minutes ago, as a form takes it."""
    return f"{datetime.now(LONDON) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"


def hold(page: Page, minutes: int, *, police: bool) -> None:
    """Say who was there."""
    page.get_by_label("When was it held?").fill(at(minutes))
    for name in ("Children social care", "Health", "Police"):
        there = police or name != "Police"
        page.get_by_role("group", name=name, exact=True).get_by_label("Took part" if there else "Not reached").check()
    page.get_by_label("Who spoke for each?").fill("Three people, by name")
    page.get_by_role("button", name="Record it").click()


def test_from_an_alert_to_section_47_a_lead_and_a_challenge(site: Pages, chromium_path: Path) -> None:
    hub = site.running.hub
    publish_until_an_alert(site, a_child("Ash"))
    child = hub.worklist(DECIDER, Filters()).rows[0].child
    with chromium(chromium_path, site.url) as browser:
        page = browser.page()

        def as_(title: str) -> None:
            browser.context.clear_cookies()
            sign_in(page, site.url, title)

        as_("Screening social worker")
        page.goto(f"{site.url}/enquiry/new?child={child}")
        page.get_by_label("Reasonable cause to suspect significant harm").check()
        page.get_by_label("Why do names and words need to be opened?").fill("Two organisations saw hunger.")
        page.get_by_role("button", name="Open the MASH enquiry").click()
        enquiry = page.url.rpartition("/")[2]

        page.get_by_role("link", name="Strategy discussions").click()
        no_faults(browser, page)
        page.get_by_label(f"Child {child[:8].upper()}", exact=True).check()
        for name in ("Children social care (social care)", "Health (health)", "Police (police)"):
            page.get_by_label(name, exact=True).check()
        page.get_by_label("When is it held?").fill(at(20))
        page.get_by_label("By video").check()
        page.get_by_label("Why is it called?").fill("An injury that nobody explains.")
        page.get_by_role("button", name="Call it").click()
        no_faults(browser, page)

        hold(page, 19, police=False)
        expect(page.get_by_role("heading", level=1)).to_contain_text("not quorate")
        expect(page.get_by_text("Not quorate: Police missing")).to_be_visible()
        no_faults(browser, page)
        page.get_by_label("When does it meet again?").fill(at(10))
        page.get_by_role("button", name="Call it again").click()
        hold(page, 9, police=True)
        for name in ("Children social care", "Health", "Police"):
            page.get_by_role("group", name="Which organisation?").get_by_label(name, exact=True).check()
            page.get_by_label("What did they know?").fill(f"{name} knew something.")
            page.get_by_role("button", name="Record what they knew").click()
        discussion = page.url

        as_("Decision maker")
        page.goto(discussion)
        expect(page.get_by_text("Recorded, closed to you").first).to_be_visible()  # not on the MASH enquiry yet
        page.get_by_role("group", name="Is section 47 opened").get_by_label("Yes").check()
        page.get_by_label("Jointly with the police").check()
        page.get_by_label("Reasonable cause to suspect significant harm").check()
        page.get_by_label("What keeps each child safe now?").fill("She stays with her aunt tonight.")
        page.get_by_label("What are the reasons?").fill("Three accounts that do not fit.")
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_text("section 47 enquiry open")).to_be_visible()
        no_faults(browser, page)
        hub.enquiring.claim(hub.asker("staff-91d3b7"), enquiry)
        hub.decide(
            hub.asker("staff-91d3b7"), enquiry,
            decision(hub.record.position(), by="staff-91d3b7", outcome="section_47", level=3),
        )  # fmt: skip

        for answer in ("no", "yes"):
            as_("Screening social worker")
            page.goto(f"{site.url}/child/{child}/lead")
            no_faults(browser, page)
            page.get_by_label("Who?").select_option("staff-4fa690")
            page.get_by_label("Why are they asked?").fill("They know the family.")
            page.get_by_role("button", name="Ask them").click()
            as_("Early-help worker")
            page.goto(f"{site.url}/leads")
            no_faults(browser, page)
            if answer == "no":
                page.get_by_text("Say no").first.click()
                page.get_by_label("Why can you not lead?").select_option("no_capacity")
                page.get_by_role("button", name="Say no").click()
                expect(page.get_by_text("You lead for nobody")).to_be_visible()
            else:
                page.get_by_role("button", name="I will lead").click()
                expect(page.get_by_text("you lead", exact=False).first).to_be_visible()
        no_faults(browser, page)

        as_("Police navigator")
        page.goto(f"{site.url}/sent")
        expect(page.get_by_text("Taken on for assessment")).to_be_visible()
        expect(page.get_by_text("section 47")).to_have_count(0)
        no_faults(browser, page)
        page.get_by_role("link", name="Challenge it").click()
        no_faults(browser, page)
        page.get_by_label("The level, or that nothing more was done").check()
        page.get_by_role("group", name="Is a child at risk").get_by_label("Yes").check()
        page.get_by_label("Why do you challenge it?").fill("The brother is not in it.")
        page.get_by_role("button", name="Challenge it").click()
        no_faults(browser, page)
        challenge = page.url

        as_("MASH manager")
        page.goto(challenge)
        expect(page.get_by_text("The brother is not in it.")).to_be_visible()
        no_faults(browser, page)
        page.get_by_label("Changed in part").check()
        page.get_by_label("What are the reasons?").fill("He gets an enquiry of his own.")
        page.get_by_role("button", name="Answer it").click()

        as_("Police navigator")
        page.goto(challenge)
        expect(page.get_by_text("He gets an enquiry of his own.")).to_be_visible()
        page.get_by_role("button", name="Accept the answer").click()
        expect(page.get_by_text("Settled")).to_be_visible()
        as_("Screening social worker")
        page.goto(f"{site.url}/child/{child}/prompts")
        no_faults(browser, page)
        page.goto(f"{site.url}/tasks")
        no_faults(browser, page)
        assert (browser.complaints, browser.strays) == ([], [])
