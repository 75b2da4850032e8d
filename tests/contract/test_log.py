"""What every log promises, said once and held against the table in SQLite and against a real Kafka broker."""

import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.adapters.log_embedded import EmbeddedLog
from hub.domain.errors import HubError, MessageTooBig, PlaceGone, UnknownTopic
from hub.ports import Log, LogMessage, LogReader, Outgoing

Open = Callable[[], Log]


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def open_log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same log again and again, as several processes would."""
    opened: list[Log] = []

    def opener() -> Log:
        opened.append(_kafka_log(request) if request.param == "kafka" else EmbeddedLog(tmp_path / "log.db"))
        return opened[-1]

    yield opener
    for log in opened:
        log.close()


def _kafka_log(request: pytest.FixtureRequest) -> Log:
    broker = request.getfixturevalue("kafka_broker")
    from hub.adapters.log_kafka import KafkaLog

    return KafkaLog(broker.bootstrap, security="SASL_PLAINTEXT", user=broker.admin_user, password=broker.admin_password)


@pytest.fixture
def log(open_log: Open) -> Log:
    return open_log()


@pytest.fixture
def topic(log: Log) -> str:
    """A topic of one partition, as an organisation's concerns have."""
    name = f"concern.police-{secrets.token_hex(4)}.v1"
    log.create_topics({name: 1})
    return name


def said(topic: str, *words: str) -> list[Outgoing]:
    return [Outgoing(topic, None, (), word.encode()) for word in words]


def read(reader: LogReader, count: int) -> list[LogMessage]:
    found: list[LogMessage] = []
    until = time.monotonic() + 10
    while len(found) < count and time.monotonic() < until:
        found += reader.poll(count - len(found), 0.5)
    return found


def bodies(log: Log, topic: str, count: int, partition: int = 0, start: int = 0) -> list[bytes]:
    with closing(log.reader({(topic, partition): start})) as reader:
        return [message.body for message in read(reader, count)]


def test_a_message_for_a_topic_that_nobody_made_is_refused(log: Log, topic: str) -> None:
    with pytest.raises(UnknownTopic, match=r"no topic concern\.polcie\.v1"):
        log.append([*said(topic, "before"), *said("concern.polcie.v1", "mistyped")])
    assert log.end(topic, 0) == 0


@pytest.mark.parametrize("place", [("concern.nobody.v1", 0), ("made", 7)])
def test_a_partition_that_is_not_there_cannot_be_read(log: Log, topic: str, place: tuple[str, int]) -> None:
    there = (topic, place[1]) if place[0] == "made" else place
    with pytest.raises(UnknownTopic):
        log.reader({there: 0})
    with pytest.raises(UnknownTopic):
        log.end(*there)


@pytest.mark.parametrize("name", ["", "Concern.Police", "concern police", "concern_police.v1", "../log"])
def test_a_topic_name_that_would_trip_one_of_the_transports_is_refused(log: Log, name: str) -> None:
    with pytest.raises(HubError, match="lower case letters"):
        log.create_topics({name: 1})


def test_a_message_over_a_million_bytes_is_refused_before_any_of_its_batch_is_kept(log: Log, topic: str) -> None:
    with pytest.raises(MessageTooBig, match="1000001 bytes"):
        log.append([*said(topic, "small"), Outgoing(topic, None, (), b"x" * 1_000_001)])
    assert log.end(topic, 0) == 0


@pytest.mark.parametrize("place", [3, 9])
def test_a_place_beyond_the_end_stops_the_reader_because_an_older_log_was_put_back(
    log: Log, topic: str, place: int
) -> None:
    log.append(said(topic, "one", "two"))
    with closing(log.reader({(topic, 0): place})) as reader, pytest.raises(PlaceGone, match="positions"):
        read(reader, 1)


def test_messages_are_read_in_the_order_in_which_they_were_appended(log: Log, topic: str) -> None:
    log.append(said(topic, "one", "two"))
    log.append(said(topic, "three"))
    assert bodies(log, topic, 3) == [b"one", b"two", b"three"]


