"""What a list of tasks shows: codes and their words, no name."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Stamp


class Task(Struct, frozen=True, kw_only=True):
    """Something that waits for a person. It is there as long as what it follows from is so; nobody ticks it off.

    `kind` is a code; `key` is unique among those of a kind, so that what changes is updated and never doubled. `href` is
    where it is done.
    """

    kind: str
    key: str
    what: str  # one sentence, naming nobody
    child: str = ""
    href: str
    since: datetime
    due: datetime | None = None
    overdue: bool = False
    holder: str = ""  # whose turn it is, in words; "" for anybody who may
    red: bool = False  # danger: before everything else
    family: str = ""  # the child that the family is called by, where tasks about several who live together are listed


class Tasks(Struct, frozen=True, kw_only=True):
    """One page of what waits for this asker, the reddest and longest overdue first; `total` counts all."""

    stamp: Stamp
    rows: tuple[Task, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1
    kinds: tuple[tuple[str, int], ...] = ()  # how many of each kind, in words
