"""What was decided to be done: a list, with a button for each action that says that it is done, or not after all."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, front_of
from hub.web.forms import Problem, Sent, as_problem
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


def _page(request: Request, asker: Asker, problems: tuple[Problem, ...] = ()) -> HTMLResponse:
    front = front_of(request)
    status = errors.UNPROCESSABLE if problems else errors.OK
    return renderer_of(request).page(
        request, "plans.html", status=status, view=front.planning.page(asker), errors=problems
    )  # fmt: skip


@router.get("/plans")
def plans(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What waits to be done, and what was done lately."""
    return _page(request, asker)


@router.post("/plans/{enquiry}")
def say(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """It is done, or is not done after all."""
    front = front_of(request)
    child, action = sent.text("child"), sent.text("action")
    steps: dict[str, Callable[[], None]] = {
        "done": lambda: front.planning.do(asker, enquiry, child, action),
        "undo": lambda: front.planning.reopen(asker, enquiry, child, action),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _page(request, asker, (as_problem(refused),))
    return errors.see_other("/plans")
