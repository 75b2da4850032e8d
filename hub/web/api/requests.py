"""Requests, answers, releases and notices for programs: the same answers as the pages.

Staff sign in and send the session's form token beside JSON; an organisation's own program shows its client credential,
and reads what its organisation is asked and told.
"""

from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.domain.errors import Refused
from hub.domain.release import ReleaseItem
from hub.domain.request import Answer, AskParties
from hub.views.models import Asker
from hub.views.requesting import parse_party
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import object_of
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Organisation

front_door = APIRouter(prefix="/api/v1/enquiries")
own = APIRouter(prefix="/api/v1/own")
owner = APIRouter(prefix="/api/v1/releases")
organisations = APIRouter(prefix="/api/v1")

T = TypeVar("T")


# ------------------------------------------------------------------------------------------------------ the front door


@front_door.get("/{enquiry}/requests")
def requests(request: Request, asker: CurrentAsker, enquiry: str) -> Response:
    """The requests of a MASH enquiry, coverage, and how far asking has come."""
    front: Front = request.app.state.front
    return answer(front.requesting.page(asker, enquiry))


@front_door.post("/{enquiry}/requests")
async def ask(request: Request, asker: CurrentAsker, enquiry: str) -> Response:
    """Ask: {"parties": ["police", "school_a/school_a_primary_01"], "children", "purpose", "questions", "told", …}."""
    given = object_of(await request.body())
    parties = tuple(parse_party(one) for one in _texts(given, "parties"))
    rest = {name: value for name, value in given.items() if name not in {"parties", "enquiry", "by"}}
    wish = msgspec.structs.replace(
        _typed({**rest, "enquiry": enquiry, "parties": [], "by": asker.staff}, AskParties), parties=parties
    )
    front: Front = request.app.state.front
    made = await run_in_threadpool(front.requesting.ask, asker, wish)
    return answer({"requests": made}, int(errors.OK))


@front_door.post("/{enquiry}/not-asked")
async def not_asked(request: Request, asker: CurrentAsker, enquiry: str) -> Response:
    """Somebody is not asked: {"party": "housing", "reason": "heard_already"}."""
    given = object_of(await request.body())
    front: Front = request.app.state.front
    party, reason = parse_party(_text(given, "party")), _text(given, "reason")
    await run_in_threadpool(front.requesting.not_ask, asker, enquiry, party, reason)
    return answer({"enquiry": enquiry, "not_asked": str(party)})


@front_door.post("/{enquiry}/requests/{named}/{what}")
async def change(request: Request, asker: CurrentAsker, enquiry: str, named: str, what: str) -> Response:
    """`remind`, `withdraw` ({"reason"}), or `link`, whose answer holds link and code, this once."""
    given = object_of(await request.body())
    return await run_in_threadpool(_changed, request, asker, (enquiry, named, what), given)


def _changed(request: Request, asker: Asker, place: tuple[str, str, str], given: dict[str, Any]) -> Response:
    front: Front = request.app.state.front
    _, named, what = place
    match what:
        case "remind":
            front.requesting.remind(asker, named)
        case "withdraw":
            front.requesting.withdraw(asker, named, _text(given, "reason"))
        case "link":
            return answer(front.requesting.link(asker, named))
        case _:
            raise Refused("Send to remind, withdraw or link", "what")
    return answer({"request": named, "done": what})


@front_door.post("/{enquiry}/release/{said}")
async def ask_release(request: Request, asker: CurrentAsker, enquiry: str, said: str) -> Response:
    """Ask the owner to release: {"items", "organisations", "why"}."""
    given = object_of(await request.body())
    front: Front = request.app.state.front
    items, to, why = _texts(given, "items"), _texts(given, "organisations"), _text(given, "why")
    await run_in_threadpool(front.releasing.ask, asker, enquiry, said, items, to, why)
    return answer({"said": said, "asked": list(items)})


@front_door.get("/{enquiry}/release/{said}")
def to_ask_for(request: Request, asker: CurrentAsker, enquiry: str, said: str) -> Response:
    """What the MASH may ask an owner to release, item by item."""
    front: Front = request.app.state.front
    return answer(front.releasing.to_ask_for(asker, enquiry, said))


# ------------------------------------------------------------------------------------------------ the organisation's own


@own.get("/requests")
def inbox(request: Request, asker: CurrentAsker) -> Response:
    """What the asker's own organisation is asked and told."""
    front: Front = request.app.state.front
    return answer(front.replying.inbox(asker))


@own.get("/requests/{named}")
def one(request: Request, asker: CurrentAsker, named: str) -> Response:
    """One request, with the words that the asker may read."""
    front: Front = request.app.state.front
    return answer(front.replying.request(asker, named))


