"""Offers of help and the directory of services for programs: the pages' acts, as JSON; an organisation's own program declares
its own services alone.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import Response

from hub.domain.offer import MakeOffer
from hub.domain.service import Declare
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Organisation

of_child = APIRouter(prefix="/api/v1")
services = APIRouter(prefix="/api/v1")
organisations = APIRouter(prefix="/api/v1")
Age = Annotated[int | None, Query(ge=0, le=99)]
Place = Annotated[str, Query(max_length=80)]


class OfferBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `make` service or organisation, to, level, words; `accept` offer, who; `decline` offer, who, reason,
    words; `disengage` offer, words; `end` offer, how, words; `follow` offer, next, words.
    """

    offer: str = ""
    service: str = ""
    organisation: str = ""
    to: tuple[str, ...] = ()
    level: int | None = None
    who: str = ""
    reason: str = ""
    how: str = ""
    next: str = ""
    words: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@of_child.get("/children/{child}/offers")
def offers(request: Request, asker: CurrentAsker, child: str) -> Response:
    """What a child's family was offered."""
    return answer(_front(request).offering.view(asker, child))


@of_child.post("/children/{child}/offers/{step}")
def act(
    request: Request, asker: CurrentAsker, child: str,
    step: Literal["make", "accept", "decline", "disengage", "end", "follow"],
    said: Annotated[OfferBody, Depends(body(OfferBody))],
) -> Response:  # fmt: skip
    """One step, and how the offers stand then."""
    asked = _front(request).offering
    wish = MakeOffer(
        child=child,
        service=said.service,
        organisation=said.organisation,
        to=said.to,
        level=said.level,
        words=said.words,
    )
    steps: dict[str, Callable[[], object]] = {
        "make": lambda: asked.make(asker, wish),
        "accept": lambda: asked.accept(asker, child, said.offer, said.who),
        "decline": lambda: asked.decline(asker, child, said.offer, said.who, said.reason, said.words),
        "disengage": lambda: asked.disengage(asker, child, said.offer, said.words),
        "end": lambda: asked.end(asker, child, said.offer, said.how, said.words),
        "follow": lambda: asked.follow(asker, child, said.offer, said.next, said.words),
    }
    steps[step]()
    return answer(asked.view(asker, child))


@services.get("/services")
def directory(
    request: Request, asker: CurrentAsker, *, age: Age = None, level: Age = None, locality: Place = ""
) -> Response:
    """The services that there are, or those for an age, a level, a locality."""
    return answer(_front(request).directory.page(asker, age=age, level=level, locality=locality))


@services.post("/services")
def declare(request: Request, asker: CurrentAsker, said: Annotated[Declare, Depends(body(Declare))]) -> Response:
    """A person says how a service stands."""
    return answer(_front(request).directory.declare(asker, said))


@organisations.post("/organisations/services")
def declare_own(
    request: Request, organisation: Organisation, said: Annotated[Declare, Depends(body(Declare))]
) -> Response:
    """A program says how a service of its own organisation stands."""
    return answer(_front(request).directory.declare_own(organisation, said))
