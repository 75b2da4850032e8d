"""`mash synth`: write a synthetic world to files. The hub finds it through the entry point group `mash.commands`."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.world.noise import FACTOR, Noise
from bench.world.stream import Counts, World

EXAMPLES = """Writes an invented partnership: stream.jsonl (what organisations publish, in order), areas.jsonl,
and truth/ (who is who, what was planted), which no hub code may read.

Examples:

  mash synth --children 2000 --years 1 --seed 7 --out world

  mash synth --children 100000 --years 3 --seed 1 --out big --json

  mash synth --children 500 --years 1 --seed 7 --out stress --noise double --per-organisation

Exit codes: 0 written, 1 the folder holds a world already or cannot be written, 2 a wrong option.
"""


def synth(
    *,
    children: Annotated[int, typer.Option(min=1, max=10_000_000, help="Children in all, born and to be born.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made where missing.")],
    years: Annotated[float, typer.Option(min=0.05, max=18, help="Years of messages, ending on 1 January 2026.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed and options give the same bytes.")] = 1,
    noise: Annotated[str, typer.Option(help="How badly organisations know people: none, normal or double.")] = "normal",
    per_organisation: Annotated[bool, typer.Option(help="Also one file for each organisation.")] = False,
    replace: Annotated[bool, typer.Option(help="Replace a world that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as one JSON object.")] = False,
) -> None:
    """Write a synthetic world."""
    if noise not in FACTOR:
        raise typer.BadParameter("noise is none, normal or double", param_hint="--noise")
    stream = out / "stream.jsonl"
    if stream.exists() and not replace:
        typer.echo(f"{stream} is there already: choose another folder, or add --replace", err=True)
        raise typer.Exit(1)
    try:
        counts = _write(World(children, years, seed, noise=_noise(noise)), out, per_organisation=per_organisation)
    except OSError as error:
        typer.echo(f"cannot write to {out}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        sys.stdout.write(msgspec.json.encode(counts).decode() + "\n")
    else:
        _say(counts, out)


def _noise(text: str) -> Noise:
    return next(noise for noise in FACTOR if noise == text)


def _write(world: World, out: Path, *, per_organisation: bool) -> Counts:
    """Write with a progress bar on stderr (none where stderr is no terminal)."""
    gc.freeze()  # the people stay to the end: the collector need not look at each of them again and again
    console = Console(stderr=True)
    columns = TextColumn("writing"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("world", total=1.0)
        return world.write(
            out, per_organisation=per_organisation, progress=lambda part: bar.update(task, completed=part)
        )


def _say(counts: Counts, out: Path) -> None:
    typer.echo(
        f"{counts.messages} messages of {len(counts.by_organisation)} organisations about {counts.children} children"
    )
    typer.echo(f"{counts.concerns} concerns, {counts.child_contacts} child contacts, {counts.late} late")
    typer.echo("per 1,000 children a year: " + ", ".join(f"{name} {rate}" for name, rate in counts.per_1000.items()))
    typer.echo(f"written to {out}; the truth lies apart in {out / 'truth'}")


def command(app: typer.Typer) -> None:
    """Register `synth` on the `mash` application."""
    app.command("synth", help=EXAMPLES)(synth)
