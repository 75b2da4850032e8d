"""Assessments of a child, on behalf of a person: who helps writes and reads, each in their own organisation's name.

The author's own organisation reads what it wrote. Anybody else reads what the author released to their organisation, as the
policies on help have it: the team under live consent, the allocated worker for child protection. What the child says is of
a tier that no release opens to the team.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import assessment as assessments
from hub.domain.assessment import (
    RISKS,
    SECTIONS,
    Assessment,
    Attach,
    ChildHeard,
    Judge,
    SectionWritten,
    ToolAttached,
    Write,
)
from hub.domain.enquiry import VIEWS
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.item import Sealed
from hub.domain.partnership import Partnership
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.staff import Staff, may
from hub.flow.assess import Assessments
from hub.flow.disclose import ItemRef, ref
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up, name_of, organisation_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.assessment import (
    AssessmentList,
    AssessmentRow,
    AssessmentView,
    HeardRow,
    SaidRow,
    SectionRow,
    ToldBefore,
)
from hub.views.prompting import settings_of
from hub.views.subjects import current_lead, subjects
from hub.views.telling import who, withheld
from hub.views.who_helps import Comes, comes, level_now, sits
from hub.views.who_is_who import family, survivor

NOT_THERE = "no such assessment, or none that you may know of"
Opened = dict[str, dict[str, Any]]


class Assessing(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Assessments]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def begin(self, asker: Asker, child: str, kind: str) -> str:
        """Begin one, of a type of this partnership; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        here = self._comes(asker, child)
        self._acts(here)
        known = partnership_of(desk.edition.parts).assessment(kind)
        rows = _rows(desk, here.names)
        chosen = assessments.check_begin(known, [row["stream"] for row in rows if row["state"] == "open"])
        sections = tuple(assessments.sections_of(chosen))
        made = self.act().begin(here.child, chosen.name, sections, staff_of(desk, asker.staff))
        self.settle()
        return made

    def write(self, asker: Asker, child: str, assessment: str, wish: Write) -> None:
        """Write a section in one's own organisation's name; what it is written from must be open to this person.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        here, person = self._one(asker, child, assessment)
        if wish.reuse:
            readable = {one.item for one in self._before(asker, here, assessment).get(wish.section, ())}
            if not set(wish.reuse) <= readable:
                raise Refused("Select only what you may read of earlier assessments", "reuse")
        share = {one.code for one in sharing(self.desk, here)}
        self.act().section(
            person, assessment, wish, staff_of(self.desk, asker.staff),
            lambda state: assessments.check_write(state, wish, share),
        )  # fmt: skip
        self.settle()

    def hear(self, asker: Asker, child: str, assessment: str, how: str, words: str) -> None:
        """What the child says, or why not. Raises Refused naming the field, NotPermitted, NotFound."""
        _, person = self._one(asker, child, assessment)
        self.act().hear(person, assessment, how, words, staff_of(self.desk, asker.staff))
        self.settle()

    def attach(self, asker: Asker, child: str, assessment: str, wish: Attach) -> None:
        """Attach a professional's tool as evidence. Raises Refused naming the field, NotPermitted, NotFound."""
        here, person = self._one(asker, child, assessment)
        share = {one.code for one in sharing(self.desk, here)}
        tools = {one.name for one in partnership_of(self.desk.edition.parts).tools}
        self.act().attach(
            person, assessment, wish, staff_of(self.desk, asker.staff),
            lambda state: assessments.check_attach(state, wish, tools, share),
        )  # fmt: skip
        self.settle()

    def judge(self, asker: Asker, child: str, assessment: str, wish: Judge) -> None:
        """Judge need and risk, as who acts on the child's help. Raises Refused naming the field, NotPermitted, NotFound."""
        here, person = self._one(asker, child, assessment)
        self._acts(here)
        levels, share = self.desk.edition.continuum.numbers, {one.code for one in sharing(self.desk, here)}
        self.act().judge(
            person, assessment, wish, staff_of(self.desk, asker.staff),
            lambda state: assessments.check_judge(state, wish, levels, share),
        )  # fmt: skip
        self.settle()

    def complete(self, asker: Asker, child: str, assessment: str) -> None:
        """It is complete, and stays as it is. Raises Refused naming the field, NotPermitted, NotFound."""
        here, person = self._one(asker, child, assessment)
        self._acts(here)
        self.act().complete(person, assessment, asker.staff)
        self.settle()

    def _acts(self, here: Comes) -> None:
        if not here.at_it:
            raise NotPermitted("who leads, who is allocated or the front door does this")

    def _comes(self, asker: Asker, child: str, items: Sequence[ItemRef] = ()) -> Comes:
        desk = self.desk
        self._member(asker)
        caught_up(desk)
        return comes(desk, asker, child, "assessment", items, seat=sits(desk, asker, child))

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not (may(member.roles, "picture") or may(member.roles, "answer")):
            raise NotPermitted("the register of staff does not let this account see assessments")
        return member

    def _one(self, asker: Asker, child: str, assessment: str, items: Sequence[ItemRef] = ()) -> tuple[Comes, str]:
        """As whom they come, and under which name of the child it lies. Raises NotFound."""
        here = self._comes(asker, child, items)
        for row in _rows(self.desk, here.names):
            _, person, ident = row["stream"].split(":")
            if ident == assessment:
                return here, person
        raise NotFound(NOT_THERE)

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker, child: str) -> AssessmentList:
        """The assessments of a child, the newest first. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        known = stamp(desk, asker)
        here = self._comes(asker, child)
        rows = _rows(desk, here.names)
        level = desk.edition.continuum.level(level_now(desk, here.names).level)
        fit = level.assessments if here.at_it else ()  # the level itself is for who acts on it
        return AssessmentList(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            level=f"Level {level.number}: {level.name}" if here.at_it else "", asks_for=fit,
            rows=tuple(
                msgspec.structs.replace(self._row(row), fits=not fit or row["what"] in fit) for row in reversed(rows)
            ),
            types=tuple(Choice(one.name, one.name) for one in partnership_of(desk.edition.parts).assessments),
            may_begin=here.at_it and all(row["state"] != "open" for row in rows),
        )  # fmt: skip

    def view(self, asker: Asker, child: str, assessment: str) -> AssessmentView:
        """One assessment, its empty sections said to be empty. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        names = family(desk, survivor(desk, child))
        found = next((row for row in _rows(desk, names) if row["stream"].endswith(f":{assessment}")), None)
        items = list(_items(desk, names[0], found["stream"])) if found else []
        known = stamp(desk, asker)
        here, person = self._one(asker, child, assessment, items)
        state = self.act().state(person, assessment)
        opened: Opened = {one.item: one.words for one in here.shown.shown if not one.erased}
        partnership, judged = partnership_of(desk.edition.parts), state.judged
        history = desk.record.load(assessments.stream(person, assessment))
        known_of = judged if judged and any(one.item in opened for one in judged.items) else None
        times = {each.item: one.envelope.known_at for one in history for each in getattr(one.fact, "items", ())}
        before = {} if state.completed else self._before(asker, here, assessment)
        sections = state.begun.sections if state.begun else ()
        levels = tuple(
            Choice(str(one.number), f"Level {one.number}: {one.name}") for one in desk.edition.continuum.levels
        )
        return AssessmentView(
            child=here.child, row=self._row(found or {}),
            stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            sections=tuple(self._section(state, one, opened, before, times) for one in sections),
            not_assessed=tuple(SECTIONS.get(one, one) for one in state.not_assessed),
            heard=tuple(self._heard(one, opened, times) for one in state.heard.values()), judged=judged is not None,
            need=next((one.label for one in levels if known_of and one.code == str(known_of.need)), ""),
            why_need=_word(judged, opened, "why_need"), risk=RISKS[known_of.risk] if known_of else "",
            why_risk=_word(judged, opened, "why_risk"), withheld=withheld(desk, here.shown),
            share=tuple(sharing(desk, here)), views=choices_of(VIEWS), levels=levels, risks=choices_of(RISKS),
            tools=_tools(partnership), may_write=state.completed is None,
            may_judge=state.completed is None and here.at_it,
        )  # fmt: skip

    def _row(self, row: dict[str, Any]) -> AssessmentRow:
        _, person, ident = row["stream"].split(":")
        state = self.act().state(person, ident)
        return AssessmentRow(
            assessment=ident, type=row["what"], organisation=name_of(self.desk, row["organisation"]),
            begun=row["opened_at"], complete=state.completed is not None, written=len(state.written),
            reused=sum(1 for one in state.written.values() if one.reused),
            sections=len(state.begun.sections) if state.begun else 0,
        )  # fmt: skip

    def _section(
        self, state: Assessment, section: str, opened: Opened, before: dict[str, list[ToldBefore]],
        times: dict[str, datetime],
    ) -> SectionRow:  # fmt: skip
        said = [one for (code, _), one in state.written.items() if code == section]
        return SectionRow(
            section=section, words=SECTIONS.get(section, section),
            said=tuple(self._said(one, opened, times[one.items[0].item]) for one in said),
            before=tuple(before.get(section, ())),
            tools=tuple(self._tool(one, opened) for one in state.tools if one.section == section),
        )  # fmt: skip

    def _tool(self, one: ToolAttached, opened: Opened) -> str:
        """A tool as a line: that it is there and whose; its result and reference where they are open."""
        owner = name_of(self.desk, one.organisation)
        if result := _word(one, opened, "tool_result"):
            return f"{one.tool}: {result} ({owner}, reference {_word(one, opened, 'tool_reference')})"
        return f"{one.tool} ({owner}): its result is closed to you"

    def _heard(self, one: ChildHeard, opened: Opened, times: dict[str, datetime]) -> HeardRow:
        return HeardRow(
            organisation=name_of(self.desk, one.organisation), at=times[one.items[0].item], how=VIEWS[one.how],
            voice=_word(one, opened, "voice") or _word(one, opened, "reason"),
        )  # fmt: skip

    def _said(self, one: SectionWritten, opened: Opened, written: datetime) -> SaidRow:
        return SaidRow(
            organisation=name_of(self.desk, one.organisation), at=written, by=who(self.desk, one.written_by),
            strengths=_word(one, opened, "strengths"), worries=_word(one, opened, "worries"),
            closed=one.items[0].item not in opened, reused=bool(one.reused),
            shared_with=tuple(name_of(self.desk, each) for each in one.shared_with),
        )  # fmt: skip

    def _before(self, asker: Asker, here: Comes, assessment: str) -> dict[str, list[ToldBefore]]:
        """By section: what this person may read of earlier assessments. A look of its own."""
        desk = self.desk
        items: list[ItemRef] = []
        facts: list[tuple[SectionWritten, str]] = []
        for row in _rows(desk, here.names):
            _, person, ident = row["stream"].split(":")
            if ident == assessment:
                continue
            for one in self.act().state(person, ident).written.values():
                facts.append((one, f"{name_of(desk, one.organisation)}, {row['what']} of {row['opened_at']:%-d %B %Y}"))
                items.append(_ref(desk, here.child, one, one.items[0], row["position"]))
        opened: Opened = {one.item: one.words for one in look(desk, asker, items, "told-before").shown} if items else {}
        found: dict[str, list[ToldBefore]] = {}
        for one, provenance in facts:
            if opened.get(one.items[0].item):
                found.setdefault(one.section, []).append(
                    ToldBefore(
                        item=one.items[0].item, provenance=provenance, strengths=_word(one, opened, "strengths"),
                        worries=_word(one, opened, "worries"),
                    )
                )  # fmt: skip
        return found


