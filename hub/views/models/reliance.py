"""What rested on a rule, a policy, an edition or a match model, as a page shows it: codes alone."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Stamp

What = Literal["rule", "policy", "edition", "model"]


class VersionRow(Struct, frozen=True):
    """A version that there was, and the editions that it was part of."""

    version: str
    editions: tuple[str, ...]


class RelianceRow(Struct, frozen=True, kw_only=True):
    """One thing that rested on it: an alert, a decision, a release, a look, a message counted, a link. `ref` names it."""

    kind: str
    what: str
    ref: str
    children: tuple[str, ...]
    at: datetime
    edition: str
    version: str


class ReliedChild(Struct, frozen=True, kw_only=True):
    """A child about whom something rested on it, and how much."""

    child: str
    rows: int


class Reliance(Struct, frozen=True, kw_only=True):
    """All that rested on it from the start of the London day `since` to the end of `until`, of whom this asker may know."""

    stamp: Stamp
    what: What
    id: str
    version: str
    since: date
    until: date
    versions: tuple[VersionRow, ...]
    counts: tuple[tuple[str, int], ...]
    children: tuple[ReliedChild, ...]
    rows: tuple[RelianceRow, ...]
    note: str = ""  # what cannot be traced of such a thing
