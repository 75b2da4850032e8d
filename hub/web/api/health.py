"""For whoever watches the hub: is it alive, is it ready. Names of parts and yes or no, nothing about anybody."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from hub.web import errors
from hub.web.front import Front

router = APIRouter()


@router.get("/health")
def health() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/ready")
def ready(request: Request) -> JSONResponse:
    """Every part that pages and publishers need is well, else 503 and which one is not."""
    front: Front = request.app.state.front
    parts = dict(front.ready())
    well = all(state == "ok" for state in parts.values())
    body = {"status": "ready" if well else "not ready", "parts": parts}
    return JSONResponse(body, errors.OK if well else errors.NOT_READY)
