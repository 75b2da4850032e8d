"""How a case is replayed, and what a replay came to: plain values, so that two replays can be compared whole."""

from datetime import date
from typing import Literal

from msgspec import Struct


class Look(Struct, frozen=True, kw_only=True):
    """What somebody tries at the end of a day of the file, after which the replay ends.

    `closing`: one worker alone closes for the child. `holders`: the front door reads who holds something. `request`: whom
    `party` (organisation/setting) is told of when a MASH enquiry asks it, as its own staff read that.
    """

    what: Literal["closing", "holders", "request"]
    on: date
    party: str = ""


class Looked(Struct, frozen=True, kw_only=True):
    """What came of a look. `lines`: organisation, and what was read of it. `open`: rows whose words could be read.

    `because`: codes of why a closing waits for a manager, or the field that was refused; `refused` the same in words.
    """

    lines: tuple[tuple[str, str], ...] = ()
    open: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    refused: str = ""


class How(Struct, frozen=True, kw_only=True):
    """How a case is replayed: what is held back until its last event, which draw, and what is looked at on the way."""

    partnership: str = "demo"
    blocked: frozenset[str] = frozenset()  # organisations whose rows are held back
    rows_blocked: frozenset[str] = frozenset()  # rows that are held back
    shared: bool = True  # false: the rows marked `shared: false` are held back, as they were
    hindsight: bool = False  # with the rows that nobody knew then
    labels: bool = True  # false: without opinions of reporters, such as "malicious"
    draw: int = 0
    seed: int | None = None
    answered: bool = False  # true: who is who is answered by people, rightly, two days after the hub asks
    page_at: str = ""  # after this row the child's page is looked at
    silences: bool = False  # with the consumer that finds what did not come
    look: Look | None = None


class Proposal(Struct, frozen=True, kw_only=True):
    """What an alert said on one day: raised, strengthened or weakened; on which rows of the case it stood."""

    what: str
    on: date  # of the file
    unshifted: date  # of the source
    before_last: int  # days before the last event
    rule: str
    number: int
    level: int
    edition: str
    rule_version: str
    possible: bool
    who: str  # of the case's people
    record: int  # which of the hub's persons, where it holds this child as more than one
    evidence: tuple[str, ...]  # rows
    why: str


class Settled(Struct, frozen=True, kw_only=True):
    """A decision or a closure of the services: made in the hub, or refused by it, with its answer.

    `because` are the codes of a refusal: why a named manager must agree, or the field that was refused. Where a manager
    then agreed, because the services did close, `overridden` says so: the decision on record names both.
    """

    row: str
    on: date
    unshifted: date
    refused: str = ""
    because: tuple[str, ...] = ()
    overridden: bool = False
    note: str = ""


class Reopened(Struct, frozen=True, kw_only=True):
    """A decision for which evidence came late, on the day on which the hub first said what the rules would have proposed."""

    row: str  # of the decision
    on: date
    unshifted: date
    by: tuple[str, ...]  # rows that came late
    what: str


class Noticed(Struct, frozen=True, kw_only=True):
    """A silence that the hub noticed: something was expected by its moment, and nobody has said that it came."""

    kind: str
    who: str  # of the case's people; "" where it is about no child
    organisation: str  # of whom it was expected; "" for the front door itself
    on: date
    unshifted: date
    before_last: int


class Replayed(Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    case: str
    draw: int
    partnership: str
    edition: str
    published: int
    proposals: tuple[Proposal, ...]
    decisions: tuple[Settled, ...]
    persons: dict[str, int]  # as how many persons the hub held each child at the end
    series: dict[str, tuple[date, ...]]  # row -> drawn days, of the file
    page: tuple[str, ...] = ()  # rows on the child's page at `page_at`
    reopened: tuple[Reopened, ...] = ()
    silences: tuple[Noticed, ...] = ()
    looked: Looked | None = None

    @property
    def refused(self) -> tuple[Settled, ...]:
        """What the hub refused to let be decided or closed."""
        return tuple(one for one in self.decisions if one.refused)
