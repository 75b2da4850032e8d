"""Policies on pages, as JSON and on the command line, against the real hub: read, tick, sign, publish, then and now."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.bootstrap import Hub
from hub.web.app import listen, make_app, server
from tests.journey.conftest import Mash
from tests.support.browser import NARROW, WIDE, chromium, sign_in
from tests.support.drafts import (
    DECISION_MAKER,
    GUARDIAN,
    IG_LEAD,
    OWNER,
    RELEASED,
    a_hub,
    change,
    copy_of_the_set,
    stricter,
)
from tests.support.partnership import PATIENCE, wait_until

PAGES = ("/policies", "/policies/one/R04", "/policies/compare", "/policies/compare?before=1&after=draft",
         "/policies/then-and-now", "/policies/then-and-now?position=1")  # fmt: skip


class House:
    """A hub with pages on a free port, and a draft of its own."""

    def __init__(self, folder: Path) -> None:
        self.draft = copy_of_the_set(folder / "draft")
        self.hub: Hub = a_hub(folder / "data", self.draft)
        socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        self._server = server(make_app(self.hub, self.url))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [socket]})
        self._thread.start()
        wait_until(lambda: self._server.started)
        self._clients: list[httpx.Client] = []

    def visit(self, staff: str) -> httpx.Client:
        client = httpx.Client(
            base_url=self.url, follow_redirects=True, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30
        )
        self._clients.append(client)
        client.post("/sign-in", data={"account": staff})
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self.hub.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def send(visitor: httpx.Client, page: str, to: str, **answers: str) -> httpx.Response:
    """Send the form that a page holds, with its hidden fields."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', visitor.get(page).text))
    return visitor.post(to, data={**hidden, **answers})


@pytest.mark.parametrize("path", PAGES)
def test_policies_are_for_those_who_answer_for_them(house: House, path: str) -> None:
    assert house.visit(DECISION_MAKER).get(path).status_code == 403
    assert house.visit(IG_LEAD).get(path.partition("?position")[0]).status_code == 200


def test_what_changes_something_needs_the_permission_the_page_and_its_form(house: House) -> None:
    stricter(house.draft)
    lead, other = house.visit(IG_LEAD), house.visit(DECISION_MAKER)
    token = json.loads(other.get("/api/v1/session").text)["token"]
    for to in ("/policies/draft", "/policies/one/R04"):
        assert other.post(to, data={"token": token, "step": "sign", "hash": "x"}).status_code == 403
        assert lead.post(to, data={"step": "sign", "hash": "x"}).status_code == 403  # no form of ours
    assert house.hub.governing.draft().signatures == ()


def test_the_lead_ticks_one_policy_after_the_other_and_the_text_that_was_shown(house: House) -> None:
    lead = house.visit(IG_LEAD)
    page = lead.get("/policies/one/R04").text
    assert "Unchecked" in lead.get("/policies").text
    assert "resource.asker_on_enquiry" in page
    assert "Nobody: unchecked" in page

    done = send(lead, "/policies/one/R04", "/policies/one/R04")

    assert IG_LEAD in done.text
    assert "Take my tick back" in done.text
    shown = lead.get("/policies/one/R05").text
    change(house.draft, "reading.cedar", "A navigator on the enquiry reads", "Any navigator reads")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    late = lead.post("/policies/one/R05", data=hidden)
    assert late.status_code == 422
    assert "R05 has changed since you read it" in late.text
    assert lead.get("/policies/one/R99").status_code == 404


def test_two_people_sign_on_the_page_and_it_is_published_and_a_second_signature_is_told(house: House) -> None:
    stricter(house.draft)
    lead, guardian = house.visit(IG_LEAD), house.visit(GUARDIAN)

    first = send(lead, "/policies", "/policies/draft", step="sign")
    assert "information-governance lead" in first.text
    again = send(lead, "/policies", "/policies/draft", step="sign")
    assert again.status_code == 422
    assert "the other signature must be another person" in again.text
    assert send(house.visit(OWNER), "/policies", "/policies/draft", step="sign").status_code == 422
    send(guardian, "/policies", "/policies/draft", step="sign")
    wrong = send(guardian, "/policies", "/policies/draft", step="publish", **{"from": "tomorrow"})
    assert (wrong.status_code, "with its time zone" in wrong.text) == (422, True)
    done = send(guardian, "/policies", "/policies/draft", step="publish")

    assert done.status_code == 200
    assert "edition 2" in done.text
    assert [(one.number, one.signed) for one in house.hub.governing.editions()] == [
        (2, "signed by 2 people"),
        (1, "unsigned"),
    ]
    assert "Nothing differs from edition 2" in done.text


