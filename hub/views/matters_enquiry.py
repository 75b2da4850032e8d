"""Rows of `matter` about MASH enquiries as a whole (grade, holder, clock), allocated workers, and contacts forwarded.

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
)
from hub.domain.fact import Recorded
from hub.domain.forwarding import ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack
from hub.views.matters import FOLDS, Rows, matter, matter_child, moved, opened


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
        case EnquiryDecided() if not fact.more:
            yield matter, moved(recorded, "decided", organisation="")
        case _:
            pass  # one child of several was decided: the row stays


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


FOLDS |= dict.fromkeys(
    (
        EnquiryOpened, EnquiryChildAdded, EnquiryGraded, EnquiryClaimed, EnquiryAssigned, HandOverOffered,
        HandOverAccepted, HandOverEnded, EnquiryDecided,
    ),
    _enquiry,
)  # fmt: skip
FOLDS |= dict.fromkeys((WorkerAllocated, AllocationEnded), _allocation)
FOLDS |= dict.fromkeys((ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack), _forwarding)
