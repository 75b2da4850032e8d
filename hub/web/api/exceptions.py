"""Exceptions for a program that works with a person's own session: the same acts as the pages, as JSON.

Break-glass needs the same fresh confirmation of who one is: POST /api/v1/confirm, then within five minutes the act itself.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.errors import Refused
from hub.domain.exceptional import AskOverride, BreakTheGlass
from hub.domain.exceptions import Emergency, Told, Why
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Person, address_of, doorkeeper_of, tries_of

router = APIRouter(prefix="/api/v1")


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """An override as a program asks for it; empty lists are everything."""

    child: str
    hours: int
    reason: Why
    told: Told
    why: str
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class Glass(Struct, frozen=True, forbid_unknown_fields=True):
    """Break-glass as a program asks for it."""

    child: str
    reason: Emergency
    why: str
    acknowledged: bool = False


class Again(Struct, frozen=True, forbid_unknown_fields=True):
    """What shows again who one is: in a demonstration, one's own staff id."""

    account: str


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done about one exception: agree, decline, end or review."""

    step: str
    why: str = ""
    outcome: str = ""


class Family(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of somebody's looks at their own family, or out of hours, up to this position of the ledger."""

    staff: str
    until: int
    outcome: str


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/exceptions")
def overview(request: Request, asker: CurrentAsker) -> Response:
    """What waits, works and is to be gone through."""
    return answer(_front(request).exceptions.overview(asker))


@router.get("/exceptions/{address}")
def one(request: Request, asker: CurrentAsker, address: str) -> Response:
    """One exception."""
    return answer(_front(request).exceptions.one(asker, address))


@router.post("/confirm")
def confirm(request: Request, who: Person, again: Annotated[Again, Depends(body(Again))]) -> Response:
    """Show again who one is."""
    tries, address = tries_of(request), address_of(request)
    tries.check(address, f"confirm {who.account.staff}")
    if not doorkeeper_of(request).step_up(request, who, again.account):
        tries.failed(address, f"confirm {who.account.staff}")
        raise Refused("This is somebody else: give what shows who you are", "account")
    return Response(status_code=errors.NO_CONTENT)


@router.post("/exceptions/override")
def ask(request: Request, who: Person, wish: Annotated[Wish, Depends(body(Wish))]) -> Response:
    """Ask for an override; its address."""
    asked = AskOverride(
        child=wish.child, organisations=wish.organisations, categories=wish.categories, hours=wish.hours,
        reason=wish.reason, told=wish.told, why=wish.why, by=who.asker.staff,
    )  # fmt: skip
    return JSONResponse({"exception": _front(request).exceptions.ask(who.asker, asked)}, errors.ACCEPTED)


@router.post("/exceptions/break-glass")
def break_glass(request: Request, who: Person, glass: Annotated[Glass, Depends(body(Glass))]) -> Response:
    """Break the glass; its address."""
    wish = BreakTheGlass(
        child=glass.child, reason=glass.reason, why=glass.why, acknowledged=glass.acknowledged, by=who.asker.staff,
        roles=(), confirmed_at=who.session.confirmed,
    )  # fmt: skip
    return JSONResponse({"exception": _front(request).exceptions.break_glass(who.asker, wish)}, errors.ACCEPTED)


@router.post("/exceptions/family")
def family(request: Request, who: Person, looks: Annotated[Family, Depends(body(Family))]) -> Response:
    """Say what came of one person's looks at their own family, up to a position of the ledger; what is left."""
    front = _front(request)
    front.exceptions.review_family(who.asker, looks.staff, looks.until, looks.outcome)
    return answer(front.exceptions.overview(who.asker))


@router.post("/exceptions/night")
def night(request: Request, who: Person, looks: Annotated[Family, Depends(body(Family))]) -> Response:
    """Say what came of what one person read out of hours for contacts, up to a position of the ledger; what is left."""
    front = _front(request)
    front.exceptions.review_nights(who.asker, looks.staff, looks.until, looks.outcome)
    return answer(front.exceptions.overview(who.asker))


@router.post("/exceptions/{address}")
def respond(request: Request, who: Person, address: str, step: Annotated[Step, Depends(body(Step))]) -> Response:
    """Agree, decline (or take back), end, or say what came of going through it; how it stands then."""
    front = _front(request)
    match step.step:
        case "agree":
            front.exceptions.agree(who.asker, address)
        case "decline":
            front.exceptions.decline(who.asker, address, step.why)
        case "end":
            front.exceptions.end(who.asker, address)
        case "review":
            front.exceptions.review(who.asker, address, step.outcome, step.why)
        case _:
            raise Refused("Give a step of the list: agree, decline, end or review", "step")
    return answer(front.exceptions.one(who.asker, address))
