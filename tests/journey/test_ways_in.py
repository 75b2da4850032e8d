"""Every way in is the same way: the same checks, the same receipt, and one path behind them. Bad rows are named with their
field and hold no good ones back.
"""

import csv
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from hub.adapters.log_embedded import EmbeddedLog
from hub.domain.concern import message_id
from hub.domain.errors import BadMessage, NotFound, TryLater
from hub.domain.message import Message
from tests.journey.conftest import Mash
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import RunningHub, settings_for, wait_until

RECEIPT = ["id", "position", "received"]
MAPPING = """
[fixed]
"recorded_at" = "2026-03-02T09:15:00Z"
"occurred.start" = "2026-03-01T09:00:00Z"
"occurred.end" = "2026-03-01T10:00:00Z"
"occurred.precision" = "hour"
"how_known.kind" = "first_hand"
"referrer_kind" = "2A"
"family_told.told" = true
[columns]
"Our ref" = "subjects.0.person.own_id"
"Born" = "subjects.0.person.birth_date"
"NHS no" = "subjects.0.person.nhs_number"
"What" = "subjects.0.indicators.0"
"Attendance" = "subjects.0.measures.0.value"
"Measure" = "subjects.0.measures.0.code"
"Notes" = "narrative"
[values.What]
"Food" = "hunger"
"""


@pytest.fixture
def hub(tmp_path: Path, mash: Mash) -> Iterator[RunningHub]:
    """The hub that the commands speak to, opened beside them; its intake is not running."""
    running = RunningHub(settings_for(tmp_path / "data"))
    yield running
    running.close()


def row(said: Message, **more: Any) -> dict[str, Any]:
    """A message as a sender writes it in JSON."""
    plain = msgspec.json.decode(msgspec.json.encode(said))
    plain.pop("source_sequence")
    return {**plain, **more}


def a_row(**more: Any) -> dict[str, Any]:
    return row(concern("school", seen_by(a_child(), "school")), **more)


def end(hub: RunningHub, organisation: str = "school") -> int:
    return hub.hub.log.end(f"concern.{organisation}.v1", 0)


def taken_in(hub: RunningHub, *idents: str, organisation: str = "school") -> None:
    """Run the intake until these are recorded."""
    hub.start("intake")
    wait_until(lambda: hub.died or all(hub.recorded(organisation, ident) for ident in idents), what="recorded")
    hub.stop()
    assert hub.died == []


# --------------------------------------------------------------------------------------------------- refusals first


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [
        ('{"organisation": "school", "narrative": "Cut off in the mid', "broken_json", "row"),
        ("[1, 2]", "broken_json", "row"),
        ('"a sentence"', "broken_json", "row"),
        ('{"type": "mash.rumour-heard.v1"}', "unknown_type", "type"),
        ('{"error": "Robin said so"}', "invalid_value", "message"),
    ],
)
def test_a_line_that_is_no_message_is_refused_with_the_field_and_without_its_words(
    hub: RunningHub, mash: Mash, text: str, reason: str, field: str
) -> None:
    said = mash("publish", "-", "--json", stdin=text + "\n")
    assert (said.code, said.json["published"], said.json["refused"]) == (1, 0, 1)
    (receipt,) = said.json["receipts"]
    assert receipt["error"].startswith(reason)
    assert (receipt["row"], receipt["id"], receipt["position"], receipt["field"]) == (1, "", "", field)
    assert "Cut off" not in said.out + said.err
    assert "Robin" not in said.out + said.err
    assert end(hub) == 0


