"""The record and the ledger: numbered facts, only ever added to, each closed under the key of its stream's owner.

All of an append is written or none of it: facts, the source's position and the match index. What was stored never
changes, so proofs hold; it opens only in the place it was written to (stream, version and stored name are bound in).
`record_sqlite.py` and `record_postgres.py` are the two stores below; these three files alone know `eventsourcing`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from os import urandom
from types import GenericAlias
from typing import Any, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import DecodeError, msgpack, structs

from hub.domain.errors import AlreadyOnRecord, KeyDestroyed, SealBroken, StaleWriter, UnknownFact, VersionConflict
from hub.domain.fact import Envelope, ErasedFact, Fact, NewFact, Recorded, owner_of
from hub.domain.item import Sealed
from hub.ports import IndexRow, IndexState, Keys, Look, Near, Tracked

NONCE = 12  # bytes, random: far below 2**32 facts under one key, the bound for random nonces of AES-GCM
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Row(NamedTuple):
    """A fact as it is stored: codes of the place, and closed bytes. The proof makes its leaves of these."""

    position: int
    stream: str
    version: int
    name: str
    state: bytes


class Indexed(NamedTuple):
    """A row of the match index as it is stored, with its number; `keys` and `identity` are msgpack."""

    id: int
    source_record: str
    person: str
    organisation: str
    own: bytes | None
    keys: bytes
    identity: bytes


class NearRow(NamedTuple):
    """A line of the answer to `Store.near`.

    Whom an own id leads to (`ns` None, the row whole); whoever shares keys with a look (`ns`: their numbers among those
    asked for; `keys` and `identity` only of the nearest); a key that is crowded (`source_record` None, `ns` its number);
    or, with no number in `ns`, a person whose rows all are there (`source_record` None) and a row that is of one.
    """

    ns: Any  # numbers, as text with commas between, or None
    source_record: Any
    person: Any
    organisation: Any
    own: Any
    keys: Any
    identity: Any


IS_FIRM, IS_WHOLE, IS_WIDE = 1, 2, 4  # of a key that is asked for, in `AskedFor.looks`


class AskedFor(NamedTuple):
    """Looks laid out in columns, as a statement takes them: `looks` holds, for each key, its look eight times, plus IS_WIDE,
    IS_WHOLE and IS_FIRM where it is so.
    """

    own_looks: list[int]
    owns: list[bytes]
    looks: list[int]
    keys: list[bytes]


class IndexChange(NamedTuple):
    """What one append changes in the match index; pairs in key order, because neighbours share a page."""

    rows: list[tuple[int, str, str, str, bytes | None]]  # number, source record, person, organisation, own
    identities: list[tuple[int, bytes, bytes]]  # number, keys, identity
    retired: list[tuple[bytes, int]]
    added: list[tuple[bytes, int]]
    more: int  # source records that a key leads to now and none led to before, less those of which the reverse is so


class Batch:
    """One append on its way to a store, which calls `rows` inside its transaction, once it holds the write lock."""

    def __init__(
        self,
        facts: Sequence[NewFact],
        tracked: Sequence[Tracked],
        index: Sequence[IndexRow],
        close: Callable[[Sequence[tuple[str, int, Envelope, Fact]]], list[bytes]],
        floor: int,
        unmoved: Mapping[str, int] | None = None,
    ) -> None:
        self.tracked = tracked
        self.index = {row.source_record: row for row in index}
        self.streams: dict[str, int] = {}  # stream that is written to -> the version that it must be at
        self.unmoved = dict(unmoved or {})  # the same of streams that are only compared
        self._close = close
        self._placed: list[tuple[str, int, Envelope, Fact]] = []
        versions: dict[str, int] = {}
        for new in facts:
            after = versions.get(new.stream)
            if after is None:
                after = self.streams[new.stream] = new.after
            versions[new.stream] = after + 1
            self._placed.append((new.stream, after + 1, new.envelope, new.fact))
        self._clamp(floor)
        self._states = close(self._placed)  # before the transaction opens: nobody waits for our cryptography

    def _clamp(self, floor: int) -> bool:
        """Lift each `known_at` that lies before the fact before it; says whether any had to be."""
        latest = _moment(floor)
        lifted = False
        for place, (stream, version, envelope, fact) in enumerate(self._placed):
            if envelope.known_at < latest:
                self._placed[place] = (stream, version, structs.replace(envelope, known_at=latest), fact)
                lifted = True
            else:
                latest = envelope.known_at
        self.known_at = _microseconds(latest)
        return lifted

    def rows(self, floor: int, position: int) -> list[Row]:
        """The rows to store, numbered on from `position`; closed again if another writer's clock was ahead of ours."""
        if self._clamp(floor):
            self._states = self._close(self._placed)
        return [
            Row(number, stream, version, fact.NAME, state)
            for number, ((stream, version, _, fact), state) in enumerate(
                zip(self._placed, self._states, strict=True), position + 1
            )
        ]

    def recorded(self, position: int) -> list[Recorded]:
        """What the record now holds, numbered on from `position`."""
        return [
            Recorded(stream, version, number, envelope, fact)
            for number, (stream, version, envelope, fact) in enumerate(self._placed, position + 1)
        ]

    def index_change(self, held: Iterable[tuple[str, int, bytes]], newest: int) -> IndexChange:
        """What to write: given the (source record, number, stored keys) that are there, and the newest number given."""
        before = {source_record: (number, _decode_keys(keys)) for source_record, number, keys in held}
        change = IndexChange([], [], [], [], 0)
        more = 0
        for source_record, row in self.index.items():
            number, had = before.get(source_record, (0, ()))
            if not number:
                number = newest = newest + 1
            change.rows.append((number, source_record, row.person, row.organisation, row.own))
            change.identities.append((number, _encode_part(row.keys), _encode_part(row.identity)))
            change.retired.extend((key, number) for key in set(had).difference(row.keys))
            change.added.extend((key, number) for key in set(row.keys).difference(had))
            more += bool(row.keys) - bool(had)
        change.retired.sort()
        change.added.sort()
        return change._replace(more=more)

    @property
    def compared(self) -> list[str]:
        """The streams whose newest version `check` asks for."""
        return list({**self.streams, **self.unmoved})

    def check(self, heads: Mapping[str, int]) -> None:
        """Refuse the batch unless each stream is at the version that its writer saw (`heads`: 0 where unknown)."""
        for stream, seen in self.unmoved.items():
            if heads.get(stream, 0) != seen:
                raise VersionConflict(f"{stream} moved on from version {seen}: read it again and decide again")
        for stream, after in self.streams.items():
            head = heads.get(stream, 0)
            if after == 0 and head:
                raise AlreadyOnRecord(f"{stream} is on the record already: nothing of this batch was written")
            if after != head:
                raise VersionConflict(f"{stream} is at version {head}, not {after}: fold it again and decide again")


