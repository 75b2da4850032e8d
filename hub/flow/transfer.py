"""Step 8, a child who moves to another partnership: proposed, taken back, answered; and one who comes from another hub.

It promises that the other side's yes closes here, in one transaction, what help was open here, and that nothing else does.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import uuid4

from hub.domain import allocation, notice
from hub.domain import help as helping
from hub.domain import help_plan as plans
from hub.domain import lead as leads
from hub.domain import offer as offers
from hub.domain import transfer as transfers
from hub.domain.allocation import AllocationEnded
from hub.domain.errors import AlreadyOnRecord, NotFound, Refused, VersionConflict
from hub.domain.fact import Fact
from hub.domain.help import Help, HelpEnded, StepTakenBack
from hub.domain.help_plan import PlanClosed
from hub.domain.lead import LeadEnded, LeadTakenBack
from hub.domain.notice import NoticeSent
from hub.domain.offer import OfferEnded
from hub.domain.staff import Staff
from hub.domain.transfer import (
    Incoming,
    Letter,
    Outgoing,
    TransferAnswered,
    TransferDeclined,
    TransferProposed,
    TransferReceived,
    TransferTakenBack,
    TransferTakenOn,
    TransferWithdrawn,
)
from hub.flow.act import TRIES, Act, by_person

New = list[tuple[str, int, Fact]]
USED = "This letter names a move of another hub's: ask the other hub to propose it anew"
WAITS = "A move waits for its answer already: take it back first, or wait"
NOT_THERE = "no such move, or none that you may know of"


class Transfers(Act):
    """What is done about moves. Permission, and that they may know of the child, is checked by the caller."""

    def out(self, person: str, ident: str) -> Outgoing:
        """One of ours, as it stands."""
        held = self._record.load(transfers.stream(person, ident))
        return transfers.fold_out(person, ident, (one.fact for one in held))

    def incoming(self, origin: str, ident: str) -> Incoming:
        """One of another hub's, as it stands."""
        held = self._record.load(transfers.stream_in(origin, ident))
        state = transfers.fold_in(origin, ident, (one.fact for one in held))
        level = self._record.load(helping.stream(state.child)) if state.step else []
        return transfers.answered_by(state, (one.fact for one in level))

    def propose(self, child: str, to: str, level: int, theirs: tuple[int, bool], due: datetime, by: str) -> str:
        """Ask another hub to take a child on; the id. Its organisation gets a notice in the same transaction.

        Raises Refused where a move of the child waits, also one that somebody proposed at the same moment.
        """
        ident = self._next(child)
        fact = TransferProposed(
            child=child, transfer=ident, to=to, level=level, theirs=theirs[0], chosen=theirs[1], due=due, proposed_by=by
        )
        told = NoticeSent(
            organisation=to, kind="case_transferred", about=ident, child=child, sent_by=by,
            codes=(("level", str(theirs[0])), ("due", due.isoformat())),
        )  # fmt: skip
        try:
            self.write(
                [(transfers.stream(child, ident), 0, fact), (notice.stream(str(uuid4())), 0, told)], by_person(by)
            )  # fmt: skip
        except AlreadyOnRecord:
            raise Refused(WAITS, "to") from None
        return ident

    def _next(self, child: str) -> str:
        """The id of the child's next move. Raises Refused while one waits."""
        number = 0
        while (state := self.out(child, transfers.ident_of(self._hub, child, number))).state != "none":
            if state.state == "waits":
                raise Refused(WAITS, "to")
            number += 1
        return state.id

    def take_back(self, person: str, ident: str, child: str, by: str, *, screens: bool) -> None:
        """Nobody waits for the answer any more. Raises Refused."""

        def facts() -> New:
            state = self.out(person, ident)
            transfers.check_take_back(state, by, screens=screens)
            fact = TransferTakenBack(child=child, transfer=ident, by=by)
            return [(transfers.stream(person, ident), state.version, fact)]

        self._on(facts, by_person(by))

    def answered(
        self,
        person: str,
        names: Sequence[str],
        open_plans: Sequence[str],
        others: Sequence[str],
        letter: Letter,
        key: str,
        today: date,
        by: str,
        *,
        above: bool,
    ) -> bool:
        """The other hub's answer; a yes closes here what was open, with these plans of help (their streams).

        It takes back what else waits of `others`, the child's moves (their streams). `above`: the level now is above the
        lowest, by whichever fact. False where it was answered, or taken back, before.
        """
        came = False

        def facts() -> New:
            nonlocal came
            state = self.out(person, letter.transfer)
            came = state.state == "waits"
            if not came:
                return []
            fact = TransferAnswered(
                child=names[0], transfer=letter.transfer, accepted=bool(letter.accepted), reason=letter.reason, key=key,
                received_by=by,
            )  # fmt: skip
            this = transfers.stream(person, letter.transfer)
            if not letter.accepted:
                return [(this, state.version, fact)]
            back = self._back([one for one in others if one != this], names[0], by)
            closed = [*self._closed(names, today, by, above=above), *self._plans(open_plans, by)]
            return [(this, state.version, fact), *back, *closed]

        self._on(facts, by_person(by))
        return came

    def _back(self, streams: Sequence[str], child: str, by: str) -> New:
        """Moves of the same child that wait elsewhere, taken back."""
        new: New = []
        for stream in streams:
            _, person, ident = stream.split(":")
            state = self.out(person, ident)
            if state.state == "waits":
                new.append((stream, state.version, TransferTakenBack(child=child, transfer=ident, by=by)))
        return new

    def _closed(self, names: Sequence[str], today: date, by: str, *, above: bool) -> New:
        """Everything that was open of this child's help, ended because they moved away."""
        new: New = []
        # a level that a MASH decision set lies on no record of steps: the end is written to the first one's
        decided = above and not any(self._level(name).level for name in names)
        for name in names:
            new += self._level_ends(name, by, decided=decided and name == names[0])
            state = offers.fold(name, (one.fact for one in self._record.load(offers.stream(name))))
            going = [one for one in (state.held or {}).values() if one.state in {"offered", "accepted"}]
            for number, one in enumerate(going):
                gone = OfferEnded(child=name, offer=one.made.offer, how="moved_away", ended_by=by, author="", place="")
                new.append((offers.stream(name), state.version + number, gone))
            lead = leads.fold(name, (one.fact for one in self._record.load(leads.stream(name))))
            after = lead.version
            if lead.asked is not None:
                back = LeadTakenBack(child=name, to=lead.asked.to, by=by)
                new.append((leads.stream(name), after, back))
                after += 1
            if lead.current is not None:
                left = LeadEnded(child=name, lead=lead.current.lead, reason="moved_away", ended_by=by)
                new.append((leads.stream(name), after, left))
            held = self._record.load(allocation.stream(name))
            worker = allocation.fold(name, (one.fact for one in held)).current
            if worker is not None:
                freed = AllocationEnded(
                    child=name, worker=worker.worker, ended=today, reason="transferred", ended_by=by
                )
                new.append((allocation.stream(name), len(held), freed))
        return new

    def _plans(self, streams: Sequence[str], by: str) -> New:
        """Plans of help close with the move; nobody here looks at their outcome again."""
        new: New = []
        for stream in streams:
            state = plans.fold("", (one.fact for one in self._record.load(stream)))
            if state.made is not None and state.closed is None:
                fact = PlanClosed(child=state.made.child, reason="moved_away", closed_by=by, reviews=())
                new.append((stream, state.version, fact))
        return new

    def _level(self, name: str) -> Help:
        return helping.fold(name, (one.fact for one in self._record.load(helping.stream(name))))

    def _level_ends(self, name: str, by: str, *, decided: bool) -> New:
        state = self._level(name)
        stream, version = helping.stream(name), state.version
        new: New = []
        if state.asked is not None:
            new.append((stream, version, StepTakenBack(child=name, step=state.asked.step, by=by)))
            version += 1
        if state.level or decided:
            new.append((stream, version, HelpEnded(child=name, reason="moved_away", ended_by=by)))
        return new

    # ------------------------------------------------------------------------------------------------- from another hub

    def received(self, letter: Letter, key: str, by: str, hubs: Sequence[str] = ()) -> bool:
        """Another hub asks; False where its letter had come before. Raises Refused where one of `hubs` has used the id."""
        fact = TransferReceived(
            origin=letter.origin, transfer=letter.transfer, number=letter.number, name=letter.name,
            descriptor=letter.descriptor, means=letter.means, suggested=letter.suggested,
            due=letter.due or letter.written, key=key, received_by=by,
        )  # fmt: skip
        others = {transfers.stream_in(one, letter.transfer): 0 for one in hubs if one != letter.origin}
        try:
            self.write([(transfers.stream_in(letter.origin, letter.transfer), 0, fact)], by_person(by), unmoved=others)
        except AlreadyOnRecord:
            return False
        except VersionConflict:
            raise Refused(USED, "letter") from None
        return True

    def withdrawn(self, letter: Letter, by: str) -> bool:
        """Another hub takes it back; False where it did not wait any more. Raises NotFound."""
        came = False

        def facts() -> New:
            nonlocal came
            state = self.incoming(letter.origin, letter.transfer)
            if state.received is None:
                raise NotFound(NOT_THERE)
            came = state.state in {"waits", "asked"}
            if not came:
                return []
            stream = transfers.stream_in(letter.origin, letter.transfer)
            return [(stream, state.version, TransferWithdrawn(received_by=by)), *self._unasked(state, by)]

        self._on(facts, by_person(by))
        return came

    def _unasked(self, state: Incoming, by: str) -> New:
        """Whoever is asked to take the child on need not answer any more."""
        level = self._level(state.child)
        if state.state != "asked" or level.asked is None or level.asked.step != state.step:
            return []
        back = StepTakenBack(child=state.child, step=state.step, by=by)
        return [(helping.stream(state.child), level.version, back)]

    def taken_on(self, origin: str, ident: str, child: str, by: str) -> Callable[[str], New]:
        """What is written with the step by which somebody is asked to take the child on. Raises Refused, when called."""

        def beside(step: str) -> New:
            state = self.incoming(origin, ident)
            transfers.check_answer(state)
            fact = TransferTakenOn(child=child, step=step, by=by)
            return [(transfers.stream_in(origin, ident), state.version, fact)]

        return beside

    def take_on(self, origin: str, ident: str, child: str, member: Staff) -> None:
        """We take on a child whom somebody has here already: nobody is asked. Raises Refused."""
        self._answer(origin, ident, member, lambda _: TransferTakenOn(child=child, step="", by=member.id))

    def decline(self, origin: str, ident: str, reason: str, member: Staff) -> None:
        """We say no. Raises Refused."""

        def fact(state: Incoming) -> Fact:
            transfers.check_decline(state, reason)
            return TransferDeclined(reason=reason, by=member.id)

        self._answer(origin, ident, member, fact)

    def _answer(self, origin: str, ident: str, member: Staff, fact: Callable[[Incoming], Fact]) -> None:
        def facts() -> New:
            state = self.incoming(origin, ident)
            transfers.check_answer(state)
            return [(transfers.stream_in(origin, ident), state.version, fact(state))]

        self._on(facts, by_person(member.id))

    def _on(self, facts: Callable[[], New], by: str) -> None:
        for _ in range(TRIES):
            new = facts()
            if not new:
                return
            try:
                self.write(new, by)
            except VersionConflict:
                continue
            return
        raise VersionConflict("this move keeps being written to: try again")
