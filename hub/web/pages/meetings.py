"""Meetings of organisations: called, packed, held, and what they say of each child; conversations, on the child's own page."""

from collections.abc import Callable, Sequence
from typing import NoReturn

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.agenda import Decide
from hub.domain.errors import Refused
from hub.domain.meeting import THEMES, Call, Hold, Talk, Theme
from hub.views.convening import Convening, member_of
from hub.views.models import Asker
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.pages.helping import day_of
from hub.web.pages.strategy import attended
from hub.web.render import renderer_of

router = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _shown(
    request: Request, template: str, view: object, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return renderer_of(request).page(
        request, template, status=errors.UNPROCESSABLE if problems else errors.OK, view=view, answers=answers,
        errors=tuple(problems),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- all of them


def _all(request: Request, asker: Asker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return _shown(request, "meetings.html", _front(request).convening.page(asker), answers, problems)


@router.get("/meetings")
def meetings(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """The meetings that are this person's to know of."""
    return _all(request, asker)


@router.post("/meetings")
def call(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Call one."""
    try:
        wish = Call(
            type=sent.text("type"), on=day_of(sent, "on"), follows=sent.text("follows"),
            members=tuple(member_of(one) for one in sent.ticked("members")),
        )  # fmt: skip
        made = _front(request).convening.call(asker, wish)
    except Refused as refused:
        return _all(request, asker, sent, [as_problem(refused)])
    return errors.see_other(f"/meetings/{made}")


# -------------------------------------------------------------------------------------------------------------- one


def _one(
    request: Request, asker: Asker, meeting: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return _shown(request, "meeting.html", _front(request).convening.view(asker, meeting), answers, problems)


@router.get("/meetings/{meeting}")
def show(request: Request, asker: CurrentAsker, meeting: str) -> HTMLResponse:
    """One meeting."""
    return _one(request, asker, meeting)


@router.post("/meetings/{meeting}")
def act(request: Request, asker: CurrentAsker, meeting: str, sent: Sent) -> Response:
    """Make its pack, say who was there, call it off."""
    asked = _front(request).convening
    steps: dict[str, Callable[[], None]] = {
        "pack": lambda: asked.make_pack(asker, meeting),
        "hold": lambda: asked.hold(
            asker, meeting,
            Hold(
                on=day_of(sent, "held"), present=attended(asked.view(asker, meeting).asked, sent),
                family_present=sent.yes("family_present"), themes=_themes(sent),
            ),
        ),
        "call_off": lambda: asked.call_off(asker, meeting, sent.text("off_reason")),
    }  # fmt: skip
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        field = {"present": "present-1", "themes": f"theme-{next(iter(THEMES))}"}.get(problem.field, problem.field)
        return _one(request, asker, meeting, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/meetings/{meeting}")


@router.get("/meetings/{meeting}/pack/{number}")
def pack(request: Request, asker: CurrentAsker, meeting: str, number: int) -> HTMLResponse:
    """A pack as it stood when it was made."""
    return _shown(request, "meeting_pack.html", _front(request).convening.pack(asker, meeting, number))


# ---------------------------------------------------------------------------------------------------- a child at one


def _row(
    request: Request, asker: Asker, meeting: str, child: str, answers: Answers = NOTHING,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    view = _front(request).convening.row(asker, meeting, child)
    return _shown(request, "meeting_child.html", view, answers, problems)


@router.get("/meetings/{meeting}/child/{child}")
def child_at_it(request: Request, asker: CurrentAsker, meeting: str, child: str) -> HTMLResponse:
    """A child at a meeting, and what it said of them."""
    return _row(request, asker, meeting, child)


@router.post("/meetings/{meeting}/child/{child}")
def said(request: Request, asker: CurrentAsker, meeting: str, child: str, sent: Sent) -> Response:
    """Take the child off; what the meeting said; who does it; that it is done."""
    asked = _front(request).convening
    steps: dict[str, Callable[[], None]] = {
        "take_off": lambda: asked.take_off(asker, meeting, child, sent.text("reason")),
        "decide": lambda: asked.decide(asker, meeting, child, _decide(sent)),
        "own": lambda: asked.own(asker, meeting, child, sent.text("owner"), day_of(sent, "due")),
        "done": lambda: asked.done(asker, meeting, child),
    }
    try:
        steps.get(sent.text("step"), _unknown)()
    except Refused as refused:
        problem = as_problem(refused)
        on = problem.field in {"to", "meeting"} and sent.text("outcome") == "carried_over"
        return _row(request, asker, meeting, child, sent, [Problem("next", problem.text) if on else problem])
    return errors.see_other(f"/meetings/{meeting}/child/{child}")


# ------------------------------------------------------------------------------------------------- the child's own page


def _of_child(
    request: Request, asker: Asker, child: str, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    return _shown(request, "meetings_child.html", _front(request).convening.of_child(asker, child), answers, problems)


@router.get("/child/{child}/meetings")
def of_child(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """Where a child stood, and where they may be put."""
    return _of_child(request, asker, child)


@router.post("/child/{child}/meetings")
def of_child_act(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Put the child on an agenda, or record a conversation."""
    asked = _front(request).convening
    steps = {"put": _put, "talk": _talk}
    try:
        step = steps.get(sent.text("step"))
        meeting = step(asked, asker, child, sent) if step else _unknown()
    except Refused as refused:
        problem = as_problem(refused)
        talked = problem.field == "why" and sent.text("step") == "talk"
        return _of_child(request, asker, child, sent, [Problem("talk_why", problem.text) if talked else problem])
    return errors.see_other(f"/meetings/{meeting}/child/{child}")


def _put(asked: Convening, asker: Asker, child: str, sent: Answers) -> str:
    asked.put(asker, sent.text("meeting"), child, sent.text("why"))
    return sent.text("meeting")


def _talk(asked: Convening, asker: Asker, child: str, sent: Answers) -> str:
    wish = Talk(
        type=sent.text("type"), on=day_of(sent, "held"), family_present=sent.yes("family_present"),
        members=tuple(member_of(one) for one in sent.ticked("members")),
    )  # fmt: skip
    return asked.talk(asker, child, wish, _decide(sent), sent.text("talk_why"))


def _decide(sent: Answers) -> Decide:
    next_one = sent.text("next") if sent.text("outcome") == "carried_over" else sent.text("to")
    return Decide(
        outcome=sent.text("outcome"), owner=sent.text("owner"), due=day_of(sent, "due"), to=next_one,
        level=sent.number("level"), called=sent.text("called"), evidence=sent.ticked("evidence"),
        ground=sent.text("ground"), notes=sent.text("notes"), considered=sent.ticked("considered"),
    )  # fmt: skip


def _themes(sent: Answers) -> tuple[Theme, ...]:
    told = ((one, sent.text(f"theme-{one}")) for one in THEMES)
    return tuple(Theme(one, became) for one, became in told if became)


def _unknown() -> NoReturn:
    raise Refused("Use one of the buttons of this page", "step")
