"""Step 8, the MASH enquiry: a person opens one, grades it, takes it, hands it over, and decides about each child.

It promises that a decision rests on what its decider had read (only at red may something be unread, and then it is named),
and that what needs two people was done by two.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import msgspec

from hub.domain import alert as alerts
from hub.domain import decision as decisions
from hub.domain import enquiry as enquiries
from hub.domain import holding, notice, planned
from hub.domain.alert import AlertRung, DecideAlert
from hub.domain.child import SignalCounted
from hub.domain.decision import Known
from hub.domain.enquiry import (
    RED,
    Answered,
    ClosingProposed,
    Decide,
    Enquiry,
    EnquiryChildAdded,
    EnquiryDecided,
    EnquiryOpened,
    OpenEnquiry,
    UnseenRead,
    check_adding,
    check_opening,
)
from hub.domain.errors import AlreadyOnRecord, NotFound, Refused, VersionConflict
from hub.domain.fact import Fact, Recorded
from hub.domain.holding import Chain
from hub.domain.item import Sealed
from hub.domain.late import Proposal
from hub.domain.notice import NoticeSent
from hub.domain.person import survivor
from hub.flow.act import TRIES, Act, Stale, by_person
from hub.flow.report_back import about, report_decision
from hub.ports import Clock, Keys, Record, Vault

CAME_SINCE = "Something came in since this closing was proposed: send it back, so that it is decided anew"
Due = Callable[[str, datetime], datetime]  # (id of a clock, its start) -> when it runs out, aware UTC
Worries = Callable[[Iterable[str]], Sequence[tuple[int, str]]]
Wish = Callable[[Enquiry, list[Recorded]], Sequence[tuple[str, int, Fact]]]  # stream, version before it, fact


class Read(NamedTuple):
    """Of what was said and stood before a decider: what they had opened by then, and what not; as "message:...@1"."""

    opened: tuple[str, ...] = ()
    not_opened: tuple[str, ...] = ()


NOTHING_READ = Read()


def _nothing(_records: Iterable[str]) -> Sequence[tuple[int, str]]:
    return ()


class Enquire(Act):
    """What a person may do with a MASH enquiry. Permission, and that they may know of the child, is checked by the caller.

    `worries` gives the concerns that stand about whom these source records are, counted or not: (position, message).
    """

    def __init__(
        self, *, record: Record, vault: Vault, keys: Keys, clock: Clock, edition: str, hub: str,
        worries: Worries = _nothing,
    ) -> None:  # fmt: skip
        super().__init__(record=record, vault=vault, keys=keys, clock=clock, edition=edition, hub=hub)
        self._worries = worries

    def enquiry(self, enquiry: str) -> tuple[Enquiry, list[Recorded]]:
        """A MASH enquiry and its facts; raises NotFound."""
        history = self._record.load(enquiries.stream(enquiry))
        state = enquiries.fold(enquiry, (recorded.fact for recorded in history))
        if not state.version:
            raise NotFound("no such MASH enquiry")
        return state, history

    # ------------------------------------------------------------------------------------------------- the children

    def open_enquiry(self, command: OpenEnquiry, already: tuple[str, ...] = ()) -> str:
        """Open a MASH enquiry about one child or several on a recorded ground; its id. Raises Refused, NotFound.

        `already` names what is open on them: then the command must say why it is opened all the same.
        """
        check_opening(command, already)
        subjects = list(dict.fromkeys(self._child(one) for one in (command.child, *command.children)))
        came = self._contact(command.alerts, subjects)
        whose = {one: survivor(one.partition(":")[0], self._load_person) for one in command.alerts}
        identity = str(uuid4())
        at = enquiries.stream(identity)
        words = self.own_words(subjects, {"reason": command.reason, "anyway": command.anyway if already else ""})
        fact = EnquiryOpened(
            child=subjects[0], alerts=tuple(one for one in command.alerts if whose[one] == subjects[0]),
            ground=command.ground, opened_by=command.by, team=(command.by,), items=(words,), already=already,
            received=came or self._clock.now(),
        )  # fmt: skip
        new: list[tuple[str, int, Fact]] = [(at, 0, fact)]
        for number, child in enumerate(subjects[1:], 1):
            theirs = tuple(one for one in command.alerts if whose[one] == child)
            new.append((at, number, EnquiryChildAdded(child=child, alerts=theirs, added_by=command.by)))
        self.write(new, by_person(command.by), f"alert:{command.alerts[0]}@1" if command.alerts else "")
        return identity

    def add_child(
        self, enquiry: str, child: str, alerts: tuple[str, ...], reason: str, by: str, *, anyway: str = "",
        already: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """A further child is part of it. Raises Refused, NotFound."""

        def wish(state: Enquiry, _history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            subject = self._child(child)
            if subject in {self.person(one).id for one in state.children}:
                raise Refused("This child is part of the MASH enquiry already", "child")
            check_adding(state, subject, reason, anyway, already)
            self._contact(alerts, [subject])
            words = self.own_words(subject, {"reason": reason, "anyway": anyway if already else ""})
            fact = EnquiryChildAdded(child=subject, alerts=alerts, added_by=by, already=already, items=(words,))
            return [(enquiries.stream(enquiry), state.version, fact)]

        self._on(enquiry, wish, by)

    def _child(self, person: str) -> str:
        subject = self.person(person)
        if subject.kind == "adult":
            raise Refused("A MASH enquiry is about a child: open it about the child whom you worry for", "child")
        return subject.id

    def _contact(self, named: Iterable[str], subjects: Sequence[str]) -> datetime | None:
        """When the earliest of these alerts' contacts was received; raises NotFound for one about nobody of these."""
        came = []
        for one in named:
            whose = survivor(one.partition(":")[0], self._load_person)  # an alert keeps the name it was raised under
            history = self._record.load(f"alert:{one}")
            if whose not in subjects or not history:
                raise NotFound("no such alert about this child")
            message = self._record.load(f"message:{history[0].envelope.journey}", upto=1)
            came.append((message or history)[0].envelope.received)
        return min(came, default=None)

    # ------------------------------------------------------------------------------------------- grade, and who holds it

    def grade(
        self, enquiry: str, grade: str, grades: Sequence[str], due: Due, reason: str, by: str, *,
        senders: Sequence[tuple[str, str, str]] = (), telephone: str = "", guarded: bool = False,
    ) -> None:  # fmt: skip
        """Grade it; `grades` are the partnership's, `due` its clocks. Raises Refused, NotFound.

        At red whoever sent what it is about (`senders`: organisation, setting, message) gets a receipt in the same
        transaction, with the clock and the telephone number of the front door; `guarded`, with that number alone.
        """

        def wish(state: Enquiry, history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            received = state.received or history[0].envelope.known_at
            runs_out = due(grade, received) if grade in grades else received
            fact = holding.graded(state, grade, grades, received=received, due=runs_out, reason=reason, by=by)
            words = self.own_words(state.children, {"reason": reason})
            new: list[tuple[str, int, Fact]] = [
                (enquiries.stream(enquiry), state.version, msgspec.structs.replace(fact, items=(words,)))
            ]
            number = ("telephone", telephone)
            codes = (number,) if guarded else (("grade", grade), ("due", fact.due.isoformat()), number)
            for organisation, setting, message in senders if grade == RED else ():
                receipt = NoticeSent(
                    organisation=organisation, setting=setting, kind="receipt", about=message, child=state.child,
                    enquiry=enquiry, codes=codes, sent_by=by,
                )  # fmt: skip
                new.append((notice.stream(str(uuid4())), 0, receipt))
            return new

        self._on(enquiry, wish, by)

    def claim(self, enquiry: str, by: str) -> None:
        """Take it. Raises Refused while somebody else holds it."""
        self._hold(enquiry, lambda state: holding.claim(state, by), by)

    def assign(self, enquiry: str, to: str, by: str) -> None:
        """A manager gives it to somebody. Raises Refused."""
        self._hold(enquiry, lambda state: holding.assign(state, to, by), by)

    def offer(self, enquiry: str, to: str, why: str, by: str, *, supervises: bool) -> None:
        """Hand it over at the end of a shift: it waits until the other accepts. Raises Refused."""

        def wish(state: Enquiry) -> Sequence[Fact]:
            if not why.strip():
                raise Refused("Enter what the next one must know", "why")
            holding.offer(state, to, by, supervises=supervises)  # refused before any word is sealed
            words = (self.own_words(state.children, {"hand_over": why}),)
            return holding.offer(state, to, by, supervises=supervises, items=words)

        self._hold(enquiry, wish, by)

    def accept(self, enquiry: str, by: str, *, front_door: bool = False) -> None:
        """Take over what one, or with `front_door` whoever of it comes first, was asked to. Raises Refused."""
        self._hold(enquiry, lambda state: holding.accept(state, by, front_door=front_door), by)

    def end_offer(self, enquiry: str, by: str, *, supervises: bool) -> None:
        """Decline a hand-over, or take it back. Raises Refused."""
        self._hold(enquiry, lambda state: holding.end_offer(state, by, supervises=supervises), by)

    def leave(self, enquiry: str, staff: str, why: str, by: str, *, on_it: bool, supervises: bool) -> None:
        """Somebody's part in it ended: its room opens nothing to them from now on. Raises Refused."""
        self._hold(
            enquiry, lambda state: holding.leave(state, staff, why, by, on_it=on_it, supervises=supervises), by
        )  # fmt: skip

    def ring(
        self, enquiry: str, since: datetime, chain: Chain, gone: str = "", by: str = "service:watch", *,
        proposed: bool = False,
    ) -> list[Recorded]:  # fmt: skip
        """Ring whoever is next while a red one waits unclaimed: at most one step, each once. [] where nothing is due.

        `gone` is a holder who cannot hold it any more; `proposed`: the rules propose red.
        """
        state, _ = self.enquiry(enquiry)
        facts = holding.ring(state, since, chain, self._clock.now(), gone, proposed=proposed)
        at = enquiries.stream(enquiry)
        return self.write([(at, state.version, fact) for fact in facts], by, f"{at}@{state.version}") if facts else []

    def ring_alert(
        self, alert: str, child: str, since: datetime, chain: Chain, by: str = "service:watch"
    ) -> list[AlertRung]:  # fmt: skip
        """The same over an alert that nobody has opened. Raises VersionConflict where another was quicker."""
        at = alerts.ring_stream(alert)
        held = self._record.load(at)
        rung = [(one.fact, one.envelope.known_at) for one in held if isinstance(one.fact, AlertRung)]
        facts = holding.ring_alert(child, rung, since, chain, self._clock.now())
        if facts:
            self.write([(at, len(held), fact) for fact in facts], by, f"alert:{alert}@1")
        return facts

    def _hold(self, enquiry: str, decide: Callable[[Enquiry], Sequence[Fact]], by: str) -> None:
        def wish(state: Enquiry, _history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            return [(enquiries.stream(enquiry), state.version, fact) for fact in decide(state)]

        self._on(enquiry, wish, by)

    # ------------------------------------------------------------------------------------------------- the decision

    def decide(
        self, enquiry: str, command: Decide, known: Callable[[], Known], suggested: Collection[Proposal], basis: str = "",
        read: Read = NOTHING_READ,
    ) -> tuple[str, ...]:  # fmt: skip
        """Decide about a child, and with it the alerts that it was opened for; why it waits for a manager, () if it stands.

        `known` gathers what it rests on, anew at each try; `suggested` what
        rules had proposed to the decider, `read` what the decider had opened of what there was. Not
        one of the streams that it looked at may move before it is on record: then it is looked at again.

        Raises Refused naming the answer that is missing, and Stale when facts about the child came in after
        `command.seen_position` (the record's position when the page was read; one that the record has not reached was
        never read). At red it stands all the same, and names what nobody had read: not where it closes.
        """
        if command.seen_position > self._record.position():
            raise Refused("Open the page of the MASH enquiry again: this one was not read from the record", "seen")
        waits: tuple[str, ...] = ()

        def wish(state: Enquiry, _history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            nonlocal waits
            asked = msgspec.structs.replace(command, child=self._named(state, command.child))
            now = known()
            child = decisions.check_decision(state, asked, now)
            waits = decisions.managers_for(asked, now)
            news = [one for one in self._counted(child) if one.position > command.seen_position]
            closes = asked.outcome in decisions.CLOSES  # a closing is never so urgent that it may go unread
            if news and (closes or state.grade != RED):
                raise Stale([one.position for one in news])
            fact = self._answer(state, child, asked, now, news, suggested, basis, waits, read)
            if isinstance(fact, ClosingProposed):
                return [(enquiries.stream(enquiry), state.version, fact)]
            return self._settled(state, fact, state.version, _signals(news))

        self._on(enquiry, wish, command.by, lambda state: self._looked_at(state, command.child, command.acting))
        return waits

    def approve(self, enquiry: str, child: str, by: str, known: Callable[[], Known]) -> None:
        """A manager agrees to a closing: it stands. Raises Refused for who proposed it, and where something came in since,
        or what another organisation had accepted is open no more.
        """

        def wish(state: Enquiry, history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            named, proposal = self._proposal(state, history, child)
            agreed = decisions.approve(state, named, proposal, by, known())
            if any(one.position > proposal.seen_position for one in self._counted(named)):
                raise Refused(CAME_SINCE, "stale")
            fact = EnquiryDecided(**{name: getattr(proposal, name) for name in Answered.__struct_fields__})
            fact = msgspec.structs.replace(fact, approved_by=by, more=_more(state, named))
            new = self._settled(state, fact, state.version + 1, frozenset())
            return [(enquiries.stream(enquiry), state.version, agreed), *new]

        def looked_at(state: Enquiry) -> dict[str, int]:
            waits = state.waiting.get(self._named(state, child), 0)
            proposal = self._record.load(enquiries.stream(enquiry), upto=waits)[-1].fact if waits else None
            return self._looked_at(state, child, getattr(proposal, "acting", ""))

        self._on(enquiry, wish, by, looked_at)

    def _looked_at(self, state: Enquiry, child: str, acting: str) -> dict[str, int]:
        """The streams that a decision about this child rests on, each with its version now: what counts for the child,
        who the child is, and what another organisation has accepted.
        """
        named = self._named(state, child) or (state.children[0] if len(state.children) == 1 else "")
        names = dict.fromkeys((named, self.person(named).id)) if named in state.children else {}
        streams = [*(f"{kind}:{one}" for one in names for kind in ("child", "person")), *([acting] if acting else ())]
        held = self._record.versions(streams)
        return {stream: held.get(stream, 0) for stream in streams}

    def plan_done(self, enquiry: str, child: str, action: str, by: str) -> None:
        """An action of the plan that was decided for a child is done. Raises Refused, NotFound."""
        self._hold(enquiry, lambda state: planned.do(state, self._named_in_plan(state, child), action, by), by)

    def plan_reopen(self, enquiry: str, child: str, action: str, by: str) -> None:
        """It is not done after all. Raises Refused, NotFound."""
        self._hold(enquiry, lambda state: planned.undo(state, self._named_in_plan(state, child), action, by), by)

    def _named_in_plan(self, state: Enquiry, child: str) -> str:
        """The name under which a plan was decided for this child, who may have been merged since."""
        names = [one for one in state.plans if child in {one, self.person(one).id}] if child else [*state.plans]
        return names[0] if names and (child or len(names) == 1) else ""

    def send_back(self, enquiry: str, child: str, why: str, by: str, *, supervises: bool) -> None:
        """A manager does not agree, or who proposed it takes it back. Raises Refused."""

        def wish(state: Enquiry, history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            if not why.strip():
                raise Refused("Enter in your own words why", "why")
            named, proposal = self._proposal(state, history, child)
            words = (self.own_words(named, {"reason": why}),)
            fact = decisions.send_back(state, named, proposal, by, words, supervises=supervises)
            return [(enquiries.stream(enquiry), state.version, fact)]

        self._on(enquiry, wish, by)

    def read_unseen(self, enquiry: str, child: str, by: str) -> None:
        """Somebody has read what had come in unseen at red. Raises Refused where nothing waits to be read."""

        def wish(state: Enquiry, _history: list[Recorded]) -> Sequence[tuple[str, int, Fact]]:
            named = self._named(state, child)
            if named not in state.unseen:
                raise Refused("Nothing waits to be read for this child", "child")
            fact = UnseenRead(child=named, positions=state.unseen[named], read_by=by)
            return [(enquiries.stream(enquiry), state.version, fact)]

        self._on(enquiry, wish, by)

    def _answer(
        self, state: Enquiry, child: str, command: Decide, known: Known, news: Sequence[Recorded],
        suggested: Collection[Proposal], basis: str, waits: tuple[str, ...], read: Read,
    ) -> EnquiryDecided | ClosingProposed:  # fmt: skip
        unread = _signals(news)
        held = [alerts.fold(f.fact for f in self._alert(one)) for one in self._alerts_of(state, child)]
        words = {
            "reason": command.reason, "why_not_told": command.why_not_told or "", "why_no_view": command.why_no_view,
        }  # fmt: skip
        items: tuple[Sealed, ...] = (self.own_words(child, words),)
        if command.view != "not_obtained":
            items = (*items, self.own_words(child, {"voice": command.child_view}, "voice"))
        kind = ClosingProposed if waits else EnquiryDecided
        return kind(
            child=child, level=command.level or 0, suggested=max((one.level for one in suggested), default=None),
            suggested_by=tuple(sorted(set(suggested), key=lambda one: (-one.level, one.rule, one.version))),
            agrees=bool(command.agrees), outcome=command.outcome, actions=command.actions,
            family_told=bool(command.family_told), seen_position=command.seen_position, decided_by=command.by, items=items,
            evidence=tuple(sorted({one for alert in held for one in alert.evidence} - unread)),
            weighed=command.weighed, basis=basis, view=command.view, seen=command.seen,
            seen_by=command.seen_by if command.seen != "not_seen" else "",
            seen_on=command.seen_on if command.seen != "not_seen" else None, plan=command.plan, grade=state.grade,
            unseen=tuple(one.position for one in news), managers=waits, more=_more(state, child),
            strategy=known.strategy if command.outcome == "section_47" else "",
            acting=command.acting if command.outcome == "other_organisation" else "",
            opened=read.opened, not_opened=read.not_opened,
        )  # fmt: skip

    def _settled(
        self, state: Enquiry, fact: EnquiryDecided, after: int, unread: frozenset[str]
    ) -> list[tuple[str, int, Fact]]:
        """The decision, and what it settles of the child's alerts: not one that gathered what nobody has read yet."""
        at = enquiries.stream(state.id)
        new: list[tuple[str, int, Fact]] = [(at, after, fact)]
        records = self.person(fact.child).source_records
        new += report_decision(
            self._record.load, self._counted(fact.child), child=fact.child, enquiry=state.id, outcome=fact.outcome,
            evidence=fact.evidence, upto=fact.seen_position, restricted=self.person(fact.child).restricted,
            by=fact.decided_by, now=self._clock.now(),
            worries=about(self._record.load, self._worries(records), records),
        )  # fmt: skip
        settles = DecideAlert(enquiry=state.id, decision=f"{at}@{after + 1}", seen=fact.evidence)
        for one in self._alerts_of(state, fact.child):
            held = self._alert(one)
            alert = alerts.fold(f.fact for f in held)
            if not alert.decided and not alert.evidence & unread:
                new += [(f"alert:{one}", len(held), f) for f in alerts.decide_by_person(alert, settles)]
        return new

    def _proposal(self, state: Enquiry, history: list[Recorded], child: str) -> tuple[str, Answered]:
        """The closing that waits for this child, under the name that the MASH enquiry has for them."""
        named = self._named(state, child)
        version = state.waiting.get(named, 0)
        proposal = history[version - 1].fact if version else None
        if not isinstance(proposal, ClosingProposed):
            raise Refused("No closing for this child waits for a manager", "child")
        return named, proposal

    def _named(self, state: Enquiry, child: str) -> str:
        """The name under which the MASH enquiry has this child, who may have been merged with somebody since.

        Of two names that are one child by now: the one that is still to be decided.
        """
        names = [one for one in state.children if child in {one, self.person(one).id}] if child else []
        return next((one for one in names if one not in state.decided), names[0] if names else child)

    def _counted(self, child: str) -> list[Recorded]:
        """What counts for a child, in order: a merge since may have moved it to another name, or from it."""
        names = dict.fromkeys((child, self.person(child).id))
        counted = (recorded for name in names for recorded in self._record.load(f"child:{name}"))
        return sorted(counted, key=lambda one: one.position)

    def _alerts_of(self, state: Enquiry, child: str) -> list[str]:
        now = self.person(child).id
        return [one for one in state.alerts if survivor(one.partition(":")[0], self._load_person) == now]

    def _alert(self, alert: str) -> list[Recorded]:
        return self._record.load(f"alert:{alert}")

    def _on(
        self, enquiry: str, wish: Wish, by: str, rests_on: Callable[[Enquiry], Mapping[str, int]] = lambda _state: {}
    ) -> None:
        """Load, decide, append; again when somebody else was faster, also on a stream that it only `rests_on`: these are
        noted before they are read, so that whatever comes in after the reading is a conflict.
        """
        for _ in range(TRIES):
            state, history = self.enquiry(enquiry)
            unmoved = rests_on(state)
            new = list(wish(state, history))
            if not new:
                return
            try:
                self.write(new, by_person(by), f"{enquiries.stream(enquiry)}@1", unmoved)
            except (VersionConflict, AlreadyOnRecord):
                continue  # somebody else was faster, or an alert was strengthened in between: look again
            return
        raise VersionConflict("this MASH enquiry keeps being written to: try again")


def _signals(facts: Iterable[Recorded]) -> frozenset[str]:
    return frozenset(one.fact.signal.id for one in facts if isinstance(one.fact, SignalCounted))


def _more(state: Enquiry, child: str) -> int:
    return len([one for one in state.undecided if one != child])
