"""The few protocols that the flow needs from the outside world, and `Hub`, the bundle of them.

Every adapter of a port passes the same suite in tests/contract/.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.area import Postcode
from hub.domain.fact import NewFact, Recorded
from hub.domain.item import Category, Grant, Sealed, Words
from hub.domain.kin import Home
from hub.domain.message import Message
from hub.domain.signal import CaseChange, Change, Finding, Signal
from hub.domain.silence import Expected, Silence
from hub.domain.tracing import Demographics, NumberChecked, Traced

# ---------------------------------------------------------------------------------------------------------- the log

T = TypeVar("T")


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

    def emptied(self) -> "IndexRow":
        """What stays of it once its source record is erased: the pointer to a person, and nothing that leads here."""
        return replace(self, own=None, keys=())


class Look(Struct, frozen=True):
    """What the index is asked of one described person. Where one of `own` leads somewhere, `keys` are not asked for."""

    own: tuple[bytes, ...]  # own-id digests, see IndexRow
    keys: tuple[bytes, ...]
    firm: frozenset[bytes] = frozenset()  # those of `keys` that are one person's: never too common to be looked at
    wide: frozenset[bytes] = frozenset()  # those of `keys` that say something only where few share them
    whole: bool = False  # whether every row is wanted of whom it comes nearest: who shares a firm key, or most keys


class Near(Struct, frozen=True):
    """What the index knows of some described persons."""

    own: dict[bytes, IndexRow]  # whom own-id digests lead to
    sharing: dict[bytes, dict[str, str]]  # who shares a key: by key, source record -> person
    crowded: set[bytes]  # keys that too many share: those that are not firm have no `sharing`
    common: set[bytes]  # wide keys that more than a few share, left out for each look to which they are wide
    rows: dict[str, IndexRow]  # of the nearest, for each look; the rest are read by `by_source_record`
    whole: set[str]  # persons of whom `rows` has every row, because a look wanted it


class IndexState(Struct, frozen=True):
    """How the match index was made, and how large it is."""

    version: int  # of the secret key its digests are made with; 1 is the first
    rules: str  # those that its keys were made by (hub.domain.matching.RULES); "" where nobody noted it
    indexed: int  # source records that a match key leads to
    writes: int  # transactions that changed it: tells whether somebody wrote meanwhile


class Record(Protocol):
    """An append-only numbered log of facts: the record (what happened), or the ledger (what was asked and shown)."""

    def append(
        self, facts: Sequence[NewFact], *, tracked: Sequence[Tracked] = (), index: Sequence[IndexRow] = (),
        unmoved: Mapping[str, int] | None = None,
    ) -> list[Recorded]:  # fmt: skip
        """All of it or nothing, in one transaction. Facts of one stream are numbered on from the first one's `after`.

        `unmoved` names streams that are only compared: each must still be at this version (0: it must not exist), or
        nothing is written. That is how a fact rests on streams that it does not write to.

        Raises AlreadyOnRecord (after=0 and the stream exists), VersionConflict (another `after` was overtaken, or one of
        `unmoved` was), StaleWriter (the source is not at `before`), TryLater (the store is away). `facts` may be empty
        when `tracked` is given, and not when `unmoved` is.
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

    def of_persons(self, persons: Sequence[str]) -> list[IndexRow]:
        """The index rows of every source record that is held to be about one of these persons, by their ids."""
        ...

    def by_own_id(self, own: Sequence[bytes]) -> dict[bytes, IndexRow]:
        """Source records by their `own` digest (see IndexRow)."""
        ...

    def candidates(self, keys: Sequence[bytes], limit: int = 401) -> dict[bytes, dict[str, str]]:
        """Who shares a match key: by key, source record -> person, the first `limit` source records of each key.

        A key that comes with `limit` of them may have more. Rows are read by `by_source_record`, each once.
        """
        ...

    def near(self, looks: Sequence[Look], limit: int = 401, most: int = 50, few: int = 40) -> Near:
        """All that matching needs to know of these described persons, in one statement.

        A key with `limit` source records or more is crowded: no more than `limit` are read, and where it is not firm it
        is left out; so is a wide one with more than `few`. `rows` has, for each look, the `most` nearest: who shares a firm
        key first; then each person once before anybody a second time; then by how many keys they share; then by id. Of a
        look that wants the `whole`, it has besides every row of the persons who share a firm key, and of one whose row
        shares the most keys.
        """
        ...

    def index_state(self) -> IndexState:
        """How the match index was made, and its size; kept, not counted."""
        ...

    def indexed(self) -> int:
        """How many source records a match key leads to; kept, not counted."""
        ...

    def begin_index(self, version: int, rules: str) -> None:
        """Note by which key and rules the index is made from now on, where it holds nothing yet; else nothing changes."""
        ...

    def index_rows(self, after: int, limit: int) -> list[tuple[int, IndexRow]]:
        """The next `limit` rows after this number, each with its own, in the order in which they were first written."""
        ...

    def renew_index(self, rows: Iterable[Sequence[tuple[int, IndexRow]]], state: IndexState) -> None:
        """Put these rows (in their numbers' order) in the place of the whole index, made by this key and these rules.

        They are written beside it, in short transactions; the old rows are in force until all are there, and one last
        transaction changes them over. A crash before that leaves the old ones. Raises StaleWriter where the index was
        written to since `state.writes`.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


class Homes(Protocol):
    """Who was said to live with whom, as the record tells it. Folded by the one who counts, in the intake's turn."""

    def catch_up(self, record: Record, upto: int) -> None:
        """Fold the record up to this position; everything anew where it had folded more than there is."""
        ...

    def fold(self, page: Sequence[Recorded], record: Record) -> None:
        """Fold these facts; a second time changes nothing."""
        ...

    def persons_of(self, messages: Iterable[str]) -> set[str]:
        """Everybody whom these statements name, also those taken back since, and who a person said they are about."""
        ...

    def around(
        self, persons: Iterable[str], since: int | None = None,
        without: Callable[[AbstractSet[str]], AbstractSet[str]] | None = None,
    ) -> Home:  # fmt: skip
        """What is said of these persons and of everybody named with them, as far as a household reaches.

        With `since`, also through who is named by too many only since that position, so that whom it parted is found.
        `without` gives, of some statements, those that are to be as if they had never been made.
        """
        ...

    def taken_back(self, messages: Iterable[str]) -> dict[str, str]:
        """Those of these statements that do not stand: corrected, or withdrawn."""
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

    def gather(self, owners: Iterable[str]) -> None:
        """Have at hand the keys of these owners, asked for together; of who has none `find` tells, when it is asked."""
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

    def grant(self, position: int, items: Sequence[Sealed]) -> Grant:
        """Leave to open these items, once each, under the entry that the ledger holds at this position.

        Raises NotPermitted unless an entry is committed there that names them, and was not used before (a standing entry may
        be, for items of its own category).
        """
        ...

    def open(self, sealed: Sealed, grant: Grant) -> Words | None:
        """The words, if this vault gave the grant for the item; None when every key it was wrapped under is destroyed.

        Raises NotPermitted when it did not, or the item was opened under it before, KeyMissing for a missing key.
        """
        ...

    def open_all(self, items: Sequence[Sealed], grant: Grant, kind: type[T]) -> list[T | None]:
        """As `open`, of several items at once, each read as a `kind`."""
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

    def encode_expected(self, said: Expected) -> tuple[bytes, str]:
        """(bytes, ce_dataschema) of a message on expected.v1."""
        ...

    def decode_expected(self, dataschema: str, body: bytes) -> Expected:
        """The message; raises BadMessage."""
        ...

    def encode_silence(self, said: Silence) -> tuple[bytes, str]:
        """(bytes, ce_dataschema) of a silence on finding.v1."""
        ...

    def decode_silence(self, dataschema: str, body: bytes) -> Silence:
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