def test_a_draft_that_changed_since_the_page_was_read_is_neither_signed_nor_published(house: House) -> None:
    stricter(house.draft)
    lead = house.visit(IG_LEAD)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', lead.get("/policies").text))
    change(
        house.draft, "never.cedar", "Nobody exports what the police published", "Nobody exports anything of the police"
    )

    for step in ("sign", "publish"):
        answer = lead.post("/policies/draft", data={**hidden, "step": step})
        assert answer.status_code == 422
        assert "the draft has changed" in answer.text.lower()
    assert house.hub.governing.draft().signatures == ()
    assert len(house.hub.governing.editions()) == 1


def test_a_look_is_shown_then_and_now_by_its_number(house: House) -> None:
    lead = house.visit(IG_LEAD)
    lead.get("/policies")
    position = house.hub.ledger.position()

    page = lead.get(f"/policies/then-and-now?position={position}").text

    assert "it gets the answers that the ledger holds" in page
    assert "open (L04)" in page
    assert lead.get("/policies/then-and-now?position=99999").status_code == 404


def test_a_program_reads_ticks_signs_and_publishes_with_the_same_rules(house: House) -> None:
    stricter(house.draft)
    lead = house.visit(IG_LEAD)
    header = {"mash-form-token": lead.get("/api/v1/session").json()["token"]}
    view = lead.get("/api/v1/policies").json()
    draft = {"content_hash": view["draft"]["content_hash"]}
    row = next(one for one in view["register"] if one["id"] == "N05")

    ticked = lead.post("/api/v1/policies/one/N05/tick", json={"digest": row["digest"]}, headers=header).json()
    assert ticked["row"]["checked_by"] == [IG_LEAD]
    stale = lead.post("/api/v1/policies/one/N05/tick", json={"digest": "0"}, headers=header)
    assert (stale.status_code, stale.json()["field"]) == (422, "policy")
    assert (
        lead.post("/api/v1/policies/sign", json=draft, headers=header).json()["role"] == "information-governance lead"
    )
    assert lead.post("/api/v1/policies/sign", json=draft, headers=header).status_code == 422
    assert lead.post("/api/v1/policies/sign", json={"hash": 1}, headers=header).status_code == 422
    assert lead.post("/api/v1/policies/sign", json=draft).status_code == 403
    made = lead.post("/api/v1/policies/publish", json=draft, headers=header)
    assert (made.status_code, made.json()["number"]) == (201, 2)
    compared = lead.get("/api/v1/policies/compare", params={"before": "1", "after": "2"}).json()
    assert compared["added"] == ["N90"]
    position = house.hub.ledger.position()
    assert lead.get(f"/api/v1/policies/then-and-now/{position}").json()["agrees"] is True
    assert lead.get("/api/v1/policies/compare", params={"before": "1", "after": "9"}).status_code == 404


@pytest.mark.browser
def test_the_pages_hold_for_axe_and_at_320_pixels(house: House, chromium_path: Path) -> None:
    stricter(house.draft)
    found: dict[str, object] = {}
    with chromium(chromium_path, house.url) as browser:
        page = browser.page()
        sign_in(page, house.url, "Information-governance lead")
        paths = [one for one in PAGES if "position" not in one]
        house.hub.governing.policies(house.hub.asker(IG_LEAD))
        paths.append(f"/policies/then-and-now?position={house.hub.ledger.position()}")
        for path in paths:
            page.goto(house.url + path)
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                if faults := browser.faults(page):
                    found[f"{path} {size['width']}"] = faults
                if (over := browser.overflow(page)) > 0:
                    found[f"{path} {size['width']} overflow"] = over
        assert browser.complaints == []
    assert found == {}


# ------------------------------------------------------------------------------------------------------ command line


