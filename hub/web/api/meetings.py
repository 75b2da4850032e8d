"""Meetings of organisations, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.agenda import Decide
from hub.domain.attendance import Present
from hub.domain.meeting import Call, Hold, Member, Talk, Theme
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

router = APIRouter(prefix="/api/v1")


class CallBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A meeting to call: its type, its day, its members (organisation, setting, role), and the one that it follows."""

    type: str
    on: date
    members: tuple[Member, ...]
    follows: str = ""


class StepBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `hold` on, present, family_present, themes; `call-off` reason; `pack` nothing."""

    on: date | None = None
    present: tuple[Present, ...] = ()
    family_present: bool | None = None
    themes: tuple[Theme, ...] = ()
    reason: str = ""


class RowBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `put` why; `take-off` reason; `decide` outcome, owner, due, to, level, called, evidence, ground,
    notes; `own` owner and due; `done` nothing.
    """

    why: str = ""
    reason: str = ""
    outcome: str = ""
    owner: str = ""
    due: date | None = None
    to: str = ""
    level: int | None = None
    called: str = ""
    evidence: tuple[str, ...] = ()
    ground: str = ""
    notes: str = ""
    considered: tuple[str, ...] = ()


class TalkBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A conversation that took place: who talked, why, and what came of it."""

    type: str
    on: date
    members: tuple[Member, ...]
    family_present: bool | None = None
    why: str
    outcome: str
    owner: str = ""
    due: date | None = None
    notes: str = ""
    considered: tuple[str, ...] = ()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@router.get("/meetings")
def meetings(request: Request, asker: CurrentAsker) -> Response:
    """The meetings that are this person's to know of."""
    return answer(_front(request).convening.page(asker))


@router.post("/meetings")
def call(request: Request, asker: CurrentAsker, said: Annotated[CallBody, Depends(body(CallBody))]) -> JSONResponse:
    """Call one; its id."""
    wish = Call(type=said.type, on=said.on, members=said.members, follows=said.follows)
    return JSONResponse({"meeting": _front(request).convening.call(asker, wish)}, 201)


@router.get("/meetings/{meeting}")
def show(request: Request, asker: CurrentAsker, meeting: str) -> Response:
    """One, as its page shows it."""
    return answer(_front(request).convening.view(asker, meeting))


@router.post("/meetings/{meeting}/{step}")
def act(
    request: Request, asker: CurrentAsker, meeting: str, step: Literal["pack", "hold", "call-off"],
    said: Annotated[StepBody, Depends(body(StepBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).convening
    hold = Hold(on=said.on, present=said.present, family_present=said.family_present, themes=said.themes)
    steps: dict[str, Callable[[], None]] = {
        "pack": lambda: asked.make_pack(asker, meeting),
        "hold": lambda: asked.hold(asker, meeting, hold),
        "call-off": lambda: asked.call_off(asker, meeting, said.reason),
    }
    steps[step]()
    return answer(asked.view(asker, meeting))


@router.get("/meetings/{meeting}/pack/{number}")
def pack(request: Request, asker: CurrentAsker, meeting: str, number: int) -> Response:
    """A pack as it stood when it was made, as this person may read it now."""
    return answer(_front(request).convening.pack(asker, meeting, number))


@router.get("/meetings/{meeting}/children/{child}")
def child_at_it(request: Request, asker: CurrentAsker, meeting: str, child: str) -> Response:
    """A child at a meeting, and what it said of them."""
    return answer(_front(request).convening.row(asker, meeting, child))


@router.post("/meetings/{meeting}/children/{child}/{step}")
def on_child(
    request: Request, asker: CurrentAsker, meeting: str, child: str,
    step: Literal["put", "take-off", "decide", "own", "done"], said: Annotated[RowBody, Depends(body(RowBody))],
) -> Response:  # fmt: skip
    """One step on a child at a meeting, and how it is then."""
    asked = _front(request).convening
    decide = Decide(
        outcome=said.outcome, owner=said.owner, due=said.due, to=said.to, level=said.level, called=said.called,
        evidence=said.evidence, ground=said.ground, notes=said.notes, considered=said.considered,
    )  # fmt: skip
    steps: dict[str, Callable[[], None]] = {
        "put": lambda: asked.put(asker, meeting, child, said.why),
        "take-off": lambda: asked.take_off(asker, meeting, child, said.reason),
        "decide": lambda: asked.decide(asker, meeting, child, decide),
        "own": lambda: asked.own(asker, meeting, child, said.owner, said.due),
        "done": lambda: asked.done(asker, meeting, child),
    }
    steps[step]()
    return answer(asked.row(asker, meeting, child))


@router.get("/children/{child}/meetings")
def of_child(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Where a child stood, and where they may be put."""
    return answer(_front(request).convening.of_child(asker, child))


@router.post("/children/{child}/conversations")
def talk(
    request: Request, asker: CurrentAsker, child: str, said: Annotated[TalkBody, Depends(body(TalkBody))]
) -> JSONResponse:
    """Record a conversation that took place; its id as a meeting."""
    wish = Talk(type=said.type, on=said.on, members=said.members, family_present=said.family_present)
    came = Decide(outcome=said.outcome, owner=said.owner, due=said.due, notes=said.notes, considered=said.considered)
    return JSONResponse({"meeting": _front(request).convening.talk(asker, child, wish, came, said.why)}, 201)
