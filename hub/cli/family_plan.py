"""The plan of help by command, beside its level: mash help-plan plan, make, team, action, done, undo, meet, outcome, close."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.enquiry import VIEWS
from hub.domain.errors import Refused
from hub.domain.help_plan import ACTIONS, CLOSED, FAMILY, OUTCOMES, STAGES, Make, Meet, Outcome, Seat, SetAction
from hub.domain.moments import LONDON

app = typer.Typer()
Child = Annotated[str, typer.Argument(help="A child's id.")]
Which = Annotated[str, typer.Argument(help="A plan's id.")]
Seats = Annotated[list[str] | None, typer.Option("--seat", help="organisation/setting; may be repeated.")]
Sits = Annotated[list[str] | None, typer.Option("--family", help=f"{', '.join(FAMILY)}; may be repeated.")]
Day = Annotated[str, typer.Option(help="A day, as 2027-03-27.")]
Goal = Annotated[int | None, typer.Option(help="Where the family says it is, from 0 to 10.")]
Which_action = Annotated[str, typer.Option(help="As `plan` lists it.")]


@app.command("plan", epilog="Example: mash help-plan plan 7b1f03aa-… --by staff-4fa690 --json")
def plan(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The plans of a child in codes: team, actions, reviews, outcomes."""
    with hub(data) as opened:
        view = opened.help_planning.page(opened.asker(by), child)
    told = [
        {
            "plan": one.plan, "team": one.team, "seats": one.seats, "family": one.family, "goal": one.goal,
            "review_on": one.review_on, "overdue": one.overdue, "closed": one.closed, "sustained": one.sustained,
            "actions": [{"action": each.action, "due": each.due, "done": each.done} for each in one.actions],
            "meetings": len(one.met), "changed": [{"met_at": each.met_at, "since": each.since} for each in one.met],
            "outcomes": [{"stage": each.stage, "outcome": each.outcome, "due": each.due} for each in one.outcomes],
        }
        for one in view.rows
    ]  # fmt: skip
    if as_json:
        say_json(told)
        return
    rows = [(one.plan, one.team, str(one.review_on or ""), one.closed or "open") for one in view.rows]
    say_table("Plans of help", ("id", "team", "next review", "state"), rows, "No plan of help is on record.")


