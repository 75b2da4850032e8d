"""What pages show of meetings. Plain values only; words came through `flow/disclose.py`. Times are aware UTC."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class MeetingRow(Struct, frozen=True, kw_only=True):
    """One meeting of a list; `children` are those on its agenda of whom this asker may know."""

    meeting: str
    type: str
    on: date
    state: str
    state_words: str
    children: tuple[str, ...] = ()


class Meetings(Struct, frozen=True, kw_only=True):
    """The meetings that this asker sits in, called, or hears of as the front door; what may be called."""

    stamp: Stamp
    coming: tuple[MeetingRow, ...] = ()
    past: tuple[MeetingRow, ...] = ()
    types: tuple[Choice, ...] = ()
    members: tuple[Choice, ...] = ()
    again: tuple[Choice, ...] = ()  # meetings that were not quorate, and that a new one may follow
    may_call: bool = False


class AgendaRow(Struct, frozen=True, kw_only=True):
    """One child on an agenda; `why` and `notes` are opened words or "".

    Notes with which a child was carried over stand as `why` on the agenda that they went on to, for who reads it there.
    """

    child: str
    put_at: datetime
    put_by: str
    why: str = ""
    state: str  # on | taken_off | decided
    outcome: str = ""
    outcome_code: str = ""
    owner: str = ""
    due: date | None = None
    overdue: bool = False
    waits: bool = False  # something is to be done, and nobody has said that it is
    led_to: str = ""  # the meeting to which it was carried over
    came_from: str = ""  # the meeting from which it was carried over, to who may know of it
    came_from_words: str = ""
    notes: str = ""
    considered: tuple[str, ...] = ()  # organisations of which was spoken as who might help best


class ThemeRow(Struct, frozen=True, kw_only=True):
    """What a meeting about practice spoke of, and what became of it."""

    theme: str
    became: str


class PackRow(Struct, frozen=True, kw_only=True):
    """A pack that was made: its number, when, and the place on the record where it stands."""

    number: int
    at: datetime
    position: int


class MeetingView(Struct, frozen=True, kw_only=True):
    """One meeting as this asker may see it."""

    meeting: str
    stamp: Stamp
    type: str
    about: str
    on: date
    state: str
    state_words: str
    quorum: str
    called_by: str
    members: tuple[str, ...]
    asked: tuple[Choice, ...] = ()
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    family: bool = False
    themes: tuple[ThemeRow, ...] = ()
    packs: tuple[PackRow, ...] = ()
    rows: tuple[AgendaRow, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    absences: tuple[Choice, ...] = ()
    off: tuple[Choice, ...] = ()
    theme_choices: tuple[Choice, ...] = ()
    became: tuple[Choice, ...] = ()
    may_run: bool = False  # make its pack
    may_hold: bool = False  # record who was there
    may_call_off: bool = False
    may_record: bool = False


class RowView(Struct, frozen=True, kw_only=True):
    """One child at one meeting, and what may be recorded of it."""

    meeting: str
    stamp: Stamp
    type: str
    on: date
    state_words: str
    quorate: bool
    row: AgendaRow
    outcomes: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    levels: tuple[Choice, ...] = ()
    called: tuple[Choice, ...] = ()
    evidence: tuple[Choice, ...] = ()
    grounds: tuple[Choice, ...] = ()
    next: tuple[Choice, ...] = ()
    taken_off: tuple[Choice, ...] = ()
    may_record: bool = False
    may_finish: bool = False  # to say that what waits is done


class PackChild(Struct, frozen=True, kw_only=True):
    """What stood on record of one child when the pack was made, as far as this reader may read it.

    `codes`: level, who led, settings that worked with the child, assessments and plans, each as a line.
    """

    child: str
    why: str = ""
    codes: tuple[Choice, ...] = ()
    words: tuple[Choice, ...] = ()  # whose and of what -> what they wrote
    closed: bool = False  # this reader reads that the child stands there, and no more


class PackView(Struct, frozen=True, kw_only=True):
    """A pack as one reader may read it now; what it holds stands still at `position`."""

    meeting: str
    stamp: Stamp
    type: str
    on: date
    number: int
    made: datetime
    position: int
    rows: tuple[PackChild, ...] = ()
    withheld: tuple[Withheld, ...] = ()


class ChildMeetings(Struct, frozen=True, kw_only=True):
    """The meetings at which a child stood, and where the child may be put."""

    child: str
    stamp: Stamp
    rows: tuple[MeetingRow, ...] = ()
    agendas: tuple[Choice, ...] = ()
    conversations: tuple[Choice, ...] = ()
    members: tuple[Choice, ...] = ()
    outcomes: tuple[Choice, ...] = ()
    owners: tuple[Choice, ...] = ()
    may_talk: bool = False
