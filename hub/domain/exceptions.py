"""Exceptions: an override of a refusal, for which two people stand, and break-glass, one person in an emergency.

Pure. It promises that an exception ends by itself: what it may do now follows from the clock and its facts, so no process
can forget to close it. Who may ask, agree and go through one: hub/domain/exceptional.py.
Streams override:<id>, break-glass:<id>, own-family:<staff id>, night-looks:<staff id>.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal, assert_never, get_args

from hub.domain.calendar import Calendar
from hub.domain.fact import Fact, Recorded
from hub.domain.item import Category, Sealed
from hub.domain.moments import LONDON, london_day
from hub.domain.person import PersonMerged, PersonReinstated, SourceRecordLinked, SourceRecordUnlinked
from hub.domain.sharing import BREAK_GLASS_LASTS, OVERRIDE_LASTS, BreakGlass, Override

Kind = Literal["override", "break_glass"]
State = Literal["waits", "works", "works_until_second", "declined", "ended", "lapsed"]
Why = Literal["risk_of_harm", "child_not_seen", "refusal_in_doubt", "statute_or_court", "other"]
Emergency = Literal["immediate_danger", "missing_child", "medical_emergency", "police_protection", "other"]
Told = Literal["told", "told_afterwards", "increases_risk", "prejudices_investigation", "not_possible"]
Outcome = Literal["justified", "wider_than_needed", "not_justified", "misuse_suspected"]
ALONE_UNTIL = timedelta(hours=4)  # out of hours: until when the second person may come
WAITS = OVERRIDE_LASTS  # by day: for how long one may still be agreed to
STEP_UP = timedelta(minutes=5)  # how fresh the confirmation of who one is must be
MOST_UNREVIEWED = 3  # break-glass of one person that nobody has gone through yet
LONGEST = int(OVERRIDE_LASTS / timedelta(hours=1))
CATEGORIES: frozenset[str] = frozenset(get_args(Category))


class OverrideAsked(Fact, frozen=True, kw_only=True):
    """Somebody asks that a refusal be overridden for one child: whose items, of which classes, for how long, and why.

    Empty `organisations` or `categories` are all of them. `told`: whether the family is told, or why not. `at_night`: the
    offices were closed, so it works at once, and the second person may come within four hours.
    """

    NAME: ClassVar[str] = "override.asked"
    child: str
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: int
    reason: Why
    told: Told
    at_night: bool
    by: str
    items: tuple[Sealed, ...] = ()  # the reason in words, sealed


class OverrideApproved(Fact, frozen=True, kw_only=True):
    """A second person agreed, in these roles."""

    NAME: ClassVar[str] = "override.approved"
    by: str
    roles: tuple[str, ...]


class OverrideDeclined(Fact, frozen=True, kw_only=True):
    """A second person did not agree, or who asked took it back: it opens nothing any more."""

    NAME: ClassVar[str] = "override.declined"
    by: str
    items: tuple[Sealed, ...] = ()


class OverrideEnded(Fact, frozen=True, kw_only=True):
    """It was ended before its time."""

    NAME: ClassVar[str] = "override.ended"
    by: str


class OverrideReviewed(Fact, frozen=True, kw_only=True):
    """Somebody else went through it afterwards."""

    NAME: ClassVar[str] = "override.reviewed"
    outcome: Outcome
    by: str
    items: tuple[Sealed, ...] = ()


class GlassBroken(Fact, frozen=True, kw_only=True):
    """One person opened a child's record in an emergency: acknowledged what follows, and had just confirmed who they are."""

    NAME: ClassVar[str] = "break-glass.opened"
    child: str
    reason: Emergency
    by: str
    roles: tuple[str, ...]
    confirmed_at: datetime  # aware UTC
    items: tuple[Sealed, ...] = ()


class GlassEnded(Fact, frozen=True, kw_only=True):
    """It was ended before its half hour was over."""

    NAME: ClassVar[str] = "break-glass.ended"
    by: str


