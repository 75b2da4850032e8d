"""mash identity: who is who. Reviews, merges, unlinks and what takes each back. Random ids and codes; never a name."""

from typing import Annotated, Any

import typer
from msgspec import to_builtins

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub
from hub.cli.output import AsJson, By, Data, hub, progress, say_json, say_table
from hub.domain.errors import NotPermitted, Refused
from hub.domain.identity import DecideIdentity
from hub.domain.staff import may
from hub.views.models import Asker

app = typer.Typer(
    help="Who is who: persons in review, merges, unlinks, and what takes each back.",
    epilog="Persons: mash identity list. Who each may be: mash identity review. The words are read on the pages, not here.",
    no_args_is_help=True,
)
Person = Annotated[str, typer.Argument(help="A person's id.")]
Decision = Annotated[str, typer.Argument(help="A decision's id, from mash identity list.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed, and read by who reviews it.")]
Proposed = Annotated[str, typer.Option("--other", help="Of a proposal: who is proposed to be the same person.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")]
Reason = Annotated[
    str,
    typer.Option(
        help="identifiers_agree, identifiers_differ, organisation_confirmed, family_confirmed, known_to_me, "
        "entered_in_error, shared_own_id, siblings_or_twins, adoption, protected_person, sensitive or other."
    ),
]
Seen = Annotated[
    int,
    typer.Option(
        help="The record's position when you looked (mash identity review prints it). Where one of them has changed since, "
        "nothing is decided. Without it: when this command began, before it asks whether to go on."
    ),
]
STATES = {
    "waits_for_second": "It waits until a second person agrees: mash identity agree {identity} --by <somebody else>",
    "waits_for_intake": "It waits for the intake: mash identity show {identity}",
    "settled": "Done.",
    "not_agreed": "Nothing moves: it was not agreed to.",
    "refused": "Nothing moved. {why_not}.",
}


@app.command("accounts", epilog="Example: mash identity accounts")
def accounts(data: Data = None, as_json: AsJson = False) -> None:
    """Demo accounts that may decide who is who."""
    with hub(data) as opened:
        found = [one for one in DEMO_ACCOUNTS if opened.settings.demo and may(one.roles, "identity")]
    rows = [(one.staff, one.title, "yes" if may(one.roles, "identity_restricted") else "no") for one in found]
    if as_json:
        say_json({"accounts": [one.staff for one in found]})
        return
    say_table("Who may decide", ("staff", "role", "restricted too"), rows, "None: this is no demonstration.")


@app.command("list", epilog="Example: mash identity list --by staff-91d3b7")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Persons in review, the most urgent first; pairs that may be one; decisions that wait for a second person; reports."""
    with hub(data) as opened:
        who = opened.asker(by)
        reviews, decisions = opened.reviews(who), opened.identity_decisions(who)
        crowded = opened.tasks(who, "too_many_alike").total
    if as_json:
        say_json(
            {
                "reviews": reviews.rows, "total": reviews.total, "closed": reviews.closed,
                "proposals": reviews.proposals, "proposed": reviews.proposed,
                "waiting": decisions.waiting, "recent": decisions.recent, "reports_due": reviews.tasks,
                "seen": reviews.stamp.position, "crowded": crowded,
            }
        )  # fmt: skip
        return
    rows = [
        (r.person, r.level or "", f"{r.due:%d %B %H:%M}", "late" if r.overdue else "", r.candidates, "; ".join(r.why))
        for r in reviews.rows
    ]
    columns = ("person", "alert level", "due (UTC)", "", "candidates", "why")
    say_table(f"In review ({reviews.total})", columns, rows, "Nobody is in review.")
    pairs = [
        (r.person, r.other, r.level or "", "rests" if r.resting else f"{r.due:%d %B %H:%M}",
         "late" if r.overdue and not r.resting else "", "; ".join(r.why))
        for r in reviews.proposals
    ]  # fmt: skip
    columns = ("person", "other", "alert level", "due (UTC)", "", "why")
    say_table(f"The same person? ({reviews.proposed})", columns, pairs, "Nobody is proposed to be somebody else.")
    shown = [(d.identity, d.what, d.person, d.other, d.state_words) for d in (*decisions.waiting, *decisions.recent)]
    say_table("Decisions", ("decision", "what", "person", "other", "state"), shown, "Nothing was decided yet.")
    tasks = [(t.identity, t.what, f"{t.due:%d %B %H:%M}", "late" if t.overdue else "") for t in reviews.tasks]
    say_table("Who was shown what: to go through", ("decision", "what", "due (UTC)", ""), tasks, "No report is due.")
    if crowded:
        print(f"Persons of whom too many others may be the same: {crowded}. See mash tasks.")
    print(f"As of record position {reviews.stamp.position}: give it with --seen when you decide.")
    print("One of them beside the candidates: mash identity review PERSON")


@app.command("show", epilog="Example: mash identity show 3f2a91bc-… --by staff-91d3b7")
def show(identity: Decision, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """A decision as it stands, and the command that takes it back."""
    with hub(data) as opened:
        done = opened.identity_state(opened.asker(by), identity)
    _say(done, as_json=as_json)


@app.command("trail", epilog="Example: mash identity trail 7b1f03aa-… --by staff-91d3b7")
def trail(person: Person, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Who a person was held to be, fact by fact: opened, linked, merged, unlinked, held apart, and by which decision."""
    with hub(data) as opened:
        rows = opened.identity_trail(opened.asker(by), person)
    if as_json:
        say_json({"person": person, "trail": rows})
        return
    columns = ("position", "known_at", "fact", "how", "source_record", "who", "decision")
    shown = [[row[name][:19] if name == "known_at" else row[name] for name in columns] for row in rows]
    say_table("Trail", columns, shown, "Nothing is known of it.")


