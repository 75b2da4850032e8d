"""Requests: the front door asks from a MASH enquiry, and an organisation's own staff read what they are asked and answer.

Nothing is chosen beforehand, and "searched, none held" is two clicks.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused, VersionConflict
from hub.domain.request import AskParties
from hub.views.models import Asker
from hub.views.requesting import parse_party
from hub.web import errors
from hub.web.answer_form import answer_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker, doorkeeper_of
from hub.web.render import renderer_of

asking = APIRouter()
own = APIRouter()


# ------------------------------------------------------------------------------------------------------ the front door


def _page(
    request: Request, asker: Asker, enquiry: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request, "enquiry_requests.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.requesting.page(asker, enquiry), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@asking.get("/enquiry/{enquiry}/requests")
def requests(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """Who is asked, what came, who is not asked, and the forms to ask."""
    return _page(request, asker, enquiry)


@asking.post("/enquiry/{enquiry}/requests")
def change(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Ask, record that somebody is not asked, remind, withdraw, or make a link for an answer without an account."""
    front: Front = request.app.state.front
    named = sent.text("request")
    try:
        match sent.text("step"):
            case "ask":
                front.requesting.ask(asker, _wish(sent, asker, enquiry))
            case "not_ask":
                front.requesting.not_ask(asker, enquiry, parse_party(sent.text("not_asked")), sent.text("reason"))
            case "remind":
                front.requesting.remind(asker, named)
            case "withdraw":
                front.requesting.withdraw(asker, named, sent.text(sent.text("named")))
            case "link":
                return _link(request, asker, enquiry, named)
            case _:
                return _page(request, asker, enquiry, sent, [Problem("party", "Select what to do")])
    except Refused as refused:
        return _page(request, asker, enquiry, sent, [_beside(refused)])
    except VersionConflict:
        return _page(request, asker, enquiry, sent, [Problem("party", "Somebody else was faster: read the page again")])
    return errors.see_other(f"/enquiry/{enquiry}/requests")


def _link(request: Request, asker: Asker, enquiry: str, named: str) -> HTMLResponse:
    """The link and its code, this once: never in an address, and not kept by the browser (no-store)."""
    front: Front = request.app.state.front
    made = front.requesting.link(asker, named)
    return renderer_of(request).page(
        request, "request_link.html", made=made, enquiry=enquiry, back=f"/enquiry/{enquiry}/requests", stamp=front.stamp(asker),
        origin=doorkeeper_of(request).origin,
    )  # fmt: skip


def _wish(sent: Answers, asker: Asker, enquiry: str) -> AskParties:
    lines = [line.strip() for line in sent.text("settings").splitlines() if line.strip()]
    parties = [parse_party(one) for one in (*sent.ticked("party"), *lines)]
    return AskParties(
        enquiry=enquiry, parties=tuple(dict.fromkeys(parties)), children=sent.ticked("child"),
        purpose=sent.text("purpose"), questions=sent.ticked("questions"), told=sent.ticked("told"),
        question=sent.text("question"), out_of_term=sent.text("out_of_term"), by=asker.staff,
    )  # fmt: skip


def _beside(refused: Refused) -> Problem:
    problem = as_problem(refused)
    return Problem("not_asked" if problem.field == "organisation" else problem.field or "party", problem.text)


# ------------------------------------------------------------------------------------------------ the organisation's own


@own.get("/requests")
def inbox(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What the asker's own organisation is asked and told."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "requests.html", inbox=front.replying.inbox(asker))


@own.post("/requests")
def acknowledge(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say that a notice is here."""
    front: Front = request.app.state.front
    front.replying.acknowledge(asker, sent.text("notice"))
    return errors.see_other("/requests")


def _one(
    request: Request, asker: Asker, named: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request, "request.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=front.replying.request(asker, named), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@own.get("/requests/{named}")
def one(request: Request, asker: CurrentAsker, named: str) -> HTMLResponse:
    """One request: whom it is about, what is asked, by when; and the form of an answer."""
    return _one(request, asker, named)


@own.post("/requests/{named}")
def answer(request: Request, asker: CurrentAsker, named: str, sent: Sent) -> Response:
    """Answer it, or show what is missing; "searched, none held" is shown once more first."""
    front: Front = request.app.state.front
    if sent.text("step") == "none_held":
        view = front.replying.request(asker, named)
        return renderer_of(request).page(request, "request_none.html", view=view, where=f"/requests/{named}", ticket="")
    try:
        front.replying.answer(asker, named, answer_of(sent))
    except Refused as refused:
        return _one(request, asker, named, sent, [as_problem(refused)])
    return errors.see_other(f"/requests/{named}")
