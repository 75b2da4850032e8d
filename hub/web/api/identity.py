"""Who is who, for programs of staff: reviews, proposals, decisions and what owners of records are asked. As the pages do it.

The same answers are open as on the page: about nobody whose names and numbers were not shown, and joined by two people.
"""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from msgspec import Struct
from starlette.responses import Response

from hub.domain.errors import Refused
from hub.domain.identity import DecideIdentity, Outcome, Reason, What
from hub.views.asking_owners import AskOwner
from hub.views.models import Asker
from hub.web.api.answers import answer
from hub.web.api.bodies import body
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.pages.identity import verdicts

router = APIRouter(prefix="/api/v1/identity")
CREATED = 201
Page = Annotated[int, Query(ge=1, le=10_000)]
Start = Annotated[int, Query(ge=0, le=1000)]


class Answered(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer to a review or a proposal. `seen` is the position of the view that was read (`stamp.position`), `start` the
    first candidate that it showed; `other` which candidate is the same.
    """

    verdict: Literal["same", "different", "cannot_tell"]
    reason: str
    why: str
    seen: int
    other: str = ""
    ask: str = ""
    start: int = 0


class Second(Struct, frozen=True, forbid_unknown_fields=True):
    """What a second person says (`agree`, `not_agree`), or what came of who was shown what (`assess`, with an outcome)."""

    step: Literal["agree", "not_agree", "assess"]
    why: str = ""
    outcome: str = ""


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What an organisation is asked about its own record: `record` (a slash and a setting may follow), codes of questions."""

    record: str
    questions: tuple[str, ...]
    out_of_term: str = ""


class Withdrawn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a request is withdrawn; nothing for a reminder or a link."""

    reason: str = ""


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


# ------------------------------------------------------------------------------------------------ reviews, proposals


@router.get("/reviews")
def reviews(request: Request, asker: CurrentAsker, page: Page = 1) -> Response:
    """A page of the persons in review, the most urgent first, with the proposals and reports beside them."""
    return answer(_front(request).reviews(asker, page))


@router.get("/reviews/{person}")
def review(request: Request, asker: CurrentAsker, person: str, start: Start = 0) -> Response:
    """One person in doubt beside up to four candidates."""
    return answer(_front(request).review(asker, person, start))


@router.post("/reviews/{person}")
def decide(
    request: Request, asker: CurrentAsker, person: str, said: Annotated[Answered, Depends(body(Answered))]
) -> Response:
    """Answer a review; the decision, and what became of it."""
    return _decided(request, asker, person, "", said)


@router.get("/proposals")
def proposals(request: Request, asker: CurrentAsker, page: Page = 1) -> Response:
    """A page of the pairs of whom it is proposed that they are one."""
    found = _front(request).reviews(asker, page)
    return answer(
        {"stamp": found.stamp, "proposals": found.proposals, "total": found.proposed, "closed": found.closed,
         "number": found.number, "pages": found.pages}
    )  # fmt: skip


@router.get("/proposals/{person}/{other}")
def proposal(request: Request, asker: CurrentAsker, person: str, other: str) -> Response:
    """Two of whom it is proposed that they are one, side by side."""
    return answer(_front(request).review(asker, person, 0, other))


@router.post("/proposals/{person}/{other}")
def decide_proposal(
    request: Request, asker: CurrentAsker, person: str, other: str, said: Annotated[Answered, Depends(body(Answered))]
) -> Response:
    """Answer a proposal; that they are one is a merge, and waits for a second person."""
    return _decided(request, asker, person, other, said)


def _decided(request: Request, asker: Asker, person: str, proposed: str, said: Answered) -> Response:
    front = _front(request)
    view = front.review(asker, person, said.start, proposed)
    person, proposed = view.person, view.other
    other = said.other or (view.candidates[0].person if proposed and view.candidates else "")
    wanted = f"same:{other}" if said.verdict == "same" else said.verdict
    if not view.settled and wanted not in {one.code for one in verdicts(view)}:
        raise Refused("Answer about whom this view shows: names and numbers were not shown, or not of all", "verdict")
    what = "merge" if proposed and said.verdict == "same" else said.verdict
    whom = proposed or (said.other if said.verdict == "same" else "")
    wish = DecideIdentity(
        what=cast("What", what), person=person, other=whom, reason=cast("Reason", said.reason), why=said.why, ask=said.ask,
        by=asker.staff, seen_position=said.seen,
    )  # fmt: skip
    return answer(dict(front.identity_decide(asker, wish)), CREATED)


# ------------------------------------------------------------------------------------------------------------ decisions


@router.get("/decisions")
def decisions(
    request: Request, asker: CurrentAsker, before: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> Response:  # fmt: skip
    """What waits for a second person, and what was decided before a position."""
    return answer(_front(request).identity_decisions(asker, before))


@router.get("/decisions/{identity}")
def decision(request: Request, asker: CurrentAsker, identity: str) -> Response:
    """One decision, as its page shows it."""
    return answer(_front(request).identity_decision(asker, identity))


@router.post("/decisions/{identity}")
def respond(
    request: Request, asker: CurrentAsker, identity: str, said: Annotated[Second, Depends(body(Second))]
) -> Response:
    """Agree as a second person, or not (or take one's own back), or say what came of who was shown what."""
    front = _front(request)
    match said.step:
        case "agree":
            done = front.identity_agree(asker, identity)
        case "not_agree":
            done = front.identity_not_agree(asker, identity, said.why)
        case "assess":
            done = front.identity_assess(asker, identity, cast("Outcome", said.outcome), said.why)
    return answer(dict(done))


# --------------------------------------------------------------------------------- what owners of records are asked


@router.get("/reviews/{person}/requests")
def asked(request: Request, asker: CurrentAsker, person: str) -> Response:
    """What the owners of the records in a review were asked, what they answered, and what may be asked."""
    return answer(_front(request).owners.page(asker, person))


@router.post("/reviews/{person}/requests")
def ask(request: Request, asker: CurrentAsker, person: str, wish: Annotated[Asked, Depends(body(Asked))]) -> Response:
    """Ask whoever sent a record in doubt about that record."""
    return _ask(request, asker, (person, ""), wish)


@router.get("/proposals/{person}/{other}/requests")
def asked_of_two(request: Request, asker: CurrentAsker, person: str, other: str) -> Response:
    """The same of two who are proposed to be one."""
    return answer(_front(request).owners.page(asker, person, other))


@router.post("/proposals/{person}/{other}/requests")
def ask_of_two(
    request: Request, asker: CurrentAsker, person: str, other: str, wish: Annotated[Asked, Depends(body(Asked))]
) -> Response:
    """Ask whoever sent a record of either about that record."""
    return _ask(request, asker, (person, other), wish)


def _ask(request: Request, asker: Asker, two: tuple[str, str], wish: Asked) -> Response:
    made = _front(request).owners.ask(
        asker,
        AskOwner(
            person=two[0], other=two[1], record=wish.record, questions=wish.questions, out_of_term=wish.out_of_term,
            by=asker.staff,
        ),
    )  # fmt: skip
    return answer({"request": made}, CREATED)


@router.post("/requests/{named}/{what}")
def change(
    request: Request, asker: CurrentAsker, named: str, what: str, said: Annotated[Withdrawn, Depends(body(Withdrawn))]
) -> Response:
    """`remind`, `withdraw` ({"reason"}), or `link`, whose answer holds link and code, this once."""
    owners = _front(request).owners
    match what:
        case "remind":
            owners.remind(asker, named)
        case "withdraw":
            owners.withdraw(asker, named, said.reason)
        case "link":
            return answer(owners.link(asker, named))
        case _:
            raise Refused("Send to remind, withdraw or link", "what")
    return answer({"request": named, "done": what})
