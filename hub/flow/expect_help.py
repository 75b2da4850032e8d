"""What is expected of help: that a step is accepted, and that help for a limited time has not run past its end."""

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
