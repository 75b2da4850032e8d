"""Asking whoever sent a record in doubt by command: ids and codes in, ids and codes out, and clear refusals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.conftest import Mash
from tests.journey.test_own_records import Doubt
from tests.support.asking import POLICE, SCREENER
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def doubt(tmp_path: Path, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doubt]:
    del mash  # clears the environment first
    monkeypatch.setenv("MASH_DEMO", "true")
    running = RunningHub(settings_for(tmp_path / "data"))
    running.start("intake", "views", "relay")
    yield Doubt(running)
    running.close()


def test_an_owner_is_asked_answers_and_is_read_in_codes_alone(doubt: Doubt, mash: Mash) -> None:
    by = ("--by", SCREENER)
    nothing = mash("identity", "ask", doubt.person, "--question", "his_story", *by)
    assert (nothing.code, "Select questions of the list" in nothing.err) == (1, True)
    asked = mash(
        "identity", "ask", doubt.person, "--question", "birth_date", *by, "--json"
    )  # there is one record alone
    request = asked.json["request"]
    again = mash("identity", "ask", doubt.person, "--record", doubt.record, "--question", "names", *by)
    assert (again.code, "remind them" in again.err) == (1, True)
    assert mash("identity", "remind", request, *by, "--json").json == {"request": request, "done": "remind"}
    assert mash("identity", "link", request, *by, "--json").json["link"].startswith("/answer/")
    wrong = mash("request", "answer", request, "--result", "provided", "--value", "birth_date", "--by", POLICE)
    assert (wrong.code, "name=value" in wrong.err) == (1, True)
    born = ("--value", "birth_date=2015-03-02")
    done = mash("request", "answer", request, "--result", "provided", *born, "--by", POLICE, "--json")
    assert done.json == {"request": request, "result": "provided"}
    shown = mash("identity", "asked", doubt.person, *by, "--json")
    (row,) = shown.json["asked"]
    assert (row["state"], row["record"], shown.json["records"]) == ("provided", doubt.record, [doubt.record])
    assert "2015" not in shown.out  # what came is read on the page
    assert "nobody to remind" in mash("identity", "remind", request, *by).err
    other = mash("identity", "ask", doubt.person, "--question", "names", *by, "--json").json["request"]
    gone = mash("identity", "withdraw", other, "--reason", "no_longer_needed", *by, "--json")
    assert gone.json == {"request": other, "done": "withdraw"}
    assert mash("identity", "list", *by, "--json").json["crowded"] == 0
    nobody = mash("identity", "asked", doubt.person, "--by", POLICE)
    assert nobody.code == 1
