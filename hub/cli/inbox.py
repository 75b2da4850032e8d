"""mash inbox: what the hub asks and tells one organisation, read from outside with the organisation's own keys; or, on the
hub's own machine, what waits on its page.
"""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.config import read_settings
from hub.outside import Inbox, read_private

app = typer.Typer(
    help="What an organisation is asked and told.",
    epilog="From outside: mash inbox read --key housing-sealing.key --hub-key hub-key.json",
    no_args_is_help=True,
)


@app.command("read", epilog="Example: mash inbox read --key housing-sealing.key --hub-key hub-key.json --json")
def read(
    key: Annotated[Path, typer.Option(help="The organisation's sealing key: mash agency key add --sealing wrote it.")],
    hub_key: Annotated[Path, typer.Option(help="The hub's public keys: mash agency hub-key --json wrote them.")],
    after: Annotated[int, typer.Option(help="Only what came after this position: keep the newest you handled.")] = 0,
    words: Annotated[bool, typer.Option("--words", help="Open the letters: names and questions are printed.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Read requests and notices from the log. It needs no hub: the organisation's key opens them, the hub's key proves them."""
    inbox = Inbox(read_settings(data=data), hub_key, read_private(key))
    try:
        found = inbox.read(after, words=words)
    finally:
        inbox.close()
    if as_json:
        say_json({"organisation": inbox.organisation, "messages": found})
        return
    for one in found:
        print(f"{one['position']} {one['kind']} {one['id']}" + (f", by {one['due']}" if one["due"] else ""))
        for line in one["words"]:
            print(f"  {line}")
    if not found:
        print(f"Nothing new for {inbox.organisation} after position {after}.")


@app.command("list", epilog="Example: mash inbox list --by staff-7c41e0")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What your organisation or setting is asked and told, as its page shows it."""
    with hub(data) as opened:
        inbox = opened.replying.inbox(opened.asker(by))
    if as_json:
        say_json(
            {"requests": inbox.requests, "notices": inbox.notices, "releases": inbox.releases, "has_key": inbox.has_key}
        )
        return
    rows = [(r.request, r.setting, r.state_words, f"{r.due:%d %B %H:%M}" if r.due else "") for r in inbox.requests]
    say_table("Requests", ("request", "setting", "state", "due (UTC)"), rows, "Nothing was asked.")
    told = [
        (n.notice, n.words, f"{n.due:%d %B %H:%M}" if n.due else "", "yes" if n.acknowledged else "")
        for n in inbox.notices
    ]
    say_table("Notices", ("notice", "what", "due (UTC)", "acknowledged"), told, "Nothing was told.")
    if not inbox.has_key:
        print("No sealing key: nothing is sent, and all of it waits on the page (mash agency key add --sealing).")


@app.command("acknowledge", epilog="Example: mash inbox acknowledge 5e77… --by staff-7c41e0")
def acknowledge(
    notice: Annotated[str, typer.Argument(help="A notice's id, from mash inbox list.")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say that your organisation has a notice."""
    with hub(data) as opened:
        opened.replying.acknowledge(opened.asker(by), notice)
    if as_json:
        say_json({"notice": notice, "acknowledged": True})
    else:
        print("acknowledged")
