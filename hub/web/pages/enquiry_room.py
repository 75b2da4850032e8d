"""What is done with a MASH enquiry beside deciding: grade it, take it, hand it over, add a child, agree to a closing."""

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

router = APIRouter()
closing_router = APIRouter()


def _page(
    request: Request, asker: Asker, template: str, enquiry: str, answers: Answers = NOTHING,
    problems: Sequence[Problem] = (), child: str = "",
) -> HTMLResponse:  # fmt: skip
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request,
        template,
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.enquiry(asker, enquiry, 0, child),
        answers=answers,
        errors=tuple(problems),
    )


def _done(
    request: Request, asker: Asker, template: str, enquiry: str, sent: Answers, act: Callable[[], object]
) -> Response:
    try:
        act()
    except Refused as refused:
        return _page(request, asker, template, enquiry, sent, [as_problem(refused)], sent.text("child"))
    return errors.see_other(f"/enquiry/{enquiry}")


@router.get("/enquiry/{enquiry}/grade")
def grading(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """Ask for the grade and why; nothing is selected beforehand."""
    return _page(request, asker, "enquiry_grade.html", enquiry)


@router.post("/enquiry/{enquiry}/grade")
def grade(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Grade it; both due times stay."""
    front: Front = request.app.state.front
    return _done(
        request, asker, "enquiry_grade.html", enquiry, sent,
        lambda: front.enquiring.grade(asker, enquiry, sent.text("grade"), sent.text("reason")),
    )  # fmt: skip


@router.get("/enquiry/{enquiry}/holder")
def holding(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """Who holds it, and what may be done about that."""
    return _page(request, asker, "enquiry_holder.html", enquiry)


@router.post("/enquiry/{enquiry}/holder")
def hold(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Claim it, assign it, hand it over, accept or end a hand-over."""
    front: Front = request.app.state.front
    enquiries = front.enquiring
    to, why = sent.text("to"), sent.text("why")
    steps: dict[str, Callable[[], object]] = {
        "claim": lambda: enquiries.claim(asker, enquiry),
        "assign": lambda: enquiries.assign(asker, enquiry, sent.text("holder")),
        "offer": lambda: enquiries.offer(asker, enquiry, to, why),
        "accept": lambda: enquiries.accept(asker, enquiry),
        "end": lambda: enquiries.end_offer(asker, enquiry),
    }
    return _done(
        request, asker, "enquiry_holder.html", enquiry, sent, steps.get(sent.text("step"), _unknown)
    )  # fmt: skip


@router.get("/enquiry/{enquiry}/team")
def team(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """Who is on it, and whose part may be ended."""
    return _page(request, asker, "enquiry_team.html", enquiry)


@router.post("/enquiry/{enquiry}/team")
def leave(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Somebody's part ended: it opens nothing to them from now on."""
    front: Front = request.app.state.front
    return _done(
        request, asker, "enquiry_team.html", enquiry, sent,
        lambda: front.enquiring.leave(asker, enquiry, sent.text("staff"), sent.text("why")),
    )  # fmt: skip


@router.get("/enquiry/{enquiry}/children")
def adding(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """Ask which further child is part of it, and why."""
    return _page(request, asker, "enquiry_children.html", enquiry)


@router.post("/enquiry/{enquiry}/children")
def add_child(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """A further child is part of it."""
    front: Front = request.app.state.front
    try:
        front.enquiring.add_child(asker, enquiry, sent.text("further"), sent.text("reason"), sent.text("anyway"))
    except Refused as refused:
        problem = as_problem(refused)
        named = Problem("further", problem.text) if problem.field == "child" else problem
        return _page(request, asker, "enquiry_children.html", enquiry, sent, [named])
    return errors.see_other(f"/enquiry/{enquiry}?child={sent.text('further')}")


@router.post("/enquiry/{enquiry}/unseen")
def read_unseen(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Say that one has read what came in unseen at red."""
    front: Front = request.app.state.front
    return _done(
        request, asker, "enquiry.html", enquiry, sent,
        lambda: front.enquiring.read_unseen(asker, enquiry, sent.text("child")),
    )  # fmt: skip


@closing_router.get("/enquiry/{enquiry}/closing")
def closing(request: Request, asker: CurrentAsker, enquiry: str, child: str = "") -> HTMLResponse:
    """A closing that waits for a manager."""
    return _page(request, asker, "enquiry_closing.html", enquiry, child=child)


@closing_router.post("/enquiry/{enquiry}/closing")
def close(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Agree to it, or send it back."""
    front: Front = request.app.state.front
    child = sent.text("child")
    steps: dict[str, Callable[[], object]] = {
        "approve": lambda: front.enquiring.approve(asker, enquiry, child),
        "send_back": lambda: front.enquiring.send_back(asker, enquiry, child, sent.text("why")),
    }
    return _done(request, asker, "enquiry_closing.html", enquiry, sent, steps.get(sent.text("step"), _unknown))


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