class GlassReviewed(Fact, frozen=True, kw_only=True):
    """Somebody else went through it on the next working day."""

    NAME: ClassVar[str] = "break-glass.reviewed"
    outcome: Outcome
    by: str
    items: tuple[Sealed, ...] = ()


class FamilyLooksReviewed(Fact, frozen=True, kw_only=True):
    """Somebody went through one person's looks at their own family, up to this position of the ledger.

    The person is not told.
    """

    NAME: ClassVar[str] = "own-family.reviewed"
    staff: str
    until: int
    outcome: Outcome
    by: str


class NightLooksReviewed(Fact, frozen=True, kw_only=True):
    """Somebody else went through what one person read out of hours because contacts had come in, up to this ledger position.

    Stream night-looks:<staff id>.
    """

    NAME: ClassVar[str] = "night-looks.reviewed"
    staff: str
    until: int
    outcome: Outcome
    by: str


ExceptionFact = (
    OverrideAsked | OverrideApproved | OverrideDeclined | OverrideEnded | OverrideReviewed
    | GlassBroken | GlassEnded | GlassReviewed
)  # fmt: skip
FACTS: tuple[type[Fact], ...] = (
    OverrideAsked, OverrideApproved, OverrideDeclined, OverrideEnded, OverrideReviewed, GlassBroken, GlassEnded,
    GlassReviewed, FamilyLooksReviewed, NightLooksReviewed,
)  # fmt: skip


@dataclass(frozen=True)
class Exceptional:
    """One exception, folded. `position` is where its first fact stands; times are aware UTC."""

    id: str
    kind: Kind
    version: int = 0
    position: int = 0
    child: str = ""
    by: str = ""
    roles: tuple[str, ...] = ()
    reason: str = ""
    told: str = ""
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: int = 0
    at_night: bool = False
    asked_at: datetime | None = None
    approved_by: str = ""
    approver_roles: tuple[str, ...] = ()
    approved_at: datetime | None = None
    declined_by: str = ""
    ended_at: datetime | None = None
    reviewed_by: str = ""
    outcome: str = ""

    @property
    def stream(self) -> str:
        """Where its facts stand."""
        return f"{self.kind.replace('_', '-')}:{self.id}"

    @property
    def begins(self) -> datetime | None:
        """From when it works: None for one that waits for the second person by day."""
        return self.asked_at if self.kind == "break_glass" or self.at_night else self.approved_at

    @property
    def ends(self) -> datetime | None:
        """When it lapses by itself."""
        begins = self.begins
        if begins is None:
            return None
        return begins + (BREAK_GLASS_LASTS if self.kind == "break_glass" else timedelta(hours=self.hours))

    @property
    def second_by(self) -> datetime | None:
        """Until when the second person may agree; None where nobody needs to."""
        if self.kind == "break_glass" or self.asked_at is None:
            return None
        return self.asked_at + (ALONE_UNTIL if self.at_night else WAITS)


def fold(stream: str, history: Iterable[Recorded]) -> Exceptional:
    """The exception after all these facts of its stream; total, never refuses."""
    prefix, _, ident = stream.partition(":")
    state = Exceptional(ident, "break_glass" if prefix == "break-glass" else "override")
    for recorded in history:
        if isinstance(recorded.fact, ExceptionFact):
            state = _evolve(replace(state, version=recorded.version), recorded.fact, recorded)
    return state