@own.post("/requests/{named}/answer")
async def reply(request: Request, asker: CurrentAsker, named: str) -> Response:
    """An answer: {"result": "provided", "words": …}, "searched_none_held", or "refused" with its reason."""
    given = _typed(object_of(await request.body()), Answer)
    front: Front = request.app.state.front
    result = await run_in_threadpool(front.replying.answer, asker, named, given)
    return answer({"request": named, "result": result})


@own.post("/notices/{notice}/acknowledge")
def acknowledge(request: Request, asker: CurrentAsker, notice: str) -> Response:
    """Say that a notice is here."""
    front: Front = request.app.state.front
    front.replying.acknowledge(asker, notice)
    return answer({"notice": notice, "acknowledged": True})


@owner.get("")
def releases(request: Request, asker: CurrentAsker) -> Response:
    """What is asked for, what is released, and what was said lately."""
    front: Front = request.app.state.front
    return answer(front.releasing.page(asker))


@owner.get("/{said}")
def item_by_item(request: Request, asker: CurrentAsker, said: str) -> Response:
    """One thing that one's own organisation said, item by item."""
    front: Front = request.app.state.front
    return answer(front.releasing.said(asker, said))


@owner.post("/{said}/{what}")
async def decide(request: Request, asker: CurrentAsker, said: str, what: str) -> Response:
    """`release` {"item", "organisations", "conditions", "warned"}, `not-give` or `withdraw` {"item", "reason"}."""
    given = object_of(await request.body())
    return await run_in_threadpool(_decided, request, asker, (said, what), given)


def _decided(request: Request, asker: Asker, place: tuple[str, str], given: dict[str, Any]) -> Response:
    front: Front = request.app.state.front
    said, what = place
    match what:
        case "release":
            front.releasing.release(asker, said, _typed({**given, "by": asker.staff}, ReleaseItem))
        case "not-give":
            front.releasing.not_give(asker, _text(given, "item"), _text(given, "reason"))
        case "withdraw":
            to = _texts(given, "organisations") if "organisations" in given else ()
            front.releasing.withdraw(asker, _text(given, "item"), to, _text(given, "reason"))
        case _:
            raise Refused("Send to release, not-give or withdraw", "what")
    return answer({"said": said, "done": what})


# ------------------------------------------------------------------------------------------------ their own programs


@organisations.get("/requests")
def asked(request: Request, organisation: Organisation) -> Response:
    """The requests that wait for this organisation."""
    front: Front = request.app.state.front
    return answer(front.replying.of_client(organisation))


@organisations.get("/requests/{named}")
def asked_one(request: Request, organisation: Organisation, named: str) -> Response:
    """One request to this organisation."""
    front: Front = request.app.state.front
    return answer(front.replying.client_request(organisation, named))


@organisations.post("/requests/{named}/answer")
async def answered(request: Request, organisation: Organisation, named: str) -> Response:
    """An answer, as above; whoever was asked by a setting answers for it."""
    given = _typed(object_of(await request.body()), Answer)
    front: Front = request.app.state.front
    result = await run_in_threadpool(front.replying.client_answer, organisation, named, given)
    return answer({"request": named, "result": result})


@organisations.get("/notices")
def told(request: Request, organisation: Organisation) -> Response:
    """What this organisation was told, newest first."""
    front: Front = request.app.state.front
    return answer(front.replying.client_notices(organisation))


@organisations.post("/notices/{notice}/acknowledge")
def acknowledged(request: Request, organisation: Organisation, notice: str) -> Response:
    """The organisation has this notice; a second time changes nothing."""
    front: Front = request.app.state.front
    front.replying.client_acknowledge(organisation, notice)
    return answer({"notice": notice, "acknowledged": True})


# ------------------------------------------------------------------------------------------------------------ the JSON


def _typed(given: dict[str, Any], kind: type[T]) -> T:
    """What was sent as what it should be. Raises Refused naming a field that is missing, wrong or unknown."""
    known = getattr(kind, "__struct_fields__", ())
    if strange := sorted(set(given) - set(known)):
        named = strange[0] if strange[0].isidentifier() and len(strange[0]) < 40 else "a name that is no field's"
        raise Refused(f"There is no field {named}: see docs/requests.md", "body")
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as wrong:
        where = str(wrong).partition(" - at `$.")[2].rstrip("`")
        missing = str(wrong).partition("missing required field `")[2].rstrip("`")
        raise Refused(f"Send {missing or where or 'the fields'} as docs/requests.md says", missing or where) from None


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise Refused(f"Send {name} as text", name)
    return value


def _texts(given: dict[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused(f"Send {name} as a list of texts", name)
    return tuple(value)
