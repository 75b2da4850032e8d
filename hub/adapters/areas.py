"""The postcode directory in a table of its own beside the record: which small area a postcode lies in.

It promises that a load is seen whole or not at all: rows go in beside those in use, and one transaction changes over. A
file that is wrong, or a load that was cut off, leaves the directory as it was. Nothing in it is about a person.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from hub.adapters.tables import Tables
from hub.domain.area import AREA, NO_AREA, Postcode
from hub.domain.errors import Refused
from hub.domain.identifiers import postcode as normalised

POSTCODE_COLUMNS = ("pcds", "pcd8", "pcd7", "pcd2", "pcd")  # the directory's names for the postcode, the best first
AREA_COLUMNS = ("lsoa21cd", "lsoa21", "lsoa11cd", "lsoa11")  # and for the small area
ROWS = 5_000  # in one transaction
MOST_KNOWN = 100_000  # postcodes held in memory by one process
SHARE_REFUSED = 0.01  # of the rows: more than that, and it is not the file that it should be
_MONTH = re.compile(r"(\d{4})-?(\d{2})", re.ASCII)

_meta = MetaData()
_postcode = Table(
    "postcode", _meta, Column("load", BigInteger, primary_key=True, autoincrement=False),
    Column("postcode", String, primary_key=True), Column("lsoa", String), Column("introduced", Date),
    Column("terminated", Date), sqlite_with_rowid=False,
)  # fmt: skip
_load = Table(
    "load", _meta, Column("load", BigInteger, primary_key=True), Column("name", String), Column("column", String),
    Column("state", String), Column("begun_at", String), Column("rows", BigInteger), Column("without_area", BigInteger),
    Column("terminated", BigInteger), Column("refused", String),
)  # fmt: skip
Index("load_state", _load.c.state)


class Loaded(Struct, frozen=True, kw_only=True):
    """A directory that was loaded: its name, which column gave the areas, when, and how many postcodes it holds.

    `refused` counts rows by what was wrong with them; `without_area` postcodes that lie in no small area.
    """

    name: str
    column: str
    begun_at: str  # ISO 8601, UTC
    rows: int
    without_area: int
    terminated: int
    refused: dict[str, int] = {}


class AreaDirectory:
    """`hub.ports.Areas` in tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        tables.create(_meta)
        self._known: tuple[int, dict[str, Postcode | None]] = (0, {})  # of the load in use, as far as it was asked for

    def find(self, postcodes: Collection[str]) -> dict[str, Postcode]:
        """The directory's line of each of these postcodes (as `identifiers.postcode` writes them) that it has.

        Raises TryLater when the store is away.
        """
        if not postcodes:
            return {}
        with self._tables.reading() as connection:
            current = connection.scalar(select(_load.c.load).where(_load.c.state == "current"))
            if current is None:
                return {}
            load, known = self._known
            if load != current or len(known) > MOST_KNOWN:
                known = {}
                self._known = current, known
            missing = [one for one in dict.fromkeys(postcodes) if one not in known]
            for start in range(0, len(missing), 500):
                some = missing[start : start + 500]
                query = select(_postcode).where(_postcode.c.load == current, _postcode.c.postcode.in_(some))
                found = {row.postcode: row for row in connection.execute(query)}
                known.update((one, _line(found.get(one))) for one in some)
        return {one: line for one in postcodes if (line := known[one]) is not None}

    def loaded(self) -> Loaded | None:
        """The directory in use; None where none was loaded yet."""
        with self._tables.reading() as connection:
            row = connection.execute(select(_load).where(_load.c.state == "current")).first()
        if row is None:
            return None
        return Loaded(
            name=row.name, column=row.column, begun_at=row.begun_at, rows=row.rows, without_area=row.without_area,
            terminated=row.terminated, refused=json.loads(row.refused),
        )  # fmt: skip

    def load(
        self, lines: Iterable[Mapping[str, str]], *, name: str, postcode: str, area: str, at: datetime,
        advance: Callable[[int], None] = lambda _: None,
    ) -> Loaded:  # fmt: skip
        """Put a whole directory in place of the one in use, and say what it holds.

        `lines` are rows by column in lower case, `postcode` and `area` the columns to read, `at` aware UTC. Raises
        Refused, and changes nothing, where no row is good or more than one in a hundred is not.
        """
        number = self._begin(name, area, at)
        refused: Counter[str] = Counter()
        read = 0
        batch: dict[str, dict[str, object]] = {}
        for line in lines:
            row = _row(line, postcode, area)
            if isinstance(row, str):
                refused[row] += 1
                continue
            batch[str(row["postcode"])] = {"load": number, **row}
            read += 1
            if read % ROWS == 0:
                self._put(batch)
                advance(read)
        self._put(batch)
        good, without, ended = self._counted(number)
        if read > good:
            refused["given twice, the last is taken"] = read - good
        wrong = refused.total()
        if not good or wrong > SHARE_REFUSED * (good + wrong):
            self._forget([number])
            told = ", ".join(f"{count} {what}" for what, count in refused.most_common()) or "it has no rows"
            raise Refused(f"this is not a postcode directory: {told}; nothing was changed")
        counts = {"rows": good, "without_area": without, "terminated": ended, "refused": json.dumps(refused)}
        self._change_over(number, counts)
        found = self.loaded()
        assert found is not None  # noqa: S101  changed over just now
        return found

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _begin(self, name: str, area: str, at: datetime) -> int:
        with self._tables.writing() as connection:
            broken = list(connection.scalars(select(_load.c.load).where(_load.c.state == "loading")))
        self._forget(broken)  # of a load that was cut off
        with self._tables.writing() as connection:
            number = (connection.scalar(select(func.max(_load.c.load))) or 0) + 1
            row = {"load": number, "name": name, "column": area, "state": "loading", "begun_at": at.isoformat()}
            connection.execute(insert(_load), [row])
        return number

    def _counted(self, load: int) -> tuple[int, int, int]:
        """How many postcodes a load holds, how many lie in no area, and how many have ended."""
        columns = func.count(), func.count(_postcode.c.lsoa), func.count(_postcode.c.terminated)
        with self._tables.reading() as connection:
            every, placed, ended = connection.execute(select(*columns).where(_postcode.c.load == load)).one()
        return every, every - placed, ended

    def _put(self, batch: dict[str, dict[str, object]]) -> None:
        if batch:
            with self._tables.writing() as connection:
                connection.execute(self._tables.upsert(_postcode), list(batch.values()))
        batch.clear()

    def _change_over(self, number: int, counts: Mapping[str, object]) -> None:
        """From now on this load is the directory; the rows of the one before go."""
        with self._tables.writing() as connection:
            before = list(connection.scalars(select(_load.c.load).where(_load.c.state == "current")))
            connection.execute(_load.update().where(_load.c.state == "current").values(state="replaced"))
            connection.execute(_load.update().where(_load.c.load == number).values(state="current", **counts))
        self._forget(before)

    def _forget(self, loads: Iterable[int]) -> None:
        for load in loads:
            with self._tables.writing() as connection:
                connection.execute(delete(_postcode).where(_postcode.c.load == load))
                connection.execute(delete(_load).where(_load.c.load == load, _load.c.state != "replaced"))


