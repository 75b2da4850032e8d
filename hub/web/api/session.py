"""Who is signed in, for a program that works with a person's own session: what it may do, and the token that it sends
with whatever changes something (header `mash-form-token`), as a page's form does.
"""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from hub.domain.staff import ROLES
from hub.web.guards import Person, doorkeeper_of

router = APIRouter(prefix="/api/v1")


@router.get("/session")
def session(request: Request, who: Person) -> JSONResponse:
    """The signed-in person's roles and permissions, and the token of this session."""
    may = sorted({one for role in who.account.roles if role in ROLES for one in ROLES[role].may})
    token = doorkeeper_of(request).form_token(who.session)
    return JSONResponse({"staff": who.asker.staff, "roles": list(who.asker.roles), "may": may, "token": token})
