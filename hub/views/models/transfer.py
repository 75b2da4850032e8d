"""What pages show of children who move between partnerships. Plain values, codes alone. Times are aware UTC."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp


class OutRow(Struct, frozen=True, kw_only=True):
    """A move that we proposed; `theirs` is the level in the other partnership's words."""

    move: str
    child: str
    to: str
    state: str
    state_words: str
    level_words: str
    theirs: str
    chosen: bool
    since: datetime
    due: datetime
    overdue: bool = False


class InRow(Struct, frozen=True, kw_only=True):
    """A move that another hub proposed: its level in its own words, and what that means here. `child` once taken on."""

    move: str
    origin: str
    origin_title: str
    level_words: str
    descriptor: str
    here: tuple[str, ...]
    suggested: str
    state: str
    state_words: str
    since: datetime
    due: datetime
    overdue: bool = False
    child: str = ""


class NeighbourRow(Struct, frozen=True, kw_only=True):
    """Another partnership; `same` are its levels that mean what the child's level means here."""

    code: str
    title: str
    same: tuple[str, ...]
    levels: tuple[Choice, ...]
    known: bool  # its hub's key is registered here


class MoveView(Struct, frozen=True, kw_only=True):
    """The moves of one child, the newest first."""

    child: str
    stamp: Stamp
    level_words: str
    rows: tuple[OutRow, ...] = ()
    neighbours: tuple[NeighbourRow, ...] = ()
    may_propose: bool = False


class MovesView(Struct, frozen=True, kw_only=True):
    """Every move that this person may know of, the newest first."""

    stamp: Stamp
    out: tuple[OutRow, ...] = ()
    incoming: tuple[InRow, ...] = ()
    levels: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    called: tuple[Choice, ...] = ()  # what a step is called, where a direction has more than one word
    grounds: tuple[Choice, ...] = ()  # why somebody of 18 or more is served
    refused: tuple[Choice, ...] = ()


class Carried(Struct, frozen=True, kw_only=True):
    """A letter to carry to another hub, signed: `text` is the file."""

    stamp: Stamp
    move: str
    to: str
    text: str


class Taken(Struct, frozen=True, kw_only=True):
    """What a letter that was brought in was; `new` False where it had come before."""

    kind: str
    move: str
    origin: str
    new: bool
