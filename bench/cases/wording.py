"""How an expectation without a check of its own is judged: by what its words ask for, where they ask for something known.

It promises no more than the words: whoever wants more (which rows, which codes) gives the expectation its `check`. What no
line below knows is not judged.
"""

import re
from collections.abc import Callable
from typing import Any

from bench.cases.format import Case, vocabulary

CLOSES = frozenset({"decision", "closure"})
Made = Callable[[Case, re.Match[str]], dict[str, Any]]


def by_words(case: Case, words: str) -> dict[str, Any] | None:
    """The keys of a check that these words ask for; None where they ask for nothing that is known."""
    for pattern, make in LINES:
        if found := re.search(pattern, words, re.IGNORECASE):
            return make(case, found)
    return None


def _refused(because: str) -> Made:
    return lambda case, _: {"kind": "refused", "rows": _decided(case), "because": because}


def _nth(_case: Case, found: re.Match[str]) -> dict[str, Any]:
    codes = [code for code in vocabulary().indicators if code.startswith("domestic_abuse")]
    return {"kind": "nth_incident", "indicators": tuple(codes), "count": int(found[1]), "within_days": int(found[2])}


def _holders(case: Case, found: re.Match[str]) -> dict[str, Any]:
    named = found[1].lower()
    organisations = tuple(code for code in case.header.organisations if code.replace("_", " ") in named)
    return {"kind": "holders", "organisations": organisations}


def _decided(case: Case) -> tuple[str, ...]:
    return tuple(row.id for row in case.rows if row.said.type in CLOSES)


LINES: tuple[tuple[str, Made], ...] = (
    (r"another organisation is acting", _refused("acting")),
    (r"not seen since|closure with the child not seen|closing unseen", _refused("not_seen")),
    (r"clos\w+ alone|cannot be closed by a single worker", _refused("third_referral")),
    (r"would differ on evidence", lambda case, _: {"kind": "reopened", "rows": _decided(case)}),
    (r"label .*changes no|changes no count", lambda _case, _found: {"kind": "label"}),
    (r"([\w ,]+) hold\w* relevant information", _holders),
    (r"not-seen timer|not seen alone", lambda _case, _found: {"kind": "silence", "silence": "not_seen_alone"}),
    (r"off roll|off-roll", lambda _case, _found: {"kind": "silence", "silence": "off_roll"}),
    (r"chronology (is )?not passed on", lambda _case, _found: {"kind": "silence", "silence": "chronology"}),
    (r"feed (is )?(dead|silent)|gone silent", lambda _case, _found: {"kind": "silence", "silence": "feed_silent"}),
    (r"was not brought timer|not brought, and", lambda _case, _found: {"kind": "silence", "silence": "not_brought"}),
    (r"(\d+)(?:st|nd|rd|th) domestic.abuse incident within (\d+) days", _nth),
    (r"no positive sighting|no event arriving", lambda _case, _found: {"kind": "alert", "level": 1, "timer": True}),
    (r"\blevel (\d)\b", lambda _case, found: {"kind": "alert", "level": int(found[1])}),
    (r"early.help alert", lambda _case, _found: {"kind": "alert", "level": 2}),
)
