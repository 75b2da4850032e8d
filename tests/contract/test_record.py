"""What every store of the record promises: SQLite and PostgreSQL, the same sentences."""

import multiprocessing
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import psycopg
import pytest
from msgspec import structs

from hub.adapters import record_postgres, record_sqlite
from hub.adapters.keys_file import FileKeys
from hub.adapters.record import StoredRecord, asked_for
from hub.adapters.record_postgres import PostgresStore, postgres_record
from hub.adapters.record_sqlite import SQLiteStore, sqlite_record
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
from hub.ports import IndexRow, IndexState, Look, Near, Record, Tracked


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


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_facts_that_rest_on_a_stream_that_moved_are_refused_whole(record: StoredRecord, seen: int) -> None:
    record.append([told("tally:x"), told("tally:x")])
    with pytest.raises(VersionConflict, match="tally:x moved on"):
        record.append([told("plan:y")], tracked=[Tracked("t/0", -1, 1)], unmoved={"tally:x": seen})
    with pytest.raises(VersionConflict, match="tally:z moved on"):
        record.append([told("plan:y")], unmoved={"tally:x": 2, "tally:z": 1})
    assert (places(record.read(0, 10)), record.tracked("t/0")) == ([("tally:x", 1, 1), ("tally:x", 2, 2)], -1)


def test_facts_that_rest_on_streams_that_did_not_move_are_written_and_the_streams_are_not(record: StoredRecord) -> None:
    record.append([told("tally:x"), told("tally:x")])
    written = record.append([told("plan:y"), told("plan:y")], unmoved={"tally:x": 2, "tally:none": 0, "plan:y": 0})
    assert places(written) == [("plan:y", 1, 3), ("plan:y", 2, 4)]
    assert record.versions(["tally:x", "tally:none"]) == {"tally:x": 2}


def test_streams_are_compared_for_facts_alone(record: StoredRecord) -> None:
    with pytest.raises(ValueError, match="there are none"):
        record.append([], tracked=[Tracked("t/0", -1, 1)], unmoved={"tally:x": 0})


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
    of = [record.of_persons(whose) for whose in (["person:p"], ["person:q", "person:p"], ["person:none"], [])]
    assert of == [[one], [one, two], [], []]
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
    assert (record.of_persons(["person:p"]), record.of_persons(["person:other"])) == ([], [moved])
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


def test_an_erased_source_record_keeps_its_pointer_and_nothing_leads_to_it(record: StoredRecord) -> None:
    row = index_row("1", b"a" * 16, own=b"1" * 16)
    record.append([], index=[row, index_row("2", b"a" * 16)])
    record.append([told("concern:a")], index=[row.emptied()])
    assert record.candidates([b"a" * 16]) == {b"a" * 16: {"2": "person:p"}}
    assert (record.by_own_id([b"1" * 16]), record.indexed()) == ({}, 1)
    assert record.by_source_record(["1"]) == {"1": row.emptied()}


def test_how_many_source_records_a_key_leads_to_is_kept(where: str, keys: FileKeys, record: StoredRecord) -> None:
    assert record.indexed() == 0
    record.append([], index=[index_row(f"{n}", b"a" * 16) for n in range(5)])
    record.append([], index=[index_row("0", b"b" * 16), index_row("5", b"b" * 16), index_row("no keys")])
    with pytest.raises(VersionConflict):
        record.append([told("concern:a", 7)], index=[index_row("6", b"c" * 16)])
    assert record.indexed() == 6
    record.append([], index=[index_row("0"), index_row("no keys", b"c" * 16)])
    with closing(open_store(where, keys)) as other:
        assert other.indexed() == 6


def random_index(rng: Random) -> list[IndexRow]:
    """Source records of few persons under few keys, so that they crowd; some with an own id."""
    return [
        index_row(
            f"{rng.randrange(10**9)}",
            *(key(n) for n in rng.sample(range(12), rng.randrange(5))),
            own=b"own %12d" % n if n % 3 else None,
            person=f"person:{rng.randrange(15)}",
        )
        for n in range(60)
    ]


def key(number: int) -> bytes:
    return b"key %12d" % number


