"""mash areas: the postcode directory by which the hub knows in which small area something happened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from hub.adapters.areas import Loaded, columns_of, read_csv
from hub.cli.output import AsJson, Data, hub, say_json
from hub.domain.errors import NotFound, Refused

app = typer.Typer(help="The postcode directory: which small area (LSOA) a postcode lies in.", no_args_is_help=True)


@app.command("load", epilog="Example: mash areas load ONSPD_AUG_2026_UK.csv")
def load(
    file: Annotated[Path, typer.Argument(help="The directory as CSV, with its header.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="Which release it is (else the name of the file).")] = "",
    postcode_column: Annotated[
        str, typer.Option(help="Column of the postcode (else pcds, pcd8, pcd7, pcd2, pcd).")
    ] = "",
    area_column: Annotated[
        str, typer.Option(help="Column of the area (else lsoa21cd, lsoa21, lsoa11cd, lsoa11).")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put this directory in place of the one in use; a wrong file changes nothing. It is safe while the hub runs."""
    with hub(data) as opened, _progress(file) as (source, advance):
        header, rows = read_csv(source)
        postcode, area = columns_of(header, postcode_column, area_column)
        loaded = opened.areas.load(
            rows, name=name or file.stem, postcode=postcode, area=area, at=opened.clock.now(), advance=advance
        )
    _say(loaded, as_json=as_json)


@app.command("show", epilog="Example: mash areas show --json")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """Which directory is in use, since when, and what it holds."""
    with hub(data) as opened:
        loaded = opened.areas.loaded()
    if loaded is None:
        raise NotFound("no postcode directory was loaded: mash areas load FILE (signals carry no area until then)")
    _say(loaded, as_json=as_json)


@contextmanager
def _progress(file: Path) -> Iterator[tuple[Iterator[str], Callable[[int], None]]]:
    """The lines of a file, and what moves a progress bar on stderr by the bytes read so far."""
    with (
        file.open(encoding="utf-8-sig", newline="", errors="strict") as source,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        bar = progress.add_task("loading", total=file.stat().st_size)
        read = 0

        def lines() -> Iterator[str]:
            nonlocal read
            try:
                for line in source:
                    read += len(line)
                    yield line
            except UnicodeDecodeError:
                raise Refused("the file is not UTF-8: is it the CSV of the directory?") from None

        yield lines(), lambda _: progress.update(bar, completed=read)


def _say(loaded: Loaded, *, as_json: bool) -> None:
    if as_json:
        say_json(loaded)
        return
    print(f"{loaded.name}: {loaded.rows:,} postcodes by {loaded.column}, loaded {loaded.begun_at}")
    print(f"{loaded.without_area:,} lie in no area; {loaded.terminated:,} have ended and still tell where people lived")
    for what, count in loaded.refused.items():
        print(f"{count:,} rows not taken: {what}")
