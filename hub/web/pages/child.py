"""The picture of a child: what each organisation said or did not say, in order, with what is withheld and why."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub.web.errors import see_other
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()


@router.get("/child/{child}")
def picture(
    request: Request, asker: CurrentAsker, child: str, enquiry: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """One child, as this person may see it now. Each look is decided anew and goes on the ledger.

    Who asks for one that was found to be another is sent on to the one that stayed.
    """
    front: Front = request.app.state.front
    shown = front.picture(asker, child, enquiry)
    if shown.child != child:
        here = request.url.path.removesuffix(child)
        asked = f"?{urlencode({'enquiry': enquiry})}" if enquiry else ""
        return see_other(f"{here}{shown.child}{asked}")
    looks = front.ledger_of(asker, child).rows if shown.may_see_ledger else ()
    worries = sum(1 for entry in shown.chronology if entry.kind == "worry")
    strengths = sum(1 for entry in shown.chronology if entry.kind == "strength")
    unheard = sum(1 for row in shown.coverage if row.state in {"no_answer", "not_asked", "refused", "withheld"})
    return renderer_of(request).page(
        request, "child.html", picture=shown, looks=looks, worries=worries, strengths=strengths, unheard=unheard
    )
