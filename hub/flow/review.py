"""A decided rule that still stands comes back on the day of its review: the next alert of that child and rule.

It promises that each decision is reviewed once: what is raised is a new stream, so a second one, a restart or a clock that
was moved back raises nothing twice. A review whose rule does not stand on its day stays due, and is looked at day by day. What
was decided, and when it comes back, is read from the record alone.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from heapq import heappop, heappush, heapreplace

from hub.domain import alert as alerts
from hub.domain import child as children
from hub.domain.alert import Alert, AlertDecided, AlertRaised, AlertStrengthened
from hub.domain.edition import Edition
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import AlreadyOnRecord, VersionConflict
from hub.domain.fact import ErasedFact, Fact, Recorded
from hub.domain.moments import london_day
from hub.domain.reasons import explain
from hub.domain.returning import review_day, still_current
from hub.domain.rule import Rule
from hub.domain.signal import Finding
from hub.domain.thresholds import Ready, stands
from hub.ports import Clock, Record

BY = "service:watch"
PAGE = 500
Write = Callable[[Sequence[tuple[str, int, Fact]], str, str], object]


class AlertReviews:
    """Which decisions come up for review, and when. It keeps only what the record says, read on from where it was."""

    def __init__(
        self, *, record: Record, clock: Clock, edition: Callable[[], Edition],
        organisations: Callable[[], Mapping[str, str]],
    ) -> None:  # fmt: skip
        self._record, self._clock, self._edition, self._organisations = record, clock, edition, organisations
        self._position = 0
        self._due: list[tuple[date, str]] = []  # the earliest first: (day, the alert's stream)

    def turn(self, write: Write) -> int:
        """Raise what is due; how many alerts came back. `write` appends (facts, by whom, because). Raises TryLater."""
        self._read_on()
        today, raised = london_day(self._clock.now()), 0
        while self._due and self._due[0][0] <= today:
            _, stream = self._due[0]
            written = self._review(stream, write)
            if written is None:
                heapreplace(self._due, (today + timedelta(days=1), stream))
                continue
            raised += written
            heappop(self._due)  # after it was written: a store that is away leaves it due
        return raised

    def _read_on(self) -> None:
        rules = {rule.id: rule for rule in self._edition().rules}
        while page := self._record.read(self._position, PAGE, [AlertDecided.NAME]):
            for one in page:
                if (day := due_on(self._record, one, rules)) is not None:
                    heappush(self._due, (day, one.stream))
            self._position = page[-1].position

    def _review(self, stream: str, write: Write) -> int | None:
        """How many facts were written; None where the rule does not stand today, or is not in force: it stays due."""
        _, child, rule, number = stream.split(":")
        ready = next((one for one in self._edition().ready() if one.rule.id == rule), None)
        after = alerts.stream(child, rule, int(number) + 1)
        if self._record.load(after, upto=1):
            return 0  # it is back already
        if ready is None or ready.rule.tells == "nobody":
            return None
        alert = self._decided(child, rule, int(number))
        if alert is None:
            return 0
        finding = self._finding(child, ready)
        if finding is None:
            return None
        facts = alerts.decide(alerts.next_alert(alert), finding, int(number) + 1, "review")
        try:
            write([(after, n, fact) for n, fact in enumerate(facts)], BY, alert.decided)
        except (AlreadyOnRecord, VersionConflict):
            return 0  # a finding brought it back this moment
        return len(facts)

    def _decided(self, child: str, rule: str, number: int) -> Alert | None:
        """The alert with all that whoever decided it, or one before it, had seen; None once the child is erased."""
        alert = Alert()
        for n in range(1, number + 1):
            held = self._record.load(alerts.stream(child, rule, n))
            if any(isinstance(one.fact, ErasedFact) for one in held):
                return None
            alert = alerts.fold((one.fact for one in held), alerts.next_alert(alert) if n > 1 else None)
        return alert

    def _finding(self, child: str, ready: Ready) -> Finding | None:
        """What the rule comes to now over what is current of what counts for the child; None where it does not stand."""
        history = self._record.load(children.stream(child))
        now = self._clock.now()
        counted = still_current(ready, children.fold(one.fact for one in history).signals.values(), now)
        found = stands(ready, counted, now)
        if found is None:
            return None
        said = explain(ready, found, now, self._organisations())
        return Finding(
            child=child, rule=ready.rule.id, rule_version=ready.version, edition=self._edition().id,
            position=history[-1].position, holds=True, level=ready.rule.level, evidence=said.evidence,
            smallest=said.smallest, possible=found.possible, why=said.why, why_now=said.why_now,
            would_raise=said.would_raise, would_rest=said.would_rest, journey=said.journey,
        )  # fmt: skip


def due_on(record: Record, decided: Recorded, rules: Mapping[str, Rule]) -> date | None:
    """The London day on which a decided alert comes back if it still stands; None where nothing brings it back.

    A contact that a worker acknowledged is theirs, and comes back only on what is new. What was reviewed, and decided again
    on nothing more, is not reviewed over and over.
    """
    fact = decided.fact
    rule = rules.get(decided.stream.split(":")[2])
    if not isinstance(fact, AlertDecided) or rule is None:
        return None
    alert = [one.fact for one in record.load(decided.stream)]
    first = alert[0] if alert else None
    if isinstance(first, AlertRaised) and first.returned == "review" and not _gained(alert):
        return None
    stream, _, version = fact.decision.rpartition("@")
    held = record.load(stream, upto=int(version)) if version.isdigit() else []
    answered = held[-1].fact if held else None
    if not isinstance(answered, EnquiryDecided):
        return None
    return review_day(rule, london_day(decided.envelope.known_at), (step.due for step in answered.plan))


def _gained(alert: Sequence[Fact]) -> bool:
    """Whether it gathered anything after it was raised."""
    return any(isinstance(one, AlertStrengthened) for one in alert)
