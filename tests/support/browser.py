"""A real Chromium for tests of pages: what it complained of, what it fetched from elsewhere, what axe-core finds."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, sync_playwright

# --no-sandbox: tests run as root in containers; the rest keeps Chromium from talking to anybody but the hub
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watched:
    """A browser with a memory: `complaints` of its console and `strays`, requests that left the hub's origin."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self._origin = origin
        self.complaints: list[str] = []
        self.strays: list[str] = []
        context.on("console", self._said)
        context.on("request", self._asked)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:", "about:")):
            self.strays.append(request.url)

    def page(self) -> Page:
        """A page; links and forms are used as a person would."""
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.set_default_timeout(10_000)
        return page

    def faults(self, page: Page) -> list[str]:
        """What axe-core finds on a page once it has come whole: rule and place, [] when nothing."""
        page.wait_for_load_state()  # a click returns when the next page begins, not when it is there
        # evaluated, not added as a script: the content policy would rightly block that
        found = page.evaluate(
            "async ([source, rules]) => { if (!window.axe) { (0, eval)(source); } "
            "return (await window.axe.run(document, {runOnly: rules})).violations; }",
            [self._axe, RULES],
        )
        return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]

    @staticmethod
    def overflow(page: Page) -> int:
        """By how many pixels a page that has come whole is wider than its window."""
        page.wait_for_load_state()
        return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@contextmanager
def chromium(path: Path, origin: str, *, javascript: bool = True, offline_hosts: bool = True) -> Iterator[Watched]:
    """A Chromium with a fresh profile, closed at the end."""
    resolver = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",) if offline_hosts else ()
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as player:
        context = player.chromium.launch_persistent_context(
            profile, executable_path=str(path), headless=True, args=[*ARGS, *resolver], java_script_enabled=javascript,
            viewport={"width": WIDE["width"], "height": WIDE["height"]}, locale="en-GB", timezone_id="Europe/London",
        )  # fmt: skip
        try:
            yield Watched(context, origin)
        finally:
            context.close()


def sign_in(page: Page, url: str, title: str) -> None:
    """Pick a demo account by its title."""
    page.goto(f"{url}/sign-in")
    page.get_by_label(title, exact=True).check()
    page.get_by_role("button", name="Sign in").click()
