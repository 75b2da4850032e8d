"""The few protocols that the flow needs from the outside world, and `Hub`, the bundle of them.

Every adapter of a port passes the same suite in tests/contract/.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from hub.domain.fact import NewFact, Recorded
from hub.domain.item import Category, Grant, Sealed, Words
from hub.domain.message import Message
from hub.domain.signal import CaseChange, Change, Finding, Signal

# ---------------------------------------------------------------------------------------------------------- the log


class Outgoing(Struct, frozen=True):
    """A message to publish. `key` is never personal data: null, or a child's random id on the hub's own topics."""

    topic: str
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    body: bytes


class LogMessage(Struct, frozen=True):
    """A message as the log gave it. `received` is the log's append time. repr leaves the body out on purpose."""

    topic: str
    partition: int
    offset: int
    received: datetime
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<message {self.place}>"

    @property
    def place(self) -> str:
        """topic/partition/offset: where it lies."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Place(NamedTuple):
    """Where an appended message lies; `received` is the log's append time."""

    topic: str
    partition: int
    offset: int
    received: datetime


class LogReader(Protocol):
    """Reads assigned partitions in order from given places. One thread, one reader."""

    def poll(self, limit: int, timeout: float) -> list[LogMessage]:
        """Up to `limit` messages, in order within a partition; [] after `timeout` seconds of none."""
        ...

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition next from `offset` (inclusive)."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class Log(Protocol):
    """Where messages lie, in order within a topic's partition, never edited."""

    def create_topics(self, topics: Mapping[str, int]) -> None:
        """Make these topics (name -> partitions) where they are missing; harmless when they exist."""
        ...

    def topics(self, prefix: str = "") -> dict[str, int]:
        """Existing topics with this prefix, and their number of partitions."""
        ...

    def append(self, messages: Sequence[Outgoing]) -> list[Place]:
        """Append all and return their places in order, only after they are durable. Raises TryLater, UnknownTopic."""
        ...

    def reader(self, start: Mapping[tuple[str, int], int]) -> LogReader:
        """A reader of these partitions, each from its offset (inclusive)."""
        ...

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next message of this partition will get."""
        ...

    def wait(self, timeout: float) -> None:
        """Return when something may have been appended, or after `timeout` seconds."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


# ------------------------------------------------------------------------------------------------- record and ledger


class Tracked(Struct, frozen=True):
    """A source's position moves from `before` to `after` in the same transaction; refused (StaleWriter) if it is not
    at `before`. `before` is -1 for a source never read.
    """

    source: str  # "topic/partition"
    before: int
    after: int


class IndexRow(Struct, frozen=True):
    """The match keys of one source record, written with the facts that record it; replaces the row it had.

    `own` is a keyed digest of (organisation, own id), or of (organisation, whole description) where no own id leads here,
    or None; no two source records have the same. `keys` are keyed digests; `identity` is what matching may open under its
    standing entry.
    """

    source_record: str
    person: str
    organisation: str
    own: bytes | None
    keys: tuple[bytes, ...]
    identity: Sealed


class Record(Protocol):
    """An append-only numbered log of facts: the record (what happened), or the ledger (what was asked and shown)."""

    def append(
        self, facts: Sequence[NewFact], *, tracked: Sequence[Tracked] = (), index: Sequence[IndexRow] = ()
    ) -> list[Recorded]:
        """All of it or nothing, in one transaction. Facts of one stream are numbered on from the first one's `after`.

        Raises AlreadyOnRecord (after=0 and the stream exists), VersionConflict (another `after` was overtaken),
        StaleWriter (the source is not at `before`), TryLater (the store is away). `facts` may be empty when `tracked`
        is given.
        """
        ...

    def load(self, stream: str, upto: int | None = None) -> list[Recorded]:
        """A stream's facts in order, up to and including version `upto`; [] for an unknown stream."""
        ...

    def read(self, after: int, limit: int, names: Sequence[str] = (), upto: int | None = None) -> list[Recorded]:
        """Facts with position > after (and <= upto), in position order, of these stored names (all when empty)."""
        ...

    def position(self) -> int:
        """The newest position; 0 when empty."""
        ...

    def tracked(self, source: str) -> int:
        """The position of a source; -1 when never read."""
        ...

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of these streams that exists; one query."""
        ...

    def by_source_record(self, source_records: Sequence[str]) -> dict[str, IndexRow]:
        """The index rows of these source records: which person each is held to be about."""
        ...

    def by_own_id(self, own: Sequence[bytes]) -> dict[bytes, IndexRow]:
        """Source records by their `own` digest (see IndexRow)."""
        ...

    def candidates(self, keys: Sequence[bytes], limit: int = 401) -> dict[bytes, dict[str, str]]:
        """Who shares a match key: by key, source record -> person, the first `limit` source records of each key.

        A key that comes with `limit` of them may have more. Rows are read by `by_source_record`, each once.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


