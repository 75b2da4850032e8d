"""Prompts: the front door sends one about a child to a setting that works with it; the setting says that it has it."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

sending = APIRouter()
own = APIRouter()


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "prompts_child.html", front_of(request).prompting.page(asker, child), answers, problems)


@sending.get("/child/{child}/prompts")
def prompts(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Prompts about a child, and what may be sent; nothing is selected beforehand."""
    return _page(request, asker, child)


@sending.post("/child/{child}/prompts")
def send(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Send one, or take one back."""
    asked = front_of(request).prompting
    steps: dict[str, Callable[[], object]] = {
        "send": lambda: asked.send(asker, child, sent.text("setting"), sent.text("prompt")),
        "take_back": lambda: asked.take_back(asker, sent.text("id")),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _page(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/prompts")


def _mine(request: Request, asker: Asker, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return form_page(request, "prompts.html", front_of(request).prompting.mine(asker), NOTHING, problems)


@own.get("/prompts")
def mine(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What this person's setting is asked."""
    return _mine(request, asker)


@own.post("/prompts")
def acknowledge(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say that one has it."""
    try:
        front_of(request).prompting.acknowledge(asker, sent.text("id"))
    except Refused as refused:
        return _mine(request, asker, [as_problem(refused)])
    return errors.see_other("/prompts")
