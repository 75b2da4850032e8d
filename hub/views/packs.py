"""The pack of a meeting as it stood: what was on record of each child on the agenda when it was made, and nothing later.

What it holds is fixed by a position; who may read it is ruled at each look, so a withdrawal or a restriction of today closes
it today. That codes may be read goes through the same door as words: the ledger entry holds what went out, and to whom.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy import select

from hub.domain import assessment as assessments
from hub.domain import help as helping
from hub.domain import help_plan as plans
from hub.domain import lead as leads
from hub.domain.assessment import SECTIONS
from hub.domain.decision import CLOSES
from hub.domain.edition import Edition
from hub.domain.enquiry import EnquiryDecided
from hub.domain.fact import Recorded
from hub.domain.help_plan import ACTIONS
from hub.domain.moments import london_day
from hub.domain.person import Person, survivor
from hub.domain.person import fold as fold_person
from hub.domain.source_record import InvolvementChanged
from hub.flow.disclose import Disclosed, ItemRef
from hub.flow.replay import edition_at
from hub.views import store
from hub.views.agendas import OnAgenda, Seen, Words, item_of, known_of, put_to, written_in
from hub.views.asking import look
from hub.views.assessing import item_in as of_assessment
from hub.views.desk import HUB, Desk, name_of
from hub.views.help_planning import item_in as of_plan
from hub.views.matters import matter
from hub.views.models import Asker, Choice
from hub.views.models.meetings import PackChild
from hub.views.telling import who
from hub.views.who_is_who import family, records_of

PAPERS = {"assessment": "Assessment", "help-plan": "Plan of help"}
WORDS = {  # what a name among opened words is called on the page
    "strengths": "Strengths", "worries": "Worries", "why_need": "Why this need", "why_risk": "Why this risk",
    "goal": "The family's own goal", "what": "What is to be done", "notes": "Notes of a meeting", "why": "How it is, and why",
    "voice": "What the child says", "reason": "Why the child was not heard", "tool_reference": "Reference of a tool",
    "tool_result": "Result of a tool",
}  # fmt: skip


class Written(Struct, frozen=True):
    """An item of the pack, and of what it is."""

    item: ItemRef
    of: str


def pack_of(
    desk: Desk, asker: Asker, seen: Seen, rows: Sequence[OnAgenda], position: int
) -> tuple[tuple[PackChild, ...], Disclosed]:
    """The pack of these rows at a position, as this reader may read it now, and the look that let it out.

    A first look settles of which children they may know; words of any other are not even asked for.
    """
    known = known_of(desk, asker, rows, lambda _: seen, "meeting").rows
    items: list[ItemRef] = []
    written: dict[str, list[Written]] = {}
    why: dict[str, list[str]] = {}
    lines: dict[str, tuple[Choice, ...]] = {}
    put = put_to(desk, asker, seen, known)
    edition = edition_at(desk.record, position) or desk.edition  # levels by the names that they had then
    for row in known:
        names = names_at(desk, row.child, position)
        written[row.child] = list(_written(desk, row.child, names, position))
        said = [
            item
            for one in _upto(desk, row.stream, position)
            for item in written_in(desk, asker, seen, row.child, one, put=row.stream in put)
        ]
        why[row.child] = [item.item for item in said]
        lines[row.child] = tuple(Choice(name, said_so) for name, said_so in _lines(desk, names, position, edition))
        items += [item_of(desk, asker, seen, row), _codes(row.child, position)]
        items += [*said, *(one.item for one in written[row.child])]
    shown = look(desk, asker, items, "meeting_pack")
    opened = {one.item: one.words for one in shown.shown if not one.erased}
    found = []
    for row in known:
        if row.stream not in opened:
            continue
        codes = lines[row.child] if _code_item(row.child, position) in opened else None
        found.append(
            PackChild(
                child=row.child, why=_why(opened, why[row.child]),
                codes=codes or (), closed=codes is None,
                words=tuple(
                    Choice(f"{name_of(desk, one.item.organisation.id)}, {one.of}: {WORDS.get(name, name).lower()}", str(value))
                    for one in written[row.child] for name, value in opened.get(one.item.item, {}).items()
                ),
            )
        )  # fmt: skip
    return tuple(found), shown


def _why(opened: Words, items: Sequence[str]) -> str:
    told = (opened[one] for one in reversed(items) if one in opened)
    return next((str(one["why"]) for one in told if "why" in one), "")


def names_at(desk: Desk, child: str, position: int) -> list[str]:
    """Who was held to be this child at a position, of those who are held to be them now, the one that stayed first.

    Whoever turned out to be somebody else since is left out: the pack of one child never shows another's words.
    """

    def stayed(name: str) -> str:
        return survivor(name, lambda one: _person_at(desk, one, position))

    now = family(desk, child)
    first = stayed(now[0])
    return [one for one in now if stayed(one) == first]


def _person_at(desk: Desk, person: str, position: int) -> Person:
    return fold_person(person, (one.fact for one in _upto(desk, f"person:{person}", position)))


def _upto(desk: Desk, stream: str, position: int) -> list[Recorded]:
    return [one for one in desk.record.load(stream) if one.position <= position]


def _code_item(child: str, position: int) -> str:
    return f"pack:{child}:{position}"


def _codes(child: str, position: int) -> ItemRef:
    """Level, who led, settings, assessments and plans, in codes: open to whoever helps the child, and to the front door.

    They follow from the record up to the position, so the ledger need not hold them: it holds the position.
    """
    return ItemRef(
        item=_code_item(child, position),
        category="codes",
        organisation=HUB,
        persons=(child,),
        position=position,
        room="open",
    )


def _lines(desk: Desk, names: Sequence[str], position: int, edition: Edition) -> Iterator[tuple[str, str]]:
    level = level_at(desk, names, position, edition)
    titles = {one.number: one.name for one in edition.continuum.levels}
    yield "Level of help", f"Level {level}: {titles.get(level, '')}".rstrip(": ")
    lead = leads.in_force(
        [
            now
            for name in names
            if (now := leads.fold(name, (one.fact for one in _upto(desk, leads.stream(name), position))).current)
        ]
    )
    yield "Leads", who(desk, lead.lead, position) if lead else "Nobody"
    places = [f"{name_of(desk, one)}, {place.replace('_', ' ')}" for one, place in settings_at(desk, names, position)]
    yield "Work with the child", "; ".join(places) or "Nobody is on record"
    for kind, row in _papers(desk, names):
        history = _upto(desk, row["stream"], position)
        if history and kind == "assessment":
            assessed = assessments.fold("", (one.fact for one in history))
            state = "complete" if assessed.completed else "open"
            parts = f"{len(assessed.written)} parts written"
            yield _titled(desk, kind, row), f"{row['what']}, {state}, {parts}, begun {_day(history)}"
        elif history:
            plan = plans.fold("", (one.fact for one in history))
            waits = [ACTIONS[one.action.partition(".")[0]] for one in plan.actions if one.action not in plan.done]
            state = "closed" if plan.closed else "open"
            yield _titled(desk, kind, row), f"{row['what']}, {state}, to be done: {'; '.join(waits) or 'nothing'}"


def _titled(desk: Desk, kind: str, row: store.Row) -> str:
    return f"{PAPERS[kind]}, {name_of(desk, row['organisation'])} {row['stream'].rpartition(':')[2][:8].upper()}"


def _day(history: Sequence[Recorded]) -> str:
    return f"{london_day(history[0].envelope.known_at):%-d %B %Y}"


def _papers(desk: Desk, names: Sequence[str]) -> Iterator[tuple[str, store.Row]]:
    query = select(matter).where(matter.c.kind.in_(sorted(PAPERS)), matter.c.child.in_(names))
    for row in desk.store.rows(query.order_by(matter.c.position)):
        yield row["kind"], row


def _written(desk: Desk, child: str, names: Sequence[str], position: int) -> Iterator[Written]:
    """What was written about the child's help until then: words of whoever wrote them, released as they released them."""
    for kind, row in _papers(desk, names):
        find = of_assessment if kind == "assessment" else of_plan
        for one in _upto(desk, row["stream"], position):
            section = getattr(one.fact, "section", "")
            of = SECTIONS.get(section, section).lower() if section else PAPERS[kind].lower()
            yield from (Written(item, of) for item in find(desk, child, one))


