"""The information-sharing protocol that ends, or has ended: from its last day on nothing counts, and nothing is shared.

It is about nobody: who signs what the hub judges by renews it, in good time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from hub.domain.moments import LONDON, london_day
from hub.domain.protocol import not_in_force
from hub.views.desk import Desk
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {"protocol_ends": "The information-sharing protocol ends"}
NOTICE = timedelta(days=60)  # how long before its last day: two signatures and a meeting of the partners take weeks


def _find(desk: Desk, asker: Asker) -> Iterator[Task]:
    del asker
    now, agreed = desk.clock.now(), desk.edition.agreed
    if agreed is None:
        return
    lapsed = not_in_force(agreed, now)
    if not lapsed and london_day(now) < agreed.valid_until - NOTICE:
        return
    begins = london_day(now) < agreed.valid_from
    end = _midnight(agreed.valid_from if begins else agreed.valid_until + timedelta(days=1))
    said = lapsed or (
        f"the information-sharing protocol ends on {agreed.valid_until:%-d %B %Y}: publish an edition with one that goes on"
    )
    yield Task(
        kind="protocol_ends", key=desk.edition.id, href="/protocol", what=f"{said[:1].upper()}{said[1:]}",
        since=desk.edition.effective_from if begins else _midnight(agreed.valid_until - NOTICE), due=end,
        overdue=bool(lapsed), red=bool(lapsed),
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    """When a London day begins, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


SOURCES += [Source(("sign_policies",), _find)]
