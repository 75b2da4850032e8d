"""mash measures: figures worked out at a position of the record, series that are loaded, tables that are exported."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.domain.errors import Refused
from hub.views.measure_tables import TABLES, as_csv
from hub.views.measure_tables import table as measure_table
from hub.views.measuring import Asked
from hub.views.models.measures import FigureRow

app = typer.Typer(
    help="Measures: each figure with its formula and the position of the record at which it was worked out.",
    epilog="docs/measures.md names every formula and the columns of series and tables.",
    no_args_is_help=True,
)
First = Annotated[str, typer.Option(help="First London day, YYYY-MM-DD; without it, a year before the last.")]
Last = Annotated[str, typer.Option(help="Last London day, YYYY-MM-DD; without it, today.")]
Name = Annotated[str, typer.Argument(help="A measure's id, as `list` names it.")]


@app.command("list", epilog="Example: mash measures list --by staff-e58c12")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Every measure, and how it is worked out."""
    with hub(data) as opened:
        view = opened.measuring.page(opened.asker(by))
    if as_json:
        say_json(view)
        return
    rows = [(one.id, one.words, one.formula, one.how.replace("_", " ")) for one in (*view.own, *view.rows)]
    say_table("Measures", ("id", "measure", "formula", "how"), rows, "None.")


@app.command("show", epilog="Example: mash measures show re-referrals --areas --by staff-e58c12 --json")
def show(
    measure: Name, by: By, first: First = "", last: Last = "",
    position: Annotated[int, typer.Option(help="Position of the record; 0 is the newest.")] = 0,
    areas: Annotated[bool, typer.Option("--areas", help="Cut by small area.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Work one measure out. Fewer than five children are never shown."""
    with hub(data) as opened:
        asked = Asked(first=day(first, "first"), last=day(last, "last"), position=position, areas=areas)
        view = opened.measuring.view(opened.asker(by), measure, asked)
    if as_json:
        say_json(view)
        return
    print(f"{view.row.words}\nformula {view.row.formula}: {view.row.formula_words}")
    print(f"position {view.position}, {view.first} to {view.last}")
    print(
        "children: all of the hub's" if view.everybody else "children: all but your own family and restricted records"
    )
    say_table("Figures", ("what", "how many"), [(one.name, said(one)) for one in view.figures], "Nothing is counted.")
    for cut in view.areas:
        say_table(f"{cut.name}, by small area", ("area", "how many"), [(one.name, said(one)) for one in cut.areas], "")
    for one in view.loads:
        rows = [(p.first, p.last, p.area, p.value, "" if p.of is None else p.of, p.unit) for p in one.points]
        say_table(f"{one.source}, load {one.load}", ("first", "last", "area", "value", "of", "unit"), rows, "")


@app.command(
    "account", epilog="Example: mash measures account --first 2026-01-01 --last 2026-12-31 --by staff-e58c12 --json"
)
def account(
    by: By, first: First = "", last: Last = "",
    position: Annotated[int, typer.Option(help="Position of the record; 0 is the newest.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Every measure over the same days at one position: an account to a board. Asked again there, it is the same."""
    with hub(data) as opened:
        asked = Asked(first=day(first, "first"), last=day(last, "last"), position=position)
        view = opened.measuring.account(opened.asker(by), asked)
    if as_json:
        say_json(view)
        return
    print(f"{view.title}, edition {view.stamp.edition}, position {view.position}, {view.first} to {view.last}")
    rows = [(each.row.id, one.name, said(one)) for each in view.rows for one in each.figures] + [
        (each.row.id, one.source, f"{len(one.points)} figures") for each in view.rows for one in each.loads
    ]
    say_table("Account", ("measure", "what", "how many"), rows, "Nothing is counted.")


@app.command("children", epilog="Example: mash measures children waiting --place 0 --by staff-e58c12")
def children(
    measure: Name, by: By, place: Annotated[int, typer.Option(help="Which figure: 0 is the first.", min=0)] = 0,
    first: First = "", last: Last = "",
    position: Annotated[int, typer.Option(help="Position of the record; 0 is the newest.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The children behind one figure whom you may know of: one look, ruled child by child."""
    with hub(data) as opened:
        asked = Asked(first=day(first, "first"), last=day(last, "last"), position=position)
        view = opened.measuring.listing(opened.asker(by), measure, place, asked)
    if as_json:
        say_json(view)
        return
    rows = [
        (
            one.child,
            one.what,
            one.grade,
            f"{one.since:%d %B %H:%M}" if one.since else "",
            one.seen,
            ", ".join(one.at_it),
        )
        for one in view.rows
    ]
    title = f"{view.figure}, at position {view.position}"
    say_table(
        title,
        ("child", "waits for", "grade", "since (UTC)", "seen", "who is at it"),
        rows,
        "Nobody of whom you may know.",
    )


@app.command(
    "import", epilog="Example: mash measures import school-readiness figures.csv --source 'Census' --by staff-e58c12"
)
def import_(
    measure: Name, by: By,
    file: Annotated[Path | None, typer.Argument(help="A CSV file: first,last,area,value,of,unit.")] = None,
    source: Annotated[str, typer.Option(help="Where the figures are from, in a few words.")] = "",
    undo: Annotated[str, typer.Option(help="Take this load back instead.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Load a series under a measure. The same once more adds nothing; --undo LOAD takes a load back."""
    if (file is None) == (not undo):
        raise typer.BadParameter("give a file, or --undo LOAD", param_hint="FILE")
    with hub(data) as opened:
        who = opened.asker(by)
        if file is None:
            opened.measuring.take_back(who, undo)
            told: dict[str, object] = {"load": undo, "taken_back": True}
        else:
            made, new = opened.measuring.load(who, measure, source, file.read_text(encoding="utf-8"))
            told = {"load": made, "new": new}
    if as_json:
        say_json(told)
    else:
        print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in told.items()))


@app.command(
    "export", epilog="Example: mash measures export contacts --first 2026-01-01 --out contacts.csv --by staff-e58c12"
)
def export(
    table: Annotated[str, typer.Argument(help=f"Which table: {', '.join(TABLES)}.")], by: By, first: First = "",
    last: Last = "", position: Annotated[int, typer.Option(help="Position of the record; 0 is the newest.")] = 0,
    out: Annotated[Path | None, typer.Option(help="A file that is not there yet; without it, standard output.")] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a table in the shape of the Standard Safeguarding Dataset: codes and random ids, no names; each child is a look."""
    with hub(data) as opened:
        asked = Asked(first=day(first, "first"), last=day(last, "last"), position=position)
        header, rows = measure_table(opened.measuring, opened.asker(by), table, asked)
    text = as_csv(header, rows)
    if out is not None:
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    if as_json:
        say_json({"table": table, "rows": [dict(zip(header, row, strict=True)) for row in rows]})
    elif out is None:
        print(text, end="")
    else:
        print(f"{len(rows)} rows in {out}")


def day(text: str, field: str) -> date | None:
    """A day as it is typed. Raises Refused."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("give a day as YYYY-MM-DD", field) from None


def said(one: FigureRow) -> str:
    """A figure as one line."""
    if one.number is None:
        return "fewer than 5, or would give such a number away"
    of = "" if one.of is None else f" of {one.of}"
    share = "" if one.share is None else f" ({one.share} %)"
    share += "" if one.per_10_000 is None else f", {one.per_10_000} for each 10,000 children"
    return f"{one.number}{of}{share}" + ("" if one.middle is None else f", middle {one.middle} {one.unit}")
