"""Who lives in the synthetic world: families, their children born and to be born, adults, homes, schools and practices.

Everything is drawn from one `Random`, so the same number of children, years and seed give the same people again.
"""

from datetime import date, timedelta
from random import Random
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bench.world.names import ALIKE, MUHAMMADS, Community, NameList, draw_community, first_name, surname
from bench.world.numbers import Places, nhs_numbers, upn
from hub.domain.message import Address, Answer, Characteristics, Relationship
from hub.domain.moments import months_between

Kind = Literal["police", "health", "school", "housing", "early_help", "voluntary", "social_care"]
ADULT_AT = 18 * 12  # months: from here on a person is no longer a child of this world
OUTSIDE = -2  # the area number of a home beyond the partnership's boundary
PREGNANCY_KNOWN = -7  # months before birth from which an organisation may speak of an unborn child


class Organisation(Struct, frozen=True):
    """One organisation: its sector, the census code of who speaks, and what its settings are called."""

    id: str
    sector: str
    referrer_kind: str
    settings: tuple[str, ...]


class Adult(Struct, frozen=True):
    """A grown person of a family; `since` and `until` bound the time in the household, `lives_here` False is a parent
    who has another home."""

    id: str
    forenames: str
    surname: str
    born: date
    female: bool
    relationship: Relationship
    nhs: str | None
    since: date | None = None
    until: date | None = None
    lives_here: bool = True


class Child(Struct, frozen=True):
    """A child, born or to be born: `born` may lie after the day that one asks about."""

    id: str
    forenames: str
    surname: str
    born: date
    female: bool
    nhs: str | None
    upn: str
    characteristics: Characteristics
    twin: bool = False
    half_sibling: bool = False
    former_surname: str | None = None

    def months(self, on: date) -> int:
        """Whole months of age on a day; negative before birth."""
        return months_between(self.born, on)

    def is_here(self, on: date) -> bool:
        """Whether the child is one that an organisation may speak of: from a known pregnancy to the 18th birthday."""
        return PREGNANCY_KNOWN <= self.months(on) < ADULT_AT


class Home(Struct, frozen=True):
    """Where a family lives from a day on; `area` is the small area's number, -1 in none, OUTSIDE beyond the boundary."""

    since: date
    address: Address
    area: int


class Family(Struct, frozen=True):
    """A family: children, adults, homes in order of time, and where its children go to school and to the doctor.

    `liability` is how often organisations speak of this family, with a mean of about one over all families.
    """

    index: int
    community: str
    children: tuple[Child, ...]
    adults: tuple[Adult, ...]
    homes: tuple[Home, ...]
    second_home: Address | None
    practice: str
    primary: tuple[str, str]  # organisation, setting
    secondary: tuple[str, str]
    liability: float
    fifth: int
    ethnic_group: str
    free_meals: bool  # whether its pupils are eligible for free school meals
    kinship: bool = False  # a relative brings the children up

    def is_away(self, on: date) -> bool:
        """Whether the family lives beyond the boundary on a day: then nobody here speaks of it."""
        return len(self.homes) > 1 and self.home(on).area == OUTSIDE

    def home(self, on: date) -> Home:
        """The home of a day: the last one that began on or before it, or the first."""
        here = self.homes[0]
        for home in self.homes[1:]:
            if home.since <= on:
                here = home
        return here

    def school(self, child: Child, on: date) -> tuple[str, str] | None:
        """Organisation and setting of the child's school on a day; None before the age of four."""
        years = child.months(on) // 12
        if years < 4:
            return None
        return self.primary if years < 11 else self.secondary

    def adults_on(self, on: date) -> list[Adult]:
        """The adults of the household on a day, and parents with another home."""
        return [
            adult
            for adult in self.adults
            if (adult.since is None or adult.since <= on) and (adult.until is None or on < adult.until)
        ]


class Population(Struct, frozen=True):
    """Everybody, and the organisations that know them."""

    families: tuple[Family, ...]
    organisations: dict[str, Organisation]
    places: Places


