"""Policies for a program that works with a person's own session: what /policies shows and does, as JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import Response

from hub.domain.errors import NotFound
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")
signing = APIRouter(prefix="/api/v1")


class Tick(Struct, frozen=True, forbid_unknown_fields=True):
    """The text that was read, by its digest; `take_back` takes one's own tick back."""

    digest: str
    take_back: bool = False


class OfDraft(Struct, frozen=True, forbid_unknown_fields=True):
    """The draft that was read, by its whole hash, and from when it is to be effective (with a time zone; none: now)."""

    content_hash: str
    effective_from: datetime | None = None


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/policies")
def overview(request: Request, asker: CurrentAsker) -> Response:
    """The register, the draft and who signed it, the editions."""
    return answer(_front(request).governing.policies(asker))


@router.get("/policies/compare")
def compare(
    request: Request, asker: CurrentAsker, before: Annotated[str, Query(max_length=9)],
    after: Annotated[str, Query(max_length=9)],
) -> Response:  # fmt: skip
    """What one edition, or "draft", opens and closes beside another."""
    governing = _front(request).governing
    if not {before, after} <= {"draft", *(str(one.number) for one in governing.editions())}:
        raise NotFound("compare editions by their numbers, or the draft")
    return answer(governing.compare(before, after, asker))


@router.get("/policies/then-and-now/{position}")
def then_and_now(request: Request, asker: CurrentAsker, position: int) -> Response:
    """A look as the edition of its time ruled it, with today's answer beside it."""
    return answer(_front(request).governing.then_and_now(asker, position))


@signing.post("/policies/one/{policy}/tick")
def tick(request: Request, asker: CurrentAsker, policy: str, said: Annotated[Tick, Depends(body(Tick))]) -> Response:
    """Tick one policy's exact text; how it stands then."""
    governing = _front(request).governing
    governing.tick(asker, policy, said.digest, take_back=said.take_back)
    return answer(governing.policy(asker, policy))


@signing.post("/policies/sign")
def sign(request: Request, asker: CurrentAsker, said: Annotated[OfDraft, Depends(body(OfDraft))]) -> Response:
    """Sign the draft; the role in which it was signed."""
    return answer(_front(request).governing.sign(asker, said.content_hash, said.effective_from))


@signing.post("/policies/publish")
def publish(request: Request, asker: CurrentAsker, said: Annotated[OfDraft, Depends(body(OfDraft))]) -> Response:
    """Publish the draft as the next edition."""
    return answer(_front(request).governing.publish(asker, said.content_hash, said.effective_from), 201)
