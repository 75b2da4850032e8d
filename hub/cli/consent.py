"""mash consent: what a family said about sharing and about services. Codes and random ids; words are read on the pages."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.domain.errors import NotPermitted, Refused
from hub.domain.family_wish import Wish, wish_of
from hub.views import consent_words as words
from hub.views.models.consent import Preview

app = typer.Typer(
    help="Consent to share, and apart from it agreement to services: show, record, withdraw, acknowledge.",
    epilog="Words (names, reasons, where a form is held) are read on the page /child/<id>/consent, not here.",
    no_args_is_help=True,
)
Person = Annotated[str, typer.Argument(help="A person's id, as in the address of their page.")]
Many = Annotated[list[str] | None, typer.Option(help="May be repeated.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")]
Effect = Annotated[str, typer.Option(help="stop_future or recall_where_possible.")]


@app.command("show", epilog="Example: mash consent show 7b1f03aa-… --by staff-c17b3d --json")
def show(person: Person, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What is on record about sharing and, apart from it, about services; what is in effect; who was told to stop."""
    with hub(data) as opened:
        view = opened.consents.view(opened.asker(by), person, with_words=False)
    if as_json:
        say_json(view)
        return
    for one in view.anyway:
        print(f"Do not ask: {one}")
    rows = [
        (
            one.ref,
            one.state,
            one.giver,
            ", ".join(one.organisations),
            f"{one.valid_from:%d %B %Y}",
            one.why_not or "counts",
        )
        for one in view.statements
    ]
    say_table(
        "Consent to share",
        ("statement", "state", "who", "organisations", "from", "counts"),
        rows,
        "Nothing is on record.",
    )
    effect = [(one.organisation, one.category, one.purpose, one.state) for one in view.in_effect]
    say_table("In effect now", ("organisation", "information", "what for", "state"), effect, "Nothing is in effect.")
    served = [(one.ref, one.service, one.provider, one.state, one.giver) for one in view.agreements]
    say_table(
        "Agreement to a service", ("statement", "service", "of", "state", "who"), served, "No service was offered."
    )
    told = [
        (n.id, n.organisation, "yes" if n.acknowledged_at else "late" if n.overdue else "not yet") for n in view.notices
    ]
    say_table("Told to stop", ("notice", "organisation", "acknowledged"), told, "Nobody was told to stop.")


