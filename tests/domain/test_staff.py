"""The staff register."""

from datetime import UTC, datetime

import pytest

from hub.domain.errors import Refused
from hub.domain.staff import (
    ROLES,
    ChangeRoles,
    RecordLeaving,
    RegisterStaff,
    Staff,
    StaffLeft,
    StaffRegistered,
    StaffRolesChanged,
    decide,
    evolve,
    may,
)

TRAINED = datetime(2027, 4, 1, tzinfo=UTC)
JOIN = RegisterStaff(
    staff="s1", organisation="police", setting="unit", roles=("navigator",), ig_trained_until=TRAINED, related=("p9",)
)
JOINED = StaffRegistered(
    staff="s1", organisation="police", setting="unit", roles=("navigator",), ig_trained_until=TRAINED, related=("p9",)
)
HERE = evolve(Staff("s1"), JOINED)


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(Refused, match="unknown role 'king'"):
        decide(HERE, ChangeRoles(roles=("king",)))


def test_who_checks_readers_does_not_read() -> None:
    with pytest.raises(Refused, match="use two accounts"):
        decide(HERE, ChangeRoles(roles=("decision_maker", "access_auditor")))
    with pytest.raises(Refused, match="use two accounts"):
        decide(HERE, ChangeRoles(roles=("practice_auditor", "administrator")))


def test_nobody_outside_the_register_gets_a_role() -> None:
    with pytest.raises(Refused, match="register them first"):
        decide(Staff("s1"), ChangeRoles(roles=("navigator",)))


def test_a_person_joins_once() -> None:
    assert decide(Staff("s1"), JOIN) == [JOINED]
    assert decide(HERE, JOIN) == []


def test_renewed_training_is_a_new_registration() -> None:
    renewed = RegisterStaff(
        staff="s1",
        organisation="police",
        setting="unit",
        roles=("navigator",),
        ig_trained_until=TRAINED.replace(year=2028),
    )

    assert [type(fact) for fact in decide(HERE, renewed)] == [StaffRegistered]


def test_roles_change_and_leaving_ends_them() -> None:
    assert decide(HERE, ChangeRoles(roles=("navigator",))) == []
    assert decide(HERE, ChangeRoles(roles=("panel_chair",))) == [StaffRolesChanged(staff="s1", roles=("panel_chair",))]
    assert decide(HERE, RecordLeaving()) == [StaffLeft(staff="s1")]
    left = evolve(HERE, StaffLeft(staff="s1"))
    assert (left.active, left.roles, decide(left, RecordLeaving())) == (False, (), [])


def test_only_the_mash_decides_and_no_role_without_content_opens_a_picture() -> None:
    assert {role for role in ROLES if may((role,), "decide")} == {
        "decision_maker",
        "mash_manager",
        "out_of_hours_worker",
    }
    assert [role.id for role in ROLES.values() if "no_content" in role.groups and "picture" in role.may] == []
    assert not may(("king",), "worklist")


def test_whoever_may_break_the_glass_is_on_call_and_every_practitioner_may_challenge() -> None:
    """A permission to ask for something is worth nothing where the sharing rules then open nothing to that role."""
    assert {role.id for role in ROLES.values() if "break_glass" in role.may and "on_call" not in role.groups} == set()
    assert {
        role.id for role in ROLES.values() if "practitioner" in role.groups and "challenge" not in role.may
    } == set()
