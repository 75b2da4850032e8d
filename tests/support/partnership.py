"""A running hub with a few organisations that have keys of their own, for tests that go in by the front door."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from hub.adapters import sealing
from hub.adapters.sealing import Pair
from hub.adapters.tables import FollowerPositions
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain import agency
from hub.domain.alert import NAMES as ALERTS
from hub.domain.concern import MessageQuarantined, message_id
from hub.domain.fact import Recorded
from hub.domain.message import Message
from hub.flow import publish
from hub.flow.publish import Signer
from hub.ports import Clock, LogMessage, Outgoing, Place
from hub.runners import roles

ORGANISATIONS = {  # id -> sector
    "police": "police", "health": "health", "school": "education", "housing": "housing", "council": "social_care",
}  # fmt: skip
PATIENCE = 20.0  # seconds until a test gives up waiting; nothing waits that long when all is well


class MovedClock:
    """The real time, moved by what a test says: 90 days pass when it likes."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE, what: str = "") -> None:
    """Return once the condition holds; fails after `seconds`."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"waited {seconds} seconds in vain{': ' if what else ''}{what}")
        time.sleep(0.01)


class Organisation:
    """One that publishes: its key, and its own gapless numbers."""

    def __init__(self, hub: Hub, name: str) -> None:
        self.name = name
        self.hub = hub
        self.last = 0
        self.pair = self.new_key()

    @property
    def signer(self) -> Signer:
        return Signer(self.name, self.pair.keyid, self.pair.private)

    def new_key(self, *, register: bool = True) -> Pair:
        """A signing pair that it uses from now on."""
        self.pair = sealing.make_signing_pair()
        if register:
            self.register_key(self.pair)
        return self.pair

    def register_key(self, pair: Pair) -> None:
        self.hub._change_register(agency.KeyAdded(organisation=self.name, key_id=pair.keyid, public=pair.public))

    def package(self, said: Message, ident: str = "", *, numbered: bool = True) -> Outgoing:
        """The message as its bytes go to the log: numbered, signed with its own key, sealed to the hub."""
        if numbered:
            self.last += 1
            said = replace(said, source_sequence=self.last)
        return publish.package(
            said, ident or str(uuid4()), self.signer, codec=self.hub.codec, bodies=self.hub.bodies,
            now=self.hub.clock.now(),
        )  # fmt: skip


class RunningHub:
    """A hub with its roles as threads, its organisations, and what a test asks of it."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.hub = open_hub(settings, clock)
        for organisation, sector in ORGANISATIONS.items():
            self.hub.add_organisation(organisation, organisation.title(), sector)
        self.organisations = {name: Organisation(self.hub, name) for name in ORGANISATIONS}
        self.died: list[BaseException] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._relay_tables = self.hub.tables("relay")
        self._relayed = FollowerPositions(self._relay_tables)
        self._consumed = self.hub.consumer_state("thresholds")

    def start(self, *names: str) -> None:
        """Start these roles, or all."""
        self._stop = threading.Event()
        known = roles()
        self._threads = [threading.Thread(target=self._run, args=(known[name],), name=name) for name in names or known]
        for thread in self._threads:
            thread.start()

    def _run(self, role: Callable[[Hub, threading.Event], None]) -> None:
        try:
            role(self.hub, self._stop)
        except BaseException as died:
            self.died.append(died)
            raise

    def stop(self) -> None:
        """Stop the roles; the hub stays open."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"the role {thread.name} did not stop"
        self._threads = []

    def close(self) -> None:
        """Stop the roles, close the hub."""
        self.stop()
        self._consumed.close()
        self._relay_tables.close()
        self.hub.close()

    # -------------------------------------------------------------------------------------------------- publishing

    def say(self, said: Message, ident: str = "") -> str:
        """Publish one message by its organisation's own key; the sender's id of it."""
        ident = ident or str(uuid4())
        self.send(self.organisations[said.organisation].package(said, ident))
        return ident

    def say_all(self, said: Sequence[Message]) -> list[str]:
        """Publish messages in one go, so that the intake is likely to take them as one batch; the senders' ids."""
        idents = [str(uuid4()) for _ in said]
        packages = [self.organisations[m.organisation].package(m, i) for m, i in zip(said, idents, strict=True)]
        self.hub.log.append(packages)
        return idents

    def send(self, *packages: Outgoing) -> list[Place]:
        """Put bytes on the log, whatever they are."""
        return self.hub.log.append(packages)

    # -------------------------------------------------------------------------------------------------- looking

    def settled_intake(self) -> None:
        """Wait until everything published so far is on record."""
        wait_until(lambda: self.died or self._taken("concern."), what="the intake has taken everything")
        if any(thread.name == "intake" for thread in self._threads):
            wait_until(lambda: self.died or self._counted(), what="the intake has counted for households")
        assert not self.died, self.died

    def settled(self, *, alerts: bool = True) -> None:
        """Wait until everything published so far is on record, relayed, evaluated, folded back and in the views."""
        self.settled_intake()
        if alerts:
            wait_until(lambda: self.died or self._round(), what="the findings came back")
        head = self.hub.record.position()
        wait_until(lambda: self.died or self.hub.views.position("record") >= head, what="the views followed")
        assert not self.died, self.died

    def _counted(self) -> bool:
        return self.hub.counted >= self.hub.record.position()

    def _taken(self, prefix: str) -> bool:
        return all(
            self.hub.record.tracked(f"{topic}/{number}") == self.hub.log.end(topic, number) - 1
            for topic, partitions in self.hub.log.topics(prefix).items()
            for number in range(partitions)
        )

    def _round(self) -> bool:
        head = self.hub.record.position()
        if self._relayed.position("relay/signal.v1") < head:
            return False
        partitions = self.hub.log.topics("signal.v1")["signal.v1"]
        reached = self._consumed.reached(range(partitions))
        if any(reached[number].offset < self.hub.log.end("signal.v1", number) for number in range(partitions)):
            return False
        # a consumer says how far it has come, keeps its findings with that, and then publishes them
        return not self._consumed.unpublished() and self._taken("finding.v1") and head == self.hub.record.position()

    def facts(self) -> list[Recorded]:
        """Everything on record, in order."""
        found: list[Recorded] = []
        while page := self.hub.record.read(found[-1].position if found else 0, 1000):
            found += page
        return found

    def journey(self, organisation: str, ident: str) -> list[Recorded]:
        """Every fact that this message led to, in order."""
        journey = message_id(organisation, ident)
        return [one for one in self.facts() if one.envelope.journey == journey]

    def names(self, organisation: str, ident: str) -> list[str]:
        """Their stored names."""
        return [one.fact.NAME for one in self.journey(organisation, ident)]

    def stream(self, stream: str) -> list[Recorded]:
        return self.hub.record.load(stream)

    def recorded(self, organisation: str, ident: str) -> bool:
        return bool(self.stream(f"message:{message_id(organisation, ident)}"))

    def child_of(self, organisation: str, ident: str, number: int = 0) -> str:
        """The person that the n-th subject of a recorded concern is held to be."""
        statement = self.stream(f"message:{message_id(organisation, ident)}")[0].fact.statement  # type: ignore[attr-defined]
        source_record = statement.subjects[number].source_record
        return self.hub.record.by_source_record([source_record])[source_record].person

    def alerts(self, child: str) -> list[Recorded]:
        """Every fact about alerts of this child, in order."""
        return [one for one in self.facts() if one.fact.NAME in ALERTS and one.stream.startswith(f"alert:{child}:")]

    def quarantined(self, place: Place) -> Recorded | None:
        """The fact that keeps the message that lies at this place, if it was quarantined."""
        for one in self.hub.record.read(0, 10_000, [MessageQuarantined.NAME]):
            fact = one.fact
            assert isinstance(fact, MessageQuarantined)
            if (fact.topic, fact.partition, fact.offset) == place[:3]:
                return one
        return None

    def read_log(self, topic: str) -> list[LogMessage]:
        """Every message of a topic of one partition."""
        reader = self.hub.log.reader({(topic, 0): 0})
        found: list[LogMessage] = []
        try:
            while len(found) < self.hub.log.end(topic, 0):
                found += reader.poll(500, 1)
        finally:
            reader.close()
        return found


def settings_for(data: Path, **more: object) -> Settings:
    """Settings of a hub in this folder; tests never read the environment's."""
    return Settings(data=data, demo=True, **more)  # type: ignore[arg-type]


def as_json(text: str) -> object:
    """The last line of a command's output, read."""
    return json.loads(text.strip().splitlines()[-1])
