"""Exceptions: what waits, what works, what is to be gone through; asking for an override, breaking the glass.

Nothing is chosen beforehand. Before the glass is broken a person shows again who they are, and confirms what follows.
"""

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.domain.exceptional import AskOverride, BreakTheGlass
from hub.domain.exceptions import Emergency, Told, Why
from hub.views.exception_words import OUTCOMES
from hub.views.exceptions import Excepting
from hub.views.models import Asker, Choice
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker, Person
from hub.web.render import renderer_of
from hub.web.session import SignedIn

router = APIRouter()
overriding = APIRouter()
breaking = APIRouter()

OUTCOME_CHOICES = tuple(Choice(code, label) for code, label in OUTCOMES.items())


def _ask(request: Request) -> Excepting:
    front: Front = request.app.state.front
    return front.exceptions


# ----------------------------------------------------------------------------------------------------------- the list


def _list_page(
    request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "exceptions.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        found=_ask(request).overview(asker), outcomes=OUTCOME_CHOICES, answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/exceptions")
def overview(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What waits for a second person, what is to be gone through, how often each person leaned on one; and one's own."""
    return _list_page(request, asker)


@router.post("/exceptions")
def find(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Go to the questions for the child whose id was typed, or say what came of looks at one's own family or out of hours."""
    if sent.text("step") in {"family", "night"}:
        ask = _ask(request)
        review = ask.review_family if sent.text("step") == "family" else ask.review_nights
        try:
            review(asker, sent.text("staff"), sent.number("until") or 0, sent.text("outcome"))
        except Refused as refused:
            return _list_page(request, asker, sent, [as_problem(refused)])
        return errors.see_other("/exceptions")
    child, way = sent.text("child"), sent.text("way")
    problems = [] if child and child.replace("-", "").isalnum() else [Problem("child", "Enter the child's id")]
    if way not in {"override", "break-glass"}:
        problems.append(Problem("way", "Select which exception you need"))
    if problems:
        return _list_page(request, asker, sent, problems)
    return errors.see_other(f"/child/{child}/{way}")


# ------------------------------------------------------------------------------------------------------------ one of them


def _one_page(
    request: Request, asker: Asker, address: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "exception.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_ask(request).one(asker, address), outcomes=OUTCOME_CHOICES, answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/exceptions/{address}")
def one(request: Request, asker: CurrentAsker, address: str) -> HTMLResponse:
    """One exception: who, why, until when, what was looked at under it, and what came of it."""
    return _one_page(request, asker, address)


@router.post("/exceptions/{address}")
def respond(request: Request, asker: CurrentAsker, address: str, sent: Sent) -> Response:
    """Agree or not, take it back, end it, or say what came of going through it."""
    ask, step, why = _ask(request), sent.text("step"), sent.text("why")
    agreed = sent.text("agree")
    if step not in {"take_back", "end", "review"} and agreed not in {"yes", "no"}:
        return _one_page(request, asker, address, sent, [Problem("agree", "Select whether you agree")])
    try:
        if step == "end":
            ask.end(asker, address)
        elif step == "review":
            ask.review(asker, address, sent.text("outcome"), why)
        elif step != "take_back" and agreed == "yes":
            ask.agree(asker, address)
        else:
            ask.decline(asker, address, why)
    except Refused as refused:
        beside = {"second": "agree", "review": "outcome"}.get(step, "why")
        at = refused.field if refused.field in {"outcome", "why"} else beside
        return _one_page(request, asker, address, sent, [Problem(at, as_problem(refused).text)])
    return errors.see_other(f"/exceptions/{address}")


# ---------------------------------------------------------------------------------------------------------- an override


def _override_page(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "override_new.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_ask(request).asking(asker, child), answers=answers, organisations=answers.ticked("organisations"),
        categories=answers.ticked("categories"), errors=tuple(problems),
    )  # fmt: skip


@overriding.get("/child/{child}/override")
def override_questions(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """The questions of an override for this child."""
    return _override_page(request, asker, child)


@overriding.post("/child/{child}/override")
def ask_override(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Ask for it; out of hours it works at once, else a second person agrees first."""
    everything = sent.text("everything") == "yes"
    problems = []
    if not everything and not (sent.ticked("organisations") or sent.ticked("categories")):
        problems.append(
            Problem("organisations", "Select whose information, or which kinds, or that you need all of it")
        )
    if problems:
        return _override_page(request, asker, child, sent, problems)
    wish = AskOverride(
        child=child, organisations=() if everything else sent.ticked("organisations"),
        categories=() if everything else sent.ticked("categories"), hours=sent.number("hours") or 0,
        reason=cast("Why", sent.text("reason")), told=cast("Told", sent.text("told")), why=sent.text("why"),
        by=asker.staff,
    )  # fmt: skip
    try:
        address = _ask(request).ask(asker, wish)
    except Refused as refused:
        at = "why" if refused.field == "child" else refused.field
        return _override_page(request, asker, child, sent, [Problem(at, as_problem(refused).text)])
    return errors.see_other(f"/exceptions/{address}")


# ----------------------------------------------------------------------------------------------------------- break-glass


def _glass_page(
    request: Request, who: SignedIn, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> Response:
    if not _ask(request).fresh(who.session.confirmed):
        return errors.see_other(f"/confirm?next=/child/{quote(child, safe='')}/break-glass")
    return renderer_of(request).page(
        request, "break_glass.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_ask(request).breaking(who.asker, child), answers=answers, ticked=answers.ticked("acknowledged"),
        errors=tuple(problems),
    )  # fmt: skip


@breaking.get("/child/{child}/break-glass")
def glass_questions(request: Request, who: Person, child: str) -> Response:
    """The questions of break-glass; whoever has not just shown who they are is asked that first."""
    return _glass_page(request, who, child)


@breaking.post("/child/{child}/break-glass")
def break_glass(request: Request, who: Person, child: str, sent: Sent) -> Response:
    """Break it: the child's page opens for half an hour. Until somebody has shown again who they are, every child is alike."""
    if not _ask(request).fresh(who.session.confirmed):
        return errors.see_other(f"/confirm?next=/child/{quote(child, safe='')}/break-glass")
    wish = BreakTheGlass(
        child=child, reason=cast("Emergency", sent.text("reason")), why=sent.text("why"),
        acknowledged="yes" in sent.ticked("acknowledged"), by=who.asker.staff, roles=(),
        confirmed_at=who.session.confirmed,
    )  # fmt: skip
    try:
        _ask(request).break_glass(who.asker, wish)
    except Refused as refused:
        if refused.field == "confirmed":
            return errors.see_other(f"/confirm?next=/child/{quote(child, safe='')}/break-glass")
        at = "why" if refused.field == "child" else refused.field
        return _glass_page(request, who, child, sent, [Problem(at, as_problem(refused).text)])
    return errors.see_other(f"/child/{quote(child, safe='')}")
