"""What the tables of the views share: one set of metadata, and how a moment lies in a column."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, MetaData, TypeDecorator

meta = MetaData()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment as whole microseconds: the same on both databases, where SQLite alone would lose the zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> int | None:  # noqa: ARG002 - theirs
        """Into the database."""
        if value is None:
            return None
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: object) -> datetime | None:  # noqa: ARG002 - theirs
        """Out of the database."""
        return None if value is None else EPOCH + timedelta(microseconds=value)