def nearest(look: Look, found: dict[bytes, dict[str, str]], crowded: set[bytes], most: int) -> list[str]:
    """The rule of `Record.near`, told plainly."""
    firm = {one for key in look.firm.intersection(look.keys) for one in found.get(key, {})}
    shares: Counter[str] = Counter()
    person: dict[str, str] = {}
    for key in set(look.keys):
        if key in look.firm or key not in crowded:
            shares.update(found.get(key, {}).keys())
            person |= found.get(key, {})
    turns: Counter[str] = Counter()
    order = []
    for one in sorted(shares, key=lambda one: (one not in firm, -shares[one], one)):
        order.append((one not in firm, turns[person[one]], -shares[one], one))
        turns[person[one]] += 1
    return [one for *_, one in sorted(order)[:most]]


def most_shared(keys: set[bytes], found: dict[bytes, dict[str, str]]) -> set[str]:
    """The source records that share more of these keys than any other does."""
    shares = Counter(one for key_ in keys for one in found.get(key_, {}))
    return {one for one, many in shares.items() if many == max(shares.values())}


def random_look(rng: Random) -> Look:
    numbers = rng.sample(range(14), 4)
    firm, wide = frozenset(map(key, numbers[:2])), frozenset(map(key, numbers[2:]))
    asked = tuple(key(n) for n in rng.sample(range(14), rng.randrange(6)))
    return Look((b"own %12d" % rng.randrange(200),), asked, firm, wide, whole=rng.random() < 0.5)


def test_one_question_brings_what_three_would_and_of_the_nearest_the_rows(record: StoredRecord) -> None:
    rng = Random(11)  # noqa: S311 - chance for a test
    rows = {row.source_record: row for row in random_index(rng)}
    record.append([], index=list(rows.values()))
    for _ in range(60):
        looks = [random_look(rng) for _ in range(rng.randrange(4))]
        limit, most, few = rng.choice([3, 8, 401]), rng.choice([1, 4, 50]), rng.choice([1, 2])
        near = record.near(looks, limit, most, few)
        assert near.own == record.by_own_id([own for look in looks for own in look.own])
        asked = [look for look in looks if near.own.keys().isdisjoint(look.own)]
        found = record.candidates([key for look in asked for key in look.keys], limit)
        passed = [{one for one in look.wide & set(look.keys) if len(found.get(one, {})) > few} for look in asked]
        assert near.common == set().union(*passed)
        full = {one for one, sharing in found.items() if len(sharing) >= limit}
        assert near.crowded == {one for look in asked for one in full & set(look.keys) - look.wide}
        looked = [(look, set(look.keys) - out - (full - look.firm)) for look, out in zip(asked, passed, strict=True)]
        read = set().union(*(keys for _, keys in looked))
        assert near.sharing == {one: found[one] for one in found if one in read}
        wanted = {one for look, keys in looked for one in nearest(look, found, set(look.keys) - keys, most)}
        assert near.rows == {one: rows[one] for one in rows if one in wanted or rows[one].person in near.whole}
        of_all = [(look, keys) for look, keys in looked if look.whole]
        numbered = {one for look, keys in of_all for key_ in look.firm & keys for one in found.get(key_, {}).values()}
        assert numbered <= near.whole
        assert len(near.whole - numbered) <= len(of_all)
        for _, keys in of_all:
            tops = most_shared(keys, found)
            assert not tops or near.whole & {rows[one].person for one in tops}


def test_a_name_that_more_than_a_few_bear_is_read_only_where_nothing_else_was_said(record: StoredRecord) -> None:
    record.append([], index=[index_row(f"{n}", key(1), person=f"person:{n}") for n in range(4)])
    beside, alone = Look((), (key(1), key(2)), wide=frozenset({key(1)})), Look((), (key(1),))
    assert record.near([beside], few=3) == Near({}, {}, set(), {key(1)}, {}, set())
    assert len(record.near([beside], few=4).rows) == 4
    both = record.near([beside, alone], few=3)
    assert (both.common, len(both.sharing[key(1)]), len(both.rows)) == ({key(1)}, 4, 4)


