"""What pages about late evidence and re-referral read: decisions as they were made, signals that came late. Codes only."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from hub.domain.child import SignalCounted
from hub.domain.enquiry import EnquiryDecided
from hub.domain.fact import Recorded
from hub.domain.late import days_after
from hub.views.columns import Moment, meta

decided = Table(  # one row for each decision about a child
    "decided", meta, Column("decision", String, primary_key=True),  # "stream@version"
    Column("child", String), Column("enquiry", String), Column("at", Moment()), Column("position", BigInteger),
    Column("edition", String), Column("level", Integer), Column("outcome", String), Column("by", String),
    Index("decided_child", "child"),
)  # fmt: skip
# What counted at some time and came after the day on which it happened, and by how many London days: from how many on it is
# late, the clocks of the edition say; whether it counts now, its child's stream.
late_signal = Table(
    "late_signal", meta, Column("child", String, primary_key=True), Column("signal", String, primary_key=True),
    Column("organisation", String), Column("occurred", Moment()), Column("received", Moment()),
    Column("days", Integer), Column("backfill", Boolean), Index("late_signal_organisation", "organisation"),
)  # fmt: skip


def rows(recorded: Recorded) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The row that a decision, or a signal that came late, makes; each is whole. None for any other fact."""
    fact = recorded.fact
    if isinstance(fact, EnquiryDecided):
        yield (
            decided,
            {
                "decision": recorded.ref, "child": fact.child, "enquiry": recorded.stream.partition(":")[2],
                "at": recorded.envelope.known_at, "position": recorded.position, "edition": recorded.envelope.edition,
                "level": fact.level, "outcome": fact.outcome, "by": fact.decided_by,
            },
        )  # fmt: skip
    elif isinstance(fact, SignalCounted) and (days := days_after(fact.signal)) > 0:
        one = fact.signal
        yield (
            late_signal,
            {
                "child": recorded.stream.partition(":")[2], "signal": one.id, "organisation": one.organisation,
                "occurred": one.occurred_end, "received": one.received, "days": days, "backfill": one.backfill,
            },
        )  # fmt: skip
