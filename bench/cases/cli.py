"""`mash cases run | expect`: replay chronologies, and hold the replay against what is expected of it."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.cases.expect import HELD, STATUSES, Judge, Verdict, read_expectations
from bench.cases.format import BadCase, Case
from bench.cases.result import How, Noticed, Proposal, Replayed, Settled
from bench.cases.run import open_case, replay
from hub.cli.output import say_json
from hub.domain.rule import Rule
from policies.partnerships import load_partnership, partnerships

RUN = """Examples:

  mash cases run case.jsonl --partnership demo

  mash cases run case.jsonl --block school --draws 1 --json
"""
EXPECT = """Examples:

  mash cases expect

  mash cases expect --file expected.toml --case case.jsonl --json

Exit codes: 0 nothing that is built falls short, 1 an expectation is not met or cannot be judged, 2 a wrong option.
"""
app = typer.Typer(help="Replay chronologies after published reviews (docs/cases.md).", no_args_is_help=True)


class Difference(Struct, frozen=True):
    """When a rule first alerted about a child: with every row shared, and with rows held back (None: it did not)."""

    who: str
    rule: str
    level: int
    shared: date | None  # days of the source
    held_back: date | None
    days_earlier: int | None


class Drawn(Struct, frozen=True):
    """How one rule came out over the draws: in how many it alerted, and how many days before the last event at first."""

    rule: str
    raised: int
    fewest_days_before: int
    median_days_before: float
    most_days_before: int


@app.command("run", epilog=RUN)
def run(
    files: Annotated[list[Path], typer.Argument(help="Case files (JSON Lines).", metavar="FILE…")],
    partnership: Annotated[str, typer.Option(help="Under whose rules.")] = "demo",
    block: Annotated[
        list[str] | None, typer.Option(help="Hold back this organisation's rows until the last event.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Draws of series without dates.")] = 100,
    seed: Annotated[int | None, typer.Option(help="Of the draws (else the case's own).")] = None,
    hindsight: Annotated[bool, typer.Option("--hindsight", help="With the rows that nobody knew then.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object, for programs.")] = False,
) -> None:
    """Replay each case through a fresh hub at the pace of its own dates, twice: with all shared, and with rows held back."""
    _known(partnership)
    with _refusals():
        cases = [open_case(path) for path in files]
    blocked = frozenset(block or ())
    for case in cases:
        holders = case.header.organisations
        for organisation in sorted(blocked - set(holders)):
            wrong = f"{case.file} has no organisation '{organisation}': {', '.join(holders)}"
            raise typer.BadParameter(wrong, param_hint="--block")
    shared = How(partnership=partnership, seed=seed, hindsight=hindsight)
    held_back = msgspec.structs.replace(shared, blocked=blocked, shared=bool(blocked))
    answers = []
    with _progress() as bar, _refusals():
        task = bar.add_task("replaying", total=sum(_runs_of(case, draws) for case in cases))
        for case in cases:
            runs = []
            for how in [*_drawn(case, shared, draws), held_back]:
                runs.append(replay(case, how))
                bar.advance(task)
            *open_, held = runs
            answers.append((case, open_, held))
    if as_json:
        say_json({"partnership": partnership, "cases": [_as_json(*answer) for answer in answers]})
        return
    for answer in answers:
        _say(*answer, blocked=sorted(blocked))


@app.command("expect", epilog=EXPECT)
def expect(
    partnership: Annotated[str, typer.Option(help="Under whose rules.")] = "demo",
    file: Annotated[Path | None, typer.Option(help="Expectations (else those that are shipped).")] = None,
    case: Annotated[list[Path] | None, typer.Option(help="Case files (else the four that are shipped).")] = None,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Draws of series without dates.")] = 100,
    seed: Annotated[int | None, typer.Option(help="Of the draws (else the case's own).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object, for programs.")] = False,
) -> None:
    """Hold replays against the expectations: met, or not met with the days and the reason."""
    _known(partnership)
    with _progress() as bar, _refusals():
        wanted = read_expectations(file)
        cases = {one.name: one for one in map(open_case, case or shipped())}
        task = bar.add_task("replaying", total=None)
        judge = Judge(
            cases,
            _remembering(lambda: bar.advance(task)),
            rules_of(partnership),
            How(partnership=partnership, seed=seed),
            draws,
        )
        verdicts = [judge.judge(one) for one in wanted]
    wrong = [one for one in verdicts if one.status in {"not met", "not judged"}]
    if as_json:
        counts = {status: sum(one.status == status for one in verdicts) for status in STATUSES}
        say_json({"partnership": partnership, "draws": draws, "counts": counts, "expectations": verdicts})
    else:
        _say_verdicts(verdicts)
    if wrong:
        raise typer.Exit(1)


def command(mash: typer.Typer) -> None:
    """Add `mash cases`."""
    mash.add_typer(app, name="cases")


def shipped() -> list[Path]:
    """The files of the four cases that come with the project."""
    return sorted((HELD / "fixtures").glob("*.jsonl"))


def rules_of(partnership: str) -> tuple[Rule, ...]:
    """The rules of this partnership's draft: what a fresh hub puts into edition 1."""
    return msgspec.convert(load_partnership(partnership)["thresholds"], tuple[Rule, ...])


