"""Plans of help and the team around the family, on behalf of a person.

Who leads, who is allocated and the front door act; whoever sits in the team reads what its author released to the team as it
sat then, as the policies on help have it. A setting that stops working with the child reads no more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import help as helping
from hub.domain import help_plan as plans
from hub.domain.enquiry import EnquiryOpened
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.fact import Recorded
from hub.domain.help import StepAccepted, StepProposed
from hub.domain.help_plan import (
    ACTIONS,
    BY_FAMILY,
    CLOSED,
    FAMILY,
    OUTCOMES,
    STAGE_WORDS,
    Make,
    Meet,
    Outcome,
    Plan,
    PlanClosed,
    Seat,
    SetAction,
)
from hub.domain.moments import london_day
from hub.domain.partnership import Team
from hub.domain.partnership import of_parts as partnership_of
from hub.flow.disclose import ItemRef, ref
from hub.flow.help_plan import HelpPlans
from hub.views.asking import stamp
from hub.views.desk import Desk, caught_up, name_of, organisation_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.help_plan import HelpAction, MeetingRow, OutcomeRow, PlansOfHelp, PlanView
from hub.views.prompting import settings_of
from hub.views.subjects import current_lead
from hub.views.telling import withheld
from hub.views.who_helps import Comes, comes
from hub.views.who_is_who import family, survivor

NOT_THERE = "no such plan of help, or none that you may know of"
SUSTAINED = {
    "yes": "It held: nobody stepped up or asked again for 12 months",
    "no": "It did not hold: within 12 months somebody stepped up or asked again",
    "not_yet": "12 months have not passed yet",
}
Opened = dict[str, dict[str, Any]]


class HelpPlanning(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], HelpPlans]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def make(self, asker: Asker, child: str, wish: Make) -> str:
        """Make a plan with its team; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        here = self._acts(asker, child)
        today = london_day(desk.clock.now())
        held = [row["stream"] for row in _rows(desk, here.names) if row["state"] == "open"]
        review = plans.check_make(wish, self._team(wish.team), working(desk, here), held, today)
        made = self.act().make(here.child, wish, review, staff_of(desk, asker.staff))
        self.settle()
        return made

    def change_team(self, asker: Asker, child: str, plan: str, seats: tuple[Seat, ...], sits: tuple[str, ...]) -> None:
        """Others sit in the team from now on. Raises Refused naming the field, NotPermitted, NotFound."""
        here, person = self._one(asker, child, plan)
        allowed = working(self.desk, here)

        def check(state: Plan) -> None:
            plans.check_team(self._team(plans.check_open(state).team), seats, sits, allowed)

        self.act().change_team(person, plan, seats, sits, staff_of(self.desk, asker.staff), check)
        self.settle()

    def set_action(self, asker: Asker, child: str, plan: str, wish: SetAction) -> None:
        """Put an action into it. Raises Refused naming the field, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().set_action(person, plan, wish, staff_of(self.desk, asker.staff))
        self.settle()

    def done(self, asker: Asker, child: str, plan: str, action: str) -> None:
        """An action is done. Raises Refused, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().done(person, plan, action, asker.staff)
        self.settle()

    def reopen(self, asker: Asker, child: str, plan: str, action: str) -> None:
        """It is not done after all. Raises Refused, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().reopen(person, plan, action, asker.staff)
        self.settle()

    def meet(self, asker: Asker, child: str, plan: str, wish: Meet) -> None:
        """The team met. Raises Refused naming the field, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().meet(person, plan, wish, staff_of(self.desk, asker.staff))
        self.settle()

    def outcome(self, asker: Asker, child: str, plan: str, wish: Outcome) -> None:
        """How it is for the child at one stage. Raises Refused naming the field, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().outcome(person, plan, wish, staff_of(self.desk, asker.staff))
        self.settle()

    def close(self, asker: Asker, child: str, plan: str, reason: str) -> None:
        """The plan is over. Raises Refused naming the field, NotPermitted, NotFound."""
        _, person = self._one(asker, child, plan)
        self.act().close(person, plan, reason, asker.staff)
        self.settle()

    def _team(self, name: str) -> Team | None:
        held = partnership_of(self.desk.edition.parts).teams
        wanted = name.strip().casefold()
        return next((one for one in held if wanted in {each.casefold() for each in (one.name, *one.aliases)}), None)

    def _acts(self, asker: Asker, child: str, items: Sequence[ItemRef] = ()) -> Comes:
        """Raises NotPermitted for who only sits in the team."""
        here = self._comes(asker, child, items)
        if not here.at_it:
            raise NotPermitted("who leads, who is allocated or the front door does this")
        return here

    def _comes(self, asker: Asker, child: str, items: Sequence[ItemRef] = ()) -> Comes:
        desk = self.desk
        member = permitted(desk, asker, "picture")
        caught_up(desk)
        seat = (member.organisation, member.setting) in settings_of(desk, survivor(desk, child))
        return comes(desk, asker, child, "help-plan", items, seat=seat)

    def _one(self, asker: Asker, child: str, plan: str) -> tuple[Comes, str]:
        """As whom they come, and under which name of the child the plan lies. Raises NotPermitted, NotFound."""
        here = self._acts(asker, child)
        for row in _rows(self.desk, here.names):
            _, person, ident = row["stream"].split(":")
            if ident == plan:
                return here, person
        raise NotFound(NOT_THERE)

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, child: str) -> PlansOfHelp:
        """The plans of a child, the newest first. One look. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        names = family(desk, survivor(desk, child))
        rows = _rows(desk, names)
        items = [item for row in rows for item in _items(desk, names[0], row["stream"])]
        known = stamp(desk, asker)
        here = self._comes(asker, child, items)
        opened: Opened = {one.item: one.words for one in here.shown.shown if not one.erased}
        again = list(_again(desk, here.names))
        partnership = partnership_of(desk.edition.parts)
        seats = tuple(_choice(desk, one) for one in working(desk, here))
        owners = dict.fromkeys(one.code.partition("/")[0] for one in seats)
        return PlansOfHelp(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            rows=tuple(self._plan(row, opened, again) for row in reversed(rows)), withheld=withheld(desk, here.shown),
            teams=tuple(Choice(one.name, one.name) for one in partnership.teams), settings=seats,
            family=_choices(FAMILY), what=_choices(ACTIONS),
            owners=(*(Choice(one, name_of(desk, one)) for one in owners), Choice(BY_FAMILY, "The family")),
            stages=_choices(STAGE_WORDS), outcomes=_choices(OUTCOMES), closed=_choices(CLOSED), may_act=here.at_it,
            may_make=here.at_it and all(row["state"] != "open" for row in rows),
        )  # fmt: skip

    def _plan(self, row: dict[str, Any], opened: Opened, again: Sequence[tuple[int, date]]) -> PlanView:
        desk, today = self.desk, london_day(self.desk.clock.now())
        _, person, ident = row["stream"].split(":")
        state = self.act().state(person, ident)
        closed = [one for one in desk.record.load(row["stream"]) if isinstance(one.fact, PlanClosed)]
        held = ""
        if closed:
            since = [day for position, day in again if position > closed[0].position]
            held = SUSTAINED[plans.sustained(london_day(closed[0].envelope.known_at), today, since)]
        scores = [state.made.goal if state.made else None, *(one.goal for one in state.met)]
        return PlanView(
            plan=ident, team=row["what"], made=row["opened_at"], seats=tuple(_choice(desk, one).label for one in state.seats),
            family=tuple(FAMILY[one] for one in state.family), goal_words=_word(state.made, opened, "goal"),
            goal=tuple(one for one in scores if one is not None), review_on=state.review_on,
            overdue=state.review_on is not None and state.review_on < today,
            actions=tuple(
                HelpAction(
                    action=one.action, what=ACTIONS[one.action.partition(".")[0]],
                    owner="The family" if one.owner == BY_FAMILY else name_of(desk, one.owner), due=one.due,
                    done=one.action in state.done, overdue=one.action not in state.done and one.due < today,
                    words=_word(one, opened, "what"),
                )
                for one in state.actions
            ),
            met=tuple(
                MeetingRow(
                    met_at=one.met_at, present=tuple(_choice(desk, each).label for each in one.present),
                    absent=tuple(_choice(desk, each).label for each in one.absent), family=one.family_present,
                    goal=one.goal, notes=_word(one, opened, "notes"),
                )
                for one in reversed(state.met)
            ),
            outcomes=tuple(_outcomes(state, opened, today)), closed=CLOSED[state.closed.reason] if state.closed else "",
            sustained=held,
            seated=tuple(_choice(desk, one) for one in state.seats),
        )  # fmt: skip


