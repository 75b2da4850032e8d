"""What is expected of help: a step accepted, help for a limited time not past its end, actions done, reviews and outcomes."""

from collections.abc import Iterator

from hub.domain.fact import Recorded
from hub.domain.help import (
    HelpEnded,
    HelpRenewed,
    StepAccepted,
    StepDeclined,
    StepProposed,
    StepTakenBack,
    fold,
)
from hub.domain.help_plan import (
    BY_FAMILY,
    HelpActionDone,
    HelpActionReopened,
    HelpActionSet,
    OutcomeRecorded,
    PlanClosed,
    PlanMade,
    TeamMet,
)
from hub.domain.help_plan import fold as fold_plan
from hub.domain.silence import Awaited
from hub.flow.expect import Known, end_of, met, on


@on(StepProposed, StepAccepted, StepDeclined, StepTakenBack)
def _step(
    known: Known, recorded: Recorded, fact: StepProposed | StepAccepted | StepDeclined | StepTakenBack
) -> Iterator[Awaited]:
    """Somebody is to accept a step; a no leaves it without anybody, and is a person's to take back or to ask anew."""
    before = [one.fact for one in known.load(recorded.stream) if one.version < recorded.version]
    person = recorded.stream.partition(":")[2]
    asked = fact if isinstance(fact, StepProposed) else fold(person, before).asked
    if asked is not None:
        yield Awaited(
            kind="step_down" if asked.direction == "down" else "step_up", subject=recorded.stream, child=person,
            organisation="" if asked.organisation == asked.to else asked.organisation, setting=asked.setting,
            since=recorded.envelope.known_at, due=asked.due if asked is fact else None, ref=recorded.ref,
        )  # fmt: skip
    if isinstance(fact, StepAccepted):
        yield from (met(recorded, "step_down", f"child:{one}", one) for one in known.names(person))
        yield _past_end(recorded, person, fact)


@on(HelpRenewed, HelpEnded)
def _ends(known: Known, recorded: Recorded, fact: HelpRenewed | HelpEnded) -> Iterator[Awaited]:
    del known
    yield _past_end(recorded, recorded.stream.partition(":")[2], fact)


def _past_end(recorded: Recorded, person: str, fact: StepAccepted | HelpRenewed | HelpEnded) -> Awaited:
    day = None if isinstance(fact, HelpEnded) else fact.until
    return Awaited(
        kind="help_past_end", subject=recorded.stream, child=person, since=recorded.envelope.known_at,
        due=end_of(day) if day is not None else None, ref=recorded.ref,
    )  # fmt: skip


@on(PlanMade, TeamMet, PlanClosed)
def _review(known: Known, recorded: Recorded, fact: PlanMade | TeamMet | PlanClosed) -> Iterator[Awaited]:
    """The team meets again by the day of the review; a closed plan is looked at again after months.

    An action that nobody did stays to be done: nothing is forgotten because a plan is closed.
    """
    del known
    person = recorded.stream.split(":")[1]
    yield Awaited(
        kind="review_overdue", subject=recorded.stream, child=person, since=recorded.envelope.known_at, ref=recorded.ref,
        due=None if isinstance(fact, PlanClosed) else end_of(fact.review_on),
    )  # fmt: skip
    if isinstance(fact, PlanClosed):
        for stage, day in fact.reviews:
            yield Awaited(
                kind="outcome_due", subject=f"{recorded.stream}/{stage}", child=person, since=recorded.envelope.known_at,
                due=end_of(day), ref=recorded.ref,
            )  # fmt: skip


@on(OutcomeRecorded)
def _outcome(known: Known, recorded: Recorded, fact: OutcomeRecorded) -> Iterator[Awaited]:
    del known
    yield met(recorded, "outcome_due", f"{recorded.stream}/{fact.stage}", recorded.stream.split(":")[1])


@on(HelpActionSet, HelpActionDone, HelpActionReopened)
def _action(
    known: Known, recorded: Recorded, fact: HelpActionSet | HelpActionDone | HelpActionReopened
) -> Iterator[Awaited]:
    plan = fold_plan("", (one.fact for one in known.load(recorded.stream)))
    for one in plan.actions:
        if one.action == fact.action:
            due = None if isinstance(fact, HelpActionDone) else end_of(one.due)
            yield Awaited(
                kind="plan_overdue", subject=f"{recorded.stream}/{one.action}", child=recorded.stream.split(":")[1],
                organisation="" if one.owner == BY_FAMILY else one.owner, since=recorded.envelope.known_at, due=due,
                ref=recorded.ref,
            )  # fmt: skip
