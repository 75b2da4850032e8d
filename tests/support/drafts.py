"""Drafts of sharing policies that a test edits: a copy of the set in a folder, and the sentences it changes."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from hub.bootstrap import Hub, open_hub
from hub.ports import Clock
from tests.support.partnership import settings_for

IG_LEAD, GUARDIAN, OWNER = "staff-05b8f3", "staff-5db46e", "staff-1c83a9"
DECISION_MAKER, NAVIGATOR = "staff-91d3b7", "staff-2b9f54"
RELEASED = "resource.asker_on_enquiry && resource.released && resource.tier <= 3"


def copy_of_the_set(to: Path) -> Path:
    """The shipped draft's files in a folder of the test's own."""
    with as_file(files("policies.sharing")) as shipped:
        shutil.copytree(shipped, to, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return to


def change(folder: Path, file: str, old: str, new: str) -> None:
    """One sentence of one file, which must stand there."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def stricter(folder: Path) -> None:
    """A draft that may be published: its table holds, and something is closed that was open."""
    never = (folder / "never.cedar").read_text(encoding="utf-8")
    forbid = (
        '@id("N90") @title("Nobody exports what the police published") @law("Test") @owner("IG lead")\n'
        'forbid (principal is Mash::User, action == Mash::Action::"export", resource)\n'
        'when { resource.owner.sector == "police" };\n'
    )
    (folder / "never.cedar").write_text(f"{never}\n{forbid}", encoding="utf-8")


def a_hub(data: Path, draft: Path, clock: Clock | None = None) -> Hub:
    """An embedded hub whose draft is this folder's."""
    return open_hub(settings_for(data, sharing_draft=draft), clock)
