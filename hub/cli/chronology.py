"""mash chronology: what each organisation said of a child, in order, in codes; on screen, as CSV or JSON."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.views.chronology_table import as_csv


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "chronology", epilog="Example: mash chronology 7b1f03aa-… --as staff-c17b3d --csv > chronology.csv"
    )(chronology)  # fmt: skip


def chronology(
    child: Annotated[str, typer.Argument(help="A child's id.")],
    who: Annotated[str, typer.Option("--as", "--by", help="The staff id of a demo account (mash identity accounts).")],
    enquiry: Annotated[str, typer.Option(help="The MASH enquiry for which you look.")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="Every line as CSV, for a chronology of your own.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A child's chronology across all organisations, newest first: codes and times, no words. One look in the ledger."""
    with hub(data) as opened:
        found = opened.chronology(opened.asker(who), child, enquiry)
    if as_json:
        say_json(found)
        return
    if csv:
        print(as_csv(found), end="")
        return
    if found.involved:
        print(found.involved)
    rows = [
        (
            one.happened_from[:10],
            one.organisation,
            one.what + (" (grave)" if one.grave else ""),
            one.again or one.how_known,
        )
        for one in found.rows
    ]
    say_table("Chronology", ("happened", "organisation", "what", "how"), rows, "Nothing is shown to you.")
