"""This partnership for all staff: every value with its source, and another partnership beside it; the same as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.views.models import Choice
from hub.views.models.partnership import Compared, PartnershipView
from hub.web.api.answers import answer
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
Code = Annotated[str, Query(max_length=60, pattern=r"^[a-z0-9-]*$")]


def _found(request: Request, asker: CurrentAsker, section: str, beside: str) -> PartnershipView | Compared:
    front: Front = request.app.state.front
    partnerships = front.partnerships
    return partnerships.beside(asker, beside, section) if beside else partnerships.view(asker, section)


@router.get("/partnership")
def show(request: Request, asker: CurrentAsker, section: Code = "", beside: Code = "") -> HTMLResponse:
    """Sections, values and sources; with `beside`, what differs from another partnership."""
    front: Front = request.app.state.front
    found = _found(request, asker, section, beside)
    others = (
        Choice("", "Nothing"),
        *(Choice(name, name.replace("-", " ").capitalize()) for name in front.partnerships.others()),
    )
    page = "partnership_beside.html" if isinstance(found, Compared) else "partnership.html"
    return renderer_of(request).page(
        request, page, stamp=found.stamp, view=found, others=others, section=section, beside=beside
    )


@router.get("/api/v1/partnership")
def as_json(request: Request, asker: CurrentAsker, section: Code = "", beside: Code = "") -> Response:
    """The same, for a program."""
    return answer(_found(request, asker, section, beside))
