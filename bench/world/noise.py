"""How an organisation knows a person: its own number, and a name, birth date and address that may be wrong or missing.

What an organisation holds about a person is drawn once and kept (a misspelling stays misspelt), and a single form may
leave out more. Rates follow the matching experiments in docs/world.md; "double" doubles each error.
"""

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Literal

from msgspec import Struct

from bench.world.names import SHORT_FORMS, draw_community
from bench.world.numbers import own_id
from bench.world.population import Adult, Child, Family
from hub.domain.message import Address, Name, Person

Noise = Literal["none", "normal", "double"]
STRESS = 10 / 3  # with the factor of "double" a sibling's NHS number comes 2 times in 100, as in the experiments
FACTOR: dict[Noise, float] = {"none": 0.0, "normal": 1.0, "double": 2.0}


class Habits(Struct, frozen=True):
    """How well one kind of organisation knows people: chances between 0 and 1. `has_…` are of holding a field at all,
    the rest are errors."""

    has_nhs: float
    has_upn: float
    has_birth_date: float
    has_address: float
    has_own_id: float = 0.97
    wrong_birth_date: float = 0.005
    spelling: float = 0.02  # of each of the two names
    short_form: float = 0.05
    swapped: float = 0.003
    old_address: float = 0.1
    other_surname: float = 0.02
    sibling_nhs: float = 0.0
    opened_twice: float = 0.01  # a second own number for somebody who has one


HABITS: dict[str, Habits] = {
    "police": Habits(0.01, 0.0, 0.92, 0.9, 0.93, 0.08, 0.06, 0.1, 0.012, 0.08, 0.05, opened_twice=0.06),
    "health_visiting": Habits(0.97, 0.0, 0.995, 0.97, spelling=0.012, short_form=0.01, sibling_nhs=0.003),
    "hospital": Habits(0.95, 0.0, 0.99, 0.95, spelling=0.02, short_form=0.02, sibling_nhs=0.003, opened_twice=0.02),
    "gp": Habits(0.99, 0.0, 0.998, 0.98, spelling=0.01, short_form=0.02, sibling_nhs=0.002),
    "school": Habits(0.04, 0.98, 0.995, 0.96, spelling=0.015, short_form=0.12, old_address=0.08, other_surname=0.03),
    "housing": Habits(0.0, 0.0, 0.8, 1.0, wrong_birth_date=0.03, spelling=0.04, old_address=0.02),
    "early_help": Habits(0.4, 0.5, 0.97, 0.93, wrong_birth_date=0.01, spelling=0.025, short_form=0.08),
    "charity": Habits(0.0, 0.0, 0.55, 0.5, wrong_birth_date=0.04, spelling=0.06, short_form=0.25, old_address=0.15),
    "children_social_care": Habits(0.75, 0.4, 0.97, 0.95, wrong_birth_date=0.01, spelling=0.03, opened_twice=0.03),
}


class View(Struct, frozen=True):
    """What one organisation holds about one person. `errors` names what is wrong with it: truth, never sent."""

    own_id: str | None
    forenames: str
    surname: str
    former: str | None
    birth_date: date | None
    nhs: str | None
    upn: str | None
    sends_address: bool
    frozen_address: Address | None  # an address that was not brought up to date
    errors: tuple[str, ...]


def misspelt(name: str, rng: Random) -> str:
    """The name with one slip of a hand: a letter dropped, doubled, changed, or two exchanged."""
    if len(name) < 3:
        return name
    at = rng.randrange(1, len(name) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return name[:at] + name[at + 1 :]
    if slip == 1:
        return name[:at] + name[at] + name[at:]
    if slip == 2:
        return name[:at] + rng.choice("aeiounrstl") + name[at + 1 :]
    return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]


def wrong_date(born: date, today: date, rng: Random) -> date:
    """A birth date with day and month exchanged, one part wrong, or the first of January; never after `today`."""
    slip = rng.random()
    if slip < 0.3 and born.day <= 12 and born.day != born.month:
        wrong = date(born.year, born.day, born.month)
    elif slip < 0.55:
        wrong = born - timedelta(days=rng.choice((1, 2, 7, 10)))
    elif slip < 0.8:
        wrong = date(born.year - 1, born.month, min(born.day, 28))
    else:
        wrong = date(born.year, 1, 1)
    return wrong if wrong <= today else born


def habits_of(organisation: str) -> Habits:
    """The habits of an organisation; all school organisations share one set."""
    return HABITS["school" if organisation.startswith("school_") else organisation]


@cache
def _chances(organisation: str, factor: float) -> tuple[tuple[str, float], ...]:
    """Each way of being wrong, and how likely it is for this organisation at this factor."""
    habits = habits_of(organisation)
    return tuple(
        (name, chance * factor)
        for name, chance in (
            ("called_baby", 0.25), ("short_form", habits.short_form), ("second_name_left_out", 0.3),
            ("forename_misspelt", habits.spelling), ("other_surname", habits.other_surname),
            ("surname_misspelt", habits.spelling), ("names_swapped", habits.swapped),
            ("no_birth_date", 1 - habits.has_birth_date), ("wrong_birth_date", habits.wrong_birth_date),
            ("siblings_nhs_number", habits.sibling_nhs * (STRESS if factor > 1 else 1)),
            ("no_address", 1 - habits.has_address),
            ("old_address", habits.old_address * 4), ("no_own_id", 1 - habits.has_own_id),
        )
    )  # fmt: skip


