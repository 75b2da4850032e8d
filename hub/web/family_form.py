"""A form as a wish to record what a family said: every answer read, none guessed.

What cannot be read (a date, a code that is none) becomes a refusal with its field; the rules are hub/domain/family_rules.py.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from hub.domain.errors import Refused
from hub.domain.family_wish import DAYS, SCOPE_LISTS, Wish, wish_of
from hub.domain.moments import LONDON
from hub.web.forms import Answers

TEXTS = (
    "record", "giver", "who", "giver_name", "how", "notice", "language", "service", "provider", "test", "outcome",
    "evidence", "shown", "statement", "other", "effect", "ground", "invalid", "reason", "preview",
)  # fmt: skip
YES_NO = ("evidence_held", "safe_to_refuse", "family_told")


def wish_of_form(person: str, about: str, what: str, sent: Answers) -> Wish:
    """The wish that a form's answers are. Raises Refused naming the answer that cannot be read."""
    given: dict[str, Any] = {name: sent.text(name) for name in TEXTS if sent.text(name)}
    given["scope"] = {name: sent.ticked(name) for name in SCOPE_LISTS if sent.ticked(name)}
    given |= {name: sent.yes(name) for name in YES_NO if sent.yes(name) is not None}
    given |= {name: moment for name in DAYS if (moment := _day(name, sent)) is not None}
    if sent.ticked("present"):
        given["present"] = sent.ticked("present")
    if sent.text("interpreter"):
        given["interpreter"] = sent.text("interpreter")
    return wish_of({**given, "person": person, "about": about, "what": what})


def _day(name: str, sent: Answers) -> datetime | None:
    """Three boxes of a day as that London day's beginning; of an end, its close. None where all are empty."""
    parts = [sent.text(f"{name}-{part}") for part in ("day", "month", "year")]
    if not any(parts):
        return None
    try:
        day = date(*(int(part) for part in reversed(parts)))
    except ValueError:
        raise Refused("Enter a real day, such as 4 6 2026", name) from None
    close = time(0) if name == "valid_from" else time(23, 59, 59)
    return datetime.combine(day, close, LONDON).astimezone(UTC)
