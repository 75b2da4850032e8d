"""`mash demo --once`: the main job once, and what people find on their pages afterwards."""

import json

import pytest
import typer
from typer.testing import CliRunner

from bench import demo


@pytest.fixture(scope="module")
def told() -> list[str]:
    """What it printed, line by line."""
    app = typer.Typer()
    demo.command(app)
    done = CliRunner().invoke(app, ["--once", "--json"])
    assert done.exit_code == 0, done.output
    return done.stdout.strip().splitlines()


def test_it_ends_with_one_object_that_counts_what_was_done(told: list[str]) -> None:
    summary = json.loads(told[-1])
    assert summary["verified"] + sum(summary["quarantined"].values()) == summary["concerns"]
    assert len(summary["quarantined"]) == 5
    assert {3, 4} == {one["level"] for one in summary["alerts"]}
    people = summary["people"]
    assert people.pop("measures") > 0
    assert people == dict.fromkeys(
        ("plans", "assessments", "offers", "meetings", "steps_waiting", "late", "silences", "what_ifs"), 1
    )


def test_each_line_says_what_somebody_finds_on_a_page(told: list[str]) -> None:
    first_words = [line.split(" ", 1)[1].split(":")[0] for line in told if line[0].isdigit()]
    assert [one for one in first_words if one in {"Help", "Late evidence", "Silence"}] == [
        "Help",
        "Late evidence",
        "Silence",
    ]
    assert any("rules would have proposed level 3" in line for line in told)
    assert any("never came (Council schools" in line or "never came (" in line for line in told)
