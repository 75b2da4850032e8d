"""Who is at it already: one worker at a time, and a contact forwarded to them waits for their word."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.domain import allocation, forwarding
from hub.domain.allocation import Allocate, Allocation, AllocationEnded, WorkerAllocated, allocate, end
from hub.domain.errors import Refused
from hub.domain.forwarding import (
    ContactForwarded,
    Forwarding,
    ForwardingAcknowledged,
    ForwardingPassedBack,
    acknowledge,
    pass_back,
)

TODAY = date(2026, 11, 20)
DUE = datetime(2026, 11, 21, 12, tzinfo=UTC)


def wish(**otherwise: Any) -> Allocate:
    said = {"child": "c1", "worker": "staff-9", "since": TODAY, "ground": "child_in_need", "by": "staff-1"}
    return Allocate(**{**said, **otherwise})


ALLOCATED = WorkerAllocated(
    child="c1", worker="staff-9", organisation="council", since=TODAY, ground="child_in_need", allocated_by="staff-1"
)
AT_IT = allocation.fold("c1", [ALLOCATED])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"worker": " "}, "worker"),
        ({"ground": ""}, "ground"),
        ({"ground": "because"}, "ground"),
        ({"since": None}, "since"),
        ({"since": date(2026, 11, 21)}, "since"),
    ],
)
def test_a_worker_is_allocated_from_a_day_that_has_come_for_a_reason_of_the_list(
    wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        allocate(Allocation("c1"), wish(**wrong), "council", TODAY)
    assert refused.value.field == field


def test_one_worker_at_a_time_and_the_same_again_says_nothing_new() -> None:
    assert allocate(Allocation("c1"), wish(), "council", TODAY) == [ALLOCATED]
    assert allocate(AT_IT, wish(), "council", TODAY) == []
    (another,) = allocate(AT_IT, wish(worker="staff-8"), "council", TODAY)
    assert isinstance(another, WorkerAllocated)
    now = allocation.evolve(AT_IT, another).current
    assert now is not None
    assert now.worker == "staff-8"


def test_an_allocation_ends_once_and_says_why() -> None:
    for state, reason, field in ((Allocation("c1"), "step_down", "child"), (AT_IT, "", "reason")):
        with pytest.raises(Refused) as refused:
            end(state, reason, "staff-1", TODAY)
        assert refused.value.field == field
    ended = AllocationEnded(child="c1", worker="staff-9", ended=TODAY, reason="step_down", ended_by="staff-1")
    assert end(AT_IT, "step_down", "staff-1", TODAY) == [ended]
    assert allocation.evolve(AT_IT, ended) == Allocation("c1", version=2)


FORWARDED = ContactForwarded(
    child="c1", alerts=("c1:neglect:1",), to="staff-9", organisation="council", open="allocation:c1", due=DUE,
    forwarded_by="staff-1",
)  # fmt: skip
WAITS = forwarding.fold("f1", [FORWARDED])


def test_only_the_worker_whom_it_went_to_answers_it_and_only_while_it_waits() -> None:
    has_it = forwarding.evolve(WAITS, ForwardingAcknowledged(acknowledged_by="staff-9"))
    for state, by in ((WAITS, "staff-1"), (has_it, "staff-9"), (Forwarding("f1"), "staff-9")):
        with pytest.raises(Refused):
            acknowledge(state, by)
        with pytest.raises(Refused):
            pass_back(state, "not_my_case", by)
    with pytest.raises(Refused) as refused:
        pass_back(WAITS, "no time", "staff-9")
    assert refused.value.field == "reason"


def test_the_worker_says_that_they_have_it_or_passes_it_back_with_its_alerts() -> None:
    assert acknowledge(WAITS, "staff-9") == [ForwardingAcknowledged(acknowledged_by="staff-9")]
    back = ForwardingPassedBack(reason="needs_screening", passed_back_by="staff-9", alerts=("c1:neglect:1",))
    assert pass_back(WAITS, "needs_screening", "staff-9") == [back]
    assert forwarding.evolve(WAITS, back).state == "passed_back"
