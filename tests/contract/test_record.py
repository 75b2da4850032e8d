"""What every store of the record promises: SQLite and PostgreSQL, the same sentences."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from msgspec import structs

from hub.adapters.keys_file import FileKeys
from hub.adapters.record import StoredRecord
from hub.adapters.record_postgres import postgres_record
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.errors import (
    AlreadyOnRecord,
    KeyDestroyed,
    KeyMissing,
    SealBroken,
    StaleWriter,
    TryLater,
    UnknownFact,
    VersionConflict,
)
from hub.domain.fact import Envelope, ErasedFact, Fact, NewFact, Recorded
from hub.domain.item import Sealed
from hub.ports import IndexRow, Record, Tracked


class Heard(Fact, frozen=True, kw_only=True):
    NAME: ClassVar[str] = "test.heard"
    codes: tuple[str, ...] = ()
    day: date | None = None
    at: datetime | None = None
    words: Sealed | None = None


class Counted(Fact, frozen=True, kw_only=True):
    NAME: ClassVar[str] = "test.counted"
    signal: str


class Unregistered(Fact, frozen=True, kw_only=True):
    NAME: ClassVar[str] = "test.unregistered"


FACTS: dict[str, type[Fact]] = {Heard.NAME: Heard, Counted.NAME: Counted}
NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
ENVELOPE = Envelope(NOON, NOON - timedelta(seconds=1), "organisation:police", "concern:a@1", "journey-1", "edition-1")


def told(stream: str, after: int = 0, fact: Fact | None = None, known_at: datetime = NOON) -> NewFact:
    return NewFact(stream, after, fact or Heard(), structs.replace(ENVELOPE, known_at=known_at))


def sealed(item: str) -> Sealed:
    return Sealed(item, "identity", ("s",), (b"wrap",), b"box", "police")


def index_row(source_record: str, *keys: bytes, own: bytes | None = None, person: str = "person:p") -> IndexRow:
    return IndexRow(source_record, person, "police", own, keys, sealed(f"of {source_record}"))


def places(facts: list[Recorded]) -> list[tuple[str, int, int]]:
    return [(one.stream, one.version, one.position) for one in facts]


def open_store(
    where: str, keys: FileKeys, name: str = "record", facts: dict[str, type[Fact]] | None = None
) -> StoredRecord:
    facts = FACTS if facts is None else facts
    if where.startswith("postgresql:"):
        return postgres_record(where, keys, facts, name=name)
    return sqlite_record(Path(where) / f"{name}.db", keys, facts, name=name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that holds nothing yet: a folder, or a database's dsn."""
    return str(request.getfixturevalue("postgres_dsn")) if request.param == "postgres" else str(tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[FileKeys]:
    with closing(FileKeys(tmp_path / "keys")) as keys:
        yield keys


@pytest.fixture
def record(where: str, keys: FileKeys) -> Iterator[StoredRecord]:
    with closing(open_store(where, keys)) as record:
        yield record


def tamper(where: str, statement: str) -> None:
    """What somebody with access to the database, but not to the keys, could do."""
    if where.startswith("postgresql:"):
        with psycopg.connect(where) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(Path(where) / "record.db")) as file, file:
            file.execute(statement)


def test_the_stores_are_records(record: StoredRecord) -> None:
    promised: Record = record
    assert (promised.position(), promised.load("concern:a"), promised.read(0, 10)) == (0, [], [])


# ---------------------------------------------------------------------------------------------------- refusals first


def test_a_message_on_the_record_already_is_refused_with_everything_beside_it(record: StoredRecord) -> None:
    record.append([told("concern:a")])
    with pytest.raises(AlreadyOnRecord, match="concern:a"):
        record.append(
            [told("concern:b"), told("concern:a")],
            tracked=[Tracked("concern.police.v1/0", -1, 7)],
            index=[index_row("s", b"k" * 16)],
        )
    assert places(record.read(0, 10)) == [("concern:a", 1, 1)]
    assert record.versions(["concern:a", "concern:b"]) == {"concern:a": 1}
    assert (record.tracked("concern.police.v1/0"), record.candidates([b"k" * 16])) == (-1, {})
    assert places(record.append([told("concern:b")])) == [("concern:b", 1, 2)]