@pytest.fixture
def draft(tmp_path: Path, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A draft of one's own that the commands take."""
    folder = copy_of_the_set(tmp_path / "draft")
    monkeypatch.setenv("MASH_SHARING_DRAFT", str(folder))
    monkeypatch.setenv("MASH_DEMO", "true")
    return folder


def test_check_and_test_name_what_is_wrong_and_exit_1(mash: Mash, draft: Path) -> None:
    assert mash("policy", "check").code == 0
    good = mash("policy", "test", "--json")
    assert (good.code, good.json["failing"]) == (0, 0)
    change(draft, "cases/intake.toml", 'expect = "allow"', 'expect = "deny"')
    bad = mash("policy", "test", "--json")
    assert (bad.code, bad.json["failing"]) == (1, 2)  # without the duty to share, and with it
    assert {(one["file"], one["holds"]) for one in bad.json["rows"] if not one["holds"]} == {("intake.toml", False)}
    change(draft, "cases/reading.toml", "asker = {", "askr = {")
    said = mash("policy", "test")
    assert said.code == 1
    assert "cases/reading.toml, case" in said.err
    assert "unknown word 'askr': did you mean 'asker'?" in said.err
    change(draft, "never.cedar", "unless { principal.ig_trained };", "unless { principal.trained };")
    wrong = mash("policy", "check", "--json")
    assert wrong.code == 1
    assert re.fullmatch(r"never\.cedar, line \d+, policy N02: .*trained.*", wrong.json["problem"])
    change(draft, "commencement.toml", 'section_16LA = ""', 'section_16LA = "next spring"')
    assert "commencement.toml: write section_16LA" in mash("policy", "check").err


def test_register_tick_sign_publish_editions_and_then_and_now_on_the_command_line(mash: Mash, draft: Path) -> None:
    stricter(draft)
    rows = mash("policy", "register", "--json").json
    assert {one["state"] for one in rows["policies"]} == {"unchecked"}
    assert mash("policy", "tick", "R04", "R99", "--by", IG_LEAD).code == 1
    assert mash("policy", "tick", "R04", "N90", "--by", IG_LEAD, "--json").json["unchecked"] == rows["unchecked"] - 2
    assert mash("policy", "untick", "R04", "--by", IG_LEAD, "--json").json["unchecked"] == rows["unchecked"] - 1
    refused = mash("policy", "sign", "--by", DECISION_MAKER)
    assert (refused.code, "sign_policies" in refused.err) == (1, True)
    state = mash("policy", "draft", "--json").json
    assert mash("policy", "sign", "--by", IG_LEAD, "--hash", state["content_hash"][:12]).code == 0
    assert "another person's" in mash("policy", "sign", "--by", IG_LEAD).err
    assert "is no moment" in mash("policy", "publish", "--by", IG_LEAD, "--from", "soon").err
    assert "has no time zone" in mash("policy", "publish", "--by", IG_LEAD, "--from", "2099-01-04T09:00").err
    difference = mash("policy", "diff", "1", "draft", "--by", IG_LEAD, "--json").json
    assert [(one["over"], one["opened"]) for one in difference["compared"]] == [("recorded", 0), ("generated", 0)]
    assert difference["compared"][1]["closed"] > 0
    made = mash("policy", "publish", "--by", GUARDIAN)
    assert made.code == 0
    assert "signed by 1 person" in made.out
    assert "it would need two signatures" in made.out
    editions = mash("policy", "editions", "--json").json
    assert [(one["number"], one["signed"], one["in_force"]) for one in editions["editions"]] == [
        (2, "signed by 1 person", True),
        (1, "unsigned", False),
    ]
    shown = mash("policy", "then-and-now", "1", "--by", IG_LEAD, "--json")
    assert (shown.code, shown.json["agrees"], shown.json["edition_now"]) == (0, True, "2")
    assert mash("policy", "then-and-now", "4711", "--by", IG_LEAD).code == 1


def test_two_folders_are_compared_without_a_hub(mash: Mash, draft: Path, tmp_path: Path) -> None:
    other = copy_of_the_set(tmp_path / "other")
    change(other, "reading.cedar", RELEASED, RELEASED.replace("resource.released && ", ""))

    found = mash("policy", "diff", str(draft), str(other), "--json").json

    assert (found["changed"], found["added"], found["removed"]) == (["R05"], [], [])
    (generated,) = found["compared"]
    assert generated["opened"] > 0
    assert all("R05" in one["policies"] for one in generated["changes"])  # what else permits it, too, is told with it
    assert "OPENS" in mash("policy", "diff", str(draft), str(other)).out
    assert mash("policy", "diff", str(draft), "nowhere").code == 1
