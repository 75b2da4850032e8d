"""What pages about exceptions show: codes and their words, and the reasons that came through the door to words."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp


class ExceptionRow(Struct, frozen=True, kw_only=True):
    """One override or break-glass. `ref` is its address: override-<id> or break-glass-<id>."""

    ref: str
    kind: str  # override | break_glass
    what: str  # in words
    child: str
    state: str
    state_words: str
    by: str  # role and staff id
    asked_at: datetime
    reason: str  # the code in words
    until: datetime | None = None
    second_by: datetime | None = None
    at_night: bool = False
    due: datetime | None = None  # by when somebody else goes through it
    overdue: bool = False
    to_review: bool = False
    reviewed: str = ""  # what came of it, in words
    mine: bool = False
    crosswise: bool = False  # who agreed and who asked agreed to each other's, or around a ring, within a day


class Opened(Struct, frozen=True, kw_only=True):
    """One look that leaned on it: when, at what page, how many items opened, and of whom."""

    position: int  # of the ledger
    at: datetime
    page: str
    items: int
    organisations: tuple[str, ...]


class ExceptionView(Struct, frozen=True, kw_only=True):
    """One exception with its reasons and what was looked at under it; `why` is "" where its words do not open."""

    row: ExceptionRow
    stamp: Stamp
    why: str = ""
    told: str = ""
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: int = 0
    approved_by: str = ""
    declined: str = ""
    looks: tuple[Opened, ...] = ()
    told_to: tuple[str, ...] = ()  # organisations that were told that words of theirs were opened
    review_by: str = ""
    review: str = ""
    may_agree: bool = False
    may_end: bool = False
    may_take_back: bool = False
    may_review: bool = False
    ended_early: bool = False  # people have moved who this child is held to be: it opens nothing any more


class Counts(Struct, frozen=True, kw_only=True):
    """How often one person leaned on exceptions."""

    staff: str
    overrides: int
    break_glass: int
    unreviewed: int
    family: int  # looks at their own family; 0 where the reader is not told of those


class FamilyLook(Struct, frozen=True, kw_only=True):
    """Somebody looked at their own family's record, and saw nothing."""

    staff: str
    who: str
    looks: int
    latest: datetime
    until: int  # position of the ledger up to which they are counted


class NightLooks(Struct, frozen=True, kw_only=True):
    """What one person read out of hours because contacts had come in; somebody else goes through it next working day.

    `children` are those of whom the reader may know.
    """

    staff: str
    who: str
    looks: int
    children: tuple[str, ...]
    since: datetime
    latest: datetime
    until: int  # position of the ledger up to which they are counted
    due: datetime
    overdue: bool


class Exceptions(Struct, frozen=True, kw_only=True):
    """What waits, what works, and what was: for who agrees to exceptions and goes through them."""

    stamp: Stamp
    waiting: tuple[ExceptionRow, ...] = ()
    to_review: tuple[ExceptionRow, ...] = ()
    others: tuple[ExceptionRow, ...] = ()
    people: tuple[Counts, ...] = ()
    family: tuple[FamilyLook, ...] = ()
    nights: tuple[NightLooks, ...] = ()
    may_agree: bool = False
    may_review: bool = False
    tells_family: bool = False  # whether this reader is told of looks at one's own family
    mine: tuple[ExceptionRow, ...] = ()
    may_ask: bool = False
    may_break: bool = False


class AskingPage(Struct, frozen=True, kw_only=True):
    """The questions of an override or of break-glass about one child."""

    stamp: Stamp
    child: str
    reasons: tuple[Choice, ...]
    told: tuple[Choice, ...] = ()
    organisations: tuple[Choice, ...] = ()
    categories: tuple[Choice, ...] = ()
    at_night: bool = False


class Open(Struct, frozen=True, kw_only=True):
    """Break-glass that is open now: for the banner on every page of who broke it."""

    ref: str
    child: str
    until: datetime


class Matched(Struct, frozen=True, kw_only=True):
    """Somebody whom matching found by a declaration of one's own family."""

    person: str
    sure: bool  # as sure as matching would have linked
    doubted: bool = False  # somebody says that the match is wrong, and a second person must agree
    parted: bool = False  # two people said so
    may_doubt: bool = False
    may_part: bool = False
    may_keep: bool = False


class Declaration(Struct, frozen=True, kw_only=True):
    """A protected person as who answers for it sees it: codes, never how they are described."""

    id: str
    because: str
    state: str
    by: str
    staff: str = ""
    readers: tuple[str, ...] = ()
    since: datetime
    met: int = 0
    may_agree: bool = False
    may_end: bool = False
    may_confirm: bool = False  # confirm, or lift
    due: datetime | None = None  # by when somebody else confirms or lifts what was declared alone
    overdue: bool = False
    confirmed_by: str = ""
    people: tuple[Matched, ...] = ()


class Declarations(Struct, frozen=True, kw_only=True):
    """The register of protected people."""

    stamp: Stamp
    rows: tuple[Declaration, ...] = ()
    may_restrict: bool = False
