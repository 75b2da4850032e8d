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
from hub.domain.naming import cut_short, forenames_of, forms_of, honour_alone, joined, one_slip, parts_of

WELL = 0.92  # likeness of names from which on a slip of the pen is likelier than another name
SHORT_FORM = 0.97  # how a short form of a name fits it
SWAPPED = 0.93  # how forenames and surnames fit that are written the other way round
SLIP = 0.86  # likeness of names that one slip tells apart: of short names, Jaro and Winkler's is less than they deserve
ANOTHER = 0.5  # how two forenames fit that are two people's, however alike they are spelled
COMMON = 5e-6  # share of all who bear a forename and surname, from which on strangers share their birthday too
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


def fits(one: Known, other: Known, judge: Judge, *, strictly: bool = False) -> float | None:
    """How well the forenames of two descriptions fit, 0 to 1; None where one has none.

    1 the same first forename, or all of them written as one word (Jiayi, Jia Yi); then a short form of one name; names
    written the other way round; a second forename (or a short form or slip of it) used as the first, an initial or a
    beginning, or one first forename with different second ones; then one slip of a hand, however short the name; else their
    likeness.

    Strictly, as one name must fit another before two are linked, ANOTHER for what twins and brothers share: names that are
    unlike at all where the sexes differ (Daniel and Danielle), two names that are both borne by many and no short form of
    one another, second forenames that do not fit, an initial alone, and names of which the end was cut off.
    """
    best: float | None = None
    sexes = "not_known" not in (one.sex, other.sex) and one.sex != other.sex
    for forenames, surname in one.names:
        for others, other_surname in other.names:
            if forenames and others:
                fit = _fit((forenames, surname), (others, other_surname), judge)
                if strictly and ((sexes and fit < 1) or _two_names(forenames, others, fit, judge)):
                    fit = min(fit, ANOTHER)
                best = fit if best is None else max(best, fit)
    return best


def bearing(said: Known, known: Sequence[Known]) -> Sequence[Known]:
    """Those source records of a person by whose forename a description may mean it: any; but where the description and one
    of them say a given name, none that says a name of honour alone ("Muhammad" of Tanvir's is no sign that Bilal is he).
    """
    if _says_none(said):
        return known
    return [one for one in known if not _says_none(one)] or known


def fits_under_one_id(one: Known, other: Known, judge: Judge) -> float | None:
    """How well forenames fit strictly, where one organisation's own id led to both: an initial may be written out later."""
    if any(
        min(len(here), len(there)) == 1 and here[0] == there[0] for here in one.forenames for there in other.forenames
    ):
        return 1.0
    return fits(one, other, judge, strictly=True)


def _fit(one: tuple[str, str], other: tuple[str, str], judge: Judge) -> float:
    (forenames, surname), (others, other_surname) = one, other
    all_of, all_others = forenames.split(), others.split()
    first, second = all_of[0], all_others[0]
    if first == second:
        # two who share a first name and not the second are brothers as often as not
        return (
            1.0 if len(all_of) == 1 or len(all_others) == 1 or not set(all_of[1:]).isdisjoint(all_others[1:]) else 0.9
        )
    if joined(forenames) == joined(others):
        return 1.0
    if not forms_of(first, judge.model.nicknames).isdisjoint(forms_of(second, judge.model.nicknames)):
        return SHORT_FORM
    if surname and other_surname and _swapped(one, other, judge):
        return SWAPPED
    alike = judge.likeness.alike(first, second)
    begins = first.startswith(second) or second.startswith(first)
    if begins or _another(first, all_others, judge) or _another(second, all_of, judge):
        return max(alike, 0.9)
    return max(alike, SLIP) if one_slip(first, second) else alike


def _two_names(forenames: str, others: str, fit: float, judge: Judge) -> bool:
    """Whether two forenames are rather two people's than one written in two ways."""
    first, second, *_ = forenames.split(maxsplit=1)[0], others.split(maxsplit=1)[0]
    if first == second:
        if cut_short(first) or (len(first) == 1 and " " not in forenames and " " not in others):
            return True
        return fit < 1 and not _second_fits(forenames.split()[1:], others.split()[1:], judge)
    if min(len(forenames), len(others)) == 1:
        return True
    # B for another forename of somebody, or the names the other way round, is no slip of the pen
    written = _another(first, others.split(), judge) or _another(second, forenames.split(), judge)
    return not written and fit < SWAPPED and _both_borne(first, second, judge)


def _both_borne(one: str, other: str, judge: Judge) -> bool:
    """Whether both are names that are known to be borne: then neither is the other, mistyped."""
    borne = judge.model.frequencies.get("forename", {})
    return one != other and one in borne and other in borne


def _second_fits(seconds: Sequence[str], others: Sequence[str], judge: Judge) -> bool:
    """Whether a second forename may be another's: an initial, a short form or a slip."""
    return any(
        one.startswith(other)
        or other.startswith(one)
        or not forms_of(one, judge.model.nicknames).isdisjoint(forms_of(other, judge.model.nicknames))
        or (one_slip(one, other) and not _both_borne(one, other, judge))
        for one in seconds
        for other in others
    )


def _another(first: str, forenames: Sequence[str], judge: Judge) -> bool:
    """Whether a first forename may stand for another forename of somebody: MO for BILAL MUHAMMAD, LINNG for YAN LING."""
    forms = forms_of(first, judge.model.nicknames)
    return any(
        not forms.isdisjoint(forms_of(other, judge.model.nicknames))
        or (one_slip(first, other) and not _both_borne(first, other, judge))
        for other in forenames[1:]
    )


