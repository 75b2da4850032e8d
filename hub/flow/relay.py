"""5 What counts for whom, out to the consumers: facts of the record become messages on `signal.v1` and `case.v1`.

It promises that each fact goes out at least once and in order, always with the same `ce_sequence`: the position is
moved after the log has the messages, so a crash in between sends them again, and consumers know them by it. A fact that
fits no message (a bug of ours) is told of and passed over: what follows goes out.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Event

from hub.domain.alert import AlertDecided, AlertRaised
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryGraded, EnquiryOpened
from hub.domain.errors import BadMessage, HubError, MessageTooBig, TryLater
from hub.domain.fact import ErasedFact, Recorded
from hub.domain.signal import CaseChange, Change, FactNotSent
from hub.ports import Log, Outgoing, Positions, Record

log = logging.getLogger(__name__)
SIGNALS = "signal.v1"
CASES = "case.v1"
SIGNAL_NAMES = (SignalCounted.NAME, SignalDiscounted.NAME)
CASE_NAMES = (
    AlertRaised.NAME, AlertDecided.NAME, EnquiryOpened.NAME, EnquiryChildAdded.NAME, EnquiryGraded.NAME,
    EnquiryDecided.NAME,
)  # fmt: skip
PAUSE = 1.0  # seconds before a store or broker that is away is tried again


class FollowerAhead(HubError):
    """A follower is ahead of the record: a backup was restored. Throw the follower's state away and rebuild it."""


class Relay:
    """Follows the record for some stored names and publishes each fact as one message on one topic."""

    def __init__(
        self, *, topic: str, names: Sequence[str], message: Callable[[Recorded], tuple[str, bytes, str] | None],
        record: Record, log: Log, positions: Positions, not_sent: Callable[[FactNotSent, Recorded], None],
    ) -> None:  # fmt: skip
        """`message` gives the child's id, the body and the ce_dataschema of a fact, None where it says nothing here.
        `not_sent` records what could not go out, and pages a person; it may be told of the same fact again.
        """
        self.topic = topic
        self._follower = f"relay/{topic}"
        self._names = names
        self._message = message
        self._record = record
        self._log = log
        self._positions = positions
        self._not_sent = not_sent

    def step(self, limit: int = 500) -> int:
        """Publish what is new, up to `limit` facts; how many. Raises TryLater, StaleWriter, FollowerAhead."""
        before = self._positions.position(self._follower)
        head = self._record.position()
        if before > head:
            raise FollowerAhead(f"{self._follower} is at {before}, the record at {head}: restored from a backup?")
        if before == head:
            return 0
        facts = self._record.read(before, limit, self._names, upto=head)
        packed = [
            (fact, out) for fact in facts if not isinstance(fact.fact, ErasedFact) and (out := self._packed(fact))
        ]
        if packed:
            self._append(packed)
        self._positions.move(self._follower, before, facts[-1].position if len(facts) == limit else head)
        return len(facts)

    def _packed(self, recorded: Recorded) -> Outgoing | None:
        try:
            return self._outgoing(recorded)
        except BadMessage as wrong:
            self._skip(recorded, f"{wrong.reason} {wrong.field}".strip())
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - one fact that fits no message must not stop what follows
            self._skip(recorded, type(unexplained).__name__)
        return None

    def _append(self, packed: Sequence[tuple[Recorded, Outgoing]]) -> None:
        try:
            self._log.append([out for _, out in packed])
        except MessageTooBig:
            if len(packed) == 1:
                self._skip(packed[0][0], "MessageTooBig")
                return
            for one in packed:  # in order; what is sent again is known by its sequence
                self._append([one])

    def _skip(self, recorded: Recorded, failure: str) -> None:
        log.error("position %d cannot go out on %s (%s): passed over", recorded.position, self.topic, failure)
        self._not_sent(
            FactNotSent(topic=self.topic, position=recorded.position, fact=recorded.ref, failure=failure), recorded
        )

    def _outgoing(self, recorded: Recorded) -> Outgoing | None:
        message = self._message(recorded)
        if message is None:
            return None
        child, body, dataschema = message
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(recorded.position),
            "ce_source": "hub",
            "ce_type": f"mash.{self.topic}",
            "ce_time": recorded.envelope.known_at.isoformat(),
            "ce_sequence": str(recorded.position),
            "ce_dataschema": dataschema,
            "content-type": "avro/binary",
        }
        encoded = tuple((name, value.encode()) for name, value in headers.items())
        return Outgoing(self.topic, child.encode(), encoded, body)


