"""What time alone brings: a red MASH enquiry that nobody takes rings, what came in for a child goes to who is at it, who
relied on what was withdrawn or corrected is told, and nobody is asked any more about a record of which it is settled whom
it is about.

One process at a time does this, turn by turn. What a turn did is on record; a turn that was cut short is done by the next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

from hub.domain.enquiry import FRONT_DOOR, RED, Enquiry, EnquiryGraded, EnquiryRung, HandOverOffered
from hub.domain.errors import VersionConflict
from hub.domain.fact import Recorded
from hub.domain.holding import chain_of
from hub.flow.enquire import Enquire
from hub.flow.review import AlertReviews
from hub.views.asking_owners import AskingOwners
from hub.views.desk import Desk
from hub.views.enquiring import folded
from hub.views.forwarding import Forwardings
from hub.views.holders import gone_since, holds
from hub.views.matters import matter
from hub.views.owed import Owed


class Watch:
    """Looks at what waits, over and over. It keeps how far it has read the record, and nothing that a restart loses."""

    def __init__(
        self, desk: Callable[[], Desk], enquire: Callable[[], Enquire], forwardings: Callable[[], Forwardings],
        page: Callable[[str, str], None], owners: Callable[[], AskingOwners], reviews: AlertReviews,
        owed: Callable[[], Owed],
    ) -> None:  # fmt: skip
        """`page` rings a person; what it is told names nobody."""
        self._owners, self._reviews, self._owed = owners, reviews, owed
        self._desk, self._enquire, self._forwardings, self._page = desk, enquire, forwardings, page
        self._position = 0  # up to where what came in was looked at

    def turn(self) -> int:
        """Do what is due now, as far as the views have followed the record; how many things that were. Raises TryLater."""
        rung = self._ring(self._desk())  # first: whatever fails in what follows, a red one that nobody has rings
        back = self._reviews.turn(self._enquire().write)
        return rung + back + self._send_on() + self._owners().end_settled() + self._owed().tell()

    def _ring(self, desk: Desk) -> int:
        """The record first, then the telephone: after a crash in between it is still a task, and the next step rings."""
        chain = chain_of(desk.edition.parts["clocks"])
        query = select(matter.c.enquiry).where(
            matter.c.kind == "mash-enquiry", matter.c.state == "open", matter.c.what == RED
        )
        rung = 0
        for row in desk.store.rows(query):
            state, history = folded(desk, row["enquiry"])
            if state.grade != RED:
                continue
            waits = self._waits_for_the_day(desk, state, history)
            if holds(desk, state) and not waits:
                continue
            graded = next(one.envelope.known_at for one in reversed(history) if isinstance(one.fact, EnquiryGraded))
            left = gone_since(desk, state.holder) if state.holder else None  # from then on it is nobody's again
            since = max(one for one in (graded, left, waits) if one)
            try:
                facts = self._enquire().ring(row["enquiry"], since, chain, state.holder)
            except VersionConflict:
                continue  # somebody wrote to it this moment: the next turn looks again
            for one in facts:
                if isinstance(one.fact, EnquiryRung):
                    self._page(
                        row["enquiry"], f"a red MASH enquiry has no holder: step {one.fact.step}, {one.fact.role}"
                    )
                    rung += 1
        return rung

    @staticmethod
    def _waits_for_the_day(desk: Desk, state: Enquiry, history: Sequence[Recorded]) -> datetime | None:
        """From when a hand-over of the night waits for a day team that is at work: its worker has gone home."""
        opened = desk.edition.calendar.open_since(desk.clock.now()) if desk.edition.calendar else None
        if opened is None or state.offered != FRONT_DOOR:
            return None
        offered = next(one.envelope.known_at for one in reversed(history) if isinstance(one.fact, HandOverOffered))
        return max(opened, offered)

    def _send_on(self) -> int:
        sent, self._position = self._forwardings().send_on(self._position)
        return sent
