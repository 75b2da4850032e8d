"""What the level of a child's help asks for: an assessment, and a team where several services help; and from 18 on a ground.

A level asks for it where the partnership says that several services must work together at it. It is waited for since the
step or decision that set the level, whoever does it; neither an assessment nor a team sets a level.
"""

from collections.abc import Iterator
from datetime import timedelta

from hub.domain import help as helping
from hub.domain.assessment import AssessmentBegun
from hub.domain.continuum import Level
from hub.domain.decision import CLOSES
from hub.domain.enquiry import EnquiryDecided
from hub.domain.fact import Recorded
from hub.domain.help import HelpEnded, HelpRenewed, StepAccepted
from hub.domain.help_plan import months_after
from hub.domain.moments import london_day
from hub.domain.partnership import ADULT
from hub.domain.silence import Awaited
from hub.flow.expect import Known, morning_of, on

EARLY = frozenset({"early_help", "step_down"})  # other decisions are social care's to plan
STILL_GOOD = timedelta(days=365)  # an assessment from so long before the level is still one for it
CLOCK = "help_planned"


@on(AssessmentBegun)
def _begun(known: Known, recorded: Recorded, fact: AssessmentBegun) -> Iterator[Awaited]:
    yield from planned(known, recorded, fact.child)


def planned(known: Known, recorded: Recorded, child: str) -> Iterator[Awaited]:
    """Whether an assessment or a team that the level of this child asks for is lacking; from this fact on."""
    names, since = known.names(child), recorded.envelope.known_at
    held = _level(known, names)
    lacks, waits_since = {}, since
    if held is not None and "several_services" in held[1].means:
        at, level = held
        begun = [(one, one.fact) for one in known.assessments(names)]
        fits = [one for one, fact in begun if not level.assessments or getattr(fact, "type", "") in level.assessments]
        lacks["no_assessment"] = not any(one.envelope.known_at >= at.envelope.known_at - STILL_GOOD for one in fits)
        lacks["no_team"] = not known.planned(names)
        closed = known.plan_closed(names)
        waits_since = max(one.envelope.known_at for one in (at, closed) if one is not None)
    for kind in ("no_assessment", "no_team"):
        for one in names:
            due = known.due(CLOCK, waits_since) if lacks.get(kind) and one == child else None
            yield Awaited(kind=kind, subject=f"child:{one}", child=one, since=since, due=due, ref=recorded.ref)


def _level(known: Known, names: list[str]) -> tuple[Recorded, Level] | None:
    """What set the level that holds: the newest step or decision; None where nobody helps beyond what everybody has."""
    found: list[tuple[Recorded, int]] = []
    for name in names:
        history = known.load(helping.stream(name))
        state = helping.fold(name, (one.fact for one in history))
        if state.since:
            found.append((history[state.since - 1], state.level))
    decided = known.decision(names[0])
    if decided is not None and isinstance(decided.fact, EnquiryDecided):
        early = decided.fact.outcome in EARLY and decided.fact.outcome not in CLOSES
        found.append((decided, decided.fact.level if early else 0))
    newest, level = max(found, key=lambda one: one[0].position, default=(None, 0))
    of = known.level(level) if level else None
    return (newest, of) if newest is not None and of is not None else None


def grown_up(
    known: Known, recorded: Recorded, fact: StepAccepted | HelpRenewed | HelpEnded, *, ground: str = ""
) -> Iterator[Awaited]:
    """Whoever is helped on no ground is looked at again on the day on which they are 18; a renewal changes nothing of it.

    The age is what organisations said with their signals; where none knew it, no day is known.
    """
    if isinstance(fact, HelpRenewed):
        return
    person = recorded.stream.partition(":")[2]
    ages = [
        (one.occurred_end, one.age_months)
        for name in known.names(person)
        for one in known.signals(name)
        if one.relation == "own" and one.age_months is not None
    ]
    due = None
    level = known.level(fact.level) if isinstance(fact, StepAccepted) else None
    if ages and not ground and level is not None and "universal" not in level.means:
        at, months = max(ages)
        due = morning_of(months_after(london_day(at), max(0, ADULT * 12 - months)))
    yield Awaited(
        kind="grown_up", subject=recorded.stream, child=person, since=recorded.envelope.known_at, due=due,
        ref=recorded.ref,
    )  # fmt: skip
