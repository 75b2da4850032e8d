"""What happens to whom, and when: ordinary life with its own contacts, and the needs that are planted.

Planning gives drafts for a span of days; nothing is said yet. Rates are in `Rates`, each with where it comes from.
"""

import math
from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Literal

import msgspec
from msgspec import Struct

from bench.world import calendar
from bench.world.population import ADULT_AT, Child, Family, Population
from bench.world.situations import BY_ID, SHARES, SITUATIONS, STORIES, STRENGTHS, Situation, Source, Step, Story
from bench.world.telling import Draft, Emitted, Named
from hub.domain.message import ConcernRaised
from hub.domain.moments import london_day


class Rates(Struct, frozen=True, kw_only=True):
    """Yearly rates per child under 18 (or the unit named), and chances. Sources in docs/world.md."""

    ordinary: float = 0.135  # concerns of ordinary life, before siblings are named too: makes 250 child contacts in all
    sibling_named: float = 0.5  # chance that each sibling is named where a situation is about the whole family
    building: float = 0.017  # planted needs that build up: 50 per 1,000 children over three years
    harm: float = 0.005  # planted significant harm: 15 per 1,000 over three years
    strengths: float = 0.02
    early_help: float = 0.025  # early help assessments
    in_need: float = 0.02  # children who become a child in need
    household: float = 0.5  # chance that housing tells of a move
    echo: float = 0.08  # chance that a school repeats a police incident of ordinary life
    adults_only: float = 0.04  # chance that police name no child in a domestic incident
    corrected: float = 0.006  # of concerns, corrected or withdrawn later


class PlannedStory(Struct, frozen=True, kw_only=True):
    """A planted story as it was planned: `reports` is how many messages carry it."""

    id: str
    story: str
    need: Literal["building", "harm"]
    child: str
    began: date
    escalates: date | None
    reports: int


class _Seed(Struct, frozen=True):
    family: Family
    child: int
    story: Story
    day: date


