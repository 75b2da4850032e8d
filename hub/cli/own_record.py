"""mash identity ask and what follows: whoever sent a record in doubt is asked about it. Ids and codes; never a name."""

from typing import Annotated

import typer

from hub.cli.identity import Person
from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_link, say_table
from hub.domain.errors import Refused
from hub.domain.own_record import QUESTIONS
from hub.views.asking_owners import AskOwner

app = typer.Typer(help="Asking whoever sent a record in doubt about it: commands of mash identity.")
Named = Annotated[str, typer.Argument(help="A request's id, from mash identity asked.")]
Other = Annotated[str, typer.Option("--other", help="Of a proposal: who is proposed to be the same person.")]


@app.command("asked", epilog="Example: mash identity asked 7b1f03aa-… --by staff-91d3b7 --json")
def asked(person: Person, by: By, other: Other = "", data: Data = None, as_json: AsJson = False) -> None:
    """Whom one may ask in this review about which record, and what was asked and came. What came is read on the page."""
    with hub(data) as opened:
        found = opened.owners.page(opened.asker(by), person, other)
    if as_json:
        asked_ = [
            {"request": r.request, "record": r.record, "organisation": r.organisation, "setting": r.setting, "state": r.state,
             "due": r.due, "overdue": r.overdue, "reason": r.reason}
            for r in found.rows
        ]  # fmt: skip
        may = [one.code for one in found.records]
        say_json({"asked": asked_, "records": may, "open": found.open, "restricted": found.restricted})
        return
    rows = [
        (r.request, r.record, r.organisation, r.setting, r.state_words, f"{r.due:%d %B %H:%M}" if r.due else "")
        for r in found.rows
    ]
    say_table(
        "Asked", ("request", "record", "organisation", "setting", "state", "due (UTC)"), rows, "Nobody was asked yet."
    )
    may_be = [(one.code, one.label) for one in found.records]
    say_table("Whom one may ask", ("record", "whose"), may_be, "Nobody: it is settled, restricted, or cannot be asked.")
    for one in found.cannot:
        print(f"{one}.")


@app.command(
    "ask",
    epilog="Example: mash identity ask 7b1f03aa-… --record 5c22… --question birth_date --by staff-91d3b7. "
    f"Questions: {', '.join(QUESTIONS)}.",
)
def ask(
    person: Person,
    by: By,
    question: Annotated[list[str], typer.Option(help=f"{', '.join(QUESTIONS)}. Several times.")],
    record: Annotated[str, typer.Option(help="Which record, from mash identity asked; without it the only one.")] = "",
    other: Other = "",
    out_of_term: Annotated[str, typer.Option(help="Whom to reach while a school is on holiday; sealed.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask the organisation that sent a record in doubt what that record says. It is told its own record, nothing else."""
    with hub(data) as opened:
        who = opened.asker(by)
        if not record:
            may = [one.code for one in opened.owners.page(who, person, other).records if "/" not in one.code]
            if len(may) > 1:
                raise Refused("Several records are in doubt: name one with --record (mash identity asked)", "record")
            record = may[0] if may else ""
        made = opened.owners.ask(who, AskOwner(
            person=person, other=other, record=record, questions=tuple(question), out_of_term=out_of_term, by=by,
        ))  # fmt: skip
    say_done(as_json, f"request {made}", request=made)


@app.command("remind", epilog="Example: mash identity remind 9c01… --by staff-91d3b7")
def remind(named: Named, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Remind whoever was asked about their own record, by a notice."""
    with hub(data) as opened:
        opened.owners.remind(opened.asker(by), named)
    say_done(as_json, "they are reminded", request=named, done="remind")


@app.command("withdraw", epilog="Example: mash identity withdraw 9c01… --reason no_longer_needed --by staff-91d3b7")
def withdraw(
    named: Named,
    reason: Annotated[str, typer.Option(help="answered_otherwise, asked_wrongly or no_longer_needed.")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw it, and tell them; what comes all the same is kept."""
    with hub(data) as opened:
        opened.owners.withdraw(opened.asker(by), named, reason)
    say_done(as_json, "it is withdrawn, and they are told", request=named, done="withdraw")


@app.command("link", epilog="Example: mash identity link 9c01… --by staff-91d3b7")
def link(named: Named, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """A link and a code to answer without an account, shown this once. Send the link; tell the code another way."""
    with hub(data) as opened:
        made = opened.owners.link(opened.asker(by), named)
    say_link(made, as_json)
