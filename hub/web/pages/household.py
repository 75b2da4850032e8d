"""The household of a child, as a drawing and as the same facts in a list; and asking whose children a concern is about."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.domain.errors import NotFound, Refused
from hub.domain.household import NameChildren
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
task = APIRouter()
answering = APIRouter()


@router.get("/child/{child}/household")
def household(
    request: Request, asker: CurrentAsker, child: str, enquiry: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Who lives with this child and who did. Names open in a MASH enquiry alone; each look goes on the ledger."""
    front: Front = request.app.state.front
    view = front.household(asker, child, enquiry)
    if view.child != child:  # who was found to be another
        asked = f"?enquiry={enquiry}" if enquiry else ""
        return RedirectResponse(f"/child/{view.child}/household{asked}", status_code=303)
    return renderer_of(request).page(request, "household.html", view=view)


@task.get("/unplaced/{message}")
def ask(request: Request, asker: CurrentAsker, message: str) -> HTMLResponse:
    """A concern that names no child: which households its adults are known in, and the question."""
    return _form(request, asker, message)


@answering.post("/unplaced/{message}")
def answer(request: Request, asker: CurrentAsker, message: str, sent: Sent) -> Response:
    """Record the answer, or show what is missing."""
    front: Front = request.app.state.front
    others = tuple(part for part in sent.text("other").replace(",", " ").split() if part)
    none = sent.text("none") == "yes"
    if not sent.text("asked"):
        return _form(request, asker, message, sent, [Problem("asked", "Select whom you asked")])
    command = NameChildren(
        children=(*sent.ticked("children"), *others), none=none, asked=sent.text("asked"), by=asker.staff
    )
    try:
        front.name_children(asker, message, command)
    except Refused as refused:
        return _form(request, asker, message, sent, [as_problem(refused)])
    except NotFound:
        if not others:
            raise
        wrong = "Enter the reference of a child on record, as it stands in the address of the child's page"
        return _form(request, asker, message, sent, [Problem("other", wrong)])
    return errors.see_other(f"/unplaced/{message}")


def _form(
    request: Request, asker: Asker, message: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request,
        "unplaced.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.ask_for_children(asker, message),
        answers=answers,
        ticked=answers.ticked("children"),
        errors=tuple(problems),
    )
