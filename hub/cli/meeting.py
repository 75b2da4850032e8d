"""mash meeting: panels, forums and conversations called, packed, held, and what they said of each child. Ids and codes."""

from datetime import date
from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_done, say_json, say_table
from hub.cli.strategy import attendance
from hub.domain.agenda import OUTCOMES, TAKEN_OFF, Decide
from hub.domain.attendance import ABSENT
from hub.domain.errors import Refused
from hub.domain.meeting import BECAME, OFF, THEMES, Call, Hold, Talk, Theme
from hub.views.convening import member_of
from hub.views.models.meetings import MeetingRow

app = typer.Typer(
    help="Meetings of organisations: call, agenda, pack, who was there, what was said of each child; conversations.",
    epilog="What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account.")]
Meeting = Annotated[str, typer.Argument(help="A meeting's id, from mash meeting list.")]
Child = Annotated[str, typer.Argument(help="A child's id.")]
Day = Annotated[str, typer.Option("--on", help="A day, as 2027-03-27.")]
Members = Annotated[
    list[str] | None, typer.Option("--member", help="organisation, organisation/setting or with /role; repeated.")
]
Owner = Annotated[str, typer.Option(help="The organisation that does it.")]
Due = Annotated[str, typer.Option(help="By which day it is done, as 2027-03-27.")]
Outcome = Annotated[str, typer.Option(help=f"{', '.join(OUTCOMES)}.")]
Notes = Annotated[str, typer.Option(help="In words; sealed.")]
Family = Annotated[bool | None, typer.Option("--family-there/--family-not-there", help="Was the family there?")]
Considered = Annotated[list[str] | None, typer.Option(help="An organisation that was considered to help; repeated.")]


