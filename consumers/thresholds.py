"""Topic `signal.v1` in, topic `finding.v1` out: the rules of the edition in force over what counts for each child.

It promises that what it last published for a child and rule equals the rule over all signals counted for that child,
and it publishes only when that changed. Time alone can make a rule stand: those moments are timers in its state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Event

from consumers.runtime import Runner, Work, header
from hub.bootstrap import Hub
from hub.domain.edition import Edition
from hub.domain.reasons import explain
from hub.domain.signal import Change, Finding, Signal
from hub.domain.thresholds import Ready, judge
from hub.ports import ChildState, Clock, ConsumerState, Log, LogMessage, Outcome, Outgoing, Reached, StateChange

NAME = "thresholds"
SIGNALS = "signal.v1"
FINDINGS = "finding.v1"
CHILDREN = 200  # evaluated in one step when an edition changes or timers are due
REMEMBERED = 50_000  # combinations of codes for which the rules that speak of them are remembered
NOTHING = Outcome(holds=False, level=0, evidence=(), possible=False)

Decode = Callable[[str, bytes], Change]  # (ce_dataschema, body)
Encode = Callable[[Finding], tuple[bytes, str]]  # body and ce_dataschema


class Thresholds:
    """One consumer's step. `edition` gives the edition in force; it is asked before each step, so it must be cheap."""

    def __init__(
        self, *, edition: Callable[[], Edition], state: ConsumerState, clock: Clock, decode: Decode, encode: Encode,
        organisations: Callable[[], Mapping[str, str]] = dict,
    ) -> None:  # fmt: skip
        """`organisations` gives names by id, over those of the edition: for the sentences alone."""
        self._in_force = edition
        self._organisations = organisations
        self._state = state
        self._clock = clock
        self._decode = decode
        self._encode = encode
        self._edition = edition()
        self._evaluated = state.edition()
        self._resume = ""  # the last child evaluated under an edition that is new
        self._make_ready()

    def _make_ready(self) -> None:
        # a rule that tells nobody suggests a level on the page; it never becomes an alert
        self._rules = tuple(rule for rule in self._edition.ready() if rule.rule.tells != "nobody")
        self._spoken: dict[tuple[str, str, tuple[str, ...]], tuple[Ready, ...]] = {}
        self._timed = tuple(rule for rule in self._rules if rule.waits)

    def handle(self, messages: Sequence[LogMessage]) -> Work:
        """Count, discount, and evaluate once for each child the rules that what changed can touch."""
        self._refresh()
        changes = [
            (message.partition, self._decode(header(message, "ce_dataschema"), message.body)) for message in messages
        ]
        held = self._state.load(list({change.child for _, change in changes}))
        counted: dict[tuple[str, str], tuple[int, Signal]] = {}
        discounted: dict[tuple[str, str], None] = {}
        touched: dict[str, dict[str, Ready]] = {}
        newest: dict[str, tuple[int, int]] = {}
        for partition, change in changes:
            child, signals = change.child, held[change.child].signals
            newest[child] = partition, change.position
            id_ = change.counted.id if change.counted else change.discounted or ""
            before = signals.pop(id_, None)
            key = child, id_
            if change.counted:
                signals[id_] = change.counted
                counted[key] = partition, change.counted
                discounted.pop(key, None)
            elif before is not None:
                counted.pop(key, None)
                discounted[key] = None
            for signal in (before, change.counted):
                if signal is not None:
                    rules = touched.setdefault(child, {})
                    rules.update(self._speak_of(signal))
        evaluated = self._evaluator(self._clock.now())
        for child, rules in touched.items():
            evaluated.child(child, held[child], rules.values(), *newest[child])
        return self._work(evaluated, StateChange(counted=tuple(counted.values()), discounted=tuple(discounted)))

    def _speak_of(self, signal: Signal) -> dict[str, Ready]:
        """The rules that counting or discounting this signal can touch, by id."""
        codes = signal.kind, signal.relation, signal.indicators
        known = self._spoken.get(codes)
        if known is None:
            if len(self._spoken) >= REMEMBERED:
                self._spoken.clear()
            known = self._spoken[codes] = tuple(rule for rule in self._rules if rule.may_speak_of(signal))
        return {rule.rule.id: rule for rule in known if rule.speaks_of(signal)}

    def elapse(self, now: datetime, reached: Mapping[int, Reached]) -> Work | None:
        """Timers that are due, then children not yet evaluated under the edition in force; None when there are none."""
        self._refresh()
        partitions = list(reached)
        due = self._state.due(now, partitions, CHILDREN)
        if due:
            return self._evaluate(due, self._timed, now, reached)
        if self._evaluated == self._edition.id:
            return None
        some = self._state.children(self._resume, partitions, CHILDREN)
        if some:
            self._resume = some[-1][1]
            return self._evaluate(some, self._rules, now, reached)
        self._evaluated = self._edition.id
        return Work(change=StateChange(edition=self._edition.id))

    def _evaluate(
        self, children: Sequence[tuple[int, str]], rules: Sequence[Ready], now: datetime, reached: Mapping[int, Reached]
    ) -> Work:
        held = self._state.load([child for _, child in children])
        evaluated = self._evaluator(now)
        for partition, child in children:
            evaluated.child(child, held[child], rules, partition, reached[partition].sequence)
            known = {rule.rule.id for rule in rules}
            for rule, due in held[child].timers.items():
                if due <= now and rule not in known:
                    evaluated.timers.append((child, rule, partition, None))  # of a rule that is in force no more
        return self._work(evaluated, StateChange())

    def _evaluator(self, now: datetime) -> "_Evaluated":
        return _Evaluated(now, self._edition, {**self._edition.organisations, **self._organisations()})

    def _refresh(self) -> None:
        in_force = self._in_force()
        if in_force.id != self._edition.id:
            self._edition, self._resume = in_force, ""
            self._make_ready()

    def _work(self, evaluated: "_Evaluated", change: StateChange) -> Work:
        return Work(
            outgoing=tuple(self._outgoing(finding) for finding in evaluated.findings),
            change=StateChange(
                counted=change.counted,
                discounted=change.discounted,
                outcomes=tuple(evaluated.outcomes),
                timers=tuple(evaluated.timers),
            ),
        )

    def _outgoing(self, finding: Finding) -> Outgoing:
        body, dataschema = self._encode(finding)
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{finding.position}/{finding.rule}",
            "ce_source": f"hub/{NAME}",
            "ce_type": f"mash.{FINDINGS}",
            "ce_time": self._clock.now().isoformat(),
            "ce_dataschema": dataschema,
            "content-type": "avro/binary",
        }
        encoded = tuple((name, value.encode()) for name, value in headers.items())
        return Outgoing(FINDINGS, finding.child.encode(), encoded, body)


