"""Asking organisations from a MASH enquiry: who may, what each is told, by when, and how it stands.

Every request is let out by a ledger entry of its own before it exists, and is refused where the protocol, or the policies
under which its receiver would read it, do not carry it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hub.domain import enquiry as enquiries
from hub.domain import own_record
from hub.domain.enquiry import Enquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.moments import london_day
from hub.domain.protocol import Within, outside, permits
from hub.domain.reasons import day_words
from hub.domain.request import (
    OVERTURNS,
    REFUSALS,
    TOLD,
    WITHDRAWN,
    AskParties,
    EnquiryNotAsked,
    Party,
    Questions,
    Request,
    RequestAnswered,
    RequestMade,
    check_asking,
    check_not_asking,
    fold,
    lists_of,
    on_holiday,
)
from hub.domain.sharing import Ask, EnquiryRoom, Organisation, Purpose, Resource, Subject, asker_of
from hub.domain.sharing import Asker as PolicyAsker
from hub.domain.staff import may
from hub.flow.disclose import ItemRef, Shown, disclose
from hub.flow.request import Outgoing, Requests
from hub.views import enclosing, said_of
from hub.views.asking import look, stamp
from hub.views.covering import ANSWERS, by_message, covering, requests_of
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.homes import passed_on
from hub.views.members import permitted
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.requests import LinkShown, NotAskedRow, RequestRow, RequestsView
from hub.views.pointing import pointed
from hub.views.rooms import on_team, room
from hub.views.subjects import subjects, with_team
from hub.views.telling import codes_of
from hub.views.who_is_who import survivors

NO_ENQUIRY = "no such MASH enquiry, or none that you may know of"
SETTING = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}", re.ASCII)
STATES = {
    "asked": "Asked, no answer yet", "provided": "Answered", "searched_none_held": "Searched, none held",
    "refused": "Refused", "withdrawn": "Withdrawn",
}  # fmt: skip
AFTER = {
    "withdrawn": "It came after the request was withdrawn",
    "decided": "It came after the MASH enquiry was decided",
}


class Requesting(Struct, frozen=True):
    """What pages, programs and commands of the front door ask about requests."""

    desk: Desk
    requests: Callable[[], Requests]
    settle: Callable[[], None] = lambda: None  # waits until the next page shows what was just written

    # -------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, enquiry: str) -> RequestsView:
        """The requests of a MASH enquiry, with who was heard and who is not asked. Raises NotFound."""
        desk = self.desk
        state, children, ledger = self._known(asker, enquiry, "requests_page")
        lists = lists_of(desk.edition.parts)
        first = children[0]
        spoken = [one for child in children for one in said_of.spoken(desk, child)]
        passed = [one for child in children for one in passed_on(desk, child)]
        items = [*(one.codes for one in spoken), *(one.item for one in passed)]
        shown = look(desk, asker, items, "requests_page", enquiry)
        covered = covering(desk, first, spoken, shown, enquiry)
        rows = [self.row(one) for one in requests_of(desk, enquiry=enquiry)]
        allowed = {item.item for item in shown.shown}
        settings = {
            Party(one.codes.organisation.id, one.codes.setting)
            for one in spoken
            if one.codes.setting and one.codes.item in allowed
        }
        return RequestsView(
            stamp=replace(stamp(desk, asker), ledger=ledger), enquiry=enquiry, grade=covered.grade,
            open=state.stage != "decided", rows=tuple(rows), not_asked=self._not_asked(enquiry, lists, covered.grade),
            coverage=pointed(covered.rows, passed, allowed), progress=covered.words, complete=covered.progress.complete,
            awaited=covered.progress.awaited, overdue=covered.progress.overdue,
            unexplained=tuple(str(Party(*one)) for one in covered.progress.unexplained),
            children=tuple(Choice(child, f"Child {child[:8].upper()}") for child in children),
            parties=self._parties(sorted(settings)), questions=choices_of(lists.questions),
            purposes=choices_of(lists.purposes), told=choices_of(TOLD),
            reasons=choices_of({
                code: words for code, (words, _) in lists.not_asked.items() if lists.allowed(code, covered.grade)
            }),
            withdrawals=choices_of(WITHDRAWN), may_ask=state.stage != "decided" and may(asker.roles, "screen"),
        )  # fmt: skip

    def _parties(self, settings: Sequence[Party]) -> tuple[Choice, ...]:
        found: list[Choice] = []
        for one in self.desk.register().organisations.values():
            if one.party and not one.may_enter_for_others:
                found.append(Choice(one.organisation, one.name, "" if self._has_key(one.organisation) else NO_KEY))
                found += [
                    Choice(str(each), f"{one.name}: {each.setting.replace('_', ' ')}")
                    for each in settings
                    if each.organisation == one.organisation
                ]
        return tuple(found)

    def _has_key(self, organisation: str) -> bool:
        return self.desk.register().sealing_key(organisation) is not None

    def _not_asked(self, enquiry: str, lists: Questions, grade: str) -> tuple[NotAskedRow, ...]:
        newest: dict[Party, EnquiryNotAsked] = {}
        for recorded in self.desk.record.load(f"request-not-asked:{enquiry}"):
            if isinstance(recorded.fact, EnquiryNotAsked):
                newest[Party(recorded.fact.organisation, recorded.fact.setting)] = recorded.fact
        return tuple(
            NotAskedRow(
                organisation=name_of(self.desk, party.organisation), setting=party.setting,
                reason=lists.not_asked.get(fact.reason, (fact.reason, frozenset()))[0],
                stands=lists.allowed(fact.reason, grade),
            )
            for party, fact in newest.items()
        )  # fmt: skip

    def row(self, held: Mapping[str, Any]) -> RequestRow:
        """One request as a list shows it, from its row and its facts."""
        desk, ident = self.desk, held["stream"].partition(":")[2]
        state = fold(ident, (one.fact for one in desk.record.load(held["stream"])))
        made, now = state.made, desk.clock.now()
        if made is None:
            raise NotFound("no such request")
        last = state.answers[-1] if state.answers else None
        waits = held["state"] == "asked"
        said = by_message(desk, held)  # counts where nothing was answered here
        reason, review_on, overturns = (
            (last.reason, last.review_on, last.may_overturn)
            if last
            else (said.refusal_code, said.review_on, said.may_overturn)
            if said
            else ("", None, "")
        )
        lists = lists_of(desk.edition.parts)
        live = state.link is not None and not state.link.used and waits
        return RequestRow(
            request=ident, enquiry=made.enquiry, organisation=name_of(desk, made.organisation), setting=made.setting,
            purpose=lists.purposes.get(made.purpose, own_record.PURPOSE_WORDS if made.source_record else made.purpose),
            state=held["state"],
            state_words=STATES.get(held["state"], held["state"]), asked_at=held["opened_at"], due=made.due,
            overdue=waits and made.due < now, late=last is not None and last.late, closed_until=made.closed_until,
            on_page_only=not made.letter, reminders=state.reminders,
            reason=REFUSALS.get(reason, reason), review_on=review_on,
            may_overturn=OVERTURNS.get(overturns, ""), after=AFTER.get(last.after, "") if last else "",
            answers=len(state.answers) + bool(held.get("message")),
            how=_how(last, state) if last else "By a message of their own" if held.get("message") else "",
            link_until=state.link.expires if live and state.link else None,
        )  # fmt: skip

    # --------------------------------------------------------------------------------------------------- asking

    def ask(self, asker: Asker, wish: AskParties) -> list[str]:
        """Ask several organisations or settings; the ids of the requests, all of them or none.

        Raises Refused naming the field (outside the protocol, a reader whom policies do not let read it, a setting that is
        on holiday without somebody to reach), NotPermitted, NotFound.
        """
        desk = self.desk
        member = permitted(desk, asker, "screen")
        if wish.by != asker.staff or not may(asker.roles, "screen"):
            raise NotPermitted("a person acts in their own name, in a role that they hold")
        state, children, _ = self._known(asker, wish.enquiry, "request_asking")
        if state.stage == "decided":
            raise Refused("This MASH enquiry is decided: open a new one to ask anew", "enquiry")
        lists, now = lists_of(desk.edition.parts), desk.clock.now()
        check_asking(wish, lists)
        about = list(dict.fromkeys(survivors(desk, wish.children).values()))
        if not {*about} <= {*children}:
            raise Refused("Select children of this MASH enquiry", "child")
        wish = replace(wish, children=tuple(about))
        who = asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor)
        place = _Place(
            who,
            room(desk, wish.enquiry),
            with_team(desk, subjects(desk, about, asker=member.id), member),
            now,
            state.grade,
        )
        for party in wish.parties:
            self._may_be_asked(wish, party, place)
        outgoing = [self._outgoing(wish, party, place, lists) for party in wish.parties]
        made = self.requests().make(wish, outgoing)
        self.settle()
        return made

    def _may_be_asked(self, wish: AskParties, party: Party, place: "_Place") -> None:
        """Raises Refused for a party that is not registered, waits to answer already, or may not read the request."""
        desk = self.desk
        known = desk.register().organisations.get(party.organisation)
        if known is None or known.may_enter_for_others:
            raise Refused(f"No organisation {party.organisation} is registered: select from the list", "party")
        if party.setting and not SETTING.fullmatch(party.setting):
            raise Refused("Give a setting by its code: lower-case letters, digits, _ . and -", "party")
        waiting = [
            one
            for one in requests_of(desk, enquiry=wish.enquiry)
            if (one["organisation"], one["setting"]) == (party.organisation, party.setting) and one["state"] == "asked"
        ]
        if waiting:
            raise Refused(f"{party} was asked already, and its answer is awaited: remind them", "party")
        receiver = Organisation(known.organisation, known.sector, known.party, known.listed_body)
        back = on_holiday(desk.edition.parts, known.sector, london_day(self._due(place.grade, place.now)))
        if back is not None and not wish.out_of_term.strip():
            raise Refused(
                f"{party} is on holiday when this falls due, until {day_words(back)}: enter whom to reach until then",
                "out_of_term",
            )
        self.within_protocol(HUB, receiver, wish.purpose, "rationale", place.now)
        self.within_protocol(HUB, receiver, wish.purpose, "identity", place.now)
        reader = PolicyAsker(
            id=f"asked:{party}", organisation=receiver, setting=party.setting, roles=("external_answerer",), active=True,
            ig_trained=True, mfa=True,
        )  # fmt: skip
        purpose = as_purpose(wish.purpose)
        ask = Ask(
            id="reading",
            who=reader,
            action="read",
            purpose=purpose,
            reason="request",
            at=place.now,
            enquiry=wish.enquiry,
        )
        closed = self.closed_to(ask, receiver, party, [place.known[child] for child in wish.children], place.room)
        if closed:
            rules = ", ".join(closed)
            raise Refused(
                f"The sharing policies do not let {known.name} read this request ({rules}): tell them another way",
                "party",
            )

    def closed_to(
        self, ask: Ask, receiver: Organisation, party: Party, about: Sequence[Subject], where: EnquiryRoom | None
    ) -> tuple[str, ...]:
        """The policies by which the receiver would not be let read what it is sent; () where it would."""
        resources = [
            Resource(
                category=category, owner=HUB, setting=party.setting, subjects=(subject,), enquiry=where, kind="request",
                released_to=frozenset({receiver.id}),
            )
            for subject in about
            for category in ("identity", "rationale")
        ]  # fmt: skip
        rulings = self.desk.rulings.decide(ask, resources)
        denied = [one for one in rulings if not one.allowed or one.fault]
        return tuple(dict.fromkeys(policy for one in denied for policy in one.policies or ("no policy allows it",)))

    def within_protocol(
        self, owner: Organisation, receiver: Organisation, purpose: str, category: str, at: datetime
    ) -> None:
        """Raises Refused, with the clause, for a share that the protocol in force does not carry."""
        agreed = self.desk.edition.agreed
        clause = outside(agreed, owner, receiver, purpose, category, at)
        if clause:
            named = next((one.words for one in agreed.clause if one.id == clause), "") if agreed else ""
            why = f": {named}" if named else ""
            raise Refused(
                f"{name_of(self.desk, receiver.id)} cannot be asked: outside the information-sharing protocol, "
                f"{clause}{why}", "party",
            )  # fmt: skip

    def _outgoing(self, wish: AskParties, party: Party, place: "_Place", lists: Questions) -> Outgoing:
        """One request ready to be put on record; its ledger entry is committed here, and bears the request's id."""
        desk, ident = self.desk, self.requests().new()
        receiver = organisation_of(desk, party.organisation)
        due = self._due(place.grade, place.now)
        back = on_holiday(desk.edition.parts, receiver.sector, london_day(due))
        items = {child: self._told_items(wish, child, receiver, place) for child in wish.children}
        enclosures = {child: self._enclosures(wish, child, receiver, party, place) for child in wish.children}
        ask = Ask(
            id=ident, who=place.who, action="export", purpose=as_purpose(wish.purpose), reason="request_made", at=place.now,
            enquiry=wish.enquiry,
        )  # fmt: skip
        shown = disclose(
            ask,
            [
                *(item for held in items.values() for item in held),
                *(enclosing.enclosed(one) for going in enclosures.values() for one in [*going.values()][: enclosing.MOST]),
            ],
            subjects=place.known, enquiry=place.room,
            edition=desk.edition.id, rulings=desk.rulings, ledger=desk.ledger, vault=desk.vault, clock=desk.clock,
            agreed=desk.edition.agreed,
        )  # fmt: skip
        opened = {one.item: one for one in shown.shown}
        told = {
            child: _told(wish.told, [opened[i.item] for i in held if i.item in opened]) for child, held in items.items()
        }
        if nameless := [child for child, words in told.items() if not {"names", "nhs_number", "upn"} & set(words)]:
            raise Refused(
                f"Nothing that you may tell them names child {nameless[0][:8].upper()}: the policies, or the protocol, keep "
                "it closed, or nobody has said it", "told",
            )  # fmt: skip
        for child, going in enclosures.items():
            if sent := [one for item, one in going.items() if item in opened]:
                told[child][enclosing.ON_RECORD] = enclosing.lines(
                    desk, child, sent, max(0, len(going) - enclosing.MOST)
                )
        return Outgoing(
            request=ident, party=party, children=told, grade=place.grade, due=due, closed_until=back,
            clause=self.clause(receiver, wish.purpose, place.now),
            questions=tuple(lists.questions[code] for code in wish.questions), purpose=lists.purposes[wish.purpose],
        )  # fmt: skip

    def _enclosures(
        self, wish: AskParties, child: str, receiver: Organisation, party: Party, place: "_Place"
    ) -> dict[str, said_of.Spoken]:
        """What is on record and may go along in codes; nothing where whoever asks did not choose that."""
        if enclosing.ON_RECORD not in wish.told:
            return {}
        return enclosing.may_be_enclosed(
            self.desk, child, receiver, party, as_purpose(wish.purpose), known=place.known, room=place.room, now=place.now
        )  # fmt: skip

    def _told_items(self, wish: AskParties, child: str, receiver: Organisation, place: "_Place") -> list[ItemRef]:
        """The items that say who this child is, as far as the receiver is to be told and their owners' protocol carries it."""
        wanted = {"identity"} | ({"identity.address"} if "addresses" in wish.told else set())
        agreed = self.desk.edition.agreed
        return [
            item
            for item in said_of.identity_items(self.desk, child)
            if item.category in wanted
            and not outside(agreed, item.organisation, receiver, wish.purpose, item.category, place.now)
        ]

    def clause(self, receiver: Organisation, purpose: str, at: datetime) -> str:
        """The clause of the protocol in force that carries a request for this purpose; "" without a protocol."""
        agreed = self.desk.edition.agreed
        if agreed is None:
            return ""
        found = permits(agreed, HUB, receiver, purpose, "identity", london_day(at))
        return found.clause if isinstance(found, Within) else ""

    def _due(self, grade: str, now: datetime) -> datetime:
        """By when an answer is due: the partnership's clock for answers, or the enquiry's own where that runs out first."""
        edition = self.desk.edition
        known = {each["id"] for each in edition.parts["clocks"]}
        wanted = [name for name in ("answer", grade) if name in known] or ["red"]
        return min(edition.due(name, now) for name in wanted)

    def not_ask(self, asker: Asker, enquiry: str, party: Party, reason: str) -> None:
        """Record why somebody is not asked. Raises Refused where the grade does not allow it, NotPermitted, NotFound."""
        permitted(self.desk, asker, "screen")
        state, _, _ = self._known(asker, enquiry, "request_not_asked")
        if state.stage == "decided":
            raise Refused("This MASH enquiry is decided: nothing is asked any more", "enquiry")
        if party.organisation not in self.desk.register().organisations:
            raise Refused("Select the organisation that is not asked", "party")
        if party.setting and not SETTING.fullmatch(party.setting):
            raise Refused("Give a setting by its code: lower-case letters, digits, _ . and -", "party")
        check_not_asking(party, reason, state.grade, lists_of(self.desk.edition.parts))
        self.requests().not_ask(enquiry, party, reason, state.grade, asker.staff)
        self.settle()

    def withdraw(self, asker: Asker, request: str, reason: str) -> None:
        """Withdraw a request, and tell them. Raises Refused, NotPermitted, NotFound."""
        made = self._mine(asker, request)
        if next(one for one in requests_of(self.desk, enquiry=made.enquiry) if _is(one, request))["state"] in ANSWERS:
            raise Refused("This request was answered: there is nothing to withdraw", "request")
        self.requests().withdraw(request, reason, asker.staff)
        self.settle()

    def remind(self, asker: Asker, request: str) -> None:
        """Remind them. Raises Refused for a request that nobody waits for any more, NotPermitted, NotFound."""
        made = self._mine(asker, request)
        if next(one for one in requests_of(self.desk, enquiry=made.enquiry) if _is(one, request))["state"] != "asked":
            raise Refused("Nobody waits for an answer to this request any more: there is nobody to remind", "request")
        self.requests().remind(request, asker.staff)
        self.settle()

    def link(self, asker: Asker, request: str) -> LinkShown:
        """A link and a code for an answer without an account, shown this once. Raises Refused, NotPermitted, NotFound."""
        made = self._mine(asker, request)
        given = self.requests().make_link(request, asker.staff)
        self.settle()
        return LinkShown(
            request=request, organisation=name_of(self.desk, made.organisation), link=f"/answer/{given.link}",
            code=f"{given.code[:4]} {given.code[4:]}", expires=given.expires,
        )  # fmt: skip

    def _mine(self, asker: Asker, request: str) -> RequestMade:
        """A request that this person of the front door may act on; raises NotPermitted, NotFound."""
        permitted(self.desk, asker, "screen")
        made = self.state(request).made
        if made is None:
            raise NotFound("no such request, or none that you may know of")
        self._known(asker, made.enquiry, "request_change")
        return made

    def state(self, request: str) -> Request:
        """A request as it stands on record; without a fact for one that there is not."""
        return fold(request, (one.fact for one in self.desk.record.load(f"request:{request}")))

    def _known(self, asker: Asker, enquiry: str, reason: str) -> tuple[Enquiry, list[str], int]:
        """A MASH enquiry, those of its children of whom this asker may know, and the ledger entry; raises NotFound."""
        desk = self.desk
        caught_up(desk)
        history = desk.record.load(f"mash-enquiry:{enquiry}")
        state = enquiries.fold(enquiry, (one.fact for one in history))
        children = list(dict.fromkeys(survivors(desk, state.children).values())) if state.version else []
        items = [codes_of(f"enquiry:{child}", child, history[0].position) for child in children]
        shown = look(desk, asker, items, reason, enquiry if children else "")
        allowed = {item.item for item in shown.shown}
        known = [child for child in children if f"enquiry:{child}" in allowed]
        # the codes of a child are the MASH's to know; whoever else is on the enquiry knows of it by being on it
        if not known or not (may(asker.roles, "screen") or asker.staff in on_team(desk, state)):
            raise NotFound(NO_ENQUIRY)
        return state, known, shown.ledger_position


