"""The record in PostgreSQL: its own tables, one writer at a time by a table lock, so that no reader skips a position.

The library's database functions stay unused (they drop the tracking and take no lock), and so does its own insert: an
append that loses its connection is TryLater, and the compare-and-set tells afterwards whether it had been written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from eventsourcing.postgres import PostgresDatastore, PostgresProcessRecorder
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import IdleInTransactionSessionTimeout, UniqueViolation
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

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

LOCK_WAIT = 5  # seconds for the table lock (maintenance may hold it) before TryLater
HUNG = 5  # seconds that a writer may sit inside its transaction before the server ends it and frees the lock
HEADS = (
    "SELECT stream, head FROM (SELECT stream, (SELECT originator_version FROM {events} WHERE originator_id=stream "
    "ORDER BY originator_version DESC LIMIT 1) AS head FROM unnest(%b::text[]) AS stream) heads WHERE head IS NOT NULL"
)
ROWS = (
    "SELECT r.id, r.source_record, r.person, r.organisation, r.own, i.keys, i.identity "
    "FROM {match_row} r JOIN {match_identity} i ON i.id=r.id"
)
# The first of a key, by their numbers, and never more are read than were asked for.
FIRST = "CROSS JOIN LATERAL (SELECT m.id FROM {{match_by_key}} m WHERE m.key=asked.key ORDER BY m.id LIMIT {}) k"
MOST_OF_A_KEY = f"CASE WHEN asked.look & {IS_WIDE} > 0 THEN %(few)b + 1 ELSE %(limit)b END"
SHARING = (
    f"SELECT asked.key, r.source_record, r.person FROM unnest(%(keys)b::bytea[]) AS asked(key) {FIRST.format('%(limit)b')} "
    "JOIN {match_row} r ON r.id=k.id"
)
NEAR = f"""
    WITH owned AS MATERIALIZED (
        SELECT asked.look, r.id FROM unnest(%(own_looks)b::int[], %(owns)b::bytea[]) AS asked(look, own)
        JOIN {{match_row}} r ON r.own=asked.own
    ), shared AS MATERIALIZED (
        SELECT asked.look >> 3 AS look, asked.look & {IS_WHOLE} AS whole, asked.look & {IS_FIRM} AS firm,
            asked.n - 1 AS n, k.id, {MOST_OF_A_KEY} AS most_of_it
        FROM unnest(%(looks)b::int[], %(keys)b::bytea[]) WITH ORDINALITY AS asked(look, key, n) {FIRST.format(MOST_OF_A_KEY)}
        WHERE asked.look >> 3 NOT IN (SELECT look FROM owned)
    ), crowded AS MATERIALIZED (
        SELECT n FROM shared GROUP BY n, most_of_it HAVING count(*) >= most_of_it
    ), scored AS MATERIALIZED (
        SELECT look, id, whole, max(firm) AS firm, count(*) AS shares, string_agg(n::text, ',') AS ns FROM shared
        WHERE firm=1 OR n NOT IN (SELECT n FROM crowded) GROUP BY look, id, whole
    ), turned AS (
        SELECT s.look, s.firm, s.shares, s.ns, r.*, row_number() OVER (
            PARTITION BY s.look, r.person ORDER BY s.firm DESC, s.shares DESC, r.source_record) AS turn
        FROM scored s JOIN {{match_row}} r ON r.id=s.id
    ), ranked AS (
        SELECT *, row_number() OVER (
            PARTITION BY look ORDER BY firm DESC, turn, shares DESC, source_record) AS place FROM turned
    ), chosen AS MATERIALIZED (
        SELECT DISTINCT person FROM turned JOIN (
            SELECT id FROM scored WHERE whole > 0 AND firm=1
            UNION SELECT id FROM (SELECT DISTINCT ON (look) id FROM scored WHERE whole > 0 ORDER BY look, shares DESC) most
        ) s USING (id)
    )
    SELECT p.ns, p.source_record, p.person, p.organisation, p.own, i.keys, i.identity
    FROM ranked p LEFT JOIN {{match_identity}} i ON i.id=p.id AND (
        p.place <= %(most)b OR p.person IN (SELECT person FROM chosen))
    UNION ALL SELECT NULL, r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM (SELECT DISTINCT id FROM owned) o JOIN {{match_row}} r ON r.id=o.id JOIN {{match_identity}} i ON i.id=o.id
    UNION ALL SELECT n::text, NULL, NULL, NULL, NULL, NULL, NULL FROM crowded
    UNION ALL SELECT '', r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM chosen
    CROSS JOIN LATERAL (SELECT * FROM {{match_row}} m WHERE m.person=chosen.person OFFSET 0) r
    CROSS JOIN LATERAL (SELECT * FROM {{match_identity}} m WHERE m.id=r.id OFFSET 0) i
    WHERE r.id NOT IN (SELECT id FROM scored)
    UNION ALL SELECT '', NULL, person, NULL, NULL, NULL, NULL FROM chosen
