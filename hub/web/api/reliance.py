"""What rested on a rule, a policy, an edition or a match model, as JSON or CSV: codes alone, no name."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.views.reliance import as_csv, wish_of
from hub.web.api.answers import answer
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


@router.get("/reliance")
def reliance(
    request: Request, asker: CurrentAsker, *,
    what: Annotated[str, Query(max_length=20)], ident: Annotated[str, Query(alias="id", max_length=80)] = "",
    version: Annotated[str, Query(max_length=64)] = "",
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Annotated[str, Query(alias="to", max_length=10)] = "",
    as_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:  # fmt: skip
    """All that rested on it between two London days, of whom this asker may know."""
    front: Front = request.app.state.front
    found = front.relying.rested(asker, wish_of(what, ident, version, since, until))
    if as_ == "json":
        return answer(found)
    held = {"Content-Disposition": 'attachment; filename="reliance.csv"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=held)
