"""Step 8, meetings of organisations: called, a pack made, held, and what they say of each child on the agenda.

It promises that members are told by what the notice says and never of whom; that who stands on an agenda rests on the
meeting as it stood; and that what a meeting leads to is written with what it said, or neither is.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from uuid import uuid4

import msgspec

from hub.domain import agenda as agendas
from hub.domain import meeting as meetings
from hub.domain import notice
from hub.domain.agenda import (
    AgendaDecided,
    AgendaDone,
    AgendaOwned,
    AgendaPut,
    AgendaTakenOff,
    Row,
)
from hub.domain.agenda import Decide as DecideRow
from hub.domain.attendance import Present
from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.meeting import Call, Hold, Meeting, MeetingCalled, MeetingCalledOff, MeetingHeld, PackMade, Talk
from hub.domain.moments import london_day
from hub.domain.notice import NoticeKind, NoticeSent
from hub.domain.partnership import Panel
from hub.domain.staff import Staff
from hub.flow.act import TRIES, Act, by_person

New = list[tuple[str, int, Fact]]


class Convene(Act):
    """What is done with meetings. Permission, that they sit in it, and that they may know of a child, the caller checks."""

    def meeting(self, ident: str) -> Meeting:
        """One as it stands. Raises NotFound."""
        state = meetings.fold(ident, (one.fact for one in self._record.load(meetings.stream(ident))))
        if not state.version:
            raise NotFound("no such meeting")
        return state

    def row(self, person: str, ident: str) -> Row:
        """A child on an agenda, as it stands; version 0 for none."""
        history = self._record.load(agendas.stream(person, ident))
        return agendas.fold(person, ident, (one.fact for one in history))

    # --------------------------------------------------------------------------------------------------- the meeting

    def call(self, wish: Call, panel: Panel | None, sectors: Mapping[str, str], member: Staff) -> str:
        """Call one, and tell every member's organisation; its id. Raises Refused."""
        chosen = meetings.check_call(wish, panel, sectors, self._today())
        ident = str(uuid4())
        assert wish.on is not None  # noqa: S101 - checked above
        fact = _called(chosen, wish.on, wish.members, member, wish.follows)
        new: New = [(meetings.stream(ident), 0, fact)]
        self.write(new + _told(ident, fact, "meeting_called", member.id), by_person(member.id))
        return ident

    def call_off(self, ident: str, reason: str, by: str) -> None:
        """It does not take place; every member is told. Raises Refused, NotFound."""

        def wish(state: Meeting) -> New:
            meetings.check_call_off(state, reason)
            assert state.called is not None  # noqa: S101 - checked above
            fact = MeetingCalledOff(reason=reason, called_off_by=by)
            return [
                (meetings.stream(ident), state.version, fact),
                *_told(ident, state.called, "meeting_off", by, reason),
            ]

        self._on(ident, wish, by)

    def pack(self, ident: str, by: str) -> None:
        """Its pack is the record up to here. Raises Refused, NotFound."""

        def wish(state: Meeting) -> New:
            meetings.check_pack(state)
            return [(meetings.stream(ident), state.version, PackMade(made_by=by))]

        self._on(ident, wish, by)

    def hold(self, ident: str, wish: Hold, sectors: Mapping[str, str], by: str) -> None:
        """Record who was there. Raises Refused, NotFound."""

        def facts(state: Meeting) -> New:
            since = london_day(self._record.load(meetings.stream(ident))[0].envelope.known_at)
            on, missing = meetings.check_hold(state, wish, sectors, since, self._today())
            fact = MeetingHeld(
                on=on, present=wish.present, missing=missing, family_present=wish.family_present is True, themes=wish.themes,
                recorded_by=by,
            )  # fmt: skip
            return [(meetings.stream(ident), state.version, fact)]

        self._on(ident, facts, by)

    def talk(
        self, person: str, wish: Talk, said: DecideRow, why: str, panel: Panel | None, sectors: Mapping[str, str],
        member: Staff,
    ) -> str:  # fmt: skip
        """A conversation about a child that took place: who talked, why and what came of it, at once; its id.

        Raises Refused.
        """
        today = self._today()
        chosen, on = meetings.check_talk(wish, panel, sectors, today)
        ident = str(uuid4())
        called = _called(chosen, on, wish.members, member)
        there = tuple(Present(one, present=True) for one in dict.fromkeys(each.organisation for each in wish.members))
        held = MeetingHeld(on=on, present=there, family_present=wish.family_present is True, recorded_by=member.id)
        agendas.check_put(meetings.fold(ident, [called]), Row(person, ident), why)
        put = self._put(person, ident, why, member)
        state = meetings.fold(ident, [called, held])
        row = agendas.fold(person, ident, [put])
        agendas.check_decide(state, row, said, sectors, today)
        stream = agendas.stream(person, ident)
        self.write(
            [
                (meetings.stream(ident), 0, called), (meetings.stream(ident), 1, held), (stream, 0, put),
                (stream, 1, self._decided(person, said, "", member)),
            ],
            by_person(member.id),
        )  # fmt: skip
        return ident

    # ---------------------------------------------------------------------------------------------------- its agenda

    def put(self, person: str, ident: str, why: str, member: Staff) -> None:
        """Put a child on it. Raises Refused, NotFound."""

        def wish(state: Meeting, row: Row) -> New:
            agendas.check_put(state, row, why)
            return [(agendas.stream(person, ident), row.version, self._put(person, ident, why, member))]

        self._of(person, ident, wish, member.id)

    def take_off(self, person: str, ident: str, reason: str, by: str) -> None:
        """Take a child off it. Raises Refused, NotFound."""

        def wish(state: Meeting, row: Row) -> New:
            agendas.check_take_off(state, row, reason)
            fact = AgendaTakenOff(child=person, reason=reason, taken_off_by=by)
            return [(agendas.stream(person, ident), row.version, fact)]

        self._of(person, ident, wish, by)

    def decided(
        self, person: str, ident: str, wish: DecideRow, led_to: str, organisations: Collection[str], member: Staff,
        noted: tuple[Sealed, ...] = (),
    ) -> New:  # fmt: skip
        """What the meeting said of a child, to be written with what it leads to; `noted`: the notes, sealed already.

        Raises Refused, NotFound.
        """
        row = self.row(person, ident)
        agendas.check_decide(self.meeting(ident), row, wish, organisations, self._today())
        return [(agendas.stream(person, ident), row.version, self._decided(person, wish, led_to, member, noted))]

    def decide(self, person: str, ident: str, wish: DecideRow, organisations: Collection[str], member: Staff) -> None:
        """Record what the meeting said of a child. Raises Refused, NotFound."""
        self._of(person, ident, lambda *_: self.decided(person, ident, wish, "", organisations, member), member.id)

    def carry_over(
        self, person: str, ident: str, wish: DecideRow, names: Collection[str], organisations: Collection[str],
        member: Staff, read: Collection[str],
    ) -> None:  # fmt: skip
        """Put a child whom the meeting did not reach on another one's agenda, in one transaction. Raises Refused, NotFound.

        `names` are everybody held to be the child: whoever stands there by another name stands there, and is not put there
        again. `read`: the items of words that this person may read. Why the child stood there goes on only from who may read
        it: another meeting is read by others, and by who carries over where they called it. Anybody else says why anew.
        """
        rests: dict[str, int] = {}

        def facts(_: Meeting, row: Row) -> New:
            rests.clear()
            new = self.decided(person, ident, wish, wish.to, organisations, member)
            next_one = self.meeting(wish.to)
            there = next((one for one in (self.row(each, wish.to) for each in names) if one.state == "on"), None)
            if there:
                agendas.check_put(next_one, Row(person, wish.to), "carried over")
                rests[agendas.stream(there.child, wish.to)] = there.version
                return new
            there = self.row(person, wish.to)
            agendas.check_put(next_one, there, "carried over")
            if row.put and row.put.items and {one.item for one in row.put.items} <= {*read}:
                fact = msgspec.structs.replace(row.put, child=person, meeting=wish.to, put_by=member.id)
            elif wish.notes.strip():
                fact = self._put(person, wish.to, wish.notes, member)
                # what was noted here is why the child stands there: written once
                new = self.decided(person, ident, wish, wish.to, organisations, member, fact.items)
            else:
                raise Refused("Enter why: you do not read why the child stood there, so it does not go on", "notes")
            return [*new, (agendas.stream(person, wish.to), there.version, fact)]

        self._of(person, ident, facts, member.id, also=wish.to, rests=rests)

    def own(self, person: str, ident: str, owner: str, due: date | None, known: Collection[str], by: str) -> None:
        """An organisation takes what is to be done. Raises Refused, NotFound."""

        def wish(_: Meeting, row: Row) -> New:
            day = agendas.check_own(row, owner, due, known, self._today())
            fact = AgendaOwned(child=person, owner=owner, due=day, named_by=by)
            return [(agendas.stream(person, ident), row.version, fact)]

        self._of(person, ident, wish, by)

    def done(self, person: str, ident: str, by: str, *, front_door: bool) -> None:
        """What the meeting said is done. Raises Refused, NotPermitted, NotFound."""

        def wish(_: Meeting, row: Row) -> New:
            agendas.check_done(row, front_door=front_door)
            return [(agendas.stream(person, ident), row.version, AgendaDone(child=person, done_by=by))]

        self._of(person, ident, wish, by)

    # -------------------------------------------------------------------------------------------------------- within

    def _today(self) -> date:
        return london_day(self._clock.now())

    def _put(self, person: str, ident: str, why: str, member: Staff) -> AgendaPut:
        return AgendaPut(
            child=person, meeting=ident, organisation=member.organisation, setting=member.setting, put_by=member.id,
            items=(self.words_of(member.organisation, person, {"why": why}),),
        )  # fmt: skip

    def _decided(
        self, person: str, wish: DecideRow, led_to: str, member: Staff, noted: tuple[Sealed, ...] = ()
    ) -> AgendaDecided:
        words = noted
        if wish.notes.strip() and not noted:
            words = (self.words_of(member.organisation, person, {"notes": wish.notes}),)
        owned = wish.outcome in agendas.OWNED and bool(wish.owner)
        return AgendaDecided(
            child=person, outcome=wish.outcome, owner=wish.owner if owned else "", due=wish.due if owned else None,
            led_to=led_to, organisation=member.organisation, setting=member.setting, decided_by=member.id, items=words,
            considered=wish.considered,
        )  # fmt: skip

    def _on(self, ident: str, wish: Callable[[Meeting], New], by: str) -> None:
        for _ in range(TRIES):
            new = wish(self.meeting(ident))
            try:
                self.write(new, by_person(by), f"{meetings.stream(ident)}@1")
            except VersionConflict:
                continue
            return
        raise VersionConflict("this meeting keeps being written to: try again")

    def _of(
        self, person: str, ident: str, wish: Callable[[Meeting, Row], New], by: str, also: str = "",
        rests: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        """Write of a child on an agenda, resting on the meeting as it stood (and on another, to which it goes on).

        `rests`: what else `wish` found and does not write to, stream -> version.
        """
        for _ in range(TRIES):
            found = [self.meeting(one) for one in (ident, also) if one]
            new = wish(found[0], self.row(person, ident))
            unmoved = {**{meetings.stream(one.id): one.version for one in found}, **(rests or {})}
            try:
                self.write(new, by_person(by), f"{meetings.stream(ident)}@1", unmoved)
            except VersionConflict:
                continue
            return
        raise VersionConflict("this agenda keeps being written to: try again")


def _called(
    panel: Panel, on: date, members: tuple[meetings.Member, ...], member: Staff, follows: str = ""
) -> MeetingCalled:
    return MeetingCalled(
        type=panel.name, kind=panel.kind, about=panel.about, quorum=panel.quorum, sectors=panel.sectors, on=on,
        members=members, called_by=member.id, organisation=member.organisation, setting=member.setting, follows=follows,
    )  # fmt: skip


def _told(ident: str, called: MeetingCalled, kind: NoticeKind, by: str, reason: str = "") -> New:
    """A notice to every member's organisation and setting: which meeting and when, and nothing of any child."""
    codes = (("on", called.on.isoformat()), ("type", called.kind), *((("reason", reason),) if reason else ()))
    seats = dict.fromkeys((one.organisation, one.setting) for one in called.members)
    return [
        (
            notice.stream(str(uuid4())), 0,
            NoticeSent(organisation=organisation, setting=setting, kind=kind, about=ident, codes=codes, sent_by=by),
        )
        for organisation, setting in seats
    ]  # fmt: skip
