"""Consent to share, and apart from it agreement to services: what is on record of one person, and forms to record more.

Nothing is chosen beforehand. A withdrawal first shows what rests on it. Who may see and record what is decided behind `front`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import NotFound, Refused
from hub.domain.family_wish import CATEGORIES, DAYS, PURPOSES, SHARING_ALONE, About, What, Wish
from hub.views import consent_words as words
from hub.views.chronology import words_for
from hub.views.models import Asker, Choice
from hub.views.models.consent import ConsentView
from hub.web import errors
from hub.web.family_form import wish_of_form
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of
from hub.web.words import day

router = APIRouter()
receiving = APIRouter()  # for who acknowledges on behalf of an organisation

ABOUT_ONE = ("withdrawn", "expired", "invalid", "evidence")  # begun beside the statement that they are about
ABOUTS = {"share": "consent_to_share", "service": "agreement_to_service"}  # as an address says it
TITLES = {
    "sought": "Ask", "capacity": "Whether they can decide this", "given": "They agreed", "refused": "They said no",
    "objection": "They objected", "not_sought": "Nobody was asked", "withdrawn": "Withdraw", "expired": "It has ended",
    "invalid": "It never counted", "evidence": "The form is held now", "conflict": "Whose view governs",
    "judged_again": "Judge the risk again",
}  # fmt: skip


def _choices(labels: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, label) for code, label in labels.items())


@router.get("/child/{person}/consent")
def consent(request: Request, asker: CurrentAsker, person: str) -> Response:
    """What is on record of one person about sharing, and about services. Each look goes on the ledger."""
    front: Front = request.app.state.front
    view = front.consents.view(asker, person)
    if view.person != person:
        return errors.see_other(f"/child/{view.person}/consent")
    share = tuple(Choice(code, words.WHAT[code]) for code in get_args(What) if code not in ABOUT_ONE)
    service = tuple(one for one in share if one.code not in SHARING_ALONE)
    return renderer_of(request).page(request, "consent.html", view=view, share=share, service=service)


@router.get("/child/{person}/consent/{about}/{what}")
def form(
    request: Request, asker: CurrentAsker, person: str, about: str, what: str,
    statement: Annotated[str, Query(max_length=120)] = "",
) -> Response:  # fmt: skip
    """The form for one thing that a family said. `statement` is the fact that it is about, where it is about one."""
    return _form(request, asker, person, about, what, Answers({"statement": statement}, {}))


@router.post("/child/{person}/consent/{about}/{what}")
def record(request: Request, asker: CurrentAsker, person: str, about: str, what: str, sent: Sent) -> Response:
    """Record it, or show what is missing; a withdrawal first shows what rests on it."""
    front: Front = request.app.state.front
    if about not in ABOUTS:
        raise NotFound("no such form")
    if sent.text("step") == "change":
        return _form(request, asker, person, about, what, sent)
    try:
        wish = wish_of_form(person, ABOUTS[about], what, sent)
        if what == "withdrawn" and about == "share" and sent.text("step") != "confirm":
            return _preview(request, asker, wish, sent)
        front.consents.say(asker, wish)
    except Refused as refused:
        return _form(request, asker, person, about, what, sent, [_beside_its_question(refused)])
    return errors.see_other(f"/child/{person}/consent")


def _preview(request: Request, asker: Asker, wish: Wish, sent: Answers) -> Response:
    front: Front = request.app.state.front
    if not wish.effect:
        raise Refused("Select whether to stop from now on, or also to ask for what was given back", "effect")
    view = front.consents.preview(asker, wish)
    carried = tuple(
        Choice(name, value)
        for name, values in sent.many.items()
        if name not in {"token", "step", "preview"}
        for value in values
    )
    return renderer_of(request).page(
        request, "consent_withdraw.html", view=view, effect=words.EFFECTS[wish.effect], carried=carried
    )


def _beside_its_question(refused: Refused) -> Problem:
    """What the hub refused, at a question that the page has: a date is three boxes, the first of which is named."""
    problem = as_problem(refused)
    at = f"{problem.field}-day" if problem.field in DAYS else problem.field
    return Problem({"by": "reason", "what": "reason", "preview": "effect", "about": "reason"}.get(at, at), problem.text)


def _form(
    request: Request, asker: Asker, person: str, about: str, what: str, answers: Answers = NOTHING,
    problems: Sequence[Problem] = (),
) -> HTMLResponse:  # fmt: skip
    if about not in ABOUTS or what not in TITLES or (about == "service" and what in SHARING_ALONE):
        raise NotFound("no such form")
    front: Front = request.app.state.front
    view = front.consents.view(asker, person)
    chosen = answers.text("statement")
    rows = view.statements if about == "share" else view.agreements
    if what in ABOUT_ONE and chosen not in {one.ref for one in rows}:
        raise NotFound("no such statement")
    kind: About = "consent_to_share" if about == "share" else "agreement_to_service"
    return renderer_of(request).page(
        request,
        "consent_form.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=view, about=about, what=what, title=TITLES[what], sharing=kind == "consent_to_share",
        row=next((one for one in view.statements if one.ref == chosen), None),
        organisations=front.options(asker).organisations, options=_options(view, about),
        refused_to_ask=what == "sought" and about == "share" and bool(view.anyway),
        answers=answers, ticked={name: answers.ticked(name) for name in answers.many}, errors=tuple(problems),
    )  # fmt: skip


def _options(view: ConsentView, about: str) -> dict[str, tuple[Choice, ...]]:
    """The answers of every question, by its name; none chosen."""
    givers = {code: label for code, label in words.GIVERS.items() if code != "not_recorded"}
    if view.kind == "adult":
        givers = {code: givers[code] for code in ("adult_self", "court")}
    else:
        del givers["adult_self"]
    rows = view.statements if about == "share" else view.agreements
    standing = tuple(
        Choice(one.ref, f"{one.giver}: {one.state.lower()}, {one.organisation}")
        for one in rows
        if one.stands and one.code in {"given", "asserted", "agreed", "refused", "declined", "objection", "withdrawn"}
    )
    before = {one.who or "as_before": one for one in view.statements if one.several}
    again = tuple(
        Choice(who, f"Yes: {one.giver.lower()}, {one.state.lower()} {day(one.known_at)}, {one.organisation}")
        for who, one in before.items()
    )
    return {
        "who": (Choice("new", "No, or it is not known"), *again),
        "giver": _choices(givers), "how": _choices(words.HOW), "interpreter": _choices(words.INTERPRETERS),
        "categories": tuple(Choice(code, words_for(code)) for code in CATEGORIES),
        "purposes": tuple(Choice(code, words.PURPOSES[code]) for code in PURPOSES),
        "present": _choices(words.ROOM), "shown": _choices(words.SHOWN), "test": _choices(words.TESTS),
        "outcome": _choices(words.OUTCOMES), "judged": _choices(words.JUDGED), "ground": _choices(words.GROUNDS),
        "invalid": _choices(words.INVALID), "effect": _choices(words.EFFECTS), "standing": standing,
        "records": tuple(
            Choice(record, f"Yes: {one.giver.lower()}, {one.state.lower()} {day(one.known_at)}")
            for record, one in {one.record: one for one in rows if one.record}.items()
        ),
    }  # fmt: skip


# -------------------------------------------------------------------------------------------- an organisation's notices


@receiving.get("/consent/notices")
def notices(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What one's own organisation must stop, and by when it says that it has."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "consent_notices.html", view=front.consents.notices(asker))


@receiving.post("/consent/notices/{notice}")
def acknowledge(request: Request, asker: CurrentAsker, notice: str, sent: Sent) -> Response:
    """Say that one's organisation has stopped."""
    del sent  # the form holds its token alone, and the guard has read it
    front: Front = request.app.state.front
    try:
        front.consents.acknowledge(asker, notice)
    except Refused as refused:
        view = front.consents.notices(asker)
        return renderer_of(request).page(
            request, "consent_notices.html", status=errors.UNPROCESSABLE, view=view,
            errors=(Problem("notices", as_problem(refused).text),),
        )  # fmt: skip
    return errors.see_other("/consent/notices")
