"""Asking whoever sent a record in doubt, and answering, in a real browser: readable by all at both widths."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.test_own_records import OTHERS, Doubt
from tests.journey.test_requests_in_a_browser import no_faults
from tests.support.browser import chromium, sign_in
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path / "data"))
    made.start("intake", "views", "relay")
    yield made
    made.close()


def test_asked_from_a_review_answered_by_a_link_and_read_beside_the_candidate(
    running: RunningHub, chromium_path: Path
) -> None:
    doubt = Doubt(running)
    with Site(running.hub) as site, chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Screening social worker")
        review = f"{site.url}/identity/review/{doubt.person}"
        page.goto(review)
        no_faults(browser, page)
        assert page.locator("input:checked").count() == 0  # nothing is chosen beforehand
        page.get_by_role("button", name="Ask", exact=True).click()
        no_faults(browser, page)
        assert page.get_by_role("link", name="Select at least one question").is_visible()
        page.get_by_label("Police, record", exact=False).first.check()
        page.get_by_label("Which date of birth do you hold for your record?").check()
        page.get_by_label("Do you hold a second record of the same child?").check()
        page.get_by_role("button", name="Ask", exact=True).click()
        no_faults(browser, page)
        assert page.get_by_role("heading", name="Police: Asked, no answer yet").is_visible()
        page.get_by_role("button", name="Make a link without an account").click()
        no_faults(browser, page)
        link, code = (page.locator("dd").nth(number).inner_text() for number in (0, 1))
        browser.context.clear_cookies()

        page.goto(link)
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Open the request").click()
        no_faults(browser, page)
        assert (doubt.child.surname in page.content(), OTHERS in page.content()) == (True, False)
        page.get_by_label("We hold something, and say it here").check()
        page.get_by_role("button", name="Send your answer").click()
        no_faults(browser, page)
        assert page.get_by_role("link", name="Answer at least one question").is_visible()
        for part, text in (("Day", "2"), ("Month", "3"), ("Year", "2015")):
            page.get_by_label(part).first.fill(text)
        page.get_by_label("No, we looked and hold this record alone").check()
        page.get_by_role("button", name="Send your answer").click()
        no_faults(browser, page)
        assert page.get_by_role("heading", name="Your answer was sent").is_visible()

        sign_in(page, site.url, "Screening social worker")
        page.goto(review)
        no_faults(browser, page)
        assert page.get_by_text("Police, when it was asked, today").first.is_visible()
        page.goto(f"{site.url}/tasks")
        assert page.get_by_text("Police has answered about its own record").is_visible()
