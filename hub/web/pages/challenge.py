"""Challenges: raise one, answer it at its stage, take it further, accept the answer, take it back."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.challenge import Raise
from hub.domain.errors import NotFound, Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _list(
    request: Request, asker: Asker, about: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "challenges.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).challenging.page(asker, about), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/challenges")
def challenges(request: Request, asker: CurrentAsker, about: Annotated[str, Query(max_length=80)] = "") -> HTMLResponse:
    """One's own challenges, and for who answers those that wait; with `about`, what a new one is about."""
    return _list(request, asker, about)


@router.post("/challenges")
def begin(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Raise one."""
    wish = Raise(
        about=sent.text("about"), type=sent.text("type"), risk=sent.yes("risk"), why=sent.text("why"), by=asker.staff
    )
    try:
        made = _front(request).challenging.begin(asker, wish)
    except Refused as refused:
        return _list(request, asker, sent.text("about"), sent, [as_problem(refused)])
    except NotFound as missing:
        text = str(missing)
        return _list(request, asker, sent.text("about"), sent, [Problem("about", text[:1].upper() + text[1:])])
    return errors.see_other(f"/challenge/{made}")


def _one(
    request: Request, asker: Asker, challenge: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "challenge.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).challenging.view(asker, challenge), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/challenge/{challenge}")
def show(request: Request, asker: CurrentAsker, challenge: str) -> HTMLResponse:
    """One challenge."""
    return _one(request, asker, challenge)


@router.post("/challenge/{challenge}")
def act(request: Request, asker: CurrentAsker, challenge: str, sent: Sent) -> Response:
    """Answer it, take it further, accept the answer, or take it back."""
    asked = _front(request).challenging
    steps: dict[str, Callable[[], None]] = {
        "answer": lambda: asked.answer(asker, challenge, sent.text("outcome"), sent.text("why")),
        "escalate": lambda: asked.escalate(asker, challenge, sent.text("further")),
        "accept": lambda: asked.accept(asker, challenge),
        "withdraw": lambda: asked.withdraw(asker, challenge),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        further = problem.field == "why" and sent.text("step") == "escalate"
        return _one(request, asker, challenge, sent, [Problem("further", problem.text) if further else problem])
    return errors.see_other(f"/challenge/{challenge}")


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