def test_an_overlapping_batch_of_a_zombie_is_refused_whole(where: str, keys: FileKeys, record: StoredRecord) -> None:
    """A stopped intake held 1..100, its successor recorded 1..50: new children have random ids, so nothing collides."""
    source = "concern.police.v1/0"
    record.append([], tracked=[Tracked(source, -1, 0)])
    keys.make(f"person:{who}-{n}" for who in ("successor", "zombie") for n in range(1, 101))
    record.append([told(f"child:successor-{n}") for n in range(1, 51)], tracked=[Tracked(source, 0, 50)])
    with closing(open_store(where, keys)) as zombie, pytest.raises(StaleWriter, match=source):
        zombie.append(
            [told(f"child:zombie-{n}") for n in range(1, 101)],
            tracked=[Tracked(source, 0, 100)],
            index=[index_row("zombie", b"z" * 16)],
        )
    assert [one.stream for one in record.read(0, 1000)] == [f"child:successor-{n}" for n in range(1, 51)]
    assert (record.tracked(source), record.candidates([b"z" * 16])) == (50, {})


def test_a_source_is_read_for_the_first_time_only_once(record: StoredRecord) -> None:
    record.append([], tracked=[Tracked("t/0", -1, 0)])
    with pytest.raises(StaleWriter):
        record.append([], tracked=[Tracked("t/0", -1, 5)])
    with pytest.raises(StaleWriter):
        record.append([], tracked=[Tracked("t/1", 3, 5)])
    assert (record.tracked("t/0"), record.tracked("t/1")) == (0, -1)


def test_several_sources_move_together_or_not_at_all(record: StoredRecord) -> None:
    record.append([], tracked=[Tracked("t/0", -1, 4), Tracked("sequence/police", -1, 17)])
    with pytest.raises(StaleWriter, match="sequence/police"):
        record.append([told("concern:a")], tracked=[Tracked("t/0", 4, 5), Tracked("sequence/police", 16, 18)])
    assert (record.tracked("t/0"), record.tracked("sequence/police"), record.position()) == (4, 17, 0)


def test_a_position_never_moves_back(record: StoredRecord) -> None:
    record.append([], tracked=[Tracked("t/0", -1, 9)])
    with pytest.raises(StaleWriter, match="only moves forward"):
        record.append([], tracked=[Tracked("t/0", 9, 9)])
    assert record.tracked("t/0") == 9


@pytest.mark.parametrize("after", [1, 3, 9])
def test_deciding_on_a_stream_that_moved_or_never_was_there_is_refused(record: StoredRecord, after: int) -> None:
    record.append([told("plan:x"), told("plan:x")])
    with pytest.raises(VersionConflict, match="plan:x is at version 2"):
        record.append([told("plan:y"), told("plan:x", after)])
    with pytest.raises(VersionConflict, match="plan:z is at version 0"):
        record.append([told("plan:z", after)])
    assert places(record.read(0, 10)) == [("plan:x", 1, 1), ("plan:x", 2, 2)]


def test_two_source_records_cannot_have_one_own_id(record: StoredRecord) -> None:
    record.append([], index=[index_row("1", own=b"o" * 16)])
    with pytest.raises(VersionConflict, match="own id"):
        record.append([told("concern:a")], index=[index_row("2", own=b"o" * 16)])
    assert record.by_own_id([b"o" * 16]) == {b"o" * 16: index_row("1", own=b"o" * 16)}
    assert record.position() == 0


def test_a_fact_that_nobody_could_read_later_is_not_written(record: StoredRecord) -> None:
    with pytest.raises(UnknownFact, match=r"stored\.py"):
        record.append([told("concern:a", fact=Unregistered())])
    with pytest.raises(UnknownFact):
        record.append([told("concern:a", fact=ErasedFact(name="test.heard", erasure="e"))])
    assert record.position() == 0


def test_a_stored_name_that_the_code_forgot_stops_the_reader(where: str, keys: FileKeys, record: StoredRecord) -> None:
    record.append([told("concern:a"), told("concern:b", fact=Counted(signal="s"))])
    with closing(open_store(where, keys, facts={Heard.NAME: Heard})) as forgetful:
        assert len(forgetful.read(0, 1)) == 1
        with pytest.raises(UnknownFact, match=r"position 2 holds test\.counted"):
            forgetful.read(0, 10)
        with pytest.raises(UnknownFact):
            forgetful.load("concern:b")


