"""What time alone brings: a red MASH enquiry that nobody takes rings, and what came in for a child goes to who is at it.

One process at a time does this, turn by turn. What a turn did is on record; a turn that was cut short is done by the next.
"""

from collections.abc import Callable

from sqlalchemy import select

from hub.domain.enquiry import RED, EnquiryGraded, EnquiryRung
from hub.domain.errors import VersionConflict
from hub.domain.holding import chain_of
from hub.flow.enquire import Enquire
from hub.views.asking import Desk
from hub.views.enquiring import folded
from hub.views.forwarding import Forwardings
from hub.views.matters import matter


class Watch:
    """Looks at what waits, over and over. It keeps how far it has read the record, and nothing that a restart loses."""

    def __init__(
        self, desk: Callable[[], Desk], enquire: Callable[[], Enquire], forwardings: Callable[[], Forwardings],
        page: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        """`page` rings a person; what it is told names nobody."""
        self._desk, self._enquire, self._forwardings, self._page = desk, enquire, forwardings, page
        self._position = 0  # up to where what came in was looked at

    def turn(self) -> int:
        """Do what is due now, as far as the views have followed the record; how many things that were. Raises TryLater."""
        return self._ring(self._desk()) + self._send_on()

    def _ring(self, desk: Desk) -> int:
        """The record first, then the telephone: after a crash in between it is still a task, and the next step rings."""
        chain = chain_of(desk.edition.parts["clocks"])
        query = select(matter.c.enquiry).where(
            matter.c.kind == "mash-enquiry", matter.c.state == "open", matter.c.what == RED, matter.c.holder == ""
        )
        rung = 0
        for row in desk.store.rows(query):
            state, history = folded(desk, row["enquiry"])
            if state.grade != RED or state.holder:
                continue
            since = next(one.envelope.known_at for one in reversed(history) if isinstance(one.fact, EnquiryGraded))
            try:
                facts = self._enquire().ring(row["enquiry"], since, chain)
            except VersionConflict:
                continue  # somebody wrote to it this moment: the next turn looks again
            for one in facts:
                if isinstance(one.fact, EnquiryRung):
                    self._page(
                        row["enquiry"], f"a red MASH enquiry has no holder: step {one.fact.step}, {one.fact.role}"
                    )
                    rung += 1
        return rung

    def _send_on(self) -> int:
        sent, self._position = self._forwardings().send_on(self._position)
        return sent
