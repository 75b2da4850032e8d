"""For whoever watches the hub: is it alive, is it ready. Names of parts and yes or no, nothing about anybody."""

import logging

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from hub.web import errors
from hub.web.front import Front

log = logging.getLogger("hub.web")
GOES_ON = frozenset({"edition"})  # a fault that is shown and rings, while everything goes on: no reason to take it down
router = APIRouter()


@router.get("/health")
def health() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/ready")
def ready(request: Request) -> JSONResponse:
    """Every part that pages and publishers need is well, else 503 and which one is not."""
    front: Front = request.app.state.front
    found = front.ready()
    for part, state in found.items():
        if state != "ok":
            log.warning("not ready: %s: %s", part, state)  # what a part says of itself names hosts and accounts
    parts = {part: "ok" if state == "ok" else "not ok: see the hub's log" for part, state in found.items()}
    well = all(state == "ok" for part, state in parts.items() if part not in GOES_ON)
    body = {"status": "ready" if well else "not ready", "parts": parts}
    return JSONResponse(body, errors.OK if well else errors.NOT_READY)