def test_a_fact_that_no_longer_fits_its_class_stops_the_reader_and_shows_nothing_of_it(
    where: str, keys: FileKeys, record: StoredRecord
) -> None:
    class Heard2(Fact, frozen=True, kw_only=True):
        NAME: ClassVar[str] = "test.heard"
        codes: int

    record.append([told("concern:a", fact=Heard(codes=("2A",)))])
    with closing(open_store(where, keys, facts={Heard.NAME: Heard2})) as changed, pytest.raises(UnknownFact) as refusal:
        changed.load("concern:a")
    assert (refusal.value.__cause__, "2A" in str(refusal.value)) == (None, False)


MOVED = {
    "to another stream": "UPDATE record_events SET originator_id='concern:z' WHERE originator_id='concern:a'",
    "to another version": "UPDATE record_events SET originator_version=5 WHERE originator_id='concern:a'",
    "to another name": "UPDATE record_events SET topic='test.counted' WHERE originator_id='concern:a'",
    "cut to nothing": "UPDATE record_events SET state=substr(state, 1, 5) WHERE originator_id='concern:a'",
    "exchanged": (
        "UPDATE record_events SET state=(SELECT b.state FROM record_events b WHERE b.originator_id='concern:b') "
        "WHERE originator_id='concern:a'"
    ),
}


@pytest.mark.parametrize("how", MOVED)
def test_a_stored_row_opens_only_in_its_own_place(where: str, record: StoredRecord, how: str) -> None:
    record.append([told("concern:a"), told("concern:b")])
    assert len(record.read(0, 10)) == 2
    tamper(where, MOVED[how])
    with pytest.raises(SealBroken, match=r"position 1 \("):
        record.read(0, 10)


def test_yesterdays_keys_beside_todays_record_stop_the_reader_and_no_child_vanishes(
    where: str, tmp_path: Path, keys: FileKeys, record: StoredRecord
) -> None:
    record.append([told("person:early")])
    with closing(sqlite3.connect(tmp_path / "keys" / "keys.db")) as file:
        file.execute("VACUUM INTO ?", (str(tmp_path / "yesterday.db"),))
    record.append([told("person:late"), told("child:late")])
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / "root.key").write_bytes((tmp_path / "keys" / "root.key").read_bytes())
    (restored / "root.key").chmod(0o600)
    (restored / "keys.db").write_bytes((tmp_path / "yesterday.db").read_bytes())
    with closing(FileKeys(restored)) as old, closing(open_store(where, old)) as reader:
        assert [one.stream for one in reader.read(0, 1)] == ["person:early"]
        with pytest.raises(KeyMissing, match="person:late"):
            reader.read(0, 10)
        with pytest.raises(KeyMissing):
            reader.append([told("person:late", 1)])
        with pytest.raises(KeyMissing):  # and no new key is made beside facts that the old one closed
            reader.append([told("alert:late:rule:1")])


def test_a_lost_partnership_key_is_missing_and_not_made_anew(
    where: str, tmp_path: Path, keys: FileKeys, record: StoredRecord
) -> None:
    record.append([told("concern:a")])
    with closing(FileKeys(tmp_path / "new")) as other, closing(open_store(where, other)) as reader:
        with pytest.raises(KeyMissing, match="partnership"):
            reader.read(0, 10)
        with pytest.raises(KeyMissing, match="partnership"):
            reader.append([told("concern:b")])


def test_nothing_more_is_written_about_an_erased_person(keys: FileKeys, record: StoredRecord) -> None:
    record.append([told("person:p")])
    keys.destroy("person:p", "erasure:e@1")
    with pytest.raises(KeyDestroyed, match="erasure:e@1"):
        record.append([told("concern:a"), told("person:p", 1)])
    assert record.position() == 1


# --------------------------------------------------------------------------------------------------- what is written


def test_what_was_written_is_read_back_to_the_microsecond(where: str, keys: FileKeys, record: StoredRecord) -> None:
    heard = Heard(codes=("2A", "NEGLECT"), day=date(2018, 4, 1), at=NOON, words=sealed("i"))
    written = record.append([told("concern:a", fact=heard), told("concern:a", fact=Counted(signal="s/1"))])
    assert written == [
        Recorded("concern:a", 1, 1, ENVELOPE, heard),
        Recorded("concern:a", 2, 2, ENVELOPE, Counted(signal="s/1")),
    ]
    with closing(open_store(where, keys)) as other:
        assert other.load("concern:a") == other.read(0, 10) == written


