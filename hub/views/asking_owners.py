"""Asking the organisation that sent a record in doubt about that record: who may, what it is told, and what it answered.

It promises that an organisation is told what it said itself of that one record, and nothing of anybody whom it may be; and
that nobody waits for an answer once whom the record is about is settled.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import own_record
from hub.domain.errors import NotFound, NotPermitted, Refused, VersionConflict
from hub.domain.moments import london_day
from hub.domain.reasons import day_words
from hub.domain.request import (
    LONGEST_QUESTION,
    WITHDRAWN,
    AskParties,
    Party,
    RequestAnswered,
    RequestMade,
    fold,
    on_holiday,
)
from hub.domain.sharing import Ask, Organisation, asker_of
from hub.domain.sharing import Asker as PolicyAsker
from hub.domain.staff import Staff, may
from hub.flow.disclose import Disclosed, ItemRef, disclose, ref
from hub.flow.request import Outgoing, Requests
from hub.views import sameness, store
from hub.views.asking import look
from hub.views.chronology import LABELS
from hub.views.covering import settled
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.horizon import REVIEW, code, horizon, row_of
from hub.views.in_review import urgency
from hub.views.matters import matter
from hub.views.members import permitted
from hub.views.models import Asker, Choice, Line, OwnRecordAsked, OwnRecords
from hub.views.models.requests import LinkShown
from hub.views.requesting import NO_KEY, Requesting
from hub.views.said_of import handling, without_trace
from hub.views.side_by_side import Described, describe
from hub.views.subjects import subjects
from hub.views.who_is_who import candidates, families, persons_of, records_of, survivors

REASON = "own_record_asked"
NO_REVIEW = "no such review or proposal, or none that you may know of"
NOT_HERE = "no such request about a record in doubt, or none that you may know of"
RESTRICTED = "This review is restricted: nobody is asked through the hub. Ask somebody whom you name, another way"
ASKABLE = "Select a record in doubt, of the list: the organisation that sent it is asked"


class AskOwner(Struct, frozen=True, kw_only=True):
    """Ask about one record in doubt: of the review of `person`, or (`other`) of the proposal that the two are one.

    `record` as a page writes it: the source record, and after a slash the setting that is asked in place of the whole.
    """

    person: str
    other: str = ""
    record: str
    questions: tuple[str, ...]
    out_of_term: str = ""
    by: str


class AskingOwners(Struct, frozen=True):
    """What pages, programs and commands of who reviews identity ask about requests to owners of records in doubt."""

    desk: Desk
    requests: Callable[[], Requests]
    settle: Callable[[], None] = lambda: None  # waits until the next page shows what was just written

    # -------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, person: str, other: str = "") -> OwnRecords:
        """What may be asked in this review (or proposal), and what was; one look. Raises NotPermitted, NotFound."""
        desk = self.desk
        _, restricted = self._known(asker, person, other)
        shown = look(desk, asker, [code("review", person), *self.items([person, other])], REASON, purpose=REVIEW)
        if not any(one.item == f"review:{person}" for one in shown.shown):
            raise NotFound(NO_REVIEW)
        return self.shown(person, other, shown, restricted=restricted)

    def items(self, persons: Sequence[str]) -> list[ItemRef]:
        """Everything that owners answered about records that are held to be about these now: values, and why there are none."""
        wanted = {one for one in persons if one}
        return [
            item
            for row in self._rows(persons)
            for item in self._answered(row["stream"])
            if wanted.issuperset(item.persons) and item.persons
        ]

    def answers(self, persons: Sequence[str]) -> list[Described]:
        """The values among them, to stand beside what the owners had sent; each with when the hub knew it."""
        known = {
            one.position: one.envelope.known_at
            for row in self._rows(persons)
            for one in self.desk.record.load(row["stream"])
        }
        return [
            Described(item.persons[0], item, known[item.position], how="when it was asked")
            for item in self.items(persons)
            if item.category in {"identity", "identity.address"}
        ]

    def shown(self, person: str, other: str, shown: Disclosed, *, restricted: bool) -> OwnRecords:
        """The same for a page, of what its look let out. Nobody is asked in a restricted review, nor in one that ended."""
        persons = [person, other]
        open_ = any(self._in_doubt(one) for one in persons if one)
        choices, cannot = self._choices(persons) if open_ and not restricted else ((), ())
        return OwnRecords(
            person=person, other=other, rows=tuple(self._row(row, shown) for row in self._rows(persons)), records=choices,
            cannot=cannot, questions=tuple(Choice(one, words) for one, words in own_record.QUESTIONS.items()),
            withdrawals=tuple(Choice(one, words) for one, words in WITHDRAWN.items()), open=open_, restricted=restricted,
        )  # fmt: skip

    def _row(self, held: Mapping[str, Any], shown: Disclosed) -> OwnRecordAsked:
        state = fold(held["stream"].partition(":")[2], (one.fact for one in self.desk.record.load(held["stream"])))
        made, row = state.made, Requesting(self.desk, self.requests).row(held)
        if made is None:
            raise NotFound(NOT_HERE)
        opened = {one.item: one for one in shown.shown}
        items = [sealed.item for answer in state.answers for sealed in answer.items]
        said = [
            Line(label(name), own_record.SECOND.get(str(value), str(value)))
            for one in items
            if one in opened
            for name, value in opened[one].words.items()
        ]
        return OwnRecordAsked(
            request=row.request, record=made.source_record, organisation=row.organisation, setting=row.setting,
            state=row.state, state_words=row.state_words, asked_at=row.asked_at, due=row.due, overdue=row.overdue,
            late=row.late, on_page_only=row.on_page_only, reminders=row.reminders, reason=row.reason, after=row.after,
            how=row.how, link_until=row.link_until, said=tuple(said), closed=any(one not in opened for one in items),
            questions=tuple(own_record.QUESTIONS.get(one, one) for one in made.questions),
        )  # fmt: skip

    def _choices(self, persons: Sequence[str]) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
        """The records in doubt that may be asked about, each of its organisation or of a setting that spoke of it; and, in
        sentences, whose cannot.
        """
        desk, known = self.desk, self.desk.register().organisations
        found: list[Choice] = []
        cannot: list[str] = []
        for record, owner in self._records(persons).items():
            one = known.get(owner)
            if one is None or one.may_enter_for_others:
                cannot.append(f"Record {record[:8].upper()} was entered at the front door itself: ring whoever told it")
                continue
            if not one.party:
                cannot.append(
                    f"{one.name} is not party to the protocol, or has left it: it is not asked through the hub"
                )
                continue
            hint = "" if desk.register().sealing_key(owner) is not None else NO_KEY
            label = f"{one.name}, record {record[:8].upper()}"
            found.append(Choice(record, label, hint))
            found += [
                Choice(f"{record}/{setting}", f"{label}: {setting.replace('_', ' ')}", hint)
                for setting in self._settings(record, owner)
            ]
        return tuple(found), tuple(dict.fromkeys(cannot))

    def _records(self, persons: Sequence[str]) -> dict[str, str]:
        """The source records of those of these who are in doubt, each with its organisation.

        Not one of which only statements tell that protect their source: nobody else may know that there is one.
        """
        doubted = [one for one in persons if one and self._in_doubt(one)]
        held = [record for records in records_of(self.desk, doubted).values() for record in records]
        table = store.source_record
        rows = self.desk.store.rows(
            select(table).where(table.c.source_record.in_(held)).order_by(table.c.source_record)
        )
        hidden = without_trace(self.desk, (row["source_record"] for row in rows))
        return {row["source_record"]: row["organisation"] for row in rows if row["source_record"] not in hidden}

    def _settings(self, record: str, owner: str) -> list[str]:
        """The settings of its organisation that spoke of this record otherwise than as a protected source."""
        about, said = store.said_about, store.said
        query = (
            select(said.c.stream, said.c.version)
            .join(about, (about.c.stream == said.c.stream) & (about.c.version == said.c.version))
            .where(about.c.source_record == record, said.c.organisation == owner)
        )
        found = set()
        for row in self.desk.store.rows(query):
            fact = self.desk.record.load(row["stream"], upto=row["version"])[-1].fact
            if not handling(fact, self.desk.edition).source_protected:
                found.add(str(getattr(getattr(fact, "statement", fact), "setting", "") or ""))
        return sorted(found - {""})

    # --------------------------------------------------------------------------------------------------- asking

    def ask(self, asker: Asker, wish: AskOwner) -> str:
        """Ask the organisation that sent a record in doubt about that record; the request's id.

        Raises Refused naming the field (a restricted review, outside the protocol, asked already, a setting on holiday
        without somebody to reach), NotPermitted, NotFound.
        """
        desk = self.desk
        member, restricted = self._known(asker, wish.person, wish.other)
        if wish.by != asker.staff or not may(asker.roles, "identity"):
            raise NotPermitted("a person acts in their own name, in a role that they hold")
        if not look(desk, asker, [code("review", wish.person)], REASON, purpose=REVIEW).shown:
            raise NotFound(NO_REVIEW)
        if restricted:
            raise Refused(RESTRICTED, "record")
        own_record.check_questions(wish.questions)
        if len(wish.out_of_term) > LONGEST_QUESTION:
            raise Refused(f"Enter at most {LONGEST_QUESTION:,} characters", "out_of_term")
        record, _, setting = wish.record.partition("/")
        owner = self._records([wish.person, wish.other]).get(record)
        if owner is None:
            raise Refused(ASKABLE, "record")
        party = Party(owner, setting)
        about = persons_of(desk, [record])[record]
        outgoing = self._outgoing(member, wish, party, record, about)
        asked = AskParties(
            enquiry="", parties=(party,), children=(about,), purpose=own_record.PURPOSE, questions=wish.questions,
            told=own_record.told(wish.questions), out_of_term=wish.out_of_term, by=wish.by,
        )  # fmt: skip
        (made,) = self.requests().make(asked, [outgoing])
        self.settle()
        return made

    def _outgoing(self, member: Staff, wish: AskOwner, party: Party, record: str, about: str) -> Outgoing:
        """One request ready to be put on record; its ledger entry is committed here, and bears the request's id."""
        desk, now, front = self.desk, self.desk.clock.now(), Requesting(self.desk, self.requests)
        receiver = organisation_of(desk, party.organisation)
        self._may_be_asked(party, record, receiver)
        due = self._due(wish, now)
        back = on_holiday(desk.edition.parts, receiver.sector, london_day(due))
        if back is not None and not wish.out_of_term.strip():
            told = f"{party} is on holiday when this falls due, until {day_words(back)}: enter whom to reach until then"
            raise Refused(told, "out_of_term")
        for category in ("identity", "rationale"):
            self._within_protocol(front, receiver, category, now)
        self._not_twice(party, record)
        known = subjects(desk, [about], purpose=REVIEW, asker=member.id)
        reader = PolicyAsker(
            id=f"asked:{party}", organisation=receiver, setting=party.setting, roles=("external_answerer",), active=True,
            ig_trained=True, mfa=True,
        )  # fmt: skip
        reading = Ask(id="reading", who=reader, action="read", purpose=REVIEW, reason="request", at=now)
        if closed := front.closed_to(reading, receiver, party, [known[about]], None):
            told = (
                f"The sharing policies do not let them read this request ({', '.join(closed)}): tell them another way"
            )
            raise Refused(told, "record")
        ident = self.requests().new()
        who = asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor)
        shown = disclose(
            Ask(id=ident, who=who, action="export", purpose=REVIEW, reason="request_made", at=now),
            self._told_items(about, record, wish.questions), subjects=known, edition=desk.edition.id, rulings=desk.rulings,
            ledger=desk.ledger, vault=desk.vault, clock=desk.clock, agreed=desk.edition.agreed,
        )  # fmt: skip
        fields = own_record.told(wish.questions)
        words = {name: str(one.words[name]) for name in fields for one in shown.shown if name in one.words}
        if not {"own_id", "names", "nhs_number"} & words.keys():
            told = "Nothing that this record says of itself would let them find it: ring them"
            raise Refused(told, "record")
        return Outgoing(
            request=ident, party=party, children={about: words}, grade="", due=due, closed_until=back,
            clause=front.clause(receiver, own_record.PURPOSE, now),
            questions=tuple(own_record.QUESTIONS[one] for one in own_record.QUESTIONS if one in wish.questions),
            purpose=own_record.PURPOSE_WORDS, source_record=record,
        )  # fmt: skip

    def _told_items(self, about: str, record: str, questions: Sequence[str]) -> list[ItemRef]:
        """What this one record says of itself, as its own organisation sent it: nothing of any other record."""
        wanted = {"identity"} | ({"identity.address"} if "addresses" in questions else set())
        return [one.item for one in describe(self.desk, about, only={record}) if one.item.category in wanted]

    def _may_be_asked(self, party: Party, record: str, receiver: Organisation) -> None:
        desk = self.desk
        known = desk.register().organisations.get(party.organisation)
        if known is None or known.may_enter_for_others:
            raise Refused("Nobody can be asked about this record: it was entered at the front door itself", "record")
        if party.setting and party.setting not in self._settings(record, receiver.id):
            raise Refused(ASKABLE, "record")

    def _not_twice(self, party: Party, record: str) -> None:
        for row in self._about(record):
            if (row["setting"] or "") == party.setting and row["state"] == "asked":
                raise Refused(f"{party} was asked about this record already: remind them", "record")

    def _within_protocol(self, front: Requesting, receiver: Organisation, category: str, now: datetime) -> None:
        try:
            front.within_protocol(HUB, receiver, own_record.PURPOSE, category, now)
        except Refused as refused:
            raise Refused(str(refused), "record") from None

    def _due(self, wish: AskOwner, now: datetime) -> datetime:
        """By the partnership's clock for answers; sooner, where the review itself has to be answered sooner."""
        edition, row = self.desk.edition, row_of(self.desk, wish.person)
        by = edition.due("answer" if any(each["id"] == "answer" for each in edition.parts["clocks"]) else "red", now)
        if row is None or wish.other:
            return by
        review = urgency(self.desk, [row], {wish.person: candidates(self.desk, wish.person)})[wish.person].due
        return review if now < review < by else by

    # ------------------------------------------------------------------------------------------- what was asked

    def remind(self, asker: Asker, request: str) -> None:
        """Remind them. Raises Refused for a request that nobody waits for any more, NotPermitted, NotFound."""
        if self._mine(asker, request)[1]:
            raise Refused(RESTRICTED, "request")
        self._still("asked", request, "Nobody waits for an answer to this request any more: there is nobody to remind")
        self.requests().remind(request, asker.staff)
        self.settle()

    def withdraw(self, asker: Asker, request: str, reason: str) -> None:
        """Withdraw it, and tell them. Raises Refused, NotPermitted, NotFound."""
        self._mine(asker, request)
        self._still("asked withdrawn", request, "This request was answered: there is nothing to withdraw")
        self.requests().withdraw(request, reason, asker.staff)
        self.settle()

    def link(self, asker: Asker, request: str) -> LinkShown:
        """A link and a code for an answer without an account, shown this once. Raises Refused, NotPermitted, NotFound."""
        made, restricted = self._mine(asker, request)
        if restricted:
            raise Refused(RESTRICTED, "request")
        given = self.requests().make_link(request, asker.staff)
        self.settle()
        return LinkShown(
            request=request, organisation=name_of(self.desk, made.organisation), link=f"/answer/{given.link}",
            code=f"{given.code[:4]} {given.code[4:]}", expires=given.expires,
        )  # fmt: skip

    def end_settled(self) -> int:
        """Withdraw what was asked about records that nobody doubts any more, and tell whoever was asked; how many."""
        desk, ended = self.desk, 0
        caught_up(desk)
        for row in settled(desk, self._all("asked")):
            made = self._made(row["stream"])
            about = persons_of(desk, [made.source_record]).get(made.source_record, "")
            if row["state"] == "asked" and not (about and self._in_doubt(about)):
                try:
                    ended += self.requests().end_with_review(row["stream"].partition(":")[2], "service:watch")
                except VersionConflict:
                    continue  # somebody wrote to it this moment: the next turn looks again
        if ended:
            self.settle()
        return ended

    # ------------------------------------------------------------------------------------------------ the pieces

    def _known(
        self, asker: Asker, person: str, other: str, also: Sequence[str] = ()
    ) -> tuple[Staff, bool]:  # fmt: skip
        """Who asks, and whether the review is restricted. `also` are further persons of whom they must be able to know.

        Raises NotPermitted; NotFound for who may not know of it.
        """
        desk = self.desk
        caught_up(desk)
        member = permitted(desk, asker, "identity")
        row = row_of(desk, person)
        near = [*([other] if other else candidates(desk, person)), *also]
        if row is None or (other and sameness.between(desk.store, person, other) is None):
            look(desk, asker, [], REASON, purpose=REVIEW)  # in the ledger like a look that is refused
            raise NotFound(NO_REVIEW)
        seen = horizon(desk, member)
        everybody = [person, *near, *survivors(desk, [person, *near]).values()]
        if not seen.sees(everybody, marked=bool(row["restricted"])):
            look(desk, asker, [], REASON, purpose=REVIEW)
            raise NotFound(NO_REVIEW)
        return member, bool(row["restricted"]) or any(one in seen.readers for one in everybody)

    def _mine(self, asker: Asker, request: str) -> tuple[RequestMade, bool]:
        """A request about a record in doubt that this person may act on, and whether its review is restricted by now."""
        history = self.desk.record.load(f"request:{request}")
        made = history[0].fact if history else None
        if not isinstance(made, RequestMade) or not made.source_record:
            permitted(self.desk, asker, "identity")
            raise NotFound(NOT_HERE)
        try:
            _, restricted = self._known(asker, made.children[0], "", self._proposed_to(made.children[0]))
        except NotFound:
            raise NotFound(NOT_HERE) from None
        items = [code("review", made.children[0])]
        if not look(self.desk, asker, items, REASON, purpose=REVIEW).shown:
            raise NotFound(NOT_HERE)
        return made, restricted

    def _proposed_to(self, person: str) -> tuple[str, ...]:
        """Who is proposed to be the same as a person: of a request about a proposal there is no telling of one alone."""
        caught_up(self.desk)
        return sameness.others_of(self.desk.store, person)

    def _still(self, states: str, request: str, otherwise: str) -> None:
        stream = f"request:{request}"
        (row,) = settled(self.desk, self.desk.store.rows(select(matter).where(matter.c.stream == stream)))
        if row["state"] not in states.split():
            raise Refused(otherwise, "request")

    def _in_doubt(self, person: str) -> bool:
        """Whether somebody must decide who this is: in review, or proposed to be the same as another."""
        row = row_of(self.desk, person)
        if row is None or row["merged_into"]:
            return False
        return row["standing"] == "in_review" or bool(sameness.others_of(self.desk.store, person))

    def _all(self, state: str = "") -> list[dict[str, Any]]:
        query = select(matter).where(matter.c.kind == "request", matter.c.what == own_record.PURPOSE)
        query = query.where(matter.c.state == state) if state else query
        return self.desk.store.rows(query.order_by(matter.c.opened_at, matter.c.stream))

    def _rows(self, persons: Sequence[str]) -> list[dict[str, Any]]:
        """The requests about records of these, by whatever name they were asked under; newest last."""
        named = {one for held in families(self.desk, [p for p in persons if p]).values() for one in held}
        named |= {*persons} - {""}
        query = select(matter).where(
            matter.c.kind == "request", matter.c.what == own_record.PURPOSE, matter.c.child.in_(sorted(named))
        )
        return settled(self.desk, self.desk.store.rows(query.order_by(matter.c.opened_at, matter.c.stream)))

    def _about(self, record: str) -> list[dict[str, Any]]:
        rows = settled(self.desk, self._all("asked"))
        return [row for row in rows if self._made(row["stream"]).source_record == record]

    def _made(self, stream: str) -> RequestMade:
        fact = self.desk.record.load(stream, upto=1)[0].fact
        assert isinstance(fact, RequestMade)  # noqa: S101 - the first fact of such a stream
        return fact

    def _answered(self, stream: str) -> list[ItemRef]:
        return [
            item
            for recorded in self.desk.record.load(stream)
            if isinstance(recorded.fact, RequestAnswered)
            for item in self._items(recorded.fact, recorded.position)
        ]

    def _items(self, fact: RequestAnswered, position: int) -> list[ItemRef]:
        """The values and reasons of an answer, as items of the organisation, about whoever its record is about now."""
        return answered_items(self.desk, fact, position)


def answered_items(desk: Desk, fact: RequestAnswered, position: int) -> list[ItemRef]:
    """The values of an answer about an own record, and why there are none, as items that policies rule on."""
    owner, found = organisation_of(desk, fact.organisation), []
    for sealed in fact.items:
        persons = tuple(dict.fromkeys(persons_of(desk, sealed.about).values()))
        item = ref(sealed, persons, owner, position, setting=fact.setting or "")
        # why somebody gives no answer is a reason in a decision about who is who
        found.append(replace(item, kind="decision" if item.category == "rationale" else "answer"))
    return found


def label(name: str) -> str:
    """A field of an answer in words."""
    return {"second_record": "Second record", own_record.SECOND_ID: "Number of the second record"}.get(
        name, LABELS.get(name, name.replace("_", " ").capitalize())
    )
