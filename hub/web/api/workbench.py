"""Practice audits, for a program that works with a person's own session: the pages' lists and acts, as JSON."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.views.workbench import Draw, Found, Judge
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class DrawSent(Struct, frozen=True, forbid_unknown_fields=True):
    """A sample to draw; `how` is random or risk_weighted."""

    how: str
    many: int
    first: date
    last: date
    auditor: str
    days: int = 28
    seed: str = ""


class JudgementSent(Struct, frozen=True, forbid_unknown_fields=True):
    """A second decision."""

    level: int
    outcome: str
    why: str


class FindingSent(Struct, frozen=True, forbid_unknown_fields=True):
    """A finding; owner and due together, or neither."""

    what: str
    why: str
    owner: str = ""
    due: date | None = None


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/practice-audits")
def audits(request: Request, asker: CurrentAsker) -> Response:
    """Every audit, and what findings ask for."""
    return answer(_front(request).workbench.page(asker))


@router.post("/practice-audits")
def draw(request: Request, asker: CurrentAsker, said: Annotated[DrawSent, Depends(body(DrawSent))]) -> JSONResponse:
    """Draw a sample."""
    wish = Draw(
        how=said.how,
        many=said.many,
        first=said.first,
        last=said.last,
        auditor=said.auditor,
        days=said.days,
        seed=said.seed,
    )
    return JSONResponse({"audit": _front(request).workbench.draw(asker, wish)})


@router.get("/practice-audits/{audit}")
def audit(request: Request, asker: CurrentAsker, audit: str) -> Response:
    """One audit, for its auditor."""
    return answer(_front(request).workbench.view(asker, audit))


@router.get("/practice-audits/{audit}/{number}")
def case(request: Request, asker: CurrentAsker, audit: str, number: int) -> Response:
    """One decision of it."""
    return answer(_front(request).workbench.case(asker, audit, number))


@router.post("/practice-audits/{audit}/{number}/judgement")
def judge(
    request: Request, asker: CurrentAsker, audit: str, number: int,
    said: Annotated[JudgementSent, Depends(body(JudgementSent))],
) -> JSONResponse:  # fmt: skip
    """Decide a second time, blind."""
    _front(request).workbench.judge(asker, audit, number, Judge(level=said.level, outcome=said.outcome, why=said.why))
    return JSONResponse({"audit": audit, "judged": number})


@router.post("/practice-audits/{audit}/{number}/findings")
def find(
    request: Request, asker: CurrentAsker, audit: str, number: int,
    said: Annotated[FindingSent, Depends(body(FindingSent))],
) -> JSONResponse:  # fmt: skip
    """Record a finding."""
    found = Found(what=said.what, why=said.why, owner=said.owner, due=said.due)
    return JSONResponse({"finding": _front(request).workbench.find(asker, audit, number, found)})
