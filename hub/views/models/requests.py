"""What pages about requests, answers, releases and notices show: codes and their words, and what a look opened."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Choice, Coverage, Line, Stamp


class RequestRow(Struct, frozen=True, kw_only=True):
    """One request as a list shows it."""

    request: str
    enquiry: str
    organisation: str
    setting: str = ""
    purpose: str
    state: str  # asked | provided | searched_none_held | refused | withdrawn
    state_words: str
    asked_at: datetime
    due: datetime | None = None
    overdue: bool = False
    late: bool = False
    closed_until: date | None = None
    on_page_only: bool = False  # the organisation gave no key, so nothing was sent to it
    reminders: int = 0
    reason: str = ""
    review_on: date | None = None
    may_overturn: str = ""
    after: str = ""  # what had ended when the answer came
    answers: int = 0
    how: str = ""  # how the newest answer came: on a page, by a program, by a message, by a link that somebody made
    link_until: datetime | None = None


class NotAskedRow(Struct, frozen=True, kw_only=True):
    """Somebody who is not asked, and why; `stands` where the grade allows that reason."""

    organisation: str
    setting: str = ""
    reason: str
    stands: bool


class RequestsView(Struct, frozen=True, kw_only=True):
    """The requests of one MASH enquiry: who has been asked what, what came, and who is not asked."""

    stamp: Stamp
    enquiry: str
    grade: str
    open: bool
    rows: tuple[RequestRow, ...]
    not_asked: tuple[NotAskedRow, ...]
    coverage: tuple[Coverage, ...]
    progress: str
    complete: bool
    awaited: int
    overdue: int
    unexplained: tuple[str, ...]
    children: tuple[Choice, ...]
    parties: tuple[Choice, ...]
    questions: tuple[Choice, ...]
    purposes: tuple[Choice, ...]
    told: tuple[Choice, ...]
    reasons: tuple[Choice, ...]
    withdrawals: tuple[Choice, ...]
    may_ask: bool


class LinkShown(Struct, frozen=True, kw_only=True):
    """A link and its code, shown this once: the code goes to the organisation on another way than the link."""

    request: str
    organisation: str
    link: str  # the path of the page
    code: str
    expires: datetime


class RequestView(Struct, frozen=True, kw_only=True):
    """One request as who answers it reads it: whom it is about, what is asked, by when, and what was answered."""

    stamp: Stamp
    row: RequestRow
    children: tuple[tuple[Line, ...], ...]
    closed: bool  # the words of the request are not open to this reader
    questions: tuple[str, ...]
    question: str = ""
    out_of_term: str = ""
    answers: tuple[RequestRow, ...] = ()
    said: tuple[Line, ...] = ()
    results: tuple[Choice, ...] = ()
    refusals: tuple[Choice, ...] = ()
    overturns: tuple[Choice, ...] = ()
    may_answer: bool = False
    values: tuple[Choice, ...] = ()  # about an own record: the fields that are asked for
    seconds: tuple[Choice, ...] = ()  # and what may be said of a second record


class NoticeRow(Struct, frozen=True, kw_only=True):
    """One notice to the reader's own organisation."""

    notice: str
    kind: str
    words: str
    about: str
    setting: str = ""
    codes: tuple[Line, ...] = ()
    sent_at: datetime
    due: datetime | None = None
    overdue: bool = False
    acknowledged: bool = False


class Inbox(Struct, frozen=True, kw_only=True):
    """What the reader's own organisation or setting was asked and told, what waits first."""

    stamp: Stamp
    organisation: str
    requests: tuple[RequestRow, ...]
    notices: tuple[NoticeRow, ...]
    releases: int  # how many items wait for a decision to release
    has_key: bool  # whether the hub can also send this to the organisation


class ReleaseLine(Struct, frozen=True, kw_only=True):
    """One item of words that its owner may release: what it says, to whom it is released, and what to think of first."""

    item: str
    category: str
    what: str
    words: tuple[Line, ...]
    released_to: tuple[str, ...] = ()
    released_codes: tuple[str, ...] = ()
    asked_for: tuple[str, ...] = ()
    asked_codes: tuple[str, ...] = ()
    why: str = ""
    warnings: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()  # those of `released_to` to whom it is released for one MASH enquiry alone


class SaidView(Struct, frozen=True, kw_only=True):
    """One thing that an organisation said, item by item: for its owner to release, or for the MASH to ask for."""

    stamp: Stamp
    said: str
    title: str
    organisation: str
    setting: str = ""
    recorded_at: datetime
    lines: tuple[ReleaseLine, ...]
    organisations: tuple[Choice, ...]
    conditions: tuple[Choice, ...]
    not_released: tuple[Choice, ...]
    withdrawals: tuple[Choice, ...]
    own: bool
    enquiry: str = ""
    taken_back: Literal["", "corrected", "withdrawn"] = ""  # by its owner since: it is released no more
    newest: str = ""  # what stands in its place


class ReleaseRow(Struct, frozen=True, kw_only=True):
    """One item of the reader's organisation that is asked for, or released."""

    item: str
    said: str
    state: str
    state_words: str
    organisations: tuple[str, ...]
    asked_by: str = ""
    changed_at: datetime


class ReleasesView(Struct, frozen=True, kw_only=True):
    """What the reader's own organisation is asked to release, and has released."""

    stamp: Stamp
    organisation: str
    waiting: tuple[ReleaseRow, ...]
    released: tuple[ReleaseRow, ...]
    said: tuple[ReleaseRow, ...]  # what was sent lately, to release from


class LinkPage(Struct, frozen=True, kw_only=True):
    """What the page without an account shows once link and code fit: one request, and nothing else."""

    request: RequestView
    ticket: str
