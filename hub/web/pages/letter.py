"""Letters that tell a family which organisations looked, and for what: prepare, review by another person, print."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.lettering import CHECKS, HOW, RECIPIENTS, REFUSALS, Lettering, PrepareLetter
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
FIELDS = {"child", "to", "recipient", "how", "verified_on", "verified_by"}


def _ask(request: Request) -> Lettering:
    front: Front = request.app.state.front
    return front.lettering


def wish_of(given: Answers) -> PrepareLetter:
    """A letter as a form asks for it. Raises Refused, naming the field."""
    recipient, how = given.text("recipient"), given.text("how")
    if recipient not in RECIPIENTS:
        raise Refused("Select whether the letter is for an adult or for the young person", "recipient")
    if how not in HOW:
        raise Refused("Select how they were verified", "how")
    try:
        day = date.fromisoformat(given.text("verified_on"))
    except ValueError:
        raise Refused("Enter the day on which they were verified, like 2026-03-27", "verified_on") from None
    known: Any = {"recipient": recipient, "how": how}
    return PrepareLetter(
        child=given.text("child"), to=given.text("to") or given.text("child"), verified_on=day,
        verified_by=given.text("verified_by"), **known,
    )  # fmt: skip


@router.get("/letters")
def register(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """The letters, and the questions of a new one."""
    return _list(request, asker)


def _list(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return renderer_of(request).page(
        request, "letters.html", status=errors.UNPROCESSABLE if problems else errors.OK, found=_ask(request).register(asker),
        recipients=tuple(RECIPIENTS.items()), hows=tuple(HOW.items()), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.post("/letters")
def prepare(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Prepare a letter."""
    try:
        ident = _ask(request).prepare(asker, wish_of(sent))
    except Refused as refused:
        at = refused.field if refused.field in FIELDS else "child"
        return _list(request, asker, sent, [Problem(at, as_problem(refused).text)])
    return errors.see_other(f"/letters/{ident}")


@router.get("/letters/{letter}")
def one(request: Request, asker: CurrentAsker, letter: str) -> HTMLResponse:
    """The letter as it reads, and what may be done about it."""
    return _one(request, asker, letter)


def _one(request: Request, asker: Asker, letter: str, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return renderer_of(request).page(
        request, "letter.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_ask(request).show(asker, letter), checks=tuple(CHECKS.items()), refusals=tuple(REFUSALS.items()),
        errors=tuple(problems),
    )  # fmt: skip


@router.post("/letters/{letter}")
def act(request: Request, asker: CurrentAsker, letter: str, sent: Sent) -> Response:
    """Review it, keep it back, or print it."""
    ask, step = _ask(request), sent.text("step")
    try:
        if step == "review":
            ask.review(asker, letter, sent.ticked("checks"))
        elif step == "refuse":
            ask.refuse(asker, letter, sent.text("reason"))
        elif step == "print":
            ask.put_to_paper(asker, letter)
        else:
            return _one(request, asker, letter, [Problem("checks", "Select what is to be done")])
    except Refused as refused:
        at = "reason" if refused.field == "reason" else "checks"
        return _one(request, asker, letter, [Problem(at, as_problem(refused).text)])
    return errors.see_other(f"/letters/{letter}")
