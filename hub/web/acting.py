"""What pages with several buttons share: which one was pressed, and the page again with what is wrong beside its question."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from fastapi import Request
from starlette.responses import HTMLResponse

from hub.domain.errors import Refused
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem
from hub.web.front import Front
from hub.web.render import renderer_of


def front_of(request: Request) -> Front:
    """The hub that answers this request."""
    return cast("Front", request.app.state.front)


def by_button(sent: Answers, steps: Mapping[str, Callable[[], object]]) -> None:
    """Do what the pressed button says. Raises Refused for a button that the page does not have, and what the step raises."""
    step = steps.get(sent.text("step"))
    if step is None:
        raise Refused("Use one of the buttons of this page", "step")
    step()


def form_page(
    request: Request, template: str, view: Any, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    """The page of this view; with problems it says so, and keeps what was typed."""
    return renderer_of(request).page(
        request, template, status=errors.UNPROCESSABLE if problems else errors.OK, view=view, answers=answers,
        errors=tuple(problems),
    )  # fmt: skip
