"""Declared families as facts: who declares, who agrees, what holds; and what it does to the register of staff."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.domain import staff as staff_
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.protected import (
    Protected,
    ProtectedAgreed,
    ProtectedConfirmed,
    ProtectedDeclared,
    ProtectedEnded,
    ProtectedLifted,
    ProtectedMatchDoubted,
    ProtectedMatchKept,
    ProtectedMatchParted,
    ProtectedMet,
    ProtectedSought,
    agree,
    check,
    confirm,
    doubt,
    end,
    fold,
    keep,
    lift,
    part,
)
from hub.domain.staff import RegisterStaff, Staff, StaffFact, StaffFamilyMet, StaffFamilyParted

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


def alone(*facts: Fact) -> Protected:
    own = declared(because="staff_family", staff="staff-d", also=("staff-d2",), second=False, by="staff-d")
    return fold("d1", [own, *facts])


MET = ProtectedMet(person="p1", source_record="r1", verdict="link")


def test_what_one_person_restricts_alone_is_confirmed_or_lifted_by_somebody_else_and_by_none_of_their_accounts() -> (
    None
):
    steps: tuple[Callable[[str], object], ...] = (
        lambda by: confirm(alone(), by), lambda by: lift(alone(MET), by, ("p1",)),
    )  # fmt: skip
    for step in steps:
        for own in ("staff-d", "staff-d2"):
            with pytest.raises(Refused, match="whatever account") as refused:
                step(own)
            assert refused.value.field == "by"
    assert confirm(alone(), "staff-m") == [ProtectedConfirmed(by="staff-m")]
    assert lift(alone(MET), "staff-m", ("p1",)) == [ProtectedLifted(people=("p1",), by="staff-m")]
    lifted = alone(MET, ProtectedLifted(people=("p1",), by="staff-m"))
    assert (lifted.holds, lifted.lifted, lifted.provisional) == (False, True, False)
    for over in (lifted, alone(ProtectedConfirmed(by="staff-m")), fold("d1", [declared()])):
        with pytest.raises(Refused, match="does not wait"):
            confirm(over, "staff-x")


def test_ending_what_one_declared_alone_leaves_it_to_be_confirmed_while_somebody_stays_restricted_by_it() -> None:
    ended = ProtectedEnded(by="staff-d")
    assert [one.provisional for one in (alone(), alone(MET), alone(MET, ended), alone(ended))] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_match_that_was_wrong_takes_two_people_and_neither_is_whose_family_it_is() -> None:
    doubted = ProtectedMatchDoubted(person="p1", by="staff-m")
    for one, by, said in (
        (alone(MET), "staff-d", "two others"), (alone(MET), "staff-d2", "two others"), (alone(), "staff-m", "did not meet"),
        (alone(MET, doubted), "staff-x", "already"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=said):
            doubt(one, "p1", by)
    assert doubt(alone(MET), "p1", "staff-m") == [doubted]
    for one, by, said in (
        (alone(MET), "staff-x", "Nobody has said"), (alone(MET, doubted), "staff-m", "other than who said so"),
        (alone(MET, doubted), "staff-d", "two others"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=said):
            part(one, "p1", by)
    parted = ProtectedMatchParted(person="p1", by="staff-x")
    assert part(alone(MET, doubted), "p1", "staff-x") == [parted]
    with pytest.raises(Refused, match="said already"):
        doubt(alone(MET, doubted, parted), "p1", "staff-m")
    kept = ProtectedMatchKept(person="p1", by="staff-x")
    assert keep(alone(MET, doubted), "p1", "staff-x") == [kept]
    assert alone(MET, doubted, kept).doubted == ()


def test_who_is_parted_from_one_declaration_stays_family_by_the_register_and_by_another_declaration() -> None:
    wish = RegisterStaff(
        staff="staff-d", organisation="council", setting="mash", roles=("decision_maker",), ig_trained_until=UNTIL,
        related=("p0",),
    )  # fmt: skip
    state = Staff("staff-d")
    facts: list[StaffFact] = [
        *staff_.decide(state, wish),
        *(
            StaffFamilyMet(staff="staff-d", person=p, declaration=d)
            for p, d in (("p0", "d1"), ("p1", "d1"), ("p1", "d2"))
        ),
        *(StaffFamilyParted(staff="staff-d", person=p, declaration="d1") for p in ("p0", "p1")),
    ]
    related = []
    for fact in facts:
        state = staff_.evolve(state, fact)
        related.append(state.related)
    assert related[-1] == ("p0", "p1")
    state = staff_.evolve(state, StaffFamilyParted(staff="staff-d", person="p1", declaration="d2"))
    assert state.related == ("p0",)


def test_an_account_is_no_other_account_of_itself() -> None:
    with pytest.raises(Refused) as refused:
        staff_.decide(
            Staff("staff-d"),
            RegisterStaff(
                staff="staff-d", organisation="council", setting="mash", roles=("ig_lead",), ig_trained_until=UNTIL,
                same_as="staff-d",
            ),
        )  # fmt: skip
    assert refused.value.field == "same_as"