def wrong_rows() -> list[tuple[dict[str, Any], str, str]]:
    good = a_row()
    subject, person = good["subjects"][0], good["subjects"][0]["person"]
    without = {name: value for name, value in good.items() if name != "narrative"}
    return [
        (without, "invalid_value", "message"),
        ({**good, "narative": "misspelt"}, "unknown_field", "narative"),
        ({**good, "subjects": [{**subject, "indcators": ["hunger"]}]}, "unknown_field", "subjects[0].indcators"),
        ({**good, "id": "concern-7"}, "malformed_id", "id"),
        ({**good, "recorded_at": "2026-03-02T09:15:00"}, "time_without_zone", "recorded_at"),
        ({**good, "recorded_at": "2090-03-02T09:15:00Z"}, "future_time", "recorded_at"),
        ({**good, "referrer_kind": "ZZ"}, "unknown_referrer_kind", "referrer_kind"),
        (
            {**good, "subjects": [{**subject, "person": {**person, "nhs_number": "9990000410"}}]},
            "invalid_nhs_number", "subjects[0].person.nhs_number",
        ),
        ({**good, "subjects": [{**subject, "indicators": ["no_such"]}]}, "unknown_indicator", "subjects[0].indicators[0]"),
        ({**good, "organisation": "nobody"}, "no such organisation", "organisation"),
    ]  # fmt: skip


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["published", "dry run"])
def test_bad_rows_are_named_with_their_field_and_hold_no_good_ones_back(
    hub: RunningHub, mash: Mash, tmp_path: Path, dry: tuple[str, ...]
) -> None:
    wrong = wrong_rows()
    lines = [a_row(id=str(uuid4()))]
    for bad, _, _ in wrong:
        lines += [bad, a_row(id=str(uuid4()))]
    (tmp_path / "many.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    said = mash("publish", str(tmp_path / "many.jsonl"), "--json", *dry)
    answer = said.json
    assert (said.code, answer["published"], answer["refused"]) == (1, len(wrong) + 1, len(wrong))
    refused = [one for one in answer["receipts"] if one["error"]]
    assert [(one["row"], one["field"]) for one in refused] == [
        (2 * number, field) for number, (_, _, field) in enumerate(wrong, start=1)
    ]
    for one, (_, reason, _) in zip(refused, wrong, strict=True):
        assert one["error"].startswith(reason), one
    assert end(hub) == (0 if dry else len(wrong) + 1)


def test_two_nhs_numbers_of_one_child_are_never_chosen_between(hub: RunningHub, mash: Mash, tmp_path: Path) -> None:
    one, other = a_child(), a_child()
    good = json.dumps(row(concern("school", seen_by(one, "school"))))
    twice = good.replace('"nhs_number": ', f'"nhs_number": "{other.nhs}", "nhs_number": ', 1)
    said = mash("publish", "-", "--json", stdin=f"{twice}\n{good}\n")
    assert [(receipt["error"][:11], receipt["field"]) for receipt in said.json["receipts"]] == [
        ("given_twice", "nhs_number"), ("", ""),
    ]  # fmt: skip
    mapping = MAPPING.replace('"NHS no" =', '"Second NHS no" = "subjects.0.person.nhs_number"\n"NHS no" =')
    (tmp_path / "mapping.toml").write_text(mapping)
    numbers = [(one.nhs, other.nhs), (one.nhs, one.nhs), ("", other.nhs)]
    lines = [
        f"pupil-{place},{first},{second},2017-05-04,Food,81,attendance_percent,Seen"
        for place, (first, second) in enumerate(numbers)
    ]
    (tmp_path / "rows.csv").write_text(
        "\n".join(["Our ref,NHS no,Second NHS no,Born,What,Attendance,Measure,Notes", *lines])
    )
    words = ["publish", str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "mapping.toml")]
    said = mash(*words, "--organisation", "school", "--json")
    assert [(receipt["error"][:11], receipt["field"]) for receipt in said.json["receipts"]] == [
        ("given_twice", "subjects.0.person.nhs_number"), ("", ""), ("", ""),
    ]  # fmt: skip
    assert [one for one in (one.nhs, other.nhs) if one in said.out + said.err] == []
    (tmp_path / "rows.csv").write_text("Our ref,NHS no,NHS no\n1,2,3\n")
    (tmp_path / "mapping.toml").write_text('[columns]\n"NHS no" = "subjects.0.person.nhs_number"\n')
    said = mash(*words, "--organisation", "school")
    assert (said.code, "has the column NHS no twice" in " ".join(said.err.split())) == (2, True)
    assert end(hub) == 3


