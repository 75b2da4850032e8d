"""A household as one organisation found it: who lives together, in codes; the address is a sealed item."""

from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct

from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.moments import Period


class MemberCodes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One member: which source record, in what role, from, to, and how sure."""

    source_record: str
    role: str
    since: date | None = None
    until: date | None = None
    sure: bool = True


class HouseholdObserved(Fact, frozen=True, kw_only=True):
    """Who lives together, as an organisation found it (first fact of its message's stream)."""

    NAME: ClassVar[str] = "household.observed"
    organisation: str
    setting: str | None = None
    sequence: int
    recorded_at: datetime
    digest: bytes
    occurred: Period
    how_known: str
    change: str
    members: tuple[MemberCodes, ...]
    items: tuple[Sealed, ...] = ()