class Store(Protocol):
    """What the record needs from a database. Times are whole microseconds since 1970, UTC."""

    def write(self, batch: Batch) -> int:
        """All of the batch in one transaction; the position before its first fact. Raises as `Record.append`."""
        ...

    def stream(self, stream: str, upto: int | None) -> list[Row]:
        """A stream's rows in order, up to and including version `upto`."""
        ...

    def page(self, after: int, limit: int, names: Sequence[str], upto: int | None) -> list[Row]:
        """Rows after a position, as `Record.read`."""
        ...

    def position(self) -> int:
        """The newest position; 0 when empty."""
        ...

    def position_at(self, known_at: int) -> int:
        """The last position of the batches known by then; 0 before the first."""
        ...

    def known_at(self, position: int) -> int:
        """When the batch that holds this position was known."""
        ...

    def tracked(self, source: str) -> int:
        """The position of a source; -1 when never read."""
        ...

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of the streams that exists."""
        ...

    def indexed(self, source_records: Sequence[str]) -> list[Indexed]:
        """Rows of these source records."""
        ...

    def indexed_of(self, persons: Sequence[str]) -> list[Indexed]:
        """Rows of these persons' source records."""
        ...

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        ...

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """(key, source record, person) of whoever shares a key: the `limit` of each key that were written first."""
        ...

    def near(self, asked: AskedFor, limit: int, most: int, few: int) -> list[NearRow]:
        """The answer to `Record.near`, in one statement."""
        ...

    def index_state(self) -> IndexState:
        """As `Record.index_state`."""
        ...

    def begin_index(self, version: int, rules: str) -> None:
        """As `Record.begin_index`."""
        ...

    def index_page(self, after: int, limit: int) -> list[Indexed]:
        """As `Record.index_rows`, closed."""
        ...

    def renew_index(self, batches: Iterable[list[Indexed]], state: IndexState) -> None:
        """As `Record.renew_index`."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class StoredRecord:
    """`hub.ports.Record` on a store. One writer at a time; as many readers, threads and processes as wanted.

    `known_at` never goes back: a fact whose clock was behind the newest one on this record is given that newest time.
    A key is made when the stream of its owner is opened (and the partnership's with the first fact), never later: a
    key that has since gone missing stops reader and writer with KeyMissing and is not quietly made anew.
    """

    def __init__(self, store: Store, keys: Keys, facts: Mapping[str, type[Fact]]) -> None:
        self._store = store
        self._keys = keys
        self._facts = facts
        self._floor = 0
        self._decoders: dict[str, msgpack.Decoder[tuple[Envelope, Any]]] = {}
        self._encode = msgpack.Encoder().encode
        if self.position() == 0:
            keys.make([owner_of("")])

    def append(
        self, facts: Sequence[NewFact], *, tracked: Sequence[Tracked] = (), index: Sequence[IndexRow] = (),
        unmoved: Mapping[str, int] | None = None,
    ) -> list[Recorded]:  # fmt: skip
        """As `hub.ports.Record.append`. Raises KeyDestroyed too: nothing more is written about an erased person."""
        for new in facts:
            if self._facts.get(new.fact.NAME) is not type(new.fact):
                raise UnknownFact(f"{new.fact.NAME} is not in hub/domain/stored.py: register it before storing it")
        for moved in tracked:
            if moved.after <= moved.before:  # an old batch, come again
                raise StaleWriter(f"{moved.source} only moves forward, not from {moved.before} to {moved.after}")
        if unmoved and not facts:
            raise ValueError("streams are compared for facts that rest on them: there are none")
        if not facts and not tracked and not index:
            return []
        self._keys.make({new.stream for new in facts if new.after == 0 and new.stream == owner_of(new.stream)})
        batch = Batch(facts, tracked, index, self._close, self._floor, unmoved)
        position = self._store.write(batch)
        self._floor = max(self._floor, batch.known_at)
        return batch.recorded(position)

    def load(self, stream: str, upto: int | None = None) -> list[Recorded]:
        """As `hub.ports.Record.load`; a fact whose key was destroyed comes as `ErasedFact`."""
        return [self._open(row) for row in self._store.stream(stream, upto)]

    def read(self, after: int, limit: int, names: Sequence[str] = (), upto: int | None = None) -> list[Recorded]:
        """As `hub.ports.Record.read`; a fact whose key was destroyed comes as `ErasedFact`."""
        return [self._open(row) for row in self._store.page(after, limit, names, upto)]

    def rows(self, after: int, limit: int) -> list[Row]:
        """Facts as stored, closed, in position order: what proof and backup checks are made from."""
        return self._store.page(after, limit, (), None)

    def position(self) -> int:
        """The newest position; 0 when empty."""
        return self._store.position()

    def position_at(self, moment: datetime) -> int:
        """The last position that the hub knew by an aware moment; 0 before the first. As-of is asked by position."""
        return self._store.position_at(_microseconds(moment))

    def tracked(self, source: str) -> int:
        """The position of a source; -1 when never read."""
        return self._store.tracked(source)

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each of these streams that exists; one query."""
        return self._store.versions(streams) if streams else {}

    def by_source_record(self, source_records: Sequence[str]) -> dict[str, IndexRow]:
        """The index rows of these source records: which person each is held to be about."""
        rows = self._store.indexed(source_records) if source_records else []
        return {row.source_record: _index_row(row) for row in rows}

    def of_persons(self, persons: Sequence[str]) -> list[IndexRow]:
        """As `hub.ports.Record.of_persons`."""
        rows = self._store.indexed_of(list(set(persons))) if persons else []
        return sorted((_index_row(row) for row in rows), key=lambda row: row.source_record)

    def by_own_id(self, own: Sequence[bytes]) -> dict[bytes, IndexRow]:
        """As `hub.ports.Record.by_own_id`."""
        rows = [_index_row(row) for row in self._store.indexed_by_own(list(set(own)))] if own else []
        return {row.own: row for row in rows if row.own is not None}

    def candidates(self, keys: Sequence[bytes], limit: int = 401) -> dict[bytes, dict[str, str]]:
        """As `hub.ports.Record.candidates`: ids only, so that a source record under many keys is read once, by id."""
        shared: dict[bytes, dict[str, str]] = {}
        for key, source_record, person in self._store.sharing(list(set(keys)), limit) if keys else []:
            shared.setdefault(key, {})[source_record] = person
        return shared

    def near(self, looks: Sequence[Look], limit: int = 401, most: int = 50, few: int = 40) -> Near:
        """As `hub.ports.Record.near`."""
        asked = asked_for(looks)
        near = Near({}, {}, set(), set(), {}, set())
        if not asked.owns and not asked.keys:
            return near
        sharing: dict[object, list[dict[str, str]]] = {}  # by numbers: many rows share the very same keys
        for line in self._store.near(asked, limit, most, few):
            ns, source_record, person, _, own, _, identity = line
            if ns is None:
                near.own[own] = _index_row(line)
            elif source_record is None:
                for n in _numbers(ns):
                    (near.common if asked.looks[n] & IS_WIDE else near.crowded).add(asked.keys[n])
                if not ns:
                    near.whole.add(person)
            else:
                shared = sharing.get(ns)
                if shared is None:
                    shared = sharing[ns] = [near.sharing.setdefault(asked.keys[n], {}) for n in _numbers(ns)]
                for each in shared:
                    each[source_record] = person
                if identity is not None:
                    near.rows[source_record] = _index_row(line)
        return near

    def index_state(self) -> IndexState:
        """As `hub.ports.Record.index_state`."""
        return self._store.index_state()

    def indexed(self) -> int:
        """As `hub.ports.Record.indexed`."""
        return self._store.index_state().indexed

    def begin_index(self, version: int, rules: str) -> None:
        """As `hub.ports.Record.begin_index`."""
        self._store.begin_index(version, rules)

    def index_rows(self, after: int, limit: int) -> list[tuple[int, IndexRow]]:
        """As `hub.ports.Record.index_rows`."""
        return [(row.id, _index_row(row)) for row in self._store.index_page(after, limit)]

    def renew_index(self, rows: Iterable[Sequence[tuple[int, IndexRow]]], state: IndexState) -> None:
        """As `hub.ports.Record.renew_index`."""
        self._store.renew_index(([_indexed(number, row) for number, row in some] for some in rows), state)

    def close(self) -> None:
        """Let go of the database; the keys are closed by whoever opened them."""
        self._store.close()

    def _close(self, placed: Sequence[tuple[str, int, Envelope, Fact]]) -> list[bytes]:
        """Each fact and its envelope, closed under its stream owner's key and bound to its place."""
        find, encode = self._keys.find, self._encode
        noise = urandom(NONCE * len(placed))
        states = []
        for start, (stream, version, envelope, fact) in zip(range(0, len(noise), NONCE), placed, strict=True):
            nonce = noise[start : start + NONCE]
            box = _cipher(find(owner_of(stream))).encrypt(
                nonce, encode((envelope, fact)), f"{stream}\n{version}\n{fact.NAME}".encode()
            )
            states.append(nonce + box)
        return states

    def _open(self, row: Row) -> Recorded:
        decoder = self._decoder(row)
        try:
            key = self._keys.find(owner_of(row.stream))
        except KeyDestroyed as tombstone:
            known_at = _moment(self._store.known_at(row.position))
            left = ErasedFact(name=row.name, erasure=str(tombstone))
            return Recorded(row.stream, row.version, row.position, Envelope(known_at, known_at, "", "", "", ""), left)
        bound = f"{row.stream}\n{row.version}\n{row.name}".encode()
        place = f"position {row.position} ({row.stream}@{row.version}, {row.name})"
        try:
            plain = _cipher(key).decrypt(row.state[:NONCE], row.state[NONCE:], bound)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{place} does not open in this place: stop, and verify the record") from error
        try:
            envelope, fact = decoder.decode(plain)
        except DecodeError:  # its text may quote a value: it goes no further
            raise UnknownFact(f"{place} does not read as today's class of that name: stop") from None
        return Recorded(row.stream, row.version, row.position, envelope, fact)

    def _decoder(self, row: Row) -> "msgpack.Decoder[tuple[Envelope, Any]]":
        decoder = self._decoders.get(row.name)
        if decoder is None:
            kind = self._facts.get(row.name)
            if kind is None:
                raise UnknownFact(f"position {row.position} holds {row.name}, which this code does not know: stop")
            decoder = self._decoders[row.name] = msgpack.Decoder(GenericAlias(tuple, (Envelope, kind)))
        return decoder


def stale(tracked: Tracked) -> StaleWriter:
    """The refusal of a batch whose source another writer has moved on."""
    return StaleWriter(f"{tracked.source} is not at {tracked.before}: another writer moved it; load again")


def own_id_taken() -> VersionConflict:
    """The refusal of a second source record for one own id of one organisation."""
    return VersionConflict("another source record was just opened for an own id of this batch: match again")


@lru_cache(maxsize=8192)
def _cipher(key: bytes) -> AESGCM:
    """Asked for by key, not by owner, so that destroying an owner's key takes effect here at once."""
    return AESGCM(key)


def _moment(microseconds: int) -> datetime:
    return EPOCH + MICROSECOND * microseconds


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


_encode_part = msgpack.Encoder().encode
_decode_keys = msgpack.Decoder(tuple[bytes, ...]).decode
_decode_sealed = msgpack.Decoder(Sealed).decode


def keys_of_row(row: Indexed) -> tuple[bytes, ...]:
    """The match keys of a stored row."""
    return _decode_keys(row.keys)


def written_meanwhile() -> StaleWriter:
    """The refusal of a new index that does not hold what was written while it was being made."""
    return StaleWriter("the match index was written to while it was being made anew: stop the intake, and start again")


def asked_for(looks: Sequence[Look]) -> AskedFor:
    """Looks in columns, for one statement."""
    asked = AskedFor([], [], [], [])
    for number, look in enumerate(looks):
        for own in look.own:
            asked.own_looks.append(number)
            asked.owns.append(own)
        for key in look.keys:
            asked.looks.append(
                8 * number + IS_WIDE * (key in look.wide) + IS_WHOLE * look.whole + IS_FIRM * (key in look.firm)
            )
            asked.keys.append(key)
    return asked


def _numbers(ns: str) -> Iterable[int]:
    return map(int, ns.split(",")) if ns else ()


def _indexed(number: int, row: IndexRow) -> Indexed:
    keys, identity = _encode_part(row.keys), _encode_part(row.identity)
    return Indexed(number, row.source_record, row.person, row.organisation, row.own, keys, identity)


def _index_row(row: Any) -> IndexRow:
    """Of an `Indexed` or a whole `NearRow`."""
    return IndexRow(
        source_record=row.source_record,
        person=row.person,
        organisation=row.organisation,
        own=row.own,
        keys=_decode_keys(row.keys),
        identity=_decode_sealed(row.identity),
    )
