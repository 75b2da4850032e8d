"""Asking, answering and releasing in a real browser: every page readable by all at both widths, and without JavaScript too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hub.domain.errors import Refused
from hub.domain.request import Party
from tests.support.asking import CANARY, POLICE, PRIMARY, SCREENER, Front
from tests.support.browser import NARROW, WIDE, Watched, chromium, sign_in
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture
def site(running: RunningHub) -> Iterator[Site]:
    with Site(running.hub) as site:
        yield site


def no_faults(browser: Watched, page: Page) -> None:
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert (page.url, browser.faults(page), browser.overflow(page)) == (page.url, [], 0)


def test_asked_answered_and_released_by_people_at_their_pages(
    running: RunningHub, site: Site, chromium_path: Path
) -> None:
    front = Front(running)
    hub = running.hub
    with chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Screening social worker")
        page.goto(f"{site.url}/enquiry/{front.enquiry}/requests")
        no_faults(browser, page)
        assert page.locator("input:checked").count() == 0  # nothing is chosen beforehand
        page.get_by_role("button", name="Ask", exact=True).click()
        no_faults(browser, page)
        assert page.get_by_role("link", name="Select at least one organisation or setting to ask").is_visible()
        form = page.locator("form", has=page.get_by_role("button", name="Ask", exact=True))
        for label in (
            "Police",
            f"Child {front.child[:8].upper()}",
            "What goes well for this child and family?",
            "Name",
        ):
            form.get_by_label(label, exact=True).check()
        form.get_by_label("To decide what this child needs").check()
        form.get_by_role("button", name="Ask", exact=True).click()
        no_faults(browser, page)
        assert page.get_by_role("heading", name="Police: Asked, no answer yet").is_visible()
        page.get_by_role("button", name="Make a link without an account").click()
        no_faults(browser, page)
        link, code = (page.locator("dd").nth(number).inner_text() for number in (0, 1))
        browser.context.clear_cookies()

        page.goto(link)
        no_faults(browser, page)
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Open the request").click()
        no_faults(browser, page)
        assert CANARY in page.content()
        page.get_by_role("button", name="Send your answer").click()
        no_faults(browser, page)
        page.get_by_role("button", name="We searched, and hold nothing").click()  # one
        no_faults(browser, page)
        page.get_by_role("button", name="Send: searched, none held").click()  # two
        no_faults(browser, page)
        assert page.get_by_role("heading", name="Your answer was sent").is_visible()

        sign_in(page, site.url, "Police navigator")
        for path in ("/requests", "/releases"):
            page.goto(site.url + path)
            no_faults(browser, page)
        page.get_by_role("link", name="Worry").first.click()
        no_faults(browser, page)
        assert (browser.complaints, browser.strays) == ([], [])
    assert (
        front.states()["Police"] == "contributed"
    )  # by what the police had said before; the answer found nothing more
    (made,) = [one for one in hub.replying.inbox(front.who(POLICE)).requests if one.enquiry == front.enquiry]
    assert made.state == "searched_none_held"


def test_an_answer_needs_no_javascript(running: RunningHub, site: Site, chromium_path: Path) -> None:
    front, hub = Front(running), running.hub
    (ident,) = front.ask(Party("school_a", PRIMARY))
    made = hub.requesting.link(front.who(SCREENER), ident)
    with chromium(chromium_path, site.url, javascript=False) as browser:
        page = browser.page()
        page.goto(site.url + made.link)
        page.get_by_label("Code").fill(made.code)
        page.get_by_role("button", name="Open the request").click()
        page.get_by_label("We hold something, and say it here").check()
        page.get_by_label("What do you hold?").fill("He sleeps in class.")
        page.get_by_label("Your name and role").fill("The head")
        page.get_by_role("button", name="Send your answer").click()
        assert page.get_by_role("heading", name="Your answer was sent").is_visible()
    shown = hub.picture(front.who(SCREENER), front.child, front.enquiry).chronology
    assert [line.text for line in shown[0].words] == ["He sleeps in class.", "The head"]
    with pytest.raises(Refused, match="This link was used"):
        hub.replying.open_link(made.link.removeprefix("/answer/"), made.code)
