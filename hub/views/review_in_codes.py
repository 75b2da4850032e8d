"""A review as one types it: what stands beside what, who says it and how old that is, and never what is said.

It holds what this asker was just shown, without a name, a number, a date of birth or an address; the look that showed it is
in the ledger.
"""

from datetime import datetime

from msgspec import Struct

from hub.views.chronology import LABELS
from hub.views.models import Candidate, FieldRow, Review, Value, Withheld

OURS = LABELS["doubts"]  # the one row whose values are the hub's own sentences


class Held(Struct, frozen=True, kw_only=True):
    """One value without the value: how it stands beside the person in doubt, who says it, and how old that is."""

    outcome: str  # same | alike | different | not_compared
    words: str  # "Day and month swapped"; of what is odd in a description, that; "" where nothing was compared
    sources: tuple[str, ...]  # "Police, 3 weeks ago"


class Cell(Struct, frozen=True):
    """What one side holds of a field; `closed` where something of it is held and did not open."""

    held: tuple[Held, ...]
    closed: bool


class Compared(Struct, frozen=True):
    """One field: the person in doubt first, then each candidate, in their order."""

    label: str
    cells: tuple[Cell, ...]
    none: str  # what an empty cell says, where nothing of it is closed


class ReviewInCodes(Struct, frozen=True, kw_only=True):
    """A review, or with `other` a proposal, of which every value was left out. Times are aware UTC; the rest as in `Review`."""

    person: str
    other: str
    kind: str
    settled: bool
    survivor: str
    resting: bool
    since: datetime
    due: datetime
    overdue: bool
    why: tuple[str, ...]
    organisations: tuple[str, ...]
    alerts: tuple[str, ...]
    household: tuple[str, ...]
    fields: tuple[Compared, ...]
    candidates: tuple[Candidate, ...]
    all_candidates: int
    start: int
    asked: tuple[str, ...]
    pending: str
    restricted: bool
    unread: bool
    withheld: tuple[Withheld, ...]
    answers: tuple[str, ...]  # what may be answered: same:<candidate>, different, cannot_tell
    seen: int  # the record's position: what an answer gives back


def answers_open(view: Review) -> tuple[str, ...]:
    """What may be answered: about nobody whose names and numbers were not shown, and of all only where all were."""
    closed = [one.person for one in view.candidates if one.closed or one.unread]
    same = [
        f"same:{one.person}" for one in view.candidates if not (one.person in closed or one.held_apart or view.unread)
    ]
    whole = view.all_candidates <= len(view.candidates) or not view.candidates
    return (*same, *(["different"] if whole and not view.unread and not closed else []), "cannot_tell")


def in_codes(view: Review) -> ReviewInCodes:
    """The review without a value."""
    return ReviewInCodes(
        person=view.person, other=view.other, kind=view.kind, settled=view.settled, survivor=view.survivor,
        resting=view.resting, since=view.since, due=view.due, overdue=view.overdue, why=view.why,
        organisations=view.organisations, alerts=view.alerts, household=view.household,
        fields=tuple(map(_compared, view.fields)), candidates=view.candidates,
        all_candidates=view.all_candidates, start=view.start, asked=view.asked, pending=view.pending,
        restricted=view.restricted, unread=view.unread, withheld=view.withheld,
        answers=() if view.settled or view.pending else answers_open(view), seen=view.stamp.position,
    )  # fmt: skip


def _compared(row: FieldRow) -> Compared:
    closed = row.closed or (False,) * len(row.cells)
    cells = (
        Cell(tuple(_held(one, ours=row.label == OURS) for one in cell), hidden)
        for cell, hidden in zip(row.cells, closed, strict=True)
    )
    return Compared(row.label, tuple(cells), row.none)


def _held(value: Value, *, ours: bool) -> Held:
    words = "".join(piece.text for piece in value.pieces) if ours else value.words
    return Held(outcome=value.outcome, words=words, sources=value.sources)
