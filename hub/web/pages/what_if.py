"""A draft of the threshold rules tried on history, for those who read policies: start, see how far it is, read the report."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import Refused
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
starting = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/policies/what-if")
def reports(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """Reports on record, and the form that starts one for the draft that this hub is set to."""
    return _page(request, asker)


def _page(
    request: Request, asker: CurrentAsker, answers: Answers = NOTHING, refused: Refused | None = None
) -> HTMLResponse:
    return renderer_of(request).page(
        request, "what_ifs.html", status=errors.UNPROCESSABLE if refused else errors.OK,
        view=_front(request).what_ifs.page(asker), answers=answers, errors=(as_problem(refused),) if refused else (),
    )  # fmt: skip


@starting.post("/policies/what-if")
def start(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Start one; its page says how far it is."""
    try:
        report = _front(request).what_ifs.start(asker, sent.text("over"), sent.text("as_of"))
    except Refused as refused:
        return _page(request, asker, sent, refused)
    return errors.see_other(f"/policies/what-if/{report}")


@router.get("/policies/what-if/{report}")
def report(request: Request, asker: CurrentAsker, report: str) -> HTMLResponse:
    """A report, or how far it is."""
    what_ifs = _front(request).what_ifs
    progress = what_ifs.progress(asker, report)
    if not progress.ready:
        return renderer_of(request).page(request, "what_if_running.html", view=progress)
    return renderer_of(request).page(request, "what_if.html", view=what_ifs.view(asker, report))
