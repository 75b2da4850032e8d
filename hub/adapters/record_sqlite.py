"""The record in one SQLite file: what is written together is in this file, and on the disk when `append` returns.

The library says BEGIN, so that a reading first statement makes a later write fail at once under contention; here a
writing transaction starts with BEGIN IMMEDIATE and waits its turn. Copy the file with VACUUM INTO, never by a dump.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import OperationalError, PersistenceError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteProcessRecorder,
    SQLiteTransaction,
)

from hub.adapters.record import Batch, Indexed, Row, StoredRecord, own_id_taken, stale
from hub.domain.errors import TryLater
from hub.domain.fact import Fact
from hub.ports import Keys, Tracked

WAIT = 5  # seconds to wait for another writer before TryLater
CHECKPOINT = 8_000  # pages of the write-ahead log (32 MB) before it is folded in; 1,000 costs a third of the speed
CACHE_KIB = 32_000  # match keys fall at random places of their tree; SQLite's 2 MB is too small for them
PER_QUERY = 10_000  # bound values in one statement; SQLite allows 32,766
PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
})  # fmt: skip


def sqlite_record(path: Path, keys: Keys, facts: Mapping[str, type[Fact]], *, name: str) -> StoredRecord:
    """The record (or ledger: `name`) in the file `path`, made where it is missing. Raises TryLater when it is held."""
    return StoredRecord(SQLiteStore(path, name), keys, facts)


class SQLiteStore:
    """`hub.adapters.record.Store` in one file, in WAL mode with synchronous=FULL."""

    def __init__(self, path: Path, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with passing_faults():
            self._recorder = _Recorder(_Datastore(path), name)
            self._recorder.create_table()

    def write(self, batch: Batch) -> int:
        """As `Store.write`."""
        with passing_faults():
            return self._recorder.write(batch)

    def stream(self, stream: str, upto: int | None) -> list[Row]:
        """As `Record.load`, closed."""
        query = f"SELECT rowid, * FROM {self._recorder.events_table_name} WHERE originator_id=?"
        if upto is None:
            return [Row(*row) for row in self._all(f"{query} ORDER BY originator_version", (stream,))]
        query += " AND originator_version<=? ORDER BY originator_version"
        return [Row(*row) for row in self._all(query, (stream, upto))]

    def page(self, after: int, limit: int, names: Sequence[str], upto: int | None) -> list[Row]:
        """As `Record.read`, closed."""
        with passing_faults():
            found = self._recorder.select_notifications(after, limit, upto, tuple(names), inclusive_of_start=False)
        return [Row(one.id, str(one.originator_id), one.originator_version, one.topic, one.state) for one in found]

    def position(self) -> int:
        """The newest position."""
        return int(self._one(f"SELECT coalesce(max(rowid), 0) FROM {self._recorder.events_table_name}"))

    def position_at(self, known_at: int) -> int:
        """The last position whose batch was known by then."""
        return int(self._one("SELECT coalesce(max(position), 0) FROM batches WHERE known_at<=?", known_at))

    def known_at(self, position: int) -> int:
        """When the batch with this position was known."""
        return int(self._one("SELECT known_at FROM batches WHERE position>=? ORDER BY position LIMIT 1", position))

    def tracked(self, source: str) -> int:
        """The position of a source; -1 when never read."""
        with passing_faults():
            found = self._recorder.max_tracking_id(source)
        return -1 if found is None else found

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of the streams that exists."""
        return {str(row[0]): int(row[1]) for row in self._all(self._recorder.heads, (json.dumps(list(streams)),))}

    def indexed(self, source_records: Sequence[str]) -> list[Indexed]:
        """Rows of these source records."""
        query = "SELECT * FROM match_record WHERE source_record IN (SELECT value FROM json_each(?))"
        return [Indexed(*row) for row in self._all(query, (json.dumps(list(source_records)),))]

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        found: list[Indexed] = []
        for some in _chunks(own):
            query = f"SELECT * FROM match_record WHERE own IN ({','.join('?' * len(some))})"
            found += [Indexed(*row) for row in self._all(query, some)]
        return found

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """As `Store.sharing`. A text sorts before any blob: x'' lets a key with fewer than `limit` come whole."""
        found: list[tuple[bytes, str, str]] = []
        for some in _chunks(keys):
            wanted = ",".join(["(?)"] * len(some))
            query = (
                f"WITH wanted(key) AS (VALUES {wanted}) SELECT wanted.key, k.source_record, r.person FROM wanted "
                "CROSS JOIN match_key k ON k.key=wanted.key AND k.source_record < coalesce((SELECT m.source_record "
                "FROM match_key m WHERE m.key=wanted.key ORDER BY m.source_record LIMIT 1 OFFSET ?), x'') "
                "CROSS JOIN match_record r ON r.source_record=k.source_record ORDER BY wanted.key, k.source_record"
            )
            found += [(row[0], row[1], row[2]) for row in self._all(query, [*some, limit])]
        return found

    def close(self) -> None:
        """Close every connection."""
        self._recorder.datastore.close()

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with passing_faults(), self._recorder.datastore.transaction(commit=False) as c:
            c.execute(query, values)
            return [tuple(row) for row in c.fetchall()]

    def _one(self, query: str, *values: object) -> Any:
        return self._all(query, values)[0][0]


