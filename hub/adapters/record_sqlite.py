"""The record in one SQLite file: what is written together is in this file, and on the disk when `append` returns.

The library says BEGIN, so that a reading first statement makes a later write fail at once under contention; here a
writing transaction starts with BEGIN IMMEDIATE and waits its turn. Copy the file with VACUUM INTO, never by a dump.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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

from hub.adapters.record import (
    IS_FIRM,
    IS_WHOLE,
    IS_WIDE,
    AskedFor,
    Batch,
    Indexed,
    NearRow,
    Row,
    StoredRecord,
    keys_of_row,
    own_id_taken,
    stale,
    written_meanwhile,
)
from hub.domain.errors import TryLater
from hub.domain.fact import Fact
from hub.ports import IndexState, Keys, Tracked

WAIT = 5  # seconds to wait for another writer before TryLater
CHECKPOINT = 8_000  # pages of the write-ahead log (32 MB) before it is folded in; 1,000 costs a third of the speed
CACHE_KIB = 32_000  # match keys fall at random places of their tree; SQLite's 2 MB is too small for them
# Readers take pages from the system's own cache instead of copying them (a sixth of what `near` costs). It counts as memory
# of the process and is the system's to take back. A disk that fails under it ends the process, as it should.
MAPPED = 2**31 - 2**16  # bytes of the file; the most that SQLite maps
SORTED = 100_000  # match keys put in their place in one transaction, when the index is made anew
PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
})  # fmt: skip
# Digests go in as one blob, 16 bytes each; `j` numbers them. A table's own columns decide nothing here: texts are fixed.
DIGEST = "substr(:digests, 16*j.key + 1, 16)"
ROWS = (
    "SELECT r.id, r.source_record, r.person, r.organisation, r.own, i.keys, i.identity "
    "FROM match_row r JOIN match_identity i ON i.id=r.id"
)
# The first :limit of a key, or all of them where there are fewer; never more than one beyond is read.
FIRST = (
    f"k.key={DIGEST} AND k.id < coalesce((SELECT m.id FROM match_by_key m WHERE m.key={DIGEST} "
    "ORDER BY m.id LIMIT 1 OFFSET :limit), 9223372036854775807)"
)
SHARING = (
    f"SELECT k.key, r.source_record, r.person FROM json_each(:numbers) j CROSS JOIN match_by_key k ON {FIRST} "
    "CROSS JOIN match_row r ON r.id=k.id"
)
NEAR = f"""
    WITH owned AS MATERIALIZED (
        SELECT o.value AS look, r.id FROM json_each(:own_looks) o
        CROSS JOIN match_row r ON r.own=substr(:owns, 16*o.key + 1, 16)
    ), asked AS MATERIALIZED (
        SELECT j.value >> 3 AS look, j.value & {IS_WHOLE} AS whole, j.value & {IS_FIRM} AS firm, j.key AS n, {DIGEST} AS key,
            CASE WHEN j.value & {IS_WIDE} THEN (SELECT m.id FROM match_by_key m WHERE m.key={DIGEST} LIMIT 1 OFFSET :few)
            ELSE (SELECT m.id FROM match_by_key m WHERE m.key={DIGEST} ORDER BY m.id LIMIT 1 OFFSET :limit - 1) END AS last
        FROM json_each(:looks) j WHERE j.value >> 3 NOT IN (SELECT look FROM owned)
    ), scored AS MATERIALIZED (
        SELECT a.look, k.id, a.whole, max(a.firm) AS firm, count(*) AS shares, group_concat(a.n) AS ns
        FROM asked a CROSS JOIN match_by_key k ON k.key=a.key AND k.id <= coalesce(a.last, 9223372036854775807)
        WHERE a.last IS NULL OR a.firm GROUP BY a.look, k.id
    ), many AS MATERIALIZED (
        SELECT look FROM scored WHERE (SELECT count(*) FROM scored) > :most GROUP BY look HAVING count(*) > :most
    ), turned AS (
        SELECT s.look, s.firm, s.shares, s.ns, r.*, row_number() OVER (
            PARTITION BY s.look, r.person ORDER BY s.firm DESC, s.shares DESC, r.source_record) AS turn
        FROM scored s CROSS JOIN match_row r ON r.id=s.id WHERE s.look IN (SELECT look FROM many)
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY look ORDER BY firm DESC, turn, shares DESC, source_record) AS place FROM turned
    ), chosen AS MATERIALIZED (
        SELECT DISTINCT r.person FROM (
            SELECT id FROM scored WHERE whole AND firm
            UNION SELECT id FROM (SELECT id, max(shares) FROM scored WHERE whole GROUP BY look)
        ) s CROSS JOIN match_row r ON r.id=s.id
    )
    SELECT s.ns, r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM scored s CROSS JOIN match_row r ON r.id=s.id CROSS JOIN match_identity i ON i.id=s.id
    WHERE s.look NOT IN (SELECT look FROM many)
    UNION ALL SELECT p.ns, p.source_record, p.person, p.organisation, p.own, i.keys, i.identity
    FROM ranked p LEFT JOIN match_identity i ON i.id=p.id AND (
        p.place <= :most OR p.person IN (SELECT person FROM chosen))
    UNION ALL SELECT NULL, r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM (SELECT DISTINCT id FROM owned) o CROSS JOIN match_row r ON r.id=o.id CROSS JOIN match_identity i ON i.id=o.id
    UNION ALL SELECT CAST(n AS TEXT), NULL, NULL, NULL, NULL, NULL, NULL FROM asked WHERE last IS NOT NULL
    UNION ALL SELECT '', r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM chosen c CROSS JOIN match_row r ON r.person=c.person CROSS JOIN match_identity i ON i.id=r.id
    WHERE r.id NOT IN (SELECT id FROM scored)
    UNION ALL SELECT '', NULL, person, NULL, NULL, NULL, NULL FROM chosen