def _line(row: Any) -> Postcode | None:
    return None if row is None or row.lsoa is None else Postcode(row.lsoa, row.introduced, row.terminated)


def _row(line: Mapping[str, str], postcode: str, area: str) -> dict[str, object] | str:
    """The row of a line, or what is wrong with it."""
    code = normalised(line.get(postcode) or "")
    if code is None:
        return "without a postcode"
    lsoa = (line.get(area) or "").strip()
    if lsoa and not AREA.fullmatch(lsoa):
        return "without a code of an area"
    try:
        introduced, terminated = _month(line.get("dointr")), _month(line.get("doterm"))
    except ValueError:
        return "with a month that there is none of"
    known = lsoa if lsoa and not lsoa.endswith(NO_AREA) else None
    return {"postcode": code, "lsoa": known, "introduced": introduced, "terminated": terminated}


def _month(text: str | None) -> date | None:
    """The first day of a month as the directory writes it (202105 or 2021-05); None for an empty one."""
    text = (text or "").strip()
    if not text:
        return None
    found = _MONTH.fullmatch(text)
    if not found:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), 1)


def columns_of(header: Collection[str], postcode: str = "", area: str = "") -> tuple[str, str]:
    """Which columns hold postcode and small area: those named, else the first that the directory is known to use.

    Raises Refused naming the columns that were looked for.
    """
    found = []
    for given, usual, what in ((postcode, POSTCODE_COLUMNS, "postcode"), (area, AREA_COLUMNS, "area")):
        wanted = (given.lower(),) if given else usual
        column = next((name for name in wanted if name in header), None)
        if column is None:
            raise Refused(f"the file has no column {' or '.join(wanted)} for the {what}: name it", f"{what}-column")
        found.append(column)
    return found[0], found[1]


def read_csv(lines: Iterable[str]) -> tuple[list[str], Iterator[dict[str, str]]]:
    """The column names in lower case, and the rows one after the other. Raises Refused where there is no header."""
    rows = csv.reader(lines)
    header = [name.strip().lower().removeprefix("\ufeff") for name in next(rows, [])]
    if not any(header):
        raise Refused("the file is empty: give the directory as CSV, with its header")
    return header, (dict(zip(header, row, strict=False)) for row in rows if row)
