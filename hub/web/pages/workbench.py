"""Practice audits: drawn by a manager, judged blind, findings with owners."""

from collections.abc import Callable
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.views.workbench import Draw, Found, Judge
from hub.web import errors
from hub.web.acting import by_button, front_of
from hub.web.forms import NOTHING, Answers, Sent, as_problem
from hub.web.guards import CurrentAsker
from hub.web.pages.helping import day_of
from hub.web.render import renderer_of

router = APIRouter()
HERE = "/practice-audits"


@router.get(HERE)
def audits(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Every audit, and what findings ask for."""
    return _all(request, asker)


@router.post(HERE)
def act(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Draw a sample, or say that an action is done."""
    bench = front_of(request).workbench
    try:
        if sent.text("step") == "done":
            bench.done(asker, sent.text("audit"), sent.text("finding"))
        else:
            bench.draw(
                asker,
                Draw(
                    how=sent.text("how"), many=sent.number("many") or 0, first=_needed(sent, "first"),
                    last=_needed(sent, "last"), auditor=sent.text("auditor"), seed=sent.text("seed"),
                ),
            )  # fmt: skip
    except Refused as refused:
        return _all(request, asker, sent, refused)
    return errors.see_other(HERE)


@router.get("/practice-audits/{audit}")
def audit(request: Request, asker: CurrentAsker, audit: str) -> HTMLResponse:
    """One audit, for its auditor."""
    view = front_of(request).workbench.view(asker, audit)
    return renderer_of(request).page(request, "practice_audit.html", view=view)


@router.get("/practice-audits/{audit}/{number}")
def case(request: Request, asker: CurrentAsker, audit: str, number: int) -> HTMLResponse:
    """One decision of it."""
    return _case(request, asker, audit, number)


@router.post("/practice-audits/{audit}/{number}")
def judge(request: Request, asker: CurrentAsker, audit: str, number: int, sent: Sent) -> Response:
    """Decide a second time, or record a finding."""
    bench = front_of(request).workbench
    steps: dict[str, Callable[[], object]] = {
        "judge": lambda: bench.judge(
            asker, audit, number, Judge(level=sent.number("level"), outcome=sent.text("outcome"), why=sent.text("why"))
        ),
        "find": lambda: bench.find(
            asker, audit, number,
            Found(what=sent.text("what"), why=sent.text("why"), owner=sent.text("owner"), due=day_of(sent, "due")),
        ),
    }  # fmt: skip
    try:
        by_button(sent, steps)
    except Refused as refused:
        return _case(request, asker, audit, number, sent, refused)
    return errors.see_other(f"{HERE}/{audit}/{number}")


def _case(
    request: Request, asker: Asker, audit: str, number: int, answers: Answers = NOTHING, refused: Refused | None = None
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "practice_case.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        view=front_of(request).workbench.case(asker, audit, number), answers=answers,
        errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip


def _all(request: Request, asker: Asker, answers: Answers = NOTHING, refused: Refused | None = None) -> HTMLResponse:
    return renderer_of(request).page(
        request, "practice_audits.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        view=front_of(request).workbench.page(asker), answers=answers, errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip


def _needed(sent: Answers, name: str) -> date:
    day = day_of(sent, name)
    if day is None:
        raise Refused("Enter a day as numbers, for example 27 3 2026", f"{name}-day")
    return day
