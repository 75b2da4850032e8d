"""Measures for a program that works with a person's own session: the pages' figures and lists as JSON, series loaded."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.views.measure_tables import table as measure_table
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.pages.measures import Day, Position, asked_for

router = APIRouter(prefix="/api/v1")
lists = APIRouter(prefix="/api/v1")
loading = APIRouter(prefix="/api/v1")


class SeriesSent(Struct, frozen=True, forbid_unknown_fields=True):
    """A CSV file with the columns of docs/measures.md, and where its figures are from."""

    source: str
    csv: str


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/measures")
def measures(request: Request, asker: CurrentAsker) -> Response:
    """Every measure, and how it is worked out."""
    return answer(_front(request).measuring.page(asker))


@router.get("/measures-account")
def account(
    request: Request, asker: CurrentAsker, *, first: Day = "", last: Day = "", position: Position = 0
) -> Response:
    """Every measure over the same days at one position: an account to a board."""
    return answer(_front(request).measuring.account(asker, asked_for(first, last, position, areas=False)))


@router.get("/measures/{measure}")
def measure(
    request: Request, asker: CurrentAsker, measure: str, *, first: Day = "", last: Day = "", position: Position = 0,
    areas: Annotated[bool, Query()] = False,
) -> Response:  # fmt: skip
    """One measure, worked out for a period at a position."""
    return answer(_front(request).measuring.view(asker, measure, asked_for(first, last, position, areas=areas)))


@lists.get("/measures/{measure}/children/{figure}")
def children(
    request: Request, asker: CurrentAsker, measure: str, figure: int, *, first: Day = "", last: Day = "",
    position: Position = 0,
) -> Response:  # fmt: skip
    """The children behind one figure whom the asker may know of."""
    asked = asked_for(first, last, position, areas=False)
    return answer(_front(request).measuring.listing(asker, measure, figure, asked))


@loading.post("/measures/{measure}/series")
def load(
    request: Request, asker: CurrentAsker, measure: str, said: Annotated[SeriesSent, Depends(body(SeriesSent))]
) -> JSONResponse:
    """Load a series; the same once more adds nothing."""
    made, new = _front(request).measuring.load(asker, measure, said.source, said.csv)
    return JSONResponse({"load": made, "new": new})


@loading.get("/measure-tables/{table}")
def export(
    request: Request, asker: CurrentAsker, table: str, *, first: Day = "", last: Day = "", position: Position = 0
) -> JSONResponse:
    """A table in the shape of the Standard Safeguarding Dataset: codes and random ids; each child is a look."""
    asked = asked_for(first, last, position, areas=False)
    header, rows = measure_table(_front(request).measuring, asker, table, asked)
    return JSONResponse({"table": table, "rows": [dict(zip(header, row, strict=True)) for row in rows]})


@loading.delete("/measures/series/{load}")
def take_back(request: Request, asker: CurrentAsker, load: str) -> JSONResponse:
    """Take a load back."""
    _front(request).measuring.take_back(asker, load)
    return JSONResponse({"load": load, "taken_back": True})
