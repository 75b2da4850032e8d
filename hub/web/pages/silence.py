"""What is silent: what was expected and did not come, and when each feed was heard. It names nobody."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.silence import KINDS
from hub.views.models import Choice
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/silence")
def silences(
    request: Request,
    asker: CurrentAsker,
    *,
    kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    child: Annotated[str, Query(max_length=80)] = "",
) -> HTMLResponse:
    """The silences that stand, one page of them, and the feeds."""
    kind = kind if kind in KINDS else ""
    listening = _front(request).listening
    view = listening.page(asker, kind, page, child)
    return renderer_of(request).page(
        request, "silences.html", view=view, feeds=listening.feeds(asker), kind=kind, child=child,
        kinds=(Choice("", "Any"), *view.kinds),
    )  # fmt: skip


@router.get("/silence/feeds")
def feeds(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """How often an organisation, or a setting of it, says that it is heard."""
    return _feeds(request, asker)


@router.post("/silence/feeds")
def declare(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say it."""
    days = sent.number("days")
    try:
        _front(request).listening.declare(
            asker, sent.text("organisation"), sent.text("setting"), -1 if days is None else days, sent.text("counts")
        )
    except Refused as refused:
        return _feeds(request, asker, sent, refused)
    return errors.see_other("/silence")


def _feeds(
    request: Request, asker: CurrentAsker, answers: Answers = NOTHING, refused: Refused | None = None
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "feed_declare.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        feeds=_front(request).listening.feeds(asker), answers=answers, errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip


@router.get("/silence/{silence}")
def one(request: Request, asker: CurrentAsker, silence: str) -> HTMLResponse:
    """One silence."""
    return _page(request, asker, silence)


@router.post("/silence/{silence}")
def answer(request: Request, asker: CurrentAsker, silence: str, sent: Sent) -> Response:
    """Say what it was."""
    try:
        _front(request).listening.answer(asker, silence, sent.text("answer"))
    except Refused as refused:
        return _page(request, asker, silence, sent, refused)
    return errors.see_other("/silence")


def _page(
    request: Request, asker: CurrentAsker, silence: str, answers: Answers = NOTHING, refused: Refused | None = None
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "silence.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        view=_front(request).listening.view(asker, silence), answers=answers,
        errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip
