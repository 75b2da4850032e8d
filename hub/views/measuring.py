"""Measures worked out at a position of the record: figures for all staff, the children behind one for who may know of each.

A figure names nobody and what is of fewer than five children is never told, so it needs no ruling; whom it counts is a look,
ruled child by child. Figures are told without those who must leave no trace on any list of the reader's: nobody reads off,
by taking a list, or what they know of by their own work, from a figure, how many are hidden from them. Who audits the ledger,
and has no lists, is told all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import series
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.formulas import ALWAYS, OWN, OWN_SERIES, PER_10_000, POPULATION, WORKED_OUT, at_it, grades, waits
from hub.domain.holding import grades_of
from hub.domain.measuring import Cell, Figure, Happened, History, Ladder, Span, by_area, figures, without
from hub.domain.moments import london_day
from hub.domain.partnership import FORMULAS, Measure
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.series import SeriesLoaded
from hub.domain.staff import may
from hub.flow.series import Series, read
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up, name_of
from hub.views.measured import happened, load
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.measures import (
    AreaRow,
    CountedChild,
    FigureRow,
    LoadRow,
    MeasureAccount,
    MeasureList,
    MeasureRow,
    MeasuresPage,
    MeasureView,
    PointRow,
)
from hub.views.rests_on import items_of
from hub.views.subjects import hidden_from
from hub.views.telling import codes_of
from hub.views.who_is_who import families, survivors

YEAR = timedelta(days=365)
TABLES = (Choice("contacts", "Contacts"), Choice("early_help", "Times of early help"))
LOOKED_AT = 100  # children behind one figure that one look is about
REASON = "measure_list"
AT_IT = {"worker": "an allocated worker", "lead": "a lead"}
EARLY = frozenset({"one_service", "several_services"})  # meanings of levels at which help is early help
OWN_WORDS = {
    "waiting": "Children waiting", "journey": "From contact to help, by hour and weekday",
    "answer_times": "Answer times of each organisation", "told_after": "How soon organisations tell the hub",
    "rule_and_person": "Rules and people", "below_threshold": "Below the threshold, back to who sent it",
    "level_pyramid": "Children at each level", "children_living_here": "Children who live here",
}  # fmt: skip


class Asked(Struct, frozen=True, kw_only=True):
    """Over which London days, at which position (0: the newest that the views have), and whether cut by small area."""

    first: date | None = None
    last: date | None = None
    position: int = 0
    areas: bool = False


class Measuring(Struct, frozen=True):
    """What pages, commands and programs ask. `act` loads series; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Series]
    settle: Callable[[], None]

    def page(self, asker: Asker) -> MeasuresPage:
        """Every measure, and how each is worked out. Raises NotPermitted for who is not in the register."""
        self._works_here(asker)
        return MeasuresPage(
            stamp=stamp(self.desk, asker),
            rows=tuple(_row(one) for one in partnership_of(self.desk.edition.parts).measures),
            own=tuple(self._own(ident) for ident in (*OWN, *OWN_SERIES)),
            tables=TABLES if may(staff_of(self.desk, asker.staff).roles, "supervise") else (),
        )

    def view(self, asker: Asker, ident: str, asked: Asked) -> MeasureView:
        """One measure worked out. Raises NotFound, Refused naming the field, NotPermitted for who is not in the register."""
        self._works_here(asker)
        caught_up(self.desk)
        return self._view(asker, ident, asked, self.hidden(asker))

    def _view(self, asker: Asker, ident: str, asked: Asked, hidden: Collection[str]) -> MeasureView:
        row, of = self._measure(ident)
        span, position = self.when(asked)
        cells, areas = self._cells(row.formula, of, span, position, hidden, areas=asked.areas)
        shown = figures(cells)
        live = self._children_living(span.last, position) if row.formula in PER_10_000 else {}
        roles = staff_of(self.desk, asker.staff).roles
        cut = [
            AreaRow(
                name=cells[one.place].name,
                areas=tuple(_of(live, _figure(each), each.name) for each in by_area(cells[one.place], areas)),
            )
            for one in shown
            if asked.areas and one.number is not None and one.listed and not cells[one.place].part
        ]
        return MeasureView(
            stamp=stamp(self.desk, asker), row=row, position=position, first=span.first, last=span.last,
            figures=tuple(_of(live, self._named(one), "") for one in shown), areas=tuple(cut),
            loads=self._loads(row.id, position),
            may_load=row.how in {"series", "audited", "not_yet"} and may(roles, "supervise"), may_list=may(roles, "picture"),
            by_area=asked.areas, everybody=self._whole(asker),
        )  # fmt: skip

    def account(self, asker: Asker, asked: Asked) -> MeasureAccount:
        """All that the partnership measures itself by, and what every hub accounts for, worked out at one position.

        Raises Refused naming the field, NotPermitted for who is not in the register.
        """
        page = self.page(asker)
        caught_up(self.desk)
        span, position = self.when(asked)
        same, hidden = Asked(first=span.first, last=span.last, position=position), self.hidden(asker)
        return MeasureAccount(
            stamp=page.stamp, title=partnership_of(self.desk.edition.parts).title, position=position, first=span.first,
            last=span.last, rows=tuple(self._view(asker, one.id, same, hidden) for one in (*page.rows, *page.own)),
        )  # fmt: skip

    def listing(self, asker: Asker, ident: str, place: int, asked: Asked) -> MeasureList:
        """The children behind the figure at this place whom the asker may know of. One look. Raises as `view`, NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        row, of = self._measure(ident)
        span, position = self.when(asked)
        history = self._history(row.formula, position, self.hidden(asker))
        cells = WORKED_OUT[row.formula][0](history, span, of) if row.formula in WORKED_OUT else ()
        if not 0 <= place < len(cells) or cells[place].about_nobody:
            raise NotFound("there are no children behind such a figure")
        since = waits(history, span.end) if row.formula == "waiting" else {}
        cared, graded = (at_it(history, span.end), grades(history, span.end)) if since else ({}, {})
        children = list(dict.fromkeys(cells[place].children))
        children.sort(key=lambda child: (since[child][0].timestamp() if child in since else 0.0, child))
        now = survivors(desk, children[:LOOKED_AT])
        items = {child: codes_of(f"picture:{now[child]}", now[child], 0) for child in children[:LOOKED_AT]}
        heard = {child: items_of(desk, now[child]) for child in items} if since else {}
        every = [*items.values(), *(item for held in heard.values() for item in held.values())]
        shown = look(desk, asker, every, REASON)
        allowed = {one.item for one in shown.shown}
        rows = []
        for child, item in items.items():
            if item.item not in allowed:
                continue
            open_to = {ident for ident, one in heard.get(child, {}).items() if one.item in allowed}
            contacts = [one for one in history.contacts_of.get(child, ()) if one.ref in open_to]
            rows.append(
                self._child(now[child], since.get(child), contacts, cared.get(child, ()), graded.get(child, ""))
            )
        return MeasureList(
            stamp=stamp(desk, asker, shown.ledger_position), row=row, figure=self._named_text(cells[place].name),
            place=place, position=position, first=span.first, last=span.last, rows=tuple(rows),
            more=len(children) > LOOKED_AT,
        )  # fmt: skip

    def load(self, asker: Asker, ident: str, source: str, text: str) -> tuple[str, bool]:
        """Load a CSV file under a measure: the load's id, and whether it is new. Raises Refused, NotFound, NotPermitted."""
        permitted(self.desk, asker, "supervise")
        row, _ = self._measure(ident)
        if row.how == "worked_out":
            raise Refused("this measure is worked out from the record: nothing is loaded under it", "measure")
        made = self.act().load(row.id, source, read(text), asker.staff)
        self.settle()
        return made

    def take_back(self, asker: Asker, load_id: str) -> None:
        """Take a load back. Raises NotFound, NotPermitted."""
        permitted(self.desk, asker, "supervise")
        self.act().take_back(load_id, asker.staff)
        self.settle()

    # ------------------------------------------------------------------------------------------------------ working out

    def _works_here(self, asker: Asker) -> None:
        if not staff_of(self.desk, asker.staff).active:
            raise NotPermitted("this account is not in the register of staff, or has left")

    def _measure(self, ident: str) -> tuple[MeasureRow, str]:
        for one in partnership_of(self.desk.edition.parts).measures:
            if one.id == ident:
                known = partnership_of(self.desk.edition.parts).assessment(one.of) if one.of else None
                return _row(one), known.name if known else one.of
        if ident in OWN or ident in OWN_SERIES:
            return self._own(ident), ""
        raise NotFound(f"there is no measure {ident!r} here: mash measures list names them")

    def _own(self, ident: str) -> MeasureRow:
        if ident in OWN_SERIES:
            told = OWN_SERIES[ident]
            return MeasureRow(
                id=ident, words=OWN_WORDS[ident], counts=told, formula="imported", formula_words=FORMULAS["imported"],
                how="series", better="watched", source="every hub may be told it: figures about areas",
            )  # fmt: skip
        return MeasureRow(
            id=ident, words=OWN_WORDS[ident], counts=OWN[ident], formula=ident, formula_words=OWN[ident], how="worked_out",
            better="watched", source="every hub accounts for it",
        )  # fmt: skip

    def when(self, asked: Asked) -> tuple[Span, int]:
        """The period and the position that are asked for. Raises Refused naming the field."""
        newest = self.desk.store.position("record")
        if not 0 <= asked.position <= newest:
            raise Refused(f"the record has come to position {newest}: give one from 1 to that", "position")
        last = asked.last or london_day(self.desk.clock.now())
        first = asked.first or last - YEAR + timedelta(days=1)
        if first > last:
            raise Refused("the first day lies after the last", "first")
        return Span(first, last), asked.position or newest

    def _whole(self, asker: Asker) -> bool:
        roles = staff_of(self.desk, asker.staff).roles
        return may(roles, "audit_ledger") and not may(roles, "picture")

    def hidden(self, asker: Asker) -> frozenset[str]:
        """By every name: whom no figure counts for this asker, as no list of theirs does; nobody for who is told all."""
        if self._whole(asker):
            return frozenset()
        held = families(self.desk, hidden_from(self.desk, staff_of(self.desk, asker.staff)))
        return frozenset(name for names in held.values() for name in names)

    def _history(self, formula: str, position: int, hidden: Collection[str], *, areas: bool = True) -> History:
        kinds = WORKED_OUT[formula][1] if formula in WORKED_OUT else ()
        return self.history((*kinds, *(("contact",) if areas else ())), position, hidden)

    def history(self, kinds: Collection[str], position: int, hidden: Collection[str]) -> History:
        """What happened of these kinds up to a position to all but these children, with who is held to be whom."""
        wanted = sorted({*kinds, *ALWAYS})
        query = select(happened).where(happened.c.kind.in_(wanted), happened.c.position <= position)
        continuum = self.desk.edition.continuum
        early = frozenset(one.number for one in continuum.levels if {*one.means} & EARLY)
        rows = [Happened(**row) for row in self.desk.store.rows(query)]
        return History(without(rows, hidden), Ladder(continuum.numbers, early))

    def _cells(
        self, formula: str, of: str, span: Span, position: int, hidden: Collection[str], *, areas: bool
    ) -> tuple[tuple[Cell, ...], Mapping[str, str]]:
        if formula not in WORKED_OUT:
            return (), {}
        history = self._history(formula, position, hidden, areas=areas)
        return WORKED_OUT[formula][0](history, span, of), history.areas if areas else {}

    def _loads(self, measure: str, position: int) -> tuple[LoadRow, ...]:
        desk, found = self.desk, []
        query = select(load.c.stream).where(load.c.measure == measure, load.c.position <= position).distinct()
        for stream in sorted(row["stream"] for row in desk.store.rows(query)):
            history = [one for one in desk.record.load(stream) if one.position <= position]
            now = series.standing(one.fact for one in history)
            if isinstance(now, SeriesLoaded):
                at = history[-1].envelope.known_at
                points = tuple(PointRow(**msgspec.structs.asdict(one)) for one in now.points)
                found.append(LoadRow(load=stream.partition(":")[2], source=now.source, at=at, points=points))
        return tuple(sorted(found, key=lambda one: one.at))

    def _children_living(self, day: date, position: int) -> dict[str, float]:
        """How many children live in each area ("" for the whole) on a day, by the newest load that says so by a position."""
        return {
            one.area: one.value
            for each in self._loads(POPULATION, position)
            for one in each.points
            if one.first <= day <= one.last and one.value > 0
        }

    # ----------------------------------------------------------------------------------------------------------- showing

    def _named_text(self, name: str) -> str:
        """The name of a figure with its organisation as people say it; rows of one organisation begin with its id."""
        ident, colon, rest = name.partition(":")
        known = self.desk.register().organisations.get(ident)
        return f"{known.name}{colon}{rest}" if known else name

    def _named(self, one: Figure) -> FigureRow:
        return msgspec.structs.replace(_figure(one), name=self._named_text(one.name))

    def _child(
        self, child: str, since: tuple[datetime, str] | None, contacts: Sequence[Happened], cared: tuple[str, ...], grade: str
    ) -> CountedChild:  # fmt: skip
        if since is None:
            return CountedChild(child=child)
        seen = [one for one in contacts if one.at >= since[0] and one.more in {"seen", "seen_alone"}]
        return CountedChild(
            child=child, since=since[0],
            what="A MASH enquiry that is not decided" if since[1] == "enquiry" else "An alert that nobody opened",
            known_to=tuple(dict.fromkeys(name_of(self.desk, one.organisation) for one in contacts)),
            at_it=tuple(AT_IT[one] for one in cared), grade=grades_of(self.desk.edition.parts["clocks"]).get(grade, grade),
            seen=("alone" if any(one.more == "seen_alone" for one in seen) else "not alone") if seen else "",
        )  # fmt: skip


def _row(one: Measure) -> MeasureRow:
    worked_out = "worked_out" if one.formula in WORKED_OUT else "not_yet"
    how = {"imported": "series", "audited": "audited"}.get(one.formula, worked_out)
    return MeasureRow(
        id=one.id, words=one.words, counts=one.counts, formula=one.formula, formula_words=FORMULAS[one.formula], how=how,
        better=one.better, stated=one.stated, source=one.source,
    )  # fmt: skip


def _of(live: Mapping[str, float], one: FigureRow, area: str) -> FigureRow:
    """A figure with how many that is for each 10,000 children, where it is told how many live there."""
    if one.number is None or area not in live:
        return one
    return msgspec.structs.replace(one, per_10_000=round(10_000 * one.number / live[area], 1))


def _figure(one: Figure) -> FigureRow:
    return FigureRow(**msgspec.structs.asdict(one))
