"""The stream of the synthetic world: what organisations say over some years, in the order in which they publish it.

It keeps the people in memory and two months of messages at a time, so memory grows with the number of children and
not with the years. The truth comes out of the same pass, beside the messages and never in them.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from bench.world.names import NameList
from bench.world.noise import FACTOR, Noise
from bench.world.planning import PlannedStory, Planner, Rates, midnight
from bench.world.population import OUTSIDE, YES, Family, Population, populate
from bench.world.routine import Routine
from bench.world.services import FrontDoor
from bench.world.telling import Draft, Emitted, Named, Teller
from bench.world.truth import Planted, Tally, TruePerson, Truth

SLICE = timedelta(days=61)
DEFAULT_END = date(2026, 1, 1)


class World:
    """A partnership of `children` children over `years` years that end on `end`; equal arguments give equal bytes.

    `noise` is how badly organisations know people: "none", "normal" or "double". `scope` "contacts" leaves registers and
    logs out (then organisations number what is left without a gap); "routine" is all. `names` are "few", each as common
    as the next, or "many", unevenly spread as real ones (what matching is measured on). Raises ValueError for fewer than one
    child, or years that are not above zero and at most 18.
    """

    def __init__(
        self,
        children: int,
        years: float,
        seed: int,
        *,
        noise: Noise = "normal",
        end: date = DEFAULT_END,
        rates: Rates | None = None,
        scope: Literal["contacts", "routine"] = "routine",
        names: NameList = "few",
    ) -> None:
        if children < 1:
            raise ValueError("a world needs at least one child: give children=1 or more")
        if not 0 < years <= 18:
            raise ValueError("years must be above 0 and at most 18: after that every child has grown up")
        self.children, self.years, self.seed, self.noise = children, years, seed, noise
        self.end, self.scope, self.names = end, scope, names
        self.start = end - timedelta(days=round(years * 365.25))
        self.rates = rates or Rates()
        self.population: Population = populate(children, self.start, self.end, Random(seed), names)

    def messages(self) -> Iterator[Emitted]:
        """Everything that organisations say, in the order of `publish_at`, with gapless numbers in each source."""
        for emitted, _ in self.steps():
            if emitted is not None:
                yield emitted

    def truth(self) -> Iterator[Truth]:
        """Who is who and what was planted: the same pass again, with the messages left out."""
        for _, rows in self.steps():
            yield from rows

    def child_years(self) -> float:
        """Years that children under 18 live in this partnership in this world's time, from birth."""
        days = 0
        for family in self.population.families:
            for child in family.children:
                first, last = max(child.born, self.start), min(child.born + timedelta(days=6574), self.end)
                if last > first:
                    days += (last - first).days - _days_away(family, child.born, self.start, self.end)
        return days / 365.25

    def steps(self) -> Iterator[tuple[Emitted | None, Iterable[Truth]]]:
        """One pass: each message with its truth, then (without a message) what is only known at the end."""
        planner = Planner(self.population, self.rates, self.start, self.end, Random(f"plan {self.seed}"))
        teller = Teller(self.population, FACTOR[self.noise], Random(f"tell {self.seed}"))
        door = FrontDoor(planner, self.rates, self.start, self.end, Random(f"door {self.seed}"))
        routine = Routine(planner, self.rates, self.start, self.end, Random(f"routine {self.seed}"))
        waiting = _Waiting(midnight(self.start), midnight(self.end))
        stories: dict[str, _OpenStory] = {}
        named: Counter[str] = Counter()
        waiting.put(door.opening())
        yield None, door.taken()
        first = self.start
        while first < self.end:
            before = min(first + SLICE, self.end)
            waiting.put(planner.slice(first, before, stories_into=lambda story: _open(stories, story)))
            waiting.put(routine.slice(first, before))
            for draft in waiting.until(midnight(before)):
                if not door.closes(draft):
                    continue
                if draft.scope == "routine" and self.scope == "contacts":
                    if draft.planted is not None:
                        stories[draft.planted].left_out += 1
                        yield None, _told(stories, draft.planted)
                    continue
                if draft.planted is not None and draft.forced == "referral" and door.is_open_to_social_care(draft):
                    stories[draft.planted].averted = 1  # somebody had stepped in: nothing comes to a head
                    yield None, _told(stories, draft.planted)
                    continue
                emitted, truths = teller.tell(draft)
                rows: list[Truth] = list(truths)
                who = tuple(row for row in truths if isinstance(row, Named))
                named.update(row.person for row in who if row.n >= 0)
                if draft.planted is not None:
                    story = stories[draft.planted]
                    story.messages.append(emitted.id)
                    rows += _told(stories, draft.planted)
                waiting.put(door.receives(draft, emitted), after=draft.publish_at)
                rows += door.taken()
                yield emitted, rows
                again = planner.second_thought(draft, emitted, who)
                if again is not None:
                    waiting.put([again], after=draft.publish_at)
            first = before
        yield None, [story.row() for story in stories.values()]
        yield None, [Tally(what, round(count, 2)) for what, count in routine.tally.items()]
        yield None, self._people(named)

    def _people(self, named: Counter[str]) -> Iterator[TruePerson]:
        for family in self.population.families:
            for child in family.children:
                times = named[child.id]
                why = "no organisation reported anything about this child" if child.born < self.end else "not yet born"
                if family.is_away(self.start) and family.is_away(self.end):
                    why = "lives beyond the boundary"
                yield TruePerson(
                    person=child.id, kind="child", family=family.index, born=child.born, community=family.community,
                    deprivation_fifth=family.fifth, twin=child.twin, half_sibling=child.half_sibling,
                    ethnic_group=family.ethnic_group, disability=child.characteristics.disability == YES,
                    free_meals=family.free_meals, kinship=family.kinship, moved_across=_moved_across(family),
                    days_away=_days_away(family, child.born, self.start, self.end), times_named=times,
                    silent=None if times else why,
                )  # fmt: skip
            for adult in family.adults:
                times = named[adult.id]
                yield TruePerson(
                    person=adult.id, kind="adult", family=family.index, born=adult.born, community=family.community,
                    deprivation_fifth=family.fifth, ethnic_group=family.ethnic_group, kinship=family.kinship,
                    moved_across=_moved_across(family), times_named=times,
                    silent=None if times else "no organisation named this adult",
                )  # fmt: skip


