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
from hub.domain.transfer import TransferAnswered, TransferProposed, TransferTakenBack
from hub.flow.expect import Known, end_of, met, on
from hub.flow.expect_levels import grown_up, planned


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
        yield from grown_up(known, recorded, fact, ground=asked.ground if asked else "")
        yield from planned(known, recorded, person)


@on(HelpRenewed, HelpEnded)
def _ends(known: Known, recorded: Recorded, fact: HelpRenewed | HelpEnded) -> Iterator[Awaited]:
    person = recorded.stream.partition(":")[2]
    yield _past_end(recorded, person, fact)
    yield from grown_up(known, recorded, fact)
    yield from planned(known, recorded, person)


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
    if not isinstance(fact, TeamMet):
        yield from planned(known, recorded, person)


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


@on(TransferProposed, TransferAnswered, TransferTakenBack)
def _moves(
    known: Known, recorded: Recorded, fact: TransferProposed | TransferAnswered | TransferTakenBack
) -> Iterator[Awaited]:
    """Another hub says yes or no; until its yes whoever helps the child here goes on."""
    del known
    due = fact.due if isinstance(fact, TransferProposed) else None
    yield Awaited(
        kind="transfer_unanswered", subject=recorded.stream, child=recorded.stream.split(":")[1],
        organisation=fact.to if isinstance(fact, TransferProposed) else "", since=recorded.envelope.known_at, due=due,
        ref=recorded.ref,
    )  # fmt: skip
