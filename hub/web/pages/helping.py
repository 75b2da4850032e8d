"""The level of a child's help: on the child's own page, and for who is asked to take a child on at another level."""

from collections.abc import Callable, Sequence
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.help import Propose
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

of_child = APIRouter()
own = APIRouter()


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return form_page(request, "help_level.html", front_of(request).helping.view(asker, child), answers, problems)


@of_child.get("/child/{child}/help")
def level(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """The level of a child's help."""
    return _page(request, asker, child)


@of_child.post("/child/{child}/help")
def act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Propose a step, take it back, renew or end."""
    asked = front_of(request).helping
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(
            asker,
            Propose(
                child=child, level=sent.number("level"), to=sent.text("to"), why=sent.text("why"), by=asker.staff,
                called=sent.text("called"), evidence=sent.ticked("evidence"), ground=sent.text("ground"),
            ),
        ),
        "take_back": lambda: asked.take_back(asker, child),
        "renew": lambda: asked.renew(asker, child, day_of(sent, "until"), sent.text("renew_why")),
        "end": lambda: asked.end(asker, child, sent.text("reason"), sent.text("end_why")),
    }  # fmt: skip
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _page(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/help")


def _mine(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return form_page(request, "steps.html", front_of(request).helping.mine(asker), answers, problems)


@own.get("/steps")
def steps_of_mine(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Whom this person is asked to take on at another level."""
    return _mine(request, asker)


@own.post("/steps")
def answer(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say yes or no."""
    asked, child, number = front_of(request).helping, sent.text("child"), sent.text("number")
    steps: dict[str, Callable[[], object]] = {
        "accept": lambda: asked.accept(asker, child),
        "decline": lambda: asked.decline(asker, child, sent.text(f"reason-{number}"), sent.text(f"why-{number}")),
    }
    try:
        by_button(sent, steps)
    except Refused as refused:
        problem = as_problem(refused)
        return _mine(request, asker, sent, [Problem(f"{problem.field}-{number}", problem.text)])
    return errors.see_other("/steps")


def day_of(sent: Answers, name: str) -> date | None:
    """A day of three boxes; None for empty ones. Raises Refused, at the first box, for what is no day."""
    boxes = [sent.text(f"{name}-{part}") for part in ("year", "month", "day")]
    if not any(boxes):
        return None
    try:
        return date(*(int(box) for box in boxes))
    except ValueError:
        raise Refused("Enter a day as numbers, for example 27 3 2026", f"{name}-day") from None
