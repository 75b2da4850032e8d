"""Working together by commands: a strategy discussion, a lead, what was sent, a challenge, a prompt that goes to nobody."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.errors import HubError
from hub.domain.moments import LONDON
from tests.support.asking import DECIDER, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.partnership import RunningHub, settings_for

HELPER = "staff-4fa690"
ALL = ("children_social_care", "police", "health_visiting")
Run = Callable[..., Any]


@pytest.fixture
def held(tmp_path: Path) -> tuple[str, str]:
    """A child of whom the police have spoken, and the MASH enquiry about them, in a hub that was closed again."""
    running = RunningHub(settings_for(tmp_path))
    running.hub.add_organisation("early_help", "Early Help", "early_help")
    running.start("intake", "views")
    front = Front(running)
    known = front.child, front.enquiry
    running.close()
    return known


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


def test_everything_about_working_together_has_a_command(held: tuple[str, str], run: Run, tmp_path: Path) -> None:
    child, enquiry = held
    now, by = f"{datetime.now(LONDON) - timedelta(minutes=1):%Y-%m-%dT%H:%M}", ("--by", SCREENER)
    asked = [word for one in ALL for word in ("--ask", one)]
    call = ("strategy", "call", enquiry, "--child", child, *asked, "--means", "video", "--why", "x", *by)
    assert "2026-03-02T14:30" in str(run(*call, "--at", "tomorrow"))
    discussion = run(*call, "--at", now)["discussion"]
    hold = ("strategy", "hold", discussion, "--at", now, "--spoke", "x", *by)
    away = run(*hold, "--present", ALL[0], "--present", ALL[2], "--absent", "police=not_reached")
    assert away["missing"] == ["Police"]
    decide = (
        "strategy", "decide", discussion, "--open", child, "--how", "joint", "--ground", "significant_harm", "--safety", "x",
        "--why", "x", "--by", DECIDER,
    )  # fmt: skip
    assert "Police missing" in str(run(*decide))
    run("strategy", "reconvene", discussion, "--at", now, *by)
    run(*hold, *[word for one in ALL for word in ("--present", one)])
    for one in ALL:
        run("strategy", "knew", discussion, "--organisation", one, "--words", "x", *by)
    assert [one["state"] for one in run(*decide)["section_47"]] == ["open"]
    assert run("strategy", "list", enquiry, *by)["rows"][0]["state"] == "Decided: section 47"
    assert run("strategy", "show", discussion, *by)["quorate"]
    end = ("strategy", "end", discussion, "--child", child, "--why", "x", "--by", DECIDER, "--outcome")
    assert "what came of it" in str(run(*end, "fine"))
    run(*end, "concerns_not_substantiated")

    assert "Select who" in str(run("lead", "ask", child, "--to", "", "--why", "x", *by))
    run("lead", "ask", child, "--to", HELPER, "--why", "x", *by)
    assert [one["state"] for one in run("lead", "mine", "--by", HELPER)] == ["asked"]
    run("lead", "decline", child, "--reason", "no_capacity", "--by", HELPER)
    run("lead", "ask", child, "--to", HELPER, "--why", "x", *by)
    run("lead", "take-back", child, *by)
    run("lead", "ask", child, "--to", HELPER, "--why", "x", *by)
    run("lead", "accept", child, "--by", HELPER)
    assert HELPER in run("lead", "show", child, *by)["lead"]
    assert "nothing to choose" in str(run("lead", "choose", child, "--lead", HELPER, "--by", MANAGER))
    run("lead", "end", child, "--reason", "plan_completed", "--by", HELPER)

    running = RunningHub(settings_for(tmp_path))
    wish = decision(running.hub.record.position(), by=DECIDER, seen_by="police", level=2)
    running.hub.decide(running.hub.asker(DECIDER), enquiry, wish)
    running.close()
    (sent,) = run("sent", "--by", POLICE)
    assert (sent["became"], sent["why"]) == ("Early help offered", "The family is offered help")
    raised = run("challenge", "raise", sent["id"], "--type", "threshold", "--risk", "--why", "x", "--by", POLICE)[
        "challenge"
    ]
    assert [one["challenge"] for one in run("challenge", "list", "--by", DECIDER)] == [raised]
    run("challenge", "answer", raised, "--outcome", "stands", "--why", "x", "--by", DECIDER)
    run("challenge", "escalate", raised, "--why", "x", "--by", POLICE)
    run("challenge", "answer", raised, "--outcome", "changed", "--why", "x", "--by", MANAGER)
    run("challenge", "accept", raised, "--by", POLICE)
    assert run("challenge", "show", raised, "--by", POLICE)["state"] == "settled"
    assert run("challenge", "list", "--by", HELPER) == []
    assert "come to an end" in str(run("challenge", "withdraw", raised, "--by", POLICE))

    assert run("prompt", "list", child, *by)["settings"] == []
    assert "works with the child" in str(run("prompt", "send", child, "--to", "police/x", "--prompt", "see_child", *by))
    assert run("prompt", "mine", "--by", POLICE) == []
    assert "no such prompt" in str(run("prompt", "have", "none", "--by", POLICE))
    assert "no such prompt" in str(run("prompt", "take-back", "none", *by))
