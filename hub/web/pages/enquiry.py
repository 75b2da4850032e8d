"""A MASH enquiry: opened by a person on a ground, and decided, child by child, by a person who has read what is there."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.enquiry import ACTIONS, FRONT_DOOR, GROUNDS, OUTCOMES, SEEN, VIEWS, Decide, OpenEnquiry, Step
from hub.domain.errors import Refused, VersionConflict
from hub.flow.act import Stale
from hub.views.models import Asker, Choice
from hub.views.models.enquiry import EnquiryView, PlanRow
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem, faults
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

opening_router = APIRouter()
router = APIRouter()
deciding = APIRouter()
InFocus = Annotated[str, Query(max_length=80)]
DOER = "owner-"  # in front of an action: who does it
BY_WHEN = "due-"


def choices(of: dict[str, str]) -> tuple[Choice, ...]:
    """A table of codes and their words as the answers of a question."""
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
        view=front.enquiring.opening(asker, child),
        grounds=choices(GROUNDS),
        answers=answers,
        ticked=answers.ticked("children"),
        errors=tuple(problems),
    )


@opening_router.get("/enquiry/new")
def opening(request: Request, asker: CurrentAsker, child: Annotated[str, Query(max_length=80)]) -> HTMLResponse:
    """Ask for the ground and the reason, and show what is open already; nothing is selected beforehand."""
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
        child=child, alerts=sent.ticked("alert"), ground=sent.text("ground"), reason=sent.text("reason"),
        by=asker.staff, children=sent.ticked("children"), anyway=sent.text("anyway"),
    )  # fmt: skip
    try:
        enquiry = front.open_enquiry(asker, command)
    except Refused as refused:
        return _opening(request, asker, child, sent, [as_problem(refused)])
    return errors.see_other(f"/enquiry/{enquiry}")


@router.get("/enquiry/{enquiry}")
def show(request: Request, asker: CurrentAsker, enquiry: str, child: InFocus = "") -> HTMLResponse:
    """The MASH enquiry: ground, grade, holder, clock, who has answered, and each child with what was decided."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "enquiry.html", view=front.enquiry(asker, enquiry, 0, child))


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
        outcomes=choices(OUTCOMES),
        actions=choices(ACTIONS),
        doers=(Choice("", "Select who does it"), Choice(FRONT_DOOR, "The front door"), *view.organisations),
        seen_by=(Choice("", "Select an organisation"), *view.organisations),
        acting=(Choice("", "Nothing"), *view.acting),
        seen=choices(SEEN),
        views=choices(VIEWS),
        ticked=answers.ticked("actions"),
        weighed=answers.ticked("weighed"),
        stale=stale,
        errors=tuple(problems),
    )


def _missing(sent: Answers) -> list[Problem]:
    problems = faults(
        sent,
        {
            "level": "Select the level of need",
            "agrees": "Select whether you agree with the level that the rules suggest",
            "seen": "Select whether anybody has seen the child since the contact came",
            "view": "Select how the child's view was obtained",
            "outcome": "Select the outcome",
        },
    )
    if sent.text("outcome") == "other_organisation" and not sent.text("acting"):
        problems.append(Problem("acting", "Name what the other organisation has accepted"))
    if sent.text("seen") in {"alone", "with_others"}:
        problems += faults(sent, {"seen_by": "Select which organisation saw the child"})
        if _day(sent.text("seen_on")) is None:
            problems.append(Problem("seen_on", "Enter the day on which the child was seen"))
    if sent.text("view") == "not_obtained" and not sent.text("why_no_view"):
        problems.append(Problem("why_no_view", "Enter why the child's view was not obtained"))
    if sent.text("view") not in {"", "not_obtained"} and not sent.text("child_view"):
        problems.append(Problem("child_view", "Enter what the child says"))
    if not sent.ticked("actions"):
        problems.append(Problem("actions", "Select at least one action: never do nothing"))
    for action in sent.ticked("actions"):
        if action in ACTIONS and not sent.text(DOER + action):
            problems.append(Problem(DOER + action, f"Select who does it: {ACTIONS[action]}"))
        if action in ACTIONS and _day(sent.text(BY_WHEN + action)) is None:
            problems.append(Problem(BY_WHEN + action, f"Enter the day by which it is done: {ACTIONS[action]}"))
    if sent.yes("family_told") is None:
        problems.append(Problem("family_told", "Select whether the family has been told"))
    if sent.yes("family_told") is False and not sent.text("why_not_told"):
        problems.append(Problem("why_not_told", "Enter why the family has not been told"))
    if not sent.text("reason"):
        problems.append(Problem("reason", "Enter the reasons for the decision"))
    return problems


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _plan(sent: Answers) -> tuple[Step, ...]:
    days = {action: _day(sent.text(BY_WHEN + action)) for action in sent.ticked("actions")}
    return tuple(Step(action, sent.text(DOER + action), day) for action, day in days.items() if day is not None)


