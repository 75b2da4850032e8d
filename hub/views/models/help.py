"""What pages show of a child's help. Plain values only; words came through `flow/disclose.py`. Times are aware UTC."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class StepRow(Struct, frozen=True, kw_only=True):
    """A step that somebody is asked to accept. `why` is opened words or ""."""

    child: str
    step: str
    words: str
    clause: str
    since: datetime
    due: datetime
    overdue: bool = False
    why: str = ""


class MySteps(Struct, frozen=True, kw_only=True):
    """What this person is asked to take on."""

    stamp: Stamp
    rows: tuple[StepRow, ...] = ()
    declined: tuple[Choice, ...] = ()


class HelpPast(Struct, frozen=True, kw_only=True):
    """One thing that happened, in words; `rests_on` what it rested on, as far as this reader may know."""

    at: datetime
    what: str
    clause: str = ""
    rests_on: tuple[str, ...] = ()
    why: str = ""


class HelpView(Struct, frozen=True, kw_only=True):
    """The level of a child's help as this asker may see it, with what may be done next."""

    child: str
    stamp: Stamp
    level: int
    level_words: str
    descriptor: str
    since: datetime | None = None
    until: date | None = None
    past_end: bool = False
    waits: str = ""  # the step that waits, in words
    waits_for: str = ""
    due: datetime | None = None
    overdue: bool = False
    offers: tuple[str, ...] = ()  # what was offered and how it stands, a line each
    history: tuple[HelpPast, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    levels: tuple[Choice, ...] = ()
    called: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    evidence: tuple[Choice, ...] = ()
    grounds: tuple[Choice, ...] = ()  # of 18 and more; () where the age needs none
    ended: tuple[Choice, ...] = ()
    may_propose: bool = False
    may_take_back: bool = False
    may_renew: bool = False
    may_end: bool = False