class Planner:
    """Plans drafts slice by slice; every slice must be asked for once, in order."""

    def __init__(self, population: Population, rates: Rates, start: date, end: date, rng: Random) -> None:
        self.population, self.rates, self.start, self.end, self.rng = population, rates, start, end, rng
        self.incidents = 0
        self.seeds = sorted(self._plant(), key=lambda seed: (seed.day, seed.family.index, seed.child))
        self.next_seed = 0
        self.heads = [(family, n) for family in population.families for n in range(len(family.children))]
        self.by_head = [float(n) for n in range(1, len(self.heads) + 1)]
        self.by_liability = list(accumulate(family.liability for family, _ in self.heads))
        self.life = sorted(self._births_and_moves())
        self.next_event = 0
        self.by_age = {
            source: [
                [s for s in SITUATIONS if s.source == source and s.weight and s.months[0] <= month < s.months[1]]
                for month in range(-7, ADULT_AT)
            ]
            for source in SHARES
        }
        self.sources: list[Source] = list(SHARES)
        self.shares = [SHARES[source] for source in self.sources]

    def slice(self, first: date, before: date, stories_into: Callable[[PlannedStory], None]) -> Iterator[Draft]:
        """Drafts of what happens from `first` up to, not on, `before`; planted stories that begin then come whole,
        announced through `stories_into` before their first draft."""
        rates = self.rates
        for family, n, day in self._befalls(rates.ordinary, self.by_liability, first, before):
            yield from self._ordinary(family, n, day)
        help_rate = rates.strengths + rates.early_help + rates.in_need
        for family, n, day in self._befalls(help_rate, self.by_head, first, before):
            yield from self._help(family, n, day)
        while self.next_event < len(self.life) and self.life[self.next_event][0] < before:
            day, index, n = self.life[self.next_event]
            self.next_event += 1
            yield from self._life(self.population.families[index], n, day)
        while self.next_seed < len(self.seeds) and self.seeds[self.next_seed].day < before:
            seed = self.seeds[self.next_seed]
            self.next_seed += 1
            drafts, planned = self.story(seed.family, seed.child, seed.story, seed.day, f"planted-{self.next_seed:06d}")
            stories_into(planned)
            yield from drafts

    def second_thought(self, draft: Draft, emitted: Emitted, who: tuple[Named, ...]) -> Draft | None:
        """A later correction or withdrawal of a concern just published, for a few of them."""
        if not isinstance(emitted.message, ConcernRaised) or draft.planted or self.rng.random() >= self.rates.corrected:
            return None
        recorded = calendar.records(
            draft.organisation, draft.publish_at + timedelta(days=self.rng.randrange(1, 9)), self.rng
        )
        return Draft(
            kind="correction" if self.rng.random() < 0.6 else "withdrawal", organisation=draft.organisation,
            family=draft.family, subjects=draft.subjects, start=draft.start, end=draft.end, recorded_at=recorded,
            publish_at=recorded + timedelta(hours=1), situation=draft.situation, of=emitted, of_named=who,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ one concern

    def concern(
        self, family: Family, n: int, situation: Situation, day: date, *, planted: str | None = None,
        incident: str | None = None, told_by: str | None = None,
    ) -> Draft:  # fmt: skip
        """A concern in this situation about the `n`-th child, and siblings where the situation is about all of them."""
        rng = self.rng
        organisation = speaker(situation, family, n, day)
        happened = calendar.happens(organisation, day, rng)
        recorded = calendar.records(organisation, happened, rng)
        publish_at, late = calendar.sends(organisation, recorded, rng)
        start, end = spell(happened, situation.precision)
        low, high = situation.months
        subjects: tuple[int, ...] = (n,)
        if situation.whole_family:
            on = london_day(recorded)
            others = (
                m
                for m, child in enumerate(family.children)
                if m != n and low <= child.months(on) < high and rng.random() < self.rates.sibling_named
            )
            subjects = (n, *others)
        if situation.incident and incident is None:
            self.incidents += 1
            incident = f"INC-{self.incidents:07d}"
        domestic = situation.id in {"domestic_incident", "unborn_domestic_incident"}
        return Draft(
            kind="concern", organisation=organisation, family=family, subjects=subjects, start=start, end=end,
            recorded_at=recorded, publish_at=publish_at, precision=situation.precision, situation=situation,
            incident=incident, told_by=told_by, planted=planted, late=late,
            adults_only=domestic and planted is None and rng.random() < self.rates.adults_only,
        )  # fmt: skip

    def echo(self, family: Family, of: Draft, planted: str | None = None) -> Draft | None:
        """The school tells what police told it: the same incident, the next school day; None without a pupil."""
        day = london_day(of.end) + timedelta(days=1)
        pupils = [n for n in of.subjects if 48 <= family.children[n].months(day) < 192]
        if not pupils or not any(calendar.school_day(day + timedelta(days=k)) for k in range(4)):
            return None
        return self.concern(
            family, pupils[0], BY_ID["school_hears_of_incident"], day, planted=planted, incident=of.incident,
            told_by="police",
        )  # fmt: skip

    # --------------------------------------------------------------------------------------------- ordinary life

    def _befalls(
        self, rate: float, weights: list[float], first: date, before: date
    ) -> Iterator[tuple[Family, int, date]]:
        """Whom something that happens `rate` times a year to each child befalls, and when, in order of days.

        `weights` is a running sum over all children of how likely each is. A child who is not here on the day is
        passed over, so each child's own rate is right whatever the others' ages (a Poisson process, thinned).
        """
        rng, mean = self.rng, 365.25 / (rate * weights[-1]) if rate else math.inf
        days, at = (before - first).days, 0.0
        while (at := at + rng.expovariate(1 / mean) if rate else math.inf) < days:
            family, n = self.heads[bisect(weights, rng.random() * weights[-1])]
            day = first + timedelta(days=int(at))
            if family.children[n].is_here(day):
                yield family, n, day

    def _ordinary(self, family: Family, n: int, day: date) -> Iterator[Draft]:
        rng = self.rng
        months = family.children[n].months(day)
        open_schools = any(calendar.school_day(day + timedelta(days=k)) for k in range(4))
        for _ in range(20):
            source = rng.choices(self.sources, self.shares)[0]
            if source == "school" and not open_schools:
                continue
            choice = self.by_age[source][months + 7]
            if choice:
                break
        else:
            return
        situation = rng.choices(choice, [situation.weight for situation in choice])[0]
        draft = self.concern(family, n, situation, day)
        yield draft
        if situation.id == "domestic_incident" and rng.random() < self.rates.echo:
            echo = self.echo(family, draft)
            if echo is not None:
                yield echo

    def _help(self, family: Family, n: int, day: date) -> Iterator[Draft]:
        """A strength, an early help episode with its agreement, or a child in need: what services do and see."""
        rng, rates = self.rng, self.rates
        child = family.children[n]
        if child.born > day or child.months(day) >= ADULT_AT:
            return
        what = rng.choices(("strength", "help", "need"), (rates.strengths, rates.early_help, rates.in_need))[0]
        if what == "strength":
            draft = self.strength(family, n, day)
            if draft is not None:
                yield draft
        elif what == "help":
            yield self.service("early_help", "involvement", family, (n,), day, state="early_help_assessment")
            state = "given" if rng.random() < 0.78 else "refused"
            yield self.service("early_help", "consent", family, (n,), day, state=state)
            if state == "given" and rng.random() < 0.08:
                yield self.service("early_help", "consent", family, (n,), day + timedelta(days=40), state="withdrawn")
        else:
            yield self.service("children_social_care", "legal", family, (n,), day, state="child_in_need")

    def strength(self, family: Family, n: int, day: date) -> Draft | None:
        """Something that goes well, told by one who knows the child; None where nobody of these would."""
        months = family.children[n].months(day)
        fits = [
            row
            for row in STRENGTHS
            if row[3][0] <= months < row[3][1] and (row[0] != "school" or calendar.school_day(day))
        ]
        if not fits:
            return None
        source, code, text, _ = self.rng.choice(fits)
        school = family.school(family.children[n], day)
        organisation = school[0] if source == "school" and school else source
        draft = self.service(organisation, "strength", family, (n,), day, state="")
        return msgspec.structs.replace(draft, indicators=(code,), text=text)

    def service(
        self, organisation: str, kind: Literal["involvement", "consent", "legal", "household", "strength"],
        family: Family, subjects: tuple[int, ...], day: date, *, state: str,
        planted: str | None = None,
    ) -> Draft:  # fmt: skip
        """A message about services, consent, status or household, recorded and sent at the organisation's pace."""
        happened = calendar.happens(organisation, day, self.rng)
        recorded = calendar.records(organisation, happened, self.rng)
        publish_at, late = calendar.sends(organisation, recorded, self.rng)
        return Draft(
            kind=kind, organisation=organisation, family=family, subjects=subjects, start=happened, end=happened,
            recorded_at=recorded, publish_at=publish_at, state=state, planted=planted, late=late,
        )  # fmt: skip

    def _births_and_moves(self) -> Iterator[tuple[date, int, int]]:
        """Day, family, and which child is born; -1 for a move."""
        for family in self.population.families:
            for n, child in enumerate(family.children):
                if self.start <= child.born < self.end:
                    yield child.born, family.index, n
            for home in family.homes[1:]:
                if self.start <= home.since < self.end and home.address.kind == "home":
                    yield home.since, family.index, -1

    def _life(self, family: Family, n: int, day: date) -> Iterator[Draft]:
        """A birth or a move, told by those who notice it."""
        if n >= 0:
            visit = day + timedelta(days=self.rng.randrange(10, 15))
            yield self.service("health_visiting", "involvement", family, (n,), visit, state="health_visiting")
            yield self.service("health_visiting", "household", family, _living(family, visit), visit, state="birth")
        elif self.rng.random() < self.rates.household and (here := _living(family, day)):
            yield self.service("housing", "household", family, here, day, state="address_change")

    # --------------------------------------------------------------------------------------------- planted needs

    def _plant(self) -> Iterator[_Seed]:
        rng = self.rng
        chance = {"building": self.rates.building, "harm": self.rates.harm}
        for family in self.population.families:
            for n, child in enumerate(family.children):
                first = max(self.start, child.born - timedelta(days=200))
                last = min(self.end, child.born + timedelta(days=6574))
                days = (last - first).days
                for need, rate in chance.items():
                    if days > 0 and rng.random() < rate * days / 365.25:
                        day = first + timedelta(days=rng.randrange(days))
                        story = _story_for(child, need, day, rng)
                        if story is not None:
                            yield _Seed(family, n, story, day)

    def story(self, family: Family, n: int, story: Story, day: date, planted: str) -> tuple[list[Draft], PlannedStory]:
        """All reports of a planted story that begins on `day`; harm ends with what social care records."""
        rng = self.rng
        drafts: list[Draft] = []
        for step in story.steps:
            drafts += self._step(family, n, step, day, planted)
        escalates: date | None = None
        if story.need == "harm":
            escalates = london_day(drafts[-1].end) + timedelta(days=rng.randrange(1, 4))
            drafts.append(
                self.service(
                    "children_social_care",
                    "legal",
                    family,
                    (n,),
                    escalates,
                    state="section_47_enquiry",
                    planted=planted,
                )
            )
            if rng.random() < 0.4:
                later = escalates + timedelta(days=rng.randrange(12, 20))
                drafts.append(
                    self.service(
                        "children_social_care",
                        "legal",
                        family,
                        (n,),
                        later,
                        state="child_protection_plan",
                        planted=planted,
                    )
                )
        return drafts, PlannedStory(
            id=planted, story=story.id, need=story.need, child=family.children[n].id, began=day, escalates=escalates,
            reports=len(drafts),
        )  # fmt: skip

    def _step(self, family: Family, n: int, step: Step, day: date, planted: str) -> list[Draft]:
        on = day + timedelta(days=self.rng.randint(*step.days))
        draft = self.concern(family, n, BY_ID[step.situation], on, planted=planted)
        if step.echoed and self.rng.random() < step.echoed:
            echo = self.echo(family, draft, planted)
            if echo is not None:
                return [draft, echo] if not BY_ID[step.situation].grave else [echo, draft]
        return [draft]


def speaker(situation: Situation, family: Family, n: int, day: date) -> str:
    """The organisation that speaks in this situation: the child's school, or the front door for a caller."""
    if situation.source == "school":
        school = family.school(family.children[n], day)
        return school[0] if school else family.primary[0]
    return "children_social_care" if situation.source == "public" else situation.source


def spell(happened: datetime, precision: str) -> tuple[datetime, datetime]:
    """The period that is claimed: a moment, an hour, or the days up to the moment when it became known."""
    length = {"minute": 0.0, "hour": 1 / 24, "day": 0.25, "week": 7.0, "month": 30.0, "season": 120.0}[precision]
    return happened - timedelta(days=length), happened


def _living(family: Family, day: date) -> tuple[int, ...]:
    return tuple(n for n, child in enumerate(family.children) if child.born <= day and child.months(day) < ADULT_AT)


def _story_for(child: Child, need: str, day: date, rng: Random) -> Story | None:
    months = child.months(day)
    fits = [story for story in STORIES if story.need == need and story.months[0] <= months < story.months[1]]
    return rng.choices(fits, [story.weight for story in fits])[0] if fits else None


def midnight(day: date) -> datetime:
    """The first instant of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