class _Evaluated:
    """What evaluating some children at one moment comes to."""

    def __init__(self, now: datetime, edition: Edition, organisations: Mapping[str, str]) -> None:
        self._organisations = organisations
        self._now = now
        self._edition = edition
        self.findings: list[Finding] = []
        self.outcomes: list[tuple[str, str, Outcome]] = []
        self.timers: list[tuple[str, str, int, datetime | None]] = []

    def child(self, child: str, held: ChildState, rules: Iterable[Ready], partition: int, position: int) -> None:
        signals = list(held.signals.values())
        for ready in rules:
            rule = ready.rule.id
            found, due = judge(ready, signals, self._now)
            now = NOTHING
            if found:
                now = Outcome(True, ready.rule.level, found.evidence, found.possible, found.digest)
            if now != held.outcomes.get(rule, NOTHING):
                reasons = explain(ready, found, self._now, self._organisations) if found else None
                self.outcomes.append((child, rule, now))
                self.findings.append(
                    Finding(
                        child=child, rule=rule, rule_version=ready.version, edition=self._edition.id,
                        position=position, holds=now.holds, level=now.level, evidence=now.evidence,
                        smallest=reasons.smallest if reasons else (), possible=now.possible,
                        why=reasons.why if reasons else "", why_now=reasons.why_now if reasons else "",
                        would_raise=reasons.would_raise if reasons else "",
                        would_rest=reasons.would_rest if reasons else "", journey=reasons.journey if reasons else "",
                    )
                )  # fmt: skip
            if due != held.timers.get(rule):
                self.timers.append((child, rule, partition, due))


def run(
    *, log: Log, state: ConsumerState, clock: Clock, edition: Callable[[], Edition], decode: Decode, encode: Encode,
    stop: Event, partitions: Sequence[int] | None = None, organisations: Callable[[], Mapping[str, str]] = dict,
) -> None:  # fmt: skip
    """Run this consumer until `stop`."""
    step = Thresholds(
        edition=edition, state=state, clock=clock, decode=decode, encode=encode, organisations=organisations
    )
    Runner(step, topic=SIGNALS, log=log, state=state, clock=clock, partitions=partitions).run(stop)


def role(hub: Hub, stop: Event) -> None:
    """This consumer beside a running hub: what `mash up` and `mash run thresholds` start."""
    state = hub.consumer_state(NAME)
    try:
        run(
            log=hub.log, state=state, clock=hub.clock, edition=lambda: hub.edition, decode=hub.codec.decode_change,
            encode=hub.codec.encode_finding, stop=stop,
            organisations=lambda: {one.organisation: one.name for one in hub.register().organisations.values()},
        )  # fmt: skip
    finally:
        state.close()
