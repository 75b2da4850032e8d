"""`mash match`: train the match model, measure it, explain a pair. The hub finds it through the entry point group
`mash.commands`. Training needs the development extra (Splink); nothing here touches a running hub.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import msgspec
import typer

from bench.match.csv_pairs import Cut, evaluate, read_persons, read_truth
from bench.match.explain import aloud, read_person
from bench.match.explain import explain as explained
from bench.match.febrl import DataSet, Linked, link, name_of
from bench.world.cli import bar_for
from bench.world.noise import FACTOR, Noise
from hub.adapters.likeness import likeness
from hub.cli.output import printable
from hub.domain.matching import RULES, Judge, judge_of
from policies.matching import match_model

app = typer.Typer(
    help="Train the match model, measure it, explain a pair.", no_args_is_help=True, rich_markup_mode=None
)
SHIPPED: Final = (30_000, 2.0, 90_210)  # children, years, seed of the model in policies/matching

TRAIN = """Learn a match model from an invented partnership with Splink, without labels, and write model.json,
frequencies.json and provenance.toml. Review it (docs/match-model.md) before it goes into an edition.

Examples:

  mash match train --children 30000 --years 2 --seed 90210 --date 2026-11-22 --out new-model

  mash match train --febrl 4 --without-soc-sec-id --date 2026-11-22 --out new-model

Exit codes: 0 written; 1 it cannot be trained or written; 2 a wrong option.
"""
EVALUATE = """Measure the draft model, thresholds and guards: on two CSV files and a third that says who is who, on an
invented partnership, or on FEBRL 3 or 4 (with models of their own). Shares come with Wilson's 95 % intervals.
Where the left file has columns organisation, twin or community, the shares are told by each of them too.

Examples:

  mash match evaluate --left referrals.csv --right known.csv --truth pairs.csv --json

  mash match evaluate --world --children 5000 --years 2 --seed 7 --noise double

  mash match evaluate --febrl 4 --without-soc-sec-id

Exit codes: 0 measured; 1 a file cannot be used; 2 a wrong option.
"""
EXPLAIN = """Say why two descriptions are held to be of one person or not: each comparison in words, its weight in
bits, and what thresholds and guards say. What was said of either is not repeated.

Examples:

  mash match explain one.json other.json

  mash match explain --left referrals.csv --right known.csv --ids 17,A204

Exit codes: 0 explained; 1 a file cannot be used; 2 a wrong option.
"""
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.command("train", help=TRAIN)
def train(
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to; made where missing.")],
    on: Annotated[str, typer.Option("--date", help="The day to write into the provenance: 2026-11-22.")],
    children: Annotated[int, typer.Option(min=100, help="Children of the invented partnership.")] = SHIPPED[0],
    years: Annotated[float, typer.Option(min=0.05, max=18, help="Years of messages.")] = SHIPPED[1],
    seed: Annotated[int, typer.Option(help="Take one that no test and no evaluation uses.")] = SHIPPED[2],
    noise: Annotated[str, typer.Option(help="How badly organisations know people: none, normal or double.")] = "normal",
    febrl: Annotated[int | None, typer.Option(min=3, max=4, help="Learn from FEBRL data set 3 or 4 instead.")] = None,
    without_soc_sec_id: Annotated[bool, typer.Option(help="With --febrl: as if it had no such number.")] = False,
    replace: Annotated[bool, typer.Option(help="Replace a model that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train."""
    splink, day, drawn = _splink(), _day(on), _noise(noise)
    if febrl is not None:
        _train_febrl(3 if febrl == 3 else 4, out, splink, day, soc_sec_id=not without_soc_sec_id, replace=replace)
        return
    if (out / "model.json").exists() and not replace:
        _fail(f"{out / 'model.json'} is there already: choose another folder, or add --replace")
    from bench.match.train import train_world, write  # noqa: PLC0415 - Splink is there, as was just seen

    with _bar("training") as progress:
        trained = train_world(children, years, seed, noise=drawn, progress=progress)
    said: dict[str, Any] = {
        "splink": splink, "date": day.isoformat(), "data": "synthetic world (bench/world): nobody in it is real",
        "children": children, "years": years, "seed": seed, "noise": drawn, "names": "many",
        "rows": trained.rows, "persons": trained.persons,
        "labels": "none: m by EM, u by random pairs, the rest by hand (bench/match/train.py)",
        "not_seen": list(trained.left_to_hand), "reviewed_by": [],
    }  # fmt: skip
    try:
        write(trained, out, said)
    except OSError as error:
        _fail(f"cannot write to {out}: {error.strerror}")
    if as_json:
        _json(said)
    else:
        typer.echo(f"trained on {trained.rows:,} descriptions of {trained.persons:,} invented people; written to {out}")


