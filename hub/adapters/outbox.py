"""The numbers of a source that the hub's own front desk speaks for: gapless, handed out in the order of publishing.

A number is kept only after the log has the message, so a crash in between hands the same number out again and never
leaves a gap that would look like a lost message.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import BigInteger, Column, MetaData, String, Table, select, text

from hub.adapters.tables import Tables

_meta = MetaData()
_numbers = Table(
    "source_number", _meta, Column("source", String, primary_key=True), Column("last", BigInteger, nullable=False)
)


class Numbers:
    """The last number of each source, in tables of their own."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        tables.create(_meta)

    @contextmanager
    def after(self, source: str, count: int) -> Iterator[int]:
        """The last number before the next `count`; they are taken when the block ends well, and not when it raises.

        One publisher at a time: the lock is held until the log has the messages.
        """
        with self._tables.writing() as connection:
            if not self._tables.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:source))"), {"source": source})
            last = int(connection.scalar(select(_numbers.c.last).where(_numbers.c.source == source)) or 0)
            yield last
            connection.execute(self._tables.upsert(_numbers), [{"source": source, "last": last + count}])

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()
