"""What is expected for a child is expected for whoever the child is held to be: after a merge, a split, or a source record that
went to somebody else it is worked out anew for both, from the moment when the waiting first began.
"""

from collections.abc import Iterator

from hub.domain import allocation, lead
from hub.domain.allocation import AllocationEnded
from hub.domain.fact import Recorded
from hub.domain.lead import LeadEnded
from hub.domain.person import PersonMerged, PersonReinstated, SourceRecordLinked, SourceRecordUnlinked
from hub.domain.silence import Awaited
from hub.domain.source_record import InvolvementChanged
from hub.flow.expect import Known, met, on
from hub.flow.expect_cases import vacant
from hub.flow.expect_children import SCHOOLS, school_waits
from hub.flow.expect_seen import not_seen_alone


@on(PersonMerged, PersonReinstated)
def _merged(known: Known, recorded: Recorded, fact: PersonMerged | PersonReinstated) -> Iterator[Awaited]:
    """Who leads for one of the two leads for both while they are one, and for one alone afterwards."""
    one = recorded.stream.partition(":")[2]
    other = fact.into if isinstance(fact, PersonMerged) else _was_merged_into(known, recorded)
    for child in dict.fromkeys((one, other) if other else (one,)):
        yield from _anew(known, recorded, child)
        for said in known.involvements(child):
            yield from school_waits(known, child, said)


@on(SourceRecordLinked, SourceRecordUnlinked)
def _moved(known: Known, recorded: Recorded, fact: SourceRecordLinked | SourceRecordUnlinked) -> Iterator[Awaited]:
    """What a school said in this source record is about this person now, or no longer."""
    child = recorded.stream.partition(":")[2]
    said = [
        one for one in known.load(f"source-record:{fact.source_record}") if isinstance(one.fact, InvolvementChanged)
    ]
    said = [one for one in said if one.position < recorded.position and known.sector(_organisation(one)) == SCHOOLS]
    if not said:
        return
    if isinstance(fact, SourceRecordUnlinked):
        for one in said:
            place = f"{_organisation(one)}/{getattr(one.fact, 'setting', None) or ''}"
            yield met(recorded, "chronology", f"child:{child}/{place}", child)
        yield met(recorded, "off_roll", f"child:{child}", child)
    for one in known.involvements(child):
        yield from school_waits(known, child, one)


def _anew(known: Known, recorded: Recorded, child: str) -> Iterator[Awaited]:
    """A lead, and being seen alone: counted from what began the waiting, not from the day of the mistake or its mend."""
    decision = known.decision(child)
    began = [decision.envelope.known_at] if decision else []
    for name in known.names(child):
        for stream, kind in ((lead.stream(name), LeadEnded), (allocation.stream(name), AllocationEnded)):
            began += [one.envelope.known_at for one in known.load(stream) if isinstance(one.fact, kind)]
    yield from vacant(known, recorded, child, max(began, default=None))
    yield from not_seen_alone(known, recorded, child)


def _was_merged_into(known: Known, recorded: Recorded) -> str:
    """Whom this person was merged into before it was reinstated."""
    before = [one.fact for one in known.load(recorded.stream) if one.position < recorded.position]
    return next((fact.into for fact in reversed(before) if isinstance(fact, PersonMerged)), "")


def _organisation(one: Recorded) -> str:
    return str(getattr(one.fact, "organisation", ""))
