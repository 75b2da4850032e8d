"""The information-sharing protocol in force, for who answers for it; the same as JSON."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.web.api.answers import answer
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


@router.get("/protocol")
def show(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Clauses, parties, papers, and what is missing."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "protocol.html", stamp=front.stamp(asker), view=front.protocol(asker))


@router.get("/api/v1/protocol")
def as_json(request: Request, asker: CurrentAsker) -> Response:
    """The same, for a program."""
    front: Front = request.app.state.front
    return answer(front.protocol(asker))
