"""What pages show of plans of help. Plain values only; words came through `flow/disclose.py`. Times are aware UTC."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class HelpAction(Struct, frozen=True, kw_only=True):
    """Something that is to be done. `words` are opened words or ""."""

    action: str
    what: str
    owner: str
    due: date
    done: bool
    overdue: bool = False
    words: str = ""


class MeetingRow(Struct, frozen=True, kw_only=True):
    """One time that the team met: who was there and who not, and what changed since the time before, in words of codes."""

    met_at: datetime
    present: tuple[str, ...]
    absent: tuple[str, ...]
    family: bool
    goal: int | None = None
    notes: str = ""
    voice: str = ""  # how the child's view was obtained, in words
    since: tuple[str, ...] = ()


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """How it was for the child at one stage, or by when that is looked at."""

    stage: str
    words: str
    outcome: str = ""
    goal: int | None = None
    why: str = ""
    due: date | None = None
    overdue: bool = False


class PlanView(Struct, frozen=True, kw_only=True):
    """One plan of help as this asker may see it. `goal` is where the family said it is, at the start and at each meeting."""

    plan: str
    team: str
    made: datetime
    seats: tuple[str, ...]
    family: tuple[str, ...]
    goal_words: str = ""
    goal: tuple[int, ...] = ()
    review_on: date | None = None
    overdue: bool = False
    actions: tuple[HelpAction, ...] = ()
    met: tuple[MeetingRow, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    closed: str = ""
    sustained: str = ""  # in words, once it is closed
    seated: tuple[Choice, ...] = ()  # who may be ticked as present


class PlansOfHelp(Struct, frozen=True, kw_only=True):
    """The plans of a child, the newest first, with what may be done next."""

    child: str
    stamp: Stamp
    rows: tuple[PlanView, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    teams: tuple[Choice, ...] = ()
    settings: tuple[Choice, ...] = ()
    family: tuple[Choice, ...] = ()
    what: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
    stages: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    closed: tuple[Choice, ...] = ()
    views: tuple[Choice, ...] = ()
    may_act: bool = False
    may_make: bool = False