class _Place(Struct, frozen=True):
    """Who asks from where, with what is on record of the children, now."""

    who: PolicyAsker
    room: EnquiryRoom | None
    known: dict[str, Subject]
    now: datetime
    grade: str


NO_KEY = "Gave no key: it finds the request on its page only"


def parse_party(text: str) -> Party:
    """`organisation` or `organisation/setting`, as pages and commands write a party."""
    organisation, _, setting = text.strip().partition("/")
    return Party(organisation.strip(), setting.strip())


def parse_day(text: str, field: str) -> date | None:
    """A day as YYYY-MM-DD; None for nothing. Raises Refused."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("Enter a day as year, month and day, such as 2026-12-04", field) from None


def _how(answer: RequestAnswered, state: Request) -> str:
    """How an answer came. A link says who made it, because whoever makes one holds its code."""
    kind = answer.answered_by.partition(":")[0]
    if kind == "link":
        return f"By a link without an account, made by {state.link.made_by if state.link else 'somebody'}"
    return "By a program of theirs" if kind == "client" else "On their page"


def _told(fields: Sequence[str], opened: Sequence[Shown]) -> dict[str, str]:
    """What the receiver is told of one child: each chosen field, each value once, the newest said first."""
    wanted = [*fields, *(["expected_date"] if "birth_date" in fields else [])]
    found: dict[str, str] = {}
    for field in wanted:
        values = dict.fromkeys(str(one.words[field]) for one in reversed(opened) if field in one.words)
        if values:
            found[field] = " / ".join(values)
    return found


def as_purpose(code: str) -> Purpose:
    """What a request is for, as sharing knows it. Raises Refused for anything that no request is made for."""
    match code:
        case "triage" | "child_protection" | "early_help" | "identity_review":
            return code
        case _:
            raise Refused("Select what the answer is for", "purpose")


def _is(row: Mapping[str, Any], request: str) -> bool:
    return bool(row["stream"] == f"request:{request}")
