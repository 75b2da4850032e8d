"""POST /api/v1/concerns: one message of an organisation in, a receipt out; the same path as every other way in.

A fault is answered with problem details that name the field and never repeat its value.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, Message
from hub.domain.message_rules import check_outside
from hub.web import errors
from hub.web.errors import Forbidden, NotUnderstood
from hub.web.front import Front
from hub.web.guards import Organisation

router = APIRouter(prefix="/api/v1")

MEDIA = "application/json"
FIELD_NAME = re.compile(r"[a-z_]{1,40}", re.ASCII)  # what looks like a field's name: anything else is the sender's text


@router.post("/concerns")
async def publish(request: Request, organisation: Organisation) -> JSONResponse:
    """Take one message, in the shape of its schema with its type and id beside the fields; 202 with the receipt.

    `{"type": "mash.concern-raised.v1", "id": <UUID>, …}`. The same id again is harmless: it goes on record once. The
    front desk numbers and signs it on the organisation's behalf.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA:
        raise NotUnderstood("Send JSON, with content type application/json.", "content-type")
    identity, message = read(await request.body(), organisation)
    if message.organisation != organisation:
        raise Forbidden("This credential publishes for its own organisation: see the field organisation.")
    front: Front = request.app.state.front
    (receipt,) = await run_in_threadpool(front.publish, [(identity, message)])
    body = {"id": receipt.id, "position": receipt.position, "received": receipt.received.isoformat()}
    return JSONResponse(body, errors.ACCEPTED)


@router.get("/schemas")
def schemas() -> JSONResponse:
    """The kinds of message, with their fields as JSON Schema (2020-12)."""
    return JSONResponse({kind: msgspec.json.schema(shape) for kind, shape in KINDS.items()})


def read(body: bytes, organisation: str) -> tuple[str, Message]:
    """Id and message of a body; raises NotUnderstood for what is no JSON object, BadMessage naming the field."""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotUnderstood("The body is not JSON: send one object.", "body") from None
    if not isinstance(given, dict):
        raise NotUnderstood("Send one JSON object: type, id, and the fields of the message.", "body")
    if twice := given_twice(body):  # a reader takes the last and says nothing: of two NHS numbers, whichever came last
        raise BadMessage("given_twice", "send the one that holds", twice)
    kind, identity = given.get("type"), given.get("id")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadMessage("unknown_type", "GET /api/v1/schemas lists the kinds of message", "type")
    try:
        identity = str(UUID(identity if isinstance(identity, str) else ""))
    except ValueError:
        raise BadMessage("malformed_id", "give a random UUID, and keep it to send again", "id") from None
    said = {name: value for name, value in given.items() if name not in {"type", "id"}}
    said.setdefault("organisation", organisation)
    said.setdefault("source_sequence", 0)  # the front desk numbers it, whatever stands there
    try:
        message = msgspec.convert(said, KINDS[kind], strict=True)
    except msgspec.ValidationError as invalid:
        raise _explained(str(invalid)) from None
    stray = stray_field(said, msgspec.to_builtins(message), "")
    if stray:  # a misspelt field must not be lost without a word
        raise BadMessage("unknown_field", "this kind of message has no such field: GET /api/v1/schemas", stray)
    check_outside(message)
    return identity, message


def _explained(text: str) -> BadMessage:
    """What msgspec found, without the value that it may quote."""
    found = re.search(r" - at `\$(.*)`$", text)
    where = found.group(1).lstrip(".") if found else ""
    missing = re.search(r"missing required field `([a-z_]+)`", text)
    if missing:
        return BadMessage("missing_field", "send it", f"{where}.{missing.group(1)}".lstrip("."))
    if text.startswith("Invalid enum value"):
        return BadMessage("unknown_value", "use one of the values that the schema lists", where)
    expected = re.match(r"Expected `([a-z |]+)`", text)
    return BadMessage("wrong_type", f"send {expected.group(1)}" if expected else "see GET /api/v1/schemas", where)


def given_twice(text: bytes | str) -> str:
    """The name of a field that an object of this JSON gives twice; "" where none does."""
    twice = ""

    def seen(pairs: list[tuple[str, Any]]) -> None:
        nonlocal twice
        names = [name for name, _ in pairs]
        if not twice and len(set(names)) != len(names):
            name = next(one for number, one in enumerate(names) if one in names[:number])
            twice = name if FIELD_NAME.fullmatch(name) else "a name that is no field's"

    json.loads(text, object_pairs_hook=seen)
    return twice


def stray_field(given: Any, known: Any, where: str) -> str:
    """The path of the first field in `given` that the typed message does not have; "" when there is none."""
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        for number, name in enumerate(given):
            if name not in known:
                # a field's own name is the sender's text: shown only where it looks like one
                shown = name if isinstance(name, str) and FIELD_NAME.fullmatch(name) else f"[{number}]"
                return f"{where}.{shown}".lstrip(".")
            found = stray_field(given[name], known[name], f"{where}.{name}".lstrip("."))
            if found:
                return found
    if isinstance(given, list) and isinstance(known, list | tuple):
        for number, (each, other) in enumerate(zip(given, known, strict=False)):
            found = stray_field(each, other, f"{where}[{number}]")
            if found:
                return found
    return ""
