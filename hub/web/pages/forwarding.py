"""Who is at it already for a child, and contacts that went to them."""

from collections.abc import Callable, Sequence
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.allocation import Allocate
from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

router = APIRouter()
sending = APIRouter()
managing = APIRouter()


def _worker(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front = front_of(request)
    return form_page(request, "worker.html", front.forwardings.allocation(asker, child), answers, problems)


@router.get("/child/{child}/worker")
def worker(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Who is at it for a child."""
    return _worker(request, asker, child)


@managing.post("/child/{child}/worker")
def allocate(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Allocate a worker, or end that."""
    front = front_of(request)
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
        by_button(sent, steps)
    except Refused as refused:
        return _worker(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/worker")


@sending.post("/child/{child}/forward")
def forward(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Send what waits about a child to the worker who is at it."""
    front = front_of(request)
    try:
        front.forwardings.forward(asker, child)
    except Refused as refused:
        return _worker(request, asker, child, NOTHING, [as_problem(refused)])
    return errors.see_other("/forwarded")


def _list(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    front = front_of(request)
    return form_page(request, "forwarded.html", front.forwardings.forwarded(asker), answers, problems)


@router.get("/forwarded")
def forwarded(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Contacts that went to workers who are at it: one's own, and for the front door all."""
    return _list(request, asker)


@router.post("/forwarded/{forwarding}")
def answer(request: Request, asker: CurrentAsker, forwarding: str, sent: Sent) -> Response:
    """Say that one has it, or pass it back."""
    front = front_of(request)
    steps: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: front.forwardings.acknowledge(asker, forwarding),
        "pass_back": lambda: front.forwardings.pass_back(asker, forwarding, sent.text("reason"), sent.text("why")),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        problem = as_problem(refused)
        return _list(request, asker, sent, [Problem(f"{problem.field}-{forwarding}", problem.text)])
    return errors.see_other("/forwarded")
