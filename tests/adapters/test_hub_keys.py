"""The hub's own keys are made once: one that is gone later stops the hub instead of being made anew."""

import json
import logging
import shutil
import threading
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain.errors import BadMessage, KeyMissing, Refused
from hub.flow.publish import Signer
from hub.flow.receive import Intake
from hub.outside import Outside
from hub.running import guarded
from tests.support.messages import a_child, concern, seen_by


def hub_in(folder: Path) -> Hub:
    return open_hub(Settings(data=folder, demo=True))


def test_a_key_store_from_before_the_keys_were_made_stops_the_hub(tmp_path: Path) -> None:
    with closing(hub_in(tmp_path / "hub")) as hub:
        hub.hub_key()
    keys = tmp_path / "hub" / "keys"
    shutil.copytree(keys, tmp_path / "kept")
    with closing(hub_in(tmp_path / "hub")) as hub:
        hub.secret("made-later")
    shutil.rmtree(keys)
    shutil.copytree(tmp_path / "kept", keys)
    with closing(hub_in(tmp_path / "hub")) as hub, pytest.raises(KeyMissing):
        hub.secret("made-later")


def test_files_of_a_hub_are_its_own_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o755)
    with closing(hub_in(folder)):
        loose = [file.name for file in folder.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert loose == []


def test_an_organisation_publishes_with_its_key_and_the_hubs_public_key_alone(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    with closing(hub_in(folder)) as hub:
        hub.add_organisation("housing", "Housing", "housing")
        hub.add_key("housing", tmp_path / "housing.key")
        (tmp_path / "hub-key.json").write_text(json.dumps(hub.hub_key()))
        lines = dict(line.split(" ", 1) for line in (tmp_path / "housing.key").read_text().splitlines())
        signer = Signer("housing", lines["keyid"], bytes.fromhex(lines["private"]))
        outside = Outside(Settings(data=folder), tmp_path / "hub-key.json", signer, tmp_path / "numbers.db")
        with closing(outside):
            child = a_child()
            said = [(str(uuid4()), concern("housing", seen_by(child, "housing", "hunger"))) for _ in range(2)]
            receipts = outside.publish(said)
            with pytest.raises(Refused):
                outside.check(concern("police", seen_by(child, "police", "hunger")))
        assert [receipt.position for receipt in receipts] == ["concern.housing.v1/0/0", "concern.housing.v1/0/1"]
        reader = hub.log.reader({("concern.housing.v1", 0): 0})
        taken = Intake(hub.intake_tools()).take(reader.poll(10, 1.0), -1)
        reader.close()
        assert (taken.recorded, taken.quarantined) == (2, ())


def test_a_file_that_holds_no_hub_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text("{}")
    with pytest.raises(Refused, match="no hub key"):
        Outside(Settings(data=tmp_path), tmp_path / "wrong.json", Signer("x", "y", bytes(32)), tmp_path / "n.db")


def test_a_role_that_dies_tells_its_kind_and_never_the_text_of_a_strange_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    planted = "Planted-narrative"

    def dies(_hub: Hub, _stop: threading.Event) -> None:
        raise ValueError(planted)

    def stops(_hub: Hub, _stop: threading.Event) -> None:
        raise BadMessage("unknown_key", "register it")

    caplog.set_level(logging.INFO)
    with closing(hub_in(tmp_path)) as hub:
        assert not guarded("intake", dies, hub, threading.Event())
        assert not guarded("relay", stops, hub, threading.Event())
    assert planted not in caplog.text
    assert "the role intake died: ValueError" in caplog.text
    assert "the role relay stopped: BadMessage: unknown_key: register it" in caplog.text
