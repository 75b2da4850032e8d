"""The chronology of a child, for a program that works with a person's own session, and as a table to save: codes alone."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.views.chronology_table import as_csv
from hub.web.api.answers import answer
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


@router.get("/children/{child}/chronology")
def chronology(
    request: Request, asker: CurrentAsker, child: str, *, enquiry: Annotated[str, Query(max_length=80)] = "",
    as_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:  # fmt: skip
    """What each organisation said of a child, newest first, as this person may see it now: the look that the page takes."""
    front: Front = request.app.state.front
    found = front.chronology(asker, child, enquiry)
    if as_ == "json":
        return answer(found)
    held = {"Content-Disposition": 'attachment; filename="chronology.csv"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=held)
