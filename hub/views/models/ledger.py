"""What pages about the access ledger show: a look put again to the edition of its time, and looks by edition."""

from datetime import datetime

from msgspec import Struct


class LedgerReplay(Struct, frozen=True, kw_only=True):
    """One look put again, as recorded. `equal`: what comes out now is what was let out then; nothing was opened to see it."""

    position: int
    asked_at: datetime
    staff: str
    roles: tuple[str, ...]
    organisation: str
    purpose: str
    edition: str
    shown: int
    withheld: int
    kept: bool  # False for a look from before this was kept
    equal: bool
    recorded: str
    again: str
    missing: int  # items that the record does not hold where the entry says
    ledger: int  # of the look at this page


class EditionLooks(Struct, frozen=True, kw_only=True):
    """The looks at one child under one edition: how many, how many opened something, how many opened nothing."""

    edition: str
    looks: int
    opened: int
    not_opened: int
    first: datetime
    last: datetime
