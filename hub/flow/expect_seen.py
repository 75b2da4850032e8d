"""What is expected of whoever works with a child: that somebody sees the child alone, while a MASH enquiry is open and once
after it closed. What a parent reports, or is seen with others in the room, is no sighting here.
"""

from collections.abc import Iterator
from datetime import datetime

from hub.domain.absence import is_unborn
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryOpened
from hub.domain.fact import Recorded
from hub.domain.signal import Signal
from hub.domain.silence import Awaited
from hub.flow.expect import Known, end_of, morning_of, on

ALONE = "seen_alone"


def is_alone(signal: Signal) -> bool:
    """Somebody of an organisation saw this child alone, and says so first hand."""
    return signal.seen == ALONE and signal.relation == "own" and signal.how_known == "first_hand"


def not_seen_alone(known: Known, recorded: Recorded, child: str) -> Iterator[Awaited]:
    """By when somebody sees the child alone, as the record now stands; nothing where no MASH enquiry was ever opened.

    While one is open: again and again, counted from the last time or from the opening. After it was decided: once since
    it was opened, for as long as the edition looks after closed ones. An unborn child cannot be seen.
    """
    opened = known.opened(child)
    if opened is None:
        return
    decision = known.decision(child)
    signals = known.signals(child)
    alone = _last_alone(signals, decision)
    began = opened.envelope.known_at
    since = max(began, alone) if alone is not None else began
    due = known.due("not_seen_alone", since)
    if decision is not None and decision.position > opened.position:
        closes = known.due("seen_after_closing", decision.envelope.known_at)
        seen = alone is not None and alone >= began
        due = None if seen or due is None or closes is None or due > closes else due
    if is_unborn([one for one in signals if one.relation == "own"]):
        due = None
    for one in known.names(child):
        yield Awaited(
            kind="not_seen_alone", subject=f"child:{one}", child=one, since=since, due=due if one == child else None,
            ref=recorded.ref,
        )  # fmt: skip


def _last_alone(signals: list[Signal], decision: Recorded | None) -> datetime | None:
    found = [one.occurred_end for one in signals if is_alone(one)]
    fact = decision.fact if decision else None
    if isinstance(fact, EnquiryDecided) and fact.seen == "alone" and fact.seen_on is not None and decision is not None:
        # the decider names the day alone: on the day of the decision it was before the decision, whatever the hour
        found.append(max(morning_of(fact.seen_on), min(decision.envelope.known_at, end_of(fact.seen_on))))
    return max(found, default=None)


@on(EnquiryOpened, EnquiryChildAdded)
def _opened(known: Known, recorded: Recorded, fact: EnquiryOpened | EnquiryChildAdded) -> Iterator[Awaited]:
    yield from not_seen_alone(known, recorded, fact.child)
