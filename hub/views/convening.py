"""Meetings of organisations, on behalf of a person: may they, do they sit there, may they know of the child, then act.

It promises that a meeting tells nothing of a child of whom one may not know: no row, no number, no order, no task.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import agenda as agendas
from hub.domain import meeting as meetings
from hub.domain.agenda import AgendaDecided, Decide, Row
from hub.domain.attendance import ABSENT, Present
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.help import Propose
from hub.domain.meeting import BECAME, OFF, THEMES, Call, Hold, Meeting, Member, PackMade, Talk
from hub.domain.moments import london_day
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.staff import ROLES, Permission, Staff, groups, may
from hub.flow.convene import Convene, New
from hub.views.agendas import Known, OnAgenda, Seen, Words, known_of, on_agendas, put_to, seen_as, state_of
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up, name_of
from hub.views.helping import Helping
from hub.views.leading import Leading
from hub.views.matters import matter
from hub.views.members import everybody, permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.meetings import (
    AgendaRow,
    ChildMeetings,
    MeetingRow,
    Meetings,
    MeetingView,
    PackRow,
    PackView,
    RowView,
    ThemeRow,
)
from hub.views.packs import pack_of
from hub.views.prompting import settings_of
from hub.views.telling import who, withheld, word
from hub.views.who_helps import Comes, comes
from hub.views.who_is_who import family, survivor

MOST = 200
NOT_THERE = "no such meeting, or none that you may know of"
NO_ROW = "no such child on this agenda, or none that you may know of"
MAY_LOOK: tuple[Permission, ...] = ("chair", "lead", "picture", "answer", "screen")
STATES = {
    "called": "Called", "held": "Held", "not_quorate": "Held, not quorate", "met_again": "Not quorate, called again",
    "called_off": "Called off",
}  # fmt: skip


class Convening(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Convene]
    settle: Callable[[], None]
    helping: Callable[[], Helping]
    leading: Callable[[], Leading]

    # --------------------------------------------------------------------------------------------------- the meeting

    def call(self, asker: Asker, wish: Call) -> str:
        """Call one; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        member = permitted(desk, asker, "chair")
        caught_up(desk)
        if wish.follows:
            before, _ = self._meeting(asker, wish.follows)
            if before.quorate or before.state == "called":
                raise Refused("Only a meeting that was not quorate, or was called off, is held again", "follows")
        made = self.act().call(wish, self._panel(wish.type), self._sectors(), member)
        self.settle()
        return made

    def call_off(self, asker: Asker, meeting: str, reason: str) -> None:
        """It does not take place. Raises Refused naming the field, NotPermitted, NotFound."""
        _, seen = self._meeting(asker, meeting)
        if not seen.calls_off:
            raise NotPermitted("who called this meeting, or may call one and sits in this, calls it off")
        self.act().call_off(meeting, reason, asker.staff)
        self.settle()

    def make_pack(self, asker: Asker, meeting: str) -> None:
        """Its pack is what is on record now. Raises Refused, NotPermitted, NotFound."""
        self._runs(asker, meeting)
        self.act().pack(meeting, asker.staff)
        self.settle()

    def hold(self, asker: Asker, meeting: str, wish: Hold) -> None:
        """Record who was there. Raises Refused naming the field, NotPermitted, NotFound."""
        _, seen = self._meeting(asker, meeting)
        if not seen.holds:
            raise NotPermitted(
                "who called this meeting, sits there and takes its notes, or manages the MASH, does this"
            )
        for one in wish.present:
            member = staff_of(self.desk, one.staff) if one.staff else None
            if member and (not member.active or member.organisation != one.organisation):
                raise Refused("Name somebody who works for that organisation", "present")
        self.act().hold(meeting, wish, self._sectors(), asker.staff)
        self.settle()

    # ---------------------------------------------------------------------------------------------------- its agenda

    def put(self, asker: Asker, meeting: str, child: str, why: str) -> None:
        """Put a child of whom one may know on an agenda. Raises Refused naming the field, NotPermitted, NotFound."""
        _, seen = self._meeting(asker, meeting)
        self._records(seen)
        here = self._comes(asker, child, "meeting")
        self.act().put(self._name(here.names, meeting), meeting, why, seen.member)
        self.settle()

    def take_off(self, asker: Asker, meeting: str, child: str, reason: str) -> None:
        """Take a child off it. Raises Refused naming the field, NotPermitted, NotFound."""
        row = self._row(asker, meeting, child)
        self.act().take_off(row.person, meeting, reason, asker.staff)
        self.settle()

    def decide(self, asker: Asker, meeting: str, child: str, wish: Decide) -> None:
        """Record what it said of a child. A step and a lead are asked as ever, in the same transaction.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        row = self._row(asker, meeting, child)
        member, act, known = staff_of(self.desk, asker.staff), self.act(), self._sectors()

        def beside(led_to: str) -> New:
            return act.decided(row.person, meeting, wish, led_to, known, member)

        match wish.outcome:
            case "level_proposed":
                beside("")  # refused before anybody is asked anything
                step = Propose(
                    child=row.child, level=wish.level, to=wish.to, why=wish.notes, by=asker.staff, called=wish.called,
                    evidence=wish.evidence, ground=wish.ground,
                )  # fmt: skip
                _asked(lambda: self.helping().propose(asker, step, beside))
            case "lead_asked":
                beside("")
                _asked(lambda: self.leading().propose(asker, row.child, wish.to, wish.notes, beside=beside))
            case "carried_over":
                self._meeting(asker, wish.to)
                names = family(self.desk, row.child)
                act.carry_over(row.person, meeting, wish, names, known, member, self._read(asker, meeting, row))
            case _:
                act.decide(row.person, meeting, wish, known, member)
        self.settle()

    def own(self, asker: Asker, meeting: str, child: str, owner: str, due: date | None) -> None:
        """An organisation takes what is to be done. Raises Refused naming the field, NotPermitted, NotFound."""
        row = self._row(asker, meeting, child, agendas.OWNED)
        self.act().own(row.person, meeting, owner, due, self._sectors(), asker.staff)
        self.settle()

    def done(self, asker: Asker, meeting: str, child: str) -> None:
        """What it said is done; of what it gave back the front door says so. Raises Refused, NotPermitted, NotFound."""
        _, seen = self._meeting(asker, meeting)
        row = self._row(asker, meeting, child, seen.follows)
        self.act().done(row.person, meeting, asker.staff, front_door=seen.screens)
        self.settle()

    def talk(self, asker: Asker, child: str, wish: Talk, said: Decide, why: str) -> str:
        """Record a conversation about a child that took place; its id.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        desk = self.desk
        member = staff_of(desk, asker.staff)
        if not member.active or not (may(member.roles, "chair") or may(member.roles, "lead")):
            raise NotPermitted("the register of staff does not let this account record conversations")
        if said.outcome in {"level_proposed", "lead_asked", "carried_over"}:
            raise Refused(
                "Propose a step or ask who leads on the child's own pages; here select another outcome", "outcome"
            )
        here = self._comes(asker, child, "meeting")
        made = self.act().talk(here.child, wish, said, why, self._panel(wish.type), self._sectors(), member)
        self.settle()
        return made

    # --------------------------------------------------------------------------------------------------- who may act

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in MAY_LOOK):
            raise NotPermitted("the register of staff does not let this account see meetings")
        return member

    def _meeting(self, asker: Asker, meeting: str) -> tuple[Meeting, Seen]:
        """A meeting, and as whom they come. Raises NotPermitted; NotFound where they neither sit there nor called it."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        state = meeting_of(desk, meeting)
        seen = seen_as(member, state)
        if not seen.there:
            look(desk, asker, [], "meeting")
            raise NotFound(NOT_THERE)
        return state, seen

    def _runs(self, asker: Asker, meeting: str) -> None:
        _, seen = self._meeting(asker, meeting)
        if not seen.runs:
            raise NotPermitted("who may call a meeting, and sits there, does this")

    def _records(self, seen: Seen) -> None:
        if not seen.records:
            raise NotPermitted("who calls meetings, or may lead for a child, does this")

    def _row(self, asker: Asker, meeting: str, child: str, theirs: Collection[str] = agendas.FOLLOWED) -> OnAgenda:
        """A child on its agenda, as somebody who may record it. Raises NotPermitted, NotFound.

        `theirs`: of several rows that wait to be done, those with one of these outcomes come first.
        """
        desk = self.desk
        _, seen = self._meeting(asker, meeting)
        self._records(seen)
        child = survivor(desk, child)
        rows = [one for one in on_agendas(desk, [meeting]) if one.child == child]
        known = known_of(desk, asker, rows, lambda _: seen, "meeting")
        if not known.rows:
            raise NotFound(NO_ROW)
        return _standing(known.rows, theirs)

    def _read(self, asker: Asker, meeting: str, row: OnAgenda) -> frozenset[str]:
        """The words about a child on an agenda that open to this person. One look."""
        _, seen = self._meeting(asker, meeting)
        known = known_of(self.desk, asker, [row], lambda _: seen, "meeting", words=True)
        return frozenset(known.words)

    def _name(self, names: Sequence[str], meeting: str) -> str:
        """Under which name of a child they stand on an agenda; else the one that stayed."""
        act = self.act()
        return next((one for one in names if act.row(one, meeting).version), names[0])

    def _comes(self, asker: Asker, child: str, reason: str) -> Comes:
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        seat = (member.organisation, member.setting) in settings_of(desk, survivor(desk, child))
        return comes(desk, asker, child, reason, seat=seat)

    def _panel(self, name: str) -> Any:
        return meetings.named(partnership_of(self.desk.edition.parts).panels, name)

    def _sectors(self) -> dict[str, str]:
        return {one.organisation: one.sector for one in self.desk.register().organisations.values()}

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker) -> Meetings:
        """The meetings that are this person's to know of, those to come first. One look. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        known = stamp(desk, asker)
        found = self._theirs(member)
        ways = {state.id: seen for state, seen, _ in found}
        rows = known_of(desk, asker, on_agendas(desk, ways) if ways else [], ways.__getitem__, "meetings")
        told = [_listed(state, row, rows.rows) for state, _, row in found]
        chairs = may(member.roles, "chair")
        return Meetings(
            stamp=msgspec.structs.replace(known, ledger=rows.shown.ledger_position),
            coming=tuple(sorted((one for one in told if one.state == "called"), key=lambda one: one.on)),
            past=tuple(one for one in reversed(told) if one.state != "called"),
            types=tuple(self._types(conversation=False)) if chairs else (), may_call=chairs,
            members=tuple(seats(desk)) if chairs else (),
            again=tuple(
                Choice(one.meeting, f"{one.type} of {one.on:%-d %B %Y}: {one.state_words.lower()}")
                for one in told if one.state in {"not_quorate", "called_off"}
            ) if chairs else (),
        )  # fmt: skip

    def view(self, asker: Asker, meeting: str) -> MeetingView:
        """One meeting as this person may see it. One look. Raises NotPermitted, NotFound."""
        desk = self.desk
        state, seen = self._meeting(asker, meeting)
        called, held = state.called, state.held
        assert called is not None  # noqa: S101 - there is one
        known = stamp(desk, asker)
        rows = known_of(desk, asker, on_agendas(desk, [meeting]), lambda _: seen, "meeting", words=True)
        there = held.present if held else ()
        return MeetingView(
            meeting=meeting, stamp=msgspec.structs.replace(known, ledger=rows.shown.ledger_position), type=called.type,
            about=called.about, on=held.on if held else called.on, state=state.state, state_words=_state_words(state),
            quorum=_quorum(called.quorum, called.sectors), called_by=who(desk, called.called_by),
            members=tuple(_seat_words(desk, one) for one in called.members),
            asked=tuple(Choice(one, name_of(desk, one)) for one in dict.fromkeys(m.organisation for m in called.members)),
            present=tuple(_attended(desk, one) for one in there if one.present),
            absent=tuple(f"{_attended(desk, one)}: {ABSENT[one.why].lower()}" for one in there if not one.present),
            missing=held.missing if held else (), family=bool(held and held.family_present),
            themes=tuple(ThemeRow(theme=THEMES[one.theme], became=BECAME[one.became]) for one in held.themes)
            if held else (),
            packs=tuple(self._packs(state)), rows=tuple(self._told(asker, rows)), withheld=withheld(desk, rows.shown),
            absences=_choices(ABSENT), off=_choices(OFF),
            theme_choices=_choices(THEMES), became=_choices(BECAME), may_run=seen.runs, may_call_off=seen.calls_off,
            may_hold=seen.holds, may_record=seen.records,
        )  # fmt: skip

    def row(self, asker: Asker, meeting: str, child: str) -> RowView:
        """One child at one meeting, and what may be recorded. One look. Raises NotPermitted, NotFound."""
        desk = self.desk
        state, seen = self._meeting(asker, meeting)
        known = stamp(desk, asker)
        child = survivor(desk, child)
        wanted = [one for one in on_agendas(desk, [meeting]) if one.child == child]
        rows = known_of(desk, asker, wanted, lambda _: seen, "meeting", words=True)
        if not rows.rows or state.called is None:
            raise NotFound(NO_ROW)
        (told,) = self._told(asker, msgspec.structs.replace(rows, rows=(_standing(rows.rows, seen.follows),)))
        waits = told.state == "on" and state.state != "called"
        choices = self._outcomes(state) if seen.records and waits else {}
        return RowView(
            meeting=meeting, stamp=msgspec.structs.replace(known, ledger=rows.shown.ledger_position),
            type=state.called.type, on=state.held.on if state.held else state.called.on, state_words=_state_words(state),
            quorate=state.quorate, row=told, outcomes=_choices(choices), owners=tuple(self._owners()),
            next=tuple(self._agendas(asker, but=meeting)), taken_off=_choices(agendas.TAKEN_OFF),
            may_record=seen.records, may_finish=seen.records and told.waits and told.outcome_code in seen.follows,
            **self._help(asker, child, choices),
        )  # fmt: skip

    def pack(self, asker: Asker, meeting: str, number: int) -> PackView:
        """A pack as it stood when it was made, as this person may read it now. Raises NotPermitted, NotFound."""
        desk = self.desk
        state, seen = self._meeting(asker, meeting)
        made = next((one for one in self._packs(state) if one.number == number), None)
        if made is None or state.called is None:
            raise NotFound("no such pack of this meeting")
        known = stamp(desk, asker)
        rows = [one for one in on_agendas(desk, [meeting]) if state_of(desk, one, made.position).state == "on"]
        told, shown = pack_of(desk, asker, seen, rows, made.position)
        return PackView(
            meeting=meeting, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position), type=state.called.type,
            on=state.called.on, number=number, made=made.at, position=made.position, rows=told,
            withheld=withheld(desk, shown),
        )  # fmt: skip

    def of_child(self, asker: Asker, child: str) -> ChildMeetings:
        """The meetings at which a child stood, of those that are this person's to know of. Raises NotPermitted, NotFound."""
        desk = self.desk
        known = stamp(desk, asker)
        here = self._comes(asker, child, "meetings")
        member = staff_of(desk, asker.staff)
        states = {one.meeting: meeting_of(desk, one.meeting) for one in on_agendas(desk, names=here.names)}
        ways = {ident: seen_as(member, state) for ident, state in states.items()}
        wanted = [one for one in on_agendas(desk, names=here.names) if ways[one.meeting].there]
        rows = known_of(desk, asker, wanted, ways.__getitem__, "meetings")
        talks = may(member.roles, "chair") or may(member.roles, "lead")
        settings = [Member(one, place) for one, place in settings_of(desk, here.child)]
        return ChildMeetings(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=rows.shown.ledger_position),
            rows=tuple(_listed(states[one.meeting], None, (one,)) for one in reversed(rows.rows)),
            agendas=tuple(self._agendas(asker)), conversations=tuple(self._types(conversation=True)) if talks else (),
            members=tuple(dict.fromkeys((*(_seat(desk, one) for one in settings), *seats(desk)))),
            outcomes=_choices({code: said for code, said in agendas.OUTCOMES.items() if code not in ELSEWHERE}),
            owners=tuple(self._owners()), may_talk=talks,
        )  # fmt: skip

    def _theirs(self, member: Staff) -> list[tuple[Meeting, Seen, dict[str, Any]]]:
        rows = self.desk.store.rows(
            select(matter).where(matter.c.kind == "meeting").order_by(matter.c.position.desc()).limit(MOST)
        )
        found = [(meeting_of(self.desk, row["stream"].partition(":")[2]), row) for row in reversed(rows)]
        ways = [(state, seen_as(member, state), row) for state, row in found]
        return [one for one in ways if one[1].there]

    def _types(self, *, conversation: bool) -> Iterator[Choice]:
        for one in partnership_of(self.desk.edition.parts).panels:
            if (one.kind == "conversation") == conversation:
                yield Choice(one.name, one.name, f"{one.what}. {_quorum(one.quorum, one.sectors)}")

    def _agendas(self, asker: Asker, but: str = "") -> Iterator[Choice]:
        """Meetings to come about children, on whose agenda this person may put one."""
        for state, seen, _ in self._theirs(self._member(asker)):
            called = state.called
            if called and state.state == "called" and called.about == "children" and seen.records and state.id != but:
                yield Choice(state.id, f"{called.type}, {called.on:%-d %B %Y}")

    def _owners(self) -> Iterator[Choice]:
        for one in self.desk.register().organisations.values():
            if not one.may_enter_for_others:
                yield Choice(one.organisation, one.name)

    def _outcomes(self, state: Meeting) -> dict[str, str]:
        if state.quorate:
            return agendas.OUTCOMES
        return {"carried_over": agendas.OUTCOMES["carried_over"]}

    def _help(self, asker: Asker, child: str, choices: dict[str, str]) -> dict[str, Any]:
        """What a step or a lead is chosen from, for who may propose one; nothing for anybody else."""
        if "level_proposed" not in choices:
            return {}
        try:
            help_now = self.helping().view(asker, child)
        except (NotFound, NotPermitted):
            return {}
        return {
            "people": help_now.people,
            "levels": help_now.levels,
            "called": help_now.called,
            "evidence": help_now.evidence,
            "grounds": help_now.grounds,
        }

    def _packs(self, state: Meeting) -> Iterator[PackRow]:
        history = self.desk.record.load(meetings.stream(state.id))
        made = [one for one in history if isinstance(one.fact, PackMade)]
        for number, one in enumerate(made, start=1):
            yield PackRow(number=number, at=one.envelope.known_at, position=one.position)

    def _told(self, asker: Asker, known: Known) -> Iterator[AgendaRow]:
        desk, today = self.desk, london_day(self.desk.clock.now())
        names = {one.child: family(desk, one.child) for one in known.rows}
        carried = [
            (one, said.led_to)
            for one in (on_agendas(desk, names=chain(*names.values()), states=("closed",)) if names else ())
            if one.what == "carried_over" and (said := state_of(desk, one).decided)
        ]
        for one in known.rows:
            state = state_of(desk, one)
            first = desk.record.load(one.stream)[0].envelope.known_at
            said = state.decided
            waits = _waits(state)
            before = [each for each, to in carried if (each.child, to) == (one.child, one.meeting)]
            came_from = next((each.meeting for each in reversed(before) if self._comes_to(asker, each)), "")
            yield AgendaRow(
                child=one.child, put_at=first, put_by=who(desk, state.put.put_by) if state.put else "",
                why=word(state.put, known.words, "why"), state=state.state,
                outcome=agendas.OUTCOMES[said.outcome] if said else "", outcome_code=said.outcome if said else "",
                owner=name_of(desk, state.owner) if state.owner else "", due=state.due, waits=waits,
                overdue=waits and state.due is not None and state.due < today,
                led_to=said.led_to if said and said.outcome == "carried_over" else "",
                came_from=came_from, came_from_words=_on_words(meeting_of(desk, came_from)) if came_from else "",
                notes=self._notes(asker, one, said, known.words) if said else "",
                considered=tuple(name_of(desk, each) for each in said.considered) if said else (),
            )  # fmt: skip

    def _notes(self, asker: Asker, row: OnAgenda, said: AgendaDecided, words: Words) -> str:
        """What was noted; not where it stands as why on the agenda that the child went on to, and they read it there."""
        if noted := word(said, words, "notes"):
            return noted
        went_on = on_agendas(self.desk, [said.led_to]) if said.items and said.outcome == "carried_over" else []
        there = any(one.child == row.child and self._comes_to(asker, one, row) for one in went_on)
        return "" if there else word(said, words, "why")

    def _comes_to(self, asker: Asker, row: OnAgenda, like: OnAgenda | None = None) -> bool:
        """Whether this person knows of a row, which is ruled as the child's other rows are; with `like`, whether what opens
        to them there opens here.
        """
        desk, member = self.desk, staff_of(self.desk, asker.staff)

        def put(one: OnAgenda, seen: Seen) -> bool:
            return one.stream in put_to(desk, asker, seen, [one])

        seen = seen_as(member, meeting_of(desk, row.meeting))
        if like is None or not seen.there:
            return seen.there and (seen.screens or put(row, seen))
        return put(row, seen) or (seen.screens and not put(like, seen_as(member, meeting_of(desk, like.meeting))))


