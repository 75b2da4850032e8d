"""Children of whom organisations hold different addresses: a task for who may ask the family. No address is on the page."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


@router.get("/tasks/addresses")
def differing(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Which organisations differ about which child, and since when; the addresses open on the child's own page."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)  # before the rows: what the page says it knows, it does know
    return renderer_of(request).page(request, "addresses.html", stamp=stamp, found=front.address_conflicts(asker))
