"""The plan of help and the team around the family: goal, actions, meetings, outcomes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.help_plan import Make, Meet, Outcome, Seat, SetAction
from hub.domain.moments import LONDON
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker
from hub.web.pages.helping import day_of

router = APIRouter()


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "help_plan.html", front_of(request).help_planning.page(asker, child), answers, problems)


@router.get("/child/{child}/plan")
def plan(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """The plans of help of a child."""
    return _page(request, asker, child)


@router.post("/child/{child}/plan")
def act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Make a plan, change its team, set an action, say what is done, record a meeting or an outcome, close."""
    asked, ident = front_of(request).help_planning, sent.text("plan")
    steps: dict[str, Callable[[], object]] = {
        "make": lambda: asked.make(
            asker, child,
            Make(
                team=sent.text("team"), seats=_seats(sent, "seats"), family=sent.ticked("family"),
                goal_words=sent.text("goal_words"), goal=sent.number("goal"), review_on=day_of(sent, "review"),
            ),
        ),
        "team": lambda: asked.change_team(asker, child, ident, _seats(sent, "seats"), sent.ticked("family")),
        "action": lambda: asked.set_action(
            asker, child, ident,
            SetAction(
                what=sent.text("what"), owner=sent.text("owner"), due=day_of(sent, "due"), words=sent.text("words")
            ),
        ),
        "done": lambda: asked.done(asker, child, ident, sent.text("action")),
        "undo": lambda: asked.reopen(asker, child, ident, sent.text("action")),
        "meet": lambda: asked.meet(
            asker, child, ident,
            Meet(
                met_at=_noon(sent), present=_seats(sent, "present"), family_present=sent.yes("family_present"),
                goal=sent.number("goal_now"), review_on=day_of(sent, "next_review"), notes=sent.text("notes"),
                voice=sent.text("voice"),
            ),
        ),
        "outcome": lambda: asked.outcome(
            asker, child, ident,
            Outcome(
                stage=sent.text("stage"), outcome=sent.text("outcome"), goal=sent.number("outcome_goal"),
                why=sent.text("outcome_why"),
            ),
        ),
        "close": lambda: asked.close(asker, child, ident, sent.text("reason")),
    }  # fmt: skip
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _page(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/plan")


def seat_of(text: str) -> Seat:
    """A seat as a form or program names it: "organisation/setting"."""
    organisation, _, setting = text.partition("/")
    return Seat(organisation, setting)


def _seats(sent: Answers, name: str) -> tuple[Seat, ...]:
    return tuple(seat_of(one) for one in sent.ticked(name))


def _noon(sent: Answers) -> datetime | None:
    """The day of a meeting, at its beginning: the hour says nothing more."""
    day = day_of(sent, "met")
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC) if day else None