def _command(sent: Answers, asker: Asker, child: str) -> Decide:
    return Decide(
        level=sent.number("level"),
        agrees=sent.yes("agrees"),
        outcome=sent.text("outcome"),
        actions=sent.ticked("actions"),
        family_told=sent.yes("family_told"),
        why_not_told=sent.text("why_not_told") or None,
        reason=sent.text("reason"),
        seen_position=sent.number("seen_position") or 0,
        by=asker.staff,
        child=child,
        weighed=sent.ticked("weighed"),
        view=sent.text("view"),
        child_view=sent.text("child_view"),
        why_no_view=sent.text("why_no_view"),
        seen=sent.text("seen"),
        seen_by=sent.text("seen_by"),
        seen_on=_day(sent.text("seen_on")),
        plan=_plan(sent),
        acting=sent.text("acting"),
    )


NOTHING_LEFT = "This is decided, or waits for a manager: read what was decided, or open a new MASH enquiry"


@deciding.get("/enquiry/{enquiry}/decision")
def decision(request: Request, asker: CurrentAsker, enquiry: str, child: InFocus = "") -> Response:
    """The questions about one child; nothing is selected beforehand."""
    front: Front = request.app.state.front
    view = front.enquiry(asker, enquiry, 0, child)
    if not view.may_decide:
        return errors.see_other(f"/enquiry/{view.enquiry}?child={view.child}")
    return _form(request, view, NOTHING)


@deciding.post("/enquiry/{enquiry}/decision")
def decide(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Check the answers, show them once more, and on "confirm" decide.

    A record that moved on is shown first; at red what came in is shown, and the decision may be made all the same.
    """
    front: Front = request.app.state.front
    view = front.enquiry(asker, enquiry, sent.number("seen_position") or 0, sent.text("child"))
    if not view.may_decide:  # decided meanwhile: before anything else is asked of who came too late
        return _form(request, view, sent, [Problem("outcome", NOTHING_LEFT)])
    if view.news and not view.red:
        return _form(request, view, sent, _stale(view), stale=True)
    problems = _missing(sent)
    if sent.text("step") == "change" or problems:
        return _form(request, view, sent, [] if sent.text("step") == "change" else problems)
    if sent.text("step") == "confirm":
        return _confirmed(request, asker, view, sent)
    doers = {one.code: one.label for one in view.organisations} | {FRONT_DOOR: "The front door"}
    carried = {name for name in sent.one if name.startswith((DOER, BY_WHEN))}
    return renderer_of(request).page(
        request,
        "decision_check.html",
        view=view,
        answers=sent,
        level=_label(view.levels, sent.text("level")),
        outcome=OUTCOMES.get(sent.text("outcome"), ""),
        seen=SEEN.get(sent.text("seen"), ""),
        seen_by=_label(view.organisations, sent.text("seen_by")),
        view_words=VIEWS.get(sent.text("view"), ""),
        acting=_label(view.acting, sent.text("acting")),
        plan=tuple(
            PlanRow(ACTIONS[s.action], doers.get(s.owner, ""), s.due) for s in _plan(sent) if s.action in ACTIONS
        ),
        weighed=tuple(_label(view.weighable, one) for one in sent.ticked("weighed")),
        carried=tuple(sorted(carried)),
        codes=sent.ticked("actions"),
        weights=sent.ticked("weighed"),
    )


def _confirmed(request: Request, asker: Asker, view: EnquiryView, sent: Answers) -> Response:
    front: Front = request.app.state.front
    try:
        front.decide(asker, view.enquiry, _command(sent, asker, view.child))
    except (Stale, VersionConflict):  # something came in between the check and the decision
        view = front.enquiry(asker, view.enquiry, sent.number("seen_position") or 0, view.child)
        return _form(request, view, sent, _stale(view), stale=True)
    except Refused as refused:
        return _form(request, view, sent, [as_problem(refused)])
    return errors.see_other(f"/enquiry/{view.enquiry}?child={view.child}")


def _stale(view: EnquiryView) -> list[Problem]:
    number = len(view.news)
    came = "Something came in" if number != 1 else "1 thing came in"
    if number > 1:
        came = f"{number} things came in"
    return [Problem("news", f"{came} since you opened this page: read it, then check your answers")]


def _label(labelled: Sequence[Choice], code: str) -> str:
    return next((each.label for each in labelled if each.code == code), "")
