"""Offers, services and moves in a real browser, each in the states that have forms: clean for axe-core, and on a telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.offer import MakeOffer
from hub.domain.transfer import Letter
from tests.journey.test_help_browser import looked_at
from tests.support.asking import SCREENER, Front
from tests.support.browser import chromium, sign_in
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    running = RunningHub(settings_for(tmp_path))
    running.start("intake", "views")
    running.hub.add_organisation("early_help", "Early Help", "early_help")
    key = running.hub.hub_key()
    running.hub.know_hub("next_door", "Next door", key["signs_keyid"], bytes.fromhex(key["signs"]))
    yield Front(running)
    running.close()


def told(front: Front) -> list[str]:
    """An offer in each state, a move of ours and one that another hub proposed; the pages that show them."""
    offering, screener = front.hub.offering, front.who(SCREENER)
    wish = MakeOffer(
        child=front.child, service="parenting-group", organisation="", to=("parent",), words="Ten evenings"
    )
    offering.make(screener, wish)
    for answer in ("yes", "no", "gone"):
        made = offering.make(screener, wish)
        if answer == "no":
            offering.decline(screener, front.child, made, "parent", "not_now", "Not now")
        else:
            offering.accept(screener, front.child, made, "parent")
        if answer == "gone":
            offering.disengage(screener, front.child, made, "")
    now = front.hub.clock.now()
    letter = Letter(
        kind="case.transferred", origin="next_door", to="demo", transfer="m1", written=now, number=2, name="Joined-up help",
        descriptor="Several services work together around a family", means=("several_services",), due=now,
    )  # fmt: skip
    front.hub.transfers().received(letter, "k", SCREENER)
    front.hub.views.catch_up("record", front.hub.record)
    child = f"/child/{front.child}"
    pages = [f"{child}/offers", f"{child}/help", "/services", "/services?age=4&level=2&locality=North", f"{child}/move"]
    move = front.hub.transferring.propose(screener, front.child, "next_door", None)
    return [*pages, "/transfers", f"/transfers/{move}"]


def test_offers_services_and_moves_are_clean_and_fit_a_telephone(front: Front, chromium_path: Path) -> None:
    pages, faults = told(front), []
    with Site(front.hub) as site, chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Screening social worker")
        for path in pages:
            answer = page.goto(f"{site.url}{path}")
            assert answer is not None
            assert answer.status == 200, path
            faults += [(path, *found) for found in looked_at(browser, page, axe=True)]
        assert faults == []
        assert (browser.complaints, browser.strays) == ([], [])
