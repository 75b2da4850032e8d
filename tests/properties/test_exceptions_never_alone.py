"""Whatever people do, in whatever order and at whatever hour: what an exception opens is what its rules allow, and no more."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain import exceptional as acts
from hub.domain import exceptions as x
from hub.domain.calendar import Calendar
from hub.domain.errors import Refused
from hub.domain.fact import Envelope, Fact, Recorded
from hub.domain.sharing import Ask, Organisation, Resource, Subject, asker_of, facts_of
from hub.domain.staff import Staff

MONDAY = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
OFFICES = Calendar()
PEOPLE = ("ann", "ben", "cem")
COUNCIL = Organisation("council", "social_care", party=True)
steps = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=600), st.sampled_from(PEOPLE),
        st.sampled_from(("ask", "agree", "decline", "end", "glass", "review")), st.integers(min_value=1, max_value=24),
    ),
    max_size=14,
)  # fmt: skip


class World:
    """The exceptions about one child, as facts; whoever asks is taken through the domain's own decisions."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Recorded]] = {}
        self.position = 0

    def put(self, stream: str, facts: list[Any], at: datetime) -> None:
        for fact in facts:
            self.position += 1
            held = self.streams.setdefault(stream, [])
            held.append(Recorded(stream, len(held) + 1, self.position, Envelope(at, at, "", "", "", "1"), fact))

    def all(self) -> list[x.Exceptional]:
        return [x.fold(stream, history) for stream, history in self.streams.items()]

    def of(self, staff: str) -> list[x.Exceptional]:
        return [one for one in self.all() if one.by == staff]

    def step(self, who: str, what: str, hours: int, at: datetime) -> None:
        shut = not OFFICES.working(at)
        if what in {"ask", "glass"}:
            self.begin(who, what, hours, at, shut=shut)
            return
        for one in self.all():
            decided: list[Any] = []
            try:
                if what == "agree":
                    decided = acts.approve(one, who, ("mash_manager",), self.of(who), at)
                elif what == "decline":
                    decided = acts.decline(one, who, at)
                elif what == "end":
                    decided = acts.end(one, who, at)
                else:
                    decided = acts.review(one, "justified", who, self.of(who), at)
            except Refused:
                continue
            self.put(one.stream, decided, at)

    def begin(self, who: str, what: str, hours: int, at: datetime, *, shut: bool) -> None:
        fact: Fact
        if what == "ask":
            wish = acts.AskOverride(child="c", hours=hours, reason="other", told="told", why="w", by=who)
            name = f"override:{acts.name_next('override', who, 'c', self.of(who))}"
            fact = x.OverrideAsked(child="c", hours=hours, reason="other", told="told", at_night=shut, by=who)
        else:
            glass = acts.BreakTheGlass(
                child="c", reason="other", why="w", acknowledged=True, by=who, roles=(), confirmed_at=at
            )
            name = f"break-glass:{acts.name_next('break_glass', who, 'c', self.of(who))}"
            fact = x.GlassBroken(child="c", reason="other", by=who, roles=(), confirmed_at=at)
        try:
            acts.against(wish if what == "ask" else glass, self.of(who), at, closed=shut)
        except Refused:
            return
        assert name not in self.streams
        self.put(name, [fact], at)


def sound(one: x.Exceptional, who: str, at: datetime) -> bool:
    """What the policies are told of one exception, for one asker at one moment."""
    staff = Staff(
        who, organisation="council", roles=("mash_manager",), active=True, ig_trained_until=at.replace(year=2099)
    )
    subject = Subject(person="c", override=x.as_override(one), break_glass=x.as_break_glass(one))
    ask = Ask(
        id="a", who=asker_of(staff, COUNCIL, at, mfa=True), action="read", purpose="child_protection", reason="r", at=at,
        invokes=one.kind, out_of_hours=not OFFICES.working(at),
    )  # fmt: skip
    (facts,) = facts_of(ask, Resource(category="narrative", owner=COUNCIL, subjects=(subject,)), duty_in_force=False)
    if one.kind == "break_glass":
        return facts.subject.break_glass.live
    override = facts.subject.override
    return override.live and ((override.second_person and override.by_manager) or override.provisional)


@settings(max_examples=300, deadline=None)
@given(steps, st.integers(min_value=0, max_value=3_000))
def test_whatever_people_do_an_exception_opens_only_what_its_rules_allow(taken: list[Any], later: int) -> None:
    world, at = World(), MONDAY
    for minutes, who, what, hours in taken:
        at += timedelta(minutes=minutes)
        world.step(who, what, hours, at)
    at += timedelta(minutes=later)
    for one in world.all():
        assert one.asked_at is not None
        for who in PEOPLE:
            if not sound(one, who, at):
                continue
            assert who == one.by
            assert x.state_at(one, at, closed=not OFFICES.working(at)) in x.WORKS
            assert not one.declined_by
            assert one.ended_at is None
            if one.kind == "break_glass":
                assert at < one.asked_at + timedelta(minutes=30)
            elif one.approved_by:
                assert one.approved_by != one.by
                assert at < (one.begins or at) + timedelta(hours=24)
            else:
                assert one.at_night
                assert not OFFICES.working(at)
                assert at < one.asked_at + timedelta(hours=4)
        assert one.reviewed_by not in {one.by, one.approved_by} - {""}


@settings(max_examples=200, deadline=None)
@given(steps, st.integers(min_value=0, max_value=3_000))
def test_whatever_works_by_its_facts_the_policies_let_open_and_nothing_else(taken: list[Any], later: int) -> None:
    world, at = World(), MONDAY
    for minutes, who, what, hours in taken:
        at += timedelta(minutes=minutes)
        world.step(who, what, hours, at)
    at += timedelta(minutes=later)
    for one in world.all():
        works = x.state_at(one, at, closed=not OFFICES.working(at)) in x.WORKS
        assert sound(one, one.by, at) == works, msgspec.json.encode([one.id, at]).decode()


@settings(max_examples=200, deadline=None)
@given(steps)
def test_nobody_reads_all_night_on_what_nobody_agreed_to(taken: list[Any]) -> None:
    world, at = World(), MONDAY
    for minutes, who, what, hours in taken:
        at += timedelta(minutes=minutes)
        world.step(who, what, hours, at)
    for who in PEOPLE:
        alone = [one for one in world.of(who) if one.kind == "override" and one.at_night and not one.approved_by]
        times = sorted(one.asked_at for one in alone if one.asked_at)
        assert all(later - earlier >= timedelta(hours=24) for earlier, later in pairwise(times))
