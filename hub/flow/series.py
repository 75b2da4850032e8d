"""Step 8, series: figures that another system counted are loaded under a measure, once, and may be taken back. About nobody."""

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO

from hub.domain import series
from hub.domain.errors import NotFound, Refused
from hub.domain.fact import Fact, Recorded
from hub.domain.series import COLUMNS, MOST, Point, SeriesLoaded, SeriesTakenBack
from hub.domain.series import LONGEST as LONGEST_CELL
from hub.flow.act import Act, by_person

LONGEST = 120  # letters of where figures are from


class Series(Act):
    """What a person does about series. Permission is checked by the caller."""

    def load(self, measure: str, source: str, points: Sequence[Point], by: str) -> tuple[str, bool]:
        """Load figures; the load's id, and False where the same were loaded already. Raises Refused naming the field."""
        told = source.strip()
        if not told or len(told) > LONGEST or not told.isprintable():
            raise Refused(f"say in at most {LONGEST} letters where the figures are from", "source")
        stream = series.stream(measure, points)

        def decide(history: Sequence[Recorded]) -> Sequence[Fact]:
            if series.standing(one.fact for one in history) is not None:
                return ()
            return (SeriesLoaded(measure=measure, source=told, points=tuple(points), by=by),)

        return stream.partition(":")[2], bool(self.append(stream, decide, by_person(by)))

    def take_back(self, load: str, by: str) -> None:
        """Take a load back; once is enough. Raises NotFound."""
        stream = f"series:{load}"

        def decide(history: Sequence[Recorded]) -> Sequence[Fact]:
            if not history:
                raise NotFound("there is no such load")
            held = series.standing(one.fact for one in history)
            return (SeriesTakenBack(measure=held.measure, by=by),) if held is not None else ()

        self.append(stream, decide, by_person(by))


def read(text: str) -> tuple[Point, ...]:
    """The figures of a CSV file with the header COLUMNS; `area`, `of` and `unit` may be empty, days are YYYY-MM-DD.

    Raises Refused naming the line and what to do. A row that says the same of the same days and area twice is refused.
    """
    rows = list(csv.reader(StringIO(text.lstrip("\ufeff"))))
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise Refused(f"the first line must be: {','.join(COLUMNS)}", "line 1")
    points: list[Point] = []
    seen: set[tuple[date, date, str]] = set()
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        point = _point(row, f"line {number}")
        key = (point.first, point.last, point.area)
        if key in seen:
            raise Refused("these days and this area have a figure already: leave one of the two out", f"line {number}")
        seen.add(key)
        points.append(point)
    if not 0 < len(points) <= MOST:
        raise Refused(f"a load has 1 to {MOST} figures, and this has {len(points)}", "line 2")
    return tuple(points)


def _point(row: Sequence[str], line: str) -> Point:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(COLUMNS):
        raise Refused(f"this line has {len(cells)} columns: give {len(COLUMNS)}", line)
    try:
        first, last = date.fromisoformat(cells[0]), date.fromisoformat(cells[1])
        value, of = float(cells[3]), float(cells[4]) if cells[4] else None
    except ValueError:
        raise Refused("give days as YYYY-MM-DD and figures as plain numbers", line) from None
    if last < first:
        raise Refused("the last day lies before the first", line)
    if not all(abs(one) < 1e15 for one in (value, of or 0)):  # NaN and infinity are no figures either
        raise Refused("give a figure that is a finite number", line)
    if any(len(cell) > LONGEST_CELL or not cell.isprintable() for cell in (cells[2], cells[5])):
        raise Refused(f"give an area and a unit of at most {LONGEST_CELL} letters", line)
    return Point(first, last, cells[2], value, of, cells[5])
