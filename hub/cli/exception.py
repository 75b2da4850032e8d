"""mash exception: overrides of a refusal and break-glass: asked, agreed to, ended, gone through. Codes; never a name."""

from typing import Annotated, cast

import typer

from hub.cli.output import AsJson, By, Data, hub, say_json, say_table
from hub.domain.errors import NotPermitted
from hub.domain.exceptional import AskOverride, BreakTheGlass
from hub.domain.exceptions import Emergency, Told, Why

app = typer.Typer(
    help="Overrides and break-glass: asked, agreed to, ended, gone through.",
    epilog="Words that open are read on the pages, not here.",
    no_args_is_help=True,
)
Child = Annotated[str, typer.Argument(help="The child's id.")]
Address = Annotated[
    str, typer.Argument(help="An exception, as mash exception list names it: override-… or break-glass-…")
]
InWords = Annotated[str, typer.Option("--why", help="Why, in your own words; sealed, and read by who goes through it.")]


@app.command("list", epilog="Example: mash exception list --by staff-05b8f3 --json")
def list_(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What waits for a second person, what is to be gone through and by when, and how often each person leaned on one."""
    with hub(data) as opened:
        found = opened.exceptions.overview(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one.ref,
            one.child,
            one.by,
            one.state_words,
            f"{one.due:%d %B %H:%M}" if one.due else "",
            " ".join(["crosswise"] * one.crosswise + ["late"] * one.overdue),
        )
        for one in (*found.waiting, *found.to_review, *found.others, *(() if found.may_review else found.mine))
    ]
    columns = ("exception", "child", "who", "state", "go through by (UTC)", "")
    say_table("Exceptions", columns, rows, "There are none.")
    people = [(one.staff, one.break_glass, one.overrides, one.unreviewed) for one in found.people]
    if found.may_review:
        say_table("For each person", ("who", "emergencies", "overrides", "not gone through"), people, "Nobody.")
    if found.may_review:
        nights = [
            (one.who, one.looks, len(one.children), f"{one.due:%d %B %H:%M}", "late" * one.overdue)
            for one in found.nights
        ]
        heads = ("who", "looks", "children", "go through by (UTC)", "")
        say_table("Read out of hours for a contact", heads, nights, "Nothing was.")
    if found.tells_family:
        looks = [(one.who, one.looks, f"{one.latest:%d %B %H:%M}") for one in found.family]
        say_table(
            "Looks at their own family", ("who", "looks", "latest (UTC)"), looks, "Nobody looked at their own family."
        )


@app.command("show", epilog="Example: mash exception show break-glass-3f2a91bc-… --by staff-05b8f3")
def show(address: Address, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """One exception: its state, what was looked at under it, and who was told. Its reasons are read on the page."""
    with hub(data) as opened:
        view = opened.exceptions.one(opened.asker(by), address)
    answer = {
        "exception": view.row.ref, "child": view.row.child, "by": view.row.by, "state": view.row.state,
        "until": view.row.until, "second_by": view.row.second_by, "approved_by": view.approved_by,
        "to_review": view.row.to_review, "due": view.row.due, "reviewed": view.row.reviewed, "looks": view.looks,
        "told_to": view.told_to,
    }  # fmt: skip
    if as_json:
        say_json(answer)
        return
    for name in ("exception", "child", "by", "state", "until", "second_by", "approved_by", "due", "reviewed"):
        print(f"{name.replace('_', ' ')}: {answer[name] or ''}")
    print(f"told: {', '.join(view.told_to)}")
    looks = [
        (one.position, f"{one.at:%d %B %H:%M}", one.page, one.items, ", ".join(one.organisations)) for one in view.looks
    ]
    say_table("Looked at under it", ("ledger", "at (UTC)", "page", "items", "whose"), looks, "Nothing was looked at.")


@app.command(
    "ask", epilog="Example: mash exception ask CHILD --hours 4 --reason risk_of_harm --told told --why '…' --by …"
)
def ask(
    child: Child, hours: Annotated[int, typer.Option(help="For how many hours, from 1 to 24.")],
    reason: Annotated[
        str, typer.Option(help="risk_of_harm, child_not_seen, refusal_in_doubt, statute_or_court or other.")
    ],
    told: Annotated[
        str,
        typer.Option(
            help="Is the family told? told, told_afterwards, increases_risk, prejudices_investigation or not_possible."
        ),
    ],
    why: InWords, by: By,
    organisation: Annotated[list[str] | None, typer.Option(help="Whose items; may be repeated. None: everybody's.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Which kinds: narrative, voice … None: all.")] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask for an override. By day it waits for a second person; out of hours it works at once, for four hours at most."""
    with hub(data) as opened:
        wish = AskOverride(
            child=child, organisations=tuple(organisation or ()), categories=tuple(category or ()), hours=hours,
            reason=cast("Why", reason), told=cast("Told", told), why=why, by=by,
        )  # fmt: skip
        who = opened.asker(by)
        address = opened.exceptions.ask(who, wish)
        state = opened.exceptions.one(who, address).row.state_words
    _say(address, state, as_json=as_json)


@app.command("agree", epilog="Example: mash exception agree override-3f2a91bc-… --by staff-5db46e")
def agree(address: Address, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Agree, as the second person, to somebody else's override."""
    with hub(data) as opened:
        who = opened.asker(by)
        opened.exceptions.agree(who, address)
        state = opened.exceptions.one(who, address).row.state_words
    _say(address, state, as_json=as_json)


@app.command("decline", epilog="Example: mash exception decline override-3f2a91bc-… --why '…' --by staff-5db46e")
def decline(address: Address, why: InWords, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Do not agree, or take back what you asked yourself: it opens nothing."""
    with hub(data) as opened:
        opened.exceptions.decline(opened.asker(by), address, why)
    _say(address, "Not agreed to", as_json=as_json)


@app.command(
    "break-glass",
    epilog="Example: mash exception break-glass CHILD --reason immediate_danger --why '…' --again staff-3ae8f0 "
    "--acknowledge --by staff-3ae8f0",
)
def break_glass(
    child: Child,
    reason: Annotated[
        str,
        typer.Option(help="immediate_danger, missing_child, medical_emergency, police_protection or other."),
    ],
    why: InWords, by: By,
    again: Annotated[str, typer.Option(help="Show again who you are: in a demonstration, your staff id once more.")] = "",
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="You know that it is reported and gone through on the next working day.")
    ] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open a child's record in an emergency, alone, for half an hour. What opens is read on the child's page."""
    with hub(data) as opened:
        who = opened.asker(by)
        if again and again != by:
            raise NotPermitted("this is somebody else: give your own staff id with --again")
        wish = BreakTheGlass(
            child=child, reason=cast("Emergency", reason), why=why, acknowledged=acknowledge, by=by, roles=(),
            confirmed_at=opened.clock.now() if again else None,
        )  # fmt: skip
        address = opened.exceptions.break_glass(who, wish)
    _say(address, "Works now, for half an hour", as_json=as_json)


@app.command("end", epilog="Example: mash exception end break-glass-3f2a91bc-… --by staff-3ae8f0")
def end(address: Address, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """End what works before its time."""
    with hub(data) as opened:
        opened.exceptions.end(opened.asker(by), address)
    _say(address, "Ended", as_json=as_json)


@app.command(
    "review", epilog="Example: mash exception review break-glass-… --outcome justified --why '…' --by staff-05b8f3"
)
def review(
    address: Address,
    outcome: Annotated[
        str, typer.Option(help="justified, wider_than_needed, not_justified or misuse_suspected.")
    ],
    why: InWords, by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what came of going through one: somebody other than who asked, and than who agreed."""
    with hub(data) as opened:
        who = opened.asker(by)
        opened.exceptions.review(who, address, outcome, why)
        reviewed = opened.exceptions.one(who, address).row.reviewed
    _say(address, reviewed, as_json=as_json)


@app.command("family", epilog="Example: mash exception family staff-91d3b7 --outcome not_justified --by staff-05b8f3")
def family(
    staff: Annotated[str, typer.Argument(help="Staff id of who looked at their own family.")],
    outcome: Annotated[str, typer.Option(help="justified, wider_than_needed, not_justified or misuse_suspected.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what came of somebody's looks at their own family. That person is not told."""
    with hub(data) as opened:
        who = opened.asker(by)
        until = next((one.until for one in opened.exceptions.overview(who).family if one.staff == staff), 0)
        opened.exceptions.review_family(who, staff, until, outcome)
    _say(staff, outcome, as_json=as_json)


@app.command("night", epilog="Example: mash exception night staff-3ae8f0 --outcome justified --by staff-e58c12")
def night(
    staff: Annotated[str, typer.Argument(help="Staff id of who read out of hours, as mash exception list names them.")],
    outcome: Annotated[str, typer.Option(help="justified, wider_than_needed, not_justified or misuse_suspected.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what came of going through what somebody read out of hours because contacts had come in."""
    with hub(data) as opened:
        who = opened.asker(by)
        until = next((one.until for one in opened.exceptions.overview(who).nights if one.staff == staff), 0)
        opened.exceptions.review_nights(who, staff, until, outcome)
    _say(staff, outcome, as_json=as_json)


def _say(address: str, state: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"exception": address, "state": state})
    else:
        print(f"{address}: {state}")
