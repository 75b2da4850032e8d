"""Who is at it already for a child, and contacts that went to them."""

from collections.abc import Callable, Sequence
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.allocation import Allocate
from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
sending = APIRouter()
managing = APIRouter()


def _worker(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request, "worker.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.forwardings.allocation(asker, child), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/child/{child}/worker")
def worker(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Who is at it for a child."""
    return _worker(request, asker, child)


@managing.post("/child/{child}/worker")
def allocate(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Allocate a worker, or end that."""
    front: Front = request.app.state.front
    try:
        since = date.fromisoformat(sent.text("since"))
    except ValueError:
        since = None
    wish = Allocate(
        child=child, worker=sent.text("worker"), since=since, ground=sent.text("ground"), by=asker.staff
    )  # fmt: skip
    steps: dict[str, Callable[[], object]] = {
        "allocate": lambda: front.forwardings.allocate(asker, wish),
        "end": lambda: front.forwardings.end_allocation(asker, child, sent.text("reason")),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        return _worker(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/worker")


@sending.post("/child/{child}/forward")
def forward(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Send what waits about a child to the worker who is at it."""
    front: Front = request.app.state.front
    try:
        front.forwardings.forward(asker, child)
    except Refused as refused:
        return _worker(request, asker, child, NOTHING, [as_problem(refused)])
    return errors.see_other("/forwarded")


def _list(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request, "forwarded.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.forwardings.forwarded(asker), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/forwarded")
def forwarded(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Contacts that went to workers who are at it: one's own, and for the front door all."""
    return _list(request, asker)


@router.post("/forwarded/{forwarding}")
def answer(request: Request, asker: CurrentAsker, forwarding: str, sent: Sent) -> Response:
    """Say that one has it, or pass it back."""
    front: Front = request.app.state.front
    steps: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: front.forwardings.acknowledge(asker, forwarding),
        "pass_back": lambda: front.forwardings.pass_back(asker, forwarding, sent.text("reason"), sent.text("why")),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        return _list(request, asker, sent, [Problem(f"{problem.field}-{forwarding}", problem.text)])
    return errors.see_other("/forwarded")


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