# ----------------------------------------------------------------------------------------------------------- keys


class Keys(Protocol):
    """Data keys by owner ("source-record:…", "person:…", "partnership"), and the hub's own signing and sealing keys."""

    def make(self, owners: Iterable[str]) -> None:
        """Make a key for each owner that has none, committed on return (before the facts that use it)."""
        ...

    def find(self, owner: str) -> bytes:
        """The 32-byte key. Raises KeyDestroyed (a tombstone is there) or KeyMissing (an incident: stop)."""
        ...

    def destroy(self, owner: str, erasure: str) -> None:
        """Destroy the key and leave a tombstone that names the erasure fact; it can never be made again."""
        ...

    def secret(self, name: str) -> bytes:
        """A named 32-byte secret of the hub ("match-index", "session", "sign:hub"), made on first use."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class Vault(Protocol):
    """Seals words when they come in and opens them against a grant."""

    def seal(self, category: Category, about: Sequence[str], words: Words, organisation: str) -> Sealed:
        """Close words about these source records (whose keys exist) under a new item key."""
        ...

    def open(self, sealed: Sealed, grant: Grant) -> Words | None:
        """The words, if the grant names the item; None when every key it was wrapped under is destroyed.

        Raises NotPermitted when the grant does not name the item, KeyMissing for a missing key.
        """
        ...


class Blind(Protocol):
    """Keyed digests: equality without reading. The key never leaves the hub."""

    def digest(self, kind: str, value: str | bytes) -> bytes:
        """16 bytes of HMAC-SHA-256 over kind and value; the same kind and value always give the same digest."""
        ...


class Bodies(Protocol):
    """The outside of a message: sealed to the hub, signed by an organisation. See hub/adapters/sealing.py."""

    def open(self, attributes: Mapping[str, str], body: bytes) -> tuple[bytes, bytes]:
        """(signature, avro) of a body sealed to the intake key that attributes["ce_sealedto"] names.

        Raises BadMessage: sealed_to_another_key, body_does_not_open.
        """
        ...

    def verify(self, public: bytes, attributes: Mapping[str, str], avro: bytes, signature: bytes) -> bool:
        """Whether this key signed these attributes and bytes."""
        ...

    def seal(self, attributes: Mapping[str, str], avro: bytes, private: bytes) -> bytes:
        """Sign with a private key, and seal to the intake key that attributes["ce_sealedto"] names."""
        ...

    def sealed_to(self, at: datetime) -> str:
        """The id of the intake key of the month of `at`."""
        ...


class Codec(Protocol):
    """Avro bytes <-> what organisations say. See hub/adapters/avro.py."""

    def encode(self, message: Message) -> tuple[bytes, str]:
        """(bytes, ce_dataschema)."""
        ...

    def decode(self, dataschema: str, body: bytes, ce_type: str) -> Message:
        """Checked and typed; raises BadMessage."""
        ...

    def encode_change(self, change: Change) -> tuple[bytes, str]:
        """(bytes, ce_dataschema) of a message on signal.v1."""
        ...

    def decode_change(self, dataschema: str, body: bytes) -> Change:
        """The message; raises BadMessage."""
        ...

    def encode_finding(self, finding: Finding) -> tuple[bytes, str]:
        """(bytes, ce_dataschema) of a message on finding.v1."""
        ...

    def decode_finding(self, dataschema: str, body: bytes) -> Finding:
        """The message; raises BadMessage."""
        ...

    def encode_case(self, case: CaseChange) -> tuple[bytes, str]:
        """(bytes, ce_dataschema) of a message on case.v1."""
        ...

    def decode_case(self, dataschema: str, body: bytes) -> CaseChange:
        """The message; raises BadMessage."""
        ...


class Leave(Protocol):
    """A service's standing leave to open identifiers: entered in the ledger, counted, shown to nobody."""

    def grant(self, items: Sequence[Sealed]) -> Grant:
        """Leave to open these identifiers once; raises Refused for any other category."""
        ...


