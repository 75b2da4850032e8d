"""Plans of help, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.help_plan import Make, Meet, Outcome, Seat, SetAction
from hub.domain.moments import aware
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class MakeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A plan to make; `seats` with organisation and setting, `goal` from 0 to 10."""

    team: str
    seats: tuple[Seat, ...]
    family: tuple[str, ...]
    goal_words: str
    goal: int
    review_on: date


class StepBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `team` seats, family; `action` what, owner, due, words; `done` and `undo` action; `meet` met_at,
    present, family_present, voice, goal, review_on, notes; `outcome` stage, outcome, goal, why; `close` reason.
    """

    seats: tuple[Seat, ...] = ()
    family: tuple[str, ...] = ()
    what: str = ""
    owner: str = ""
    due: date | None = None
    words: str = ""
    action: str = ""
    met_at: datetime | None = None
    present: tuple[Seat, ...] = ()
    family_present: bool | None = None
    voice: str = ""
    goal: int | None = None
    review_on: date | None = None
    notes: str = ""
    stage: str = ""
    outcome: str = ""
    why: str = ""
    reason: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/children/{child}/plan")
def plans(request: Request, asker: CurrentAsker, child: str) -> Response:
    """The plans of help of a child."""
    return answer(_front(request).help_planning.page(asker, child))


@router.post("/children/{child}/plan")
def make(
    request: Request, asker: CurrentAsker, child: str, said: Annotated[MakeBody, Depends(body(MakeBody))]
) -> JSONResponse:
    """Make one; its id."""
    wish = Make(
        team=said.team, seats=said.seats, family=said.family, goal_words=said.goal_words, goal=said.goal,
        review_on=said.review_on,
    )  # fmt: skip
    return JSONResponse({"plan": _front(request).help_planning.make(asker, child, wish)}, 201)


@router.post("/children/{child}/plan/{plan}/{step}")
def act(
    request: Request, asker: CurrentAsker, child: str, plan: str,
    step: Literal["team", "action", "done", "undo", "meet", "outcome", "close"],
    said: Annotated[StepBody, Depends(body(StepBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).help_planning
    met_at = aware(said.met_at, "met_at") if said.met_at is not None else None
    meet = Meet(
        met_at=met_at, present=said.present, family_present=said.family_present, goal=said.goal,
        review_on=said.review_on, notes=said.notes, voice=said.voice,
    )  # fmt: skip
    action = SetAction(what=said.what, owner=said.owner, due=said.due, words=said.words)
    outcome = Outcome(stage=said.stage, outcome=said.outcome, goal=said.goal, why=said.why)
    steps: dict[str, Callable[[], None]] = {
        "team": lambda: asked.change_team(asker, child, plan, said.seats, said.family),
        "action": lambda: asked.set_action(asker, child, plan, action),
        "done": lambda: asked.done(asker, child, plan, said.action),
        "undo": lambda: asked.reopen(asker, child, plan, said.action),
        "meet": lambda: asked.meet(asker, child, plan, meet),
        "outcome": lambda: asked.outcome(asker, child, plan, outcome),
        "close": lambda: asked.close(asker, child, plan, said.reason),
    }
    steps[step]()
    return answer(asked.page(asker, child))
