"""A crowd of invented children of any size, quick to make: names as unevenly spread as real ones, families under one roof.

For measuring speed alone: how fast a match is depends on how many share a key, not on who is right. (Whether the right
child is found is measured on bench/world.) Seeded: the same seed gives the same crowd.
"""

from bisect import bisect
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from bench.world.names import COMMUNITIES
from bench.world.noise import misspelt
from bench.world.numbers import INWARD_LETTERS, nhs_numbers
from hub.domain.message import Address, Name, Person

ORGANISATIONS = ("police", "hospital", "school", "housing")  # each may hold a source record of a child
HELD_BY = (1, 1, 1, 2, 2, 2, 3, 3, 2, 4)  # of ten children, how many organisations hold each: 2.1 on average
SURNAMES, FORENAMES = 20_000, 2_000  # distinct ones; the commonest is borne by one in a hundred
FLATTEN = 12  # ranks added before weights fall as 1/rank: the commonest surname is one in a hundred, as in England
BORN_FROM, DAYS = date(2008, 9, 1), 6_500
HOMES_A_POSTCODE = 12
ONSETS = (
    "b",
    "br",
    "c",
    "cl",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "w",
    "y",
)
VOWELS = ("a", "e", "i", "o", "u", "ee", "ou")
ENDS = ("n", "r", "l", "m", "son", "ton", "ley", "s", "d", "ck", "man", "field", "")


class Someone(Struct, frozen=True):
    """An invented child: who it is, and which organisations hold a source record of it."""

    n: int
    person: Person
    holders: tuple[str, ...]


class Names:
    """Names drawn with falling weights: the invented communities' own first, then made-up ones."""

    def __init__(self, rng: Random) -> None:
        self.surnames = _made_up(rng, SURNAMES, [name for one in COMMUNITIES for name in one.surnames])
        self.forenames = _made_up(rng, FORENAMES, [name for one in COMMUNITIES for name in (*one.girls, *one.boys)])
        self._surname_weights = _falling(len(self.surnames))
        self._forename_weights = _falling(len(self.forenames))

    def surname(self, rng: Random) -> str:
        """One of the surnames."""
        return self.surnames[bisect(self._surname_weights, rng.random() * self._surname_weights[-1])]

    def forename(self, rng: Random) -> str:
        """One of the forenames."""
        return self.forenames[bisect(self._forename_weights, rng.random() * self._forename_weights[-1])]


def crowd(children: int, seed: int) -> Iterator[Someone]:
    """That many children, in families of one to four (one in ninety births is of twins), eight in ten with an NHS number."""
    rng = Random(f"crowd {seed}")
    names, numbers = Names(rng), nhs_numbers(rng)
    postcodes = max(1, children // 2 // HOMES_A_POSTCODE)
    n = family = 0
    while n < children:
        surname, postcode = names.surname(rng), _postcode(rng.randrange(postcodes))
        home = Address((f"{family % 200 + 1} {names.surnames[family % 900]} Road",), postcode)
        born = BORN_FROM + timedelta(days=rng.randrange(DAYS))
        for _ in range(min(rng.choice((1, 1, 2, 2, 2, 3, 4)), children - n)):
            if rng.random() > 1 / 90:
                born = BORN_FROM + timedelta(days=rng.randrange(DAYS))
            person = Person(
                nhs_number=next(numbers) if rng.random() < 0.8 else None,
                names=(Name(f"{names.forename(rng)} {names.forename(rng)}", surname),), birth_date=born,
                sex="female" if rng.random() < 0.5 else "male", addresses=(home,),
            )  # fmt: skip
            yield Someone(n, person, tuple(rng.sample(ORGANISATIONS, rng.choice(HELD_BY))))
            n += 1
        family += 1


def as_told(someone: Someone, organisation: str, rng: Random, *, exact: bool = False) -> Person:
    """A child as one organisation describes it: with its own id there, at times without a number or home, or misspelt."""
    person = replace(someone.person, own_id=f"{organisation}-{someone.n}")
    if exact:
        return person
    if rng.random() < 0.4:
        person = replace(person, nhs_number=None)
    if rng.random() < 0.2:
        person = replace(person, addresses=())
    if rng.random() < 0.1:
        (name,) = person.names
        person = replace(person, names=(Name(misspelt(name.forenames, rng), name.surname),))
    return person


def _made_up(rng: Random, count: int, first: list[str]) -> list[str]:
    made = dict.fromkeys(first)
    while len(made) < count:
        syllables = rng.choice((1, 2, 2))
        made[
            "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)).capitalize() + rng.choice(ENDS)
        ] = None
    shuffled = list(made)[:count]
    rng.shuffle(shuffled)
    return shuffled


def _falling(count: int) -> list[float]:
    return list(accumulate(1 / (rank + FLATTEN) for rank in range(1, count + 1)))


def _postcode(number: int) -> str:
    """The postcode with this number, of an area that is never issued; the first 20,000 take ZZ1 to ZZ50."""
    number, last = divmod(number, len(INWARD_LETTERS))
    number, middle = divmod(number, len(INWARD_LETTERS))
    district, digit = divmod(number, 10)
    return f"ZZ{district + 1} {digit}{INWARD_LETTERS[middle]}{INWARD_LETTERS[last]}"
