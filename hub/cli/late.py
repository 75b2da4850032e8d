"""mash late: decisions that evidence came late for, what the rules would have proposed, and loads of history. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, Who, hub, say_done, say_json, say_table
from hub.domain.late import ANSWERS

app = typer.Typer(
    help="Late evidence: what the rules would have proposed, had it been there when somebody decided.",
    epilog="It says what the rules would have proposed, never whether the decision was right.",
    no_args_is_help=True,
)
Late = Annotated[str, typer.Argument(help="A decision, from mash late list: MASH enquiry@version.")]


@app.command("list", epilog="Example: mash late list --as staff-91d3b7 --json")
def list_(
    who: Who,
    page: Annotated[int, typer.Option(help="Which page of them.", min=1)] = 1,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Decisions that evidence came late for, those that wait for a person first."""
    with hub(data) as opened:
        view = opened.hindsight.page(opened.asker(who), page)
    if as_json:
        say_json(view)
        return
    rows = [(one.late, f"{one.decided_at:%d %B %Y}", one.level, one.state, one.what) for one in view.rows]
    title = f"Late evidence ({view.total}), page {view.number} of {view.pages}"
    say_table(title, ("decision", "decided", "level set", "state", "what"), rows, "Nothing came late for a decision.")


@app.command("show", epilog="Example: mash late show 3f2a91bc-…@4 --as staff-91d3b7")
def show(late: Late, who: Who, data: Data = None, as_json: AsJson = False) -> None:
    """One decision: what was known then, beside what came late."""
    with hub(data) as opened:
        view = opened.hindsight.view(opened.asker(who), late)
    if as_json:
        say_json(view)
        return
    lines = [view.row.what, "", "Known then"]
    lines += [f"  {one}" for one in view.then] or ["  nothing that these rules rest on"]
    lines += ["", "Came late"]
    lines += [
        f"  {one.words}, received {one.received:%d %B %Y}{' [carries it]' if one.carried else ''}" for one in view.late
    ]
    if view.answered:
        lines += ["", f"Answered: {view.answered} ({view.answered_by})"]
    if view.answers:
        lines += ["", f"To answer: mash late answer {late} --read {view.row.read} --answer … --why …"]
    print("\n".join(lines))


@app.command(
    "answer",
    epilog='Example: mash late answer 3f2a91bc-…@4 --answer acted_on --why "Opened today." --read 9c0e41ab --as staff-e58c12',
)
def answer(
    late: Late,
    said: Annotated[str, typer.Option("--answer", help=f"{', '.join(ANSWERS)}.")],
    why: Annotated[str, typer.Option(help="Why, in a sentence or two. Sealed; opened only through a look.")],
    read: Annotated[str, typer.Option(help="Which reports you read: mash late show prints it.")],
    who: Who,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what it means for the decision: somebody else than who decided, or agreed to it."""
    with hub(data) as opened:
        opened.hindsight.answer(opened.asker(who), late, said, why, read)
    say_done(as_json, "Recorded.", late=late, answer=said)


@app.command("backfills", epilog="Example: mash late backfills --as staff-e58c12 --json")
def backfills(who: Who, data: Data = None, as_json: AsJson = False) -> None:
    """One report for each organisation whose declared load of history touches a decision: no task comes of it."""
    with hub(data) as opened:
        view = opened.hindsight.backfills(opened.asker(who))
    if as_json:
        say_json(view)
        return
    rows = [
        (one.name, one.reports, one.children, f"{one.newest:%d %B %Y}", one.touched, len(one.rows)) for one in view.rows
    ]
    columns = ("organisation", "reports", "children", "newest", "decisions touched", "rules would differ")
    say_table("Loads of history", columns, rows, "No load of history touches a decision.")