def _remembering(advance: Callable[[], None]) -> Callable[[Case, How], Replayed]:
    known: dict[tuple[str, How], Replayed] = {}

    def runs(case: Case, how: How) -> Replayed:
        if (case.name, how) not in known:
            known[case.name, how] = replay(case, how)
            advance()
        return known[case.name, how]

    return runs


def _known(partnership: str) -> None:
    if partnership not in partnerships():
        raise typer.BadParameter(
            f"there is no '{partnership}': {', '.join(partnerships())}", param_hint="--partnership"
        )


class _refusals:  # noqa: N801 - reads as what it is at the `with`
    """A case that cannot be replayed is one line on stderr, and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadCase):
            typer.echo(f"mash: {error}", err=True)
            raise typer.Exit(1) from None


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _has_series(case: Case) -> bool:
    return any(row.said.series for row in case.rows)


def _runs_of(case: Case, draws: int) -> int:
    return (draws if _has_series(case) else 1) + 1


def _drawn(case: Case, how: How, draws: int) -> list[How]:
    runs = [msgspec.structs.replace(how, draw=draw) for draw in range(draws if _has_series(case) else 1)]
    return [msgspec.structs.replace(runs[0], silences=True), *runs[1:]]


def difference(shared: Replayed, held: Replayed) -> list[Difference]:
    """Rule by rule, when it first alerted with all shared and with rows held back; the earliest first."""
    first, later = _first(shared), _first(held)
    found = []
    for key in sorted(first | later, key=lambda one: min(first.get(one, date.max), later.get(one, date.max))):
        one, other = first.get(key), later.get(key)
        found.append(Difference(*key, one, other, (other - one).days if one and other else None))
    return found


def _first(run: Replayed) -> dict[tuple[str, str, int], date]:
    found: dict[tuple[str, str, int], date] = {}
    for one in run.proposals:
        if one.what != "weakened":
            found.setdefault((one.who, one.rule, one.level), one.unshifted)
    return found


def over_draws(case: Case, runs: list[Replayed]) -> list[Drawn]:
    """How each rule's first alert about the child came out over the draws."""
    days: dict[str, list[int]] = {}
    for run in runs:
        own = [one for one in run.proposals if one.who == case.header.child and one.what == "raised"]
        for rule in dict.fromkeys(one.rule for one in own):
            days.setdefault(rule, []).append(max(one.before_last for one in own if one.rule == rule))
    return [Drawn(rule, len(some), min(some), median(some), max(some)) for rule, some in sorted(days.items())]


def _as_json(case: Case, shared: list[Replayed], held: Replayed) -> dict[str, Any]:
    return {
        "case": case.name, "banner": case.header.banner, "shift_weeks": case.header.shift_weeks, "rows": len(case.rows),
        "last_event": {"on": case.last.known.date(), "unshifted": case.unshifted(case.last.known.date())},
        "shared": shared[0], "held_back": held, "difference": difference(shared[0], held),
        "draws": {"count": len(shared), "rules": over_draws(case, shared)},
        "reopened_decisions": shared[0].reopened,
        "refused_closures": shared[0].refused, "silences": shared[0].silences,
    }  # fmt: skip


