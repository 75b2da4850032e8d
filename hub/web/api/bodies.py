"""JSON bodies that programs send: read into a typed shape, or refused naming the field and repeating nothing of them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from fastapi import Request
from msgspec import Struct

from hub.domain.errors import BadMessage, Refused

Body = TypeVar("Body", bound=Struct)


def body(kind: type[Body]) -> Callable[[Request], Awaitable[Body]]:
    """A dependency that reads a body of these fields. Raises BadMessage."""

    async def read(request: Request) -> Body:
        try:
            return msgspec.json.decode(await request.body() or b"{}", type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            field = str(wrong).rpartition("$.")[2].rstrip("`") if "$." in str(wrong) else ""
            told = f"send JSON with the fields {', '.join(kind.__struct_fields__)}"
            raise BadMessage("unreadable", told, field) from None

    return read


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, {} for none. Raises Refused for anything else; what was sent is not repeated."""
    if not body.strip():
        return {}
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("Send one JSON object", "body") from None
    if not isinstance(given, dict):
        raise Refused("Send one JSON object", "body")
    return given
