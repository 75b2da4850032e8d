"""Measures: what each comes to, by which formula, at which position; the children behind a figure; series loaded."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.measure_tables import as_csv
from hub.views.measure_tables import table as measure_table
from hub.views.measuring import Asked
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
lists = APIRouter()
loading = APIRouter()
Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d\d-\d\d)?$")]
Position = Annotated[int, Query(ge=0, le=2**62)]
HERE = "/measures"


def asked_for(first: str, last: str, position: int, *, areas: bool) -> Asked:
    """What an address asks for. Raises Refused for a day that is none."""
    days = []
    for name, text in (("first", first), ("last", last)):
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            raise Refused("give a day as YYYY-MM-DD", name) from None
    return Asked(first=days[0], last=days[1], position=position, areas=areas)


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get(HERE)
def measures(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Every measure, and how it is worked out."""
    return renderer_of(request).page(
        request, "measures.html", view=_front(request).measuring.page(asker), answers=NOTHING, errors=()
    )


@router.get("/measures-account")
def account(
    request: Request, asker: CurrentAsker, *, first: Day = "", last: Day = "", position: Position = 0
) -> HTMLResponse:
    """Every measure over the same days at one position: an account to a board."""
    asked = asked_for(first, last, position, areas=False)
    return renderer_of(request).page(
        request, "measure_account.html", view=_front(request).measuring.account(asker, asked)
    )


@router.get("/measures/{measure}")
def measure(
    request: Request, asker: CurrentAsker, measure: str, *, first: Day = "", last: Day = "", position: Position = 0,
    areas: bool = False,
) -> HTMLResponse:  # fmt: skip
    """One measure, worked out for a period at a position."""
    try:
        asked = asked_for(first, last, position, areas=areas)
        view = _front(request).measuring.view(asker, measure, asked)
    except Refused as refused:
        return _one(request, asker, measure, Asked(), NOTHING, refused)
    return renderer_of(request).page(request, "measure.html", view=view, answers=NOTHING, errors=())


@lists.get("/measures/{measure}/children/{figure}")
def children(
    request: Request, asker: CurrentAsker, measure: str, figure: int, *, first: Day = "", last: Day = "",
    position: Position = 0,
) -> HTMLResponse:  # fmt: skip
    """The children behind one figure whom the asker may know of."""
    view = _front(request).measuring.listing(asker, measure, figure, asked_for(first, last, position, areas=False))
    return renderer_of(request).page(request, "measure_children.html", view=view)


@loading.get("/measure-tables/{table}")
def export(
    request: Request, asker: CurrentAsker, table: str, *, first: Day = "", last: Day = "", position: Position = 0
) -> Response:
    """A table in the shape of the Standard Safeguarding Dataset, as a CSV file: codes and random ids; each child is a look."""
    front = _front(request)
    try:
        header, rows = measure_table(front.measuring, asker, table, asked_for(first, last, position, areas=False))
    except Refused as refused:
        return renderer_of(request).page(
            request, "measures.html", status=errors.UNPROCESSABLE, view=front.measuring.page(asker), answers=NOTHING,
            errors=(as_problem(refused),),
        )  # fmt: skip
    held = {"Content-Disposition": f'attachment; filename="{table}.csv"'}
    return Response(as_csv(header, rows), media_type="text/csv; charset=utf-8", headers=held)


@loading.post("/measures/{measure}/series")
def load(request: Request, asker: CurrentAsker, measure: str, sent: Sent) -> Response:
    """Load a series, or take a load back."""
    asked = _front(request).measuring
    try:
        if sent.text("step") == "take_back":
            asked.take_back(asker, sent.text("load"))
        else:
            asked.load(asker, measure, sent.text("source"), sent.text("csv"))
    except Refused as refused:
        return _one(request, asker, measure, Asked(), sent, refused)
    return errors.see_other(f"{HERE}/{measure}")


def _one(
    request: Request, asker: Asker, measure: str, asked: Asked, answers: Answers, refused: Refused
) -> HTMLResponse:
    problem = as_problem(refused)
    if problem.field.startswith("line "):
        problem = type(problem)("csv", f"{problem.field}: {problem.text}")
    return renderer_of(request).page(
        request, "measure.html", status=errors.UNPROCESSABLE, view=_front(request).measuring.view(asker, measure, asked),
        answers=answers, errors=(problem,),
    )  # fmt: skip
