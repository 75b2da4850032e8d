"""What every keeper of keys promises; today the folder of files, one day a key service beside it."""

import multiprocessing
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.adapters import keys_file
from hub.adapters.keys_file import FileKeys
from hub.domain.errors import HubError, KeyDestroyed, KeyMissing, Refused, SealBroken, TryLater
from hub.ports import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[FileKeys]:
    with closing(FileKeys(tmp_path)) as keys:
        yield keys


def test_a_key_that_never_was_is_missing_not_erased(keys: FileKeys) -> None:
    promised: Keys = keys
    with pytest.raises(KeyMissing, match="source-record:s"):
        promised.find("source-record:s")
    with pytest.raises(KeyMissing, match="source-record:s"):
        promised.destroy("source-record:s", "erasure:e@1")
    with pytest.raises(KeyMissing):
        promised.find("source-record:s")


def test_a_destroyed_key_names_its_first_erasure_and_is_never_made_again(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p", "person:q"])
    kept = keys.find("person:q")
    keys.destroy("person:p", "erasure:first@1")
    keys.destroy("person:p", "erasure:second@1")
    keys.make(["person:p", "person:q"])
    with closing(FileKeys(tmp_path)) as later:
        for opened in (keys, later):
            with pytest.raises(KeyDestroyed) as tombstone:
                opened.find("person:p")
            assert (str(tombstone.value), opened.find("person:q")) == ("erasure:first@1", kept)


def test_keys_gathered_together_are_those_found_one_by_one_and_who_has_none_is_told_when_asked_for(
    tmp_path: Path, keys: FileKeys
) -> None:
    owners = [f"source-record:{n}" for n in range(5)]
    keys.make(owners)
    keys.destroy(owners[3], "erasure:e@1")
    with closing(FileKeys(tmp_path)) as later:
        later.gather([*owners, "source-record:never", owners[0]])
        found = [later.find(owner) for owner in owners if owner != owners[3]]
        with pytest.raises(KeyDestroyed, match="erasure:e@1"):
            later.find(owners[3])
        with pytest.raises(KeyMissing):
            later.find("source-record:never")
    assert found == [keys.find(owner) for owner in owners if owner != owners[3]]


def test_a_key_that_another_process_destroyed_is_gone_though_it_was_gathered(
    tmp_path: Path, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_file, "LIFE", 0.0)
    keys.make(["source-record:1", "source-record:2"])
    with closing(FileKeys(tmp_path)) as other:
        other.gather(["source-record:1", "source-record:2"])
        keys.destroy("source-record:1", "erasure:e@1")
        with pytest.raises(KeyDestroyed):
            other.find("source-record:1")


def test_the_partnerships_key_cannot_be_destroyed_nor_any_without_an_erasure(keys: FileKeys) -> None:
    keys.make(["partnership", "person:p"])
    with pytest.raises(Refused):
        keys.destroy("partnership", "erasure:e@1")
    with pytest.raises(Refused):
        keys.destroy("person:p", "")
    assert len({keys.find("partnership"), keys.find("person:p")}) == 2


def test_every_owner_has_a_key_of_its_own_that_stays(tmp_path: Path, keys: FileKeys) -> None:
    owners = [f"person:{n}" for n in range(500)]
    keys.make(owners)
    first = [keys.find(owner) for owner in owners]
    keys.make([*owners, "person:new", "person:new"])
    with closing(FileKeys(tmp_path)) as later:
        assert [later.find(owner) for owner in owners] == first
    assert (len(set(first)), {len(key) for key in first}) == (500, {32})


def test_a_secret_is_made_once_and_kept(tmp_path: Path, keys: FileKeys) -> None:
    secret = keys.secret("match-index")
    with closing(FileKeys(tmp_path)) as later:
        assert (later.secret("match-index"), later.secret("session") == secret, len(secret)) == (secret, False, 32)


def test_neither_file_shows_a_key(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p"])
    key, secret = keys.find("person:p"), keys.secret("session")
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert (key in on_disk, secret in on_disk) == (False, False)
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == dict.fromkeys(
        ("root.key", "keys.db", "keys.db-wal", "keys.db-shm"), 0o600
    )


def test_a_destroyed_key_is_overwritten_in_the_files(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(f"person:{n}" for n in range(200))
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file:
        query = "SELECT wrapped FROM data_key WHERE owner IN ('person:3', 'person:70', 'person:199')"
        doomed = [row[0] for row in file.execute(query)]
    assert all(any(wrapped in file.read_bytes() for file in tmp_path.iterdir()) for wrapped in doomed)
    for n in (3, 70, 199):
        keys.destroy(f"person:{n}", "erasure:e@1")
    assert not any(wrapped in file.read_bytes() for file in tmp_path.iterdir() for wrapped in doomed)


def test_keys_without_their_root_key_are_refused_at_once(tmp_path: Path) -> None:
    FileKeys(tmp_path).close()
    (tmp_path / "root.key").unlink()
    with pytest.raises(KeyMissing, match=r"restore root\.key"):
        FileKeys(tmp_path)
    assert not (tmp_path / "root.key").exists()


def test_another_hubs_root_key_is_refused_at_once(tmp_path: Path) -> None:
    for hub in ("one", "two"):
        FileKeys(tmp_path / hub).close()
    (tmp_path / "one" / "root.key").replace(tmp_path / "two" / "root.key")
    with pytest.raises(KeyMissing, match="another one"):
        FileKeys(tmp_path / "two")


def test_a_root_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    FileKeys(tmp_path).close()
    (tmp_path / "root.key").chmod(0o644)
    with pytest.raises(HubError, match="chmod 600"):
        FileKeys(tmp_path)


def test_a_stored_key_that_somebody_changed_does_not_open(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p"])
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file, file:
        file.execute("UPDATE data_key SET wrapped=zeroblob(40)")
    with closing(FileKeys(tmp_path)) as later, pytest.raises(SealBroken, match="person:p"):
        later.find("person:p")


def test_yesterdays_keys_report_todays_as_missing(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:early"])
    early, root = keys.find("person:early"), (tmp_path / "root.key").read_bytes()
    restored = tmp_path / "restored"
    restored.mkdir()
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file:
        file.execute("VACUUM INTO ?", (str(restored / "keys.db"),))
    keys.make(["person:late"])
    (restored / "root.key").write_bytes(root)
    (restored / "root.key").chmod(0o600)
    with closing(FileKeys(restored)) as old:
        assert old.find("person:early") == early
        with pytest.raises(KeyMissing, match="newer copy"):
            old.find("person:late")


# ------------------------------------------------------------------------------------------------- rotating the root


def test_rotating_the_root_changes_no_key_and_every_process_follows(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p", "person:gone"])
    keys.destroy("person:gone", "erasure:e@1")
    key = keys.find("person:p")
    with closing(FileKeys(tmp_path)) as other:
        keys.rotate_root(b"n" * 32)
        assert (other.find("person:p"), (tmp_path / "root.key").read_bytes()) == (key, b"n" * 32)
        other.make(["person:q"])
        assert keys.find("person:q") == other.find("person:q")
    with closing(FileKeys(tmp_path)) as later:
        assert later.find("person:p") == key
        with pytest.raises(KeyDestroyed):
            later.find("person:gone")


def test_a_rotation_cut_short_before_its_commit_leaves_the_old_root_in_force(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p"])
    (tmp_path / "root.key.next").write_bytes(b"n" * 32)
    with closing(FileKeys(tmp_path)) as later:
        assert later.find("person:p") == keys.find("person:p")
        later.rotate_root(b"m" * 32)
    with closing(FileKeys(tmp_path)) as last:
        assert last.find("person:p") == keys.find("person:p")


def test_a_rotation_cut_short_after_its_commit_is_finished_at_the_next_start(
    tmp_path: Path, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.make(["person:p"])
    key = keys.find("person:p")
    with monkeypatch.context() as crash:
        crash.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
        with pytest.raises(RuntimeError, match="power cut"):
            keys.rotate_root(b"n" * 32)
    assert (tmp_path / "root.key").read_bytes() != b"n" * 32
    with closing(FileKeys(tmp_path)) as later:
        assert later.find("person:p") == key
        assert ((tmp_path / "root.key").read_bytes(), (tmp_path / "root.key.next").exists()) == (b"n" * 32, False)
        later.rotate_root(b"m" * 32)
        assert later.find("person:p") == key


def test_a_root_key_of_the_wrong_size_is_refused(keys: FileKeys) -> None:
    with pytest.raises(Refused):
        keys.rotate_root(b"short")


# ------------------------------------------------------------------------------------------- several at the same time


def make_many(folder: str, start: int, owners: int) -> None:
    with closing(FileKeys(Path(folder))) as keys:
        for n in range(start, start + owners):
            keys.make([f"person:{n}", "person:shared"])
            assert len(keys.find(f"person:{n}")) == 32
        (Path(folder) / f"shared-{start}").write_bytes(keys.find("person:shared"))


def test_processes_that_start_together_agree_on_root_and_keys(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    makers = [spawn.Process(target=make_many, args=(str(tmp_path), start, 60)) for start in (0, 40)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert [maker.exitcode for maker in makers] == [0, 0]
    assert len({(tmp_path / f"shared-{start}").read_bytes() for start in (0, 40)}) == 1
    with closing(FileKeys(tmp_path)) as keys:
        assert len({keys.find(f"person:{n}") for n in range(100)}) == 100


def test_another_process_sees_a_destruction_within_two_seconds(tmp_path: Path, keys: FileKeys) -> None:
    keys.make(["person:p", "person:q"])
    with closing(FileKeys(tmp_path)) as other:
        kept = (other.find("person:p"), other.find("person:q"))
        keys.destroy("person:p", "erasure:e@1")
        time.sleep(2)
        with pytest.raises(KeyDestroyed):
            other.find("person:p")
        assert other.find("person:q") == kept[1]


def test_threads_share_one_keeper(keys: FileKeys) -> None:
    faults: list[BaseException] = []

    def work(who: int) -> None:
        try:
            for n in range(30):
                keys.make([f"person:{who}-{n}", f"person:shared-{n}"])
                assert keys.find(f"person:{who}-{n}") != keys.find(f"person:shared-{n}")
        except BaseException as fault:  # noqa: BLE001 - shown below: a thread's failure must fail the test
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_keys_held_by_somebody_else_are_try_later(
    tmp_path: Path, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_file, "WAIT", 0)
    with (
        closing(FileKeys(tmp_path)) as impatient,
        closing(sqlite3.connect(tmp_path / "keys.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater):
            impatient.make(["person:p"])
        other.execute("ROLLBACK")
        impatient.make(["person:p"])
        assert keys.find("person:p") == impatient.find("person:p")
