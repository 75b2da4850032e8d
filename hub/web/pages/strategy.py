"""Strategy discussions: call one, say who was there, what each knew and what was decided; meet again; end section 47."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.attendance import Present
from hub.domain.errors import Refused
from hub.domain.moments import LONDON
from hub.domain.strategy import Call, Called, Conclude, Hold
from hub.views.models import Asker, Choice
from hub.views.models.together import DiscussionView
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
calling = APIRouter()


def london(text: str) -> datetime | None:
    """A day and time of a form (London time) as aware UTC; None where it is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)
    except ValueError:
        return None


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _list(
    request: Request, asker: Asker, enquiry: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "strategy_list.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).discussing.page(asker, enquiry), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/enquiry/{enquiry}/strategy")
def discussions(request: Request, asker: CurrentAsker, enquiry: str) -> HTMLResponse:
    """The strategy discussions of a MASH enquiry; nothing is selected beforehand."""
    return _list(request, asker, enquiry)


@calling.post("/enquiry/{enquiry}/strategy")
def call(request: Request, asker: CurrentAsker, enquiry: str, sent: Sent) -> Response:
    """Call one."""
    wish = Call(
        enquiry=enquiry, children=sent.ticked("children"), asked=tuple(Called(one) for one in sent.ticked("asked")),
        at=london(sent.text("at")), means=sent.text("means"), why=sent.text("why"), by=asker.staff,
    )  # fmt: skip
    try:
        made = _front(request).discussing.call(asker, wish)
    except Refused as refused:
        return _list(request, asker, enquiry, sent, [as_problem(refused)])
    return errors.see_other(f"/strategy/{made}")


def _one(
    request: Request, asker: Asker, discussion: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "strategy.html", status=errors.UNPROCESSABLE if problems else errors.OK,
        view=_front(request).discussing.view(asker, discussion), answers=answers, errors=tuple(problems),
    )  # fmt: skip


@router.get("/strategy/{discussion}")
def show(request: Request, asker: CurrentAsker, discussion: str) -> HTMLResponse:
    """One strategy discussion."""
    return _one(request, asker, discussion)


@router.post("/strategy/{discussion}")
def act(request: Request, asker: CurrentAsker, discussion: str, sent: Sent) -> Response:
    """Say who was there, what they knew, what was decided; call it again; end section 47 for a child."""
    asked = _front(request).discussing
    steps: dict[str, Callable[[], None]] = {
        "hold": lambda: asked.hold(asker, discussion, _held(asked.view(asker, discussion), sent, asker)),
        "knew": lambda: asked.tell_of(asker, discussion, sent.text("organisation"), sent.text("knew")),
        "decide": lambda: asked.conclude(asker, discussion, _decided(asked.view(asker, discussion), sent, asker)),
        "reconvene": lambda: asked.reconvene(asker, discussion, london(sent.text("at"))),
        "end": lambda: asked.end(asker, discussion, sent.text("child"), sent.text("outcome"), sent.text("ended_why")),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        field = {"why": "ended_why", "opens": "opens-1", "present": "present-1"}.get(problem.field, problem.field)
        return _one(request, asker, discussion, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/strategy/{discussion}")


def _held(view: DiscussionView, sent: Answers, asker: Asker) -> Hold:
    return Hold(
        held_at=london(sent.text("held_at")), present=attended(view.asked, sent), spoke=sent.text("spoke"), by=asker.staff
    )  # fmt: skip


def attended(asked: Sequence[Choice], sent: Answers) -> tuple[Present, ...]:
    """Who of those asked took part, as the form's questions were answered; one without an answer is left out."""
    said = []
    for number, one in enumerate(asked, 1):
        answer = sent.text(f"present-{number}")
        if answer:
            there = answer == "present"
            staff = sent.text(f"staff-{number}") if there else ""
            said.append(Present(one.code, there, staff, "" if there else answer))
    return tuple(said)


def _decided(view: DiscussionView, sent: Answers, asker: Asker) -> Conclude:
    opens: dict[str, bool] = {}
    for number, child in enumerate(view.children, 1):
        answer = sent.yes(f"opens-{number}")
        if answer is not None:
            opens[child] = answer
    return Conclude(
        opens=opens, how=sent.text("how"), ground=sent.text("ground"), safety=sent.text("safety"),
        reason=sent.text("reason"), why_not_quorate=sent.text("why_not_quorate"), by=asker.staff,
    )  # fmt: skip


def _unknown() -> None:
    raise Refused("Use one of the buttons of this page", "step")
