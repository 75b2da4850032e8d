"""What is shown of measures: each figure with its formula and the position of the record at which it was worked out."""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp


class MeasureRow(Struct, frozen=True, kw_only=True):
    """One measure. `how`: worked_out | series | audited | not_yet (no fact of this hub says it)."""

    id: str
    words: str
    counts: str
    formula: str
    formula_words: str
    how: str
    better: str = ""
    stated: str = ""
    source: str = ""


class MeasuresPage(Struct, frozen=True, kw_only=True):
    """The partnership's measures, in its order, and those that every hub accounts for."""

    stamp: Stamp
    rows: tuple[MeasureRow, ...] = ()
    own: tuple[MeasureRow, ...] = ()
    tables: tuple[Choice, ...] = ()  # what this asker may write out for others


class FigureRow(Struct, frozen=True, kw_only=True):
    """One figure. `number` None: it is of fewer than five, or would give such a number away. `middle`: the middle of days or
    hours; `share`: per cent. `listed`: there are children behind it.
    """

    name: str
    number: int | None
    of: int | None = None
    share: float | None = None
    middle: float | None = None
    unit: str = ""
    listed: bool = True
    place: int = 0
    per_10_000: float | None = None  # for each 10,000 children who live there, by a series that was loaded


class PointRow(Struct, frozen=True, kw_only=True):
    """One figure of a series: of which days, of which area ("" for all)."""

    first: date
    last: date
    area: str
    value: float
    of: float | None = None
    unit: str = ""


class AreaRow(Struct, frozen=True, kw_only=True):
    """One figure cut by small area."""

    name: str
    areas: tuple[FigureRow, ...] = ()


class LoadRow(Struct, frozen=True, kw_only=True):
    """One load of a series that stands."""

    load: str
    source: str
    at: datetime
    points: tuple[PointRow, ...] = ()


class MeasureView(Struct, frozen=True, kw_only=True):
    """One measure worked out: over which London days, at which position of the record, by which formula."""

    stamp: Stamp
    row: MeasureRow
    position: int
    first: date
    last: date
    figures: tuple[FigureRow, ...] = ()
    areas: tuple[AreaRow, ...] = ()
    loads: tuple[LoadRow, ...] = ()
    may_load: bool = False
    may_list: bool = False  # the children behind a figure, as far as each may be known of
    by_area: bool = False
    everybody: bool = (
        True  # it counts every child; else all but those who must leave no trace on a list of the reader's
    )


class MeasureAccount(Struct, frozen=True, kw_only=True):
    """Every measure of a partnership, as a board is given it: over the same days, at one position, under one edition.

    Asked again for these days at this position, while this edition is in force, it is the same account.
    """

    stamp: Stamp
    title: str
    position: int
    first: date
    last: date
    rows: tuple[MeasureView, ...] = ()


class CountedChild(Struct, frozen=True, kw_only=True):
    """One child behind a figure. What waits and since when, where the figure is of those who wait."""

    child: str
    since: datetime | None = None
    what: str = ""
    known_to: tuple[str, ...] = ()
    seen: str = ""
    grade: str = ""  # of the MASH enquiry
    at_it: tuple[str, ...] = ()  # who has the child meanwhile


class MeasureList(Struct, frozen=True, kw_only=True):
    """Children behind one figure whom this asker may know of; of others not even how many there are."""

    stamp: Stamp
    row: MeasureRow
    figure: str
    place: int
    position: int
    first: date
    last: date
    rows: tuple[CountedChild, ...] = ()
    more: bool = False  # not all were looked at
