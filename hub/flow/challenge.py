"""Step 8, challenges: raised, answered stage by stage, escalated, settled or taken back. Words are sealed as the hub's own.

It promises that who challenged is told of every answer, in the same transaction.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from hub.domain import challenge as challenges
from hub.domain import notice
from hub.domain.challenge import (
    Challenge,
    ChallengeAnswered,
    ChallengeEscalated,
    ChallengeRaised,
    ChallengeSettled,
    ChallengeWithdrawn,
    Raise,
)
from hub.domain.errors import NotFound, VersionConflict
from hub.domain.fact import Fact
from hub.domain.notice import NoticeSent
from hub.flow.act import TRIES, Act, by_person

New = list[tuple[str, int, Fact]]


class Challenges(Act):
    """What is done with a challenge. Permission, and that they may know of it, is checked by the caller."""

    def challenge(self, ident: str) -> Challenge:
        """One as it stands. Raises NotFound."""
        state = challenges.fold(ident, (one.fact for one in self._record.load(challenges.stream(ident))))
        if state.raised is None:
            raise NotFound("no such challenge")
        return state

    def begin(
        self, command: Raise, *, child: str, decided_by: str, organisation: str, setting: str, due: datetime
    ) -> str:
        """Raise one; its id. Raises Refused."""
        challenges.check_raise(command)
        ident = str(uuid4())
        fact = ChallengeRaised(
            child=child, about=command.about, type=command.type, risk=bool(command.risk), organisation=organisation,
            setting=setting, raised_by=command.by, decided_by=decided_by, due=due,
            items=(self.own_words(child, {"reason": command.why}),),
        )  # fmt: skip
        self.write([(challenges.stream(ident), 0, fact)], by_person(command.by))
        return ident

    def answer(self, ident: str, outcome: str, why: str, by: str, *, last: int) -> None:
        """Answer it at its stage, and tell who challenged. Raises Refused, NotFound."""

        def wish(state: Challenge) -> New:
            raised = challenges.check_answer(state, outcome, why, by)
            fact = ChallengeAnswered(
                stage=state.stage, outcome=outcome, answered_by=by, last=state.stage >= last,
                items=(self.own_words(raised.child, {"reason": why}),),
            )  # fmt: skip
            told = NoticeSent(
                organisation=raised.organisation, setting=raised.setting, kind="challenge_answered", about=ident,
                child=raised.child, codes=(("stage", str(state.stage)), ("outcome", outcome)), sent_by=by,
            )  # fmt: skip
            return [(challenges.stream(ident), state.version, fact), (notice.stream(str(uuid4())), 0, told)]

        self._on(ident, wish, by)

    def escalate(self, ident: str, why: str, by: str, *, last: int, due: Callable[[int], datetime]) -> None:
        """Take it to the next stage; `due` gives by when a stage is answered. Raises Refused, NotFound."""

        def wish(state: Challenge) -> New:
            raised = challenges.check_escalate(state, by, why, self._clock.now(), last)
            fact = ChallengeEscalated(
                stage=state.stage + 1, due=due(state.stage + 1), escalated_by=by,
                items=(self.own_words(raised.child, {"reason": why}),),
            )  # fmt: skip
            return [(challenges.stream(ident), state.version, fact)]

        self._on(ident, wish, by)

    def settle(self, ident: str, by: str) -> None:
        """Accept the answer. Raises Refused, NotFound."""

        def wish(state: Challenge) -> New:
            challenges.check_own(state, by, ("answered",))
            return [(challenges.stream(ident), state.version, ChallengeSettled(settled_by=by))]

        self._on(ident, wish, by)

    def withdraw(self, ident: str, by: str) -> None:
        """Take it back. Raises Refused, NotFound."""

        def wish(state: Challenge) -> New:
            challenges.check_own(state, by, ("open", "answered"))
            return [(challenges.stream(ident), state.version, ChallengeWithdrawn(withdrawn_by=by))]

        self._on(ident, wish, by)

    def _on(self, ident: str, wish: Callable[[Challenge], New], by: str) -> None:
        for _ in range(TRIES):
            try:
                self.write(wish(self.challenge(ident)), by_person(by), f"{challenges.stream(ident)}@1")
            except VersionConflict:
                continue
            return
        raise VersionConflict("this challenge keeps being written to: try again")
