"""What pages show of silence: what did not come, of whom, since when; and when each feed was heard. Codes and their words."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Choice, Stamp


class SilenceRow(Struct, frozen=True, kw_only=True):
    """One silence. `child` is "" where it is about none; `of` names the organisation, and its setting, that is waited for."""

    silence: str
    kind: str
    what: str
    state: Literal["stands", "ended", "answered"]
    child: str = ""
    of: str = ""
    due: datetime
    noticed: datetime
    task: str = ""  # the kind of task under which it stands on the list of tasks


class Silences(Struct, frozen=True, kw_only=True):
    """One page of the silences that this asker may know of, those that stand longest first."""

    stamp: Stamp
    rows: tuple[SilenceRow, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1
    kinds: tuple[Choice, ...] = ()


class SilenceView(Struct, frozen=True, kw_only=True):
    """One silence, and what a person may say of it."""

    stamp: Stamp
    row: SilenceRow
    answers: tuple[Choice, ...] = ()
    answered: str = ""  # what somebody found out, in words
    answered_by: str = ""


class FeedRow(Struct, frozen=True, kw_only=True):
    """One feed: when it was heard last, and how often it is expected. About no child."""

    organisation: str
    setting: str = ""
    last: datetime
    every: int = 0  # open days within which it is expected; 0 where nothing is expected
    counts: str = ""  # which days are open, in words
    declared: bool = False
    never: bool = False  # it said how often it is heard, then, and was not heard yet
    silent_from: datetime | None = None
    silent: bool = False


class FeedForm(Struct, frozen=True, kw_only=True):
    """For which organisations this asker may say how often they are heard: none, one's own (or a setting of it), or all."""

    organisations: tuple[Choice, ...] = ()
    setting: str = ""  # the one setting that they speak for; "" for any
    any_number: bool = False  # they may say that it is listened for no longer
    counts: tuple[Choice, ...] = ()


class Feeds(Struct, frozen=True, kw_only=True):
    """Every feed that this asker may know of, the silent ones first."""

    stamp: Stamp
    rows: tuple[FeedRow, ...] = ()
    form: FeedForm = FeedForm()