def organisations(children: int) -> dict[str, Organisation]:
    """The organisations of a partnership with this many children, by id.

    Two academy trusts and the council's schools each are an organisation, and a school is a setting of it. Doctors'
    practices are settings of one organisation `gp`: a simplification, as each practice is its own controller.
    """
    primaries = max(2, children // 1200)  # settings of each school organisation; about 240 pupils each
    secondaries = max(1, children // 3600)
    practices = tuple(f"practice_{n:02d}" for n in range(1, max(3, children // 1500) + 1))
    schools = [
        Organisation(
            name,
            "education",
            "2A",
            tuple(f"{name}_primary_{n:02d}" for n in range(1, primaries + 1))
            + tuple(f"{name}_secondary_{n:02d}" for n in range(1, secondaries + 1)),
        )
        for name in ("school_a", "school_b", "school_c")
    ]
    all_of_them = [
        Organisation("police", "police", "6", ("response", "safeguarding_unit")),
        Organisation("health_visiting", "health", "3B", ("north_team", "south_team")),
        Organisation("hospital", "health", "3E", ("emergency_department", "midwifery", "paediatrics")),
        Organisation("gp", "health", "3A", practices),
        *schools,
        Organisation("housing", "housing", "4", ("tenancy_support",)),
        Organisation("early_help", "early_help", "5D", ("family_hub_east", "family_hub_west")),
        Organisation("charity", "voluntary", "8", ("young_peoples_project",)),
        Organisation("children_social_care", "social_care", "5A", ("front_door", "assessment_team")),
    ]
    return {organisation.id: organisation for organisation in all_of_them}


def populate(children: int, start: date, end: date, rng: Random, names: NameList = "few") -> Population:
    """Families with `children` children in all, who are under 18 at some time between `start` and `end`.

    Some are born, or not yet born, in that time. Numbers of siblings, twins, half-siblings and second homes are
    assumptions of this module, not statistics (docs/world.md).
    """
    places = Places(children, rng)
    known = organisations(children)
    builder = _Builder(rng, places, known, start, end, names)
    families: list[Family] = []
    made = 0
    while made < children:
        family = builder.family(len(families), made, children - made)
        made += len(family.children)
        families.append(family)
    return Population(tuple(families), known, places)


YES, NO = Answer("known", "yes"), Answer("known", "no")
FIFTH_FACTOR = {1: 1.7, 2: 1.3, 3: 0.95, 4: 0.65, 5: 0.4}  # how liability leans on deprivation: an assumption
FREE_MEALS = {1: 0.43, 2: 0.31, 3: 0.23, 4: 0.15, 5: 0.09}  # by fifth; about 24 in 100 pupils in all: an assumption
ETHNIC_GROUP = {
    "white_british": "white", "polish": "white", "pakistani": "asian", "bangladeshi": "asian", "punjabi_sikh": "asian",
    "chinese": "asian", "west_african": "black", "somali": "black",
}  # fmt: skip
MIXED = 0.06  # of families, whatever the community of the name: name community and ethnic group are not the same thing
SPREAD = 5.0  # shape of the gamma distribution of liability: the smaller, the more contacts fall on the same families
CROSSES = 0.12  # of moves, those across the boundary: out of a family that lives here, back of one that left


class _Builder:
    def __init__(
        self, rng: Random, places: Places, known: dict[str, Organisation], start: date, end: date, names: NameList
    ) -> None:
        self.rng, self.places, self.start, self.end, self.names = rng, places, start, end, names
        self.nhs = nhs_numbers(rng)
        self.known = known
        self.practices = known["gp"].settings
        self.schools = [known[name] for name in ("school_a", "school_b", "school_c")]

    def family(self, index: int, made: int, most: int) -> Family:
        rng = self.rng
        community = draw_community(rng, self.names)
        family_name = rng.choice(community.surnames)
        area = rng.randrange(self.places.areas)
        fifth = self.places.fifths[area]
        ethnic_group = "mixed" if rng.random() < MIXED else ETHNIC_GROUP[community.id]
        children = self.children(index, made, most, community, family_name, ethnic_group)
        adults = self.adults(index, community, family_name, children)
        return Family(
            index=index,
            community=community.id,
            children=children,
            adults=adults,
            homes=self.homes(area),
            second_home=self.address(area) if any(not adult.lives_here for adult in adults) else None,
            practice=rng.choice(self.practices),
            primary=self.school("primary"),
            secondary=self.school("secondary"),
            liability=rng.gammavariate(SPREAD, 1 / SPREAD) * FIFTH_FACTOR[fifth],
            fifth=fifth,
            ethnic_group=ethnic_group,
            free_meals=rng.random() < FREE_MEALS[fifth],
            kinship=adults[0].relationship == "grandparent",
        )

    def school(self, stage: str) -> tuple[str, str]:
        school = self.rng.choice(self.schools)
        return school.id, self.rng.choice([setting for setting in school.settings if stage in setting])

    def address(self, area: int) -> Address:
        rng = self.rng
        street = rng.choice(("Invented Row", "Made-up Street", "Nowhere Lane", "Sample Close", "Pretend Terrace"))
        return Address(
            lines=(f"{rng.randrange(1, 180)} {street}",), postcode=self.places.postcode(area, rng.randrange(40))
        )

    def far_address(self) -> Address:
        """A home in the next partnership: outward codes ZZ90 to ZZ98 are not used within this one."""
        rng = self.rng
        code = f"ZZ{rng.randrange(90, 99)} {rng.randrange(10)}{rng.choice('ABDEF')}{rng.choice('ABDEF')}"
        return Address(lines=(f"{rng.randrange(1, 180)} Elsewhere Road",), postcode=code)

    def homes(self, area: int) -> tuple[Home, ...]:
        rng = self.rng
        long_ago = self.start - timedelta(days=365 * 18)
        if rng.random() < 0.01:  # these come from beyond the boundary, some in the time of this world
            homes = [Home(long_ago, self.far_address(), OUTSIDE)]
        else:
            homes = [Home(long_ago, self.address(area), area)]
        day = self.start - timedelta(days=365 * 4)
        while True:
            day += timedelta(days=1 + int(rng.expovariate(1 / 2600)))  # a move about every seven years
            if day >= self.end:
                return tuple(homes)
            if homes[-1].area == OUTSIDE:
                area = rng.randrange(self.places.areas)
                homes.append(Home(day, self.address(area), area))
            elif rng.random() < CROSSES:
                homes.append(Home(day, self.far_address(), OUTSIDE))
            elif rng.random() < 0.03:
                homes.append(Home(day, Address(lines=("Refuge (address withheld)",), kind="refuge"), -1))
            else:
                area = rng.randrange(self.places.areas) if rng.random() < 0.6 else area
                homes.append(Home(day, self.address(area), area))

    def children(
        self, index: int, made: int, most: int, community: Community, family_name: str, ethnic_group: str
    ) -> tuple[Child, ...]:
        rng = self.rng
        wanted = min(most, rng.choices((1, 2, 3, 4, 5), (42, 38, 14, 4, 2))[0])
        span = (self.end - self.start).days
        born = (
            self.start - timedelta(days=int(17.5 * 365)) + timedelta(days=rng.randrange(int(17.5 * 365) + span + 150))
        )
        children: list[Child] = []
        half = wanted > 1 and rng.random() < 0.14
        other_name = rng.choice(community.surnames)
        characteristics = self.characteristics(community, ethnic_group)
        while len(children) < wanted:
            twin = bool(children) and not children[-1].twin and rng.random() < 0.03
            if children and not twin:
                born += timedelta(days=rng.randrange(420, 1700))
                if born > self.end + timedelta(days=150):  # later than any known pregnancy: go back in time instead
                    born = children[0].born - timedelta(days=rng.randrange(420, 1700))
            female = rng.random() < 0.488
            taken = {child.forenames for child in children}
            forenames = first_name(community, female, rng)
            while forenames in taken or (self.names == "many" and _first_again(forenames, children)):
                forenames = first_name(community, female, rng)
            if twin and female == children[-1].female and rng.random() < 0.15:
                forenames = ALIKE.get(children[-1].forenames, forenames)
            half_sibling = half and len(children) == wanted - 1 and not twin
            if twin:
                children[-1] = _as_twin(children[-1])
            children.append(
                Child(
                    id=f"f{index:06d}-c{len(children) + 1}",
                    forenames=forenames,
                    surname=surname(community, other_name if half_sibling else family_name, female, rng),
                    born=born,
                    female=female,
                    nhs=next(self.nhs),
                    upn=upn((made + len(children)) // 1000, (made + len(children)) % 1000, born.year + 4),
                    characteristics=replace(characteristics, disability=YES if rng.random() < 0.09 else NO),
                    twin=twin,
                    half_sibling=half_sibling,
                    former_surname=rng.choice(community.surnames) if rng.random() < 0.03 else None,
                )
            )
        return tuple(children)

    def characteristics(self, community: Community, ethnic_group: str) -> Characteristics:
        """What may be known for equality analysis; codes of the world itself, not of any census."""
        english = community.id == "white_british" or self.rng.random() < 0.45
        return Characteristics(
            ethnicity=Answer("known", ethnic_group),
            first_language=Answer("known", "english" if english else community.id),
            interpreter=Answer("known", "no" if english or self.rng.random() < 0.7 else "yes"),
        )

    def adults(
        self, index: int, community: Community, family_name: str, children: tuple[Child, ...]
    ) -> tuple[Adult, ...]:
        rng = self.rng
        adults: list[Adult] = []
        eldest = min(child.born for child in children)

        def add(
            female: bool,
            relationship: Relationship,
            older: tuple[float, float],
            since: date | None,
            here: bool,
            name: str,
        ) -> None:
            born = eldest - timedelta(days=int(rng.uniform(*older) * 365))
            adults.append(
                Adult(
                    id=f"f{index:06d}-a{len(adults) + 1}",
                    forenames=first_name(community, female, rng),
                    surname=surname(community, name, female, rng),
                    born=born,
                    female=female,
                    relationship=relationship,
                    nhs=next(self.nhs) if relationship == "mother" else None,
                    since=since,
                    lives_here=here,
                )
            )

        if rng.random() < 0.02:  # kinship care: a grandparent brings the children up
            add(True, "grandparent", (42, 60), None, True, family_name)
            return tuple(adults)
        add(
            True,
            "mother",
            (16.5, 38),
            None,
            True,
            rng.choice(community.surnames) if rng.random() < 0.3 else family_name,
        )
        if rng.random() < 0.85:
            add(False, "father", (17, 45), None, rng.random() < 0.76, family_name)
        if rng.random() < 0.14:
            joined = self.start + timedelta(days=rng.randrange(-1200, (self.end - self.start).days))
            add(False, "parents_partner", (18, 42), joined, True, rng.choice(community.surnames))
        return tuple(adults)


def _first_again(forenames: str, children: list[Child]) -> bool:
    """Whether a sibling has this first name already: but for Muhammad, parents give two children different ones."""
    first = forenames.partition(" ")[0]
    return first not in MUHAMMADS and any(child.forenames.partition(" ")[0] == first for child in children)


def _as_twin(child: Child) -> Child:
    return Child(**{field: getattr(child, field) for field in child.__struct_fields__} | {"twin": True})
