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
from msgspec.structs import replace

from bench.world import calendar
from bench.world.population import ADULT_AT, FIFTH_FACTOR, PREGNANCY_KNOWN, Child, Family, Population
from bench.world.situations import BY_ID, SHARES, SITUATIONS, STORIES, STRENGTHS, Situation, Source, Step, Story
from bench.world.telling import Draft, Emitted, Named
from hub.domain.message import ConcernRaised
from hub.domain.moments import london_day

ALONE = 0.6  # of planted contacts, about how many come while no case is open
WHOLE = 730  # days: a world this long or longer holds all planted needs, a shorter one its part
EARLIEST = timedelta(days=-min(step.days[0] for story in STORIES for step in story.steps))  # before its first day
LEAD = 240  # days before the world in which a planted need may begin
NO_SITUATION = Situation("", "police", (), "")


class Rates(Struct, frozen=True, kw_only=True):
    """Yearly rates per child under 18 (or the unit named), and chances: what the generator is set to, tuned so that what
    it *gives* meets targets.toml. Why each is what it is stands in docs/world.md."""

    concerns: float = 0.0755  # about children with no open case, planted ones included, before siblings are named
    sibling_named: float = 0.45  # chance that each sibling is named where a situation is about the whole family
    building: float = 0.050  # of all children of a world of two years or more: planted needs that build up
    harm: float = 0.015  # of all children: planted significant harm
    held_back: float = 0.4  # chance that an organisation keeps a report of a building need to itself
    echo: float = 0.55  # chance that a school repeats a police incident
    adults_only: float = 0.04  # chance that police name no child in a domestic incident
    strengths: float = 0.02
    early_help: float = 0.012  # early help assessments that no contact led to
    household: float = 0.5  # chance that housing tells of a move
    corrected: float = 0.006  # of concerns, corrected or withdrawn later
    open_social_care: float = 1.45  # concerns a year about a child whose case is open to social care
    open_early_help: float = 1.2  # and to early help
    accepted: float = 0.205  # chance that a contact with no open case is accepted as a referral
    accepted_again: float = 0.52  # and where there was a referral in the twelve months before
    again: float = 0.25  # concerns in the year after a case closed, beside those of ordinary life
    section_47: float = 0.32  # of referrals
    section_47_grave: float = 0.6  # of contacts about something grave, whether the case was open or not
    plan: float = 0.3  # of section 47 enquiries, that end in a child protection plan
    to_early_help: float = 0.15  # of contacts that are not accepted
    absent: float = 0.154  # of pupils without free meals, persistently absent in a year
    absent_free_meals: float = 0.328  # of pupils with free meals
    severe: float = 0.104  # of persistently absent pupils, those who miss half or more
    appointments: float = 1.0  # out-patient and practice appointments of a child in a year
    not_brought: float = 0.074
    log: float = 0.5  # entries in the schools' low-level log, for each pupil and year


