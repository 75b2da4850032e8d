"""Step 8, practice audits: drawn, judged blind, found, acted on. What is drawn from is checked by the caller."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import uuid4

from hub.domain import auditing
from hub.domain.auditing import (
    FINDINGS,
    AuditDrawn,
    Audited,
    AuditJudged,
    FindingActedOn,
    FindingRecorded,
    How,
    fold,
    stream,
)
from hub.domain.errors import NotFound, Refused
from hub.domain.fact import Fact, Recorded
from hub.domain.sample import SampleListed
from hub.flow.act import Act, by_person


class Audits(Act):
    """What people do about practice audits."""

    def state(self, audit: str) -> Audited:
        """One audit as it stands. Raises NotFound."""
        state = fold(audit, (one.fact for one in self._record.load(stream(audit))))
        if state.drawn is None:
            raise NotFound("no such audit")
        return state

    def draw(
        self, how: How, seed: str, position: int, population: int, drawn: Sequence[tuple[str, str]], auditor: str,
        end: datetime, by: str,
    ) -> str:  # fmt: skip
        """Draw these decisions, each with its child, for an auditor; their records open to them within the days. Its id."""
        ident = str(uuid4())
        fact = AuditDrawn(
            purpose="themed_audit", how=how, seed=seed, position=position, population=population,
            decisions=tuple(one for one, _ in drawn), children=tuple(child for _, child in drawn), auditor=auditor, end=end,
            drawn_by=by,
        )  # fmt: skip
        opened = SampleListed(
            children=tuple(dict.fromkeys(fact.children)), auditors=(auditor,), start=self._clock.now(), end=end,
            purpose=fact.purpose,
        )  # fmt: skip
        self.write([(stream(ident), 0, fact), (f"sample:{ident}", 0, opened)], by_person(by))
        return ident

    def judge(
        self, audit: str, decision: str, level: int, outcome: str, why: str, by: str, *, first: int,
        check: Callable[[Audited], None],
    ) -> None:  # fmt: skip
        """Decide a second time; `first` is the level of the first decision. Raises Refused naming the field, NotFound."""
        child = self.state(audit).child(decision)
        if not why.strip():
            raise Refused("Say why, in a sentence or two", "why")
        check(self.state(audit))
        sealed = (self.own_words(child, {"reason": why.strip()}),)

        def decide(history: Sequence[Recorded]) -> Sequence[Fact]:
            check(fold(audit, (one.fact for one in history)))
            return (
                AuditJudged(
                    decision=decision, child=child, level=level, outcome=outcome, same_level=level == first, by=by,
                    items=sealed,
                ),
            )  # fmt: skip

        self.append(stream(audit), decide, by_person(by))

    def find(self, audit: str, decision: str, what: str, why: str, owner: str, due: date | None, by: str) -> str:
        """Record a finding, with an action where it has an owner; its id. Raises Refused naming the field, NotFound."""
        state = self.state(audit)
        child = state.child(decision)
        if state.drawn is None or state.drawn.auditor != by or decision not in state.judged:
            raise Refused("judge the decision yourself first", "decision")
        if what not in FINDINGS:
            raise Refused("Select what you found", "what")
        if not why.strip():
            raise Refused("Say what you found, in a sentence or two", "why")
        if bool(owner) != (due is not None):
            raise Refused("Give an owner and a day, or neither", "owner")
        fact = FindingRecorded(
            finding=str(uuid4()), decision=decision, child=child, what=what, owner=owner, due=due, by=by,
            items=(self.own_words(child, {"reason": why.strip()}),),
        )  # fmt: skip
        self.append(stream(audit), lambda _: [fact], by_person(by))
        return fact.finding

    def done(self, audit: str, finding: str, by: str) -> None:
        """What a finding asked for is done. Raises Refused, NotFound."""
        found = {one.finding: one for one in self.state(audit).findings}
        if finding not in found or not found[finding].owner:
            raise Refused("there is no such finding with something to be done", "finding")

        def decide(history: Sequence[Recorded]) -> Sequence[Fact]:
            held = auditing.fold(audit, (one.fact for one in history))
            return () if finding in held.done else (FindingActedOn(finding=finding, by=by),)

        self.append(stream(audit), decide, by_person(by))
