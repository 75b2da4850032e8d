"""What must hold before the model's weight becomes a link, about two descriptions: pure, and each guard by itself.

Weights add up what agrees as if each thing agreed by itself. In a family it does not, which is what these are for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from hub.domain.comparing import agree, nhs_numbers, slip
from hub.domain.known import Known
from hub.domain.match_policy import Policy, read_policy
from hub.domain.model import Likeness, Model, read
from hub.domain.naming import forms_of, parts_of

WELL = 0.92  # likeness of names from which on a slip of the pen is likelier than another name
A_MONTH = 31  # days


class Judge(Struct, frozen=True):
    """What an edition judges by: the model, its thresholds and guards, and how texts are compared."""

    model: Model
    likeness: Likeness
    policy: Policy


def judge_of(settings: Mapping[str, Any], likeness: Likeness) -> Judge | None:
    """What an edition's `match_model` judges by; None where it has no model (its persons are matched by rules alone).

    Raises ValueError with what is wrong with its model or its policy.
    """
    if "model" not in settings:
        return None
    return Judge(read(settings), likeness, read_policy(settings.get("policy", {})))


def fits(one: Known, other: Known, judge: Judge) -> float | None:
    """How well the forenames of two descriptions fit, 0 to 1; None where one has none.

    1 the same first forename; then a short form of one name; names written the other way round; a second forename used as
    the first, an initial or a beginning, or one first forename with different second ones; else their likeness.
    """
    best: float | None = None
    for forenames, surname in one.names:
        for others, other_surname in other.names:
            if forenames and others:
                fit = _fit((forenames, surname), (others, other_surname), judge)
                best = fit if best is None else max(best, fit)
    return best


def _fit(one: tuple[str, str], other: tuple[str, str], judge: Judge) -> float:
    (forenames, surname), (others, other_surname) = one, other
    all_of, all_others = forenames.split(), others.split()
    first, second = all_of[0], all_others[0]
    if first == second:
        # two who share a first name and not the second are brothers as often as not
        return (
            1.0 if len(all_of) == 1 or len(all_others) == 1 or not set(all_of[1:]).isdisjoint(all_others[1:]) else 0.9
        )
    if not forms_of(first, judge.model.nicknames).isdisjoint(forms_of(second, judge.model.nicknames)):
        return 0.97
    if surname and other_surname and _swapped(one, other, judge):
        return 0.93
    alike = judge.likeness.alike(first, second)
    if first in all_others or second in all_of or first.startswith(second) or second.startswith(first):
        return max(alike, 0.9)
    return alike


def _swapped(one: tuple[str, str], other: tuple[str, str], judge: Judge) -> bool:
    alike, least = judge.likeness.alike, 0.92
    return alike(one[0].split()[0], other[1]) >= least and alike(one[1], other[0].split()[0]) >= least


def supported(one: Known, other: Known, fit: float, judge: Judge) -> bool:
    """G3: the birth date agrees or is a slip of the pen; or an identifier or the home agrees, and forename and surname fit.

    Birth dates that are farther apart than a month never do by the home: sons are called after their fathers. Nor, for the
    same reason, does an adult who is no child of the same name at the same address, where a birth date is not known.
    """
    days = abs((one.born - other.born).days) if one.born is not None and other.born is not None else None
    if days is not None and one.born is not None and (days == 0 or slip(one.born, other.born)):
        return True
    if (days is None and one.grown != other.grown) or (days is not None and days > A_MONTH):
        return False
    at_home = agree(set(one.postcodes), set(other.postcodes)) == "agrees"
    at_home = at_home or agree(set(one.streets), set(other.streets)) == "agrees"
    number = nhs_numbers(one, other) == "agrees" or agree(set(one.upns), set(other.upns)) == "agrees"
    return (at_home or number) and fit >= WELL and _surnames_fit(one, other, judge)


def _surnames_fit(one: Known, other: Known, judge: Judge) -> bool:
    """A surname agrees, or an end of a double one, or is spelled alike; or the names are written the other way round."""
    mine, theirs = one.surnames, other.surnames
    parts = {part for surname in mine for part in parts_of(surname)}
    if not parts.isdisjoint(part for surname in theirs for part in parts_of(surname)):
        return True
    if any(judge.likeness.alike(here, there) >= WELL for here in mine for there in theirs):
        return True
    return not mine.isdisjoint(other.forenames) and not theirs.isdisjoint(one.forenames)


def could_be_twins(one: Known, other: Known) -> bool:
    """Whether two were born the same day and share a home or a surname."""
    if one.born is None or one.born != other.born:
        return False
    if not set(one.postcodes).isdisjoint(other.postcodes):
        return True
    parts = {part for surname in one.surnames for part in parts_of(surname)}
    return not parts.isdisjoint(part for surname in other.surnames for part in parts_of(surname))


def told_apart(
    said: Known, best: Known, fit: float, twins: Sequence[Known], beside: Sequence[Known], judge: Judge
) -> bool:
    """G4: the forename fits the best clearly better than any other of the birth, and no sex speaks against it.

    `beside` are those of the twins whom the same message describes: of them, who fits better is meant.
    """
    if "not_known" not in (said.sex, best.sex) and said.sex != best.sex:
        return False
    for twin in twins:
        # of two whom one message names, who fits better is meant
        other = fits(twin, best, judge) if twin in beside else fits(said, twin, judge)
        if other is not None and fit - other < judge.policy.twin_margin:
            return False
    return True