class PlannedStory(Struct, frozen=True, kw_only=True):
    """A planted story as it was planned: `reports` messages carry it, of which `before` lay before the world began and
    `held_back` stayed with the organisation that knew it."""

    id: str
    story: str
    need: Literal["building", "harm"]
    child: str
    began: date
    escalates: date
    reports: int
    before: int
    held_back: int


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
        self.by_age = {source: [_mix(source, month) for month in range(PREGNANCY_KNOWN, ADULT_AT)] for source in SHARES}
        self.sources: list[Source] = list(SHARES)
        self.shares = list(accumulate(SHARES[source] for source in self.sources))
        self.ordinary = max(0.03, rates.concerns - ALONE * self._planted_a_year())

    def _planted_a_year(self) -> float:
        """Planted contacts a year for each child: ordinary life has that many fewer, so that the sum is right."""
        contacts = sum(
            0.5 + (1 - self.rates.held_back) * sum(not BY_ID[step.situation].routine for step in seed.story.steps)
            for seed in self.seeds
        )
        days = (self.end - self.start).days + LEAD
        return contacts / days * 365.25 / max(1, len(self.heads))

    def slice(self, first: date, before: date, stories_into: Callable[[PlannedStory], None]) -> Iterator[Draft]:
        """Drafts of what happens from `first` up to, not on, `before`; planted stories that begin then come whole,
        announced through `stories_into` before their first draft."""
        rates = self.rates
        for family, n, day in self.befalls(self.ordinary, self.by_liability, first, before):
            yield from self.ordinary_concern(family, n, day)
        help_rate = rates.strengths + rates.early_help
        for family, n, day in self.befalls(help_rate, self.by_head, first, before):
            yield from self._help(family, n, day)
        while self.next_event < len(self.life) and self.life[self.next_event][0] < before:
            day, index, n = self.life[self.next_event]
            self.next_event += 1
            yield from self._life(self.population.families[index], n, day)
        while self.next_seed < len(self.seeds) and self.seeds[self.next_seed].day - EARLIEST < before:
            seed = self.seeds[self.next_seed]
            self.next_seed += 1
            drafts, planned = self.story(seed.family, seed.child, seed.story, seed.day, f"planted-{self.next_seed:06d}")
            stories_into(planned)
            yield from drafts

    def second_thought(self, draft: Draft, emitted: Emitted, who: tuple[Named, ...]) -> Draft | None:
        """A later correction or withdrawal of a concern just published, for a few of them."""
        if not isinstance(emitted.message, ConcernRaised) or draft.planted or draft.scope == "routine":
            return None
        if self.rng.random() >= self.rates.corrected:
            return None
        recorded = calendar.records(
            draft.organisation, draft.publish_at + timedelta(days=self.rng.randrange(1, 9)), self.rng
        )
        return Draft(
            kind="correction" if self.rng.random() < 0.6 else "withdrawal", organisation=draft.organisation,
            family=draft.family, subjects=draft.subjects, start=draft.start, end=draft.end, recorded_at=recorded,
            publish_at=recorded + timedelta(minutes=20), situation=draft.situation, of=emitted, of_named=who,
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
                ()
                if family.is_away(on)
                else (
                    m
                    for m, child in enumerate(family.children)
                    if m != n and low <= child.months(on) < high and rng.random() < self.rates.sibling_named
                )
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
            scope="routine" if situation.routine else "contacts",
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

    def befalls(
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
            if family.children[n].is_here(day) and not family.is_away(day):
                yield family, n, day

    def ordinary_concern(self, family: Family, n: int, day: date) -> Iterator[Draft]:
        """A concern of ordinary life about this child, and the school's echo of it, if any; nothing where nobody of the
        sources drawn would speak of a child of this age on this day."""
        rng = self.rng
        months = family.children[n].months(day)
        open_schools = any(calendar.school_day(day + timedelta(days=k)) for k in range(4))
        for _ in range(20):
            source = rng.choices(self.sources, cum_weights=self.shares)[0]
            if source == "school" and not open_schools:
                continue
            choice, weights = self.by_age[source][months - PREGNANCY_KNOWN]
            if choice:
                break
        else:
            return
        draft = self.concern(family, n, rng.choices(choice, cum_weights=weights)[0], day)
        yield draft
        echoed = draft.incident and "domestic_abuse_incident" in (draft.situation or NO_SITUATION).indicators
        if echoed and rng.random() < self.rates.echo:
            echo = self.echo(family, draft)
            if echo is not None:
                yield echo

    def _help(self, family: Family, n: int, day: date) -> Iterator[Draft]:
        """A strength, or early help that no contact led to (the front door opens it: `services.py`)."""
        rng, rates = self.rng, self.rates
        child = family.children[n]
        if child.born > day or child.months(day) >= ADULT_AT:
            return
        if rng.random() * (rates.strengths + rates.early_help) < rates.early_help:
            yield self.service("early_help", "involvement", family, (n,), day, state="early_help_assessment")
            return
        draft = self.strength(family, n, day)
        if draft is not None:
            yield draft

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
        family: Family, subjects: tuple[int, ...], day: date, *, state: str, began: date | None = None,
        ended: date | None = None,
    ) -> Draft:  # fmt: skip
        """A message about services, consent, status or household, recorded and sent at the organisation's pace.

        `began` where the service or status began before `day`."""
        happened = calendar.happens(organisation, day, self.rng)
        recorded = calendar.records(organisation, happened, self.rng)
        publish_at, late = calendar.sends(organisation, recorded, self.rng)
        return Draft(
            kind=kind, organisation=organisation, family=family, subjects=subjects, start=happened, end=happened,
            recorded_at=recorded, publish_at=publish_at, state=state, late=late, scope="services", began=began,
            ended=ended,
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
        if family.is_away(day):
            return
        if n >= 0:
            visit = day + timedelta(days=self.rng.randrange(10, 15))
            yield self.service("health_visiting", "involvement", family, (n,), visit, state="health_visiting")
            yield self.service("health_visiting", "household", family, _living(family, visit), visit, state="birth")
        elif self.rng.random() < self.rates.household and (here := _living(family, day)):
            yield self.service("housing", "household", family, here, day, state="address_change")

    # --------------------------------------------------------------------------------------------- planted needs

    def _plant(self) -> Iterator[_Seed]:
        """Whom a need is planted for, and when it begins: the shares of all children that `Rates` names, one need a
        child, more in deprived areas; some begin up to LEAD days before the world, so that none starts empty."""
        rng = self.rng
        heads = [(family, n) for family in self.population.families for n in range(len(family.children))]
        part = min(1.0, (self.end - self.start).days / WHOLE)
        left = {
            "harm": round(part * self.rates.harm * len(heads)), "building": round(part * self.rates.building * len(heads))
        }  # fmt: skip
        rng.shuffle(heads)
        days = (self.end - self.start).days + LEAD
        for turn in range(6):  # those passed over get another turn, so that the shares are met
            waiting = []
            for family, n in heads:
                need = "harm" if left["harm"] else "building"
                if not left[need]:
                    return
                day = self.start + timedelta(days=rng.randrange(days) - LEAD)
                story = _story_for(family.children[n], need, day, rng)
                likely = turn > 2 or rng.random() < FIFTH_FACTOR[family.fifth] / FIFTH_FACTOR[1]
                if story is None or not likely or family.is_away(day) or family.is_away(day + timedelta(days=300)):
                    waiting.append((family, n))
                    continue
                left[need] -= 1
                yield _Seed(family, n, story, day)
            heads = waiting

    def story(self, family: Family, n: int, story: Story, day: date, planted: str) -> tuple[list[Draft], PlannedStory]:
        """All reports of a planted story that begins on `day`, those before the world left out; the last one escalates.

        Harm: the last step is something grave, and a section 47 enquiry follows within days. Building: where nobody
        stepped in, one to five months later a report that is accepted as a referral.
        """
        rng = self.rng
        drafts: list[Draft] = []
        for step in story.steps:
            drafts += self._step(family, n, step, day, planted)
        if story.need == "harm":
            last = drafts.pop()
            soon = last.recorded_at + timedelta(minutes=rng.randrange(5, 180))
            soon = (
                soon
                if last.organisation in calendar.ROUND_THE_CLOCK
                else calendar.at_work(last.organisation, soon, rng)
            )
            escalates = london_day(soon) + timedelta(days=rng.randrange(1, 4))
            drafts.append(replace(last, publish_at=soon, late=False, forced="section_47", escalates=escalates))
        else:
            latest = max(london_day(draft.end) for draft in drafts)
            escalates = latest + timedelta(days=rng.randrange(30, 150))
            unborn = family.children[n].born > escalates
            head = self.concern(
                family, n, BY_ID["crisis_before_birth" if unborn else "crisis_at_home"], escalates, planted=planted
            )
            soon = head.recorded_at + timedelta(hours=1)
            escalates = london_day(soon)
            drafts.append(replace(head, publish_at=soon, late=False, forced="referral", escalates=escalates))
        begin = midnight(self.start)
        ours = [draft for draft in drafts if draft.publish_at >= begin]
        sent, kept = list[Draft](), set[str]()
        for draft in ours:
            if draft.forced or not (draft.incident in kept or rng.random() < self.rates.held_back):
                sent.append(draft)
            elif draft.incident:
                kept.add(draft.incident)  # nor does a school repeat what police kept to themselves
        return sent, PlannedStory(
            id=planted, story=story.id, need=story.need, child=family.children[n].id, began=day, escalates=escalates,
            reports=len(drafts), before=len(drafts) - len(ours), held_back=len(ours) - len(sent),
        )  # fmt: skip

    def _step(self, family: Family, n: int, step: Step, day: date, planted: str) -> list[Draft]:
        on = day + timedelta(days=self.rng.randint(*step.days))
        draft = self.concern(family, n, BY_ID[step.situation], on, planted=planted)
        if step.echoed and self.rng.random() < step.echoed:
            echo = self.echo(family, draft, planted)
            if echo is not None:
                return [draft, echo] if not BY_ID[step.situation].grave else [echo, draft]
        return [draft]


def _mix(source: Source, month: int) -> tuple[list[Situation], list[float]]:
    """What this source may say of a child of this age in ordinary life, with running sums of the weights."""
    fits = [one for one in SITUATIONS if one.source == source and one.weight and one.months[0] <= month < one.months[1]]
    return fits, list(accumulate(one.weight for one in fits))


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
