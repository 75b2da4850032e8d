"""People restricted before anybody speaks of them, for a program that works with a person's own session."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.errors import Refused
from hub.domain.message import Person as Described
from hub.domain.protected import Because
from hub.views.protecting import ProtectingPeople
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Person

router = APIRouter(prefix="/api/v1")


class Declare(Struct, frozen=True, forbid_unknown_fields=True):
    """A declaration; `readers` are staff ids, for a councillor's family alone."""

    because: Because
    person: Described
    adult: bool = False
    readers: tuple[str, ...] = ()


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done about one declaration: agree, end, confirm, lift (`why`); doubt, part or keep a `person` whom it met."""

    step: str
    person: str = ""
    why: str = ""


def _ask(request: Request) -> ProtectingPeople:
    front: Front = request.app.state.front
    return front.protecting


@router.get("/protected")
def register(request: Request, asker: CurrentAsker) -> Response:
    """What was declared, as far as one may know of it."""
    return answer(_ask(request).register(asker))


@router.post("/protected")
def declare(request: Request, who: Person, wish: Annotated[Declare, Depends(body(Declare))]) -> Response:
    """Declare somebody; the declaration's id."""
    ident = _ask(request).declare(who.asker, wish.because, wish.person, wish.readers, grown=wish.adult)
    return JSONResponse({"declaration": ident}, errors.ACCEPTED)


@router.post("/protected/{declaration}")
def respond(request: Request, who: Person, declaration: str, step: Annotated[Step, Depends(body(Step))]) -> Response:
    """Agree, confirm, lift or end it, or say that a match is wrong; what was declared then."""
    ask = _ask(request)
    match step.step:
        case "agree":
            ask.agree(who.asker, declaration)
        case "end":
            ask.end(who.asker, declaration)
        case "confirm":
            ask.confirm(who.asker, declaration)
        case "lift":
            ask.lift(who.asker, declaration, step.why)
        case "doubt":
            ask.doubt(who.asker, declaration, step.person)
        case "part":
            ask.part(who.asker, declaration, step.person)
        case "keep":
            ask.keep(who.asker, declaration, step.person)
        case _:
            raise Refused("Give a step of the list: agree, end, confirm, lift, doubt, part or keep", "step")
    return answer(ask.register(who.asker))
