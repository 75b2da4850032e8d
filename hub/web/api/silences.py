"""What is silent, for a program that works with a person's own session: the page's lists and its one act, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.web.api.answers import answer as as_json
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Organisation

router = APIRouter(prefix="/api/v1")
organisations = APIRouter(prefix="/api/v1")


class AnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody found out: a code of hub/domain/silence.py."""

    answer: str


class FeedBody(Struct, frozen=True, forbid_unknown_fields=True):
    """How often a feed is heard: at least once in `days` open days; `counts` says which are open."""

    organisation: str
    days: int
    counts: str
    setting: str = ""


class OwnFeedBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The same, of the organisation whose credential it is."""

    days: int
    counts: str
    setting: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/silences")
def silences(
    request: Request, asker: CurrentAsker, *, kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1, child: Annotated[str, Query(max_length=80)] = "",
) -> Response:  # fmt: skip
    """The silences that stand, one page of them; with `kind`, of one kind; with `child`, about that child."""
    return as_json(_front(request).listening.page(asker, kind, page, child))


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


@router.post("/feeds")
def declare(request: Request, asker: CurrentAsker, said: Annotated[FeedBody, Depends(body(FeedBody))]) -> JSONResponse:
    """Say how often an organisation, or a setting of it, is heard."""
    changed = _front(request).listening.declare(asker, said.organisation, said.setting, said.days, said.counts)
    return JSONResponse({"organisation": said.organisation, "setting": said.setting, "changed": changed})


@organisations.post("/feeds/own")
def declare_own(
    request: Request, organisation: Organisation, said: Annotated[OwnFeedBody, Depends(body(OwnFeedBody))]
) -> JSONResponse:
    """An organisation's program says how often it, or a setting of it, is heard."""
    changed = _front(request).listening.client_declare(organisation, said.setting, said.days, said.counts)
    return JSONResponse({"organisation": organisation, "setting": said.setting, "changed": changed})
