"""What the hub judges by, for those who answer for it: the register, one tick at a time, the draft, then and now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.edition import BadEdition
from hub.domain.errors import NotFound, Refused
from hub.views.models import Choice
from hub.views.models.policies import Comparison
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
signing = APIRouter()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _page(
    request: Request, asker: CurrentAsker, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    view = _front(request).governing.policies(asker)
    return renderer_of(request).page(
        request, "policies.html", status=errors.UNPROCESSABLE if problems else errors.OK, view=view, answers=answers,
        errors=tuple(problems),
    )  # fmt: skip


@router.get("/policies")
def overview(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """The register with what is unchecked, the draft with its signatures, the editions."""
    return _page(request, asker)


@router.get("/policies/compare")
def compare(
    request: Request, asker: CurrentAsker, before: Annotated[str, Query(max_length=9)] = "",
    after: Annotated[str, Query(max_length=9)] = "",
) -> HTMLResponse:  # fmt: skip
    """What one edition, or the draft, opens and closes beside another."""
    governing = _front(request).governing
    names = ["draft", *(str(one.number) for one in governing.editions())]
    choices = tuple(Choice(one, "The draft" if one == "draft" else f"Edition {one}") for one in names)
    found: Comparison | None = None
    if before or after:
        if before not in names or after not in names:
            raise NotFound("compare editions by their numbers, or the draft")
        found = governing.compare(before, after, asker)
    return renderer_of(request).page(
        request, "policies_compare.html", stamp=found.stamp if found else _front(request).stamp(asker), choices=choices,
        found=found, before=before, after=after,
    )  # fmt: skip


@router.get("/policies/then-and-now")
def then_and_now(
    request: Request, asker: CurrentAsker, position: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> HTMLResponse:
    """A look as the edition of its time ruled it, with today's answer beside it."""
    front = _front(request)
    found = front.governing.then_and_now(asker, position) if position else None
    return renderer_of(request).page(
        request,
        "policies_then.html",
        stamp=found.stamp if found else front.stamp(asker),
        found=found,
        position=position,
    )


@router.get("/policies/one/{policy}")
def one(request: Request, asker: CurrentAsker, policy: str) -> HTMLResponse:
    """One policy as it is written, and who has ticked exactly this text."""
    return _one(request, asker, policy)


def _one(request: Request, asker: CurrentAsker, policy: str, problems: Sequence[Problem] = ()) -> HTMLResponse:
    view = _front(request).governing.policy(asker, policy)
    return renderer_of(request).page(
        request,
        "policy.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=view,
        errors=tuple(problems),
    )


@signing.post("/policies/one/{policy}")
def tick(request: Request, asker: CurrentAsker, policy: str, sent: Sent) -> Response:
    """Tick the text that the page showed, or take one's own tick back."""
    step = sent.text("step")
    if step not in {"tick", "untick"} or not sent.text("digest"):
        return _one(request, asker, policy, [Problem("tick", "Read the policy, then tick it")])
    try:
        _front(request).governing.tick(asker, policy, sent.text("digest"), take_back=step == "untick")
    except Refused as refused:
        return _one(request, asker, policy, [Problem("tick", as_problem(refused).text)])
    return errors.see_other(f"/policies/one/{policy}")


@signing.post("/policies/draft")
def draft(request: Request, asker: CurrentAsker, sent: Sent) -> Response:
    """Sign the draft that the page showed, or publish it."""
    step, start = sent.text("step"), None
    if step not in {"sign", "publish"} or not sent.text("hash"):
        return _page(request, asker, sent, [Problem("draft", "Choose to sign or to publish the draft")])
    if sent.text("from"):
        try:
            start = datetime.fromisoformat(sent.text("from"))
        except ValueError:
            start = None
        if start is None or start.tzinfo is None:
            told = "Enter the moment with its time zone, such as 2027-01-04T09:00+00:00, or leave it empty for now"
            return _page(request, asker, sent, [Problem("from", told)])
    governing = _front(request).governing
    try:
        if step == "sign":
            governing.sign(asker, sent.text("hash"), start)
        else:
            governing.publish(asker, sent.text("hash"), start)
    except (Refused, BadEdition) as refused:
        field = "from" if getattr(refused, "field", "") == "effective_from" else "draft"
        text = str(refused)
        return _page(request, asker, sent, [Problem(field, text[:1].upper() + text[1:])])
    return errors.see_other("/policies")