def test_positions_follow_the_order_of_writing_over_all_streams(record: StoredRecord) -> None:
    record.append([told("concern:a"), told("plan:p"), told("plan:p")])
    record.append([told("concern:b"), told("plan:p", 2), told("concern:b")])
    expected = [
        ("concern:a", 1, 1), ("plan:p", 1, 2), ("plan:p", 2, 3),
        ("concern:b", 1, 4), ("plan:p", 3, 5), ("concern:b", 2, 6),
    ]  # fmt: skip
    assert places(record.read(0, 100)) == expected
    assert places(record.read(2, 2)) == expected[2:4]
    assert places(record.read(1, 100, upto=4)) == expected[1:4]
    assert places(record.load("plan:p")) == [("plan:p", 1, 2), ("plan:p", 2, 3), ("plan:p", 3, 5)]
    assert places(record.load("plan:p", upto=2)) == [("plan:p", 1, 2), ("plan:p", 2, 3)]
    assert record.position() == 6
    assert record.versions(["concern:b", "plan:p", "plan:none"]) == {"concern:b": 2, "plan:p": 3}
    assert record.versions([]) == {}


def test_reading_by_stored_name_passes_over_the_rest(record: StoredRecord) -> None:
    record.append([told("concern:a"), told("concern:b", fact=Counted(signal="1")), told("concern:c")])
    record.append([told("concern:d", fact=Counted(signal="2"))])
    assert places(record.read(0, 10, [Counted.NAME])) == [("concern:b", 1, 2), ("concern:d", 1, 4)]
    assert places(record.read(2, 10, (Counted.NAME, "test.never-used"))) == [("concern:d", 1, 4)]
    assert places(record.read(0, 10, [Counted.NAME, Heard.NAME], upto=3)) == [
        ("concern:a", 1, 1), ("concern:b", 1, 2), ("concern:c", 1, 3),
    ]  # fmt: skip


def test_a_batch_that_yields_no_fact_still_moves_its_source(record: StoredRecord) -> None:
    assert record.append([], tracked=[Tracked("t/0", -1, 41)]) == []
    assert record.append([told("concern:a")], tracked=[Tracked("t/0", 41, 42)])[0].position == 1
    assert (record.tracked("t/0"), record.append([])) == (42, [])


def test_known_at_never_goes_back_even_when_another_writers_clock_was_ahead(
    where: str, keys: FileKeys, record: StoredRecord
) -> None:
    early, late = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    record.append([told("concern:a", known_at=NOON), told("concern:b", known_at=early)])
    with closing(open_store(where, keys)) as other:
        other.append([told("concern:c", known_at=late)])
    behind = record.append([told("concern:d", known_at=NOON), told("concern:e", known_at=late + timedelta(seconds=1))])
    assert [one.envelope.known_at for one in record.read(0, 10)] == [
        NOON, NOON, late, late, late + timedelta(seconds=1),
    ]  # fmt: skip
    assert record.read(3, 10) == behind
    assert {one.envelope.received for one in record.read(0, 10)} == {ENVELOPE.received}


def test_a_date_is_looked_up_to_the_last_position_known_by_then(record: StoredRecord) -> None:
    record.append([told("concern:a"), told("concern:b")])
    record.append([told("concern:c", known_at=NOON + timedelta(days=1))])
    moments = [NOON - timedelta(microseconds=1), NOON, NOON + timedelta(hours=23), NOON + timedelta(days=9)]
    assert [record.position_at(moment) for moment in moments] == [0, 2, 2, 3]


def test_an_erased_persons_facts_keep_their_place_and_name_the_erasure(keys: FileKeys, record: StoredRecord) -> None:
    record.append([told("person:p"), told("concern:a"), told("child:p", fact=Counted(signal="s"))])
    before = record.rows(0, 10)
    keys.destroy("person:p", "erasure:e@1")
    bare = Envelope(NOON, NOON, "", "", "", "")
    assert record.read(0, 10) == [
        Recorded("person:p", 1, 1, bare, ErasedFact(name="test.heard", erasure="erasure:e@1")),
        Recorded("concern:a", 1, 2, ENVELOPE, Heard()),
        Recorded("child:p", 1, 3, bare, ErasedFact(name="test.counted", erasure="erasure:e@1")),
    ]
    assert record.load("child:p") == record.read(2, 1)
    assert record.rows(0, 10) == before, "proofs are made from the stored bytes: these never change"


def test_nothing_of_a_fact_but_its_place_and_name_lies_open(where: str, record: StoredRecord) -> None:
    heard = Heard(codes=("CODE-LIES-OPEN",), words=sealed("item"))
    record.append([told("concern:a", fact=heard)], index=[index_row("s")])
    assert [(row.position, row.stream, row.version, row.name) for row in record.rows(0, 9)] == [
        (1, "concern:a", 1, "test.heard")
    ]
    assert b"CODE-LIES-OPEN" not in record.rows(0, 9)[0].state
    assert b"journey-1" not in record.rows(0, 9)[0].state


