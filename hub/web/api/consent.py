"""Consent and agreement for programs: the same answers as the pages, and an organisation's own notices.

Staff sign in, and send the session's form token beside JSON; an organisation's program shows its client credential.
"""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from hub.domain.family_wish import Wish, wish_of
from hub.views.models import Asker
from hub.views.models.consent import ConsentView, Preview
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import object_of
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Organisation

router = APIRouter(prefix="/api/v1/consent")
organisations = APIRouter(prefix="/api/v1/notices/consent")


@router.get("/{person}")
def view(request: Request, asker: CurrentAsker, person: str) -> Response:
    """What is on record of this person about sharing, and apart from it about services."""
    front: Front = request.app.state.front
    found: ConsentView = front.consents.view(asker, person)
    return answer(found)


@router.post("/{person}/preview")
async def preview(request: Request, asker: CurrentAsker, person: str) -> Response:
    """What rests on a consent that is about to be withdrawn; its `digest` goes with the withdrawal."""
    wish = _wish(person, await request.body(), what="withdrawn")
    front: Front = request.app.state.front
    found: Preview = await run_in_threadpool(front.consents.preview, asker, wish)
    return answer(found)


@router.post("/{person}")
async def record(request: Request, asker: CurrentAsker, person: str) -> Response:
    """Record one thing that a family said: the fields of `mash consent record`, times in ISO 8601 with an offset."""
    return await run_in_threadpool(_record, request, asker, _wish(person, await request.body()))


def _record(request: Request, asker: Asker, wish: Wish) -> Response:
    front: Front = request.app.state.front
    return answer(front.consents.say(asker, wish), int(errors.OK))


def _wish(person: str, body: bytes, **fixed: str) -> Wish:
    return wish_of({**object_of(body), **fixed, "person": person})


@organisations.get("")
def notices(request: Request, organisation: Organisation) -> Response:
    """The notices about consent to this organisation, those that wait first."""
    front: Front = request.app.state.front
    return answer(front.consents.notices_of(organisation))


@organisations.post("/{notice}/acknowledge")
def acknowledge(request: Request, organisation: Organisation, notice: str) -> Response:
    """Say that this organisation has stopped what rested on the consent."""
    front: Front = request.app.state.front
    front.consents.acknowledge_for(organisation, notice)
    return JSONResponse({"notice": notice, "state": "acknowledged"})
