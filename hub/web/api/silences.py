"""What is silent, for a program that works with a person's own session: the page's lists and its one act, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.web.api.answers import answer as as_json
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class AnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody found out: a code of hub/domain/silence.py."""

    answer: str


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/silences")
def silences(
    request: Request, asker: CurrentAsker, *, kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """The silences that stand, one page of them; with `kind`, of one kind."""
    return as_json(_front(request).listening.page(asker, kind, page))


@router.get("/silences/{silence}")
def silence(request: Request, asker: CurrentAsker, silence: str) -> Response:
    """One silence."""
    return as_json(_front(request).listening.view(asker, silence))


@router.post("/silences/{silence}/answer")
def answer(
    request: Request, asker: CurrentAsker, silence: str, said: Annotated[AnswerBody, Depends(body(AnswerBody))]
) -> JSONResponse:
    """Say what it was."""
    _front(request).listening.answer(asker, silence, said.answer)
    return JSONResponse({"silence": silence, "answer": said.answer})


@router.get("/feeds")
def feeds(request: Request, asker: CurrentAsker) -> Response:
    """When each feed was heard."""
    return as_json(_front(request).listening.feeds(asker))
