"""The world measured by its own messages and truth: one number for each target. It reads what was said, not what was set."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from bench.world.planning import WHOLE
from bench.world.services import Contact, Episode
from bench.world.stream import World
from bench.world.telling import DOMESTIC, Emitted, Named
from bench.world.truth import Planted, Tally, TruePerson, Truth
from hub.domain.message import ConcernRaised
from hub.domain.moments import LONDON, london_day

FAMILY_AND_PUBLIC = {"1A", "1B", "1C", "1D", "9"}
HEALTH = {"hospital", "gp", "health_visiting"}


class Measured:
    """Counts while a world passes; `values` are the results by the ids of targets.toml."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contacts: Counter[str] = Counter()
        self.ordinary: Counter[str] = Counter()  # contacts with nothing planted behind them, by child
        self.touched: set[tuple[int, str]] = set()
        self.outcomes: Counter[str] = Counter()
        self.episodes: list[Episode] = []
        self.planted: dict[str, str] = {}
        self.tally: dict[str, float] = {}
        self.domestic: set[str] = set()
        self.school_domestic: Counter[bool] = Counter()
        self.absent: dict[str, set[tuple[int, str]]] = defaultdict(set)
        self.not_brought = self.children = self.in_summer = self.shut = 0
        self.free_meals = {
            child.id for family in world.population.families if family.free_meals for child in family.children
        }

    def add(self, emitted: Emitted | None, rows: Iterable[Truth]) -> None:
        """Count one step of the world."""
        if emitted is not None:
            self._moments(emitted)
        concern = emitted.message if emitted is not None and isinstance(emitted.message, ConcernRaised) else None
        for row in rows:
            if isinstance(row, Named):
                if concern is not None and emitted is not None and row.role in {"subject", "not_named"}:
                    self._named(emitted, concern, row)
            elif isinstance(row, Contact):
                self.outcomes[row.outcome] += 1
            elif isinstance(row, Episode):
                self.episodes.append(row)
            elif isinstance(row, Planted):
                self.planted[row.child] = row.need
            elif isinstance(row, Tally):
                self.tally[row.what] = row.count
            elif isinstance(row, TruePerson):
                self.children += row.kind == "child"
        if concern is not None and emitted is not None and emitted.scope == "contacts" and _school(emitted):
            domestic = any(DOMESTIC & set(subject.indicators) for subject in concern.subjects)
            self.school_domestic[concern.how_known.kind == "told_by_organisation"] += domestic

    def _named(self, emitted: Emitted, said: ConcernRaised, row: Named) -> None:
        if row.role == "not_named":
            self.domestic.add(said.incident or row.message)
            return
        indicators = said.subjects[row.n].indicators
        if emitted.scope == "contacts":
            self.contacts[_source(emitted, said)] += 1
            self.touched.add((self._year(emitted.publish_at), row.person))
            if row.planted is None:
                self.ordinary[row.person] += 1
            if emitted.organisation == "police" and DOMESTIC & set(indicators):
                self.domestic.add(said.incident or row.message)
        elif "was_not_brought" in indicators:
            self.not_brought += 1
        elif said.subjects[row.n].measures:
            year = self._year(said.occurred.end)
            self.absent["all"].add((year, row.person))
            if "severe_absence" in indicators:
                self.absent["severe"].add((year, row.person))
            if row.person in self.free_meals:
                self.absent["free_meals"].add((year, row.person))

    def _year(self, moment: datetime) -> int:
        return (london_day(moment) - self.world.start).days // 365

    def _moments(self, emitted: Emitted) -> None:
        if not (_school(emitted) or emitted.organisation == "gp"):
            return
        for moment in (emitted.publish_at, emitted.message.recorded_at):
            local = moment.astimezone(LONDON)
            day = local.date()
            self.shut += day.weekday() >= 5 or not 8 <= local.hour < 19
            if _school(emitted):
                self.in_summer += date(day.year, 7, 22) <= day <= date(day.year, 9, 3)

    def values(self) -> dict[str, float]:
        """One number for each id of targets.toml, in its unit."""
        years = self.world.child_years() / 1000 or 1.0
        calendar_years = (self.world.end - self.world.start).days / 365
        contacts = sum(self.contacts.values())
        began = Counter(row.kind for row in self.episodes if row.told)
        again = sum(row.again for row in self.episodes if row.told)
        spread = self.world.child_years() / calendar_years / 1000 or 1.0
        first, last = self.world.start, self.world.end
        in_need = sum(
            max(0, (min(row.ended, last) - max(row.began, first)).days)
            for row in self.episodes
            if row.kind == "referral"
        )
        unplanted = sum(n for child, n in self.ordinary.items() if child not in self.planted)
        needs = Counter(self.planted.values())
        part = min(1.0, (last - first).days / WHOLE)
        opened = self.outcomes["open_social_care"] + self.outcomes["open_early_help"]
        pupils, with_meals = self.tally.get("pupils", 0), self.tally.get("pupils_free_meals", 0)
        return {
            "contacts": contacts / years,
            "contacts_police": _share(self.contacts["police"], contacts),
            "contacts_schools": _share(self.contacts["schools"], contacts),
            "contacts_health": _share(self.contacts["health"], contacts),
            "contacts_family_and_public": _share(self.contacts["family_and_public"], contacts),
            "children_with_contact": len(self.touched) / calendar_years / spread,
            "open_contacts": _share(opened, sum(self.outcomes.values())),
            "referrals": began["referral"] / years,
            "re_referrals": _share(again, began["referral"]),
            "section_47": began["section_47"] / years,
            "plans": began["plan"] / years,
            "in_need": in_need / 365.25 / years,
            "early_help": began["early_help"] / years,
            "domestic_abuse": len(self.domestic) / years,
            "domestic_abuse_echoes": _share(self.school_domestic[True], sum(self.school_domestic.values())),
            "persistent_absence": _share(len(self.absent["all"]), pupils),
            "persistent_absence_free_meals": _share(len(self.absent["free_meals"]), with_meals),
            "severe_absence": _share(len(self.absent["severe"]), pupils),
            "not_brought": _share(self.not_brought, self.tally.get("appointments", 0)),
            "planted_building": 1000 * needs["building"] / max(1, self.children) / part,
            "planted_harm": 1000 * needs["harm"] / max(1, self.children) / part,
            "ordinary_contacts": _share(unplanted, contacts),
            "school_in_summer": self.in_summer,
            "shut": self.shut,
        }


def _school(emitted: Emitted) -> bool:
    return emitted.organisation.startswith("school_")


def _source(emitted: Emitted, said: ConcernRaised) -> str:
    """Whose contact it is: family and public by who told it, the rest by who sends it."""
    if said.referrer_kind in FAMILY_AND_PUBLIC:
        return "family_and_public"
    if _school(emitted):
        return "schools"
    return "health" if emitted.organisation in HEALTH else emitted.organisation


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
