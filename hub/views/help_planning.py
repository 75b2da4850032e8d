"""Plans of help and the team around the family, on behalf of a person.

Who leads, who is allocated and the front door act; whoever sits in the team reads what its author released to the team as it
sat then, as the policies on help have it. A setting that stops working with the child reads no more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import or_, select

from hub.domain import help as helping
from hub.domain import help_plan as plans
from hub.domain.between_meetings import Between, between_meetings
from hub.domain.enquiry import VIEWS, EnquiryChildAdded, EnquiryOpened
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
from hub.views.matters import matter, matter_child
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.help_plan import HelpAction, MeetingRow, OutcomeRow, PlansOfHelp, PlanView
from hub.views.prompting import settings_of
from hub.views.subjects import current_lead
from hub.views.telling import withheld
from hub.views.who_helps import Comes, comes, sits
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
        permitted(desk, asker, "picture")
        caught_up(desk)
        return comes(desk, asker, child, "help-plan", items, seat=sits(desk, asker, child))

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
        again = [*_stepped_up(desk, here.names)] if here.at_it else []
        whole = here.screens or here.allocated  # that a MASH enquiry was opened is for these alone
        again += [*_asked_again(desk, here.names)] if whole else []
        partnership = partnership_of(desk.edition.parts)
        seats = tuple(_choice(desk, one) for one in working(desk, here))
        owners = dict.fromkeys(one.code.partition("/")[0] for one in seats)
        return PlansOfHelp(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            rows=tuple(self._plan(row, opened, again, whole=whole) for row in reversed(rows)),
            withheld=withheld(desk, here.shown),
            teams=tuple(Choice(one.name, one.name) for one in partnership.teams), settings=seats,
            family=choices_of(FAMILY), what=choices_of(ACTIONS),
            owners=(*(Choice(one, name_of(desk, one)) for one in owners), Choice(BY_FAMILY, "The family")),
            stages=choices_of(STAGE_WORDS), outcomes=choices_of(OUTCOMES), closed=choices_of(CLOSED), views=choices_of(VIEWS),
            may_act=here.at_it,
            may_make=here.at_it and all(row["state"] != "open" for row in rows),
        )  # fmt: skip

    def _plan(self, row: dict[str, Any], opened: Opened, again: Sequence[tuple[int, date]], *, whole: bool) -> PlanView:
        desk, today = self.desk, london_day(self.desk.clock.now())
        _, person, ident = row["stream"].split(":")
        state, history = self.act().state(person, ident), desk.record.load(row["stream"])
        since_last = between_meetings(ident, (one.fact for one in history))
        closed = [one for one in history if isinstance(one.fact, PlanClosed)]
        held = ""
        since = [day for position, day in again if closed and position > closed[0].position]
        if closed and (whole or since):  # who does not know of every MASH enquiry is told only that it did not hold
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
                    goal=one.goal, notes=_word(one, opened, "notes"), voice=VIEWS.get(one.heard, ""),
                    since=tuple(_changed(desk, state, changed)),
                )
                for one, changed in reversed(list(zip(state.met, since_last, strict=True)))
            ),
            outcomes=tuple(_outcomes(state, opened, today)), closed=CLOSED[state.closed.reason] if state.closed else "",
            sustained=held,
            seated=tuple(_choice(desk, one) for one in state.seats),
        )  # fmt: skip


def _changed(desk: Desk, state: Plan, changed: Between) -> Iterator[str]:
    """What changed between two meetings, in words made of codes."""
    owners = {one.action: "The family" if one.owner == BY_FAMILY else name_of(desk, one.owner) for one in state.actions}
    for words, actions in (
        ("new", changed.put_in), ("done", changed.done), ("not done after all", changed.reopened),
        ("past its day and not done", changed.overdue),
    ):  # fmt: skip
        yield from (f"{ACTIONS[one.partition('.')[0]]} ({owners[one]}): {words}" for one in actions)
    yield from (f"{_choice(desk, seat).label} joined" for seat in changed.joined)
    yield from (f"{_choice(desk, seat).label} left" for seat in changed.left)


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


def _stepped_up(desk: Desk, names: Sequence[str]) -> Iterator[tuple[int, date]]:
    """Where and on which days somebody stepped up: what was reached did not hold."""
    for name in names:
        held = desk.record.load(helping.stream(name))
        up = {one.fact.step for one in held if isinstance(one.fact, StepProposed) and one.fact.direction == "up"}
        yield from (
            (one.position, london_day(one.envelope.known_at))
            for one in held
            if isinstance(one.fact, StepAccepted) and one.fact.step in up
        )


def _asked_again(desk: Desk, names: Sequence[str]) -> Iterator[tuple[int, date]]:
    """The same of MASH enquiries that were opened, on this child or with them in it."""
    about = select(matter_child.c.stream).where(matter_child.c.child.in_(names))
    query = select(matter).where(
        matter.c.kind == "mash-enquiry", or_(matter.c.child.in_(names), matter.c.stream.in_(about))
    )
    for row in desk.store.rows(query):
        for one in desk.record.load(row["stream"]):
            began = isinstance(one.fact, EnquiryOpened) and one.fact.child in names
            if began or (isinstance(one.fact, EnquiryChildAdded) and one.fact.child in names):
                yield one.position, london_day(one.envelope.known_at)


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
        yield from item_in(desk, child, one)


def item_in(desk: Desk, child: str, one: Recorded) -> Iterator[ItemRef]:
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
