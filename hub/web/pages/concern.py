"""A contact by telephone, entered on the caller's behalf: it becomes a message like any other."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import BadMessage
from hub.domain.message import (
    STAFF,
    Address,
    ConcernRaised,
    FamilyTold,
    HowKnown,
    Name,
    Occurred,
    Person,
    Seen,
    Subject,
)
from hub.domain.moments import LONDON
from hub.views.models import Choice
from hub.web import errors
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem, faults
from hub.web.front import Front
from hub.web.guards import Person as SomebodySignedIn
from hub.web.guards import doorkeeper_of
from hub.web.render import renderer_of
from hub.web.session import SignedIn

router = APIRouter()

KIND = "mash.concern-raised.v1"
PUBLIC = "caller"  # a member of the public: the organisation that took the call says it
HOW_KNOWN = (
    Choice("first_hand", "The caller saw or measured it"),
    Choice("told_by_child", "The child told the caller"),
    Choice("told_by_family", "The family told the caller"),
    Choice("told_by_other", "Somebody else told the caller"),
)
SEEN = (
    Choice("seen_alone", "Seen, and alone"),
    Choice("seen", "Seen"),
    Choice("seen_obscured", "Seen but obscured, or not examined"),
    Choice("not_seen", "Not seen"),
)
WHY_NOT = (
    Choice("increases_risk", "It would increase the risk to the child"),
    Choice("prejudices_investigation", "It would harm an investigation"),
    Choice("delay", "It would delay what has to be done"),
    Choice("could_not_reach", "The family could not be reached"),
    Choice("other", "Another reason"),
)


def _page(
    request: Request, who: SignedIn, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    front: Front = request.app.state.front
    asker, options = who.asker, front.options(who.asker)
    # the form's own, sealed: sent twice, it is one message, to the letter
    message_id = answers.text("message_id") or str(uuid4())
    begun_at = answers.text("begun_at") or datetime.now(UTC).isoformat()
    return renderer_of(request).page(
        request,
        "concern_new.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        stamp=front.stamp(asker),
        answers=answers,
        message_id=message_id,
        begun_at=begun_at,
        seal=doorkeeper_of(request).seal(who.session, message_id, begun_at),
        callers=(Choice(PUBLIC, "A member of the public, or the family"), *options.organisations),
        referrers=options.referrers,
        indicators=options.indicators,
        ticked=answers.ticked("indicators"),
        how_known=HOW_KNOWN,
        seen=SEEN,
        why_not=WHY_NOT,
        errors=tuple(problems),
    )


@router.get("/concern/new")
def new(request: Request, who: SomebodySignedIn) -> HTMLResponse:
    """The questions; nothing is selected beforehand."""
    return _page(request, who)


@router.post("/concern/new")
def send(request: Request, who: SomebodySignedIn, sent: Sent) -> Response:
    """Publish it and show the receipt, or show what is missing.

    The contact was recorded when the form was begun: that moment comes back with it, so a form that is sent twice
    says the same twice. Raises Forbidden for an id or a moment that no page of this session gave.
    """
    front: Front = request.app.state.front
    asker, identity, begun = who.asker, sent.text("message_id"), sent.text("begun_at")
    doorkeeper_of(request).check_seal(who.session, sent.text("seal"), identity, begun)
    now = datetime.fromisoformat(begun)  # sealed, so it is ours
    problems = faults(
        sent,
        {
            "caller": "Select who is calling",
            "referrer_kind": "Select what kind of source the caller is",
            "how_known": "Select how the caller knows it",
            "narrative": "Enter what the caller says happened",
            "seen": "Select whether the child was seen",
            "family_told": "Select whether the family has been told",
        },
    )
    if sent.yes("family_told") is False and not sent.text("why_not"):
        problems.append(Problem("why_not", "Select why the family has not been told"))
    occurred = _occurred(sent, now, problems)
    born = _day(sent, "born", "date of birth", problems)
    if problems or occurred is None:
        return _page(request, who, sent, problems)
    by_public = sent.text("caller") == PUBLIC
    said = sent.text("caller") if not by_public else asker.organisation
    message = ConcernRaised(
        organisation=said,
        setting=asker.setting if by_public else None,
        source_sequence=0,  # the gateway numbers what enters through it
        recorded_at=now,
        on_behalf_of=f"{STAFF}{asker.staff}",  # who typed it; the gateway signs it, and the record keeps both
        occurred=occurred,
        how_known=HowKnown(sent.text("how_known")),  # type: ignore[arg-type] # the codec checks the code
        referrer_kind=sent.text("referrer_kind"),
        referrer_name=sent.text("caller_name") or None,
        subjects=(_subject(sent, born),),
        narrative=sent.text("narrative"),
        family_told=FamilyTold(sent.yes("family_told") is True, sent.text("why_not") or None),  # type: ignore[arg-type]
    )
    front.may_enter(asker)
    try:
        (receipt,) = front.publish([(identity, message)])
    except BadMessage as bad:
        return _page(request, who, sent, [as_problem(bad)])
    return renderer_of(request).page(
        request, "concern_sent.html", stamp=front.stamp(asker), identity=receipt.id, position=receipt.position,
        received=receipt.received,
    )  # fmt: skip


def _subject(sent: Answers, born: date | None) -> Subject:
    names: tuple[Name, ...] = ()
    if sent.text("forenames") or sent.text("surname"):
        names = (Name(sent.text("forenames"), sent.text("surname")),)
    lines = tuple(line.strip() for line in sent.text("address").splitlines() if line.strip())
    postcode = sent.text("postcode").upper() or None
    addresses = (Address(lines, postcode),) if lines or postcode else ()
    seen = sent.text("seen")
    return Subject(
        person=Person(names=names, birth_date=born, addresses=addresses, school=sent.text("school") or None),
        indicators=sent.ticked("indicators"),
        seen=seen if seen in get_args(Seen) else "not_seen",  # type: ignore[arg-type]
        voice=sent.text("voice") or None,
    )


def _day(sent: Answers, name: str, what: str, problems: list[Problem]) -> date | None:
    """A day from three boxes; None when all are empty, and a problem when they make no day."""
    parts = [sent.text(f"{name}-{part}") for part in ("day", "month", "year")]
    if not any(parts):
        return None
    try:
        day, month, year = (int(part) for part in parts)
        return date(year if year > 99 else 0, month, day)
    except ValueError:
        problems.append(Problem(f"{name}-day", f"Enter a real {what}, like 27 3 2019, or leave it empty"))
        return None


def _occurred(sent: Answers, now: datetime, problems: list[Problem]) -> Occurred | None:
    """The day, with the time where one was given; without a day the period is open and the caller's words stand."""
    words = sent.text("occurred_words") or None
    day = _day(sent, "occurred", "day", problems)
    if any(problem.field == "occurred-day" for problem in problems):
        return None
    if day is None:
        if words is None:
            problems.append(Problem("occurred-day", "Enter when it happened: a day, or the caller's own words below"))
            return None
        return Occurred(now - timedelta(days=365), now, "unknown", words)
    start = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    if start > now:
        problems.append(Problem("occurred-day", "Enter a day that is not in the future"))
        return None
    end = min(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LONDON).astimezone(UTC), now)
    return Occurred(start.astimezone(UTC), end, "day", words)
