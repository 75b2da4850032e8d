"""What people outside the front door start from: the children they work with, and what their organisation sent."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

children = APIRouter()
sent = APIRouter()


@children.get("/children")
def involved(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Children whom this person works with, by random id."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    return renderer_of(request).page(request, "children.html", stamp=stamp, rows=tuple(front.involved(asker)))


@sent.get("/sent")
def sent_by_us(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What the person's own organisation sent, and the class of what became of it."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    return renderer_of(request).page(request, "sent.html", stamp=stamp, rows=tuple(front.sent(asker)))
