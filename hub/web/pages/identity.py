"""Who is who: the reviews, one review side by side, decisions that wait for a second person, and what came of each.

Nothing is chosen beforehand, no button answers for several at once, and whatever moves something is shown once more before
it is sent. Who may see and do what is decided behind `front`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.identity import TWO_PEOPLE, DecideIdentity, Outcome, Reason, What
from hub.views.identity_words import MATCHING, OUTCOMES, REASONS, RESTRICTING, WHAT
from hub.views.models import Asker, Choice, IdentityView, Review, WhoThisIs
from hub.views.review_in_codes import answers_open
from hub.web import errors, words
from hub.web.forms import NOTHING, Answers, Problem, Sent, as_problem
from hub.web.front import Front
from hub.web.guards import CurrentAsker
from hub.web.render import renderer_of

router = APIRouter()
reporting = APIRouter()  # for who answers for information: codes alone

CHANGES: tuple[What, ...] = ("unlink", "merge", "split", "restrict", "unrestrict")
TITLES = {
    "unlink": "Take source records off this person",
    "merge": "Merge with another person",
    "split": "Take a merge back",
    "restrict": "Restrict this identity",
    "unrestrict": "End the restriction of this identity",
}
FOLLOWS = {  # what happens when it is carried out, said before it is sent
    "same": "What was said about the person in doubt will stand on the page of the other, and count there.",
    "different": "The person in doubt gets a page of their own. No rule will link the two again.",
    "cannot_tell": "Nothing moves. The review stays open, and your answer stands beside it.",
    "unlink": (
        "What these records say will no longer stand on this page, nor count there. No rule will link them again. "
        "The hub then lists who was shown it."
    ),
    "merge": "Everything about both will stand on one page, for everybody who may open it.",
    "different_two": "Both keep their own pages. No rule will link or propose the two again.",
    "cannot_tell_two": "Nothing moves. The hub does not ask again before an organisation says something that tells more.",
    "split": (
        "The merged person gets back the records that they brought, and the hub lists who was shown what on the wrong "
        "page. Where two were held to be different, the review opens again."
    ),
    "restrict": "Only the readers that you name will know that this person is on record.",
    "unrestrict": "Everybody whose role lets them may know of this person again.",
}  # fmt: skip
SELECT_REASON = Problem("reason", "Select a reason")
ENTER_WHY = Problem("why", "Enter in your own words why you decide so")


def _choices(codes: Sequence[str], labels: Mapping[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, labels[code]) for code in codes)


# ----------------------------------------------------------------------------------------------------------- the list


@router.get("/identity")
def reviews(request: Request, asker: CurrentAsker, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
    """Persons in doubt, the most urgent first, and what has to be gone through after a wrong link."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "identity.html", found=front.reviews(asker, page))


# ---------------------------------------------------------------------------------------------------------- one review


def verdicts(view: Review) -> tuple[Choice, ...]:
    """What may be answered, in words."""
    may = answers_open(view)
    same = tuple(
        Choice(f"same:{one.person}", f"The same person as candidate {one.number}, {words.short(one.person)}")
        for one in view.candidates
        if f"same:{one.person}" in may
    )
    further: tuple[Choice, ...] = (Choice("cannot_tell", "Cannot tell"),)
    if "different" in may:
        different = "Different from the candidate" if view.all_candidates == 1 else "Different from all of them"
        further = (Choice("different", different if view.candidates else "Somebody new to the hub"), *further)
    return (*same, *further)