def test_append_gives_each_message_its_place_and_time(log: Log, topic: str) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=2)
    places = log.append(said(topic, "one", "two")) + log.append(said(topic, "three"))
    assert [place[:3] for place in places] == [(topic, 0, 0), (topic, 0, 1), (topic, 0, 2)]
    times = [place.received for place in places]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= datetime.now(UTC)
    with closing(log.reader({(topic, 0): 0})) as reader:
        assert [(m.topic, m.partition, m.offset, m.received) for m in read(reader, 3)] == [tuple(p) for p in places]


def test_appending_nothing_is_nothing(log: Log) -> None:
    assert log.append([]) == []


@pytest.mark.parametrize(
    "message",
    [
        Outgoing("", None, (), b""),
        Outgoing("", b"", (), bytes(range(256))),
        Outgoing("", b"\x00\xff", (("ce_id", b"7"), ("ce_source", b""), ("ce_id", b"again")), b"\x00"),
        Outgoing("", b"key", (("traceparent", b"\xff\xfe"), ("ce_späť", b"1")), "šípka".encode()),
        Outgoing("", None, (), secrets.token_bytes(200_000)),
        Outgoing("", None, (), b"x" * 999_000),
    ],
    ids=["empty", "every byte", "headers in order and twice", "not ASCII", "200 kB", "nearly the limit"],
)
def test_key_headers_and_body_come_back_as_they_were(log: Log, topic: str, message: Outgoing) -> None:
    log.append([Outgoing(topic, message.key, message.headers, message.body)])
    with closing(log.reader({(topic, 0): 0})) as reader:
        (found,) = read(reader, 1)
    assert (found.key, found.headers, found.body) == (message.key, message.headers, message.body)


def test_a_message_shows_its_place_and_never_its_words(log: Log, topic: str) -> None:
    log.append(said(topic, "the child's own words"))
    with closing(log.reader({(topic, 0): 0})) as reader:
        assert repr(read(reader, 1)) == f"[<message {topic}/0/0>]"


def test_making_a_topic_again_changes_nothing(log: Log, topic: str) -> None:
    log.append(said(topic, "kept"))
    log.create_topics({topic: 1})
    log.create_topics({topic: 5})
    assert log.topics(topic) == {topic: 1}
    assert bodies(log, topic, 1) == [b"kept"]


def test_topics_are_listed_by_prefix_also_when_another_process_made_them(open_log: Open) -> None:
    mine, theirs = open_log(), open_log()
    prefix = f"concern.{secrets.token_hex(4)}"
    mine.create_topics({f"{prefix}-a.v1": 1})
    assert theirs.topics(prefix) == {f"{prefix}-a.v1": 1}
    mine.create_topics({f"{prefix}-b.v1": 2})
    assert theirs.topics(prefix) == {f"{prefix}-a.v1": 1, f"{prefix}-b.v1": 2}
    theirs.append(said(f"{prefix}-b.v1", "to the new one"))
    assert bodies(mine, f"{prefix}-b.v1", 1) == [b"to the new one"]


def test_a_reader_starts_at_its_offset_and_goes_where_it_is_sent(log: Log, topic: str) -> None:
    log.append(said(topic, "zero", "one", "two", "three"))
    with closing(log.reader({(topic, 0): 2})) as reader:
        assert [message.body for message in read(reader, 2)] == [b"two", b"three"]
        reader.seek(topic, 0, 1)
        assert [message.offset for message in read(reader, 3)] == [1, 2, 3]
        with pytest.raises(HubError, match="not opened for"):
            reader.seek("signal.v1", 0, 0)


def test_poll_gives_no_more_than_it_was_asked_for(log: Log, topic: str) -> None:
    log.append(said(topic, *"abcdefg"))
    with closing(log.reader({(topic, 0): 0})) as reader:
        assert len(read(reader, 1)) == 1
        assert b"".join(message.body for message in reader.poll(3, 5)) == b"bcd"
        assert b"".join(message.body for message in reader.poll(100, 5)) == b"efg"


