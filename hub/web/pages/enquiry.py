"""A MASH enquiry: opened by a person on a ground, and decided by a person who has read what is there."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES, Decide, OpenEnquiry
from hub.domain.errors import Refused, VersionConflict
from hub.flow.act import Stale
from hub.views.models import Asker, Choice, EnquiryView
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem, faults
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

opening_router = APIRouter()
router = APIRouter()
deciding = APIRouter()


def _choices(of: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, label) for code, label in of.items())


# ------------------------------------------------------------------------------------------------------------ opening


def _opening(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    return renderer_of(request).page(
        request,
        "enquiry_new.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        stamp=front.stamp(asker),
        child=child,
        alerts=tuple(front.waiting_for(asker, child)),
        grounds=_choices(GROUNDS),
        answers=answers,
        errors=tuple(problems),
    )


@opening_router.get("/enquiry/new")
def opening(request: Request, asker: CurrentAsker, child: Annotated[str, Query(max_length=80)]) -> HTMLResponse:
    """Ask for the ground and the reason; nothing is selected beforehand."""
    return _opening(request, asker, child)


@opening_router.post("/enquiry/new")
def open_enquiry(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Open it, or show what is missing."""
    front: Front = request.app.state.front
    child = sent.text("child")
    problems = faults(
        sent,
        {
            "ground": "Select the ground for opening a MASH enquiry",
            "reason": "Enter why names and words need to be opened",
        },
    )
    if problems:
        return _opening(request, asker, child, sent, problems)
    command = OpenEnquiry(
        child=child, alerts=sent.ticked("alert"), ground=sent.text("ground"), reason=sent.text("reason"), by=asker.staff
    )
    try:
        enquiry = front.open_enquiry(asker, command)
    except Refused as refused:
        return _opening(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/enquiry/{enquiry}")


@router.get("/enquiry/{enquiry}")
def show(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """The MASH enquiry: ground, clock, who has answered, what the rules suggest, what was decided."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "enquiry.html", view=front.enquiry(asker, enquiry, 0))


# ----------------------------------------------------------------------------------------------------------- deciding


def _form(
    request: Request, view: EnquiryView, answers: Answers, problems: Sequence[Problem] = (), *, stale: bool = False
) -> HTMLResponse:
    status = errors.CONFLICT if stale else errors.UNPROCESSABLE if problems else errors.OK
    return renderer_of(request).page(
        request,
        "decision.html",
        status=status,
        view=view,
        answers=answers,
        outcomes=_choices(OUTCOMES),
        actions=_choices(ACTIONS),
        ticked=answers.ticked("actions"),
        stale=stale,
        errors=tuple(problems),
    )


def _missing(sent: Answers) -> list[Problem]:
    problems = faults(
        sent,
        {
            "level": "Select the level of need",
            "agrees": "Select whether you agree with the level that the rules suggest",
            "outcome": "Select the outcome",
        },
    )
    if not sent.ticked("actions"):
        problems.append(Problem("actions", "Select at least one action: never do nothing"))
    if sent.yes("family_told") is None:
        problems.append(Problem("family_told", "Select whether the family has been told"))
    if sent.yes("family_told") is False and not sent.text("why_not_told"):
        problems.append(Problem("why_not_told", "Enter why the family has not been told"))
    if not sent.text("reason"):
        problems.append(Problem("reason", "Enter the reasons for the decision"))
    return problems


def _command(sent: Answers, asker: Asker) -> Decide:
    return Decide(
        level=sent.number("level"),
        agrees=sent.yes("agrees"),
        outcome=sent.text("outcome"),
        actions=sent.ticked("actions"),
        family_told=sent.yes("family_told"),
        why_not_told=sent.text("why_not_told") or None,
        reason=sent.text("reason"),
        seen_position=sent.number("seen") or 0,
        by=asker.staff,
    )


@deciding.get("/enquiry/{enquiry}/decision")
def decision(request: Request, asker: CurrentAsker, enquiry: str) -> Response:
    """The questions; nothing is selected beforehand."""
    front: Front = request.app.state.front
    view = front.enquiry(asker, enquiry, 0)
    if view.state == "decided":
        return errors.see_other(f"/enquiry/{view.enquiry}")
    return _form(request, view, NOTHING)


@deciding.post("/enquiry/{enquiry}/decision")
def decide(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Check the answers, show them once more, and on "confirm" decide. A record that moved on is shown first."""
    front: Front = request.app.state.front
    view = front.enquiry(asker, enquiry, sent.number("seen") or 0)
    if view.news:
        return _form(request, view, sent, _stale(view), stale=True)
    problems = _missing(sent)
    if sent.text("step") == "change" or problems:
        return _form(request, view, sent, [] if sent.text("step") == "change" else problems)
    if sent.text("step") == "confirm":
        return _confirmed(request, asker, view, sent)
    return renderer_of(request).page(
        request,
        "decision_check.html",
        view=view,
        answers=sent,
        level=_label(view.levels, sent.text("level")),
        outcome=OUTCOMES.get(sent.text("outcome"), ""),
        actions=tuple(ACTIONS.get(code, "") for code in sent.ticked("actions")),
        codes=sent.ticked("actions"),
    )


def _confirmed(request: Request, asker: Asker, view: EnquiryView, sent: Answers) -> Response:
    front: Front = request.app.state.front
    try:
        front.decide(asker, view.enquiry, _command(sent, asker))
    except (Stale, VersionConflict):  # something came in between the check and the decision
        view = front.enquiry(asker, view.enquiry, sent.number("seen") or 0)
        return _form(request, view, sent, _stale(view), stale=True)
    except Refused as refused:
        return _form(request, view, sent, [as_problem(refused)])
    return errors.see_other(f"/enquiry/{view.enquiry}")


def _stale(view: EnquiryView) -> list[Problem]:
    number = len(view.news)
    came = "Something came in" if number != 1 else "1 thing came in"
    if number > 1:
        came = f"{number} things came in"
    return [Problem("news", f"{came} since you opened this page: read it, then check your answers")]


def _label(choices: Sequence[Choice], code: str) -> str:
    return next((each.label for each in choices if each.code == code), "")