def test_record_and_ledger_lie_side_by_side_and_count_for_themselves(
    where: str, keys: FileKeys, record: StoredRecord
) -> None:
    with closing(open_store(where, keys, "ledger")) as ledger:
        record.append([told("concern:a"), told("concern:b")], tracked=[Tracked("t/0", -1, 1)])
        assert places(ledger.append([told("ask:1")])) == [("ask:1", 1, 1)]
        assert (record.position(), ledger.position(), ledger.tracked("t/0")) == (2, 1, -1)


# ---------------------------------------------------------------------------------------------------- the match index


def test_source_records_are_found_by_their_own_id_and_by_shared_keys(record: StoredRecord) -> None:
    one = index_row("1", b"a" * 16, b"b" * 16, own=b"1" * 16)
    two = index_row("2", b"b" * 16, b"c" * 16, person="person:q")
    record.append([told("concern:a")], index=[two, one])
    assert record.by_own_id([b"1" * 16, b"9" * 16, b"1" * 16]) == {b"1" * 16: one}
    assert record.candidates([b"a" * 16, b"b" * 16, b"c" * 16, b"x" * 16, b"a" * 16]) == {
        b"a" * 16: {"1": "person:p"},
        b"b" * 16: {"1": "person:p", "2": "person:q"},
        b"c" * 16: {"2": "person:q"},
    }
    assert record.by_source_record(["2", "1", "9"]) == {"1": one, "2": two}
    assert (record.by_own_id([]), record.candidates([]), record.by_source_record([])) == ({}, {}, {})


def test_a_source_records_new_row_replaces_the_one_it_had(record: StoredRecord) -> None:
    record.append([], index=[index_row("1", b"a" * 16, b"b" * 16, own=b"1" * 16)])
    moved = index_row("1", b"b" * 16, b"d" * 16, own=b"2" * 16, person="person:other")
    record.append([], index=[moved])
    assert record.candidates([b"a" * 16, b"b" * 16, b"d" * 16]) == {
        b"b" * 16: {"1": "person:other"},
        b"d" * 16: {"1": "person:other"},
    }
    assert record.by_source_record(["1"]) == {"1": moved}
    assert record.by_own_id([b"1" * 16, b"2" * 16]) == {b"2" * 16: moved}


def test_of_a_key_that_many_share_no_more_come_than_are_asked_for(record: StoredRecord) -> None:
    record.append([], index=[index_row(f"{n}", b"many" * 4, *([b"few!" * 4] if n < 2 else [])) for n in range(5)])
    few = {b"few!" * 4: {"0": "person:p", "1": "person:p"}}
    found = record.candidates([b"many" * 4, b"few!" * 4], limit=3)
    assert found == {**few, b"many" * 4: {"0": "person:p", "1": "person:p", "2": "person:p"}}
    found = record.candidates([b"many" * 4, b"few!" * 4], limit=6)
    assert found == {**few, b"many" * 4: {f"{n}": "person:p" for n in range(5)}}


def test_many_keys_are_asked_for_at_once(record: StoredRecord) -> None:
    keys = [n.to_bytes(16, "big") for n in range(12_000)]
    row = index_row("1", keys[0], keys[-1], own=keys[5])
    record.append([], index=[row])
    assert record.candidates(keys) == {keys[0]: {"1": "person:p"}, keys[-1]: {"1": "person:p"}}
    assert record.by_own_id(keys) == {keys[5]: row}


# ------------------------------------------------------------------------------------------- several at the same time


def write_many(where: str, folder: str, who: str, batches: int) -> None:
    """A process of its own: writes batches of three facts, one of them on a stream that all writers share.

    The intake's transaction starts with its position, that of a person's decision with a check.
    """
    with closing(FileKeys(Path(folder))) as keys, closing(open_store(where, keys)) as record:
        for number in range(batches):
            while True:
                after = len(record.load("plan:shared"))
                try:
                    record.append(
                        [told(f"concern:{who}-{number}"), told("plan:shared", after), told(f"note:{who}-{number}")],
                        tracked=[Tracked(f"{who}/0", number - 1, number)] if who == "p" else [],
                    )
                except (VersionConflict, AlreadyOnRecord):  # the other was first: look again
                    continue
                break