def test_poll_of_nothing_returns_when_its_time_is_up(log: Log, topic: str) -> None:
    with closing(log.reader({(topic, 0): 0})) as reader:
        reader.poll(10, 0)
        started = time.monotonic()
        assert reader.poll(10, 0.3) == []
        assert 0.25 < time.monotonic() - started < 2


def test_two_readers_do_not_disturb_each_other(log: Log, topic: str) -> None:
    log.append(said(topic, "one", "two"))
    with closing(log.reader({(topic, 0): 0})) as first, closing(log.reader({(topic, 0): 0})) as second:
        assert [message.body for message in read(first, 2)] == [b"one", b"two"]
        assert [message.body for message in read(second, 2)] == [b"one", b"two"]


def test_one_reader_reads_many_partitions_each_in_order(log: Log, topic: str) -> None:
    other = topic.replace("police", "health")
    log.create_topics({other: 2})
    log.append(said(topic, "p0", "p1"))
    log.append([Outgoing(other, bytes([n % 7]), (), str(n).encode()) for n in range(40)])
    start = {(topic, 0): 1, (other, 0): 0, (other, 1): 0}
    with closing(log.reader(start)) as reader:
        found = read(reader, 41)
    for place, first in start.items():
        offsets = [message.offset for message in found if (message.topic, message.partition) == place]
        assert offsets == list(range(first, log.end(*place)))
    assert len(found) == 41


def test_a_key_goes_to_the_partition_that_every_kafka_client_of_java_family_would_choose(log: Log) -> None:
    topic = f"signal-{secrets.token_hex(4)}.v1"
    log.create_topics({topic: 12})
    keys = [b"21", b"foobar", b"a-little-bit-long-string", b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", b"abc"]
    hashes = [-973932308, -790332482, -985981536, -58897971, 479470107]  # Apache Kafka, UtilsTest.testMurmur2
    places = log.append([Outgoing(topic, key, (), b"") for key in keys])
    assert [place.partition for place in places] == [(each & 0x7FFFFFFF) % 12 for each in hashes]
    assert {place.partition for place in log.append([Outgoing(topic, None, (), b"") for _ in range(20)])} == {0}


def test_end_is_where_the_next_message_will_lie(log: Log, topic: str) -> None:
    assert log.end(topic, 0) == 0
    log.append(said(topic, "one", "two"))
    assert log.end(topic, 0) == 2
    assert log.append(said(topic, "three"))[0].offset == 2


def test_many_who_append_at_once_lose_nothing_and_each_keeps_its_own_order(open_log: Open, topic: str) -> None:
    logs = [open_log(), open_log()]

    def publish(who: int) -> None:
        for n in range(0, 30, 3):
            logs[who % 2].append(said(topic, *(f"{who}:{n + k}" for k in range(3))))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(publish, range(6)))
    found = [body.decode().split(":") for body in bodies(logs[0], topic, 180)]
    assert logs[0].end(topic, 0) == 180
    for who in range(6):
        assert [int(n) for sender, n in found if sender == str(who)] == list(range(30))


def test_wait_and_poll_wake_up_when_another_appends(open_log: Open, topic: str) -> None:
    mine, theirs = open_log(), open_log()
    with closing(mine.reader({(topic, 0): 0})) as reader:
        reader.poll(1, 0)
        sender = threading.Timer(0.3, theirs.append, [said(topic, "wake up")])
        sender.start()
        started = time.monotonic()
        assert [message.body for message in reader.poll(1, 10)] == [b"wake up"]
        assert time.monotonic() - started < 5
        sender.join()
        sender = threading.Timer(0.3, theirs.append, [said(topic, "again")])
        sender.start()
        found: list[LogMessage] = []
        while not found and time.monotonic() - started < 10:
            mine.wait(5)
            found = reader.poll(1, 0)
        assert [message.body for message in found] == [b"again"]
        sender.join()


