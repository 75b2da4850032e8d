"""Late evidence: decisions that the rules would have spoken to otherwise, and declared loads of history. It names nobody."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/late")
def decisions(
    request: Request, asker: CurrentAsker, *, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> HTMLResponse:
    """Decisions that evidence came late for, one page of them, and a report for each load of history."""
    hindsight = _front(request).hindsight
    return renderer_of(request).page(
        request, "lates.html", view=hindsight.page(asker, page), loads=hindsight.backfills(asker)
    )


@router.get("/late/{late}")
def one(request: Request, asker: CurrentAsker, late: str) -> HTMLResponse:
    """One decision: what was known then, beside what came late."""
    return _page(request, asker, late)


@router.post("/late/{late}")
def answer(request: Request, asker: CurrentAsker, late: str, sent: Sent) -> Response:
    """Say what it means for the decision."""
    try:
        _front(request).hindsight.answer(asker, late, sent.text("answer"), sent.text("reason"), sent.text("read"))
    except Refused as refused:
        return _page(request, asker, late, sent, refused)
    return errors.see_other("/late")


def _page(
    request: Request, asker: CurrentAsker, late: str, answers: Answers = NOTHING, refused: Refused | None = None
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "late.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        view=_front(request).hindsight.view(asker, late), answers=answers,
        errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip
