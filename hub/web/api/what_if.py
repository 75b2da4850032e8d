"""What-if, for a program that works with a person's own session: start one, see how far it is, read a report, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")
starting = APIRouter(prefix="/api/v1")


class TryDraft(Struct, frozen=True, forbid_unknown_fields=True):
    """Over which period ("2026-01-01..2026-03-31", "90d"), and as known when (a position, a moment; "": now)."""

    over: str
    as_of: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/what-if")
def reports(request: Request, asker: CurrentAsker) -> Response:
    """Reports on record, the newest first."""
    return answer(_front(request).what_ifs.page(asker))


@starting.post("/what-if")
def start(request: Request, asker: CurrentAsker, said: Annotated[TryDraft, Depends(body(TryDraft))]) -> JSONResponse:
    """Start one for the draft that this hub is set to; the id of the report that will be."""
    return JSONResponse({"report": _front(request).what_ifs.start(asker, said.over, said.as_of)}, 202)


@router.get("/what-if/{report}")
def report(request: Request, asker: CurrentAsker, report: str) -> Response:
    """A report; while it runs, how far it is (status 202)."""
    what_ifs = _front(request).what_ifs
    progress = what_ifs.progress(asker, report)
    return answer(what_ifs.view(asker, report)) if progress.ready else answer(progress, 202)
