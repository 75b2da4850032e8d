"""The oracle of the crash test: what must be on the record, told from the generator's own list and the rules alone.

It never looks at how the hub came to anything: one pass over what was sent, one evaluation for each child and rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from bench.plain import Child, Sent
from hub.domain.alert import NAMES as ALERT_NAMES
from hub.domain.alert import Alert, AlertFact, AlertRaised, evolve
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import ConcernRecorded, MessageQuarantined, SequenceGapNoticed, message_id
from hub.domain.edition import Edition
from hub.domain.fact import Fact
from hub.domain.moments import london_day, months_between
from hub.domain.person import SourceRecordLinked
from hub.domain.signal import Signal
from hub.domain.thresholds import stands
from hub.domain.vocabulary import Vocabulary
from hub.ports import Record

PAGE = 5000


class Told(Struct, frozen=True):
    """What the whole world of a test comes to; everything is sorted, so that two can be compared at a glance."""

    concerns: list[str]  # message ids, each as often as it is there
    signals: list[tuple[int, str]]  # (child, signal id), each as often as it was counted
    persons: int
    alerts: dict[tuple[int, str], tuple[str, ...]]  # of the rules that stand: (child, rule) -> evidence
    raised: int  # alerts raised twice for one child and rule; two persons for one child, or two children for one person
    wrong: list[str]  # stored names of what should not be there: quarantined, gaps, discounted


def expected(
    sent: Sequence[Sent], of: Sequence[Child], edition: Edition, sectors: dict[str, str], now: datetime
) -> Told:
    """What must be on the record when all of `sent` was taken exactly once."""
    signals: dict[int, list[Signal]] = defaultdict(list)
    for one in sent:
        for signal, child in zip(_signals(one, of, edition.vocabulary, sectors), one.children, strict=True):
            signals[child].append(signal)
    rules = [ready for ready in edition.ready() if ready.rule.tells != "nobody"]
    alerts = {}
    for child, counted in signals.items():
        for ready in rules:
            found = stands(ready, counted, now)
            if found is not None:
                alerts[child, ready.rule.id] = found.evidence
    return Told(
        concerns=sorted(message_id(one.message.organisation, one.id) for one in sent),
        signals=sorted((child, signal.id) for child, counted in signals.items() for signal in counted),
        persons=len(signals),
        alerts=dict(sorted(alerts.items())),
        raised=0,
        wrong=[],
    )


def recorded(sent: Sequence[Sent], record: Record) -> Told:
    """What the record holds, told in the generator's own numbers of children."""
    about = {message_id(one.message.organisation, one.id): one.children for one in sent}
    concerns: list[str] = []
    counted: list[tuple[str, str]] = []
    wrong: list[str] = []
    person_of: dict[str, str] = {}
    children: dict[str, set[int]] = defaultdict(set)
    alerts: dict[str, Alert] = defaultdict(Alert)
    again = 0
    names = [
        ConcernRecorded.NAME, SignalCounted.NAME, SourceRecordLinked.NAME, MessageQuarantined.NAME,
        SequenceGapNoticed.NAME, SignalDiscounted.NAME, *ALERT_NAMES,
    ]  # fmt: skip
    spoken: dict[str, set[int]] = defaultdict(set)  # source record -> children that concerns about it were about
    for stream, fact in _facts(record, names):
        kind, _, ident = stream.partition(":")
        match fact:
            case ConcernRecorded(statement=statement):
                concerns.append(ident)
                for subject, child in zip(statement.subjects, about.get(ident, ()), strict=True):
                    spoken[subject.source_record].add(child)
            case SignalCounted(signal=signal):
                counted.append((ident, signal.id))
            case SourceRecordLinked(source_record=linked):
                person_of[linked] = ident
            case _ if kind == "alert" and isinstance(fact, AlertFact):
                again += isinstance(fact, AlertRaised) and alerts[stream].number > 0
                alerts[stream] = evolve(alerts[stream], fact)
            case _:
                wrong.append(fact.NAME)
    for source_record, known in spoken.items():
        children[person_of[source_record]] |= known
    child_of = {person: min(known) for person, known in children.items()}
    standing = [
        (child_of[alert.child], alert.rule, tuple(sorted(alert.evidence))) for alert in alerts.values() if alert.holds
    ]
    live = [(alert.child, alert.rule) for alert in alerts.values()]
    mixed = sum(len(known) - 1 for known in children.values()) + len(children) - len(set(child_of.values()))
    return Told(
        concerns=sorted(concerns),
        signals=sorted((child_of[person], id_) for person, id_ in counted),
        persons=len(children),
        alerts={(child, rule): evidence for child, rule, evidence in sorted(standing)},
        raised=again + len(live) - len(set(live)) + mixed,
        wrong=sorted(wrong),
    )


def _facts(record: Record, names: Sequence[str]) -> Iterable[tuple[str, Fact]]:
    after = 0
    while page := record.read(after, PAGE, names):
        after = page[-1].position
        yield from ((one.stream, one.fact) for one in page)


def _signals(one: Sent, of: Sequence[Child], vocabulary: Vocabulary, sectors: dict[str, str]) -> list[Signal]:
    """The signals that a concern must become, one for each child; who and when the hub heard it plays no part."""
    said = one.message
    ident = message_id(said.organisation, one.id)
    return [
        Signal(
            id=f"{ident}/{number}", child=str(child), relation="own", kind="concern", indicators=subject.indicators,
            domains=vocabulary.domains_of(subject.indicators), organisation=said.organisation,
            sector=sectors[said.organisation], setting=said.setting, referrer=said.referrer,
            referrer_kind=said.referrer_kind, seen=subject.seen, how_known=said.how_known.kind, incident=said.incident,
            age_months=months_between(of[child].born, london_day(said.occurred.start)),
            occurred_start=said.occurred.start, occurred_end=said.occurred.end, precision=said.occurred.precision,
            recorded_at=said.recorded_at, received=said.recorded_at, known_at=said.recorded_at,
        )
        for number, (subject, child) in enumerate(zip(said.subjects, one.children, strict=True))
    ]  # fmt: skip
