"""mash silence: what was expected and did not come, what somebody found out, and when each feed was heard. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, Who, hub, say_done, say_json, say_table
from hub.domain.errors import Refused
from hub.domain.silence import ANSWERS, KINDS

app = typer.Typer(
    help="What is silent: what was expected and did not come.",
    epilog="A silence says that nobody has said anything, never that all is well.",
    no_args_is_help=True,
)
Silence = Annotated[str, typer.Argument(help="A silence's id, from mash silence list.")]


@app.command("list", epilog="Example: mash silence list --as staff-91d3b7 --kind feed_silent --json")
def list_(
    who: Who,
    kind: Annotated[str, typer.Option(help=f"Only of this kind: {', '.join(KINDS)}.")] = "",
    child: Annotated[str, typer.Option(help="Only about this child: its id.")] = "",
    page: Annotated[int, typer.Option(help="Which page of them.", min=1)] = 1,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The silences that stand, the longest overdue first."""
    if kind and kind not in KINDS:
        raise Refused(f"there is no such kind of silence; choose one of {', '.join(KINDS)}", "kind")
    with hub(data) as opened:
        view = opened.listening.page(opened.asker(who), kind, page, child)
    if as_json:
        say_json(view)
        return
    rows = [
        (one.silence, one.what, one.of or "the front door", one.child, f"{one.due:%d %B %H:%M}") for one in view.rows
    ]
    title = f"Silences ({view.total}), page {view.number} of {view.pages}"
    say_table(title, ("silence", "what", "of whom", "child", "expected by (UTC)"), rows, "Nothing is silent.")


@app.command("show", epilog="Example: mash silence show 3f2a91bc-… --as staff-91d3b7")
def show(silence: Silence, who: Who, data: Data = None, as_json: AsJson = False) -> None:
    """How one stands."""
    with hub(data) as opened:
        view = opened.listening.view(opened.asker(who), silence)
    if as_json:
        say_json(view)
    else:
        print(f"{view.row.what}: {view.row.state}" + (f" ({view.answered})" if view.answered else ""))


@app.command("answer", epilog="Example: mash silence answer 3f2a91bc-… --answer taken_up --as staff-91d3b7")
def answer(
    silence: Silence,
    said: Annotated[str, typer.Option("--answer", help=f"{', '.join(ANSWERS)}.")],
    who: Who,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what it was: it leaves the lists and stays on record."""
    with hub(data) as opened:
        opened.listening.answer(opened.asker(who), silence, said)
    say_done(as_json, "Recorded.", silence=silence, answer=said)


@app.command("feeds", epilog="Example: mash silence feeds --as staff-91d3b7 --json")
def feeds(who: Who, data: Data = None, as_json: AsJson = False) -> None:
    """When each organisation and setting was heard, and how often it is expected."""
    with hub(data) as opened:
        view = opened.listening.feeds(opened.asker(who))
    if as_json:
        say_json(view)
        return
    rows = [
        (
            one.organisation, one.setting, f"{one.last:%d %B %H:%M}",
            f"{one.every} {one.counts}{'s' * (one.every != 1)}{' (declared)' * one.declared}" if one.every else "nothing",
            "SILENT" if one.silent else "",
        )
        for one in view.rows
    ]  # fmt: skip
    say_table(
        "Feeds", ("organisation", "setting", "heard (UTC)", "expected within", ""), rows, "Nobody has been heard."
    )
