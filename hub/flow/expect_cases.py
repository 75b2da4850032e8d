"""What is expected around cases: an answer, a yes to a hand-over, a lead, an action done."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from hub.domain.allocation import AllocationEnded, WorkerAllocated
from hub.domain.concern import InformationRecorded
from hub.domain.enquiry import (
    FRONT_DOOR,
    EnquiryDecided,
    EnquiryOpened,
    HandOverAccepted,
    HandOverEnded,
    HandOverOffered,
    PlanActionDone,
    PlanActionReopened,
    Step,
)
from hub.domain.enquiry import fold as fold_enquiry
from hub.domain.fact import Fact, Recorded
from hub.domain.forwarding import ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack
from hub.domain.lead import LeadAccepted, LeadDeclined, LeadEnded, LeadProposed, LeadTakenBack
from hub.domain.meeting import MeetingCalled, MeetingCalledOff, MeetingHeld
from hub.domain.request import RequestAnswered, RequestMade, RequestWithdrawn
from hub.domain.silence import Awaited
from hub.flow.expect import Known, came_back, end_of, met, on
from hub.flow.expect_levels import planned
from hub.flow.expect_seen import not_seen_alone


@on(RequestMade, RequestWithdrawn, RequestAnswered)
def _request(
    known: Known, recorded: Recorded, fact: RequestMade | RequestWithdrawn | RequestAnswered
) -> Iterator[Awaited]:
    made = known.load(recorded.stream)[0].fact
    if not isinstance(made, RequestMade):
        return
    for kind, due in _request_waits(fact):
        yield Awaited(
            kind=kind, subject=recorded.stream, child=made.children[0], organisation=made.organisation,
            setting=made.setting, since=recorded.envelope.known_at, due=due, ref=recorded.ref,
        )  # fmt: skip


def _request_waits(fact: RequestMade | RequestWithdrawn | RequestAnswered) -> list[tuple[str, datetime | None]]:
    match fact:
        case RequestMade():
            return [("no_answer", fact.due)]
        case RequestAnswered(result="refused", review_on=day) if day is not None:
            return [("no_answer", None), ("refusal_review", end_of(day))]
        case _:
            return [("no_answer", None), ("refusal_review", None)]


@on(InformationRecorded)
def _answered_by_message(known: Known, recorded: Recorded, fact: InformationRecorded) -> Iterator[Awaited]:
    stream = f"request:{fact.request}"
    made = next((one.fact for one in known.load(stream)), None)
    if isinstance(made, RequestMade) and made.organisation == fact.organisation:  # nobody answers for another
        yield met(recorded, "no_answer", stream, made.children[0])


@on(HandOverOffered, HandOverAccepted, HandOverEnded)
def _hand_over(known: Known, recorded: Recorded, fact: Fact) -> Iterator[Awaited]:
    opened = known.load(recorded.stream)[0].fact
    child = opened.child if isinstance(opened, EnquiryOpened) else ""
    since = recorded.envelope.known_at
    due = known.due("hand_over", since) if isinstance(fact, HandOverOffered) else None
    yield Awaited(kind="hand_over", subject=recorded.stream, child=child, since=since, due=due, ref=recorded.ref)


@on(ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack)
def _forwarding(known: Known, recorded: Recorded, fact: Fact) -> Iterator[Awaited]:
    made = known.load(recorded.stream)[0].fact
    if isinstance(made, ContactForwarded):
        due = made.due if isinstance(fact, ContactForwarded) else None
        yield Awaited(
            kind="forwarding", subject=recorded.stream, child=made.child, organisation=made.organisation,
            since=recorded.envelope.known_at, due=due, ref=recorded.ref,
        )  # fmt: skip


@on(LeadProposed, LeadAccepted, LeadDeclined, LeadTakenBack, LeadEnded)
def _lead(known: Known, recorded: Recorded, fact: Any) -> Iterator[Awaited]:
    if not isinstance(fact, LeadEnded):
        due = fact.due if isinstance(fact, LeadProposed) else None
        organisation, since = getattr(fact, "organisation", ""), recorded.envelope.known_at
        yield Awaited(
            kind="lead_unanswered", subject=recorded.stream, child=fact.child, organisation=organisation, since=since,
            due=due, ref=recorded.ref,
        )  # fmt: skip
    if isinstance(fact, LeadAccepted | LeadEnded):
        yield from vacant(known, recorded, fact.child)
    if isinstance(fact, LeadAccepted):
        yield from (met(recorded, "step_down", f"child:{one}", one) for one in known.names(fact.child))


@on(WorkerAllocated, AllocationEnded)
def _allocation(known: Known, recorded: Recorded, fact: WorkerAllocated | AllocationEnded) -> Iterator[Awaited]:
    yield from vacant(known, recorded, fact.child)
    if isinstance(fact, WorkerAllocated):
        yield from (met(recorded, "step_down", f"child:{one}", one) for one in known.names(fact.child))


def vacant(known: Known, recorded: Recorded, child: str, since: datetime | None = None) -> Iterator[Awaited]:
    """Whether a child needs a lead, by the newest decision, and has nobody; from `since` on, or from this fact."""
    decision = known.decision(child)
    decided = decision.fact if decision else None
    lacks = isinstance(decided, EnquiryDecided) and known.needs_lead(decided) and not known.cared_for(child)
    since = since or recorded.envelope.known_at
    for one in known.names(child):
        held = lacks and isinstance(decided, EnquiryDecided) and one == decided.child
        due = known.lead_due(since) if held else None
        yield Awaited(kind="lead_vacant", subject=f"child:{one}", child=one, since=since, due=due, ref=recorded.ref)


@on(EnquiryDecided)
def _decided(known: Known, recorded: Recorded, fact: EnquiryDecided) -> Iterator[Awaited]:
    since = recorded.envelope.known_at
    yield from vacant(known, recorded, fact.child)
    yield from not_seen_alone(known, recorded, fact.child)
    yield from planned(known, recorded, fact.child)
    stepped = fact.outcome == "step_down" and not known.cared_for(fact.child)
    for one in known.names(fact.child):
        due = known.due("step_down", since) if stepped and one == fact.child else None
        yield Awaited(kind="step_down", subject=f"child:{one}", child=one, since=since, due=due, ref=recorded.ref)
    yield from came_back(recorded, known.names(fact.child))
    for step in fact.plan:
        yield Awaited(
            kind="plan_overdue", subject=_action(recorded, fact.child, step.action), child=fact.child, since=since,
            organisation=_whose(step), due=end_of(step.due), ref=recorded.ref,
        )  # fmt: skip
    if not fact.more:  # whoever was asked to take it over need not answer any more
        opened = known.load(recorded.stream)[0].fact
        child = opened.child if isinstance(opened, EnquiryOpened) else ""
        yield met(recorded, "hand_over", recorded.stream, child)


def _whose(step: Step) -> str:
    return "" if step.owner == FRONT_DOOR else step.owner


def _action(recorded: Recorded, child: str, action: str) -> str:
    return f"{recorded.stream}/{child}/{action}"


@on(PlanActionDone, PlanActionReopened)
def _planned(known: Known, recorded: Recorded, fact: PlanActionDone | PlanActionReopened) -> Iterator[Awaited]:
    state = fold_enquiry(recorded.stream.partition(":")[2], (one.fact for one in known.load(recorded.stream)))
    step = next((one for one in state.plans.get(fact.child, ()) if one.action == fact.action), None)
    if step is not None:
        due = end_of(step.due) if isinstance(fact, PlanActionReopened) else None
        yield Awaited(
            kind="plan_overdue", subject=_action(recorded, fact.child, fact.action), child=fact.child,
            organisation=_whose(step), since=recorded.envelope.known_at, due=due,
            ref=recorded.ref,
        )  # fmt: skip


@on(MeetingCalled, MeetingHeld, MeetingCalledOff)
def _meeting(
    known: Known, recorded: Recorded, fact: MeetingCalled | MeetingHeld | MeetingCalledOff
) -> Iterator[Awaited]:
    """Somebody says that a meeting was held, or calls it off, by the end of its day; it is about no child."""
    called = known.load(recorded.stream)[0].fact
    if not isinstance(called, MeetingCalled) or called.kind == "conversation":  # people have talked when it is recorded
        return
    yield Awaited(
        kind="meeting_not_held", subject=recorded.stream, organisation=called.organisation, setting=called.setting,
        since=recorded.envelope.known_at, due=end_of(fact.on) if isinstance(fact, MeetingCalled) else None, ref=recorded.ref,
    )  # fmt: skip