# --------------------------------------------------------------------------------------------------------- policy


class Ruling(Struct, frozen=True):
    """What the policies say to one question: allowed or not, by which policy ids; `fault` when an error made it deny."""

    allowed: bool
    policies: tuple[str, ...]
    fault: bool = False
    shown_as: Literal["reason", "count", "nothing"] = "reason"  # how a withheld item shows, when not allowed


class Rulings(Protocol):
    """Answers questions by the sharing policies of one edition: default deny, forbid wins, an error denies and alarms.

    Questions and resources are plain codes; see hub/domain/sharing.py for their Structs.
    """

    def decide(self, ask: "object", resources: Sequence["object"]) -> list[Ruling]:
        """A ruling for each resource, in order."""
        ...


class Clock(Protocol):
    """The only one who knows the time."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


# ------------------------------------------------------------------------------------------- followers and consumers


class Positions(Protocol):
    """How far each follower of the record has come. It is moved after the work, so a crash repeats and never skips."""

    def position(self, follower: str) -> int:
        """The record position up to which this follower is done; 0 when it never ran. Raises TryLater."""
        ...

    def move(self, follower: str, before: int, after: int) -> None:
        """From `before` to `after`. Raises StaleWriter when another has moved it, TryLater when the store is away."""
        ...


class Reached(Struct, frozen=True):
    """How far a consumer has come in one partition: the hub's position tracked, and the offset to read next."""

    sequence: int  # the greatest ce_sequence handled; 0 for none
    offset: int


class Outcome(Struct, frozen=True):
    """What a consumer last published for one child and rule."""

    holds: bool
    level: int
    evidence: tuple[str, ...]
    possible: bool


class ChildState(Struct):
    """What a consumer holds about one child."""

    signals: dict[str, Signal]
    outcomes: dict[str, Outcome]  # by rule
    timers: dict[str, datetime]  # by rule: when it will stand if nothing more is heard (aware UTC)


class StateChange(Struct, frozen=True, kw_only=True):
    """What one step of a consumer changes; all of it in one transaction with the places it reached."""

    counted: tuple[tuple[int, Signal], ...] = ()  # (partition, signal): replaces the one of its child and id
    discounted: tuple[tuple[str, str], ...] = ()  # (child, signal id)
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()  # (child, rule, what was published)
    timers: tuple[tuple[str, str, int, datetime | None], ...] = ()  # (child, rule, partition, when); None ends it
    reached: tuple[tuple[int, Reached, Reached], ...] = ()  # (partition, before, after): compare and set
    outgoing: tuple[Outgoing, ...] = ()  # what is to be published once this is kept
    edition: str | None = None  # the edition under which every child has now been evaluated


class ConsumerState(Protocol):
    """The state of one consumer of one topic, in the store, never on a group member's disk. Rebuilt from its topic."""

    def reached(self, partitions: Iterable[int]) -> dict[int, Reached]:
        """How far each of these partitions was handled; Reached(0, 0) for one never read. Raises TryLater."""
        ...

    def load(self, children: Sequence[str]) -> dict[str, ChildState]:
        """What is held about each of these children, empty where nothing is."""
        ...

    def due(self, now: datetime, partitions: Sequence[int], limit: int) -> list[tuple[int, str]]:
        """(partition, child) of those with a timer that is due, earliest first."""
        ...

    def children(self, after: str, partitions: Sequence[int], limit: int) -> list[tuple[int, str]]:
        """(partition, child) of those with signals in these partitions and an id greater than `after`, in order."""
        ...

    def edition(self) -> str:
        """The edition under which every child was last evaluated; "" for none."""
        ...

    def save(self, change: StateChange) -> str:
        """All of it or nothing; the batch under which `outgoing` is kept until it is `published`, "" where there is none.

        Raises StaleWriter when another instance has moved a place on, TryLater.
        """
        ...

    def unpublished(self) -> dict[str, tuple[Outgoing, ...]]:
        """What was kept to be published and may not have been, by batch."""
        ...

    def published(self, batch: str) -> None:
        """The log has this batch."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...
