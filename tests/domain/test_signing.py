"""Ticks and signatures as pure rules: who counts for what, and never a person twice."""

import pytest

from hub.domain.errors import Refused
from hub.domain.signing import (
    DraftSigned,
    PolicyTicked,
    PolicyUnticked,
    Ticks,
    fold_ticks,
    lacking,
    needed,
    role_to_sign,
    statement,
    tick,
    untick,
)

LEAD, GUARDIAN, OWNER = "ig_lead", "caldicott_guardian", "threshold_owner"
BOTH = (LEAD, GUARDIAN)


def ticked(text: str, by: str) -> PolicyTicked:
    return PolicyTicked(policy="R04", digest=text, by=by)


def unticked(text: str, by: str) -> PolicyUnticked:
    return PolicyUnticked(policy="R04", digest=text, by=by)


def signed(role: str, by: str) -> DraftSigned:
    return DraftSigned(content_hash="h", role=role, by=by, keyid="k", public=b"p", value=b"v")


def test_nobody_takes_back_a_tick_that_is_not_theirs_or_of_another_text() -> None:
    state = fold_ticks("R04", [ticked("one", "ann")])
    for text, by in (("one", "ben"), ("two", "ann")):
        with pytest.raises(Refused):
            untick(state, text, by)


def test_a_text_is_ticked_once_by_each_and_what_stands_is_the_last_word_of_each() -> None:
    told = [ticked("one", "ann"), ticked("one", "ben"), unticked("one", "ann"), ticked("two", "ann")]
    state = fold_ticks("R04", told)

    assert state == Ticks("R04", 4, (("one", "ben"), ("two", "ann")))
    assert (state.of("one"), state.of("two"), state.of("three")) == (("ben",), ("ann",), ())
    assert tick(state, "two", "ann") == []
    assert tick(state, "one", "ann") == [ticked("one", "ann")]
    assert untick(state, "one", "ben") == [unticked("one", "ben")]


def test_the_threshold_owner_signs_where_rules_or_levels_change_and_not_else() -> None:
    before = {"thresholds": [1], "continuum": [2], "policies": "a"}

    assert needed({**before, "policies": "b"}, before) == BOTH
    assert needed({**before, "thresholds": [1, 1]}, before) == (*BOTH, OWNER)
    assert needed({**before, "continuum": []}, before) == (*BOTH, OWNER)
    assert needed(before, {}) == (*BOTH, OWNER)  # the first edition


@pytest.mark.parametrize(
    ("so_far", "held", "why"),
    [
        ([signed(LEAD, "ann")], (LEAD, GUARDIAN), "another person's"),
        ([signed(LEAD, "ben")], (LEAD,), "signed by the information-governance lead already"),
        ([], (OWNER,), "yours is another role"),
        ([], (), "yours is another role"),
    ],
)
def test_a_second_signature_a_role_that_has_signed_and_a_wrong_role_are_refused(
    so_far: list[DraftSigned], held: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        role_to_sign(so_far, BOTH, held, "ann")


def test_a_person_with_two_roles_signs_in_the_one_that_is_missing() -> None:
    assert role_to_sign([], BOTH, (GUARDIAN, LEAD), "ann") == LEAD
    assert role_to_sign([signed(LEAD, "ben")], BOTH, (GUARDIAN, LEAD), "ann") == GUARDIAN
    assert lacking([signed(LEAD, "ben")], (*BOTH, OWNER)) == (GUARDIAN, OWNER)


def test_what_is_signed_names_content_role_and_person() -> None:
    told = {statement(*one) for one in (("h", LEAD, "a"), ("i", LEAD, "a"), ("h", GUARDIAN, "a"), ("h", LEAD, "b"))}
    assert len(told) == 4
