"""Tables beside the record, in a SQLite file or a PostgreSQL schema: how far each follower came, what a consumer holds.

It promises that a place moves only from where it was believed to be (compare and set), together with the rows that go
with it. All of it can be thrown away and rebuilt.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    create_engine,
    event,
    select,
    text,
    tuple_,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.schema import CreateSchema

from hub.domain.errors import StaleWriter, TryLater
from hub.domain.signal import Signal
from hub.ports import ChildState, Outcome, Outgoing, Reached, StateChange

UPSERT_ROWS = 500


class Tables:
    """One engine, one set of tables. `url` as SQLAlchemy reads it; `schema` on PostgreSQL alone."""

    def __init__(self, url: str, schema: str | None = None, metadata: MetaData | None = None) -> None:
        # parameters stay out of error texts: they are the content
        self.engine = create_engine(url, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        self.schema = None if self.is_sqlite else schema
        if metadata is not None:
            self.create(metadata)

    def create(self, metadata: MetaData) -> None:
        """Make the schema and these tables where they are missing."""
        with self.writing() as connection:
            if self.schema:
                # two processes that start together would both try to create
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": self.schema})
                connection.execute(CreateSchema(self.schema, if_not_exists=True))
            metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end; on SQLite it owns the file from its start. Raises TryLater."""
        with _passing_faults(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads what is committed and locks nobody out. Raises TryLater."""
        with _passing_faults(), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def upsert(self, table: Table) -> Any:
        """An insert that replaces the row of the same primary key."""
        insert = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        keys = [column.name for column in table.primary_key]
        rest = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
        if not rest:  # a row that is its key says nothing new the second time
            return insert.on_conflict_do_nothing()
        return insert.on_conflict_do_update(index_elements=keys, set_=rest)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, and at once: see _begin_immediate
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # a deferred BEGIN that reads first fails at once when another process wrote in between
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _passing_faults() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error, IntegrityError) or not _passes(error):
            raise
        raise TryLater(f"the store is away: {type(error.orig).__name__}") from error


def _passes(error: DBAPIError) -> bool:
    return error.connection_invalidated or type(error).__name__ in {"OperationalError", "InterfaceError"}


# --------------------------------------------------------------------------------------------------------- followers


def _follower_table(metadata: MetaData) -> Table:
    return Table(
        "follower_positions",
        metadata,
        Column("follower", String, primary_key=True),
        Column("position", BigInteger, nullable=False),
    )


class FollowerPositions:
    """`ports.Positions` in a table. `tables` is not closed here when it was given by the caller."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        metadata = MetaData(schema=tables.schema)
        self._table = _follower_table(metadata)
        tables.create(metadata)

    def position(self, follower: str) -> int:
        """The record position up to which this follower is done; 0 when it never ran."""
        table = self._table
        with self._tables.reading() as connection:
            found = connection.scalar(select(table.c.position).where(table.c.follower == follower))
        return found or 0

    def move(self, follower: str, before: int, after: int) -> None:
        """From `before` to `after`; raises StaleWriter when it is not at `before`."""
        with self._tables.writing() as connection:
            self.move_in(connection, follower, before, after)

    def move_in(self, connection: Connection, follower: str, before: int, after: int) -> None:
        """The same inside a transaction of the follower's own rows."""
        table = self._table
        where = and_(table.c.follower == follower, table.c.position == before)
        if connection.execute(table.update().where(where).values(position=after)).rowcount:
            return
        if before == 0 and connection.scalar(select(table.c.position).where(table.c.follower == follower)) is None:
            try:
                connection.execute(table.insert().values(follower=follower, position=after))
            except IntegrityError as error:
                raise StaleWriter(f"{follower} was moved on by another") from error
            return
        raise StaleWriter(f"{follower} is not at {before}: another has moved it on")


# --------------------------------------------------------------------------------------------------------- consumers


class ConsumerTables:
    """`ports.ConsumerState` in tables: one file, or one schema, for each consumer."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        metadata = MetaData(schema=tables.schema)
        self._signals = Table(
            "signals", metadata,
            Column("child", String, primary_key=True), Column("id", String, primary_key=True),
            Column("partition", Integer, nullable=False), Column("body", LargeBinary, nullable=False),
        )  # fmt: skip
        self._outcomes = Table(
            "outcomes", metadata,
            Column("child", String, primary_key=True), Column("rule", String, primary_key=True),
            Column("body", LargeBinary, nullable=False),
        )  # fmt: skip
        self._timers = Table(
            "timers", metadata,
            Column("child", String, primary_key=True), Column("rule", String, primary_key=True),
            Column("partition", Integer, nullable=False), Column("due", BigInteger, nullable=False),
        )  # fmt: skip
        Index("timers_due", self._timers.c.due)
        self._kept = Table(
            "kept", metadata,
            Column("child", String, primary_key=True), Column("name", String, primary_key=True),
            Column("body", LargeBinary, nullable=False),
        )  # fmt: skip
        self._places = Table(
            "places", metadata,
            Column("partition", Integer, primary_key=True, autoincrement=False),
            Column("sequence", BigInteger, nullable=False), Column("next_offset", BigInteger, nullable=False),
        )  # fmt: skip
        self._outbox = Table(
            "outbox", metadata, Column("batch", String, primary_key=True), Column("body", LargeBinary, nullable=False)
        )
        self._editions = Table(
            "evaluated", metadata, Column("what", String, primary_key=True), Column("edition", String, nullable=False)
        )
        tables.create(metadata)

    def reached(self, partitions: Iterable[int]) -> dict[int, Reached]:
        """How far each of these partitions was handled; Reached(0, 0) for one never read."""
        wanted = list(partitions)
        with self._tables.reading() as connection:
            rows = connection.execute(select(self._places).where(self._places.c.partition.in_(wanted))).all()
        return {**dict.fromkeys(wanted, Reached(0, 0)), **{row[0]: Reached(row[1], row[2]) for row in rows}}

    def load(self, children: Sequence[str]) -> dict[str, ChildState]:
        """What is held about each of these children."""
        held = {child: ChildState({}, {}, {}) for child in children}
        decode_signal = msgspec.msgpack.Decoder(Signal).decode
        decode_outcome = msgspec.msgpack.Decoder(Outcome).decode
        signals, outcomes, timers, kept = self._signals, self._outcomes, self._timers, self._kept
        with self._tables.reading() as connection:
            for start in range(0, len(children), UPSERT_ROWS):
                some = list(children[start : start + UPSERT_ROWS])
                columns = select(signals.c.child, signals.c.id, signals.c.body)
                for child, id_, body in connection.execute(columns.where(signals.c.child.in_(some))):
                    held[child].signals[id_] = decode_signal(body)
                for child, rule, body in connection.execute(select(outcomes).where(outcomes.c.child.in_(some))):
                    held[child].outcomes[rule] = decode_outcome(body)
                when = select(timers.c.child, timers.c.rule, timers.c.due)
                for child, rule, due in connection.execute(when.where(timers.c.child.in_(some))):
                    held[child].timers[rule] = datetime.fromtimestamp(due, UTC)
                for child, name, body in connection.execute(select(kept).where(kept.c.child.in_(some))):
                    held[child].kept[name] = body
        return held

    def due(self, now: datetime, partitions: Sequence[int], limit: int) -> list[tuple[int, str]]:
        """(partition, child) of those with a timer that is due, earliest first."""
        timers = self._timers
        which = and_(timers.c.due <= int(now.timestamp()), timers.c.partition.in_(list(partitions)))
        chosen = select(timers.c.partition, timers.c.child).where(which).order_by(timers.c.due, timers.c.child)
        with self._tables.reading() as connection:
            rows = connection.execute(chosen.limit(limit)).all()
        return list(dict.fromkeys((row[0], row[1]) for row in rows))

    def children(self, after: str, partitions: Sequence[int], limit: int) -> list[tuple[int, str]]:
        """(partition, child) of those with signals in these partitions and an id greater than `after`, in order."""
        signals = self._signals
        which = and_(signals.c.child > after, signals.c.partition.in_(list(partitions)))
        chosen = select(signals.c.partition, signals.c.child).where(which).distinct().order_by(signals.c.child)
        with self._tables.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(chosen.limit(limit))]

    def edition(self) -> str:
        """The edition under which every child was last evaluated; "" for none."""
        with self._tables.reading() as connection:
            return connection.scalar(select(self._editions.c.edition)) or ""

    def unpublished(self) -> dict[str, tuple[Outgoing, ...]]:
        """What was kept to be published and may not have been, by batch."""
        decode = msgspec.msgpack.Decoder(tuple[Outgoing, ...]).decode
        with self._tables.reading() as connection:
            return {batch: decode(body) for batch, body in connection.execute(select(self._outbox))}

    def published(self, batch: str) -> None:
        """The log has this batch."""
        with self._tables.writing() as connection:
            connection.execute(self._outbox.delete().where(self._outbox.c.batch == batch))

    def save(self, change: StateChange) -> str:
        """All of it or nothing; the places first, so that one who was overtaken writes nothing."""
        batch = uuid4().hex if change.outgoing else ""
        encode = msgspec.msgpack.Encoder().encode
        upsert = self._tables.upsert
        signals, timers = self._signals, self._timers
        with self._tables.writing() as connection:
            for partition, before, after in change.reached:
                self._move(connection, partition, before, after)
            if change.discounted:
                gone = [{"child": child, "id": id_} for child, id_ in change.discounted]
                for start in range(0, len(gone), UPSERT_ROWS):
                    keys = [(row["child"], row["id"]) for row in gone[start : start + UPSERT_ROWS]]
                    connection.execute(signals.delete().where(tuple_(signals.c.child, signals.c.id).in_(keys)))
            if change.counted:
                rows = [
                    {"child": one.child, "id": one.id, "partition": partition, "body": encode(one)}
                    for partition, one in change.counted
                ]
                connection.execute(upsert(signals), rows)
            if change.outcomes:
                rows = [{"child": child, "rule": rule, "body": encode(out)} for child, rule, out in change.outcomes]
                connection.execute(upsert(self._outcomes), rows)
            ended = [(child, rule) for child, rule, _, when in change.timers if when is None]
            if ended:
                connection.execute(timers.delete().where(tuple_(timers.c.child, timers.c.rule).in_(ended)))
            running = [
                {"child": child, "rule": rule, "partition": partition, "due": int(when.timestamp())}
                for child, rule, partition, when in change.timers
                if when is not None
            ]
            if running:
                connection.execute(upsert(timers), running)
            forgotten = [(child, name) for child, name, body in change.kept if body is None]
            if forgotten:
                connection.execute(
                    self._kept.delete().where(tuple_(self._kept.c.child, self._kept.c.name).in_(forgotten))
                )
            kept = [
                {"child": child, "name": name, "body": body} for child, name, body in change.kept if body is not None
            ]
            if kept:
                connection.execute(upsert(self._kept), kept)
            if change.edition is not None:
                connection.execute(upsert(self._editions), [{"what": "children", "edition": change.edition}])
            if batch:
                connection.execute(self._outbox.insert(), [{"batch": batch, "body": encode(change.outgoing)}])
        return batch

    def _move(self, connection: Connection, partition: int, before: Reached, after: Reached) -> None:
        places = self._places
        held = and_(
            places.c.partition == partition,
            places.c.sequence == before.sequence,
            places.c.next_offset == before.offset,
        )
        new = {"sequence": after.sequence, "next_offset": after.offset}
        if connection.execute(places.update().where(held).values(**new)).rowcount:
            return
        if before == Reached(0, 0):
            try:
                connection.execute(places.insert().values(partition=partition, **new))
            except IntegrityError as error:
                raise StaleWriter(f"partition {partition} is handled by another instance") from error
            return
        raise StaleWriter(f"partition {partition} was moved on by another instance")

    def close(self) -> None:
        """Close the connections."""
        self._tables.close()
