"""The only one who knows the time."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in aware UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that is set by hand: for tests, and for replaying a case at the pace of its own dates."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.moment