@app.command("report", epilog="Example: mash identity report 3f2a91bc-… --by staff-91d3b7 --json")
def report(identity: Decision, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Who was shown what between a wrong link and its end: looks, alerts, decisions, whom to tell. Exit 1 while due."""
    with hub(data) as opened:
        found = opened.identity_decision(opened.asker(by), identity).report
    if found is None:
        raise Refused("Nothing moved away by this decision, so nobody was shown anything through it", "identity")
    if as_json:
        say_json(found)
    else:
        looks = [
            (one.position, f"{one.at:%d %B %H:%M}", one.staff, one.organisation, one.page, _items(one.items))
            for one in found.looks
        ]
        columns = ("ledger", "at (UTC)", "staff", "organisation", "page", "what was opened")
        nobody = "Nobody was shown anything that moved." if found.whole else "No look was found; some may be missing."
        say_table("Who was shown what", columns, looks, nobody)
        alerts = [(one.alert, one.level, one.now) for one in found.alerts]
        say_table("Alerts on what moved", ("alert", "level", "now"), alerts, "No alert rested on it.")
        decided = [(one.enquiry, one.by, one.outcome) for one in found.decisions]
        say_table("Decisions on what moved", ("MASH enquiry", "by", "outcome"), decided, "No decision rested on it.")
        print(f"Signals: {found.discounted} count no more where they counted, {found.counted} count elsewhere now.")
        print("To tell: " + ("; ".join(found.to_tell) or "nobody"))
        print(f"Assessed: {found.assessed}" if found.assessed else f"Due {found.due:%d %B %H:%M} UTC (UK GDPR Art 33).")
    if not found.assessed:
        raise typer.Exit(1)


@app.command("rematch", epilog="Example: mash identity rematch --dry-run --json")
def rematch(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be proposed.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Weigh everybody again under today's rules and model, and propose to people what that finds. Stop the intake first.

    Nobody's link moves. It opens every known person's identifiers, which stands in the ledger, and shows them to nobody.
    Cut short, what it proposed so far stands, and the next run proposes none of it twice.
    """
    with hub(data) as opened, progress("weighing", opened.index().indexed) as done:
        came_to = opened.rematch(dry=dry_run, done=done)
    if as_json:
        say_json({"dry_run": dry_run, **to_builtins(came_to)})
        return
    would = "would be " if dry_run else ""
    print(f"Weighed {came_to.weighed} source records.")
    print(f"Pairs {would}put before a person: {came_to.proposed}.")
    print(f"Proposals {would}let fall: {came_to.fell_away}.")


@app.command("same", epilog="Example: mash identity same P K --reason identifiers_agree --why '…' --by staff-91d3b7")
def same(
    person: Person, other: Annotated[str, typer.Argument(help="Which candidate it is, from mash identity review.")],
    reason: Reason, why: Why, by: By, yes: Yes = False, seen: Seen = 0, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A person in review is this candidate: its source records go there, and what was possible counts for sure."""
    _decide(data, by, f"{person} becomes {other}.", yes=yes, as_json=as_json, what="same", person=person, other=other,
            reason=reason, why=why, seen=seen)  # fmt: skip


@app.command("different", epilog="Example: mash identity different P --reason siblings_or_twins --why '…' --by staff-…")
def different(
    person: Person, reason: Reason, why: Why, by: By, other: Proposed = "", yes: Yes = False, seen: Seen = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A person in review is none of its candidates, or not who it was proposed to be: held apart, and never linked again."""
    _decide(data, by, f"{person} is held apart from {other or 'all its candidates'}.", yes=yes, as_json=as_json,
            what="different", person=person, other=other, reason=reason, why=why, seen=seen)  # fmt: skip


@app.command("cannot-tell", epilog="Example: mash identity cannot-tell P --ask school --reason other --why '…' --by …")
def cannot_tell(
    person: Person, reason: Reason, why: Why, by: By, other: Proposed = "",
    ask: Annotated[str, typer.Option(help="An organisation to ask; its id.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Looked at, and left in review; or a proposal that rests until something new is said. Nothing moves."""
    _decide(data, by, "", yes=True, as_json=as_json, what="cannot_tell", person=person, other=other, reason=reason, why=why,
            ask=ask)  # fmt: skip


@app.command("merge", epilog="Example: mash identity merge P K --reason family_confirmed --why '…' --by staff-91d3b7")
def merge(
    person: Person, other: Annotated[str, typer.Argument(help="Who stays; the first goes into this one.")],
    reason: Reason, why: Why, by: By, yes: Yes = False, seen: Seen = 0, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Two persons are one. Two people: it waits until somebody else agrees."""
    _decide(data, by, f"{person} goes into {other} once somebody else agrees.", yes=yes, as_json=as_json, what="merge",
            person=person, other=other, reason=reason, why=why, seen=seen)  # fmt: skip


@app.command("unlink", epilog="Example: mash identity unlink P --record R --reason entered_in_error --why '…' --by …")
def unlink(
    person: Person,
    record: Annotated[list[str], typer.Option(help="A source record that is about somebody else; may be repeated.")],
    reason: Reason, why: Why, by: By,
    to: Annotated[str, typer.Option(help="Whom it is about; a new person where nobody is named.")] = "",
    undo: Annotated[str, typer.Option(help="The unlink that this takes back.")] = "",
    yes: Yes = False, seen: Seen = 0, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """These source records are about somebody else; what they said goes with them, and the two are held apart.

    To somebody known it waits until somebody else agrees, as a merge does; to take an unlink back (--undo) does not.
    """
    going = f"{len(record)} source record{'s' if len(record) > 1 else ''}"
    _decide(data, by, f"{going} of {person} go to {to or 'a new person'}.", yes=yes, as_json=as_json, what="unlink",
            person=person, other=to, reverses=undo, source_records=tuple(record), reason=reason, why=why,
            seen=seen)  # fmt: skip


@app.command("split", epilog="Example: mash identity split 3f2a91bc-… --reason entered_in_error --why '…' --by staff-…")
def split(
    decision: Annotated[str, typer.Argument(help="The decision that merged them, or that answered a review.")],
    reason: Reason, why: Why, by: By, yes: Yes = False, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take back a merge (the merged person stands by itself again, with what it brought), or "different": a review again."""
    _decide(data, by, "What it decided is taken back.", yes=yes, as_json=as_json, what="split", person="", reverses=decision,
            reason=reason, why=why)  # fmt: skip


@app.command("restrict", epilog="Example: mash identity restrict P --reason adoption --reader staff-… --why '…' --by …")
def restrict(
    person: Person, reason: Reason, why: Why, by: By,
    reader: Annotated[list[str], typer.Option(help="A staff id that may still open it; may be repeated.")],
    yes: Yes = False, seen: Seen = 0, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Only these readers may know of this identity from now on. Two people."""
    _decide(data, by, f"{person} opens for {len(reader)} named reader(s) alone once somebody else agrees.", yes=yes,
            as_json=as_json, what="restrict", person=person, readers=tuple(reader), reason=reason, why=why,
            seen=seen)  # fmt: skip


@app.command("unrestrict", epilog="Example: mash identity unrestrict P --reason other --why '…' --by staff-e58c12")
def unrestrict(
    person: Person,
    reason: Reason,
    why: Why,
    by: By,
    yes: Yes = False,
    seen: Seen = 0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """This identity is restricted no more. Two people."""
    _decide(data, by, f"{person} opens like any other once somebody else agrees.", yes=yes, as_json=as_json,
            what="unrestrict", person=person, reason=reason, why=why, seen=seen)  # fmt: skip


@app.command("agree", epilog="Example: mash identity agree 3f2a91bc-… --by staff-e58c12")
def agree(identity: Decision, by: By, yes: Yes = False, data: Data = None, as_json: AsJson = False) -> None:
    """Agree, as a second person: it is carried out. Who decided it cannot agree."""
    with hub(data) as opened:
        who = opened.asker(by)
        waits = opened.identity_state(who, identity)
        _confirm(f"You agree to {waits['what']} {waits['person']} {waits['other']}.", yes=yes, as_json=as_json)
        done = opened.identity_agree(who, identity)
    _say(done, as_json=as_json)


@app.command(
    "disagree", epilog="Example: mash identity disagree 3f2a91bc-… --why 'They are cousins.' --by staff-e58c12"
)
def disagree(identity: Decision, why: Why, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Do not agree, or take one's own decision back before anybody agreed: nothing moves."""
    with hub(data) as opened:
        done = opened.identity_not_agree(opened.asker(by), identity, why)
    _say(done, as_json=as_json)


@app.command("assess", epilog="Example: mash identity assess 3f2a91bc-… --outcome recorded_only --why '…' --by staff-…")
def assess(
    identity: Decision,
    outcome: Annotated[str, typer.Option(help="no_breach, recorded_only, notified_ico or notified_ico_and_family.")],
    why: Why, by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what came of going through who was shown what (mash identity report)."""
    chosen: Any = outcome
    with hub(data) as opened:
        done = opened.identity_assess(opened.asker(by), identity, chosen, why)
    _say(done, as_json=as_json)


def _decide(data: str | None, by: str, moves: str, *, yes: bool, as_json: bool, seen: int = 0, **wish: Any) -> None:
    with hub(data) as opened:
        who = opened.asker(by)
        seen = seen or opened.record.position()  # before it asks: what comes in meanwhile nobody has seen
        if moves:
            _confirm(moves, yes=yes, as_json=as_json)
        done = _decided(opened, who, seen, wish)
    _say(done, as_json=as_json)


def _decided(opened: Hub, who: Asker, seen: int, wish: dict[str, Any]) -> dict[str, str]:
    return opened.identity_decide(who, DecideIdentity(by=who.staff, seen_position=seen, **wish))


def _confirm(moves: str, *, yes: bool, as_json: bool) -> None:
    """Nothing moves before somebody said so; a program says --yes."""
    if yes:
        return
    if as_json:
        raise NotPermitted("this moves something: a program says so with --yes")
    typer.confirm(f"{moves} Go on?", abort=True)


def _say(done: dict[str, str], *, as_json: bool) -> None:
    """What became of it; the closing line says what takes it back. Exit 1 where nothing moved though it was asked."""
    if as_json:
        say_json(done)
    else:
        print(f"{done['what'].replace('_', ' ')}: decision {done['identity']}")
        print(STATES[done["state"]].format(**done))
        if done["opened"]:
            print(f"Opened: person {done['opened']}")
        if done["assessed"]:
            print(f"Assessed: {done['assessed'].replace('_', ' ')}")
        if done["take_back"]:
            print(f"To take it back: mash identity {done['take_back']}")
    if done["state"] == "refused":
        raise typer.Exit(1)


def _items(lines: Any) -> str:
    return "; ".join(f"{line.label}: {line.text}" for line in lines)
