"""The organisation's side: what it was asked and told, and its answers, by page, by its own program, or by a link.

Who answers reads one request and nothing else. An answer is the organisation's own, and is never refused for being late.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import enquiry as enquiries
from hub.domain import notice as notices
from hub.domain import own_record
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.domain.request import OVERTURNS, REFUSALS, RESULTS, Answer, Request, RequestAnswered, RequestMade, lists_of
from hub.domain.sharing import Ask, Purpose
from hub.domain.sharing import Asker as PolicyAsker
from hub.domain.staff import Staff, groups, may
from hub.flow.disclose import Disclosed, ItemRef, disclose, new_ask, ref
from hub.flow.request import Requests
from hub.views import chronology
from hub.views.asking import look, stamp
from hub.views.asking_owners import answered_items, label
from hub.views.covering import of_others, settled
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.enclosing import ON_RECORD
from hub.views.matters import matter
from hub.views.members import permitted
from hub.views.models import Asker, Choice, Line, Stamp, choices_of
from hub.views.models.requests import Inbox, LinkPage, NoticeRow, RequestView
from hub.views.requesting import Requesting, as_purpose
from hub.views.rooms import room
from hub.views.subjects import subjects
from hub.views.who_is_who import in_review, persons_of, survivor

MOST = 200
NO_REQUEST = "no such request, or none that you may know of"
NOTICES = {
    "receipt": "What you sent was taken", "outcome": "What became of what you sent",
    "forwarded": "What you sent went to the worker who is at it already",
    "consent_withdrawn": "Stop: consent was withdrawn", "consent_narrowed": "Stop in part: consent was narrowed",
    "agreement_withdrawn": "Stop: the family does not want this service any more",
    "request_reminder": "Your answer to a request is awaited", "request_withdrawn": "You need not answer this request any more",
    "release_withdrawn": "What was released to you is closed again",
    "release_corrected": "What was released to you was corrected by its owner", "prompt": "You are asked to do something",
    "lead_proposed": "You are asked to lead", "step_proposed": "You are asked to take a child on at another level",
    "case_transferred": "Your hub is asked to take on a child who moves to you",
    "challenge_answered": "Your challenge was answered",
    "strategy_called": "A strategy discussion is called",
    "meeting_called": "A meeting is called, and you sit in it", "meeting_off": "A meeting does not take place",
}  # fmt: skip


class Replying(Struct, frozen=True):
    """What pages, programs and commands of an organisation ask about what it was asked and told."""

    desk: Desk
    requests: Callable[[], Requests]
    settle: Callable[[], None] = lambda: None  # waits until the next page shows what was just written

    # ---------------------------------------------------------------------------------------------------- staff

    def inbox(self, asker: Asker) -> Inbox:
        """What the asker's own organisation (or own setting, for who works for one alone) was asked and told."""
        desk = self.desk
        caught_up(desk)
        member = self._member(asker)
        asked = Requesting(desk, self.requests)
        asked_of = of_others(desk, self._rows("request", member.organisation), member.related)
        rows = [one for one in settled(desk, asked_of) if _theirs(one, member)]
        notices_ = of_others(desk, self._rows("notice", member.organisation), member.related)
        told = [one for one in notices_ if _theirs(one, member)]
        waiting = [
            one
            for one in of_others(desk, self._rows("release", member.organisation), member.related)
            if one["state"] == "asked" and _theirs(one, member)
        ]
        shown = sorted(
            (asked.row(one) for one in rows), key=lambda one: (one.state != "asked", one.due or one.asked_at)
        )
        return Inbox(
            stamp=stamp(desk, asker), organisation=name_of(desk, member.organisation), requests=tuple(shown),
            notices=tuple(self._notice(one) for one in told), releases=len(waiting),
            has_key=desk.register().sealing_key(member.organisation) is not None,
        )  # fmt: skip

    def request(self, asker: Asker, request: str) -> RequestView:
        """One request to the asker's own organisation or setting: the words that it says, and what was answered."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        state, made = self._asked(request, member)
        # nobody need know any more whom a withdrawn request was about
        items = [*([] if state.withdrawn else self._said(request, made)), *self._answered(request)]
        shown = look(desk, asker, items, "request_read", made.enquiry, _purpose_of(made))
        mine = may(asker.roles, "answer")
        return self._view(stamp(desk, asker, shown.ledger_position), request, state, shown, may_answer=mine)

    def answer(self, asker: Asker, request: str, answer: Answer) -> str:
        """Answer in the organisation's name; the result. Raises Refused naming the field, NotPermitted, NotFound."""
        member = permitted(self.desk, asker, "answer")
        if not may(asker.roles, "answer"):
            raise NotPermitted("a person acts in their own name, in a role that they hold")
        _, made = self._asked(request, member)
        self._know(asker, request, made)
        given = self.requests().answer(request, answer, f"staff:{asker.staff}", decided=self._decided(made))
        self.settle()
        return given.result

    def acknowledge(self, asker: Asker, notice: str) -> None:
        """Say that one's organisation has a notice. Raises NotPermitted, NotFound."""
        member = self._member(asker)
        self._notice_to(notice, member.organisation, member)
        self.requests().acknowledge(notice, f"staff:{asker.staff}")
        self.settle()

    def _know(self, asker: Asker, request: str, made: RequestMade) -> None:
        """Raises NotFound for who may not read the request: nobody answers about their own family's child."""
        items = self._said(request, made)
        shown = look(self.desk, asker, items, "request_answering", made.enquiry, _purpose_of(made)).shown
        if not shown and not self._ended(made):
            raise NotFound(NO_REQUEST)

    def _member(self, asker: Asker) -> Staff:
        """Who asks, if the register lets them see what their organisation is asked. Raises NotPermitted."""
        return permitted(self.desk, asker, "answer" if may(asker.roles, "answer") else "own_organisation")

    def _asked(self, request: str, member: Staff) -> tuple[Request, RequestMade]:
        state = Requesting(self.desk, self.requests).state(request)
        made = state.made
        if made is None or not _theirs({"organisation": made.organisation, "setting": made.setting}, member):
            raise NotFound(NO_REQUEST)
        if not of_others(self.desk, self._row(request), member.related):  # of one's own family there is no trace
            look(self.desk, Asker(member.id, member.organisation, member.setting, member.roles), [], "request_read")
            raise NotFound(NO_REQUEST)
        return state, made

    # -------------------------------------------------------------------------------------- programs of theirs

    def of_client(self, organisation: str) -> list[RequestView]:
        """The requests that wait for this organisation, for its own program: each a look of its own."""
        caught_up(self.desk)
        waiting = [one for one in settled(self.desk, self._rows("request", organisation)) if one["state"] == "asked"]
        return [self.client_request(organisation, one["stream"].partition(":")[2]) for one in waiting[:MOST]]

    def client_request(self, organisation: str, request: str) -> RequestView:
        """One request to this organisation, for its own program. Raises NotFound."""
        state = Requesting(self.desk, self.requests).state(request)
        if state.made is None or state.made.organisation != organisation:
            raise NotFound(NO_REQUEST)
        shown = self._disclosed(f"client:{organisation}", state, state.made)
        return self._view(self._stamp(shown), request, state, shown, may_answer=True)

    def client_answer(self, organisation: str, request: str, answer: Answer) -> str:
        """An answer by the organisation's own program; the result. Raises Refused, NotFound."""
        state = Requesting(self.desk, self.requests).state(request)
        if state.made is None or state.made.organisation != organisation:
            raise NotFound(NO_REQUEST)
        by = f"client:{organisation}"
        given = self.requests().answer(request, answer, by, decided=self._decided(state.made))
        self.settle()
        return given.result

    def client_notices(self, organisation: str) -> list[NoticeRow]:
        """What this organisation was told, newest first."""
        caught_up(self.desk)
        return [self._notice(one) for one in self._rows("notice", organisation)]

    def client_acknowledge(self, organisation: str, notice: str) -> None:
        """The organisation's own program has a notice. Raises NotFound."""
        self._notice_to(notice, organisation)
        self.requests().acknowledge(notice, f"client:{organisation}")
        self.settle()

    # ---------------------------------------------------------------------------------------- without an account

    def open_link(self, link: str, code: str) -> LinkPage:
        """The one request that link and code open, with a ticket for an hour. Raises Refused, in words for anybody."""
        return self.link(link, self.requests().open_link(link, code))

    def link(self, link: str, ticket: str) -> LinkPage:
        """The same by the ticket. Raises Refused."""
        caught_up(self.desk)
        state = self.requests().by_link(link, ticket)
        made = state.made
        if made is None:
            raise NotFound(NO_REQUEST)
        shown = self._disclosed(f"link:{state.id}", state, made)
        view = self._view(self._stamp(shown), state.id, state, shown, may_answer=True)
        return LinkPage(request=view, ticket=ticket)

    def answer_by_link(self, link: str, ticket: str, answer: Answer) -> str:
        """The answer that the link carries; it is used then. Raises Refused naming the field."""
        made = self.requests().by_link(link, ticket).made
        decided = made is not None and self._decided(made)
        given = self.requests().answer_by_link(link, ticket, answer, decided=decided)
        self.settle()
        return given.result

    def _disclosed(self, who: str, state: Request, made: RequestMade) -> Disclosed:
        """What a request says, to who reads it for the organisation without an account here; a ledger entry of its own.

        Link and code, or a secret of 256 bits, are two things or one that nobody guesses; that its people are trained is
        what the organisation signed.
        """
        desk, owner = self.desk, organisation_of(self.desk, made.organisation)
        asker = PolicyAsker(
            id=who, organisation=owner, setting=made.setting, roles=("external_answerer",), active=True, ig_trained=True,
            mfa=True,
        )  # fmt: skip
        now = desk.clock.now()
        ask = Ask(
            id=new_ask(), who=asker, action="read", purpose=as_purpose(made.purpose), reason="request_read", at=now,
            enquiry=made.enquiry,
        )  # fmt: skip
        items = [] if state.withdrawn else self._said(state.id, made)
        about = {one for item in items for one in item.persons}
        return disclose(
            ask, items, subjects=subjects(desk, about, purpose=_purpose_of(made)),
            enquiry=room(desk, made.enquiry) if made.enquiry else None, edition=desk.edition.id, rulings=desk.rulings,
            ledger=desk.ledger, vault=desk.vault, clock=desk.clock, agreed=desk.edition.agreed,
        )  # fmt: skip

    def _stamp(self, shown: Disclosed) -> Stamp:
        desk = self.desk
        return Stamp(
            position=desk.store.position("record"), known_at=desk.clock.now(), role="who answers this request",
            edition=desk.edition.id, ledger=shown.ledger_position,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ the pieces

    def _rows(self, kind: str, organisation: str) -> list[dict[str, Any]]:
        query = select(matter).where(matter.c.kind == kind, matter.c.organisation == organisation)
        return self.desk.store.rows(query.order_by(matter.c.opened_at.desc()).limit(MOST))

    def _said(self, request: str, made: RequestMade) -> list[ItemRef]:
        """The words of a request, as items: released to who was asked, and to nobody else."""
        recorded = self.desk.record.load(f"request:{request}", upto=1)[0]
        whose = persons_of(self.desk, {record for one in made.items for record in one.about})
        to = frozenset({made.organisation})
        made_of = [
            (sealed, tuple(dict.fromkeys(whose[record] for record in sealed.about if record in whose)))
            for sealed in made.items
        ]
        return [
            ItemRef(
                item=sealed.item, category=sealed.category, organisation=HUB, persons=persons,
                position=recorded.position, sealed=sealed, setting=made.setting, kind="request", released_to=to,
            )
            for sealed, persons in made_of
        ]  # fmt: skip

    def _answered(self, request: str) -> list[ItemRef]:
        """The organisation's own answers, as items of its own."""
        found = []
        for recorded in self.desk.record.load(f"request:{request}"):
            fact = recorded.fact
            if isinstance(fact, RequestAnswered):
                owner = organisation_of(self.desk, fact.organisation)
                if fact.source_record:
                    held = answered_items(self.desk, fact, recorded.position)
                    found += [replace(one, kind="answer") for one in held]  # to its own staff all of it is their answer
                    continue
                for sealed in fact.items:
                    persons = tuple(dict.fromkeys(persons_of(self.desk, sealed.about).values()))
                    found.append(ref(sealed, persons, owner, recorded.position, setting=fact.setting or ""))
        return found

    def _view(self, known: Stamp, request: str, state: Request, shown: Disclosed, *, may_answer: bool) -> RequestView:
        made = state.made
        if made is None:
            raise NotFound(NO_REQUEST)
        opened = {one.item: one for one in shown.shown}
        lists = lists_of(self.desk.edition.parts)
        who = [opened[one.item] for one in made.items if one.item in opened and one.category == "identity"]
        asked = [opened[one.item].words for one in made.items if one.item in opened and one.category == "rationale"]
        (row,) = settled(self.desk, self._row(request))
        said = [
            Line(label(name), str(value))
            for fact in state.answers
            for sealed in fact.items
            if sealed.item in opened
            for name, value in opened[sealed.item].words.items()
        ]
        return RequestView(
            stamp=known, row=Requesting(self.desk, self.requests).row(row),
            children=tuple(
                tuple(
                    Line(chronology.LABELS.get(name, name), line)
                    for name, value in one.words.items()
                    for line in (str(value).splitlines() if name == ON_RECORD else [str(value)])
                )
                for one in who
            ),
            closed=len(who) < len(made.children),
            questions=tuple(lists.questions.get(one, own_record.QUESTIONS.get(one, one)) for one in made.questions),
            values=_values_of(made), seconds=choices_of(own_record.SECOND) if made.source_record else (),
            question=str(asked[0].get("question", "")) if asked else "",
            out_of_term=str(asked[0].get("out_of_term", "")) if asked else "", said=tuple(said),
            results=choices_of(RESULTS), refusals=choices_of(REFUSALS), overturns=choices_of(OVERTURNS), may_answer=may_answer,
        )  # fmt: skip

    def _row(self, request: str) -> list[dict[str, Any]]:
        return self.desk.store.rows(select(matter).where(matter.c.stream == f"request:{request}"))

    def _ended(self, made: RequestMade) -> bool:
        """Whether what was asked for has ended, so that its reader may know no more whom it was about; an answer is kept."""
        settled_ = bool(made.source_record) and survivor(self.desk, made.children[0]) not in in_review(self.desk)
        return self._decided(made) or settled_

    def _decided(self, made: RequestMade) -> bool:
        if not made.enquiry:
            return False
        history = self.desk.record.load(f"mash-enquiry:{made.enquiry}")
        return enquiries.fold(made.enquiry, (one.fact for one in history)).stage == "decided"

    def _notice(self, row: Mapping[str, Any]) -> NoticeRow:
        history = self.desk.record.load(row["stream"])
        told = next(one.fact for one in history if isinstance(one.fact, NoticeSent))
        done = any(isinstance(one.fact, NoticeAcknowledged) for one in history)
        return NoticeRow(
            notice=row["stream"].partition(":")[2], kind=told.kind, words=NOTICES.get(told.kind, told.kind),
            about=told.about, setting=told.setting,
            codes=tuple(Line(name.replace("_", " ").capitalize(), value.replace("_", " ")) for name, value in told.codes),
            sent_at=row["opened_at"], due=told.due, acknowledged=done,
            overdue=told.due is not None and not done and told.due < self.desk.clock.now(),
        )  # fmt: skip

    def _notice_to(self, notice: str, organisation: str, member: Staff | None = None) -> NoticeSent:
        history = self.desk.record.load(notices.stream(notice))
        told = next((one.fact for one in history if isinstance(one.fact, NoticeSent)), None)
        ours = told is not None and told.organisation == organisation
        if (
            told is None
            or not ours
            or (member and not _theirs({"organisation": organisation, "setting": told.setting}, member))
            or (member and not {told.child, survivor(self.desk, told.child)}.isdisjoint(member.related))
        ):
            raise NotFound("no such notice to your organisation")
        return told


def _purpose_of(made: RequestMade) -> Purpose | None:
    """What a request is read for, where that does not follow from the reader's role."""
    return "identity_review" if made.source_record else None


def _values_of(made: RequestMade) -> tuple[Choice, ...]:
    """The fields of an answer about an own record, as its form asks for them."""
    asked = own_record.fields_of(made.questions) if made.source_record else ()
    return tuple(Choice(one, own_record.QUESTIONS.get(one, "Your own number of the second record")) for one in asked)


def _theirs(row: Mapping[str, Any], member: Staff) -> bool:
    """Whether what was asked of, or told to, this party is this person's to see: their organisation's, or their setting's."""
    if row["organisation"] != member.organisation:
        return False
    whole = "own_organisation" in groups(member.roles)
    return whole or (bool(row["setting"]) and row["setting"] == member.setting)
