"""Harm tracing: what rested on a version of a rule, a policy, an edition or a match model, between two days."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from hub.domain.errors import Refused
from hub.views.models import Choice
from hub.views.models.reliance import Reliance
from hub.views.reliance import KINDS, wish_of
from hub.web import errors
from hub.web.forms import as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
ON_PAGE = 200  # rows; the export has all of them


@router.get("/reliance")
def reliance(
    request: Request, asker: CurrentAsker, *,
    what: Annotated[str, Query(max_length=20)] = "", ident: Annotated[str, Query(alias="id", max_length=80)] = "",
    version: Annotated[str, Query(max_length=64)] = "",
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> HTMLResponse:  # fmt: skip
    """The form, and, once something is asked for, all that rested on it of whom this asker may know."""
    front: Front = request.app.state.front
    found: Reliance | None = None
    problem: Refused | None = None
    if what:
        try:
            found = front.relying.rested(asker, wish_of(what, ident, version, since, until))
        except Refused as refused:
            problem = refused
    return renderer_of(request).page(
        request, "reliance.html", status=errors.UNPROCESSABLE if problem else errors.OK, view=found,
        stamp=found.stamp if found else front.stamp(asker), rows=found.rows[:ON_PAGE] if found else (),
        kinds=(Choice("", "Select one"), *(Choice(code, label) for code, label in KINDS.items())), what=what, ident=ident,
        version=version, since=since, until=until, errors=(as_problem(problem),) if problem else (),
    )  # fmt: skip
