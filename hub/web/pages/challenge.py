"""Challenges: raise one, answer it at its stage, take it further, accept the answer, take it back."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.challenge import Raise
from hub.domain.errors import NotFound, Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

router = APIRouter()


def _list(
    request: Request, asker: Asker, about: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "challenges.html", front_of(request).challenging.page(asker, about), answers, problems)


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
        made = front_of(request).challenging.begin(asker, wish)
    except Refused as refused:
        return _list(request, asker, sent.text("about"), sent, [as_problem(refused)])
    except NotFound as missing:
        text = str(missing)
        return _list(request, asker, sent.text("about"), sent, [Problem("about", text[:1].upper() + text[1:])])
    return errors.see_other(f"/challenge/{made}")


def _one(
    request: Request, asker: Asker, challenge: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "challenge.html", front_of(request).challenging.view(asker, challenge), answers, problems)


@router.get("/challenge/{challenge}")
def show(request: Request, asker: CurrentAsker, challenge: str) -> HTMLResponse:
    """One challenge."""
    return _one(request, asker, challenge)


@router.post("/challenge/{challenge}")
def act(request: Request, asker: CurrentAsker, challenge: str, sent: Sent) -> Response:
    """Answer it, take it further, accept the answer, or take it back."""
    asked = front_of(request).challenging
    steps: dict[str, Callable[[], None]] = {
        "answer": lambda: asked.answer(asker, challenge, sent.text("outcome"), sent.text("why")),
        "escalate": lambda: asked.escalate(asker, challenge, sent.text("further")),
        "accept": lambda: asked.accept(asker, challenge),
        "withdraw": lambda: asked.withdraw(asker, challenge),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        problem = as_problem(refused)
        further = problem.field == "why" and sent.text("step") == "escalate"
        return _one(request, asker, challenge, sent, [Problem("further", problem.text) if further else problem])
    return errors.see_other(f"/challenge/{challenge}")
