"""Rows of `matter` about MASH enquiries as a whole (grade, holder, clock), allocated workers, and contacts forwarded.

Of an action of a plan, "plan-action:<enquiry>/<child>/<action>": `organisation` does it, `due` is the end of its day.
Of a MASH enquiry: `what` is the grade, `holder` who holds it, `organisation` to whom it was offered, `due` its clock.
"""

from typing import Any

from hub.domain.allocation import AllocationEnded, WorkerAllocated
from hub.domain.enquiry import (
    EnquiryAssigned,
    EnquiryChildAdded,
    EnquiryClaimed,
    EnquiryDecided,
    EnquiryGraded,
    EnquiryOpened,
    HandOverAccepted,
    HandOverEnded,
    HandOverOffered,
    PlanActionDone,
    PlanActionReopened,
)
from hub.domain.fact import Recorded
from hub.domain.forwarding import ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack
from hub.domain.planned import ends
from hub.views.matters import Folds, Row, Rows, matter, matter_child, moved, opened

PLAN_ACTION = "plan-action"


def plan_row(enquiry: str, child: str, action: str) -> str:
    """The key of the row of one action of the plan of a child."""
    return f"{PLAN_ACTION}:{enquiry}/{child}/{action}"


def _step(recorded: Recorded, state: str, key: str) -> Row:
    return {**moved(recorded, state), "stream": key}


def _enquiry(recorded: Recorded, fact: Any) -> Rows:
    ident = recorded.stream.partition(":")[2]
    match fact:
        case EnquiryOpened():
            yield matter, opened(recorded, "open", child=fact.child, enquiry=ident, by=fact.opened_by)
        case EnquiryChildAdded():
            yield matter_child, {"stream": recorded.stream, "child": fact.child}
        case EnquiryGraded():
            yield matter, moved(recorded, "open", what=fact.grade, due=fact.due)
        case EnquiryClaimed() | EnquiryAssigned() | HandOverAccepted():
            yield matter, moved(recorded, "open", holder=fact.holder, organisation="")
        case HandOverOffered():
            yield matter, moved(recorded, "open", organisation=fact.to)
        case HandOverEnded():
            yield matter, moved(recorded, "open", organisation="")
        case EnquiryDecided():
            if not fact.more:  # else the row stays: one child of several was decided
                yield matter, moved(recorded, "decided", organisation="")
            for step in fact.plan:
                row = opened(
                    recorded, "open", child=fact.child, enquiry=ident, organisation=step.owner, what=step.action,
                    by=fact.decided_by, due=ends(step.due),
                )  # fmt: skip
                yield matter, row | {"stream": plan_row(ident, fact.child, step.action), "kind": PLAN_ACTION}
        case PlanActionDone():
            yield matter, _step(recorded, "done", plan_row(ident, fact.child, fact.action))
        case PlanActionReopened():
            yield matter, _step(recorded, "open", plan_row(ident, fact.child, fact.action))
        case _:
            pass


def _allocation(recorded: Recorded, fact: Any) -> Rows:
    if isinstance(fact, WorkerAllocated):
        codes = {"child": fact.child, "organisation": fact.organisation, "what": fact.ground, "holder": fact.worker}
        yield matter, opened(recorded, "allocated", by=fact.allocated_by, **codes)
    else:
        yield matter, moved(recorded, "ended", holder="")


def _forwarding(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case ContactForwarded():
            yield (
                matter,
                opened(
                    recorded, "waits", child=fact.child, organisation=fact.organisation, what=fact.open,
                    by=fact.forwarded_by, holder=fact.to, due=fact.due,
                ),
            )  # fmt: skip
        case ForwardingAcknowledged():
            yield matter, moved(recorded, "acknowledged")
        case _:
            yield matter, moved(recorded, "passed_back", what=fact.reason)


FOLDS: Folds = {
    **dict.fromkeys(
        (
            EnquiryOpened,
            EnquiryChildAdded,
            EnquiryGraded,
            EnquiryClaimed,
            EnquiryAssigned,
            HandOverOffered,
            HandOverAccepted,
            HandOverEnded,
            EnquiryDecided,
            PlanActionDone,
            PlanActionReopened,
        ),
        _enquiry,
    ),
    **dict.fromkeys((WorkerAllocated, AllocationEnded), _allocation),
    **dict.fromkeys((ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack), _forwarding),
}
