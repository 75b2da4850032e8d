"""mash index: the match index, by which the hub finds who a message may be about; how it was made, and making it anew."""

from time import perf_counter
from typing import Annotated

import typer

from hub.bootstrap import Hub
from hub.cli.output import AsJson, Data, hub, progress, say_json

app = typer.Typer(help="The match index, by which known persons are found again.", no_args_is_help=True)


@app.command("status", epilog="Example: mash index status --json")
def status(data: Data = None, as_json: AsJson = False) -> None:
    """How the index was made, how large it is, and whether it must be made anew. Exit 1 when it must."""
    with hub(data) as opened:
        answer = _state(opened)
    _say(answer, as_json=as_json)
    if answer["trouble"]:
        raise typer.Exit(1)


@app.command("rebuild", epilog="Example: mash index rebuild --new-key")
def rebuild(
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Under a new secret key (the old one may be known).")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make the index anew by today's rules. Stop the intake first; what is sent meanwhile waits in the log.

    It opens every known person's identifiers, which stands in the ledger, and shows them to nobody. Cut short, it leaves
    the index as it was.
    """
    with hub(data) as opened, progress("reading and making keys", opened.index().indexed) as done:
        began = perf_counter()
        opened.rebuild_index(new_key=new_key, done=done)
        answer = {**_state(opened), "seconds": round(perf_counter() - began, 1)}
    _say(answer, as_json=as_json)


def _state(opened: Hub) -> dict[str, object]:
    state = opened.index()
    return {
        "source_records": state.indexed, "rules": state.rules, "key_version": state.version,
        "trouble": opened.index_trouble(),
    }  # fmt: skip


def _say(answer: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        say_json(answer)
        return
    for name, value in answer.items():
        print(f"{name.replace('_', ' '):16} {value if value != '' else 'none'}")
