"""Registers and logs that run by themselves: attendance, appointments, the schools' low-level log.

They are no contacts with a front door. Messages of these carry the scope "routine", so that a hub or a measurement can
take them in or leave them out.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from bench.world import calendar
from bench.world.planning import Planner, Rates
from bench.world.situations import BY_ID, LOG
from bench.world.telling import Draft

PUPIL = (60, 192)  # months: of compulsory school age at the middle of the year
APPOINTMENTS = 192  # months: older children come by themselves
LINES, WEIGHTS = [BY_ID[line] for line, _ in LOG], [weight for _, weight in LOG]


class Routine:
    """Plans routine messages. `tally` counts what there was to miss: pupils (in years), appointments, by kind."""

    def __init__(self, planner: Planner, rates: Rates, start: date, end: date, rng: Random) -> None:
        self.planner, self.rates, self.start, self.end, self.rng = planner, rates, start, end, rng
        self.tally: dict[str, float] = {"pupils": 0.0, "pupils_free_meals": 0.0, "appointments": 0.0}
        self.prone: set[str] = set()
        self.next_year = 0

    def slice(self, first: date, before: date) -> Iterator[Draft]:
        """Routine messages about what happens from `first` up to `before`; slices in order, each once."""
        while self.start + timedelta(days=365 * self.next_year) < before:
            yield from self._attendance(self.start + timedelta(days=365 * self.next_year))
            self.next_year += 1
        yield from self._appointments(first, before)
        yield from self._log(first, before)

    def _attendance(self, first: date) -> Iterator[Draft]:
        """One year's registers: who is persistently absent, told once, on a school day of that year.

        Half of it is the same children each year. A year that the world's end cuts off counts in part.
        """
        rng, rates, middle = self.rng, self.rates, first + timedelta(days=182)
        part = min(1.0, (self.end - first).days / 365)
        for family in self.planner.population.families:
            if family.is_away(middle):
                continue
            chance = rates.absent_free_meals if family.free_meals else rates.absent
            for n, child in enumerate(family.children):
                if not PUPIL[0] <= child.months(middle) < PUPIL[1]:
                    continue
                if self.next_year == 0 or child.months(middle) < PUPIL[0] + 12:
                    prone = rng.random() < chance / 2
                    if prone:
                        self.prone.add(child.id)
                absent = child.id in self.prone or rng.random() < chance / (2 - chance)
                day = first + timedelta(days=rng.randrange(365))
                severe = rng.random() < rates.severe
                self.tally["pupils"] += part
                if family.free_meals:
                    self.tally["pupils_free_meals"] += part
                while not calendar.school_day(day):
                    day += timedelta(days=1)
                if absent and day < self.end:
                    situation = BY_ID["attendance_severe" if severe else "attendance_persistent"]
                    yield self.planner.concern(family, n, situation, day)

    def _appointments(self, first: date, before: date) -> Iterator[Draft]:
        """Appointments; of those to which a child was not brought, a message."""
        rates, rng = self.rates, self.rng
        for family, n, day in self.planner.befalls(rates.appointments, self.planner.by_head, first, before):
            if day.weekday() >= 5 or not 0 <= family.children[n].months(day) < APPOINTMENTS:
                continue
            self.tally["appointments"] += 1
            lean = min(2.5, 0.5 + family.liability / 2)  # families of whom more is heard miss more
            if rng.random() < rates.not_brought * lean:
                source = "appointment_hospital" if rng.random() < 0.6 else "appointment_gp"
                yield self.planner.concern(family, n, BY_ID[source], day)

    def _log(self, first: date, before: date) -> Iterator[Draft]:
        rng = self.rng
        school_days = sum(calendar.school_day(self.start + timedelta(days=k)) for k in range(365)) / 365
        for family, n, day in self.planner.befalls(
            self.rates.log / school_days, self.planner.by_liability, first, before
        ):
            if not calendar.school_day(day):
                continue
            months = family.children[n].months(day)
            line = rng.choices(LINES, WEIGHTS)[0]
            if line.months[0] <= months < line.months[1]:
                yield self.planner.concern(family, n, line, day)
