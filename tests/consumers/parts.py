"""Real parts for tests of consumers: the embedded log, consumer tables in a file, a clock that the test moves."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

import schemas
from consumers.runtime import Runner
from consumers.thresholds import FINDINGS, SIGNALS, Thresholds
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.tables import ConsumerTables, Tables
from hub.domain.edition import Edition, publish, read
from hub.domain.rule import GRAMMAR
from hub.domain.signal import Change, DiscountReason, Finding, Signal
from hub.ports import LogMessage, Outgoing
from policies.partnerships import load_partnership
from tests.support.signals import CHILD, NOON


def edition(number: int = 1, rules: Iterable[dict[str, Any]] | None = None) -> Edition:
    """An edition of the demo partnership, or of these rules."""
    parts = load_partnership("demo")
    if rules is not None:
        parts["thresholds"] = list(rules)
    rest = {"policies": {}, "cedar_schema": "", "protocol": {}, "match_model": {}, "grammar": GRAMMAR}
    return read(publish(number, NOON, {**parts, "vocabulary": schemas.load_vocabulary(), **rest}))


def rule(id_: str, when: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A rule of an edition for a test."""
    return {"id": id_, "words": f"{id_} of a test", "source": "a test", "level": 3, "when": when, **other}


def encode(value: object) -> tuple[bytes, str]:
    """Stands for Avro: what a consumer does with the bytes is the same."""
    return msgspec.msgpack.encode(value), "urn:test"


def decode(_dataschema: str, body: bytes) -> Change:
    """The other way."""
    return msgspec.msgpack.decode(body, type=Change)


class Clock:
    """A clock that the test moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment that the test set."""
        return self.moment


class Desk:
    """A threshold consumer with its parts: publish changes, let it step, read what it found."""

    def __init__(self, folder: Path, in_force: Callable[[], Edition], partitions: int = 2) -> None:
        self.clock = Clock(NOON)
        self.log = EmbeddedLog(folder / "log.db")
        self.log.create_topics({SIGNALS: partitions, FINDINGS: 1})
        self.folder = folder
        self.in_force = in_force
        self.position = 0
        self.names: dict[str, str] = {}
        self.state = self.new_state()

    def new_state(self, name: str = "thresholds") -> ConsumerTables:
        """State in this consumer's own file."""
        return ConsumerTables(Tables(f"sqlite:///{self.folder / name}.db"))

    def step(self, state: ConsumerTables | None = None) -> Thresholds:
        """A consumer's step on this state."""
        return Thresholds(
            edition=self.in_force,
            state=state or self.state,
            clock=self.clock,
            decode=decode,
            encode=encode,
            organisations=lambda: self.names,
        )

    def runner(self, state: ConsumerTables | None = None) -> Runner:
        """The same in its loop."""
        used = state or self.state
        return Runner(self.step(used), topic=SIGNALS, log=self.log, state=used, clock=self.clock)

    def count(self, *signals: Signal) -> None:
        """Publish, as the relay does, that these signals count."""
        for one in signals:
            self.position += 10
            self.publish(Change(position=self.position, child=one.child, counted=one))

    def discount(self, id_: str, reason: DiscountReason = "withdrawn", child: str = CHILD) -> None:
        """Publish that a signal counts no more."""
        self.position += 10
        self.publish(Change(position=self.position, child=child, discounted=id_, reason=reason))

    def publish(self, change: Change) -> None:
        """Publish a change with its position, perhaps again."""
        headers = (("ce_sequence", str(change.position).encode()), ("ce_dataschema", b"urn:test"))
        self.log.append([Outgoing(SIGNALS, change.child.encode(), headers, encode(change)[0])])

    def run(self, state: ConsumerTables | None = None) -> None:
        """Let a freshly started consumer do all there is to do."""
        runner = self.runner(state)
        reader = runner.open()
        try:
            while runner.read(reader, 0):
                pass
            runner.elapse(Event())
        finally:
            reader.close()

    def messages(self, topic: str) -> list[LogMessage]:
        """Everything on partition 0 of a topic."""
        reader = self.log.reader({(topic, 0): 0})
        try:
            return reader.poll(10_000, 0)
        finally:
            reader.close()

    def findings(self) -> list[Finding]:
        """Everything found so far, in order."""
        return [msgspec.msgpack.decode(one.body, type=Finding) for one in self.messages(FINDINGS)]

    def told(self) -> list[tuple[str, bool, tuple[str, ...]]]:
        """The findings in short: rule, holds, evidence."""
        return [(one.rule, one.holds, one.evidence) for one in self.findings()]

    def close(self) -> None:
        """Close what is open."""
        self.state.close()
        self.log.close()
