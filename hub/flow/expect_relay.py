"""5c What is expected of whom, and by when, goes out to the consumers: messages on `expected.v1`."""

from collections.abc import Callable

from hub.domain.fact import Recorded
from hub.domain.signal import FactNotSent
from hub.domain.silence import Expected
from hub.flow import (
    expect_cases,
    expect_children,
    expect_help,
    expect_identity,
    expect_levels,
    expect_refusals,
    expect_seen,
)
from hub.flow.expect import EXPECTS, Known
from hub.flow.relay import Relay
from hub.ports import Log, Positions, Record

EXPECTED = "expected.v1"
ENTERED = (
    expect_cases,
    expect_children,
    expect_help,
    expect_identity,
    expect_levels,
    expect_refusals,
    expect_seen,
)  # each entered its facts


def names() -> tuple[str, ...]:
    """The stored names of the facts that something is expected after, or that end the waiting."""
    return tuple(sorted(kind.NAME for kind in EXPECTS))


def expected(known: Known, recorded: Recorded) -> Expected | None:
    """What this fact makes the hub expect, or no longer expect; None where it changes nothing."""
    expects = EXPECTS.get(type(recorded.fact))
    if expects is None:
        return None
    known.upto(recorded.position)
    awaited = tuple(expects(known, recorded, recorded.fact))
    return Expected(position=recorded.position, awaited=awaited) if awaited else None


def key_of(said: Expected) -> str:
    """What a message is partitioned by, so that what is said of one thing stays in order: its child, or its organisation."""
    first = said.awaited[0]
    return first.child or first.organisation


def expected_relay(
    *, record: Record, log: Log, positions: Positions, encode: Callable[[Expected], tuple[bytes, str]], known: Known,
    not_sent: Callable[[FactNotSent, Recorded], None],
) -> Relay:  # fmt: skip
    """The relay of what is expected of whom, by when; `encode` gives Avro bytes and the ce_dataschema."""

    def message(recorded: Recorded) -> tuple[str, bytes, str] | None:
        said = expected(known, recorded)
        return (key_of(said), *encode(said)) if said else None

    return Relay(
        topic=EXPECTED, names=names(), message=message, record=record, log=log, positions=positions, not_sent=not_sent
    )
