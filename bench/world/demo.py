"""The stream of the demonstration: a small partnership with a few stories that anybody can follow, then ordinary life.

The people of the stories are named fully, so that pages show the story; the rest have the world's usual noise.
Nothing in it is later than the moment at which it is published.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec
from msgspec import Struct

from bench.world.calendar import ROUND_THE_CLOCK
from bench.world.numbers import wrong_nhs_number
from bench.world.planning import speaker, spell
from bench.world.population import ADULT_AT, Child, Family, Organisation, Population, organisations, populate
from bench.world.situations import BY_ID, SITUATIONS, STORIES, Story
from bench.world.telling import Bad, Draft, Emitted, Teller
from hub.domain.message import ConcernRaised
from hub.domain.moments import london_day

CHILDREN = 200
Service = Literal["strength", "involvement", "consent", "household"]
GENTLE = (1.2, 2.8)  # seconds between two messages
SETTLED = [one for one in SITUATIONS if one.weight and not one.grave and one.months[0] >= 0]


class Line(Struct, frozen=True):
    """One line of the script: in which part, about the `n`-th child, what, and how many days ago it happened.

    `what` is a situation's id, or one of strength, household, involvement, pupil, nurse, consent, echo, adults_only.
    """

    part: str
    n: int
    what: str
    days_ago: float


# In the order of publishing. voices: 3 concerns of 3 organisations in 90 days; twins: 3 incidents in a year, one
# echoed; baby: one grave sign; neck: two incidents, then a grave one; pulled: exploitation; quiet: no NHS number.
SCRIPT: tuple[Line, ...] = (
    Line("voices", 0, "hungry", 58),
    Line("twins", 0, "domestic_incident", 301),
    Line("quiet", 0, "money_short", 40),
    Line("baby", 0, "involvement", 110),
    Line("voices", 0, "domestic_incident", 33),
    Line("twins", 0, "domestic_incident", 148),
    Line("help", 0, "strength", 9),
    Line("voices", 0, "not_brought_gp", 6),
    Line("baby", 0, "no_access", 30),
    Line("twins", 0, "domestic_incident", 4),
    Line("twins", 0, "echo", 3),
    Line("help", 0, "involvement", 60),
    Line("help", 0, "consent", 59),
    Line("baby", 0, "mother_low", 12),
    Line("baby", 0, "bruised_baby", 0.2),
    Line("neck", 0, "adults_only", 75),
    Line("quiet", 0, "flat_conditions", 21),
    Line("pulled", 0, "missing", 50),
    Line("neck", 0, "household", 70),
    Line("pulled", 0, "older_friends", 31),
    Line("neck", 0, "domestic_incident", 45),
    Line("pulled", 0, "missing", 17),
    Line("twins", 1, "low_mood", 2),
    Line("neck", 0, "strangulation", 0.5),
    Line("pulled", 0, "absent", 1),
    Line("help", 0, "pupil", 30),
    Line("help", 0, "nurse", 25),
)


class _Stage:
    """The people of the demonstration, and what makes drafts about them."""

    def __init__(self, seed: int, start: datetime) -> None:
        self.rng = Random(f"demo {seed}")
        today = london_day(start)
        self.population: Population = populate(CHILDREN, today - timedelta(days=400), today, Random(seed))
        self.teller = Teller(self.population, 1.0, self.rng)
        self.start = start
        self.incidents = 0
        self.cast = self._cast()
        self.last_incident: dict[str, tuple[str, datetime]] = {}

    def _cast(self) -> dict[str, Family]:
        """A family for each part: the first that fits, changed where the part needs it (twins, no NHS number)."""
        wanted = {"voices": (72, 120), "twins": (72, 130), "quiet": (60, 150), "neck": (36, 150), "pulled": (150, 190),
                  "baby": (2, 7), "help": (60, 125)}  # fmt: skip
        free = list(self.population.families)
        cast: dict[str, Family] = {}
        for part, (low, high) in wanted.items():
            family = next((one for one in free if self._fits(one, part, low, high)), None)
            if family is None:  # a small population may lack one: take any, and make its first child the right age
                family = free[0]
            free.remove(family)
            cast[part] = self._made_up(family, part, (low + high) // 2, (low, high))
        return cast

    def _fits(self, family: Family, part: str, low: int, high: int) -> bool:
        return (
            low <= family.children[0].months(london_day(self.start)) < high
            and len(family.adults) >= 2
            and (part != "twins" or len(family.children) == 2)
            and (part != "neck" or len(family.children) > 1)
            and (part != "help" or family.index % 2 == 0)  # of the settings where the demo's accounts work
        )

    def _made_up(self, family: Family, part: str, months: int, ages: tuple[int, int]) -> Family:
        first, *others = family.children
        if not ages[0] <= first.months(london_day(self.start)) < ages[1]:
            born = london_day(self.start) - timedelta(days=int(months * 30.44))
            first = msgspec.structs.replace(first, born=born)
        if part == "quiet":
            first = msgspec.structs.replace(first, nhs=None)
        if part == "twins":
            first = msgspec.structs.replace(first, twin=True)
            others = [_twin_of(first, others[0])] if others else []
        elif part == "neck":
            others = others[:1]  # in the household: what counts for a sibling
        elif part != "help":
            others = []  # a story about one child is easier to follow
        return msgspec.structs.replace(family, children=(first, *others))

    # ---------------------------------------------------------------------------------------------------- drafts

    def line(self, line: Line, at: datetime) -> Draft:
        """The draft of one line of the script, to be published at `at`."""
        family = self.cast[line.part]
        if line.what in {"strength", "involvement", "pupil", "nurse", "consent", "household"}:
            return self._service(family, line, at)
        echo = line.what == "echo"
        situation = BY_ID["school_hears_of_incident" if echo else "domestic_incident"] if (
            echo or line.what == "adults_only"
        ) else BY_ID[line.what]  # fmt: skip
        draft = self.concern(family, line.n, situation.id, line.days_ago, at)
        if echo:
            incident, _ = self.last_incident[line.part]
            draft = msgspec.structs.replace(draft, incident=incident, told_by="police")
        elif draft.incident:
            self.last_incident[line.part] = (draft.incident, draft.end)
        return msgspec.structs.replace(draft, sure=True, adults_only=line.what == "adults_only")

    def concern(self, family: Family, n: int, situation_id: str, days_ago: float, at: datetime) -> Draft:
        """A concern that happened `days_ago` days before `at`, recorded soon after and published at `at`."""
        situation = BY_ID[situation_id]
        organisation = speaker(situation, family, n, london_day(at - timedelta(days=days_ago)))
        happened, recorded = self._times(organisation, days_ago, at)
        start, end = spell(happened, situation.precision)
        day = london_day(happened)
        siblings = (
            m for m, child in enumerate(family.children)
            if m != n and situation.whole_family and situation.months[0] <= child.months(day) < situation.months[1]
        )  # fmt: skip
        incident = None
        if situation.incident:
            self.incidents += 1
            incident = f"INC-{self.incidents:07d}"
        return Draft(
            kind="concern", organisation=organisation, family=family, subjects=(n, *siblings),
            start=start, end=end, recorded_at=recorded, publish_at=at, precision=situation.precision,
            situation=situation, incident=incident,
        )  # fmt: skip

    def _service(self, family: Family, line: Line, at: datetime) -> Draft:
        helper = "health_visiting" if line.part == "baby" else "early_help"
        service: dict[str, tuple[str, Service, str]] = {
            "strength": ("early_help", "strength", ""),
            "involvement": (helper, "involvement", "family_support"),
            "nurse": ("health_visiting", "involvement", "school_nursing"),
            "pupil": (family.primary[0], "involvement", "pastoral_support"),
            "consent": ("early_help", "consent", "given"),
            "household": ("housing", "household", "none"),
        }
        organisation, kind, state = service[line.what]
        happened, recorded = self._times(organisation, line.days_ago, at)
        strong = kind == "strength"
        return Draft(
            kind=kind, organisation=organisation, family=family, start=happened, end=happened, recorded_at=recorded,
            subjects=tuple(range(len(family.children))) if kind == "household" else (line.n,), publish_at=at,
            state=state, sure=True, indicators=("help_accepted",) if strong else (),
            text="The family comes to every session." if strong else "",
        )  # fmt: skip

    def _times(self, organisation: str, days_ago: float, at: datetime) -> tuple[datetime, datetime]:
        """When it happened and when it was recorded; most organisations are shut at the weekend."""
        happened = (at - timedelta(days=days_ago, minutes=20)).replace(microsecond=0)
        while organisation not in ROUND_THE_CLOCK and london_day(happened).weekday() >= 5:
            happened -= timedelta(days=1)
        recorded = happened + timedelta(minutes=self.rng.randrange(5, 19))
        return happened, min(recorded, at)

    def ordinary(self, at: datetime) -> Draft:
        """Something ordinary about a child who has no part in a story."""
        rng = self.rng
        while True:
            family = rng.choice(self.population.families)
            n = rng.randrange(len(family.children))
            days_ago = rng.uniform(0.05, 25)
            months = family.children[n].months(london_day(at - timedelta(days=days_ago)))
            if not 0 <= months < ADULT_AT or self._has_a_part(family):
                continue
            fits = [one for one in SETTLED if one.months[0] <= months < one.months[1]]
            if fits:
                situation = rng.choices(fits, [one.weight for one in fits])[0]
                return self.concern(family, n, situation.id, days_ago, at)

    def _has_a_part(self, family: Family) -> bool:
        return any(one.index == family.index for one in self.cast.values())

    def told(self, draft: Draft) -> Emitted:
        """The message of a draft; the truth is not kept here."""
        return self.teller.tell(draft)[0]


def partners() -> dict[str, Organisation]:
    """The organisations of the demonstration by id, with sector and settings: what the agency register needs."""
    return organisations(CHILDREN)


def demo_stream(seed: int, start: datetime) -> Iterator[Emitted]:
    """An endless stream from `start` (aware), one message every couple of seconds in the order of `publish_at`.

    The script comes first, so that several children cross thresholds within the first minute; then ordinary life, with
    a new building need now and then.
    """
    stage = _Stage(seed, start)
    rng = stage.rng
    at = start
    for line in SCRIPT:
        yield stage.told(stage.line(line, at))
        at += timedelta(seconds=rng.uniform(*GENTLE))
    yield mistaken(stage, at)
    at += timedelta(seconds=rng.uniform(*GENTLE))
    story: list[tuple[Family, int, str, float]] = []
    some_are_lost = True
    while True:
        if not story and rng.random() < 0.15:
            story = _next_story(stage, at)
        if story and rng.random() < 0.4:
            family, n, situation, days_ago = story.pop(0)
            draft = msgspec.structs.replace(stage.concern(family, n, situation, days_ago, at), sure=True)
        else:
            draft = stage.ordinary(at)
        told = stage.told(draft)
        if some_are_lost and told.organisation.startswith("school_"):  # schools speak often: the gap shows soon
            told, some_are_lost = msgspec.structs.replace(told, bad="lost"), False
        yield told
        at += timedelta(seconds=rng.uniform(*GENTLE))


def mistaken(stage: _Stage, at: datetime) -> Emitted:
    """One twin named with the other's NHS number on the form: somebody must say who it is."""
    told = stage.told(stage.line(Line("twins", 1, "mark_explained", 1), at))
    said, first = told.message, stage.cast["twins"].children[0]
    assert isinstance(said, ConcernRaised)  # noqa: S101 - a concern is what was asked for
    replace = msgspec.structs.replace
    person = replace(said.subjects[0].person, nhs_number=first.nhs, own_id=None, upn=None)
    return replace(told, message=replace(said, subjects=(replace(said.subjects[0], person=person),)))


