"""What a log accepts and where a key goes: the same on both transports, so that a message may change its transport."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.domain.errors import HubError, MessageTooBig
from hub.ports import Outgoing

MAX_MESSAGE_BYTES = 1_000_000  # key, headers and body; a Kafka broker's stock limit is 1,048,588 for a whole batch
TOPIC_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,240}")  # Kafka's letters without _ (it collides with . in its metrics)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition (0-based) of a key: murmur2 as Kafka's Java client has it. Without a key: 0, order before spread.

    Clients of other families use other functions by default (librdkafka: CRC-32), and so break the order of a child's
    messages; docs for partners name the setting.
    """
    if key is None or partitions == 1:
        return 0
    from kafka.partitioner import default  # noqa: PLC0415 - slow to import, and most topics never need it

    untyped: Any = default
    return int(untyped.murmur2(key) & 0x7FFFFFFF) % partitions


def check_topic_name(topic: str) -> None:
    """Refuse a name that Kafka or its metrics would trip over."""
    if not TOPIC_NAME.fullmatch(topic):
        raise HubError("a topic's name is lower case letters, digits, dots and hyphens, at most 241 of them")


def check_size(message: Outgoing) -> None:
    """Raise MessageTooBig above MAX_MESSAGE_BYTES."""
    size = len(message.key or b"") + len(message.body)
    size += sum(len(name.encode()) + len(value) for name, value in message.headers)
    if size > MAX_MESSAGE_BYTES:
        raise MessageTooBig(f"a message of {size} bytes for {message.topic}: at most {MAX_MESSAGE_BYTES} are taken")


def moment_of(milliseconds: int) -> datetime:
    """A log's append time (milliseconds since 1970) as aware UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)
