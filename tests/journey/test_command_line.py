"""What one types: every command answers people and programs, helps with an example, and ends with 0 (fine), 1 (found wrong)
or 2 (used wrongly).
"""

import json
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import typer

from hub.cli import app
from hub.domain.concern import MessageQuarantined, message_id
from hub.ports import Outgoing
from tests.journey.conftest import Mash
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path, mash: Mash) -> Iterator[RunningHub]:
    """The hub that the commands speak to, opened beside them."""
    running = RunningHub(settings_for(tmp_path / "data"))
    yield running
    running.close()


def commands() -> list[tuple[str, Any]]:
    """Every command there is, by what one types."""
    for point in entry_points(group="mash.commands"):
        point.load()(app)
    found: list[tuple[str, Any]] = []

    def walk(name: str, command: Any) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append((name, command))
        for each, below in (inner or {}).items():
            walk(f"{name} {each}".strip(), below)

    walk("", typer.main.get_command(app))
    return found


COMMANDS = commands()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_says_what_it_does_and_shows_an_example_of_itself(name: str, command: Any, mash: Mash) -> None:
    said = mash(*name.split(), "--help")
    assert said.code == 0, said.err
    assert command.help, f"mash {name} does not say what it does"
    shown = " ".join(f"{command.help} {command.epilog}".split())
    assert "Example" in shown
    assert f"mash {name}" in shown, f"mash {name} --help has no example of itself"


def test_there_are_the_commands_that_others_rely_on() -> None:
    names = {name for name, _ in COMMANDS}
    assert names >= {
        "up", "run", "publish", "trace", "doctor", "agency add", "agency client", "agency list", "agency key add",
        "agency key revoke", "quarantine list", "quarantine show", "quarantine re-admit",
    }  # fmt: skip


# --------------------------------------------------------------------------------------------------- used wrongly


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["publsh"], "No such command"),
        (["trace"], "Missing argument"),
        (["agency", "add", "fire", "--name", "Fire", "--sector", "arson"], "choose one of"),
        (["agency", "add", "fire"], "Missing option"),
        (["run", "coffee"], "choose one of"),
        (["doctor", "--loudly"], "No such option"),
    ],
)
def test_a_command_used_wrongly_ends_with_2_and_says_what_to_do(mash: Mash, words: list[str], told: str) -> None:
    said = mash(*words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_an_unknown_setting_is_refused_by_name(mash: Mash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_PLIAN_BODIES", "true")
    said = mash("agency", "list")
    assert (said.code, said.out) == (1, "")
    assert said.err == "mash: unknown setting MASH_PLIAN_BODIES: docs/settings.md lists the known ones\n"


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("MASH_STORE", "postgres", "MASH_POSTGRES_DSN"),
        ("MASH_LOG", "kafka", "MASH_KAFKA_USER"),
        ("MASH_LOG", "carrier-pigeon", "'embedded' or 'kafka'"),
        ("MASH_BATCH", "0", "greater than or equal to 1"),
        ("MASH_PARTNERSHIP", "atlantis", "atlantis"),
    ],
)
def test_a_setting_that_makes_no_hub_is_refused_with_what_to_do(
    mash: Mash, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, told: str
) -> None:
    monkeypatch.setenv(setting, value)
    said = mash("agency", "list")
    assert (said.code, said.out) == (1, "")
    assert told in said.err
    assert said.err.startswith("mash: ")
    assert said.err.count("\n") == 1


