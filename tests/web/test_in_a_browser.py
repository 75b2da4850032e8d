"""The pages in a real Chromium over the fake hub: axe-core, 320 pixels, without JavaScript, under the content policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import NARROW, WIDE, Watched, chromium, sign_in
from tests.web.conftest import Site
from tests.web.fake_hub import CHILD, ENQUIRY, MESSAGE, NAME
from tests.web.fake_identity import DOUBT, FIRST, SECOND, SETTLED, WAITING

pytestmark = pytest.mark.browser

PAGES: dict[str, tuple[str, ...]] = {
    "Decision maker": (
        "/", "/?state=decided", f"/child/{CHILD}", f"/child/{CHILD}?enquiry={ENQUIRY}", f"/enquiry/new?child={CHILD}",
        f"/child/{CHILD}/household", f"/child/{CHILD}/household?enquiry={ENQUIRY}", f"/unplaced/{MESSAGE}",
        f"/enquiry/{ENQUIRY}", f"/enquiry/{ENQUIRY}/decision", "/concern/new", "/children", "/sent", "/tasks/addresses",
        "/help", "/accessibility", "/nothing-here",
    ),
    "MASH manager": (
        "/quarantine", "/identity", f"/identity/review/{DOUBT}", f"/identity/proposal/{SECOND}/{FIRST}",
        "/identity/decisions", f"/identity/decision/{WAITING}",
        f"/identity/decision/{SETTLED}", f"/identity/person/{FIRST}",
        *(f"/identity/change/{what}/{FIRST}" for what in ("unlink", "merge", "split", "restrict", "unrestrict")),
    ),
    "Information-governance lead": ("/identity/reports", f"/identity/report/{SETTLED}"),
    "Access auditor": ("/audit", f"/audit/{CHILD}?position=40", "/ledger", "/"),
}  # fmt: skip


@pytest.fixture
def watched(site: Site, chromium_path: Path) -> Iterator[Watched]:
    with chromium(chromium_path, site.url) as browser:
        yield browser


def broken_forms(page: Page, url: str) -> Iterator[str]:
    """Pages in the state in which something is wrong with the answers."""
    for path, button in (
        (f"/enquiry/new?child={CHILD}", "Open the MASH enquiry"),
        (f"/enquiry/{ENQUIRY}/decision", "Continue to check your answers"),
        ("/concern/new", "Send"),
        (f"/identity/review/{DOUBT}", "Continue to check your answer"),
        (f"/identity/change/unlink/{FIRST}", "Continue to check your answer"),
        (f"/identity/decision/{SETTLED}", "Record what came of it"),
    ):
        page.goto(url + path)
        page.get_by_role("button", name=button).click()
        yield path


def test_axe_finds_nothing_and_nothing_overflows_at_both_widths(site: Site, watched: Watched) -> None:
    page = watched.page()
    found: dict[str, object] = {}

    def examine(where: str) -> None:
        for size in (WIDE, NARROW):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            key = f"{where} at {size['width']}"
            if faults := watched.faults(page):
                found[key] = faults
            if (over := watched.overflow(page)) > 0:
                found[f"{key}, overflow"] = over
            if page.locator("h1").count() != 1:
                found[f"{key}, h1"] = page.locator("h1").count()

    page.goto(f"{site.url}/sign-in")
    examine("/sign-in")
    for title, paths in PAGES.items():
        watched.context.clear_cookies()
        sign_in(page, site.url, title)
        for path in paths:
            page.goto(site.url + path)
            examine(f"{title} {path}")
        if title == "Decision maker":
            for path in broken_forms(page, site.url):
                assert page.title().startswith("Error: ")
                examine(f"broken {path}")
    assert found == {}
    assert watched.complaints == []
    assert watched.strays == []


def test_the_check_itself_sees_a_fault(site: Site, watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{site.url}/help")
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"x.svg\"><p id=wide></p>')"
    )
    page.evaluate("document.querySelector('#wide').appendChild(document.createTextNode('x'.repeat(900)))")
    page.set_viewport_size({"width": 320, "height": 640})
    assert any(fault.startswith("image-alt") for fault in watched.faults(page))
    assert watched.overflow(page) > 0


def decide(page: Page, url: str) -> None:
    """From the worklist to a decision, by links and forms alone."""
    sign_in(page, url, "Decision maker")
    page.get_by_role("link", name="Child 5F0C2A9E").click()
    assert NAME not in page.content()
    page.get_by_role("button", name="Open a MASH enquiry").click()
    assert page.locator("input[type=radio]:checked").count() == 0
    page.get_by_role("button", name="Open the MASH enquiry").click()
    expect(page.get_by_role("alert")).to_contain_text("Select the ground for opening a MASH enquiry")
    page.get_by_label("Reasonable concern of harm, below significant harm").check()
    page.get_by_label("Why do names and words need to be opened?").fill("To see who knows the family.")
    page.get_by_role("button", name="Open the MASH enquiry").click()
    expect(page.get_by_text(NAME)).to_be_visible()
    page.get_by_role("button", name="Decide").click()
    assert page.locator("input:checked").count() == 0
    page.get_by_label("Level 3", exact=True).check()
    page.get_by_role("group", name="Do you agree with the level").get_by_label("Yes").check()
    page.get_by_label("Early help offered", exact=True).check()
    page.get_by_label("Family contacted", exact=True).check()
    page.get_by_role("group", name="Has anybody seen the child").get_by_label("No", exact=True).check()
    page.get_by_label("It was not obtained").check()
    page.get_by_label("If the child's view was not obtained, why not?").fill("She is a baby.")
    page.locator("summary", has_text="Family contacted").click()
    page.get_by_label("Who does it: Family contacted").select_option("School")
    page.get_by_label("By when: Family contacted").fill("2026-06-05")
    page.get_by_role("group", name="Has the family been told?").get_by_label("Yes").check()
    page.get_by_label("What are the reasons for the decision?").fill("Two organisations saw the same within a week.")
    page.get_by_role("button", name="Continue to check your answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    page.get_by_role("button", name="Confirm the decision").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, decided")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_decision_maker_gets_from_the_worklist_to_a_decision_with_and_without_javascript(
    site: Site, chromium_path: Path, javascript: bool
) -> None:
    with chromium(chromium_path, site.url, javascript=javascript) as browser:
        decide(browser.page(), site.url)
        assert (browser.complaints, browser.strays) == ([], [])
    assert site.hub.opened is not None
    assert (site.hub.opened.ground, site.hub.opened.alerts) == ("perceived_harm", (f"{CHILD}:neglect-two-sources:1",))
    made = site.hub.decided
    assert made is not None
    assert (made.level, made.agrees, made.outcome, made.actions, made.family_told, made.seen_position) == (
        3, True, "early_help", ("family_contacted",), True, 41,
    )  # fmt: skip


@pytest.mark.parametrize("javascript", [True, False])
def test_a_reviewer_gets_from_the_list_to_an_answer_with_and_without_javascript(
    site: Site, chromium_path: Path, javascript: bool
) -> None:
    with chromium(chromium_path, site.url, javascript=javascript) as browser:
        page = browser.page()
        sign_in(page, site.url, "Decision maker")
        page.get_by_role("link", name="Identity", exact=True).click()
        page.get_by_role("link", name="Child 0D6F3A52", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Are these the same person?")
        assert page.locator("main input:checked").count() == 0
        page.get_by_role("button", name="Continue to check your answer").click()
        expect(page.get_by_role("alert")).to_contain_text("Select whether they are the same person")
        page.get_by_label("The same person as candidate 1").check()
        page.get_by_label("Identifiers and dates agree").check()
        page.get_by_label("Why, in your own words?").fill("The number is hers, and the school rang back.")
        page.get_by_role("button", name="Continue to check your answer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Check your answer")
        if javascript:
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                assert (browser.faults(page), browser.overflow(page)) == ([], 0)
        page.get_by_role("button", name="Change the answer").click()
        assert page.get_by_label("The same person as candidate 1").is_checked()
        page.get_by_role("button", name="Continue to check your answer").click()
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Take source records off a person")
        assert (browser.complaints, browser.strays) == ([], [])
    (wish,) = site.hub.wishes
    assert (wish.what, wish.person, wish.other, wish.why) == (
        "same", DOUBT, FIRST, "The number is hers, and the school rang back.",
    )  # fmt: skip


def test_what_is_new_is_announced_and_no_row_moves(site: Site, watched: Watched) -> None:
    page = watched.page()
    sign_in(page, site.url, "Decision maker")
    site.hub.came = True
    nudge = page.get_by_role("link", name="1 new alert: show it")
    expect(nudge).to_be_visible()
    rows = page.get_by_role("region", name="Alerts").locator("tbody tr")
    assert rows.count() == 2
    nudge.click()
    assert rows.count() == 3
    assert watched.complaints == []


def test_a_warning_comes_before_the_session_ends_and_it_can_be_extended(site: Site, watched: Watched) -> None:
    page = watched.page()
    page.clock.install()
    sign_in(page, site.url, "Access auditor")
    warning = page.get_by_role("alertdialog")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("55:01")
    expect(warning).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    page.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()


def test_the_keyboard_reaches_the_content_first_and_the_error_summary_takes_the_focus(
    site: Site, watched: Watched
) -> None:
    page = watched.page()
    page.goto(f"{site.url}/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    page.get_by_role("link", name="Select who you are").click()
    expect(page.locator("#account")).to_be_focused()
