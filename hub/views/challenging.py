"""Challenges on behalf of a person: of a decision they may know of, or of what became of a message of their own.

Who challenges reads what they wrote and what they were answered, and no other organisation's words. Who answers is the
front door, by stage.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import challenge as challenges
from hub.domain import enquiry as enquiries
from hub.domain.challenge import (
    OUTCOMES,
    TYPES,
    Challenge,
    ChallengeAnswered,
    ChallengeEscalated,
    ChallengeRaised,
    ChallengeSettled,
    ChallengeWithdrawn,
    Raise,
)
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.notice import NoticeSent
from hub.domain.staff import groups, may
from hub.domain.together import of_parts
from hub.flow.challenge import Challenges as Act
from hub.flow.disclose import ItemRef, ref
from hub.flow.report_back import statement_of
from hub.views.accounts import somebody_else
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up
from hub.views.leading import entrusted
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.together import ChallengeRow, Challenges, ChallengeStep, ChallengeView
from hub.views.telling import codes_of, who, word
from hub.views.who_is_who import survivor, survivors

NOT_THERE = "no such challenge, decision or message, or none that you may know of"
MOST = 200


class Challenging(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Act]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def begin(self, asker: Asker, wish: Raise) -> str:
        """Challenge a decision, or what became of a message of one's own; its id. Raises Refused, NotPermitted, NotFound."""
        desk = self.desk
        member = permitted(desk, asker, "challenge")
        if wish.by != asker.staff:
            raise NotPermitted("a person acts in their own name")
        caught_up(desk)
        challenges.check_raise(wish)
        child, decided_by = self._challenged(asker, wish.about)
        together = of_parts(desk.edition.parts)
        clock = together.timer("challenge_risk") if wish.risk else together.stage_of(1).clock()
        made = self.act().begin(
            wish, child=child, decided_by=decided_by, organisation=member.organisation, setting=member.setting,
            due=desk.edition.due(clock, desk.clock.now()),
        )  # fmt: skip
        self.settle()
        return made

    def _challenged(self, asker: Asker, about: str) -> tuple[str, str]:
        """The child whom a decision is about, and who decided. Raises NotFound for what the asker may not know of."""
        desk = self.desk
        history = desk.record.load(enquiries.stream(about))
        state = enquiries.fold(about, (one.fact for one in history))
        if state.version:
            now = sorted({*survivors(desk, state.children).values()})
            items = [codes_of(f"picture:{child}", child, 0) for child in now]
            if len(look(desk, asker, items, "challenge", about).shown) == len(items):
                decided = [one.fact for one in history if isinstance(one.fact, EnquiryDecided)]
                return now[0], decided[-1].decided_by if decided else ""
            raise NotFound(NOT_THERE)
        said = statement_of(desk.record.load, about)
        member = staff_of(desk, asker.staff)
        whole = "own_organisation" in groups(member.roles)
        if said is None or said.organisation != member.organisation or not (whole or said.setting == member.setting):
            look(desk, asker, [], "challenge")
            raise NotFound(NOT_THERE)
        query = select(matter).where(
            matter.c.kind == "notice", matter.c.what.in_(("outcome", "forwarded")),
            matter.c.organisation == member.organisation,
        )  # fmt: skip
        for row in desk.store.rows(query.order_by(matter.c.position.desc())):
            told = desk.record.load(row["stream"], upto=1)[0].fact
            if isinstance(told, NoticeSent) and told.about == about:
                child = survivor(desk, told.child)
                if not look(desk, asker, [entrusted(desk, asker, f"challenge:{about}", child, 0)], "challenge").shown:
                    raise NotFound(NOT_THERE)
                return child, told.sent_by
        raise Refused("Nothing has become of this message yet: wait for the front door, or ring it", "about")

    def answer(self, asker: Asker, challenge: str, outcome: str, why: str) -> None:
        """Answer it at its stage. Raises Refused naming the field, NotPermitted, NotFound."""
        state = self._known(asker, challenge)
        permitted(self.desk, asker, of_parts(self.desk.edition.parts).stage_of(state.stage).answers)
        if state.raised is not None:
            decided = self._deciders(state.raised.about) | {state.raised.decided_by}
            later = {*decided, *(one.answered_by for one in state.answers)} if state.stage > 1 else set()
            somebody_else(self.desk, asker.staff, {state.raised.raised_by, *later})
        if state.stage > 1 and state.raised is not None and asker.staff in self._deciders(state.raised.about):
            raise Refused("From the second stage on somebody answers who neither decided it nor agreed to it", "by")
        self.act().answer(challenge, outcome, why, asker.staff, last=of_parts(self.desk.edition.parts).last)
        self.settle()

    def _deciders(self, about: str) -> set[str]:
        """Everybody who decided, or as a manager agreed, in the MASH enquiries that this challenge is about."""
        desk, rooms = self.desk, {about}
        query = select(matter).where(matter.c.kind == "notice", matter.c.what == "outcome")
        for row in desk.store.rows(query):
            told = desk.record.load(row["stream"], upto=1)[0].fact
            if isinstance(told, NoticeSent) and told.about == about:
                rooms.add(told.enquiry)
        facts = [one.fact for each in rooms for one in desk.record.load(enquiries.stream(each))]
        decided = [one for one in facts if isinstance(one, EnquiryDecided)]
        return {one.decided_by for one in decided} | {one.approved_by for one in decided}

    def escalate(self, asker: Asker, challenge: str, why: str) -> None:
        """Take it to the next stage. Raises Refused naming the field, NotPermitted, NotFound."""
        self._own(asker, challenge)
        together, edition = of_parts(self.desk.edition.parts), self.desk.edition

        def due(stage: int) -> datetime:
            return edition.due(together.stage_of(stage).clock(), self.desk.clock.now())

        self.act().escalate(challenge, why, asker.staff, last=together.last, due=due)
        self.settle()

    def accept(self, asker: Asker, challenge: str) -> None:
        """Accept the answer: it is settled. Raises Refused, NotPermitted, NotFound."""
        self._own(asker, challenge)
        self.act().settle(challenge, asker.staff)
        self.settle()

    def withdraw(self, asker: Asker, challenge: str) -> None:
        """Take it back. Raises Refused, NotPermitted, NotFound."""
        self._own(asker, challenge)
        self.act().withdraw(challenge, asker.staff)
        self.settle()

    def _own(self, asker: Asker, challenge: str) -> None:
        permitted(self.desk, asker, "challenge")
        state = self._known(asker, challenge)
        if state.raised is None or state.raised.raised_by != asker.staff:
            raise NotFound(NOT_THERE)

    def _known(self, asker: Asker, challenge: str) -> Challenge:
        """A challenge of this person's own, or one that they may answer; one look. Raises NotFound for any other."""
        desk = self.desk
        caught_up(desk)
        state = challenges.fold(challenge, (one.fact for one in desk.record.load(challenges.stream(challenge))))
        if state.raised is None or not self._concerned(asker, state):
            look(desk, asker, [], "challenge")
            raise NotFound(NOT_THERE)
        child = survivor(desk, state.raised.child)
        if not look(desk, asker, [entrusted(desk, asker, f"challenge:{challenge}", child, 0)], "challenge").shown:
            raise NotFound(NOT_THERE)
        return state

    def _concerned(self, asker: Asker, state: Challenge) -> bool:
        roles = staff_of(self.desk, asker.staff).roles
        return state.raised is not None and (state.raised.raised_by == asker.staff or may(roles, "decide"))

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, about: str = "") -> Challenges:
        """One's own challenges, and for who answers all that there are, those that wait first. One look."""
        desk = self.desk
        member = permitted(desk, asker, "challenge")
        caught_up(desk)
        query = select(matter).where(matter.c.kind == "challenge").order_by(matter.c.position.desc()).limit(MOST)
        if not may(member.roles, "decide"):
            query = query.where(matter.c.by == asker.staff)
        rows = desk.store.rows(query)
        now = survivors(desk, {row["child"] for row in rows})
        items = [entrusted(desk, asker, row["stream"], now[row["child"]], row["position"]) for row in rows]
        shown = {one.item for one in look(desk, asker, items, "challenges").shown}
        found = [
            self._row(asker, row["stream"].partition(":")[2], now[row["child"]])
            for row in rows
            if row["stream"] in shown
        ]
        return Challenges(
            stamp=stamp(desk, asker), rows=tuple(sorted(found, key=lambda one: one.state != "open")),
            types=tuple(Choice(code, words) for code, words in TYPES.items()), about=about,
        )  # fmt: skip

    def view(self, asker: Asker, challenge: str) -> ChallengeView:
        """One, with what was written to and by its two sides. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "challenge")
        caught_up(desk)
        history = desk.record.load(challenges.stream(challenge))
        state = challenges.fold(challenge, (one.fact for one in history))
        if state.raised is None or not self._concerned(asker, state):
            look(desk, asker, [], "challenge")
            raise NotFound(NOT_THERE)
        child = survivor(desk, state.raised.child)
        known = stamp(desk, asker)
        itself = entrusted(desk, asker, f"challenge:{challenge}", child, 0)
        shown = look(desk, asker, [itself, *_words_in(desk, asker, history, child)], "challenge_page")
        if itself.item not in {one.item for one in shown.shown}:
            raise NotFound(NOT_THERE)
        words = {one.item: one.words for one in shown.shown}
        together, roles = of_parts(desk.edition.parts), staff_of(desk, asker.staff).roles
        mine = state.raised.raised_by == asker.staff
        late = state.due is not None and state.due <= desk.clock.now()
        return ChallengeView(
            row=self._row(asker, challenge, child), stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            steps=tuple(_step(desk, one, words) for one in history),
            outcomes=tuple(Choice(code, told) for code, told in OUTCOMES.items()),
            may_answer=state.state == "open" and not mine and may(roles, together.stage_of(state.stage).answers),
            may_escalate=mine and (state.state == "answered" or late) and state.stage < together.last,
            may_settle=mine and state.state == "answered", may_withdraw=mine and state.state in {"open", "answered"},
        )  # fmt: skip

    def _row(self, asker: Asker, ident: str, child: str) -> ChallengeRow:
        desk, history = self.desk, self.desk.record.load(challenges.stream(ident))
        state = challenges.fold(ident, (one.fact for one in history))
        raised = state.raised
        if raised is None or state.state == "none":
            raise NotFound(NOT_THERE)
        mine = raised.raised_by == asker.staff
        stages = {one.number: one.name for one in of_parts(desk.edition.parts).stage}
        return ChallengeRow(
            challenge=ident, about=raised.about, type=TYPES.get(raised.type, raised.type), state=state.state,
            stage=state.stage, stage_words=stages.get(state.stage, ""), outcome=OUTCOMES.get(state.outcome, ""),
            at=history[0].envelope.known_at, due=state.due,
            overdue=state.due is not None and state.due < desk.clock.now(), risk=raised.risk, mine=mine,
            child="" if mine and not may(staff_of(desk, asker.staff).roles, "worklist") else child,
        )  # fmt: skip


def _words_in(desk: Desk, asker: Asker, history: list[Recorded], child: str) -> Iterator[ItemRef]:
    """What the two sides wrote, each for the other to read."""
    member = staff_of(desk, asker.staff)
    for one in history:
        for sealed in getattr(one.fact, "items", ()):
            item = ref(sealed, (child,), HUB, one.position, setting=member.setting)
            yield msgspec.structs.replace(item, kind="entrusted", released_to=frozenset({member.organisation}))


def _step(desk: Desk, recorded: Recorded, words: dict[str, dict[str, str | int | float]]) -> ChallengeStep:
    fact = recorded.fact
    match fact:
        case ChallengeRaised():
            what = f"Raised by {who(desk, fact.raised_by)}"
        case ChallengeAnswered():
            what = f"Stage {fact.stage}, {OUTCOMES[fact.outcome].lower()}: answered by {who(desk, fact.answered_by)}"
        case ChallengeEscalated():
            what = f"Taken to stage {fact.stage}"
        case ChallengeSettled():
            what = "The answer was accepted"
        case ChallengeWithdrawn():
            what = "Taken back"
        case _:
            what = ""
    return ChallengeStep(at=recorded.envelope.known_at, what=what, words=word(fact, words, "reason"))