def test_all_that_is_known_of_whom_a_number_may_lead_to_comes_with_the_one_question(record: StoredRecord) -> None:
    """One of its source records shares no key with what is said: it may hold another number."""
    by_number, far = index_row("1", key(1), person="person:p"), index_row("2", key(9), person="person:p")
    alike, other = index_row("3", key(2), key(3), person="person:q"), index_row("4", key(9), person="person:q")
    namesake, unasked = index_row("5", key(2), person="person:r"), index_row("6", key(9), person="person:r")
    record.append([], index=[by_number, far, alike, other, namesake, unasked])
    look = Look((), (key(1), key(2), key(3)), frozenset({key(1)}))
    near, whole = record.near([look]), record.near([structs.replace(look, whole=True)])
    assert (near.whole, set(near.rows)) == (set(), {"1", "3", "5"})
    assert whole == structs.replace(near, whole={"person:p", "person:q"}, rows=near.rows | {"2": far, "4": other})


def test_of_whom_very_many_source_records_are_held_all_come_too(record: StoredRecord) -> None:
    rows = [index_row(f"{n}", key(1), person="person:p") for n in range(9)] + [
        index_row("9", key(7), person="person:p")
    ]
    record.append([], index=rows)
    near = record.near([Look((), (key(1),), frozenset({key(1)}), whole=True)], limit=401, most=3)
    assert near.rows == {row.source_record: row for row in rows}


def test_who_is_known_by_an_own_id_is_not_looked_for_by_keys_and_the_next_person_is(record: StoredRecord) -> None:
    one, other = index_row("1", key(1), own=b"1" * 16), index_row("2", key(2))
    record.append([], index=[one, other])
    near = record.near([Look((b"1" * 16,), (key(1), key(2))), Look((b"9" * 16,), (key(2), key(3)))])
    assert near == Near({b"1" * 16: one}, {key(2): {"2": "person:p"}}, set(), set(), {"2": other}, set())
    assert record.near([]) == Near({}, {}, set(), set(), {}, set())


def test_a_name_that_hundreds_bear_is_left_out_and_an_identifier_never_is(record: StoredRecord) -> None:
    record.append([], index=[index_row(f"{n}", key(1), key(2), person=f"person:{n}") for n in range(7)])
    near = record.near([Look((), (key(1), key(2)), frozenset({key(2)}))], limit=5, most=3)
    assert near.crowded == {key(1), key(2)}
    assert near.sharing == {key(2): {f"{n}": f"person:{n}" for n in range(5)}}
    assert sorted(near.rows) == ["0", "1", "2"]


