"""When organisations work and how long their reports take: school terms, office hours, nights, and late arrivals.

The terms are invented but shaped like English ones: no school signal in summer, at night or at a weekend.
"""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from msgspec import Struct

from hub.domain.moments import LONDON

# first and last school day of each term as (month, day); the same each year
TERMS = (
    ((1, 5), (2, 13)),
    ((2, 23), (3, 27)),
    ((4, 14), (5, 22)),
    ((6, 1), (7, 21)),
    ((9, 4), (10, 23)),
    ((11, 2), (12, 18)),
)
ROUND_THE_CLOCK = {"police", "hospital"}


class Pace(Struct, frozen=True):
    """How long after the event an organisation records it, and how long after that it sends: mean days of each."""

    records: float
    sends: float
    late: float  # chance that sending takes weeks more


PACE: dict[str, Pace] = {
    "police": Pace(0.1, 0.5, 0.02), "hospital": Pace(0.2, 1.0, 0.03), "gp": Pace(1.0, 6.0, 0.08),
    "health_visiting": Pace(0.5, 2.0, 0.05), "school": Pace(0.3, 1.0, 0.03), "housing": Pace(2.0, 5.0, 0.08),
    "early_help": Pace(1.0, 2.0, 0.04), "charity": Pace(2.0, 4.0, 0.1), "children_social_care": Pace(0.3, 0.5, 0.02),
}  # fmt: skip


def pace_of(organisation: str) -> Pace:
    """The pace of an organisation; all school organisations share one."""
    return PACE["school" if organisation.startswith("school_") else organisation]


def school_day(day: date) -> bool:
    """Whether schools are open: a weekday in term."""
    here = (day.month, day.day)
    return day.weekday() < 5 and any(first <= here <= last for first, last in TERMS)


def works_on(organisation: str, day: date) -> bool:
    """Whether an organisation works on a London calendar day."""
    if organisation in ROUND_THE_CLOCK:
        return True
    if organisation.startswith("school_") or organisation == "school":
        return school_day(day)
    return day.weekday() < 5


def at_local(day: date, minutes: int) -> datetime:
    """The instant `minutes` after midnight by the clock on a London day, in UTC."""
    return datetime.combine(day, time(minutes // 60, minutes % 60), LONDON).astimezone(UTC)


def happens(organisation: str, day: date, rng: Random) -> datetime:
    """A moment on `day` or the next day on which the organisation works: evenings for police, office hours for most."""
    while not works_on(organisation, day):
        day += timedelta(days=1)
    if organisation == "police":
        return at_local(day, int(rng.triangular(0, 1439, 1290)))
    if organisation == "hospital":
        return at_local(day, int(rng.triangular(0, 1439, 1080)))
    return at_local(day, rng.randrange(8 * 60 + 30, 16 * 60 + 30))


def records(organisation: str, happened: datetime, rng: Random) -> datetime:
    """When the organisation wrote it down: after it happened, in its own working time."""
    pace = pace_of(organisation)
    moment = happened + timedelta(minutes=10 + rng.expovariate(1 / (pace.records * 1440)))
    if organisation in ROUND_THE_CLOCK:
        return moment.replace(microsecond=0)
    return at_work(organisation, moment, rng).replace(microsecond=0)


def at_work(organisation: str, moment: datetime, rng: Random) -> datetime:
    """The moment itself where the organisation is at work then (8 to 18 on its days), else early on its next day."""
    local = moment.astimezone(LONDON)
    day = local.date()
    if works_on(organisation, day) and 8 <= local.hour < 18:
        return moment
    day += timedelta(days=local.hour >= 18)
    while not works_on(organisation, day):
        day += timedelta(days=1)
    return at_local(day, rng.randrange(8 * 60 + 15, 10 * 60)) + timedelta(seconds=rng.randrange(60))


def sends(organisation: str, recorded: datetime, rng: Random) -> tuple[datetime, bool]:
    """When the message is published, and whether it comes late (weeks after it was recorded)."""
    pace = pace_of(organisation)
    late = rng.random() < pace.late
    delay = rng.expovariate(1 / pace.sends) + (rng.uniform(14, 90) if late else 0)
    moment = recorded + timedelta(seconds=60 + int(delay * 86400))
    return (moment if organisation in ROUND_THE_CLOCK else at_work(organisation, moment, rng)), late