def test_a_file_that_is_not_there_not_utf_8_or_without_its_mapping_is_used_wrongly(
    hub: RunningHub, mash: Mash, tmp_path: Path
) -> None:
    (tmp_path / "old.jsonl").write_bytes('{"narrative": "café"}'.encode("cp1252"))
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    (tmp_path / "mapping.toml").write_text("[columns\n")
    (tmp_path / "other.toml").write_text('[columns]\nSurname = "subjects.0.person.names.0.surname"\n')
    for words, told in (
        (["nowhere.json"], "cannot be read"),
        ([str(tmp_path / "old.jsonl")], "not UTF-8"),
        ([str(tmp_path / "rows.csv")], "which column is which field"),
        ([str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "mapping.toml")], "does not read"),
        ([str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "other.toml")], "Surname"),
        (["-", "--receipts", str(tmp_path / "no" / "where.csv")], "cannot be written"),
        ([], "Missing argument"),
    ):
        said = mash("publish", *words)
        assert (said.code, said.out) == (2, ""), said
        assert told in " ".join(said.err.split()), said.err


def test_a_key_speaks_for_its_own_organisation_while_it_is_in_force(
    hub: RunningHub, mash: Mash, tmp_path: Path
) -> None:
    key = tmp_path / "police.key"
    key_id = mash("agency", "key", "add", "police", "--out", str(key), "--json").json["key_id"]
    (tmp_path / "one.json").write_text(json.dumps(a_row()))
    for dry in ([], ["--dry-run"]):
        said = mash("publish", str(tmp_path / "one.json"), "--key", str(key), "--json", *dry)
        assert (said.code, said.json["receipts"][0]["error"][:9]) == (1, "wrong_key")
    own = row(concern("police", seen_by(a_child(), "police")))
    (tmp_path / "own.json").write_text(json.dumps(own))
    assert mash("publish", str(tmp_path / "own.json"), "--key", str(key)).code == 0
    mash("agency", "key", "revoke", "police", key_id, "--reason", "laptop_lost")
    said = mash("publish", str(tmp_path / "own.json"), "--key", str(key), "--json")
    assert (said.code, said.json["receipts"][0]["error"][:11]) == (1, "revoked_key")
    (tmp_path / "no.key").write_text("nothing")
    assert "is no key file" in mash("publish", "-", "--key", str(tmp_path / "no.key")).err
    assert end(hub, "police") == 1
    assert end(hub) == 0


