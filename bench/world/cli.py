"""`mash synth`: write a synthetic world to files or into a hub, or hold it against its targets. The hub finds it through
the entry point group `mash.commands`.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, NoReturn, get_args

import msgspec
import typer
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.world import into as hub_door
from bench.world.files import Counts, write
from bench.world.measure import Measured
from bench.world.noise import FACTOR, Noise
from bench.world.planning import midnight
from bench.world.stream import World
from bench.world.targets import DEFAULT, BadTargets, Row, Targets, read_targets

Scope = Literal["contacts", "routine"]
REPORT_CHILDREN, REPORT_YEARS = 50_000, 2.0

EXAMPLES = """Writes an invented partnership: stream.jsonl (what organisations publish, in order), areas.jsonl,
and truth/ (who is who, what was planted), which no hub code may read.

Examples:

  mash synth --children 2000 --years 1 --seed 7 --out world

  mash synth --report --json

  mash synth --children 20000 --years 3 --seed 1 --noise double --out stress --report --per-organisation

  mash synth --children 500 --years 1 --scope contacts --into data

Exit codes: 0 written, or all targets met; 1 a target is missed, a targets file cannot be used, the folder holds a world
already or cannot be written; 2 a wrong option.
"""


class Report(Struct, frozen=True):
    """What `--report --json` prints."""

    children: int
    years: float
    seed: int
    noise: Noise
    child_years: float
    within: int
    outside: int
    targets: list[Row]
    written: Counts | None


def synth(
    *,
    children: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="Children in all, born and to be born (report: 50,000).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; made where missing.")] = None,
    years: Annotated[
        float | None, typer.Option(min=0.05, max=18, help="Years of messages, ending on 1 January 2026 (1; report: 2).")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and options give the same bytes.")] = 1,
    noise: Annotated[str, typer.Option(help="How badly organisations know people: none, normal or double.")] = "normal",
    scope: Annotated[str, typer.Option(help="routine: all; contacts: no registers and logs.")] = "routine",
    per_organisation: Annotated[bool, typer.Option(help="Also one file for each organisation.")] = False,
    replace: Annotated[bool, typer.Option(help="Replace a world that is there.")] = False,
    into: Annotated[Path | None, typer.Option(help="Data folder of a hub: publish there instead of to files.")] = None,
    partnership: Annotated[str, typer.Option(help="With --into: which partnership a new hub serves.")] = "demo",
    report: Annotated[bool, typer.Option("--report", help="Hold the world against its targets.")] = False,
    targets: Annotated[Path, typer.Option(help="Targets file for --report.")] = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Write a synthetic world, or measure one."""
    if noise not in FACTOR:
        raise typer.BadParameter("noise is none, normal or double", param_hint="--noise")
    if scope not in get_args(Scope):
        raise typer.BadParameter("scope is contacts or routine", param_hint="--scope")
    if not (out or into or report):
        raise typer.BadParameter("say where to write (or --into a hub, or --report)", param_hint="--out")
    if into and (out or report):
        raise typer.BadParameter("goes with neither --out nor --report", param_hint="--into")
    if children is None and not report:
        raise typer.BadParameter("say how many", param_hint="--children")
    if report and scope != "routine":
        raise typer.BadParameter("a report needs the whole world: leave --scope out", param_hint="--scope")
    held = _targets(targets) if report else None
    if out and (out / "stream.jsonl").exists() and not replace:
        _fail(f"{out / 'stream.jsonl'} is there already: choose another folder, or add --replace")
    world = World(
        children or REPORT_CHILDREN, years or (REPORT_YEARS if report else 1.0), seed,
        noise=next(one for one in FACTOR if one == noise), scope="contacts" if scope == "contacts" else "routine",
    )  # fmt: skip
    gc.freeze()  # the people stay to the end: the collector need not look at each of them again and again
    if into:
        _into(world, into, partnership, as_json)
        return
    measured = Measured(world) if held else None
    counts = _pass(world, out, measured, per_organisation)
    if held and measured:
        _report(world, held.compare(measured.values()), counts, as_json)
    elif as_json and counts:
        sys.stdout.write(msgspec.json.encode(counts).decode() + "\n")
    elif counts and out:
        _say(counts, out)


def _targets(path: Path) -> Targets:
    try:
        return read_targets(path, frozenset(Measured(World(1, 1, 1)).values()))
    except BadTargets as bad:
        _fail(str(bad))


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


@contextmanager
def bar_for(what: str) -> Iterator[Callable[[float], None]]:
    """A progress bar on stderr (none where stderr is no terminal); call what it gives with the part done, 0 to 1."""
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda part: bar.update(task, completed=part)


def _pass(world: World, out: Path | None, measured: Measured | None, per_organisation: bool) -> Counts | None:
    with bar_for("writing" if out else "measuring") as progress:
        if out:
            try:
                also = measured.add if measured else None
                return write(world, out, per_organisation=per_organisation, progress=progress, also=also)
            except OSError as error:
                _fail(f"cannot write to {out}: {error.strerror}")
        begin, whole = midnight(world.start), (world.end - world.start).total_seconds()
        for number, (emitted, rows) in enumerate(world.steps()):
            if measured:
                measured.add(emitted, rows)
            if emitted is not None and number % 500 == 0:
                progress(min(1.0, (emitted.publish_at - begin).total_seconds() / whole))
    return None


def _into(world: World, folder: Path, partnership: str, as_json: bool) -> None:
    with bar_for("publishing") as progress:
        done = hub_door.publish(world, folder, partnership, progress)
    if as_json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
        return
    typer.echo(f"{done.published} messages of {done.organisations} organisations are on the log of the hub in {folder}")
    typer.echo(f"a running hub takes them in; else start it: mash up --data {folder}")


def _report(world: World, rows: list[Row], counts: Counts | None, as_json: bool) -> None:
    outside = sum(row.verdict == "outside" for row in rows)
    report = Report(
        world.children, world.years, world.seed, world.noise, round(world.child_years(), 1), len(rows) - outside, outside,
        rows, counts,
    )  # fmt: skip
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        typer.echo(f"{world.children} children, {world.years:g} years, seed {world.seed}, noise {world.noise}\n")
        for row in rows:
            asked = f"{row.low:g}" if row.low == row.high else f"{row.low:g} to {row.high:g}"
            typer.echo(f"{row.verdict:8} {row.measured:9.2f}  target {asked:12} {row.unit}: {row.words}")
            typer.echo(f"{'':20} source: {row.source}" + (f"; {row.chosen}" if row.chosen else ""))
        typer.echo(f"\n{len(rows) - outside} of {len(rows)} targets are met")
    if outside:
        raise typer.Exit(1)


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
