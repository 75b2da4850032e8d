"""Help by commands: a level stepped, an assessment written and completed, a plan made, carried out and closed; codes alone."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.errors import HubError
from tests.support import asking
from tests.support.asking import SCREENER, Front
from tests.support.identities import somebody
from tests.support.messages import involvement
from tests.support.partnership import RunningHub, settings_for

HELPER = "staff-4fa690"
WORDS = "Canary-Sorrelwick"
Run = Callable[..., Any]


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A child for whom the early-help worker leads and with whom health works, in a hub that was closed again."""
    like = somebody()
    young = type(like)(like.serial, like.forename, like.surname, like.born.replace(year=2018))
    monkeypatch.setattr(asking, "somebody", lambda: young)
    running = RunningHub(settings_for(tmp_path))
    running.hub.add_organisation("early_help", "Early Help", "early_help")
    running.start("intake", "views")
    front = Front(running)
    running.hub.leading.propose(front.who(SCREENER), front.child, HELPER, "x")
    running.hub.leading.accept(front.who(HELPER), front.child)
    running.say(involvement("health", front.like.known_to("health"), "health visiting", setting="north"))
    running.settled(alerts=False)
    running.close()
    return front.child


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `mash` with --json over that hub: the answer, or the error it raised; no word comes back."""
    monkeypatch.setenv("MASH_DEMO", "true")

    def typed(*words: str) -> Any:
        done = CliRunner().invoke(app, [*words, "--data", str(tmp_path), "--json"])
        assert WORDS not in done.output
        if isinstance(done.exception, HubError):
            return done.exception
        assert (done.exit_code, done.exception) == (0, None), done.output
        return json.loads(done.stdout.strip().splitlines()[-1])

    return typed


def test_everything_about_help_has_a_command(child: str, run: Run) -> None:
    by, later = ("--by", HELPER), f"{date.today() + timedelta(days=30)}"  # noqa: DTZ011 - a day far enough off in any zone
    step = ("help-plan", "step", child, "--why", WORDS, "--by", SCREENER, "--to", HELPER)
    assert "Select a level" in str(run(*step, "--level", "9"))
    run(*step, "--level", "2")
    assert [one["child"] for one in run("help-plan", "mine", *by)] == [child]
    assert "Select why" in str(run("help-plan", "decline", child, "--reason", "busy", *by))
    run("help-plan", "take-back", child, "--by", SCREENER)
    run(*step, "--level", "2")
    run("help-plan", "accept", child, *by)
    assert run("help-plan", "show", child, *by)["level"] == 2
    assert "2027-03-27" in str(run("help-plan", "renew", child, "--until", "soon", "--why", WORDS, *by))

    made = run("assessment", "begin", child, "--type", "CAF", *by)["assessment"]
    one = (child, made)
    run("assessment", "write", *one, "--section", "housing", "--worries", WORDS, *by)
    run("assessment", "hear", *one, "--how", "not_obtained", "--words", WORDS, *by)
    run(
        "assessment",
        "attach",
        *one,
        "--section",
        "safety",
        "--tool",
        "Safety scale",
        "--reference",
        "A7",
        "--result",
        "4",
        *by,
    )
    run("assessment", "judge", *one, "--need", "2", "--why-need", WORDS, "--risk", "low", "--why-risk", WORDS, *by)
    run("assessment", "complete", *one, *by)
    shown = run("assessment", "show", *one, *by)
    assert (shown["written"], shown["complete"], len(shown["not_assessed"])) == (["housing"], True, 21)
    assert [each["complete"] for each in run("assessment", "list", child, *by)] == [True]

    seats = ("--seat", "early_help/family_hub_east", "--seat", "health/north", "--family", "parent")
    make = ("help-plan", "make", child, "--team", "TAF", "--goal-words", WORDS, "--goal", "3", "--review", later, *by)
    assert "at least 2 organisations" in str(run(*make))
    plan = run(*make, *seats)["plan"]
    here = (child, plan)
    run("help-plan", "team", *here, *seats, "--family", "advocate", *by)
    run("help-plan", "action", *here, "--what", "visit", "--owner", "health", "--due", later, *by)
    run("help-plan", "done", *here, "--action", "visit.1", *by)
    run("help-plan", "undo", *here, "--action", "visit.1", *by)
    met = f"{date.today() - timedelta(days=1)}"  # noqa: DTZ011 - yesterday, or the day before
    run(
        "help-plan", "meet", *here, "--on", met, "--review", later, "--seat", "health/north",
        "--family-there", "--voice", "not_obtained", *by,
    )  # fmt: skip
    for stage in ("start", "close"):
        run("help-plan", "outcome", *here, "--stage", stage, "--outcome", "better", "--why", WORDS, *by)
    run("help-plan", "close", *here, "--reason", "goal_reached", *by)
    (told,) = run("help-plan", "plan", child, *by)
    assert (told["closed"], told["meetings"], [one["done"] for one in told["actions"]]) == (
        "The family reached its goal", 1, [False],
    )  # fmt: skip
    run("help-plan", "end", child, "--reason", "needs_met", "--why", WORDS, *by)
    assert run("help-plan", "show", child, *by)["level"] == 1
