"""`mash evaluate`: what a partnership's rules would do in a world whose truth is known. Registered through the entry point
group `mash.commands`; the hub never imports it.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, NoReturn, get_args

import msgspec
import typer
from msgspec import Struct

from bench.evaluate import through_hub
from bench.evaluate.aloud import Both, Evaluation, Scope, missed, say_aloud, say_front
from bench.evaluate.curve import Tried, curve, front
from bench.evaluate.goals import goals
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

NOT_MET = 3
EXAMPLES = """Runs the enabled rules of a partnership over an invented world, in the order in which things became
known, compares the alerts with the truth, and judges the goals of load and reach (docs/evaluate.md). Rules that tell
nobody alert nobody.

Examples:

  mash evaluate --partnership staffordshire

  mash evaluate --partnership durham --scope routine --json > durham.json

  mash evaluate --partnership calderdale --scope both --check

  mash evaluate --partnership demo --children 2000 --years 1 --through-hub

  mash evaluate --partnership wakefield --world world

Exit codes: 0 measured, 1 the world or the partnership cannot be used, 2 a wrong option, 3 a goal is not met (--check).
"""


def evaluate(
    *,
    partnership: Annotated[str, typer.Option(help="Whose rules: a folder of policies/partnerships/.")],
    scope: Annotated[
        str,
        typer.Option(help="contacts: what reaches a front door; routine: registers and logs too; both, one by one."),
    ] = "contacts",
    children: Annotated[int, typer.Option(min=1, max=1_000_000, help="Children of the world.")] = 20_000,
    years: Annotated[float, typer.Option(min=0.1, max=18, help="Years of the world.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world and the same draws.")] = 1,
    noise: Annotated[str, typer.Option(help="With --through-hub: none, normal or double.")] = "normal",
    world: Annotated[Path | None, typer.Option(help="A world in a folder, in the format of docs/world.md.")] = None,
    hub: Annotated[
        bool, typer.Option("--through-hub", help="Let a real embedded hub say whose each signal is.")
    ] = False,
    no_curve: Annotated[bool, typer.Option("--no-curve", help="Leave the reach-against-load curve out.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Leave with code 3 where a goal is not met.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Measure what a partnership's rules would do."""
    if scope not in {*get_args(Scope), "both"}:
        raise typer.BadParameter("scope is contacts, routine or both", param_hint="--scope")
    if noise not in FACTOR:
        raise typer.BadParameter("noise is none, normal or double", param_hint="--noise")
    if partnership not in partnerships():
        raise typer.BadParameter(f"there are: {', '.join(partnerships())}", param_hint="--partnership")
    try:
        rules = edition.read(edition.publish(1, midnight(date(2026, 1, 1)), draft(partnership, date(2026, 1, 1))))
        asked = _Asked(partnership, children, years, seed, noise, world, through_hub=hub, with_curve=not no_curve)
        measured = [_measured(asked, rules, one) for one in get_args(Scope) if scope in {one, "both"}]
    except (BadWorld, HubError) as bad:
        _fail(str(bad))
    found = [one for one, _ in measured]
    if scope == "both":
        (contacts, tried), (routine, others) = measured
        both = Both(
            partnership, rules.content_hash, contacts, routine, {one.scope: missed(one) for one in found},
            front(tried, others),
        )  # fmt: skip
    if as_json:
        sys.stdout.write(msgspec.json.encode(both if scope == "both" else found[0]).decode() + "\n")
    else:
        for one in found:
            say_aloud(one, rules)
        if scope == "both" and both.front:
            say_front(both.front)
    if check and any(missed(one) for one in found):
        raise typer.Exit(NOT_MET)


class _Asked(Struct, frozen=True):
    partnership: str
    children: int
    years: float
    seed: int
    noise: str
    world: Path | None
    through_hub: bool
    with_curve: bool


def _measured(asked: _Asked, rules: edition.Edition, scope: Scope) -> tuple[Evaluation, list[Tried]]:
    """One scope, told and measured, and what was tried for the curve. Raises BadWorld."""
    started = time.monotonic()
    steps, frame = _world(asked.world, asked.children, asked.years, asked.seed, asked.noise, scope)
    linked, routine = None, scope == "routine"
    with bar_for("world  ") as progress:
        watched = _watched(steps, frame, progress)
        if asked.through_hub:
            with tempfile.TemporaryDirectory(prefix="mash-evaluate-") as folder:
                told, linked = through_hub.tell(
                    watched,
                    frame.start,
                    frame.end,
                    Path(folder),
                    asked.partnership,
                    frame.organisations,
                    routine=routine,
                )
        else:
            told = tell(
                watched, frame.start, frame.end, rules.vocabulary, frame.organisations, routine=routine,
                decided_after=timedelta(days=settings()["decides_after"].value),
            )  # fmt: skip
    gc.freeze()
    ready = rules.ready()
    with bar_for("rules  ") as progress:
        alerts = run(told, ready, progress)
    measures = Measuring(told, alerts, asked.seed).measures(ready)
    tried: list[Tried] = []
    if asked.with_curve:
        with bar_for("curve  ") as progress:
            tried = curve(told, rules.rules, rules.vocabulary, asked.seed, progress)
    found = Evaluation(
        partnership=asked.partnership, edition=rules.content_hash, scope=scope,
        linking="hub" if asked.through_hub else "truth", world=_about(told, asked.world, asked.seed, asked.noise),
        settings=settings(), goals=goals(measures, ready, rules.vocabulary), measures=measures,
        curve=[one.point for one in tried],
        through_hub=linked, seconds=round(time.monotonic() - started, 1),
    )  # fmt: skip
    return found, tried


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
