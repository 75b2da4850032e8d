"""A child who moves to another partnership, on the child's own page; and the letters between hubs, for the front door."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import NotFound, Refused
from hub.views.models import Asker, Choice
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

of_child = APIRouter()
front_door = APIRouter()
FIELDS = ("child", "level", "to", "why", "reason", "called", "ground", "evidence")  # of a form there once for each move


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "move.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).transferring.view(asker, child), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@of_child.get("/child/{child}/move")
def moves(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Whether a child moves to another partnership."""
    return _page(request, asker, child)


@of_child.post("/child/{child}/move")
def act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Ask another hub to take the child on, or take that back."""
    asked, to = _front(request).transferring, sent.text("to")
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(asker, child, to, sent.number(f"theirs-{to}")),
        "take_back": lambda: asked.take_back(asker, child),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        field = f"theirs-{to}" if problem.field == "theirs" else problem.field
        return _page(request, asker, child, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/child/{child}/move")


def _list(
    request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = (),
    evidence: Sequence[Choice] = (),
) -> HTMLResponse:  # fmt: skip
    return renderer_of(request).page(
        request, "moves.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).transferring.page(asker), answers=answers, errors=tuple(problems), evidence=evidence,
        number=answers.text("number"),
    )  # fmt: skip


def _evidence(request: Request, asker: Asker, child: str) -> tuple[Choice, ...]:
    """What a step may rest on, of the child whom a form names; nothing where it names none that they may know of."""
    try:
        return _front(request).transferring.evidence(asker, child)
    except (NotFound, Refused):
        return ()


@front_door.get("/transfers")
def every_move(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Children who move to another hub, or come from one."""
    return _list(request, asker)


@front_door.post("/transfers")
def answer(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Bring a letter in, or answer one."""
    asked, move, number = _front(request).transferring, sent.text("move"), sent.text("number")

    def said(field: str) -> str:
        return sent.text(f"{field}-{number}")

    steps: dict[str, Callable[[], object]] = {
        "receive": lambda: asked.receive(asker, sent.text("letter").encode()),
        "take_on": lambda: asked.take_on(
            asker,
            move,
            said("child"),
            sent.number(f"level-{number}"),
            said("to"),
            said("why"),
            sent.ticked(f"evidence-{number}"),
            called=said("called"),
            ground=said("ground"),
        ),
        "decline": lambda: asked.decline(asker, move, said("reason")),
    }
    try:
        if sent.text("step") == "evidence":
            return _list(request, asker, sent, evidence=asked.evidence(asker, said("child")))
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        field = f"{problem.field}-{number}" if number and problem.field in FIELDS else problem.field
        offered = _evidence(request, asker, said("child")) if number else ()
        return _list(request, asker, sent, [Problem(field, problem.text)], offered)
    return errors.see_other("/transfers")


@front_door.get("/transfers/{move}")
def letter(request: Request, asker: CurrentAsker, move: str) -> HTMLResponse:
    """The letter to carry to the other hub."""
    return renderer_of(request).page(request, "move_letter.html", view=_front(request).transferring.letter(asker, move))


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
