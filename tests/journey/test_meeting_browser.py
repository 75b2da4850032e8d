"""The pages of meetings in a real browser: clean for axe-core and on a telephone, filled in without JavaScript."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub.domain.moments import london_day
from tests.journey.test_browser import no_faults
from tests.support.asking import SCREENER, Front
from tests.support.browser import Watched, chromium, sign_in
from tests.support.messages import involvement
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

pytestmark = pytest.mark.browser
HELPER = "staff-4fa690"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    running = RunningHub(settings_for(tmp_path / "data"))
    running.hub.add_organisation("early_help", "Early Help", "early_help")
    running.start("intake", "views")
    made = Front(running)
    made.hub.leading.propose(made.who(SCREENER), made.child, HELPER, "x")
    made.hub.leading.accept(made.who(HELPER), made.child)
    running.say(involvement("health", made.like.known_to("health"), "health visiting", setting="north"))
    running.settled(alerts=False)
    yield made
    running.close()


def looked(browser: Watched, page: Page, name: str) -> None:
    """No fault on this page; a picture of it where MEETING_PICTURES names a folder."""
    no_faults(browser, page)
    if folder := os.environ.get("MEETING_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def day(page: Page, front: Front, legend: str) -> None:
    today = london_day(front.hub.clock.now())
    group = page.get_by_role("group", name=legend)
    for part, value in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        group.get_by_label(part).fill(str(value))


def test_a_panel_is_called_packed_held_and_decides_and_every_page_is_clean(front: Front, chromium_path: Path) -> None:
    with Site(front.hub) as site, chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Early-help worker")
        page.goto(f"{site.url}/meetings")
        assert page.locator("input:checked").count() == 0
        looked(browser, page, "meetings")
        page.get_by_role("button", name="Call it").click()
        expect(page.get_by_role("link", name="Select a type of meeting")).to_be_visible()
        looked(browser, page, "meetings-refused")
        page.get_by_label("Locality panel").check()
        day(page, front, "On which day?")
        for seat in (
            "Early Help, family hub east",
            "Health Visiting, north team",
            "police",
            "School A, school a primary 01",
        ):
            page.get_by_role("checkbox", name=seat).first.check()
        page.get_by_role("button", name="Call it").click()
        meeting = page.url
        looked(browser, page, "meeting-called")

        page.goto(f"{site.url}/child/{front.child}/meetings")
        looked(browser, page, "child")
        page.get_by_label("Of which meeting?").select_option(index=1)
        page.get_by_label("Why?").fill("He comes hungry, and nobody has spoken of it together.")
        page.get_by_role("button", name="Put on the agenda").click()
        looked(browser, page, "row-put")
        page.goto(meeting)
        page.get_by_role("button", name="Make the pack now").click()
        page.get_by_role("link", name="Pack 1").click()
        looked(browser, page, "pack")
        page.goto(meeting)
        day(page, front, "On which day was it held?")
        for one in page.get_by_label("Took part", exact=True).all():
            one.check()
        page.get_by_role("group", name="Was the family there?").get_by_label("No").check()
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_text("Nothing is recorded yet")).to_be_visible()
        looked(browser, page, "meeting-held")
        page.get_by_role("link", name=re.compile("^Child [0-9A-F]{8}$")).click()
        looked(browser, page, "row-to-decide")
        page.get_by_label("Help is offered").check()
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_role("button", name="It is done")).to_be_visible()
        looked(browser, page, "row-decided")
        page.goto(f"{site.url}/tasks")
        expect(page.get_by_text("A meeting said what is to be done, and nobody has taken it")).to_be_visible()


def test_a_panel_is_called_without_javascript(front: Front, chromium_path: Path) -> None:
    with Site(front.hub) as site, chromium(chromium_path, site.url, javascript=False) as browser:
        page = browser.page()
        sign_in(page, site.url, "Early-help worker")
        page.goto(f"{site.url}/meetings")
        page.get_by_label("Practice forum").check()
        day(page, front, "On which day?")
        for seat in ("Early Help, family hub east", "Health Visiting, north team"):
            page.get_by_role("checkbox", name=seat).check()
        page.get_by_role("button", name="Call it").click()
        expect(page.get_by_role("heading", level=1, name="Practice forum")).to_be_visible()
        day(page, front, "On which day was it held?")
        for one in page.get_by_label("Took part", exact=True).all():
            one.check()
        page.get_by_label("Families wait too long").select_option("To the partnership's board")
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_text("Families wait too long: to the partnership's board")).to_be_visible()
