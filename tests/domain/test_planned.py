"""What was decided to be done: open until somebody says that it is done, and open again where that was wrong."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from hub.domain import planned
from hub.domain.enquiry import Enquiry, PlanActionDone, PlanActionReopened, Step, evolve
from hub.domain.errors import Refused
from tests.domain.test_enquiry import OPEN, decided

PLAN = (Step("family_contacted", "front_door", date(2026, 11, 25)), Step("child_seen", "health", date(2026, 11, 30)))
DECIDED = evolve(OPEN, msgspec.structs.replace(decided("c1"), plan=PLAN))


@pytest.mark.parametrize(("child", "action"), [("c1", "police_called"), ("c2", "child_seen"), ("", "child_seen")])
def test_nothing_is_done_that_no_plan_names(child: str, action: str) -> None:
    for wish in (planned.do, planned.undo):
        with pytest.raises(Refused) as refused:
            wish(DECIDED, child, action, "staff-1")
        assert refused.value.field == "action"


def test_an_action_is_done_once_taken_back_and_done_again() -> None:
    (done,) = planned.do(DECIDED, "c1", "child_seen", "staff-1")
    assert done == PlanActionDone(child="c1", action="child_seen", done_by="staff-1")
    after = evolve(DECIDED, done)
    assert after.done == {("c1", "child_seen")}
    assert planned.do(after, "c1", "child_seen", "staff-2") == []
    (again,) = planned.undo(after, "c1", "child_seen", "staff-2")
    assert again == PlanActionReopened(child="c1", action="child_seen", reopened_by="staff-2")
    undone: Enquiry = evolve(after, again)
    assert (undone.done, undone.stage) == (frozenset(), "decided")
    with pytest.raises(Refused):
        planned.undo(undone, "c1", "child_seen", "staff-2")


def test_a_day_ends_at_midnight_in_london_in_summer_too() -> None:
    assert planned.ends(date(2026, 7, 1)) == datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert planned.ends(date(2026, 12, 1)) == datetime(2026, 12, 2, tzinfo=UTC)
