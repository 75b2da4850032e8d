"""What waits for a person, in one list: red first, then what is overdue. It names nobody, so the address may be passed on."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from hub.views.models import Choice
from hub.views.tasks import KINDS
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


@router.get("/tasks")
def tasks(
    request: Request,
    asker: CurrentAsker,
    *,
    kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The tasks of whoever asks, one page of them."""
    front: Front = request.app.state.front
    kind = kind if kind in KINDS else ""
    view = front.tasks(asker, kind, page)
    waiting = {words for words, _ in view.kinds}
    offered = [(code, words) for code, words in KINDS.items() if words in waiting or code == kind]
    kinds = (Choice("", "Any"), *(Choice(code, words) for code, words in sorted(offered, key=lambda one: one[1])))
    return renderer_of(request).page(request, "tasks.html", view=view, kind=kind, kinds=kinds)
