"""Working together, for a program that works with a person's own session: the pages' acts, as JSON."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from hub.domain.attendance import Present
from hub.domain.challenge import Raise
from hub.domain.moments import aware
from hub.domain.strategy import Call, Called, Conclude, Hold
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker

strategy = APIRouter(prefix="/api/v1")


class CallBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy discussion to call; `at` with its zone."""

    children: tuple[str, ...]
    asked: tuple[Called, ...]
    at: datetime
    means: str
    why: str


class StrategyBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one step needs: `hold` held_at, present, spoke; `knew` organisation, words; `decide` opens, how, ground, safety,
    reason, why_not_quorate; `reconvene` at; `end` child, outcome, words.
    """

    held_at: datetime | None = None
    present: tuple[Present, ...] = ()
    spoke: str = ""
    organisation: str = ""
    words: str = ""
    opens: dict[str, bool] = {}
    how: str = ""
    ground: str = ""
    safety: str = ""
    reason: str = ""
    why_not_quorate: str = ""
    at: datetime | None = None
    child: str = ""
    outcome: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _moment(given: datetime | None, field: str) -> datetime | None:
    """In UTC; raises BadMessage for a time without a zone."""
    return aware(given, field) if given is not None else None


@strategy.get("/enquiries/{enquiry}/strategy")
def discussions(request: Request, asker: CurrentAsker, enquiry: str) -> Response:
    """The strategy discussions of a MASH enquiry."""
    return answer(_front(request).discussing.page(asker, enquiry))


@strategy.post("/enquiries/{enquiry}/strategy")
def call(
    request: Request, asker: CurrentAsker, enquiry: str, said: Annotated[CallBody, Depends(body(CallBody))]
) -> JSONResponse:
    """Call one; its id."""
    wish = Call(
        enquiry=enquiry, children=said.children, asked=said.asked, at=_moment(said.at, "at"), means=said.means,
        why=said.why, by=asker.staff,
    )  # fmt: skip
    return JSONResponse({"discussion": _front(request).discussing.call(asker, wish)}, 201)


@strategy.get("/strategy/{discussion}")
def show(request: Request, asker: CurrentAsker, discussion: str) -> Response:
    """One, as its page shows it."""
    return answer(_front(request).discussing.view(asker, discussion))


@strategy.post("/strategy/{discussion}/{step}")
def act(
    request: Request, asker: CurrentAsker, discussion: str,
    step: Literal["hold", "knew", "decide", "reconvene", "end"],
    said: Annotated[StrategyBody, Depends(body(StrategyBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).discussing
    hold = Hold(held_at=_moment(said.held_at, "held_at"), present=said.present, spoke=said.spoke, by=asker.staff)
    decide = Conclude(
        opens=said.opens, how=said.how, ground=said.ground, safety=said.safety, reason=said.reason,
        why_not_quorate=said.why_not_quorate, by=asker.staff,
    )  # fmt: skip
    steps: dict[str, Callable[[], None]] = {
        "hold": lambda: asked.hold(asker, discussion, hold),
        "knew": lambda: asked.tell_of(asker, discussion, said.organisation, said.words),
        "decide": lambda: asked.conclude(asker, discussion, decide),
        "reconvene": lambda: asked.reconvene(asker, discussion, _moment(said.at, "at")),
        "end": lambda: asked.end(asker, discussion, said.child, said.outcome, said.words),
    }
    steps[step]()
    return answer(asked.view(asker, discussion))


own_leads = APIRouter(prefix="/api/v1")
leads = APIRouter(prefix="/api/v1")


class LeadBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What one step needs: `propose` to and why; `decline` and `end` reason and why; `choose` to."""

    to: str = ""
    reason: str = ""
    why: str = ""


@own_leads.get("/leads")
def my_leads(request: Request, asker: CurrentAsker) -> Response:
    """What this person is asked, and for whom they lead."""
    return answer(_front(request).leading.mine(asker))


@own_leads.post("/leads/{child}/{step}")
def answer_lead(
    request: Request, asker: CurrentAsker, child: str, step: Literal["accept", "decline", "hand-over", "take-back", "end"],
    said: Annotated[LeadBody, Depends(body(LeadBody))],
) -> Response:  # fmt: skip
    """Say yes or no, hand over, or end; the list as it is then."""
    asked = _front(request).leading
    steps: dict[str, Callable[[], object]] = {
        "accept": lambda: asked.accept(asker, child),
        "decline": lambda: asked.decline(asker, child, said.reason, said.why),
        "hand-over": lambda: asked.propose(asker, child, said.to, said.why),
        "take-back": lambda: asked.take_back(asker, child),
        "end": lambda: asked.end(asker, child, said.reason, said.why),
    }
    steps[step]()
    return answer(asked.mine(asker))


