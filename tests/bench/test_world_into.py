"""A world straight into a hub: each organisation by its own key, nothing lost, nothing of the truth."""

from pathlib import Path
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner

from bench.evaluate import through_hub
from bench.world.cli import command
from bench.world.stream import World
from hub.bootstrap import open_hub
from hub.config import read_settings


def cli() -> typer.Typer:
    app = typer.Typer()
    command(app)
    app.command("other")(lambda: None)  # two commands, so that the name is part of what one types
    return app


@pytest.mark.parametrize("scope", ["contacts", "routine"])
def test_every_message_of_the_world_lies_on_the_topic_of_its_organisation(tmp_path: Path, scope: str) -> None:
    asked = [
        "synth",
        "--children",
        "60",
        "--years",
        "1",
        "--seed",
        "3",
        "--scope",
        scope,
        "--into",
        str(tmp_path),
        "--json",
    ]
    result = CliRunner().invoke(cli(), asked)
    assert result.exit_code == 0, result.stderr
    said = list(World(60, 1, 3, scope="contacts" if scope == "contacts" else "routine").messages())
    hub = open_hub(read_settings(data=tmp_path))
    try:
        on_log = {topic: hub.log.end(topic, 0) for topic in hub.log.topics("concern.")}
        assert sum(on_log.values()) == len(said) > 0
        assert on_log["concern.police.v1"] == sum(emitted.organisation == "police" for emitted in said)
        register = hub.register()
        signing = {key.organisation for key in register.keys.values()}
        assert signing >= set(World(60, 1, 3).population.organisations)
    finally:
        hub.close()


def test_a_hub_takes_the_whole_world_without_quarantine_or_gap(tmp_path: Path) -> None:
    world = World(120, 1, 8)
    sectors = {one.id: one.sector for one in world.population.organisations.values()}
    told, linked = through_hub.tell(
        world.steps(), world.start, world.end, tmp_path / str(uuid4()), "demo", sectors, routine=True
    )
    assert linked.messages == len(list(world.messages()))
    assert linked.quarantined == 0
    counted = {event.id for about in told.children.values() for record in about.records for event in record}
    assert counted