def test_writers_in_other_processes_lose_nothing_and_a_reader_never_skips(
    where: str, tmp_path: Path, keys: FileKeys, record: StoredRecord
) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_many, args=(where, str(tmp_path / "keys"), who, 25)) for who in ("p", "q")]
    for writer in writers:
        writer.start()
    seen: list[Recorded] = []
    while any(writer.is_alive() for writer in writers) or record.position() > len(seen):
        seen += record.read(len(seen), 50)
        assert [one.position for one in seen] == list(range(1, len(seen) + 1))
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(one.stream for one in seen if one.stream.startswith("concern:")) == sorted(
        f"concern:{who}-{number}" for who in "pq" for number in range(25)
    )
    assert [one.version for one in seen if one.stream == "plan:shared"] == list(range(1, 51))
    assert (record.tracked("p/0"), len(seen)) == (24, 150)


def test_processes_that_start_together_on_a_new_store_all_find_it_ready(where: str, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    starts = [spawn.Process(target=write_many, args=(where, str(tmp_path / "keys"), who, 1)) for who in "pqr"]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert [start.exitcode for start in starts] == [0, 0, 0]
    with closing(FileKeys(tmp_path / "keys")) as keys, closing(open_store(where, keys)) as record:
        assert record.position() == 9


def test_threads_that_start_together_on_a_new_store_all_find_it_ready(where: str, keys: FileKeys) -> None:
    faults: list[BaseException] = []
    together = threading.Barrier(4)

    def start() -> None:
        try:
            together.wait()
            with closing(open_store(where, keys)) as record:
                assert record.position() == 0
        except BaseException as fault:  # noqa: BLE001 - shown below: a thread's failure must fail the test
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_threads_share_one_record(record: StoredRecord) -> None:
    faults: list[BaseException] = []

    def write(who: int) -> None:
        try:
            for number in range(10):
                record.append([told(f"concern:{who}-{number}")])
                assert len(record.load(f"concern:{who}-{number}")) == 1
        except BaseException as fault:  # noqa: BLE001 - shown below: a thread's failure must fail the test
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (faults, record.position()) == ([], 60)


def test_a_store_held_by_somebody_else_is_try_later_and_nothing_is_written(where: str, record: StoredRecord) -> None:
    if where.startswith("postgresql:"):
        with psycopg.connect(where) as other:
            other.execute("LOCK TABLE record_events IN EXCLUSIVE MODE")
            with pytest.raises(TryLater):
                record.append([told("concern:a")])
            assert record.position() == 0, "readers do not wait for a writer"
    else:
        with closing(sqlite3.connect(Path(where) / "record.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TryLater):
                record.append([told("concern:a")])
            assert record.position() == 0, "readers do not wait for a writer"
            other.execute("ROLLBACK")
    assert record.append([told("concern:a")])[0].position == 1


@pytest.mark.postgres
def test_a_lost_connection_to_postgresql_heals_by_itself(postgres_dsn: str, keys: FileKeys) -> None:
    with closing(postgres_record(postgres_dsn, keys, FACTS, name="record")) as record:
        record.append([told("concern:a")])
        with psycopg.connect(postgres_dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        assert [one.stream for one in record.append([told("concern:b")])] == ["concern:b"]


@pytest.mark.postgres
def test_postgresql_that_is_not_there_is_try_later(keys: FileKeys) -> None:
    with pytest.raises(TryLater):
        postgres_record("postgresql://nobody@127.0.0.1:1/none", keys, FACTS, name="record")


@pytest.mark.postgres
def test_a_hub_can_live_in_a_schema_of_its_own(postgres_dsn: str, keys: FileKeys) -> None:
    with (
        closing(postgres_record(postgres_dsn, keys, FACTS, name="record", schema="north")) as north,
        closing(postgres_record(postgres_dsn, keys, FACTS, name="record", schema="south")) as south,
    ):
        north.append([told("concern:a")])
        assert (north.position(), south.position()) == (1, 0)


def test_every_commit_is_on_the_disk_when_append_returns(tmp_path: Path, keys: FileKeys) -> None:
    with closing(open_store(str(tmp_path), keys)) as record:
        connections = record._store._recorder.datastore  # type: ignore[attr-defined]
        with connections.transaction(commit=False) as c:
            c.execute("PRAGMA journal_mode")
            assert c.fetchone()[0] == "wal"
            c.execute("PRAGMA synchronous")
            assert c.fetchone()[0] == 2
