"""The access ledger and letters to families, for a program that works with a person's own session."""

import csv
import io
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.errors import Refused
from hub.domain.letter import How, Recipient
from hub.views.lettering import Lettering, PrepareLetter
from hub.views.models import LedgerRow
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Person

letters = APIRouter(prefix="/api/v1")
ledger = APIRouter(prefix="/api/v1")
COLUMNS = (
    "position", "asked_at", "staff", "role", "organisation", "purpose", "ground", "child", "children", "enquiry", "shown",
    "withheld", "edition", "policies",
)  # fmt: skip


class Prepare(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter; `to` "" is the child."""

    child: str
    recipient: Recipient
    how: How
    verified_on: date
    to: str = ""
    verified_by: str = ""


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done about a letter: review (with `checks`), refuse (with a reason) or print."""

    step: str
    checks: tuple[str, ...] = ()
    reason: str = ""


def _ask(request: Request) -> Lettering:
    front: Front = request.app.state.front
    return front.lettering


@letters.get("/letters")
def register(request: Request, asker: CurrentAsker) -> Response:
    """The letters, as far as one may know of them."""
    return answer(_ask(request).register(asker))


@letters.post("/letters")
def prepare(request: Request, who: Person, wish: Annotated[Prepare, Depends(body(Prepare))]) -> Response:
    """Prepare a letter; its id."""
    wanted = PrepareLetter(
        child=wish.child, to=wish.to or wish.child, recipient=wish.recipient, how=wish.how, verified_on=wish.verified_on,
        verified_by=wish.verified_by,
    )  # fmt: skip
    return JSONResponse({"letter": _ask(request).prepare(who.asker, wanted)}, errors.ACCEPTED)


@letters.get("/letters/{letter}")
def show(request: Request, asker: CurrentAsker, letter: str) -> Response:
    """One letter as it reads."""
    return answer(_ask(request).show(asker, letter))


@letters.post("/letters/{letter}")
def act(request: Request, who: Person, letter: str, step: Annotated[Step, Depends(body(Step))]) -> Response:
    """Review it, keep it back or print it; how it stands then."""
    ask = _ask(request)
    if step.step == "review":
        ask.review(who.asker, letter, step.checks)
    elif step.step == "refuse":
        ask.refuse(who.asker, letter, step.reason)
    elif step.step == "print":
        ask.put_to_paper(who.asker, letter)
    else:
        raise Refused("Give a step of the list: review, refuse or print", "step")
    return answer(ask.show(who.asker, letter))


Child = Annotated[str, Query(max_length=80)]
Before = Annotated[int, Query(ge=0, le=2**53)]


@ledger.get("/ledger")
def looks(request: Request, asker: CurrentAsker, child: Child = "", before: Before = 0) -> Response:
    """Who has looked, in codes; a page of 100, `older` is where the next begins (0: no more)."""
    front: Front = request.app.state.front
    return answer(front.ledger_of(asker, child, before))


@ledger.get("/ledger.csv")
def as_table(request: Request, asker: CurrentAsker, child: Child = "", before: Before = 0) -> Response:
    """The same as CSV."""
    front: Front = request.app.state.front
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in front.ledger_of(asker, child, before).rows)
    held = {"content-disposition": 'attachment; filename="ledger.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=held)


@ledger.get("/ledger/replay/{position}")
def again(request: Request, asker: CurrentAsker, position: int) -> Response:
    """One look put again to the edition of its time; nothing is opened."""
    front: Front = request.app.state.front
    return answer(front.replaying.replay(asker, position))


@ledger.get("/ledger/editions/{child}")
def editions(request: Request, asker: CurrentAsker, child: str) -> Response:
    """The looks at one child by edition, opened and not opened."""
    front: Front = request.app.state.front
    return answer({"editions": front.replaying.by_edition(asker, child)})


def _cells(row: LedgerRow) -> list[object]:
    values = [getattr(row, name) for name in COLUMNS]
    return [
        " ".join(one) if isinstance(one, tuple) else one.isoformat() if hasattr(one, "isoformat") else one
        for one in values
    ]
