"""The same rows, bare: what the library and what SQLite alone do with as many facts of the same size.

Same batches, one transaction for each, every commit on the disk (synchronous=FULL), a file that is new.
"""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteProcessRecorder

from hub.adapters.record import Row


def library(batches: list[list[Row]], folder: Path) -> float:
    """Facts a second through the library's own recorder, with its tracking of the position."""
    folder.mkdir()
    datastore = SQLiteDatastore(str(folder / "bare.db"), originator_id_type="text")
    try:
        recorder = SQLiteProcessRecorder(datastore)
        recorder.create_table()
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            if cursor.fetchone()[0] != 2:
                raise RuntimeError("the library's connection is not synchronous=FULL: the comparison would be unfair")
        stored = [[StoredEvent(row.stream, row.version, row.name, row.state) for row in batch] for batch in batches]
        began = time.perf_counter()
        for number, events in enumerate(stored, start=1):
            recorder.insert_events(events, tracking=Tracking("log", number))
        return sum(map(len, stored)) / (time.perf_counter() - began)
    finally:
        datastore.close()


def sqlite(batches: list[list[Row]], folder: Path) -> float:
    """Facts a second through Python's sqlite3 alone: the library's table, one statement a batch."""
    folder.mkdir()
    with closing(sqlite3.connect(os.fspath(folder / "raw.db"), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, "
            "PRIMARY KEY (originator_id, originator_version))"
        )
        rows = [[(row.stream, row.version, row.name, row.state) for row in batch] for batch in batches]
        began = time.perf_counter()
        for some in rows:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO events VALUES (?,?,?,?)", some)
            connection.execute("COMMIT")
        return sum(map(len, rows)) / (time.perf_counter() - began)
