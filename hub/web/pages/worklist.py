"""The worklist: what waits for a person, with its clock and its reason, in codes and labels; no name is on it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from hub.views.models import Choice, Filters
from hub.web import words
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()

STATES = (
    Choice("", "Any"),
    *(Choice(code, label) for code, label in words.STATES.items()),
)
LEVELS = (Choice("", "Any"), *(Choice(str(level), f"Level {level}") for level in (1, 2, 3, 4)))


@router.get("/")
def worklist(
    request: Request,
    asker: CurrentAsker,
    *,
    state: Annotated[str, Query(max_length=20)] = "",
    organisation: Annotated[str, Query(max_length=64)] = "",
    level: Annotated[str, Query(max_length=2)] = "",
    mine: Annotated[str, Query(max_length=3)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Alerts that this person may know of. The filters are codes, so the address may be passed on."""
    front: Front = request.app.state.front
    filters = Filters(state, organisation, level, mine == "yes")
    stamp = front.stamp(asker)  # before the rows: what the page says it knows, it does know
    found = front.worklist(asker, filters, page)
    organisations = front.options(asker).organisations
    return renderer_of(request).page(
        request,
        "worklist.html",
        stamp=stamp,
        rows=found.rows,
        families=found.families,
        total=found.total,
        number=found.number,
        pages=found.pages,
        filters=filters,
        filtered=filters != Filters(),
        states=STATES,
        levels=LEVELS,
        holders=(Choice("", "Anybody"), Choice("yes", "Me")),
        organisations=(Choice("", "Any"), *organisations),
        searched=tuple(each.label for each in organisations),
        unplaced=tuple(front.unplaced(asker)),
        shown_at=stamp.known_at.timestamp(),
    )