@app.command(
    "record",
    epilog="Example: mash consent record 7b1f03aa-… given --giver parental_responsibility --shown birth_mother "
    "--organisations school_a --categories narrative --purposes early_help --how face_to_face --present nobody_else "
    "--safe --held --evidence 'Blue folder.' --by staff-c17b3d",
)
def record(
    person: Person,
    what: Annotated[
        str,
        typer.Argument(
            help="sought, capacity, given, refused, objection, expired, invalid, evidence, conflict, not_sought or "
            "judged_again; a withdrawal is mash consent withdraw."
        ),
    ],
    by: By,
    service: Annotated[str, typer.Option(help="A service, as a code: then it is an agreement, no consent.")] = "",
    provider: Annotated[str, typer.Option(help="The organisation that gives the service.")] = "",
    giver: Annotated[str, typer.Option(help=f"Who speaks: {', '.join(words.GIVERS)}.")] = "",
    who: Annotated[str, typer.Option(help="new, as_before, or the id of somebody of this standing who spoke.")] = "",
    giver_name: Annotated[str, typer.Option(help="Their name; sealed.")] = "",
    record: Annotated[str, typer.Option(help="The record that this goes on.")] = "",
    statement: Annotated[str, typer.Option(help="The statement that this is about (mash consent show).")] = "",
    other: Annotated[str, typer.Option(help="Of a conflict: the statement that stands back.")] = "",
    how: Annotated[str, typer.Option(help=f"{', '.join(words.HOW)}.")] = "",
    interpreter: Annotated[str, typer.Option(help=f"{', '.join(words.INTERPRETERS)}.")] = "not_needed",
    notice: Annotated[str, typer.Option(help="Which version of the notice was explained.")] = "",
    language: Annotated[str, typer.Option(help="In which language.")] = "",
    organisations: Many = None, categories: Many = None, purposes: Many = None,
    except_organisations: Many = None, except_categories: Many = None,
    present: Annotated[list[str] | None, typer.Option(help=f"Who was in the room: {', '.join(words.ROOM)}.")] = None,
    safe: Annotated[bool | None, typer.Option("--safe/--not-safe", help="Whether they could safely have said no.")] = None,
    held: Annotated[bool | None, typer.Option("--held/--not-held", help="Whether the signed form is held.")] = None,
    evidence: Annotated[str, typer.Option(help="Where it is held; sealed.")] = "",
    shown: Annotated[str, typer.Option(help=f"What shows parental responsibility: {', '.join(words.SHOWN)}.")] = "",
    shown_until: Annotated[str, typer.Option(help="Until when that holds: 2027-06-04.")] = "",
    valid_from: Annotated[str, typer.Option(help="When they said so: 2026-06-04; else now.")] = "",
    expires: Annotated[str, typer.Option(help="Until when it holds, or when it ended.")] = "",
    test: Annotated[str, typer.Option(help=f"{', '.join(words.TESTS)}.")] = "",
    outcome: Annotated[str, typer.Option(help=f"{', '.join(words.OUTCOMES)}; or {', '.join(words.JUDGED)}.")] = "",
    ground: Annotated[str, typer.Option(help=f"Why nobody was asked: {', '.join(words.GROUNDS)}.")] = "",
    review_at: Annotated[str, typer.Option(help="When to think about it again.")] = "",
    told: Annotated[bool | None, typer.Option("--told/--not-told", help="Whether the family was told.")] = None,
    invalid: Annotated[str, typer.Option(help=f"Why it never counted: {', '.join(words.INVALID)}.")] = "",
    reason: Annotated[str, typer.Option(help="In your own words; sealed.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record one thing that a family said. What is missing is named, and nothing is written then."""
    if what == "withdrawn" and not service:
        raise Refused("a withdrawal first shows what rests on it: mash consent withdraw", "what")
    given: dict[str, Any] = {
        "what": what, "person": person, "about": "agreement_to_service" if service else "consent_to_share",
        "service": service, "provider": provider, "giver": giver, "who": who, "giver_name": giver_name, "record": record,
        "statement": statement, "other": other, "how": how, "interpreter": interpreter, "notice": notice,
        "language": language, "present": present or [], "safe_to_refuse": safe, "evidence_held": held,
        "evidence": evidence, "shown": shown, "shown_until": _moment(shown_until, "shown_until"),
        "valid_from": _moment(valid_from, "valid_from"), "expires": _moment(expires, "expires"), "test": test,
        "outcome": outcome, "ground": ground, "review_at": _moment(review_at, "review_at"), "family_told": told,
        "invalid": invalid, "reason": reason,
        "scope": {
            "organisations": organisations or [], "categories": categories or [], "purposes": purposes or [],
            "except_organisations": except_organisations or [], "except_categories": except_categories or [],
        },
    }  # fmt: skip
    with hub(data) as opened:
        made = opened.consents.say(opened.asker(by), wish_of(given))
    if as_json:
        say_json(made)
    else:
        print(f"Recorded: {made.ref}")


@app.command(
    "withdraw", epilog="Example: mash consent withdraw 7b1f03aa-… consent-record:…@1 --dry-run --by staff-c17b3d"
)
def withdraw(
    person: Person,
    statement: Annotated[str, typer.Argument(help="The yes that is withdrawn (mash consent show).")],
    by: By, effect: Effect = "stop_future", organisations: Many = None, categories: Many = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what rests on it, and write nothing.")] = False,
    reason: Annotated[str, typer.Option(help="In your own words; sealed.")] = "",
    yes: Yes = False, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what rests on a consent, then withdraw it and tell every organisation that was shown something under it."""
    given: dict[str, Any] = {
        "what": "withdrawn", "person": person, "statement": statement, "effect": effect, "reason": reason,
        "scope": {"organisations": organisations or [], "categories": categories or []},
    }  # fmt: skip
    with hub(data) as opened:
        who = opened.asker(by)
        seen = opened.consents.preview(who, wish_of(given))
        if dry_run:
            _say_preview(seen, as_json=as_json)
            return
        if not as_json:
            _say_preview(seen, as_json=False)
        if not yes:
            if as_json:
                raise NotPermitted("this withdraws a consent: a program looks with --dry-run, then says --yes")
            typer.confirm("Withdraw it, and tell them?", abort=True)
        wish: Wish = wish_of({**given, "preview": seen.digest})
        made = opened.consents.say(who, wish)
    if as_json:
        say_json(made)
    else:
        print(f"Withdrawn: {made.ref}. Told: {', '.join(made.notices) or 'nobody'}.")


@app.command("notices", epilog="Example: mash consent notices --by staff-f2907a")
def notices(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What your organisation must stop because a family withdrew its consent. Exit 1 while one is late."""
    with hub(data) as opened:
        view = opened.consents.notices(opened.asker(by))
    if as_json:
        say_json(view)
    else:
        rows = [
            (one.id, one.what, f"{one.due:%d %B %H:%M}" if one.due else "", "yes" if one.acknowledged_at else "no")
            for one in view.rows
        ]
        say_table(
            "Consents withdrawn", ("notice", "what", "due (UTC)", "acknowledged"), rows, "None to your organisation."
        )
    if any(one.overdue for one in view.rows):
        raise typer.Exit(1)


@app.command("acknowledge", epilog="Example: mash consent acknowledge 3f2a91bc-… --by staff-f2907a")
def acknowledge(
    notice: Annotated[str, typer.Argument(help="A notice's id (mash consent notices).")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say that your organisation has stopped what rested on the consent."""
    with hub(data) as opened:
        opened.consents.acknowledge(opened.asker(by), notice)
    if as_json:
        say_json({"notice": notice, "state": "acknowledged"})
    else:
        print(f"Acknowledged: {notice}")


def _moment(text: str, field: str) -> str | None:
    """A day or moment of the command line, in UTC where it has no offset, as JSON has it; None for nothing given."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("Enter a day such as 2026-06-04", field) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _say_preview(seen: Preview, *, as_json: bool) -> None:
    if as_json:
        say_json(seen)
        return
    rows = [(one.organisation, one.category, one.items, one.looks, one.outcome_words) for one in seen.rows]
    columns = ("organisation", "information", "items", "looks", "after the withdrawal")
    nothing = (
        "No organisation was shown anything under it." if seen.whole else "Nothing of which you may know rests on it."
    )
    say_table("What rests on it", columns, rows, nothing)
    told = ", ".join(seen.recipients) or ("nobody" if seen.whole else "whoever must be")
    print(f"To be told: {told}; to acknowledge by {seen.due:%d %B %H:%M} UTC.")