def _say(case: Case, shared: list[Replayed], held: Replayed, *, blocked: list[str]) -> None:
    run = shared[0]
    end = case.last.known.date()
    print(f"\n{case.name}: {case.header.banner}")
    print(f"{len(case.rows)} rows, {run.published} messages, partnership {run.partnership}, edition {run.edition}. "
          f"Dates are the file's, and in brackets the source's ({case.header.shift_weeks:+d} weeks). "
          f"Last event: {end} [{case.unshifted(end)}].")  # fmt: skip
    for who, number in run.persons.items():
        if number > 1:
            print(f"The hub holds '{who}' as {number} persons: in doubt a person decides, and nobody did here")
    print(f"\nAlerts, everything shared{' (draw 0)' if len(shared) > 1 else ''}:")
    _say_alerts(run)
    print("\nDecisions and closures of the services:")
    for one in dict.fromkeys(run.decisions):  # one decision may settle alerts of several persons
        print(f"  {one.on} [{one.unshifted}] {one.row}: {_became(one)}")
    print("\nDecisions that evidence came late for:")
    for again in run.reopened:
        print(f"  {again.on} [{again.unshifted}] {again.row}, as {', '.join(again.by)} came: {again.what}")
    if not run.reopened:
        print("  none")
    print("\nWhat was expected and did not come:")
    for silence in run.silences:
        print(
            f"  {silence.on} [{silence.unshifted}] {silence.kind}{_whose(silence)}, {silence.before_last} days before"
        )
    if not run.silences:
        print("  nothing")
    what = f"the rows of {', '.join(blocked)} held back" if blocked else "rows that were not shared held back"
    print(f"\nFirst alert of each rule, everything shared, and with {what}:")
    for each in difference(run, held):
        print(f"  {each.rule}, level {each.level}, {each.who}: {each.shared or 'none'} | {_held_back(each)}")
    if len(shared) > 1:
        print(
            f"\nOver {len(shared)} draws of the events without a day, first alert about the child, days before the last event:"
        )
        for drawn in over_draws(case, shared):
            print(f"  {drawn.rule}: raised in {drawn.raised}; fewest {drawn.fewest_days_before}, "
                  f"median {drawn.median_days_before:g}, most {drawn.most_days_before}")  # fmt: skip


def _say_alerts(run: Replayed) -> None:
    seen: dict[tuple[object, ...], list[Proposal]] = {}
    for one in run.proposals:
        if one.what == "raised":
            seen.setdefault((one.on, one.rule, one.who, one.level), []).append(one)
    for same in seen.values():
        one = same[0]
        later = [
            p
            for p in run.proposals
            if (p.rule, p.who, p.record, p.number) == (one.rule, one.who, one.record, one.number)
        ]
        grew = sum(p.what == "strengthened" for p in later)
        more = f", then strengthened {grew} times" if grew else ""
        again = f", alert {one.number} of this rule" if one.number > 1 else ""
        perhaps = ", perhaps about another child" if all(p.possible for p in same) else ""
        print(f"  {one.on} [{one.unshifted}] level {one.level} {one.rule} ({one.who}{again}{perhaps}), "
              f"{one.before_last} days before, edition {one.edition}: {', '.join(one.evidence)}{more}")  # fmt: skip
        print(f"      {one.why}")


def _became(one: Settled) -> str:
    if one.refused:
        after = (
            ". A named manager agreed, and it stands by both" if one.overridden else f". {one.note}" * bool(one.note)
        )
        return f"refused ({', '.join(one.because)}): {one.refused}{after}"
    return f"made: {one.note}" if one.note and one.because else one.note or "made"


def _whose(one: Noticed) -> str:
    return (f" ({one.who})" if one.who else "") + (f" of {one.organisation}" if one.organisation else "")


def _held_back(each: Difference) -> str:
    if each.days_earlier is None:
        return str(each.held_back or "none")
    earlier = f"{each.days_earlier} days earlier when shared" if each.days_earlier else "the same day"
    return f"{each.held_back} ({earlier})"


def _alert(one: Proposal) -> tuple[object, ...]:
    return one.rule, one.who, one.record, one.number


def _say_verdicts(verdicts: list[Verdict]) -> None:
    for one in verdicts:
        latest = f" (latest {one.latest})" if one.latest else ""
        print(f"{one.case} {one.id}: {one.status.upper()}{latest}: {one.words}\n    {one.said}")
    counts = ", ".join(f"{sum(one.status == status for one in verdicts)} {status}" for status in STATUSES)
    sys.stdout.write(f"{counts}\n")