@app.command(
    "make",
    epilog="Example: mash help-plan make 7b1f03aa-… --team TAF --seat early_help/family_hub_east --seat school_a/primary "
    "--family parent --goal-words '…' --goal 3 --review 2027-03-27 --by staff-4fa690",
)
def make(
    child: Child, team: Annotated[str, typer.Option(help="A type of team of this partnership.")],
    goal_words: Annotated[str, typer.Option(help="The family's own goal, in its words; sealed.")], review: Day, by: By,
    seats: Seats = None, family: Sits = None, goal: Goal = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a plan with its team."""
    wish = Make(
        team=team, seats=_seats(seats), family=tuple(family or ()), goal_words=goal_words, goal=goal,
        review_on=_day(review, "review"),
    )  # fmt: skip
    with hub(data) as opened:
        made = opened.help_planning.make(opened.asker(by), child, wish)
    say_done(as_json, made, child=child, plan=made)


@app.command(
    "team",
    epilog="Example: mash help-plan team 7b1f03aa-… 0c9e… --seat early_help/family_hub_east --seat school_a/primary "
    "--family parent --by staff-4fa690",
)
def team(
    child: Child,
    plan: Which,
    by: By,
    seats: Seats = None,
    family: Sits = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Others sit in the team from now on."""
    with hub(data) as opened:
        opened.help_planning.change_team(opened.asker(by), child, plan, _seats(seats), tuple(family or ()))
    say_done(as_json, "Changed.", plan=plan)


@app.command(
    "action", epilog="Example: mash help-plan action 7b1f03aa-… 0c9e… --what visit --owner early_help --due 2027-03-27 "
    "--by staff-4fa690",
)  # fmt: skip
def action(
    child: Child, plan: Which, what: Annotated[str, typer.Option(help=f"{', '.join(ACTIONS)}.")],
    owner: Annotated[str, typer.Option(help="An organisation of the team, or family.")], due: Day, by: By,
    words: Annotated[str, typer.Option(help="In words; sealed.")] = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put an action into the plan."""
    wish = SetAction(what=what, owner=owner, due=_day(due, "due"), words=words)
    with hub(data) as opened:
        opened.help_planning.set_action(opened.asker(by), child, plan, wish)
    say_done(as_json, "Set.", plan=plan, what=what)


@app.command("done", epilog="Example: mash help-plan done 7b1f03aa-… 0c9e… --action visit.1 --by staff-4fa690")
def done(child: Child, plan: Which, action: Which_action, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """An action is done."""
    with hub(data) as opened:
        opened.help_planning.done(opened.asker(by), child, plan, action)
    say_done(as_json, "Done.", plan=plan, action=action)


@app.command("undo", epilog="Example: mash help-plan undo 7b1f03aa-… 0c9e… --action visit.1 --by staff-4fa690")
def undo(child: Child, plan: Which, action: Which_action, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """An action is not done after all."""
    with hub(data) as opened:
        opened.help_planning.reopen(opened.asker(by), child, plan, action)
    say_done(as_json, "To be done.", plan=plan, action=action)


@app.command(
    "meet",
    epilog="Example: mash help-plan meet 7b1f03aa-… 0c9e… --on 2027-03-20 --seat school_a/primary --family-there --voice "
    "child_said --goal 5 "
    "--review 2027-06-20 --by staff-4fa690",
)
def meet(
    child: Child, plan: Which, on: Day, review: Day, by: By, seats: Seats = None,
    family_there: Annotated[bool | None, typer.Option("--family-there/--family-not-there", help="Was it?")] = None,
    voice: Annotated[str, typer.Option(help=f"How the child's view was obtained: {', '.join(VIEWS)}.")] = "",
    goal: Goal = None, notes: Annotated[str, typer.Option(help="In words; sealed.")] = "", data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record a meeting of the team."""
    day = _day(on, "on")
    wish = Meet(
        met_at=datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC), present=_seats(seats),
        family_present=family_there, goal=goal, review_on=_day(review, "review"), notes=notes, voice=voice,
    )  # fmt: skip
    with hub(data) as opened:
        opened.help_planning.meet(opened.asker(by), child, plan, wish)
    say_done(as_json, "Recorded.", plan=plan)


@app.command(
    "outcome", epilog="Example: mash help-plan outcome 7b1f03aa-… 0c9e… --stage start --outcome better --why '…' --by "
    "staff-4fa690",
)  # fmt: skip
def outcome(
    child: Child, plan: Which, stage: Annotated[str, typer.Option(help=f"{', '.join(STAGES)}.")],
    result: Annotated[str, typer.Option("--outcome", help=f"{', '.join(OUTCOMES)}.")],
    why: Annotated[str, typer.Option(help="What that rests on; sealed.")], by: By, goal: Goal = None, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record how it is for the child at one stage."""
    with hub(data) as opened:
        wish = Outcome(stage=stage, outcome=result, goal=goal, why=why)
        opened.help_planning.outcome(opened.asker(by), child, plan, wish)
    say_done(as_json, "Recorded.", plan=plan, stage=stage, outcome=result)


@app.command("close", epilog="Example: mash help-plan close 7b1f03aa-… 0c9e… --reason goal_reached --by staff-4fa690")
def close(
    child: Child, plan: Which, reason: Annotated[str, typer.Option(help=f"{', '.join(CLOSED)}.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The plan is over."""
    with hub(data) as opened:
        opened.help_planning.close(opened.asker(by), child, plan, reason)
    say_done(as_json, "Closed.", plan=plan, reason=reason)


def _seats(given: list[str] | None) -> tuple[Seat, ...]:
    return tuple(Seat(*one.partition("/")[::2]) for one in given or ())


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("Enter the day as 2027-03-27", field) from None
