"""Declared families as facts: who declares, who agrees, what holds; and what it does to the register of staff."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain import staff as staff_
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.protected import (
    ProtectedAgreed,
    ProtectedDeclared,
    ProtectedEnded,
    ProtectedMet,
    ProtectedSought,
    agree,
    check,
    end,
    fold,
)
from hub.domain.staff import RegisterStaff, Staff, StaffFact, StaffFamilyMet

UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def declared(**otherwise: Any) -> ProtectedDeclared:
    said: dict[str, Any] = {
        "because": "councillor_family", "readers": ("staff-m",), "second": True, "by": "staff-d",
    }  # fmt: skip
    return ProtectedDeclared(**{**said, **otherwise})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"because": "a friend"}, "because"),
        ({"because": "staff_family", "staff": "staff-x"}, "staff"),
        ({"readers": ()}, "readers"),
        ({"because": "staff_family", "staff": "staff-d", "readers": ("staff-d",)}, "readers"),
    ],
)
def test_a_declaration_that_is_not_whole_names_what_is_missing(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check(declared(**wrong))
    assert refused.value.field == field


def test_a_councillors_family_holds_for_two_people_and_ones_own_at_once_until_it_is_ended() -> None:
    waits = fold("d1", [declared()])
    with pytest.raises(Refused, match="somebody other"):
        agree(waits, "staff-d")
    assert agree(waits, "staff-s") == [ProtectedAgreed(by="staff-s")]
    own = declared(because="staff_family", staff="staff-d", second=False)
    met = ProtectedMet(person="p1", source_record="r1", verdict="link")
    histories: list[list[Fact]] = [
        [declared()], [declared(), ProtectedAgreed(by="staff-s")], [own], [own, met, ProtectedSought(found=1)],
        [own, ProtectedEnded(by="staff-d")],
    ]  # fmt: skip
    found = [fold("d1", history) for history in histories]
    assert [one.holds for one in found] == [False, True, True, True, False]
    assert [(one.sought, one.met) for one in found[2:4]] == [(False, ()), (True, (met,))]
    for over in (agree, end):
        with pytest.raises(Refused):
            over(found[-1], "staff-s")


def test_family_that_matching_found_stays_when_somebody_is_registered_anew() -> None:
    wish = RegisterStaff(
        staff="staff-d", organisation="council", setting="mash", roles=("decision_maker",), ig_trained_until=UNTIL,
        related=("p0",),
    )  # fmt: skip
    state = Staff("staff-d")
    facts: list[StaffFact] = [
        *staff_.decide(state, wish),
        StaffFamilyMet(staff="staff-d", person="p1", declaration="d1"),
        StaffFamilyMet(staff="staff-d", person="p1", declaration="d1"),
    ]
    for fact in facts:
        state = staff_.evolve(state, fact)
    assert (state.related, state.version) == (("p0", "p1"), 3)
    assert staff_.decide(state, wish) == []  # nothing new
    (again,) = staff_.decide(state, RegisterStaff(**{**_codes(wish), "related": ()}))
    assert staff_.evolve(state, again).related == ("p1",)


def _codes(wish: RegisterStaff) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in wish.__struct_fields__}
