"""Who leads for a child: asked, answered, handed over, ended; on the child's own page, and for who is asked."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

own = APIRouter()
of_child = APIRouter()


def _mine(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return form_page(request, "leads.html", front_of(request).leading.mine(asker), answers, problems)


@own.get("/leads")
def leads(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What this person is asked, and for whom they lead."""
    return _mine(request, asker)


@own.post("/leads")
def answer(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say yes or no, hand over, or end."""
    asked, child, number = front_of(request).leading, sent.text("child"), sent.text("number")
    reason, why, to = sent.text(f"reason-{number}"), sent.text(f"why-{number}"), sent.text(f"to-{number}")
    steps: dict[str, Callable[[], object]] = {
        "accept": lambda: asked.accept(asker, child),
        "decline": lambda: asked.decline(asker, child, reason, why),
        "hand_over": lambda: asked.propose(asker, child, to, why),
        "take_back": lambda: asked.take_back(asker, child),
        "end": lambda: asked.end(asker, child, sent.text(f"ended-{number}"), why),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        problem = as_problem(refused)
        field = "ended" if problem.field == "reason" and sent.text("step") == "end" else problem.field
        return _mine(request, asker, sent, [Problem(f"{field}-{number}", problem.text)])
    return errors.see_other("/leads")


def _one(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "lead.html", front_of(request).leading.view(asker, child), answers, problems)


@of_child.get("/child/{child}/lead")
def lead(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Who leads for a child."""
    return _one(request, asker, child)


@of_child.post("/child/{child}/lead")
def act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Ask somebody, take it back, end it, or choose between two."""
    asked = front_of(request).leading
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(asker, child, sent.text("to"), sent.text("why")),
        "take_back": lambda: asked.take_back(asker, child),
        "end": lambda: asked.end(asker, child, sent.text("reason"), sent.text("ended_why")),
        "choose": lambda: asked.choose(asker, child, sent.text("lead")),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _one(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/lead")
