"""Step 8, an assessment: begun, written section by section, the child heard, need and risk judged, completed.

It promises that what an organisation writes is sealed as that organisation's own, under the hub's source record of the child.
"""

from collections.abc import Callable
from uuid import uuid4

from hub.domain import assessment as assessments
from hub.domain.assessment import (
    Assessment,
    AssessmentBegun,
    Attach,
    ChildHeard,
    Judge,
    NeedJudged,
    SectionWritten,
    ToolAttached,
    Write,
)
from hub.domain.errors import VersionConflict
from hub.domain.fact import Fact
from hub.domain.item import Category, Sealed, Words
from hub.domain.staff import Staff
from hub.flow.act import TRIES, Act, by_person


class Assessments(Act):
    """What is done about assessments. Permission, and that they may know of the child, is checked by the caller."""

    def state(self, person: str, ident: str) -> Assessment:
        """One assessment, as it stands."""
        stream = assessments.stream(person, ident)
        return assessments.fold(ident, (one.fact for one in self._record.load(stream)))

    def begin(self, child: str, kind: str, sections: tuple[str, ...], member: Staff) -> str:
        """Begin one; its id."""
        ident = str(uuid4())
        fact = AssessmentBegun(
            child=child, assessment=ident, type=kind, sections=sections, organisation=member.organisation,
            setting=member.setting, begun_by=member.id,
        )  # fmt: skip
        self.write([(assessments.stream(child, ident), 0, fact)], by_person(member.id))
        return ident

    def section(self, person: str, ident: str, wish: Write, member: Staff, check: Callable[[Assessment], None]) -> None:
        """Write a section, as this person's organisation. Raises Refused."""

        def fact(state: Assessment) -> Fact:
            check(state)
            said = {
                name: text for name, text in (("strengths", wish.strengths), ("worries", wish.worries)) if text.strip()
            }
            return SectionWritten(
                child=person, section=wish.section, organisation=member.organisation, setting=member.setting,
                shared_with=wish.share, reused=wish.reuse, written_by=member.id,
                items=(self._own(person, said, member),),
            )  # fmt: skip

        self._on(person, ident, fact, member.id)

    def hear(self, person: str, ident: str, how: str, words: str, member: Staff) -> None:
        """The child's view, or why not. Raises Refused."""

        def fact(state: Assessment) -> Fact:
            assessments.check_hear(state, how, words)
            said, category = ({"reason": words}, "rationale") if how == "not_obtained" else ({"voice": words}, "voice")
            return ChildHeard(
                child=person, how=how, organisation=member.organisation, setting=member.setting, heard_by=member.id,
                items=(self._own(person, said, member, "voice" if category == "voice" else "rationale"),),
            )  # fmt: skip

        self._on(person, ident, fact, member.id)

    def attach(self, person: str, ident: str, wish: Attach, member: Staff, check: Callable[[Assessment], None]) -> None:
        """Attach a professional's tool. Raises Refused."""

        def fact(state: Assessment) -> Fact:
            check(state)
            said = {"tool_reference": wish.reference.strip(), "tool_result": wish.result.strip()}
            return ToolAttached(
                child=person, section=wish.section, tool=wish.tool, organisation=member.organisation,
                setting=member.setting, shared_with=wish.share, attached_by=member.id,
                items=(self._own(person, said, member),),
            )  # fmt: skip

        self._on(person, ident, fact, member.id)

    def judge(self, person: str, ident: str, wish: Judge, member: Staff, check: Callable[[Assessment], int]) -> None:
        """Judge need and risk. Raises Refused."""

        def fact(state: Assessment) -> Fact:
            need = check(state)
            said = {"why_need": wish.why_need, "why_risk": wish.why_risk}
            return NeedJudged(
                child=person, need=need, risk=wish.risk, organisation=member.organisation, setting=member.setting,
                shared_with=wish.share, judged_by=member.id, items=(self._own(person, said, member),),
            )  # fmt: skip

        self._on(person, ident, fact, member.id)

    def complete(self, person: str, ident: str, by: str) -> None:
        """It is complete. Raises Refused."""
        self._on(person, ident, lambda state: assessments.complete(state, by), by)

    def _own(self, person: str, words: Words, member: Staff, category: Category = "rationale") -> Sealed:
        """Words of this person's organisation about a child, under the hub's own source record of the child."""
        return self.words_of(member.organisation, person, words, category)

    def _on(self, person: str, ident: str, decide: Callable[[Assessment], Fact], by: str) -> None:
        for _ in range(TRIES):
            state = self.state(person, ident)
            fact = decide(state)
            try:
                self.write([(assessments.stream(person, ident), state.version, fact)], by_person(by))
            except VersionConflict:
                continue
            return
        raise VersionConflict("this assessment keeps being written: try again")
