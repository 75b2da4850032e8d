"""What pages show of a what-if: numbers beside numbers, what they assume, and ids of children for whoever may have them."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Stamp


class WhatIfLine(Struct, frozen=True):
    """Alerts of one kind, under the edition in force and under the draft; None: too few to be shown."""

    code: str
    label: str
    before: int | None
    after: int | None
    per_day_before: float | None = None
    per_day_after: float | None = None


class WhatIfCut(Struct, frozen=True):
    """All alerts, cut one way."""

    by: str
    title: str
    lines: tuple[WhatIfLine, ...]
    hint: str = ""


class WhatIfHours(Struct, frozen=True):
    """Whole hours of staff time for alerts of a level, over the period; None: not shown."""

    label: str
    before: int | None
    after: int | None


class WhatIfLead(Struct, frozen=True):
    """Of how many cases an alert came before the decision, and the median of days before it."""

    cases: int | None
    before: int | None
    after: int | None
    days_before: float | None
    days_after: float | None


class WhatIfGroup(Struct, frozen=True):
    """A group of children: how many had an alert, and the rate beside that of all children."""

    label: str
    children: int | None
    before: int | None
    after: int | None
    ratio_before: float | None
    ratio_after: float | None
    flagged: bool
    rate_before: float | None = None  # of 100 such children
    rate_after: float | None = None


class WhatIfAssumption(Struct, frozen=True):
    """One thing that was assumed, and where it comes from."""

    what: str
    value: str
    source: str


class WhatIfView(Struct, frozen=True, kw_only=True):
    """One report. `appear` and `vanish` are ids of children whom the asker may know of; `listed` says what they are of."""

    stamp: Stamp
    report: str
    run_at: datetime
    run_by: str
    edition: str
    rules: str
    position: int
    first: date
    last: date
    days: int
    same: bool
    total: WhatIfLine
    newly: int | None
    missed: int | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    cuts: tuple[WhatIfCut, ...]
    hours: tuple[WhatIfHours, ...]
    hours_before: int | None
    hours_after: int | None
    lead: WhatIfLead
    groups: tuple[WhatIfGroup, ...]
    assumptions: tuple[WhatIfAssumption, ...]
    listed: str
    appear: tuple[str, ...] = ()
    vanish: tuple[str, ...] = ()


class WhatIfRow(Struct, frozen=True, kw_only=True):
    """One report in the list; one of the draft as it stands is said to be so."""

    report: str
    run_at: datetime
    run_by: str
    edition: str
    rules: str
    first: date
    last: date
    before: int | None
    after: int | None
    of_draft: bool = False


class WhatIfProgress(Struct, frozen=True, kw_only=True):
    """How far one that was started is. `trouble` says why it ended without a report."""

    stamp: Stamp
    report: str
    done: int
    of: int
    trouble: str = ""
    ready: bool = False


class WhatIfList(Struct, frozen=True, kw_only=True):
    """The page of what-ifs: reports on record, the newest first, and the one that is running."""

    stamp: Stamp
    rows: tuple[WhatIfRow, ...]
    draft: str  # hash of the draft's rules; "" where it does not read
    problem: str = ""
    running: str = ""
    may_start: bool = False
