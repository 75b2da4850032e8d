"""Assessments, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.assessment import Attach, Judge, Write
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class BeginBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An assessment to begin: its type, by name or alias."""

    type: str


class AssessmentBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `write` section, strengths, worries, reuse, share; `hear` how, view; `attach` section, tool,
    reference, result, share; `judge` need, why_need, risk, why_risk, share; `complete` nothing.
    """

    section: str = ""
    strengths: str = ""
    worries: str = ""
    reuse: tuple[str, ...] = ()
    share: tuple[str, ...] = ()
    how: str = ""
    view: str = ""
    tool: str = ""
    reference: str = ""
    result: str = ""
    need: int | None = None
    why_need: str = ""
    risk: str = ""
    why_risk: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/children/{child}/assessments")
def assessments(request: Request, asker: CurrentAsker, child: str) -> Response:
    """The assessments of a child."""
    return answer(_front(request).assessing.page(asker, child))


@router.post("/children/{child}/assessments")
def begin(
    request: Request, asker: CurrentAsker, child: str, said: Annotated[BeginBody, Depends(body(BeginBody))]
) -> JSONResponse:
    """Begin one; its id."""
    return JSONResponse({"assessment": _front(request).assessing.begin(asker, child, said.type)}, 201)


@router.get("/children/{child}/assessments/{assessment}")
def assessment(request: Request, asker: CurrentAsker, child: str, assessment: str) -> Response:
    """One, as its page shows it."""
    return answer(_front(request).assessing.view(asker, child, assessment))


@router.post("/children/{child}/assessments/{assessment}/{step}")
def act(
    request: Request, asker: CurrentAsker, child: str, assessment: str,
    step: Literal["write", "hear", "attach", "judge", "complete"],
    said: Annotated[AssessmentBody, Depends(body(AssessmentBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).assessing
    write = Write(
        section=said.section, strengths=said.strengths, worries=said.worries, reuse=said.reuse, share=said.share
    )
    attach = Attach(
        section=said.section, tool=said.tool, reference=said.reference, result=said.result, share=said.share
    )
    judge = Judge(
        need=said.need, why_need=said.why_need, risk=said.risk, why_risk=said.why_risk, share=said.share
    )  # fmt: skip
    steps: dict[str, Callable[[], None]] = {
        "write": lambda: asked.write(asker, child, assessment, write),
        "hear": lambda: asked.hear(asker, child, assessment, said.how, said.view),
        "attach": lambda: asked.attach(asker, child, assessment, attach),
        "judge": lambda: asked.judge(asker, child, assessment, judge),
        "complete": lambda: asked.complete(asker, child, assessment),
    }
    steps[step]()
    return answer(asked.view(asker, child, assessment))
