"""Asking whoever sent a record in doubt about that record, from its review or proposal: ask, remind, withdraw, a link.

Nothing is chosen beforehand. Who may ask, and what they are told, is decided behind `front`.
"""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused, VersionConflict
from hub.views.asking_owners import AskOwner
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker, doorkeeper_of
from hub.web.pages.identity import review_page
from hub.web.render import renderer_of

router = APIRouter()


@router.post("/identity/review/{person}/ask")
def in_review(request: Request, asker: CurrentAsker, person: str, sent: Sent) -> Response:
    """Ask, remind, withdraw or make a link, in the review of a person."""
    return _changed(request, asker, (person, ""), sent)


@router.post("/identity/proposal/{person}/{other}/ask")
def of_proposal(request: Request, asker: CurrentAsker, person: str, other: str, sent: Sent) -> Response:
    """The same of two who are proposed to be one."""
    return _changed(request, asker, (person, other), sent)


def _changed(request: Request, asker: Asker, two: tuple[str, str], sent: Answers) -> Response:
    front: Front = request.app.state.front
    owners, named = front.owners, sent.text("request")
    person, other = two
    wish = AskOwner(
        person=person, other=other, record=sent.text("record"), questions=sent.ticked("questions"),
        out_of_term=sent.text("out_of_term"), by=asker.staff,
    )  # fmt: skip
    try:
        match sent.text("step"):
            case "ask":
                owners.ask(asker, wish)
            case "remind":
                owners.remind(asker, named)
            case "withdraw":
                owners.withdraw(asker, named, sent.text(sent.text("named")))
            case "link":
                return _link(request, asker, two, named)
            case _:
                return _again(request, asker, two, sent, Problem("record", "Select what to do"))
    except Refused as refused:
        problem = as_problem(refused)
        at = problem.field if problem.field in {"record", "questions", "out_of_term"} else "record"
        return _again(request, asker, two, sent, Problem(at, problem.text))
    except VersionConflict:
        return _again(request, asker, two, sent, Problem("record", "Somebody else was faster: read the page again"))
    return errors.see_other(_back(two))


def _again(request: Request, asker: Asker, two: tuple[str, str], sent: Answers, problem: Problem) -> HTMLResponse:
    front: Front = request.app.state.front
    return review_page(request, asker, front.review(asker, two[0], 0, two[1]), sent, [problem])


def _link(request: Request, asker: Asker, two: tuple[str, str], named: str) -> HTMLResponse:
    """The link and its code, this once: never in an address, and not kept by the browser (no-store)."""
    front: Front = request.app.state.front
    made = front.owners.link(asker, named)
    return renderer_of(request).page(
        request, "request_link.html", made=made, enquiry="", back=_back(two), stamp=front.stamp(asker),
        origin=doorkeeper_of(request).origin,
    )  # fmt: skip


def _back(two: tuple[str, str]) -> str:
    return f"/identity/proposal/{two[0]}/{two[1]}" if two[1] else f"/identity/review/{two[0]}"