def _evolve(one: Exceptional, fact: ExceptionFact, recorded: Recorded) -> Exceptional:
    at = recorded.envelope.known_at
    match fact:
        case OverrideAsked():
            return replace(
                one, position=recorded.position, child=fact.child, by=fact.by, reason=fact.reason, told=fact.told,
                organisations=fact.organisations, categories=fact.categories, hours=min(fact.hours, LONGEST),
                at_night=fact.at_night, asked_at=at,
            )  # fmt: skip
        case GlassBroken():
            return replace(
                one, position=recorded.position, child=fact.child, by=fact.by, roles=fact.roles, reason=fact.reason,
                asked_at=at,
            )  # fmt: skip
        case OverrideApproved():
            return replace(one, approved_by=fact.by, approver_roles=fact.roles, approved_at=at)
        case OverrideDeclined():
            return replace(one, declined_by=fact.by)
        case OverrideEnded() | GlassEnded():
            return replace(one, ended_at=at)
        case OverrideReviewed() | GlassReviewed():
            return replace(one, reviewed_by=fact.by, outcome=fact.outcome)
        case _:
            assert_never(fact)


def state_at(one: Exceptional, at: datetime, *, closed: bool) -> State:
    """What it may do at `at` (aware); `closed`: the offices are. What lapses does so by itself.

    Asked out of hours and not agreed to yet, it works while the offices are closed and the four hours last; when they open
    before, it waits.
    """
    if one.declined_by:
        return "declined"
    if one.ended_at is not None:
        return "ended"
    if one.ends is not None and at >= one.ends:
        return "lapsed"
    if one.kind == "break_glass" or one.approved_by:
        return "works"
    if one.second_by is not None and at >= one.second_by:
        return "lapsed"
    return "works_until_second" if one.at_night and closed else "waits"


WORKS: frozenset[State] = frozenset({"works", "works_until_second"})


def settled_in(one: Exceptional, history: Iterable[Recorded]) -> bool:
    """Whether people have moved who the child is held to be since it was asked for: then it opens nothing any more.

    An exception is for the person as they were. Without this who asked could alone join somebody else to that person.
    """
    moved = (SourceRecordLinked, SourceRecordUnlinked, PersonMerged, PersonReinstated)
    return any(
        each.position > one.position and isinstance(each.fact, moved) and getattr(each.fact, "decision", "")
        for each in history
    )


def as_override(one: Exceptional) -> Override | None:
    """The override as the policies read it; None while it opens nothing whatever the hour."""
    if one.kind != "override" or one.begins is None or one.ends is None or one.declined_by or one.ended_at:
        return None
    return Override(
        asked_by=one.by, approved_by=one.approved_by, approver_roles=one.approver_roles, reason_recorded=bool(one.reason),
        recorded=one.begins, expires=one.ends, organisations=frozenset(one.organisations),
        categories=frozenset(one.categories), second_by=one.second_by if one.at_night else None,
    )  # fmt: skip


def as_break_glass(one: Exceptional) -> BreakGlass | None:
    """The opening as the policies read it; None once it was ended."""
    if one.kind != "break_glass" or one.asked_at is None or one.ends is None or one.ended_at:
        return None
    return BreakGlass(
        by=one.by, acknowledged=True, reason_recorded=bool(one.reason), recorded=one.asked_at, expires=one.ends
    )


def to_review(one: Exceptional, at: datetime, *, closed: bool) -> bool:
    """Whether somebody must go through it now: it was of use to somebody, is over, and nobody has.

    Break-glass at once; an override that opened nothing (declined or lapsed by day without a second person) never.
    """
    if one.reviewed_by:
        return False
    if one.kind == "break_glass":
        return True
    return one.begins is not None and state_at(one, at, closed=closed) not in {*WORKS, "waits"}


def review_due(one: Exceptional, calendar: Calendar | None) -> datetime | None:
    """By when somebody goes through it (aware): the end of the next working day after it began; None before it did.

    `calendar` is the edition's; without one Monday to Friday are worked, until five.
    """
    if one.begins is None:
        return None
    return next_working_day(one.begins, calendar)


def next_working_day(at: datetime, calendar: Calendar | None) -> datetime:
    """The end of the next working day after `at` (aware, and in its zone); of Monday to Friday, at five, without a calendar."""
    worked = calendar or Calendar()
    day = london_day(at) + timedelta(days=1)
    while not worked.working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, worked.closes, LONDON).astimezone(at.tzinfo)