def signal_relay(
    *, record: Record, log: Log, positions: Positions, encode: Callable[[Change], tuple[bytes, str]],
    not_sent: Callable[[FactNotSent, Recorded], None],
) -> Relay:  # fmt: skip
    """The relay of what counts for whom; `encode` gives Avro bytes and the ce_dataschema."""

    def message(recorded: Recorded) -> tuple[str, bytes, str]:
        change = change_of(recorded)
        return change.child, *encode(change)

    return Relay(
        topic=SIGNALS,
        names=SIGNAL_NAMES,
        message=message,
        record=record,
        log=log,
        positions=positions,
        not_sent=not_sent,
    )


def case_relay(
    *, record: Record, log: Log, positions: Positions, encode: Callable[[CaseChange], tuple[bytes, str]],
    not_sent: Callable[[FactNotSent, Recorded], None],
) -> Relay:  # fmt: skip
    """The relay of alerts raised and decided, and of MASH enquiries opened, graded, and decided for each child."""

    def message(recorded: Recorded) -> tuple[str, bytes, str]:
        change = case_of(recorded)
        return change.child, *encode(change)

    return Relay(
        topic=CASES, names=CASE_NAMES, message=message, record=record, log=log, positions=positions, not_sent=not_sent
    )


def change_of(recorded: Recorded) -> Change:
    """The message on `signal.v1` that a fact of a child's stream becomes."""
    child = recorded.stream.partition(":")[2]
    match recorded.fact:
        case SignalCounted(signal=signal):
            return Change(position=recorded.position, child=child, counted=signal)
        case SignalDiscounted(signal_id=signal_id, reason=reason):
            return Change(position=recorded.position, child=child, discounted=signal_id, reason=reason)
        case other:
            raise AssertionError(f"{other.NAME} is no fact of a child's stream")


def case_of(recorded: Recorded) -> CaseChange:
    """The message on `case.v1` that a fact about an alert or a MASH enquiry becomes: codes alone."""
    at, edition, ref = recorded.envelope.known_at, recorded.envelope.edition, recorded.stream
    match recorded.fact:
        case AlertRaised() as raised:
            return CaseChange(
                position=recorded.position, child=raised.child, kind="alert_raised", ref=ref, at=at,
                edition=raised.edition, rule=raised.rule, level=raised.level,
            )  # fmt: skip
        case AlertDecided() as decided:
            child, rule, _ = ref.partition(":")[2].split(":")
            return CaseChange(
                position=recorded.position, child=child, kind="alert_decided", ref=ref, at=at, edition=edition,
                rule=rule, outcome=decided.decision,
            )  # fmt: skip
        case EnquiryOpened() as opened:
            return CaseChange(
                position=recorded.position, child=opened.child, kind="enquiry_opened", ref=ref, at=at,
                edition=edition, alerts=opened.alerts, outcome=opened.ground,
            )  # fmt: skip
        case (
            EnquiryChildAdded() as added
        ):  # its first version has no kind for it: an enquiry is open about this child, too
            return CaseChange(
                position=recorded.position, child=added.child, kind="enquiry_opened", ref=ref, at=at, edition=edition,
                alerts=added.alerts, what="child_added",
            )  # fmt: skip
        case EnquiryGraded() as graded:
            return CaseChange(
                position=recorded.position, child=graded.child, kind="enquiry_opened", ref=ref, at=at, edition=edition,
                outcome=graded.grade, what="graded", due=graded.due,
            )  # fmt: skip
        case EnquiryDecided() as settled:
            return CaseChange(
                position=recorded.position, child=settled.child, kind="enquiry_decided", ref=ref, at=at,
                edition=edition, level=settled.level, outcome=settled.outcome, actions=settled.actions,
            )  # fmt: skip
        case other:
            raise AssertionError(f"{other.NAME} is no fact that goes out on {CASES}")


def run(relays: Sequence[Relay], stop: Event, *, wait: Callable[[float], object] | None = None) -> None:
    """Relay until `stop`. `wait(seconds)` returns when something may be new (the default looks every 50 ms).

    While the store or the log is away the place is kept; any other error escapes and ends the role.
    """
    pause = wait or stop.wait
    while not stop.is_set():
        try:
            moved = sum(relay.step() for relay in relays)
        except TryLater as away:
            log.warning("relay waits: %s", away)
            stop.wait(PAUSE)
            continue
        if not moved:
            pause(0.05)
