"""What time alone brings: a red MASH enquiry that nobody takes and a red alert that nobody opens ring, what came in for a
child goes to who is at it, who relied on what was withdrawn or corrected is told, nobody is asked any more about a record of
which it is settled whom it is about, and a protocol that has run out rings.

One process at a time does this, turn by turn. What a turn did is on record; a turn that was cut short is done by the next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from hub.domain.enquiry import FRONT_DOOR, RED, Enquiry, EnquiryGraded, EnquiryRung, HandOverOffered
from hub.domain.errors import VersionConflict
from hub.domain.fact import Recorded
from hub.domain.holding import chain_of
from hub.domain.protocol import not_in_force
from hub.flow.enquire import Enquire
from hub.flow.review import AlertReviews
from hub.views import alerts, store
from hub.views.asking_owners import AskingOwners
from hub.views.desk import Desk
from hub.views.enquiring import folded
from hub.views.forwarding import Forwardings
from hub.views.holders import gone_since, holds
from hub.views.matters import matter
from hub.views.owed import Owed
from hub.views.who_is_who import families

EVERY = timedelta(seconds=10)  # between looks at red alerts: hundreds may wait, and a quarter of an hour is long


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
        self._looked: datetime | None = None  # when it last looked at red alerts
        self._lapsed = ""  # the edition over whose protocol somebody was rung

    def turn(self) -> int:
        """Do what is due now, as far as the views have followed the record; how many things that were. Raises TryLater."""
        desk = self._desk()
        rung = self._ring(desk) + self._ring_alerts(desk)  # first: whatever fails in what follows, what is red rings
        self._protocol(desk)
        back = self._reviews.turn(self._enquire().write)
        return rung + back + self._send_on() + self._owners().end_settled() + self._owed().tell()

    def _ring(self, desk: Desk) -> int:
        """The record first, then the telephone: after a crash in between it is still a task, and the next step rings."""
        chain = chain_of(desk.edition.parts["clocks"])
        query = select(matter.c.enquiry, matter.c.what, matter.c.opened_at).where(
            matter.c.kind == "mash-enquiry", matter.c.state == "open", matter.c.what.in_((RED, ""))
        )
        rung = 0
        rows = desk.store.rows(query)
        proposed = self._proposed(desk, [row["enquiry"] for row in rows if not row["what"]])
        for row in rows:
            state, history = folded(desk, row["enquiry"])
            by_rule = proposed.get(row["enquiry"]) if not state.grade else None
            if state.grade != RED and by_rule is None:
                continue
            waits = self._waits_for_the_day(desk, state, history)
            if holds(desk, state) and not waits:
                continue
            graded = next((o.envelope.known_at for o in reversed(history) if isinstance(o.fact, EnquiryGraded)), None)
            left = gone_since(desk, state.holder) if state.holder else None  # from then on it is nobody's again
            since = max(one for one in (graded, by_rule and max(by_rule, row["opened_at"]), left, waits) if one)
            try:
                facts = self._enquire().ring(row["enquiry"], since, chain, state.holder, proposed=by_rule is not None)
            except VersionConflict:
                continue  # somebody wrote to it this moment: the next turn looks again
            for one in facts:
                if isinstance(one.fact, EnquiryRung):
                    what = "red" if state.grade else "ungraded"
                    self._page(
                        row["enquiry"], f"a {what} MASH enquiry has no holder: step {one.fact.step}, {one.fact.role}"
                    )
                    rung += 1
        return rung

    @staticmethod
    def _proposed(desk: Desk, enquiries: Sequence[str]) -> dict[str, datetime]:
        """Of these MASH enquiries those that stand on an alert which the rules propose as red, and from when."""
        found: dict[str, datetime] = {}
        for row in alerts.red(desk, "in_enquiry", enquiries) if enquiries else ():
            since = alerts.red_since(desk, row)
            found[row["enquiry"]] = min(since, found.get(row["enquiry"], since))
        return found

    def _ring_alerts(self, desk: Desk) -> int:
        """The same for alerts which the rules propose as red, and which nobody has opened; one of a child at a time."""
        now, chain, rung = desk.clock.now(), chain_of(desk.edition.parts["clocks"]), 0
        if self._looked is not None and self._looked <= now < self._looked + EVERY:
            return 0
        self._looked = now
        rows = [row for row in alerts.red(desk, "open") if not alerts.with_worker(desk, row, now)]
        names = families(desk, {row["child"] for row in rows})
        first: dict[str, datetime] = {}
        for since, row in sorted(((alerts.red_since(desk, row), row) for row in rows), key=lambda one: one[0]):
            child = names[row["child"]][0]
            if child in first and since < first[child] + chain.every:
                continue  # whoever is rung over the other one meets this one beside it
            sent, late = row["forwarded_at"], row["forwarded_due"]  # it was with a worker, and is not any more
            waits = max(one for one in (since, sent, late if late and late <= now else None) if one)
            if now < waits + chain.every or self._seen_to(desk, names[row["child"]], since):
                continue
            first[child] = since
            try:
                facts = self._enquire().ring_alert(row["alert"], row["child"], waits, chain)
            except VersionConflict:
                continue
            for fact in facts:
                self._page(f"child {child[:8].upper()}", f"a red alert is not opened: step {fact.step}, {fact.role}")
                rung += 1
        return rung

    @staticmethod
    def _seen_to(desk: Desk, names: Sequence[str], since: datetime) -> bool:
        """Whether a MASH enquiry of this child is held, rings by itself, or was graded after the rules proposed red."""
        table = store.enquiry
        query = select(table.c.enquiry).where(table.c.child.in_(names), table.c.state != "decided")
        for row in desk.store.rows(query):
            state, history = folded(desk, row["enquiry"])
            graded = next((o.envelope.known_at for o in reversed(history) if isinstance(o.fact, EnquiryGraded)), None)
            if state.stage == "open" and (holds(desk, state) or state.grade == RED or (graded and graded >= since)):
                return True
        return False

    def _protocol(self, desk: Desk) -> None:
        """Ring once over a protocol under which nothing counts: its last day passes without anything being written."""
        lapsed = not_in_force(desk.edition.agreed, desk.clock.now())
        if lapsed and self._lapsed != desk.edition.id:
            self._page("protocol", lapsed)
        self._lapsed = desk.edition.id if lapsed else ""

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
