"""The level of a child's help, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import Response

from hub.domain.help import Propose
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

of_child = APIRouter(prefix="/api/v1")
own = APIRouter(prefix="/api/v1")


class HelpBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `propose` level, to, why, evidence, called, ground; `renew` until, why; `end` reason, why."""

    level: int | None = None
    to: str = ""
    why: str = ""
    evidence: tuple[str, ...] = ()
    called: str = ""
    ground: str = ""
    until: date | None = None
    reason: str = ""


class AnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a no needs: reason and why."""

    reason: str = ""
    why: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@of_child.get("/children/{child}/help")
def level(request: Request, asker: CurrentAsker, child: str) -> Response:
    """The level of a child's help."""
    return answer(_front(request).helping.view(asker, child))


@of_child.post("/children/{child}/help/{step}")
def act(
    request: Request, asker: CurrentAsker, child: str, step: Literal["propose", "take-back", "renew", "end"],
    said: Annotated[HelpBody, Depends(body(HelpBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).helping
    wish = Propose(
        child=child, level=said.level, to=said.to, why=said.why, by=asker.staff, called=said.called,
        evidence=said.evidence, ground=said.ground,
    )  # fmt: skip
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(asker, wish),
        "take-back": lambda: asked.take_back(asker, child),
        "renew": lambda: asked.renew(asker, child, said.until, said.why),
        "end": lambda: asked.end(asker, child, said.reason, said.why),
    }
    steps[step]()
    return answer(asked.view(asker, child))


@own.get("/steps")
def mine(request: Request, asker: CurrentAsker) -> Response:
    """Whom this person is asked to take on at another level."""
    return answer(_front(request).helping.mine(asker))


@own.post("/steps/{child}/{step}")
def say(
    request: Request, asker: CurrentAsker, child: str, step: Literal["accept", "decline"],
    said: Annotated[AnswerBody, Depends(body(AnswerBody))],
) -> Response:  # fmt: skip
    """Say yes or no; the list as it is then."""
    asked = _front(request).helping
    if step == "accept":
        asked.accept(asker, child)
    else:
        asked.decline(asker, child, said.reason, said.why)
    return answer(asked.mine(asker))