"""
TABLES = (
    """CREATE TABLE match_row{next} (id INTEGER PRIMARY KEY, source_record TEXT NOT NULL, person TEXT NOT NULL,
    organisation TEXT NOT NULL, own BLOB)""",
    "CREATE TABLE match_identity{next} (id INTEGER PRIMARY KEY, keys BLOB NOT NULL, identity BLOB NOT NULL)",
    "CREATE TABLE match_by_key{next} (key BLOB, id INTEGER, PRIMARY KEY (key, id)) WITHOUT ROWID",
)
INDEXES = (  # named by the write that they were made at: a table keeps its indexes' names when it is renamed
    "CREATE UNIQUE INDEX match_row_source_record_{made} ON match_row{next} (source_record)",
    "CREATE UNIQUE INDEX match_row_own_{made} ON match_row{next} (own)",
    "CREATE INDEX match_row_person_{made} ON match_row{next} (person)",
)
NAMES = ("match_row", "match_identity", "match_by_key")


def sqlite_record(path: Path, keys: Keys, facts: Mapping[str, type[Fact]], *, name: str) -> StoredRecord:
    """The record (or ledger: `name`) in the file `path`, made where it is missing. Raises TryLater when it is held."""
    return StoredRecord(SQLiteStore(path, name), keys, facts)


class SQLiteStore:
    """`hub.adapters.record.Store` in one file, in WAL mode with synchronous=FULL."""

    def __init__(self, path: Path, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with passing_faults():
            files = _Pool(db_name=path.absolute().as_uri(), lock_timeout=WAIT, pool_size=8, max_overflow=32)
            self._recorder = _Recorder(_Datastore(path, files), name, files)
            self._recorder.create_table()
            self._readers = _Readers(files)

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
        query = f"{ROWS} WHERE r.source_record IN (SELECT value FROM json_each(?))"
        return [Indexed(*row) for row in self._all(query, (json.dumps(list(source_records)),))]

    def indexed_of(self, persons: Sequence[str]) -> list[Indexed]:
        """Rows of these persons' source records."""
        query = f"{ROWS} WHERE r.person IN (SELECT value FROM json_each(?))"
        return [Indexed(*row) for row in self._all(query, (json.dumps(list(persons)),))]

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        query = f"{ROWS} WHERE r.own IN (SELECT {DIGEST} FROM json_each(:numbers) j)"
        return [Indexed(*row) for row in self._all(query, _digests(own))]

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """As `Store.sharing`."""
        return [(row[0], row[1], row[2]) for row in self._all(SHARING, {**_digests(keys), "limit": limit})]

    def near(self, asked: AskedFor, limit: int, most: int, few: int) -> list[NearRow]:
        """As `Store.near`."""
        values = {
            "own_looks": json.dumps(asked.own_looks), "owns": b"".join(asked.owns), "looks": json.dumps(asked.looks),
            "digests": b"".join(asked.keys), "limit": limit, "most": most, "few": few,
        }  # fmt: skip
        return list(map(NearRow._make, self._all(NEAR, values)))

    def index_state(self) -> IndexState:
        """As `Store.index_state`."""
        return IndexState(*self._all("SELECT version, rules, indexed, writes FROM match_state")[0])

    def begin_index(self, version: int, rules: str) -> None:
        """As `Store.begin_index`."""
        with passing_faults():
            self._recorder.change("UPDATE match_state SET version=?, rules=? WHERE indexed=0", (version, rules))

    def index_page(self, after: int, limit: int) -> list[Indexed]:
        """As `Store.index_page`."""
        return [Indexed(*row) for row in self._all(f"{ROWS} WHERE r.id>? ORDER BY r.id LIMIT ?", (after, limit))]

    def renew_index(self, batches: Iterable[list[Indexed]], state: IndexState) -> None:
        """As `Store.renew_index`."""
        with passing_faults():
            self._recorder.renew(batches, state)

    def close(self) -> None:
        """Close every connection."""
        self._readers.close()
        self._recorder.datastore.close()

    def _all(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        with passing_faults():
            return self._readers.all(query, values)

    def _one(self, query: str, *values: object) -> Any:
        return self._all(query, values)[0][0]


class _Recorder(SQLiteProcessRecorder):
    """The library's recorder with one way in: `write`. Its tracking table is ours too, compared before it is set."""

    def __init__(self, datastore: "_Datastore", name: str, files: "_Pool") -> None:
        super().__init__(datastore, events_table_name=f"{name}_events")
        self._files = files
        self.heads = (
            "SELECT stream, head FROM (SELECT value AS stream, (SELECT originator_version FROM "
            f"{self.events_table_name} WHERE originator_id=value ORDER BY originator_version DESC LIMIT 1) AS head "
            "FROM json_each(?)) WHERE head IS NOT NULL"
        )
        self._one_writer = threading.Lock()  # the pool would make readers of this process wait behind a second writer

    def construct_create_table_statements(self) -> list[str]:
        events = self.events_table_name
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS batches (position INTEGER PRIMARY KEY, known_at INTEGER NOT NULL)",
            "CREATE INDEX IF NOT EXISTS batches_known_at ON batches (known_at)",
            f"CREATE INDEX IF NOT EXISTS {events}_topic ON {events} (topic)",
        ]

    def create_table(self) -> None:
        """Make what is missing in one transaction; the library's own way breaks when two processes start together."""
        with self.datastore.transaction(commit=True) as c:
            for statement in self.create_table_statements:
                c.execute(statement)
            c.execute("SELECT count(*) FROM sqlite_master WHERE name='match_state'")
            if not c.fetchone()[0]:
                self._make_index(c)
            c.execute(
                "SELECT count(*) FROM sqlite_master WHERE tbl_name='match_row' AND name GLOB 'match_row_person_*'"
            )
            if not c.fetchone()[0]:  # a store made before it was asked for
                c.execute("CREATE INDEX match_row_person_0 ON match_row (person)")

    def _make_index(self, c: SQLiteCursor) -> None:
        """Make the match index's tables; what a store made before they were has in its own goes over."""
        c.execute(
            "CREATE TABLE match_state (version INTEGER NOT NULL, rules TEXT NOT NULL, indexed INTEGER NOT NULL, "
            "writes INTEGER NOT NULL)"
        )
        c.execute("INSERT INTO match_state VALUES (1, '', 0, 0)")
        for statement in (*TABLES, *INDEXES):
            c.execute(statement.format(next="", made=0))
        c.execute("SELECT count(*) FROM sqlite_master WHERE name='match_record'")
        if c.fetchone()[0]:
            c.execute("INSERT INTO match_row SELECT NULL, source_record, person, organisation, own FROM match_record")
            c.execute(
                "INSERT INTO match_identity SELECT r.id, m.keys, m.identity "
                "FROM match_row r JOIN match_record m ON m.source_record=r.source_record"
            )
            c.execute(
                "INSERT INTO match_by_key SELECT k.key, r.id "
                "FROM match_key k JOIN match_row r ON r.source_record=k.source_record"
            )
            c.execute("UPDATE match_state SET indexed=(SELECT count(DISTINCT id) FROM match_by_key)")
            c.execute("DROP TABLE match_key")
            c.execute("DROP TABLE match_record")

    def write(self, batch: Batch) -> int:
        """As `Store.write`: the checks read after BEGIN IMMEDIATE, so nothing changes between them and the rows."""
        with self._writing() as c:
            for tracked in batch.tracked:
                self._move(c, tracked)
            position = self._add(c, batch) if batch.streams else 0
            if batch.index:
                self._index(c, batch)
            return position

    def change(self, statement: str, values: Sequence[object] = ()) -> None:
        """One statement in a transaction of its own."""
        with self._writing() as c:
            c.execute(statement, values)

    def renew(self, batches: Iterable[list[Indexed]], state: IndexState) -> None:
        """As `Store.renew_index`: rows as they come, then the keys in order, then the change-over."""
        self._drop_next()
        with self._writing() as c:
            for statement in TABLES:
                c.execute(statement.format(next="_next"))
            c.execute("CREATE TABLE match_keys_next (key BLOB, id INTEGER)")
        indexed = 0
        for rows in batches:
            pairs = [(key, row.id) for row in rows for key in keys_of_row(row)]
            indexed += len({number for _, number in pairs})
            with self._writing() as c:
                c.executemany("INSERT INTO match_row_next VALUES (?,?,?,?,?)", [row[:5] for row in rows])
                c.executemany("INSERT INTO match_identity_next VALUES (?,?,?)", [(row.id, *row[5:]) for row in rows])
                c.executemany("INSERT INTO match_keys_next VALUES (?,?)", pairs)
        with closing(self._files.open()) as reader:
            found = reader.execute("SELECT DISTINCT key, id FROM match_keys_next ORDER BY key, id")
            while pairs := found.fetchmany(SORTED):
                with self._writing() as c:
                    c.executemany("INSERT INTO match_by_key_next VALUES (?,?)", pairs)
        with self._writing() as c:
            for statement in INDEXES:
                c.execute(statement.format(next="_next", made=state.writes + 1))
        with self._writing() as c:
            c.execute(
                "UPDATE match_state SET version=?, rules=?, indexed=?, writes=writes+1 WHERE writes=? RETURNING 1",
                (state.version, state.rules, indexed, state.writes),
            )
            if not c.fetchall():
                raise written_meanwhile()
            for table in NAMES:
                c.execute(f"DROP TABLE {table}")
                c.execute(f"ALTER TABLE {table}_next RENAME TO {table}")
        self._drop_next()

    def _drop_next(self) -> None:
        with self._writing() as c:
            for table in (*NAMES, "match_keys"):
                c.execute(f"DROP TABLE IF EXISTS {table}_next")

    @contextmanager
    def _writing(self) -> Iterator[SQLiteCursor]:
        if not self._one_writer.acquire(timeout=WAIT):
            raise TryLater("another thread has been writing to the record for too long: try again")
        try:
            with self.datastore.transaction(commit=True) as c:
                yield c
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
        c.execute(self.heads, (json.dumps(batch.compared),))
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
            "SELECT r.source_record, r.id, i.keys FROM json_each(?) j CROSS JOIN match_row r ON r.source_record=j.value "
            "JOIN match_identity i ON i.id=r.id",
            (json.dumps(list(batch.index)),),
        )
        held = c.fetchall()
        c.execute("SELECT coalesce(max(id), 0) FROM match_row")
        change = batch.index_change(held, c.fetchone()[0])
        c.executemany("DELETE FROM match_by_key WHERE key=? AND id=?", change.retired)
        try:
            c.executemany(
                "INSERT INTO match_row VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET "
                "person=excluded.person, organisation=excluded.organisation, own=excluded.own",
                change.rows,
            )
        except sqlite3.IntegrityError as error:
            raise own_id_taken() from error
        c.executemany("INSERT OR REPLACE INTO match_identity VALUES (?,?,?)", change.identities)
        c.executemany("INSERT INTO match_by_key VALUES (?,?)", change.added)
        c.execute("UPDATE match_state SET indexed=indexed+?, writes=writes+1", (change.more,))


