"""The record in PostgreSQL: its own tables, one writer at a time by a table lock, so that no reader skips a position.

The library's database functions stay unused (they drop the tracking and take no lock), and so does its own insert: an
append that loses its connection is TryLater, and the compare-and-set tells afterwards whether it had been written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import IdleInTransactionSessionTimeout, UniqueViolation
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from hub.adapters.record import Batch, Indexed, Row, StoredRecord, own_id_taken, stale
from hub.domain.errors import TryLater
from hub.domain.fact import Fact
from hub.ports import Keys, Tracked

LOCK_WAIT = 5  # seconds for the table lock (maintenance may hold it) before TryLater
HUNG = 5  # seconds that a writer may sit inside its transaction before the server ends it and frees the lock
HEADS = (
    "SELECT stream, head FROM (SELECT stream, (SELECT originator_version FROM {events} WHERE originator_id=stream "
    "ORDER BY originator_version DESC LIMIT 1) AS head FROM unnest(%b::text[]) AS stream) heads WHERE head IS NOT NULL"
)


def postgres_record(
    dsn: str, keys: Keys, facts: Mapping[str, type[Fact]], *, name: str, schema: str = "public"
) -> StoredRecord:
    """The record (or ledger: `name`) in the tables `<name>_…` of a schema, made where they are missing.

    Raises TryLater while the server is away.
    """
    store = PostgresStore(dsn, name, schema)
    try:
        return StoredRecord(store, keys, facts)
    except BaseException:
        store.close()
        raise


class PostgresStore:
    """`hub.adapters.record.Store` in tables of one schema. Readers never wait for the writer."""

    def __init__(self, dsn: str, name: str, schema: str) -> None:
        self._datastore = _Datastore(dsn, schema)
        try:
            with passing_faults():
                self._recorder = _Recorder(self._datastore, name)
                self._recorder.create_table()
        except BaseException:
            self._datastore.close()
            raise

    def write(self, batch: Batch) -> int:
        """As `Store.write`."""
        with passing_faults():
            return self._recorder.write(batch)

    def stream(self, stream: str, upto: int | None) -> list[Row]:
        """As `Record.load`, closed."""
        query = (
            "SELECT notification_id, originator_id, originator_version, topic, state FROM {events} "
            "WHERE originator_id=%s AND originator_version<=%s ORDER BY originator_version"
        )
        return [Row(*row) for row in self._all(query, stream, 2**62 if upto is None else upto)]

    def page(self, after: int, limit: int, names: Sequence[str], upto: int | None) -> list[Row]:
        """As `Record.read`, closed."""
        with passing_faults():
            found = self._recorder.select_notifications(after, limit, upto, list(names), inclusive_of_start=False)
        return [Row(one.id, str(one.originator_id), one.originator_version, one.topic, one.state) for one in found]

    def position(self) -> int:
        """The newest position."""
        return int(self._all("SELECT coalesce(max(notification_id), 0) FROM {events}")[0][0])

    def position_at(self, known_at: int) -> int:
        """The last position whose batch was known by then."""
        return int(self._all("SELECT coalesce(max(position), 0) FROM {batches} WHERE known_at<=%s", known_at)[0][0])

    def known_at(self, position: int) -> int:
        """When the batch with this position was known."""
        query = "SELECT known_at FROM {batches} WHERE position>=%s ORDER BY position LIMIT 1"
        return int(self._all(query, position)[0][0])

    def tracked(self, source: str) -> int:
        """The position of a source; -1 when never read."""
        found = self._all("SELECT notification_id FROM {tracking} WHERE application_name=%s", source)
        return int(found[0][0]) if found else -1

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of the streams that exists."""
        return {str(row[0]): int(row[1]) for row in self._all(HEADS, list(streams))}

    def indexed(self, source_records: Sequence[str]) -> list[Indexed]:
        """Rows of these source records."""
        query = "SELECT * FROM {match_record} WHERE source_record=ANY(%b)"
        return [Indexed(*row) for row in self._all(query, list(source_records))]

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        return [Indexed(*row) for row in self._all("SELECT * FROM {match_record} WHERE own=ANY(%b)", list(own))]

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """As `Store.sharing`."""
        query = (
            "SELECT wanted.key, k.source_record, r.person FROM unnest(%b::bytea[]) AS wanted(key) CROSS JOIN LATERAL "
            "(SELECT m.source_record FROM {match_key} m WHERE m.key=wanted.key ORDER BY m.source_record LIMIT %s) k "
            "JOIN {match_record} r ON r.source_record=k.source_record ORDER BY wanted.key, k.source_record"
        )
        return [(row[0], row[1], row[2]) for row in self._all(query, list(keys), limit)]

    def close(self) -> None:
        """Close every connection."""
        self._datastore.close()

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with (
            passing_faults(),
            self._datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(self._recorder.sql(query), values, prepare=True).fetchall()


class _Recorder(PostgresProcessRecorder):
    """The library's recorder with one way in: `write`. Its tracking table is ours too, compared before it is set."""

    def __init__(self, datastore: "_Datastore", name: str) -> None:
        super().__init__(datastore, events_table_name=f"{name}_events", tracking_table_name=f"{name}_tracking")
        self._tables = {
            table: SQL("{}.{}").format(Identifier(datastore.schema), Identifier(f"{name}_{table}"))
            for table in ("events", "tracking", "batches", "match_record", "match_key")
        }
        indexes = {f"{index}_index": Identifier(f"{name}_{index}") for index in ("topic", "known_at")}
        self._names: dict[str, Composed | Identifier] = {**self._tables, **indexes}
        self._queries: dict[str, Composed] = {}
        self.sql_create_statements = [
            one for one in self.sql_create_statements if not one.as_string().startswith(("CREATE TYPE", "CREATE OR"))
        ]
        self.sql_create_statements += [
            self.sql("CREATE INDEX {topic_index} ON {events} (topic, notification_id)"),
            self.sql("CREATE TABLE {batches} (position bigint PRIMARY KEY, known_at bigint NOT NULL)"),
            self.sql("CREATE INDEX {known_at_index} ON {batches} (known_at)"),
            self.sql(
                'CREATE TABLE {match_record} (source_record text COLLATE "C" PRIMARY KEY, person text NOT NULL, '
                "organisation text NOT NULL, own bytea UNIQUE, keys bytea NOT NULL, identity bytea NOT NULL)"
            ),
            self.sql(
                'CREATE TABLE {match_key} (key bytea, source_record text COLLATE "C", PRIMARY KEY (key, source_record))'
            ),
        ]

    def sql(self, query: str) -> Composed:
        """`query` with our table names set in."""
        composed = self._queries.get(query)
        if composed is None:
            text: Any = query  # ours, never built from what comes in; values are always bound
            composed = self._queries[query] = SQL(text).format(**self._names)
        return composed

    def create_table(self) -> None:
        """Make schema and tables in one transaction, where they are missing: later starts take no lock on them."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('mash: make the tables', 0))")
            cursor.execute("SELECT to_regclass(%s) AS it", (self._tables["match_key"].as_string(),))
            found = cursor.fetchone()
            if found is not None and found["it"] is None:
                cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self.datastore.schema)))
                for statement in self.sql_create_statements:
                    cursor.execute(statement)

    def write(self, batch: Batch) -> int:
        """As `Store.write`: the table lock comes first, so that nothing changes between the checks and the rows."""
        with self.datastore.transaction(commit=True) as c:
            self._lock_table(c)
            self._move(c, batch.tracked)
            position = self._add(c, batch) if batch.streams else 0
            if batch.index:
                self._index(c, batch)
            return position

    def _move(self, c: Cursor[DictRow], tracked: Sequence[Tracked]) -> None:
        """Every source at once, where it is at its `before`; those never read are put in."""
        first = (
            "INSERT INTO {tracking} SELECT source, after FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) "
            "AS m(source, before, after) ON CONFLICT DO NOTHING RETURNING application_name AS source"
        )
        further = (
            "UPDATE {tracking} t SET notification_id=m.after FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) "
            "AS m(source, before, after) WHERE t.application_name=m.source AND t.notification_id=m.before "
            "RETURNING t.application_name AS source"
        )
        new = [one for one in tracked if one.before == -1]
        known = [one for one in tracked if one.before != -1]
        for query, some in ((first, new), (further, known)):
            if some:
                columns = ([one.source for one in some], [one.before for one in some], [one.after for one in some])
                c.execute(self.sql(query), columns, prepare=True)
                moved = {row["source"] for row in c.fetchall()}
                for one in some:
                    if one.source not in moved:
                        raise stale(one)

    def _add(self, c: Cursor[DictRow], batch: Batch) -> int:
        c.execute(self.sql(HEADS), (list(batch.streams),), prepare=True)
        batch.check({row["stream"]: row["head"] for row in c.fetchall()})
        c.execute(self.sql("SELECT position, known_at FROM {batches} ORDER BY position DESC LIMIT 1"), prepare=True)
        newest = c.fetchone()
        position, floor = (newest["position"], newest["known_at"]) if newest else (0, 0)
        rows = batch.rows(floor, position)
        insert = self.sql(
            "INSERT INTO {events} (notification_id, originator_id, originator_version, topic, state) "
            "SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::bytea[])"
        )
        c.execute(insert, [list(column) for column in zip(*rows, strict=True)], prepare=True)
        c.execute(self.sql("INSERT INTO {batches} VALUES (%s,%s)"), (rows[-1].position, batch.known_at), prepare=True)
        return int(position)

    def _index(self, c: Cursor[DictRow], batch: Batch) -> None:
        query = "SELECT source_record, keys FROM {match_record} WHERE source_record=ANY(%b)"
        c.execute(self.sql(query), (list(batch.index),), prepare=True)
        retired = batch.retired_keys([(row["source_record"], row["keys"]) for row in c.fetchall()])
        if retired:
            query = (
                "DELETE FROM {match_key} WHERE (key, source_record) IN (SELECT * FROM unnest(%b::bytea[], %b::text[]))"
            )
            c.execute(self.sql(query), [list(column) for column in zip(*retired, strict=True)], prepare=True)
        query = (
            "INSERT INTO {match_record} SELECT * FROM unnest"
            "(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[]) "
            "ON CONFLICT (source_record) DO UPDATE SET person=excluded.person, organisation=excluded.organisation, "
            "own=excluded.own, keys=excluded.keys, identity=excluded.identity"
        )
        try:
            columns = [list(column) for column in zip(*batch.index.values(), strict=True)]
            c.execute(self.sql(query), columns, prepare=True)
        except UniqueViolation as error:
            raise own_id_taken() from error
        pairs = batch.match_keys()
        if pairs:
            query = "INSERT INTO {match_key} SELECT * FROM unnest(%b::bytea[], %b::text[]) ON CONFLICT DO NOTHING"
            c.execute(self.sql(query), [list(column) for column in zip(*pairs, strict=True)], prepare=True)


class _Datastore(PostgresDatastore):
    """The library's datastore, keeping every option of the dsn (it would drop sslmode)."""

    def __init__(self, dsn: str, schema: str) -> None:
        options = {key: value for key, value in conninfo_to_dict(dsn).items() if value is not None}
        super().__init__(
            "", "", "", "", "",
            connect_timeout=LOCK_WAIT, idle_in_transaction_session_timeout=HUNG, pool_size=2, max_overflow=14,
            pre_ping=True, lock_timeout=LOCK_WAIT, schema=schema, originator_id_type="text", enable_db_functions=False,
        )  # fmt: skip
        self.pool.kwargs = {**options, "row_factory": dict_row}

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """As the library's, without just-in-time compiling: it took 330 of the 390 ms of looking up 4,000 keys."""
        theirs = super().after_connect_func()

        def after_connect(connection: Connection[Any]) -> None:
            theirs(connection)
            connection.execute("SET jit = off")

        return after_connect

    def register_type_adapters(self) -> None:
        """Nothing to register: rows go in as plain arrays, without the library's composite type."""


@contextmanager
def passing_faults() -> Iterator[None]:
    """A server that is away, a lock or a connection that cannot be had is TryLater; any other fault escapes."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise TryLater("the record's database is away or busy: keep the place and try again") from error
    except InternalError as error:
        if not isinstance(error.__cause__, IdleInTransactionSessionTimeout):
            raise
        # this process slept inside its transaction (a frozen machine), and the server gave its lock to others
        raise TryLater("the record's database ended a session that slept: keep the place and try again") from error
