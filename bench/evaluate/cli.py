"""`mash evaluate`: what a partnership's rules would do in a world whose truth is known. Registered through the entry point
group `mash.commands`; the hub never imports it.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn, get_args

import msgspec
import typer

from bench.evaluate import through_hub
from bench.evaluate.aloud import Evaluation, Scope, say_aloud
from bench.evaluate.curve import Point, curve
from bench.evaluate.history import BadWorld, Frame, Step, Told, folder_frame, folder_steps, tell
from bench.evaluate.measures import Measuring, run, settings
from bench.world.cli import bar_for
from bench.world.noise import FACTOR
from bench.world.planning import midnight
from bench.world.stream import World
from hub.domain import edition
from hub.domain.errors import HubError
from policies.draft import draft
from policies.partnerships import partnerships

EXAMPLES = """Runs the enabled rules of a partnership over an invented world, in the order in which things became
known, and compares the alerts with the truth. Rules that tell nobody alert nobody.

Examples:

  mash evaluate --partnership staffordshire

  mash evaluate --partnership durham --scope routine --json > durham.json

  mash evaluate --partnership demo --children 2000 --years 1 --through-hub

  mash evaluate --partnership wakefield --world world

Exit codes: 0 measured, 1 the world or the partnership cannot be used, 2 a wrong option.
"""


def evaluate(
    *,
    partnership: Annotated[str, typer.Option(help="Whose rules: a folder of policies/partnerships/.")],
    scope: Annotated[
        str, typer.Option(help="contacts: what reaches a front door; routine: registers and logs too.")
    ] = ("contacts"),
    children: Annotated[int, typer.Option(min=1, max=1_000_000, help="Children of the world.")] = 20_000,
    years: Annotated[float, typer.Option(min=0.1, max=18, help="Years of the world.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world and the same draws.")] = 1,
    noise: Annotated[str, typer.Option(help="With --through-hub: none, normal or double.")] = "normal",
    world: Annotated[Path | None, typer.Option(help="A world in a folder, in the format of docs/world.md.")] = None,
    hub: Annotated[
        bool, typer.Option("--through-hub", help="Let a real embedded hub say whose each signal is.")
    ] = False,
    no_curve: Annotated[bool, typer.Option("--no-curve", help="Leave the reach-against-load curve out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Measure what a partnership's rules would do."""
    started = time.monotonic()
    if scope not in get_args(Scope):
        raise typer.BadParameter("scope is contacts or routine", param_hint="--scope")
    if noise not in FACTOR:
        raise typer.BadParameter("noise is none, normal or double", param_hint="--noise")
    if partnership not in partnerships():
        raise typer.BadParameter(f"there are: {', '.join(partnerships())}", param_hint="--partnership")
    chosen: Scope = "routine" if scope == "routine" else "contacts"
    try:
        rules = edition.read(edition.publish(1, midnight(date(2026, 1, 1)), draft(partnership, date(2026, 1, 1))))
        steps, frame = _world(world, children, years, seed, noise, chosen)
        linked = None
        with bar_for("world  ") as progress:
            watched = _watched(steps, frame, progress)
            if hub:
                with tempfile.TemporaryDirectory(prefix="mash-evaluate-") as folder:
                    told, linked = through_hub.tell(
                        watched, frame.start, frame.end, Path(folder), partnership, frame.organisations,
                        routine=chosen == "routine",
                    )  # fmt: skip
            else:
                told = tell(
                    watched, frame.start, frame.end, rules.vocabulary, frame.organisations, routine=chosen == "routine"
                )
    except (BadWorld, HubError) as bad:
        _fail(str(bad))
    gc.freeze()
    ready = rules.ready()
    with bar_for("rules  ") as progress:
        alerts = run(told, ready, progress)
    measures = Measuring(told, alerts, seed).measures(ready)
    points: list[Point] = []
    if not no_curve:
        with bar_for("curve  ") as progress:
            points = curve(told, rules.rules, rules.vocabulary, seed, progress)
    found = Evaluation(
        partnership=partnership, edition=rules.content_hash, scope=chosen, linking="hub" if hub else "truth",
        world=_about(told, world, seed, noise), settings=settings(), measures=measures, curve=points,
        through_hub=linked, seconds=round(time.monotonic() - started, 1),
    )  # fmt: skip
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        say_aloud(found, rules)


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def _world(
    folder: Path | None, children: int, years: float, seed: int, noise: str, scope: Scope
) -> tuple[Iterable[Step], Frame]:
    if folder is not None:
        return folder_steps(folder), folder_frame(folder)
    made = World(children, years, seed, noise=next(one for one in FACTOR if one == noise), scope=scope)
    return made.steps(), Frame(
        made.start, made.end, {one.id: one.sector for one in made.population.organisations.values()}
    )


def _watched(steps: Iterable[Step], frame: Frame, progress: Callable[[float], None]) -> Iterable[Step]:
    begin, whole = midnight(frame.start), (frame.end - frame.start).total_seconds()
    for number, step in enumerate(steps):
        if step[0] is not None and number % 500 == 0:
            progress(min(1.0, (step[0].publish_at - begin).total_seconds() / whole))
        yield step


def _about(told: Told, folder: Path | None, seed: int, noise: str) -> dict[str, object]:
    planted = [need for about in told.children.values() for need in about.planted]
    return {
        "from": "folder" if folder else "seed", "seed": seed, "noise": noise, "start": told.start, "end": told.end,
        "children": len(told.children), "child_years": round(sum(a.years for a in told.children.values()), 1),
        "planted_building": sum(need.need == "building" for need in planted),
        "planted_harm": sum(need.need == "harm" for need in planted),
    }  # fmt: skip


def command(app: typer.Typer) -> None:
    """Register `evaluate` on the `mash` application."""
    app.command("evaluate", help=EXAMPLES)(evaluate)