@app.command("list", epilog="Example: mash meeting list --by staff-4fa690 --json")
def list_(
    by: By, child: Annotated[str, typer.Option(help="Those at which this child stood.")] = "", data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The meetings that are yours to know of, those to come first; or those of one child."""
    with hub(data) as opened:
        who = opened.asker(by)
        if child:
            rows: tuple[MeetingRow, ...] = opened.convening.of_child(who, child).rows
        else:
            view = opened.convening.page(who)
            rows = (*view.coming, *view.past)
    if as_json:
        say_json(rows)
        return
    told = [(one.meeting, one.type, f"{one.on:%d %B %Y}", one.state_words, len(one.children)) for one in rows]
    say_table(
        "Meetings", ("meeting", "type", "on", "state", "children you may know of"), told, "None is yours to know of."
    )


@app.command("show", epilog="Example: mash meeting show 3f2a91bc-… --by staff-4fa690")
def show(meeting: Meeting, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """How one stands, in codes: words are read on its page."""
    with hub(data) as opened:
        view = opened.convening.view(opened.asker(by), meeting)
    told = {
        "meeting": view.meeting, "type": view.type, "on": view.on, "state": view.state_words, "quorum": view.quorum,
        "members": view.members, "present": view.present, "missing": view.missing, "themes": view.themes,
        "packs": [{"number": one.number, "position": one.position} for one in view.packs],
        "agenda": [
            {
                "child": one.child, "state": one.state, "outcome": one.outcome_code, "owner": one.owner, "due": one.due,
                "waits": one.waits, "came_from": one.came_from, "led_to": one.led_to,
            }
            for one in view.rows
        ],
    }  # fmt: skip
    if as_json:
        say_json(told)
        return
    print(f"{view.type}, {view.on:%d %B %Y}: {view.state_words}. {view.quorum}")
    rows = [(one.child, one.outcome or one.state, one.owner, one.due or "") for one in view.rows]
    say_table("Agenda", ("child", "what was said", "who does it", "by"), rows, "No child of whom you may know.")


@app.command(
    "call",
    epilog="Example: mash meeting call --type 'Locality panel' --on 2027-03-27 --member early_help/family_hub_east "
    "--member health_visiting/north_team --member police/safeguarding_unit --by staff-4fa690",
)
def call(
    type_: Annotated[str, typer.Option("--type", help="A type of meeting of this partnership.")], on: Day, by: By,
    member: Members = None, follows: Annotated[str, typer.Option(help="The meeting that could not decide.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Call one, and tell every member's organisation the day."""
    wish = Call(type=type_, on=_day(on, "on"), members=tuple(member_of(one) for one in member or ()), follows=follows)
    with hub(data) as opened:
        made = opened.convening.call(opened.asker(by), wish)
    say_done(as_json, f"Called: {made}", meeting=made)


@app.command("call-off", epilog="Example: mash meeting call-off 3f2a91bc-… --reason no_quorum --by staff-4fa690")
def call_off(
    meeting: Meeting, reason: Annotated[str, typer.Option(help=f"{', '.join(OFF)}.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """It does not take place; who stood on its agenda was not reached."""
    with hub(data) as opened:
        opened.convening.call_off(opened.asker(by), meeting, reason)
    say_done(as_json, "Called off.", meeting=meeting, reason=reason)


@app.command("agenda", epilog="Example: mash meeting agenda 3f2a91bc-… 7b1f03aa-… --why '…' --by staff-4fa690")
def agenda(
    meeting: Meeting, child: Child, why: Annotated[str, typer.Option(help="Why, for those who sit there; sealed.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put a child on its agenda."""
    with hub(data) as opened:
        opened.convening.put(opened.asker(by), meeting, child, why)
    say_done(as_json, "On the agenda.", meeting=meeting, child=child)


@app.command(
    "take-off", epilog="Example: mash meeting take-off 3f2a91bc-… 7b1f03aa-… --reason not_needed --by staff-4fa690"
)
def take_off(
    meeting: Meeting, child: Child, reason: Annotated[str, typer.Option(help=f"{', '.join(TAKEN_OFF)}.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take a child off its agenda."""
    with hub(data) as opened:
        opened.convening.take_off(opened.asker(by), meeting, child, reason)
    say_done(as_json, "Taken off.", meeting=meeting, child=child, reason=reason)


@app.command("pack", epilog="Example: mash meeting pack 3f2a91bc-… --by staff-4fa690, then --read 1")
def pack(
    meeting: Meeting, by: By, read: Annotated[int, typer.Option(help="Read this pack instead of making one.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make its pack of what is on record now; or, with --read, what you may read of one as it stood, in codes."""
    with hub(data) as opened:
        who = opened.asker(by)
        if read:
            view = opened.convening.pack(who, meeting, read)
        else:
            opened.convening.make_pack(who, meeting)
            made = opened.convening.view(who, meeting).packs[-1]
    if not read:
        say_done(as_json, f"Pack {made.number} is made.", meeting=meeting, number=made.number, position=made.position)
        return
    rows = [(one.child, each.code, each.label) for one in view.rows for each in one.codes]
    if as_json:
        codes = [
            {"child": one.child, "codes": {each.code: each.label for each in one.codes}, "words": len(one.words)}
            for one in view.rows
        ]
        say_json(
            {"meeting": meeting, "number": read, "position": view.position, "ledger": view.stamp.ledger, "rows": codes}
        )
        return
    say_table(
        f"Pack {read} at position {view.position}", ("child", "what", "as it stood"), rows, "Nothing that you may read."
    )


@app.command(
    "hold",
    epilog="Example: mash meeting hold 3f2a91bc-… --on 2027-03-27 --present early_help --present health_visiting "
    "--absent police=not_available --family-not-there --by staff-4fa690",
)
def hold(
    meeting: Meeting, on: Day, by: By,
    present: Annotated[list[str] | None, typer.Option(help="An organisation that took part, or organisation=staff id.")] = None,
    absent: Annotated[
        list[str] | None, typer.Option(help=f"organisation=why, of {', '.join(ABSENT)}; repeated.")
    ] = None,
    family: Family = None,
    theme: Annotated[
        list[str] | None,
        typer.Option(help=f"About practice: theme=became, of {', '.join(THEMES)} and {', '.join(BECAME)}; repeated."),
    ] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record who was there."""
    themes = tuple(Theme(*one.partition("=")[::2]) for one in theme or ())
    wish = Hold(on=_day(on, "on"), present=attendance(present, absent), family_present=family, themes=themes)
    with hub(data) as opened:
        who = opened.asker(by)
        opened.convening.hold(who, meeting, wish)
        view = opened.convening.view(who, meeting)
    say_done(as_json, view.state_words, meeting=meeting, state=view.state_words, missing=view.missing)


@app.command(
    "outcome",
    epilog="Example: mash meeting outcome 3f2a91bc-… 7b1f03aa-… --outcome help_offered --owner early_help --due 2027-04-30 "
    "--by staff-4fa690",
)
def outcome(
    meeting: Meeting, child: Child, outcome: Outcome, by: By, owner: Owner = "", due: Due = "",
    to: Annotated[str, typer.Option(help="Who is asked to take on or to lead (staff id), or the next meeting.")] = "",
    level: Annotated[int | None, typer.Option(help="Of a step: the number of the level.")] = None,
    called: Annotated[str, typer.Option(help="Of a step: the partnership's word, where it has several.")] = "",
    evidence: Annotated[list[str] | None, typer.Option(help="Of a step: what it rests on; repeated.")] = None,
    ground: Annotated[str, typer.Option(help="Of a step, from 18 on: on which ground.")] = "",
    notes: Notes = "", considered: Considered = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what it said of a child."""
    wish = Decide(
        outcome=outcome, owner=owner, due=_day(due, "due-day") if due else None, to=to, level=level, called=called,
        evidence=tuple(evidence or ()), ground=ground, notes=notes, considered=tuple(considered or ()),
    )  # fmt: skip
    with hub(data) as opened:
        opened.convening.decide(opened.asker(by), meeting, child, wish)
    say_done(as_json, "Recorded.", meeting=meeting, child=child, outcome=outcome)


@app.command(
    "owner",
    epilog="Example: mash meeting owner 3f2a91bc-… 7b1f03aa-… --owner early_help --due 2027-04-30 --by staff-4fa690",
)
def owner_(
    meeting: Meeting, child: Child, owner: Owner, due: Due, by: By, data: Data = None, as_json: AsJson = False
) -> None:
    """An organisation takes what it said is to be done."""
    with hub(data) as opened:
        opened.convening.own(opened.asker(by), meeting, child, owner, _day(due, "due-day"))
    say_done(as_json, "Taken.", meeting=meeting, child=child, owner=owner, due=due)


@app.command("done", epilog="Example: mash meeting done 3f2a91bc-… 7b1f03aa-… --by staff-4fa690")
def done(meeting: Meeting, child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What it said is done."""
    with hub(data) as opened:
        opened.convening.done(opened.asker(by), meeting, child)
    say_done(as_json, "Done.", meeting=meeting, child=child)


@app.command(
    "talk",
    epilog="Example: mash meeting talk 7b1f03aa-… --type 'Local conversation' --on 2027-03-20 "
    "--member early_help/family_hub_east --member school_a/primary_01 --family-not-there --why '…' --outcome no_further "
    "--by staff-4fa690",
)
def talk(
    child: Child, type_: Annotated[str, typer.Option("--type", help="A type of conversation of this partnership.")], on: Day,
    why: Annotated[str, typer.Option(help="Why people talked; sealed.")], outcome: Outcome, by: By,
    member: Members = None, family: Family = None,
    owner: Owner = "", due: Due = "", notes: Notes = "", considered: Considered = None, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record a conversation about a child that took place."""
    wish = Talk(
        type=type_, on=_day(on, "on"), members=tuple(member_of(one) for one in member or ()), family_present=family
    )
    came = Decide(
        outcome=outcome, owner=owner, due=_day(due, "due-day") if due else None, notes=notes,
        considered=tuple(considered or ()),
    )  # fmt: skip
    with hub(data) as opened:
        made = opened.convening.talk(opened.asker(by), child, wish, came, why)
    say_done(as_json, f"Recorded: {made}", meeting=made, child=child, outcome=outcome)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("Enter the day as 2027-03-27", field) from None
