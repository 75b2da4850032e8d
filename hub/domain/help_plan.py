"""A plan of help and the team around the family who carry it: seats, actions with owners and days, meetings, the goal.

The family has a seat, and a goal in its own words on a scale of its own; the hub works out nothing from the numbers.
Source: Working Together 2023, chapter 3 (team around the family); the strategies' teams (data of the partnership).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, assert_never

from msgspec import Struct

from hub.domain.enquiry import VIEWS
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.moments import london_day
from hub.domain.partnership import Team

FAMILY = {  # who sits for the family
    "parent": "A parent or carer",
    "young_person": "The child or young person",
    "wider_family": "Somebody of the wider family",
    "advocate": "An advocate, for the family",
}
ACTIONS = {
    "visit": "Visit the family at home",
    "see_child": "See the child alone",
    "service": "Begin a service",
    "school_support": "Support at school",
    "health_check": "See that health needs are looked at",
    "practical": "Practical help: housing, money, things that are missing",
    "parenting": "Help with parenting",
    "family_does": "What the family does itself",
    "other": "Another step: see the words",
}
BY_FAMILY = "family"  # an owner of an action: the family itself
STAGES = {"start": 0, "close": 0, "six_months": 6, "twelve_months": 12}  # months after the close
STAGE_WORDS = {
    "start": "At the start", "close": "At the close", "six_months": "6 months after", "twelve_months": "12 months after",
}  # fmt: skip
OUTCOMES = {
    "better": "Better for the child",
    "same": "Much the same",
    "worse": "Worse for the child",
    "not_known": "It cannot be said: see the reasons",
}
CLOSED = {
    "goal_reached": "The family reached its goal",
    "stepped_up": "Stepped up: another plan takes its place",
    "stepped_down": "Stepped down: services for everybody are enough",
    "family_withdrew": "The family agrees no more",
    "moved_away": "The family moved away",
    "entered_in_error": "Entered in error",
}
SCALE = range(11)  # 0 not at all to 10 wholly there, as the family says
WITHIN = timedelta(days=366)
SUSTAINED_MONTHS = 12  # an outcome held where nobody stepped up or referred again for so long after the close


class Seat(Struct, frozen=True, order=True):
    """A setting that sits in the team."""

    organisation: str
    setting: str


class PlanMade(Fact, frozen=True, kw_only=True):
    """Stream help-plan:<person>:<random>. A team of the partnership's type, the family's goal, and the first review's day.

    `goal`: where the family says it is now, of SCALE. The words of the goal are sealed for the organisations of the team.
    """

    NAME: ClassVar[str] = "help-plan.made"
    child: str
    plan: str
    team: str
    seats: tuple[Seat, ...]
    family: tuple[str, ...]
    goal: int
    review_on: date
    organisation: str
    setting: str
    made_by: str
    items: tuple[Sealed, ...] = ()


class TeamChanged(Fact, frozen=True, kw_only=True):
    """Who sits in the team from now on."""

    NAME: ClassVar[str] = "help-plan.team-changed"
    child: str
    seats: tuple[Seat, ...]
    family: tuple[str, ...]
    changed_by: str


class HelpActionSet(Fact, frozen=True, kw_only=True):
    """Something is to be done by the end of a London day, by an organisation of the team or by the family itself."""

    NAME: ClassVar[str] = "help-plan.action-set"
    child: str
    action: str  # "<code>.<number>"
    owner: str
    due: date
    organisation: str
    setting: str
    shared_with: tuple[str, ...]
    set_by: str
    items: tuple[Sealed, ...] = ()


class HelpActionDone(Fact, frozen=True, kw_only=True):
    """It is done."""

    NAME: ClassVar[str] = "help-plan.action-done"
    child: str
    action: str
    done_by: str


class HelpActionReopened(Fact, frozen=True, kw_only=True):
    """It is not done after all."""

    NAME: ClassVar[str] = "help-plan.action-reopened"
    child: str
    action: str
    reopened_by: str


class TeamMet(Fact, frozen=True, kw_only=True):
    """The team met: who was there, who not, whether the family was, where the family says it is, and the next review.

    `heard`: how the child's view was obtained for it, of VIEWS; "" in facts from before it was asked.
    """

    NAME: ClassVar[str] = "help-plan.team-met"
    child: str
    met_at: datetime
    present: tuple[Seat, ...]
    absent: tuple[Seat, ...]
    family_present: bool
    goal: int | None
    review_on: date
    organisation: str
    setting: str
    shared_with: tuple[str, ...]
    recorded_by: str
    items: tuple[Sealed, ...] = ()
    heard: str = ""


class PlanClosed(Fact, frozen=True, kw_only=True):
    """The plan is over; `reviews` are the days on which its outcome is looked at again, by stage."""

    NAME: ClassVar[str] = "help-plan.closed"
    child: str
    reason: str
    closed_by: str
    reviews: tuple[tuple[str, date], ...]


class OutcomeRecorded(Fact, frozen=True, kw_only=True):
    """How it is for the child at one stage, and where the family says it is; a person's word and not the hub's."""

    NAME: ClassVar[str] = "help-plan.outcome-recorded"
    child: str
    stage: str
    outcome: str
    goal: int | None
    organisation: str
    setting: str
    shared_with: tuple[str, ...]
    recorded_by: str
    items: tuple[Sealed, ...] = ()


PlanFact = (
    PlanMade
    | TeamChanged
    | HelpActionSet
    | HelpActionDone
    | HelpActionReopened
    | TeamMet
    | PlanClosed
    | OutcomeRecorded
)
FACTS: tuple[type[PlanFact], ...] = (
    PlanMade,
    TeamChanged,
    HelpActionSet,
    HelpActionDone,
    HelpActionReopened,
    TeamMet,
    PlanClosed,
    OutcomeRecorded,
)


@dataclass(frozen=True)
class Plan:
    """State of one plan of help."""

    id: str
    version: int = 0
    made: PlanMade | None = None
    seats: tuple[Seat, ...] = ()
    family: tuple[str, ...] = ()
    review_on: date | None = None
    actions: tuple[HelpActionSet, ...] = ()
    done: frozenset[str] = frozenset()
    met: tuple[TeamMet, ...] = ()
    closed: PlanClosed | None = None
    outcomes: Mapping[str, OutcomeRecorded] | None = None


class Make(Struct, frozen=True, kw_only=True):
    """Ask to make a plan with its team."""

    team: str
    seats: tuple[Seat, ...]
    family: tuple[str, ...]
    goal_words: str
    goal: int | None
    review_on: date | None


class Meet(Struct, frozen=True, kw_only=True):
    """Ask to record a meeting of the team."""

    met_at: datetime | None
    present: tuple[Seat, ...]
    family_present: bool | None
    goal: int | None
    review_on: date | None
    notes: str = ""
    voice: str = ""


class SetAction(Struct, frozen=True, kw_only=True):
    """Ask to put an action into the plan."""

    what: str
    owner: str
    due: date | None
    words: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """Ask to record how it is at one stage."""

    stage: str
    outcome: str
    goal: int | None
    why: str


def stream(person: str, ident: str) -> str:
    """The stream of a plan; it lies under the person's key."""
    return f"help-plan:{person}:{ident}"


