"""Releasing: what an owner's staff are asked for, what they released, and one thing said, item by item.

No button answers for several items at once, and nothing is chosen beforehand.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.release import ReleaseItem
from hub.views.models import Asker
from hub.views.models.requests import SaidView
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

owner = APIRouter()
asking = APIRouter()


@owner.get("/releases")
def releases(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What is asked for, what is released, and what was said lately."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "releases.html", view=front.releasing.page(asker))


def _said(
    request: Request,
    view: SaidView,
    where: str,
    back: str,
    answers: Answers = NOTHING,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "release.html", status=errors.UNPROCESSABLE if problems else errors.OK, view=view, where=where, back=back,
        answers=answers, errors=tuple(problems),
    )  # fmt: skip


@owner.get("/releases/{said}")
def item_by_item(request: Request, asker: CurrentAsker, said: str) -> HTMLResponse:
    """One thing that one's own organisation said."""
    front: Front = request.app.state.front
    return _said(request, front.releasing.said(asker, said), f"/releases/{said}", "/releases")


@owner.post("/releases/{said}")
def decide(request: Request, asker: CurrentAsker, said: str, sent: Sent) -> Response:
    """Release one item, do not release it, or close it again."""
    front: Front = request.app.state.front
    number, item = sent.text("number"), sent.text("item")
    try:
        match sent.text("step"):
            case "release":
                front.releasing.release(asker, said, _wish(sent, asker, number))
            case "not_give":
                front.releasing.not_give(asker, item, sent.text(f"not-{number}"))
            case "withdraw":
                front.releasing.withdraw(asker, item, (), sent.text(f"why-{number}"))
            case _:
                return errors.see_other(f"/releases/{said}")
    except Refused as refused:
        problem = as_problem(refused)
        field = {"reason": "why" if sent.text("step") == "withdraw" else "not"}.get(problem.field, problem.field)
        view = front.releasing.said(asker, said)
        return _said(
            request, view, f"/releases/{said}", "/releases", sent, [Problem(f"{field}-{number}", problem.text)]
        )
    return errors.see_other(f"/releases/{said}")


def _wish(sent: Answers, asker: Asker, number: str) -> ReleaseItem:
    return ReleaseItem(
        item=sent.text("item"), organisations=sent.ticked(f"organisations-{number}"),
        conditions=sent.ticked(f"conditions-{number}"), warned=sent.ticked(f"warned-{number}") == ("yes",), by=asker.staff,
    )  # fmt: skip


@asking.get("/enquiry/{enquiry}/release/{said}")
def to_ask_for(request: Request, asker: CurrentAsker, enquiry: str, said: str) -> HTMLResponse:
    """What the MASH may ask an owner to release, item by item."""
    front: Front = request.app.state.front
    view = front.releasing.to_ask_for(asker, enquiry, said)
    return _said(request, view, f"/enquiry/{enquiry}/release/{said}", f"/enquiry/{enquiry}")


@asking.post("/enquiry/{enquiry}/release/{said}")
def ask(request: Request, asker: CurrentAsker, enquiry: str, said: str, sent: Sent) -> Response:
    """Ask the owner."""
    front: Front = request.app.state.front
    wanted, to = sent.ticked("items"), sent.ticked("organisations")
    try:
        front.releasing.ask(asker, enquiry, said, wanted, to, sent.text("why"))
    except Refused as refused:
        view, place = front.releasing.to_ask_for(asker, enquiry, said), f"/enquiry/{enquiry}"
        problem = as_problem(refused)
        field = "item-1" if problem.field == "items" else problem.field
        return _said(request, view, f"{place}/release/{said}", place, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/enquiry/{enquiry}/requests")