def review_page(
    request: Request, asker: Asker, view: Review, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    """The page of a review or a proposal, with what was answered and what is wrong with it."""
    front: Front = request.app.state.front
    choices = verdicts(view)
    return renderer_of(request).page(
        request,
        "identity_review.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=view,
        verdicts=choices,
        reasons=_choices(MATCHING, REASONS),
        organisations=(Choice("", "Nobody"), *front.options(asker).organisations),
        answers=answers,
        errors=tuple(problems),
    )


@router.get("/identity/review/{person}")
def review(
    request: Request, asker: CurrentAsker, person: str, start: Annotated[int, Query(ge=0, le=1000)] = 0
) -> HTMLResponse:
    """One person in doubt beside the candidates; nothing is selected beforehand."""
    front: Front = request.app.state.front
    return review_page(request, asker, front.review(asker, person, start))


@router.get("/identity/proposal/{person}/{other}")
def proposal(request: Request, asker: CurrentAsker, person: str, other: str) -> HTMLResponse:
    """Two of whom it is proposed that they are one, side by side; nothing is selected beforehand."""
    front: Front = request.app.state.front
    return review_page(request, asker, front.review(asker, person, 0, other))


@router.post("/identity/proposal/{person}/{other}")
def answer_proposal(request: Request, asker: CurrentAsker, person: str, other: str, sent: Sent) -> Response:
    """As a review is answered; that they are one is a merge, which a second person must agree to."""
    return _answer(request, asker, person, other, sent)


@router.post("/identity/review/{person}")
def answer(request: Request, asker: CurrentAsker, person: str, sent: Sent) -> Response:
    """Check the answer, show it once more, and on "confirm" decide."""
    return _answer(request, asker, person, "", sent)


def _answer(request: Request, asker: Asker, person: str, proposed: str, sent: Answers) -> Response:
    front: Front = request.app.state.front
    view = front.review(asker, person, sent.number("start") or 0, proposed)
    person, proposed = view.person, view.other
    verdict, _, other = sent.text("verdict").partition(":")
    problems = []
    # of a review that was settled meanwhile the hub says so
    asked = {one.code for one in verdicts(view)}
    if verdict not in {"same", "different", "cannot_tell"} or not (view.settled or sent.text("verdict") in asked):
        problems.append(Problem("verdict", "Select whether they are the same person"))
    problems += _reasoned(sent)
    if problems or sent.text("step") == "change":
        return review_page(request, asker, view, sent, [] if sent.text("step") == "change" else problems)
    what = "merge" if proposed and verdict == "same" else verdict
    wish = DecideIdentity(
        what=cast("What", what), person=person, other=proposed or other, reason=cast("Reason", sent.text("reason")),
        why=sent.text("why"), ask=sent.text("ask"), by=asker.staff, seen_position=sent.number("seen") or 0,
    )  # fmt: skip

    def again(problem: Problem) -> HTMLResponse:
        return review_page(request, asker, front.review(asker, person, view.start, proposed), sent, [problem])

    ask = next((one.label for one in front.options(asker).organisations if one.code == wish.ask), "")
    back = f"/identity/proposal/{person}/{proposed}" if proposed else f"/identity/review/{person}"
    return _checked(request, asker, wish, sent, again, back, ask=ask, restricted=view.restricted, two=bool(proposed))


def _reasoned(sent: Answers) -> list[Problem]:
    problems = [] if sent.text("reason") in get_args(Reason) else [SELECT_REASON]
    return problems if sent.text("why") else [*problems, ENTER_WHY]


def _checked(
    request: Request, asker: Asker, wish: DecideIdentity, sent: Answers, again: Callable[[Problem], Response], back: str,
    *, ask: str = "", restricted: bool = False, beside: Sequence[WhoThisIs] = (), two: bool = False,
) -> Response:  # fmt: skip
    """Show what will happen, or on "confirm" let it happen. What touches a restricted identity needs two people."""
    if sent.text("step") != "confirm":
        follows = FOLLOWS.get(f"{wish.what}_two" if two else "", FOLLOWS[wish.what])
        # to move records to somebody known joins them there, as a merge does
        two = restricted or wish.what in TWO_PEOPLE or any(one.restricted for one in beside)
        two = two or (wish.what == "unlink" and bool(wish.other) and not wish.reverses)
        return renderer_of(request).page(
            request, "identity_check.html", stamp=request.app.state.front.stamp(asker), what=WHAT[wish.what],
            follows=follows, person_id=wish.person, other=wish.other, reason=REASONS[wish.reason],
            records=wish.source_records, readers=wish.readers, ask=ask, two=two, back=back,
            answers=sent, carried=_carried(sent), beside=beside,
            apart=len(beside) > 1 and (beside[1].person in beside[0].apart or beside[0].person in beside[1].apart),
        )  # fmt: skip
    front: Front = request.app.state.front
    try:
        made = front.identity_decide(asker, wish)
    except Refused as refused:
        return again(_beside_its_question(refused, wish))
    except VersionConflict:
        return again(Problem("verdict", "Something came in since you opened this page: look again, then decide"))
    return errors.see_other(f"/identity/decision/{made['identity']}")


def _carried(sent: Answers) -> tuple[Choice, ...]:
    """The answers as hidden fields of the next step."""
    return tuple(
        Choice(name, value) for name, values in sent.many.items() if name not in {"token", "step"} for value in values
    )


def _beside_its_question(refused: Refused, wish: DecideIdentity) -> Problem:
    """What the hub refused, at a question that the page has."""
    problem = as_problem(refused)
    on_review = {"person": "verdict", "other": "verdict", "seen": "verdict"}
    on_change = {"person": "why", "seen": "why", "reverses": "why", "identity": "why", "source_records": "record"}
    at = (on_change if wish.what in CHANGES else on_review).get(problem.field, problem.field)
    return Problem(at, problem.text)


# ------------------------------------------------------------------------------------------------------------ decisions


@router.get("/identity/decisions")
def decisions(request: Request, asker: CurrentAsker, before: Annotated[int, Query(ge=0, le=2**53)] = 0) -> HTMLResponse:
    """What waits for a second person, and what was decided."""
    front: Front = request.app.state.front
    found = front.identity_decisions(asker, before)
    return renderer_of(request).page(request, "identity_decisions.html", found=found, before=before)


def _decision_page(
    request: Request, view: IdentityView, answers: Answers = NOTHING, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    undo = ""
    if view.undo is not None:
        wanted = [("reverses", view.row.identity), ("other", view.undo.other)]
        wanted += [("record", one) for one in view.undo.records]
        undo = f"/identity/change/{view.undo.what}/{view.undo.person}?{urlencode([(k, v) for k, v in wanted if v])}"
        if view.undo.what == "review":
            undo = f"/identity/review/{view.undo.person}"
        if view.undo.what == "proposal":
            undo = f"/identity/proposal/{view.undo.person}/{view.undo.other}"
    return renderer_of(request).page(
        request,
        "identity_decision.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=view,
        undo=undo,
        report=view.report,
        follows=FOLLOWS.get(view.row.code, ""),
        outcomes=tuple(Choice(code, label) for code, label in OUTCOMES.items()),
        answers=answers,
        errors=tuple(problems),
    )


@router.get("/identity/decision/{identity}")
def decision(request: Request, asker: CurrentAsker, identity: str) -> HTMLResponse:
    """One decision: who, why, whether a second person agreed, what moved, and who was shown what before."""
    front: Front = request.app.state.front
    return _decision_page(request, front.identity_decision(asker, identity))


@router.post("/identity/decision/{identity}")
def respond(request: Request, asker: CurrentAsker, identity: str, sent: Sent) -> Response:
    """A second person agrees or does not, or somebody says what came of who was shown what."""
    front: Front = request.app.state.front
    step, why = sent.text("step"), sent.text("why")
    problems = []
    if step == "second":
        if sent.text("agree") not in {"yes", "no"}:
            problems.append(Problem("agree", "Select whether you agree"))
        if sent.text("agree") == "no" and not why:
            problems.append(Problem("why", "Enter why you do not agree"))
    elif step == "take_back":
        if not why:
            problems.append(Problem("why", "Enter why you take it back"))
    elif step == "assess":
        if sent.text("outcome") not in OUTCOMES:
            problems.append(Problem("outcome", "Select what came of it"))
        if not why:
            problems.append(Problem("why", "Enter what you found and what was done"))
    else:
        problems.append(Problem("agree", "Select an answer"))
    if problems:
        return _decision_page(request, front.identity_decision(asker, identity), sent, problems)
    try:
        if step == "assess":
            front.identity_assess(asker, identity, cast("Outcome", sent.text("outcome")), why)
        elif step == "second" and sent.text("agree") == "yes":
            front.identity_agree(asker, identity)
        else:
            front.identity_not_agree(asker, identity, why)
    except Refused as refused:
        at = "outcome" if step == "assess" else "agree" if step == "second" else "why"
        problem = Problem(at, as_problem(refused).text)
        return _decision_page(request, front.identity_decision(asker, identity), sent, [problem])
    return errors.see_other(f"/identity/decision/{identity}")


# ------------------------------------------------------------------------------- for who answers for information


@reporting.get("/identity/reports")
def reports(request: Request, asker: CurrentAsker) -> HTMLResponse:
    """What stood on the wrong page and has to be gone through, the first that is due first."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "identity_reports.html", found=front.identity_reports(asker))


@reporting.get("/identity/report/{identity}")
def report(request: Request, asker: CurrentAsker, identity: str) -> HTMLResponse:
    """Who was shown what by one decision, in codes alone."""
    front: Front = request.app.state.front
    stamp, found = front.identity_report(asker, identity)
    return renderer_of(request).page(request, "identity_report.html", stamp=stamp, report=found)


# ------------------------------------------------------------------------------------------- from a child's own page


@router.get("/identity/person/{person}")
def who_this_is(request: Request, asker: CurrentAsker, person: str) -> HTMLResponse:
    """On what a person's identity rests, and what can be decided about it."""
    front: Front = request.app.state.front
    return renderer_of(request).page(request, "identity_person.html", view=front.who_this_is(asker, person))


def _change_page(
    request: Request, what: What, view: WhoThisIs, answers: Answers, problems: Sequence[Problem] = ()
) -> HTMLResponse:
    held = {row.source_record: row for row in view.links}
    # of several merges one is chosen; any other decision that is taken back is named by the page that led here
    merges, named = (
        tuple(Choice(one, f"Person {words.short(person)}") for one, person in view.merges),
        answers.text("reverses"),
    )
    return renderer_of(request).page(
        request,
        "identity_change.html",
        status=errors.UNPROCESSABLE if problems else errors.OK,
        view=view,
        what=what,
        title=TITLES[what],
        follows=FOLLOWS[what],
        records=tuple(Choice(one, f"{row.organisation}, {words.short(one)}: {row.how}") for one, row in held.items()),
        ticked=answers.ticked("record"),
        merged=() if named and named not in dict(view.merges) else merges,
        reasons=_choices(RESTRICTING if what == "restrict" else MATCHING, REASONS),
        answers=answers,
        errors=tuple(problems),
    )


@router.get("/identity/change/{what}/{person}")
def changing(
    request: Request,
    asker: CurrentAsker,
    what: What,
    person: str,
    *,
    other: Annotated[str, Query(max_length=80)] = "",
    reverses: Annotated[str, Query(max_length=80)] = "",
    record: Annotated[list[str] | None, Query(max_length=200)] = None,
) -> HTMLResponse:
    """The questions of a change; what the address names is filled in, and no reason is selected beforehand."""
    front: Front = request.app.state.front
    if what not in CHANGES:
        raise errors.NotUnderstood("There is no such change: open the page of the person, and choose one there.")
    given = Answers({"other": other, "reverses": reverses}, {"record": tuple(record or ())})
    return _change_page(request, what, front.who_this_is(asker, person), given)


@router.post("/identity/change/{what}/{person}")
def change(request: Request, asker: CurrentAsker, what: What, person: str, sent: Sent) -> Response:
    """Check the answers, show them once more, and on "confirm" decide."""
    front: Front = request.app.state.front
    if what not in CHANGES:
        raise errors.NotUnderstood("There is no such change: open the page of the person, and choose one there.")
    view = front.who_this_is(asker, person)
    readers = tuple(sent.text("readers").replace(",", " ").split())
    problems = _missing(what, sent, readers)
    if problems or sent.text("step") == "change":
        return _change_page(request, what, view, sent, [] if sent.text("step") == "change" else problems)
    other, others = sent.text("other"), list[WhoThisIs]()
    if other and what in {"merge", "unlink"}:
        try:
            others = [view, front.who_this_is(asker, other)]
        except NotFound:
            problem = Problem("other", "There is no person of this id, or none that you may know of")
            return _change_page(request, what, view, sent, [problem])
        other = others[-1].survivor or other  # whoever was merged since is who stayed
    wish = DecideIdentity(
        what=what, person=person, other=other, source_records=sent.ticked("record"),
        reason=cast("Reason", sent.text("reason")), why=sent.text("why"), reverses=sent.text("reverses"),
        readers=readers, by=asker.staff, seen_position=sent.number("seen") or 0,
    )  # fmt: skip

    def again(problem: Problem) -> HTMLResponse:
        return _change_page(request, what, front.who_this_is(asker, person), sent, [problem])

    return _checked(request, asker, wish, sent, again, f"/identity/person/{person}", restricted=view.restricted,
                    beside=others)  # fmt: skip


def _missing(what: What, sent: Answers, readers: Sequence[str]) -> list[Problem]:
    problems = []
    if what == "unlink" and not sent.ticked("record"):
        problems.append(Problem("record", "Select what is about somebody else"))
    if what == "merge" and not sent.text("other"):
        problems.append(Problem("other", "Enter the id of the other person"))
    if what == "split" and not sent.text("reverses"):
        problems.append(Problem("reverses", "Select which merge to take back"))
    if what == "restrict" and not readers:
        problems.append(Problem("readers", "Enter the staff id of at least one person who may still open it"))
    return [*problems, *_reasoned(sent)]
