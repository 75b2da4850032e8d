"""Step 8, a plan of help: made with its team, its actions set and done, the team met, closed, and looked at again.

It promises that words are sealed as the author's organisation's own, and released to the team as it sat when they were written.
"""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import uuid4

from hub.domain import help_plan as plans
from hub.domain.errors import VersionConflict
from hub.domain.fact import Fact
from hub.domain.help_plan import (
    HelpActionSet,
    Make,
    Meet,
    Outcome,
    OutcomeRecorded,
    Plan,
    PlanClosed,
    PlanMade,
    Seat,
    SetAction,
    TeamChanged,
    TeamMet,
)
from hub.domain.item import Category, Sealed, Words
from hub.domain.moments import london_day
from hub.domain.staff import Staff
from hub.flow.act import TRIES, Act, by_person


class HelpPlans(Act):
    """What is done about plans of help. Permission, and that they may know of the child, is checked by the caller."""

    def state(self, person: str, ident: str) -> Plan:
        """One plan, as it stands."""
        return plans.fold(ident, (one.fact for one in self._record.load(plans.stream(person, ident))))

    def make(self, child: str, wish: Make, review_on: date, member: Staff) -> str:
        """Make one; its id."""
        ident = str(uuid4())
        fact = PlanMade(
            child=child, plan=ident, team=wish.team, seats=wish.seats, family=wish.family, goal=wish.goal or 0,
            review_on=review_on, organisation=member.organisation, setting=member.setting, made_by=member.id,
            items=(self._own(child, {"goal": wish.goal_words}, member, "narrative"),),
        )  # fmt: skip
        self.write([(plans.stream(child, ident), 0, fact)], by_person(member.id))
        return ident

    def change_team(
        self, person: str, ident: str, seats: tuple[Seat, ...], family: tuple[str, ...], member: Staff,
        check: Callable[[Plan], None],
    ) -> None:  # fmt: skip
        """Others sit in the team from now on. Raises Refused."""

        def facts(state: Plan) -> Sequence[Fact]:
            check(state)
            return [TeamChanged(child=person, seats=seats, family=family, changed_by=member.id)]

        self._on(person, ident, facts, member.id)

    def set_action(self, person: str, ident: str, wish: SetAction, member: Staff) -> None:
        """Something is to be done. Raises Refused."""

        def facts(state: Plan) -> Sequence[Fact]:
            action, due = plans.check_action(state, wish, london_day(self._clock.now()))
            items = (self._own(person, {"what": wish.words}, member),) if wish.words.strip() else ()
            return [
                HelpActionSet(
                    child=person, action=action, owner=wish.owner, due=due, organisation=member.organisation,
                    setting=member.setting, shared_with=_team(state), set_by=member.id, items=items,
                )
            ]  # fmt: skip

        self._on(person, ident, facts, member.id)

    def done(self, person: str, ident: str, action: str, by: str) -> None:
        """It is done. Raises Refused."""
        self._on(person, ident, lambda state: plans.do(state, action, by), by)

    def reopen(self, person: str, ident: str, action: str, by: str) -> None:
        """It is not done after all. Raises Refused."""
        self._on(person, ident, lambda state: plans.undo(state, action, by), by)

    def meet(self, person: str, ident: str, wish: Meet, member: Staff) -> None:
        """The team met. Raises Refused."""

        def facts(state: Plan) -> Sequence[Fact]:
            met_at, review_on, family = plans.check_meet(state, wish, self._clock.now())
            return [
                TeamMet(
                    child=person, met_at=met_at, present=wish.present,
                    absent=tuple(one for one in state.seats if one not in wish.present), family_present=family,
                    goal=wish.goal, review_on=review_on, organisation=member.organisation, setting=member.setting,
                    shared_with=_team(state), recorded_by=member.id,
                    items=(self._own(person, {"notes": wish.notes}, member),) if wish.notes.strip() else (),
                    heard=wish.voice,
                )
            ]  # fmt: skip

        self._on(person, ident, facts, member.id)

    def outcome(self, person: str, ident: str, wish: Outcome, member: Staff) -> None:
        """How it is for the child at one stage. Raises Refused."""

        def facts(state: Plan) -> Sequence[Fact]:
            plans.check_outcome(state, wish, london_day(self._clock.now()))
            return [
                OutcomeRecorded(
                    child=person, stage=wish.stage, outcome=wish.outcome, goal=wish.goal, organisation=member.organisation,
                    setting=member.setting, shared_with=_team(state), recorded_by=member.id,
                    items=(self._own(person, {"why": wish.why}, member),),
                )
            ]  # fmt: skip

        self._on(person, ident, facts, member.id)

    def close(self, person: str, ident: str, reason: str, by: str) -> None:
        """The plan is over. Raises Refused."""

        def facts(state: Plan) -> Sequence[Fact]:
            plans.check_close(state, reason)
            later = () if reason == "entered_in_error" else plans.reviews(london_day(self._clock.now()))
            return [PlanClosed(child=person, reason=reason, closed_by=by, reviews=later)]

        self._on(person, ident, facts, by)

    def _own(self, person: str, words: Words, member: Staff, category: Category = "rationale") -> Sealed:
        """Words of this person's organisation about a child, under the hub's own source record of the child."""
        return self.words_of(member.organisation, person, words, category)

    def _on(self, person: str, ident: str, facts: Callable[[Plan], Sequence[Fact]], by: str) -> None:
        stream = plans.stream(person, ident)
        for _ in range(TRIES):
            state = self.state(person, ident)
            new = [(stream, state.version, fact) for fact in facts(state)]
            if not new:
                return
            try:
                self.write(new, by_person(by))
            except VersionConflict:
                continue
            return
        raise VersionConflict("this plan keeps being written: try again")


def _team(state: Plan) -> tuple[str, ...]:
    """The organisations that sit in the team: to whom an author's words are released."""
    return tuple(sorted({seat.organisation for seat in state.seats}))