class _Recorder(SQLiteProcessRecorder):
    """The library's recorder with one way in: `write`. Its tracking table is ours too, compared before it is set."""

    def __init__(self, datastore: "_Datastore", name: str) -> None:
        super().__init__(datastore, events_table_name=f"{name}_events")
        self.heads = (
            "SELECT stream, head FROM (SELECT value AS stream, (SELECT originator_version FROM "
            f"{self.events_table_name} WHERE originator_id=value ORDER BY originator_version DESC LIMIT 1) AS head "
            "FROM json_each(?)) WHERE head IS NOT NULL"
        )
        self._one_writer = threading.Lock()  # the pool would make readers of this process wait behind a second writer

    def construct_create_table_statements(self) -> list[str]:
        events = self.events_table_name
        match_record = (
            "CREATE TABLE IF NOT EXISTS match_record (source_record TEXT PRIMARY KEY, person TEXT NOT NULL, "
            "organisation TEXT NOT NULL, own BLOB UNIQUE, keys BLOB NOT NULL, identity BLOB NOT NULL) WITHOUT ROWID"
        )
        match_key = (
            "CREATE TABLE IF NOT EXISTS match_key (key BLOB, source_record TEXT, PRIMARY KEY (key, source_record)) "
            "WITHOUT ROWID"
        )
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS batches (position INTEGER PRIMARY KEY, known_at INTEGER NOT NULL)",
            "CREATE INDEX IF NOT EXISTS batches_known_at ON batches (known_at)",
            f"CREATE INDEX IF NOT EXISTS {events}_topic ON {events} (topic)",
            match_record,
            match_key,
        ]

    def create_table(self) -> None:
        """Make what is missing in one transaction; the library's own way breaks when two processes start together."""
        with self.datastore.transaction(commit=True) as c:
            for statement in self.create_table_statements:
                c.execute(statement)

    def write(self, batch: Batch) -> int:
        """As `Store.write`: the checks read after BEGIN IMMEDIATE, so nothing changes between them and the rows."""
        if not self._one_writer.acquire(timeout=WAIT):
            raise TryLater("another thread has been writing to the record for too long: try again")
        try:
            with self.datastore.transaction(commit=True) as c:
                for tracked in batch.tracked:
                    self._move(c, tracked)
                position = self._add(c, batch) if batch.streams else 0
                if batch.index:
                    self._index(c, batch)
                return position
        finally:
            self._one_writer.release()

    def _move(self, c: SQLiteCursor, tracked: Tracked) -> None:
        if tracked.before == -1:
            c.execute(
                "INSERT INTO tracking VALUES (?,?) ON CONFLICT DO NOTHING RETURNING 1", (tracked.source, tracked.after)
            )
        else:
            c.execute(
                "UPDATE tracking SET notification_id=? WHERE application_name=? AND notification_id=? RETURNING 1",
                (tracked.after, tracked.source, tracked.before),
            )
        if not c.fetchall():
            raise stale(tracked)

    def _add(self, c: SQLiteCursor, batch: Batch) -> int:
        table = self.events_table_name
        c.execute(self.heads, (json.dumps(list(batch.streams)),))
        batch.check(dict(c.fetchall()))
        c.execute("SELECT position, known_at FROM batches ORDER BY position DESC LIMIT 1")
        position, floor = c.fetchone() or (0, 0)
        rows = batch.rows(floor, position)
        c.executemany(
            f"INSERT INTO {table} (rowid, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)", rows
        )
        c.execute("INSERT INTO batches VALUES (?,?)", (rows[-1].position, batch.known_at))
        return int(position)

    def _index(self, c: SQLiteCursor, batch: Batch) -> None:
        c.execute(
            "SELECT source_record, keys FROM match_record WHERE source_record IN (SELECT value FROM json_each(?))",
            (json.dumps(list(batch.index)),),
        )
        c.executemany("DELETE FROM match_key WHERE key=? AND source_record=?", batch.retired_keys(c.fetchall()))
        try:
            c.executemany(
                "INSERT INTO match_record VALUES (?,?,?,?,?,?) ON CONFLICT (source_record) DO UPDATE SET "
                "person=excluded.person, organisation=excluded.organisation, own=excluded.own, keys=excluded.keys, "
                "identity=excluded.identity",
                batch.index.values(),
            )
        except sqlite3.IntegrityError as error:
            raise own_id_taken() from error
        c.executemany("INSERT OR IGNORE INTO match_key VALUES (?,?)", batch.match_keys())


class _Datastore(SQLiteDatastore):
    """The library's datastore over our connections."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.absolute().as_uri(), lock_timeout=WAIT, originator_id_type="text")
        self.pool = _Pool(db_name=path.absolute().as_uri(), lock_timeout=WAIT, pool_size=8, max_overflow=32)

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """A connection from the pool; the pool's own writer lock stays unused (see `_Recorder._one_writer`)."""
        del commit
        connection = self.pool.get_connection()
        try:
            yield connection
        finally:
            self.pool.put_connection(connection)


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        raw = sqlite3.connect(self.db_name, uri=True, check_same_thread=False, isolation_level=None, timeout=WAIT)
        raw.row_factory = sqlite3.Row
        _use_wal(raw)
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}").fetchall()
        return _Connection(raw, self.max_age)


class _Connection(SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with _Transaction(self, commit=commit) as cursor, cursor:
            yield cursor


class _Transaction(SQLiteTransaction):
    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return cursor


def _use_wal(raw: sqlite3.Connection) -> None:
    """Switch to WAL, once for the file; two processes starting together refuse each other without waiting."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or (
                time.monotonic() > deadline
            ):
                raw.close()
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def passing_faults() -> Iterator[None]:
    """A database that is locked, full or away is TryLater; any other fault of it is ours, and escapes."""
    try:
        yield
    except (sqlite3.OperationalError, PersistenceError) as error:
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        code = getattr(cause, "sqlite_errorcode", None)
        if (code is None and isinstance(error, OperationalError)) or (code is not None and code & 0xFF in PASSING):
            raise TryLater("the record's file is locked, full or away: keep the place and try again") from error
        raise


def _chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(values), PER_QUERY):
        yield values[start : start + PER_QUERY]