def test_a_closed_log_opened_again_has_everything(open_log: Open, topic: str) -> None:
    first = open_log()
    first.append(said(topic, "before"))
    first.close()
    second = open_log()
    second.append(said(topic, "after"))
    assert bodies(second, topic, 2) == [b"before", b"after"]


# ------------------------------------------------------------------------------------------- the table in SQLite alone

PUBLISHER = """
import sys
from pathlib import Path
from hub.adapters.log_embedded import EmbeddedLog
from hub.ports import Outgoing
log = EmbeddedLog(Path(sys.argv[1]))
log.create_topics({"concern.police.v1": 1})
for n in range(100):
    log.append([Outgoing("concern.police.v1", None, (), f"{sys.argv[2]}:{n}".encode())])
log.close()
"""


def test_processes_that_start_and_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log.db"
    publishers = [subprocess.Popen([sys.executable, "-c", PUBLISHER, str(path), str(who)]) for who in range(4)]
    assert [publisher.wait(timeout=60) for publisher in publishers] == [0, 0, 0, 0]
    with closing(EmbeddedLog(path)) as log:
        found = [body.decode().split(":") for body in bodies(log, "concern.police.v1", 400)]
    assert len(found) == 400
    for who in range(4):
        assert [int(n) for sender, n in found if sender == str(who)] == list(range(100))


def test_a_clock_set_back_does_not_make_a_later_message_look_earlier(tmp_path: Path) -> None:
    ticks = iter([5_000, 3_000, 7_000])
    with closing(EmbeddedLog(tmp_path / "log.db", now_ms=lambda: next(ticks))) as log:
        log.create_topics({"a": 1})
        times = [log.append(said("a", word))[0].received.timestamp() for word in ("one", "two", "three")]
    assert times == [5.0, 5.0, 7.0]


def test_a_message_removed_before_it_was_read_stops_the_reader(tmp_path: Path) -> None:
    import sqlite3

    with closing(EmbeddedLog(tmp_path / "log.db")) as log, closing(sqlite3.connect(tmp_path / "log.db")) as outside:
        log.create_topics({"a": 1})
        log.append(said("a", "one", "two", "three"))
        with pytest.raises(sqlite3.IntegrityError, match="never edited"):
            outside.execute("UPDATE message SET body = x'00'")
        outside.execute("DELETE FROM message WHERE place & 1 = 0")
        outside.commit()
        with closing(log.reader({("a", 0): 0})) as reader, pytest.raises(PlaceGone, match="a/0/0"):
            reader.poll(10, 0)


def test_the_log_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with closing(EmbeddedLog(tmp_path / "log.db")) as log:
        log.create_topics({"a": 1})
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_process_that_comes_and_goes_takes_nothing_from_one_that_stays(tmp_path: Path) -> None:
    """Opening the log again, from a new thread say, must not drop the locks that keep its write-ahead log in place."""
    path = tmp_path / "log.db"
    stays, again = EmbeddedLog(path), EmbeddedLog(path)
    code = (
        "import sys; from pathlib import Path; from hub.adapters.log_embedded import EmbeddedLog; "
        "log = EmbeddedLog(Path(sys.argv[1])); print(log.end('concern.police.v1', 0)); log.close()"
    )
    visit = [sys.executable, "-c", code, str(path)]
    try:
        stays.create_topics({"concern.police.v1": 1})
        stays.append([Outgoing("concern.police.v1", None, (), b"first")])
        with closing(EmbeddedLog(path)):
            pass
        assert subprocess.run(visit, check=True, capture_output=True, text=True).stdout == "1\n"
        stays.append([Outgoing("concern.police.v1", None, (), b"second")])
        assert subprocess.run(visit, check=True, capture_output=True, text=True).stdout == "2\n"
    finally:
        stays.close()
        again.close()
