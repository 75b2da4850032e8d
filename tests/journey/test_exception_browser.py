"""The pages of exceptions in a real browser: by keyboard names, at 320 pixels, without JavaScript, and clean for axe-core."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.browser import NARROW, chromium, sign_in
from tests.support.exceptional import WHY, Front, front
from tests.support.identities import somebody
from tests.support.partnership import RunningHub
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    made = front(own_hub)
    made.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    return made


@pytest.fixture
def site(here: Front) -> Iterator[Site]:
    with Site(here.hub) as running:
        yield running


@pytest.mark.parametrize("javascript", [True, False])
def test_every_page_of_exceptions_works_is_clean_and_fits_a_telephone(
    here: Front, site: Site, chromium_path: Path, javascript: bool
) -> None:
    known = here.seen(somebody(), "health")
    address = here.override("staff-officer", known)
    with chromium(chromium_path, site.url, javascript=javascript) as browser:
        page = browser.page()
        sign_in(page, site.url, "Decision maker")
        page.goto(f"{site.url}/child/{known}/break-glass")
        faults = [] if not javascript else browser.faults(page)
        page.get_by_label("Decision maker", exact=True).check()
        page.get_by_role("button", name="Confirm").click()
        faults += [] if not javascript else browser.faults(page)
        page.get_by_label("A child is missing").check()
        page.get_by_label("Why can this not wait?").fill(WHY)
        page.get_by_label("I know what follows").check()
        page.get_by_role("button", name="Open for half an hour").click()
        page.get_by_role("heading", name="Opened in an emergency").wait_for()
        page.set_viewport_size(NARROW)  # type: ignore[arg-type] # width and height
        for path in ("/", "/exceptions", f"/child/{known}", f"/child/{known}/override", "/protected", "/help"):
            page.goto(f"{site.url}{path}")
            assert page.get_by_role("button", name="End now").is_visible(), path
            faults += [] if not javascript else browser.faults(page)
            assert browser.overflow(page) <= 0, path
        page.get_by_role("button", name="End now").click()
        page.get_by_text("Ended").first.wait_for()
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, site.url, "Caldicott guardian")
        for path in ("/exceptions", f"/exceptions/{address}"):
            page.goto(f"{site.url}{path}")
            faults += [] if not javascript else browser.faults(page)
            assert browser.overflow(page) <= 0, path
        assert page.get_by_text(WHY).is_visible()
        page.get_by_label("Yes").check()
        page.get_by_role("button", name="Send the answer").click()
        page.get_by_text("Works now").first.wait_for()
        assert (faults, browser.complaints, browser.strays) == ([], [], [])
    assert here.state("staff-ig", address) == "works"
    assert here.words("staff-officer", known) == {"Health"}