class _Readers:
    """Connections for single reading statements, which need no transaction around them: half the time of a short one."""

    def __init__(self, pool: "_Pool") -> None:
        self._pool = pool
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def all(self, query: str, values: Sequence[object] | Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Every row that the statement gives."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._pool.open()
            connection.execute(f"PRAGMA mmap_size={MAPPED}").fetchall()
        try:
            return connection.execute(query, values).fetchall()
        finally:
            self._idle.append(connection)
            if self._closed:
                self.close()

    def close(self) -> None:
        """Close those that are idle; one in use is closed by whoever gives it back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class _Datastore(SQLiteDatastore):
    """The library's datastore over our connections."""

    def __init__(self, path: Path, files: "_Pool") -> None:
        super().__init__(path.absolute().as_uri(), lock_timeout=WAIT, originator_id_type="text")
        self.pool = files

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
        raw = self.open()
        raw.row_factory = sqlite3.Row
        return _Connection(raw, self.max_age)

    def open(self) -> sqlite3.Connection:
        """A connection as every one of ours is."""
        raw = sqlite3.connect(self.db_name, uri=True, check_same_thread=False, isolation_level=None, timeout=WAIT)
        _use_wal(raw)
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}").fetchall()
        return raw


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


def _digests(values: Sequence[bytes]) -> dict[str, object]:
    """Digests as `DIGEST` takes them."""
    return {"digests": b"".join(values), "numbers": json.dumps(list(range(len(values))))}