def _outcomes(state: Plan, opened: Opened, today: date) -> Iterator[OutcomeRow]:
    due = dict(state.closed.reviews) if state.closed else {}
    for stage, words in STAGE_WORDS.items():
        one = (state.outcomes or {}).get(stage)
        if one is not None:
            yield OutcomeRow(
                stage=stage, words=words, outcome=OUTCOMES[one.outcome], goal=one.goal, why=_word(one, opened, "why")
            )
        elif stage in due:
            yield OutcomeRow(stage=stage, words=words, due=due[stage], overdue=due[stage] < today)


def _again(desk: Desk, names: Sequence[str]) -> Iterator[tuple[int, date]]:
    """Where and on which days somebody stepped up, or a MASH enquiry was opened: what was reached did not hold."""
    for name in names:
        held = desk.record.load(helping.stream(name))
        up = {one.fact.step for one in held if isinstance(one.fact, StepProposed) and one.fact.direction == "up"}
        yield from (
            (one.position, london_day(one.envelope.known_at))
            for one in held
            if isinstance(one.fact, StepAccepted) and one.fact.step in up
        )
    query = select(matter).where(matter.c.kind == "mash-enquiry", matter.c.child.in_(names))
    for row in desk.store.rows(query):
        first = desk.record.load(row["stream"])[0]
        if isinstance(first.fact, EnquiryOpened):
            yield first.position, london_day(first.envelope.known_at)


