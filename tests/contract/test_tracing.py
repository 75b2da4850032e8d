"""What every adapter that traces NHS numbers promises. The invented register keeps it; one of the real register must as well.

A real adapter joins `register` below, against the register's own test environment, loaded with these patients.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from hub.adapters.tracing import SyntheticRegister
from hub.domain.errors import Refused
from hub.domain.identifiers import nhs_number
from hub.domain.tracing import Demographics, NumberChecked, Traced, asked_with, status_of
from hub.ports import Tracing
from policies.tracing import SYNTHETIC

PATIENTS = [line.split(",") for line in SYNTHETIC.read_text(encoding="utf-8").splitlines()[1:]]
ROBIN, KIT, SAM, _, JO_BEFORE, JO, ASH_FIRST, ASH_SECOND, ASH, MARY = (patient[0] for patient in PATIENTS)
NOBODYS = "9990000018"


def asked(forenames: str = "Robin", surname: str = "Traceable", **more: Any) -> Demographics:
    return asked_with(forenames, surname, more.pop("born", date(2016, 4, 9)), more.pop("postcode", None))


@pytest.fixture(params=["synthetic"])
def register() -> Iterator[Tracing]:
    with SYNTHETIC.open(encoding="utf-8") as file:
        yield SyntheticRegister.read(file)


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("forenames", "surname", "born"),
    [("", "Traceable", date(2016, 4, 9)), ("Robin", " ", date(2016, 4, 9)), ("Robin", "Traceable", None)],
)
def test_a_register_is_not_asked_with_less_than_names_and_a_birth_date(
    forenames: str, surname: str, born: date | None
) -> None:
    with pytest.raises(Refused, match="forename, surname and birth date"):
        asked_with(forenames, surname, born)


def test_a_likely_person_is_no_number(register: Tracing) -> None:
    for who, status in (
        (asked(born=date(2016, 4, 8)), "potential"),
        (asked("Robert"), "low_confidence"),
        (asked("Sam", "Samelike", born=date(2015, 1, 2)), "many"),
        (asked("Nobody", "Atall", born=date(1999, 9, 9)), "none"),
    ):
        found = register.trace(who)
        assert (found.status, found.nhs_number) == (status, None)


def test_a_number_that_is_superseded_is_never_traced(register: Tracing) -> None:
    assert register.trace(asked("Jo", "Joined", born=date(2014, 7, 21))).nhs_number == JO


def test_no_answer_is_no_nobody() -> None:
    away = SyntheticRegister([], away=True)
    assert away.trace(asked()) == Traced(status="error")
    assert away.check(ROBIN, asked()) == NumberChecked(status="error")


def test_who_was_asked_for_and_what_was_found_stand_in_no_repr(register: Tracing) -> None:
    who = asked(postcode="ZZ1 0AA")
    told = (
        f"{who!r} {register.trace(who)!r} {register.check(JO_BEFORE, asked('Jo', 'Joined', born=date(2014, 7, 21)))!r}"
    )
    assert [one for one in ("Robin", "Traceable", "2016", "ZZ1", ROBIN, JO) if one in told] == []


# -------------------------------------------------------------------------------------------------------- answers


def test_one_person_who_fits_is_a_match_with_the_number_in_use(register: Tracing) -> None:
    found = register.trace(asked(postcode="zz1 0aa"))
    assert (found.status, found.nhs_number) == ("match", ROBIN)


def test_more_particulars_part_two_people_who_fit_alike(register: Tracing) -> None:
    found = register.trace(asked("Mary Ann", "double-name", born=date(2012, 12, 12), postcode="ZZ1 5AA"))
    assert (found.status, found.nhs_number) == ("match", MARY)


def test_a_given_number_is_told_apart(register: Tracing) -> None:
    jo, ash = asked("Jo", "Joined", born=date(2014, 7, 21)), asked("Ash", "Twicejoined", born=date(2013, 3, 3))
    for number, who, expected in (
        (ROBIN, asked(), NumberChecked(status="valid")),
        (f"{ROBIN[:3]} {ROBIN[3:6]} {ROBIN[6:]}", asked(), NumberChecked(status="valid")),
        (ROBIN[:9] + str((int(ROBIN[9]) + 1) % 10), asked(), NumberChecked(status="invalid")),
        (NOBODYS, asked(), NumberChecked(status="not_found")),
        (JO_BEFORE, jo, NumberChecked(status="superseded", in_use=JO)),
        (ASH_FIRST, ash, NumberChecked(status="superseded", in_use=ASH)),
        (ASH_SECOND, ash, NumberChecked(status="superseded", in_use=ASH)),
        (KIT, asked(), NumberChecked(status="differs", differing=("forenames", "birth_date"))),
        (JO_BEFORE, asked(), NumberChecked(status="differs", differing=("forenames", "surname", "birth_date"))),
        (SAM, asked("Sam", "Samelike", born=date(2015, 1, 2)), NumberChecked(status="valid")),
    ):
        assert register.check(number, who) == expected


def test_who_moved_is_still_the_same_person(register: Tracing) -> None:
    assert register.check(ROBIN, asked(postcode="ZZ1 9AA")) == NumberChecked(status="valid")


@pytest.mark.parametrize(
    ("confidence", "fitting", "status"),
    [(1.0, 1, "match"), (0.95, 1, "match"), (0.949, 0, "potential"), (0.85, 0, "potential"),
     (0.849, 0, "low_confidence"), (0.5, 0, "low_confidence"), (0.499, 0, "none"), (0.0, 0, "none"), (1.0, 2, "many")],
)  # fmt: skip
def test_what_a_confidence_means(confidence: float, fitting: int, status: str) -> None:
    assert status_of(confidence, fitting) == status


def test_nobody_in_the_invented_register_is_real() -> None:
    assert [
        number for patient in PATIENTS for number in patient[:2] if number and nhs_number(number)[:3] != "999"
    ] == []
