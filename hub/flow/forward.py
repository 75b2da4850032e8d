"""Step 8, a child whom somebody is at already: who that is, and a contact that goes to them instead of being screened again.

It promises that a contact stays the front door's until its worker says that they have it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from uuid import uuid4

from hub.domain import alert as alerts
from hub.domain import allocation, forwarding
from hub.domain.alert import DecideAlert
from hub.domain.allocation import Allocate
from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.fact import Fact, Recorded
from hub.domain.forwarding import ContactForwarded, Forwarding
from hub.flow.act import TRIES, Act, by_person
from hub.flow.report_back import report_forwarding

MOST = 50  # alerts or messages of one forwarding: lists on topics are bounded


class Forward(Act):
    """What is done with a child on whom something is open. Permission is checked by the caller."""

    def allocate(self, command: Allocate, organisation: str, today: date) -> None:
        """This worker is allocated to the child; whoever was before is no more. Raises Refused, NotFound."""
        subject = self.person(command.child)
        if subject.kind == "adult":
            raise Refused("A worker is allocated to a child: name the child", "child")
        self.append(
            allocation.stream(subject.id),
            lambda held: allocation.allocate(
                allocation.fold(subject.id, (one.fact for one in held)), command, organisation, today
            ),
            by_person(command.by),
        )

    def end_allocation(self, names: Sequence[str], reason: str, by: str, today: date) -> None:
        """Nobody is at it any more, under whichever of these names of one child it stands. Raises Refused."""
        held = [one for one in names if self._at_it(one)]

        def ending(person: str, history: list[Recorded]) -> Sequence[Fact]:
            return allocation.end(allocation.fold(person, (one.fact for one in history)), reason, by, today)

        for person in held or names[:1]:
            self.append(allocation.stream(person), partial(ending, person), by_person(by))

    def _at_it(self, person: str) -> bool:
        history = self._record.load(allocation.stream(person))
        return allocation.fold(person, (one.fact for one in history)).current is not None

    def forward(
        self, child: str, to: str, organisation: str, open_item: str, due: datetime, by: str, *,
        alerts: tuple[str, ...] = (), messages: tuple[str, ...] = (), ident: str = "",
    ) -> str:  # fmt: skip
        """A contact about this child goes to this worker, due as said (aware UTC); the forwarding's id.

        `by` is a staff id or a service. With `ident` it is written once, whoever comes to it: AlreadyOnRecord tells.
        """
        subject = self.person(child)
        fact = ContactForwarded(
            child=subject.id, alerts=alerts[:MOST], messages=messages[:MOST], to=to, organisation=organisation,
            open=open_item, due=due, forwarded_by=by,
        )  # fmt: skip
        ident = ident or str(uuid4())
        because = f"alert:{alerts[0]}@1" if alerts else ""
        told = report_forwarding(
            self._record.load, (*self._messages(alerts), *messages), child=subject.id, forwarding=ident,
            restricted=subject.restricted, by=by, now=self._clock.now(),
        )  # fmt: skip
        self.write([(forwarding.stream(ident), 0, fact), *told], by if ":" in by else by_person(by), because)
        return ident

    def _messages(self, named: Sequence[str]) -> Iterator[str]:
        """The messages that these alerts stand on."""
        for one in named:
            alert = alerts.fold(f.fact for f in self._record.load(f"alert:{one}"))
            yield from sorted({signal.partition("/")[0] for signal in alert.evidence})

    def forwarding(self, ident: str) -> Forwarding:
        """A forwarding as it stands; raises NotFound."""
        state = forwarding.fold(ident, (one.fact for one in self._record.load(forwarding.stream(ident))))
        if state.fact is None:
            raise NotFound("no such forwarding")
        return state

    def acknowledge(self, ident: str, by: str, settles: Sequence[str] = ()) -> None:
        """The worker has it: what is on record by now is theirs, and these alerts of it are settled. Raises Refused.

        Evidence that comes later raises the next alert, as after any decision of a person.
        """
        for _ in range(TRIES):
            state = self.forwarding(ident)
            at = forwarding.stream(ident)
            new: list[tuple[str, int, Fact]] = [(at, state.version, one) for one in forwarding.acknowledge(state, by)]
            for one in settles:
                held = self._record.load(f"alert:{one}")
                alert = alerts.fold(f.fact for f in held)
                wish = DecideAlert(enquiry="", decision=f"{at}@{state.version + 1}", seen=tuple(sorted(alert.evidence)))
                if alert.number and not alert.decided:
                    new += [(f"alert:{one}", len(held), fact) for fact in alerts.decide_by_person(alert, wish)]
            try:
                self.write(new, by_person(by), f"{at}@1")
            except VersionConflict:
                continue  # an alert was strengthened in between: look again
            return
        raise VersionConflict("this forwarding keeps being written to: try again")

    def pass_back(self, ident: str, reason: str, why: str, by: str) -> None:
        """The worker passes it back: it is the front door's again. Raises Refused."""
        state = self.forwarding(ident)
        forwarding.pass_back(state, reason, by)  # refused before any word is sealed
        if not why.strip():
            raise Refused("Enter in your own words why you pass it back", "why")
        child = state.fact.child if state.fact else ""
        words = (self.own_words(child, {"reason": why}),)
        self.append(
            forwarding.stream(ident),
            lambda held: forwarding.pass_back(
                forwarding.fold(ident, (one.fact for one in held)), reason, by, items=words
            ),
            by_person(by),
        )
