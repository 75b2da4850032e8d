"""When a partnership's rules would have put an alert before a person, for a child of a world: hub/domain/over_time.py is
the one evaluator over time, and what-if in the hub uses the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bench.evaluate.history import About
from hub.domain.over_time import Raised, To, alerting, alerts_over
from hub.domain.thresholds import Ready

__all__ = ["Raised", "To", "alerting", "alerts_of"]


def alerts_of(about: About, rules: Sequence[Ready], decides: timedelta, end: datetime) -> list[Raised]:
    """All alerts of one child up to `end`, in order of time. `decides` is how long a person takes over each."""
    raised = [
        one
        for record in about.records
        for one in alerts_over(about.person.person, record, rules, works=about.open_on, decides=decides, end=end)
    ]
    return sorted(raised, key=lambda one: (one.at, one.rule))
