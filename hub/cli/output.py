"""How commands answer: words for people on stdout, or one JSON object; progress goes to stderr."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from hub.bootstrap import Hub, open_hub
from hub.config import read_settings
from hub.views.models.enquiry import ReReferral
from hub.views.models.requests import LinkShown

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object, for programs.")]
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account (mash identity accounts).")]
Who = Annotated[
    str, typer.Option("--as", "--by", help="Who you are: the staff id of a demo account (mash identity accounts).")
]
Data = Annotated[str | None, typer.Option("--data", help="Folder of the hub (else MASH_DATA, else ./data).")]


@contextmanager
def hub(data: str | None = None) -> Iterator[Hub]:
    """The hub that the settings describe, opened for one command and closed after it."""
    opened = open_hub(read_settings(data=data))
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr; what it gives is told how many more are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total or None)
        yield lambda rows: bar.advance(task, rows)


def say_json(answer: object) -> None:
    """One JSON object on one line."""
    print(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False))


def say_done(as_json: bool, told: str, **codes: object) -> None:
    """That something was done: a line for people, or its codes."""
    if as_json:
        say_json(codes)
    else:
        print(told)


def say_link(made: LinkShown, as_json: bool) -> None:
    """A link and its code, which are shown this once."""
    if as_json:
        say_json(made)
        return
    until = f"{made.expires:%d %B %Y %H:%M} UTC"
    print(f"link {made.link}\ncode {made.code}\nuntil {until}\nNever send the two together.")


def re_referral_line(one: ReReferral | None) -> str:
    """What intake is told of an earlier referral; "" for none."""
    if one is None:
        return ""
    when = f"taken in on {one.day:%d %B %Y}"
    return f"Re-referral: accepted as a referral within 12 months, {when} ({one.outcome}, {one.enquiry})"


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table for people; `empty` says what was looked for when there is nothing."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is read after the loop
        table.add_row(*(Text(printable(cell)) for cell in row))  # text, not markup: a cell may hold what a sender wrote
    console = Console()
    console.print(table if count else empty)


def printable(cell: object) -> str:
    """A value as text that a terminal shows and never obeys: what cannot be printed becomes a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(cell))


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for JSON: moments as text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
