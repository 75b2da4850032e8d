"""The loop that every consumer runs: read, handle, keep, publish.

It promises that a message takes effect once: what the hub published again is known by its `ce_sequence`, and a place
moves only together with the state and with what is to be published, which is kept first and then goes out at least
once. So a crash never leaves something published that the state does not know of: handled again, in other batches, it
might not come to the same. An unexpected error escapes and ends the process, loudly.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Event
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.errors import HubError, TryLater
from hub.ports import Clock, ConsumerState, Log, LogMessage, LogReader, Outgoing, Reached, StateChange

log = logging.getLogger(__name__)
LIMIT = 500  # messages in a step
WAIT = 0.5  # seconds a step waits for messages before it looks at its timers
PAUSE = 1.0  # seconds before a store or broker that is away is tried again


class Work(Struct, frozen=True, kw_only=True):
    """What a step wants done: publish these, then change the state."""

    outgoing: tuple[Outgoing, ...] = ()
    change: StateChange = StateChange()


class Step(Protocol):
    """What one consumer does with messages and with time; it publishes and stores nothing itself."""

    def handle(self, messages: Sequence[LogMessage]) -> Work:
        """Messages that were not handled before, in order within a partition."""
        ...

    def elapse(self, now: datetime, reached: Mapping[int, Reached]) -> Work | None:
        """What time alone asks for; None when nothing does. Called between messages until it answers None."""
        ...


class BadSequence(HubError):
    """A message of the hub's own topic without a usable ce_sequence, or a place beyond the log's end."""


class Runner:
    """One consumer of one topic: of all its partitions, or of those given."""

    def __init__(
        self, step: Step, *, topic: str, log: Log, state: ConsumerState, clock: Clock,
        partitions: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        self._step = step
        self._topic = topic
        self._log = log
        self._state = state
        self._clock = clock
        self._partitions = partitions
        self._reached: dict[int, Reached] = {}

    def run(self, stop: Event) -> None:
        """Until `stop`. While the store or the log is away the place is kept and tried again.

        StaleWriter (another instance has taken over), BadSequence and every unexpected error escape.
        """
        while not stop.is_set():
            try:
                reader = self.open()
                try:
                    while not stop.is_set():
                        self.read(reader, WAIT)
                        self.elapse(stop)
                finally:
                    reader.close()
            except TryLater as away:
                log.warning("a consumer waits: %s", away)
                stop.wait(PAUSE)

    def open(self) -> LogReader:
        """A reader that starts where the state says that this consumer is. Raises BadSequence, TryLater."""
        partitions = self._partitions
        wanted = partitions if partitions is not None else range(self._log.topics(self._topic)[self._topic])
        self._reached = self._state.reached(wanted)
        for batch, outgoing in self._state.unpublished().items():  # whoever kept these may not have come to it
            self._publish(batch, outgoing)
        for partition, place in self._reached.items():
            if place.offset > self._log.end(self._topic, partition):
                where = f"{self._topic}/{partition}"
                raise BadSequence(f"{where} ends before {place.offset}: log restored? Rebuild this consumer's state.")
        return self._log.reader({(self._topic, number): place.offset for number, place in self._reached.items()})

    def read(self, reader: LogReader, wait: float) -> int:
        """One step: up to LIMIT messages, handled and committed. How many were read; 0 after `wait` seconds of none."""
        batch = reader.poll(LIMIT, wait)
        if not batch:
            return 0
        fresh, after = unseen(batch, self._reached)
        moved = tuple((partition, self._reached[partition], place) for partition, place in after.items())
        self._commit(self._step.handle(fresh) if fresh else Work(), moved)
        self._reached.update(after)
        return len(batch)

    def elapse(self, stop: Event) -> None:
        """Do what time alone asks for, until there is no more of it."""
        while not stop.is_set() and (work := self._step.elapse(self._clock.now(), self._reached)) is not None:
            self._commit(work, ())

    def _commit(self, work: Work, moved: tuple[tuple[int, Reached, Reached], ...]) -> None:
        batch = self._state.save(replace(work.change, reached=moved, outgoing=work.outgoing))
        if batch:
            self._publish(batch, work.outgoing)

    def _publish(self, batch: str, outgoing: Sequence[Outgoing]) -> None:
        self._log.append(outgoing)
        self._state.published(batch)


def unseen(batch: Sequence[LogMessage], reached: Mapping[int, Reached]) -> tuple[list[LogMessage], dict[int, Reached]]:
    """The messages whose hub position was not handled yet, and the places after the batch. Raises BadSequence."""
    after = {message.partition: reached[message.partition] for message in batch}
    fresh = []
    for message in batch:
        place = after[message.partition]
        sequence = sequence_of(message)
        if sequence > place.sequence:
            fresh.append(message)
        after[message.partition] = Reached(max(sequence, place.sequence), message.offset + 1)
    return fresh, after


def sequence_of(message: LogMessage) -> int:
    """The hub's own position, from ce_sequence. Raises BadSequence."""
    value = header(message, "ce_sequence")
    if not value.isascii() or not value.isdigit():
        raise BadSequence(f"message {message.place} of the hub's own topic has no ce_sequence")
    return int(value)


def header(message: LogMessage, name: str) -> str:
    """A header's text; "" when it is missing."""
    return next((value.decode() for key, value in message.headers if key == name), "")
