"""mash strategy: strategy discussions called, held, decided, held again, and the section 47 enquiries they open. Codes."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.attendance import ABSENT, Present
from hub.domain.errors import Refused
from hub.domain.moments import LONDON
from hub.domain.strategy import ENDED, HOW, MEANS, Call, Called, Conclude, Hold

app = typer.Typer(
    help="Strategy discussions: call, hold, what each knew, decide, meet again; only they open section 47.",
    epilog="What is typed as words is sealed, and read on the pages by who may.",
    no_args_is_help=True,
)
Discussion = Annotated[str, typer.Argument(help="A strategy discussion's id, from mash strategy list.")]
Moment = Annotated[str, typer.Option(help="Day and time in London: 2026-03-02T14:30.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed.")]
Children = Annotated[list[str], typer.Option("--child", help="A child of the MASH enquiry; may be repeated.")]


@app.command("list", epilog="Example: mash strategy list 7b1f03aa-… --by staff-c17b3d --json")
def list_(
    enquiry: Annotated[str, typer.Argument(help="A MASH enquiry's id.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The strategy discussions of a MASH enquiry."""
    with hub(data) as opened:
        view = opened.discussing.page(opened.asker(by), enquiry)
    if as_json:
        say_json(view)
        return
    rows = [(one.discussion, one.state, f"{one.at:%d %B %Y %H:%M}", ", ".join(one.children)) for one in view.rows]
    say_table("Strategy discussions", ("discussion", "state", "at (UTC)", "children"), rows, "None was called.")


