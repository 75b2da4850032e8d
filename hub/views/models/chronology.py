"""A chronology as it leaves the hub: codes and times, no words. Plain values only; times are text, in UTC."""

from msgspec import Struct


class Told(Struct, frozen=True, kw_only=True):
    """One line: happened from and to (UTC, and how exactly), who said it, what, how grave, and when the hub knew it."""

    happened_from: str
    happened_to: str
    precision: str
    organisation: str
    setting: str
    kind: str
    what: str
    indicators: tuple[str, ...]
    grave: bool
    again: str
    how_known: str
    recorded: str  # when the organisation recorded it; "" where it did not say
    known: str  # when the hub knew
    corrected: bool
    message: str


class Chronology(Struct, frozen=True, kw_only=True):
    """The lines of a child as one asker may see them, newest first; `position` of the record, `ledger` of the look."""

    child: str
    position: int
    ledger: int
    involved: str
    rows: tuple[Told, ...]