def _swapped(one: tuple[str, str], other: tuple[str, str], judge: Judge) -> bool:
    """The names the other way round, also where several forenames stand for the surname ("Gill, Jasleen Kaur")."""
    pairs = ((one[0], other[1]), (other[0], one[1]))
    return all(
        judge.likeness.alike(forenames.split()[0], name) >= WELL
        or judge.likeness.alike(forenames.split()[0], (forenames_of(name) or name).split()[0]) >= WELL
        for forenames, name in pairs
    )


def supported(one: Known, other: Known, fit: float, judge: Judge, also: Sequence[Known] = ()) -> bool:
    """G3: the birth date agrees or is a slip of the pen; or an identifier or the home agrees, and forename and surname fit.

    Birth dates that are farther apart than a month never do by the home (sons are called after their fathers), unless one
    of them is 1 January of the same year, which is written where only the year is known. Nor, for the same reason, does an
    adult who is no child of the same name at the same address, unless the birth date is the same, nor two adults where a
    birth date is not known, nor anybody of whom only a name of honour is said (brothers share it), nor two names that are
    held to be forms of one (sisters are called Emily and Amelia), nor, where no birth date is said, two names that begin
    otherwise (Ella and Bella). Of a name that very many
    bear, the birth date alone is not enough: two who are called Muhammad Khan are born on one day somewhere near; there
    the home and the numbers count that any organisation knows of the person (`also`).
    """
    days = abs((one.born - other.born).days) if one.born is not None and other.born is not None else None
    if days != 0 and one.grown != other.grown:
        return False
    at_home = agree(set(one.postcodes), set(other.postcodes)) == "agrees"
    at_home = at_home or agree(set(one.streets), set(other.streets)) == "agrees"
    if days == 0 or slip(one.born, other.born):
        if at_home or _numbered(one, other) or not _common_name(one, other, judge):
            return True
        return any(not set(one.postcodes).isdisjoint(known.postcodes) or _numbered(one, known) for known in also)
    if days is not None and days > A_MONTH and not _year_alone(one, other):
        return False
    if any(honour_alone(forenames) for known in (one, other) for forenames, _ in known.names):
        return False
    at_home = at_home and not (days is None and (one.grown or not _begin_alike(one, other))) and fit != SHORT_FORM
    return (at_home or _numbered(one, other)) and fit >= WELL and _surnames_fit(one, other, judge)


def _begin_alike(one: Known, other: Known) -> bool:
    """Whether some forename word of each begins with the same letter."""
    first = [{word[0] for forenames in known.forenames for word in forenames.split() if word} for known in (one, other)]
    return not first[0].isdisjoint(first[1])


def _year_alone(one: Known, other: Known) -> bool:
    """Whether of two birth dates of one year one is its first day: all that is known of it may be the year."""
    if one.born is None or other.born is None or one.born.year != other.born.year:
        return False
    return any((born.month, born.day) == (1, 1) for born in (one.born, other.born))


def _numbered(one: Known, other: Known) -> bool:
    return nhs_numbers(one, other) == "agrees" or agree(set(one.upns), set(other.upns)) == "agrees"


def _common_name(one: Known, other: Known, judge: Judge) -> bool:
    """Whether every name that both bear, forename and surname, is one of the most common."""
    forename, surname = (judge.model.frequencies.get(column, {}) for column in ("forename", "surname"))
    shares = [
        forename.get(here, 0) * surname.get(there, 0)
        for here in one.forenames & other.forenames
        for there in one.surnames & other.surnames
    ]
    return bool(shares) and min(shares) >= COMMON


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


def rivals(said: Known, best: Known, twins: Sequence[Known], judge: Judge) -> list[Known]:
    """Those of a birth whom a description with somebody's number may mean all the same, by forename and sex.

    A twin of the other sex is not meant, nor one whose forename is another; where no forename was said, or a name of honour
    alone, or none of the twin is known, only the sex tells.
    """
    found = []
    for twin in twins:
        if _of_other_sex(said, best, twin):
            continue
        fit = None if _says_none(said) else fits(said, twin, judge, strictly=True)
        if fit is None or fit >= judge.policy.forename_alike or any(honour_alone(name) for name, _ in twin.names):
            found.append(twin)
    return found


def _says_none(said: Known) -> bool:
    """Whether no forename was said that tells anybody from a brother or a sister."""
    return all(honour_alone(forenames) or not forenames for forenames, _ in said.names)


def _of_other_sex(said: Known, best: Known, twin: Known) -> bool:
    return said.sex == best.sex and {said.sex, twin.sex} == {"female", "male"}


def told_apart(
    said: Known, best: Known, fit: float, twins: Sequence[Known], beside: Sequence[Known], judge: Judge
) -> bool:
    """G4: the forename fits the best clearly better than any other of the birth, and no sex speaks against it.

    `beside` are those of the twins whom the same message describes: of them, who fits better is meant. Where no birth
    date makes twins of them, the very name on the very birth date is enough (no name of honour alone: brothers bear it).
    """
    if "not_known" not in (said.sex, best.sex) and said.sex != best.sex:
        return False
    born_together = [twin for twin in twins if could_be_twins(said, twin) or could_be_twins(best, twin)]
    if fit < 1 and _says_none(said) and any(not _of_other_sex(said, best, twin) for twin in born_together):
        return False  # "Muhammad" may be either of two boys
    very = fit == 1 and said.born is not None and said.born == best.born
    very = very and not any(honour_alone(forenames) for forenames, _ in said.names)
    for twin in twins:
        # of two whom one message names, who fits better is meant
        other = fits(twin, best, judge) if twin in beside else fits(said, twin, judge)
        if very and other is not None and other < 1 and twin not in born_together:
            continue
        if other is not None and fit - other < judge.policy.twin_margin:
            return False
    return True
