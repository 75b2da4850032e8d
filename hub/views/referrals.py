"""Whether a contact would be a re-referral: what was referred about a child within 12 months before, from decisions alone."""

from datetime import date

from sqlalchemy import select

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
    found = earlier([Referral(_taken_in(desk, one), one) for one in outcomes], on, enquiry)
    if found is None:
        return None
    return ReReferral(day=found.day, enquiry=found.enquiry, outcome=OUTCOMES[outcomes[found.enquiry]])


def _taken_in(desk: Desk, enquiry: str) -> date:
    """The London day on which a MASH enquiry was opened: an alert of time alone may have no contact of its own day."""
    return london_day(desk.record.load(stream(enquiry), upto=1)[0].envelope.known_at)
