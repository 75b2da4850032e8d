"""Who is at it already, and contacts that went to them, on behalf of a person; and what goes to them by itself.

It promises that nothing goes out of sight: what waits past its time, or is passed back, is the front door's again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid5

from msgspec import Struct
from sqlalchemy import select

from hub.domain.allocation import ENDED, GROUNDS, Allocate, WorkerAllocated
from hub.domain.child import SignalCounted
from hub.domain.clocks import grade
from hub.domain.errors import AlreadyOnRecord, NotFound, Refused
from hub.domain.fact import Recorded
from hub.domain.forwarding import PASSED_BACK
from hub.domain.forwarding import stream as stream_of
from hub.domain.moments import london_day
from hub.domain.staff import StaffRegistered, may
from hub.flow.forward import Forward
from hub.views import alerts, store
from hub.views.asking import look, stamp
from hub.views.at_it import AtIt, at_it
from hub.views.desk import Desk, caught_up
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.enquiry import AllocationView, Forwarded, ForwardedRow, OpenItem
from hub.views.store import Row
from hub.views.telling import codes_of, may_know, who
from hub.views.who_is_who import families, family, survivor, survivors

NO_FORWARDING = "no such forwarding, or none that you may know of"
SELF = "service:watch"
SETTLES = timedelta(seconds=60)  # a concern that led to an alert by then goes with the alert, and not twice
ONCE = UUID(
    "6a1d6f2e-5f0c-4d6e-9d0e-3f1f0f6f4c11"
)  # namespace of forwardings that the hub makes: one for a child and message
MOST = 200


class Forwardings(Struct, frozen=True):
    """What pages and commands ask about allocated workers and contacts forwarded. `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Forward]
    settle: Callable[[], None]

    # -------------------------------------------------------------------------------------------- who is at it already

    def allocation(self, asker: Asker, child: str) -> AllocationView:
        """Who is at it for a child; and for a manager, what may be chosen. Raises NotFound, NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        child = survivor(desk, child)
        known = stamp(desk, asker)
        may_know(desk, asker, child, "allocation")
        manages = may(staff_of(desk, asker.staff).roles, "supervise")
        return AllocationView(
            child=child, stamp=known, already=tuple(_told(desk, one) for one in at_it(desk, child)),
            grounds=tuple(Choice(code, words) for code, words in GROUNDS.items()),
            ended=tuple(Choice(code, words) for code, words in ENDED.items()),
            workers=tuple(_workers(desk)) if manages else (), may_supervise=manages,
        )  # fmt: skip

    def allocate(self, asker: Asker, wish: Allocate) -> None:
        """Allocate a worker; whoever was before is no more. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "supervise")
        caught_up(desk)
        child = survivor(desk, wish.child)
        may_know(desk, asker, child, "allocation")
        member = staff_of(desk, wish.worker.strip())
        if (
            not member.active
            or "allocated_social_worker" not in member.roles
            or {*family(desk, child)} & {*member.related}
        ):
            raise Refused("Select a worker who may be allocated to this child", "worker")
        today = london_day(desk.clock.now())
        held = [one for one in family(desk, child) if one != child and self._allocated(one)]
        if held:  # under the name of whoever was merged into this child
            self.act().end_allocation(held, "transferred", asker.staff, today)
        made = Allocate(child=child, worker=member.id, since=wish.since, ground=wish.ground, by=asker.staff)
        self.act().allocate(made, member.organisation, today)
        self.settle()

    def _allocated(self, person: str) -> bool:
        rows = self.desk.store.rows(
            select(matter).where(matter.c.stream == f"allocation:{person}", matter.c.state == "allocated")
        )
        return bool(rows)

    def end_allocation(self, asker: Asker, child: str, reason: str) -> None:
        """Nobody is at it any more. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "supervise")
        caught_up(desk)
        child = survivor(desk, child)
        may_know(desk, asker, child, "allocation")
        self.act().end_allocation(family(desk, child), reason, asker.staff, london_day(desk.clock.now()))
        self.settle()

    # ------------------------------------------------------------------------------------------- contacts that went to them

    def forward(self, asker: Asker, child: str) -> str:
        """Send what waits about a child to the worker who is at it; the forwarding's id.

        Raises Refused where nobody is at it or nothing waits, NotPermitted, NotFound.
        """
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        child = survivor(desk, child)
        may_know(desk, asker, child, "forwarding")
        to = next((one for one in at_it(desk, child) if one.worker), None)
        if to is None:
            raise Refused("Nobody is at it for this child: open a MASH enquiry", "child")
        waits = [row for row in alerts.of_child(desk, child) if row["state"] == "open"]
        if not waits:
            raise Refused("Nothing waits about this child that could be forwarded", "child")
        ident = self._send(child, to, waits, (), asker.staff)
        self.settle()
        return ident

    def acknowledge(self, asker: Asker, forwarding: str) -> None:
        """The worker has it. Raises Refused for anybody else, NotPermitted, NotFound."""
        row = self._theirs(asker, forwarding)
        waiting = {one["alert"] for one in alerts.of_child(self.desk, row["child"]) if one["state"] == "open"}
        fact = self.act().forwarding(forwarding).fact
        self.act().acknowledge(
            forwarding, asker.staff, [one for one in fact.alerts if one in waiting] if fact is not None else []
        )
        self.settle()

    def pass_back(self, asker: Asker, forwarding: str, reason: str, why: str) -> None:
        """The worker passes it back: it is the front door's again. Raises Refused, NotPermitted, NotFound."""
        self._theirs(asker, forwarding)
        self.act().pass_back(forwarding, reason, why, asker.staff)
        self.settle()

    def forwarded(self, asker: Asker) -> Forwarded:
        """Contacts that went to workers: one's own, and for the front door all; those that wait first. One look."""
        desk = self.desk
        member = permitted(desk, asker, "picture")
        caught_up(desk)
        known = stamp(desk, asker)
        query = select(matter).where(matter.c.kind == "forwarding").order_by(matter.c.position.desc()).limit(MOST)
        if not may(member.roles, "screen"):
            query = query.where(matter.c.holder == asker.staff)
        rows = desk.store.rows(query)
        now = survivors(desk, [row["child"] for row in rows])
        items = [codes_of(row["stream"], now[row["child"]], row["position"]) for row in rows]
        shown = {one.item for one in look(desk, asker, items, "forwarded").shown}
        told = [self._row(asker, row, now[row["child"]]) for row in rows if row["stream"] in shown]
        return Forwarded(
            stamp=known, rows=tuple(sorted(told, key=lambda one: (one.state != "waits", one.due))),
            reasons=tuple(Choice(code, words) for code, words in PASSED_BACK.items()),
        )  # fmt: skip

    def _row(self, asker: Asker, row: Row, child: str) -> ForwardedRow:
        desk, ident = self.desk, row["stream"].partition(":")[2]
        fact = self.act().forwarding(ident).fact
        counted = alerts.signals_of_all(desk, child).values()
        named = {row["alert"] for row in alerts.of_child(desk, child)} & {*(fact.alerts if fact else ())}
        evidence = {
            s for each in alerts.of_child(desk, child) if each["alert"] in named for s in alerts.evidence_of(each)
        }
        about = [
            alerts.in_words(desk, one) for one in counted
            if one.id in evidence or (fact and one.id.partition("/")[0] in fact.messages)
        ]  # fmt: skip
        return ForwardedRow(
            forwarding=ident, child=child, state=row["state"], to=who(desk, row["holder"]),
            mine=row["holder"] == asker.staff and row["state"] == "waits", due=row["due"],
            overdue=row["state"] == "waits" and row["due"] < desk.clock.now(), at=row["opened_at"], about=tuple(about),
            why=PASSED_BACK.get(row["what"], "") if row["state"] == "passed_back" else "",
        )  # fmt: skip

    def _theirs(self, asker: Asker, forwarding: str) -> Row:
        """The row of a forwarding of whose child this person may know. Raises NotFound, NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        rows = desk.store.rows(select(matter).where(matter.c.stream == stream_of(forwarding)))
        child = survivor(desk, rows[0]["child"]) if rows else ""
        items = [codes_of(f"picture:{child}", child, 0)] if child else []
        if not look(desk, asker, items, "forwarding").shown:
            raise NotFound(NO_FORWARDING)
        return {**rows[0], "child": child}

    def _send(
        self, child: str, to: AtIt, waits: Sequence[Row], messages: Sequence[Recorded], by: str, ident: str = ""
    ) -> str:
        """Due from now on, by the most urgent of the alerts' clocks; a concern alone by the one for a decision."""
        desk, now = self.desk, self.desk.clock.now()
        grades, highest = desk.edition.parts["clocks"], max(desk.edition.continuum.numbers)
        clocks = [desk.edition.due(grade(grades, row["level"], highest), now) for row in waits]
        if messages:
            clocks.append(desk.edition.due("decision", now))
        ids = tuple(dict.fromkeys(_message(one) for one in messages))
        return self.act().forward(
            child, to.worker, to.organisation, to.ref, min(clocks), by, alerts=tuple(row["alert"] for row in waits),
            messages=ids, ident=ident,
        )  # fmt: skip

    # -------------------------------------------------------------------------------------- what goes to them by itself

    def send_on(self, after: int) -> tuple[int, int]:
        """Send on what came in for children who have a worker and waits with nobody: how much, and how far it has looked.

        Alerts at once; a concern of the record after position `after` that led to none within a minute, by itself. Once
        each, whoever comes to it. What a worker passed back, or left past its time, is the front door's and does not go
        there again by itself.
        """
        desk, sent = self.desk, 0
        settled = desk.clock.now() - SETTLES
        query = select(store.said.c.position).where(store.said.c.known_at <= settled)
        newest = desk.store.rows(query.order_by(store.said.c.position.desc()).limit(1))
        upto = max(after, newest[0]["position"] if newest else 0)
        query = select(matter.c.child).where(matter.c.kind == "allocation", matter.c.state == "allocated")
        children = {*survivors(desk, [row["child"] for row in desk.store.rows(query)]).values()}
        for child, names in families(desk, children).items():
            to = next((one for one in at_it(desk, child) if one.worker), None)
            if to is None:
                continue
            waits = [row for row in alerts.of_child(desk, child) if alerts.to_forward(row)]
            if waits:
                self._send(child, to, waits, (), SELF)
                sent += 1
            if self._spoken_of(names, after, upto):
                sent += self._send_concerns(child, to)
        return sent, upto

    def _spoken_of(self, names: Sequence[str], after: int, upto: int) -> bool:
        """Whether a worry about one of these names of a child stands on record between two positions."""
        said, about, records = store.said, store.said_about, store.source_record
        query = (
            select(said.c.position)
            .join(about, (about.c.stream == said.c.stream) & (about.c.version == said.c.version))
            .join(records, records.c.source_record == about.c.source_record)
            .where(
                records.c.person.in_(names), said.c.kind == "worry", said.c.position > after, said.c.position <= upto
            )
        )
        return bool(self.desk.store.rows(query.limit(1)))

    def _send_concerns(self, child: str, to: AtIt) -> int:
        desk, sent = self.desk, 0
        since = self._since(to)
        stood_on = {s for row in alerts.of_child(desk, child) for s in alerts.evidence_of(row)}
        found = [
            one for name in family(desk, child) for one in desk.record.load(f"child:{name}", None)
            if isinstance(one.fact, SignalCounted) and one.position > since and _is_contact(one.fact)
            and one.fact.signal.id not in stood_on
        ]  # fmt: skip
        for message in dict.fromkeys(_message(one) for one in found):
            of_it = [one for one in found if _message(one) == message]
            ident = str(uuid5(ONCE, f"{child}/{message}"))
            if not desk.record.versions([stream_of(ident)]):
                with suppress(AlreadyOnRecord):  # another turn was first
                    self._send(child, to, (), of_it, SELF, ident)
                    sent += 1
        return sent

    def _since(self, to: AtIt) -> int:
        """From which position on contacts are this worker's."""
        held = [one for one in self.desk.record.load(to.ref.partition("@")[0]) if isinstance(one.fact, WorkerAllocated)]
        mine = [one.position for one in held if isinstance(one.fact, WorkerAllocated) and one.fact.worker == to.worker]
        return mine[-1] if mine else (held[0].position if held else 0)


def _message(recorded: Recorded) -> str:
    return recorded.fact.signal.id.partition("/")[0] if isinstance(recorded.fact, SignalCounted) else ""


def _is_contact(fact: SignalCounted) -> bool:
    return fact.signal.kind == "concern" and fact.signal.relation == "own" and not fact.signal.backfill


def _told(desk: Desk, one: AtIt) -> OpenItem:
    words = who(desk, one.worker) if one.worker else ""
    return OpenItem(
        ref=one.ref,
        words=one.words,
        since=one.since,
        worker=one.worker,
        worker_words=words,
        organisation=one.organisation,
    )


def _workers(desk: Desk) -> Iterator[Choice]:
    """Everybody in the register who may be allocated to a child."""
    known: set[str] = set()
    after = 0
    while page := desk.record.read(after, 500, [StaffRegistered.NAME]):
        known |= {one.fact.staff for one in page if isinstance(one.fact, StaffRegistered)}
        after = page[-1].position
    for staff in sorted(known):
        member = staff_of(desk, staff)
        if member.active and "allocated_social_worker" in member.roles:
            yield Choice(staff, who(desk, staff))
