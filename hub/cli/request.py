"""mash request: what organisations are asked from a MASH enquiry, and their answers. Ids and codes; words are read on pages."""

from collections.abc import Sequence
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_link, say_table
from hub.domain.errors import Refused
from hub.domain.request import Answer, AskParties
from hub.views.models.requests import RequestRow
from hub.views.requesting import parse_day, parse_party

app = typer.Typer(
    help="Requests to organisations and settings: ask, remind, withdraw, answer, and a link without an account.",
    epilog="A party is organisation or organisation/setting: police, school_a/school_a_primary_01.",
    no_args_is_help=True,
)
Enquiry = Annotated[str, typer.Argument(help="A MASH enquiry's id.")]
Named = Annotated[str, typer.Argument(help="A request's id, from mash request list.")]
Many = Annotated[list[str], typer.Option(help="May be given several times.")]


@app.command("ask", epilog="Example: mash request ask 3f2a… --by staff-c17b3d --party police --child 7b1f… "
             "--purpose triage --question concerns --tell names --tell birth_date")  # fmt: skip
def ask(
    enquiry: Enquiry,
    by: By,
    party: Annotated[list[str], typer.Option(help="Whom: organisation, or organisation/setting. Several times.")],
    child: Annotated[list[str], typer.Option(help="About whom: a child of the MASH enquiry. Several times.")],
    purpose: Annotated[str, typer.Option(help="triage, child_protection or early_help.")],
    tell: Annotated[
        list[str],
        typer.Option(
            help="What they may be told, to search: names, birth_date, sex, addresses, nhs_number, upn, school, gp; and "
            "on_record: who told of the child, when, and which indicators. Several times."
        ),
    ],
    question: Annotated[
        list[str] | None, typer.Option(help="A code of the list (docs/requests.md). Several times.")
    ] = None,
    words: Annotated[str, typer.Option(help="Anything else to ask, in words; sealed.")] = "",
    out_of_term: Annotated[str, typer.Option(help="Whom to reach while a school is on holiday; sealed.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask several organisations or settings the same, at once: all of them, or none."""
    wish = AskParties(
        enquiry=enquiry, parties=tuple(parse_party(one) for one in party), children=tuple(child), purpose=purpose,
        questions=tuple(question or ()), told=tuple(tell), question=words, out_of_term=out_of_term, by=by,
    )  # fmt: skip
    with hub(data) as opened:
        made = opened.requesting.ask(opened.asker(by), wish)
    if as_json:
        say_json({"requests": made})
    else:
        print("\n".join(f"request {one}" for one in made))


@app.command("list", epilog="Example: mash request list 3f2a… --by staff-c17b3d --json")
def list_(enquiry: Enquiry, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The requests of a MASH enquiry, where each organisation stands, and how far asking has come."""
    with hub(data) as opened:
        view = opened.requesting.page(opened.asker(by), enquiry)
    if as_json:
        say_json({
            "requests": view.rows, "coverage": view.coverage, "not_asked": view.not_asked, "progress": view.progress,
            "complete": view.complete, "awaited": view.awaited, "overdue": view.overdue, "grade": view.grade,
        })  # fmt: skip
        return
    say_table("Requests", ("request", "organisation", "setting", "state", "due (UTC)", ""), [
        (r.request, r.organisation, r.setting, r.state_words, f"{r.due:%d %B %H:%M}" if r.due else "", _notes(r))
        for r in view.rows
    ], "Nobody was asked yet.")  # fmt: skip
    shown = [
        (c.organisation, c.setting, c.state.replace("_", " "), ". ".join(one for one in (c.reason, c.holds) if one))
        for c in view.coverage
    ]
    say_table("Who has been heard", ("organisation", "setting", "state", "reason"), shown, "No organisation is known.")
    print(f"{view.progress}.")


def _notes(row: RequestRow) -> str:
    notes = ("late" if row.overdue else "", "its page only" if row.on_page_only else "", row.after, row.reason)
    return "; ".join(one for one in notes if one)


@app.command(
    "not-asked", epilog="Example: mash request not-asked 3f2a… housing --reason heard_already --by staff-c17b3d"
)
def not_asked(
    enquiry: Enquiry,
    party: Annotated[str, typer.Argument(help="Who is not asked: organisation, or organisation/setting.")],
    reason: Annotated[str, typer.Option(help="A code that the grade allows (docs/requests.md).")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Record why somebody is not asked."""
    with hub(data) as opened:
        opened.requesting.not_ask(opened.asker(by), enquiry, parse_party(party), reason)
    say_done(as_json, f"{party} is not asked: {reason}", enquiry=enquiry, not_asked=party, reason=reason)


@app.command("remind", epilog="Example: mash request remind 9c01… --by staff-c17b3d")
def remind(named: Named, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Remind them, by a notice."""
    with hub(data) as opened:
        opened.requesting.remind(opened.asker(by), named)
    say_done(as_json, "they are reminded", request=named, done="remind")


@app.command("withdraw", epilog="Example: mash request withdraw 9c01… --reason no_longer_needed --by staff-c17b3d")
def withdraw(
    named: Named,
    reason: Annotated[str, typer.Option(help="answered_otherwise, asked_wrongly or no_longer_needed.")],
    by: By,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a request, and tell them; what comes all the same is kept."""
    with hub(data) as opened:
        opened.requesting.withdraw(opened.asker(by), named, reason)
    say_done(as_json, "it is withdrawn, and they are told", request=named, done="withdraw")


@app.command("link", epilog="Example: mash request link 9c01… --by staff-c17b3d")
def link(named: Named, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """A link and a code to answer without an account, shown this once. Send the link; tell the code another way."""
    with hub(data) as opened:
        made = opened.requesting.link(opened.asker(by), named)
    say_link(made, as_json)


@app.command("show", epilog="Example: mash request show 9c01… --by staff-7c41e0")
def show(named: Named, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """One request to your organisation, in codes: the words are read on its page."""
    with hub(data) as opened:
        view = opened.replying.request(opened.asker(by), named)
    if as_json:
        say_json({"request": view.row, "questions": view.questions, "closed": view.closed})
    else:
        print(f"{view.row.state_words}; answer by {view.row.due:%d %B %Y %H:%M} UTC")
        print("\n".join(view.questions) or "The question stands on its page.")


@app.command("answer", epilog="Example: mash request answer 9c01… --result searched_none_held --by staff-7c41e0")
def answer(
    named: Named,
    result: Annotated[str, typer.Option(help="provided, searched_none_held or refused.")],
    by: By,
    words: Annotated[str, typer.Option(help="What you hold; sealed.")] = "",
    value: Annotated[
        list[str] | None,
        typer.Option(help="About your own record: birth_date=2017-05-04, second_record=no and so on. Several times; sealed."),
    ] = None,
    reason: Annotated[
        str,
        typer.Option(
            help="Of a refusal: more_detrimental, no_lawful_basis, consent_refused, investigation, privileged, not_ours "
            "or other."
        ),
    ] = "",
    reason_words: Annotated[str, typer.Option(help="Why, in words; sealed.")] = "",
    review_on: Annotated[str, typer.Option(help="When a judgement of harm is looked at again: 2026-12-04.")] = "",
    may_overturn: Annotated[
        str, typer.Option(help="Who may overturn it: caldicott_guardian, safeguarding_lead, data_protection_officer, "
                          "senior_officer or other.")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Answer in your organisation's name."""
    given = Answer(
        result=result, words=words, reason=reason, reason_words=reason_words, may_overturn=may_overturn,
        review_on=parse_day(review_on, "--review-on"), values=_values(value or ()),
    )  # fmt: skip
    with hub(data) as opened:
        said = opened.replying.answer(opened.asker(by), named, given)
    say_done(as_json, f"answered: {said.replace('_', ' ')}", request=named, result=said)


def _values(given: Sequence[str]) -> dict[str, str]:
    if any("=" not in one for one in given):
        raise Refused("Give each value as name=value, such as --value birth_date=2017-05-04", "values")
    return {name.strip(): said for name, _, said in (one.partition("=") for one in given)}
