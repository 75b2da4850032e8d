"""Every page about help, silence, late evidence, rules and measures in a real browser, over the demonstration as it stands
after a minute: clean for axe-core, on a telephone, and all of it without JavaScript.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.sync_api import Page, expect

from bench.demo import at_work, join, tell_once
from bench.demo_people import who
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub, open_hub
from hub.views.models import Asker
from tests.support.browser import NARROW, WIDE, Watched, chromium, sign_in
from tests.support.partnership import settings_for
from tests.support.site import Site

pytestmark = pytest.mark.browser
OK = 200


class Told(Struct):
    """A demonstration of which everything was told, and the ids of what came of it."""

    hub: Hub
    url: str
    family: str  # the child with a plan
    decided: str  # the child who was decided early, and is to be taken on
    alert: str
    assessment: str
    meeting: str
    silence: str
    late: str
    audit: str
    report: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    hub = open_hub(settings_for(tmp_path_factory.mktemp("demo") / "data"))
    try:
        with at_work(hub):
            tell_once(hub, 7, join(hub))
            with Site(hub) as site:
                yield ids(hub, site.url)
    finally:
        hub.close()


def ids(hub: Hub, url: str) -> Told:
    def asker(role: str) -> Asker:
        return hub.asker(who(role))

    manager = asker("mash_manager")
    (step,) = hub.helping.mine(asker("lead_professional")).rows
    family = next(one.child for one in hub.leading.mine(asker("lead_professional")).rows)
    (assessment,) = hub.assessing.page(asker("lead_professional"), family).rows
    (meeting,) = hub.convening.page(asker("lead_professional")).coming
    (silence,) = hub.listening.page(manager).rows
    (late,) = hub.hindsight.page(manager).rows
    (audit,) = hub.workbench.page(asker("practice_auditor")).rows
    (report,) = hub.what_ifs.page(asker("threshold_owner")).rows
    alert = next(one for one in hub.record.read(0, 100_000) if one.stream.startswith("alert:")).stream
    return Told(
        hub=hub, url=url, family=family, decided=step.child, alert="/".join(alert.split(":")[1:]),
        assessment=assessment.assessment, meeting=meeting.meeting, silence=silence.silence, late=late.late, audit=audit.audit,
        report=report.report,
    )  # fmt: skip


def places(told: Told) -> dict[str, tuple[str, ...]]:
    """Which pages each account opens here."""
    child = f"/child/{told.family}"
    return {
        "Decision maker": (
            "/", f"/alert/{told.alert}", f"/child/{told.decided}", f"/child/{told.decided}/help", "/late",
            f"/late/{told.late}", "/silence", f"/silence/{told.silence}", "/silence/feeds", "/tasks", "/plans",
        ),
        "Early-help worker": (
            "/steps", "/leads", "/children", child, f"{child}/help", f"{child}/assessments",
            f"{child}/assessments/{told.assessment}", f"{child}/plan", f"{child}/offers", f"{child}/meetings", "/meetings",
            f"/meetings/{told.meeting}", f"/meetings/{told.meeting}/child/{told.family}", f"/meetings/{told.meeting}/pack/1",
            "/services",
        ),
        "MASH manager": (
            "/practice-audits", "/policies/what-if", f"/policies/what-if/{told.report}", "/measures", "/measures/waiting",
            "/measures/waiting?areas=yes", "/measures/waiting/children/0", "/measures/answer_times", "/measures/level_pyramid",
        ),
        "Practice auditor": (f"/practice-audits/{told.audit}", f"/practice-audits/{told.audit}/1"),
        "Access auditor": ("/reliance", "/reliance?what=rule&id=three-concerns-two-organisations", "/measures"),
        "Threshold owner": ("/partnership", "/partnership?section=levels", "/partnership?beside=durham", "/policies/what-if"),
        "Team around the family member": (
            "/children", "/steps", child, f"{child}/plan", f"{child}/assessments",
            f"{child}/assessments/{told.assessment}",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("javascript", [True, False])
def test_every_page_of_help_silence_and_measures_is_clean_and_fits_a_telephone(
    told: Told, chromium_path: Path, javascript: bool
) -> None:
    faults: list[tuple[str, str, list[str], int]] = []
    with chromium(chromium_path, told.url, javascript=javascript) as browser:
        page = browser.page()
        for title, paths in places(told).items():
            browser.context.clear_cookies()
            sign_in(page, told.url, title)
            for path in paths:
                answer = page.goto(f"{told.url}{path}")
                assert answer is not None
                assert answer.status == 200, (title, path)
                faults += [(title, path, *found) for found in looked_at(browser, page, axe=javascript)]
        assert faults == []
        assert (browser.complaints, browser.strays) == ([], [])


def looked_at(browser: Watched, page: Page, *, axe: bool) -> Iterator[tuple[list[str], int]]:
    """What is wrong with a page, wide and narrow: axe-core's findings, and by how much it is wider than its window."""
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        found, wider = browser.faults(page) if axe else [], browser.overflow(page)
        if found or wider > 0:
            yield found, wider