@leads.get("/children/{child}/lead")
def lead(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Who leads for a child."""
    return answer(_front(request).leading.view(asker, child))


@leads.post("/children/{child}/lead/{step}")
def lead_act(
    request: Request, asker: CurrentAsker, child: str, step: Literal["propose", "take-back", "end", "choose"],
    said: Annotated[LeadBody, Depends(body(LeadBody))],
) -> Response:  # fmt: skip
    """Ask somebody, take it back, end it, or choose between two; how it is then."""
    asked = _front(request).leading
    steps: dict[str, Callable[[], object]] = {
        "propose": lambda: asked.propose(asker, child, said.to, said.why),
        "take-back": lambda: asked.take_back(asker, child),
        "end": lambda: asked.end(asker, child, said.reason, said.why),
        "choose": lambda: asked.choose(asker, child, said.to),
    }
    steps[step]()
    return answer(asked.view(asker, child))


sent = APIRouter(prefix="/api/v1")


@sent.get("/sent")
def what_we_sent(request: Request, asker: CurrentAsker) -> Response:
    """What this person's own organisation sent, and what became of each message."""
    return answer(tuple(_front(request).sent(asker)))


challenges = APIRouter(prefix="/api/v1")


class ChallengeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge to raise: `about` a message of one's own or a MASH enquiry."""

    about: str
    type: str
    risk: bool
    why: str


class ChallengeStepBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What one step needs: `answer` outcome and why; `escalate` why."""

    outcome: str = ""
    why: str = ""


@challenges.get("/challenges")
def my_challenges(request: Request, asker: CurrentAsker) -> Response:
    """One's own challenges, and for who answers all that there are."""
    return answer(_front(request).challenging.page(asker))


@challenges.post("/challenges")
def begin_challenge(
    request: Request, asker: CurrentAsker, said: Annotated[ChallengeBody, Depends(body(ChallengeBody))]
) -> JSONResponse:
    """Raise one; its id."""
    wish = Raise(about=said.about, type=said.type, risk=said.risk, why=said.why, by=asker.staff)
    return JSONResponse({"challenge": _front(request).challenging.begin(asker, wish)}, 201)


@challenges.get("/challenges/{challenge}")
def challenge(request: Request, asker: CurrentAsker, challenge: str) -> Response:
    """One, as its page shows it."""
    return answer(_front(request).challenging.view(asker, challenge))


@challenges.post("/challenges/{challenge}/{step}")
def challenge_act(
    request: Request, asker: CurrentAsker, challenge: str, step: Literal["answer", "escalate", "accept", "withdraw"],
    said: Annotated[ChallengeStepBody, Depends(body(ChallengeStepBody))],
) -> Response:  # fmt: skip
    """One step on it, and how it is then."""
    asked = _front(request).challenging
    steps: dict[str, Callable[[], None]] = {
        "answer": lambda: asked.answer(asker, challenge, said.outcome, said.why),
        "escalate": lambda: asked.escalate(asker, challenge, said.why),
        "accept": lambda: asked.accept(asker, challenge),
        "withdraw": lambda: asked.withdraw(asker, challenge),
    }
    steps[step]()
    return answer(asked.view(asker, challenge))


prompts = APIRouter(prefix="/api/v1")
own_prompts = APIRouter(prefix="/api/v1")


class PromptBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt: `setting` as "organisation/setting", `prompt` a code of the list."""

    setting: str
    prompt: str


@prompts.get("/children/{child}/prompts")
def prompts_of(request: Request, asker: CurrentAsker, child: str) -> Response:
    """Prompts about a child, and what may be sent to whom."""
    return answer(_front(request).prompting.page(asker, child))


@prompts.post("/children/{child}/prompts")
def send_prompt(
    request: Request, asker: CurrentAsker, child: str, said: Annotated[PromptBody, Depends(body(PromptBody))]
) -> JSONResponse:
    """Send one; its id."""
    return JSONResponse({"prompt": _front(request).prompting.send(asker, child, said.setting, said.prompt)}, 201)


@prompts.post("/prompts/{prompt}/take-back")
def take_prompt_back(request: Request, asker: CurrentAsker, prompt: str) -> JSONResponse:
    """It is asked no more."""
    _front(request).prompting.take_back(asker, prompt)
    return JSONResponse({"prompt": prompt, "state": "taken_back"})


@own_prompts.get("/prompts")
def my_prompts(request: Request, asker: CurrentAsker) -> Response:
    """What this person's setting is asked."""
    return answer(_front(request).prompting.mine(asker))


@own_prompts.post("/prompts/{prompt}/acknowledge")
def acknowledge_prompt(request: Request, asker: CurrentAsker, prompt: str) -> Response:
    """Say that one has it; the list as it is then."""
    _front(request).prompting.acknowledge(asker, prompt)
    return answer(_front(request).prompting.mine(asker))
