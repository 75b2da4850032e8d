"""Asking, answering, releasing and reading the inbox by command: ids and codes in, ids and codes out, and clear refusals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.conftest import Mash
from tests.support.asking import CANARY, POLICE, PRIMARY, SCREENER, Front
from tests.support.partnership import RunningHub, settings_for, wait_until


@pytest.fixture
def front(tmp_path: Path, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    del mash  # clears the environment first
    monkeypatch.setenv("MASH_DEMO", "true")
    running = RunningHub(settings_for(tmp_path / "data"))
    running.start("intake", "views", "relay")
    yield Front(running)
    running.close()


def test_a_request_goes_out_is_read_from_outside_and_answered(front: Front, mash: Mash, tmp_path: Path) -> None:
    key, hub_key = tmp_path / "police.key", tmp_path / "hub-key.json"
    made = mash("agency", "key", "add", "police", "--sealing", "--out", str(key), "--json").json
    assert made["sealing"] is True
    listed = {one["organisation"]: one["sealing"] for one in mash("agency", "list", "--json").json["organisations"]}
    assert listed["police"] == [made["key_id"]]
    hub_key.write_text(mash("agency", "hub-key", "--json").out, encoding="utf-8")

    bare = ("request", "ask", front.enquiry, "--by", SCREENER, "--party", "police", "--child", front.child)
    no_purpose = mash(*bare, "--purpose", "curiosity", "--tell", "names")
    assert (no_purpose.code, "Select what the answer is for" in no_purpose.err) == (1, True)
    asked = mash(*bare, "--party", f"school_a/{PRIMARY}", "--purpose", "triage", "--question", "concerns", "--tell", "names",
                 "--words", f"Is {CANARY} thin?", "--json")  # fmt: skip
    police, school = asked.json["requests"]

    read = ("inbox", "read", "--key", str(key), "--hub-key", str(hub_key))
    wait_until(lambda: mash(*read, "--json").json["messages"], what="the relay sent the request")
    (told,) = mash(*read, "--json").json["messages"]
    assert (told["kind"], told["id"], told["words"]) == ("request", police, [])
    assert CANARY in mash(*read, "--words").out
    assert "Nothing new for police" in mash(*read, "--after", str(told["position"])).out
    assert "holds no hub keys" in mash("inbox", "read", "--key", str(key), "--hub-key", str(key)).err
    assert "is no key file" in mash("inbox", "read", "--key", str(hub_key), "--hub-key", str(hub_key)).err

    shown = mash("request", "show", police, "--by", POLICE, "--json")
    assert (shown.json["request"]["state"], CANARY in shown.out) == ("asked", False)  # words are read on the page
    assert "Enter what you hold" in mash("request", "answer", police, "--result", "provided", "--by", POLICE).err
    done = mash("request", "answer", police, "--result", "searched_none_held", "--by", POLICE, "--json")
    assert done.json == {"request": police, "result": "searched_none_held"}
    assert "nobody to remind" in mash("request", "remind", police, "--by", SCREENER).err

    link = mash("request", "link", school, "--by", SCREENER, "--json").json
    assert link["link"].startswith("/answer/")
    assert mash("request", "remind", school, "--by", SCREENER, "--json").json == {"request": school, "done": "remind"}
    wrong = mash("request", "not-asked", front.enquiry, "housing", "--reason", "not_proportionate", "--by", SCREENER)
    assert (wrong.code, "is no reason at grade red" in wrong.err) == (1, True)
    mash("request", "not-asked", front.enquiry, "housing", "--reason", "raises_risk", "--by", SCREENER)
    rows = mash("request", "list", front.enquiry, "--by", SCREENER, "--json").json
    assert {one["organisation"]: one["state"] for one in rows["requests"]} == {
        "Police": "searched_none_held", "School A": "asked",
    }  # fmt: skip
    assert [one["organisation"] for one in rows["not_asked"]] == ["Housing"]
    assert mash("request", "withdraw", school, "--reason", "no_longer_needed", "--by", SCREENER).code == 0
    inbox = mash("inbox", "list", "--by", POLICE, "--json").json
    assert (inbox["has_key"], len(inbox["requests"])) == (True, 1)


def test_an_item_is_released_and_closed_again_and_whoever_had_it_acknowledges(front: Front, mash: Mash) -> None:
    said = mash("release", "list", "--by", POLICE, "--json").json["said"][0]["said"]
    items = mash("release", "show", said, "--by", POLICE, "--json").json["items"]
    (item,) = [one["item"] for one in items if one["category"] == "narrative"]
    nobody = mash("release", "item", said, item, "--to", "stranger", "--by", POLICE)
    assert (nobody.code, "cannot be released to stranger" in nobody.err) == (1, True)
    asked = mash(
        "release", "ask", front.enquiry, said, "--item", item, "--to", "health_visiting", "--why", "x", "--by", SCREENER
    )
    assert asked.code == 0
    given = mash("release", "item", said, item, "--to", "health_visiting", "--by", POLICE, "--json").json
    assert given == {"item": item, "released_to": ["health_visiting"]}
    assert "Nobody is waiting" in mash("release", "refuse", item, "--reason", "harm", "--by", POLICE).err
    gone = mash("release", "withdraw", item, "--reason", "mistaken", "--by", POLICE, "--json").json
    assert gone == {"item": item, "stopped": ["health_visiting"]}
    (notice,) = mash("inbox", "list", "--by", "staff-2b9f54", "--json").json["notices"]
    assert (notice["kind"], notice["acknowledged"]) == ("release_withdrawn", False)
    assert mash("inbox", "acknowledge", notice["notice"], "--by", "staff-2b9f54", "--json").json["acknowledged"] is True
    assert mash("inbox", "acknowledge", notice["notice"], "--by", POLICE).code == 1
