"""A MASH enquiry by commands: opened, graded, taken, decided; forwarded and acknowledged; and what waits for whom."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.errors import HubError
from tests.support.enquiries import today
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for

DECIDER, MANAGER, SCREENER, WORKER = "staff-91d3b7", "staff-e58c12", "staff-c17b3d", "staff-86d51c"
Run = Callable[..., Any]


@pytest.fixture
def child(tmp_path: Path) -> str:
    """A child about whom an alert waits, in a hub that was closed again."""
    running, hungry = RunningHub(settings_for(tmp_path)), a_child()
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    running.start()
    ident = running.say(concern("school", seen_by(hungry, "school", "hunger"), at=moment(3)))
    running.say(concern("health", seen_by(hungry, "health", "was_not_brought")))
    running.settled()
    person = running.child_of("school", ident)
    running.close()
    return person


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `mash` with --json over that hub: the answer, or the error it raised."""
    monkeypatch.setenv("MASH_DEMO", "true")

    def typed(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, [*words, "--data", str(tmp_path), "--json"])
        if isinstance(done.exception, HubError):
            return done.exception
        assert (done.exit_code, done.exception if code == 0 else None) == (code, None), done.output
        return json.loads(done.stdout.strip().splitlines()[-1])

    return typed


def test_from_opening_to_decision_by_commands(child: str, run: Run) -> None:
    refused = run("enquiry", "open", child, "--ground", "curiosity", "--why", "x", "--by", DECIDER)
    assert "ground" in str(refused)
    opened = run("enquiry", "open", child, "--ground", "significant_harm", "--why", "Who feeds them?", "--by", DECIDER)
    enquiry, by = opened["enquiry"], ("--by", SCREENER)
    assert opened["alerts"] >= 1
    red = run("enquiry", "grade", enquiry, "--grade", "red", "--why", "The father is on his way.", *by)
    assert (red["grade"], red["red"], red["holder"]) == ("Red", True, "")
    waits = run("tasks", "--as", MANAGER, "--kind", "red_unclaimed")
    assert [(one["child"], one["red"]) for one in waits["rows"]] == [(child, True)]
    assert "no such kind" in str(run("tasks", "--as", MANAGER, "--kind", "nonsense"))
    assert "Screening" in run("enquiry", "claim", enquiry, *by)["holder"]
    run("enquiry", "hand-over", enquiry, "--to", DECIDER, "--why", "School rings at six.", *by)
    taken = run("enquiry", "accept", enquiry, "--by", DECIDER)
    assert (DECIDER in taken["holder"], taken["offered"]) == (True, "")
    answers = (
        "--level", "2", "--disagree", "--action", f"advice_given:front_door:{today()}", "--view", "not_obtained",
        "--no-view", "A baby.", "--seen", "not_seen", "--family-told", "--why", "Grandmother feeds them.", "--by", DECIDER,
    )  # fmt: skip
    assert "day" in str(run("enquiry", "decide", enquiry, "--outcome", "early_help", *answers[:4], "advice_given:front_door",
                            *answers[5:]))  # fmt: skip
    proposed = run("enquiry", "decide", enquiry, "--outcome", "information_and_advice", *answers, code=1)
    assert proposed["waits_for_manager"] == ["not_seen"]
    shown = run("enquiry", "show", enquiry, "--by", MANAGER)
    assert [one["state"] for one in shown["children"]] == ["waiting"]
    done = run("enquiry", "approve", enquiry, "--child", child, "--by", MANAGER)
    assert (done["state"], done["children"][0]["outcome"]) == ("decided", "Information, advice or signposting")
    assert run("enquiry", "advice-only", "--by", MANAGER)["advice_only"] == 1
    assert "Grandmother" not in json.dumps([shown, done])  # a command prints no words


def test_a_team_and_a_plan_by_commands(child: str, run: Run) -> None:
    opened = run("enquiry", "open", child, "--ground", "significant_harm", "--why", "Who feeds them?", "--by", DECIDER)
    enquiry = opened["enquiry"]
    run("enquiry", "claim", enquiry, "--by", SCREENER)
    leave = ("enquiry", "leave", enquiry, "--who", DECIDER, "--by", SCREENER)
    assert "why" in str(run(*leave, "--why-ended", "because"))
    run(*leave, "--why-ended", "work_done")
    assert "on the team" in str(run(*leave, "--why-ended", "work_done"))
    run("enquiry", "hand-over", enquiry, "--to", "front_door", "--why", "School rings at six.", "--by", SCREENER)
    assert DECIDER in run("enquiry", "accept", enquiry, "--by", DECIDER)["holder"]
    run("enquiry", "decide", enquiry, "--level", "2", "--disagree", "--action", f"family_contacted:front_door:{today()}",
        "--view", "not_obtained", "--no-view", "A baby.", "--seen", "not_seen", "--family-told", "--why", "Grandmother.",
        "--outcome", "early_help", "--by", DECIDER)  # fmt: skip
    waits = run("enquiry", "plans", "--by", SCREENER)["rows"]
    assert [(one["child"], one["action"], one["due"]) for one in waits] == [(child, "family_contacted", str(today()))]
    assert "plan_due" in [one["kind"] for one in run("tasks", "--as", SCREENER)["rows"]]
    done = ("enquiry", "plan-done", enquiry, child, "--action", "family_contacted", "--by", SCREENER)
    assert "nothing to take back" in str(run(*done, "--undo"))
    assert (run(*done)["done"], run(*done, "--undo")["done"], run(*done)["done"]) == (True, False, True)
    assert [one["action"] for one in run("enquiry", "plans", "--by", SCREENER)["done"]] == ["family_contacted"]
    assert "police_called" not in str(
        run(*done[:-3], "police_called", "--by", SCREENER)
    )  # an error repeats nothing typed


def test_who_is_at_it_and_what_went_to_them_by_commands(child: str, run: Run) -> None:
    allocate = ("enquiry", "allocate", child, "--worker", WORKER, "--ground", "child_in_need", "--by", MANAGER)
    assert "day" in str(run(*allocate, "--since", "yesterday"))
    run(*allocate, "--since", str(today()))
    sent = run("enquiry", "forward", child, "--by", SCREENER)["forwarding"]
    assert [one["forwarding"] for one in run("enquiry", "forwarded", "--by", WORKER)["rows"]] == [sent]
    assert [one["kind"] for one in run("tasks", "--as", WORKER)["rows"]] == ["forwarded_to_me"]
    assert "another worker" in str(run("enquiry", "acknowledge", sent, "--by", SCREENER))
    passed = run("enquiry", "pass-back", sent, "--reason", "needs_screening", "--why", "New bruises.", "--by", WORKER)
    assert passed["state"] == "passed_back"
    again = run("enquiry", "forward", child, "--by", SCREENER)["forwarding"]
    assert run("enquiry", "acknowledge", again, "--by", WORKER)["state"] == "acknowledged"
    assert run("enquiry", "end-allocation", child, "--reason", "step_down", "--by", MANAGER)["worker"] == ""
