"""What an organisation may be asked, why one need not be asked at which grade, and when schools are closed: for an edition.

A list that a page could not show, or a reason that no grade allows, is refused with the file and the mend.
"""

import tomllib
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from hub.domain.errors import HubError

ROOT: Traversable = files(__name__)
GRADES = ("red", "amber", "green", "blue")
SHAPES = {
    "question": {"code", "words"}, "purpose": {"code", "words"}, "not_asked": {"code", "words", "grades"},
    "term": {"first", "last"},
}  # fmt: skip


class BadRequests(HubError):
    """Lists for requests that cannot be used; the text names the file, the entry and the mend."""


def requests(root: Traversable = ROOT) -> dict[str, Any]:
    """The lists and terms as plain values: keys question, purpose, not_asked, term, closes_out_of_term.

    Raises BadRequests: an unknown key, a code given twice, a grade there is not, a term that ends before it begins.
    """
    lists, terms = _read(root, "requests.toml"), _read(root, "terms.toml")
    found: dict[str, Any] = {"closes_out_of_term": list(terms.get("closes_out_of_term", ()))}
    for name, keys in SHAPES.items():
        file, source = ("terms.toml", terms) if name == "term" else ("requests.toml", lists)
        found[name] = [_entry(file, name, keys, each) for each in source.get(name, ())]
        codes = [each["code"] for each in found[name] if "code" in each]
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise BadRequests(f"{file}: {name} {twice[0]}: two entries have this code: give each its own")
    for each in found["not_asked"]:
        if not each["grades"] or not set(each["grades"]) <= set(GRADES):
            raise BadRequests(f"requests.toml: not_asked {each['code']}: name grades among {', '.join(GRADES)}")
    for each in found["term"]:
        if each["last"] < each["first"]:
            raise BadRequests(f"terms.toml: term {each['first']}: it ends before it begins")
    return found


def _read(root: Traversable, file: str) -> dict[str, Any]:
    try:
        held = tomllib.loads(root.joinpath(file).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRequests(f"{file}: it does not read: {error}") from error
    if not str(held.get("source", "")).strip():
        raise BadRequests(f"{file}: source: name it, or write 'not stated in the source' and say how it was chosen")
    return held


def _entry(file: str, name: str, keys: set[str], given: dict[str, Any]) -> dict[str, Any]:
    if set(given) != keys:
        raise BadRequests(f"{file}: {name}: an entry holds exactly {', '.join(sorted(keys))}")
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}
