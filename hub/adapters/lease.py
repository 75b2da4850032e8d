"""The lease of the single intake: one process holds it, its standbys wait, and a death hands it on.

It keeps two intakes from working at once in the ordinary case. What makes a stale one harmless is the compare-and-set
of the record, not this.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Event

import psycopg

from hub.domain.errors import TryLater

PAUSE = 0.2  # seconds between a standby's attempts

Lease = Callable[[str, Event], AbstractContextManager[bool]]  # (name, stop) -> held, or False because of `stop`


def file_lease(folder: Path) -> Lease:
    """A lease among processes of one machine, by a lock on `<folder>/<name>.lease`."""

    @contextmanager
    def lease(name: str, stop: Event) -> Iterator[bool]:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / f"{name}.lease", os.O_CREAT | os.O_RDWR, 0o600)
        try:  # closing the file gives the lease back, and so does the death of the process
            yield _wait(lambda: _locked(handle), stop)
        finally:
            os.close(handle)

    return lease


def postgres_lease(dsn: str) -> Lease:
    """A lease among processes anywhere, by an advisory lock of one session. Raises TryLater: server away."""

    @contextmanager
    def lease(name: str, stop: Event) -> Iterator[bool]:
        try:
            session = psycopg.connect(
                dsn, autocommit=True, keepalives_idle=5, keepalives_interval=5, keepalives_count=2
            )
        except psycopg.OperationalError as error:
            raise TryLater(f"the database of the lease {name} is away: try again") from error
        with closing(session):

            def taken() -> bool:
                try:
                    row = session.execute(
                        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"mash lease: {name}",)
                    ).fetchone()
                except psycopg.OperationalError as error:
                    raise TryLater(f"the database of the lease {name} went away: try again") from error
                return row is not None and bool(row[0])

            yield _wait(taken, stop)

    return lease


def _wait(taken: Callable[[], bool], stop: Event) -> bool:
    while not stop.is_set():
        if taken():
            return True
        stop.wait(PAUSE)
    return False


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
