"""`mash demo --once`: the main job once, and what people find on their pages afterwards."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bench import demo
from bench.demo_day import begun
from bench.demo_people import who
from bench.world.demo import once
from hub.bootstrap import open_hub
from tests.support.partnership import settings_for


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


def test_who_looks_on_while_concerns_arrive_finds_the_same_help_and_nobody_is_refused_anything(tmp_path: Path) -> None:
    """A running demo begins what it can after each message: not before enough organisations work with a child."""
    hub = open_hub(settings_for(tmp_path / "data"))
    try:
        signers = demo.join(hub)
        with demo.at_work(hub):
            for number, emitted in enumerate(once(demo.SEED, datetime.now(UTC)), start=1):
                demo.send(hub, emitted, signers)
                if emitted.type.startswith("mash.involvement"):
                    demo._drain(hub, number)
                    begun(hub)
        helper = hub.asker(who("lead_professional"))
        (child,) = {one.child for one in hub.involved(helper)}
        assert len(hub.help_planning.page(helper, child).rows[0].seats) == 3
        assert len(hub.offering.view(helper, child).rows) == 1
        (meeting,) = hub.convening.page(helper).coming
        (packed,) = hub.convening.pack(helper, meeting.meeting, 1).rows
        assert [said.code for said in packed.words if "_" in said.code] == []  # each has a name that people use
    finally:
        hub.close()
