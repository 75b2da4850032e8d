"""Whether something rests on a signal, or may yet: then it does not leave the pool.

A signal counts for siblings and for whoever may be the child, under the same id: what rests on any of those holds it.
"""

from collections.abc import Iterator

import msgspec
from sqlalchemy import select

from hub.domain.enquiry import EnquiryDecided
from hub.views import store
from hub.views.alerts import signals_of_all
from hub.views.desk import Desk
from hub.views.who_is_who import family

# Outcomes after which a signal led to nothing. Whatever else a person decided is something.
NOTHING = frozenset({"no_further_action", "information_and_advice"})
PAGE = 500


class Resting:
    """Read once, from the views and the record, which the caller has brought up to each other; for one run of the step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._needed: frozenset[str] | None = None

    def __call__(self, _child: str, signal: str) -> bool:
        """Whether a live alert rests on this signal, whoever's; a MASH enquiry is open about anybody for
        whom it counts; or a decision that led to something had it before the decider.
        """
        if self._needed is None:
            self._needed = frozenset((*self._alerts(), *self._enquiries(), *self._decisions()))
        return signal in self._needed

    def _alerts(self) -> Iterator[str]:
        for row in self._desk.store.rows(select(store.alert.c.fact).where(store.alert.c.state != "decided")):
            yield from msgspec.json.decode(row["fact"])["evidence"]

    def _enquiries(self) -> Iterator[str]:
        """All that counts for whoever is in a MASH enquiry that is not decided, one whose closing waits included."""
        table = store.enquiry
        for row in self._desk.store.rows(select(table.c.child).where(table.c.state != "decided").distinct()):
            yield from signals_of_all(self._desk, family(self._desk, row["child"])[0])

    def _decisions(self) -> Iterator[str]:
        after = 0
        while page := self._desk.record.read(after, PAGE, [EnquiryDecided.NAME]):
            for one in page:
                if isinstance(one.fact, EnquiryDecided) and one.fact.outcome not in NOTHING:
                    yield from one.fact.evidence
            after = page[-1].position
