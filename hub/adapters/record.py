"""The record and the ledger: numbered facts, only ever added to, each closed under the key of its stream's owner.

All of an append is written or none of it: facts, the source's position and the match index. What was stored never
changes, so proofs hold; it opens only in the place it was written to (stream, version and stored name are bound in).
`record_sqlite.py` and `record_postgres.py` are the two stores below; these three files alone know `eventsourcing`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from os import urandom
from typing import Any, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import DecodeError, msgpack, structs

from hub.domain.errors import AlreadyOnRecord, KeyDestroyed, SealBroken, StaleWriter, UnknownFact, VersionConflict
from hub.domain.fact import Envelope, ErasedFact, Fact, NewFact, Recorded, owner_of
from hub.domain.item import Sealed
from hub.ports import IndexRow, Keys, Tracked

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
    """A row of the match index as it is stored; `keys` and `identity` are msgpack."""

    source_record: str
    person: str
    organisation: str
    own: bytes | None
    keys: bytes
    identity: bytes


class Batch:
    """One append on its way to a store, which calls `rows` inside its transaction, once it holds the write lock."""

    def __init__(
        self,
        facts: Sequence[NewFact],
        tracked: Sequence[Tracked],
        index: Sequence[IndexRow],
        close: Callable[[Sequence[tuple[str, int, Envelope, Fact]]], list[bytes]],
        floor: int,
    ) -> None:
        self.tracked = tracked
        self.index = {row.source_record: _indexed(row) for row in index}
        self._match_keys = {row.source_record: frozenset(row.keys) for row in index}
        self.streams: dict[str, int] = {}  # stream -> the version that it must be at
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

    def match_keys(self) -> list[tuple[bytes, str]]:
        """The (key, source record) pairs to have in the match index, in key order: neighbours share a page."""
        return sorted((key, source_record) for source_record, keys in self._match_keys.items() for key in keys)

    def retired_keys(self, rows: Iterable[tuple[str, bytes]]) -> list[tuple[bytes, str]]:
        """The pairs to take out of it: given what each (source record, stored keys) had before."""
        return sorted(
            (key, source_record)
            for source_record, keys in rows
            for key in set(_decode_keys(keys)) - self._match_keys[source_record]
        )

    def check(self, heads: Mapping[str, int]) -> None:
        """Refuse the batch unless each stream is at the version that its writer saw (`heads`: 0 where unknown)."""
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

    def indexed_by_own(self, own: Sequence[bytes]) -> list[Indexed]:
        """Rows of these own-id digests."""
        ...

    def sharing(self, keys: Sequence[bytes], limit: int) -> list[tuple[bytes, str, str]]:
        """(key, source record, person) of whoever shares a key: the first `limit` source records of each key, in order."""
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
        self, facts: Sequence[NewFact], *, tracked: Sequence[Tracked] = (), index: Sequence[IndexRow] = ()
    ) -> list[Recorded]:
        """As `hub.ports.Record.append`. Raises KeyDestroyed too: nothing more is written about an erased person."""
        for new in facts:
            if self._facts.get(new.fact.NAME) is not type(new.fact):
                raise UnknownFact(f"{new.fact.NAME} is not in hub/domain/stored.py: register it before storing it")
        for moved in tracked:
            if moved.after <= moved.before:  # an old batch, come again
                raise StaleWriter(f"{moved.source} only moves forward, not from {moved.before} to {moved.after}")
        if not facts and not tracked and not index:
            return []
        self._keys.make({new.stream for new in facts if new.after == 0 and new.stream == owner_of(new.stream)})
        batch = Batch(facts, tracked, index, self._close, self._floor)
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
            decoder = self._decoders[row.name] = msgpack.Decoder(tuple[Envelope, kind])  # type: ignore[valid-type]
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


def _indexed(row: IndexRow) -> Indexed:
    return Indexed(
        row.source_record, row.person, row.organisation, row.own, _encode_part(row.keys), _encode_part(row.identity)
    )


def _index_row(row: Indexed) -> IndexRow:
    return IndexRow(
        source_record=row.source_record,
        person=row.person,
        organisation=row.organisation,
        own=row.own,
        keys=_decode_keys(row.keys),
        identity=_decode_sealed(row.identity),
    )
