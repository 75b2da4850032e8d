"""What was refused is kept as the bytes that came, with its reason; and what became of it when it was run again."""

import logging
from collections.abc import Iterable, Sequence

from hub.domain.concern import MessageQuarantined, MessageReadmitted, quarantine_stream
from hub.domain.errors import BadMessage
from hub.domain.fact import Recorded
from hub.flow.append import Draft
from hub.ports import LogMessage

log = logging.getLogger(__name__)


def kept(bad: Iterable[tuple[LogMessage, BadMessage]]) -> list[tuple[Draft, LogMessage]]:
    """Refused messages, each on a stream of its own; the log tells place and reason, never what was in it."""
    drafts = []
    for one, wrong in bad:
        fact = MessageQuarantined(
            topic=one.topic, partition=one.partition, offset=one.offset, reason=wrong.reason, field=wrong.field,
            detail=wrong.detail, key=one.key, headers=one.headers, body=one.body,
        )  # fmt: skip
        stream = quarantine_stream(one.topic, one.partition, one.offset)
        drafts.append((Draft(stream, fact, new=False, because=f"log:{one.place}"), one))
        log.warning("quarantined %s: %s", one.place, wrong.reason)
    return drafts


def message_of(held: Recorded) -> LogMessage:
    """A quarantined message as it came, with its original time of receipt."""
    fact = held.fact
    assert isinstance(fact, MessageQuarantined)  # noqa: S101 - for the type checker; the caller has chosen it
    return LogMessage(
        fact.topic, fact.partition, fact.offset, held.envelope.received, fact.key, fact.headers, fact.body
    )


def readmitted(
    stream: str, one: LogMessage, repeated: int, bad: Sequence[tuple[LogMessage, BadMessage]]
) -> list[tuple[Draft, LogMessage]]:
    """What became of a quarantined message that was run again."""
    if bad:
        fact = MessageReadmitted(outcome="refused_again", reason=bad[0][1].reason)
    else:
        fact = MessageReadmitted(outcome="recorded_before" if repeated else "recorded")
    return [(Draft(stream, fact, new=False, because=f"{stream}@1"), one)]


def erased() -> BadMessage:
    """Why nothing is written about somebody whose key is gone."""
    return BadMessage("erased", "what it has to be written to is about somebody whose record was erased")
