"""What pages show of late evidence: decisions that the rules would have spoken to otherwise, and declared loads of history."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class LateRow(Struct, frozen=True, kw_only=True):
    """One decision for which evidence came late. `state`: "open" waits for a person; "same": no rule would have differed."""

    late: str  # "<MASH enquiry>@<version>": the decision
    enquiry: str
    child: str  # whom it is held to be about now
    decided_at: datetime
    by: str
    level: str
    outcome: str
    edition: str
    state: Literal["open", "reviewed", "decided_since", "same"]
    what: str
    reports: int  # how many came late
    read: str  # which: given back with an answer, so that nobody answers what they have not read
    since: datetime  # when the first of them came
    newest: datetime


class LateRule(Struct, frozen=True):
    """A rule that would have stood, or would not have: the level it proposes, its words and version."""

    rule: str
    words: str
    level: str
    version: str


class LateLine(Struct, frozen=True):
    """One report that came late: what it says in codes, when it came, and whether a rule would have stood on it."""

    words: str
    received: datetime
    carried: bool


class LatePage(Struct, frozen=True, kw_only=True):
    """One page of the decisions that evidence came late for, those that wait first; and the loads of history."""

    stamp: Stamp
    rows: tuple[LateRow, ...] = ()
    total: int = 0
    number: int = 1
    pages: int = 1


class LateView(Struct, frozen=True, kw_only=True):
    """One decision, what was known then beside what came late, and what a person may say of it."""

    stamp: Stamp
    row: LateRow
    would: tuple[LateRule, ...] = ()
    would_not: tuple[LateRule, ...] = ()
    again: tuple[LateRule, ...] = ()  # that stood already, and would have stood on what nobody decided on
    then: tuple[str, ...] = ()  # what such a rule rests on besides, and was known
    late: tuple[LateLine, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    answers: tuple[Choice, ...] = ()
    answered: str = ""
    answered_by: str = ""
    reason: str = ""


class Backfill(Struct, frozen=True, kw_only=True):
    """One report of an organisation's declared load of history, of what of it touches a decision: no task comes of it."""

    organisation: str
    name: str
    reports: int
    children: int
    first: datetime
    newest: datetime
    touched: int  # decisions that lie between what it tells of and its coming
    rows: tuple[LateRow, ...] = ()  # of those, the ones to which the rules would have spoken otherwise


class Backfills(Struct, frozen=True, kw_only=True):
    """A report for each organisation whose declared load of history touches a decision that this asker may know of."""

    stamp: Stamp
    rows: tuple[Backfill, ...] = ()
