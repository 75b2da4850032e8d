"""Step 8, strategy discussions: called, held, decided; what section 47 rests on. Words of what each knew are sealed.

It promises that section 47 opens by nothing else, and that who is asked is told in the same transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from hub.domain import enquiry as enquiries
from hub.domain import notice
from hub.domain import strategy as strategies
from hub.domain.errors import NotFound, VersionConflict
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.notice import NoticeSent
from hub.domain.strategy import (
    Call,
    Conclude,
    Discussion,
    Hold,
    Section47Ended,
    StrategyCalled,
    StrategyDecided,
    StrategyHeld,
    StrategyReconvened,
    StrategyToldOf,
)
from hub.domain.together import Together
from hub.flow.act import TRIES, Act, by_person

Due = Callable[[Mapping[str, object], datetime], datetime]


class Discuss(Act):
    """What is done with a strategy discussion. Permission, and that they may know of each child, is checked by the caller."""

    def discussion(self, ident: str) -> Discussion:
        """One as it stands. Raises NotFound."""
        held = self._record.load(strategies.stream(ident))
        state = strategies.fold(ident, (one.fact for one in held))
        if not state.version:
            raise NotFound("no such strategy discussion")
        return state

    def call(self, command: Call, together: Together, sectors: dict[str, str]) -> str:
        """Call one, and tell everybody who is asked; its id. Raises Refused, NotFound."""
        state = enquiries.fold(
            command.enquiry, (one.fact for one in self._record.load(enquiries.stream(command.enquiry)))
        )
        if not state.version:
            raise NotFound("no such MASH enquiry")
        asked = [sectors[one.organisation] for one in command.asked if one.organisation in sectors]
        strategies.check_call(command, state.children, sectors, together.missing(asked))
        assert command.at is not None  # noqa: S101 - checked above
        ident, at = str(uuid4()), command.at
        words = self.own_words(command.children, {"reason": command.why})
        fact = StrategyCalled(
            enquiry=command.enquiry, children=command.children, asked=command.asked, at=at, means=command.means,
            called_by=command.by, items=(words,),
        )  # fmt: skip
        new: list[tuple[str, int, Fact]] = [(strategies.stream(ident), 0, fact)]
        self.write(
            new + self._told(ident, fact, at, command.by),
            by_person(command.by),
            enquiries.stream(command.enquiry) + "@1",
        )
        return ident

    def hold(self, ident: str, command: Hold, together: Together, sectors: dict[str, str], due: Due) -> None:
        """Record who was there; not quorate, it meets again in time. Raises Refused, NotFound."""

        def wish(state: Discussion) -> list[tuple[str, int, Fact]]:
            strategies.check_hold(state, command, sectors, self._clock.now())
            assert command.held_at is not None and state.called is not None  # noqa: S101, PT018 - checked above
            there = [sectors[one.organisation] for one in command.present if one.present]
            missing = together.missing(there)
            fact = StrategyHeld(
                held_at=command.held_at, present=command.present, missing=missing, recorded_by=command.by,
                reconvene_by=due(together.timer("reconvene"), command.held_at) if missing else None,
                items=(self.own_words(state.called.children, {"spoke": command.spoke}),),
            )  # fmt: skip
            return [(strategies.stream(ident), state.version, fact)]

        self._on(ident, wish, command.by)

    def tell_of(self, ident: str, organisation: str, words: str, by: str) -> None:
        """Record what one organisation knew. Raises Refused, NotFound."""

        def wish(state: Discussion) -> list[tuple[str, int, Fact]]:
            strategies.check_told(state, organisation, words)
            assert state.called is not None  # noqa: S101 - it was held
            item = self._theirs(state.called.children, organisation, words)
            fact = StrategyToldOf(organisation=organisation, recorded_by=by, items=(item,))
            return [(strategies.stream(ident), state.version, fact)]

        self._on(ident, wish, by)

    def _theirs(self, children: Sequence[str], organisation: str, words: str) -> Sealed:
        """What an organisation said, sealed as its own: under the hub's source record of each child, like an answer."""
        return self.words_of(organisation, children, {"knew": words}, "narrative")

    def conclude(self, ident: str, command: Conclude, grounds: Collection[str], together: Together, due: Due) -> None:
        """Record what was decided. Raises Refused, NotFound."""

        def wish(state: Discussion) -> list[tuple[str, int, Fact]]:
            strategies.check_conclude(state, command, grounds)
            held, called = state.held, state.called
            assert held is not None and called is not None  # noqa: S101, PT018 - checked above
            opens = tuple(child for child in called.children if command.opens[child])
            start = state.since or held.held_at
            closed = tuple(child for child in called.children if child not in {*opens, *state.ended})
            alone = bool(opens) and command.by == held.recorded_by
            reconvene = due(together.timer("reconvene"), held.held_at) if held.missing or alone else None
            said = {"reason": command.reason, "safety": command.safety}
            if held.missing:
                said["why_not_quorate"] = command.why_not_quorate
            fact = StrategyDecided(
                section_47=opens, not_opened=closed, how=command.how if opens else "", ground=command.ground,
                quorate=not held.missing,
                decided_by=command.by, conference_due=due(together.timer("conference"), start) if opens else None,
                reconvene_by=reconvene, items=(self.own_words(called.children, said),),
            )  # fmt: skip
            return [(strategies.stream(ident), state.version, fact)]

        self._on(ident, wish, command.by)

    def reconvene(self, ident: str, at: datetime | None, by: str) -> None:
        """Call it again, and tell everybody who is asked. Raises Refused, NotFound."""

        def wish(state: Discussion) -> list[tuple[str, int, Fact]]:
            strategies.check_reconvene(state, at)
            assert at is not None and state.called is not None  # noqa: S101, PT018 - checked above
            fact = StrategyReconvened(at=at, called_by=by)
            return [(strategies.stream(ident), state.version, fact), *self._told(ident, state.called, at, by)]

        self._on(ident, wish, by)

    def end(self, ident: str, child: str, outcome: str, why: str, by: str) -> None:
        """The section 47 enquiry about a child ended. Raises Refused, NotFound."""

        def wish(state: Discussion) -> list[tuple[str, int, Fact]]:
            named = child
            if child not in state.section_47:  # by today's id of somebody who was merged since
                named = next((one for one in state.section_47 if self.person(one).id == child), child)
            strategies.check_end(state, named, outcome, why)
            words: Sealed = self.own_words(named, {"reason": why})
            fact = Section47Ended(child=named, outcome=outcome, ended_by=by, items=(words,))
            return [(strategies.stream(ident), state.version, fact)]

        self._on(ident, wish, by)

    def _told(self, ident: str, fact: StrategyCalled, at: datetime, by: str) -> list[tuple[str, int, Fact]]:
        """A notice to everybody who is asked: the hour and the means, and nothing of the child."""
        return [
            (
                notice.stream(str(uuid4())), 0,
                NoticeSent(
                    organisation=one.organisation, setting=one.setting, kind="strategy_called", about=ident,
                    child=fact.children[0], enquiry=fact.enquiry, codes=(("at", at.isoformat()), ("means", fact.means)),
                    due=at, sent_by=by,
                ),
            )
            for one in fact.asked
        ]  # fmt: skip

    def _on(self, ident: str, wish: Callable[[Discussion], list[tuple[str, int, Fact]]], by: str) -> None:
        for _ in range(TRIES):
            new = wish(self.discussion(ident))
            try:
                self.write(new, by_person(by), f"{strategies.stream(ident)}@1")
            except VersionConflict:
                continue
            return
        raise VersionConflict("this strategy discussion keeps being written to: try again")
