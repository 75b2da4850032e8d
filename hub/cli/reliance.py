"""mash reliance: which children, alerts, decisions, releases and looks rested on a version of a rule or policy. Codes alone."""

from datetime import datetime
from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.views.reliance import KINDS, Wish, as_csv

SHOWN = 50


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "reliance",
        epilog="Example: mash reliance rule neglect-composite --version 3f2a --from 2026-11-01 --as staff-a37d05",
    )(reliance)


def reliance(
    what: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}.")],
    who: Annotated[str, typer.Option("--as", "--by", help="The staff id of a demo account (mash identity accounts).")],
    ident: Annotated[
        str, typer.Argument(metavar="[ID]", help="Which rule, policy or edition; a model needs none.")
    ] = "",
    version: Annotated[str, typer.Option(help="The start of its version (a hash); without it, every version.")] = "",
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First London day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last London day.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Every row as CSV.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What rested on a rule, a policy, an edition or a match model: for named review, so no number is rounded."""
    wish = Wish(
        what=what, id=ident, version=version.strip().lower(), since=since.date() if since else None,
        until=until.date() if until else None,
    )  # fmt: skip
    with hub(data) as opened:
        found = opened.relying.rested(opened.asker(who), wish)
    if as_json:
        say_json(found)
        return
    if csv:
        print(as_csv(found), end="")
        return
    for one in found.versions:
        print(f"version {one.version[:12]}{' in edition ' + ', '.join(one.editions) if one.editions else ''}")
    print("; ".join(f"{label}: {many}" for label, many in found.counts))
    if found.note:
        print(found.note)
    rows = [(f"{one.at:%Y-%m-%d %H:%M}", one.kind, one.what, one.ref, one.version[:12]) for one in found.rows[:SHOWN]]
    title = f"What rested on it: {len(found.rows)}" + (f", the first {SHOWN} shown" * (len(found.rows) > SHOWN))
    say_table(title, ("at (UTC)", "kind", "what", "ref", "version"), rows, "Nothing rested on it in that time.")