def sharing(desk: Desk, here: Comes) -> Iterator[Choice]:
    """To whom an author may release: organisations that work with the child, who leads, who is allocated."""
    lead, known = current_lead(desk, here.child), subjects(desk, [here.child]).get(here.child)
    held = [organisation for organisation, _ in settings_of(desk, here.child)]
    held += [lead.organisation] if lead else []
    held += [staff_of(desk, one).organisation for one in sorted(known.allocated)] if known else []
    for one in dict.fromkeys(held):
        yield Choice(one, name_of(desk, one))


def _rows(desk: Desk, names: Sequence[str]) -> list[dict[str, Any]]:
    query = select(matter).where(matter.c.kind == "assessment", matter.c.child.in_(names))
    return desk.store.rows(query.order_by(matter.c.position))


def _items(desk: Desk, child: str, stream: str) -> Iterator[ItemRef]:
    for one in desk.record.load(stream):
        yield from item_in(desk, child, one)


def item_in(desk: Desk, child: str, one: Recorded) -> Iterator[ItemRef]:
    """The words of one fact of an assessment."""
    for sealed in getattr(one.fact, "items", ()):
        yield _ref(desk, child, one.fact, sealed, one.position)


def _ref(desk: Desk, child: str, fact: Any, sealed: Sealed, position: int) -> ItemRef:
    """An author's words: of their organisation and setting, released to those whom they chose."""
    made = ref(sealed, (child,), organisation_of(desk, fact.organisation), position, setting=fact.setting)
    return msgspec.structs.replace(made, released_to=frozenset(getattr(fact, "shared_with", ())))


def _word(fact: Any, opened: Opened, name: str) -> str:
    for sealed in getattr(fact, "items", ()):
        if name in opened.get(sealed.item, {}):
            return str(opened[sealed.item][name])
    return ""


def _tools(partnership: Partnership) -> tuple[Choice, ...]:
    return tuple(Choice(one.name, one.name, one.what) for one in partnership.tools)
