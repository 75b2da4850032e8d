"""Where a Chromium for the browser tests is: the one of the system, or the one named by MASH_TEST_CHROMIUM."""

import os
import shutil
from pathlib import Path

from tests.support.needs import Missing

HOW = "Install Chromium (Debian: apt-get install chromium fonts-liberation) or set MASH_TEST_CHROMIUM to its path"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> Path:
    """The browser's executable; raises Missing when there is none."""
    named = os.environ.get("MASH_TEST_CHROMIUM")
    if named:
        if Path(named).is_file():
            return Path(named)
        raise Missing("Chromium", f"MASH_TEST_CHROMIUM names {named}, which is not a file.")
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise Missing("Chromium", HOW)
