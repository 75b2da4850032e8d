"""Step 8, the level of a child's help: a step proposed, accepted by the other side, declined, renewed, ended.

It promises that a level moves by the other side's yes alone, and that the notice which tells them goes with the question.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import uuid4

from hub.domain import help as helping
from hub.domain import notice
from hub.domain.enquiry import FRONT_DOOR
from hub.domain.errors import VersionConflict
from hub.domain.fact import Fact
from hub.domain.help import (
    Direction,
    Help,
    HelpEnded,
    HelpRenewed,
    Propose,
    StepAccepted,
    StepDeclined,
    StepProposed,
    StepTakenBack,
)
from hub.domain.item import Sealed
from hub.domain.notice import NoticeSent
from hub.flow.act import TRIES, Act, by_person

New = list[tuple[str, int, Fact]]


class Levels(Act):
    """What is done about the level of a child's help. `names` are everybody held to be this child, the one that stayed first.

    Permission, and that they may know of the child, is checked by the caller.
    """

    def state(self, person: str) -> Help:
        """One record, as it stands."""
        return helping.fold(person, (one.fact for one in self._record.load(helping.stream(person))))

    def asked(self, names: Sequence[str]) -> Help:
        """The record by which somebody is asked now; else the first one's."""
        states = [self.state(name) for name in names]
        return next((one for one in states if one.asked is not None), states[0])

    def limited(self, names: Sequence[str]) -> Help:
        """The record that has help of a limited time: the one that ends last; else the first one's."""
        held = [one for one in map(self.state, names) if one.until is not None]
        return max(held, key=lambda one: one.until or date.min, default=self.state(names[0]))

    def propose(
        self, names: Sequence[str], wish: Propose, before: int, organisation: str, setting: str, due: datetime,
        check: Callable[[Help], tuple[Direction, str, str]], beside: Callable[[str], New] = lambda _: [],
    ) -> str:  # fmt: skip
        """Ask somebody to take the child on; the step's id. `check` is asked with the record as it stands. Raises Refused.

        `beside` gives what else is written in the same transaction, by the step's id.
        """
        ident = str(uuid4())

        def facts() -> New:
            direction, called, clause = check(self.asked(names))
            fact = StepProposed(
                child=names[0], step=ident, before=before, level=wish.level or before, direction=direction, called=called,
                clause=clause, evidence=wish.evidence, to=wish.to, organisation=organisation, setting=setting, due=due,
                proposed_by=wish.by, ground=wish.ground, items=(self.own_words(names[0], {"reason": wish.why}),),
            )  # fmt: skip
            new: New = [(helping.stream(names[0]), self.state(names[0]).version, fact)]
            if wish.to != FRONT_DOOR:
                told = NoticeSent(
                    organisation=organisation, setting=setting, kind="step_proposed", about=ident, child=names[0],
                    due=due, sent_by=wish.by,
                )  # fmt: skip
                new.append((notice.stream(str(uuid4())), 0, told))
            return new + beside(ident)

        self._on(facts, wish.by)
        return ident

    def accept(
        self, names: Sequence[str], by: str, check: Callable[[Help], StepProposed], until: Callable[[int], date | None]
    ) -> None:
        """The other side has it: other records of the same child end with it. Raises Refused."""

        def facts() -> New:
            state = self.asked(names)
            step = check(state)
            fact = StepAccepted(
                child=names[0], step=step.step, level=step.level, accepted_by=by, until=until(step.level)
            )
            new: New = []  # other records end first: what was accepted is the newest of all
            for other in map(self.state, names):
                if other.person != state.person and other.level:
                    ended = HelpEnded(child=other.person, reason="other_record", ended_by=by)
                    new.append((helping.stream(other.person), other.version, ended))
            new.append((helping.stream(state.person), state.version, fact))
            return new

        self._on(facts, by)

    def decline(
        self, names: Sequence[str], reason: str, why: str, by: str, check: Callable[[Help], StepProposed]
    ) -> None:
        """Say no: the level stays. Raises Refused."""

        def facts() -> New:
            state = self.asked(names)
            step = check(state)
            fact = StepDeclined(
                child=names[0], step=step.step, reason=reason, declined_by=by, items=self._said(names[0], why)
            )
            return [(helping.stream(state.person), state.version, fact)]

        self._on(facts, by)

    def take_back(self, names: Sequence[str], by: str, *, screens: bool) -> None:
        """Nobody waits for the answer any more. Raises Refused."""

        def facts() -> New:
            state = self.asked(names)
            step = helping.check_take_back(state, by, screens=screens)
            return [(helping.stream(state.person), state.version, StepTakenBack(child=names[0], step=step.step, by=by))]

        self._on(facts, by)

    def renew(self, names: Sequence[str], until: date | None, today: date, why: str, by: str) -> None:
        """Help of a limited time goes on. Raises Refused."""

        def facts() -> New:
            state = self.limited(names)
            day = helping.check_renew(state, until, today, why)
            fact = HelpRenewed(child=names[0], until=day, renewed_by=by, items=self._said(names[0], why))
            return [(helping.stream(state.person), state.version, fact)]

        self._on(facts, by)

    def end(self, names: Sequence[str], level: int, numbers: Sequence[int], reason: str, why: str, by: str) -> None:
        """Nothing beyond what is there for everybody is given any more; `numbers` are the levels. Raises Refused."""

        def facts() -> New:
            waits = any(self.state(one).asked is not None for one in names)
            helping.check_end(level, numbers, reason, why, waits=waits)
            told = self._said(names[0], why)
            held = [one for one in map(self.state, names) if one.level] or [self.state(names[0])]
            return [
                (
                    helping.stream(one.person), one.version,
                    HelpEnded(child=one.person, reason=reason, ended_by=by, items=told),
                )
                for one in held
            ]  # fmt: skip

        self._on(facts, by)

    def _said(self, child: str, why: str) -> tuple[Sealed, ...]:
        return (self.own_words(child, {"reason": why}),) if why.strip() else ()

    def _on(self, facts: Callable[[], New], by: str) -> None:
        for _ in range(TRIES):
            try:
                self.write(facts(), by_person(by))
            except VersionConflict:
                continue
            return
        raise VersionConflict("the level of this child's help keeps being written: try again")
