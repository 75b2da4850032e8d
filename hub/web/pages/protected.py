"""The register of protected people: declare one's own family, or a councillor's, which a second person agrees to.

What is typed goes sealed onto the record; no page shows it again.
"""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.message import Name, Person
from hub.views.models import Asker
from hub.views.protecting import ProtectingPeople
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


def _ask(request: Request) -> ProtectingPeople:
    front: Front = request.app.state.front
    return front.protecting


def _page(
    request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = (), done: str = ""
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "protected.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        found=_ask(request).register(asker), answers=answers, done=done, errors=tuple(problems),
    )  # fmt: skip


@router.get("/protected")
def register(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What was declared, and the questions of a new declaration."""
    return _page(request, asker)


@router.post("/protected")
def act(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Declare, agree, confirm or lift, say that a match is wrong (or agree that it is), or end."""
    ask, step = _ask(request), sent.text("step")
    try:
        if step == "agree":
            ask.agree(asker, sent.text("declaration"))
        elif step == "end":
            ask.end(asker, sent.text("declaration"))
        elif step == "confirm":
            ask.confirm(asker, sent.text("declaration"))
        elif step == "lift":
            ask.lift(asker, sent.text("declaration"), sent.text("why"))
        elif step in {"doubt", "part", "keep"}:
            about = {"doubt": ask.doubt, "part": ask.part, "keep": ask.keep}[step]
            about(asker, sent.text("declaration"), sent.text("person"))
        elif sent.text("because") == "staff_family":
            ask.declare(asker, "staff_family", _described(sent), grown=sent.text("kind") == "adult")
        elif sent.text("because") == "councillor_family":
            readers = tuple(sent.text("readers").replace(",", " ").split())
            ask.declare(asker, "councillor_family", _described(sent), readers, grown=sent.text("kind") == "adult")
        else:
            return _page(request, asker, sent, [Problem("because", "Select whose family it is")])
    except Refused as refused:
        at = (
            refused.field
            if refused.field in {"names", "birth_date", "readers", "because", "kind", "why"}
            else "because"
        )
        return _page(request, asker, sent, [Problem(at, as_problem(refused).text)])
    return errors.see_other("/protected")


def _described(sent: Answers) -> Person:
    if sent.text("kind") not in {"child", "adult"}:
        raise Refused("Select whether it is a child or an adult", "kind")
    try:
        born = date.fromisoformat(sent.text("birth_date")) if sent.text("birth_date") else None
    except ValueError:
        raise Refused("Enter the date of birth as year-month-day, like 2016-03-27", "birth_date") from None
    forenames, surname = sent.text("names"), sent.text("surname")
    names = (Name(forenames, surname),) if forenames or surname else ()
    return Person(nhs_number=sent.text("nhs_number") or None, names=names, birth_date=born)
