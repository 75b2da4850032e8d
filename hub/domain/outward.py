"""What the hub says to one organisation on that organisation's own topics: a request, and a notice.

Codes alone. The words of a request travel in its `letter`, which only the organisation's own key opens.
"""

from datetime import date, datetime

from msgspec import Struct


class RequestOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message on `request.<organisation>.v1`: what is asked, by when; whom it is about stands in the letter."""

    position: int  # the hub's record position (header ce_sequence): a repeat has the same
    request: str
    organisation: str
    setting: str = ""
    purpose: str
    questions: tuple[str, ...] = ()
    due: datetime
    closed_until: date | None = None
    letter: str = ""
    letter_key: str = ""


class NoticeCode(Struct, frozen=True):
    """One code of a notice, by its name."""

    name: str
    value: str


class NoticeOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message on `notice.<organisation>.v1`: that something happened, named by what its receiver knows it by."""

    position: int
    notice: str
    organisation: str
    setting: str = ""
    kind: str
    about: str = ""
    codes: tuple[NoticeCode, ...] = ()
    due: datetime | None = None
    sent_at: datetime


class Letter(Struct, frozen=True, kw_only=True):
    """The words of a request, as its receiver reads them: who each child is, what is asked, and whom to reach."""

    request: str
    organisation: str
    children: tuple[dict[str, str], ...]
    purpose: str
    questions: tuple[str, ...]
    question: str = ""
    out_of_term: str = ""


Outward = RequestOut | NoticeOut