def _next_story(stage: _Stage, at: datetime) -> list[tuple[Family, int, str, float]]:
    """A story that fits some child today, told as things of the last weeks or months; [] when a draw fits nobody."""
    rng = stage.rng
    family = rng.choice(stage.population.families)
    n = rng.randrange(len(family.children))
    months = family.children[n].months(london_day(at))

    def young_enough(story: Story) -> bool:
        return (
            story.months[0] + 11 <= months < story.months[1] and story.months[0] >= 0
        )  # no age is left on the way back

    fits = [story for story in STORIES if young_enough(story)]
    if not fits:
        return []
    story = rng.choice(fits)
    last = story.steps[-1].days[1]
    told = [step for step in story.steps if not BY_ID[step.situation].routine]
    return [(family, n, step.situation, last - sum(step.days) / 2 + 0.3) for step in told]


def once(seed: int, start: datetime) -> list[Emitted]:
    """About sixty messages up to `start`: the script, ordinary life, one that is lost, and five that are deliberately bad.

    Each bad message is the last of its organisation, so that it leaves no gap behind it, and good messages of others
    follow it. `bad` says what is wrong; "bad_signature" must be signed wrongly by whoever publishes, and "lost" is not
    to be published: its number is missed.
    """
    stage = _Stage(seed, start)
    ordinary = 26
    at = start - timedelta(seconds=len(SCRIPT) + ordinary + 20)
    out: list[Emitted] = []
    life: list[int] = []  # which of them are ordinary life

    def add(draft: Draft) -> Emitted:
        nonlocal at
        out.append(stage.told(draft))
        at += timedelta(seconds=1)
        return out[-1]

    for line in SCRIPT:
        add(stage.line(line, at))
        if len(out) % 2:
            life.append(len(out))
            add(stage.ordinary(at))
    while len(out) < len(SCRIPT) + ordinary:
        add(stage.ordinary(at))
    at_last = {emitted.organisation: n for n, emitted in enumerate(out)}
    missed = [n for n in life if n < at_last[out[n].organisation]]
    n = next((n for n in missed if out[n].organisation.startswith("school_")), missed[0])
    out[n] = msgspec.structs.replace(out[n], bad="lost")
    first_of = {
        emitted.organisation: emitted
        for emitted in reversed(out)
        if isinstance(emitted.message, ConcernRaised) and not emitted.bad
    }
    voices = stage.cast["voices"]
    spoilt: tuple[tuple[Bad, str], ...] = (
        ("unknown_indicator", "arrears"), ("invalid_nhs_number", "not_brought_gp"), ("future_time", "money_short"),
        ("bad_signature", "help_declined"),
    )  # fmt: skip
    for bad, situation in spoilt:
        draft = msgspec.structs.replace(stage.concern(voices, 0, situation, 1, at), sure=True)
        out.append(_spoil(stage.told(draft), bad, start))
        at += timedelta(seconds=1)
    again = first_of["hospital"]
    out.append(_spoil(msgspec.structs.replace(again, publish_at=at), "replayed_id", start))
    at += timedelta(seconds=1)
    for situation in ("late_collection", "parent_drunk", "mark_explained", "shouting"):
        add(stage.concern(stage.cast["help"], 0, situation, 2, at))
    return out


def _spoil(emitted: Emitted, bad: Bad, start: datetime) -> Emitted:
    """The same message, made bad in one way."""
    said = emitted.message
    assert isinstance(said, ConcernRaised)  # noqa: S101 - only concerns are spoilt
    replace = msgspec.structs.replace
    subject, *others = said.subjects
    if bad == "unknown_indicator":
        said = replace(said, subjects=(replace(subject, indicators=("not_in_the_vocabulary",)), *others))
    elif bad == "invalid_nhs_number":
        wrong = replace(subject.person, nhs_number=wrong_nhs_number(subject.person.nhs_number or "9990000018"))
        said = replace(said, subjects=(replace(subject, person=wrong), *others))
    elif bad == "future_time":
        later = start + timedelta(days=2)
        said = replace(said, recorded_at=later, occurred=replace(said.occurred, start=later, end=later))
    elif bad == "replayed_id":
        said = replace(said, narrative=f"{said.narrative} And something that was not there before.")
    return replace(emitted, message=said, bad=bad)


def _twin_of(child: Child, other: Child) -> Child:
    """`other`, born on the same day as `child`."""
    return msgspec.structs.replace(other, born=child.born, surname=child.surname, twin=True)