@app.command("show", epilog="Example: mash strategy show 3f2a91bc-… --by staff-c17b3d")
def show(discussion: Discussion, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """How one stands, in codes: words are read on its page."""
    with hub(data) as opened:
        view = opened.discussing.view(opened.asker(by), discussion)
    told = {
        "discussion": view.discussion, "enquiry": view.enquiry, "state": view.state_words, "at": view.at,
        "quorate": view.quorate, "missing": view.sittings[-1].missing if view.sittings else (),
        "reconvene_by": view.reconvene_by, "section_47": view.section_47,
    }  # fmt: skip
    if as_json:
        say_json(told)
        return
    print(f"{view.discussion}: {view.state_words}")
    rows = [(one.child, one.state, one.conference_due or "") for one in view.section_47]
    say_table("Section 47", ("child", "state", "conference due (UTC)"), rows, "Nothing is decided.")


@app.command(
    "call",
    epilog="Example: mash strategy call 7b1f03aa-… --child … --ask police --ask health --ask children_social_care "
    "--at 2026-03-02T14:30 --means video --why '…' --by staff-c17b3d",
)
def call(
    enquiry: Annotated[str, typer.Argument(help="A MASH enquiry's id.")], child: Children,
    ask: Annotated[list[str], typer.Option(help="An organisation that is asked; repeated.")],
    at: Moment, means: Annotated[str, typer.Option(help=f"{', '.join(MEANS)}.")], why: Why, by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Call one, and tell everybody who is asked."""
    with hub(data) as opened:
        who = opened.asker(by)
        wish = Call(
            enquiry=enquiry, children=tuple(child), asked=tuple(Called(one) for one in ask), at=_moment(at),
            means=means, why=why, by=who.staff,
        )  # fmt: skip
        made = opened.discussing.call(who, wish)
    say_done(as_json, f"Called: {made}", discussion=made)


@app.command(
    "hold",
    epilog="Example: mash strategy hold 3f2a91bc-… --at 2026-03-02T14:30 --present health --absent police=not_reached "
    "--spoke '…' --by staff-c17b3d",
)
def hold(
    discussion: Discussion, at: Moment,
    spoke: Annotated[str, typer.Option(help="Who spoke for each organisation; sealed.")], by: By,
    present: Annotated[list[str] | None, typer.Option(help="An organisation that took part, or organisation=staff id.")] = None,
    absent: Annotated[
        list[str] | None, typer.Option(help=f"Organisation=why it did not take part: {', '.join(ABSENT)}.")
    ] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record who was there."""
    there = attendance(present, absent)
    with hub(data) as opened:
        who = opened.asker(by)
        opened.discussing.hold(who, discussion, Hold(held_at=_moment(at), present=there, spoke=spoke, by=who.staff))
        view = opened.discussing.view(who, discussion)
    missing = view.sittings[-1].missing
    say_done(as_json, view.state_words, discussion=discussion, state=view.state_words, missing=missing)


@app.command(
    "knew", epilog="Example: mash strategy knew 3f2a91bc-… --organisation police --words '…' --by staff-c17b3d"
)
def knew(
    discussion: Discussion, organisation: Annotated[str, typer.Option(help="Which organisation.")],
    words: Annotated[str, typer.Option(help="What they knew; sealed.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what one organisation knew."""
    with hub(data) as opened:
        opened.discussing.tell_of(opened.asker(by), discussion, organisation, words)
    say_done(as_json, "Recorded.", discussion=discussion, organisation=organisation)


@app.command(
    "decide",
    epilog="Example: mash strategy decide 3f2a91bc-… --open CHILD --how joint --ground significant_harm --safety '…' "
    "--why '…' --by staff-91d3b7",
)
def decide(
    discussion: Discussion, ground: Annotated[str, typer.Option(help="A ground of a MASH enquiry.")],
    safety: Annotated[str, typer.Option(help="What keeps each child safe now; sealed.")], why: Why, by: By,
    open_: Annotated[list[str] | None, typer.Option("--open", help="A child for whom section 47 is opened; repeated.")] = None,
    not_open: Annotated[list[str] | None, typer.Option("--not-open", help="A child for whom it is not; repeated.")] = None,
    how: Annotated[str, typer.Option(help=f"{', '.join(HOW)}.")] = "",
    why_not_quorate: Annotated[str, typer.Option(help="Why it cannot wait for a quorum; sealed.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what was decided, for every child."""
    opens = {**dict.fromkeys(open_ or (), True), **dict.fromkeys(not_open or (), False)}
    if len(opens) != len(open_ or ()) + len(not_open or ()):
        raise Refused("Name each child once: section 47 is opened for it, or it is not", "opens")
    with hub(data) as opened:
        who = opened.asker(by)
        wish = Conclude(
            opens=opens,
            how=how,
            ground=ground,
            safety=safety,
            reason=why,
            why_not_quorate=why_not_quorate,
            by=who.staff,
        )
        opened.discussing.conclude(who, discussion, wish)
        view = opened.discussing.view(who, discussion)
    say_done(as_json, view.state_words, discussion=discussion, section_47=view.section_47)


@app.command("reconvene", epilog="Example: mash strategy reconvene 3f2a91bc-… --at 2026-03-03T09:00 --by staff-c17b3d")
def reconvene(discussion: Discussion, at: Moment, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Call one again that was not quorate."""
    with hub(data) as opened:
        opened.discussing.reconvene(opened.asker(by), discussion, _moment(at))
    say_done(as_json, "Called again.", discussion=discussion, at=at)


@app.command(
    "end",
    epilog="Example: mash strategy end 3f2a91bc-… --child … --outcome concerns_not_substantiated --why '…' --by …",
)
def end(
    discussion: Discussion, child: Annotated[str, typer.Option(help="The child's id.")],
    outcome: Annotated[str, typer.Option(help=f"{', '.join(ENDED)}.")], why: Why, by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """End the section 47 enquiry about a child."""
    with hub(data) as opened:
        opened.discussing.end(opened.asker(by), discussion, child, outcome, why)
    say_done(as_json, "Ended.", discussion=discussion, child=child, outcome=outcome)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)
    except ValueError:
        raise Refused("Give the day and the time as 2026-03-02T14:30", "at") from None


def attendance(present: list[str] | None, absent: list[str] | None) -> tuple[Present, ...]:
    """Who took part and who did not, as typed: "health", "health=staff-id", and "police=not_reached"."""
    said = [Present(one.partition("=")[0], True, one.partition("=")[2]) for one in present or ()]
    said += [Present(one.partition("=")[0], False, "", one.partition("=")[2]) for one in absent or ()]
    return tuple(said)