def fold(ident: str, facts: Iterable[Fact]) -> Plan:
    """A plan after these facts, in order."""
    state = Plan(ident, outcomes={})
    for fact in facts:
        if isinstance(fact, PlanFact):
            state = evolve(state, fact)
    return state


def evolve(state: Plan, fact: PlanFact) -> Plan:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case PlanMade():
            return replace(state, made=fact, seats=fact.seats, family=fact.family, review_on=fact.review_on)
        case TeamChanged():
            return replace(state, seats=fact.seats, family=fact.family)
        case HelpActionSet():
            return replace(state, actions=(*state.actions, fact))
        case HelpActionDone():
            return replace(state, done=state.done | {fact.action})
        case HelpActionReopened():
            return replace(state, done=state.done - {fact.action})
        case TeamMet():
            return replace(state, met=(*state.met, fact), review_on=fact.review_on)
        case PlanClosed():
            return replace(state, closed=fact, review_on=None)
        case OutcomeRecorded():
            return replace(state, outcomes={**(state.outcomes or {}), fact.stage: fact})
        case _:
            assert_never(fact)


def check_team(team: Team | None, seats: Collection[Seat], family: Collection[str], working: Collection[Seat]) -> None:
    """Refused unless so many organisations as the partnership says sit in it, all at work with the child, and the family.

    `working` are the settings that work with the child now, and that of who leads.
    """
    if team is None:
        raise Refused("Select a type of team of this partnership", "team")
    if not set(seats) <= set(working):
        raise Refused("Select only settings that work with this child", "seats")
    if len({seat.organisation for seat in seats}) < team.organisations:
        raise Refused(f"A team has at least {team.organisations} organisations: select their settings", "seats")
    if not set(family) <= set(FAMILY):
        raise Refused("Select who sits for the family", "family")
    if team.family_seat and not family:
        raise Refused("The family has a seat: select who takes it", "family")


def check_make(
    wish: Make, team: Team | None, working: Collection[Seat], open_ones: Collection[str], today: date
) -> date:
    """The first review's day. Raises Refused, naming the field."""
    if open_ones:
        raise Refused("A plan for this child is open: change it, or close it first", "team")
    check_team(team, wish.seats, wish.family, working)
    if not wish.goal_words.strip():
        raise Refused("Enter the family's own goal, in its words", "goal_words")
    if wish.goal not in SCALE:
        raise Refused("Enter where the family says it is now, from 0 to 10", "goal")
    return _review(wish.review_on, today)


def check_open(state: Plan) -> PlanMade:
    """The plan's beginning. Raises Refused for one that is closed."""
    if state.made is None or state.closed is not None:
        raise Refused("This plan is closed: make another", "plan")
    return state.made


