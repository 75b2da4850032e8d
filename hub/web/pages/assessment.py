"""Assessments of a child: the list, and one on screen, section by section; a section left out says so."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.assessment import Attach, Judge, Write
from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.web import errors
from hub.web.acting import by_button, form_page, front_of
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.guards import CurrentAsker

router = APIRouter()


def _list(request: Request, asker: Asker, child: str, problems: Sequence[Problem] = ()) -> HTMLResponse:
    return form_page(request, "assessments.html", front_of(request).assessing.page(asker, child), NOTHING, problems)


@router.get("/child/{child}/assessments")
def assessments(request: Request, asker: CurrentAsker, child: str) -> HTMLResponse:
    """The assessments of a child."""
    return _list(request, asker, child)


@router.post("/child/{child}/assessments")
def begin(request: Request, asker: CurrentAsker, child: str, sent: Sent) -> Response:
    """Begin one."""
    try:
        made = front_of(request).assessing.begin(asker, child, sent.text("type"))
    except Refused as refused:
        return _list(request, asker, child, [as_problem(refused)])
    return errors.see_other(f"/child/{child}/assessments/{made}")


def _one(
    request: Request, asker: Asker, child: str, assessment: str, answers: Answers = NOTHING,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    return form_page(
        request, "assessment.html", front_of(request).assessing.view(asker, child, assessment), answers, problems
    )


@router.get("/child/{child}/assessments/{assessment}")
def assessment(request: Request, asker: CurrentAsker, child: str, assessment: str) -> HTMLResponse:
    """One assessment."""
    return _one(request, asker, child, assessment)


@router.post("/child/{child}/assessments/{assessment}")
def act(request: Request, asker: CurrentAsker, child: str, assessment: str, sent: Sent) -> Response:
    """Write a section, hear the child, attach a tool, judge, or complete."""
    asked, section = front_of(request).assessing, sent.text("section")
    steps: dict[str, Callable[[], None]] = {
        "write": lambda: asked.write(
            asker, child, assessment,
            Write(
                section=section, strengths=sent.text(f"strengths-{section}"), worries=sent.text(f"worries-{section}"),
                reuse=sent.ticked(f"reuse-{section}"), share=sent.ticked(f"share-{section}"),
            ),
        ),
        "hear": lambda: asked.hear(asker, child, assessment, sent.text("how"), sent.text("view")),
        "attach": lambda: asked.attach(
            asker, child, assessment,
            Attach(
                section=sent.text("tool_section"), tool=sent.text("tool"), reference=sent.text("reference"),
                result=sent.text("result"), share=sent.ticked("tool_share"),
            ),
        ),
        "judge": lambda: asked.judge(
            asker, child, assessment,
            Judge(
                need=sent.number("need"), why_need=sent.text("why_need"), risk=sent.text("risk"),
                why_risk=sent.text("why_risk"), share=sent.ticked("share"),
            ),
        ),
        "complete": lambda: asked.complete(asker, child, assessment),
    }  # fmt: skip
    try:
        by_button(sent, steps)
    except Refused as refused:
        problem = as_problem(refused)
        beside = problem.field in {"strengths", "worries", "reuse"} or (problem.field == "share" and section)
        field = f"{problem.field}-{section}" if beside else problem.field
        return _one(request, asker, child, assessment, sent, [Problem(field, problem.text)])
    return errors.see_other(f"/child/{child}/assessments/{assessment}")
