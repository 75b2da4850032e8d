"""Offers of help on a child's own page, and the directory of services, which is about nobody."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.offer import MakeOffer
from hub.domain.service import Declare
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

of_child = APIRouter()
services = APIRouter()
FIELDS = ("who", "reason", "how", "next")  # of a form that is on the page once for each offer


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "offers.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).offering.view(asker, child), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@of_child.get("/child/{child}/offers")
def offers(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """What a child's family was offered."""
    return _page(request, asker, child)


@of_child.post("/child/{child}/offers")
def act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Offer help, or record what became of an offer."""
    asked, offer, number = _front(request).offering, sent.text("offer"), sent.text("number")

    def said(field: str) -> str:
        return sent.text(f"{field}-{number}")

    steps: dict[str, Callable[[], object]] = {
        "make": lambda: asked.make(
            asker,
            MakeOffer(
                child=child, service=sent.text("service"), organisation=sent.text("organisation"), to=sent.ticked("to"),
                words=sent.text("what"),
            ),
        ),
        "accept": lambda: asked.accept(asker, child, offer, said("who")),
        "decline": lambda: asked.decline(asker, child, offer, said("who"), said("reason"), said("words")),
        "disengage": lambda: asked.disengage(asker, child, offer, said("words")),
        "end": lambda: asked.end(asker, child, offer, said("how"), said("words")),
        "follow": lambda: asked.follow(asker, child, offer, said("next"), said("words")),
    }  # fmt: skip
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        field = f"{problem.field}-{number}" if number and problem.field in FIELDS else problem.field
        return _page(request, asker, child, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/child/{child}/offers")


@services.get("/services")
def directory(
    request: Request, asker: CurrentAsker, *, age: Annotated[str, Query(max_length=2)] = "",
    level: Annotated[str, Query(max_length=2)] = "", locality: Annotated[str, Query(max_length=80)] = "",
) -> HTMLResponse:  # fmt: skip
    """The services that there are, or those for an age, a level, a locality: codes about nobody."""
    return _directory(request, asker, Answers({"age": age, "level": level, "locality": locality}, {}))


def _directory(
    request: Request, asker: Asker, asked: Answers, sent: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front = _front(request)
    view = front.directory.page(
        asker, age=asked.number("age"), level=asked.number("level"), locality=asked.text("locality")
    )
    return renderer_of(request).page(
        request, "services.html", status=errors.UNPROCESSABLE if problems else errors.OK, view=view, asked=asked,
        answers=sent, errors=tuple(problems),
    )  # fmt: skip


@services.post("/services")
def declare(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Say how a service stands."""
    given = {name: _whole(sent, name) for name in ("from_age", "upto_age", "places", "waiting_days")}
    levels = [one for one in sent.ticked("levels") if one.isdigit()]
    new = sent.text("step") == "new"
    wish = Declare(
        service=sent.text("service"), organisation=sent.text("organisation"),
        name=sent.text("name") if new else None, what=sent.text("what") if new else None,
        levels=tuple(map(int, levels)) if new else None, localities=sent.ticked("localities") if new else None,
        open=sent.text("step") != "close", **given,
    )  # fmt: skip
    try:
        _front(request).directory.declare(asker, wish)
    except Refused as refused:
        return _directory(request, asker, NOTHING, sent, [as_problem(refused)])
    return errors.see_other("/services")


def _whole(sent: Answers, name: str) -> int | None:
    """A whole number, None for nothing, and for what is no number one that is refused beside its box."""
    given = sent.number(name)
    return given if given is not None or not sent.text(name) else -1


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
