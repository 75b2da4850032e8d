"""Whether a contact would be a re-referral: what was referred about a child within 12 months before, from decisions alone."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from hub.domain import allocation
from hub.domain.allocation import WorkerAllocated
from hub.domain.enquiry import OUTCOMES, stream
from hub.domain.moments import london_day
from hub.domain.referral import ACCEPTED, Referral, earlier
from hub.views.desk import Desk
from hub.views.lateness import decided
from hub.views.models.enquiry import ReReferral
from hub.views.who_is_who import family


def re_referral(desk: Desk, child: str, on: date, enquiry: str = "") -> ReReferral | None:
    """The newest referral about a child, whoever they were merged with, within 12 months before a contact of this London day.

    `enquiry` is the MASH enquiry that the contact is in, which is no referral before itself. For who may know of the child.
    """
    table = decided
    query = select(table).where(table.c.child.in_(family(desk, child)), table.c.outcome.in_(sorted(ACCEPTED)))
    outcomes = {row["enquiry"]: row["outcome"] for row in desk.store.rows(query.order_by(table.c.position))}
    taken_in = {one: desk.record.load(stream(one), upto=1)[0].envelope.known_at for one in outcomes}
    workers = _with_worker(desk, child)
    referred = [
        Referral(london_day(came), one)  # an alert of time alone may have no contact of its own day
        for one, came in taken_in.items()
        if not any(began <= came < ended for began, ended in workers)
    ]
    found = earlier(referred, on, enquiry)
    if found is None:
        return None
    return ReReferral(day=found.day, enquiry=found.enquiry, outcome=OUTCOMES[outcomes[found.enquiry]])


def _with_worker(desk: Desk, child: str) -> list[tuple[datetime, datetime]]:
    """From when until when the child had an allocated worker: what came then belonged to that open case."""
    found: list[tuple[datetime, datetime]] = []
    for name in family(desk, child):
        since: datetime | None = None
        for one in desk.record.load(allocation.stream(name)):
            if isinstance(one.fact, WorkerAllocated):
                since = since or one.envelope.known_at
            elif since is not None:
                found.append((since, one.envelope.known_at))
                since = None
        if since is not None:
            found.append((since, datetime.max.replace(tzinfo=UTC)))
    return found