# ------------------------------------------------------------------------------------------ places, and NHS numbers


class Areas(Protocol):
    """The postcode directory: which small area a postcode lies in, and when it was in use. About no person."""

    def find(self, postcodes: Collection[str]) -> dict[str, Postcode]:
        """The directory's line of each of these postcodes that it has, written as `identifiers.postcode` writes them.

        Nothing for any where no directory was loaded yet. Raises TryLater.
        """
        ...


class Tracing(Protocol):
    """A national register of patients (in England the Personal Demographics Service). It never raises: "error" is said.

    Asking it is a disclosure to the NHS, and whoever asks has leave for that first. Answers: hub/domain/tracing.py.
    """

    def trace(self, who: Demographics) -> Traced:
        """Whose number it is, by these particulars; a number is in the answer only where one may be used as it is."""
        ...

    def check(self, nhs_number: str, who: Demographics) -> NumberChecked:
        """What a number is that somebody gave for a person of these particulars: also which is in use instead of it."""
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
    digest: str = ""  # of what the evidence says: another where a signal says something else under the same id


class ChildState(Struct):
    """What a consumer holds about one child."""

    signals: dict[str, Signal]
    outcomes: dict[str, Outcome]  # by rule
    timers: dict[str, datetime]  # by rule: when it will stand if nothing more is heard (aware UTC)
    kept: dict[str, bytes] = {}  # by name: whatever else a consumer keeps of it


class StateChange(Struct, frozen=True, kw_only=True):
    """What one step of a consumer changes; all of it in one transaction with the places it reached."""

    counted: tuple[tuple[int, Signal], ...] = ()  # (partition, signal): replaces the one of its child and id
    discounted: tuple[tuple[str, str], ...] = ()  # (child, signal id)
    outcomes: tuple[tuple[str, str, Outcome], ...] = ()  # (child, rule, what was published)
    timers: tuple[tuple[str, str, int, datetime | None], ...] = ()  # (child, rule, partition, when); None ends it
    kept: tuple[tuple[str, str, bytes | None], ...] = ()  # (child, name, body); None ends it
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
