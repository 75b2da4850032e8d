"""Asking an organisation, from a MASH enquiry or about its own record, and what it answers: by page, by program, or by a
link without an account.

It promises that what leaves was let out by a ledger entry first, that an answer is the organisation's own and never lost,
and that a link opens one request, once, to who has the code as well. The permission is checked by the caller.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from hub.domain import notice as notices
from hub.domain import own_record
from hub.domain import request as requests
from hub.domain.errors import KeyDestroyed, NotFound, Refused
from hub.domain.fact import Fact, Recorded
from hub.domain.item import Category, Sealed, Words
from hub.domain.moments import london_day
from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.domain.outward import Letter
from hub.domain.request import (
    LINK_TRIES,
    Answer,
    AnswerLinkMade,
    AnswerLinkOpened,
    AnswerLinkTried,
    AnswerLinkUsed,
    AskParties,
    EnquiryNotAsked,
    Party,
    Request,
    RequestAnswered,
    RequestFact,
    RequestMade,
    fold,
    not_asked_stream,
    stream,
    why_closed,
)
from hub.flow.act import Act
from hub.ports import Keys, Vault

LINK_LASTS = timedelta(days=7)  # a link without an account; never shorter than the request itself runs
TICKET_LASTS = timedelta(minutes=60)  # from the right code to the answer
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # read out on a telephone: nothing that is taken for another
CODE_LENGTH = 8
NO_LINK = "This link and code do not fit: check both, or ask the front door for new ones"
NO_REQUEST = "no such request: mash request list shows them"
Seal = Callable[[str, Letter], tuple[str, str]]  # organisation, letter -> (letter, key id); both "" without a key


class Made(NamedTuple):
    """A link and its code, shown once: the record holds digests of both."""

    link: str
    code: str
    expires: datetime


class Outgoing(NamedTuple):
    """One request on its way to record: whom, its id, what each child is told as, and what the edition says of it."""

    request: str
    party: Party
    children: Mapping[str, Mapping[str, str]]  # child -> what may be told of it, in words
    grade: str
    due: datetime
    closed_until: date | None
    clause: str
    questions: tuple[str, ...]  # in words
    purpose: str  # in words
    source_record: str = ""  # the organisation's own, where it is asked about that


class Requests:
    """What may be done with requests. `secret` keys the digests of links; `seal` closes a letter to an organisation."""

    def __init__(self, act: Act, *, load: Callable[[str], list[Recorded]], now: Callable[[], datetime],
                 vault: Vault, keys: Keys, secret: bytes, seal: Seal) -> None:  # fmt: skip
        self._act, self._load, self._now = act, load, now
        self._vault, self._keys, self._secret, self._seal = vault, keys, secret, seal

    def request(self, request: str) -> tuple[Request, list[Recorded]]:
        """A request and its facts; raises NotFound."""
        history = self._load(stream(request))
        state = fold(request, (one.fact for one in history))
        if state.made is None:
            raise NotFound(NO_REQUEST)
        return state, history

    def new(self) -> str:
        """A random id for a request; the ledger entry that lets its words out bears it too."""
        return str(uuid4())

    def make(self, wish: AskParties, outgoing: Sequence[Outgoing]) -> list[str]:
        """Put these requests on record, all or none; their ids. Each letter is closed to its receiver here."""
        new: list[tuple[str, int, Fact]] = []
        for one in outgoing:
            letter, key = self._letter(wish, one)
            new.append(
                (
                    stream(one.request), 0,
                    RequestMade(
                        enquiry=wish.enquiry, children=tuple(one.children), organisation=one.party.organisation,
                        setting=one.party.setting, purpose=wish.purpose, questions=wish.questions, told=wish.told,
                        grade=one.grade, due=one.due, closed_until=one.closed_until, clause=one.clause,
                        asked_by=wish.by, items=self._words(wish, one), letter=letter, letter_key=key,
                        source_record=one.source_record,
                    ),
                )
            )  # fmt: skip
        because = f"mash-enquiry:{wish.enquiry}" if wish.enquiry else f"source-record:{outgoing[0].source_record}"
        self._act.write(new, f"person:{wish.by}", f"{because}@1")
        return [one.request for one in outgoing]

    def _words(self, wish: AskParties, one: Outgoing) -> tuple[Sealed, ...]:
        told = [self._act.own_words(child, dict(words), "identity") for child, words in one.children.items()]
        said = {"question": wish.question.strip(), "out_of_term": wish.out_of_term.strip()}
        if any(said.values()):
            told.append(self._act.own_words([*one.children], said))
        return tuple(told)

    def _letter(self, wish: AskParties, one: Outgoing) -> tuple[str, str]:
        letter = Letter(
            request=one.request, organisation=one.party.organisation,
            children=tuple(dict(words) for words in one.children.values()), purpose=one.purpose,
            questions=one.questions, question=wish.question.strip(), out_of_term=wish.out_of_term.strip(),
        )  # fmt: skip
        closed, key = self._seal(one.party.organisation, letter)
        if len(closed) > requests.LONGEST:
            raise Refused("Ask about fewer children at a time, or in fewer words: the letter is too long", "question")
        return closed, key

    def not_ask(self, enquiry: str, party: Party, reason: str, grade: str, by: str) -> None:
        """Record why this organisation or setting is not asked; the caller checked that the grade allows it."""
        fact = EnquiryNotAsked(
            organisation=party.organisation, setting=party.setting, reason=reason, grade=grade, decided_by=by
        )
        self._act.append(not_asked_stream(enquiry), lambda _: [fact], f"person:{by}")

    def withdraw(self, request: str, reason: str, by: str) -> None:
        """Withdraw it, and tell them. Raises Refused, NotFound."""
        self._with_notice(request, "request_withdrawn", by, lambda state: requests.withdraw(state, reason, by))

    def end_with_review(self, request: str, by: str) -> bool:
        """Whom its record is about is settled: withdraw it and tell them; whether anybody had waited. Raises NotFound."""
        waited = self.request(request)[0].state == "asked"
        self._with_notice(request, "request_withdrawn", by, lambda state: requests.end_with_review(state, by))
        return waited

    def remind(self, request: str, by: str) -> None:
        """Remind them, by a notice. Raises Refused, NotFound."""
        self._with_notice(request, "request_reminder", by, lambda state: requests.remind(state, by))

    def _with_notice(
        self, request: str, kind: notices.NoticeKind, by: str, decide: Callable[[Request], list[RequestFact]]
    ) -> None:
        state, _ = self.request(request)
        facts, made = decide(state), state.made
        if not facts or made is None:
            return
        told = NoticeSent(
            organisation=made.organisation, setting=made.setting, kind=kind, about=request, child=made.children[0],
            enquiry=made.enquiry, due=None, sent_by=by,
        )  # fmt: skip
        new: list[tuple[str, int, Fact]] = [(stream(request), state.version, fact) for fact in facts]
        who = by if by.startswith("service:") else f"person:{by}"
        self._act.write([*new, (notices.stream(str(uuid4())), 0, told)], who, f"{stream(request)}@1")

    # -------------------------------------------------------------------------------------------------- answers

    def answer(self, request: str, answer: Answer, by: str, *, decided: bool) -> RequestAnswered:
        """Put an answer on record; one that comes late, or after the request or enquiry ended, is kept and says so.

        `decided`: the MASH enquiry is decided. Raises Refused naming the answer that is missing, NotFound.
        """
        given: list[RequestAnswered] = []

        def decide(history: list[Recorded]) -> list[Fact]:
            given[:] = [self._answered(fold(request, (one.fact for one in history)), answer, by, decided=decided)]
            return [*given]

        self._act.append(stream(request), decide, by.replace("staff:", "person:"))
        return given[0]

    def answer_by_link(self, link: str, ticket: str, answer: Answer, *, decided: bool) -> RequestAnswered:
        """The one answer that a link carries; it opens nothing afterwards. Raises Refused."""
        request, token = _read_link(link)
        self.check_ticket(link, ticket)
        given: list[RequestAnswered] = []

        def decide(history: list[Recorded]) -> list[Fact]:
            state = fold(request, (one.fact for one in history))
            self._check_link(state, token)
            given[:] = [self._answered(state, answer, f"link:{request}", decided=decided)]
            return [*given, AnswerLinkUsed()]

        self._act.append(stream(request), decide, "service:answer-link")
        return given[0]

    def _answered(self, state: Request, answer: Answer, by: str, *, decided: bool) -> RequestAnswered:
        made, now = state.made, self._now()
        if made is None:
            raise NotFound(NO_REQUEST)
        today, own = london_day(now), bool(made.source_record)
        requests.check_answer(answer, today, of_own_record=own)
        kept = own_record.values(answer.values, made.questions, today) if own and answer.result == "provided" else {}
        refused = answer.result == "refused"
        harm = refused and answer.reason == "more_detrimental"
        words = {
            "text": answer.words.strip() if answer.result != "refused" else "",
            "refusal_reason": answer.reason_words.strip() if refused else "", "answered_by": answer.name.strip(),
        }  # fmt: skip
        return RequestAnswered(
            organisation=made.organisation, setting=made.setting or None, enquiry=made.enquiry, children=made.children,
            result=_result(answer.result), reason=answer.reason if refused else "",
            review_on=answer.review_on if harm else None, may_overturn=answer.may_overturn if harm else "",
            period_start=answer.period_start, period_end=answer.period_end, recorded_at=now, answered_by=by,
            late=now > made.due, after="withdrawn" if state.withdrawn else "decided" if decided else "",
            items=(*self._values(made, kept), *self._theirs(made, {name: said for name, said in words.items() if said})),
            source_record=made.source_record,
        )  # fmt: skip

    def _values(self, made: RequestMade, kept: Mapping[str, str]) -> tuple[Sealed, ...]:
        """Values of the organisation's own record, under that record's key: where it is linked to, they go."""
        home = {name: value for name, value in kept.items() if name == "addresses"}
        rest = {name: value for name, value in kept.items() if name != "addresses"}
        found = []
        kinds: tuple[tuple[Category, dict[str, str]], ...] = (("identity", rest), ("identity.address", home))
        for category, words in kinds:
            if words:
                found.append(self._seal_own(category, made, words))
        return tuple(found)

    def _seal_own(self, category: Category, made: RequestMade, words: Words) -> Sealed:
        try:
            return self._vault.seal(category, [made.source_record], words, made.organisation)
        except KeyDestroyed:
            raise Refused(
                "This record was erased: nothing more is kept of it, and you need not answer", "request"
            ) from None

    def _theirs(self, made: RequestMade, words: dict[str, str]) -> tuple[Sealed, ...]:
        """The organisation's own words about these children, under the record that the hub holds of each of them.

        A request says whom it is about, so nothing is matched: the answer follows whoever was asked about.
        """
        if not words:
            return ()
        if made.source_record:
            # why they do not answer, and who answers, is for who reviews identity: nothing was said of the child
            return (self._seal_own("rationale", made, words),)
        own = [f"hub-{child}" for child in made.children]
        self._keys.make([f"source-record:{one}" for one in own])
        return (self._vault.seal("narrative", own, words, made.organisation),)

    # --------------------------------------------------------------------------------------- without an account

    def make_link(self, request: str, by: str) -> Made:
        """A new link and code for this request, shown once; an earlier link ends. Raises Refused for one that is over."""
        token, code = secrets.token_bytes(16), "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        made: list[Made] = []

        def decide(history: list[Recorded]) -> list[Fact]:
            state = fold(request, (one.fact for one in history))
            if state.made is None:
                raise NotFound(NO_REQUEST)
            if state.withdrawn:
                raise Refused("This request was withdrawn: ask anew, then make a link", "request")
            expires = max(state.made.due, self._now() + LINK_LASTS)
            link = base64.urlsafe_b64encode(UUID(request).bytes + token).decode("ascii").rstrip("=")
            made[:] = [Made(link, code, expires)]
            digests = {"link": self._digest("link", token), "code": self._digest("code", token, code)}
            return [AnswerLinkMade(**digests, expires=expires, made_by=by)]

        self._act.append(stream(request), decide, f"person:{by}")
        return made[0]

    def open_link(self, link: str, code: str) -> str:
        """A ticket for an hour, where link and code fit. Raises Refused, in words for anybody.

        A try is on record before its code is compared, and is taken back by a code that fits: however many come at once,
        no more than LINK_TRIES wrong ones are ever compared.
        """
        request, token = _read_link(link)
        held: list[requests.Link] = []

        def tries(history: list[Recorded]) -> list[Fact]:
            held[:] = [self._check_link(fold(request, (one.fact for one in history)), token)]
            return [AnswerLinkTried()]

        self._act.append(stream(request), tries, "service:answer-link")
        given = "".join(letter for letter in code.upper() if letter.isalnum())
        if not hmac.compare_digest(held[0].code, self._digest("code", token, given)):
            left = LINK_TRIES - held[0].tries - 1
            more = f"{left} tries are left" if left != 1 else "1 try is left"
            raise Refused(f"The code does not fit: {more}" if left else why_closed(_worn(held[0]), self._now()), "code")

        def opens(history: list[Recorded]) -> list[Fact]:
            now = fold(request, (one.fact for one in history)).link
            if now is None or now.link != held[0].link:  # a new link was made while this one's code was compared
                raise Refused(NO_LINK, "code")
            return [AnswerLinkOpened()]

        self._act.append(stream(request), opens, "service:answer-link")
        return self._ticket(link, int((self._now() + TICKET_LASTS).timestamp()))

    def by_link(self, link: str, ticket: str) -> Request:
        """The request that a link and its ticket open. Raises Refused."""
        self.check_ticket(link, ticket)
        request, token = _read_link(link)
        state = fold(request, (one.fact for one in self._load(stream(request))))
        self._check_link(state, token)
        return state

    def check_ticket(self, link: str, ticket: str) -> None:
        """Raises Refused unless this ticket was given for this link and its hour is not over."""
        ends = ticket.partition(".")[0]
        fits = ends.isascii() and ends.isdigit() and len(ends) <= 12
        if not fits or not hmac.compare_digest(ticket.encode(), self._ticket(link, int(ends)).encode()):
            raise Refused("Enter the code again", "code")
        if int(ends) < self._now().timestamp():
            raise Refused("An hour has passed: enter the code again", "code")

    def _check_link(self, state: Request, token: bytes) -> requests.Link:
        """The live link of this request. Raises Refused: unknown and ended links alike, until the link itself fits."""
        held = state.link
        if held is None or not hmac.compare_digest(held.link, self._digest("link", token)):
            raise Refused(NO_LINK, "code")
        if why := why_closed(held, self._now()):
            raise Refused(why, "code")
        return held

    def _ticket(self, link: str, ends: int) -> str:
        return f"{ends}.{hmac.new(self._secret, f'ticket {link} {ends}'.encode(), 'sha256').hexdigest()}"

    def _digest(self, kind: str, token: bytes, code: str = "") -> bytes:
        """Keyed, so that a code of eight letters cannot be found by trying them all against the record."""
        return hmac.new(self._secret, b"\n".join((kind.encode(), token, code.encode())), hashlib.sha256).digest()

    # -------------------------------------------------------------------------------------------------- notices

    def acknowledge(self, notice: str, by: str) -> None:
        """Somebody there has it; a second time changes nothing. Raises NotFound."""

        def decide(history: list[Recorded]) -> list[Fact]:
            if not history:
                raise NotFound("no such notice")
            if any(isinstance(one.fact, NoticeAcknowledged) for one in history):
                return []
            return [NoticeAcknowledged(acknowledged_by=by)]

        self._act.append(notices.stream(notice), decide, by.replace("staff:", "person:"))


def _worn(link: requests.Link) -> requests.Link:
    return requests.Link(link.link, link.code, link.expires, LINK_TRIES, link.used)


def _result(result: str) -> requests.Result:
    match result:
        case "provided" | "searched_none_held" | "refused":
            return result
        case _:
            raise Refused("Select what you answer", "result")


def _read_link(link: str) -> tuple[str, bytes]:
    """Request id and token of a link. Raises Refused for what is none."""
    try:
        raw = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise Refused(NO_LINK, "code")
    return str(UUID(bytes=raw[:16])), raw[16:]