def draw_view(
    organisation: str, family: Family, person: Child | Adult, today: date, *, factor: float, rng: Random
) -> View:
    """What `organisation` holds about a person whom it meets for the first time on `today`.

    `factor` scales all errors (0 = none: everything that is held is right, and nothing is left out by mistake).
    """
    habits, errors = habits_of(organisation), list[str]()
    drawn = {name for name, chance in _chances(organisation, factor) if rng.random() < chance}
    child = person if isinstance(person, Child) else None
    forenames, surname, former = person.forenames, person.surname, None
    called = forenames if forenames in SHORT_FORMS else forenames.split(" ", 1)[0]

    def slips(name: str, *, can: bool = True) -> bool:
        """Whether this error was drawn, where it can be made at all; remembers that it was made."""
        made = can and name in drawn
        if made:
            errors.append(name)
        return made

    if slips("called_baby", can=child is not None and 0 <= child.months(today) < 1):
        forenames = "Baby"
    elif slips("short_form", can=called in SHORT_FORMS):
        forenames = rng.choice(SHORT_FORMS[called])
    elif slips("second_name_left_out", can=" " in forenames):
        forenames = forenames.rsplit(" ", 1)[rng.random() < 0.2]
    if slips("forename_misspelt"):
        forenames = misspelt(forenames, rng)
    if slips("other_surname"):
        others = [adult.surname for adult in family.adults if adult.surname != surname]
        surname = others[0] if others else rng.choice(draw_community(rng).surnames)
    elif child is not None and child.former_surname and rng.random() < 0.5:
        former = child.former_surname
    if slips("surname_misspelt"):
        surname = misspelt(surname, rng)
    if slips("names_swapped", can=forenames != "Baby"):
        forenames, surname = surname, forenames
    born: date | None = person.born
    if slips("no_birth_date"):
        born = None
    elif slips("wrong_birth_date"):
        born = wrong_date(person.born, today, rng)
    nhs = person.nhs if rng.random() < habits.has_nhs else None
    if nhs and child is not None and "siblings_nhs_number" in drawn:
        siblings = [other.nhs for other in family.children if other is not child and other.nhs and other.born <= today]
        if slips("siblings_nhs_number", can=bool(siblings)):
            nhs = rng.choice(siblings)
    pupil = child is not None and habits.has_upn > 0 and child.months(today) >= 48
    upn = child.upn if child is not None and pupil and rng.random() < habits.has_upn else None
    old = family.homes[rng.randrange(len(family.homes))]
    stale = slips("old_address", can=old.since <= today and old is not family.home(today))
    return View(
        own_id=None if slips("no_own_id") else own_id(organisation, rng),
        forenames=forenames, surname=surname, former=former, birth_date=born, nhs=nhs, upn=upn,
        sends_address=not slips("no_address"), frozen_address=old.address if stale else None, errors=tuple(errors),
    )  # fmt: skip


def exact_view(organisation: str, person: Child | Adult, rng: Random) -> View:
    """What an organisation holds that knows the person fully, and rightly."""
    pupil = isinstance(person, Child) and organisation.startswith("school_")
    return View(
        own_id=own_id(organisation, rng), forenames=person.forenames, surname=person.surname, former=None,
        birth_date=person.born, nhs=person.nhs, upn=person.upn if isinstance(person, Child) and pupil else None,
        sends_address=True, frozen_address=None, errors=(),
    )  # fmt: skip


_SEX: tuple[Literal["male"], Literal["female"]] = ("male", "female")


def as_sent(
    organisation: str, view: View, family: Family, person: Child | Adult, today: date, *, factor: float, rng: Random
) -> Person:
    """The person as one message of `today` names them: the view, less what this form left out."""
    home = view.frozen_address or family.home(today).address
    addresses: tuple[Address, ...] = (home,) if view.sends_address and rng.random() >= 0.02 * factor else ()
    nhs = view.nhs if rng.random() >= 0.03 * factor else None
    if isinstance(person, Adult):
        if not person.lives_here and family.second_home and addresses:
            addresses = (family.second_home,)
        return Person(
            own_id=view.own_id, nhs_number=nhs, names=(Name(view.forenames, view.surname),), birth_date=view.birth_date,
            sex=_SEX[person.female], addresses=addresses,
        )  # fmt: skip
    if today < person.born:
        mother = next((adult.nhs for adult in family.adults if adult.relationship == "mother"), None)
        return Person(
            own_id=view.own_id, names=(Name("Unborn baby", view.surname),) if rng.random() < 0.5 else (),
            expected_date=person.born + timedelta(days=(person.born.toordinal() % 21) - 10), addresses=addresses,
            mother_nhs_number=mother if habits_of(organisation).has_nhs > 0.5 else None,
        )  # fmt: skip
    if family.second_home and addresses and person.born.toordinal() % 3 == 0:
        second = family.second_home
        addresses = (*addresses, Address(lines=second.lines, postcode=second.postcode, kind="second_home"))
    names: tuple[Name, ...] = (Name(view.forenames, view.surname),)
    if view.former:
        names = (*names, Name(view.forenames, view.former, "former"))
    school = family.school(person, today) if organisation.startswith("school_") else None
    return Person(
        own_id=view.own_id, nhs_number=nhs, upn=view.upn, names=names, birth_date=view.birth_date,
        sex=_SEX[person.female], addresses=addresses, school=school[1] if school else None,
        gp=family.practice if organisation in {"gp", "hospital", "health_visiting"} else None,
        characteristics=person.characteristics if rng.random() < 0.35 else person.characteristics.__class__(),
    )  # fmt: skip
