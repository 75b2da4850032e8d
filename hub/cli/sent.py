"""mash sent: what one's own organisation sent, by when the front door looks at it, and what became of it. Classes and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table


def add(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("sent", epilog="Example: mash sent --by staff-f2907a --json")(sent)


def sent(
    by: Annotated[str, typer.Option(help="Who you are: the staff id of a demo account.")], data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What your organisation sent, the newest first, and what became of each message."""
    with hub(data) as opened:
        found = opened.sent(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [(one.id, one.kind, f"{one.due:%d %B %H:%M}" if one.due else "", one.became, one.why) for one in found]
    say_table(
        "What we sent", ("message", "kind", "looked at by (UTC)", "what became of it", "why"), rows, "Nothing yet."
    )
