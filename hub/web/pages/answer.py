"""An answer without an account: a link and, told another way, its code open one request, and nothing else of the hub.

Nobody is signed in here, and no session begins. A link that there is not and a code that does not fit look alike.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import NotFound, Refused
from hub.flow.request import NO_LINK
from hub.web import errors
from hub.web.answer_form import answer_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import address_of, doorkeeper_of, tries_of
from hub.web.render import renderer_of

router = APIRouter()
FROM = "answer"  # failed codes of one address, whichever link they were for


def _code(request: Request, link: str, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return renderer_of(request).page(
        request, "answer_code.html", status=errors.UNPROCESSABLE if problems else errors.OK, link=_plain(link),
        answers=NOTHING, errors=tuple(problems),
    )  # fmt: skip


@router.get("/answer/{link}")
def code(request: Request, link: str) -> HTMLResponse:
    """Ask for the code: the same page for whatever link."""
    return _code(request, link)


@router.post("/answer/{link}")
def answer(request: Request, link: str, sent: Sent) -> Response:
    """The code, then the request, then its one answer."""
    front: Front = request.app.state.front
    ticket = sent.text("ticket")
    tries, address = tries_of(request), address_of(request)
    tries.check(address, FROM)
    if doorkeeper_of(request).find(request, touch=False) is not None:  # who made the link may hold its code as well
        return _code(request, link, [Problem("code", "You are signed in: answer on your own page, or sign out first")])
    try:
        if sent.text("step") == "code":
            page = front.replying.open_link(link, sent.text("code"))
            return _page(request, link, page)
        page = front.replying.link(link, ticket)
    except (Refused, NotFound) as refused:
        tries.failed(address, FROM)
        why = as_problem(refused) if isinstance(refused, Refused) else Problem("code", NO_LINK)
        return _code(request, link, [Problem("code", why.text)])
    if sent.text("step") == "none_held":
        return renderer_of(request).page(
            request, "request_none.html", view=page.request, where=f"/answer/{_plain(link)}", ticket=ticket
        )
    try:
        front.replying.answer_by_link(link, ticket, answer_of(sent))
    except Refused as refused:
        return _page(request, link, page, sent, [as_problem(refused)])
    return renderer_of(request).page(request, "answer_sent.html")


def _page(
    request: Request, link: str, page: object, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "answer_request.html", status=errors.UNPROCESSABLE if problems else errors.OK, page=page,
        link=_plain(link), answers=answers, errors=tuple(problems),
    )  # fmt: skip


def _plain(link: str) -> str:
    """A link as it may stand in a form's address again; "" for what is none."""
    return link if link.replace("-", "").replace("_", "").isalnum() and link.isascii() and len(link) <= 60 else "none"
