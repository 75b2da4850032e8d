"""Real parts for tests of the silence consumer: the embedded log, its tables in a file, a clock that the test moves."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Event

import msgspec

from consumers.runtime import Runner
from consumers.silence import EXPECTED, FINDINGS, Listens, Silent
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.tables import ConsumerTables, Tables
from hub.domain.edition import Edition
from hub.domain.feed import Feed
from hub.domain.silence import Awaited, Expected, Silence, State, decide, evolve, stream_of
from hub.ports import LogMessage, Outgoing
from tests.consumers.parts import Clock, encode
from tests.support.signals import NOON


def decode(_dataschema: str, body: bytes) -> Expected:
    """Stands for Avro."""
    return msgspec.msgpack.decode(body, type=Expected)


class Ear:
    """A silence consumer with its parts: say what is expected, let it step, read what it missed."""

    def __init__(self, folder: Path, edition: Edition | None = None) -> None:
        self.clock, self.folder, self.edition = Clock(NOON), folder, edition
        self.log = EmbeddedLog(folder / "log.db")
        self.log.create_topics({EXPECTED: 1, FINDINGS: 1})
        self.state = self.new_state()
        self.position = 0
        self.written: int | None = None  # what is on record, where it is more than what went out
        self.feeds: Sequence[Feed] = ()
        self._step = self.step()

    def new_state(self, name: str = "silence") -> ConsumerTables:
        """State in this consumer's own file."""
        return ConsumerTables(Tables(f"sqlite:///{self.folder / name}.db"))

    def step(self) -> Silent:
        """A freshly started consumer's step."""
        edition = self.edition
        return Silent(
            state=self.state, clock=self.clock, decode=decode, encode=encode,
            written=lambda: self.position if self.written is None else self.written, sent=lambda: self.position,
            end=lambda: self.log.end(EXPECTED, 0),
            listens=Listens(lambda: self.feeds, lambda: edition) if edition is not None else None,
        )  # fmt: skip

    def expect(self, *said: Awaited) -> int:
        """Publish, as the relay does, that this is expected, or no longer; its position."""
        self.position += 10
        self.publish(Expected(position=self.position, awaited=said))
        return self.position

    def publish(self, said: Expected) -> None:
        """Publish with its position, perhaps again."""
        headers = (("ce_sequence", str(said.position).encode()), ("ce_dataschema", b"urn:test"))
        self.log.append([Outgoing(EXPECTED, b"k", headers, encode(said)[0])])

    def restart(self) -> None:
        """The process ends, and another one begins where it left off."""
        self.state.close()
        self.state = self.new_state()
        self._step = self.step()

    def run(self) -> None:
        """Let it do all there is to do."""
        runner = Runner(self._step, topic=EXPECTED, log=self.log, state=self.state, clock=self.clock)
        reader = runner.open()
        try:
            while runner.read(reader, 0):
                pass
            runner.elapse(Event())
        finally:
            reader.close()

    def look(self) -> None:
        """Time alone: no message is read."""
        runner = Runner(self._step, topic=EXPECTED, log=self.log, state=self.state, clock=self.clock)
        runner.open().close()
        runner.elapse(Event())

    def messages(self) -> list[LogMessage]:
        """What it published."""
        reader = self.log.reader({(FINDINGS, 0): 0})
        try:
            return reader.poll(10_000, 0)
        finally:
            reader.close()

    def said(self) -> list[Silence]:
        """The same, read."""
        return [msgspec.msgpack.decode(one.body, type=Silence) for one in self.messages()]

    def told(self) -> list[tuple[str, str, bool]]:
        """In short: kind, subject, whether it is silent."""
        return [(one.kind, one.subject, one.holds) for one in self.said()]

    def on_record(self) -> dict[str, list[str]]:
        """What the hub would put on record of it, by stream: the names of the facts."""
        states: dict[str, State] = {}
        facts: dict[str, list[str]] = {}
        for one in self.said():
            name = stream_of(one)
            for fact in decide(states.get(name, State()), one):
                states[name] = evolve(states.get(name, State()), fact)
                facts.setdefault(name, []).append(fact.NAME)
        return facts

    def close(self) -> None:
        """Close what is open."""
        self.state.close()
        self.log.close()


def awaited(
    due: datetime | None,
    *,
    kind: str = "no_answer",
    subject: str = "request:1",
    child: str = "",
    organisation: str = "",
    since: datetime = NOON,
) -> Awaited:
    """Something expected by this moment, or, with None, no longer."""
    return Awaited(kind=kind, subject=subject, child=child, organisation=organisation, since=since, due=due)
