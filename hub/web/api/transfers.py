"""Children who move between partnerships, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import Response

from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

of_child = APIRouter(prefix="/api/v1")
front_door = APIRouter(prefix="/api/v1")


class MoveBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a proposal needs: to, and theirs where no level there, or several, mean the same (0: they decide)."""

    to: str = ""
    theirs: int | None = None


class AnswerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What an answer needs: `take-on` child, level, to, why, called, ground, evidence; `decline` reason."""

    child: str = ""
    level: int | None = None
    to: str = ""
    why: str = ""
    called: str = ""
    ground: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""


class LetterBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter of another hub, as its file reads."""

    text: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@of_child.get("/children/{child}/move")
def moves(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Whether a child moves to another partnership."""
    return answer(_front(request).transferring.view(asker, child))


@of_child.post("/children/{child}/move/{step}")
def act(
    request: Request, asker: CurrentAsker, child: str, step: Literal["propose", "take-back"],
    said: Annotated[MoveBody, Depends(body(MoveBody))],
) -> Response:  # fmt: skip
    """One step, and how it stands then."""
    asked = _front(request).transferring
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(asker, child, said.to, said.theirs),
        "take-back": lambda: asked.take_back(asker, child),
    }
    steps[step]()
    return answer(asked.view(asker, child))


@front_door.get("/transfers")
def every_move(request: Request, asker: CurrentAsker) -> Response:
    """Children who move to another hub, or come from one."""
    return answer(_front(request).transferring.page(asker))


@front_door.get("/transfers/{move}")
def letter(request: Request, asker: CurrentAsker, move: str) -> Response:
    """The letter to carry to the other hub."""
    return answer(_front(request).transferring.letter(asker, move))


@front_door.post("/transfers")
def receive(
    request: Request, asker: CurrentAsker, said: Annotated[LetterBody, Depends(body(LetterBody))]
) -> Response:  # fmt: skip
    """Bring a letter in."""
    return answer(_front(request).transferring.receive(asker, said.text.encode()))


@front_door.post("/transfers/{move}/{step}")
def say(
    request: Request, asker: CurrentAsker, move: str, step: Literal["take-on", "decline"],
    said: Annotated[AnswerBody, Depends(body(AnswerBody))],
) -> Response:  # fmt: skip
    """Answer another hub; the list as it is then."""
    asked = _front(request).transferring
    steps: dict[str, Callable[[], object]] = {
        "take-on": lambda: asked.take_on(
            asker,
            move,
            said.child,
            said.level,
            said.to,
            said.why,
            said.evidence,
            called=said.called,
            ground=said.ground,
        ),
        "decline": lambda: asked.decline(asker, move, said.reason),
    }
    steps[step]()
    return answer(asked.page(asker))
