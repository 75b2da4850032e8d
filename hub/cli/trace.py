"""mash trace: one message's journey through the hub, step by step, with times and causes. Codes only."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table


def add(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("trace", epilog="Example: mash trace 7b0e6f5c-0f5e-5c4f-9c6a-3f6f2a1b9d11")(trace)


def trace(
    message: Annotated[str, typer.Argument(help="The hub's message id, or the id that its sender gave it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What became of a message: every fact that it led to, when, because of what, and how long after receipt."""
    with hub(data) as opened:
        steps = opened.trace(message)
    if as_json:
        say_json({"message": message, "steps": steps})
        return
    rows = (
        (s["position"], s["known_at"], f"{s['after_ms']} ms", s["name"], s["stream"], s["because"], s["what"])
        for s in steps
    )
    columns = ("position", "known at", "after", "fact", "stream", "because", "what")
    say_table("Journey", columns, rows, "Nothing on record began with this message.")
