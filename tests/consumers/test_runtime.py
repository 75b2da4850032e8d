"""The loop of every consumer: read, handle, publish, commit last; loud when something is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from consumers.runtime import BadSequence, Runner, Work, sequence_of, unseen
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.tables import ConsumerTables, Tables
from hub.domain.errors import TryLater
from hub.ports import LogMessage, Outgoing, Reached, StateChange
from tests.consumers.parts import Clock
from tests.support.signals import NOON


class Echo:
    """Publishes the sequence of each message that it gets; stops, or fails, when it is told to."""

    def __init__(self, stop: Event | None = None, failures: Sequence[Exception] = ()) -> None:
        self.stop = stop
        self.failures = list(failures)
        self.handled: list[int] = []

    def handle(self, messages: Sequence[LogMessage]) -> Work:
        if self.failures:
            raise self.failures.pop(0)
        numbers = [sequence_of(one) for one in messages]
        self.handled += numbers
        if self.stop:
            self.stop.set()
        return Work(outgoing=tuple(Outgoing("out", None, (), str(number).encode()) for number in numbers))

    def elapse(self, now: datetime, reached: Mapping[int, Reached]) -> Work | None:
        assert now.tzinfo
        assert reached
        return None


def message(offset: int, sequence: str | None, partition: int = 0) -> LogMessage:
    headers = () if sequence is None else (("ce_sequence", sequence.encode()),)
    return LogMessage("in", partition, offset, NOON, None, headers, b"")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    made = EmbeddedLog(tmp_path / "log.db")
    made.create_topics({"in": 1, "out": 1})
    yield made
    made.close()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[ConsumerTables]:
    made = ConsumerTables(Tables(f"sqlite:///{tmp_path / 'echo.db'}"))
    yield made
    made.close()


def put(log: EmbeddedLog, *sequences: int) -> None:
    log.append([Outgoing("in", b"k", (("ce_sequence", str(number).encode()),), b"") for number in sequences])


def out(log: EmbeddedLog) -> list[bytes]:
    reader = log.reader({("out", 0): 0})
    found = [one.body for one in reader.poll(100, 0)]
    reader.close()
    return found


@pytest.mark.parametrize("sequence", [None, "", "x", "-1", "²"])
def test_a_message_of_ours_without_a_usable_sequence_stops_the_consumer(sequence: str | None) -> None:
    with pytest.raises(BadSequence, match="in/0/7"):
        unseen([message(7, sequence)], {0: Reached(0, 0)})


def test_a_log_that_ends_before_our_place_is_refused(log: EmbeddedLog, state: ConsumerTables) -> None:
    state.save(StateChange(reached=((0, Reached(0, 0), Reached(90, 9)),)))
    with pytest.raises(BadSequence, match="in/0 ends before 9"):
        Runner(Echo(), topic="in", log=log, state=state, clock=Clock(NOON)).open()


def test_repeats_are_known_by_the_hubs_position_in_each_partition() -> None:
    batch = [message(0, "10"), message(1, "20"), message(2, "10"), message(0, "15", 1), message(3, "30")]
    fresh, after = unseen(batch, {0: Reached(0, 0), 1: Reached(15, 0)})
    assert [sequence_of(one) for one in fresh] == [10, 20, 30]
    assert after == {0: Reached(30, 4), 1: Reached(15, 1)}


def test_an_unexpected_error_escapes_and_nothing_is_committed(log: EmbeddedLog, state: ConsumerTables) -> None:
    put(log, 10)
    step = Echo(failures=[ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        Runner(step, topic="in", log=log, state=state, clock=Clock(NOON)).run(Event())
    assert state.reached([0]) == {0: Reached(0, 0)}
    assert out(log) == []


def test_while_the_store_is_away_the_place_is_kept(
    log: EmbeddedLog, state: ConsumerTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.runtime.PAUSE", 0.01)
    put(log, 10, 20)
    stop = Event()
    step = Echo(stop, failures=[TryLater("the store is away"), TryLater("still")])
    Runner(step, topic="in", log=log, state=state, clock=Clock(NOON)).run(stop)
    assert step.handled == [10, 20]
    assert state.reached([0]) == {0: Reached(20, 2)}
    assert out(log) == [b"10", b"20"]


def test_a_consumer_starts_again_where_it_was(log: EmbeddedLog, state: ConsumerTables) -> None:
    for numbers in ((10, 20), (20, 30)):
        put(log, *numbers)
        stop = Event()
        step = Echo(stop)
        worker = Thread(target=Runner(step, topic="in", log=log, state=state, clock=Clock(NOON)).run, args=(stop,))
        worker.start()
        worker.join(10)
        assert not worker.is_alive()
    assert out(log) == [b"10", b"20", b"30"]
    assert state.reached([0]) == {0: Reached(30, 4)}
