"""Step 9, what-if: history folded up to a position, child by child, and a draft's rules over it beside those in force.

It promises that what is read is codes alone, that at no time more than one child's history is held, and that nothing is written
but the whole report at the end: one that is stopped leaves nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TypeVar

from msgspec import Struct

from hub.domain.allocation import AllocationEnded, WorkerAllocated
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.child import stream as child_stream
from hub.domain.edition import Edition
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import HubError
from hub.domain.fact import Recorded
from hub.domain.moments import LONDON
from hub.domain.over_time import Event, alerting, alerts_over
from hub.domain.what_if import CASES, Assumed, Tally
from hub.ports import Record

PAGE = 2000
DISABLED = "working_together:disabled"  # the published line by which an organisation tells of a child's disability
T = TypeVar("T")


class Stopped(HubError):
    """Somebody stopped it; nothing was written."""


class Span(Struct, frozen=True):
    """Which alerts are counted (London days, both included), and up to where the record is read."""

    first: date
    last: date
    position: int
    known: datetime  # when that position was known (aware UTC)

    @property
    def end(self) -> datetime:
        """The moment up to which time alone raises alerts: the end of the last day, or of what was known."""
        midnight = datetime.combine(self.last + timedelta(days=1), time(), LONDON)
        return min(midnight, self.known)


def try_draft(
    record: Record, in_force: Edition, draft: Edition, span: Span, assumed: Assumed, *,
    held_to_be: Callable[[Sequence[str]], Mapping[str, str]], progress: Callable[[int, int], None],
    stop: Callable[[], bool], left_out: Collection[str] = (),
) -> Tally:  # fmt: skip
    """Judge every child's history by both editions and count. Raises Stopped.

    `held_to_be` says who each person is held to be now; `progress` is told how many children are done, of how many;
    `left_out`: children who are in no number, by every name of theirs.
    """
    counted = {one.stream.partition(":")[2] for one in _read(record, [SignalCounted.NAME], span, stop)}
    children = sorted(counted.difference(left_out))
    working = _workers(record, span, held_to_be, stop)
    decided = _cases(record, span, held_to_be, stop)
    rules = [alerting(edition.ready()) for edition in (in_force, draft)]
    decides = timedelta(days=assumed.decides_after.value)
    tally = Tally(span.first, span.last, assumed, draft.vocabulary.in_group(DISABLED))
    progress(0, len(children))
    for number, child in enumerate(children, 1):
        if stop():
            raise Stopped("the what-if was stopped: nothing was written")
        history = history_of(record, child, span)
        times = working.get(child, ())
        before, after = (
            alerts_over(child, history, ready, works=partial(_at_it, times), decides=decides, end=span.end)
            for ready in rules
        )
        tally.child(child, history, before, after, decided.get(child, ()))
        progress(number, len(children))
    return tally


def history_of(record: Record, child: str, span: Span) -> list[Event]:
    """What counted for a child, as it became known, up to the span's end and position."""
    found = []
    for one in record.load(child_stream(child)):
        if one.position > span.position or one.envelope.known_at >= span.end:
            break
        if isinstance(one.fact, SignalCounted):
            found.append(Event(one.envelope.known_at, one.fact.signal.id, one.fact.signal))
        elif isinstance(one.fact, SignalDiscounted):
            found.append(Event(one.envelope.known_at, one.fact.signal_id, None))
    return found


Times = list[tuple[date, date]]  # from, and the day from which not any more


def _workers(
    record: Record, span: Span, held_to_be: Callable[[Sequence[str]], Mapping[str, str]], stop: Callable[[], bool]
) -> dict[str, Times]:
    """When somebody was allocated to each child."""
    found: dict[str, Times] = {}
    for one in _read(record, [WorkerAllocated.NAME, AllocationEnded.NAME], span, stop):
        fact = one.fact
        times = found.setdefault(getattr(fact, "child", ""), [])
        until = fact.since if isinstance(fact, WorkerAllocated) else getattr(fact, "ended", date.max)
        if times and times[-1][1] == date.max:
            times[-1] = (times[-1][0], until)
        if isinstance(fact, WorkerAllocated):
            times.append((fact.since, date.max))
    return _merged(found, held_to_be)


def _at_it(times: Sequence[tuple[date, date]], on: date) -> bool:
    return any(first <= on < until for first, until in times)


def _cases(
    record: Record, span: Span, held_to_be: Callable[[Sequence[str]], Mapping[str, str]], stop: Callable[[], bool]
) -> dict[str, list[datetime]]:
    """When people decided that there was a case, by child."""
    found: dict[str, list[datetime]] = {}
    for one in _read(record, [EnquiryDecided.NAME], span, stop):
        if isinstance(one.fact, EnquiryDecided) and one.fact.outcome in CASES:
            found.setdefault(one.fact.child, []).append(one.envelope.known_at)
    return _merged(found, held_to_be)


def _merged(
    found: Mapping[str, list[T]], held_to_be: Callable[[Sequence[str]], Mapping[str, str]]
) -> dict[str, list[T]]:
    stays = held_to_be(sorted(found))
    made: dict[str, list[T]] = {}
    for child, those in found.items():
        made.setdefault(stays.get(child, child), []).extend(those)
    return made


def _read(record: Record, names: Sequence[str], span: Span, stop: Callable[[], bool]) -> Iterator[Recorded]:
    after = 0
    while page := record.read(after, PAGE, names, upto=span.position):
        if stop():
            raise Stopped("the what-if was stopped: nothing was written")
        yield from page
        after = page[-1].position


def position_known_at(record: Record, moment: datetime) -> int:
    """The last position that was known at a moment (aware UTC); 0 before the first. Positions are known in their order."""
    low, high = 0, record.position()
    while low < high:
        middle = (low + high + 1) // 2
        held = record.read(middle - 1, 1, upto=middle)
        if held and held[0].envelope.known_at > moment:
            high = middle - 1
        else:
            low = middle
    return low


def known_when(record: Record, position: int) -> datetime | None:
    """When a position was known (aware UTC); None before the first."""
    held = record.read(max(position - 1, 0), 1, upto=position) if position else []
    return held[0].envelope.known_at if held else None
