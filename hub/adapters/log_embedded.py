"""The log as a table in SQLite, for one machine: any number of processes and threads append and read at once.

What `append` returned is on disk. Offsets in a partition have no gaps, and their `received` times never go back.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hub.adapters.log_rules import check_size, check_topic_name, moment_of, partition_of
from hub.domain.errors import HubError, PlaceGone, TryLater, UnknownTopic
from hub.ports import LogMessage, Outgoing, Place

# A lane is one partition of one topic. A message's rowid is its lane's number above its offset, so that appending and
# reading on are a walk along one b-tree, and the offset needs no index of its own.
SCHEMA = """
CREATE TABLE IF NOT EXISTS lane (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    "end" INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, partition)) STRICT;
CREATE TABLE IF NOT EXISTS message (
    place INTEGER PRIMARY KEY, received INTEGER NOT NULL, key BLOB, headers BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS message_is_never_edited BEFORE UPDATE ON message
    BEGIN SELECT RAISE(ABORT, 'a message of the log is never edited'); END;
CREATE VIEW IF NOT EXISTS readable AS
    SELECT topic, partition, place - (id << 40) AS "offset", message.received, key, headers, body
    FROM message JOIN lane ON id = place >> 40;
"""
OFFSET_BITS = 40
GLANCE = 0.008  # seconds between two looks for what another process appended

_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...])
_bells: dict[str, threading.Condition] = {}  # one for each file: rung by appends of this process


class EmbeddedLog:
    """A log in the file `path`, made when missing. One object serves all threads of a process.

    `now_ms` gives the append time in milliseconds since 1970; it is the log's own clock, as a broker has one.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int] | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self._bell = _bells.setdefault(str(path.resolve()), threading.Condition())
        self._writing = threading.Lock()  # writers of this process queue here, fairly, instead of sleeping in SQLite
        self._looking = threading.Lock()
        self._seen = threading.local()
        self._lanes: dict[tuple[str, int], int] = {}
        self._partitions: dict[str, int] = {}
        self._writer = _connect(path)
        _make_tables(self._writer)
        self._looker = _connect(path)

    def create_topics(self, topics: Mapping[str, int]) -> None:
        """Make these topics where they are missing; an existing topic keeps its partitions (keys would move)."""
        for topic, partitions in topics.items():
            check_topic_name(topic)
            if partitions < 1:
                raise HubError(f"a topic has one partition or more: {topic}")
        with self._transaction() as connection:
            existing = {topic for (topic,) in connection.execute("SELECT DISTINCT topic FROM lane")}
            for topic, partitions in topics.items():
                if topic not in existing:
                    lanes = [(topic, partition) for partition in range(partitions)]
                    connection.executemany("INSERT INTO lane (topic, partition) VALUES (?, ?)", lanes)

    def topics(self, prefix: str = "") -> dict[str, int]:
        """Existing topics with this prefix, and their number of partitions."""
        rows = self._look("SELECT topic, count(*) FROM lane GROUP BY topic ORDER BY topic")
        return {topic: partitions for topic, partitions in rows if topic.startswith(prefix)}

    def append(self, messages: Sequence[Outgoing]) -> list[Place]:
        """Append all or none, in one transaction, and return their places once they are on disk."""
        if not messages:
            return []
        for message in messages:
            check_size(message)
        keys = [(message.topic, partition_of(message.key, self._partitions_of(message.topic))) for message in messages]
        with self._transaction() as connection:
            now = self._now_ms()
            state = {key: self._lane_state(connection, key, now) for key in dict.fromkeys(keys)}
            places, rows = [], []
            for key, message in zip(keys, messages, strict=True):
                lane, offset, received = state[key]
                state[key] = (lane, offset + 1, received)
                places.append(Place(*key, offset, moment_of(received)))
                headers = msgspec.msgpack.encode(message.headers)
                rows.append(((lane << OFFSET_BITS) + offset, received, message.key, headers, message.body))
            connection.executemany("INSERT INTO message VALUES (?, ?, ?, ?, ?)", rows)
            ends = [(end, received, lane) for lane, end, received in state.values()]
            connection.executemany('UPDATE lane SET "end" = ?, received = ? WHERE id = ?', ends)
        with self._bell:
            self._bell.notify_all()
        return places

    def reader(self, start: Mapping[tuple[str, int], int]) -> "EmbeddedReader":
        """A reader of these partitions, each from its offset (inclusive). Raises UnknownTopic."""
        lanes = {key: self._lane(key) for key in start}
        return EmbeddedReader(_connect(self._path), lanes, dict(start), self._bell)

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next message of this partition will get."""
        rows = self._look('SELECT "end" FROM lane WHERE topic = ? AND partition = ?', topic, partition)
        if not rows:
            raise UnknownTopic(topic)
        end: int = rows[0][0]
        return end

    def wait(self, timeout: float) -> None:
        """Return when something was appended since this thread last returned from here, or after `timeout` seconds."""
        _await_change(self._bell, self._changed, timeout)

    def close(self) -> None:
        """Close it; readers are closed by who opened them."""
        with self._writing, self._looking:
            self._writer.close()
            self._looker.close()

    def _changed(self) -> bool:
        (version,) = self._look("PRAGMA data_version")[0]
        seen = getattr(self._seen, "version", None)
        self._seen.version = version
        return bool(version != seen)

    def _look(self, question: str, *values: object) -> list[Any]:
        with self._looking, _told_clearly(self._path):
            return self._looker.execute(question, values).fetchall()

    def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            self._partitions = self.topics()
        if topic not in self._partitions:
            raise UnknownTopic(topic)
        return self._partitions[topic]

    def _lane(self, key: tuple[str, int]) -> int:
        if key not in self._lanes:
            rows = self._look("SELECT topic, partition, id FROM lane")
            self._lanes = {(topic, partition): lane for topic, partition, lane in rows}
        if key not in self._lanes:
            raise UnknownTopic(key[0])
        return self._lanes[key]

    def _lane_state(self, connection: sqlite3.Connection, key: tuple[str, int], now: int) -> tuple[int, int, int]:
        question = 'SELECT id, "end", received FROM lane WHERE topic = ? AND partition = ?'
        lane, end, received = connection.execute(question, key).fetchone()
        return lane, end, max(now, received)  # a clock set back must not make a later message look earlier

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, _told_clearly(self._path):
            self._writer.execute("BEGIN IMMEDIATE")  # a plain BEGIN that reads first fails at once under contention
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise


class EmbeddedReader:
    """Reads its partitions in order, each from its own place, taking turns. One thread, one reader."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lanes: dict[tuple[str, int], int],
        places: dict[tuple[str, int], int],
        bell: threading.Condition,
    ) -> None:
        self._connection = connection
        self._lanes = lanes
        self._places = places
        self._bell = bell
        self._turn = list(lanes)
        self._version = -1

    def poll(self, limit: int, timeout: float) -> list[LogMessage]:
        """Up to `limit` messages, in order within a partition; [] after `timeout` seconds of none.

        Raises PlaceGone when the log does not hold the place (an old copy of the log was put back, or messages were
        removed before they were read), TryLater when the file cannot be read now.
        """
        deadline = time.monotonic() + timeout
        while True:
            self._changed()  # before reading, so that what comes while we read is looked for again
            found = self._read(limit)
            if found or not self._lanes:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            _await_change(self._bell, self._changed, left)

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition next from `offset` (inclusive); it must be one that this reader was opened for."""
        if (topic, partition) not in self._lanes:
            raise HubError(f"this reader was not opened for {topic}/{partition}")
        self._places[topic, partition] = offset

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def _changed(self) -> bool:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        before, self._version = self._version, version
        return bool(version != before)

    def _read(self, limit: int) -> list[LogMessage]:
        found: list[LogMessage] = []
        self._turn = self._turn[1:] + self._turn[:1]  # a busy partition may not starve the others
        with _told_clearly(Path("log")):
            for key in self._turn:
                found += self._read_lane(key, limit - len(found))
                if len(found) >= limit:
                    break
        return found

    def _read_lane(self, key: tuple[str, int], limit: int) -> list[LogMessage]:
        wanted = self._places[key]
        base = self._lanes[key] << OFFSET_BITS
        question = "SELECT place, received, key, headers, body FROM message WHERE place >= ? AND place < ? LIMIT ?"
        rows = self._connection.execute(question, (base + wanted, base + (1 << OFFSET_BITS), limit)).fetchall()
        if (rows[0][0] - base if rows else wanted) != wanted or (not rows and self._past_the_end(key, wanted)):
            raise PlaceGone(
                f"the log does not hold {key[0]}/{key[1]}/{wanted}: an older copy of it was put back, or messages were "
                "removed before they were read; compare the positions of log and record before going on"
            )
        messages = [
            LogMessage(*key, place - base, moment_of(received), name, _headers.decode(headers), body)
            for place, received, name, headers, body in rows
        ]
        self._places[key] = wanted + len(messages)
        return messages

    def _past_the_end(self, key: tuple[str, int], wanted: int) -> bool:
        if wanted == 0:
            return False
        ((end,),) = self._connection.execute('SELECT "end" FROM lane WHERE id = ?', (self._lanes[key],)).fetchall()
        return bool(wanted > end)


def _await_change(bell: threading.Condition, changed: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not changed():
        left = deadline - time.monotonic()
        if left <= 0:
            return
        with bell:
            bell.wait(min(left, GLANCE))


def _connect(path: Path) -> sqlite3.Connection:
    with _told_clearly(path):
        # Readable by its owner alone: bodies are sealed, but topics and times of concerns are nobody else's business.
        # Only where it is new: closing a descriptor of a database that is open drops this process's locks on it, and the
        # next process that comes and goes would then take the write-ahead log away from under this one.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("synchronous = FULL", "cache_size = -16000"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    for attempt in range(50):
        try:
            # Turning WAL on does not wait for a lock, so two processes that start together must try again.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        except sqlite3.OperationalError:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if attempt == 49:
                raise
            time.sleep(0.02)
        else:
            return


@contextlib.contextmanager
def _told_clearly(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise TryLater(f"the log file {path.name} cannot be used now: {error}; check disk space and rights") from error
    except sqlite3.ProgrammingError as error:
        raise HubError("this log was closed") from error