class _OpenStory:
    """A planted story whose reports are still coming."""

    def __init__(self, planned: PlannedStory) -> None:
        self.planned = planned
        self.messages: list[str] = []
        self.averted = self.left_out = 0

    def row(self) -> Planted:
        planned = self.planned
        return Planted(
            id=planned.id, story=planned.story, need=planned.need, child=planned.child, began=planned.began,
            escalates=planned.escalates, messages=tuple(self.messages), before=planned.before,
            held_back=planned.held_back, averted=self.averted, left_out=self.left_out,
            unsent=planned.reports - planned.before - planned.held_back - self.averted - self.left_out
            - len(self.messages),
        )  # fmt: skip


def _told(stories: dict[str, _OpenStory], planted: str) -> list[Truth]:
    """The row of a story all of whose reports are accounted for, taken out; else nothing."""
    row = stories[planted].row()
    return [stories.pop(planted).row()] if row.unsent == 0 else []


class _Waiting:
    """Drafts that are not yet published, in the order of `publish_at`; those outside the world's time are let go."""

    def __init__(self, begin: datetime, last: datetime) -> None:
        self.begin, self.last = begin, last
        self.heap: list[tuple[datetime, int, Draft]] = []
        self.number = 0

    def put(self, drafts: Iterable[Draft], after: datetime | None = None) -> None:
        """Keep these; what follows from something comes `after` it."""
        for draft in drafts:
            if after is not None and draft.publish_at <= after:
                draft = msgspec.structs.replace(draft, publish_at=after + timedelta(seconds=30))  # noqa: PLW2901 - the same draft, a little later
            if self.begin <= draft.publish_at < self.last:
                self.number += 1
                heapq.heappush(self.heap, (draft.publish_at, self.number, draft))

    def until(self, horizon: datetime) -> Iterator[Draft]:
        """The drafts due before `horizon`, each taken out; more may be put in meanwhile."""
        while self.heap and self.heap[0][0] < horizon:
            yield heapq.heappop(self.heap)[2]


def _days_away(family: Family, born: date, start: date, end: date) -> int:
    """How many days of a childhood within the world's time the family lived beyond the boundary."""
    first, last = max(born, start), min(born + timedelta(days=6574), end)
    days = 0
    for home, following in zip(family.homes, (*family.homes[1:], None), strict=True):
        if home.area == OUTSIDE:
            until = following.since if following else last
            days += max(0, (min(until, last) - max(home.since, first)).days)
    return days


def _moved_across(family: Family) -> bool:
    outside = [home.area == OUTSIDE for home in family.homes]
    return any(outside) and not all(outside)


def _open(stories: dict[str, _OpenStory], planned: PlannedStory) -> None:
    stories[planned.id] = _OpenStory(planned)
