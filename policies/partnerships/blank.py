"""A new partnership: a whole folder in which every value is `not stated in the source` and waits to be filled.

It promises to write a folder whole, or not at all, and to overwrite nothing.
"""

import shutil
from pathlib import Path
from tempfile import mkdtemp

from hub.domain.errors import Refused
from policies.partnerships.rules import RULE_ID
from policies.partnerships.text import ROOT

TEMPLATE = "_blank"


def begin(name: str, folder: Path, title: str = "") -> list[Path]:
    """Write the template to `folder`/`name`; the files made, sorted.

    Raises Refused for a name that is none, a title that cannot stand in a file, or a folder that is there already.
    """
    if not RULE_ID.fullmatch(name):
        raise Refused(
            "a partnership's name is small letters, digits and single hyphens (north-anyshire); a title goes into --title",
            "name",
        )
    if not title.isprintable() or set(title) & {'"', "\\"}:
        raise Refused("a title is plain text on one line, without quotation marks or backslashes", "title")
    made = folder / name
    if made.exists() or made.is_symlink():
        raise Refused(f"{made} is there already, and nothing is overwritten: give another name or folder", "name")
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{name}-", dir=folder))
    try:
        for entry in ROOT.joinpath(TEMPLATE).iterdir():
            if entry.name.endswith(".toml"):
                text = entry.read_text(encoding="utf-8").replace("@title@", title)
                (draft / entry.name).write_text(text, encoding="utf-8")
        draft.rename(made)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return sorted(made.iterdir())
