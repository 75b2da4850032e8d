"""MASH enquiries, contacts forwarded and tasks as JSON: the acts of the pages, for a program with a person's own session."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.allocation import Allocate
from hub.domain.enquiry import Decide, OpenEnquiry, Step
from hub.web import errors
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")
waiting = APIRouter(prefix="/api/v1")
plans = APIRouter(prefix="/api/v1")
Act = Literal[
    "grade", "claim", "assign", "offer", "accept", "end-offer", "leave", "children", "approve", "send-back", "unseen"
]  # fmt: skip


class Opened(Struct, frozen=True, forbid_unknown_fields=True):
    """A MASH enquiry as a program asks for it; without `alerts`, those that wait about the child."""

    child: str
    ground: str
    reason: str
    alerts: tuple[str, ...] | None = None
    children: tuple[str, ...] = ()
    anyway: str = ""


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What one act needs: `grade` a grade and a reason; `assign` and `offer` to whom; `leave` who (`staff`) and why;
    `children`, `approve`, `send-back` and `unseen` which child; `offer` and `send-back` why.
    """

    grade: str = ""
    reason: str = ""
    to: str = ""
    staff: str = ""
    child: str = ""
    why: str = ""
    anyway: str = ""


class Answers(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decision as a program sends it; `seen_position` is the position of the view that was read (`stamp.position`)."""

    seen_position: int
    level: int
    agrees: bool
    outcome: str
    plan: tuple[Step, ...]
    view: str
    seen: str
    family_told: bool
    reason: str
    child: str = ""
    weighed: tuple[str, ...] = ()
    child_view: str = ""
    why_no_view: str = ""
    seen_by: str = ""
    seen_on: date | None = None
    why_not_told: str = ""
    acting: str = ""


class Allocated(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker allocated (`worker`, `since`, `ground`), or with `end` the reason why that ends."""

    worker: str = ""
    since: date | None = None
    ground: str = ""
    end: str = ""


class PlanStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Of an action of a plan: it is done, or (`undo`) it is not done after all."""

    child: str
    action: str
    step: Literal["done", "undo"]


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """What the worker says of a contact that went to them."""

    step: Literal["acknowledge", "pass-back"]
    reason: str = ""
    why: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.post("/enquiries")
def open_enquiry(request: Request, asker: CurrentAsker, wish: Annotated[Opened, Depends(body(Opened))]) -> JSONResponse:
    """Open one; its id."""
    front = _front(request)
    alerts = wish.alerts
    if alerts is None:
        alerts = tuple(row.alert for row in front.waiting_for(asker, wish.child))
    command = OpenEnquiry(
        child=wish.child, alerts=alerts, ground=wish.ground, reason=wish.reason, by=asker.staff, children=wish.children,
        anyway=wish.anyway,
    )  # fmt: skip
    return JSONResponse({"enquiry": front.open_enquiry(asker, command)}, 201)


@router.get("/enquiries/advice-only")
def advice_only(request: Request, asker: CurrentAsker) -> Response:
    """How many decisions came to advice alone."""
    return answer(_front(request).enquiring.advice_only(asker))


@router.get("/enquiries/{enquiry}")
def show(
    request: Request, asker: CurrentAsker, enquiry: str, child: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The MASH enquiry as its page shows it."""
    return answer(_front(request).enquiry(asker, enquiry, 0, child))


@router.post("/enquiries/{enquiry}/decision")
def decide(
    request: Request, asker: CurrentAsker, enquiry: str, said: Annotated[Answers, Depends(body(Answers))]
) -> JSONResponse:
    """Decide about a child; `waits_for_manager` says why it does not stand yet, [] where it does."""
    command = Decide(
        **{name: getattr(said, name) for name in said.__struct_fields__},
        actions=tuple(dict.fromkeys(step.action for step in said.plan)), by=asker.staff,
    )  # fmt: skip
    waits = _front(request).decide(asker, enquiry, command)
    return JSONResponse({"enquiry": enquiry, "waits_for_manager": list(waits)})


@router.post("/enquiries/{enquiry}/{act}")
def do(
    request: Request, asker: CurrentAsker, enquiry: str, act: Act, wish: Annotated[Wish, Depends(body(Wish))]
) -> Response:
    """One act on it, and how it is then."""
    enquiries = _front(request).enquiring
    acts: dict[Act, Callable[[], object]] = {
        "grade": lambda: enquiries.grade(asker, enquiry, wish.grade, wish.reason),
        "claim": lambda: enquiries.claim(asker, enquiry),
        "assign": lambda: enquiries.assign(asker, enquiry, wish.to),
        "offer": lambda: enquiries.offer(asker, enquiry, wish.to, wish.why),
        "accept": lambda: enquiries.accept(asker, enquiry),
        "end-offer": lambda: enquiries.end_offer(asker, enquiry),
        "leave": lambda: enquiries.leave(asker, enquiry, wish.staff, wish.why),
        "children": lambda: enquiries.add_child(asker, enquiry, wish.child, wish.reason, wish.anyway),
        "approve": lambda: enquiries.approve(asker, enquiry, wish.child),
        "send-back": lambda: enquiries.send_back(asker, enquiry, wish.child, wish.why),
        "unseen": lambda: enquiries.read_unseen(asker, enquiry, wish.child),
    }
    acts[act]()
    return answer(_front(request).enquiry(asker, enquiry, 0))


@router.get("/forwarded")
def forwarded(request: Request, asker: CurrentAsker) -> Response:
    """Contacts that went to workers who are at it."""
    return answer(_front(request).forwardings.forwarded(asker))


@router.post("/forwarded/{forwarding}")
def reply(
    request: Request, asker: CurrentAsker, forwarding: str, said: Annotated[Reply, Depends(body(Reply))]
) -> Response:
    """Say that one has it, or pass it back; the list as it is then."""
    forwardings = _front(request).forwardings
    if said.step == "acknowledge":
        forwardings.acknowledge(asker, forwarding)
    else:
        forwardings.pass_back(asker, forwarding, said.reason, said.why)
    return answer(forwardings.forwarded(asker))


@router.post("/children/{child}/forward")
def forward(request: Request, asker: CurrentAsker, child: str) -> JSONResponse:
    """Send what waits about a child to the worker who is at it."""
    return JSONResponse({"forwarding": _front(request).forwardings.forward(asker, child)}, 201)


@router.get("/children/{child}/worker")
def worker(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Who is at it for a child."""
    return answer(_front(request).forwardings.allocation(asker, child))


@router.post("/children/{child}/worker")
def allocate(
    request: Request, asker: CurrentAsker, child: str, wish: Annotated[Allocated, Depends(body(Allocated))]
) -> Response:
    """Allocate a worker, or end that; who is at it then."""
    forwardings = _front(request).forwardings
    if wish.end:
        forwardings.end_allocation(asker, child, wish.end)
    else:
        made = Allocate(child=child, worker=wish.worker, since=wish.since, ground=wish.ground, by=asker.staff)
        forwardings.allocate(asker, made)
    return answer(forwardings.allocation(asker, child))


@plans.get("/plans")
def planned(request: Request, asker: CurrentAsker) -> Response:
    """What was decided to be done, as far as it is this person's to know."""
    return answer(_front(request).planning.page(asker))


@plans.post("/plans/{enquiry}")
def plan_step(
    request: Request, asker: CurrentAsker, enquiry: str, said: Annotated[PlanStep, Depends(body(PlanStep))]
) -> Response:
    """It is done, or is not done after all; the list as it is then."""
    planning = _front(request).planning
    say = planning.do if said.step == "done" else planning.reopen
    say(asker, enquiry, said.child, said.action)
    return answer(planning.page(asker))


@waiting.get("/tasks")
def tasks(
    request: Request, asker: CurrentAsker, kind: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """A page of what waits for whoever asks."""
    return answer(_front(request).tasks(asker, kind, page), errors.OK)