def check_action(state: Plan, wish: SetAction, today: date) -> tuple[str, date]:
    """The action's id and day. Raises Refused, naming the field."""
    check_open(state)
    if wish.what not in ACTIONS:
        raise Refused("Select what is to be done", "what")
    if wish.owner not in {BY_FAMILY, *(seat.organisation for seat in state.seats)}:
        raise Refused("Select who does it: an organisation of the team, or the family", "owner")
    if wish.due is None or not today <= wish.due <= today + WITHIN:
        raise Refused("Enter a day from today on, within a year, by which it is done", "due-day")
    if wish.what == "other" and not wish.words.strip():
        raise Refused("Enter what is to be done", "words")
    return f"{wish.what}.{len(state.actions) + 1}", wish.due


def planned(state: Plan, action: str) -> HelpActionSet:
    """This action of the plan. Raises Refused where there is none."""
    found = next((one for one in state.actions if one.action == action), None)
    if found is None:
        raise Refused("Select an action of this plan", "action")
    return found


def do(state: Plan, action: str, by: str) -> list[Fact]:
    """It is done; nothing new where it was. Raises Refused."""
    one = planned(state, action)
    return [] if action in state.done else [HelpActionDone(child=one.child, action=action, done_by=by)]


def undo(state: Plan, action: str, by: str) -> list[Fact]:
    """It is not done after all. Raises Refused."""
    one = planned(state, action)
    if action not in state.done:
        raise Refused("This action is still to be done: there is nothing to take back", "action")
    return [HelpActionReopened(child=one.child, action=action, reopened_by=by)]


def check_meet(state: Plan, wish: Meet, now: datetime) -> tuple[datetime, date, bool]:
    """When it met, the next review's day, whether the family was there. Raises Refused, naming the field."""
    check_open(state)
    if wish.met_at is None or wish.met_at > now:
        raise Refused("Enter when the team met; a meeting that is to come is not recorded yet", "met-day")
    if not wish.present or not set(wish.present) <= set(state.seats):
        raise Refused("Select who of the team was there", "present")
    if wish.family_present is None:
        raise Refused("Say whether the family was there", "family_present")
    if wish.voice not in VIEWS:
        raise Refused("Select how the child's view was obtained for this meeting, or that it was not", "voice")
    if wish.goal is not None and wish.goal not in SCALE:
        raise Refused("Enter where the family says it is, from 0 to 10", "goal_now")
    return wish.met_at, _review(wish.review_on, london_day(now), "next_review-day"), wish.family_present


def check_outcome(state: Plan, wish: Outcome, today: date) -> None:
    """Refused, naming the field: a stage after the close is recorded once its day has come, and every answer has its reason."""
    if state.made is None or wish.stage not in STAGES:
        raise Refused("Select the stage", "stage")
    due = dict(state.closed.reviews).get(wish.stage) if state.closed else None
    if STAGES[wish.stage] and due is None:
        raise Refused("The plan is not closed: nothing can be said of the time after it", "stage")
    if due is not None and today < due:
        raise Refused(f"This is recorded from {due:%-d %B %Y} on", "stage")
    if wish.outcome not in OUTCOMES:
        raise Refused("Select how it is for the child", "outcome")
    if wish.goal is not None and wish.goal not in SCALE:
        raise Refused("Enter where the family says it is, from 0 to 10", "outcome_goal")
    if not wish.why.strip():
        raise Refused("Enter what that rests on", "outcome_why")


def check_close(state: Plan, reason: str) -> None:
    """Refused, naming the field: a plan closes for a reason, with how it is for the child at the start and now on record."""
    check_open(state)
    if reason not in CLOSED:
        raise Refused("Select why it closes", "reason")
    missing = {"start", "close"} - set(state.outcomes or {})
    if reason != "entered_in_error" and missing:
        raise Refused("Record how it was for the child at the start, and how it is now, before you close it", "stage")


def reviews(today: date) -> tuple[tuple[str, date], ...]:
    """The days on which the outcome of a plan that closes today is looked at again."""
    return tuple((stage, months_after(today, months)) for stage, months in STAGES.items() if months)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; of a month that lacks it, its last."""
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def sustained(closed_on: date, today: date, again: Iterable[date]) -> str:
    """Whether what was reached held: "no" where somebody stepped up or referred again within the time, "yes" once that time
    has passed, and "not_yet" before. Source: the strategies' measure of outcomes that hold (SUSTAINED_MONTHS).
    """
    ends = months_after(closed_on, SUSTAINED_MONTHS)
    if any(closed_on <= one <= ends for one in again):
        return "no"
    return "yes" if today > ends else "not_yet"


def _review(day: date | None, today: date, field: str = "review-day") -> date:
    if day is None or not today < day <= today + WITHIN:
        raise Refused("Enter the day of the next review, within a year", field)
    return day
