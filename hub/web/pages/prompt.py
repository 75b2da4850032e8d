"""Prompts: the front door sends one about a child to a setting that works with it; the setting says that it has it."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

sending = APIRouter()
own = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "prompts_child.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).prompting.page(asker, child), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@sending.get("/child/{child}/prompts")
def prompts(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Prompts about a child, and what may be sent; nothing is selected beforehand."""
    return _page(request, asker, child)


@sending.post("/child/{child}/prompts")
def send(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Send one, or take one back."""
    asked = _front(request).prompting
    steps: dict[str, Callable[[], object]] = {
        "send": lambda: asked.send(asker, child, sent.text("setting"), sent.text("prompt")),
        "take_back": lambda: asked.take_back(asker, sent.text("id")),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        return _page(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/prompts")


def _mine(request: Request, asker: Asker, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return renderer_of(request).page(
        request, "prompts.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).prompting.mine(asker), errors=tuple(problems),
    )  # fmt: skip


@own.get("/prompts")
def mine(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What this person's setting is asked."""
    return _mine(request, asker)


@own.post("/prompts")
def acknowledge(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say that one has it."""
    try:
        _front(request).prompting.acknowledge(asker, sent.text("id"))
    except Refused as refused:
        return _mine(request, asker, [as_problem(refused)])
    return errors.see_other("/prompts")


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