def working(desk: Desk, here: Comes) -> list[Seat]:
    """The settings that may sit: those that work with the child now, and that of who leads."""
    lead = current_lead(desk, here.child)
    held = [Seat(one, place) for one, place in settings_of(desk, here.child)]
    held += [Seat(lead.organisation, lead.setting)] if lead and lead.setting else []
    return sorted(set(held))


def _rows(desk: Desk, names: Sequence[str]) -> list[dict[str, Any]]:
    query = select(matter).where(matter.c.kind == "help-plan", matter.c.child.in_(names))
    return desk.store.rows(query.order_by(matter.c.position))


def _items(desk: Desk, child: str, stream: str) -> Iterator[ItemRef]:
    for one in desk.record.load(stream):
        yield from _item(desk, child, one)


def _item(desk: Desk, child: str, one: Recorded) -> Iterator[ItemRef]:
    """An author's words: of their organisation and setting, released to the team as it sat when they were written."""
    fact: Any = one.fact
    for sealed in getattr(fact, "items", ()):
        shared = getattr(fact, "shared_with", None)
        released = shared if shared is not None else tuple(seat.organisation for seat in fact.seats)
        made = ref(sealed, (child,), organisation_of(desk, fact.organisation), one.position, setting=fact.setting)
        yield msgspec.structs.replace(made, released_to=frozenset(released))


def _word(fact: Any, opened: Opened, name: str) -> str:
    for sealed in getattr(fact, "items", ()):
        if name in opened.get(sealed.item, {}):
            return str(opened[sealed.item][name])
    return ""


def _choice(desk: Desk, seat: Seat) -> Choice:
    return Choice(
        f"{seat.organisation}/{seat.setting}", f"{name_of(desk, seat.organisation)}, {seat.setting.replace('_', ' ')}"
    )


def _choices(of: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, words) for code, words in of.items())