ELSEWHERE = frozenset({"level_proposed", "lead_asked", "carried_over"})  # what a conversation records on other pages


def meeting_of(desk: Desk, ident: str) -> Meeting:
    """A meeting from its own facts; version 0 for none."""
    return meetings.fold(ident, (one.fact for one in desk.record.load(meetings.stream(ident))))


def _asked(propose: Callable[[], object]) -> None:
    """A wish on another page's rules: what it names `why` is named `notes` here."""
    try:
        propose()
    except Refused as refused:
        if refused.field == "why":
            raise Refused(str(refused), "notes") from refused
        raise


def _standing(rows: Sequence[OnAgenda], theirs: Collection[str]) -> OnAgenda:
    """Of a child who stands there by two names, since two turned out to be one: the row that waits, else the newest.

    One that waits to be spoken of comes before one that waits to be done, and of these first what is `theirs` to do.
    """
    on = (one for one in rows if one.state == "on")
    done = (one for one in rows if one.state == "open" and one.what in theirs)
    return next(chain(on, done, (one for one in rows if one.state == "open")), rows[-1])


def _waits(state: Row) -> bool:
    return state.decided is not None and state.decided.outcome in agendas.FOLLOWED and not state.done


def _listed(state: Meeting, row: dict[str, Any] | None, known: Iterable[OnAgenda]) -> MeetingRow:
    called, held = state.called, state.held
    assert called is not None  # noqa: S101 - it is listed
    code = row["state"] if row else ("not_quorate" if held and held.missing else state.state)
    children = dict.fromkeys(one.child for one in known if one.meeting == state.id and one.state != "taken_off")
    return MeetingRow(
        meeting=state.id, type=called.type, on=held.on if held else called.on, state=code, state_words=STATES[code],
        children=tuple(children),
    )  # fmt: skip