def test_no_link_of_these_pages_leads_nowhere_for_whom_it_is_shown(told: Told) -> None:
    accounts = {one.title: one.staff for one in DEMO_ACCOUNTS}
    dead: list[tuple[str, str, str, int]] = []
    with Site(told.hub) as site:
        for title, paths in places(told).items():
            with site.visit(accounts[title]) as visit:
                tried: dict[str, int] = {}
                for path in paths:
                    for found in dict.fromkeys(re.findall(r'<a [^>]*href="(/[^"#]*)', visit.get(path).text)):
                        link = found.replace("&amp;", "&")
                        if link not in tried:
                            tried[link] = visit.get(link).status_code
                            dead += [(title, path, link, tried[link])] if tried[link] != OK else []
    assert dead == []


def test_help_is_taken_on_written_and_answered_for_without_javascript(told: Told, chromium_path: Path) -> None:
    with chromium(chromium_path, told.url, javascript=False) as browser:
        page = browser.page()
        page.set_viewport_size(NARROW)  # type: ignore[arg-type] # width and height
        sign_in(page, told.url, "Early-help worker")
        page.goto(f"{told.url}/steps")
        page.get_by_role("button", name="Take the child on").click()
        expect(page.get_by_text("Nobody asks you to take a child on.")).to_be_visible()

        page.goto(f"{told.url}/child/{told.family}/assessments/{told.assessment}")
        section = page.get_by_role("region", name="Education")
        section.locator("summary").click()
        section.get_by_label("Strengths").fill("Reads to her brother.")
        section.get_by_role("button", name="Save this section").click()
        expect(page.get_by_text("Reads to her brother.")).to_be_visible()
        assert browser.overflow(page) <= 0

        page.goto(f"{told.url}/child/{told.family}/plan")
        page.locator("summary", has_text="Record a meeting").click()
        page.get_by_role("button", name="Record the meeting").click()
        expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
        expect(page.get_by_role("button", name="Record the meeting")).to_be_visible()  # where the fault is stays open
        page.get_by_role("button", name="It is done").first.click()
        expect(page.get_by_role("button", name="It is not done after all").first).to_be_visible()

        browser.context.clear_cookies()
        sign_in(page, told.url, "Team around the family member")
        page.goto(f"{told.url}/child/{told.family}/plan")
        expect(page.get_by_role("heading", name="Plan of help")).to_be_visible()
        assert (
            page.get_by_role("button", name="It is not done after all").count() == 0
        )  # a seat reads, and does not act

        browser.context.clear_cookies()
        sign_in(page, told.url, "MASH manager")
        page.goto(f"{told.url}/silence/{told.silence}")
        page.get_by_label("I asked, and know why nothing came").check()
        page.get_by_role("button", name="Record it").click()
        page.goto(f"{told.url}/silence")
        assert page.get_by_role("link", name="never came").count() == 0
        page.goto(f"{told.url}/late/{told.late}")
        page.get_by_label("The decision stands").check()
        page.get_by_label("Why", exact=True).fill("Both were known by telephone.")
        page.get_by_role("button", name="Record it").click()
        page.goto(f"{told.url}/late/{told.late}")
        expect(page.get_by_text("Somebody looked").first).to_be_visible()

        browser.context.clear_cookies()
        sign_in(page, told.url, "Practice auditor")
        page.goto(f"{told.url}/practice-audits/{told.audit}/1")
        page.get_by_label("Level 3").check()
        page.get_by_label("Referral accepted: assessment (section 17)").check()
        page.get_by_label("Why", exact=True).fill("One report is thin.")
        page.get_by_role("button", name="Decide").click()
        expect(page.get_by_text("Early help offered").first).to_be_visible()  # blind until now
        assert (browser.complaints, browser.strays) == ([], [])