def _train_febrl(which: DataSet, out: Path, splink: str, day: date, *, soc_sec_id: bool, replace: bool) -> None:
    from bench.match.febrl_models import write  # noqa: PLC0415 - Splink is there, as was just seen

    path = out / name_of(which, soc_sec_id=soc_sec_id)
    if path.exists() and not replace:
        _fail(f"{path} is there already: choose another folder, or add --replace")
    try:
        out.mkdir(parents=True, exist_ok=True)
        write(which, soc_sec_id=soc_sec_id, out=out, splink=splink, on=day.isoformat())
    except OSError as error:
        _fail(f"cannot write to {out}: {error.strerror or error}")
    typer.echo(f"written to {path}")


@app.command("evaluate", help=EVALUATE)
def evaluated(
    *,
    left: Annotated[Path | None, typer.Option(help="CSV of persons to be linked.")] = None,
    right: Annotated[Path | None, typer.Option(help="CSV of persons that are known.")] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV with left_id and right_id of those who are one.")] = None,
    world: Annotated[bool, typer.Option("--world", help="Measure on an invented partnership.")] = False,
    children: Annotated[int, typer.Option(min=1, help="With --world: children.")] = 5_000,
    years: Annotated[float, typer.Option(min=0.05, max=18, help="With --world: years of messages.")] = 2.0,
    seed: Annotated[int, typer.Option(help="With --world: not the one the model was trained on.")] = 1,
    noise: Annotated[str, typer.Option(help="With --world: none, normal or double.")] = "normal",
    febrl: Annotated[int | None, typer.Option(min=3, max=4, help="Measure on FEBRL data set 3 or 4.")] = None,
    without_soc_sec_id: Annotated[bool, typer.Option(help="With --febrl: as if it had no such number.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure."""
    tables = [one for one in (left, right, truth) if one is not None]
    if bool(tables) + world + (febrl is not None) != 1:
        raise typer.BadParameter("choose one: --left, --right and --truth; or --world; or --febrl")
    if tables and (left is None or right is None or truth is None):
        raise typer.BadParameter("--left, --right and --truth go together")
    if without_soc_sec_id and febrl is None:
        raise typer.BadParameter("goes with --febrl", param_hint="--without-soc-sec-id")
    if febrl is not None:
        _febrl(3 if febrl == 3 else 4, soc_sec_id=not without_soc_sec_id, as_json=as_json)
    elif world:
        _world(children, years, seed, _noise(noise), as_json=as_json)
    elif left and right and truth:
        _tables(left, right, truth, as_json=as_json)


@app.command("explain", help=EXPLAIN)
def explain(
    one: Annotated[Path | None, typer.Argument(help="A person as in a message, JSON.")] = None,
    other: Annotated[Path | None, typer.Argument(help="Another.")] = None,
    *,
    left: Annotated[Path | None, typer.Option(help="Or a row of this CSV ...")] = None,
    right: Annotated[Path | None, typer.Option(help="... and a row of this one.")] = None,
    ids: Annotated[str, typer.Option(help="With --left and --right: the two ids, with a comma between.")] = "",
    population: Annotated[int, typer.Option(min=1, help="Persons in the index.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Explain a pair."""
    judge = _judge()
    if one and other and not (left or right):
        pair = read_person(one), read_person(other)
    elif left and right and ids and not (one or other):
        first, _, second = ids.partition(",")
        pair = _row(left, first.strip()), _row(right, second.strip())
    else:
        raise typer.BadParameter("give two JSON files, or --left, --right and --ids")
    found = explained(*pair, judge, population)
    if as_json:
        _json(found)
    else:
        for line in aloud(found):
            typer.echo(line)


def _row(path: Path, wanted: str) -> Any:
    found = next((one.known for one in read_persons(path) if one.id == wanted), None)
    if found is None:
        _fail(f"{path}: no row has the id that --ids names; it takes the left id, a comma, the right id")
    return found


def _tables(left: Path, right: Path, truth: Path, *, as_json: bool) -> None:
    judge, known, described = _judge(), read_persons(right), read_persons(left)
    pairs = read_truth(truth, described, known)
    with _bar("matching") as progress:
        found = evaluate(described, known, pairs, judge, progress=progress)
    if as_json:
        _json(found)
        return
    typer.echo(f"{found.left:,} on the left, {found.known:,} of them known on the right; {found.links:,} links")
    _shares(found, ("precision", "recall", "reached", "review", "opened", "blocked"))
    typer.echo(f"F1 of links  {found.f1}")
    for name, cut in found.by_organisation.items():
        _cut(f"organisation {printable(name)}", cut)
    if found.twins is not None:
        _cut("twins", found.twins)
    for name, cut in found.by_community.items():
        _cut(f"community {printable(name)}", cut)
    if found.community_gap is not None:
        typer.echo(f"\nwidest pair of communities: {found.community_gap} points of recall")


def _cut(of: str, found: Cut) -> None:
    typer.echo(f"\n{of}: {found.left:,} rows, {found.known:,} known, {found.links:,} links")
    _shares(found, ("precision", "recall", "reached", "review"))


def _shares(found: Any, names: tuple[str, ...]) -> None:
    for name in names:
        part = getattr(found, name)
        if part.share is None:
            typer.echo(f"{name:12} nothing to count")
        else:
            typer.echo(f"{name:12} {part.share:8.4%}  ({part.low:.4%} to {part.high:.4%}; {part.k:,} of {part.n:,})")


def _world(children: int, years: float, seed: int, noise: Noise, *, as_json: bool) -> None:
    from bench.match.on_world import evaluate_world  # noqa: PLC0415 - it brings the whole hub with it

    if seed == SHIPPED[2]:
        typer.echo("this seed trained the model that is shipped: take another one to measure it", err=True)
    with _bar("measuring") as progress:
        found = evaluate_world(children, years, seed, noise=noise, progress=progress)
    if as_json:
        _json(found)
        return
    typer.echo(f"{found.children:,} children, {found.years:g} years, seed {found.seed}, noise {found.noise}")
    for words, part in (("born children", found.born), ("twins", found.twins), ("adults", found.adults)):
        typer.echo(f"\n{words}: {part.decisions:,} decisions, {part.links:,} links")
        _shares(part, ("precision", "recall", "reached", "review", "duplicates", "blocked"))


def _febrl(which: DataSet, *, soc_sec_id: bool, as_json: bool) -> None:
    try:
        linked: Linked = link(which, soc_sec_id=soc_sec_id)
    except FileNotFoundError as error:
        _fail(str(error))
    if as_json:
        _json(linked)
        return
    used = "with" if soc_sec_id else "without"
    typer.echo(f"FEBRL {which} {used} soc_sec_id, {linked.method}, pairwise: F1 {linked.found.f1}")
    _shares(linked.found, ("precision", "recall"))
    typer.echo(f"{linked.compared:,} pairs compared, in which {linked.blocking_recall:.2%} of the true ones are")


def _judge() -> Judge:
    try:
        judge = judge_of(match_model(RULES), likeness())
    except ValueError as error:
        _fail(str(error))
    assert judge is not None  # noqa: S101 - the draft has a model
    return judge


def _splink() -> str:
    try:
        return version("splink")
    except PackageNotFoundError:
        _fail("training needs Splink, which the hub itself does not: pip install -e '.[dev]'")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write a date as 2026-11-22", param_hint="--date") from None


def _noise(noise: str) -> Noise:
    found = next((one for one in FACTOR if one == noise), None)
    if found is None:
        raise typer.BadParameter("noise is none, normal or double", param_hint="--noise")
    return found


def _bar(what: str) -> AbstractContextManager[Callable[[float], None]]:
    return bar_for(what)


def _json(found: Any) -> None:
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def command(into: typer.Typer) -> None:
    """Register `match` on the `mash` application."""
    into.add_typer(app, name="match")
