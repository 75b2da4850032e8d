"""What pages show of services and of offers of help. Plain values only; words came through `flow/disclose.py`."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class ServiceRow(Struct, frozen=True, kw_only=True):
    """A service of the directory. `stale`: nobody has declared it for so long that its places may be otherwise."""

    service: str
    organisation: str
    organisation_name: str
    name: str
    what: str
    from_age: int
    upto_age: int
    levels: tuple[int, ...]
    localities: tuple[str, ...]
    places: int
    waiting_days: int
    declared_on: date
    declared_by: str
    stale: bool = False
    open: bool = True
    may_declare: bool = False


class DirectoryView(Struct, frozen=True, kw_only=True):
    """The directory, or what of it fits; `hidden` services do not fit what was asked for."""

    stamp: Stamp
    rows: tuple[ServiceRow, ...] = ()
    hidden: int = 0
    levels: tuple[Choice, ...] = ()
    localities: tuple[Choice, ...] = ()
    organisations: tuple[Choice, ...] = ()  # for which this person may declare a new service


class OfferRow(Struct, frozen=True, kw_only=True):
    """One offer; `asks_next`: there was a no, and nobody has said what happens next."""

    offer: str
    what: str
    organisation: str
    to: tuple[str, ...]
    level: int
    made_at: datetime
    made_by: str
    state: str
    state_words: str
    asks_next: bool = False
    next: str = ""
    words: tuple[str, ...] = ()  # opened words, the oldest first


class OffersView(Struct, frozen=True, kw_only=True):
    """The offers to a child's family, the newest first, and the services that fit the child's age and level."""

    child: str
    stamp: Stamp
    rows: tuple[OfferRow, ...] = ()
    fits: tuple[ServiceRow, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    services: tuple[Choice, ...] = ()
    organisations: tuple[Choice, ...] = ()
    to: tuple[Choice, ...] = ()
    declined: tuple[Choice, ...] = ()
    ended: tuple[Choice, ...] = ()
    next: tuple[Choice, ...] = ()