"""
INDEX_TABLES = (
    """CREATE TABLE {match_row} (id bigint NOT NULL, source_record text COLLATE "C" NOT NULL, person text NOT NULL,
    organisation text NOT NULL, own bytea)""",
    "CREATE TABLE {match_identity} (id bigint NOT NULL, keys bytea NOT NULL, identity bytea NOT NULL)",
    "CREATE TABLE {match_by_key} (key bytea NOT NULL, id bigint NOT NULL)",
)
INDEX_INDEXES = (  # the server names them: a table keeps its indexes when it is renamed
    "CREATE UNIQUE INDEX ON {match_row} (id)", "CREATE UNIQUE INDEX ON {match_row} (source_record)",
    "CREATE UNIQUE INDEX ON {match_row} (own)", "CREATE UNIQUE INDEX ON {match_identity} (id)",
    "CREATE INDEX ON {match_row} (person)",
    "CREATE UNIQUE INDEX ON {match_by_key} (key, id)",
)  # fmt: skip
INDEX_NAMES = ("match_row", "match_identity", "match_by_key")
INSERT_ROWS = (
    "INSERT INTO {match_row} SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::text[], %b::bytea[])"
)
INSERT_IDENTITIES = "INSERT INTO {match_identity} SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[])"
INSERT_KEYS = "INSERT INTO {match_by_key} SELECT * FROM unnest(%b::bytea[], %b::bigint[])"
MOVE_OLD = (  # what a store made before these tables were kept in two others
    "LOCK TABLE {match_record}, {match_key}",
    """INSERT INTO {match_row} SELECT row_number() OVER (), source_record, person, organisation, own
    FROM {match_record}""",
    """INSERT INTO {match_identity} SELECT r.id, m.keys, m.identity
    FROM {match_row} r JOIN {match_record} m ON m.source_record=r.source_record""",
    """INSERT INTO {match_by_key} SELECT k.key, r.id
    FROM {match_key} k JOIN {match_row} r ON r.source_record=k.source_record""",
    "UPDATE {match_state} SET indexed=(SELECT count(DISTINCT id) FROM {match_by_key})",
    "DROP TABLE {match_record}, {match_key}",
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
        return [Indexed(*row) for row in self._all(f"{ROWS} WHERE r.source_record=ANY(%b)", list(source_records))]

    def indexed_of(self, persons: Sequence[str]) -> list[Indexed]:
        """Rows of these persons' source records."""
        return [Indexed(*row) for row in self._all(f"{ROWS} WHERE r.person=ANY(%b)", list(persons))]

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        return [Indexed(*row) for row in self._all(f"{ROWS} WHERE r.own=ANY(%b)", list(own))]

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """As `Store.sharing`."""
        return [(row[0], row[1], row[2]) for row in self._asked(SHARING, {"keys": list(keys), "limit": limit})]

    def near(self, asked: AskedFor, limit: int, most: int, few: int) -> list[NearRow]:
        """As `Store.near`."""
        return [
            NearRow(*row) for row in self._asked(NEAR, {**asked._asdict(), "limit": limit, "most": most, "few": few})
        ]

    def index_state(self) -> IndexState:
        """As `Store.index_state`."""
        return IndexState(*self._all("SELECT version, rules, indexed, writes FROM {match_state}")[0])

    def begin_index(self, version: int, rules: str) -> None:
        """As `Store.begin_index`."""
        with passing_faults():
            self._recorder.change("UPDATE {match_state} SET version=%s, rules=%s WHERE indexed=0", version, rules)

    def index_page(self, after: int, limit: int) -> list[Indexed]:
        """As `Store.index_page`."""
        return [Indexed(*row) for row in self._all(f"{ROWS} WHERE r.id>%s ORDER BY r.id LIMIT %s", after, limit)]

    def renew_index(self, batches: Iterable[list[Indexed]], state: IndexState) -> None:
        """As `Store.renew_index`."""
        with passing_faults():
            self._recorder.renew(batches, state)

    def close(self) -> None:
        """Close every connection."""
        self._datastore.close()

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._asked(query, values)

    def _asked(self, query: str, values: Sequence[object] | Mapping[str, object]) -> list[tuple[Any, ...]]:
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
            for table in (
                "events",
                "tracking",
                "batches",
                "match_state",
                *INDEX_NAMES,
                *(f"{one}_next" for one in INDEX_NAMES),
                "match_record",
                "match_key",  # as the index was kept before
            )
        }
        indexes = {f"{index}_index": Identifier(f"{name}_{index}") for index in ("topic", "known_at")}
        bare = {f"bare_{table}": Identifier(f"{name}_{table}") for table in INDEX_NAMES}
        self._names: dict[str, Composed | Identifier] = {**self._tables, **indexes, **bare}
        self._queries: dict[str, Composed] = {}
        self.sql_create_statements = [
            one for one in self.sql_create_statements if not one.as_string().startswith(("CREATE TYPE", "CREATE OR"))
        ]
        self.sql_create_statements += [
            self.sql("CREATE INDEX {topic_index} ON {events} (topic, notification_id)"),
            self.sql("CREATE TABLE {batches} (position bigint PRIMARY KEY, known_at bigint NOT NULL)"),
            self.sql("CREATE INDEX {known_at_index} ON {batches} (known_at)"),
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
            if not self._exists(cursor, "events"):
                cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self.datastore.schema)))
                for statement in self.sql_create_statements:
                    cursor.execute(statement)
            if not self._exists(cursor, "match_state"):
                self._make_index(cursor)
            elif not self._by_person(cursor):  # a store made before it was asked for
                cursor.execute(self.sql("CREATE INDEX ON {match_row} (person)"))

    def _by_person(self, c: Cursor[DictRow]) -> bool:
        """Whether the index's rows are found by person."""
        c.execute(
            "SELECT count(*) AS n FROM pg_index x JOIN pg_attribute a ON a.attrelid=x.indrelid AND a.attnum=x.indkey[0] "
            "WHERE x.indrelid=to_regclass(%s) AND a.attname='person'",
            (self._tables["match_row"].as_string(),),
        )
        found = c.fetchone()
        return found is not None and bool(found["n"])

    def _exists(self, c: Cursor[DictRow], table: str) -> bool:
        c.execute("SELECT to_regclass(%s) IS NOT NULL AS it", (self._tables[table].as_string(),))
        found = c.fetchone()
        return found is not None and bool(found["it"])

    def _make_index(self, c: Cursor[DictRow]) -> None:
        """Make the match index's tables; what a store made before they were has in its own goes over."""
        c.execute(
            self.sql(
                "CREATE TABLE {match_state} (version bigint NOT NULL, rules text NOT NULL, indexed bigint NOT NULL, "
                "writes bigint NOT NULL)"
            )
        )
        c.execute(self.sql("INSERT INTO {match_state} VALUES (1, '', 0, 0)"))
        for statement in (*INDEX_TABLES, *INDEX_INDEXES):
            c.execute(self.sql(statement))
        if self._exists(c, "match_record"):
            for statement in MOVE_OLD:
                c.execute(self.sql(statement))

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
        c.execute(self.sql(HEADS), (batch.compared,), prepare=True)
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

    def change(self, statement: str, *values: object) -> None:
        """One statement in a transaction of its own, with no writer at the same time."""
        with self.datastore.transaction(commit=True) as c:
            self._lock_table(c)
            c.execute(self.sql(statement), values)

    def _index(self, c: Cursor[DictRow], batch: Batch) -> None:
        query = (
            "SELECT r.source_record, r.id, i.keys FROM {match_row} r JOIN {match_identity} i ON i.id=r.id "
            "WHERE r.source_record=ANY(%b)"
        )
        c.execute(self.sql(query), (list(batch.index),), prepare=True)
        held = [(row["source_record"], row["id"], row["keys"]) for row in c.fetchall()]
        c.execute(self.sql("SELECT coalesce(max(id), 0) AS newest FROM {match_row}"), prepare=True)
        newest = c.fetchone()
        change = batch.index_change(held, newest["newest"] if newest else 0)
        if change.retired:
            query = "DELETE FROM {match_by_key} WHERE (key, id) IN (SELECT * FROM unnest(%b::bytea[], %b::bigint[]))"
            c.execute(self.sql(query), _columns(change.retired), prepare=True)
        query = (
            f"{INSERT_ROWS} ON CONFLICT (source_record) DO UPDATE SET person=excluded.person, "
            "organisation=excluded.organisation, own=excluded.own"
        )
        try:
            c.execute(self.sql(query), _columns(change.rows), prepare=True)
        except UniqueViolation as error:
            raise own_id_taken() from error
        query = f"{INSERT_IDENTITIES} ON CONFLICT (id) DO UPDATE SET keys=excluded.keys, identity=excluded.identity"
        c.execute(self.sql(query), _columns(change.identities), prepare=True)
        if change.added:
            c.execute(self.sql(INSERT_KEYS), _columns(change.added), prepare=True)
        query = "UPDATE {match_state} SET indexed=indexed+%b, writes=writes+1"
        c.execute(self.sql(query), (change.more,), prepare=True)

    def renew(self, batches: Iterable[list[Indexed]], state: IndexState) -> None:
        """As `Store.renew_index`: rows as they come, then the indexes over them, then the change-over."""

        def in_next(statement: str) -> Composed:
            for name in INDEX_NAMES:
                statement = statement.replace(f"{{{name}}}", f"{{{name}_next}}")
            return self.sql(statement)

        drop = "DROP TABLE IF EXISTS {match_row}, {match_identity}, {match_by_key}"
        with self.datastore.transaction(commit=True) as c:
            for statement in (drop, *INDEX_TABLES):
                c.execute(in_next(statement))
        indexed = 0
        for rows in batches:
            pairs = sorted({(key, row.id) for row in rows for key in keys_of_row(row)})
            indexed += len({number for _, number in pairs})
            written = (
                (INSERT_ROWS, [row[:5] for row in rows]),
                (INSERT_IDENTITIES, [(row.id, *row[5:]) for row in rows]),
                (INSERT_KEYS, pairs),
            )
            with self.datastore.transaction(commit=True) as c:
                for statement, some in written:
                    if some:
                        c.execute(in_next(statement), _columns(some), prepare=True)
        for statement in (*INDEX_INDEXES, "ANALYZE {match_row}, {match_identity}, {match_by_key}"):
            with self.datastore.transaction(commit=True) as c:
                c.execute(in_next(statement))
        with self.datastore.transaction(commit=True) as c:
            self._lock_table(c)
            query = (
                "UPDATE {match_state} SET version=%s, rules=%s, indexed=%s, writes=writes+1 WHERE writes=%s RETURNING 1"
            )
            c.execute(self.sql(query), (state.version, state.rules, indexed, state.writes))
            if not c.fetchall():
                raise written_meanwhile()
            for table in INDEX_NAMES:
                c.execute(self.sql(f"DROP TABLE {{{table}}}"))
                c.execute(self.sql(f"ALTER TABLE {{{table}_next}} RENAME TO {{bare_{table}}}"))


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


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
