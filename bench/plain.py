"""Plain concerns: as simple as they come, seeded, each child known by its NHS number, so that whose it is is certain.

The crash test's oracle and the bench both speak of these. NHS numbers come from the reserved test range. Everything that
a concern says is decided by the seed and `now` alone.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from msgspec import Struct

from bench.world.numbers import nhs_numbers
from hub.domain.message import Address, ConcernRaised, FamilyTold, HowKnown, Name, Occurred, Person, Seen, Subject

ORGANISATIONS = {
    "police": "police", "hospital": "health", "school": "education", "housing": "housing", "charity": "voluntary",
}  # fmt: skip
# one or two of these a concern: enough of a kind that rules of every sort come to stand, a grave one rarely
INDICATORS = (
    "hunger", "clothing_unsuitable", "late_collection", "attendance_low", "domestic_abuse_incident",
    "domestic_abuse_witnessed", "injury_unexplained", "new_adult_in_household", "unsafe_home_conditions", "debt_or_food_bank",
    "mental_health_parent", "missing_from_home",
)  # fmt: skip
GRAVE = "strangulation_of_child"
FORENAMES = (
    "Asha",
    "Ben",
    "Cara",
    "Dev",
    "Elin",
    "Finn",
    "Gita",
    "Hana",
    "Idris",
    "Jess",
    "Kofi",
    "Lena",
    "Milo",
    "Nia",
)
SYLLABLES = (
    "ar",
    "ben",
    "cor",
    "dal",
    "el",
    "fen",
    "gar",
    "hol",
    "ing",
    "ket",
    "lam",
    "mor",
    "nor",
    "pel",
    "rud",
    "ton",
)
WORDS = (
    "Invented for a test. The member of staff on duty wrote down what was seen and said at the time, and rang the duty "
    "line before the end of the day."
)


class Child(Struct, frozen=True):
    """An invented child: a number, and what organisations know of it."""

    n: int
    nhs_number: str
    forename: str
    surname: str
    born: date
    postcode: str


class Sent(Struct, frozen=True):
    """One concern on its way: the organisation's own id of it, what it says, and which children it is about."""

    id: str
    message: ConcernRaised
    children: tuple[int, ...]


def children(count: int, seed: int, today: date) -> list[Child]:
    """`count` children, no two with one NHS number, aged one to fifteen; of up to 5,000 no two born on one day.

    So that nobody is in doubt: names are few, and two of one birthday whose names sound alike would come to a person.
    """
    rng = Random(f"children {seed}")
    numbers = nhs_numbers(rng)
    ages = list(range(420, 5_500))  # in days
    rng.shuffle(ages)
    made = []
    for n in range(count):
        number = next(numbers)
        if number is None:
            raise ValueError("the reserved range of NHS numbers is used up: ask for fewer children")
        surname = "".join(rng.choice(SYLLABLES) for _ in range(3)).capitalize()
        born = today - timedelta(days=ages[n % len(ages)])
        postcode = f"ZZ{rng.randrange(1, 90)} {rng.randrange(1, 10)}{rng.choice('ABDEF')}{rng.choice('GHJLN')}"
        made.append(Child(n, number, rng.choice(FORENAMES), surname, born, postcode))
    return made


def concerns(count: int, of: list[Child], seed: int, now: datetime) -> Iterator[Sent]:
    """`count` concerns about these children in the order of publishing, each organisation's numbered from 1 without a gap.

    About one in ten is about two children; every child has its own id with every organisation. `now` is aware UTC and
    everything happened in the 400 days before it, in no order.
    """
    rng = Random(f"concerns {seed}")
    sequence = dict.fromkeys(ORGANISATIONS, 0)
    for _ in range(count):
        organisation = rng.choice(list(ORGANISATIONS))
        sequence[organisation] += 1
        about = [of[rng.randrange(len(of))]]
        if rng.random() < 0.1:
            other = of[rng.randrange(len(of))]
            about += [other] if other.n != about[0].n else []
        started = now - timedelta(minutes=rng.randrange(60, 400 * 24 * 60))
        grave = rng.random() < 0.002
        heard = rng.random() < 0.1
        message = ConcernRaised(
            organisation=organisation,
            setting=f"{organisation}-{rng.randrange(3)}",
            source_sequence=sequence[organisation],
            recorded_at=started + timedelta(minutes=30),
            occurred=Occurred(started, started, "hour"),
            how_known=HowKnown("told_by_organisation", "school") if heard else HowKnown("first_hand"),
            incident=f"incident-{rng.randrange(count * 2)}" if rng.random() < 0.1 else None,
            referrer_kind="2A",
            referrer=f"{organisation}-worker-{rng.randrange(20)}",
            subjects=tuple(_subject(child, organisation, grave=grave, rng=rng) for child in about),
            narrative=WORDS,
            family_told=FamilyTold(told=True),
        )
        ident = str(UUID(int=rng.getrandbits(128), version=4))
        yield Sent(ident, message, tuple(child.n for child in about))


def grave_concerns(of: list[Child], seed: int, now: datetime) -> Iterator[Sent]:
    """One concern about each child, of a sign so grave that one report raises an alert."""
    rng = Random(f"grave {seed}")
    sequence = dict.fromkeys(ORGANISATIONS, 0)
    for child in of:
        organisation = rng.choice(list(ORGANISATIONS))
        sequence[organisation] += 1
        happened = now - timedelta(minutes=rng.randrange(60, 24 * 60))
        message = ConcernRaised(
            organisation=organisation,
            source_sequence=sequence[organisation],
            recorded_at=happened + timedelta(minutes=30),
            occurred=Occurred(happened, happened, "hour"),
            how_known=HowKnown("first_hand"),
            referrer_kind="2A",
            subjects=(_subject(child, organisation, grave=True, rng=rng),),
            narrative=WORDS,
            family_told=FamilyTold(told=True),
        )
        yield Sent(str(UUID(int=rng.getrandbits(128), version=4)), message, (child.n,))


def _subject(child: Child, organisation: str, *, grave: bool, rng: Random) -> Subject:
    codes = rng.sample(INDICATORS, rng.choice((1, 1, 2)))
    person = Person(
        own_id=f"{organisation}-{child.n}",
        nhs_number=child.nhs_number,
        names=(Name(child.forename, child.surname),),
        birth_date=child.born,
        addresses=(Address((f"{child.n} Invented Road",), child.postcode),),
    )
    kinds: tuple[Seen, ...] = ("not_seen", "not_seen", "seen", "seen_alone")
    return Subject(
        person=person,
        indicators=tuple(sorted({*codes, *([GRAVE] if grave else ())})),
        seen=rng.choice(kinds),
        observation="Invented: as described.",
    )
