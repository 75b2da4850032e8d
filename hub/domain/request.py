"""A request to an organisation or one of its settings: what is asked, by when, and what came of it. From a MASH enquiry, or
about the organisation's own record while somebody decides whom that is about (hub/domain/own_record.py).

It promises that nothing asked is ever read as nothing known: a request is open until it is answered, an answer that comes
after all is kept, and an organisation that nobody asks has a reason that the grade allows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal, assert_never, get_args

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

Result = Literal["provided", "searched_none_held", "refused"]
RESULTS = {
    "provided": "We hold something, and say it here",
    "searched_none_held": "We searched, and hold nothing",
    "refused": "We do not answer",
}
# Why an organisation does not answer. Source: Children Act 2004 s16LA(3) for the first; the rest are the hub's own words.
REFUSALS = {
    "more_detrimental": "Telling would harm the child more than not telling (Children Act 2004 s16LA(3))",
    "no_lawful_basis": "We find no lawful basis to share it",
    "consent_refused": "The family or young person refused, and nothing overrides it",
    "investigation": "Telling would prejudice an investigation",
    "privileged": "It is legally privileged",
    "not_ours": "It is another organisation's to tell",
    "other": "Another reason, in words",
}
# Who may overturn a judgement of s16LA(3): a role there, never a name.
OVERTURNS = {
    "caldicott_guardian": "Caldicott guardian",
    "safeguarding_lead": "Safeguarding lead of the organisation",
    "data_protection_officer": "Data protection officer",
    "senior_officer": "Senior officer of the organisation",
    "other": "Somebody else of the organisation",
}
WITHDRAWN = {
    "answered_otherwise": "It was answered on another way",
    "asked_wrongly": "It was asked of the wrong organisation or setting",
    "no_longer_needed": "It is not needed any more",
}
REVIEW_CLOSED = "review_closed"  # by the hub itself: whom the record is about is settled
# What of a child an organisation may be told, so that it can search: fields of opened identity words; and the codes on record.
TOLD = {
    "names": "Name",
    "birth_date": "Date of birth (or expected date)",
    "sex": "Sex",
    "addresses": "Address",
    "nhs_number": "NHS number",
    "upn": "Unique pupil number",
    "school": "School",
    "gp": "General practice",
    "on_record": "What organisations have told the hub of the child: who, when and which indicators, and nobody's words",
}
LINK_TRIES = 5  # wrong codes (or codes that are being compared), after which a link opens nothing any more
MOST = 20  # organisations or settings asked at once, and questions of one request
LONGEST = 10_000  # characters of an answer, as of what an organisation sends by message; and of a closed letter
LONGEST_QUESTION = 1_000  # characters


class RequestMade(Fact, frozen=True, kw_only=True):
    """Stream request:<random>. From a MASH enquiry an organisation (or one setting of it) is asked about these children; or,
    with `source_record` and no enquiry, about its own record, which is held to be about the one child named.

    `items`: who each child is, as far as it is told, and the question in words. `letter` is the same, closed to the
    organisation's own key (`letter_key`), empty where it has none; the ledger entry `ask:<this id>` let it out.
    """

    NAME: ClassVar[str] = "request.made"
    enquiry: str
    children: tuple[str, ...]
    organisation: str
    setting: str = ""
    purpose: str
    questions: tuple[str, ...]
    told: tuple[str, ...]
    grade: str = ""
    due: datetime
    closed_until: date | None = None  # the setting is on holiday when it falls due, until this day
    clause: str = ""  # of the protocol that carries it
    asked_by: str
    items: tuple[Sealed, ...] = ()
    letter: str = ""
    letter_key: str = ""
    source_record: str = ""


class RequestWithdrawn(Fact, frozen=True, kw_only=True):
    """Nobody need answer any more; what comes all the same is kept."""

    NAME: ClassVar[str] = "request.withdrawn"
    reason: str
    withdrawn_by: str


class RequestReminded(Fact, frozen=True, kw_only=True):
    """Somebody of the MASH reminded them: by a notice, and by whatever else was done."""

    NAME: ClassVar[str] = "request.reminded"
    reminded_by: str


class RequestAnswered(Fact, frozen=True, kw_only=True):
    """An answer given on a page, by a link or through the interface: it is the organisation's own, about these children.

    What a refusal for harm rests on is said with it: when it is looked at again, and who may overturn it. `organisation`,
    `setting` and `recorded_at` stand as in what organisations send by message.
    """

    NAME: ClassVar[str] = "request.answered"
    organisation: str
    setting: str | None = None
    enquiry: str
    children: tuple[str, ...]
    result: Result
    reason: str = ""
    review_on: date | None = None
    may_overturn: str = ""
    period_start: date | None = None
    period_end: date | None = None
    recorded_at: datetime
    answered_by: str  # staff:<id>, client:<organisation> or link:<request>
    late: bool = False  # it came after it was due
    after: Literal["", "withdrawn", "decided"] = ""  # what had ended meanwhile
    items: tuple[Sealed, ...] = ()
    source_record: str = ""  # of the request: then the items are values of that record, under its own key


class AnswerLinkMade(Fact, frozen=True, kw_only=True):
    """A link that opens this one request to whoever has its code too; a new one ends the one before. Both are digests."""

    NAME: ClassVar[str] = "request.link-made"
    link: bytes
    code: bytes
    expires: datetime
    made_by: str


class AnswerLinkTried(Fact, frozen=True, kw_only=True):
    """Somebody gave a code with the link: written before it is compared, and a wrong one unless AnswerLinkOpened follows."""

    NAME: ClassVar[str] = "request.link-tried"


class AnswerLinkOpened(Fact, frozen=True, kw_only=True):
    """The code of one try fitted: that try was no wrong one."""

    NAME: ClassVar[str] = "request.link-opened"


class AnswerLinkUsed(Fact, frozen=True, kw_only=True):
    """The link has carried its answer, and opens nothing any more."""

    NAME: ClassVar[str] = "request.link-used"


class EnquiryNotAsked(Fact, frozen=True, kw_only=True):
    """Stream request-not-asked:<enquiry>. This organisation (or setting) is not asked, for a reason that the grade allows."""

    NAME: ClassVar[str] = "request.not-asked"
    organisation: str
    setting: str = ""
    reason: str
    grade: str = ""
    decided_by: str


RequestFact = (
    RequestMade
    | RequestWithdrawn
    | RequestReminded
    | RequestAnswered
    | AnswerLinkMade
    | AnswerLinkTried
    | AnswerLinkOpened
    | AnswerLinkUsed
)
FACTS: tuple[type[Fact], ...] = (*get_args(RequestFact), EnquiryNotAsked)


class Party(Struct, frozen=True, order=True):
    """An organisation, or one setting of it ("" for the whole)."""

    organisation: str
    setting: str = ""

    def __str__(self) -> str:
        return f"{self.organisation}/{self.setting}" if self.setting else self.organisation


class AskParties(Struct, frozen=True, kw_only=True):
    """Ask several organisations or settings the same, at once. `when_back` says per party whom to reach in the holidays."""

    enquiry: str
    parties: tuple[Party, ...]
    children: tuple[str, ...]
    purpose: str
    questions: tuple[str, ...]
    told: tuple[str, ...]
    question: str = ""
    out_of_term: str = ""
    by: str


class Answer(Struct, frozen=True, kw_only=True):
    """What an organisation answers; `values` to a request about its own record (hub/domain/own_record.py)."""

    result: str
    words: str = ""
    reason: str = ""
    reason_words: str = ""
    review_on: date | None = None
    may_overturn: str = ""
    period_start: date | None = None
    period_end: date | None = None
    name: str = ""  # who answers, where no account says so
    values: Mapping[str, str] = {}


class Questions(Struct, frozen=True, kw_only=True):
    """The lists of an edition: questions, purposes, and why an organisation is not asked, at which grade."""

    questions: Mapping[str, str]
    purposes: Mapping[str, str]
    not_asked: Mapping[str, tuple[str, frozenset[str]]]  # code -> words, grades

    def allowed(self, reason: str, grade: str) -> bool:
        """Whether this reason may stand at this grade; an ungraded enquiry is held to the strictest, red."""
        known = self.not_asked.get(reason)
        return known is not None and (grade or "red") in known[1]


@dataclass(frozen=True)
class Link:
    """The newest link of a request."""

    link: bytes
    code: bytes
    expires: datetime
    tries: int = 0
    used: bool = False
    made_by: str = ""


@dataclass(frozen=True)
class Request:
    """State of one request."""

    id: str
    version: int = 0
    made: RequestMade | None = None
    withdrawn: bool = False
    answers: tuple[RequestAnswered, ...] = ()
    reminders: int = 0
    link: Link | None = None

    @property
    def state(self) -> Literal["none", "asked", "answered", "withdrawn"]:
        """Where it stands; an answer after it was withdrawn is an answer."""
        if self.made is None:
            return "none"
        if self.answers:
            return "answered"
        return "withdrawn" if self.withdrawn else "asked"


def stream(request: str) -> str:
    """The stream of a request."""
    return f"request:{request}"


def not_asked_stream(enquiry: str) -> str:
    """The stream of whom nobody asks in a MASH enquiry."""
    return f"request-not-asked:{enquiry}"


def topic_of(organisation: str, kind: Literal["request", "notice"]) -> str:
    """The topic on which the hub speaks to one organisation; named as its own topic is (hub/domain/agency.py)."""
    return f"{kind}.{organisation.replace('_', '-')}.v1"


def evolve(request: Request, fact: RequestFact) -> Request:
    """Fold one fact: total, never refuses."""
    request = replace(request, version=request.version + 1)
    match fact:
        case RequestMade():
            return replace(request, made=fact)
        case RequestWithdrawn():
            return replace(request, withdrawn=True)
        case RequestReminded():
            return replace(request, reminders=request.reminders + 1)
        case RequestAnswered():
            return replace(request, answers=(*request.answers, fact))
        case AnswerLinkMade():
            return replace(request, link=Link(fact.link, fact.code, fact.expires, made_by=fact.made_by))
        case AnswerLinkTried():
            return replace(request, link=request.link and replace(request.link, tries=request.link.tries + 1))
        case AnswerLinkOpened():
            return replace(request, link=request.link and replace(request.link, tries=max(0, request.link.tries - 1)))
        case AnswerLinkUsed():
            return replace(request, link=request.link and replace(request.link, used=True))
        case _:
            assert_never(fact)


def fold(ident: str, facts: Iterable[object]) -> Request:
    """A request after these facts."""
    state = Request(ident)
    for fact in facts:
        if isinstance(fact, RequestFact):
            state = evolve(state, fact)
    return state


def check_asking(wish: AskParties, lists: Questions) -> None:
    """Refused, naming the field, unless somebody is asked something, about somebody, for a purpose of the list."""
    if not wish.parties:
        raise Refused("Select at least one organisation or setting to ask", "party")
    if len(wish.parties) > MOST:
        raise Refused(f"Ask at most {MOST} organisations at a time", "party")
    if len(set(wish.parties)) != len(wish.parties):
        raise Refused("Select each organisation or setting only once", "party")
    if not wish.children:
        raise Refused("Select at least one child to ask about", "child")
    if wish.purpose not in lists.purposes:
        raise Refused("Select what the answer is for", "purpose")
    if not wish.questions and not wish.question.strip():
        raise Refused("Select at least one question, or enter one", "questions")
    if unknown := [one for one in wish.questions if one not in lists.questions]:
        raise Refused(f"Select questions of the list: {unknown[0]} is not on it", "questions")
    if max(len(wish.question), len(wish.out_of_term)) > LONGEST_QUESTION:
        raise Refused(f"Enter at most {LONGEST_QUESTION:,} characters: ask one thing at a time", "question")
    if not wish.told or not set(wish.told) <= set(TOLD):
        raise Refused("Select what they may be told of the child, so that they can search", "told")
    if "names" not in wish.told and not {"nhs_number", "upn"} & set(wish.told):
        raise Refused("Select the name or a number: without either nobody can search", "told")


def check_not_asking(party: Party, reason: str, grade: str, lists: Questions) -> None:
    """Refused, naming the field, for a reason that is not on the list or that this grade does not allow."""
    if not party.organisation:
        raise Refused("Select the organisation that is not asked", "party")
    if reason not in lists.not_asked:
        raise Refused("Select why they are not asked", "reason")
    if not lists.allowed(reason, grade):
        told = lists.not_asked[reason][0]
        raise Refused(f"'{told}' is no reason at grade {grade or 'red (none was set)'}: ask them, or regrade", "reason")


def check_answer(answer: Answer, today: date, *, of_own_record: bool = False) -> None:
    """Refused, naming the field, until an answer says what it is, and a refusal why (and when it is looked at again).

    `of_own_record`: what is asked are values of the organisation's own record, and no story belongs beside them.
    """
    if answer.result not in RESULTS:
        raise Refused("Select what you answer", "result")
    if answer.values and not (of_own_record and answer.result == "provided"):
        raise Refused("Values answer a request about your own record, where you hold something", "values")
    if of_own_record and answer.words.strip():
        raise Refused(
            "Answer what was asked with values alone: what is said of the child is a concern of its own", "words"
        )
    if len(answer.words) > LONGEST or len(answer.reason_words) > LONGEST:
        raise Refused(f"Enter at most {LONGEST:,} characters", "words")
    if answer.result == "provided" and not answer.words.strip() and not of_own_record:
        raise Refused("Enter what you hold, or select that you searched and hold nothing", "words")
    if answer.period_start and answer.period_end and answer.period_end < answer.period_start:
        raise Refused("Enter an end at or after the start", "period_end")
    if answer.result != "refused":
        return
    if answer.reason not in REFUSALS:
        raise Refused("Select why you do not answer", "reason")
    if answer.reason == "other" and not answer.reason_words.strip():
        raise Refused("Enter why you do not answer", "reason_words")
    if answer.reason == "more_detrimental":
        if not answer.reason_words.strip():
            raise Refused("Enter what makes telling more harmful than not telling", "reason_words")
        if answer.review_on is None or answer.review_on <= today:
            raise Refused("Enter the day in future on which this is looked at again", "review_on")
        if answer.may_overturn not in OVERTURNS:
            raise Refused("Select who may overturn this judgement", "may_overturn")


def withdraw(request: Request, reason: str, by: str) -> list[RequestFact]:
    """Withdraw it: nobody need answer. Raises Refused for one that was answered, or for no reason of the list."""
    if reason not in WITHDRAWN:
        raise Refused("Select why the request is withdrawn", "reason")
    if request.state == "answered":
        raise Refused("This request was answered: there is nothing to withdraw", "request")
    return [] if request.withdrawn else [RequestWithdrawn(reason=reason, withdrawn_by=by)]


def end_with_review(request: Request, by: str) -> list[RequestFact]:
    """Whom the record is about is settled: nobody need answer any more. Nothing for one that nobody waits for."""
    if request.made is None or not request.made.source_record or request.state != "asked":
        return []
    return [RequestWithdrawn(reason=REVIEW_CLOSED, withdrawn_by=by)]


def remind(request: Request, by: str) -> list[RequestFact]:
    """Remind them. Raises Refused for a request that nobody waits for any more."""
    if request.state != "asked":
        raise Refused(f"This request is {request.state}: there is nobody to remind", "request")
    return [RequestReminded(reminded_by=by)]


def why_closed(link: Link | None, now: datetime) -> str:
    """Why a link opens nothing; "" for one that still does."""
    if link is None:
        return "This link is not in use: ask the front door for a new one"
    if link.used:
        return "This link was used: an answer was sent with it. To add something, ask the front door for a new link"
    if link.tries >= LINK_TRIES:
        return "This link is closed after too many wrong codes: ask the front door for a new link and code"
    if link.expires <= now:
        return "This link has expired: ask the front door for a new one"
    return ""


def lists_of(parts: Mapping[str, Any]) -> Questions:
    """The lists of an edition's parts (policies/requests/requests.toml); an edition without them has none."""
    given = parts.get("requests", {})
    return Questions(
        questions={each["code"]: each["words"] for each in given.get("question", ())},
        purposes={each["code"]: each["words"] for each in given.get("purpose", ())},
        not_asked={
            each["code"]: (each["words"], frozenset(each["grades"])) for each in given.get("not_asked", ())
        },
    )  # fmt: skip


def on_holiday(parts: Mapping[str, Any], sector: str, on: date) -> date | None:
    """The first day of term after `on`, where settings of this sector are on holiday that day; None in term.

    Terms are data of the edition; a day after the last term that it knows is taken as term, so that nothing waits unseen.
    """
    given = parts.get("requests", {})
    if sector not in given.get("closes_out_of_term", ()):
        return None
    terms = sorted(
        (date.fromisoformat(each["first"]), date.fromisoformat(each["last"])) for each in given.get("term", ())
    )
    if any(first <= on <= last for first, last in terms):
        return None
    return next((first for first, _ in terms if first > on), None)
