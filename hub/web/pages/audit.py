"""For those who check: the record at any position, who has looked, and what could not be recorded."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

replay = APIRouter()
ledger = APIRouter()
quarantine = APIRouter()


@replay.get("/audit")
def children(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Records that may be replayed, by random id."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    return renderer_of(request).page(request, "audit.html", stamp=stamp, rows=tuple(front.audit_list(asker)))


@replay.get("/audit/{child}")
def at_position(
    request: Request, asker: CurrentAsker, child: str, position: Annotated[int | None, Query(ge=0)] = None
) -> HTMLResponse:
    """Everything that was so at a position, with the consent, staff and edition of then."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "audit_child.html", view=front.audit(asker, child, position))


@ledger.get("/ledger")
def looks(
    request: Request,
    asker: CurrentAsker,
    *,
    child: Annotated[str, Query(max_length=80)] = "",
    before: Annotated[int, Query(ge=0, le=2**53)] = 0,
    looks: Annotated[Literal["", "all"], Query()] = "",
) -> HTMLResponse:
    """Who has looked at what, as whom, and for what purpose; `looks=all` adds those at the worklist and at this page."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    page = front.ledger_of(asker, child, before, everything=looks == "all")
    editions = tuple(front.replaying.by_edition(asker, child)) if child and page.rows else ()
    return renderer_of(request).page(
        request,
        "ledger.html",
        stamp=stamp,
        rows=page.rows,
        child=child,
        older=page.older,
        before=before,
        looks=looks,
        editions=editions,
    )


@ledger.get("/ledger/look/{position}")
def put_again(request: Request, asker: CurrentAsker, position: int) -> HTMLResponse:
    """One look, put again to the edition of its time, to see whether the record gives what was let out then."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    return renderer_of(request).page(
        request, "ledger_look.html", stamp=stamp, found=front.replaying.replay(asker, position)
    )


@quarantine.get("/quarantine")
def kept_aside(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Messages that were kept as bytes, with the reason for each."""
    front: Front = request.app.state.front
    stamp = front.stamp(asker)
    rows, gaps = tuple(front.quarantine(asker)), tuple(front.gaps(asker))
    return renderer_of(request).page(request, "quarantine.html", stamp=stamp, rows=rows, gaps=gaps)
