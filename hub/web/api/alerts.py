"""Alerts as JSON: the worklist, all alerts of a child, and one explained. Codes and the rules' own sentences."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.views.models import Filters
from hub.web.api.answers import answer
from hub.web.front import Front
from hub.web.guards import CurrentAsker

listing = APIRouter(prefix="/api/v1")
router = APIRouter(prefix="/api/v1")


@listing.get("/alerts")
def worklist(
    request: Request, asker: CurrentAsker, *,
    state: Annotated[str, Query(max_length=20)] = "", level: Annotated[str, Query(max_length=2)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """A page of the worklist, the highest level and longest waiting first."""
    front: Front = request.app.state.front
    return answer(front.worklist(asker, Filters(state=state, level=level), page))


@router.get("/alerts/{child}")
def alerts(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Every alert of a child, those that a person decided too."""
    front: Front = request.app.state.front
    return answer(front.explaining.alerts_of(asker, child))


@router.get("/alerts/{child}/{rule}/{number}")
def alert(request: Request, asker: CurrentAsker, child: str, rule: str, number: str) -> Response:
    """One alert, explained from what is open to whoever asks."""
    front: Front = request.app.state.front
    return answer(front.explaining.alert(asker, f"{child}:{rule}:{number}"))