def test_when_the_log_goes_away_half_way_the_receipts_say_which_rows_to_send_again(
    hub: RunningHub, mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = EmbeddedLog.append, [2]

    def fails(self: EmbeddedLog, messages: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise TryLater("the log is away")
        return real(self, messages)

    monkeypatch.setattr(EmbeddedLog, "append", fails)
    lines = "\n".join(json.dumps(a_row()) for _ in range(4))
    said = mash("publish", "-", "--receipts", str(tmp_path / "receipts.csv"), stdin=lines)
    assert said.code == 1
    with (tmp_path / "receipts.csv").open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert [bool(one["position"]) for one in kept] == [True, True, False, False]
    assert [one["error"] for one in kept[2:]] == ["not published, send this row again: the log is away"] * 2


def test_python_callers_are_refused_before_anything_is_published(hub: RunningHub) -> None:
    good, bad = (concern("school", seen_by(a_child(), "school")) for _ in range(2))
    with pytest.raises(BadMessage, match="names_nobody"):
        hub.hub.publish([(str(uuid4()), good), (str(uuid4()), replace(bad, subjects=()))])
    with pytest.raises(NotFound, match="mash agency list"):
        hub.hub.publish([(str(uuid4()), concern("nobody", seen_by(a_child(), "nobody")))])
    assert end(hub) == 0


# ------------------------------------------------------------------------------------------------------ the ways in


def test_dry_run_checks_everything_and_publishes_nothing(hub: RunningHub, mash: Mash) -> None:
    said = mash("publish", "--dry-run", "-", stdin=json.dumps(a_row()))
    assert (said.code, said.out.splitlines()[-1]) == (0, "1 would be published, 0 refused")
    assert end(hub) == 0


def test_one_json_file_a_list_json_lines_and_stdin_all_arrive(hub: RunningHub, mash: Mash, tmp_path: Path) -> None:
    rows = [a_row(id=str(uuid4())) for _ in range(6)]
    (tmp_path / "one.json").write_text(json.dumps(rows[0]))
    (tmp_path / "list.json").write_text(json.dumps(rows[1:3]))
    (tmp_path / "lines.jsonl").write_text(f"{json.dumps(rows[3])}\n\n{json.dumps(rows[4])}\n")
    for name in ("one.json", "list.json", "lines.jsonl"):
        assert mash("publish", str(tmp_path / name)).code == 0
    assert mash("publish", "-", stdin=json.dumps(rows[5])).code == 0
    taken_in(hub, *(one["id"] for one in rows))
    assert hub.stream("source:school") == []  # the front desk's numbers have no gap
    first = hub.journey("school", rows[0]["id"])[0]
    assert first.fact.statement.entered_by == "gateway"  # type: ignore[attr-defined]
    assert first.envelope.by == "organisation:gateway"


def test_a_csv_file_with_a_mapping_gets_a_receipt_for_each_row(hub: RunningHub, mash: Mash, tmp_path: Path) -> None:
    child = a_child()
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text(
        "Our ref,Born,NHS no,What,Attendance,Measure,Notes\n"
        f'P-1,2017-05-04,{child.nhs},Food,71.5,attendance_percent,"Asked twice, and again"\n'
        "P-2,2017-05-04,9990000410,Food,,,Came late\n"
        "P-3,4 May 2017,,Food,,,Came late\n"
        "P-4,,,poor_hygiene,,,Came late\n",
        encoding="utf-8-sig",
    )
    said = mash(
        "publish", str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "mapping.toml"), "--organisation", "housing",
        "--receipts", str(tmp_path / "receipts.csv"),
    )  # fmt: skip
    assert said.code == 1
    with (tmp_path / "receipts.csv").open(newline="") as file:
        kept = list(csv.DictReader(file))
    assert [(one["row"], one["field"], bool(one["position"])) for one in kept] == [
        ("1", "", True),
        ("2", "subjects[0].person.nhs_number", False),
        ("3", "subjects[0].person.birth_date", False),
        ("4", "", True),
    ]
    assert child.nhs not in (tmp_path / "receipts.csv").read_text()
    taken_in(hub, kept[0]["id"], kept[3]["id"], organisation="housing")
    subject = hub.journey("housing", kept[0]["id"])[0].fact.statement.subjects[0]  # type: ignore[attr-defined]
    assert (subject.indicators, subject.measures) == (("hunger",), (("attendance_percent", 71.5),))


def test_every_way_in_gives_the_same_receipt_and_leads_to_the_same_record(
    hub: RunningHub, mash: Mash, tmp_path: Path
) -> None:
    child = a_child()
    ids = {way: str(uuid4()) for way in ("python", "command line", "own key", "http")}
    said = concern("school", seen_by(child, "school"))
    receipts: dict[str, dict[str, Any]] = {}
    (given,) = hub.hub.publish([(ids["python"], said)])
    receipts["python"] = msgspec.to_builtins(given)
    line = json.dumps(row(said, id=ids["command line"]))
    receipts["command line"] = mash("publish", "-", "--json", stdin=line).json["receipts"][0]
    mash("agency", "key", "add", "school", "--out", str(tmp_path / "school.key"))
    own = json.dumps(row(said, id=ids["own key"]))
    answer = mash("publish", "-", "--key", str(tmp_path / "school.key"), "--json", stdin=own)
    receipts["own key"] = answer.json["receipts"][0]
    receipts["http"] = posted(hub, row(said, id=ids["http"], type="mash.concern-raised.v1"))
    for way, receipt in receipts.items():
        assert receipt["id"] == ids[way]
        assert datetime.fromisoformat(receipt["received"]).tzinfo is not None
    places = [receipts[way]["position"] for way in ids]
    assert places == [f"concern.school.v1/0/{offset}" for offset in range(4)]
    assert sorted(receipts["http"]) == sorted(receipts["python"]) == RECEIPT
    assert list(receipts["command line"]) == ["row", *RECEIPT, "error", "field"]
    taken_in(hub, *ids.values())
    facts = [hub.journey("school", ident)[0].fact.statement for ident in ids.values()]  # type: ignore[attr-defined]
    assert [one.entered_by for one in facts] == ["gateway", "gateway", "", "gateway"]
    assert len({one.digest for one in facts}) == 1  # the same was said, whichever way it came
    assert hub.stream("source:school") == []


def posted(hub: RunningHub, message: dict[str, Any]) -> dict[str, Any]:
    """The receipt of the same message by HTTP, from the pages' own server."""
    from hub.web.app import listen, make_app, server

    socket = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    serving = server(make_app(hub.hub, public_url=url))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [socket]})
    thread.start()
    try:
        wait_until(lambda: serving.started)
        answer = httpx.post(f"{url}/api/v1/concerns", json=message, auth=hub.hub.add_client("school"))
    finally:
        serving.should_exit = True
        thread.join()
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def test_a_telephone_contact_is_entered_on_a_callers_behalf(hub: RunningHub, mash: Mash) -> None:
    ident = str(uuid4())
    call = a_row(id=ident, on_behalf_of="caller", referrer="caller-19", referrer_kind="1B", referrer_name="A neighbour")
    assert mash("publish", "-", stdin=json.dumps(call)).code == 0
    taken_in(hub, ident)
    statement = hub.journey("school", ident)[0].fact.statement  # type: ignore[attr-defined]
    assert (statement.referrer_kind, statement.entered_by) == ("1B", "gateway")
    assert statement.referrer != "caller-19"  # a keyed digest: calls of one caller can be counted, nobody can be named
    assert message_id("school", ident) in statement_streams(hub)


@pytest.mark.parametrize(("kind", "who"), [("1A", "A parent"), ("1C", "The young person")])
def test_a_family_that_makes_contact_itself_comes_in_by_a_partners_own_page_and_is_counted_as_one_caller(
    hub: RunningHub, kind: str, who: str
) -> None:
    """The page is a partner's, whose program sends what the family wrote; nobody of the hub types it."""
    ident = str(uuid4())
    row = a_row(id=ident, on_behalf_of="caller", referrer=f"caller-{kind}", referrer_kind=kind, referrer_name=who)
    assert posted(hub, row | {"type": "mash.concern-raised.v1"})["id"] == ident
    taken_in(hub, ident)
    statement = hub.journey("school", ident)[0].fact.statement  # type: ignore[attr-defined]
    assert (statement.referrer_kind, statement.organisation) == (kind, "school")
    assert who not in repr(statement)  # who it was is sealed


def statement_streams(hub: RunningHub) -> set[str]:
    return {one.stream.partition(":")[2] for one in hub.facts() if one.stream.startswith("message:")}


def test_the_key_file_is_for_its_owner_alone_and_is_never_written_over(
    hub: RunningHub, mash: Mash, tmp_path: Path
) -> None:
    key = tmp_path / "school.key"
    assert mash("agency", "key", "add", "school", "--out", str(key)).code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    again = mash("agency", "key", "add", "school", "--out", str(key))
    assert (again.code, key.read_text()) == (1, before)
    assert "never written over" in again.err
    nobody = mash("agency", "key", "add", "nobody", "--out", str(tmp_path / "nobody.key"))
    assert nobody.code == 1
    assert not (tmp_path / "nobody.key").exists()
