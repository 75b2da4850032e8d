"""Strategy discussions on behalf of a person: may they, may they know of every child in it, then act; and how it stands.

It promises that to who may not know of one of its children the whole discussion is not there, and that what each
organisation knew opens through the same door as its other words.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import enquiry as enquiries
from hub.domain import strategy as strategies
from hub.domain.attendance import ABSENT, Present
from hub.domain.enquiry import GROUNDS
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.sharing import Purpose
from hub.domain.staff import Permission, may
from hub.domain.strategy import (
    DANGER,
    ENDED,
    HOW,
    MEANS,
    Call,
    Conclude,
    Discussion,
    Hold,
    StrategyDecided,
    StrategyHeld,
    StrategyToldOf,
)
from hub.domain.together import of_parts
from hub.flow.disclose import ItemRef, ref
from hub.flow.discuss import Discuss
from hub.views.accounts import somebody_else
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.together import (
    DecidedRow,
    DiscussionRow,
    Discussions,
    DiscussionView,
    KnewRow,
    Section47Row,
    SittingRow,
)
from hub.views.telling import codes_of, who, withheld, word
from hub.views.who_is_who import persons_of, survivors

NOT_THERE = "no such strategy discussion or MASH enquiry, or none that you may know of"
Words = dict[str, dict[str, str | int | float]]


class Discussing(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Discuss]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def call(self, asker: Asker, wish: Call) -> str:
        """Call one about children of a MASH enquiry; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        self._in_own_name(asker, wish.by)
        named = self._room(asker, wish.enquiry, "screen")
        children = tuple(next((old for old, new in named.items() if one in {old, new}), one) for one in wish.children)
        made = msgspec.structs.replace(wish, children=children)
        ident = self.act().call(made, of_parts(self.desk.edition.parts), self._sectors())
        self.settle()
        return ident

    def hold(self, asker: Asker, discussion: str, wish: Hold) -> None:
        """Record who was there. Raises Refused naming the field, NotPermitted, NotFound."""
        self._in_own_name(asker, wish.by)
        state, named = self._known(asker, discussion, "screen")
        for one in wish.present:
            self._may_sit(one, [*named, *named.values()])
        self.act().hold(state.id, wish, of_parts(self.desk.edition.parts), self._sectors(), self.desk.edition.due)
        self.settle()

    def tell_of(self, asker: Asker, discussion: str, organisation: str, words: str) -> None:
        """Record what an organisation knew. Raises Refused naming the field, NotPermitted, NotFound."""
        state, _ = self._known(asker, discussion, "screen")
        self.act().tell_of(state.id, organisation, words, asker.staff)
        self.settle()

    def conclude(self, asker: Asker, discussion: str, wish: Conclude) -> None:
        """Record what was decided. Raises Refused naming the field, NotPermitted, NotFound."""
        self._in_own_name(asker, wish.by)
        state, named = self._known(asker, discussion, "decide")
        if any(wish.opens.values()) and wish.ground != DANGER and state.held is not None:
            somebody_else(self.desk, asker.staff, [state.held.recorded_by])
        asked = {**wish.opens}
        opens = {old: asked[old] if old in asked else asked[new] for old, new in named.items() if {old, new} & {*asked}}
        made = msgspec.structs.replace(wish, opens=opens)
        self.act().conclude(state.id, made, GROUNDS, of_parts(self.desk.edition.parts), self.desk.edition.due)
        self.settle()

    def reconvene(self, asker: Asker, discussion: str, at: datetime | None) -> None:
        """Call it again. Raises Refused naming the field, NotPermitted, NotFound."""
        state, _ = self._known(asker, discussion, "screen")
        self.act().reconvene(state.id, at, asker.staff)
        self.settle()

    def end(self, asker: Asker, discussion: str, child: str, outcome: str, why: str) -> None:
        """The section 47 enquiry about a child ended. Raises Refused naming the field, NotPermitted, NotFound."""
        state, _ = self._known(asker, discussion, "decide")
        self.act().end(state.id, child, outcome, why, asker.staff)
        self.settle()

    def _in_own_name(self, asker: Asker, by: str) -> None:
        if by != asker.staff:
            raise NotPermitted("a person acts in their own name")

    def _sectors(self) -> dict[str, str]:
        return {one.organisation: one.sector for one in self.desk.register().organisations.values()}

    def _may_sit(self, one: Present, children: Sequence[str]) -> None:
        """Raises Refused where somebody is named who is not in the register for that organisation, or whose family it is."""
        if not one.staff:
            return
        member = staff_of(self.desk, one.staff)
        if not member.active or member.organisation != one.organisation or {*children} & {*member.related}:
            raise Refused("Name somebody who works for that organisation, and who may take part", "present")

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, enquiry: str) -> Discussions:
        """The strategy discussions of a MASH enquiry, and what one chooses from. Raises NotPermitted, NotFound."""
        desk = self.desk
        named = self._room(asker, enquiry, "picture", page=True)
        together = of_parts(desk.edition.parts)
        query = select(matter).where(matter.c.kind == "strategy-discussion", matter.c.enquiry == enquiry)
        rows = []
        for row in desk.store.rows(query.order_by(matter.c.position.desc())):
            state = self.act().discussion(row["stream"].partition(":")[2])
            if state.called is not None and state.at is not None:
                children = tuple(dict.fromkeys(named.get(one, one) for one in state.called.children))
                rows.append(
                    DiscussionRow(discussion=state.id, at=state.at, state=state_words(state), children=children)
                )
        parties = [one for one in desk.register().organisations.values() if not one.may_enter_for_others]
        return Discussions(
            enquiry=enquiry, stamp=stamp(desk, asker), rows=tuple(rows),
            children=tuple(Choice(one, f"Child {one[:8].upper()}") for one in dict.fromkeys(named.values())),
            parties=tuple(Choice(one.organisation, f"{one.name} ({one.sector.replace('_', ' ')})") for one in parties),
            quorum=tuple(one.name for one in together.quorum),
            means=tuple(Choice(code, words) for code, words in MEANS.items()),
            may_call=may(staff_of(desk, asker.staff).roles, "screen"),
        )  # fmt: skip

    def view(self, asker: Asker, discussion: str) -> DiscussionView:
        """One, as this asker may see it. Raises NotPermitted, and NotFound where one may not know of one of its children."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        history = desk.record.load(strategies.stream(discussion))
        state = strategies.fold(discussion, (one.fact for one in history))
        if state.called is None:
            look(desk, asker, [], "strategy_page")
            raise NotFound(NOT_THERE)
        now = survivors(desk, state.called.children)
        itself = _itself(state, now)
        # at section 47 it is child protection, also to who came from a partner organisation; a decided room opens for it alone
        purpose: Purpose | None = "child_protection" if state.section_47 or self._closed_room(state) else None
        known = stamp(desk, asker)
        items = [itself, *(item for one in history for item in _words_in(desk, one))]
        shown = look(desk, asker, items, "strategy_page", state.called.enquiry, purpose)
        if itself.item not in {item.item for item in shown.shown}:
            raise NotFound(NOT_THERE)
        words = {item.item: item.words for item in shown.shown}
        roles = staff_of(desk, asker.staff).roles
        told = [one.fact for one in history if isinstance(one.fact, StrategyToldOf)]
        held = state.held
        there = [one.organisation for one in held.present if one.present] if held else []
        return DiscussionView(
            discussion=discussion, enquiry=state.called.enquiry,
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            state="decided" if state.state == "decided" else "held" if state.state == "held" else "called",
            state_words=state_words(state), at=state.at or state.called.at, means=MEANS[state.called.means],
            called_by=who(desk, state.called.called_by), why=word(state.called, words, "reason"),
            asked=tuple(Choice(one.organisation, name_of(desk, one.organisation)) for one in state.called.asked),
            sittings=tuple(_sitting(desk, one.fact, words) for one in history if isinstance(one.fact, StrategyHeld)),
            knew=tuple(KnewRow(name_of(desk, one.organisation), word(one, words, "knew")) for one in told),
            decisions=tuple(_decided(desk, one, words, now) for one in history if isinstance(one.fact, StrategyDecided)),
            section_47=tuple(self._section_47(state, now)), children=tuple(dict.fromkeys(now.values())),
            quorate=state.quorate, alone=state.alone,
            reconvene_by=held.reconvene_by if held and state.must_reconvene else None, withheld=withheld(desk, shown),
            attended=tuple(Choice(one, name_of(desk, one)) for one in there),
            absences=choices_of(ABSENT), grounds=choices_of(GROUNDS), hows=choices_of(HOW), outcomes=choices_of(ENDED),
            may_record=may(roles, "screen"), may_decide=may(roles, "decide"),
        )  # fmt: skip

    def _section_47(self, state: Discussion, now: dict[str, str]) -> Iterator[Section47Row]:
        due = state.decided.conference_due if state.decided else None
        for child, stays in now.items():
            if child in state.section_47:
                late = due is not None and due < self.desk.clock.now()
                yield Section47Row(child=stays, state="open", conference_due=due, overdue=late)
            elif child in state.ended:
                yield Section47Row(child=stays, state="ended", outcome=ENDED[state.ended[child]])
            elif state.decided is not None:
                yield Section47Row(child=stays, state="not_opened")

    def _closed_room(self, state: Discussion) -> bool:
        asked = state.called.enquiry if state.called else ""
        room = enquiries.fold(asked, (one.fact for one in self.desk.record.load(enquiries.stream(asked))))
        return room.stage == "decided"

    def _known(self, asker: Asker, discussion: str, permission: Permission) -> tuple[Discussion, dict[str, str]]:
        """A discussion and its children (as it has them, and as they are called now). Raises NotPermitted, NotFound."""
        permitted(self.desk, asker, permission)
        history = self.desk.record.load(strategies.stream(discussion))
        state = strategies.fold(discussion, (one.fact for one in history))
        if state.called is None:
            look(self.desk, asker, [], "strategy_act")
            raise NotFound(NOT_THERE)
        now = survivors(self.desk, state.called.children)
        item = _itself(state, now)
        if not look(self.desk, asker, [item], "strategy_act", state.called.enquiry).shown:
            raise NotFound(NOT_THERE)
        return state, now

    def _room(self, asker: Asker, enquiry: str, permission: Permission, *, page: bool = False) -> dict[str, str]:
        """The children of a MASH enquiry, as it has them and as they are called now; one look. Raises likewise."""
        desk = self.desk
        permitted(desk, asker, permission)
        caught_up(desk)
        state = enquiries.fold(enquiry, (one.fact for one in desk.record.load(enquiries.stream(enquiry))))
        now = survivors(desk, state.children)
        items = [codes_of(f"picture:{child}", child, 0) for child in sorted({*now.values()})]
        purpose: Purpose | None = "child_protection" if page and _open_47(desk, enquiry) else None
        shown = look(desk, asker, items, "strategy_room", enquiry if items else "", purpose)
        if not items or len(shown.shown) != len(items):
            raise NotFound(NOT_THERE)
        return now


def _open_47(desk: Desk, enquiry: str) -> bool:
    query = select(matter.c.stream).where(
        matter.c.kind == "section-47", matter.c.state == "section_47", matter.c.enquiry == enquiry
    )
    return bool(desk.store.rows(query.limit(1)))


def _itself(state: Discussion, now: dict[str, str]) -> ItemRef:
    """A discussion as a code about every one of its children."""
    children = tuple(dict.fromkeys(now.values()))
    return msgspec.structs.replace(codes_of(f"strategy:{state.id}", children[0], 0), persons=children)


def _words_in(desk: Desk, recorded: Recorded) -> Iterator[ItemRef]:
    """The words of a fact: what an organisation knew is that organisation's own, the rest the hub's."""
    fact = recorded.fact
    owner = organisation_of(desk, fact.organisation) if isinstance(fact, StrategyToldOf) else HUB
    for sealed in getattr(fact, "items", ()):
        yield ref(sealed, tuple(dict.fromkeys(persons_of(desk, sealed.about).values())), owner, recorded.position)


def state_words(state: Discussion) -> str:
    """How far a discussion is, in words."""
    if state.state == "called":
        return "Meets again" if state.sittings else "Called"
    if state.state == "held":
        return "Held, to be decided" if state.quorate else "Held, not quorate"
    if state.must_reconvene:
        return "Decided in immediate danger, meets again"
    return "Decided: section 47" if state.section_47 else "Decided"


def _sitting(desk: Desk, fact: StrategyHeld, words: Words) -> SittingRow:
    def named(one: Present) -> str:
        return name_of(desk, one.organisation) + (f", {who(desk, one.staff)}" if one.staff else "")

    return SittingRow(
        held_at=fact.held_at, present=tuple(named(one) for one in fact.present if one.present),
        absent=tuple(f"{named(one)}: {ABSENT[one.why].lower()}" for one in fact.present if not one.present),
        missing=fact.missing, spoke=word(fact, words, "spoke"), recorded_by=who(desk, fact.recorded_by),
    )  # fmt: skip


def _decided(desk: Desk, recorded: Recorded, words: Words, now: dict[str, str]) -> DecidedRow:
    fact = recorded.fact
    assert isinstance(fact, StrategyDecided)  # noqa: S101 - for the type checker: the caller asked
    return DecidedRow(
        at=recorded.envelope.known_at, by=who(desk, fact.decided_by),
        opened=tuple(now.get(one, one) for one in fact.section_47), how=HOW.get(fact.how, ""),
        ground=GROUNDS[fact.ground], quorate=fact.quorate, reason=word(fact, words, "reason"),
        safety=word(fact, words, "safety"), why_not_quorate=word(fact, words, "why_not_quorate"),
        conference_due=fact.conference_due,
    )  # fmt: skip
