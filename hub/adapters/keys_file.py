"""Keys in a folder: `keys.db` holds every data key wrapped under the one in `root.key`, and the tombstones.

A key destroyed stays destroyed and names the erasure; a key that is not there is an incident and never made up for.
The two files need two backups: either alone opens nothing. A copy of `keys.db` taken before an erasure still holds
the key: after an erasure let old copies lapse, or rotate the root, which leaves them closed for ever.
"""

import hashlib
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hub.domain.errors import HubError, KeyDestroyed, KeyMissing, Refused, SealBroken, TryLater

LIFE = 1.0  # seconds for which this process may not have seen another one's destruction
CACHE = 250_000  # keys held in memory, those of a partnership of 100,000 children: 54 MiB
WAIT = 5  # seconds to wait for another writer
MAPPED = 2**28  # bytes of the file read where the system holds them, and not copied; see hub/adapters/record_sqlite.py
PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})
TABLES = """
    CREATE TABLE IF NOT EXISTS data_key (
        owner TEXT PRIMARY KEY, wrapped BLOB, erasure TEXT, CHECK ((wrapped IS NULL) <> (erasure IS NULL))
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS state (root TEXT NOT NULL, destroyed INTEGER NOT NULL);
"""


class FileKeys:
    """`hub.ports.Keys` in a folder that only the hub's user may read. Any number of threads and processes at once.

    `KeyDestroyed` carries the erasure as its whole text. A secret is a data key of the owner "secret:<name>", made on
    first use, so that it too can be destroyed.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._root_file = folder / "root.key"
        database = folder / "keys.db"
        self._root = _first_root(self._root_file, database)
        self._known: dict[str, bytes] = {}
        self._destroyed = 0  # how many destructions and rotations this process has seen
        self._seen = 0.0
        self._lock = threading.RLock()
        with suppress(FileExistsError):  # only where it is new: closing it later would drop another connection's locks
            os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(database, isolation_level=None, check_same_thread=False, timeout=WAIT)
        try:
            with _passing_faults():
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def make(self, owners: Iterable[str]) -> None:
        """Make a key for each owner that has none, committed on return; a destroyed one stays destroyed."""
        wanted = [owner for owner in dict.fromkeys(owners) if owner not in self._known]
        if wanted:
            with self._lock:  # as in `find`
                self._remember(self._make(wanted))

    def find(self, owner: str) -> bytes:
        """The 32-byte key of an owner.

        Raises KeyDestroyed (its text is the erasure), KeyMissing (it never was made, or was lost: stop and restore
        the newest keys.db), SealBroken when the stored key does not open.
        """
        if time.monotonic() - self._seen > LIFE:
            self._look_for_destructions()
        key = self._known.get(owner)
        if key is None:
            with self._lock:  # nobody may note a destruction between reading a key and remembering it
                key = self._fetch(owner)
                self._remember({owner: key})
        return key

    def gather(self, owners: Iterable[str]) -> None:
        """As `hub.ports.Keys.gather`: one statement, where it would be one for each."""
        wanted = [owner for owner in dict.fromkeys(owners) if owner not in self._known]
        if len(wanted) > 1:
            query = (
                "SELECT k.owner, k.wrapped, s.root FROM json_each(?) j CROSS JOIN data_key k ON k.owner=j.value "
                "CROSS JOIN state s WHERE k.wrapped IS NOT NULL"
            )
            with self._lock, _passing_faults():  # as in `find`
                found = self._db.execute(query, (json.dumps(wanted),)).fetchall()
                self._remember(
                    {owner: _unwrap(self._root_named(root), wrapped, owner) for owner, wrapped, root in found}
                )

    def destroy(self, owner: str, erasure: str) -> None:
        """Destroy an owner's key for good; a second destruction keeps the first tombstone.

        Other processes follow within LIFE seconds. Raises KeyMissing for a key that is not there, Refused for the
        partnership's key (it would end every record at once).
        """
        if owner == "partnership":
            raise Refused("the partnership's key closes everybody's records: destroy the keys of one person instead")
        if not erasure:
            raise Refused("name the erasure that ends this key", "erasure")
        with self._writing():
            found = self._db.execute("SELECT 1 FROM data_key WHERE owner=?", (owner,)).fetchone()
            if found is None:
                raise KeyMissing(f"no key for {owner} in keys.db: nothing to destroy; find out where it went")
            self._db.execute(
                "UPDATE data_key SET wrapped=NULL, erasure=? WHERE owner=? AND wrapped IS NOT NULL", (erasure, owner)
            )
            self._db.execute("UPDATE state SET destroyed=destroyed+1")
        with self._lock, suppress(sqlite3.OperationalError):  # readers may hold it back: the next checkpoint does it
            self._known.pop(owner, None)
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def secret(self, name: str) -> bytes:
        """A named 32-byte secret of the hub, made on first use."""
        self.make([f"secret:{name}"])
        return self.find(f"secret:{name}")

    def rotate_root(self, new: bytes) -> None:
        """Wrap every key anew under the 32-byte root `new`; the keys, and what they closed, stay as they are.

        The new root lies in `root.key.next` until every key is wrapped under it, so a crash at any moment leaves a
        root that opens them. Other processes follow by themselves.
        """
        if len(new) != 32:
            raise Refused("a root key is 32 random bytes", "new")
        after = self._root_file.with_suffix(".key.next")
        with self._writing() as root:
            after.unlink(missing_ok=True)
            _write_root(after, new)
            rows = self._db.execute("SELECT owner, wrapped FROM data_key WHERE wrapped IS NOT NULL").fetchall()
            again = [(aes_key_wrap(new, _unwrap(root, wrapped, owner)), owner) for owner, wrapped in rows]
            self._db.executemany("UPDATE data_key SET wrapped=? WHERE owner=?", again)
            self._db.execute("UPDATE state SET root=?, destroyed=destroyed+1", (_root_id(new),))
        self._root_named(_root_id(new))  # puts `root.key.next` in the place of `root.key`

    def close(self) -> None:
        """Close the database and forget the keys."""
        with self._lock:
            self._known.clear()
            self._db.close()

    def _prepare(self) -> None:
        deadline = time.monotonic() + WAIT
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL").fetchall()
            except sqlite3.OperationalError:  # two processes that start together refuse each other without waiting
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                break
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON").fetchall()
        self._db.execute(f"PRAGMA mmap_size={MAPPED}").fetchall()  # keys are asked for at random places of the tree
        self._db.executescript(TABLES)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO state SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM state)", (_root_id(self._root),)
        )
        self._db.execute("COMMIT")
        self._root_named(self._db.execute("SELECT root FROM state").fetchone()[0])

    @contextmanager
    def _writing(self) -> Iterator[bytes]:
        """One transaction, and the root key in force within it."""
        with self._lock, _passing_faults():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._root_named(self._db.execute("SELECT root FROM state").fetchone()[0])
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _make(self, wanted: list[str]) -> dict[str, bytes]:
        with self._writing() as root:
            query = "SELECT owner FROM data_key WHERE owner IN (SELECT value FROM json_each(?))"
            there = {row[0] for row in self._db.execute(query, (json.dumps(wanted),))}
            made = {owner: secrets.token_bytes(32) for owner in wanted if owner not in there}
            self._db.executemany(
                "INSERT INTO data_key VALUES (?,?,NULL)",
                [(owner, aes_key_wrap(root, key)) for owner, key in sorted(made.items())],
            )
        return made

    def _fetch(self, owner: str) -> bytes:
        query = "SELECT wrapped, erasure, root FROM state LEFT JOIN data_key ON owner=?"
        with self._lock, _passing_faults():
            wrapped, erasure, root = self._db.execute(query, (owner,)).fetchone()
        if erasure is not None:
            raise KeyDestroyed(erasure)
        if wrapped is None:
            raise KeyMissing(
                f"no key for {owner} in keys.db, and no tombstone: stop; if keys.db was restored, restore a newer copy"
            )
        return _unwrap(self._root_named(root), wrapped, owner)

    def _look_for_destructions(self) -> None:
        with self._lock, _passing_faults():
            now = time.monotonic()
            destroyed = self._db.execute("SELECT destroyed FROM state").fetchone()[0]
            if destroyed != self._destroyed:
                self._known.clear()
                self._destroyed = destroyed
            self._seen = now

    def _remember(self, keys: dict[str, bytes]) -> None:
        if len(self._known) + len(keys) > CACHE:
            self._known.clear()
        self._known.update(keys)

    def _root_named(self, root_id: str) -> bytes:
        """The root key with this id: the one in memory, or one that a rotation elsewhere has put in place."""
        if _root_id(self._root) == root_id:
            return self._root
        after = self._root_file.with_suffix(".key.next")
        for file in (self._root_file, after, self._root_file):  # a rotation may be renaming it at this moment
            with suppress(FileNotFoundError):
                root = file.read_bytes()
                if _root_id(root) == root_id:
                    if file == after:  # the rotation was committed, then cut short: finish it
                        after.replace(self._root_file)
                        _sync_folder(after.parent)
                    self._root = root
                    return root
        raise KeyMissing(f"keys.db is wrapped under root key {root_id}, and root.key is another one: restore that one")


def _first_root(root_file: Path, database: Path) -> bytes:
    """The root key, made at the first start. Raises KeyMissing when there are keys but no root key."""
    if not root_file.exists():
        if database.exists():
            raise KeyMissing(
                "keys.db is here but root.key is not, and nothing else opens it: restore root.key from its own backup"
            )
        draft = root_file.with_name(f"root.key.{secrets.token_hex(4)}")
        _write_root(draft, secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process started at the same moment: its root stands
            os.link(draft, root_file)
        draft.unlink()
        _sync_folder(root_file.parent)
    if root_file.stat().st_mode & 0o077:
        raise HubError("root.key may be read by other users of this machine: chmod 600 it, then rotate the root key")
    return root_file.read_bytes()


def _write_root(file: Path, root: bytes) -> None:
    handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(root)
        out.flush()
        os.fsync(handle)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _root_id(root: bytes) -> str:
    return hashlib.sha256(b"mash root key id\n" + root).hexdigest()[:16]


def _unwrap(root: bytes, wrapped: bytes, owner: str) -> bytes:
    try:
        return aes_key_unwrap(root, wrapped)
    except InvalidUnwrap as error:
        raise SealBroken(f"the stored key of {owner} does not open under the root key: restore keys.db") from error


@contextmanager
def _passing_faults() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in PASSING:
            raise TryLater("keys.db is locked, full or away: keep the place and try again") from error
        raise