def _state_words(state: Meeting) -> str:
    if state.state == "called_off":
        return f"Called off: {OFF[state.off].lower()}"
    return STATES["not_quorate" if state.held and state.held.missing else state.state]


def _on_words(state: Meeting) -> str:
    called, on = state.called, state.held.on if state.held else state.called.on if state.called else None
    return f"{called.type}, {on:%-d %B %Y}" if called and on else ""


def _quorum(organisations: int, sectors: Sequence[str]) -> str:
    of = f", of them somebody of {', '.join(one.replace('_', ' ') for one in sectors)}" if sectors else ""
    return f"Quorate with {organisations} organisation{'s' if organisations != 1 else ''}{of}"


def _attended(desk: Desk, one: Present) -> str:
    return name_of(desk, one.organisation) + (f", {who(desk, one.staff)}" if one.staff else "")


def _seat_words(desk: Desk, one: Member) -> str:
    place = f", {one.setting.replace('_', ' ')}" if one.setting else ""
    role = f", {ROLES[one.role].title.lower()}" if one.role in ROLES else ""
    return f"{name_of(desk, one.organisation)}{place}{role}"


def _seat(desk: Desk, one: Member) -> Choice:
    return Choice("/".join(part for part in (one.organisation, one.setting) if part), _seat_words(desk, one))


def seats(desk: Desk) -> Iterator[Choice]:
    """The settings whose people may sit: of whoever in the register works with children."""
    known = desk.register().organisations
    found = {
        Member(one.organisation, one.setting) for one in everybody(desk)
        if one.active and one.organisation in known and one.setting and "practitioner" in groups(one.roles)
    }  # fmt: skip
    yield from (_seat(desk, one) for one in sorted(found))


def member_of(text: str) -> Member:
    """A seat as a form, a command or a program names it: organisation, /setting and /role where one is meant.

    Raises Refused for a role that there is not.
    """
    organisation, _, rest = text.strip().partition("/")
    setting, _, role = rest.partition("/")
    if role and role not in ROLES:
        raise Refused(f"There is no role '{role}'", "members")
    return Member(organisation, setting, role)


def _choices(of: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, words) for code, words in of.items())