def statements(record: StoredRecord, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that every statement which reaches the database is added to from now on."""
    seen: list[str] = []
    if isinstance(record._store, SQLiteStore):
        record.position()  # opens the connection for reading
        for connection in record._store._readers._idle:
            connection.set_trace_callback(seen.append)
    else:
        execute: Any = psycopg.Cursor.execute

        def noting(self: object, query: Any, *given: object, **named: object) -> object:
            text = query if isinstance(query, str | bytes) else query.as_string()
            if text:  # the pool sends an empty one to see whether anybody is there
                seen.append(str(text))
            return execute(self, query, *given, **named)

        monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    return seen


def test_an_event_is_one_query_and_so_is_a_batch_of_them(record: StoredRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    record.append([], index=random_index(Random(3)))  # noqa: S311 - chance for a test
    seen = statements(record, monkeypatch)
    record.near([Look((b"1" * 16,), (key(1), key(2)))])
    assert len(seen) == 1
    record.near([Look((), (key(n % 12),)) for n in range(500)])
    assert len(seen) == 2


def test_the_one_query_reads_by_index_alone(where: str, record: StoredRecord) -> None:
    many = (
        [(n, index_row(f"{n}", key(n), key(n % 100), own=b"own %12d" % n, person=f"person:{n}")) for n in page]
        for page in (range(1, 2501), range(2501, 5001))
    )
    record.renew_index(many, record.index_state())  # which also tells the database how the rows are spread
    asked = asked_for([Look((b"own %12d" % 7,), (key(1), key(2)))])
    if where.startswith("postgresql:"):
        assert isinstance(record._store, PostgresStore)
        query = b"EXPLAIN " + record._store._recorder.sql(record_postgres.NEAR).as_bytes()
        with psycopg.connect(where) as connection:
            plan = [
                row[0] for row in connection.execute(query, {**asked._asdict(), "limit": 401, "most": 50, "few": 40})
            ]
        assert [line for line in plan if "Seq Scan" in line and "match" in line] == []
        assert sum("Index" in line and "match" in line for line in plan) >= 4
    else:
        values = dict.fromkeys(("own_looks", "looks"), "[0]") | dict.fromkeys(("owns", "digests"), key(1))
        with closing(sqlite3.connect(Path(where) / "record.db")) as file:
            plan = [
                row[3]
                for row in file.execute(
                    f"EXPLAIN QUERY PLAN {record_sqlite.NEAR}", values | {"limit": 401, "most": 50, "few": 40}
                )
            ]
        tables = {"k": "match_by_key", "m": "match_by_key", "r": "match_row", "i": "match_identity"}
        assert [line for line in plan if line.split()[0] == "SCAN" and line.split()[1] in tables] == []
        assert sum(line.startswith("SEARCH") and line.split()[1] in tables for line in plan) >= 6


# ------------------------------------------------------------------------------------------- the index, made anew


MADE = IndexState(version=2, rules="match-rules-9", indexed=0, writes=0)


def renewed(record: StoredRecord, *pages: list[tuple[int, IndexRow]]) -> None:
    record.renew_index(pages, structs.replace(MADE, writes=record.index_state().writes))


def test_a_new_index_takes_the_place_of_the_old_one_whole(where: str, keys: FileKeys, record: StoredRecord) -> None:
    record.append([], index=[index_row("1", key(1), own=b"1" * 16), index_row("2", key(1)), index_row("3", key(1))])
    held = record.index_rows(0, 2) + record.index_rows(2, 2)
    assert [(number, row.source_record) for number, row in held] == [(1, "1"), (2, "2"), (3, "3")]
    one, two = index_row("1", key(7), key(8), own=b"7" * 16), index_row("2", key(7))
    renewed(record, [(1, one)], [(2, two), (3, held[2][1].emptied())])
    for open_ in (record, open_store(where, keys)):
        assert open_.candidates([key(1), key(7)]) == {key(7): {"1": "person:p", "2": "person:p"}}
        assert (open_.by_own_id([b"1" * 16, b"7" * 16]), open_.indexed()) == ({b"7" * 16: one}, 2)
        assert (open_.index_state().version, open_.index_state().rules) == (2, "match-rules-9")
        if open_ is not record:
            open_.close()


def test_the_index_goes_on_after_it_was_made_anew_and_again(record: StoredRecord) -> None:
    record.append([], index=[index_row("1", key(1), own=b"1" * 16)])
    renewed(record, record.index_rows(0, 9))
    renewed(record, record.index_rows(0, 9))
    record.append([], index=[index_row("2", key(1)), index_row("1", key(2), own=b"2" * 16)])
    with pytest.raises(VersionConflict, match="own id"):
        record.append([], index=[index_row("3", own=b"2" * 16)])
    assert record.candidates([key(1), key(2)]) == {key(1): {"2": "person:p"}, key(2): {"1": "person:p"}}
    assert [number for number, _ in record.index_rows(0, 9)] == [1, 2]
    assert record.indexed() == 2


def test_until_it_is_whole_and_after_a_crash_the_old_index_is_in_force(record: StoredRecord) -> None:
    record.append([], index=[index_row("1", key(1)), index_row("2", key(1))])
    rows = record.index_rows(0, 9)

    def cut_short() -> Iterator[list[tuple[int, IndexRow]]]:
        yield [(1, index_row("1", key(5)))]
        assert record.candidates([key(1), key(5)]) == {key(1): {"1": "person:p", "2": "person:p"}}
        raise KeyMissing("in the middle")

    for _ in range(2):
        with pytest.raises(KeyMissing):
            record.renew_index(cut_short(), MADE)
    assert record.candidates([key(1), key(5)]) == {key(1): {"1": "person:p", "2": "person:p"}}
    assert (record.index_rows(0, 9), record.index_state().rules) == (rows, "")
    renewed(record, [(1, index_row("1", key(5)))], rows[1:])
    assert record.candidates([key(1), key(5)]) == {key(1): {"2": "person:p"}, key(5): {"1": "person:p"}}


def test_an_index_that_was_written_to_meanwhile_is_not_replaced(record: StoredRecord) -> None:
    record.append([], index=[index_row("1", key(1))])

    def overtaken() -> Iterator[list[tuple[int, IndexRow]]]:
        yield record.index_rows(0, 9)
        record.append([], index=[index_row("2", key(1))])

    with pytest.raises(StaleWriter, match="stop the intake"):
        record.renew_index(overtaken(), structs.replace(MADE, writes=record.index_state().writes))
    assert record.candidates([key(1)]) == {key(1): {"1": "person:p", "2": "person:p"}}
    assert record.index_state().rules == ""


def test_by_which_rules_it_is_made_is_noted_only_while_nothing_was(record: StoredRecord) -> None:
    record.begin_index(1, "match-rules-8")
    record.begin_index(2, "match-rules-9")
    record.append([], index=[index_row("1", key(1))])
    record.begin_index(3, "match-rules-10")
    assert record.index_state() == IndexState(version=2, rules="match-rules-9", indexed=1, writes=1)


OLD_INDEX = (  # how the index was kept before it noted how it was made
    """CREATE TABLE {p}match_record (source_record text PRIMARY KEY, person text NOT NULL, organisation text NOT NULL,
    own {b} UNIQUE, keys {b} NOT NULL, identity {b} NOT NULL)""",
    "CREATE TABLE {p}match_key (key {b}, source_record text, PRIMARY KEY (key, source_record))",
    """INSERT INTO {p}match_record SELECT r.source_record, r.person, r.organisation, r.own, i.keys, i.identity
    FROM {p}match_row r JOIN {p}match_identity i ON i.id=r.id""",
    "INSERT INTO {p}match_key SELECT k.key, r.source_record FROM {p}match_by_key k JOIN {p}match_row r ON r.id=k.id",
    *(f"DROP TABLE {{p}}{table}" for table in ("match_row", "match_identity", "match_by_key", "match_state")),
)


def test_a_store_made_before_the_index_noted_how_it_was_made_opens_and_loses_nobody(
    where: str, keys: FileKeys, record: StoredRecord
) -> None:
    rows = [index_row(f"{n}", *([key(n), key(99)] if n else []), own=b"own %12d" % n) for n in range(4)]
    record.append([told("concern:a")], index=rows)
    postgres = where.startswith("postgresql:")
    for statement in OLD_INDEX:
        tamper(where, statement.format(p="record_" if postgres else "", b="bytea" if postgres else "blob"))
    for _ in range(2):
        with closing(open_store(where, keys)) as opened:
            assert opened.by_source_record(["0", "1", "2", "3"]) == {row.source_record: row for row in rows}
            assert opened.candidates([key(99), key(2)]) == {
                key(99): dict.fromkeys("123", "person:p"), key(2): {"2": "person:p"},
            }  # fmt: skip
            assert opened.index_state() == IndexState(version=1, rules="", indexed=3, writes=0)
    with closing(open_store(where, keys)) as opened:
        opened.append([], index=[index_row("4", key(99)), rows[1].emptied()])
        assert opened.candidates([key(99)]) == {key(99): dict.fromkeys("234", "person:p")}
        assert opened.load("concern:a") == record.load("concern:a")


def test_a_store_made_before_source_records_were_found_by_their_person_is_given_what_finds_them(
    where: str, keys: FileKeys, record: StoredRecord
) -> None:
    record.append([], index=[row := index_row("1", key(1))])
    by_person = "record_match_row_person_idx" if where.startswith("postgresql:") else "match_row_person_0"
    for _ in range(2):  # it can be taken away the second time because it was made anew
        tamper(where, f"DROP INDEX {by_person}")
        with closing(open_store(where, keys)) as opened:
            assert opened.of_persons(["person:p"]) == [row]


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


def test_what_rests_on_a_stream_is_never_written_after_the_stream_moved_on(record: StoredRecord) -> None:
    """Two threads: one adds to the child's stream, one writes what it decided on as many facts as it had read."""
    faults: list[BaseException] = []
    adding = threading.Event()

    def add() -> None:
        try:
            for number in range(40):
                record.append([told("tally:x", number)])
        except BaseException as fault:  # noqa: BLE001 - shown below: a thread's failure must fail the test
            faults.append(fault)
        adding.set()

    thread = threading.Thread(target=add)
    thread.start()
    number = 0
    while not adding.is_set() or number == 0:
        read = len(record.load("tally:x"))
        try:
            record.append([told(f"plan:{number}", fact=Counted(signal=str(read)))], unmoved={"tally:x": read})
        except VersionConflict:
            continue
        number += 1
    thread.join()
    assert faults == []
    before = 0
    for one in record.read(0, 10_000):
        if isinstance(one.fact, Counted):
            assert int(one.fact.signal) == before
        else:
            before += 1


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
