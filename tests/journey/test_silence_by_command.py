"""What is silent, by commands: listed, shown, answered; when feeds were heard, and how often they say they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.errors import HubError, NotFound, NotPermitted, Refused
from tests.support.asking import SCREENER, Front
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for, wait_until

AUDITOR = "staff-a37d05"
Run = Callable[..., Any]


@pytest.fixture
def held(tmp_path: Path) -> None:
    """A hub that was closed again, in which numbers of the housing organisation never came."""
    running = RunningHub(settings_for(tmp_path))
    running.start("intake", "relay", "views", "silence")
    front = Front(running)
    running.organisations["housing"].last += 2
    running.say(concern("housing", seen_by(front.like, "housing", "hunger"), at=moment(1)))
    wait_until(lambda: running.died or running.hub.listening.page(front.who(SCREENER)).rows, what="the gap is silent")
    running.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `mash` with --json over that hub: the answer, or the error it raised."""
    monkeypatch.setenv("MASH_DEMO", "true")

    def typed(*words: str) -> Any:
        done = CliRunner().invoke(app, [*words, "--data", str(tmp_path), "--json"])
        if isinstance(done.exception, HubError):
            return done.exception
        assert (done.exit_code, done.exception) == (0, None), done.output
        return json.loads(done.stdout.strip().splitlines()[-1])

    return typed


def test_everything_about_silence_has_a_command(held: None, run: Run) -> None:
    del held
    who = ("--as", SCREENER)
    assert isinstance(run("silence", "list", "--kind", "noise", *who), Refused)
    assert isinstance(run("silence", "list", "--as", AUDITOR), NotPermitted)
    (row,) = run("silence", "list", *who)["rows"]
    assert (row["kind"], row["of"], row["child"], row["state"]) == ("sequence_gap", "Housing", "", "stands")
    assert run("silence", "list", "--kind", "no_answer", *who)["rows"] == []
    assert isinstance(run("silence", "show", "3f2a91bc", *who), NotFound)
    assert isinstance(run("silence", "answer", row["silence"], "--answer", "fine", *who), Refused)
    assert run("silence", "answer", row["silence"], "--answer", "came_otherwise", *who)["answer"] == "came_otherwise"
    assert run("silence", "show", row["silence"], *who)["answered"] == "It came another way"
    assert run("silence", "list", *who)["rows"] == []


def test_how_often_somebody_is_heard_is_declared_and_read(held: None, run: Run) -> None:
    del held
    assert isinstance(run("agency", "feed", "declare", "nobody", "--days", "1", "--counts", "working"), NotFound)
    assert isinstance(run("agency", "feed", "declare", "police", "--days", "1", "--counts", "mondays"), Refused)
    assert isinstance(run("agency", "feed", "declare", "police", "--days", "999", "--counts", "working"), Refused)
    said = ("agency", "feed", "declare", "police", "--days", "2", "--counts", "working")
    assert [run(*said)["changed"], run(*said)["changed"]] == [True, False]
    feeds = {row["organisation"]: row for row in run("silence", "feeds", "--as", SCREENER)["rows"]}
    assert (feeds["Police"]["every"], feeds["Police"]["counts"], feeds["Police"]["declared"]) == (
        2,
        "working day",
        True,
    )
    assert (feeds["Housing"]["every"], feeds["Housing"]["silent"]) == (0, False)
