"""What pages about letters to families show: codes and plain sentences, no words of anybody and no names of staff."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Stamp


class LetterRow(Struct, frozen=True, kw_only=True):
    """One letter in a list."""

    id: str
    child: str
    recipient: str
    state: str
    prepared_at: datetime
    prepared_by: str
    may_review: bool


class LetterList(Struct, frozen=True, kw_only=True):
    """The letters, newest first."""

    stamp: Stamp
    rows: tuple[LetterRow, ...]


class LetterView(Struct, frozen=True, kw_only=True):
    """One letter, as it reads and as it stands. `sentences` is all that the family is told of looks."""

    id: str
    stamp: Stamp
    child: str
    to: str
    recipient: str
    state: str
    verified: str
    prepared_at: datetime
    prepared_by: str
    decided_by: str
    why_refused: str
    partnership: str
    date: date
    sentences: tuple[str, ...]
    may_review: bool
    may_print: bool