def level_at(desk: Desk, names: Sequence[str], position: int, edition: Edition) -> int:
    """The level of a child's help at a position: by the newest step, end of help or decision until then."""
    lowest = edition.continuum.numbers[0]
    held: list[tuple[int, int]] = []
    for name in names:
        history = _upto(desk, helping.stream(name), position)
        state = helping.fold(name, (one.fact for one in history))
        if state.since:
            held.append((history[state.since - 1].position, state.level or lowest))
    table = store.enquiry
    rows = desk.store.rows(select(table.c.enquiry).where(table.c.child.in_(names)).distinct())
    for row in rows:
        for one in _upto(desk, f"mash-enquiry:{row['enquiry']}", position):
            if isinstance(one.fact, EnquiryDecided) and one.fact.child in names:
                level = lowest if one.fact.outcome in CLOSES else one.fact.level or lowest
                held.append((one.position, level))
    return max(held, default=(0, lowest))[1]


def settings_at(desk: Desk, names: Sequence[str], position: int) -> list[tuple[str, str]]:
    """The settings that worked with a child at a position: organisation and setting, each once. `names`: the one that stayed
    first.
    """
    found: set[tuple[str, str]] = set()
    then = {one for name in names for one in _person_at(desk, name, position).source_records}
    for record in sorted(then & {*records_of(desk, names[:1])[names[0]]}):  # what stood there then, and rightly so
        newest: dict[tuple[str, str], InvolvementChanged] = {}
        for one in _upto(desk, f"source-record:{record}", position):
            if isinstance(one.fact, InvolvementChanged):
                newest[one.fact.organisation, one.fact.setting or ""] = one.fact
        found |= {place for place, fact in newest.items() if fact.ended is None and place[1]}
    return sorted(found)
