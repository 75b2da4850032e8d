"""An alert explained, and all alerts of a child: rule, evidence, why now, what would change it, why it is back or quiet."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


@router.get("/alert/{child}")
def alerts(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Every alert of a child, those that a person decided too; each look is ruled anew and goes on the ledger."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "alerts.html", view=front.explaining.alerts_of(asker, child))


@router.get("/alert/{child}/{rule}/{number}")
def alert(request: Request, asker: CurrentAsker, child: str, rule: str, number: str) -> HTMLResponse:
    """One alert, explained from what is open to whoever asks."""
    front: Front = request.app.state.front
    view = front.explaining.alert(asker, f"{child}:{rule}:{number}")
    return renderer_of(request).page(request, "alert.html", view=view)
