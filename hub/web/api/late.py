"""Late evidence, for a program that works with a person's own session: the page's lists and its one act, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.web.api.answers import answer as as_json
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class LateAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What it means (a code of hub/domain/late.py), why, and which reports had come late when it was read (`row.read`)."""

    answer: str
    reason: str
    read: str


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/late")
def decisions(request: Request, asker: CurrentAsker, *, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    """Decisions that evidence came late for, one page of them."""
    return as_json(_front(request).hindsight.page(asker, page))


@router.get("/backfills")
def backfills(request: Request, asker: CurrentAsker) -> Response:
    """One report for each organisation whose declared load of history touches a decision."""
    return as_json(_front(request).hindsight.backfills(asker))


@router.get("/late/{late}")
def decision(request: Request, asker: CurrentAsker, late: str) -> Response:
    """One decision: what was known then, beside what came late."""
    return as_json(_front(request).hindsight.view(asker, late))


@router.post("/late/{late}")
def answer(
    request: Request, asker: CurrentAsker, late: str, said: Annotated[LateAnswer, Depends(body(LateAnswer))]
) -> JSONResponse:
    """Say what it means for the decision."""
    _front(request).hindsight.answer(asker, late, said.answer, said.reason, said.read)
    return JSONResponse({"late": late, "answer": said.answer})