def test_one_hub_is_one_partnership(hub: RunningHub, mash: Mash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_PARTNERSHIP", "staffordshire")
    said = mash("agency", "list")
    assert said.code == 1
    assert "this hub serves" in said.err


# ----------------------------------------------------------------------------------------------------- organisations


def test_an_organisation_joins_gets_a_key_and_a_client_and_is_listed(
    hub: RunningHub, mash: Mash, tmp_path: Path
) -> None:
    add = ("agency", "add", "fire_service", "--name", "Fire and rescue", "--sector", "fire")
    assert mash(*add, "--json").json == {
        "organisation": "fire_service", "topic": "concern.fire-service.v1", "changed": True,
    }  # fmt: skip
    assert mash(*add).out == "fire_service was registered already, just so\n"
    assert hub.hub.log.topics("concern.fire")
    key_id = mash("agency", "key", "add", "fire_service", "--out", str(tmp_path / "fire.key"), "--json").json["key_id"]
    client = mash("agency", "client", "fire_service", "--json").json
    assert hub.hub.register().clients[client["client"]].organisation == "fire_service"
    assert client["secret"] not in repr(hub.facts())
    revoked = mash("agency", "key", "revoke", "fire_service", key_id, "--reason", "laptop_lost", "--json")
    assert revoked.json == {"organisation": "fire_service", "key_id": key_id, "changed": True}
    assert "revoked already" in mash("agency", "key", "revoke", "fire_service", key_id, "--reason", "laptop_lost").out
    listed = mash("agency", "list", "--json").json["organisations"]
    (fire,) = [one for one in listed if one["organisation"] == "fire_service"]
    assert (fire["name"], fire["sector"], fire["party"]) == ("Fire and rescue", "fire", True)
    assert [(key["key_id"], key["revoked"] is not None) for key in fire["keys"]] == [(key_id, True)]
    assert [one["organisation"] for one in listed] == sorted(one["organisation"] for one in listed)
    assert f"{key_id} revoked" in mash("agency", "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["agency", "add", "Fire Service", "--name", "Fire", "--sector", "fire"], "lower-case"),
        (["agency", "key", "revoke", "school", "0123456789abcdef", "--reason", "rotated"], "mash agency list"),
        (["agency", "client", "nobody"], "mash agency add"),
    ],
)
def test_what_the_register_refuses_is_one_line_that_says_what_to_do(
    hub: RunningHub, mash: Mash, words: list[str], told: str
) -> None:
    said = mash(*words)
    assert (said.code, said.out) == (1, "")
    assert told in said.err
    assert said.err.count("\n") == 1


# -------------------------------------------------------------------------------------------------------- quarantine


def test_quarantine_is_listed_shown_and_re_admitted(hub: RunningHub, mash: Mash) -> None:
    school, child = hub.organisations["school"], a_child()
    registered, late = school.pair, school.new_key(register=False)
    ident = str(uuid4())
    hub.send(school.package(concern("school", seen_by(child, "school")), ident))
    school.pair = registered
    hub.send(Outgoing("concern.school.v1", None, (("ce_source", b"school"),), child.surname.encode()))
    hub.start("intake")
    hub.settled_intake()
    hub.stop()
    waiting = mash("quarantine", "list", "--json").json["quarantined"]
    assert [(one["reason"], one["field"], one["state"]) for one in waiting] == [
        ("unknown_key", "ce_keyid", "waiting"), ("missing_header", "ce_specversion", "waiting"),
    ]  # fmt: skip
    first = waiting[0]["quarantine"]
    assert first[:8] in mash("quarantine", "list").out
    shown = mash("quarantine", "show", first[:8], "--json").json
    assert (shown["quarantine"], shown["source"], shown["place"]) == (first, "school", "concern.school.v1/0/0")
    assert child.surname not in mash("quarantine", "show", waiting[1]["quarantine"]).out
    assert mash("quarantine", "show", "ffffffffffff").code == 1
    again = mash("quarantine", "re-admit", first[:8], "--reason", "key_mended", "--json")
    assert (again.code, again.json) == (
        1, {"quarantine": first, "outcome": "refused_again", "reason": "unknown_key"},
    )  # fmt: skip
    assert "give one of" in mash("quarantine", "re-admit", first[:8], "--reason", "please").err
    school.register_key(late)
    mended = mash("quarantine", "re-admit", first[:8], "--reason", "key_mended")
    assert (mended.code, mended.out) == (0, f"{first[:8]}: recorded\n")
    assert [one["quarantine"] for one in mash("quarantine", "list", "--json").json["quarantined"]] != [first]
    every = mash("quarantine", "list", "--all", "--json").json["quarantined"]
    assert [one["state"] for one in every] == ["re_admitted", "waiting"]
    assert hub.recorded("school", ident)


def test_an_empty_quarantine_says_so(hub: RunningHub, mash: Mash) -> None:
    assert mash("quarantine", "list").out == "Nothing waits in quarantine.\n"
    assert mash("quarantine", "list", "--json").json == {"quarantined": []}


# ------------------------------------------------------------------------------------------------------------- trace


def test_a_trace_is_for_people_and_for_programs_and_names_nobody(hub: RunningHub, mash: Mash) -> None:
    hub.start()
    child = a_child()
    hub.say(concern("school", seen_by(child, "school", "hunger"), at=moment(3)))
    hub.settled()  # two topics are read in either order
    ident = hub.say(concern("health", seen_by(child, "health", "was_not_brought")))
    hub.settled()
    hub.stop()
    steps = mash("trace", ident, "--json").json["steps"]
    assert [step["name"] for step in steps] == hub.names("health", ident)
    assert steps[-1]["name"] == "alert.raised"
    assert all(step["after_ms"] >= 0 for step in steps)
    assert mash("trace", message_id("health", ident), "--json").json["steps"] == steps
    people = mash("trace", ident).out
    for word in ("concern.recorded", "source-record.linked", "neglect-composite"):
        assert word in people
    assert child.surname not in people
    assert child.nhs not in people


@pytest.mark.parametrize("asked", [str(uuid4()), "the one of Monday"], ids=["an id", "no id"])
def test_a_trace_of_nothing_says_where_to_look(hub: RunningHub, mash: Mash, asked: str) -> None:
    said = mash("trace", asked)
    assert (said.code, said.out) == (1, "")
    assert "mash quarantine list" in said.err or "mash publish" in said.err


def test_what_no_running_hub_has_taken_yet_says_how_to_start_one(hub: RunningHub, mash: Mash, tmp_path: Path) -> None:
    told = msgspec.to_builtins(concern("school", seen_by(a_child(), "school")))
    raw, file = {"type": "mash.concern-raised.v1", "id": str(uuid4()), **told}, tmp_path / "concern.json"
    file.write_text(json.dumps(raw), encoding="utf-8")
    published = mash("publish", str(file), "--organisation", "school")
    assert (published.code, published.err) == (0, "")
    receipt = mash("publish", str(file), "--organisation", "school", "--json").json["receipts"][0]
    assert f"row 1: {raw['id']} at concern.school.v1/0/0, {receipt['received'][:10]}" in published.out
    assert "mash up" in mash("trace", raw["id"]).err
    assert hub.facts() is not None


def test_a_command_on_behalf_of_somebody_says_how_a_demonstration_is_set(hub: RunningHub, mash: Mash) -> None:
    assert hub.facts() is not None
    said = mash("tasks", "--by", "staff-91d3b7")
    assert (said.code, said.out) == (1, "")
    assert "MASH_DEMO=true" in said.err


def test_each_example_of_publishing_stands_on_a_line_of_its_own(mash: Mash) -> None:
    shown = mash("publish", "--help").out
    assert [line.strip() for line in shown.splitlines() if line.strip() == "mash publish concern.json"] != []


# ------------------------------------------------------------------------------------------------------------ doctor


def test_a_well_hub_is_well(hub: RunningHub, mash: Mash) -> None:
    said = mash("doctor", "--json")
    assert (said.code, said.json["well"]) == (0, True)
    assert set(said.json["checks"].values()) == {"ok"}
    assert {"settings", "log", "record", "ledger", "views", "facts"} <= set(said.json["checks"])
    assert "record" in mash("doctor").out


def test_a_record_that_does_not_open_is_found(hub: RunningHub, mash: Mash, tmp_path: Path) -> None:
    import sqlite3

    hub.say(concern("school", seen_by(a_child(), "school")))
    hub.start("intake")
    hub.settled_intake()
    hub.stop()
    with sqlite3.connect(tmp_path / "data" / "record.db") as record:
        (table, column) = stored_bytes(record)
        record.execute(
            f'UPDATE "{table}" SET "{column}" = zeroblob(length("{column}")) '
            f'WHERE rowid = (SELECT max(rowid) FROM "{table}")'
        )
    record.close()
    said = mash("doctor", "--json")
    assert (said.code, said.json["well"]) == (1, False)
    assert said.json["checks"]["facts"].startswith("record does not read after position")
    assert mash("doctor", "--quick", "--json").json["checks"].get("facts") is None


def stored_bytes(record: object) -> tuple[str, str]:
    """The table and column in which facts are stored."""
    tables = record.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()  # type: ignore[attr-defined]
    return next((name, "state") for name, sql in tables if " state" in sql.lower() or '"state"' in sql.lower())


def test_settings_that_make_no_hub_are_a_finding_of_the_doctor(mash: Mash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_STORE", "postgres")
    said = mash("doctor", "--json")
    assert said.code == 1
    assert "MASH_POSTGRES_DSN" in json.dumps(said.json)


def test_an_unexplained_message_makes_the_doctor_say_so(hub: RunningHub, mash: Mash) -> None:
    quarantined = MessageQuarantined(
        topic="concern.school.v1", partition=0, offset=0, reason="unexplained", headers=(), body=b""
    )
    hub.hub.act().append(f"quarantine:{uuid4()}", lambda _: [quarantined], "service:intake")
    said = mash("doctor", "--json")
    assert said.code == 1
    assert "mash quarantine list" in said.json["checks"]["unexplained"]
