"""Pages and files that hold nothing of anybody: style, help, and how accessible this is. They need no sign-in."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.web.render import renderer_of
from hub.web.static import static_file

router = APIRouter()


@router.get("/static/{path:path}")
def static(request: Request, path: str) -> Response:
    """A style sheet or script, at the address that holds its hash."""
    return static_file(request, path)


@router.get("/accessibility")
def accessibility(request: Request) -> HTMLResponse:
    """The accessibility statement (The Public Sector Bodies Accessibility Regulations 2018)."""
    return renderer_of(request).page(request, "accessibility.html")


@router.get("/help")
def explain(request: Request) -> HTMLResponse:
    """What the words on the pages mean, and what the hub does not do."""
    return renderer_of(request).page(request, "help.html")
