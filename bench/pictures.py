"""`make pictures`: the README's pictures, taken from a running demo with Chromium, as a person would walk through it.

Starts a demo of its own (or takes `--url` of one), waits until the worklist has an alert at level 3 or above, and writes
PNG files. Every child in them is invented.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import NARROW, Watched, chromium, sign_in
from tests.support.chromium import find_chromium
from tests.support.needs import Missing

FOLDER = Path("docs/pictures")
PATIENCE = 120.0  # seconds until the demo's stories have raised an alert


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo that runs as long as the block does."""
    command = [sys.executable, "-c", "from hub.cli import main; main()", "demo", "--port", "0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        for line in running.stdout or ():
            if "http://" in line:
                yield "http://" + line.partition("http://")[2].strip().rstrip("/")
                return
        raise SystemExit("the demo did not start: run mash demo to see why")
    finally:
        running.terminate()
        running.wait(timeout=30)


def wait_for_an_alert(page: Page, url: str) -> None:
    """Reload the worklist until it shows a proposal of level 3 or 4."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        page.goto(url)
        if page.locator("tbody tr", has_text="Level 3").or_(page.locator("tbody tr", has_text="Level 4")).count() >= 2:
            return
        time.sleep(1)
    raise SystemExit(f"no alert within {PATIENCE:.0f} seconds: is the demo publishing?")


def wait_for_rows(page: Page, url: str) -> None:
    """Reload a page until its table has a row."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        page.goto(url)
        if page.locator("tbody tr").count():
            return
        time.sleep(1)
    raise SystemExit(f"nothing on {url} within {PATIENCE:.0f} seconds: is the demo publishing?")


def walk(browser: Watched, url: str, folder: Path) -> list[Path]:
    """Take the pictures on the way from the worklist to a decision and to the auditor; returns their paths."""
    page, taken = browser.page(), []

    def picture(name: str, *, whole: bool = False) -> None:
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=whole)
        taken.append(path)

    sign_in(page, url, "Decision maker")
    wait_for_an_alert(page, url)
    picture("worklist")
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    picture("worklist-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    row = page.locator("tbody tr", has_text="Level 3").or_(page.locator("tbody tr", has_text="Level 4")).first
    row.get_by_role("link", name="Child").first.click()
    picture("before-an-enquiry", whole=True)
    page.get_by_role("button", name="Open a MASH enquiry").click()
    page.get_by_label("Reasonable cause to suspect significant harm").check()
    page.get_by_label("Why do names and words need to be opened?").fill("To learn who knows the family.")
    picture("open-an-enquiry", whole=True)
    page.get_by_role("button", name="Open the MASH enquiry").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("MASH enquiry, open")
    page.get_by_role("link", name="Picture of child").click()
    picture("picture-of-a-child", whole=True)
    page.get_by_role("link", name="Household", exact=True).click()
    picture("household", whole=True)
    page.go_back()
    page.get_by_role("link", name="Decide", exact=True).click()
    picture("decide", whole=True)
    wait_for_rows(page, f"{url}/identity")
    picture("reviews")
    page.locator("tbody").get_by_role("link", name="hild").first.click()
    picture("review", whole=True)
    browser.context.clear_cookies()
    sign_in(page, url, "Access auditor")
    page.locator("tbody").get_by_role("link", name="Child").first.click()
    picture("audit", whole=True)
    page.get_by_role("link", name="Who has looked").click()
    picture("who-has-looked")
    return taken


def main() -> None:
    """Read the options, take the pictures, say where they lie."""
    options = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__)
    options.add_argument("--url", help="a demo that is running already (else one is started and stopped)")
    options.add_argument("--out", type=Path, default=FOLDER, help="folder for the pictures (docs/pictures)")
    given = options.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    try:
        path = find_chromium()
    except Missing as missing:
        sys.exit(str(missing))
    if given.url:
        url = given.url.rstrip("/")
        with chromium(path, url) as browser:
            taken = walk(browser, url, given.out)
    else:
        with demo() as url, chromium(path, url) as browser:
            taken = walk(browser, url, given.out)
    for each in taken:
        print(each)


if __name__ == "__main__":
    main()
