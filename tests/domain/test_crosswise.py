"""Who passes whose overrides: crosswise and around rings, within a day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.crosswise import returned, rings
from hub.domain.errors import Refused
from hub.domain.exceptional import approve, review
from hub.domain.exceptions import Exceptional, OverrideApproved

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def override(ident: str, by: str, approved_by: str = "", hour: float = 0, child: str = "") -> Exceptional:
    """Asked by one, agreed to (or not yet) by another so many hours after noon; each about a child of its own."""
    agreed = NOON + timedelta(hours=hour) if approved_by else None
    return Exceptional(
        ident, "override", version=2, child=child or f"child-of-{ident}", by=by, hours=24, reason="risk_of_harm",
        asked_at=NOON - timedelta(hours=1), approved_by=approved_by, approved_at=agreed,
        approver_roles=("mash_manager",) if approved_by else (),
    )  # fmt: skip


def test_who_agreed_to_mine_within_a_day_does_not_get_my_agreement_and_a_third_person_gives_it() -> None:
    mine = override("1", "ann", "ben")
    theirs = override("2", "ben")
    within, after = NOON + timedelta(hours=22), NOON + timedelta(hours=24)
    with pytest.raises(Refused, match="a third person must agree") as refused:
        approve(theirs, "ann", ("mash_manager",), [mine], within)
    assert refused.value.field == "by"
    assert approve(theirs, "cleo", ("mash_manager",), [], within) == [
        OverrideApproved(by="cleo", roles=("mash_manager",))
    ]
    assert (returned(theirs, [mine], within), returned(theirs, [mine], after)) == (True, False)
    assert not returned(theirs, [replace(mine, kind="break_glass")], within)


def test_two_who_agreed_to_each_others_within_a_day_are_found_and_nobody_else() -> None:
    found = [override("1", "ann", "ben"), override("2", "ben", "ann", 23), override("3", "ann", "cleo", 1)]
    assert rings(found) == {"1": {"ann", "ben"}, "2": {"ann", "ben"}}
    assert rings([found[0], override("2", "ben", "ann", 24)]) == {}
    assert rings([found[0], override("2", "ben")]) == {}


def test_a_ring_of_three_is_found_with_everybody_in_it_and_who_hangs_on_it_is_not() -> None:
    ring = [override("1", "ann", "ben"), override("2", "ben", "cleo", 2), override("3", "cleo", "ann", 4)]
    whole = {"ann", "ben", "cleo"}
    assert rings([*ring, override("4", "dora", "ann", 5)]) == {"1": whole, "2": whole, "3": whole}
    assert rings(ring[:2]) == {}


def test_nobody_of_a_ring_goes_through_an_override_of_it() -> None:
    one = override("1", "ann", "ben")
    over = NOON + timedelta(days=2)
    ring = frozenset({"ann", "ben", "cleo"})
    for inside in sorted(ring):
        with pytest.raises(Refused) as refused:
            review(one, "justified", inside, [], over, (), ring)
        assert refused.value.field == "by"
    assert [fact.NAME for fact in review(one, "justified", "dora", [], over, (), ring)] == ["override.reviewed"]
